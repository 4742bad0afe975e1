// Random A64 blocks and random states for the fuzzer (runs in the guest, no C library).
#ifndef FUZZ_GEN_H
#define FUZZ_GEN_H
#include "../insn/aarch64/enter.h"
#include <stdbool.h>

// xorshift64*; the state is never 0.
struct rng {
    uint64_t s;
};

static inline uint64_t rng_next(struct rng *r)
{
    r->s ^= r->s >> 12;
    r->s ^= r->s << 25;
    r->s ^= r->s >> 27;
    return r->s * 0x2545f4914f6cdd1d;
}

// A number below n (n < 2^32).
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

static inline bool rng_chance(struct rng *r, uint32_t one_in)
{
    return rng_below(r, one_in) == 0;
}

// A generator for (seed, a, b) that shares nothing with those of other triples.
struct rng rng_for(uint64_t seed, uint64_t a, uint64_t b);

enum gen_class {
    GEN_INT,
    GEN_FP,
    GEN_SIMD,
    GEN_CRYPTO,
    GEN_MEM,
    GEN_MIX,
    GEN_UNDEF,
    GEN_FAULT,
    GEN_CLASSES
};

// Registers a block keeps for itself; its instructions never write them except by writeback.
enum {
    RES_P0, // pointers into the window, writeback allowed
    RES_P1,
    RES_P2,     // 64-byte aligned pointer, no writeback: atomics
    RES_FAULT,  // points at an unmapped page
    RES_INDEX,  // small signed index
    RES_UXTW,   // small unsigned index with garbage in the high half
    RES_SXTW,   // small signed index with garbage in the high half
    RES_TARGET, // address of word `target` of the block
    RES_LOOP,   // how often a loop still runs
    RES_COUNT
};

enum {
    GEN_MAX_LEN = 32,
    GEN_WINDOW = 1024 /* bytes on either side of A64_WINDOW that are compared */
};

struct block {
    uint32_t n;
    uint32_t word[GEN_MAX_LEN];
    uint8_t reg[RES_COUNT];
    uint32_t reserved; // bit per register
    uint32_t target;   // index that RES_TARGET points to
    bool uses_mem;
    bool sp_is_p0;
    bool loops;     // its last words count RES_LOOP down and branch back
    bool excl_used; // at most one exclusive sequence a block
    int drift[2];   // largest distance P0 and P1 may have moved
    uint64_t at;    // address of word 0
};

// Sorts the decode table by class; call once.
void gen_init(void);

// Fills `b` with 1..max_len instructions of the class. b->at must be set.
void gen_block(struct rng *r, struct block *b, enum gen_class c, uint32_t max_len);

// Appends a load or store (or a short exclusive sequence) that stays in the window.
void gen_mem(struct rng *r, struct block *b, uint32_t max_len);

// Appends an access to the unmapped page, or what gen_mem makes, through the pointer to that.
void gen_fault(struct rng *r, struct block *b, uint32_t max_len);

// A random register number that the block's instructions may write.
uint32_t gen_free_reg(struct rng *r, const struct block *b);

// True for words that are not compared: see skip.def.
bool gen_skipped(uint32_t word, bool in_table);

// Fills a random, edge-biased state; pointers and indices of `b` are set as it needs them. Fills
// the window if the block uses memory.
void gen_state(struct rng *r, const struct block *b, struct a64_state *st);

// True if the word writes NZCV.
bool gen_sets_flags(uint32_t word);

const char *gen_op_name(uint32_t word);
#endif
