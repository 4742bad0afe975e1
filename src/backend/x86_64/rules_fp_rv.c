/* Rules for scalar floats in RISC-V units. A NaN result becomes the canonical one, unless nobody can see which NaN
 * it was; underflow is as the host has it. A single has ones above it ("boxed") wherever that costs nothing: most
 * instructions take the upper bits of their result from the first operand. */
#include "backend/x86_64/fpop.h"

#define NAN_F64 0x7ff8000000000000ull
#define NAN_BOXED 0xffffffff7fc00000ull

/* The host is not asked: a rounding mode of the instruction's own. */
static bool own_rounding(const struct ir_ins *in)
{
    return IR_FP_ROUND_OF(in->aux) != 0;
}

/* Are there ones above the single R in its register? */
static bool boxed_above(const struct cg *g, ir_ref r, unsigned depth)
{
    if (IR_IS_K(r)) {
        return false;
    }
    const struct ir_ins *in = &g->ins[r];
    switch (in->op) {
    case IR_LD:
        return true;
    case IR_I2F:
        return !own_rounding(in) && !(in->aux >> 8);
    case IR_F2F:
        return !own_rounding(in);
    case IR_UNBOX:
        return !(in->aux & 1);
    case IR_FADD:
    case IR_FMUL:
        return depth && !own_rounding(in) &&
               (boxed_above(g, in->a, depth - 1) || boxed_above(g, in->b, depth - 1));
    case IR_FSUB:
    case IR_FDIV:
    case IR_FSQRT:
        return depth && !own_rounding(in) && boxed_above(g, in->a, depth - 1);
    case IR_FMA:
        return depth && !own_rounding(in) && (g->features & HOST_FMA) &&
               boxed_above(g, in->c, depth - 1);
    case IR_FRINT:
        return depth && (in->aux & 7) != IR_ROUND_TIEAWAY && boxed_above(g, in->a, depth - 1);
    case IR_FNEG:
    case IR_FABS:
    case IR_FSGNJ:
        return depth && boxed_above(g, in->a, depth - 1);
    case IR_FMIN:
    case IR_FMAX:
    case IR_FMINNM:
    case IR_FMAXNM:
        return depth && boxed_above(g, in->a, depth - 1) && boxed_above(g, in->b, depth - 1);
    default:
        return false;
    }
}

/* --- canonical NaNs --- */

/* Ops to which one quiet NaN is as good as another. */
static bool absorbs_nan(unsigned op)
{
    switch (op) {
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
    case IR_FCMP:
    case IR_F2F:
    case IR_F2H:
    case IR_F2I:
        return true;
    default:
        return op >= IR_VFADD && op <= IR_VFCVTN && op != IR_VFABS && op != IR_VFNEG;
    }
}

bool nan_seen(const struct cg *g, u32 i)
{
    u32 end = MIN(g->fn->len, i + 48);
    for (u32 j = i + 1; j < end; j++) {
        const struct ir_ins *in = &g->ins[j];
        if (in->op == IR_BLOCK) { /* no value lives on */
            return false;
        }
        if (in->op == IR_INSN || (in->a != i && in->b != i && in->c != i) ||
            (in->op == IR_SET && g->vi[j].home == DEAD_SET) || absorbs_nan(in->op)) {
            continue;
        }
        if (in->op != IR_BOX || nan_seen(g, j)) {
            return true;
        }
    }
    return end < g->fn->len;
}

static bool foreign_operand(const struct cg *g, const struct ir_ins *in, unsigned depth);

/* May R be a NaN that is not the canonical one, or stand for it as another? Where invalid operations trap, arithmetic
 * makes none, but hands those on that were loaded, and a boxed single that is read as a double is one. */
