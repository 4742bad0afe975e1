/* Rules of A64's reciprocal estimates: 8 bits of 1 / x and of 1 / sqrt(x). The host's estimates, which raise no flag, have
 * some 11 bits; taken as integers they are at most one off, and a product of integers tells. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq_fp.h"

enum {
    RCPPS = 0x53 | M_0F | O_NOEVEX,
    RSQRTPS = 0x52 | M_0F | O_NOEVEX,
    CVTTPS2DQ = 0x5b | M_0F | P_F3 | O_NOEVEX,
};

/* A literal with V in each lane, of doubles in the upper halves alone: what is computed there is a single's. */
static unsigned upper(struct seq *s, bool pd, u32 v)
{
    return pd ? lit_lanes(s, 3, (u64)v << 32) : lit_lanes(s, 2, v);
}

/* T3 = the first ten bits of 1.f of the singles X, as integers. */
static void ten_bits(struct seq *s, u32 opc, unsigned x)
{
    op2(s, opc, T3, x);
    op3(s, PAND, T3, T3, lit_lanes(s, 2, 0x007fffff));
    op3(s, POR, T3, T3, lit_lanes(s, 2, 0x00800000));
    op_shift(s, PSRLD_I, T3, T3, 14);
}

/* T3 = (b + 1) / 2 with b = 2^19 / x, for odd x from 513 to 1023: singles in T2. T0 to T2 are overwritten. */
static void estimate_recip(struct seq *s)
{
    ten_bits(s, RCPPS, T2);
    op2(s, CVTTPS2DQ, T2, T2);
    op3(s, PMADDWD, T0, T3, T2);
    op_mov(s, T1, lit_lanes(s, 2, 1 << 19));
    op3(s, PSUBD, T1, T1, T0); /* the rest: below 0, b is one too large; x or more, one too small */
    op3(s, PCMPGTD, T2, T2, T1);
    op_shift(s, PSRAD_I, T1, T1, 31);
    op3(s, PADDD, T3, T3, T1);
    op3(s, PADDD, T3, T3, T2);
    op3(s, PADDD, T3, T3, lit_lanes(s, 2, 2));
    op_shift(s, PSRLD_I, T3, T3, 1);
}

/* T3 = (b + 1) / 2 with b the largest for which x * b^2 < 2^28, for x from 257 to 1022: singles in T2. */
static void estimate_rsqrt(struct seq *s)
{
    ten_bits(s, RSQRTPS, T2);
    op2(s, CVTTPS2DQ, T2, T2);
    op3(s, PADDD, T1, T3, lit_lanes(s, 2, 1));
    op3(s, PMADDWD, T0, T3, T3);
    op3(s, PMULLD, T0, T0, T2);
    op3(s, PCMPGTD, T0, T0, lit_lanes(s, 2, (1 << 28) - 1)); /* b is one too large */
    op3(s, PADDD, T3, T3, T0);
    op3(s, PMADDWD, T1, T1, T1);
    op3(s, PMULLD, T1, T1, T2);
    op_mov(s, T0, lit_lanes(s, 2, 1 << 28));
    op3(s, PCMPGTD, T0, T0, T1); /* b + 1 will do */
    op3(s, PSUBD, T3, T3, T0);
    op3(s, PADDD, T3, T3, lit_lanes(s, 2, 1));
    op_shift(s, PSRLD_I, T3, T3, 1);
}

/* The operand: in the 8-byte form its low half twice. */
static unsigned operand(struct seq *s, bool half)
{
    if (half) {
        op3(s, PUNPCKLQDQ, VD, VA, VA);
        return VD;
    }
    return VA;
}

/* Goes the cold way where any lane of A, less its sign if ABS, is below LOW or above HIGH. T1 and T2 are overwritten. */
static void check_range(struct seq *s, bool pd, bool abs, unsigned a, u32 low, u32 high)
{
    unsigned x = a;
    if (abs) {
        op3(s, PAND, x = T1, a, upper(s, pd, 0x7fffffff));
    }
    op_mov(s, T2, upper(s, pd, high));
    op3(s, PSUBD, T2, T2, x);
    op3(s, PSUBD, T1, x, upper(s, pd, low));
    op3(s, POR, T1, T1, T2);
    if (!abs) {
        op3(s, POR, T1, T1, a);
    }
    check_sign(s, T1, pd);
    seq_cold(s, a, VN, VN);
}

