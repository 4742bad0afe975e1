// Random values, biased towards those where instructions go wrong.
#ifndef FUZZ_VALUES_H
#define FUZZ_VALUES_H
#include "gen.h"

// Layout of a floating-point format: bits of mantissa and exponent.
struct format {
    uint32_t mant, exp;
};

uint64_t value_int(struct rng *r);
uint64_t value_float(struct rng *r, struct format f);

// Lanes of one kind, or a copy of `other`.
void value_vector(struct rng *r, uint64_t v[2], const uint64_t other[2]);

// Fills the window; some of its words are those of `regs` (n of them).
void value_window(struct rng *r, const uint64_t *regs, uint32_t n);

#endif
