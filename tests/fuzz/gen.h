// Random blocks and random states for the fuzzer (runs in the guest, no C library).
#ifndef FUZZ_GEN_H
#define FUZZ_GEN_H
#include "guest.h"
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

// Most instructions of a block, bytes on either side of ROW_WINDOW that are compared.
enum { GEN_MAX_LEN = 32, GEN_WINDOW = 1024, GEN_MAX_RESERVED = 12 };

struct block {
    uint32_t n;
    uint32_t word[GEN_MAX_LEN]; // gen_size says how many bytes of each count
    uint8_t reg[GEN_MAX_RESERVED];
    uint32_t reserved; // bit per register
    uint32_t target;   // index of the word that a reserved register points to
    bool uses_mem;
    bool sp_is_p0;
    bool loops;     // its last words count a reserved register down and branch back
    bool excl_used; // at most one exclusive sequence a block
    uint8_t mode;   // what the architecture's generator keeps along the block
    int drift[2];   // largest distance the moving pointers may have moved
    uint64_t at;    // address of word 0
};

// The architecture's generator (ARCH/gen.c and the files it uses).

// Names of the classes, in the order of their numbers; the last is NULL.
extern const char *const gen_class_names[];

// Prepares the tables; call once.
void gen_init(void);

// Fills `b` with 1..max_len instructions of the class. b->at must be set.
void gen_block(struct rng *r, struct block *b, unsigned class, uint32_t max_len);

// Fills a random, edge-biased state; pointers and indices of `b` are set as it needs them. Fills
// the window if the block uses memory.
void gen_state(struct rng *r, const struct block *b, struct state *st);

// Bytes of an instruction.
uint32_t gen_size(uint32_t word);

// Address of word i of the block; i may be b->n.
uint64_t gen_address(const struct block *b, uint32_t i);

// Takes out of the state after a fault at word `i` what need not be the same.
void gen_settle(const struct block *b, uint32_t i, struct state *st);

const char *gen_op_name(uint32_t word);

// Prints the registers with text.h.
void gen_show(const struct state *st);
#endif
