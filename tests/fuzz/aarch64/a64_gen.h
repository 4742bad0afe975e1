// What the files of the A64 generator share.
#ifndef FUZZ_A64_GEN_H
#define FUZZ_A64_GEN_H
#include "gen.h"

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

// Appends a load or store (or a short exclusive sequence) that stays in the window.
void gen_mem(struct rng *r, struct block *b, uint32_t max_len);

// Appends an access to the unmapped page, or what gen_mem makes, through the pointer to that.
void gen_fault(struct rng *r, struct block *b, uint32_t max_len);

// A random register number that the block's instructions may write.
uint32_t gen_free_reg(struct rng *r, const struct block *b);

// True for words that are not compared: see skip.def.
bool gen_skipped(uint32_t word, bool in_table);

#endif