static bool foreign_nan(const struct cg *g, ir_ref r, unsigned depth)
{
    if (IR_IS_K(r)) {
        const struct ir_const *k = &g->fn->k[r & ~IR_K];
        return k->type == IR_F64 ? (k->lo & MASK64(63)) > 0x7ff0000000000000 : (k->lo & MASK64(31)) > 0x7f800000;
    }
    const struct ir_ins *in = &g->ins[r];
    switch (in->op) {
    case IR_I2F:
    case IR_FMA:
    case IR_FMIN:
    case IR_FMAX:
    case IR_FMINNM:
    case IR_FMAXNM:
        return false;
    case IR_FADD:
    case IR_FSUB:
    case IR_FMUL:
    case IR_FDIV:
    case IR_FSQRT:
    case IR_F2F:
    case IR_FRINT:
        return depth == 0 || (!nan_seen(g, r) && foreign_operand(g, in, depth - 1));
    case IR_FABS:
        return depth == 0 || foreign_nan(g, in->a, depth - 1);
    default:
        return true;
    }
}

static bool foreign_operand(const struct cg *g, const struct ir_ins *in, unsigned depth)
{
    return (in->a && foreign_nan(g, in->a, depth)) || (in->b && foreign_nan(g, in->b, depth));
}

/* What is left of op I is emitted before this: a NaN in D becomes the canonical one. */
static void canonical_nan(struct cg *g, u32 i, const struct ir_ins *in, unsigned d)
{
    if (!nan_seen(g, i) || (g->fn->fp_trap && !foreign_operand(g, in, 4))) {
        return;
    }
    struct emit *e = &g->e;
    u32 hot = here(g);
    to_cold(g);
    e_jmp_fix(e, FIX_HOT, hot);
    v_load(g, IR_F64, d, pool_mem(g, in->type == IR_F64 ? NAN_F64 : NAN_BOXED, 0, 8));
    u32 cold = here(g);
    to_hot(g);
    e_jcc_fix(e, CC_P, FIX_COLD, cold);
    v_op(g, UCOMIS(in->type), d, 0, d, NOIMM);
}

static unsigned use_f(struct cg *g, ir_ref r)
{
    return ra_use(g, peel_v(g, r), ANY);
}

/* D = OPC(A, B), D not used before; B from memory where it is there. */
static void binary(struct cg *g, u32 opc, unsigned d, ir_ref a, ir_ref b)
{
    struct mem m;
    b = peel_v(g, b);
    if (a != b && ra_mem(g, b, &m)) {
        v_op_m(g, opc, d, use_f(g, a), m, NOIMM);
        return;
    }
    unsigned ra = use_f(g, a), rb = a == b ? ra : ra_use(g, b, ANY);
    v_op(g, opc, d, ra, rb, NOIMM);
}

/* Destination of op I: with AVX it may be one of its operands' registers. */
static unsigned def(struct cg *g, u32 i)
{
    return g->avx ? ra_def(g, i, ANY) : ra_def_early(g, i, ANY);
}

static void rv_bin(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u8 ops[] = {[IR_FADD - IR_FADD] = 0x58,
                             [IR_FSUB - IR_FADD] = 0x5c,
                             [IR_FMUL - IR_FADD] = 0x59,
                             [IR_FDIV - IR_FADD] = 0x5e};
    ir_ref a = in->a, b = in->b;
    struct mem m;
    if (in->op == IR_FADD || in->op == IR_FMUL) { /* NaNs being equal, so are the operands */
        bool swap = in->type == IR_F32 ? !boxed_above(g, a, 8) && boxed_above(g, b, 8)
                                       : ra_mem(g, a, &m) && !ra_mem(g, b, &m);
        a = swap ? in->b : in->a;
        b = swap ? in->a : in->b;
    }
    unsigned d = def(g, i);
    canonical_nan(g, i, in, d);
    binary(g, SCALAR(in->type, ops[in->op - IR_FADD]), d, a, b);
}

static void rv_sqrt(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned d = def(g, i);
    canonical_nan(g, i, in, d);
    unsigned ra = use_f(g, in->a);
    v_op(g, SCALAR(in->type, 0x51), d, ra, ra, NOIMM);
}

/* The reference function is asked about each NaN, as the host does not raise Invalid for inf * 0 + NaN. To it the
 * result does as the addend, for it is a NaN and quiet. */
