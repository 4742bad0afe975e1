/* A64 scalar floating point (Arm ARM C4.1, Data Processing -- Scalar Floating-Point). */
#include "frontend/aarch64/priv.h"
#include "frontend/aarch64/a64_decode.h"

#define F_TYPE(type) ((type) ? IR_F64 : IR_F32)

static ir_ref f_zero(struct a64_lift *l, enum ir_type type)
{
    return type == IR_F64 ? ir_kf64(l->b, 0) : ir_kf32(l->b, 0);
}

/* X times 2^FRAC as a double. It is exact: what would overflow is as far out of an integer's range as 2^900. */
static ir_ref scaled(struct a64_lift *l, unsigned type, unsigned frac, ir_ref x)
{
    struct ir_builder *b = l->b;
    const u64 sign = 1ull << 63, huge = (1023 + 900ull) << 52, inf = 0x7ffull << 52;
    if (type == 0) {
        x = ir_op1(b, IR_F2F, IR_F64, IR_F32, x);
    } else {
        ir_ref bits = ir_op1(b, IR_BITI, IR_I64, 0, x), abs = ir_op2(b, IR_AND, IR_I64, 0, bits, ir_k64(b, ~sign));
        ir_ref above = ir_op2(b, IR_SUB, IR_I64, 0, abs, ir_k64(b, huge));
        ir_ref is_huge = ir_op2(b, IR_CMP, IR_I64, IR_CC_ULE, above, ir_k64(b, inf - huge)); /* and no NaN */
        ir_ref y = ir_op2(b, IR_OR, IR_I64, 0, ir_op2(b, IR_AND, IR_I64, 0, bits, ir_k64(b, sign)), ir_k64(b, huge));
        x = ir_op3(b, IR_SELECT, IR_F64, 0, ir_op1(b, IR_BITF, IR_F64, 0, y), x, is_huge);
    }
    return ir_op2(b, IR_FMUL, IR_F64, 0, x, ir_kf64(b, (1023ull + frac) << 52));
}

/* Is X the result of arithmetic, which is never a denormal where that is flushed? */
static bool is_result(const struct a64_lift *l, ir_ref x)
{
    const struct ir_ins *in = &l->f.fn->ins[x];
    switch (IR_IS_K(x) ? IR_NOP : in->op) {
    case IR_FADD:
    case IR_FSUB:
    case IR_FMUL:
    case IR_FDIV:
    case IR_FSQRT:
    case IR_FMA:
    case IR_FMIN:
    case IR_FMAX:
    case IR_FMINNM:
    case IR_FMAXNM:
    case IR_FRINT:
    case IR_F2F:
    case IR_I2F:
        return true;
    case IR_FABS:
    case IR_FNEG:
        return is_result(l, in->a);
    default:
        return false;
    }
}

ir_ref a64_flush(struct a64_lift *l, enum ir_type type, ir_ref x)
{
    if (!(l->fp_mode & A64_FPM_FZ) || is_result(l, x)) {
        return x;
    }
    ir_ref one = type == IR_F64 ? ir_kf64(l->b, 0x3ff0000000000000) : ir_kf32(l->b, 0x3f800000);
    return ir_op2(l->b, IR_FMUL, type, 0, x, one);
}

ir_ref a64_flush_v(struct a64_lift *l, unsigned aux, ir_ref x)
{
    if (!(l->fp_mode & A64_FPM_FZ)) {
        return x;
    }
    u64 one = (aux & 3) == 3 ? 0x3ff0000000000000 : 0x3f8000003f800000;
    return ir_op2(l->b, IR_VFMUL, IR_V128, (u16)(aux & 7), x, ir_kv(l->b, one, one));
}

ir_ref a64_to_int(struct a64_lift *l, unsigned sf, unsigned type, unsigned round, unsigned unsign, unsigned frac, ir_ref x)
{
    if (frac) {
        x = scaled(l, type, frac, x);
        type = 1;
        frac = 0;
    }
    x = a64_flush(l, F_TYPE(type), x);
    return ir_op1(l->b, IR_F2I, A64_TYPE(sf), (u16)(round | unsign << 4 | type << 5 | frac << 8), x);
}

/* General register <-> floating point */

static bool to_int(struct a64_lift *l, unsigned sf, unsigned type, unsigned rd, unsigned rn, unsigned round,
                   unsigned unsign, unsigned frac)
{
    a64_write(l, sf, rd, a64_to_int(l, sf, type, round, unsign, frac, a64_read_f(l, F_TYPE(type), rn)));
    return true;
}

