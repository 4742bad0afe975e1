/* A64's reciprocal estimates and Newton steps. */
#include "ir/priv.h"

/* Exponent field of BITS, and its fraction at bits 51:0. */
static int exp_field(unsigned fmt, u64 bits)
{
    return (int)(bits >> fp_fbits(fmt) & MASK64(fp_ebits(fmt)));
}

static u64 fraction52(unsigned fmt, u64 bits)
{
    return (bits & MASK64(fp_fbits(fmt))) << (52 - fp_fbits(fmt));
}

static u64 assemble(unsigned fmt, bool sign, int exp, u64 frac52)
{
    return fp_zero(fmt, sign) | (u64)exp << fp_fbits(fmt) | frac52 >> (52 - fp_fbits(fmt));
}

/* FPRecipEstimate of a finite number other than zero whose reciprocal is in range. */
static u64 recpe_number(unsigned fmt, bool sign, u64 a)
{
    int exp = exp_field(fmt, a);
    u64 frac = fraction52(fmt, a);
    if (exp == 0) {
        if (!(frac >> 51)) {
            exp = -1;
            frac <<= 1;
        }
        frac = frac << 1 & MASK64(52);
    }
    int result_exp = (fmt == FP_D ? 2045 : 253) - exp;
    frac = (u64)(recip_estimate(256 | (u32)(frac >> 44)) & 255) << 44;
    if (result_exp == 0) {
        frac = 1ull << 51 | frac >> 1;
    } else if (result_exp == -1) {
        frac = 1ull << 50 | frac >> 2;
        result_exp = 0;
    }
    return assemble(fmt, sign, result_exp, frac);
}

u64 fp_recpe(struct fp_env *env, unsigned fmt, u64 a)
{
    struct fp_num x = fp_unpack(env, fmt, a);
    if (x.cls >= FP_QNAN) {
        return fp_nan(env, fmt, a, x.cls);
    }
    if (x.cls == FP_INF) {
        return fp_zero(fmt, x.sign);
    }
    if (x.cls == FP_ZERO) {
        env->flags |= FP_DZC;
        return fp_inf(fmt, x.sign);
    }
    u64 mag = a & ~fp_sign_bit(fmt);
    if (mag < 1ull << (fp_fbits(fmt) - 2)) { /* below 2^-128 or 2^-1024 */
        env->flags |= FP_OFC | FP_IXC;
        bool to_inf =
            env->rm == IR_ROUND_TIEEVEN || env->rm == (x.sign ? IR_ROUND_NEGINF : IR_ROUND_POSINF);
        return fp_inf(fmt, x.sign) - (to_inf ? 0 : 1);
    }
    if ((env->fpcr & FP_FZ) &&
        exp_field(fmt, a) >= (fmt == FP_D ? 2045 : 253)) { /* 2^1022, 2^126 */
        env->flags |= FP_UFC;
        return fp_zero(fmt, x.sign);
    }
    return recpe_number(fmt, x.sign, a);
}

u64 fp_rsqrte(struct fp_env *env, unsigned fmt, u64 a)
{
    struct fp_num x = fp_unpack(env, fmt, a);
    if (x.cls >= FP_QNAN) {
        return fp_nan(env, fmt, a, x.cls);
    }
    if (x.cls == FP_ZERO) {
        env->flags |= FP_DZC;
        return fp_inf(fmt, x.sign);
    }
    if (x.sign) {
        return fp_invalid(env, fmt);
    }
    if (x.cls == FP_INF) {
        return 0;
    }
    int exp = exp_field(fmt, a);
    u64 frac = fraction52(fmt, a);
    if (exp == 0) {
        while (!(frac >> 51)) {
            frac <<= 1;
            exp--;
        }
        frac = frac << 1 & MASK64(52);
    }
    u32 scaled = exp & 1 ? 128 | (u32)(frac >> 45) : 256 | (u32)(frac >> 44);
    int result_exp = ((fmt == FP_D ? 3068 : 380) - exp) / 2;
    return assemble(fmt, false, result_exp, (u64)(rsqrt_estimate(scaled) & 255) << 44);
}

/* The common part of FRECPS and FRSQRTS: (base - a * b) * 2^scale, SPECIAL for inf * 0. */
static u64 step(struct fp_env *env, unsigned fmt, u64 a, u64 b, u64 base, int scale, u64 special)
{
    a ^= fp_sign_bit(fmt);
    struct fp_num x = fp_unpack(env, fmt, a), y = fp_unpack(env, fmt, b);
    u64 out;
    if (fp_nans2(env, fmt, a, b, x.cls, y.cls, &out)) {
        return out;
    }
    if (x.cls == FP_INF || y.cls == FP_INF) {
        return x.cls == FP_ZERO || y.cls == FP_ZERO ? special : fp_inf(fmt, x.sign ^ y.sign);
    }
    struct fp_num c = {.cls = FP_NUM, .man = base};
    return fp_fma_finite(env, fmt, c, x, y, scale);
}

u64 fp_recps(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return step(env, fmt, a, b, 2, 0, fmt == FP_D ? 0x4000000000000000 : 0x40000000);
}

u64 fp_rsqrts(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return step(env, fmt, a, b, 3, -1, fmt == FP_D ? 0x3ff8000000000000 : 0x3fc00000);
}

u64 fp_recpx(struct fp_env *env, unsigned fmt, u64 a)
{
    struct fp_num x = fp_unpack(env, fmt, a);
    if (x.cls >= FP_QNAN) {
        return fp_nan(env, fmt, a, x.cls);
    }
    int ones = (int)MASK64(fp_ebits(fmt)), exp = exp_field(fmt, a);
    return assemble(fmt, x.sign, exp == 0 ? ones - 1 : ones & ~exp, 0);
}
