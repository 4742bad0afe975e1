/* IEEE arithmetic on integers with A64's rules: NaNs, flush to zero, underflow before rounding; and with
 * RISC-V's: one NaN, underflow after rounding. */
#include "ir/fpctl.h"
#include "ir/priv.h"

struct fp_env fp_begin(const struct ir_ref_ctx *ctx)
{
    static const u8 rm_of[4] = {IR_ROUND_TIEEVEN, IR_ROUND_NEGINF, IR_ROUND_POSINF, IR_ROUND_ZERO};
    u32 mxcsr = fpctl_get();
    bool rv = ctx->fp_rules == IR_FP_RV64;
    return (struct fp_env){
        .fpcr = rv ? FP_DN : ctx->fpcr, .rv = rv, .rm = rm_of[mxcsr >> 13 & 3]};
}

void fp_end(const struct fp_env *env)
{
    u32 mxcsr = fpctl_get();
    if (env->flags & ~mxcsr) {
        fpctl_set(mxcsr | env->flags);
    }
}

u32 ir_fp_take(void)
{
    u32 mxcsr = fpctl_get();
    fpctl_set(mxcsr & ~FPCTL_FLAGS);
    return mxcsr & (IR_FPS_INVALID | IR_FPS_DIVZERO | IR_FPS_OVERFLOW | IR_FPS_UNDERFLOW | IR_FPS_INEXACT);
}

void ir_fp_raise(u32 status)
{
    fpctl_set(fpctl_get() | status);
}

u32 fp_get_status(void)
{
    return fpctl_to_ieee(fpctl_get());
}

void fp_set_status(u32 f)
{
    fpctl_set((fpctl_get() & ~FPCTL_FLAGS) | fpctl_of_ieee(f));
}

static int bias(unsigned fmt)
{
    return (1 << (fp_ebits(fmt) - 1)) - 1;
}

struct fp_num fp_unpack(struct fp_env *env, unsigned fmt, u64 bits)
{
    unsigned fbits = fp_fbits(fmt);
    u64 frac = bits & MASK64(fbits), exp = bits >> fbits & MASK64(fp_ebits(fmt));
    struct fp_num n = {.sign = (bits & fp_sign_bit(fmt)) != 0};
    if (exp == 0) {
        if (frac && (env->fpcr & FP_FZ) && fmt != FP_H) {
            env->flags |= FP_IDC;
            return n;
        }
        n.cls = frac ? FP_NUM : FP_ZERO;
        n.man = frac;
        n.exp = 1 - bias(fmt) - (int)fbits;
    } else if (exp == MASK64(fp_ebits(fmt)) && !(fmt == FP_H && (env->fpcr & FP_AHP))) {
        n.cls = frac == 0 ? FP_INF : frac >> (fbits - 1) ? FP_QNAN : FP_SNAN;
    } else {
        n.cls = FP_NUM;
        n.man = frac | 1ull << fbits;
        n.exp = (int)exp - bias(fmt) - (int)fbits;
    }
    return n;
}

bool fp_round_up(unsigned rm, bool sign, bool odd, unsigned err)
{
    switch (rm) {
    case IR_ROUND_TIEEVEN:
        return err == 3 || (err == 2 && odd);
    case IR_ROUND_TIEAWAY:
        return err >= 2;
    case IR_ROUND_POSINF:
        return err && !sign;
    case IR_ROUND_NEGINF:
        return err && sign;
    default:
        return false;
    }
}

static unsigned msb128(u128 x)
{
    u64 hi = (u64)(x >> 64);
    return hi ? 127 - (unsigned)__builtin_clzll(hi) : 63 - (unsigned)__builtin_clzll((u64)x);
}

/* MAN >> SHIFT with *ERR as fp_round_up wants it. */
static u64 shift_err(u128 man, int shift, bool sticky, unsigned *err)
{
    if (shift <= 0) {
        *err = sticky;
        return (u64)(man << -shift);
    }
    if (shift > 128) {
        *err = 1;
        return 0;
    }
    u128 half = (u128)1 << (shift - 1), rem = man & ((half - 1) | half);
    *err = rem == 0 ? sticky : rem < half ? 1 : rem == half && !sticky ? 2 : 3;
    return shift == 128 ? 0 : (u64)(man >> shift);
}

