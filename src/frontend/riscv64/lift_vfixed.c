/* Vector fixed point (chapter 12). */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

/* vxsat |= any bit of X. */
static void saturated(struct v_insn *v, ir_ref x)
{
    struct ir_builder *b = v->l->b;
    ir_ref lo = ir_op1(b, IR_VGETL, IR_I64, 3, x), hi = ir_op1(b, IR_VGETL, IR_I64, 3 | 1 << 4, x);
    ir_ref any = ir_op2(b, IR_CMP, IR_I64, IR_CC_NE, ir_op2(b, IR_OR, IR_I64, 0, lo, hi), ir_k64(b, 0));
    ir_ref old = ir_op0(b, IR_LDS, IR_I32, RV64_FIELD(vxsat));
    ir_ref now = ir_op2(b, IR_OR, IR_I32, 0, old, ir_op1(b, IR_B2I, IR_I32, 0, any));
    ir_op1(b, IR_STS, IR_I32, RV64_FIELD(vxsat), now);
}

/* By OP; where its result is not that of WRAP it was saturated. */
static bool saturating(struct v_insn *v, enum ir_op op, enum ir_op wrap)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP], over = 0;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k), active = v_active(v, v->sew, k);
        r[k] = V2(op, v->sew, a, b);
        ir_ref diff = V2(IR_VXOR, 0, r[k], V2(wrap, v->sew, a, b));
        diff = active ? V2(IR_VAND, 0, diff, active) : diff;
        over = over ? V2(IR_VOR, 0, over, diff) : diff;
    }
    saturated(v, over);
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

#define SATURATING(NAME, forms, op, wrap)                                                          \
    static bool saturating_##NAME(struct v_insn *v)                                                \
    {                                                                                              \
        return saturating(v, op, wrap);                                                            \
    }                                                                                              \
    V_LIFT_##forms(NAME, saturating_##NAME)

SATURATING(VSADDU, V_X_I, IR_VUQADD, IR_VADD)
SATURATING(VSADD, V_X_I, IR_VSQADD, IR_VADD)
SATURATING(VSSUBU, V_X, IR_VUQSUB, IR_VSUB)
SATURATING(VSSUB, V_X, IR_VSQSUB, IR_VSUB)

/* What rounds is lifted for vxrm = 0, to nearest up; with another one the reference function does it, entered by way of
 * a mode of its own. Before anything else is emitted. */
static void only_nearest_up(struct v_insn *v)
{
    struct rv64_lift *l = v->l;
    ir_ref rm = ir_op0(l->b, IR_LDS, IR_I32, RV64_FIELD(vxrm));
    ir_ref other = ir_op2(l->b, IR_CMP, IR_I32, IR_CC_NE, rm, ir_k32(l->b, 0));
    ir_op3(l->b, IR_EXITIF, IR_I1, (u16)((l->vmode | V_MODE_VXRM) << IR_VMODE_SHIFT), other, ir_kpc(l->b, l->pc), 0);
}