static bool from_int(struct a64_lift *l, unsigned sf, unsigned type, unsigned rd, unsigned rn, unsigned unsign,
                     unsigned frac)
{
    u16 aux = (u16)(unsign | sf << 1 | frac << 8);
    a64_write_f(l, F_TYPE(type), rd, ir_op1(l->b, IR_I2F, F_TYPE(type), aux, a64_read(l, sf, rn)));
    return true;
}

#define TO_INT(NAME, round, unsign)                                                                \
    bool a64_lift_##NAME##_r(struct a64_lift *l, const struct a64_args_fr *a)                      \
    {                                                                                              \
        return to_int(l, (unsigned)a->sf, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn,     \
                      round, unsign, 0);                                                           \
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

bool a64_lift_SCVTF_r(struct a64_lift *l, const struct a64_args_fr *a)
{
    return from_int(l, (unsigned)a->sf, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, 0, 0);
}

bool a64_lift_UCVTF_r(struct a64_lift *l, const struct a64_args_fr *a)
{
    return from_int(l, (unsigned)a->sf, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, 1, 0);
}

bool a64_lift_SCVTF_rfix(struct a64_lift *l, const struct a64_args_fix *a)
{
    return from_int(l, (unsigned)a->sf, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, 0,
                    64u - (unsigned)a->fbits);
}

bool a64_lift_UCVTF_rfix(struct a64_lift *l, const struct a64_args_fix *a)
{
    return from_int(l, (unsigned)a->sf, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, 1,
                    64u - (unsigned)a->fbits);
}

bool a64_lift_FCVTZS_rfix(struct a64_lift *l, const struct a64_args_fix *a)
{
    return to_int(l, (unsigned)a->sf, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, IR_ROUND_ZERO, 0,
                  64u - (unsigned)a->fbits);
}

bool a64_lift_FCVTZU_rfix(struct a64_lift *l, const struct a64_args_fix *a)
{
    return to_int(l, (unsigned)a->sf, (unsigned)a->type, (unsigned)a->rd, (unsigned)a->rn, IR_ROUND_ZERO, 1,
                  64u - (unsigned)a->fbits);
}

bool a64_lift_FMOV_to_gpr(struct a64_lift *l, const struct a64_args_gpr *a)
{
    ir_ref v = a64_read_f(l, F_TYPE(a->sf), (unsigned)a->rn);
    a64_write(l, (unsigned)a->sf, (unsigned)a->rd, ir_op1(l->b, IR_BITI, A64_TYPE(a->sf), 0, v));
    return true;
}

bool a64_lift_FMOV_from_gpr(struct a64_lift *l, const struct a64_args_gpr *a)
{
    ir_ref v = a64_read(l, (unsigned)a->sf, (unsigned)a->rn);
    a64_write_f(l, F_TYPE(a->sf), (unsigned)a->rd, ir_op1(l->b, IR_BITF, F_TYPE(a->sf), 0, v));
    return true;
}

bool a64_lift_FMOV_to_gpr_hi(struct a64_lift *l, const struct a64_args_gpr *a)
{
    a64_write_x(l, (unsigned)a->rd, a64_read_lane(l, 3, (unsigned)a->rn, 1, false));
    return true;
}

bool a64_lift_FMOV_from_gpr_hi(struct a64_lift *l, const struct a64_args_gpr *a)
{
    ir_ref v = ir_op2(l->b, IR_VSETL, IR_V128, 3 | 1 << 4, a64_read_v(l, (unsigned)a->rd),
                      a64_read_x(l, (unsigned)a->rn));
    a64_write_v(l, (unsigned)a->rd, v);
    return true;
}

bool a64_lift_FJCVTZS(struct a64_lift *l, const struct a64_args_f_none *a)
{
    ir_ref d = a64_read_d(l, (unsigned)a->rn), zero = ir_k32(l->b, 0);
    ir_ref r = ir_op1(l->b, IR_FJCVT, IR_I32, 0, a64_flush(l, IR_F64, d));
    /* Z: the integer is the number, and that is not -0 */
    ir_ref bits = ir_op1(l->b, IR_BITI, IR_I64, 0, d), back = ir_op1(l->b, IR_I2F, IR_F64, 0, r);
    ir_ref z = ir_op2(l->b, IR_CMP, IR_I64, IR_CC_EQ, bits, ir_op1(l->b, IR_BITI, IR_I64, 0, back));
    a64_flags_packed(l, ir_op3(l->b, IR_SELECT, IR_I32, 0, ir_k32(l->b, IR_NZCV_Z), zero, z));
    a64_write_w(l, (unsigned)a->rd, r);
    return true;
}

/* One source */

static bool unary(struct a64_lift *l, const struct a64_args_ff *a, enum ir_op op, u16 aux)
{
    enum ir_type t = F_TYPE(a->type);
    ir_ref x = a64_read_f(l, t, (unsigned)a->rn);
    x = op == IR_FRINT || op == IR_FRINTTS ? a64_flush(l, t, x) : x;
    a64_write_f(l, t, (unsigned)a->rd, ir_op1(l->b, op, t, aux, x));
    return true;
}

#define UNARY(NAME, op, aux)                                                                       \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_ff *a)                          \
    {                                                                                              \
        return unary(l, a, op, aux);                                                               \
    }
UNARY(FABS_f, IR_FABS, 0)
UNARY(FNEG_f, IR_FNEG, 0)
UNARY(FSQRT_f, IR_FSQRT, 0)
UNARY(FRINTN_f, IR_FRINT, IR_ROUND_TIEEVEN)
UNARY(FRINTP_f, IR_FRINT, IR_ROUND_POSINF)
UNARY(FRINTM_f, IR_FRINT, IR_ROUND_NEGINF)
UNARY(FRINTZ_f, IR_FRINT, IR_ROUND_ZERO)
UNARY(FRINTA_f, IR_FRINT, IR_ROUND_TIEAWAY)
UNARY(FRINTX_f, IR_FRINT, IR_ROUND_CURRENT | IR_ROUND_EXACT)
UNARY(FRINTI_f, IR_FRINT, IR_ROUND_CURRENT)
UNARY(FRINT32Z_f, IR_FRINTTS, IR_ROUND_ZERO)
UNARY(FRINT32X_f, IR_FRINTTS, IR_ROUND_CURRENT)
UNARY(FRINT64Z_f, IR_FRINTTS, IR_ROUND_ZERO | 1 << 4)
UNARY(FRINT64X_f, IR_FRINTTS, IR_ROUND_CURRENT | 1 << 4)

bool a64_lift_FMOV_f(struct a64_lift *l, const struct a64_args_ff *a)
{
    enum ir_type t = F_TYPE(a->type);
    a64_write_f(l, t, (unsigned)a->rd, a64_read_f(l, t, (unsigned)a->rn));
    return true;
}

bool a64_lift_FCVT_f(struct a64_lift *l, const struct a64_args_fcvt *a)
{
    enum ir_type to = F_TYPE(a->dst), from = F_TYPE(a->src);
    if (a->src == 3) {
        ir_ref h = a64_read_bits(l, 1, (unsigned)a->rn);
        a64_write_f(l, to, (unsigned)a->rd, ir_op1(l->b, IR_H2F, to, 0, h));
    } else if (a->dst == 3) {
        ir_ref h = ir_op1(l->b, IR_F2H, from, 0, a64_read_f(l, from, (unsigned)a->rn));
        a64_write_bits(l, 1, (unsigned)a->rd, h);
    } else {
        ir_ref v = ir_op1(l->b, IR_F2F, to, from, a64_read_f(l, from, (unsigned)a->rn));
        a64_write_f(l, to, (unsigned)a->rd, v);
    }
    return true;
}

/* Comparison */

bool a64_lift_FCMP(struct a64_lift *l, const struct a64_args_fcmp *a)
{
    enum ir_type t = F_TYPE(a->type);
    a64_flags_fcmp(l, t, a64_read_f(l, t, (unsigned)a->rn), a64_read_f(l, t, (unsigned)a->rm), false);
    return true;
}

bool a64_lift_FCMPE(struct a64_lift *l, const struct a64_args_fcmp *a)
{
    enum ir_type t = F_TYPE(a->type);
    a64_flags_fcmp(l, t, a64_read_f(l, t, (unsigned)a->rn), a64_read_f(l, t, (unsigned)a->rm), true);
    return true;
}

bool a64_lift_FCMP_zero(struct a64_lift *l, const struct a64_args_fcmp_z *a)
{
    enum ir_type t = F_TYPE(a->type);
    a64_flags_fcmp(l, t, a64_read_f(l, t, (unsigned)a->rn), f_zero(l, t), false);
    return true;
}

bool a64_lift_FCMPE_zero(struct a64_lift *l, const struct a64_args_fcmp_z *a)
{
    enum ir_type t = F_TYPE(a->type);
    a64_flags_fcmp(l, t, a64_read_f(l, t, (unsigned)a->rn), f_zero(l, t), true);
    return true;
}

/* The compare happens, and may raise Invalid, only if COND holds: the operands of one that does not are
 * replaced by zeros. */
static bool fccmp(struct a64_lift *l, const struct a64_args_fccmp *a, bool signal)
{
    enum ir_type t = F_TYPE(a->type);
    ir_ref cond = a64_cond(l, (unsigned)a->cond), zero = f_zero(l, t);
    ir_ref x = ir_op3(l->b, IR_SELECT, t, 0, a64_read_f(l, t, (unsigned)a->rn), zero, cond);
    ir_ref y = ir_op3(l->b, IR_SELECT, t, 0, a64_read_f(l, t, (unsigned)a->rm), zero, cond);
    a64_flags_fcmp(l, t, x, y, signal);
    a64_flags_only_if(l, cond, (unsigned)a->nzcv);
    return true;
}

bool a64_lift_FCCMP(struct a64_lift *l, const struct a64_args_fccmp *a)
{
    return fccmp(l, a, false);
}

bool a64_lift_FCCMPE(struct a64_lift *l, const struct a64_args_fccmp *a)
{
    return fccmp(l, a, true);
}

bool a64_lift_FCSEL(struct a64_lift *l, const struct a64_args_fcsel *a)
{
    enum ir_type t = F_TYPE(a->type);
    ir_ref cond = a64_cond(l, (unsigned)a->cond);
    ir_ref x = a64_read_f(l, t, (unsigned)a->rn), y = a64_read_f(l, t, (unsigned)a->rm);
    a64_write_f(l, t, (unsigned)a->rd, ir_op3(l->b, IR_SELECT, t, 0, x, y, cond));
    return true;
}

bool a64_lift_FMOV_imm(struct a64_lift *l, const struct a64_args_f_imm *a)
{
    u64 imm = (u64)a->imm;
    if (a->type) {
        a64_write_d(l, (unsigned)a->rd, ir_kf64(l->b, a64_expand_fp64(imm)));
    } else {
        a64_write_s(l, (unsigned)a->rd, ir_kf32(l->b, a64_expand_fp32(imm)));
    }
    return true;
}

/* Two and three sources */

#define BINARY(NAME, op)                                                                           \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_fff *a)                         \
    {                                                                                              \
        enum ir_type t = F_TYPE(a->type);                                                          \
        ir_ref x = a64_read_f(l, t, (unsigned)a->rn), y = a64_read_f(l, t, (unsigned)a->rm);       \
        a64_write_f(l, t, (unsigned)a->rd, ir_op2(l->b, op, t, 0, x, y));                          \
        return true;                                                                               \
    }
BINARY(FMUL_f, IR_FMUL)
BINARY(FDIV_f, IR_FDIV)
BINARY(FADD_f, IR_FADD)
BINARY(FSUB_f, IR_FSUB)
BINARY(FMAX_f, IR_FMAX)
BINARY(FMIN_f, IR_FMIN)
BINARY(FMAXNM_f, IR_FMAXNM)
BINARY(FMINNM_f, IR_FMINNM)

bool a64_lift_FNMUL_f(struct a64_lift *l, const struct a64_args_fff *a)
{
    enum ir_type t = F_TYPE(a->type);
    ir_ref v = ir_op2(l->b, IR_FMUL, t, 0, a64_read_f(l, t, (unsigned)a->rn), a64_read_f(l, t, (unsigned)a->rm));
    a64_write_f(l, t, (unsigned)a->rd, ir_op1(l->b, IR_FNEG, t, 0, v));
    return true;
}

static bool lift_fma(struct a64_lift *l, const struct a64_args_ffff *a, u16 aux)
{
    enum ir_type t = F_TYPE(a->type);
    ir_ref n = a64_read_f(l, t, (unsigned)a->rn), m = a64_read_f(l, t, (unsigned)a->rm);
    a64_write_f(l, t, (unsigned)a->rd, ir_op3(l->b, IR_FMA, t, aux, n, m, a64_read_f(l, t, (unsigned)a->ra)));
    return true;
}

bool a64_lift_FMADD(struct a64_lift *l, const struct a64_args_ffff *a)
{
    return lift_fma(l, a, 0);
}

bool a64_lift_FMSUB(struct a64_lift *l, const struct a64_args_ffff *a)
{
    return lift_fma(l, a, 1);
}

bool a64_lift_FNMADD(struct a64_lift *l, const struct a64_args_ffff *a)
{
    return lift_fma(l, a, 3);
}

bool a64_lift_FNMSUB(struct a64_lift *l, const struct a64_args_ffff *a)
{
    return lift_fma(l, a, 2);
}