/* A result beyond the largest number. */
static u64 overflow(struct fp_env *env, unsigned fmt, bool sign, unsigned rm)
{
    if (fmt == FP_H && (env->fpcr & FP_AHP)) {
        env->flags |= FP_IOC;
        return fp_zero(fmt, sign) | MASK64(15);
    }
    env->flags |= FP_OFC | FP_IXC;
    bool to_inf = rm == IR_ROUND_TIEEVEN || rm == IR_ROUND_TIEAWAY ||
                  rm == (sign ? IR_ROUND_NEGINF : IR_ROUND_POSINF);
    return fp_inf(fmt, sign) - (to_inf ? 0 : 1);
}

/* Does man * 2^exp, below the smallest normal number by less than a factor of two, become that when rounded with
 * one bit more than a subnormal has? LAST is the exponent of the last bit of that number. */
static bool reaches(u128 man, int exp, int last, bool sign, bool sticky, unsigned rm)
{
    unsigned err;
    u64 m = shift_err(man, last - 1 - exp, sticky, &err);
    return (m & (m + 1)) == 0 && fp_round_up(rm, sign, m & 1, err);
}

u64 fp_round(struct fp_env *env, unsigned fmt, bool sign, u128 man, int exp, bool sticky,
             unsigned rm)
{
    int fbits = (int)fp_fbits(fmt), min_exp = 1 - bias(fmt), e = (int)msb128(man) + exp;
    if ((env->fpcr & FP_FZ) && fmt != FP_H && e < min_exp) {
        env->flags |= FP_UFC;
        return fp_zero(fmt, sign);
    }
    int biased = MAX(e - min_exp + 1, 0);
    unsigned err;
    u64 m = shift_err(man, MAX(e, min_exp) - fbits - exp, sticky, &err);
    if (biased == 0 && err && !(env->rv && e == min_exp - 1 && reaches(man, exp, min_exp - fbits, sign, sticky, rm))) {
        env->flags |= FP_UFC;
    }
    if (fp_round_up(rm, sign, m & 1, err)) {
        m++;
        if (m == 1ull << fbits) {
            biased = 1;
        } else if (m == 2ull << fbits) {
            biased++;
            m >>= 1;
        }
    }
    if (err && rm == FP_ROUND_ODD) {
        m |= 1;
    }
    bool ahp = fmt == FP_H && (env->fpcr & FP_AHP);
    if (biased >= (1 << fp_ebits(fmt)) - (ahp ? 0 : 1)) {
        return overflow(env, fmt, sign, rm);
    }
    env->flags |= err ? FP_IXC : 0;
    return fp_zero(fmt, sign) | (u64)biased << fbits | (m & MASK64(fbits));
}

u64 fp_nan(struct fp_env *env, unsigned fmt, u64 bits, u8 cls)
{
    if (cls == FP_SNAN) {
        env->flags |= FP_IOC;
    }
    return env->fpcr & FP_DN ? fp_default_nan(fmt) : bits | 1ull << (fp_fbits(fmt) - 1);
}

u64 fp_invalid(struct fp_env *env, unsigned fmt)
{
    env->flags |= FP_IOC;
    return fp_default_nan(fmt);
}

bool fp_nans2(struct fp_env *env, unsigned fmt, u64 a, u64 b, u8 ca, u8 cb, u64 *out)
{
    if (likely(ca < FP_QNAN && cb < FP_QNAN)) {
        return false;
    }
    bool first = ca == FP_SNAN || (cb != FP_SNAN && ca == FP_QNAN);
    *out = fp_nan(env, fmt, first ? a : b, first ? ca : cb);
    return true;
}

/* A number with its top bit at bit 125 of 128, so that two can be added. */
struct wide {
    u128 man;
    int exp;
};

static struct wide normalise(u128 man, int exp)
{
    int up = 125 - (int)msb128(man);
    return (struct wide){up >= 0 ? man << up : man >> -up, exp - up};
}

u64 fp_fma_finite(struct fp_env *env, unsigned fmt, struct fp_num va, struct fp_num v1,
                  struct fp_num v2, int scale)
{
    bool sp = v1.sign ^ v2.sign;
    if (v1.cls == FP_ZERO || v2.cls == FP_ZERO) {
        if (va.cls == FP_ZERO) {
            return fp_zero(fmt, va.sign == sp ? sp : env->rm == IR_ROUND_NEGINF);
        }
        return fp_round(env, fmt, va.sign, va.man, va.exp + scale, false, env->rm);
    }
    u128 product = (u128)v1.man * v2.man;
    if (va.cls == FP_ZERO) {
        return fp_round(env, fmt, sp, product, v1.exp + v2.exp + scale, false, env->rm);
    }
    struct wide p = normalise(product, v1.exp + v2.exp), q = normalise(va.man, va.exp);
    bool sign = sp, other = va.sign, sticky = false;
    if (q.exp > p.exp || (q.exp == p.exp && q.man > p.man)) {
        struct wide t = p;
        p = q;
        q = t;
        sign = va.sign;
        other = sp;
    }
    int d = p.exp - q.exp;
    if (d > 0) {
        sticky = d > 127 || (q.man & (((u128)1 << d) - 1)) != 0;
        q.man = d > 127 ? 0 : q.man >> d;
    }
    u128 sum = sign == other ? p.man + q.man : p.man - q.man - sticky;
    if (sum == 0 && !sticky) {
        return fp_zero(fmt, env->rm == IR_ROUND_NEGINF);
    }
    return fp_round(env, fmt, sign, sum, p.exp + scale, sticky, env->rm);
}

