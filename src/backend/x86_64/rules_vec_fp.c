/* Rules of vector floating point arithmetic. The host's instruction does the work; where a NaN is involved, whose choice
 * differs between guest and host, a cold path has the reference function do the op again. The 8-byte forms clear the
 * upper halves first, so that no flag comes from there. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq_fp.h"

/* T = X with a clear upper half in the 8-byte form; else X as it is now, for the cold path. */
static void source(struct seq *s, unsigned t, unsigned x)
{
    if ((s->in->aux & 4) && !vec_high_zero(s->g, s->op[x - VA])) {
        op2(s, MOVQ_XX, t, x);
    } else {
        op_keep(s, t, x);
    }
}

/* Does no check have to find the NaNs of op I? Those that the host makes by itself trap, and in A64 units the others are
 * right; in RISC-V units somebody may care. */
static bool nans_right(const struct cg *g, u32 i)
{
    return g->fn->fp_trap && !(g->fn->fp_rules == IR_FP_RV64 && nan_seen(g, i));
}

void rule_vfarith(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4;
    static const u8 byte[] = {[IR_VFADD - IR_VFADD] = 0x58, [IR_VFSUB - IR_VFADD] = 0x5c, [IR_VFMUL - IR_VFADD] = 0x59,
                              [IR_VFDIV - IR_VFADD] = 0x5e};
    u32 opc = fp_op(byte[in->op - IR_VFADD], pd);
    struct seq s;
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    /* a tiny sum is never rounded */
    bool tiny = in->op == IR_VFADD || in->op == IR_VFSUB || g->fn->fp_lax || g->fn->fp_rules == IR_FP_RV64;
    bool check = !(nans_right(g, i) && tiny);
    if (half || check) {
        source(&s, T0, VA);
        source(&s, T1, VB);
    }
    if (!half) {
        op3(&s, opc, VD, VA, VB);
    } else if (in->op == IR_VFDIV) { /* a harmless divisor above */
        op3(&s, POR, T2, T1, lit(&s, 0, pd ? 0x3ff0000000000000 : 0x3f8000003f800000));
        op3(&s, opc, VD, T0, T2);
    } else {
        op3(&s, opc, VD, T0, T1);
        if (in->op == IR_VFSUB) { /* 0 - 0 is -0 when rounding down */
            op2(&s, MOVQ_XX, VD, VD);
        }
    }
    if (check) {
        tiny ? check_nan(&s, VD, VD, pd) : check_result(&s, VD, T2, pd);
        if (in->op == IR_VFDIV && (g->fn->fpcr & FPCR_FZ)) { /* as in rules_fp.c */
            op3(&s, PAND, T2, VD, lit_lanes(&s, pd ? 3 : 2, MASK64(pd ? 63 : 31)));
            op3(&s, pd ? PCMPEQQ : PCMPEQD, T2, T2, lit_lanes(&s, pd ? 3 : 2, pd ? 0x7ffull << 52 : 0xffull << 23));
            check_sign(&s, T2, pd);
        }
        seq_cold(&s, T0, T1, VN);
    }
    seq_end(&s);
}

void rule_vfsqrt(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in);
    struct seq s;
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    bool half = in->aux & 4, check = !nans_right(g, i);
    if (half || check) {
        source(&s, T0, VA);
    }
    op2(&s, fp_op(0x51, pd), VD, half ? T0 : VA);
    if (check) {
        check_nan(&s, VD, VD, pd);
        seq_cold(&s, T0, VN, VN);
    }
    seq_end(&s);
}

