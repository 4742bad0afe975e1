/* Conversions and rounding to integral on integers, with A64's and RISC-V's rules. */
#include "ir/priv.h"

/* The integer part of a magnitude man * 2^exp after rounding; *ERR says what was dropped. The
 * caller bounds EXP so that the result fits. */
static u128 integral(struct fp_num x, int exp, unsigned rm, unsigned *err)
{
    u128 whole;
    if (exp >= 0) {
        *err = 0;
        return (u128)x.man << exp;
    }
    if (exp < -64) {
        whole = 0;
        *err = 1;
    } else {
        u64 half = 1ull << (-exp - 1), rem = x.man & ((half - 1) | half);
        *err = rem == 0 ? 0 : rem < half ? 1 : rem == half ? 2 : 3;
        whole = (u128)x.man >> -exp;
    }
    return whole + fp_round_up(rm, x.sign, whole & 1, *err);
}

u64 fp_round_int(struct fp_env *env, unsigned fmt, u64 a, unsigned rm, bool exact)
{
    struct fp_num x = fp_unpack(env, fmt, a);
    if (x.cls >= FP_QNAN) {
        return fp_nan(env, fmt, a, x.cls);
    }
    if (x.cls == FP_ZERO) {
        return fp_zero(fmt, x.sign);
    }
    if (x.cls == FP_INF || x.exp >= 0) {
        return a;
    }
    unsigned err;
    u128 n = integral(x, x.exp, rm == IR_ROUND_CURRENT ? env->rm : rm, &err);
    if (err && exact) {
        env->flags |= FP_IXC;
    }
    return n ? fp_round(env, fmt, x.sign, n, 0, false, IR_ROUND_ZERO) : fp_zero(fmt, x.sign);
}

u64 fp_round_int_n(struct fp_env *env, unsigned fmt, u64 a, unsigned rm, unsigned bits)
{
    struct fp_num x = fp_unpack(env, fmt, a);
    unsigned err = 0;
    if (x.cls == FP_ZERO) {
        return fp_zero(fmt, x.sign);
    }
    if (x.cls == FP_NUM && x.exp <= 64) {
        u128 n = integral(x, x.exp, rm == IR_ROUND_CURRENT ? env->rm : rm, &err);
        if (n <= ((u128)1 << (bits - 1)) - !x.sign) {
            env->flags |= err ? FP_IXC : 0;
            return n ? fp_round(env, fmt, x.sign, n, 0, false, IR_ROUND_ZERO)
                     : fp_zero(fmt, x.sign);
        }
    }
    env->flags |= FP_IOC;
    return fp_round(env, fmt, true, 1, (int)bits - 1, false, IR_ROUND_ZERO);
}

/* FPConvertNaN, by way of the fraction's position in a double. */
static u64 convert_nan(unsigned from, unsigned to, u64 a)
{
    u64 frac = (a & MASK64(fp_fbits(from))) << (52 - fp_fbits(from));
    return fp_default_nan(to) | fp_zero(to, (a & fp_sign_bit(from)) != 0) |
           frac >> (52 - fp_fbits(to));
}

u64 fp_convert(struct fp_env *env, unsigned from, unsigned to, u64 a, unsigned rm)
{
    struct fp_num x = fp_unpack(env, from, a);
    bool ahp = to == FP_H && (env->fpcr & FP_AHP);
    if (x.cls >= FP_QNAN) {
        if (x.cls == FP_SNAN || ahp) {
            env->flags |= FP_IOC;
        }
        return ahp                   ? fp_zero(to, x.sign)
               : (env->fpcr & FP_DN) ? fp_default_nan(to)
                                     : convert_nan(from, to, a);
    }
    if (x.cls == FP_INF) {
        if (ahp) {
            env->flags |= FP_IOC;
            return fp_zero(to, x.sign) | MASK64(15);
        }
        return fp_inf(to, x.sign);
    }
    if (x.cls == FP_ZERO) {
        return fp_zero(to, x.sign);
    }
    return fp_round(env, to, x.sign, x.man, x.exp, false, rm == IR_ROUND_CURRENT ? env->rm : rm);
}

u64 fp_to_fixed(struct fp_env *env, unsigned fmt, u64 a, unsigned fbits, bool is_unsigned,
                unsigned bits, unsigned rm)
{
    struct fp_num x = fp_unpack(env, fmt, a);
    unsigned err = 0;
    if (x.cls == FP_ZERO) {
        return 0;
    }
    if (x.cls >= FP_QNAN) {
        env->flags |= FP_IOC;
        return env->rv ? MASK64(bits - !is_unsigned) : 0;
    }
    int exp = x.exp + (int)fbits;
    u64 limit = is_unsigned ? (x.sign ? 0 : MASK64(bits)) : (1ull << (bits - 1)) - !x.sign;
    if (x.cls == FP_NUM && exp <= 64) {
        u128 n = integral(x, exp, rm == IR_ROUND_CURRENT ? env->rm : rm, &err);
        if (n <= limit) {
            env->flags |= err ? FP_IXC : 0;
            return (x.sign ? 0 - (u64)n : (u64)n) & MASK64(bits);
        }
    }
    env->flags |= FP_IOC;
    return (x.sign ? 0 - limit : limit) & MASK64(bits);
}

u64 fp_from_fixed(struct fp_env *env, unsigned fmt, u64 a, unsigned fbits, bool is_unsigned,
                  unsigned bits)
{
    s64 sx = sext64(a, bits);
    bool sign = !is_unsigned && sx < 0;
    u64 man = sign ? 0 - (u64)sx : a & MASK64(bits);
    return man ? fp_round(env, fmt, sign, man, -(int)fbits, false, env->rm) : 0;
}

u32 fp_to_js(struct fp_env *env, u64 a)
{
    struct fp_num x = fp_unpack(env, FP_D, a);
    unsigned err = 0;
    if (x.cls == FP_ZERO) {
        return 0;
    }
    if (x.cls != FP_NUM) {
        env->flags |= FP_IOC;
        return 0;
    }
    if (x.exp > 31) { /* a multiple of 2^32 */
        env->flags |= FP_IOC;
        return 0;
    }
    u128 n = integral(x, x.exp, IR_ROUND_ZERO, &err);
    if (n > 0x7fffffffu + (u64)x.sign) {
        env->flags |= FP_IOC;
    } else if (err) {
        env->flags |= FP_IXC;
    }
    return x.sign ? 0 - (u32)n : (u32)n;
}
