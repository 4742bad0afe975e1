/* Rules for scalar floating point: the host's instruction, and a cold path to the reference
 * function where the guest's answer may differ: mostly when the result is a NaN. Bits of a register
 * above a scalar may hold anything. */
#include "backend/x86_64/fpop.h"

#define FPCR_FZ (1u << 24)
#define FPCR_AHP (1u << 26)

static inline u32 scalar(unsigned type, u32 op)
{
    return SCALAR(type, op);
}

static u32 ucomis(unsigned type)
{
    return UCOMIS(type);
}

static void compare(struct cg *g, unsigned type, unsigned a, unsigned b)
{
    v_op(g, ucomis(type), a, 0, b, NOIMM);
}

/* What is left of the op is emitted before this: on a NaN in D the reference function makes D
 * instead. */
static void nan_to_ref(struct cg *g, const struct ir_ins *in, unsigned type, unsigned d,
                       unsigned ra, unsigned rb, unsigned rc)
{
    u32 cold = cold_ref(g, in, d, ra, rb, rc, here(g));
    e_jcc_fix(&g->e, CC_P, FIX_COLD, cold);
    compare(g, type, d, d);
}

/* The same for ops whose inexact result may have been rounded up to the smallest normal number: the
 * guest calls that an underflow, which it detects before rounding, and the host does not. One
 * compare finds both, as a NaN is "equal". */
static void nan_or_smallest_to_ref(struct cg *g, const struct ir_ins *in, unsigned type, unsigned d,
                                   unsigned ra, unsigned rb, unsigned rc)
{
    bool dbl = type == IR_F64;
    u64 smallest = dbl ? 1ull << 52 : 1u << 23, magnitude = MASK64(dbl ? 63 : 31);
    unsigned t = ra_tmp(g, XMM, ANY);
    u32 cold = cold_ref(g, in, d, ra, rb, rc, here(g));
    if (in->op == IR_FDIV && (g->fn->fpcr & FPCR_FZ)) { /* a denormal by zero: the host says no more than that it is by zero */
        e_jcc_fix(&g->e, CC_E, FIX_COLD, cold);
        v_op_m(g, ucomis(type), t, 0, pool_mem(g, dbl ? 0x7ffull << 52 : 0xffull << 23, 0, dbl ? 8 : 4), NOIMM);
    }
    e_jcc_fix(&g->e, CC_E, FIX_COLD, cold);
    v_op_m(g, ucomis(type), t, 0, pool_mem(g, smallest, 0, dbl ? 8 : 4), NOIMM);
    v_op_m(g, ANDPS, t, d, pool_mem(g, magnitude, 0, 16), NOIMM);
}

/* Register of operand R for scalar use, memory operands loaded. */
static unsigned use_f(struct cg *g, ir_ref r)
{
    return ra_use(g, peel_v(g, r), ANY);
}

/* D = OPC(A, B) where every case that is not the host's traps. */
static void unchecked(struct cg *g, u32 i, u32 opc, ir_ref a, ir_ref b)
{
    unsigned d = g->avx ? ra_def(g, i, ANY) : ra_def_early(g, i, ANY);
    struct mem m;
    b = peel_v(g, b);
    if (a != b && ra_mem(g, b, &m)) {
        v_op_m(g, opc, d, use_f(g, a), m, NOIMM);
        return;
    }
    unsigned ra = use_f(g, a);
    v_op(g, opc, d, ra, a == b ? ra : ra_use(g, b, ANY), NOIMM);
}

void rule_fbin(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    static const u8 ops[] = {[IR_FADD - IR_FADD] = 0x58,
                             [IR_FSUB - IR_FADD] = 0x5c,
                             [IR_FMUL - IR_FADD] = 0x59,
                             [IR_FDIV - IR_FADD] = 0x5e};
    u32 opc = scalar(in->type, ops[in->op - IR_FADD]);
    bool tiny = g->fn->fp_lax || in->op == IR_FADD || in->op == IR_FSUB; /* a tiny sum is never rounded */
    if (g->fn->fp_trap && tiny) {
        unchecked(g, i, opc, in->a, in->b);
        return;
    }
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a),
             rb = in->a == in->b ? ra : use_f(g, in->b);
    (tiny ? nan_to_ref : nan_or_smallest_to_ref)(g, in, in->type, d, ra, rb, NOREG);
    v_op(g, opc, d, ra, rb, NOIMM);
}