void rule_vfma(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4, neg = in->aux & 8;
    struct seq s;
    if (!(g->features & HOST_FMA) || flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op_keep(&s, T2, VC);
    source(&s, T0, VA);
    source(&s, T1, VB);
    half ? op2(&s, MOVQ_XX, VD, VC) : op_mov(&s, VD, VC);
    op_tied(&s, O38(neg ? 0xbc : 0xb8) | WBIT(pd), VD, half ? T0 : VA, half ? T1 : VB, -1);
    if (half && neg) { /* -0 + 0 is -0 when rounding down */
        op2(&s, MOVQ_XX, VD, VD);
    }
    check_result(&s, VD, T3, pd);
    seq_cold(&s, T0, T1, T2);
    seq_end(&s);
}

void rule_vfsign(struct cg *g, u32 i, const struct ir_ins *in)
{
    u64 sign = is_pd(in) ? 1ull << 63 : 0x8000000080000000;
    bool half = in->aux & 4, neg = in->op == IR_VFNEG, clear = half && neg && !vec_high_zero(g, in->a);
    struct seq s;
    seq_begin(&s, g, i, in);
    if (clear) {
        op2(&s, MOVQ_XX, T0, VA);
    }
    u64 k = neg ? sign : ~sign;
    op3(&s, neg ? PXOR : PAND, VD, clear ? T0 : VA, lit(&s, k, half ? 0 : k));
    seq_end(&s);
}

/* D = minimum or maximum of A and B, no NaNs: the host's takes b when both are zeros, so both orders are combined. T and
 * U are overwritten, U may be B. */
static void min_max(struct seq *s, bool max, bool pd, unsigned a, unsigned b, unsigned t, unsigned u)
{
    if (s->evex) { /* vrangeps orders zeros */
        op3i(s, O3A(0x50) | O_EVEX | (pd ? (u32)O_EW : 0), VD, a, b, max ? 5 : 4);
        return;
    }
    u32 opc = fp_op(max ? 0x5f : 0x5d, pd);
    op3(s, opc, t, a, b);
    op3(s, opc, u, b, a);
    op3(s, max ? PAND : POR, VD, t, u);
}

static bool is_max(unsigned op)
{
    return op == IR_VFMAX || op == IR_VFMAXNM || op == IR_VFMAXP || op == IR_VFMAXNMP;
}

/* The check comes first: the host's raise Invalid for quiet NaNs too. */
void rule_vfmin(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4;
    struct seq s;
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    unsigned a = VA, b = VB;
    if (half) {
        source(&s, T0, VA);
        source(&s, T1, VB);
        a = T0;
        b = T1;
    }
    check_nan(&s, a, b, pd);
    min_max(&s, is_max(in->op), pd, a, b, T2, T3);
    seq_cold(&s, a, b, VN);
    seq_end(&s);
}

/* T0 = first, T1 = second of each pair. */
static void split_pairs(struct seq *s, bool pd, bool half)
{
    if (pd && half) {
        op2(s, MOVQ_XX, T0, VA);
        op_shift(s, PSRLDQ_I, T1, VA, 8);
    } else if (pd) {
        op3(s, fp_op(0x14, true), T0, VA, VB);
        op3(s, fp_op(0x15, true), T1, VA, VB);
    } else if (half) {
        op3(s, fp_op(0x14, false), T0, VA, VB);
        op_shift(s, PSRLDQ_I, T1, T0, 8);
        op2(s, MOVQ_XX, T0, T0);
    } else {
        op3i(s, SHUFPS, T0, VA, VB, 0x88);
        op3i(s, SHUFPS, T1, VA, VB, 0xdd);
    }
}

void rule_vfpair(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4;
    struct seq s;
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (in->op == IR_VFADDP) {
        bool check = !nans_right(g, i);
        if (check) {
            op_keep(&s, T2, VA);
            op_keep(&s, T3, VB);
        }
        split_pairs(&s, pd, half);
        op3(&s, fp_op(0x58, pd), VD, T0, T1);
        if (check) {
            check_nan(&s, VD, VD, pd);
            seq_cold(&s, T2, T3, VN);
        }
    } else {
        split_pairs(&s, pd, half);
        check_nan(&s, T0, T1, pd);
        min_max(&s, is_max(in->op), pd, T0, T1, T2, T1);
        seq_cold(&s, VA, VB, VN);
    }
    seq_end(&s);
}

/* A NaN compares false and raises Invalid just as in the guest: no check. */
void rule_vfcmp(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4, abs = in->op == IR_VFACGE || in->op == IR_VFACGT;
    u32 opc = fp_op(0xc2, pd) | O_NOEVEX;
    unsigned a = VA, b = VB;
    struct seq s;
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (abs) {
        u64 k = pd ? MASK64(63) : 0x7fffffff7fffffff;
        unsigned mask = lit(&s, k, half ? 0 : k);
        op3(&s, PAND, T0, VA, mask);
        op3(&s, PAND, T1, VB, mask);
        a = T0;
        b = T1;
    } else if (half) {
        if (!vec_high_zero(g, in->a)) {
            op2(&s, MOVQ_XX, a = T0, VA);
        }
        if (!vec_high_zero(g, in->b)) {
            op2(&s, MOVQ_XX, b = T1, VB);
        }
    }
    bool gt = in->op == IR_VFCMGT || in->op == IR_VFACGT;
    unsigned d = half && !gt ? T0 : VD; /* 0 > 0 leaves zeros above */
    if (in->op == IR_VFCMEQ) {
        op3i(&s, opc, d, a, b, 0);
    } else {
        op3i(&s, opc, d, b, a, gt ? 1 : 2);
    }
    if (d != VD) {
        op2(&s, MOVQ_XX, VD, d);
    }
    seq_end(&s);
}

void rule_vfcadd(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4, rot270 = in->aux & 16;
    struct seq s;
    if ((pd && half) || flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op_keep(&s, T2, VB);
    source(&s, T0, VA);
    op2i(&s, PSHUFD, T1, VB, pd ? 0x4e : 0xb1);
    u64 even = pd ? 1ull << 63 : 0x80000000, odd = pd ? 0 : 1ull << 63, odd_hi = pd ? 1ull << 63 : odd;
    op3(&s, PXOR, T1, T1, rot270 ? lit(&s, odd, odd_hi) : lit(&s, even, pd ? 0 : even));
    if (half) {
        op2(&s, MOVQ_XX, T1, T1);
    }
    op3(&s, fp_op(0x58, pd), VD, half ? T0 : VA, T1);
    check_nan(&s, VD, VD, pd);
    seq_cold(&s, T0, T2, VN);
    seq_end(&s);
}

void rule_vfcmla(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4;
    unsigned rot = in->aux >> 4 & 3, odd = rot & 1;
    struct seq s;
    if (!(g->features & HOST_FMA) || (pd && half) || flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op_keep(&s, T2, VA);
    op2i(&s, PSHUFD, T0, VB, pd ? (odd ? 0xee : 0x44) : odd ? 0xf5 : 0xa0);
    op2i(&s, PSHUFD, T1, VC, !odd ? 0xe4 : pd ? 0x4e : 0xb1);
    u64 neg_even = rot == 1 || rot == 2 ? 1 : 0, neg_odd = rot >= 2;
    u64 lo = pd ? neg_even << 63 : neg_even << 31 | neg_odd << 63, hi = pd ? neg_odd << 63 : lo;
    if (rot) {
        op3(&s, PXOR, T1, T1, lit(&s, lo, hi));
    }
    if (half) {
        op2(&s, MOVQ_XX, T0, T0);
        op2(&s, MOVQ_XX, T1, T1);
        op2(&s, MOVQ_XX, VD, VA);
    } else {
        op_mov(&s, VD, VA);
    }
    op_tied(&s, O38(0xb8) | WBIT(pd), VD, T0, T1, -1);
    check_result(&s, VD, T3, pd);
    seq_cold(&s, T2, VB, VC);
    seq_end(&s);
}

/* FRECPS, FRSQRTS: (K - a * b), halved for the latter, in one rounding. Large operands, which could overflow before
 * the halving, infinities and NaNs go the cold way. */
void rule_vfstep(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4, rsqrt = in->op == IR_VFRSQRTS;
    unsigned size = pd ? 3 : 2, a = VA, b = VB;
    struct seq s;
    if (!(g->features & HOST_FMA) || flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (half) {
        source(&s, a = T0, VA);
        source(&s, b = T1, VB);
    }
    u32 gt = pd ? PCMPGTQ : PCMPGTD;
    unsigned abs = lit_lanes(&s, size, MASK64((8u << size) - 1));
    unsigned limit = lit_lanes(&s, size, pd ? (1023ull + 500) << 52 : (127ull + 60) << 23);
    op3(&s, PAND, T2, a, abs);
    op3(&s, gt, T2, T2, limit);
    op3(&s, PAND, T3, b, abs);
    op3(&s, gt, T3, T3, limit);
    op3(&s, POR, T2, T2, T3);
    check_sign(&s, T2, pd);
    seq_cold(&s, a, b, VN);
    u64 k = rsqrt ? (pd ? 0x4008000000000000 : 0x40400000) : pd ? 0x4000000000000000 : 0x40000000;
    op_mov(&s, T2, lit_lanes(&s, size, k));
    op_tied(&s, O38(0xbc) | WBIT(pd), T2, a, b, -1);
    if (!rsqrt && !half) {
        op_mov(&s, VD, T2);
    }
    if (rsqrt) {
        op3(&s, fp_op(0x59, pd), half ? T2 : VD, T2, lit_lanes(&s, size, pd ? 0x3fe0000000000000 : 0x3f000000));
    }
    if (half) {
        op2(&s, MOVQ_XX, VD, T2);
    }
    seq_end(&s);
}

/* The host raises Invalid for infinity times zero: infinities go the cold way, and with them NaNs. */
void rule_vfmulx(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool pd = is_pd(in), half = in->aux & 4;
    unsigned size = pd ? 3 : 2;
    struct seq s;
    if (flushes(g) || (pd && !(g->avx || (g->features & HOST_SSE42)))) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    source(&s, T0, VA);
    source(&s, T1, VB);
    u32 gt = pd ? PCMPGTQ : PCMPGTD;
    unsigned abs = lit_lanes(&s, size, MASK64((8u << size) - 1));
    unsigned limit = lit_lanes(&s, size, pd ? (0x7ffull << 52) - 1 : (0xffull << 23) - 1);
    op3(&s, PAND, T2, T0, abs);
    op3(&s, gt, T2, T2, limit);
    op3(&s, PAND, T3, T1, abs);
    op3(&s, gt, T3, T3, limit);
    op3(&s, POR, T2, T2, T3);
    check_sign(&s, T2, pd);
    op3(&s, fp_op(0x59, pd), VD, half ? T0 : VA, half ? T1 : VB);
    check_result(&s, VD, T2, pd);
    seq_cold(&s, T0, T1, VN);
    seq_end(&s);
}
