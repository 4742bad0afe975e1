/* Vector integer arithmetic, comparisons, carries, merges, widening and narrowing (chapter 11.1 to 11.9, 11.15). */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

/* The IR op of a plain lanewise instruction, IR_NOP: none. */
static enum ir_op plain_op(enum rv64_op op)
{
    switch (op) {
    case RV64_OP_VADD_VV: case RV64_OP_VADD_VX: case RV64_OP_VADD_VI:
        return IR_VADD;
    case RV64_OP_VSUB_VV: case RV64_OP_VSUB_VX: case RV64_OP_VRSUB_VX: case RV64_OP_VRSUB_VI:
        return IR_VSUB;
    case RV64_OP_VAND_VV: case RV64_OP_VAND_VX: case RV64_OP_VAND_VI:
        return IR_VAND;
    case RV64_OP_VOR_VV: case RV64_OP_VOR_VX: case RV64_OP_VOR_VI:
        return IR_VOR;
    case RV64_OP_VXOR_VV: case RV64_OP_VXOR_VX: case RV64_OP_VXOR_VI:
        return IR_VXOR;
    case RV64_OP_VANDN_VV: case RV64_OP_VANDN_VX:
        return IR_VANDN;
    case RV64_OP_VMINU_VV: case RV64_OP_VMINU_VX:
        return IR_VUMIN;
    case RV64_OP_VMIN_VV: case RV64_OP_VMIN_VX:
        return IR_VSMIN;
    case RV64_OP_VMAXU_VV: case RV64_OP_VMAXU_VX:
        return IR_VUMAX;
    default:
        return IR_VSMAX;
    }
}

static bool reversed(enum rv64_op op)
{
    return op == RV64_OP_VRSUB_VX || op == RV64_OP_VRSUB_VI;
}

static unsigned aux_of(enum ir_op op, unsigned size)
{
    bool bitwise = op == IR_VAND || op == IR_VOR || op == IR_VXOR || op == IR_VANDN;
    return bitwise ? 0 : size;
}

static bool plain(struct v_insn *v)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    enum ir_op op = plain_op(v->op);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k);
        r[k] = reversed(v->op) ? V2(op, aux_of(op, v->sew), b, a) : V2(op, aux_of(op, v->sew), a, b);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_X_I(VADD, plain)
V_LIFT_V_X(VSUB, plain)
V_LIFT_X_I(VRSUB, plain)
V_LIFT_V_X_I(VAND, plain)
V_LIFT_V_X_I(VOR, plain)
V_LIFT_V_X_I(VXOR, plain)
V_LIFT_V_X(VANDN, plain)
V_LIFT_V_X(VMINU, plain)
V_LIFT_V_X(VMIN, plain)
V_LIFT_V_X(VMAXU, plain)
V_LIFT_V_X(VMAX, plain)

/* Shifts of lanes of SIZE. By a constant, or by the low bits of the lanes of B. */

static ir_ref shift_const(struct v_insn *v, enum ir_op op, unsigned size, ir_ref a, unsigned by)
{
    return by ? V1(op, size | by << 4, a) : a;
}

static ir_ref shift_lanes(struct v_insn *v, enum ir_op op, unsigned size, ir_ref a, ir_ref b)
{
    ir_ref by = V2(IR_VAND, 0, b, v_kdup(v, size, (8u << size) - 1));
    if (op == IR_VSHLI) {
        return V2(IR_VUSHL, size, a, by);
    }
    return V2(op == IR_VSHRI ? IR_VUSHL : IR_VSSHL, size, a, V1(IR_VNEG, size, by));
}

static enum ir_op shift_op(enum rv64_op op)
{
    switch (op) {
    case RV64_OP_VSLL_VV: case RV64_OP_VSLL_VX: case RV64_OP_VSLL_VI:
    case RV64_OP_VWSLL_VV: case RV64_OP_VWSLL_VX: case RV64_OP_VWSLL_VI:
        return IR_VSHLI;
    case RV64_OP_VSRL_VV: case RV64_OP_VSRL_VX: case RV64_OP_VSRL_VI:
    case RV64_OP_VNSRL_WV: case RV64_OP_VNSRL_WX: case RV64_OP_VNSRL_WI:
        return IR_VSHRI;
    default:
        return IR_VSARI;
    }
}

static bool shift(struct v_insn *v)
{
    ir_ref r[MAX_GROUP], scalar = v->form == V_OPIVI ? 0 : v_scalar_operand(v);
    enum ir_op op = shift_op(v->op);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k);
        r[k] = v->form == V_OPIVI ? shift_const(v, op, v->sew, a, v->vs1 & ((8u << v->sew) - 1))
                                  : shift_lanes(v, op, v->sew, a, v_operand(v, scalar, k));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_X_I(VSLL, shift)
V_LIFT_V_X_I(VSRL, shift)
V_LIFT_V_X_I(VSRA, shift)

