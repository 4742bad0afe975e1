/* RV64 integer computation: I, M, Zicond (unprivileged manual). */
#include "frontend/riscv64/lift_int.h"

LIFT(LUI, u, put(l, a->rd, K(a->imm)))
LIFT(AUIPC, u, put(l, a->rd, ir_kpc(l->b, l->pc + (u64)(s64)a->imm)))

/* rd = rs1 OP immediate; the same on words. */
#define OP_I(name, op) LIFT(name, i, put(l, a->rd, X2(op, X(a->rs1), K(a->imm))))
OP_I(ADDI, IR_ADD)
OP_I(XORI, IR_XOR)
OP_I(ORI, IR_OR)
OP_I(ANDI, IR_AND)
LIFT(ADDIW, i, put_w(l, a->rd, W2(IR_ADD, W(a->rs1), KW(a->imm))))

#define OP_SH(name, op) LIFT(name, sh, put(l, a->rd, X2(op, X(a->rs1), K(a->shamt))))
OP_SH(SLLI, IR_SHL)
OP_SH(SRLI, IR_SHR)
OP_SH(SRAI, IR_SAR)
#define OP_SHW(name, op) LIFT(name, sh, put_w(l, a->rd, W2(op, W(a->rs1), KW(a->shamt))))
OP_SHW(SLLIW, IR_SHL)
OP_SHW(SRLIW, IR_SHR)
OP_SHW(SRAIW, IR_SAR)

/* rd = rs1 OP rs2. Shifts take as many bits of rs2 as they need. */
#define OP_R(name, op) LIFT(name, r, put(l, a->rd, X2(op, X(a->rs1), X(a->rs2))))
OP_R(ADD, IR_ADD)
OP_R(SUB, IR_SUB)
OP_R(XOR, IR_XOR)
OP_R(OR, IR_OR)
OP_R(AND, IR_AND)
OP_R(SLL, IR_SHL)
OP_R(SRL, IR_SHR)
OP_R(SRA, IR_SAR)
OP_R(MUL, IR_MUL)
OP_R(MULH, IR_MULHS)
OP_R(MULHU, IR_MULHU)
OP_R(REM, IR_SREM) /* by zero: the dividend, as the IR has it */
OP_R(REMU, IR_UREM)
#define OP_RW(name, op) LIFT(name, r, put_w(l, a->rd, W2(op, W(a->rs1), W(a->rs2))))
OP_RW(ADDW, IR_ADD)
OP_RW(SUBW, IR_SUB)
OP_RW(SLLW, IR_SHL)
OP_RW(SRLW, IR_SHR)
OP_RW(SRAW, IR_SAR)
OP_RW(MULW, IR_MUL)
OP_RW(REMW, IR_SREM)
OP_RW(REMUW, IR_UREM)

/* 1 if rs1 CC B. */
static bool set_if(struct rv64_lift *l, int rd, int rs1, enum ir_cc cc, ir_ref b)
{
    return put(l, rd, ir_op1(l->b, IR_B2I, IR_I64, 0, CMP(cc, X(rs1), b)));
}

LIFT(SLTI, i, set_if(l, a->rd, a->rs1, IR_CC_SLT, K(a->imm)))
LIFT(SLT, r, set_if(l, a->rd, a->rs1, IR_CC_SLT, X(a->rs2)))

bool rv64_lift_SLTIU(struct rv64_lift *l, const struct rv64_args_i *a)
{
    bool seqz = a->imm == 1;
    return set_if(l, a->rd, a->rs1, seqz ? IR_CC_EQ : IR_CC_ULT, K(seqz ? 0 : a->imm));
}

bool rv64_lift_SLTU(struct rv64_lift *l, const struct rv64_args_r *a)
{
    bool snez = a->rs1 == 0;
    return set_if(l, a->rd, snez ? a->rs2 : a->rs1, snez ? IR_CC_NE : IR_CC_ULT, snez ? K(0) : X(a->rs2));
}

/* The signed by unsigned product has -rs2 in its high half where rs1 is negative. */
bool rv64_lift_MULHSU(struct rv64_lift *l, const struct rv64_args_r *a)
{
    ir_ref x = X(a->rs1), y = X(a->rs2);
    ir_ref less = X2(IR_AND, X2(IR_SAR, x, K(63)), y);
    return put(l, a->rd, X2(IR_SUB, X2(IR_MULHU, x, y), less));
}

/* A quotient by zero has all bits set (M extension, table of division by zero). */
static ir_ref divide(struct rv64_lift *l, enum ir_op op, enum ir_type type, ir_ref x, ir_ref y)
{
    ir_ref zero = ir_op2(l->b, IR_CMP, type, IR_CC_EQ, y, ir_k(l->b, type, 0));
    return ir_op3(l->b, IR_SELECT, type, 0, ir_k(l->b, type, ~0ull), ir_op2(l->b, op, type, 0, x, y), zero);
}

LIFT(DIV, r, put(l, a->rd, divide(l, IR_SDIV, IR_I64, X(a->rs1), X(a->rs2))))
LIFT(DIVU, r, put(l, a->rd, divide(l, IR_UDIV, IR_I64, X(a->rs1), X(a->rs2))))
LIFT(DIVW, r, put_w(l, a->rd, divide(l, IR_SDIV, IR_I32, W(a->rs1), W(a->rs2))))
LIFT(DIVUW, r, put_w(l, a->rd, divide(l, IR_UDIV, IR_I32, W(a->rs1), W(a->rs2))))

/* rd = rs2 CC 0 ? 0 : rs1 */
static bool zero_if(struct rv64_lift *l, const struct rv64_args_r *a, enum ir_cc cc)
{
    ir_ref cond = CMP(cc, X(a->rs2), K(0));
    return put(l, a->rd, ir_op3(l->b, IR_SELECT, IR_I64, 0, K(0), X(a->rs1), cond));
}

LIFT(CZERO_EQZ, r, zero_if(l, a, IR_CC_EQ))
LIFT(CZERO_NEZ, r, zero_if(l, a, IR_CC_NE))