/* a + b with B's sign flipped when SUB; a NaN in B keeps its sign. */
static u64 add_sub(struct fp_env *env, unsigned fmt, u64 a, u64 b, bool sub)
{
    static const struct fp_num one = {.cls = FP_NUM, .man = 1};
    struct fp_num x = fp_unpack(env, fmt, a), y = fp_unpack(env, fmt, b);
    u64 out;
    if (fp_nans2(env, fmt, a, b, x.cls, y.cls, &out)) {
        return out;
    }
    y.sign ^= sub;
    if (x.cls == FP_INF || y.cls == FP_INF) {
        if (x.cls == y.cls && x.sign != y.sign) {
            return fp_invalid(env, fmt);
        }
        return fp_inf(fmt, x.cls == FP_INF ? x.sign : y.sign);
    }
    return fp_fma_finite(env, fmt, x, y, one, 0);
}

u64 fp_add(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return add_sub(env, fmt, a, b, false);
}

u64 fp_sub(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return add_sub(env, fmt, a, b, true);
}

static u64 mul(struct fp_env *env, unsigned fmt, u64 a, u64 b, bool x_form)
{
    struct fp_num x = fp_unpack(env, fmt, a), y = fp_unpack(env, fmt, b);
    bool sign = x.sign ^ y.sign;
    u64 out;
    if (fp_nans2(env, fmt, a, b, x.cls, y.cls, &out)) {
        return out;
    }
    if (x.cls == FP_INF || y.cls == FP_INF) {
        if (x.cls == FP_ZERO || y.cls == FP_ZERO) {
            return x_form ? fp_zero(fmt, sign) | (u64)(bias(fmt) + 1) << fp_fbits(fmt)
                          : fp_invalid(env, fmt);
        }
        return fp_inf(fmt, sign);
    }
    if (x.cls == FP_ZERO || y.cls == FP_ZERO) {
        return fp_zero(fmt, sign);
    }
    return fp_round(env, fmt, sign, (u128)x.man * y.man, x.exp + y.exp, false, env->rm);
}

u64 fp_mul(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return mul(env, fmt, a, b, false);
}

u64 fp_mulx(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return mul(env, fmt, a, b, true);
}

u64 fp_div(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    struct fp_num x = fp_unpack(env, fmt, a), y = fp_unpack(env, fmt, b);
    bool sign = x.sign ^ y.sign;
    u64 out;
    if (fp_nans2(env, fmt, a, b, x.cls, y.cls, &out)) {
        return out;
    }
    if (x.cls == y.cls && x.cls != FP_NUM) { /* inf / inf, 0 / 0 */
        return fp_invalid(env, fmt);
    }
    if (x.cls == FP_INF || y.cls == FP_ZERO) {
        env->flags |= x.cls == FP_INF ? 0 : FP_DZC;
        return fp_inf(fmt, sign);
    }
    if (x.cls == FP_ZERO || y.cls == FP_INF) {
        return fp_zero(fmt, sign);
    }
    int up = __builtin_clzll(x.man);
    u128 num = (u128)(x.man << up) << 64 >> 1, q = num / y.man;
    return fp_round(env, fmt, sign, q, x.exp - up - 63 - y.exp, q * y.man != num, env->rm);
}

u64 fp_sqrt(struct fp_env *env, unsigned fmt, u64 a)
{
    struct fp_num x = fp_unpack(env, fmt, a);
    if (x.cls >= FP_QNAN) {
        return fp_nan(env, fmt, a, x.cls);
    }
    if (x.cls == FP_ZERO) {
        return fp_zero(fmt, x.sign);
    }
    if (x.sign) {
        return fp_invalid(env, fmt);
    }
    if (x.cls == FP_INF) {
        return a;
    }
    struct wide w = normalise(x.man, x.exp);
    if (w.exp & 1) {
        w.man <<= 1;
        w.exp--;
    }
    u128 root = 0, rest = w.man;
    for (u128 bit = (u128)1 << 126; bit; bit >>= 2) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return fp_round(env, fmt, false, root, w.exp / 2, rest != 0, env->rm);
}

