/* RV64 loads, stores and cache management (unprivileged manual: I, CMO). Misaligned accesses work. */
#include "frontend/riscv64/lift_int.h"

static bool load(struct rv64_lift *l, const struct rv64_args_load *a, unsigned aux)
{
    ir_ref p = rv64_address(l, a->rs1, a->imm);
    return put(l, a->rd, ir_op1(l->b, IR_LD, IR_I64, (u16)aux, p));
}

static bool store(struct rv64_lift *l, const struct rv64_args_store *a, unsigned size)
{
    ir_ref p = rv64_address(l, a->rs1, a->imm);
    ir_op2(l->b, IR_ST, IR_I64, (u16)size, p, X(a->rs2));
    return true;
}

LIFT(LB, load, load(l, a, 0 | IR_MEM_SIGN))
LIFT(LH, load, load(l, a, 1 | IR_MEM_SIGN))
LIFT(LW, load, load(l, a, 2 | IR_MEM_SIGN))
LIFT(LD, load, load(l, a, 3))
LIFT(LBU, load, load(l, a, 0))
LIFT(LHU, load, load(l, a, 1))
LIFT(LWU, load, load(l, a, 2))
LIFT(SB, store, store(l, a, 0))
LIFT(SH, store, store(l, a, 1))
LIFT(SW, store, store(l, a, 2))
LIFT(SD, store, store(l, a, 3))

/* Linux lets user code clean and flush, which means nothing here, and zero; not invalidate. */
LIFT(CBO_INVAL, cbo, ((void)l, (void)a, false))
LIFT(CBO_CLEAN, cbo, ((void)l, (void)a, true))
LIFT(CBO_FLUSH, cbo, ((void)l, (void)a, true))

bool rv64_lift_CBO_ZERO(struct rv64_lift *l, const struct rv64_args_cbo *a)
{
    ir_ref block = X2(IR_AND, X(a->rs1), K(~(s64)(RV64_CBO_BLOCK - 1))), zero = ir_kv(l->b, 0, 0);
    for (int i = 0; i < RV64_CBO_BLOCK; i += 16) {
        ir_op2(l->b, IR_ST, IR_V128, 4, X2(IR_ADD, block, K(i)), zero);
    }
    return true;
}
