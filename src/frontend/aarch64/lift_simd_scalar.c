/* A64 Advanced SIMD scalar three same (Arm ARM C4.1). */
#include "frontend/aarch64/simd.h"

#define LIFT_SSS(NAME) bool a64_lift_##NAME##_s(struct a64_lift *l, const struct a64_args_sss *a)
#define LIFT_FSSS(NAME) bool a64_lift_##NAME##_s(struct a64_lift *l, const struct a64_args_fsss *a)
#define WRITE(v) (a64_write_q(l, 0, (unsigned)a->rd, v), true)
#define LANE0(v) simd_lane0(l, (unsigned)a->size, v)

/* Of 64 bits */

#define SAME(NAME, op)                                                                             \
    LIFT_SSS(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(V2(op, a->size, VN, VM));                                                     \
    }
SAME(ADD, IR_VADD)
SAME(SUB, IR_VSUB)
SAME(CMGT, IR_VCMPGT)
SAME(CMGE, IR_VCMPGE)
SAME(CMHI, IR_VCMPHI)
SAME(CMHS, IR_VCMPHS)
SAME(CMEQ, IR_VCMPEQ)
SAME(CMTST, IR_VTSTNZ)
SAME(SSHL, IR_VSSHL)
SAME(USHL, IR_VUSHL)
SAME(SRSHL, IR_VSRSHL)
SAME(URSHL, IR_VURSHL)

/* Saturating, of any size: with the other lanes of the sources zero their results are zero too. A
 * zero shifted or multiplied by anything stays so, which leaves one operand as it is. */

#define SATURATE(NAME, op, wrap)                                                                   \
    LIFT_SSS(NAME)                                                                                 \
    {                                                                                              \
        ir_ref n = LANE0(VN), m = LANE0(VM), v = V2(op, a->size, n, m);                            \
        simd_qc(l, 0, V2(IR_VXOR, 0, v, V2(wrap, a->size, n, m)));                                 \
        return WRITE(v);                                                                           \
    }
SATURATE(SQADD, IR_VSQADD, IR_VADD)
SATURATE(UQADD, IR_VUQADD, IR_VADD)
SATURATE(SQSUB, IR_VSQSUB, IR_VSUB)
SATURATE(UQSUB, IR_VUQSUB, IR_VSUB)

#define SHIFT(NAME, op, is_unsigned)                                                               \
    LIFT_SSS(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(simd_shift_sat(l, 0, (unsigned)a->size, op, is_unsigned, LANE0(VN), VM));     \
    }
SHIFT(UQSHL, IR_VUSHL, true)
SHIFT(SQSHL, IR_VSSHL, false)
SHIFT(UQRSHL, IR_VURSHL, true)
SHIFT(SQRSHL, IR_VSRSHL, false)

#define DOUBLING(NAME, op)                                                                         \
    LIFT_SSS(NAME)                                                                                 \
    {                                                                                              \
        ir_ref n = LANE0(VN), m = VM, v = V2(op, a->size, n, m);                                   \
        simd_qc(l, 0, simd_both_min(l, (unsigned)a->size, n, m));                                  \
        return WRITE(v);                                                                           \
    }
DOUBLING(SQDMULH, IR_VSQDMULH)
DOUBLING(SQRDMULH, IR_VSQRDMULH)

#define RDM(NAME, minus)                                                                           \
    LIFT_SSS(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(simd_rdm(l, 0, (unsigned)a->size, minus, LANE0(VD), LANE0(VN), VM));          \
    }
RDM(SQRDMLAH, false)
RDM(SQRDMLSH, true)

/* Floating point */

/* Zeros in the other lanes raise nothing. */
ir_ref simd_as_vector(struct a64_lift *l, enum ir_op op, enum ir_type t, ir_ref x, ir_ref y)
{
    ir_ref n = ir_op1(l->b, IR_F2V, IR_V128, (u16)t, x), m = ir_op1(l->b, IR_F2V, IR_V128, (u16)t, y);
    return simd_lane_f(l, t, 0, V2(op, FP_AUX(t == IR_F64, 0), n, m));
}

#define FN a64_read_f(l, t, (unsigned)a->rn)
#define FM a64_read_f(l, t, (unsigned)a->rm)

#define BINARY(NAME, op)                                                                           \
    LIFT_FSSS(NAME)                                                                                \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        a64_write_f(l, t, (unsigned)a->rd, simd_as_vector(l, op, t, FN, FM));                      \
        return true;                                                                               \
    }
BINARY(FMULX, IR_VFMULX)
BINARY(FRECPS, IR_VFRECPS)
BINARY(FRSQRTS, IR_VFRSQRTS)

LIFT_FSSS(FABD)
{
    enum ir_type t = F_TYPE(a->type);
    ir_ref v = ir_op2(l->b, IR_FSUB, t, 0, FN, FM);
    a64_write_f(l, t, (unsigned)a->rd, ir_op1(l->b, IR_FABS, t, 0, v));
    return true;
}

#define COMPARE(NAME, cc)                                                                          \
    LIFT_FSSS(NAME)                                                                                \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        return simd_fcmp_s(l, t, (unsigned)a->rd, cc, FN, FM);                                     \
    }
COMPARE(FCMEQ, IR_FCC_EQ)
COMPARE(FCMGE, IR_FCC_GE | IR_FCC_SIGNAL)
COMPARE(FCMGT, IR_FCC_GT | IR_FCC_SIGNAL)

#define COMPARE_ABS(NAME, cc)                                                                      \
    LIFT_FSSS(NAME)                                                                                \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        ir_ref n = ir_op1(l->b, IR_FABS, t, 0, FN), m = ir_op1(l->b, IR_FABS, t, 0, FM);           \
        return simd_fcmp_s(l, t, (unsigned)a->rd, (cc) | IR_FCC_SIGNAL, n, m);                     \
    }
COMPARE_ABS(FACGE, IR_FCC_GE)
COMPARE_ABS(FACGT, IR_FCC_GT)
