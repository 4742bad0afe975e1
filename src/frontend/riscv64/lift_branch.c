/* RV64 control transfer (unprivileged manual: RV32I, Control Transfer Instructions). All targets are even: an odd
 * JALR target is put right by the unit that begins there (lift_block.c), so that good ones cost nothing. */
#include <signal.h>

#include "frontend/riscv64/lift.h"
#include "frontend/riscv64/lift_int.h"

/* Registers that calls leave their return address in, and returns find it in. */
static bool is_link(int n)
{
    return n == 1 || n == 5;
}

static bool jump(struct rv64_lift *l, gaddr to)
{
    ir_op3(l->b, IR_JMP, IR_VOID, rv64_exit_aux(l, 0), 0, ir_kpc(l->b, to), 0);
    l->end_unit = true;
    return true;
}

static bool call(struct rv64_lift *l, ir_ref to)
{
    gaddr back = rv64_next(l);
    ir_op3(l->b, IR_CALL, IR_VOID, 0, (ir_ref)(back - l->fn->pc), to, 0);
    l->end_block = true;
    return true;
}

bool rv64_branch_if(struct rv64_lift *l, ir_ref cond, gaddr to)
{
    u64 k;
    if (ir_is_const(l->fn, cond, &k)) {
        return k ? jump(l, to) : true;
    }
    ir_op3(l->b, IR_EXITIF, IR_I1, rv64_exit_aux(l, to == l->fn->pc), cond, ir_kpc(l->b, to), 0);
    return true;
}

#define BRANCH(name, cc)                                                                           \
    LIFT(name, branch, rv64_branch_if(l, CMP(cc, X(a->rs1), X(a->rs2)), l->pc + (u64)(s64)a->imm))
BRANCH(BEQ, IR_CC_EQ)
BRANCH(BNE, IR_CC_NE)
BRANCH(BLT, IR_CC_SLT)
BRANCH(BGE, IR_CC_SGE)
BRANCH(BLTU, IR_CC_ULT)
BRANCH(BGEU, IR_CC_UGE)

bool rv64_lift_JAL(struct rv64_lift *l, const struct rv64_args_jal *a)
{
    gaddr to = l->pc + (u64)(s64)a->imm;
    rv64_write(l, a->rd, ir_kpc(l->b, rv64_next(l)));
    return is_link(a->rd) ? call(l, ir_kpc(l->b, to)) : jump(l, to);
}

/* A target that AUIPC made known. */
static bool known_jalr(struct rv64_lift *l, int rd, ir_ref to)
{
    rv64_write(l, rd, ir_kpc(l->b, rv64_next(l)));
    if (is_link(rd)) {
        return call(l, to);
    }
    ir_op3(l->b, IR_JMP, IR_VOID, rv64_exit_aux(l, 0), 0, to, 0);
    l->end_unit = true;
    return true;
}

/* The manual's table of return-address stack hints. Where a coroutine switch would pop and push, only the push is
 * done: the popped entry misses once. */
bool rv64_lift_JALR(struct rv64_lift *l, const struct rv64_args_jalr *a)
{
    ir_ref to = rv64_address(l, a->rs1, a->imm), back = ir_kpc(l->b, rv64_next(l));
    if (IR_IS_K(to) && l->fn->k[to & ~IR_K].pcrel && !(l->fn->k[to & ~IR_K].lo & 1)) {
        return known_jalr(l, a->rd, to);
    }
    rv64_write(l, a->rd, back);
    if (is_link(a->rd)) {
        ir_op3(l->b, IR_CALLI, IR_VOID, 0, to, back, 0);
        l->end_block = true;
        return true;
    }
    bool from_plt = a->rd != 0;
    ir_op3(l->b, is_link(a->rs1) ? IR_RET : IR_JMPI, IR_VOID, from_plt, to, 0, 0);
    l->end_unit = true;
    return true;
}

LIFT(ECALL, none, ((void)a, rv64_leave(l, EXEC_SYSCALL)))
LIFT(EBREAK, none, ((void)a, rv64_fault(l, SIGTRAP, TRAP_BRKPT, ir_kpc(l->b, l->pc))))
