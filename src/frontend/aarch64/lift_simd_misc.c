/* A64 Advanced SIMD two-register miscellaneous of integers, and across lanes (Arm ARM C4.1). */
#include "frontend/aarch64/simd.h"

#define LIFT_VV(NAME) bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_vv *a)
#define WRITE(v) (a64_write_q(l, (unsigned)a->q, (unsigned)a->rd, v), true)
#define ZERO ir_kv(l->b, 0, 0)

/* One op */

#define UNARY(NAME, op, aux)                                                                       \
    LIFT_VV(NAME)                                                                                  \
    {                                                                                              \
        return WRITE(V1(op, aux, VN));                                                             \
    }
UNARY(REV64_v, IR_VREV, a->size | 3 << 2)
UNARY(REV32_v, IR_VREV, a->size | 2 << 2)
UNARY(REV16_v, IR_VREV, a->size | 1 << 2)
UNARY(CLS_v, IR_VCLS, a->size)
UNARY(CLZ_v, IR_VCLZ, a->size)
UNARY(CNT_v, IR_VCNT, 0)
UNARY(NOT_v, IR_VNOT, 0)
UNARY(RBIT_v, IR_VRBIT, 0)
UNARY(ABS_v, IR_VABS, a->size)
UNARY(NEG_v, IR_VNEG, a->size)
UNARY(SADDLP_v, IR_VSADDLP, a->size)
UNARY(UADDLP_v, IR_VUADDLP, a->size)
UNARY(URECPE_v, IR_VURECPE, 0)
UNARY(URSQRTE_v, IR_VURSQRTE, 0)

LIFT_VV(SADALP_v)
{
    ir_ref v = V1(IR_VSADDLP, a->size, VN);
    return WRITE(V2(IR_VADD, a->size + 1, VD, v));
}

LIFT_VV(UADALP_v)
{
    ir_ref v = V1(IR_VUADDLP, a->size, VN);
    return WRITE(V2(IR_VADD, a->size + 1, VD, v));
}

/* Comparison with zero, and its scalar form of 64 bits */

