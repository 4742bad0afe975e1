// class: integer. A mix in the spirit of embedded benchmarks: linked lists, integer matrices, a
// state machine, CRC.
#include "b.h"

struct item {
    struct item *next;
    int16_t key, value;
};
static struct item pool[400];
static int16_t a[24][24], b[24][24];
static int32_t c[24][24];

static struct item *build(uint32_t *seed)
{
    struct item *head = NULL;
    for (int i = 0; i < 400; i++) {
        pool[i] = (struct item){head, (int16_t)(rnd(seed) % 1000), (int16_t)i};
        head = &pool[i];
    }
    return head;
}

static struct item *merge_sort(struct item *l, int by_value)
{
    if (!l || !l->next) {
        return l;
    }
    struct item *slow = l, *fast = l->next;
    while (fast && fast->next) {
        slow = slow->next;
        fast = fast->next->next;
    }
    struct item *r = slow->next, head, *tail = &head;
    slow->next = NULL;
    l = merge_sort(l, by_value);
    r = merge_sort(r, by_value);
    while (l && r) {
        int left = by_value ? l->value <= r->value : l->key <= r->key;
        struct item **from = left ? &l : &r;
        tail->next = *from;
        tail = *from;
        *from = (*from)->next;
    }
    tail->next = l ? l : r;
    return head.next;
}

static struct item *reverse(struct item *l)
{
    struct item *r = NULL;
    while (l) {
        struct item *next = l->next;
        l->next = r;
        r = l;
        l = next;
    }
    return r;
}

static uint16_t crc16(uint8_t byte, uint16_t crc)
{
    for (int i = 0; i < 8; i++) {
        int carry = (byte ^ crc) & 1;
        byte >>= 1;
        crc >>= 1;
        if (carry) {
            crc ^= 0xa001;
        }
    }
    return crc;
}

static uint16_t matrices(uint16_t crc, int16_t k)
{
    for (int i = 0; i < 24; i++) {
        for (int j = 0; j < 24; j++) {
            int32_t s = 0;
            for (int n = 0; n < 24; n++) {
                s += a[i][n] * b[n][j];
            }
            c[i][j] = (s >> 2 & 15) * (s >> 5 & 127) + k;
        }
    }
    for (int i = 0; i < 24; i++) {
        crc = crc16((uint8_t)c[i][23 - i], crc);
        a[i][k % 24] += (int16_t)(c[i][0] & 3);
    }
    return crc;
}

// Classifies words of a text as integer, float, exponent or invalid, one character at a time.
static uint16_t states(const char *p, uint16_t crc)
{
    enum { START, SIGN, INT, FRAC, EXP, EXPSIGN, EXPINT, BAD, STATES } s = START;
    uint32_t count[STATES] = {0};
    for (; *p; p++) {
        char ch = *p;
        int digit = ch >= '0' && ch <= '9';
        if (ch == ',') {
            count[s]++;
            s = START;
            continue;
        }
        switch (s) {
        case START:
            s = digit ? INT : ch == '+' || ch == '-' ? SIGN : ch == '.' ? FRAC : BAD;
            break;
        case SIGN:
            s = digit ? INT : ch == '.' ? FRAC : BAD;
            break;
        case INT:
            s = digit ? INT : ch == '.' ? FRAC : ch == 'e' ? EXP : BAD;
            break;
        case FRAC:
            s = digit ? FRAC : ch == 'e' ? EXP : BAD;
            break;
        case EXP:
            s = ch == '+' || ch == '-' ? EXPSIGN : digit ? EXPINT : BAD;
            break;
        case EXPSIGN:
        case EXPINT:
            s = digit ? EXPINT : BAD;
            break;
        default:
            break;
        }
    }
    for (int i = 0; i < STATES; i++) {
        crc = crc16((uint8_t)count[i], crc);
    }
    return crc;
}

int main(int argc, char **argv)
{
    static const char *const words[] = {"5012", "-874",  "+0.25", "1.5e-3", "12e8",
                                        ".5",   "T0.3e", "--8",   "7e+",    "0x1"};
    static char text[2000];
    uint32_t seed = 7;
    uint16_t crc = 0;
    while (strlen(text) < 1900) {
        strcat(strcat(text, words[rnd(&seed) % 10]), ",");
    }
    for (int i = 0; i < 24 * 24; i++) {
        a[i / 24][i % 24] = (int16_t)(rnd(&seed) % 100);
        b[i / 24][i % 24] = (int16_t)(rnd(&seed) % 100);
    }
    for (int n = rounds(argc, argv, 1600); n > 0; n--) {
        struct item *l = merge_sort(build(&seed), 0);
        for (struct item *p = l; p; p = p->next) {
            crc = (uint16_t)(crc + p->value * p->key);
        }
        l = reverse(merge_sort(reverse(l), 1));
        crc = crc16((uint8_t)l->value, crc);
        crc = matrices(crc, (int16_t)n);
        crc = states(text, crc);
    }
    return done("intmix", crc);
}