void rule_fsqrt(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    u32 opc = scalar(in->type, 0x51);
    if (g->fn->fp_trap) {
        unchecked(g, i, opc, in->a, in->a);
        return;
    }
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a);
    nan_to_ref(g, in, in->type, d, ra, NOREG, NOREG);
    v_op(g, opc, d, ra, ra, NOIMM);
}

void rule_fma(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    if (!(g->features & HOST_FMA) || flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    /* 231 forms: d = +-(a * b) +- d */
    static const u8 ops[4] = {0xb9, 0xbd, 0xbb, 0xbf};
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a), rb = use_f(g, in->b),
             rc = use_f(g, in->c);
    (g->fn->fp_lax ? nan_to_ref : nan_or_smallest_to_ref)(g, in, in->type, d, ra, rb, rc);
    e_vrr(&g->e, ops[in->aux & 3] | P_66 | M_38 | (in->type == IR_F64 ? (u32)O_W : 0u), d, ra, rb);
    v_mov(g, d, rc);
}

/* Clears or flips the sign. */
void rule_fsign(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    bool abs = in->op == IR_FABS, dbl = in->type == IR_F64;
    u64 sign = dbl ? 1ull << 63 : 1ull << 31, mask = abs ? (dbl ? ~sign : (u32)~sign) : sign;
    u32 opc = abs ? PAND : PXOR;
    if (g->avx) {
        unsigned d = ra_def(g, i, ANY), ra = use_f(g, in->a);
        v_op_m(g, opc, d, ra, pool_mem(g, mask, 0, 16), NOIMM);
        return;
    }
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a);
    v_op(g, opc, d, d, ra, NOIMM);
    v_load(g, IR_V128, d, pool_mem(g, mask, 0, 16));
}

/* Equal operands may be zeros of both signs: the two orders of minsd are combined. NaNs never reach
 * it. */
void rule_fminmax(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    bool max = in->op == IR_FMAX || in->op == IR_FMAXNM;
    u32 opc = scalar(in->type, max ? 0x5f : 0x5d);
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a), rb = use_f(g, in->b),
             t = ra_tmp(g, XMM, ANY);
    u32 cold = cold_ref(g, in, d, ra, rb, NOREG, here(g));
    v_op(g, max ? PAND : POR, d, d, t, NOIMM);
    v_op(g, opc, d, rb, ra, NOIMM);
    v_op(g, opc, t, ra, rb, NOIMM);
    e_jcc_fix(&g->e, CC_P, FIX_COLD, cold);
    compare(g, in->type, ra, rb);
}

/* roundsd's immediate for a rounding mode, -1 when it has none. */
static int round_imm(unsigned mode)
{
    static const s8 imm[] = {
        [IR_ROUND_TIEEVEN] = 0, [IR_ROUND_POSINF] = 2,   [IR_ROUND_NEGINF] = 1,
        [IR_ROUND_ZERO] = 3,    [IR_ROUND_TIEAWAY] = -1, [IR_ROUND_CURRENT] = 4};
    return imm[mode & 7];
}

static u32 round_opc(unsigned type)
{
    return (type == IR_F64 ? 0x0bu : 0x0au) | P_66 | M_3A | O_NOEVEX;
}

/* The masks of a scalar's sign and of the rest, and a power of two. */
static struct mem sign_mask(struct cg *g, unsigned type)
{
    return pool_mem(g, type == IR_F64 ? BIT64(63) : BIT64(31), 0, 16);
}

static struct mem magnitude_mask(struct cg *g, unsigned type)
{
    return pool_mem(g, MASK64(type == IR_F64 ? 63 : 31), 0, 16);
}