/* Numbers whose reciprocal is a normal number. */
void rule_vfrecpe(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4;
    unsigned fbits = pd ? 20 : 23; /* in the upper half */
    u32 exp = pd ? 0x7ff00000 : 0x7f800000, largest = (pd ? 2045u : 253u) << fbits;
    struct seq s;
    seq_begin(&s, g, i, in);
    unsigned a = operand(&s, half);
    check_range(&s, pd, true, a, 1u << fbits, largest - 1);
    op3(&s, PAND, T2, a, upper(&s, pd, 255u << (fbits - 8)));
    if (pd) {
        op_shift(&s, PSLLD_I, T2, T2, 3);
    }
    op3(&s, POR, T2, T2, lit_lanes(&s, 2, 0x44004000)); /* 512 + fraction, and a half */
    estimate_recip(&s);
    op_shift(&s, PSLLD_I, T3, T3, fbits - 8);
    op3(&s, PAND, T3, T3, upper(&s, pd, 255u << (fbits - 8)));
    op_mov(&s, T1, upper(&s, pd, largest));
    op3(&s, PAND, T0, a, upper(&s, pd, exp));
    op3(&s, PSUBD, T1, T1, T0);
    op3(&s, PAND, T0, a, upper(&s, pd, 0x80000000));
    op3(&s, POR, T1, T1, T0);
    op3(&s, POR, half ? T1 : VD, T1, T3);
    if (half) {
        op2(&s, MOVQ_XX, VD, T1);
    }
    seq_end(&s);
}

/* Positive normal numbers. */
void rule_vfrsqrte(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4;
    unsigned fbits = pd ? 20 : 23;
    u32 exp = pd ? 0x7ff00000 : 0x7f800000;
    struct seq s;
    seq_begin(&s, g, i, in);
    unsigned a = operand(&s, half);
    check_range(&s, pd, false, a, 1u << fbits, exp - 1);
    op3(&s, PAND, T2, a, upper(&s, pd, 255u << (fbits - 7))); /* 7 bits of fraction, one of exponent */
    if (pd) {
        op_shift(&s, PSLLD_I, T2, T2, 3);
    }
    op3(&s, PXOR, T2, T2, lit_lanes(&s, 2, 0x00800000));
    op3(&s, PADDD, T2, T2, lit_lanes(&s, 2, 0x43808000)); /* 257 + 2 * fraction, twice that for even exponents */
    estimate_rsqrt(&s);
    op_shift(&s, PSLLD_I, T3, T3, fbits - 8);
    op3(&s, PAND, T3, T3, upper(&s, pd, 255u << (fbits - 8)));
    op_mov(&s, T1, upper(&s, pd, (pd ? 3068u : 380u) << fbits));
    op3(&s, PAND, T0, a, upper(&s, pd, exp));
    op3(&s, PSUBD, T1, T1, T0);
    op_shift(&s, PSRLD_I, T1, T1, 1);
    op3(&s, PAND, T1, T1, upper(&s, pd, exp));
    op3(&s, POR, half ? T1 : VD, T1, T3);
    if (half) {
        op2(&s, MOVQ_XX, VD, T1);
    }
    seq_end(&s);
}

/* Fixed point from 1/2 on, the others give all ones. */
void rule_vurecpe(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op3(&s, PAND, T2, VA, lit_lanes(&s, 2, 0x7f800000));
    op_shift(&s, PSRLD_I, T2, T2, 8);
    op3(&s, POR, T2, T2, lit_lanes(&s, 2, 0x44004000));
    estimate_recip(&s);
    op_shift(&s, PSLLD_I, T3, T3, 23);
    op_shift(&s, PSRAD_I, T0, VA, 31);
    op3(&s, PXOR, T0, T0, lit_lanes(&s, 2, ~0u));
    op3(&s, POR, VD, T3, T0);
    seq_end(&s);
}

/* From 1/4 on. */
void rule_vursqrte(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op_shift(&s, PSRAD_I, T0, VA, 31);
    op3(&s, PANDN, T1, T0, VA);
    op3(&s, PADDD, T1, T1, VA); /* twice what is below 1/2 */
    op3(&s, PAND, T2, T1, lit_lanes(&s, 2, 0x7f000000));
    op_shift(&s, PSRLD_I, T2, T2, 8);
    op3(&s, PAND, T0, T0, lit_lanes(&s, 2, 0x00800000));
    op3(&s, PADDD, T2, T2, T0);
    op3(&s, PADDD, T2, T2, lit_lanes(&s, 2, 0x43808000));
    estimate_rsqrt(&s);
    op_shift(&s, PSLLD_I, T3, T3, 23);
    op_shift(&s, PSRLD_I, T0, VA, 30);
    op3(&s, PCMPEQD, T0, T0, lit(&s, 0, 0));
    op3(&s, POR, VD, T3, T0);
    seq_end(&s);
}