/* Rotations: two shifts. */
static bool rotate(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    unsigned w = 8u << v->sew, by = (v->vs1 | (v->l->insn >> 26 & 1) << 5) & (w - 1);
    bool left = v->op == RV64_OP_VROL_VV || v->op == RV64_OP_VROL_VX, imm = v->op == RV64_OP_VROR_VI;
    ir_ref scalar = imm ? 0 : v_scalar_operand(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k);
        if (imm) {
            r[k] = by ? V2(IR_VOR, 0, shift_const(v, IR_VSHRI, v->sew, a, by),
                           shift_const(v, IR_VSHLI, v->sew, a, w - by))
                      : a;
            continue;
        }
        ir_ref b = v_operand(v, scalar, k), back = V1(IR_VNEG, v->sew, b);
        r[k] = V2(IR_VOR, 0, shift_lanes(v, IR_VSHRI, v->sew, a, left ? back : b),
                  shift_lanes(v, IR_VSHLI, v->sew, a, left ? b : back));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_X(VROR, rotate)
V_LIFT_VI(VROR, rotate)
V_LIFT_V_X(VROL, rotate)

/* Comparisons: LIFT_CMP(name, op, operands exchanged, inverted). */

static bool compare(struct v_insn *v, enum ir_op op, bool swap, bool invert)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    if (v->vlmax > 64) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k);
        r[k] = swap ? V2(op, v->sew, b, a) : V2(op, v->sew, a, b);
        r[k] = invert ? V1(IR_VNOT, 0, r[k]) : r[k];
    }
    v_write_mask(v, r);
    return true;
}

#define COMPARE(NAME, forms, op, swap, invert)                                                     \
    static bool compare_##NAME(struct v_insn *v)                                                   \
    {                                                                                              \
        return compare(v, op, swap, invert);                                                       \
    }                                                                                              \
    V_LIFT_##forms(NAME, compare_##NAME)

COMPARE(VMSEQ, V_X_I, IR_VCMPEQ, false, false)
COMPARE(VMSNE, V_X_I, IR_VCMPEQ, false, true)
COMPARE(VMSLTU, V_X, IR_VCMPHI, true, false)
COMPARE(VMSLT, V_X, IR_VCMPGT, true, false)
COMPARE(VMSLEU, V_X_I, IR_VCMPHS, true, false)
COMPARE(VMSLE, V_X_I, IR_VCMPGE, true, false)
COMPARE(VMSGTU, X_I, IR_VCMPHI, false, false)
COMPARE(VMSGT, X_I, IR_VCMPGT, false, false)

/* Carries: v0 is an operand, all ones (-1) in lanes with a carry. */

static ir_ref carry_in(struct v_insn *v, bool has, unsigned k)
{
    return has ? v_expand_mask(v, v_reg(v, V_MASK_REG), v->sew, k) : 0;
}

static bool add_carry(struct v_insn *v, bool subtract)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    v->masked = false;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k), c = carry_in(v, true, k);
        r[k] = subtract ? V2(IR_VADD, v->sew, V2(IR_VSUB, v->sew, a, b), c)
                        : V2(IR_VSUB, v->sew, V2(IR_VADD, v->sew, a, b), c);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

static bool adc(struct v_insn *v)
{
    return add_carry(v, false);
}

static bool sbc(struct v_insn *v)
{
    return add_carry(v, true);
}

V_LIFT(VADC_VVM, vv, adc)
V_LIFT(VADC_VXM, vx, adc)
V_LIFT(VADC_VIM, vi, adc)
V_LIFT(VSBC_VVM, vv, sbc)
V_LIFT(VSBC_VXM, vx, sbc)

static bool carry_out(struct v_insn *v, bool subtract)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    bool has = v->masked;
    if (v->vlmax > 64) {
        return false;
    }
    v->masked = false;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k), c = carry_in(v, has, k);
        ir_ref sum = V2(IR_VADD, v->sew, a, b);
        r[k] = subtract ? V2(IR_VCMPHI, v->sew, b, a) : V2(IR_VCMPHI, v->sew, a, sum);
        if (has) {
            ir_ref edge = subtract ? V2(IR_VCMPEQ, v->sew, a, b)
                                   : V2(IR_VCMPEQ, v->sew, sum, v_kdup(v, v->sew, ~0ull));
            r[k] = V2(IR_VOR, 0, r[k], V2(IR_VAND, 0, c, edge));
        }
    }
    v_write_mask(v, r);
    return true;
}

static bool madc(struct v_insn *v)
{
    return carry_out(v, false);
}

static bool msbc(struct v_insn *v)
{
    return carry_out(v, true);
}

V_LIFT(VMADC_VVM, vv, madc)
V_LIFT(VMADC_VXM, vx, madc)
V_LIFT(VMADC_VIM, vi, madc)
V_LIFT_V_X_I(VMADC, madc)
V_LIFT(VMSBC_VVM, vv, msbc)
V_LIFT(VMSBC_VXM, vx, msbc)
V_LIFT_V_X(VMSBC, msbc)

/* Merges and moves */

