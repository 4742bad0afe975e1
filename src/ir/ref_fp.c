/* Reference semantics of scalar floating point. */
#include "ir/priv.h"

static inline unsigned fmt_of(unsigned type)
{
    return type == IR_F64 ? FP_D : FP_S;
}

/* The bits of an operand of format FMT; what a caller left above them does not matter. */
static inline u64 bits_of(const union ir_val *v, unsigned fmt)
{
    return fmt == FP_D ? v->u : (u32)v->u;
}

/* The environment of an op whose aux may name a rounding mode of its own. */
static inline struct fp_env begin_rounding(const struct ir_ref_ctx *ctx, u32 aux)
{
    struct fp_env env = fp_begin(ctx);
    unsigned rm = IR_FP_ROUND_OF(aux);
    env.rm = rm ? (u8)(rm - 1) : env.rm;
    return env;
}

/* EXPR with env begun by BEGIN, fmt the format of the type, and operands x, y, z of the format SRC. */
#define FP_ENV(begin, src, name, expr)                                                             \
    REF(name)                                                                                      \
    {                                                                                              \
        struct fp_env env = begin;                                                                 \
        unsigned fmt UNUSED = fmt_of(type), from = (src);                                          \
        u64 x UNUSED = bits_of(a, from), y UNUSED = bits_of(b, from), z UNUSED = bits_of(c, from); \
        ret64(r, expr);                                                                            \
        fp_end(&env);                                                                              \
    }
#define FP_FROM(src, name, expr) FP_ENV(fp_begin(ctx), src, name, expr)
#define FP_OP(name, expr) FP_FROM(fmt, name, expr)
#define FP_ROUNDED(src, name, expr) FP_ENV(begin_rounding(ctx, aux), src, name, expr)

FP_ROUNDED(fmt, FADD, fp_add(&env, fmt, x, y))
FP_ROUNDED(fmt, FSUB, fp_sub(&env, fmt, x, y))
FP_ROUNDED(fmt, FMUL, fp_mul(&env, fmt, x, y))
FP_ROUNDED(fmt, FDIV, fp_div(&env, fmt, x, y))
FP_ROUNDED(fmt, FSQRT, fp_sqrt(&env, fmt, x))
FP_ROUNDED(fmt, FMA, fp_fma(&env, fmt, z ^ fp_zero(fmt, aux & 2), x ^ fp_zero(fmt, aux & 1), y))
FP_OP(FMIN, fp_min(&env, fmt, x, y))
FP_OP(FMAX, fp_max(&env, fmt, x, y))
FP_OP(FMINNM, fp_minnm(&env, fmt, x, y))
FP_OP(FMAXNM, fp_maxnm(&env, fmt, x, y))
FP_OP(FRINT, fp_round_int(&env, fmt, x, aux & 7, aux &IR_ROUND_EXACT))
FP_OP(FRINTTS, fp_round_int_n(&env, fmt, x, aux & 7, aux & 16 ? 64 : 32))
FP_OP(FNZCV, fp_compare(&env, fmt, x, y, aux & 1))
FP_ROUNDED(fmt_of(aux & 15), F2F, fp_convert(&env, from, fmt, x, env.rm))
FP_ROUNDED(fmt, F2H, fp_convert(&env, fmt, FP_H, x, env.rm))
FP_OP(H2F, fp_convert(&env, FP_H, fmt, x & 0xffff, env.rm))
FP_FROM(aux & 32 ? FP_D : FP_S, F2I,
        fp_to_fixed(&env, from, x, aux >> 8, aux & 16, type == IR_I64 ? 64 : 32, aux & 7))
FP_ROUNDED(FP_D, I2F, fp_from_fixed(&env, fmt, x, aux >> 8, aux & 1, aux & 2 ? 64 : 32))
FP_OP(FRECPX, fp_recpx(&env, fmt, x))

REF(FABS)
{
    unsigned fmt = fmt_of(type);
    ret64(r, bits_of(a, fmt) & ~fp_sign_bit(fmt));
}

REF(FNEG)
{
    unsigned fmt = fmt_of(type);
    ret64(r, bits_of(a, fmt) ^ fp_sign_bit(fmt));
}

REF(FSGNJ)
{
    unsigned fmt = fmt_of(type);
    u64 sign = fp_sign_bit(fmt), x = bits_of(a, fmt), y = bits_of(b, fmt);
    y ^= aux == 1 ? sign : aux == 2 ? x : 0;
    ret64(r, (x & ~sign) | (y & sign));
}

REF(BOX)
{
    ret64(r, a->u | ~MASK64(32));
}

REF(UNBOX)
{
    bool boxed = (aux & 1) || a->u >> 32 == MASK64(32);
    ret64(r, boxed ? (u32)a->u : fp_default_nan(FP_S));
}

REF(FCMP)
{
    struct fp_env env = fp_begin(ctx);
    unsigned fmt = fmt_of(type);
    u32 f = fp_compare(&env, fmt, bits_of(a, fmt), bits_of(b, fmt), aux & IR_FCC_SIGNAL);
    bool lt = f & IR_NZCV_N, eq = f & IR_NZCV_Z, un = f & IR_NZCV_V, gt = !lt && !eq && !un;
    const bool base[] = {eq, lt, lt || eq, gt, gt || eq, un, un || eq};
    ret64(r, base[(aux & 15) >> 1] ^ (aux & 1));
    fp_end(&env);
}

REF(FJCVT)
{
    struct fp_env env = fp_begin(ctx);
    ret64(r, fp_to_js(&env, a->u));
    fp_end(&env);
}
