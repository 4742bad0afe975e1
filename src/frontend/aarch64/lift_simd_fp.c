/* A64 Advanced SIMD two-register miscellaneous of floating point, vector and scalar (Arm ARM C4.1).
 */
#include "frontend/aarch64/simd.h"

#define LIFT_FVV(NAME) bool a64_lift_##NAME##_v(struct a64_lift *l, const struct a64_args_fvv *a)
#define LIFT_FSS(NAME) bool a64_lift_##NAME##_s(struct a64_lift *l, const struct a64_args_fss *a)
#define WRITE(v) (a64_write_q(l, (unsigned)a->q, (unsigned)a->rd, v), true)
#define AUX FP_AUX(a->type, a->q)
#define ZERO ir_kv(l->b, 0, 0)

#define UNARY(NAME, op, aux)                                                                       \
    LIFT_FVV(NAME)                                                                                 \
    {                                                                                              \
        bool flush = op == IR_VFRINT || op == IR_VFRINTTS;                                         \
        ir_ref n = flush ? a64_flush_v(l, AUX, VN) : VN;                                           \
        return WRITE(V1(op, AUX | (unsigned)(aux) << 4, n));                                       \
    }
UNARY(FABS, IR_VFABS, 0)
UNARY(FNEG, IR_VFNEG, 0)
UNARY(FSQRT, IR_VFSQRT, 0)
UNARY(FRECPE, IR_VFRECPE, 0)
UNARY(FRSQRTE, IR_VFRSQRTE, 0)
UNARY(FRINTN, IR_VFRINT, IR_ROUND_TIEEVEN)
UNARY(FRINTP, IR_VFRINT, IR_ROUND_POSINF)
UNARY(FRINTM, IR_VFRINT, IR_ROUND_NEGINF)
UNARY(FRINTZ, IR_VFRINT, IR_ROUND_ZERO)
UNARY(FRINTA, IR_VFRINT, IR_ROUND_TIEAWAY)
UNARY(FRINTX, IR_VFRINT, IR_ROUND_CURRENT | IR_ROUND_EXACT)
UNARY(FRINTI, IR_VFRINT, IR_ROUND_CURRENT)
UNARY(FRINT32Z, IR_VFRINTTS, IR_ROUND_ZERO)
UNARY(FRINT32X, IR_VFRINTTS, IR_ROUND_CURRENT)
UNARY(FRINT64Z, IR_VFRINTTS, IR_ROUND_ZERO | 1 << 4)
UNARY(FRINT64X, IR_VFRINTTS, IR_ROUND_CURRENT | 1 << 4)

/* Scalar estimates, by all lanes alike */

#define ESTIMATE(NAME, op)                                                                         \
    LIFT_FSS(NAME)                                                                                 \
    {                                                                                              \
        ir_ref v = V1(op, FP_AUX(a->type, 1), V1(IR_VDUPL, 2 + a->type, VN));                      \
        a64_write_f(l, F_TYPE(a->type), (unsigned)a->rd, simd_lane_f(l, F_TYPE(a->type), 0, v));   \
        return true;                                                                               \
    }
ESTIMATE(FRECPE, IR_VFRECPE)
ESTIMATE(FRSQRTE, IR_VFRSQRTE)

LIFT_FSS(FRECPX)
{
    enum ir_type t = F_TYPE(a->type);
    ir_ref n = a64_read_f(l, t, (unsigned)a->rn);
    a64_write_f(l, t, (unsigned)a->rd, ir_op1(l->b, IR_FRECPX, t, 0, n));
    return true;
}

/* To and from integers of the same size */

#define TO_INT(NAME, round, unsign)                                                                \
    LIFT_FVV(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(simd_to_int(l, (unsigned)a->type, (unsigned)a->q, round, unsign, 0, VN));     \
    }                                                                                              \
    LIFT_FSS(NAME)                                                                                 \
    {                                                                                              \
        return simd_to_int_s(l, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, round,        \
                             unsign, 0);                                                           \
    }
TO_INT(FCVTNS, IR_ROUND_TIEEVEN, 0)
TO_INT(FCVTNU, IR_ROUND_TIEEVEN, 1)
TO_INT(FCVTAS, IR_ROUND_TIEAWAY, 0)
TO_INT(FCVTAU, IR_ROUND_TIEAWAY, 1)
TO_INT(FCVTPS, IR_ROUND_POSINF, 0)
TO_INT(FCVTPU, IR_ROUND_POSINF, 1)
TO_INT(FCVTMS, IR_ROUND_NEGINF, 0)
TO_INT(FCVTMU, IR_ROUND_NEGINF, 1)
TO_INT(FCVTZS, IR_ROUND_ZERO, 0)
TO_INT(FCVTZU, IR_ROUND_ZERO, 1)

