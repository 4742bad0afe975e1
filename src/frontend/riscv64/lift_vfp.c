/* Vector floating point (chapter 13). Round-to-nearest-max-magnitude and the rarer instructions are the reference
 * function's.
 *
 * Halves are computed as singles and rounded again, which gives what one rounding gives: 24 bits are at least twice 11
 * and two. Fused products are computed as doubles, and go by way of a single whose last bit says that something was
 * cut off. */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

/* The host computes it: width and rounding mode. */
static bool on_host(const struct v_insn *v, unsigned size)
{
    return size >= 1 && size <= 3 && v->l->frm < 4;
}

/* X with zeros where no element is active, so that no flag comes from there. */
static ir_ref only_active(struct v_insn *v, unsigned size, unsigned k, ir_ref x)
{
    ir_ref active = v_active(v, size, k);
    return active ? V2(IR_VAND, 0, x, active) : x;
}

static u64 one(unsigned size)
{
    static const u64 ones[4] = {0, 0x3c00, 0x3f800000, 0x3ff0000000000000ull};
    return ones[size];
}

/* The lower or upper four halves of X as singles; halves of two vectors of singles. */
static ir_ref singles(struct v_insn *v, ir_ref x, bool upper)
{
    return V1(IR_VFCVTL, 1, upper ? V1(IR_VHI, 0, x) : x);
}

static ir_ref halves(struct v_insn *v, ir_ref lo, ir_ref hi)
{
    lo = V1(IR_VFCVTN, 1, lo);
    return hi ? V2(IR_VCAT, 0, lo, V1(IR_VFCVTN, 1, hi)) : lo;
}

