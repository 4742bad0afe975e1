/* A64 Advanced SIMD three same (Arm ARM C4.1). */
#include "frontend/aarch64/simd.h"

#define LIFT_VVV(NAME) bool a64_lift_##NAME##_v(struct a64_lift *l, const struct a64_args_vvv *a)
#define LIFT_VLOG(NAME) bool a64_lift_##NAME##_v(struct a64_lift *l, const struct a64_args_vlog *a)
#define LIFT_FVVV(NAME) bool a64_lift_##NAME##_v(struct a64_lift *l, const struct a64_args_fvvv *a)
#define WRITE(v) (a64_write_q(l, (unsigned)a->q, (unsigned)a->rd, v), true)

/* One op */

#define SAME(NAME, op)                                                                             \
    LIFT_VVV(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(V2(op, a->size, VN, VM));                                                     \
    }
SAME(SHADD, IR_VSHADD)
SAME(UHADD, IR_VUHADD)
SAME(SRHADD, IR_VSRHADD)
SAME(URHADD, IR_VURHADD)
SAME(SHSUB, IR_VSHSUB)
SAME(UHSUB, IR_VUHSUB)
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
SAME(SMAX, IR_VSMAX)
SAME(SMIN, IR_VSMIN)
SAME(UMAX, IR_VUMAX)
SAME(UMIN, IR_VUMIN)
SAME(SABD, IR_VSABD)
SAME(UABD, IR_VUABD)
SAME(ADD, IR_VADD)
SAME(SUB, IR_VSUB)
SAME(MUL, IR_VMUL)

LIFT_VVV(PMUL)
{
    return WRITE(V2(IR_VPMUL, 0, VN, VM));
}

/* With the destination added or subtracted */

#define ACCUMULATE(NAME, op, acc)                                                                  \
    LIFT_VVV(NAME)                                                                                 \
    {                                                                                              \
        ir_ref v = V2(op, a->size, VN, VM);                                                        \
        return WRITE(V2(acc, a->size, VD, v));                                                     \
    }
ACCUMULATE(SABA, IR_VSABD, IR_VADD)
ACCUMULATE(UABA, IR_VUABD, IR_VADD)
ACCUMULATE(MLA, IR_VMUL, IR_VADD)
ACCUMULATE(MLS, IR_VMUL, IR_VSUB)

/* Saturating: QC where the wrapped result differs */

#define SATURATE(NAME, op, wrap)                                                                   \
    LIFT_VVV(NAME)                                                                                 \
    {                                                                                              \
        ir_ref n = VN, m = VM, v = V2(op, a->size, n, m);                                          \
        simd_qc(l, (unsigned)a->q, V2(IR_VXOR, 0, v, V2(wrap, a->size, n, m)));                    \
        return WRITE(v);                                                                           \
    }
SATURATE(SQADD, IR_VSQADD, IR_VADD)
SATURATE(UQADD, IR_VUQADD, IR_VADD)
SATURATE(SQSUB, IR_VSQSUB, IR_VSUB)
SATURATE(UQSUB, IR_VUQSUB, IR_VSUB)

#define SHIFT(NAME, op, is_unsigned)                                                               \
    LIFT_VVV(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(simd_shift_sat(l, (unsigned)a->q, (unsigned)a->size, op, is_unsigned, VN, VM)); \
    }
SHIFT(UQSHL, IR_VUSHL, true)
SHIFT(SQSHL, IR_VSSHL, false)
SHIFT(UQRSHL, IR_VURSHL, true)
SHIFT(SQRSHL, IR_VSRSHL, false)

#define DOUBLING(NAME, op)                                                                         \
    LIFT_VVV(NAME)                                                                                 \
    {                                                                                              \
        ir_ref n = VN, m = VM, v = V2(op, a->size, n, m);                                          \
        simd_qc(l, (unsigned)a->q, simd_both_min(l, (unsigned)a->size, n, m));                     \
        return WRITE(v);                                                                           \
    }
DOUBLING(SQDMULH, IR_VSQDMULH)
DOUBLING(SQRDMULH, IR_VSQRDMULH)

/* Pairwise: the 8-byte form works on both sources' low halves side by side */

#define PAIRWISE(NAME, op)                                                                         \
    LIFT_VVV(NAME)                                                                                 \
    {                                                                                              \
        ir_ref n = VN, m = VM, low = a->q ? n : V2(IR_VCAT, 0, n, m);                              \
        return WRITE(V2(op, a->size, low, a->q ? m : low));                                        \
    }
