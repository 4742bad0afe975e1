/* Rules of vector floating point conversions and rounding to integers. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq_fp.h"

/* The immediate of roundps and vrndscaleps; 8: do not raise inexact. */
static const u8 round_imm[8] = {[IR_ROUND_TIEEVEN] = 0, [IR_ROUND_NEGINF] = 1, [IR_ROUND_POSINF] = 2,
                                [IR_ROUND_ZERO] = 3, [IR_ROUND_CURRENT] = 4};

static u32 round_opc(bool pd)
{
    return pd ? O3A(0x09) | O_EW : O3A(0x08);
}

/* The operand: VA, or T0 with a clear upper half in the 8-byte form. */
static unsigned operand(struct seq *s)
{
    if (!(s->in->aux & 4) || vec_high_zero(s->g, s->op[0])) {
        return VA;
    }
    op2(s, MOVQ_XX, T0, VA);
    return T0;
}

/* T0 = X rounded, ties away: truncated, plus one with X's sign where half or more was cut. T1 to T3 are
 * overwritten. Raises no flag. X may be T0. */
static void round_away(struct seq *s, bool pd, unsigned x)
{
    unsigned size = pd ? 3 : 2;
    unsigned abs = lit_lanes(s, size, pd ? MASK64(63) : MASK64(31)), sign = lit_lanes(s, size, pd ? BIT64(63) : BIT64(31));
    u32 gt = pd ? PCMPGTQ : PCMPGTD;
    op3(s, PAND, T1, x, abs);
    op_mov(s, T2, lit_lanes(s, size, pd ? 1075ull << 52 : 150ull << 23));
    op3(s, gt, T2, T2, T1);
    op3(s, PAND, T1, x, T2);
    op3(s, PANDN, T2, T2, x);
    op3(s, PAND, T3, x, sign);
    op3(s, POR, T2, T2, T3); /* what has no fraction as it is, and all signs */
    op2i(s, round_opc(pd), T0, T1, 3 | 8);
    op3(s, fp_op(0x5c, pd), T1, T1, T0);
    op3(s, PAND, T1, T1, abs);
    op3(s, gt, T1, T1, lit_lanes(s, size, pd ? (1022ull << 52) - 1 : (126ull << 23) - 1));
    op3(s, POR, T3, T3, lit_lanes(s, size, pd ? 1023ull << 52 : 127ull << 23));
    op3(s, PAND, T1, T1, T3);
    op3(s, fp_op(0x58, pd), T0, T0, T1);
    op3(s, POR, T0, T0, T2);
}

void rule_vfrint(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned mode = in->aux >> 4 & 7, exact = in->aux >> 4 & IR_ROUND_EXACT;
    bool pd = is_pd(in);
    struct seq s;
    if (mode > IR_ROUND_CURRENT || flushes(g) ||
        (mode == IR_ROUND_TIEAWAY && (exact || (pd && !(g->avx || (g->features & HOST_SSE42)))))) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (mode == IR_ROUND_TIEAWAY) {
        unsigned x = operand(&s);
        check_nan(&s, x, x, pd);
        seq_cold(&s, x, VN, VN);
        round_away(&s, pd, x);
        op_mov(&s, VD, T0);
    } else {
        unsigned x = operand(&s);
        if (x == VA) {
            op_keep(&s, T0, VA);
        }
        op2i(&s, round_opc(pd), VD, x, round_imm[mode] | (exact ? 0u : 8u));
        check_nan(&s, VD, VD, pd);
        seq_cold(&s, T0, VN, VN);
    }
    seq_end(&s);
}

/* To integers of 32 or 64 bits; half the range is sure to fit. */
void rule_vfrintts(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in);
    unsigned bits = in->aux >> 4 & 16 ? 64 : 32, size = pd ? 3 : 2;
    struct seq s;
    if (flushes(g) || (pd && !(g->avx || (g->features & HOST_SSE42)))) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    unsigned x = operand(&s);
    op3(&s, PAND, T1, x, lit_lanes(&s, size, MASK64((8u << size) - 1)));
    op3(&s, pd ? PCMPGTQ : PCMPGTD, T1, T1, lit_lanes(&s, size, pd ? (u64)(1023 + bits - 2) << 52 : (u64)(127 + bits - 2) << 23));
    check_sign(&s, T1, pd);
    seq_cold(&s, x, VN, VN);
    op2i(&s, round_opc(pd), VD, x, round_imm[in->aux >> 4 & 7]);
    seq_end(&s);
}

