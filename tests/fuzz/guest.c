// The fuzzer's guest program: the same seed makes the same blocks and states under every emulator.
//
//   fuzz_guest run  SEED FIRST COUNT CLASS MAXLEN REPEAT    8-byte hash a block to stdout, totals
//   to stderr
//       (hashes are written FLUSH at a time, and one by one if COUNT is at most FLUSH)
//   fuzz_guest show SEED BLOCK PREFIX CLASS MAXLEN REPEAT   states of one block's first PREFIX
//   words
//
// CLASS: int fp simd crypto mem mix undef fault. A block runs REPEAT times with different states.
#include "gen.h"
#include "text.h"

// A block's address depends on its number alone, so that a run may start anywhere.
enum {
    BATCH = 2048,
    FLUSH = 256,
    STRIDE = (GEN_MAX_LEN + 2) * 4,
    STUB_AT = A64_CODE,
    BLOCKS_AT = A64_CODE + 64
};
_Static_assert(BLOCKS_AT + BATCH * STRIDE <= A64_CODE + A64_CODE_SIZE, "blocks");

struct job {
    uint64_t seed, first, count, max_len, repeat;
    enum gen_class class;
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

static uint64_t hash_result(uint64_t h, const struct block *b, struct a64_fault f)
{
    const struct a64_state *st = a64_live();
    const uint64_t *w = (const uint64_t *)(A64_WINDOW - GEN_WINDOW);
    for (int i = 0; i < 31; i++) {
        h = mix(h, st->x[i]);
    }
    for (int i = 0; i < 32; i++) {
        h = mix(mix(h, st->v[i][0]), st->v[i][1]);
    }
    h = mix(mix(mix(mix(mix(h, st->sp), st->pc), st->nzcv), st->fpcr), st->fpsr);
    h = mix(mix(h, f.sig), f.addr);
    for (int i = 0; b->uses_mem && i < GEN_WINDOW * 2 / 8; i++) {
        h = mix(h, w[i]);
    }
    return h;
}

// Writes the block's code at b->at - 4 and on: entry word, words, exit. Words from `prefix` on are
// replaced by exits.
static void place(const struct block *b, uint64_t prefix)
{
    uint32_t *at = (uint32_t *)(b->at - 4);
    *at++ = a64_enter_word(b->at - 4);
    for (uint32_t i = 0; i <= b->n; i++, at++) {
        *at = i < b->n && i < prefix ? b->word[i] : a64_b((uint64_t)at, STUB_AT);
    }
}

// True if words from the one that faulted on may overwrite NZCV: ferry does not keep flags for a
// fault that nothing will read again, so they are not compared then.
static bool flags_die(const struct block *b, uint32_t i)
{
    for (i = b->loops ? 0 : i; i < b->n; i++) {
        if (gen_sets_flags(b->word[i])) {
            return true;
        }
    }
    return false;
}

static struct a64_fault run_block(const struct job *job, const struct block *b, uint64_t number,
                                  uint64_t rep)
{
    struct rng r = rng_for(job->seed, number, rep + 1);
    gen_state(&r, b, a64_live());
    struct a64_fault f = a64_run((void *)(b->at - 4));
    if (f.sig && flags_die(b, (uint32_t)(a64_live()->pc - b->at) / 4)) {
        a64_live()->nzcv = 0;
    }
    return f;
}

static void make_block(const struct job *job, struct block *b, uint64_t number)
{
    struct rng r = rng_for(job->seed, number, 0);
    b->at = BLOCKS_AT + 4 + number % BATCH * STRIDE;
    gen_block(&r, b, job->class, (uint32_t)job->max_len);
}

static void flush(void)
{
    a64_write_all(1, hashes, n_hashes * sizeof(hashes[0]));
    n_hashes = 0;
}

static void run_and_hash(const struct job *job, const struct block *b, uint64_t number)
{
    uint64_t h = 0;
    for (uint64_t rep = 0; rep < job->repeat; rep++) {
        struct a64_fault f = run_block(job, b, number, rep);
        h = hash_result(h, b, f);
        total.faults += f.sig != 0;
        total.words += f.sig ? (a64_live()->pc - b->at) / 4 + 1 : b->n;
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
    a64_sync_code((void *)BLOCKS_AT, (void *)(BLOCKS_AT + BATCH * STRIDE));
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
    const struct a64_state *st = a64_live();
    text_str(when);
    text_str("\n");
    for (uint32_t i = 0; i < 31; i++) {
        text_reg("x", i, st->x[i]);
    }
    text_reg("sp", ~0u, st->sp);
    text_reg("nzcv", ~0u, st->nzcv);
    text_reg("fpcr", ~0u, st->fpcr);
    text_reg("fpsr", ~0u, st->fpsr);
    for (uint32_t i = 0; i < 32; i++) {
        text_reg128("v", i, st->v[i]);
    }
    for (int i = 0; b->uses_mem && i < GEN_WINDOW * 2; i += 16) {
        text_reg128("m", (uint32_t)i, (const uint64_t *)(A64_WINDOW - GEN_WINDOW + (uint64_t)i));
    }
}

static void show(const struct job *job, uint64_t prefix)
{
    struct block *b = &blocks[0];
    make_block(job, b, job->first);
    place(b, prefix);
    a64_sync_code((void *)(b->at - 4), (void *)(b->at + (b->n + 1) * 4));
    text_to(1);
    text_num("length", b->n);
    for (uint32_t i = 0; i < b->n; i++) {
        text_word(i, b->word[i], gen_op_name(b->word[i]));
    }
    for (uint64_t rep = 0; rep < job->repeat; rep++) {
        struct rng r = rng_for(job->seed, job->first, rep + 1);
        gen_state(&r, b, a64_live());
        text_num("run", rep);
        show_state(b, "before");
        struct a64_fault f = run_block(job, b, job->first, rep);
        show_state(b, "after");
        text_num("signal", f.sig);
        text_reg("addr", ~0u, f.addr);
        text_num("stopped-at", f.sig ? (a64_live()->pc - b->at) / 4 : b->n);
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
        a64_die("fuzz_guest: not a number\n");
    }
    return v;
}

static enum gen_class class_by_name(const char *s)
{
    static const char *const names[GEN_CLASSES] = {"int", "fp",  "simd",  "crypto",
                                                   "mem", "mix", "undef", "fault"};
    for (int c = 0; c < GEN_CLASSES; c++) {
        const char *a = s, *n = names[c];
        while (*a && *a == *n) {
            a++;
            n++;
        }
        if (*a == *n) {
            return (enum gen_class)c;
        }
    }
    a64_die("fuzz_guest: unknown class\n");
}

int guest_main(uint64_t *sp)
{
    char **argv = (char **)(sp + 1);
    if (sp[0] != 8 || (argv[1][0] != 'r' && argv[1][0] != 's')) {
        a64_die("usage: fuzz_guest run SEED FIRST COUNT CLASS MAXLEN REPEAT\n"
                "       fuzz_guest show SEED BLOCK PREFIX CLASS MAXLEN REPEAT\n");
    }
    struct job job = {.seed = number(argv[2]),
                      .first = number(argv[3]),
                      .count = number(argv[4]),
                      .class = class_by_name(argv[5]),
                      .max_len = number(argv[6]),
                      .repeat = number(argv[7])};
    if (job.max_len < 1 || job.max_len > GEN_MAX_LEN) {
        a64_die("fuzz_guest: MAXLEN is 1 to 32\n");
    }
    a64_setup();
    a64_exit_stub((uint32_t *)STUB_AT, 0);
    a64_sync_code((void *)STUB_AT, (void *)(STUB_AT + A64_STUB_WORDS * 4));
    gen_init();
    if (argv[1][0] == 'r') {
        run_all(&job);
    } else {
        show(&job, job.count);
    }
    return 0;
}
