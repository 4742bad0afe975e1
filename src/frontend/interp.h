/* What the guests' interpreters share. */
#ifndef FRONTEND_INTERP_H
#define FRONTEND_INTERP_H

#include "frontend/guest.h"

/* Bits LO .. LO+N-1 of W, and the same as a signed number. */
static inline u32 bits(u32 w, unsigned lo, unsigned n)
{
    return w >> lo & ((1u << n) - 1);
}

static inline s64 sbits(u32 w, unsigned lo, unsigned n)
{
    return (s64)((u64)w << (64 - lo - n)) >> (64 - n);
}

/* A conditional branch is not taken, and execution goes on at PC. */
static inline void pass(const struct guest_cold *in, gaddr pc, unsigned align)
{
    in->counts[((pc - in->origin) & in->mask) >> align] |= GUEST_PASSED;
}

/* Goes on at TO as HOW says. */
static inline enum guest_step jump(struct cpu *cpu, gaddr to, enum guest_step how)
{
    cpu->pc = to;
    return how;
}

#endif