/* OP on one or two operands of SEW; B 0: one. Of less than a register's elements the rest is zero. */
static ir_ref compute(struct v_insn *v, enum ir_op op, ir_ref a, ir_ref b)
{
    ir_ref r[2] = {0, 0};
    if (v->sew != 1) {
        return b ? V2(op, v->sew, a, b) : V1(op, v->sew, a);
    }
    for (unsigned h = 0; h < (v->lmul < 0 ? 1u : 2u); h++) {
        r[h] = b ? V2(op, 2, singles(v, a, h), singles(v, b, h)) : V1(op, 2, singles(v, a, h));
    }
    return halves(v, r[0], r[1]);
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
        r[k] = swap ? compute(v, op, b, a) : compute(v, op, a, b);
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

/* Two doubles that are results of more than 24 bits as singles in the low half: the last bit is set where bits were lost,
 * so that rounding once more rounds rightly. */
static ir_ref odd_singles(struct v_insn *v, ir_ref x)
{
    ir_ref lost = v_kdup(v, 3, MASK64(29));
    ir_ref exact = V2(IR_VCMPEQ, 3, V2(IR_VAND, 0, x, lost), v_kdup(v, 3, 0));
    ir_ref sticky = V2(IR_VANDN, 0, v_kdup(v, 3, BIT64(29)), exact);
    return V1(IR_VFCVTN, 2, V2(IR_VOR, 0, V2(IR_VANDN, 0, x, lost), sticky));
}

static ir_ref fuse_halves(struct v_insn *v, struct fused f, ir_ref x, ir_ref y, ir_ref z)
{
    ir_ref r[2] = {0, 0};
    for (unsigned h = 0; h < (v->lmul < 0 ? 1u : 2u); h++) {
        ir_ref a = singles(v, x, h), b = singles(v, y, h), c = singles(v, z, h), part[2];
        for (unsigned i = 0; i < 2; i++) {
            part[i] = fuse(v, f, 3, V1(IR_VFCVTL, 2, a), V1(IR_VFCVTL, 2, b), V1(IR_VFCVTL, 2, c));
            part[i] = odd_singles(v, part[i]);
            a = V1(IR_VHI, 0, a);
            b = V1(IR_VHI, 0, b);
            c = V1(IR_VHI, 0, c);
        }
        r[h] = V2(IR_VCAT, 0, part[0], part[1]);
    }
    return halves(v, r[0], r[1]);
}

static ir_ref fuse_elements(struct v_insn *v, struct fused f, ir_ref x, ir_ref y, ir_ref z)
{
    return v->sew == 1 ? fuse_halves(v, f, x, y, z) : fuse(v, f, v->sew, x, y, z);
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
        r[k] = f.add ? fuse_elements(v, f, d, b, a) : fuse_elements(v, f, a, b, d);
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

/* Widening: the conversion is exact. Register K of the destination. */

static ir_ref wide_source(struct v_insn *v, ir_ref part, unsigned k)
{
    ir_ref active = v_active(v, v->sew + 1, k);
    return V1(IR_VFCVTL, v->sew, active ? V2(IR_VAND, 0, part, V1(IR_VXTN, v->sew, active)) : part);
}

static unsigned wide_regs(const struct v_insn *v)
{
    return v->lmul >= 0 ? 2 * v->regs : 1;
}

static bool wide_on_host(const struct v_insn *v)
{
    return v->sew < 3 && on_host(v, v->sew);
}

static ir_ref wide_elem(struct v_insn *v, unsigned k, ir_ref a, ir_ref b)
{
    unsigned size = v->sew + 1;
    switch (v->op) {
    case RV64_OP_VFWADD_VV: case RV64_OP_VFWADD_VF: case RV64_OP_VFWADD_WV: case RV64_OP_VFWADD_WF:
        return V2(IR_VFADD, size, a, b);
    case RV64_OP_VFWSUB_VV: case RV64_OP_VFWSUB_VF: case RV64_OP_VFWSUB_WV: case RV64_OP_VFWSUB_WF:
        return V2(IR_VFSUB, size, a, b);
    case RV64_OP_VFWMUL_VV: case RV64_OP_VFWMUL_VF:
        return V2(IR_VFMUL, size, a, b);
    default:
        return fuse(v, fused_of(v->op), size, a, b, only_active(v, size, k, v_reg(v, v->vd + k)));
    }
}

static bool widening(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (!wide_on_host(v)) {
        return false;
    }
    ir_ref scalar = v_scalar_operand(v);
    unsigned n = wide_regs(v);
    for (unsigned k = 0; k < n; k++) {
        ir_ref a = v->shape == V_WIDE_W ? only_active(v, v->sew + 1, k, v_reg(v, v->vs2 + k))
                                        : wide_source(v, v_part(v, v->vs2, 1, k), k);
        ir_ref b = wide_source(v, scalar ? scalar : v_part(v, v->vs1, 1, k), k);
        r[k] = wide_elem(v, k, a, b);
    }
    v_write_group(v, v->sew + 1, n, r);
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

static ir_ref compare_lanes(struct v_insn *v, enum ir_op op, ir_ref a, ir_ref b)
{
    if (v->sew != 1) {
        return V2(op, v->sew, a, b);
    }
    ir_ref lo = V1(IR_VXTN, 1, V2(op, 2, singles(v, a, false), singles(v, b, false)));
    ir_ref hi = V1(IR_VXTN, 1, V2(op, 2, singles(v, a, true), singles(v, b, true)));
    return V2(IR_VCAT, 0, lo, hi);
}

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
        r[k] = swap ? compare_lanes(v, op, b, a) : compare_lanes(v, op, a, b);
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
        r[k] = compute(v, IR_VFSQRT, only_active(v, v->sew, k, v_reg(v, v->vs2 + k)), 0);
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

/* Lanes of SIZE of floats X as integers of BITS bits, saturated and narrowed by half (to bytes: twice) into the low 8
 * bytes. What is out of range after rounding is made huge first, so that it is invalid and not inexact. */
static ir_ref to_narrow_int(struct v_insn *v, unsigned size, unsigned bits, bool is_unsigned, unsigned round, ir_ref x)
{
    static const u64 huge[4] = {0, 0, 0x7f000000, 0x7fe0000000000000ull};
    unsigned bias = size == 3 ? 1023 : 127, mantissa = size == 3 ? 52 : 23;
    unsigned to = bits - !is_unsigned; /* the range ends below 2^to, with TO ones before the point */
    u64 max = (u64)(bias + to - 1) << mantissa | (MASK64(to - 1) << (mantissa - (to - 1)));
    u64 sign = BIT64((8u << size) - 1), min = (u64)(bias + to) << mantissa | sign;
    ir_ref r = V1(IR_VFRINT, size | round << 4, x), fits = V2(IR_VFCMGE, size, v_kdup(v, size, max), r);
    if (!is_unsigned) {
        fits = V2(IR_VAND, 0, fits, V2(IR_VFCMGE, size, r, v_kdup(v, size, min)));
    }
    ir_ref out = V2(IR_VAND, 0, r, v_kdup(v, size, sign)); /* of a NaN, which becomes the largest, it is clear */
    x = V3(IR_VBSL, 0, fits, x, V2(IR_VOR, 0, out, v_kdup(v, size, huge[size])));
    x = V1(IR_VF2I, size | round << 4 | (unsigned)is_unsigned << 8, x);
    for (unsigned to_size = size; (8u << to_size) > bits; to_size--) {
        x = V1(is_unsigned ? IR_VUQXTN : IR_VSQXTN, to_size - 1, x);
    }
    return x;
}

static bool to_int(struct v_insn *v, bool is_unsigned, bool truncate)
{
    ir_ref r[MAX_GROUP];
    if (!on_host(v, v->sew)) {
        return false;
    }
    unsigned round = truncate ? (unsigned)IR_ROUND_ZERO : current_round(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref x = only_active(v, v->sew, k, v_reg(v, v->vs2 + k));
        if (v->sew != 1) {
            r[k] = V1(IR_VF2I, v->sew | round << 4 | (unsigned)is_unsigned << 8, x);
            continue;
        }
        ir_ref lo = to_narrow_int(v, 2, 16, is_unsigned, round, singles(v, x, false));
        r[k] = V2(IR_VCAT, 0, lo, to_narrow_int(v, 2, 16, is_unsigned, round, singles(v, x, true)));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

/* Integers of 16 bits as halves. */
static ir_ref halves_of_ints(struct v_insn *v, ir_ref x, bool is_unsigned)
{
    ir_ref r[2];
    for (unsigned h = 0; h < 2; h++) {
        ir_ref wide = V1(is_unsigned ? IR_VUXTL : IR_VSXTL, 1, h ? V1(IR_VHI, 0, x) : x);
        r[h] = V1(IR_VI2F, 2 | (unsigned)is_unsigned << 4, wide);
    }
    return halves(v, r[0], r[1]);
}

static bool from_int(struct v_insn *v, bool is_unsigned)
{
    ir_ref r[MAX_GROUP];
    if (!on_host(v, v->sew)) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = only_active(v, v->sew, k, v_reg(v, v->vs2 + k));
        r[k] = v->sew == 1 ? halves_of_ints(v, a, is_unsigned) : V1(IR_VI2F, v->sew | (unsigned)is_unsigned << 4, a);
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
    if (v->sew > 2 || v->l->frm > 3) {
        return false;
    }
    unsigned n = wide_regs(v);
    for (unsigned k = 0; k < n; k++) {
        ir_ref x = V1(is_unsigned ? IR_VUXTL : IR_VSXTL, v->sew, v_part(v, v->vs2, 1, k));
        r[k] = v->sew ? V1(IR_VI2F, (v->sew + 1) | (unsigned)is_unsigned << 4, x) : halves_of_ints(v, x, is_unsigned);
    }
    v_write_group(v, v->sew + 1, n, r);
    return true;
}

static bool wide_to_int(struct v_insn *v, bool is_unsigned, bool truncate)
{
    ir_ref r[MAX_GROUP];
    if (!wide_on_host(v)) {
        return false;
    }
    unsigned n = wide_regs(v), size = v->sew + 1;
    unsigned aux = size | (truncate ? (unsigned)IR_ROUND_ZERO : current_round(v)) << 4 | (unsigned)is_unsigned << 8;
    for (unsigned k = 0; k < n; k++) {
        r[k] = V1(IR_VF2I, aux, wide_source(v, v_part(v, v->vs2, 1, k), k));
    }
    v_write_group(v, size, n, r);
    return true;
}

static bool wide_from_float(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (!wide_on_host(v)) {
        return false;
    }
    unsigned n = wide_regs(v);
    for (unsigned k = 0; k < n; k++) {
        r[k] = wide_source(v, v_part(v, v->vs2, 1, k), k);
    }
    v_write_group(v, v->sew + 1, n, r);
    return true;
}

CONVERT(VFWCVT_XU_F_V, wide_to_int(v, true, false))
CONVERT(VFWCVT_X_F_V, wide_to_int(v, false, false))
CONVERT(VFWCVT_RTZ_XU_F_V, wide_to_int(v, true, true))
CONVERT(VFWCVT_RTZ_X_F_V, wide_to_int(v, false, true))
CONVERT(VFWCVT_F_XU_V, wide_from_int(v, true))
CONVERT(VFWCVT_F_X_V, wide_from_int(v, false))
V_LIFT(VFWCVT_F_F_V, v1, wide_from_float)

/* Narrowing: each register of the destination is two of the source, by F in the low 8 bytes. */
typedef ir_ref narrow_part(struct v_insn *v, ir_ref x, bool is_unsigned, bool truncate);

static bool narrow(struct v_insn *v, narrow_part *f, bool is_unsigned, bool truncate)
{
    ir_ref r[MAX_GROUP];
    unsigned n = v->lmul < 0 ? 1 : 2;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref part[2];
        for (unsigned h = 0; h < n; h++) {
            unsigned from = n * k + h;
            part[h] = f(v, only_active(v, v->sew + 1, from, v_reg(v, v->vs2 + from)), is_unsigned, truncate);
        }
        r[k] = n == 1 ? part[0] : V2(IR_VCAT, 0, part[0], part[1]);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

static ir_ref part_float(struct v_insn *v, ir_ref x, bool is_unsigned, bool truncate)
{
    (void)is_unsigned, (void)truncate;
    return V1(IR_VFCVTN, v->sew, x);
}

/* Eight halves become bytes by way of two vectors of singles. */
static ir_ref part_to_int(struct v_insn *v, ir_ref x, bool is_unsigned, bool truncate)
{
    unsigned round = truncate ? (unsigned)IR_ROUND_ZERO : current_round(v);
    if (v->sew) {
        return to_narrow_int(v, v->sew + 1, 8u << v->sew, is_unsigned, round, x);
    }
    ir_ref lo = to_narrow_int(v, 2, 8, is_unsigned, round, singles(v, x, false));
    return V2(IR_VZIP1, 2, lo, to_narrow_int(v, 2, 8, is_unsigned, round, singles(v, x, true)));
}

/* To a half: of integers that are infinity by far so many are enough that a single holds them. To a single: lane by
 * lane. */
static ir_ref part_from_int(struct v_insn *v, ir_ref x, bool is_unsigned, bool truncate)
{
    struct ir_builder *b = v->l->b;
    (void)truncate;
    if (v->sew == 1) {
        x = V2(is_unsigned ? IR_VUMIN : IR_VSMIN, 2, x, v_kdup(v, 2, 1 << 20));
        x = is_unsigned ? x : V2(IR_VSMAX, 2, x, v_kdup(v, 2, -(1u << 20)));
        return V1(IR_VFCVTN, 1, V1(IR_VI2F, 2 | (unsigned)is_unsigned << 4, x));
    }
    ir_ref r[2];
    for (unsigned i = 0; i < 2; i++) {
        ir_ref lane = ir_op1(b, IR_VGETL, IR_I64, (u16)(3 | i << 4), x);
        r[i] = ir_op1(b, IR_F2V, IR_V128, IR_F32, ir_op1(b, IR_I2F, IR_F32, (u16)(is_unsigned | 1 << 1), lane));
    }
    return V2(IR_VZIP1, 2, r[0], r[1]);
}

CONVERT(VFNCVT_F_F_W, wide_on_host(v) && narrow(v, part_float, false, false))
CONVERT(VFNCVT_XU_F_W, v->l->frm < 4 && narrow(v, part_to_int, true, false))
CONVERT(VFNCVT_X_F_W, v->l->frm < 4 && narrow(v, part_to_int, false, false))
CONVERT(VFNCVT_RTZ_XU_F_W, v->l->frm < 4 && narrow(v, part_to_int, true, true))
CONVERT(VFNCVT_RTZ_X_F_W, v->l->frm < 4 && narrow(v, part_to_int, false, true))
CONVERT(VFNCVT_F_XU_W, wide_on_host(v) && narrow(v, part_from_int, true, false))
CONVERT(VFNCVT_F_X_W, wide_on_host(v) && narrow(v, part_from_int, false, false))
V_LIFT(VFNCVT_ROD_F_F_W, v1, NULL)
