/* Vector floating point of single and double precision (chapter 13). Halves, round-to-nearest-max-magnitude and the
 * rarer instructions are the reference function's. */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

/* The host computes it: width and rounding mode. */
static bool on_host(const struct v_insn *v, unsigned size)
{
    return size >= 2 && size <= 3 && v->l->frm < 4;
}

/* X with zeros where no element is active, so that no flag comes from there. */
static ir_ref only_active(struct v_insn *v, unsigned size, unsigned k, ir_ref x)
{
    ir_ref active = v_active(v, size, k);
    return active ? V2(IR_VAND, 0, x, active) : x;
}

static u64 one(unsigned size)
{
    return size == 3 ? 0x3ff0000000000000ull : 0x3f800000;
}

static bool arith(struct v_insn *v, enum ir_op op, bool swap)
{
    ir_ref r[MAX_GROUP];
    if (!on_host(v, v->sew)) {
        return false;
    }
    ir_ref scalar = v_scalar_operand(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = only_active(v, v->sew, k, v_reg(v, v->vs2 + k)), active = v_active(v, v->sew, k);
        ir_ref b = only_active(v, v->sew, k, v_operand(v, scalar, k));
        if (op == IR_VFDIV && active) { /* a harmless divisor */
            swap ? (a = V3(IR_VBSL, 0, active, a, v_kdup(v, v->sew, one(v->sew))))
                 : (b = V3(IR_VBSL, 0, active, b, v_kdup(v, v->sew, one(v->sew))));
        }
        r[k] = swap ? V2(op, v->sew, b, a) : V2(op, v->sew, a, b);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

#define ARITH(NAME, LIFT, op, swap)                                                                \
    static bool arith_##NAME(struct v_insn *v)                                                     \
    {                                                                                              \
        return arith(v, op, swap);                                                                 \
    }                                                                                              \
    LIFT
#define VF_ONLY(NAME, fast) V_LIFT(NAME##_VF, vx, fast)

ARITH(VFADD, V_LIFT_V_F(VFADD, arith_VFADD), IR_VFADD, false)
ARITH(VFSUB, V_LIFT_V_F(VFSUB, arith_VFSUB), IR_VFSUB, false)
ARITH(VFRSUB, VF_ONLY(VFRSUB, arith_VFRSUB), IR_VFSUB, true)
ARITH(VFMUL, V_LIFT_V_F(VFMUL, arith_VFMUL), IR_VFMUL, false)
ARITH(VFDIV, V_LIFT_V_F(VFDIV, arith_VFDIV), IR_VFDIV, false)
ARITH(VFRDIV, VF_ONLY(VFRDIV, arith_VFRDIV), IR_VFDIV, true)
ARITH(VFMIN, V_LIFT_V_F(VFMIN, arith_VFMIN), IR_VFMINNM, false)
ARITH(VFMAX, V_LIFT_V_F(VFMAX, arith_VFMAX), IR_VFMAXNM, false)

/* Signs are bits. */
static bool sign(struct v_insn *v)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP], bit = v_kdup(v, v->sew, 1ull << ((8u << v->sew) - 1));
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k);
        if (v->op == RV64_OP_VFSGNJX_VV || v->op == RV64_OP_VFSGNJX_VF) {
            r[k] = V2(IR_VXOR, 0, a, V2(IR_VAND, 0, b, bit));
            continue;
        }
        bool invert = v->op == RV64_OP_VFSGNJN_VV || v->op == RV64_OP_VFSGNJN_VF;
        r[k] = V3(IR_VBSL, 0, bit, invert ? V1(IR_VNOT, 0, b) : b, a);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_F(VFSGNJ, sign)
V_LIFT_V_F(VFSGNJN, sign)
V_LIFT_V_F(VFSGNJX, sign)

/* Fused: X * Y + Z, the product negated, Z negated. */
struct fused {
    bool neg_product, neg_addend, add; /* add: the destination is a factor (vfmadd), else the addend (vfmacc) */
};