u64 fp_fma(struct fp_env *env, unsigned fmt, u64 addend, u64 a, u64 b)
{
    struct fp_num z = fp_unpack(env, fmt, addend), x = fp_unpack(env, fmt, a),
                  y = fp_unpack(env, fmt, b);
    bool inf_zero = (x.cls == FP_INF && y.cls == FP_ZERO) || (x.cls == FP_ZERO && y.cls == FP_INF);
    bool sp = x.sign ^ y.sign, inf_p = x.cls == FP_INF || y.cls == FP_INF;
    u64 out;
    if (inf_zero && z.cls != FP_SNAN) {
        return fp_invalid(env, fmt);
    }
    if (z.cls == FP_SNAN || (z.cls == FP_QNAN && x.cls != FP_SNAN && y.cls != FP_SNAN)) {
        return fp_nan(env, fmt, addend, z.cls);
    }
    if (fp_nans2(env, fmt, a, b, x.cls, y.cls, &out)) {
        return out;
    }
    if (z.cls == FP_INF && inf_p && z.sign != sp) {
        return fp_invalid(env, fmt);
    }
    if (z.cls == FP_INF || inf_p) {
        return fp_inf(fmt, inf_p ? sp : z.sign);
    }
    return fp_fma_finite(env, fmt, z, x, y, 0);
}

/* -1, 0, 1 as x is below, equal or above y; no NaNs. Zeros are equal. */
static int order(unsigned fmt, u64 a, u64 b)
{
    u64 sign = fp_sign_bit(fmt);
    s64 x = a & sign ? -(s64)(a & (sign - 1)) : (s64)a,
        y = b & sign ? -(s64)(b & (sign - 1)) : (s64)b;
    return x < y ? -1 : x > y;
}

/* A flushed to zero where FZ flushes it. */
static u64 flushed(unsigned fmt, u64 a, struct fp_num x)
{
    return x.cls == FP_ZERO ? fp_zero(fmt, x.sign) : a;
}

static u64 min_max(struct fp_env *env, unsigned fmt, u64 a, u64 b, bool max)
{
    struct fp_num x = fp_unpack(env, fmt, a), y = fp_unpack(env, fmt, b);
    u64 out;
    if (fp_nans2(env, fmt, a, b, x.cls, y.cls, &out)) {
        return out;
    }
    a = flushed(fmt, a, x);
    b = flushed(fmt, b, y);
    if (x.cls == FP_ZERO && y.cls == FP_ZERO) {
        return max ? a & b : a | b;
    }
    return (order(fmt, a, b) > 0) == max ? a : b;
}

u64 fp_max(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return min_max(env, fmt, a, b, true);
}

u64 fp_min(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return min_max(env, fmt, a, b, false);
}

static u64 min_max_nm(struct fp_env *env, unsigned fmt, u64 a, u64 b, bool max)
{
    u8 x = fp_unpack(env, fmt, a).cls, y = fp_unpack(env, fmt, b).cls;
    if (env->rv && (x == FP_SNAN || y == FP_SNAN)) { /* minimumNumber: it loses too */
        env->flags |= FP_IOC;
        x = MIN(x, FP_QNAN);
        y = MIN(y, FP_QNAN);
    }
    if (x == FP_QNAN && y != FP_QNAN) {
        a = fp_inf(fmt, max);
    } else if (x != FP_QNAN && y == FP_QNAN) {
        b = fp_inf(fmt, max);
    }
    return min_max(env, fmt, a, b, max);
}

u64 fp_maxnm(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return min_max_nm(env, fmt, a, b, true);
}

u64 fp_minnm(struct fp_env *env, unsigned fmt, u64 a, u64 b)
{
    return min_max_nm(env, fmt, a, b, false);
}

u32 fp_compare(struct fp_env *env, unsigned fmt, u64 a, u64 b, bool signal)
{
    struct fp_num x = fp_unpack(env, fmt, a), y = fp_unpack(env, fmt, b);
    if (x.cls >= FP_QNAN || y.cls >= FP_QNAN) {
        if (signal || x.cls == FP_SNAN || y.cls == FP_SNAN) {
            env->flags |= FP_IOC;
        }
        return IR_NZCV_C | IR_NZCV_V;
    }
    int o = order(fmt, flushed(fmt, a, x), flushed(fmt, b, y));
    return o < 0 ? IR_NZCV_N : o == 0 ? IR_NZCV_Z | IR_NZCV_C : IR_NZCV_C;
}