PAIRWISE(ADDP, IR_VADDP)
PAIRWISE(SMAXP, IR_VSMAXP)
PAIRWISE(SMINP, IR_VSMINP)
PAIRWISE(UMAXP, IR_VUMAXP)
PAIRWISE(UMINP, IR_VUMINP)

/* Logical */

#define LOGICAL(NAME, op)                                                                          \
    LIFT_VLOG(NAME)                                                                                \
    {                                                                                              \
        return WRITE(V2(op, 0, VN, VM));                                                           \
    }
LOGICAL(AND, IR_VAND)
LOGICAL(BIC, IR_VANDN)
LOGICAL(ORR, IR_VOR)
LOGICAL(ORN, IR_VORN)
LOGICAL(EOR, IR_VXOR)

LIFT_VLOG(BSL)
{
    return WRITE(V3(IR_VBSL, 0, VD, VN, VM));
}

LIFT_VLOG(BIT)
{
    return WRITE(V3(IR_VBSL, 0, VM, VN, VD));
}

LIFT_VLOG(BIF)
{
    return WRITE(V3(IR_VBSL, 0, VM, VD, VN));
}

/* Floating point */

#define FSAME(NAME, op)                                                                            \
    LIFT_FVVV(NAME)                                                                                \
    {                                                                                              \
        return WRITE(V2(op, FP_AUX(a->type, a->q), VN, VM));                                       \
    }
FSAME(FADD, IR_VFADD)
FSAME(FSUB, IR_VFSUB)
FSAME(FMUL, IR_VFMUL)
FSAME(FDIV, IR_VFDIV)
FSAME(FMULX, IR_VFMULX)
FSAME(FMAX, IR_VFMAX)
FSAME(FMIN, IR_VFMIN)
FSAME(FMAXNM, IR_VFMAXNM)
FSAME(FMINNM, IR_VFMINNM)
FSAME(FADDP, IR_VFADDP)
FSAME(FMAXP, IR_VFMAXP)
FSAME(FMINP, IR_VFMINP)
FSAME(FMAXNMP, IR_VFMAXNMP)
FSAME(FMINNMP, IR_VFMINNMP)
FSAME(FRECPS, IR_VFRECPS)
FSAME(FRSQRTS, IR_VFRSQRTS)

#define FSAME_FLUSHED(NAME, op)                                                                    \
    LIFT_FVVV(NAME)                                                                                \
    {                                                                                              \
        unsigned aux = FP_AUX(a->type, a->q);                                                      \
        return WRITE(V2(op, aux, a64_flush_v(l, aux, VN), a64_flush_v(l, aux, VM)));               \
    }
FSAME_FLUSHED(FCMEQ, IR_VFCMEQ)
FSAME_FLUSHED(FCMGE, IR_VFCMGE)
FSAME_FLUSHED(FCMGT, IR_VFCMGT)
FSAME_FLUSHED(FACGE, IR_VFACGE)
FSAME_FLUSHED(FACGT, IR_VFACGT)

LIFT_FVVV(FMLA)
{
    return WRITE(V3(IR_VFMA, FP_AUX(a->type, a->q), VN, VM, VD));
}

LIFT_FVVV(FMLS)
{
    return WRITE(V3(IR_VFMA, FP_AUX(a->type, a->q) | 8, VN, VM, VD));
}

LIFT_FVVV(FABD)
{
    unsigned aux = FP_AUX(a->type, a->q);
    return WRITE(V1(IR_VFABS, aux, V2(IR_VFSUB, aux, VN, VM)));
}

/* Extensions: FEAT_RDM, FEAT_DotProd, FEAT_FCMA */

#define RDM(NAME, minus)                                                                           \
    LIFT_VVV(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(simd_rdm(l, (unsigned)a->q, (unsigned)a->size, minus, VD, VN, VM));           \
    }
RDM(SQRDMLAH, false)
RDM(SQRDMLSH, true)

LIFT_VLOG(SDOT)
{
    return WRITE(V3(IR_VSDOT, 0, VD, VN, VM));
}

LIFT_VLOG(UDOT)
{
    return WRITE(V3(IR_VUDOT, 0, VD, VN, VM));
}

bool a64_lift_FCADD_v(struct a64_lift *l, const struct a64_args_fcma *a)
{
    return WRITE(V2(IR_VFCADD, FP_AUX(a->type, a->q) | (unsigned)a->rot << 4, VN, VM));
}

bool a64_lift_FCMLA_v(struct a64_lift *l, const struct a64_args_fcma *a)
{
    return WRITE(V3(IR_VFCMLA, FP_AUX(a->type, a->q) | (unsigned)a->rot << 4, VD, VN, VM));
}