static void rv_fma(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u8 ops[4] = {0xb9, 0xbd, 0xbb, 0xbf}; /* 231: d = +-(a * b) +- d */
    if (!(g->features & HOST_FMA)) {
        rule_ref(g, i, in);
        return;
    }
    bool tied = in->c != in->a && in->c != in->b;
    unsigned d = tied ? ra_def_tied(g, i, ANY, in->c) : ra_def_early(g, i, ANY);
    unsigned ra = use_f(g, in->a), rb = in->a == in->b ? ra : use_f(g, in->b);
    u32 cold = cold_ref(g, in, d, ra, rb, d, here(g));
    e_jcc_fix(&g->e, CC_P, FIX_COLD, cold);
    v_op(g, UCOMIS(in->type), d, 0, d, NOIMM);
    e_vrr(&g->e, ops[in->aux & 3] | P_66 | M_38 | (in->type == IR_F64 ? (u32)O_W : 0u), d, ra, rb);
    v_mov(g, d, ra_use_hint(g, peel_v(g, in->c), ANY, d));
}

/* Equal operands may be zeros of both signs: the two orders of minsd are combined, or vrange orders them. NaNs
 * never reach it. */
static void rv_minmax(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool max = in->op == IR_FMAX || in->op == IR_FMAXNM;
    u32 opc = SCALAR(in->type, max ? 0x5f : 0x5d);
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a), rb = use_f(g, in->b),
             t = g->evex ? NOREG : ra_tmp(g, XMM, ANY);
    u32 cold = cold_ref(g, in, d, ra, rb, NOREG, here(g));
    if (g->evex) {
        v_op(g, 0x51 | P_66 | M_3A | O_EVEX | (in->type == IR_F64 ? (u32)O_EW : 0u), d, ra, rb, max ? 5 : 4);
    } else {
        v_op(g, max ? PAND : POR, d, d, t, NOIMM);
        v_op(g, opc, d, rb, ra, NOIMM);
        v_op(g, opc, t, ra, rb, NOIMM);
    }
    e_jcc_fix(&g->e, CC_P, FIX_COLD, cold);
    v_op(g, UCOMIS(in->type), ra, 0, rb, NOIMM);
}

/* roundsd's immediate for a rounding mode, -1 when it has none. */
static int round_imm(unsigned mode)
{
    static const s8 imm[8] = {[IR_ROUND_TIEEVEN] = 0, [IR_ROUND_POSINF] = 2,   [IR_ROUND_NEGINF] = 1,
                              [IR_ROUND_ZERO] = 3,    [IR_ROUND_TIEAWAY] = -1, [IR_ROUND_CURRENT] = 4};
    return imm[mode & 7];
}

static u32 round_opc(unsigned type)
{
    return (type == IR_F64 ? 0x0bu : 0x0au) | P_66 | M_3A | O_NOEVEX;
}

static void rv_rint(struct cg *g, u32 i, const struct ir_ins *in)
{
    int imm = round_imm(in->aux & 7);
    if (imm < 0) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = g->avx ? ra_def(g, i, LOW16) : ra_def_early(g, i, LOW16);
    canonical_nan(g, i, in, d);
    unsigned ra = ra_use(g, peel_v(g, in->a), LOW16);
    v_op(g, round_opc(in->type), d, ra, ra, imm | (in->aux & IR_ROUND_EXACT ? 0 : 8));
}

/* --- conversions --- */

/* D, of which only the low part is written next, depends on nothing from here on; ONES above a single. */
static void fresh(struct cg *g, unsigned type, unsigned d)
{
    v_op(g, type == IR_F32 ? PCMPEQD : PXOR, d, d, d, NOIMM);
}

static void rv_f2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    u32 opc = SCALAR(in->aux & 15, 0x5a);
    if (in->type == IR_F64) {
        unsigned d = def(g, i);
        canonical_nan(g, i, in, d);
        unsigned ra = use_f(g, in->a);
        v_op(g, opc, d, ra, ra, NOIMM);
        return;
    }
    unsigned d = ra_def_early(g, i, LOW16), ra = use_f(g, in->a);
    canonical_nan(g, i, in, d);
    v_op(g, opc, d, d, ra, NOIMM);
    fresh(g, in->type, d);
}