#define COMPARE(NAME, op, x, y)                                                                    \
    LIFT_VV(NAME##_v)                                                                              \
    {                                                                                              \
        return WRITE(V2(op, a->size, x, y));                                                       \
    }                                                                                              \
    bool a64_lift_##NAME##_s(struct a64_lift *l, const struct a64_args_ss *a)                      \
    {                                                                                              \
        a64_write_q(l, 0, (unsigned)a->rd, V2(op, a->size, x, y));                                 \
        return true;                                                                               \
    }
COMPARE(CMGT0, IR_VCMPGT, VN, ZERO)
COMPARE(CMGE0, IR_VCMPGE, VN, ZERO)
COMPARE(CMEQ0, IR_VCMPEQ, VN, ZERO)
COMPARE(CMLE0, IR_VCMPGE, ZERO, VN)
COMPARE(CMLT0, IR_VCMPGT, ZERO, VN)

/* Saturating. Only MIN has no absolute value or negation: there the op leaves MIN, inverted it is
 * MAX. */
static ir_ref saturate_min(struct a64_lift *l, unsigned q, unsigned size, enum ir_op op, ir_ref n)
{
    ir_ref min = V2(IR_VCMPEQ, size, n, simd_kdup(l, size, 1ull << ((8u << size) - 1)));
    simd_qc(l, q, min);
    return V2(IR_VXOR, 0, V1(op, size, n), min);
}

/* D + N of opposite signedness: moved by half the range, D is of N's. A saturated lane never equals the wrapped sum. */
static ir_ref saturate_add(struct a64_lift *l, unsigned q, unsigned size, enum ir_op op, ir_ref d,
                           ir_ref n)
{
    ir_ref sign = simd_kdup(l, size, 1ull << ((8u << size) - 1));
    ir_ref v = V2(IR_VXOR, 0, V2(op, size, V2(IR_VXOR, 0, d, sign), n), sign);
    simd_qc(l, q, V2(IR_VXOR, 0, v, V2(IR_VADD, size, d, n)));
    return v;
}

#define SATURATE_MIN(NAME, op)                                                                     \
    LIFT_VV(NAME##_v)                                                                              \
    {                                                                                              \
        return WRITE(saturate_min(l, (unsigned)a->q, (unsigned)a->size, op, VN));                  \
    }                                                                                              \
    bool a64_lift_##NAME##_s(struct a64_lift *l, const struct a64_args_ss *a)                      \
    {                                                                                              \
        unsigned size = (unsigned)a->size;                                                         \
        a64_write_q(l, 0, (unsigned)a->rd, saturate_min(l, 0, size, op, simd_lane0(l, size, VN))); \
        return true;                                                                               \
    }
SATURATE_MIN(SQABS, IR_VABS)
SATURATE_MIN(SQNEG, IR_VNEG)

#define SATURATE_ADD(NAME, op)                                                                     \
    LIFT_VV(NAME##_v)                                                                              \
    {                                                                                              \
        return WRITE(saturate_add(l, (unsigned)a->q, (unsigned)a->size, op, VD, VN));              \
    }                                                                                              \
    bool a64_lift_##NAME##_s(struct a64_lift *l, const struct a64_args_ss *a)                      \
    {                                                                                              \
        unsigned size = (unsigned)a->size;                                                         \
        ir_ref d = simd_lane0(l, size, VD), n = simd_lane0(l, size, VN);                           \
        a64_write_q(l, 0, (unsigned)a->rd, saturate_add(l, 0, size, op, d, n));                    \
        return true;                                                                               \
    }
SATURATE_ADD(SUQADD, IR_VUQADD)
SATURATE_ADD(USQADD, IR_VSQADD)

bool a64_lift_ABS_s(struct a64_lift *l, const struct a64_args_ss *a)
{
    a64_write_q(l, 0, (unsigned)a->rd, V1(IR_VABS, a->size, VN));
    return true;
}

bool a64_lift_NEG_s(struct a64_lift *l, const struct a64_args_ss *a)
{
    a64_write_q(l, 0, (unsigned)a->rd, V1(IR_VNEG, a->size, VN));
    return true;
}

/* Narrowing and widening */

LIFT_VV(XTN_v)
{
    simd_write_narrow(l, (unsigned)a->q, (unsigned)a->rd, V1(IR_VXTN, a->size, VN));
    return true;
}

ir_ref simd_narrow_sat(struct a64_lift *l, unsigned size, enum ir_op op, ir_ref n)
{
    ir_ref v = V1(op, size, n);
    ir_ref again = V1(op == IR_VSQXTN ? IR_VSXTL : IR_VUXTL, size, v);
    a64_or_qc(l, V2(IR_VXOR, 0, again, n));
    return v;
}

#define NARROW(NAME, op)                                                                           \
    LIFT_VV(NAME##_v)                                                                              \
    {                                                                                              \
        ir_ref v = simd_narrow_sat(l, (unsigned)a->size, op, VN);                                  \
        simd_write_narrow(l, (unsigned)a->q, (unsigned)a->rd, v);                                  \
        return true;                                                                               \
    }                                                                                              \
    bool a64_lift_##NAME##_s(struct a64_lift *l, const struct a64_args_ss *a)                      \
    {                                                                                              \
        unsigned size = (unsigned)a->size;                                                         \
        ir_ref v = simd_narrow_sat(l, size, op, simd_lane0(l, size + 1, VN));                      \
        a64_write_v(l, (unsigned)a->rd, v);                                                        \
        return true;                                                                               \
    }
NARROW(SQXTN, IR_VSQXTN)
NARROW(UQXTN, IR_VUQXTN)
NARROW(SQXTUN, IR_VSQXTUN)

/* Shifts left by the width of the narrow lane. */
LIFT_VV(SHLL_v)
{
    unsigned size = (unsigned)a->size;
    ir_ref v = V1(IR_VUXTL, size, simd_half(l, (unsigned)a->q, VN));
    a64_write_v(l, (unsigned)a->rd, V1(IR_VSHLI, (size + 1) | (8u << size) << 4, v));
    return true;
}

/* Across lanes */

#define ACROSS(NAME, op)                                                                           \
    LIFT_VV(NAME)                                                                                  \
    {                                                                                              \
        a64_write_v(l, (unsigned)a->rd, V1(op, a->size | (a->q ? 0 : 4), VN));                     \
        return true;                                                                               \
    }
ACROSS(ADDV, IR_VREDADD)
ACROSS(SADDLV, IR_VREDSADDL)
ACROSS(UADDLV, IR_VREDUADDL)
ACROSS(SMAXV, IR_VREDSMAX)
ACROSS(SMINV, IR_VREDSMIN)
ACROSS(UMAXV, IR_VREDUMAX)
ACROSS(UMINV, IR_VREDUMIN)

/* Four singles in the manual's order: first each pair, then the two results. */
#define FACROSS(NAME, pairs, op)                                                                   \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_fvv *a)                         \
    {                                                                                              \
        ir_ref n = VN, p = V2(pairs, 2, n, n);                                                     \
        a64_write_f(l, IR_F32, (unsigned)a->rd,                                                    \
                    ir_op2(l->b, op, IR_F32, 0, simd_lane_f(l, IR_F32, 0, p),                      \
                           simd_lane_f(l, IR_F32, 1, p)));                                         \
        return true;                                                                               \
    }
FACROSS(FMAXV, IR_VFMAXP, IR_FMAX)
FACROSS(FMINV, IR_VFMINP, IR_FMIN)
FACROSS(FMAXNMV, IR_VFMAXNMP, IR_FMAXNM)
FACROSS(FMINNMV, IR_VFMINNMP, IR_FMINNM)

/* Scalar pairwise */

bool a64_lift_ADDP_s(struct a64_lift *l, const struct a64_args_ss *a)
{
    ir_ref n = VN;
    a64_write_q(l, 0, (unsigned)a->rd, V2(IR_VADD, 3, n, V1(IR_VHI, 0, n)));
    return true;
}

#define FPAIR(NAME, op)                                                                            \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_fss *a)                         \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        ir_ref n = VN, x = simd_lane_f(l, t, 0, n), y = simd_lane_f(l, t, 1, n);                   \
        a64_write_f(l, t, (unsigned)a->rd, ir_op2(l->b, op, t, 0, x, y));                          \
        return true;                                                                               \
    }
FPAIR(FADDP_s, IR_FADD)
FPAIR(FMAXP_s, IR_FMAX)
FPAIR(FMINP_s, IR_FMIN)
FPAIR(FMAXNMP_s, IR_FMAXNM)
FPAIR(FMINNMP_s, IR_FMINNM)
