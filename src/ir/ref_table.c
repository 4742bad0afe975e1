/* The table of reference functions, made from ops.def. */
#include "ir/priv.h"

enum { P = IR_F_P, C = IR_F_C, M = IR_F_M, E = IR_F_E, S = IR_F_S, Q = IR_F_Q, X = IR_F_X };

/* Values that depend on more than operands (guest state, memory) have none. */
#define HAS_REF(name, flags)                                                                       \
    (((flags)&P) && !((flags)&S) && IR_##name != IR_GET && IR_##name != IR_NZCV)

ir_ref_fn *const ir_ref_fns[IR_OP_COUNT] = {
#define OP(name, sig, flags, meaning) [IR_##name] = HAS_REF(name, flags) ? ref_##name : NULL,
#include "ir/ops.def"
#undef OP
};