static void rv_i2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool uns = in->aux & 1, w = in->aux & 2, w64 = w || uns;
    unsigned d = ra_def(g, i, LOW16), ra = ra_use(g, w ? in->a : peel32(g, in->a), ANY);
    g->rf[XMM].busy |= BIT(d);
    if (uns && g->evex) {
        u32 opc = (SCALAR(in->type, 0x7b) & ~(u32)O_EW) | O_EVEX;
        e_vrr(e, opc | WBIT(w), d, d, ra);
        fresh(g, in->type, d);
        return;
    }
    u32 opc = SCALAR(in->type, 0x2a) & ~(u32)O_EW;
    unsigned src = uns && !w ? ra_tmp(g, GPR, ANY) : ra;
    u32 cold = uns && w ? cold_ref(g, in, d, ra, NOREG, NOREG, here(g)) : 0;
    if (g->avx) {
        e_vrr(e, opc | WBIT(w64), d, d, src);
    } else {
        e_rr(e, opc | WBIT(w64), d, src);
    }
    fresh(g, in->type, d);
    if (src != ra) { /* the upper half must be zero */
        e_mov_rr(e, false, src, ra);
    }
    if (cold) {
        e_jcc_fix(e, CC_S, FIX_COLD, cold);
        e_test_rr(e, true, ra, ra);
    }
}

/* How a value is converted to an integer. */
struct to_int {
    bool dbl, w, uns;
    unsigned mode;
    unsigned ra, s, t, u, d; /* source, rounded source, its helper, integer to raise inexact, result */
};

/* D = (integer) S toward zero (or as MXCSR says); USI: the unsigned form. */
static void cvt(struct cg *g, const struct to_int *c, bool usi, bool w, unsigned d, unsigned s)
{
    bool trunc = c->mode != IR_ROUND_CURRENT;
    u32 byte = usi ? (trunc ? 0x78 : 0x79) : trunc ? 0x2c : 0x2d;
    u32 opc = byte | M_0F | (c->dbl ? P_F2 : P_F3) | WBIT(w) | (usi ? (u32)O_EVEX : 0u);
    g->avx ? e_vrr(&g->e, opc, d, 0, s) : e_rr(&g->e, opc, d, s);
}

static bool rounds_first(unsigned mode)
{
    return mode != IR_ROUND_ZERO && mode != IR_ROUND_CURRENT;
}

/* S = RA rounded to integral, raising nothing for a number. Away from zero in a tie: the integer part and the
 * integer part of twice the fraction, all of which is exact. */
static void round_first(struct cg *g, const struct to_int *c)
{
    unsigned type = c->dbl ? IR_F64 : IR_F32;
    if (!rounds_first(c->mode)) {
        return;
    }
    if (c->mode != IR_ROUND_TIEAWAY) {
        v_op(g, round_opc(type), c->s, c->ra, c->ra, round_imm(c->mode) | 8);
        return;
    }
    v_op(g, SCALAR(type, 0x58), c->s, c->s, c->t, NOIMM);
    v_op(g, round_opc(type), c->t, c->t, c->t, 3 | 8);
    v_op(g, SCALAR(type, 0x58), c->t, c->t, c->t, NOIMM);
    v_op(g, SCALAR(type, 0x5c), c->t, c->ra, c->s, NOIMM);
    v_op(g, round_opc(type), c->s, c->ra, c->ra, 3 | 8);
}

/* Bits of a float compared with those of the first one that goes the cold way, as unsigned numbers: negative ones
 * and NaNs go it too. */