static bool average(struct v_insn *v)
{
    bool is_unsigned = v->op == RV64_OP_VAADDU_VV || v->op == RV64_OP_VAADDU_VX;
    only_nearest_up(v);
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = V2(is_unsigned ? IR_VURHADD : IR_VSRHADD, v->sew, v_reg(v, v->vs2 + k), v_operand(v, scalar, k));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_X(VAADDU, average)
V_LIFT_V_X(VAADD, average)

/* Half the difference rounded up: rounded down, plus the bit lost. */
static bool average_difference(struct v_insn *v)
{
    bool is_unsigned = v->op == RV64_OP_VASUBU_VV || v->op == RV64_OP_VASUBU_VX;
    only_nearest_up(v);
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k);
        ir_ref odd = V2(IR_VAND, 0, V2(IR_VXOR, 0, a, b), v_kdup(v, v->sew, 1));
        r[k] = V2(IR_VADD, v->sew, V2(is_unsigned ? IR_VUHSUB : IR_VSHSUB, v->sew, a, b), odd);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_X(VASUBU, average_difference)
V_LIFT_V_X(VASUB, average_difference)

/* Only the square of the smallest number does not fit. */
static bool fraction_product(struct v_insn *v)
{
    ir_ref r[MAX_GROUP], over = 0;
    if (v->sew != 1 && v->sew != 2) {
        return false;
    }
    only_nearest_up(v);
    ir_ref scalar = v_scalar_operand(v), min = v_kdup(v, v->sew, 1ull << ((8u << v->sew) - 1));
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k), active = v_active(v, v->sew, k);
        ir_ref both = V2(IR_VAND, 0, V2(IR_VCMPEQ, v->sew, a, min), V2(IR_VCMPEQ, v->sew, b, min));
        both = active ? V2(IR_VAND, 0, both, active) : both;
        over = over ? V2(IR_VOR, 0, over, both) : both;
        r[k] = V2(IR_VSQRDMULH, v->sew, a, b);
    }
    saturated(v, over);
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_X(VSMUL, fraction_product)

/* A shifted right by the low bits of the lanes of BY, or by the immediate where that is 0. */
static ir_ref round_shift(struct v_insn *v, unsigned size, bool is_signed, ir_ref a, ir_ref by)
{
    unsigned imm = v->vs1 & ((8u << size) - 1);
    if (!by) {
        return imm ? V1(is_signed ? IR_VRSARI : IR_VRSHRI, size | imm << 4, a) : a;
    }
    by = V2(IR_VAND, 0, by, v_kdup(v, size, (8u << size) - 1));
    return V2(is_signed ? IR_VSRSHL : IR_VURSHL, size, a, V1(IR_VNEG, size, by));
}

static bool shift(struct v_insn *v)
{
    bool is_signed = v->op == RV64_OP_VSSRA_VV || v->op == RV64_OP_VSSRA_VX || v->op == RV64_OP_VSSRA_VI;
    only_nearest_up(v);
    ir_ref scalar = v->form == V_OPIVI ? 0 : v_scalar_operand(v), r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref by = v->form == V_OPIVI ? 0 : v_operand(v, scalar, k);
        r[k] = round_shift(v, v->sew, is_signed, v_reg(v, v->vs2 + k), by);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_X_I(VSSRL, shift)
V_LIFT_V_X_I(VSSRA, shift)

static bool clip(struct v_insn *v)
{
    bool is_signed = v->op == RV64_OP_VNCLIP_WV || v->op == RV64_OP_VNCLIP_WX || v->op == RV64_OP_VNCLIP_WI;
    only_nearest_up(v);
    ir_ref scalar = v->form == V_OPIVI ? 0 : v_scalar_operand(v), r[MAX_GROUP], over = 0;
    unsigned halves = v->lmul < 0 ? 1 : 2;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref half[2];
        for (unsigned h = 0; h < halves; h++) {
            unsigned n = halves * k + h;
            ir_ref by = v->form == V_OPIVI ? 0 : V1(IR_VUXTL, v->sew, scalar ? scalar : v_part(v, v->vs1, 1, n));
            ir_ref x = round_shift(v, v->sew + 1, is_signed, v_reg(v, v->vs2 + n), by);
            half[h] = V1(is_signed ? IR_VSQXTN : IR_VUQXTN, v->sew, x);
            ir_ref diff = V2(IR_VXOR, 0, x, V1(is_signed ? IR_VSXTL : IR_VUXTL, v->sew, half[h]));
            ir_ref active = v_active(v, v->sew + 1, n);
            diff = active ? V2(IR_VAND, 0, diff, active) : diff;
            over = over ? V2(IR_VOR, 0, over, diff) : diff;
        }
        r[k] = halves == 1 ? half[0] : V2(IR_VCAT, 0, half[0], half[1]);
    }
    saturated(v, over);
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_W_I(VNCLIPU, clip)
V_LIFT_W_I(VNCLIP, clip)
