/* The one entry of the lifters. */
#ifndef FRONTEND_RISCV64_LIFT_H
#define FRONTEND_RISCV64_LIFT_H

#include "frontend/guest.h"

/* guest->lift: B has been begun at P->pc. False when the first instruction lies outside the range. */
bool rv64_lift_unit(struct ir_builder *b, struct ir_fn *fn, struct arena *arena, const struct translate_params *p);

#endif
