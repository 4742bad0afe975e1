/* The pre-scan of a unit: liveness of the flags and places to poll. Only the block driver uses it.
 */
#ifndef FRONTEND_AARCH64_SCAN_H
#define FRONTEND_AARCH64_SCAN_H

#include "frontend/guest.h"

/* What an instruction word does to the packed flags (GUEST_FLAGS_*) and how it goes on. */
enum a64_leave {
    A64_GO_ON,
    A64_COND,
    A64_JUMP,
    A64_CALL,
    A64_CALL_REG,
    A64_JUMP_REG,
    A64_SVC,
    A64_TRAP
};
struct a64_effect {
    u8 flags; /* GUEST_FLAGS_READ, GUEST_FLAGS_WRITE */
    u8 leave; /* enum a64_leave */
    gaddr to; /* COND, JUMP, CALL */
};
struct a64_effect a64_effect_of(gaddr pc, u32 insn);

/* True unless it is certain that NZCV is written before it is read from PC on. Reads guest code
 * inside the range of P only. */
bool a64_flags_live_at(const struct translate_params *p, gaddr pc);

#define A64_SCAN_MAX 256
struct a64_scan {
    unsigned n; /* instructions the unit may take */
    bool polls; /* some branch of the run may have to poll */
    u64 targets[A64_SCAN_MAX / 64]; /* bit I: a branch of the run leads to instruction I */
    struct a64_scan_insn {
        u32 word;
        struct a64_effect effect;
        bool live_in, live_out; /* flags before it; behind it on the straight way */
        bool taken_live;        /* where its branch or call goes to */
        bool pending;           /* flags made in this unit may be in effect */
        bool entry;             /* a branch of the unit leads here: a block begins */
        bool poll;              /* begins with a poll */
    } insn[A64_SCAN_MAX];
};

void a64_scan(struct a64_scan *s, const struct translate_params *p);

#endif
