/* Which vector encodings are reserved under a vtype: register groups, overlaps, widths (chapters 3.4, 5.2, 5.3). */
#include "frontend/riscv64/vref.h"

/* An instruction under test. Groups are named by the log2 of their size in registers, which may be negative. */
struct check {
    u32 insn;
    enum rv64_op op;
    enum v_shape shape;
    unsigned vd, vs1, vs2, sew, nf;
    int lmul;
    bool masked, vector; /* vector: vs1 is a register group */
    bool vstart;
};

static unsigned regs_of(int emul)
{
    return emul > 0 ? 1u << emul : 1;
}

static bool aligned(unsigned reg, int emul)
{
    return emul >= -3 && emul <= 3 && reg % regs_of(emul) == 0;
}

static bool apart(unsigned a, unsigned na, unsigned b, unsigned nb)
{
    return a + na <= b || b + nb <= a;
}

/* A destination group of EMUL at D may overlap a source group at S of another element width. */
static bool may_overlap(unsigned d, int demul, unsigned s, int semul)
{
    unsigned nd = regs_of(demul), ns = regs_of(semul);
    if (apart(d, nd, s, ns)) {
        return true;
    }
    if (demul > semul) { /* wider: only in the highest part */
        return semul >= 0 && s + ns == d + nd && s > d;
    }
    return demul < semul && d == s; /* narrower: only in the lowest */
}

/* A masked instruction does not write its mask. */
static bool mask_ok(const struct check *c)
{
    return !c->masked || c->vd != V_MASK_REG;
}

static bool same_width(const struct check *c, bool has_vs2)
{
    return mask_ok(c) && aligned(c->vd, c->lmul) && (!has_vs2 || aligned(c->vs2, c->lmul)) &&
           (!c->vector || aligned(c->vs1, c->lmul));
}

/* WIDE2: vs2 is as wide as the destination. */
static bool widening(const struct check *c, bool wide2)
{
    int e2 = c->lmul + wide2, ed = c->lmul + 1;
    return c->sew < 3 && ed <= 3 && mask_ok(c) && aligned(c->vd, ed) && aligned(c->vs2, e2) &&
           (wide2 || may_overlap(c->vd, ed, c->vs2, e2)) &&
           (!c->vector || (aligned(c->vs1, c->lmul) && may_overlap(c->vd, ed, c->vs1, c->lmul)));
}

static bool narrowing(const struct check *c)
{
    return c->sew < 3 && c->lmul < 3 && mask_ok(c) && aligned(c->vd, c->lmul) &&
           aligned(c->vs2, c->lmul + 1) && (!c->vector || aligned(c->vs1, c->lmul)) &&
           (c->vd == c->vs2 || may_overlap(c->vd, c->lmul, c->vs2, c->lmul + 1));
}

/* The destination is a mask: one register, which may be v0. */
static bool to_mask(const struct check *c)
{
    bool ok2 = c->vd == c->vs2 || apart(c->vd, 1, c->vs2, regs_of(c->lmul));
    bool ok1 = c->vd == c->vs1 || apart(c->vd, 1, c->vs1, regs_of(c->lmul));
    return aligned(c->vs2, c->lmul) && ok2 && (!c->vector || (aligned(c->vs1, c->lmul) && ok1));
}

static bool extension(const struct check *c)
{
    unsigned by = 4 - (c->vs1 >> 1 & 3); /* vs1: 00 f s, f 01 .vf8 10 .vf4 11 .vf2 */
    int es = c->lmul - (int)by;
    return c->sew >= by && es >= -3 && mask_ok(c) && aligned(c->vd, c->lmul) && aligned(c->vs2, es) &&
           may_overlap(c->vd, c->lmul, c->vs2, es);
}

static bool no_overlap(const struct check *c, unsigned reg, int emul)
{
    return apart(c->vd, regs_of(c->lmul), reg, regs_of(emul));
}

static bool gather(const struct check *c)
{
    int e1 = c->shape == V_GATHER16 ? c->lmul + 1 - (int)c->sew : c->lmul;
    return mask_ok(c) && aligned(c->vd, c->lmul) && aligned(c->vs2, c->lmul) && no_overlap(c, c->vs2, c->lmul) &&
           (!c->vector || (aligned(c->vs1, e1) && no_overlap(c, c->vs1, e1)));
}

static bool strided(const struct check *c, unsigned eew)
{
    int emul = c->lmul + (int)eew - (int)c->sew;
    unsigned n = (c->nf + 1) * regs_of(emul);
    bool load = c->shape == V_LD || c->shape == V_LDFF || c->shape == V_LDS;
    return aligned(c->vd, emul) && n <= 8 && c->vd + n <= 32 && (!load || mask_ok(c));
}

static bool indexed(const struct check *c, unsigned eew)
{
    int emul = c->lmul + (int)eew - (int)c->sew;
    unsigned each = regs_of(c->lmul), n = (c->nf + 1) * each;
    if (!aligned(c->vd, c->lmul) || !aligned(c->vs2, emul) || n > 8 || c->vd + n > 32) {
        return false;
    }
    if (c->shape == V_STX) {
        return true;
    }
    for (unsigned i = 0; i <= c->nf; i++) {
        unsigned d = c->vd + i * each;
        bool ok = eew == c->sew || (eew > c->sew && d == c->vs2) || may_overlap(d, c->lmul, c->vs2, emul);
        if (!ok || (c->nf && !apart(d, each, c->vs2, regs_of(emul)))) {
            return false;
        }
    }
    return mask_ok(c);
}

static bool whole(const struct check *c)
{
    return IS_POW2(c->nf + 1) && c->vd % (c->nf + 1) == 0;
}

