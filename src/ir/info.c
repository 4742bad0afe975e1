/* Static facts about the operations, made from ops.def. */
#include "ir/ir.h"

enum { P = IR_F_P, C = IR_F_C, M = IR_F_M, E = IR_F_E, S = IR_F_S, Q = IR_F_Q, X = IR_F_X };

const struct ir_op_info ir_ops[IR_OP_COUNT] = {
#define OP(name, sig, flags, meaning) [IR_##name] = {#name, sig, flags},
#include "ir/ops.def"
#undef OP
};

const u8 ir_op_flags[IR_OP_COUNT] = {
#define OP(name, sig, flags, meaning) [IR_##name] = flags,
#include "ir/ops.def"
#undef OP
};

/* What the result letter of a signature says. */
#define RESULT(sig)                                                                                \
    ((sig)[0] == 'v'   ? IR_VOID                                                                   \
     : (sig)[0] == 'b' ? IR_I1                                                                     \
     : (sig)[0] == 'w' ? IR_I32                                                                    \
     : (sig)[0] == 'q' ? IR_I64                                                                    \
     : (sig)[0] == 's' ? IR_F32                                                                    \
     : (sig)[0] == 'd' ? IR_F64                                                                    \
     : (sig)[0] == 'x' ? IR_V128                                                                   \
                       : IR_TYPE_COUNT)

const u8 ir_fixed_type[IR_OP_COUNT] = {
#define OP(name, sig, flags, meaning) [IR_##name] = RESULT(sig),
#include "ir/ops.def"
#undef OP
};

const char *const ir_type_names[IR_TYPE_COUNT] = {"void", "i1", "i32", "i64", "f32", "f64", "v128"};
