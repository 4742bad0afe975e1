/* A64 Advanced SIMD three different, vector and scalar (Arm ARM C4.1). */
#include "frontend/aarch64/simd.h"

#define LIFT_VVV(NAME) bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_vvv *a)
#define WRITE(v) (a64_write_v(l, (unsigned)a->rd, v), true)
#define HALF(v) simd_half(l, (unsigned)a->q, v)

/* Long: both sources widened; wide: the first is wide already. */

#define LONG(NAME, extend, op)                                                                     \
    LIFT_VVV(NAME##L_v)                                                                            \
    {                                                                                              \
        ir_ref n = V1(extend, a->size, HALF(VN)), m = V1(extend, a->size, HALF(VM));               \
        return WRITE(V2(op, a->size + 1, n, m));                                                   \
    }                                                                                              \
    LIFT_VVV(NAME##W_v)                                                                            \
    {                                                                                              \
        ir_ref m = V1(extend, a->size, HALF(VM));                                                  \
        return WRITE(V2(op, a->size + 1, VN, m));                                                  \
    }
LONG(SADD, IR_VSXTL, IR_VADD)
LONG(UADD, IR_VUXTL, IR_VADD)
LONG(SSUB, IR_VSXTL, IR_VSUB)
LONG(USUB, IR_VUXTL, IR_VSUB)

/* The difference of two lanes fits the narrow lane unsigned. */
#define ABSDIFF(NAME, op)                                                                          \
    LIFT_VVV(NAME##DL_v)                                                                           \
    {                                                                                              \
        return WRITE(V1(IR_VUXTL, a->size, V2(op, a->size, HALF(VN), HALF(VM))));                  \
    }                                                                                              \
    LIFT_VVV(NAME##AL_v)                                                                           \
    {                                                                                              \
        ir_ref v = V1(IR_VUXTL, a->size, V2(op, a->size, HALF(VN), HALF(VM)));                     \
        return WRITE(V2(IR_VADD, a->size + 1, VD, v));                                             \
    }
ABSDIFF(SAB, IR_VSABD)
ABSDIFF(UAB, IR_VUABD)

#define PRODUCT(NAME, op)                                                                          \
    LIFT_VVV(NAME##ULL_v)                                                                          \
    {                                                                                              \
        return WRITE(V2(op, a->size, HALF(VN), HALF(VM)));                                         \
    }                                                                                              \
    LIFT_VVV(NAME##LAL_v)                                                                          \
    {                                                                                              \
        return WRITE(V2(IR_VADD, a->size + 1, VD, V2(op, a->size, HALF(VN), HALF(VM))));           \
    }                                                                                              \
    LIFT_VVV(NAME##LSL_v)                                                                          \
    {                                                                                              \
        return WRITE(V2(IR_VSUB, a->size + 1, VD, V2(op, a->size, HALF(VN), HALF(VM))));           \
    }
PRODUCT(SM, IR_VSMULL)
PRODUCT(UM, IR_VUMULL)

LIFT_VVV(PMULL_v)
{
    return WRITE(V2(IR_VPMULL, 0, HALF(VN), HALF(VM)));
}

/* High halves of sums and differences, rounded in the R forms. */
static bool high_half(struct a64_lift *l, const struct a64_args_vvv *a, enum ir_op op, bool round)
{
    unsigned size = (unsigned)a->size, bits = 8u << size;
    ir_ref v = V2(op, size + 1, VN, VM);
    if (round) {
        v = V2(IR_VADD, size + 1, v, simd_kdup(l, size + 1, 1ull << (bits - 1)));
    }
    v = V1(IR_VXTN, size, V1(IR_VSHRI, (size + 1) | bits << 4, v));
    simd_write_narrow(l, (unsigned)a->q, (unsigned)a->rd, v);
    return true;
}

LIFT_VVV(ADDHN_v)
{
    return high_half(l, a, IR_VADD, false);
}

LIFT_VVV(RADDHN_v)
{
    return high_half(l, a, IR_VADD, true);
}

LIFT_VVV(SUBHN_v)
{
    return high_half(l, a, IR_VSUB, false);
}

LIFT_VVV(RSUBHN_v)
{
    return high_half(l, a, IR_VSUB, true);
}

ir_ref simd_sqdmull(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m)
{
    /* Only MIN * MIN saturates; what matters are the lanes of the low half. */
    simd_qc(l, 0, simd_both_min(l, size, n, m));
    return V2(IR_VSQDMULL, size, n, m);
}

ir_ref simd_sqdml(struct a64_lift *l, unsigned size, bool subtract, ir_ref d, ir_ref n, ir_ref m)
{
    ir_ref p = simd_sqdmull(l, size, n, m);
    ir_ref v = V2(subtract ? IR_VSQSUB : IR_VSQADD, size + 1, d, p);
    ir_ref wrapped = V2(subtract ? IR_VSUB : IR_VADD, size + 1, d, p);
    simd_qc(l, 1, V2(IR_VXOR, 0, v, wrapped));
    return v;
}

LIFT_VVV(SQDMULL_v)
{
    return WRITE(simd_sqdmull(l, (unsigned)a->size, HALF(VN), HALF(VM)));
}

LIFT_VVV(SQDMLAL_v)
{
    return WRITE(simd_sqdml(l, (unsigned)a->size, false, VD, HALF(VN), HALF(VM)));
}

LIFT_VVV(SQDMLSL_v)
{
    return WRITE(simd_sqdml(l, (unsigned)a->size, true, VD, HALF(VN), HALF(VM)));
}

/* Scalar: lane 0, the rest zero. */

bool a64_lift_SQDMULL_s(struct a64_lift *l, const struct a64_args_sss *a)
{
    unsigned size = (unsigned)a->size;
    return WRITE(simd_sqdmull(l, size, simd_lane0(l, size, VN), simd_lane0(l, size, VM)));
}

static bool scalar_sqdml(struct a64_lift *l, const struct a64_args_sss *a, bool subtract)
{
    unsigned size = (unsigned)a->size;
    ir_ref n = simd_lane0(l, size, VN), m = simd_lane0(l, size, VM), d = simd_lane0(l, size + 1, VD);
    return WRITE(simd_sqdml(l, size, subtract, d, n, m));
}

bool a64_lift_SQDMLAL_s(struct a64_lift *l, const struct a64_args_sss *a)
{
    return scalar_sqdml(l, a, false);
}

bool a64_lift_SQDMLSL_s(struct a64_lift *l, const struct a64_args_sss *a)
{
    return scalar_sqdml(l, a, true);
}
