/* A64 Advanced SIMD by indexed element, vector and scalar (Arm ARM C4.1). */
#include "frontend/aarch64/simd.h"

#define LIFT_VE(NAME) bool a64_lift_##NAME##_ve(struct a64_lift *l, const struct a64_args_velem *a)
#define LIFT_SE(NAME) bool a64_lift_##NAME##_se(struct a64_lift *l, const struct a64_args_selem *a)
#define LIFT_FVE(NAME)                                                                             \
    bool a64_lift_##NAME##_ve(struct a64_lift *l, const struct a64_args_fvelem *a)
#define LIFT_FSE(NAME)                                                                             \
    bool a64_lift_##NAME##_se(struct a64_lift *l, const struct a64_args_fselem *a)
#define WRITE(v) (a64_write_q(l, (unsigned)a->q, (unsigned)a->rd, v), true)
#define WRITE_WIDE(v) (a64_write_v(l, (unsigned)a->rd, v), true)
#define HALF(v) simd_half(l, (unsigned)a->q, v)

/* The element in every lane. */
#define ELEM V1(IR_VDUPL, a->size | a->index << 4, VM)
#define FELEM V1(IR_VDUPL, (2 + a->type) | a->index << 4, VM)

/* Integers */

LIFT_VE(MUL)
{
    return WRITE(V2(IR_VMUL, a->size, VN, ELEM));
}

LIFT_VE(MLA)
{
    ir_ref v = V2(IR_VMUL, a->size, VN, ELEM);
    return WRITE(V2(IR_VADD, a->size, VD, v));
}

LIFT_VE(MLS)
{
    ir_ref v = V2(IR_VMUL, a->size, VN, ELEM);
    return WRITE(V2(IR_VSUB, a->size, VD, v));
}

