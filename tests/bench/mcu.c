// class: integer. What small controllers do, on types of 16 and 32 bits: a linked list is searched,
// reversed and merge-sorted, small matrices are multiplied, a state machine tells numbers in text
// apart, and CRC-16 sums all of it up.
#include "b.h"

static uint16_t crc16(uint32_t value, int bits, uint16_t crc)
{
    for (int i = 0; i < bits; i++) {
        unsigned differ = (value ^ crc) & 1;
        value >>= 1;
        crc >>= 1;
        if (differ) {
            crc ^= 0xa001;
        }
    }
    return crc;
}

struct item {
    struct item *next;
    int16_t key, place;
};
enum { ITEMS = 256 };
static struct item items[ITEMS];

static struct item *list_make(uint32_t *seed)
{
    for (int i = 0; i < ITEMS; i++) {
        items[i] = (struct item){i + 1 < ITEMS ? &items[i + 1] : NULL, (int16_t)(rnd(seed) & 0x7ff),
                                 (int16_t)i};
    }
    return items;
}

static struct item *list_find(struct item *l, int16_t key)
{
    while (l && l->key != key) {
        l = l->next;
    }
    return l;
}

static struct item *list_reverse(struct item *l)
{
    struct item *done = NULL;
    while (l) {
        struct item *next = l->next;
        l->next = done;
        done = l;
        l = next;
    }
    return done;
}

static int by_key(const struct item *a, const struct item *b)
{
    return a->key - b->key;
}

static int by_place(const struct item *a, const struct item *b)
{
    return a->place - b->place;
}

typedef int order_fn(const struct item *, const struct item *);

static struct item *list_merge(struct item *a, struct item *b, order_fn *order)
{
    struct item *first = NULL, **end = &first;
    while (a && b) {
        struct item **from = order(a, b) <= 0 ? &a : &b;
        *end = *from;
        end = &(*from)->next;
        *from = *end;
    }
    *end = a ? a : b;
    return first;
}

static struct item *list_sort(struct item *l, int n, order_fn *order)
{
    if (n < 2) {
        return l;
    }
    struct item *last = l;
    for (int i = 1; i < n / 2; i++) {
        last = last->next;
    }
    struct item *second = last->next;
    last->next = NULL;
    return list_merge(list_sort(l, n / 2, order), list_sort(second, n - n / 2, order), order);
}

static uint16_t lists(uint32_t *seed, uint16_t crc)
{
    struct item *l = list_make(seed);
    for (int i = 0; i < 40; i++) {
        struct item *hit = list_find(l, (int16_t)(rnd(seed) & 0x7ff));
        crc = crc16(hit ? (uint16_t)hit->place : 0xffff, 16, crc);
        l = list_reverse(l);
    }
    l = list_sort(l, ITEMS, by_key);
    for (struct item *i = l; i; i = i->next) {
        crc = crc16((uint16_t)i->key, 16, crc);
    }
    l = list_sort(l, ITEMS, by_place);
    return crc16((uint16_t)l->key, 16, crc);
}

enum { N = 12 };
static int16_t a[N][N], b[N][N];
static int32_t c[N][N];

static uint16_t matrices(uint32_t *seed, uint16_t crc)
{
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = (int16_t)rnd(seed);
            b[i][j] = (int16_t)(rnd(seed) & 0xff);
        }
    }
    int16_t high = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                int32_t sum = 0;
                for (int k = 0; k < N; k++) {
                    int32_t product = (int32_t)a[i][k] * b[k][j];
                    sum += round == 1 ? (product >> 2 & 15) * (product >> 5 & 127) : product;
                }
                c[i][j] = sum;
                high += sum > 1000 ? 10 : sum < a[i][j];
            }
        }
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                a[i][j] = (int16_t)(a[i][j] + c[j][i]);
            }
        }
        crc = crc16((uint32_t)c[round][N - 1], 32, crc16((uint16_t)high, 16, crc));
    }
    return crc;
}

enum state {
    START,
    INVALID,
    SIGN,
    INT,
    POINT,
    FRACTION,
    EXPONENT,
    EXPONENT_SIGN,
    SCIENTIFIC,
    STATES
};
static uint32_t seen[STATES], ends[STATES];

static int digit(uint8_t ch)
{
    return ch >= '0' && ch <= '9';
}

static enum state step(enum state s, uint8_t ch)
{
    switch (s) {
    case START:
        return digit(ch) ? INT : ch == '+' || ch == '-' ? SIGN : ch == '.' ? POINT : INVALID;
    case SIGN:
        return digit(ch) ? INT : ch == '.' ? POINT : INVALID;
    case INT:
        return digit(ch) ? INT : ch == '.' ? FRACTION : ch == 'e' || ch == 'E' ? EXPONENT : INVALID;
    case POINT:
    case FRACTION:
        return digit(ch)                                   ? FRACTION
               : s == FRACTION && (ch == 'e' || ch == 'E') ? EXPONENT
                                                           : INVALID;
    case EXPONENT:
        return ch == '+' || ch == '-' ? EXPONENT_SIGN : digit(ch) ? SCIENTIFIC : INVALID;
    case EXPONENT_SIGN:
    case SCIENTIFIC:
        return digit(ch) ? SCIENTIFIC : INVALID;
    default:
        return INVALID;
    }
}

/* The state that the word at *P ends in; *P moves behind its comma. */
static enum state scan(const uint8_t **p)
{
    enum state s = START;
    for (; **p && s != INVALID; ++*p) {
        if (**p == ',') {
            ++*p;
            return s;
        }
        enum state next = step(s, **p);
        seen[next] += next != s;
        s = next;
    }
    while (**p && *(*p)++ != ',') {
    }
    return s;
}

static uint16_t text(uint32_t *seed, uint16_t crc)
{
    static const char words[8][9] = {"5012",    "-874",     "+122",   "35.54400",
                                     "-110.70", "5.500e+3", "1.2e-8", "T0.3e-1F"};
    static uint8_t buf[2048];
    size_t n = 0;
    memset(buf, 0, sizeof buf);
    while (n + 10 < sizeof buf) {
        const char *w = words[rnd(seed) & 7];
        while (*w) {
            buf[n++] = (uint8_t)*w++;
        }
        buf[n++] = ',';
    }
    for (int round = 0; round < 2; round++) {
        for (const uint8_t *p = buf; *p;) {
            ends[scan(&p)]++;
        }
        for (size_t i = 0; i < n; i += 1 + (*seed & 15)) {
            buf[i] ^= buf[i] == ',' ? 0 : (uint8_t)(*seed & 7);
        }
    }
    for (int s = 0; s < STATES; s++) {
        crc = crc16(ends[s], 32, crc16(seen[s], 32, crc));
    }
    return crc;
}

int main(int argc, char **argv)
{
    uint32_t seed = 7;
    uint64_t sum = 0;
    for (int n = rounds(argc, argv, 3000); n > 0; n--) {
        uint16_t crc = text(&seed, matrices(&seed, lists(&seed, 0)));
        sum = mix(sum, &crc, sizeof crc);
    }
    return done("mcu", sum);
}
