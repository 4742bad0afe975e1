/* A64 branches and exception generating instructions (Arm ARM C4.1, C6.2). */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/lift.h"
#include "frontend/aarch64/priv.h"
#include <signal.h>

/* FLAGS reference to be packed on a way out. */
static ir_ref leaving_flags(struct a64_lift *l, bool live)
{
    return live ? l->b->flags : 0;
}

static bool jump(struct a64_lift *l, gaddr to)
{
    ir_op3(l->b, IR_JMP, IR_VOID, 0, 0, ir_kpc(l->b, to), leaving_flags(l, l->f.in->taken_live));
    l->f.end_unit = true;
    return true;
}

bool a64_branch_if(struct a64_lift *l, ir_ref cond, gaddr to)
{
    u64 k;
    if (ir_is_const(l->f.fn, cond, &k)) {
        return k ? jump(l, to) : true;
    }
    ir_op3(l->b, IR_EXITIF, IR_I1, to == l->f.fn->pc, cond, ir_kpc(l->b, to),
           leaving_flags(l, l->f.in->taken_live));
    return true;
}

static bool branch_if(struct a64_lift *l, ir_ref cond, int offset)
{
    return a64_branch_if(l, cond, l->f.pc + (u64)(s64)offset);
}

bool a64_lift_B(struct a64_lift *l, const struct a64_args_branch *a)
{
    return jump(l, l->f.pc + (u64)(s64)a->imm);
}

bool a64_lift_B_cond(struct a64_lift *l, const struct a64_args_bcond *a)
{
    return branch_if(l, a64_cond(l, (unsigned)a->cond), a->imm);
}

static bool compare_zero(struct a64_lift *l, const struct a64_args_cbz *a, enum ir_cc cc)
{
    enum ir_type type = A64_TYPE(a->sf);
    ir_ref v = a64_read(l, (unsigned)a->sf, (unsigned)a->rt);
    return branch_if(l, ir_op2(l->b, IR_CMP, type, cc, v, ir_k(l->b, type, 0)), a->imm);
}

bool a64_lift_CBZ(struct a64_lift *l, const struct a64_args_cbz *a)
{
    return compare_zero(l, a, IR_CC_EQ);
}

bool a64_lift_CBNZ(struct a64_lift *l, const struct a64_args_cbz *a)
{
    return compare_zero(l, a, IR_CC_NE);
}

static bool test_bit(struct a64_lift *l, const struct a64_args_tbz *a, bool set)
{
    unsigned sf = a->bit > 31, bit = (unsigned)a->bit;
    enum ir_type type = A64_TYPE(sf);
    ir_ref v = a64_read(l, sf, (unsigned)a->rt), c;
    if (bit == 31 || bit == 63) {
        c = ir_op2(l->b, IR_CMP, type, set ? IR_CC_MI : IR_CC_PL, v, ir_k(l->b, type, 0));
    } else {
        c = ir_op2(l->b, IR_TST, type, set ? IR_CC_NE : IR_CC_EQ, v, ir_k(l->b, type, BIT64(bit)));
    }
    return branch_if(l, c, a->imm);
}

bool a64_lift_TBZ(struct a64_lift *l, const struct a64_args_tbz *a)
{
    return test_bit(l, a, false);
}

bool a64_lift_TBNZ(struct a64_lift *l, const struct a64_args_tbz *a)
{
    return test_bit(l, a, true);
}

/* Before a call: where the flags it leaves are read, goes on in code whose returns keep them. */
static bool needs_ret_flags(struct a64_lift *l)
{
    if ((l->fp_mode & A64_FPM_RET_FLAGS) || !front_flags_read_at(&a64_front, l->f.params, l->f.pc + 4)) {
        return false;
    }
    ir_op1(l->b, IR_STS, IR_I32, A64_FIELD(ret_flags), ir_k32(l->b, 1));
    ir_op3(l->b, IR_EXIT, IR_VOID, EXEC_I_SYNC, ir_k64(l->b, 0), ir_kpc(l->b, l->f.pc), l->b->flags);
    l->f.end_unit = true;
    return true;
}

bool a64_lift_BL(struct a64_lift *l, const struct a64_args_branch *a)
{
    gaddr back = l->f.pc + 4;
    if (needs_ret_flags(l)) {
        return true;
    }
    a64_write_x(l, A64_LR, ir_kpc(l->b, back));
    ir_op3(l->b, IR_CALL, IR_VOID, 0, (ir_ref)(back - l->f.fn->pc),
           ir_kpc(l->b, l->f.pc + (u64)(s64)a->imm), leaving_flags(l, l->f.in->taken_live));
    l->f.end_block = true;
    return true;
}

bool a64_lift_BLR(struct a64_lift *l, const struct a64_args_breg *a)
{
    if (needs_ret_flags(l)) {
        return true;
    }
    ir_ref to = a64_read_x(l, (unsigned)a->rn), back = ir_kpc(l->b, l->f.pc + 4);
    a64_write_x(l, A64_LR, back);
    ir_op3(l->b, IR_CALLI, IR_VOID, 0, to, back, l->b->flags);
    l->f.end_block = true;
    return true;
}

bool a64_lift_BR(struct a64_lift *l, const struct a64_args_breg *a)
{
    bool far = l->f.in->leave == FRONT_JUMP_FAR;
    ir_op3(l->b, IR_JMPI, IR_VOID, far, a64_read_x(l, (unsigned)a->rn), 0, l->b->flags);
    l->f.end_unit = true;
    return true;
}

bool a64_lift_RET(struct a64_lift *l, const struct a64_args_breg *a)
{
    bool keep = l->f.in->leave != FRONT_RETURN || (l->fp_mode & A64_FPM_RET_FLAGS);
    ir_op3(l->b, IR_RET, IR_VOID, 0, a64_read_x(l, (unsigned)a->rn), 0, keep ? l->b->flags : 0);
    l->f.end_unit = true;
    return true;
}

bool a64_lift_SVC(struct a64_lift *l, const struct a64_args_imm16 *a)
{
    (void)a; /* Linux ignores the immediate */
    ir_op3(l->b, IR_EXIT, IR_VOID, EXEC_SYSCALL, ir_k64(l->b, 0), ir_kpc(l->b, l->f.pc + 4),
           leaving_flags(l, l->f.in->live_out));
    l->f.end_unit = true;
    return true;
}

bool a64_lift_BRK(struct a64_lift *l, const struct a64_args_imm16 *a)
{
    (void)a;
    return a64_fault(l, SIGTRAP, TRAP_BRKPT, ir_kpc(l->b, l->f.pc));
}

bool a64_lift_HLT(struct a64_lift *l, const struct a64_args_imm16 *a)
{
    (void)l, (void)a;
    return false; /* halting debug is never enabled: undefined */
}

bool a64_lift_UDF(struct a64_lift *l, const struct a64_args_imm16 *a)
{
    (void)l, (void)a;
    return false;
}