static bool crypto(const struct check *c)
{
    bool sha512 = c->sew == 3 && (c->op == RV64_OP_VSHA2MS_VV || c->op == RV64_OP_VSHA2CH_VV ||
                                  c->op == RV64_OP_VSHA2CL_VV);
    bool vs1 = sha512 || c->op == RV64_OP_VGHSH_VV || c->op == RV64_OP_VSHA2MS_VV ||
               c->op == RV64_OP_VSHA2CH_VV || c->op == RV64_OP_VSHA2CL_VV;
    bool sha = vs1 && c->op != RV64_OP_VGHSH_VV;
    int need = sha512 ? 1 : 0; /* LMUL * VLEN holds four elements */
    if ((c->sew != 2 && !sha512) || c->lmul < need || c->vstart) {
        return false;
    }
    if (c->shape == V_CRYPTO_S) {
        return aligned(c->vd, c->lmul) && apart(c->vd, regs_of(c->lmul), c->vs2, 1);
    }
    return aligned(c->vd, c->lmul) && aligned(c->vs2, c->lmul) && (!vs1 || aligned(c->vs1, c->lmul)) &&
           (!sha || (no_overlap(c, c->vs1, c->lmul) && no_overlap(c, c->vs2, c->lmul)));
}

/* Element widths of floating-point operands; conversions between an integer and twice its width allow bytes. */
static bool fp_width(const struct check *c)
{
    switch (c->op) {
    case RV64_OP_VFWCVT_F_XU_V:
    case RV64_OP_VFWCVT_F_X_V:
    case RV64_OP_VFNCVT_XU_F_W:
    case RV64_OP_VFNCVT_X_F_W:
    case RV64_OP_VFNCVT_RTZ_XU_F_W:
    case RV64_OP_VFNCVT_RTZ_X_F_W:
        return true;
    default:
        return c->sew >= 1;
    }
}

static bool is_clmul(enum rv64_op op)
{
    return op == RV64_OP_VCLMUL_VV || op == RV64_OP_VCLMUL_VX || op == RV64_OP_VCLMULH_VV || op == RV64_OP_VCLMULH_VX;
}

static bool shape_ok(const struct check *c)
{
    unsigned eew = c->insn >> 12 & 7;
    eew = eew ? eew - 4 : 0;
    switch (c->shape) {
    case V_ARITH:
        return same_width(c, true) && (c->sew == 3 || !is_clmul(c->op));
    case V_MAC: case V_MERGE: case V_SLIDEDOWN: case V_UNARY: case V_CARRY:
        return same_width(c, true);
    case V_MOVE: case V_ID:
        return same_width(c, false);
    case V_WIDE: case V_WMAC: case V_WUNARY:
        return widening(c, false);
    case V_WIDE_W:
        return widening(c, true);
    case V_NARROW: case V_NUNARY:
        return narrowing(c);
    case V_EXT:
        return extension(c);
    case V_COMPARE: case V_CARRY_OUT:
        return to_mask(c);
    case V_WRED:
        return c->sew < 3 && aligned(c->vs2, c->lmul) && !c->vstart;
    case V_RED:
        return aligned(c->vs2, c->lmul) && !c->vstart;
    case V_SETFIRST:
        return mask_ok(c) && c->vd != c->vs2 && !c->vstart;
    case V_IOTA:
        return mask_ok(c) && aligned(c->vd, c->lmul) && no_overlap(c, c->vs2, 0) && !c->vstart;
    case V_COUNT:
        return !c->vstart;
    case V_SLIDEUP:
        return same_width(c, true) && no_overlap(c, c->vs2, c->lmul);
    case V_GATHER: case V_GATHER16:
        return gather(c);
    case V_COMPRESS:
        return aligned(c->vd, c->lmul) && aligned(c->vs2, c->lmul) && no_overlap(c, c->vs2, c->lmul) &&
               no_overlap(c, c->vs1, 0) && !c->vstart;
    case V_CRYPTO: case V_CRYPTO_S:
        return crypto(c);
    case V_LD: case V_ST: case V_LDFF: case V_LDS: case V_STS:
        return strided(c, eew);
    case V_LDX: case V_STX:
        return indexed(c, eew);
    case V_LDW: case V_STW:
        return whole(c);
    case V_COPY: {
        unsigned n = (c->insn >> 15 & 7) + 1;
        return c->vd % n == 0 && c->vs2 % n == 0;
    }
    default:
        return true;
    }
}

bool rv64_v_legal(u32 insn, enum rv64_op op, unsigned mode)
{
    unsigned f3 = insn >> 12 & 7;
    struct check c = {.insn = insn,
                      .op = op,
                      .shape = rv64_v_shape(op),
                      .vd = insn >> 7 & 31,
                      .vs1 = insn >> 15 & 31,
                      .vs2 = insn >> 20 & 31,
                      .nf = insn >> 29,
                      .sew = V_VTYPE_SEW(mode),
                      .lmul = V_VTYPE_LMUL(mode),
                      .masked = !(insn >> 25 & 1),
                      .vstart = mode & V_MODE_VSTART};
    c.vector = f3 <= V_OPMVV && c.shape < V_LD &&
               c.shape != V_UNARY && c.shape != V_EXT && c.shape != V_WUNARY && c.shape != V_ID &&
               c.shape != V_NUNARY;
    if (c.shape == V_LDW || c.shape == V_STW || c.shape == V_COPY) {
        return shape_ok(&c); /* these need no vtype */
    }
    if (mode & V_MODE_VILL || (rv64_v_is_fp(op) && !fp_width(&c))) {
        return false;
    }
    return shape_ok(&c);
}