static struct fused fused_of(enum rv64_op op)
{
    switch (op) {
    case RV64_OP_VFMADD_VV: case RV64_OP_VFMADD_VF:
        return (struct fused){false, false, true};
    case RV64_OP_VFNMADD_VV: case RV64_OP_VFNMADD_VF:
        return (struct fused){true, true, true};
    case RV64_OP_VFMSUB_VV: case RV64_OP_VFMSUB_VF:
        return (struct fused){false, true, true};
    case RV64_OP_VFNMSUB_VV: case RV64_OP_VFNMSUB_VF:
        return (struct fused){true, false, true};
    case RV64_OP_VFNMACC_VV: case RV64_OP_VFNMACC_VF: case RV64_OP_VFWNMACC_VV: case RV64_OP_VFWNMACC_VF:
        return (struct fused){true, true, false};
    case RV64_OP_VFMSAC_VV: case RV64_OP_VFMSAC_VF: case RV64_OP_VFWMSAC_VV: case RV64_OP_VFWMSAC_VF:
        return (struct fused){false, true, false};
    case RV64_OP_VFNMSAC_VV: case RV64_OP_VFNMSAC_VF: case RV64_OP_VFWNMSAC_VV: case RV64_OP_VFWNMSAC_VF:
        return (struct fused){true, false, false};
    default:
        return (struct fused){false, false, false};
    }
}

static ir_ref fuse(struct v_insn *v, struct fused f, unsigned size, ir_ref x, ir_ref y, ir_ref z)
{
    z = f.neg_addend ? V1(IR_VFNEG, size, z) : z;
    return V3(IR_VFMA, size | (f.neg_product ? 8u : 0u), x, y, z);
}