static bool merge(struct v_insn *v)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    v->masked = false;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref m = v_expand_mask(v, v_reg(v, V_MASK_REG), v->sew, k);
        r[k] = V3(IR_VBSL, 0, m, v_operand(v, scalar, k), v_reg(v, v->vs2 + k));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VMERGE_VVM, vv, merge)
V_LIFT(VMERGE_VXM, vx, merge)
V_LIFT(VMERGE_VIM, vi, merge)
V_LIFT(VFMERGE_VFM, vx, merge)

static bool move(struct v_insn *v)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = v_operand(v, scalar, k);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VMV_V_V, vv, move)
V_LIFT(VMV_V_X, vx, move)
V_LIFT(VMV_V_I, vi, move)
V_LIFT(VFMV_V_F, vx, move)

/* Widening: BY steps up from SIZE. */

static ir_ref widen(struct v_insn *v, ir_ref x, unsigned size, unsigned by, bool is_signed)
{
    for (unsigned i = 0; i < by; i++) {
        x = V1(is_signed ? IR_VSXTL : IR_VUXTL, size + i, x);
    }
    return x;
}

static bool extend(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    unsigned by = 4 - (v->vs1 >> 1 & 3);
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = widen(v, v_part(v, v->vs2, by, k), v->sew - by, by, v->vs1 & 1);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VZEXT_VF2, v1, extend)
V_LIFT(VZEXT_VF4, v1, extend)
V_LIFT(VZEXT_VF8, v1, extend)
V_LIFT(VSEXT_VF2, v1, extend)
V_LIFT(VSEXT_VF4, v1, extend)
V_LIFT(VSEXT_VF8, v1, extend)

/* The second operand, widened to register K of the destination. */
static ir_ref wide_operand(struct v_insn *v, ir_ref scalar, unsigned k, bool is_signed)
{
    return widen(v, scalar ? scalar : v_part(v, v->vs1, 1, k), v->sew, 1, is_signed);
}

/* Registers of a destination of twice the width. */
static unsigned wide_regs(const struct v_insn *v)
{
    return v->lmul >= 0 ? 2 * v->regs : 1;
}

static bool widening(struct v_insn *v, enum ir_op op, bool is_signed)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    unsigned n = wide_regs(v);
    for (unsigned k = 0; k < n; k++) {
        ir_ref a = v->shape == V_WIDE_W ? v_reg(v, v->vs2 + k)
                                        : widen(v, v_part(v, v->vs2, 1, k), v->sew, 1, is_signed);
        r[k] = V2(op, v->sew + 1, a, wide_operand(v, scalar, k, is_signed));
    }
    v_write_group(v, v->sew + 1, n, r);
    return true;
}

#define WIDENING(NAME, op, is_signed)                                                              \
    static bool widening_##NAME(struct v_insn *v)                                                  \
    {                                                                                              \
        return widening(v, op, is_signed);                                                         \
    }                                                                                              \
    V_LIFT_V_X(NAME, widening_##NAME)                                                              \
    V_LIFT_W(NAME, widening_##NAME)

WIDENING(VWADDU, IR_VADD, false)
WIDENING(VWADD, IR_VADD, true)
WIDENING(VWSUBU, IR_VSUB, false)
WIDENING(VWSUB, IR_VSUB, true)

static bool wide_shift(struct v_insn *v)
{
    ir_ref scalar = v->form == V_OPIVI ? 0 : v_scalar_operand(v), r[MAX_GROUP];
    unsigned n = wide_regs(v), to = v->sew + 1;
    for (unsigned k = 0; k < n; k++) {
        ir_ref a = widen(v, v_part(v, v->vs2, 1, k), v->sew, 1, false);
        r[k] = v->form == V_OPIVI ? shift_const(v, IR_VSHLI, to, a, v->vs1 & ((8u << to) - 1))
                                  : shift_lanes(v, IR_VSHLI, to, a, wide_operand(v, scalar, k, false));
    }
    v_write_group(v, to, n, r);
    return true;
}

V_LIFT_V_X_I(VWSLL, wide_shift)

/* Narrowing shifts: pairs of source registers. */
static bool narrow_shift(struct v_insn *v)
{
    ir_ref scalar = v->form == V_OPIVI ? 0 : v_scalar_operand(v), r[MAX_GROUP];
    unsigned from = v->sew + 1, by = v->vs1 & ((8u << from) - 1);
    enum ir_op op = shift_op(v->op);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref half[2];
        for (unsigned h = 0; h < (v->lmul < 0 ? 1u : 2u); h++) {
            ir_ref a = v_reg(v, v->vs2 + 2 * k + h);
            a = v->form == V_OPIVI ? shift_const(v, op, from, a, by)
                                   : shift_lanes(v, op, from, a, wide_operand(v, scalar, 2 * k + h, false));
            half[h] = V1(IR_VXTN, v->sew, a);
        }
        r[k] = v->lmul < 0 ? half[0] : V2(IR_VCAT, 0, half[0], half[1]);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_W_I(VNSRL, narrow_shift)
V_LIFT_W_I(VNSRA, narrow_shift)