#define FROM_INT(NAME, unsign)                                                                     \
    LIFT_FVV(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(simd_from_int(l, (unsigned)a->type, (unsigned)a->q, unsign, 0, VN));          \
    }                                                                                              \
    LIFT_FSS(NAME)                                                                                 \
    {                                                                                              \
        return simd_from_int_s(l, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, unsign, 0); \
    }
FROM_INT(SCVTF, 0)
FROM_INT(UCVTF, 1)

ir_ref simd_to_int(struct a64_lift *l, unsigned type, unsigned q, unsigned round, unsigned unsign,
                   unsigned frac, ir_ref n)
{
    unsigned aux = round << 4 | unsign << 8 | (frac == 64 ? 1u << 9 : frac << 10);
    return V1(IR_VF2I, FP_AUX(type, q) | aux, a64_flush_v(l, FP_AUX(type, q), n));
}

ir_ref simd_from_int(struct a64_lift *l, unsigned type, unsigned q, unsigned unsign, unsigned frac,
                     ir_ref n)
{
    unsigned aux = unsign << 4 | (frac == 64 ? 1u << 5 : frac << 10);
    return V1(IR_VI2F, FP_AUX(type, q) | aux, n);
}

bool simd_to_int_s(struct a64_lift *l, unsigned type, unsigned rd, unsigned rn, unsigned round,
                   unsigned unsign, unsigned frac)
{
    ir_ref n = a64_read_f(l, F_TYPE(type), rn);
    a64_write_bits(l, 2 + type, rd, a64_to_int(l, type, type, round, unsign, frac, n));
    return true;
}

bool simd_from_int_s(struct a64_lift *l, unsigned type, unsigned rd, unsigned rn, unsigned unsign,
                     unsigned frac)
{
    u16 aux = (u16)(unsign | type << 1 | frac << 8);
    ir_ref n = a64_read_bits(l, 2 + type, rn);
    a64_write_f(l, F_TYPE(type), rd, ir_op1(l->b, IR_I2F, F_TYPE(type), aux, n));
    return true;
}

/* Between sizes */

LIFT_FVV(FCVTL)
{
    ir_ref n = simd_half(l, (unsigned)a->q, VN);
    a64_write_v(l, (unsigned)a->rd, V1(IR_VFCVTL, 1 + a->type, n));
    return true;
}

LIFT_FVV(FCVTN)
{
    simd_write_narrow(l, (unsigned)a->q, (unsigned)a->rd, V1(IR_VFCVTN, 1 + a->type, VN));
    return true;
}

LIFT_FVV(FCVTXN)
{
    simd_write_narrow(l, (unsigned)a->q, (unsigned)a->rd, V1(IR_VFCVTN, 2 | 8, VN));
    return true;
}

LIFT_FSS(FCVTXN)
{
    a64_write_v(l, (unsigned)a->rd, V1(IR_VFCVTN, 2 | 8, V1(IR_VZLO, 0, VN)));
    return true;
}

/* Comparison with zero */

#define COMPARE(NAME, op, x, y, cc)                                                                \
    LIFT_FVV(NAME)                                                                                 \
    {                                                                                              \
        return WRITE(V2(op, AUX, a64_flush_v(l, AUX, x), a64_flush_v(l, AUX, y)));                 \
    }                                                                                              \
    LIFT_FSS(NAME)                                                                                 \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        ir_ref zero = t == IR_F64 ? ir_kf64(l->b, 0) : ir_kf32(l->b, 0);                           \
        return simd_fcmp_s(l, t, (unsigned)a->rd, cc, a64_read_f(l, t, (unsigned)a->rn), zero);    \
    }
COMPARE(FCMGT0, IR_VFCMGT, VN, ZERO, IR_FCC_GT | IR_FCC_SIGNAL)
COMPARE(FCMGE0, IR_VFCMGE, VN, ZERO, IR_FCC_GE | IR_FCC_SIGNAL)
COMPARE(FCMEQ0, IR_VFCMEQ, VN, ZERO, IR_FCC_EQ)
COMPARE(FCMLE0, IR_VFCMGE, ZERO, VN, IR_FCC_LE | IR_FCC_SIGNAL)
COMPARE(FCMLT0, IR_VFCMGT, ZERO, VN, IR_FCC_LT | IR_FCC_SIGNAL)

bool simd_fcmp_s(struct a64_lift *l, enum ir_type t, unsigned rd, unsigned cc, ir_ref x, ir_ref y)
{
    unsigned sf = t == IR_F64;
    enum ir_type it = A64_TYPE(sf);
    ir_ref cond = ir_op2(l->b, IR_FCMP, t, (u16)cc, a64_flush(l, t, x), a64_flush(l, t, y));
    ir_ref v = ir_op3(l->b, IR_SELECT, it, 0, ir_k(l->b, it, ~0ull), ir_k(l->b, it, 0), cond);
    a64_write_bits(l, 2 + sf, rd, v);
    return true;
}