static bool fused(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    struct fused f = fused_of(v->op);
    if (!on_host(v, v->sew)) {
        return false;
    }
    ir_ref scalar = v_scalar_operand(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = only_active(v, v->sew, k, v_reg(v, v->vs2 + k));
        ir_ref b = only_active(v, v->sew, k, v_operand(v, scalar, k));
        ir_ref d = only_active(v, v->sew, k, v_reg(v, v->vd + k));
        r[k] = f.add ? fuse(v, f, v->sew, d, b, a) : fuse(v, f, v->sew, a, b, d);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_V_F(VFMADD, fused)
V_LIFT_V_F(VFNMADD, fused)
V_LIFT_V_F(VFMSUB, fused)
V_LIFT_V_F(VFNMSUB, fused)
V_LIFT_V_F(VFMACC, fused)
V_LIFT_V_F(VFNMACC, fused)
V_LIFT_V_F(VFMSAC, fused)
V_LIFT_V_F(VFNMSAC, fused)

/* Widening, of singles: the conversion is exact. Register K of the destination. */

static ir_ref wide_source(struct v_insn *v, ir_ref part, unsigned k)
{
    ir_ref active = v_active(v, 3, k);
    return V1(IR_VFCVTL, 2, active ? V2(IR_VAND, 0, part, V1(IR_VXTN, 2, active)) : part);
}

static unsigned wide_regs(const struct v_insn *v)
{
    return v->lmul >= 0 ? 2 * v->regs : 1;
}

static ir_ref wide_elem(struct v_insn *v, unsigned k, ir_ref a, ir_ref b)
{
    switch (v->op) {
    case RV64_OP_VFWADD_VV: case RV64_OP_VFWADD_VF: case RV64_OP_VFWADD_WV: case RV64_OP_VFWADD_WF:
        return V2(IR_VFADD, 3, a, b);
    case RV64_OP_VFWSUB_VV: case RV64_OP_VFWSUB_VF: case RV64_OP_VFWSUB_WV: case RV64_OP_VFWSUB_WF:
        return V2(IR_VFSUB, 3, a, b);
    case RV64_OP_VFWMUL_VV: case RV64_OP_VFWMUL_VF:
        return V2(IR_VFMUL, 3, a, b);
    default:
        return fuse(v, fused_of(v->op), 3, a, b, only_active(v, 3, k, v_reg(v, v->vd + k)));
    }
}

static bool widening(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (v->sew != 2 || !on_host(v, 2)) {
        return false;
    }
    ir_ref scalar = v_scalar_operand(v);
    unsigned n = wide_regs(v);
    for (unsigned k = 0; k < n; k++) {
        ir_ref a = v->shape == V_WIDE_W ? only_active(v, 3, k, v_reg(v, v->vs2 + k))
                                        : wide_source(v, v_part(v, v->vs2, 1, k), k);
        ir_ref b = wide_source(v, scalar ? scalar : v_part(v, v->vs1, 1, k), k);
        r[k] = wide_elem(v, k, a, b);
    }
    v_write_group(v, 3, n, r);
    return true;
}

V_LIFT_V_F(VFWADD, widening)
V_LIFT_V_F(VFWSUB, widening)
V_LIFT_WF(VFWADD, widening)
V_LIFT_WF(VFWSUB, widening)
V_LIFT_V_F(VFWMUL, widening)
V_LIFT_V_F(VFWMACC, widening)
V_LIFT_V_F(VFWNMACC, widening)
V_LIFT_V_F(VFWMSAC, widening)
V_LIFT_V_F(VFWNMSAC, widening)

/* Comparisons */

static bool compare(struct v_insn *v, enum ir_op op, bool swap, bool invert)
{
    ir_ref r[MAX_GROUP];
    if (!on_host(v, v->sew)) {
        return false;
    }
    ir_ref scalar = v_scalar_operand(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = only_active(v, v->sew, k, v_reg(v, v->vs2 + k));
        ir_ref b = only_active(v, v->sew, k, v_operand(v, scalar, k));
        r[k] = swap ? V2(op, v->sew, b, a) : V2(op, v->sew, a, b);
        r[k] = invert ? V1(IR_VNOT, 0, r[k]) : r[k];
    }
    v_write_mask(v, r);
    return true;
}

#define COMPARE(NAME, LIFT, op, swap, invert)                                                      \
    static bool compare_##NAME(struct v_insn *v)                                                   \
    {                                                                                              \
        return compare(v, op, swap, invert);                                                       \
    }                                                                                              \
    LIFT(NAME, compare_##NAME)

COMPARE(VMFEQ, V_LIFT_V_F, IR_VFCMEQ, false, false)
COMPARE(VMFNE, V_LIFT_V_F, IR_VFCMEQ, false, true)
COMPARE(VMFLT, V_LIFT_V_F, IR_VFCMGT, true, false)
COMPARE(VMFLE, V_LIFT_V_F, IR_VFCMGE, true, false)
COMPARE(VMFGT, VF_ONLY, IR_VFCMGT, false, false)
COMPARE(VMFGE, VF_ONLY, IR_VFCMGE, false, false)

/* One operand */

static bool square_root(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (!on_host(v, v->sew)) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = V1(IR_VFSQRT, v->sew, only_active(v, v->sew, k, v_reg(v, v->vs2 + k)));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VFSQRT_V, v1, square_root)
V_LIFT(VFRSQRT7_V, v1, NULL)
V_LIFT(VFREC7_V, v1, NULL)
V_LIFT(VFCLASS_V, v1, NULL)

/* enum ir_round of the dynamic rounding mode. */
static unsigned current_round(const struct v_insn *v)
{
    static const u8 rm[4] = {IR_ROUND_TIEEVEN, IR_ROUND_ZERO, IR_ROUND_NEGINF, IR_ROUND_POSINF};
    return rm[v->l->frm & 3];
}

static bool to_int(struct v_insn *v, bool is_unsigned, bool truncate)
{
    ir_ref r[MAX_GROUP];
    if (!on_host(v, v->sew)) {
        return false;
    }
    unsigned aux = v->sew | (truncate ? (unsigned)IR_ROUND_ZERO : current_round(v)) << 4 | (unsigned)is_unsigned << 8;
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = V1(IR_VF2I, aux, only_active(v, v->sew, k, v_reg(v, v->vs2 + k)));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

static bool from_int(struct v_insn *v, bool is_unsigned)
{
    ir_ref r[MAX_GROUP];
    if (!on_host(v, v->sew)) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = only_active(v, v->sew, k, v_reg(v, v->vs2 + k));
        r[k] = V1(IR_VI2F, v->sew | (unsigned)is_unsigned << 4, a);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

#define CONVERT(NAME, expr)                                                                        \
    static bool convert_##NAME(struct v_insn *v)                                                   \
    {                                                                                              \
        return expr;                                                                               \
    }                                                                                              \
    V_LIFT(NAME, v1, convert_##NAME)

CONVERT(VFCVT_XU_F_V, to_int(v, true, false))
CONVERT(VFCVT_X_F_V, to_int(v, false, false))
CONVERT(VFCVT_RTZ_XU_F_V, to_int(v, true, true))
CONVERT(VFCVT_RTZ_X_F_V, to_int(v, false, true))
CONVERT(VFCVT_F_XU_V, from_int(v, true))
CONVERT(VFCVT_F_X_V, from_int(v, false))

/* Integers of half the width: exact. */
static bool wide_from_int(struct v_insn *v, bool is_unsigned)
{
    ir_ref r[MAX_GROUP];
    if (v->sew != 2 || !on_host(v, 2)) {
        return false;
    }
    unsigned n = wide_regs(v);
    for (unsigned k = 0; k < n; k++) {
        ir_ref x = V1(is_unsigned ? IR_VUXTL : IR_VSXTL, v->sew, v_part(v, v->vs2, 1, k));
        r[k] = V1(IR_VI2F, 3 | (unsigned)is_unsigned << 4, x);
    }
    v_write_group(v, 3, n, r);
    return true;
}

static bool wide_to_int(struct v_insn *v, bool is_unsigned, bool truncate)
{
    ir_ref r[MAX_GROUP];
    if (v->sew != 2 || !on_host(v, 2)) {
        return false;
    }
    unsigned n = wide_regs(v);
    unsigned aux = 3 | (truncate ? (unsigned)IR_ROUND_ZERO : current_round(v)) << 4 | (unsigned)is_unsigned << 8;
    for (unsigned k = 0; k < n; k++) {
        r[k] = V1(IR_VF2I, aux, wide_source(v, v_part(v, v->vs2, 1, k), k));
    }
    v_write_group(v, 3, n, r);
    return true;
}

static bool wide_from_float(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (v->sew != 2 || !on_host(v, 2)) {
        return false;
    }
    unsigned n = wide_regs(v);
    for (unsigned k = 0; k < n; k++) {
        r[k] = wide_source(v, v_part(v, v->vs2, 1, k), k);
    }
    v_write_group(v, 3, n, r);
    return true;
}

CONVERT(VFWCVT_XU_F_V, wide_to_int(v, true, false))
CONVERT(VFWCVT_X_F_V, wide_to_int(v, false, false))
CONVERT(VFWCVT_RTZ_XU_F_V, wide_to_int(v, true, true))
CONVERT(VFWCVT_RTZ_X_F_V, wide_to_int(v, false, true))
CONVERT(VFWCVT_F_XU_V, wide_from_int(v, true))
CONVERT(VFWCVT_F_X_V, wide_from_int(v, false))
V_LIFT(VFWCVT_F_F_V, v1, wide_from_float)

static bool narrow_float(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (v->sew != 2 || !on_host(v, 2)) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref lo = V1(IR_VFCVTN, 2, only_active(v, 3, 2 * k, v_reg(v, v->vs2 + 2 * k)));
        if (v->lmul < 0) {
            r[k] = lo;
            continue;
        }
        ir_ref hi = V1(IR_VFCVTN, 2, only_active(v, 3, 2 * k + 1, v_reg(v, v->vs2 + 2 * k + 1)));
        r[k] = V2(IR_VCAT, 0, lo, hi);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VFNCVT_F_F_W, v1, narrow_float)
V_LIFT(VFNCVT_ROD_F_F_W, v1, NULL)
V_LIFT(VFNCVT_XU_F_W, v1, NULL)
V_LIFT(VFNCVT_X_F_W, v1, NULL)
V_LIFT(VFNCVT_RTZ_XU_F_W, v1, NULL)
V_LIFT(VFNCVT_RTZ_X_F_W, v1, NULL)
V_LIFT(VFNCVT_F_XU_W, v1, NULL)
V_LIFT(VFNCVT_F_X_W, v1, NULL)