/* VD = both lanes of X by the scalar instruction OPC, which gives a general register. */
static void convert_by_gpr(struct seq *s, u32 opc, unsigned x)
{
    op2(s, opc, VG, x);
    op2(s, MOVQ_X, T2, VG);
    op_shift(s, PSRLDQ_I, T1, x, 8);
    op2(s, opc, VG, T1);
    op2(s, MOVQ_X, T1, VG);
    op3(s, PUNPCKLQDQ, VD, T2, T1);
}

static void f2i_instruction(struct seq *s, unsigned d, bool pd, bool is_unsigned, bool current, unsigned x)
{
    if (pd && s->evex) {
        unsigned byte = is_unsigned ? (current ? 0x79 : 0x78) : current ? 0x7b : 0x7a;
        op2(s, O66(byte) | O_EVEX | O_EW, d, x);
    } else if (pd) {
        convert_by_gpr(s, (current ? 0x2d : 0x2c) | P_F2 | M_0F | O_W, x);
    } else if (is_unsigned && s->evex) {
        op2(s, (current ? 0x79 : 0x78) | M_0F | O_EVEX, d, x);
    } else {
        op2(s, 0x5b | M_0F | (current ? P_66 : P_F3), d, x);
    }
}

/* What does not fit goes the cold way, found by the operand's bits before anything raises a flag. */
void rule_vf2i(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), is_unsigned = in->aux & BIT(8);
    unsigned mode = in->aux >> 4 & 7, fbits = in->aux & BIT(9) ? 64 : in->aux >> 10, size = pd ? 3 : 2;
    struct seq s;
    if (flushes(g) || mode > IR_ROUND_CURRENT || (pd && mode == IR_ROUND_TIEAWAY && !g->evex) || (pd && !(g->avx || (g->features & HOST_SSE42)))) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    unsigned x = operand(&s), bits = (8u << size) - (is_unsigned && s.evex ? 0 : 1);
    u64 limit = pd ? (u64)(1023 + bits - fbits) << 52 : (u64)(127 + bits - fbits) << 23; /* 2^(bits - fbits) */
    if (is_unsigned) {
        op3(&s, pd ? PCMPGTQ : PCMPGTD, T1, x, lit_lanes(&s, size, limit - 1));
        op3(&s, POR, T1, T1, x);
    } else {
        op3(&s, PAND, T1, x, lit_lanes(&s, size, MASK64((8u << size) - 1)));
        op3(&s, pd ? PCMPGTQ : PCMPGTD, T1, T1, lit_lanes(&s, size, limit - 1));
    }
    check_sign(&s, T1, pd);
    seq_cold(&s, x, VN, VN);
    if (fbits) { /* exact */
        op3(&s, fp_op(0x59, pd), T0, x, lit_lanes(&s, size, pd ? (u64)(1023 + fbits) << 52 : (u64)(127 + fbits) << 23));
        x = T0;
    }
    if (mode == IR_ROUND_TIEAWAY) {
        f2i_instruction(&s, T1, pd, is_unsigned, false, x); /* for the inexact flag alone */
        round_away(&s, pd, x);
        x = T0;
    } else if (mode != IR_ROUND_ZERO && mode != IR_ROUND_CURRENT) {
        op2i(&s, round_opc(pd), T0, x, round_imm[mode]);
        x = T0;
    }
    f2i_instruction(&s, VD, pd, is_unsigned, mode == IR_ROUND_CURRENT, x);
    seq_end(&s);
}

/* Unsigned 32-bit numbers without an instruction: both halves are exact, their sum rounds once. */
static void u2f_halves(struct seq *s, unsigned d, unsigned x)
{
    op_shift(s, PSRLD_I, T1, x, 16);
    op2(s, 0x5b | M_0F, T1, T1);
    op3(s, fp_op(0x59, false), T1, T1, lit_lanes(s, 2, 0x47800000)); /* 65536.0 */
    op3(s, PAND, T0, x, lit_lanes(s, 2, 0xffff));
    op2(s, 0x5b | M_0F, T0, T0);
    op3(s, fp_op(0x58, false), d, T0, T1);
}

