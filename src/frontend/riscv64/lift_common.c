/* Register access, helpers and ways out, shared by the RV64 lifters. */
#include "frontend/riscv64/priv.h"

ir_ref rv64_read(struct rv64_lift *l, int n)
{
    return n ? ir_get(l->b, RV64_X0 + (unsigned)n) : ir_k64(l->b, 0);
}

ir_ref rv64_read_w(struct rv64_lift *l, int n)
{
    return n ? ir_op1(l->b, IR_TRUNC, IR_I32, 0, rv64_read(l, n)) : ir_k32(l->b, 0);
}

void rv64_write(struct rv64_lift *l, int n, ir_ref v)
{
    if (n) {
        ir_set(l->b, RV64_X0 + (unsigned)n, v);
    }
}

void rv64_write_w(struct rv64_lift *l, int n, ir_ref v)
{
    if (n) {
        rv64_write(l, n, ir_op1(l->b, IR_SEXT, IR_I64, 32, v));
    }
}

ir_ref rv64_address(struct rv64_lift *l, int rs1, s64 imm)
{
    ir_ref base = rv64_read(l, rs1);
    return imm ? ir_op2(l->b, IR_ADD, IR_I64, 0, base, ir_k64(l->b, (u64)imm)) : base;
}

ir_ref rv64_help(struct rv64_lift *l, enum rv64_helper h, ir_ref a, ir_ref x, ir_ref c)
{
    ir_ref zero = ir_k64(l->b, 0);
    return ir_op3(l->b, IR_HELPER, IR_I64, (u16)h, a ? a : zero, x ? x : zero, c ? c : zero);
}

bool rv64_fault(struct rv64_lift *l, int signo, int code, ir_ref addr)
{
    struct ir_builder *b = l->b;
    u64 what = (u32)signo | (u64)(u32)code << 32;
    ir_op1(b, IR_STS, IR_I64, offsetof(struct cpu, fault.signo), ir_k64(b, what));
    ir_op1(b, IR_STS, IR_I64, offsetof(struct cpu, fault.addr), addr);
    ir_op3(b, IR_EXIT, IR_VOID, EXEC_FAULT, ir_k64(b, 0), ir_kpc(b, l->pc), 0);
    l->end_unit = true;
    return true;
}

bool rv64_leave(struct rv64_lift *l, unsigned reason)
{
    ir_op3(l->b, IR_EXIT, IR_VOID, (u16)reason, ir_k64(l->b, 0), ir_kpc(l->b, rv64_next(l)), 0);
    l->end_unit = true;
    return true;
}
