// The fuzzer's guest program: the same seed makes the same blocks and states under every emulator.
//
//   fuzz_guest run  SEED FIRST COUNT CLASS MAXLEN REPEAT    8-byte hash a block to stdout, totals
//   to stderr
//       (hashes are written FLUSH at a time, and one by one if COUNT is at most FLUSH)
//   fuzz_guest show SEED BLOCK PREFIX CLASS MAXLEN REPEAT   states of one block's first PREFIX
//   words
//
// CLASS: one of gen_class_names. A block runs REPEAT times with different states.
#include "gen.h"
#include "text.h"

// A block's address depends on its number alone, so that a run may start anywhere.
enum {
    BATCH = 2048,
    FLUSH = 256,
    STRIDE = GEN_MAX_LEN * 4 + ENTRY_BYTES + 8,
    STUB_AT = ROW_CODE,
    BLOCKS_AT = ROW_CODE + 64
};
_Static_assert(BLOCKS_AT + BATCH * STRIDE <= ROW_CODE + ROW_CODE_SIZE, "blocks");

struct job {
    uint64_t seed, first, count, max_len, repeat;
    unsigned class;
};

static struct block blocks[BATCH];
static uint64_t hashes[FLUSH];
static uint32_t n_hashes;
static struct {
    uint64_t words, faults;
} total;

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9fb21c651e98df25;
    return h ^ h >> 32;
}

struct rng rng_for(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t z =
        seed * 0x9e3779b97f4a7c15 ^ (a + 1) * 0xbf58476d1ce4e5b9 ^ (b + 1) * 0x94d049bb133111eb;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    return (struct rng){z ? z : 1};
}

static uint64_t hash_result(uint64_t h, const struct block *b, struct fault f)
{
    const uint64_t *st = (const uint64_t *)guest_live();
    const uint64_t *w = (const uint64_t *)(ROW_WINDOW - GEN_WINDOW);
    for (size_t i = 0; i < sizeof(struct state) / 8; i++) {
        h = mix(h, st[i]);
    }
    h = mix(mix(h, f.sig), f.addr);
    for (int i = 0; b->uses_mem && i < GEN_WINDOW * 2 / 8; i++) {
        h = mix(h, w[i]);
    }
    return h;
}

// Writes the block's code at b->at - ENTRY_BYTES and on: entry, words, exit. Words from `prefix` on
// are replaced by exits.
static void place(const struct block *b, uint64_t prefix)
{
    guest_entry(b->at - ENTRY_BYTES);
    for (uint32_t i = 0; i <= b->n; i++) {
        uint64_t at = gen_address(b, i);
        if (i < b->n && i < prefix) {
            memcpy((void *)at, &b->word[i], gen_size(b->word[i]));
            continue;
        }
        for (uint64_t to = i < b->n ? gen_address(b, i + 1) : at + EXIT_BYTES; at < to;
             at += EXIT_BYTES) {
            guest_exit(at, STUB_AT, 0);
        }
    }
}

// The word at the pc, or the last one before it.
static uint32_t word_at(const struct block *b, uint64_t pc)
{
    uint32_t i = 0;
    while (i < b->n && gen_address(b, i + 1) <= pc) {
        i++;
    }
    return i;
}

static struct fault run_block(const struct job *job, const struct block *b, uint64_t number,
                              uint64_t rep)
{
    struct rng r = rng_for(job->seed, number, rep + 1);
    gen_state(&r, b, guest_live());
    struct fault f = guest_run((void *)(b->at - ENTRY_BYTES), (void *)gen_address(b, b->n));
    if (f.sig) {
        gen_settle(b, word_at(b, guest_live()->pc), guest_live());
    }
    return f;
}

static void make_block(const struct job *job, struct block *b, uint64_t number)
{
    struct rng r = rng_for(job->seed, number, 0);
    b->at = BLOCKS_AT + ENTRY_BYTES + number % BATCH * STRIDE;
    gen_block(&r, b, job->class, (uint32_t)job->max_len);
}

static void flush(void)
{
    guest_write_all(1, hashes, n_hashes * sizeof(hashes[0]));
    n_hashes = 0;
}