static struct mem power_of_two(struct cg *g, unsigned type, int n)
{
    bool dbl = type == IR_F64;
    return pool_mem(g, dbl ? (u64)(1023 + n) << 52 : (u64)(127 + n) << 23, 0, dbl ? 8 : 4);
}

/* D = X rounded, ties away from zero: what truncation leaves, doubled and truncated, is what is
 * still to be added. All that is exact and raises no flag, but of an infinity or a NaN. U is
 * overwritten; D, X and U differ. */
static void round_away(struct cg *g, unsigned type, unsigned d, unsigned x, unsigned u)
{
    v_op(g, POR, d, d, u, NOIMM); /* the sign is X's even of a zero */
    v_op_m(g, PAND, u, x, sign_mask(g, type), NOIMM);
    v_op_m(g, PAND, d, d, magnitude_mask(g, type), NOIMM);
    v_op(g, scalar(type, 0x58), d, d, u, NOIMM);
    v_op(g, round_opc(type), u, u, u, 3 | 8);
    v_op(g, scalar(type, 0x58), u, u, u, NOIMM);
    v_op(g, scalar(type, 0x5c), u, x, d, NOIMM);
    v_op(g, round_opc(type), d, x, x, 3 | 8);
}

/* What has no fraction, infinities and NaNs among it, goes the cold way. */
static void frint_away(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned d = ra_def_early(g, i, LOW16), ra = ra_use(g, peel_v(g, in->a), LOW16),
             u = ra_tmp(g, XMM, LOW16);
    u32 cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    round_away(g, in->type, d, ra, u);
    e_jcc_fix(&g->e, CC_BE, FIX_COLD, cold);
    compare(g, in->type, d, u);
    v_load(g, in->type, d, power_of_two(g, in->type, in->type == IR_F64 ? 52 : 23));
    v_op_m(g, ANDPS, u, ra, magnitude_mask(g, in->type), NOIMM);
}

void rule_frint(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    int imm = round_imm(in->aux & 7);
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    if (imm < 0) {
        (in->aux & IR_ROUND_EXACT ? rule_ref : frint_away)(g, i, in);
        return;
    }
    unsigned d = ra_def_early(g, i, LOW16), ra = ra_use(g, peel_v(g, in->a), LOW16);
    if (!g->fn->fp_trap) {
        nan_to_ref(g, in, in->type, d, ra, NOREG, NOREG);
    }
    v_op(g, round_opc(in->type), d, ra, ra, imm | (in->aux & IR_ROUND_EXACT ? 0 : 8));
}

/* The operand's magnitude is below 2^N, or the cold way is taken; T and U are overwritten. */
static void below_power(struct cg *g, unsigned type, unsigned ra, int n, u32 cold, unsigned t, unsigned u)
{
    e_jcc_fix(&g->e, CC_BE, FIX_COLD, cold);
    compare(g, type, t, u);
    v_load(g, type, t, power_of_two(g, type, n));
    v_op_m(g, ANDPS, u, ra, magnitude_mask(g, type), NOIMM);
}

/* Rounding to an integer of 32 or 64 bits; half the range is sure to fit. */
void rule_frintts(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = ra_def_early(g, i, LOW16), ra = ra_use(g, peel_v(g, in->a), LOW16), u = ra_tmp(g, XMM, LOW16);
    u32 cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    v_op(g, round_opc(in->type), d, ra, ra, round_imm(in->aux & 7));
    below_power(g, in->type, ra, in->aux & 16 ? 62 : 30, cold, d, u);
}

/* --- conversions --- */

static const u32 movq_to_gpr = 0x7e | P_66 | M_0F, movq_from_gpr = 0x6e | P_66 | M_0F;

static void fp_to_gpr(struct cg *g, bool w, unsigned d, unsigned s)
{
    g->avx ? e_vrr(&g->e, movq_to_gpr | WBIT(w), s, 0, d)
           : e_rr(&g->e, movq_to_gpr | WBIT(w), s, d);
}

static void gpr_to_fp(struct cg *g, bool w, unsigned d, unsigned s)
{
    g->avx ? e_vrr(&g->e, movq_from_gpr | WBIT(w), d, 0, s)
           : e_rr(&g->e, movq_from_gpr | WBIT(w), d, s);
}

