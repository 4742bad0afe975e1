/* The A64 lifters as the block driver and the guest's table see them. */
#ifndef FRONTEND_AARCH64_LIFT_H
#define FRONTEND_AARCH64_LIFT_H

#include "frontend/block.h"

/* guest->lift: B has been begun at P->pc. False when the first instruction lies outside the range.
 */
bool a64_lift(struct ir_builder *b, struct ir_fn *fn, struct arena *arena,
              const struct translate_params *p);

const struct front_insn *a64_read_run(struct front_run *r);
gaddr a64_skip_plain(gaddr pc, gaddr end);
extern const struct front_ops a64_front;

/* `1: ldxr old, [base]; ...; stxr status, value, [base]; cbnz status, 1b` that is one atomic operation. The block driver
 * takes it for one instruction. */
enum a64_loop_form { A64_LOOP_RMW, A64_LOOP_CAS };
struct a64_excl_loop {
    u8 form;     /* enum a64_loop_form */
    u8 rmw;      /* enum ir_rmw */
    u8 sz;       /* log2 of the bytes */
    u8 base, old, value, status; /* registers; base 31 is SP */
    bool compares; /* the second instruction is CMP: it sets the flags */
    u8 len;      /* bytes of the sequence */
    u32 second;  /* instruction words: CMP, or what makes the new value */
    u32 third;   /* of a minimum or maximum: CSEL */
    gaddr out;   /* CAS: where to go on if the value is another */
};
/* True when the code at PC, of which [pc, limit) can be read, is such a loop. */
bool a64_find_excl_loop(struct a64_excl_loop *e, gaddr pc, gaddr limit);
struct a64_lift;
/* Lifts the one at L->f.pc. */
bool a64_lift_excl_loop(struct a64_lift *l);

#endif
