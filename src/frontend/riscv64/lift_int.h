/* Short names for lifters of integer instructions, in whose body l is the lift and a the arguments. */
#ifndef FRONTEND_RISCV64_LIFT_INT_H
#define FRONTEND_RISCV64_LIFT_INT_H

#include "frontend/riscv64/priv.h"
#include "frontend/riscv64/rv64_decode.h"

#define LIFT(name, set, call)                                                                      \
    bool rv64_lift_##name(struct rv64_lift *l, const struct rv64_args_##set *a)                    \
    {                                                                                              \
        return call;                                                                               \
    }

/* Registers and constants as I64, and their low halves as I32. */
#define X(n) rv64_read(l, n)
#define W(n) rv64_read_w(l, n)
#define K(v) ir_k64(l->b, (u64)(s64)(v))
#define KW(v) ir_k32(l->b, (u32)(v))

#define X1(op, x) ir_op1(l->b, op, IR_I64, 0, x)
#define X2(op, x, y) ir_op2(l->b, op, IR_I64, 0, x, y)
#define W1(op, x) ir_op1(l->b, op, IR_I32, 0, x)
#define W2(op, x, y) ir_op2(l->b, op, IR_I32, 0, x, y)
#define CMP(cc, x, y) ir_op2(l->b, IR_CMP, IR_I64, cc, x, y)

static inline bool put(struct rv64_lift *l, int rd, ir_ref v)
{
    rv64_write(l, rd, v);
    return true;
}

static inline bool put_w(struct rv64_lift *l, int rd, ir_ref v)
{
    rv64_write_w(l, rd, v);
    return true;
}

#endif