void rule_f2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    if (g->fn->fp_trap && (in->type == IR_F64 || g->fn->fp_lax)) {
        unchecked(g, i, scalar(in->aux, 0x5a), in->a, in->a);
        return;
    }
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a);
    (in->type == IR_F64 || g->fn->fp_lax ? nan_to_ref : nan_or_smallest_to_ref)(g, in, in->type, d, ra, NOREG,
                                                               NOREG);
    v_op(g, scalar(in->aux, 0x5a), d, ra, ra, NOIMM);
}

/* Half precision, by F16C. */
void rule_h2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    if (!(g->features & HOST_F16C) || (g->fn->fpcr & FPCR_AHP)) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = ra_def_early(g, i, LOW16), ra = ra_use(g, peel32(g, in->a), ANY),
             t = ra_tmp(g, GPR, ANY);
    nan_to_ref(g, in, in->type, d, ra, NOREG, NOREG);
    if (in->type == IR_F64) {
        v_op(g, scalar(IR_F32, 0x5a), d, d, d, NOIMM);
    }
    e_vrr(&g->e, 0x13 | P_66 | M_38, d, 0, d); /* vcvtph2ps */
    gpr_to_fp(g, false, d, t);
    e_rr(&g->e, 0xb7 | M_0F, t, ra); /* the other lanes are not to raise anything */
}

/* The cold way go NaNs, and what may have been rounded up to the smallest normal number. */
void rule_f2h(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    if (fp_rv(g, i, in)) {
        return;
    }
    if (!(g->features & HOST_F16C) || (g->fn->fpcr & (FPCR_AHP | FPCR_FZ)) || in->type != IR_F32) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned ra = ra_use(g, peel_v(g, in->a), LOW16), u = ra_tmp(g, XMM, LOW16),
             t = ra_tmp(g, GPR, ANY);
    u32 cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    e_jcc_fix(e, CC_E, FIX_COLD, cold);
    e_alu_ri(e, ALU_CMP, false, t, 0x0400);
    e_alu_ri(e, ALU_AND, false, t, 0x7fff);
    e_mov_rr(e, false, t, d);
    fp_to_gpr(g, false, d, u);
    e_8(e, 4); /* vcvtps2ph, rounding as MXCSR says */
    e_vrr(e, 0x1d | P_66 | M_3A, u, 0, u);
    v_op(g, INSERTPS, u, ra, ra, 0x0e); /* the other lanes are not to raise anything */
    e_jcc_fix(e, CC_P, FIX_COLD, cold);
    compare(g, IR_F32, ra, ra);
}

void rule_i2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    struct emit *e = &g->e;
    bool uns = in->aux & 1, w = in->aux & 2;
    unsigned fbits = in->aux >> 8;
    u32 opc = scalar(in->type, 0x2a) & ~(u32)O_EW;
    unsigned d = ra_def(g, i, LOW16), ra = ra_use(g, w ? in->a : peel32(g, in->a), ANY);
    g->rf[XMM].busy |= BIT(d);
    bool w64 = w || uns;
    u32 cold = 0;
    if (uns && w) {
        cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    }
    unsigned src = ra, t = NOREG;
    if (uns && !w) { /* the upper half must be zero */
        src = t = ra_tmp(g, GPR, ANY);
    }
    if (fbits) { /* exact: the conversion rounds */
        v_op_m(g, scalar(in->type, 0x59), d, d, power_of_two(g, in->type, -(int)fbits), NOIMM);
    }
    if (g->avx) {
        e_vrr(e, opc | WBIT(w64), d, d, src);
    } else {
        e_rr(e, opc | WBIT(w64), d, src);
    }
    v_op(g, PXOR, d, d, d, NOIMM);
    if (t != NOREG) {
        e_mov_rr(e, false, t, ra);
    }
    if (cold) {
        e_jcc_fix(e, CC_S, FIX_COLD, cold);
        e_test_rr(e, true, ra, ra);
    }
}

