/* Vector integer products, accumulations and divisions (chapter 11.10 to 11.14), carry-less products (Zvbc). */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

/* Calls F for each register of a group: A of vs2, B of vs1 or the scalar, D the old destination. */
typedef ir_ref product(struct v_insn *v, ir_ref a, ir_ref b, ir_ref d);

static bool each(struct v_insn *v, product *f)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = f(v, v_reg(v, v->vs2 + k), v_operand(v, scalar, k), v_reg(v, v->vd + k));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

#define EACH(NAME, expr)                                                                           \
    static ir_ref do_##NAME(struct v_insn *v, ir_ref a, ir_ref b, ir_ref d)                        \
    {                                                                                              \
        (void)d;                                                                                   \
        return expr;                                                                               \
    }                                                                                              \
    static bool each_##NAME(struct v_insn *v)                                                      \
    {                                                                                              \
        return each(v, do_##NAME);                                                                 \
    }                                                                                              \
    V_LIFT_V_X(NAME, each_##NAME)

#define MUL(a, b) V2(IR_VMUL, v->sew, a, b)

EACH(VMUL, MUL(a, b))
EACH(VMACC, V2(IR_VADD, v->sew, d, MUL(a, b)))
EACH(VNMSAC, V2(IR_VSUB, v->sew, d, MUL(a, b)))
EACH(VMADD, V2(IR_VADD, v->sew, a, MUL(b, d)))
EACH(VNMSUB, V2(IR_VSUB, v->sew, a, MUL(b, d)))

/* High halves: of long products, the odd lanes. */
static ir_ref high(struct v_insn *v, enum ir_op op, ir_ref a, ir_ref b)
{
    ir_ref lo = V2(op, v->sew, a, b), hi = V2(op, v->sew, V1(IR_VHI, 0, a), V1(IR_VHI, 0, b));
    return V2(IR_VUZP2, v->sew, lo, hi);
}

/* Signed times unsigned: B was added once too little where A is negative, as if A were unsigned. */
static ir_ref high_su(struct v_insn *v, ir_ref a, ir_ref b)
{
    ir_ref sign = V1(IR_VSARI, v->sew | ((8u << v->sew) - 1) << 4, a);
    return V2(IR_VSUB, v->sew, high(v, IR_VUMULL, a, b), V2(IR_VAND, 0, sign, b));
}

#define HIGH(NAME, expr)                                                                           \
    static ir_ref do_##NAME(struct v_insn *v, ir_ref a, ir_ref b, ir_ref d)                        \
    {                                                                                              \
        (void)d;                                                                                   \
        return expr;                                                                               \
    }                                                                                              \
    static bool each_##NAME(struct v_insn *v)                                                      \
    {                                                                                              \
        return v->sew < 3 && each(v, do_##NAME);                                                   \
    }                                                                                              \
    V_LIFT_V_X(NAME, each_##NAME)

HIGH(VMULHU, high(v, IR_VUMULL, a, b))
HIGH(VMULH, high(v, IR_VSMULL, a, b))
HIGH(VMULHSU, high_su(v, a, b))

/* Division has no vector instruction on any host: lane by lane, then the quotients of 0 are set right. */

#define MAX_DIVISIONS 32

static bool divide(struct v_insn *v, enum ir_op op)
{
    struct ir_builder *b = v->l->b;
    unsigned lanes = V_VLENB >> v->sew, bits = 8u << v->sew;
    bool is_signed = op == IR_SDIV || op == IR_SREM, quotient = op == IR_UDIV || op == IR_SDIV;
    enum ir_type type = v->sew == 3 ? IR_I64 : IR_I32;
    ir_ref scalar, r[MAX_GROUP];
    if (v->vlmax > MAX_DIVISIONS) {
        return false;
    }
    scalar = v_scalar_operand(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref x = v_reg(v, v->vs2 + k), y = v_operand(v, scalar, k);
        r[k] = x;
        for (unsigned i = 0; i < MIN(lanes, v->vlmax); i++) {
            u16 at = (u16)(v->sew | (bits < 32 && is_signed) << 2 | i << 4);
            ir_ref a = ir_op1(b, IR_VGETL, type, at, x), d = ir_op1(b, IR_VGETL, type, at, y);
            r[k] = V2(IR_VSETL, v->sew | i << 4, r[k], ir_op2(b, op, type, 0, a, d));
        }
        if (quotient) {
            r[k] = V2(IR_VOR, 0, r[k], V2(IR_VCMPEQ, v->sew, y, ir_kv(b, 0, 0)));
        }
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

#define DIVIDE(NAME, op)                                                                           \
    static bool divide_##NAME(struct v_insn *v)                                                    \
    {                                                                                              \
        return divide(v, op);                                                                      \
    }                                                                                              \
    V_LIFT_V_X(NAME, divide_##NAME)

DIVIDE(VDIVU, IR_UDIV)
DIVIDE(VDIV, IR_SDIV)
DIVIDE(VREMU, IR_UREM)
DIVIDE(VREM, IR_SREM)

/* Products of twice the width; A_SIGN, B_SIGN say how the operands are read. */
static ir_ref long_product(struct v_insn *v, ir_ref a, ir_ref b, bool a_sign, bool b_sign)
{
    if (a_sign == b_sign) {
        return V2(a_sign ? IR_VSMULL : IR_VUMULL, v->sew, a, b);
    }
    if (b_sign) {
        ir_ref t = a;
        a = b;
        b = t;
    }
    /* A signed, B unsigned: take back what reading A as unsigned added */
    ir_ref over = V2(IR_VAND, 0, V1(IR_VSARI, v->sew | ((8u << v->sew) - 1) << 4, a), b);
    ir_ref high_part = V1(IR_VSHLI, (v->sew + 1) | (8u << v->sew) << 4, V1(IR_VUXTL, v->sew, over));
    return V2(IR_VSUB, v->sew + 1, V2(IR_VUMULL, v->sew, a, b), high_part);
}

static bool wide(struct v_insn *v, bool a_sign, bool b_sign)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    unsigned n = v->lmul >= 0 ? 2 * v->regs : 1;
    for (unsigned k = 0; k < n; k++) {
        ir_ref a = v_part(v, v->vs2, 1, k), b = scalar ? scalar : v_part(v, v->vs1, 1, k);
        r[k] = long_product(v, a, b, a_sign, b_sign);
        if (v->shape == V_WMAC) {
            r[k] = V2(IR_VADD, v->sew + 1, v_reg(v, v->vd + k), r[k]);
        }
    }
    v_write_group(v, v->sew + 1, n, r);
    return true;
}

#define WIDE(NAME, forms, a_sign, b_sign)                                                          \
    static bool wide_##NAME(struct v_insn *v)                                                      \
    {                                                                                              \
        return wide(v, a_sign, b_sign);                                                            \
    }                                                                                              \
    V_LIFT_##forms(NAME, wide_##NAME)

WIDE(VWMULU, V_X, false, false)
WIDE(VWMUL, V_X, true, true)
WIDE(VWMULSU, V_X, true, false)
WIDE(VWMACCU, V_X, false, false)
WIDE(VWMACC, V_X, true, true)
WIDE(VWMACCSU, V_X, false, true)
WIDE(VWMACCUS, VX, true, false)

/* Of the two 128-bit products their low or high halves. */
static bool carryless(struct v_insn *v, enum ir_op pick)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k);
        ir_ref lo = V2(IR_VPMULL, 3, a, b), hi = V2(IR_VPMULL, 3, V1(IR_VHI, 0, a), V1(IR_VHI, 0, b));
        r[k] = V2(pick, 3, lo, hi);
    }
    v_write_group(v, 3, v->regs, r);
    return true;
}

static bool clmul(struct v_insn *v)
{
    return carryless(v, IR_VUZP1);
}

static bool clmulh(struct v_insn *v)
{
    return carryless(v, IR_VUZP2);
}

V_LIFT_V_X(VCLMUL, clmul)
V_LIFT_V_X(VCLMULH, clmulh)
