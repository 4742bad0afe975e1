/* The seven-bit estimates of the vector reference functions: vfrsqrt7, vfrec7 (chapters 13.9, 13.10). */
#include "frontend/riscv64/vref.h"
#include "ir/ir.h"

/* A number's fields; a subnormal one is normalised, its exponent then may be 0 or negative. */
struct parts {
    unsigned w, fb, eb;
    bool sign;
    s64 exp;
    u64 frac;
};

static struct parts split(unsigned size, u64 e)
{
    static const u8 fbits[4] = {0, 10, 23, 52};
    struct parts p = {.w = 8u << size, .fb = fbits[size]};
    p.eb = p.w - 1 - p.fb;
    p.sign = e >> (p.w - 1) & 1;
    p.exp = (s64)(e >> p.fb & MASK64(p.eb));
    p.frac = e & MASK64(p.fb);
    return p;
}

static void normalise(struct parts *p)
{
    if (p->exp == 0) {
        while (!(p->frac >> (p->fb - 1) & 1)) {
            p->exp--;
            p->frac <<= 1;
        }
        p->frac = p->frac << 1 & MASK64(p->fb);
    }
}

static u64 join(const struct parts *p, u64 exp, u64 frac)
{
    return (u64)p->sign << (p->w - 1) | exp << p->fb | frac;
}

static u64 infinity(const struct parts *p)
{
    return join(p, MASK64(p->eb), 0);
}

static u64 canonical_nan(struct parts p)
{
    p.sign = false;
    return join(&p, MASK64(p.eb), 1ull << (p.fb - 1));
}

static bool is_special(const struct parts *p)
{
    return p->exp == (s64)MASK64(p->eb);
}

/* The result for a NaN. */
static u64 of_nan(const struct parts *p)
{
    if (!(p->frac >> (p->fb - 1))) {
        ir_fp_raise(IR_FPS_INVALID);
    }
    return canonical_nan(*p);
}

static u64 of_zero(const struct parts *p)
{
    ir_fp_raise(IR_FPS_DIVZERO);
    return infinity(p);
}

/* 128 * (2 / sqrt(x) - 1) rounded, for the middle x of the interval INDEX: exponent's last bit, six bits of fraction.
 * x = (129 + 2 f) / 128, doubled where that bit is 0. */
static u64 rsqrt_entry(unsigned index)
{
    u64 x = (129 + 2 * (index & 63)) << (index < 64), r = 128;
    while ((2 * r + 1) * (2 * r + 1) * x <= 4ull << 23) {
        r++;
    }
    return r - 128;
}

u64 v_fp_rsqrt7(unsigned size, u64 e)
{
    struct parts p = split(size, e);
    if (is_special(&p) && p.frac) {
        return of_nan(&p);
    }
    if (p.exp == 0 && p.frac == 0) {
        return of_zero(&p);
    }
    if (p.sign) {
        ir_fp_raise(IR_FPS_INVALID);
        return canonical_nan(p);
    }
    if (is_special(&p)) {
        return 0;
    }
    normalise(&p);
    unsigned index = (unsigned)((u64)(p.exp & 1) << 6 | p.frac >> (p.fb - 6));
    s64 bias = (s64)MASK64(p.eb - 1);
    return join(&p, (u64)((3 * bias - 1 - p.exp) / 2), rsqrt_entry(index) << (p.fb - 7));
}

/* An estimate too large: what overflow gives in this rounding mode. */
static u64 overflow(const struct parts *p, unsigned frm)
{
    ir_fp_raise(IR_FPS_OVERFLOW | IR_FPS_INEXACT);
    bool finite = frm == 1 || (frm == 2 && !p->sign) || (frm == 3 && p->sign);
    return infinity(p) - finite;
}

u64 v_fp_rec7(unsigned size, u64 e, unsigned frm)
{
    struct parts p = split(size, e);
    if (is_special(&p)) {
        return p.frac ? of_nan(&p) : join(&p, 0, 0);
    }
    if (p.exp == 0 && p.frac == 0) {
        return of_zero(&p);
    }
    normalise(&p);
    if (p.exp < -1) {
        return overflow(&p, frm);
    }
    /* 128 * (2 / x - 1) rounded, x = (257 + 2 f) / 256 the middle of the interval of f */
    u64 entry = (2 * 65536 / (257 + 2 * (p.frac >> (p.fb - 7))) + 1) / 2 - 128;
    u64 frac = entry << (p.fb - 7);
    s64 exp = 2 * (s64)MASK64(p.eb - 1) - 1 - p.exp;
    if (exp <= 0) { /* subnormal: the leading one becomes a bit of the fraction */
        frac = frac >> 1 | 1ull << (p.fb - 1);
        frac >>= exp < 0;
        exp = 0;
    }
    return join(&p, (u64)exp, frac);
}