/* D = (integer) S toward zero (or as MXCSR says). */
static void cvt_to_int(struct cg *g, bool dbl, bool w, bool trunc, unsigned d, unsigned s)
{
    u32 opc = (trunc ? 0x2cu : 0x2du) | M_0F | (dbl ? P_F2 : P_F3) | WBIT(w);
    g->avx ? e_vrr(&g->e, opc, d, 0, s) : e_rr(&g->e, opc, d, s);
}

/* Numbers that fit; of others the low bits are wanted, without the flag that the host raises for a fraction. */
void rule_fjcvt(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned ra = use_f(g, in->a), t = ra_tmp(g, XMM, ANY), u = ra_tmp(g, XMM, ANY);
    u32 cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    cvt_to_int(g, true, false, true, d, ra);
    below_power(g, IR_F64, ra, 31, cold, t, u);
}

/* S = scalar X rounded by the mode of F2I. TIEAWAY overwrites U. */
static void round_for_int(struct cg *g, const struct ir_ins *in, unsigned s, unsigned x, unsigned u)
{
    unsigned type = in->aux & 32 ? IR_F64 : IR_F32;
    int imm = round_imm(in->aux & 7);
    if (imm < 0) {
        round_away(g, type, s, x, u);
    } else {
        v_op(g, round_opc(type), s, x, x, imm | 8);
    }
}

/* Unsigned: what is not positive and in range by its bits goes the cold way. */
static void f2i_unsigned(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64, dbl = in->aux & 32, round = (in->aux & 7) != IR_ROUND_ZERO;
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned ra = round ? ra_use(g, peel_v(g, in->a), LOW16) : use_f(g, in->a),
             t = ra_tmp(g, GPR, ANY), k = ra_tmp(g, GPR, ANY), s = ra, u = NOREG;
    if (round) {
        s = ra_tmp(g, XMM, LOW16);
        u = ra_tmp(g, XMM, LOW16);
    }
    u64 limit =
        dbl ? (w ? 0x43e0000000000000ull : 0x41f0000000000000ull) : (w ? 0x5f000000u : 0x4f800000u);
    u32 cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    if (round) { /* for the inexact flag alone */
        cvt_to_int(g, dbl, true, true, t, ra);
    }
    cvt_to_int(g, dbl, true, true, d, s);
    e_jcc_fix(e, CC_AE, FIX_COLD, cold);
    e_alu_rr(e, ALU_CMP, dbl, t, k);
    e_mov_ri(e, k, limit);
    fp_to_gpr(g, dbl, t, s);
    if (round) {
        round_for_int(g, in, s, ra, u);
    }
}

void rule_f2i(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (fp_rv(g, i, in)) {
        return;
    }
    struct emit *e = &g->e;
    bool w = in->type == IR_I64, uns = in->aux & 16, dbl = in->aux & 32;
    unsigned mode = in->aux & 7;
    if (in->aux >> 8 || flushes(g) || (uns && mode == IR_ROUND_CURRENT)) {
        rule_ref(g, i, in);
        return;
    }
    if (uns) {
        f2i_unsigned(g, i, in);
        return;
    }
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    bool round = mode != IR_ROUND_ZERO && mode != IR_ROUND_CURRENT;
    unsigned ra = ra_use(g, peel_v(g, in->a), round ? LOW16 : ANY), s = ra, t = NOREG, u = NOREG;
    if (round) { /* before the label: taking them may reload registers */
        s = ra_tmp(g, XMM, LOW16);
        u = ra_tmp(g, XMM, LOW16);
        t = ra_tmp(g, GPR, ANY);
    }
    u32 cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    if (round) { /* for the inexact flag alone */
        cvt_to_int(g, dbl, w, true, t, ra);
    }
    e_jcc_fix(e, CC_O, FIX_COLD, cold); /* the host's answer to all that is out of range is MIN */
    e_alu_ri(e, ALU_CMP, w, d, 1);
    cvt_to_int(g, dbl, w, mode != IR_ROUND_CURRENT, d, s);
    if (round) {
        round_for_int(g, in, s, ra, u);
    }
}

