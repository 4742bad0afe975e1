/* The A64 lifters as the block driver and the guest's table see them. */
#ifndef FRONTEND_AARCH64_LIFT_H
#define FRONTEND_AARCH64_LIFT_H

#include "frontend/block.h"

/* guest->lift: B has been begun at P->pc. False when the first instruction lies outside the range.
 */
bool a64_lift(struct ir_builder *b, struct ir_fn *fn, struct arena *arena,
              const struct translate_params *p);

const struct front_insn *a64_read_run(struct front_run *r);
extern const struct front_ops a64_front;

#endif