static void run_and_hash(const struct job *job, const struct block *b, uint64_t number)
{
    uint64_t h = 0;
    for (uint64_t rep = 0; rep < job->repeat; rep++) {
        struct fault f = run_block(job, b, number, rep);
        h = hash_result(h, b, f);
        total.faults += f.sig != 0;
        total.words += f.sig ? word_at(b, guest_live()->pc) + 1 : b->n;
    }
    hashes[n_hashes++] = h;
    if (n_hashes == FLUSH || job->count <= FLUSH) {
        flush();
    }
}

// Makes a batch of blocks, synchronises once, runs them all.
static uint64_t run_batch(const struct job *job, uint64_t number, uint64_t left)
{
    uint64_t n = left < BATCH ? left : BATCH;
    for (uint64_t i = 0; i < n; i++) {
        make_block(job, &blocks[i], number + i);
        place(&blocks[i], ~0ull);
    }
    guest_sync_code((void *)BLOCKS_AT, (void *)(BLOCKS_AT + BATCH * STRIDE));
    for (uint64_t i = 0; i < n; i++) {
        run_and_hash(job, &blocks[i], number + i);
    }
    return n;
}

static void run_all(const struct job *job)
{
    for (uint64_t done = 0; done < job->count;) {
        done += run_batch(job, job->first + done, job->count - done);
    }
    flush();
    text_to(2);
    text_num("blocks", job->count);
    text_num("instructions", total.words);
    text_num("faults", total.faults);
    text_flush();
}

static void show_state(const struct block *b, const char *when)
{
    text_str(when);
    text_str("\n");
    gen_show(guest_live());
    for (int i = 0; b->uses_mem && i < GEN_WINDOW * 2; i += 16) {
        text_reg128("m", (uint32_t)i, (const uint64_t *)(ROW_WINDOW - GEN_WINDOW + (uint64_t)i));
    }
}

static void show(const struct job *job, uint64_t prefix)
{
    struct block *b = &blocks[0];
    make_block(job, b, job->first);
    place(b, prefix);
    guest_sync_code((void *)(b->at - ENTRY_BYTES), (void *)(gen_address(b, b->n) + EXIT_BYTES));
    text_to(1);
    text_num("length", b->n);
    for (uint32_t i = 0; i < b->n; i++) {
        text_word(i, b->word[i], gen_size(b->word[i]), gen_op_name(b->word[i]));
    }
    for (uint64_t rep = 0; rep < job->repeat; rep++) {
        struct rng r = rng_for(job->seed, job->first, rep + 1);
        gen_state(&r, b, guest_live());
        text_num("run", rep);
        show_state(b, "before");
        struct fault f = run_block(job, b, job->first, rep);
        show_state(b, "after");
        text_num("signal", f.sig);
        text_reg("addr", ~0u, f.addr);
        text_num("stopped-at", f.sig ? word_at(b, guest_live()->pc) : b->n);
    }
    text_flush();
}

static uint64_t number(const char *s)
{
    uint64_t v = 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        v = v * 10 + (uint64_t)(*s - '0');
    }
    if (*s) {
        guest_die("fuzz_guest: not a number\n");
    }
    return v;
}

static unsigned class_by_name(const char *s)
{
    for (unsigned c = 0; gen_class_names[c]; c++) {
        const char *a = s, *n = gen_class_names[c];
        while (*a && *a == *n) {
            a++;
            n++;
        }
        if (*a == *n) {
            return c;
        }
    }
    guest_die("fuzz_guest: unknown class\n");
}

int guest_main(uint64_t *sp)
{
    char **argv = (char **)(sp + 1);
    if (sp[0] != 8 || (argv[1][0] != 'r' && argv[1][0] != 's')) {
        guest_die("usage: fuzz_guest run SEED FIRST COUNT CLASS MAXLEN REPEAT\n"
                  "       fuzz_guest show SEED BLOCK PREFIX CLASS MAXLEN REPEAT\n");
    }
    struct job job = {.seed = number(argv[2]),
                      .first = number(argv[3]),
                      .count = number(argv[4]),
                      .class = class_by_name(argv[5]),
                      .max_len = number(argv[6]),
                      .repeat = number(argv[7])};
    if (job.max_len < 1 || job.max_len > GEN_MAX_LEN) {
        guest_die("fuzz_guest: MAXLEN is 1 to 32\n");
    }
    guest_setup();
    gen_init();
    if (argv[1][0] == 'r') {
        run_all(&job);
    } else {
        show(&job, job.count);
    }
    return 0;
}
