// What the files of the RV64 generator share.
#ifndef FUZZ_RV64_GEN_H
#define FUZZ_RV64_GEN_H
#include "gen.h"

enum gen_class {
    GEN_INT,
    GEN_MUL,
    GEN_BITS,
    GEN_C,
    GEN_FP,
    GEN_VEC, // up to here: classes of the table
    GEN_MEM,
    GEN_ATOMIC,
    GEN_CSR,
    GEN_VMEM,
    GEN_MIX,
    GEN_UNDEF,
    GEN_FAULT
};

// Registers a block keeps for itself; its instructions never write them.
enum {
    RES_P0, // pointers into the window; P0 is one of x8..x15, or sp
    RES_P1,
    RES_P2,     // 64-byte aligned: atomics
    RES_FAULT,  // points at an unmapped page; one of x8..x15
    RES_STRIDE, // a small signed number
    RES_TARGET, // address of word `target` of the block
    RES_LOOP,   // how often a loop still runs; one of x8..x15
    RES_COUNT
};

// A block's `mode` is vtype[7:0] where the generator stands; a state starts with that of
// `first_mode`.
uint8_t gen_first_mode(const struct block *b);

static inline void gen_put(struct block *b, uint32_t w)
{
    b->word[b->n++] = w;
}

// A random x register that the block's instructions may write; x0 now and then.
uint32_t gen_free_reg(struct rng *r, const struct block *b);

// Appends scalar loads and stores, atomics (perhaps LR and SC), vector instructions.
void gen_mem(struct rng *r, struct block *b);
void gen_amo(struct rng *r, struct block *b);
void gen_atomic(struct rng *r, struct block *b, uint32_t max_len);
void gen_vector(struct rng *r, struct block *b, uint32_t max_len);
void gen_vset(struct rng *r, struct block *b);
void gen_vector_mem(struct rng *r, struct block *b, uint32_t max_len);

// True for words that are not generated: see skip.def.
bool gen_skipped(uint32_t word);

#endif