#define PRODUCT(NAME, op)                                                                          \
    LIFT_VE(NAME##ULL)                                                                             \
    {                                                                                              \
        return WRITE_WIDE(V2(op, a->size, HALF(VN), ELEM));                                        \
    }                                                                                              \
    LIFT_VE(NAME##LAL)                                                                             \
    {                                                                                              \
        return WRITE_WIDE(V2(IR_VADD, a->size + 1, VD, V2(op, a->size, HALF(VN), ELEM)));          \
    }                                                                                              \
    LIFT_VE(NAME##LSL)                                                                             \
    {                                                                                              \
        return WRITE_WIDE(V2(IR_VSUB, a->size + 1, VD, V2(op, a->size, HALF(VN), ELEM)));          \
    }
PRODUCT(SM, IR_VSMULL)
PRODUCT(UM, IR_VUMULL)

LIFT_VE(SDOT)
{
    return WRITE(V3(IR_VSDOT, 0, VD, VN, ELEM));
}

LIFT_VE(UDOT)
{
    return WRITE(V3(IR_VUDOT, 0, VD, VN, ELEM));
}

/* Saturating doubling products. In the scalar forms the other lanes of one factor are zero, so
 * their products are too and never saturate. */

#define LANE0(size, v) simd_lane0(l, (unsigned)(size), v)

LIFT_VE(SQDMULL)
{
    return WRITE_WIDE(simd_sqdmull(l, (unsigned)a->size, HALF(VN), ELEM));
}

LIFT_SE(SQDMULL)
{
    return WRITE_WIDE(simd_sqdmull(l, (unsigned)a->size, LANE0(a->size, VN), ELEM));
}

#define SQDML(NAME, subtract)                                                                      \
    LIFT_VE(NAME)                                                                                  \
    {                                                                                              \
        return WRITE_WIDE(simd_sqdml(l, (unsigned)a->size, subtract, VD, HALF(VN), ELEM));         \
    }                                                                                              \
    LIFT_SE(NAME)                                                                                  \
    {                                                                                              \
        ir_ref d = LANE0(a->size + 1, VD), n = LANE0(a->size, VN);                                 \
        return WRITE_WIDE(simd_sqdml(l, (unsigned)a->size, subtract, d, n, ELEM));                 \
    }
SQDML(SQDMLAL, false)
SQDML(SQDMLSL, true)

#define DOUBLING(NAME, op)                                                                         \
    LIFT_VE(NAME)                                                                                  \
    {                                                                                              \
        ir_ref n = VN, m = ELEM;                                                                   \
        simd_qc(l, (unsigned)a->q, simd_both_min(l, (unsigned)a->size, n, m));                     \
        return WRITE(V2(op, a->size, n, m));                                                       \
    }                                                                                              \
    LIFT_SE(NAME)                                                                                  \
    {                                                                                              \
        ir_ref n = LANE0(a->size, VN), m = ELEM;                                                   \
        simd_qc(l, 0, simd_both_min(l, (unsigned)a->size, n, m));                                  \
        return (a64_write_q(l, 0, (unsigned)a->rd, V2(op, a->size, n, m)), true);                  \
    }
DOUBLING(SQDMULH, IR_VSQDMULH)
DOUBLING(SQRDMULH, IR_VSQRDMULH)

#define RDM(NAME, minus)                                                                           \
    LIFT_VE(NAME)                                                                                  \
    {                                                                                              \
        return WRITE(simd_rdm(l, (unsigned)a->q, (unsigned)a->size, minus, VD, VN, ELEM));         \
    }                                                                                              \
    LIFT_SE(NAME)                                                                                  \
    {                                                                                              \
        ir_ref d = LANE0(a->size, VD), n = LANE0(a->size, VN);                                     \
        a64_write_q(l, 0, (unsigned)a->rd, simd_rdm(l, 0, (unsigned)a->size, minus, d, n, ELEM));  \
        return true;                                                                               \
    }
RDM(SQRDMLAH, false)
RDM(SQRDMLSH, true)

/* Floating point */

#define FPRODUCT(NAME, vop, scalar)                                                                 \
    LIFT_FVE(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(V2(vop, FP_AUX(a->type, a->q), VN, FELEM));                                   \
    }                                                                                              \
    LIFT_FSE(NAME)                                                                                 \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        ir_ref n = a64_read_f(l, t, (unsigned)a->rn);                                              \
        ir_ref m = simd_lane_f(l, t, (unsigned)a->index, VM);                                      \
        a64_write_f(l, t, (unsigned)a->rd, scalar);                                                \
        return true;                                                                               \
    }
FPRODUCT(FMUL, IR_VFMUL, ir_op2(l->b, IR_FMUL, t, 0, n, m))
FPRODUCT(FMULX, IR_VFMULX, simd_as_vector(l, IR_VFMULX, t, n, m))

#define FACCUMULATE(NAME, negate)                                                                  \
    LIFT_FVE(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(V3(IR_VFMA, FP_AUX(a->type, a->q) | (negate) << 3, VN, FELEM, VD));           \
    }                                                                                              \
    LIFT_FSE(NAME)                                                                                 \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        ir_ref n = a64_read_f(l, t, (unsigned)a->rn), d = a64_read_f(l, t, (unsigned)a->rd);       \
        ir_ref m = simd_lane_f(l, t, (unsigned)a->index, VM);                                      \
        a64_write_f(l, t, (unsigned)a->rd, ir_op3(l->b, IR_FMA, t, negate, n, m, d));              \
        return true;                                                                               \
    }
FACCUMULATE(FMLA, 0)
FACCUMULATE(FMLS, 1)

/* The element is a pair of singles. */
bool a64_lift_FCMLA_ve(struct a64_lift *l, const struct a64_args_fcma_e *a)
{
    ir_ref m = V1(IR_VDUPL, 3 | a->index << 4, VM);
    return WRITE(V3(IR_VFCMLA, FP_AUX(a->type, a->q) | (unsigned)a->rot << 4, VD, VN, m));
}