static void range_check(struct cg *g, const struct to_int *c, unsigned k, u32 cold)
{
    u64 limit = c->dbl ? (c->w ? 0x43e0000000000000ull : 0x41efffffffe00001ull) : c->w ? 0x5f000000u : 0x4f800000u;
    struct emit *e = &g->e;
    u32 movq = 0x7e | P_66 | M_0F | WBIT(c->dbl);
    e_jcc_fix(e, CC_AE, FIX_COLD, cold);
    e_alu_rr(e, ALU_CMP, c->dbl, c->u, k);
    e_mov_ri(e, k, limit);
    g->avx ? e_vrr(e, movq, c->ra, 0, c->u) : e_rr(e, movq, c->ra, c->u);
}

static void rv_f2i(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    struct to_int c = {.dbl = in->aux & 32, .w = in->type == IR_I64, .uns = in->aux & 16, .mode = in->aux & 7};
    bool round = rounds_first(c.mode), usi = c.uns && g->evex, check_range = c.uns && !usi;
    bool wide = c.w || check_range;
    c.d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(c.d);
    c.ra = c.s = ra_use(g, peel_v(g, in->a), round ? LOW16 : ANY);
    if (round) {
        c.s = ra_tmp(g, XMM, LOW16);
        c.t = c.mode == IR_ROUND_TIEAWAY ? ra_tmp(g, XMM, LOW16) : NOREG;
    }
    /* before the label: taking them may reload a register */
    c.u = round || check_range ? ra_tmp(g, GPR, ANY) : NOREG;
    unsigned k = check_range ? ra_tmp(g, GPR, ANY) : NOREG;
    u32 cold = cold_ref(g, in, c.d, c.ra, NOREG, NOREG, here(g));
    if (round) { /* for the inexact flag alone */
        cvt(g, &c, usi, wide, c.u, c.ra);
    }
    if (usi) { /* the host's answer to all that is out of range is the largest number */
        e_jcc_fix(e, CC_E, FIX_COLD, cold);
        e_alu_ri(e, ALU_CMP, c.w, c.d, -1);
    } else if (!c.uns) { /* or MIN */
        e_jcc_fix(e, CC_O, FIX_COLD, cold);
        e_alu_ri(e, ALU_CMP, c.w, c.d, 1);
    }
    cvt(g, &c, usi, wide, c.d, c.s);
    round_first(g, &c);
    if (check_range) {
        range_check(g, &c, k, cold);
    }
}

/* --- half precision: its bits in a general register --- */

static void gpr_to_x(struct cg *g, unsigned d, unsigned s)
{
    g->avx ? e_vrr(&g->e, 0x6e | P_66 | M_0F, d, 0, s) : e_rr(&g->e, 0x6e | P_66 | M_0F, d, s);
}

static void rv_h2f(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (!(g->features & HOST_F16C)) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = ra_def(g, i, LOW16), ra = ra_use(g, peel32(g, in->a), ANY), t = ra_tmp(g, GPR, ANY);
    canonical_nan(g, i, in, d);
    if (in->type == IR_F64) {
        v_op(g, SCALAR(IR_F32, 0x5a), d, d, d, NOIMM);
    }
    e_vrr(&g->e, 0x13 | P_66 | M_38, d, 0, d); /* vcvtph2ps */
    gpr_to_x(g, d, t);
    e_rr(&g->e, 0xb7 | M_0F, t, ra);
}

static void rv_f2h(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (!(g->features & HOST_F16C) || in->type != IR_F32) {
        rule_ref(g, i, in);
        return;
    }
    struct emit *e = &g->e;
    unsigned d = ra_def(g, i, ANY), ra = ra_use(g, peel_v(g, in->a), LOW16), t = ra_tmp(g, XMM, LOW16);
    u32 cold = cold_ref(g, in, d, ra, NOREG, NOREG, here(g));
    e_vrr(e, 0x7e | P_66 | M_0F, t, 0, d);
    e_8(e, 4); /* rounding as MXCSR says */
    e_vrr(e, 0x1d | P_66 | M_3A, t, 0, t);
    v_op(g, INSERTPS, t, ra, ra, 0x0e); /* zeros above: no flags from there */
    e_jcc_fix(e, CC_P, FIX_COLD, cold);
    v_op(g, UCOMIS(IR_F32), ra, 0, ra, NOIMM);
}

/* --- boxing and signs --- */