/* --- between files --- */

void rule_s_biti(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool w = in->type == IR_I64;
    struct mem m;
    ir_ref a = peel_v(g, in->a);
    unsigned d = ra_def(g, i, ANY);
    if (ra_mem(g, a, &m)) {
        e_load(&g->e, w, d, m);
        return;
    }
    fp_to_gpr(g, w, d, ra_use(g, a, ANY));
}

void rule_s_bitf(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool w = in->type == IR_F64;
    unsigned d = ra_def(g, i, ANY);
    gpr_to_fp(g, w, d, ra_use(g, w ? in->a : peel32(g, in->a), ANY));
}

/* Does the register of float R hold zeros above it? */
static bool clean_above(const struct cg *g, ir_ref r, unsigned depth)
{
    if (IR_IS_K(r)) {
        return true;
    }
    const struct ir_ins *in = &g->ins[r];
    if (g->fn->fp_rules == IR_FP_RV64 && in->type == IR_F32) {
        return false; /* boxed rather than clean */
    }
    switch (in->op) {
    case IR_LD:
    case IR_LDS:
    case IR_BITF:
    case IR_FABS:
    case IR_H2F:
        return true;
    case IR_I2F:
        return true;
    case IR_FADD:
    case IR_FSUB:
    case IR_FMUL:
    case IR_FDIV:
    case IR_FSQRT:
    case IR_FNEG:
        return depth && clean_above(g, in->a, depth - 1);
    case IR_FMA:
        return !(g->features & HOST_FMA) || flushes(g) ||
               (depth && clean_above(g, in->c, depth - 1));
    case IR_FMIN:
    case IR_FMAX:
    case IR_FMINNM:
    case IR_FMAXNM:
        return depth && clean_above(g, in->a, depth - 1) && clean_above(g, in->b, depth - 1);
    case IR_F2F:
        return in->type == IR_F64 && depth && clean_above(g, in->a, depth - 1);
    default:
        return false;
    }
}

void rule_s_f2v(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned d = ra_def(g, i, ANY);
    ir_ref a = peel_v(g, in->a);
    if (clean_above(g, in->a, 8)) {
        v_mov(g, d, ra_use_hint(g, a, ANY, d));
        return;
    }
    struct mem m;
    if (ra_mem(g, a, &m)) {
        v_load(g, in->aux, d, m);
        return;
    }
    unsigned ra = ra_use(g, a, ANY);
    if (in->aux == IR_F64) {
        v_op(g, MOVQ, d, 0, ra, NOIMM);
    } else { /* lane 0 of ra, zeros in the others */
        v_op(g, INSERTPS, d, g->avx ? ra : d, ra, 0x0e);
    }
}

void rule_s_v2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned d = ra_def(g, i, ANY);
    struct mem m;
    if (ra_mem(g, in->a, &m)) {
        v_load(g, in->type, d, m);
        return;
    }
    v_mov(g, d, ra_use_hint(g, in->a, ANY, d));
}

/* Packed flags of a compare: LT N, EQ Z C, GT C, unordered C V. */
void rule_fnzcv(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    if (flushes(g)) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = ra_def_early(g, i, ANY), t = ra_tmp(g, GPR, ANY), ra = use_f(g, in->a),
             rb = use_f(g, in->b);
    u32 opc = (in->aux & 1 ? 0x2f : 0x2e) | M_0F | O_UN |
              (in->type == IR_F64 ? (u32)P_66 | O_EW | O_N8 : (u32)O_N4);
    e_cmov(e, CC_P, false, d, t);
    e_mov_ri(e, t, IR_NZCV_C | IR_NZCV_V);
    e_cmov(e, CC_B, false, d, t);
    e_mov_ri(e, t, IR_NZCV_N);
    e_cmov(e, CC_E, false, d, t);
    e_mov_ri(e, t, IR_NZCV_Z | IR_NZCV_C);
    e_mov_ri(e, d, IR_NZCV_C);
    v_op(g, opc, ra, 0, rb, NOIMM);
}
