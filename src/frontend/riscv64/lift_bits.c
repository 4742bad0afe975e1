/* RV64 bit manipulation: Zba, Zbb, Zbs, Zbc, Zbkb (unprivileged manual). */
#include "frontend/riscv64/lift_int.h"

/* The low half of rs1, zero-extended. */
static ir_ref low_word(struct rv64_lift *l, int rs1)
{
    return ir_op1(l->b, IR_ZEXT, IR_I64, 32, X(rs1));
}

static ir_ref sh_add(struct rv64_lift *l, ir_ref x, unsigned amount, int rs2)
{
    return X2(IR_ADD, X2(IR_SHL, x, K(amount)), X(rs2));
}

LIFT(ADD_UW, r, put(l, a->rd, X2(IR_ADD, low_word(l, a->rs1), X(a->rs2))))
LIFT(SH1ADD, r, put(l, a->rd, sh_add(l, X(a->rs1), 1, a->rs2)))
LIFT(SH2ADD, r, put(l, a->rd, sh_add(l, X(a->rs1), 2, a->rs2)))
LIFT(SH3ADD, r, put(l, a->rd, sh_add(l, X(a->rs1), 3, a->rs2)))
LIFT(SH1ADD_UW, r, put(l, a->rd, sh_add(l, low_word(l, a->rs1), 1, a->rs2)))
LIFT(SH2ADD_UW, r, put(l, a->rd, sh_add(l, low_word(l, a->rs1), 2, a->rs2)))
LIFT(SH3ADD_UW, r, put(l, a->rd, sh_add(l, low_word(l, a->rs1), 3, a->rs2)))
LIFT(SLLI_UW, sh, put(l, a->rd, X2(IR_SHL, low_word(l, a->rs1), K(a->shamt))))

LIFT(ANDN, r, put(l, a->rd, X2(IR_ANDN, X(a->rs1), X(a->rs2))))
LIFT(ORN, r, put(l, a->rd, X2(IR_OR, X(a->rs1), X1(IR_NOT, X(a->rs2)))))
LIFT(XNOR, r, put(l, a->rd, X1(IR_NOT, X2(IR_XOR, X(a->rs1), X(a->rs2)))))

LIFT(CLZ, r1, put(l, a->rd, X1(IR_CLZ, X(a->rs1))))
LIFT(CTZ, r1, put(l, a->rd, X1(IR_CTZ, X(a->rs1))))
LIFT(CPOP, r1, put(l, a->rd, X1(IR_POPCNT, X(a->rs1))))
LIFT(CLZW, r1, put_w(l, a->rd, W1(IR_CLZ, W(a->rs1))))
LIFT(CTZW, r1, put_w(l, a->rd, W1(IR_CTZ, W(a->rs1))))
LIFT(CPOPW, r1, put_w(l, a->rd, W1(IR_POPCNT, W(a->rs1))))

/* rs1 CC rs2 ? rs1 : rs2 */
static bool select_if(struct rv64_lift *l, const struct rv64_args_r *a, enum ir_cc cc)
{
    ir_ref x = X(a->rs1), y = X(a->rs2);
    return put(l, a->rd, ir_op3(l->b, IR_SELECT, IR_I64, 0, x, y, CMP(cc, x, y)));
}

LIFT(MIN, r, select_if(l, a, IR_CC_SLT))
LIFT(MINU, r, select_if(l, a, IR_CC_ULT))
LIFT(MAX, r, select_if(l, a, IR_CC_SGT))
LIFT(MAXU, r, select_if(l, a, IR_CC_UGT))

#define EXTEND(name, op, bits) LIFT(name, r1, put(l, a->rd, ir_op1(l->b, op, IR_I64, bits, X(a->rs1))))
EXTEND(SEXT_B, IR_SEXT, 8)
EXTEND(SEXT_H, IR_SEXT, 16)
EXTEND(ZEXT_H, IR_ZEXT, 16)

LIFT(ROR, r, put(l, a->rd, X2(IR_ROR, X(a->rs1), X(a->rs2))))
LIFT(RORI, sh, put(l, a->rd, X2(IR_ROR, X(a->rs1), K(a->shamt))))
LIFT(RORW, r, put_w(l, a->rd, W2(IR_ROR, W(a->rs1), W(a->rs2))))
LIFT(RORIW, sh, put_w(l, a->rd, W2(IR_ROR, W(a->rs1), KW(a->shamt))))
LIFT(ROL, r, put(l, a->rd, X2(IR_ROR, X(a->rs1), X1(IR_NEG, X(a->rs2)))))
LIFT(ROLW, r, put_w(l, a->rd, W2(IR_ROR, W(a->rs1), W1(IR_NEG, W(a->rs2)))))