void rule_box(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned d = ra_def(g, i, ANY);
    if (boxed_above(g, in->a, 8)) {
        v_mov(g, d, ra_use_hint(g, in->a, ANY, d));
        return;
    }
    v_op_m(g, ORPS, d, ra_use(g, in->a, ANY), pool_mem(g, ~MASK64(32), 0, 16), NOIMM);
}

void rule_unbox(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned d = ra_def(g, i, LOW16);
    g->rf[XMM].busy |= BIT(d);
    if (!(in->aux & 1)) {
        u32 hot = here(g), ptest = 0x17 | P_66 | M_38;
        struct mem ones = pool_mem(g, ~MASK64(32), 0, 16);
        to_cold(g);
        e_jmp_fix(e, FIX_HOT, hot);
        v_load(g, IR_F64, d, pool_mem(g, NAN_BOXED, 0, 8));
        u32 cold = here(g);
        to_hot(g);
        e_jcc_fix(e, CC_AE, FIX_COLD, cold); /* some bit above is not set */
        g->avx ? e_vrm(e, ptest, d, 0, ones) : e_rm(e, ptest, d, ones);
    }
    struct mem m;
    if (ra_mem(g, in->a, &m)) {
        v_load(g, IR_F64, d, m);
    } else {
        v_mov(g, d, ra_use_hint(g, in->a, ANY, d));
    }
}

/* The sign bit alone, and all others with what lies above a single. */
static struct mem sign_mask(struct cg *g, unsigned type, bool others)
{
    u64 sign = type == IR_F64 ? 1ull << 63 : 1ull << 31;
    return pool_mem(g, others ? ~sign : sign, 0, 16);
}

static void rv_sign(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool abs = in->op == IR_FABS;
    unsigned d = ra_def(g, i, ANY), ra = use_f(g, in->a);
    v_op_m(g, abs ? ANDPS : XORPS, d, ra, sign_mask(g, in->type, abs), NOIMM);
}

void rule_fsgnj(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned d = ra_def_early(g, i, ANY), ra = use_f(g, in->a), rb = use_f(g, in->b);
    struct mem sign = sign_mask(g, in->type, false);
    if (in->aux == 2) {
        v_op(g, XORPS, d, d, ra, NOIMM);
        v_op_m(g, ANDPS, d, rb, sign, NOIMM);
        return;
    }
    unsigned t = ra_tmp(g, XMM, ANY);
    v_op(g, ORPS, d, d, t, NOIMM);
    v_op_m(g, in->aux == 1 ? ANDNPS : ANDPS, d, rb, sign, NOIMM);
    v_op_m(g, ANDPS, t, ra, sign_mask(g, in->type, true), NOIMM);
}

static rule_fn *rule_of(unsigned op)
{
    switch (op) {
    case IR_FADD:
    case IR_FSUB:
    case IR_FMUL:
    case IR_FDIV:
        return rv_bin;
    case IR_FSQRT:
        return rv_sqrt;
    case IR_FMA:
        return rv_fma;
    case IR_FMIN:
    case IR_FMAX:
    case IR_FMINNM:
    case IR_FMAXNM:
        return rv_minmax;
    case IR_F2F:
        return rv_f2f;
    case IR_I2F:
        return rv_i2f;
    case IR_F2H:
        return rv_f2h;
    case IR_FRINT:
        return rv_rint;
    case IR_F2I:
        return rv_f2i;
    case IR_H2F:
        return rv_h2f;
    default:
        return rv_sign;
    }
}

bool fp_rv(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (g->fn->fp_rules != IR_FP_RV64) {
        return false;
    }
    bool may_round = in->op <= IR_FMA || in->op == IR_F2F || in->op == IR_F2H || in->op == IR_I2F;
    if (may_round && (own_rounding(in) || (in->op == IR_I2F && in->aux >> 8))) {
        rule_ref(g, i, in);
    } else if (in->op == IR_F2I && in->aux >> 8) {
        rule_ref(g, i, in);
    } else {
        rule_of(in->op)(g, i, in);
    }
    return true;
}