/* The same of 64 bits: both halves as parts of large doubles. 0 is not to become -0, whatever the rounding mode. */
static void u2d_halves(struct seq *s, unsigned d, unsigned x)
{
    op_shift(s, PSRLQ_I, T1, x, 32);
    op3(s, POR, T1, T1, lit_lanes(s, 3, 0x4530000000000000));           /* 2^84 + high * 2^32 */
    op3(s, fp_op(0x5c, true), T1, T1, lit_lanes(s, 3, 0x4530000000100000)); /* less 2^84 + 2^52 */
    op3(s, PAND, T2, x, lit_lanes(s, 3, 0xffffffff));
    op3(s, POR, T2, T2, lit_lanes(s, 3, 0x4330000000000000)); /* 2^52 + low */
    op3(s, fp_op(0x58, true), T1, T1, T2);
    op3(s, PAND, d, T1, lit_lanes(s, 3, MASK64(63)));
}

static void i2d_by_gpr(struct seq *s, unsigned d, unsigned x)
{
    u32 cvtsi2sd = 0x2a | P_F2 | M_0F | O_W;
    op_zero(s, T1);
    op_rev(s, MOVQ_G, VG, x, -1);
    op3(s, cvtsi2sd, T2, T1, VG);
    op_shift(s, PSRLDQ_I, T3, x, 8);
    op_rev(s, MOVQ_G, VG, T3, -1);
    op3(s, cvtsi2sd, T1, T1, VG);
    op3(s, PUNPCKLQDQ, d, T2, T1);
}

void rule_vi2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), is_unsigned = in->aux & BIT(4);
    unsigned fbits = in->aux & BIT(5) ? 64 : in->aux >> 10, size = pd ? 3 : 2;
    struct seq s;
    seq_begin(&s, g, i, in);
    unsigned x = operand(&s), d = fbits ? T0 : VD;
    if (pd && s.evex) {
        op2(&s, (is_unsigned ? 0x7a : 0xe6) | P_F3 | M_0F | O_EVEX | O_EW, d, x);
    } else if (pd) {
        (is_unsigned ? u2d_halves : i2d_by_gpr)(&s, d, x);
    } else if (!is_unsigned) {
        op2(&s, 0x5b | M_0F, d, x);
    } else if (s.evex) {
        op2(&s, 0x7a | P_F2 | M_0F | O_EVEX, d, x);
    } else {
        u2f_halves(&s, d, x);
    }
    if (fbits) {
        u64 scale = pd ? (u64)(1023 - fbits) << 52 : (u64)(127 - fbits) << 23;
        op3(&s, fp_op(0x59, pd), VD, T0, lit_lanes(&s, size, scale));
    }
    seq_end(&s);
}

/* The smallest normal number (ABS masks off the sign) may have been rounded to from below: the guest calls that an
 * underflow, the host does not. T1 is overwritten. */
static void check_smallest(struct seq *s, unsigned x, u32 abs, u32 smallest)
{
    op3(s, PAND, T1, x, lit_lanes(s, 2, abs));
    op3(s, PCMPEQD, T1, T1, lit_lanes(s, 2, smallest));
    check_sign(s, T1, false);
}

void rule_vfcvt(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool narrow = in->op == IR_VFCVTN, from_half = (in->aux & 3) == 1;
    struct seq s;
    bool fz = g->fn->fpcr & FPCR_FZ; /* narrowing to halves flushes what it reads, not what it writes */
    if ((narrow && (in->aux & 8)) || (narrow && from_half && fz) || (flushes(g) && !from_half) ||
        (from_half && (!(g->features & HOST_F16C) || (g->fn->fpcr & FPCR_AHP)))) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op_keep(&s, T0, VA);
    if (from_half && narrow) {
        check_nan(&s, VA, VA, false);
        op_rev(&s, O3A(0x1d), VD, VA, 4); /* vcvtps2ph, rounding as MXCSR says */
        op2(&s, O38(0x33), T1, VD);       /* pmovzxwd */
        check_smallest(&s, T1, 0x7fff, 0x0400);
    } else {
        op2(&s, from_half ? O38(0x13) : 0x5a | M_0F | (narrow ? P_66 | (u32)O_EW : 0u), VD, VA);
        check_nan(&s, VD, VD, !narrow && !from_half);
        if (narrow) {
            check_smallest(&s, VD, 0x7fffffff, 0x00800000);
        }
    }
    seq_cold(&s, T0, VN, VN);
    seq_end(&s);
}