/* Bit 7 of each byte that is not zero, spread over the byte: 2 * bit - bit / 128 of each. */
bool rv64_lift_ORC_B(struct rv64_lift *l, const struct rv64_args_r1 *a)
{
    ir_ref x = X(a->rs1), low7 = K(0x7f7f7f7f7f7f7f7f);
    ir_ref carry = X2(IR_ADD, X2(IR_AND, x, low7), low7);
    ir_ref top = X2(IR_ANDN, X2(IR_OR, carry, x), low7);
    return put(l, a->rd, X2(IR_SUB, X2(IR_SHL, top, K(1)), X2(IR_SHR, top, K(7))));
}

LIFT(REV8, r1, put(l, a->rd, X1(IR_BSWAP, X(a->rs1))))
LIFT(BREV8, r1, put(l, a->rd, X1(IR_BSWAP, X1(IR_RBIT, X(a->rs1)))))

#define BFI(width, lsb) ((u16)((lsb) | (width) << 6))
LIFT(PACK, r, put(l, a->rd, ir_op2(l->b, IR_BFI, IR_I64, BFI(32, 32), X(a->rs1), X(a->rs2))))
LIFT(PACKW, r, put_w(l, a->rd, ir_op2(l->b, IR_BFI, IR_I32, BFI(16, 16), W(a->rs1), W(a->rs2))))

bool rv64_lift_PACKH(struct rv64_lift *l, const struct rv64_args_r *a)
{
    ir_ref x = ir_op1(l->b, IR_ZEXT, IR_I64, 8, X(a->rs1));
    return put(l, a->rd, ir_op2(l->b, IR_BFI, IR_I64, BFI(8, 8), x, X(a->rs2)));
}

/* The 128-bit carry-less product, and its halves. */
static ir_ref clmul(struct rv64_lift *l, const struct rv64_args_r *a)
{
    ir_ref v[2];
    for (unsigned i = 0; i < 2; i++) {
        ir_ref bits = ir_op1(l->b, IR_BITF, IR_F64, 0, X(i ? a->rs2 : a->rs1));
        v[i] = ir_op1(l->b, IR_F2V, IR_V128, IR_F64, bits);
    }
    return ir_op2(l->b, IR_VPMULL, IR_V128, 3, v[0], v[1]);
}

static ir_ref half(struct rv64_lift *l, ir_ref product, unsigned i)
{
    return ir_op1(l->b, IR_VGETL, IR_I64, (u16)(3 | i << 4), product);
}

LIFT(CLMUL, r, put(l, a->rd, half(l, clmul(l, a), 0)))
LIFT(CLMULH, r, put(l, a->rd, half(l, clmul(l, a), 1)))

/* Bits 126..63. */
bool rv64_lift_CLMULR(struct rv64_lift *l, const struct rv64_args_r *a)
{
    ir_ref p = clmul(l, a);
    return put(l, a->rd, ir_op2(l->b, IR_EXTR, IR_I64, 63, half(l, p, 1), half(l, p, 0)));
}

/* Single bits: the index is rs2 or an immediate, modulo 64. */
static ir_ref bit(struct rv64_lift *l, ir_ref index)
{
    return X2(IR_SHL, K(1), index);
}

#define BIT_OPS(name, ...)                                                                         \
    static bool bit_##name(struct rv64_lift *l, int rd, int rs1, ir_ref index)                     \
    {                                                                                              \
        return put(l, rd, __VA_ARGS__);                                                            \
    }                                                                                              \
    LIFT(name, r, bit_##name(l, a->rd, a->rs1, X(a->rs2)))                                         \
    LIFT(name##I, sh, bit_##name(l, a->rd, a->rs1, K(a->shamt)))
BIT_OPS(BCLR, X2(IR_ANDN, X(rs1), bit(l, index)))
BIT_OPS(BEXT, X2(IR_AND, X2(IR_SHR, X(rs1), index), K(1)))
BIT_OPS(BINV, X2(IR_XOR, X(rs1), bit(l, index)))
BIT_OPS(BSET, X2(IR_OR, X(rs1), bit(l, index)))
