/* Memory access shared by the load and store lifters. SZ is log2 of the bytes; ORDER is 0 or
 * IR_MEM_ACQ, IR_MEM_REL. */
#ifndef FRONTEND_AARCH64_LIFT_MEM_H
#define FRONTEND_AARCH64_LIFT_MEM_H

#include "frontend/aarch64/priv.h"

/* BASE + IMM. */
ir_ref a64_offset(struct a64_lift *l, ir_ref base, s64 imm);
/* Integers as I64, zero-extended; sizes 0..3. */
ir_ref a64_load_x(struct a64_lift *l, unsigned sz, ir_ref addr, unsigned order);
void a64_store_x(struct a64_lift *l, unsigned sz, ir_ref addr, ir_ref v, unsigned order);
/* The low part of a vector register; a load leaves the rest zero. Sizes 0..4. */
ir_ref a64_load_v(struct a64_lift *l, unsigned sz, ir_ref addr);
void a64_store_v(struct a64_lift *l, unsigned sz, ir_ref addr, ir_ref v);

#endif
