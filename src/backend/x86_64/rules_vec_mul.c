/* Rules of long and high products, pairwise ops and reductions. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq.h"

/* D = double-width products of the low lanes; uses T0 and T1. */
static void long_product(struct seq *s, unsigned size, bool sign, unsigned d)
{
    if (size == 0) {
        u32 ext = sign ? O38(0x20) : O38(0x30);
        op2(s, ext, T0, VA);
        op2(s, ext, T1, VB);
        op3(s, PMULLW, d, T0, T1);
    } else if (size == 1) {
        op3(s, PMULLW, T0, VA, VB);
        op3(s, sign ? PMULHW : PMULHUW, T1, VA, VB);
        op3(s, PUNPCKLWD, d, T0, T1);
    } else {
        op2i(s, PSHUFD, T0, VA, 0x50);
        op2i(s, PSHUFD, T1, VB, 0x50);
        op3(s, sign ? PMULDQ : PMULUDQ, d, T0, T1);
    }
}

void rule_vmull(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    long_product(&s, in->aux & 3, in->op == IR_VSMULL, VD);
    seq_end(&s);
}

void rule_vsqdmull(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    struct seq s;
    if (size == 0) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    long_product(&s, size, true, T0);
    /* only MIN * MIN overflows: it gives exactly MIN, turned to MAX */
    op3(&s, size == 1 ? PADDD : PADDQ, T0, T0, T0);
    op_mov(&s, T1, lit_lanes(&s, size + 1, 1ull << ((16u << size) - 1)));
    op3(&s, size == 1 ? PCMPEQD : PCMPEQQ, T1, T1, T0);
    op3(&s, PXOR, VD, T0, T1);
    seq_end(&s);
}

/* True when R is the high half of a vector that is not needed as such: *SRC. */
static bool is_high(const struct cg *g, ir_ref r, ir_ref *src)
{
    if (IR_IS_K(r) || g->ins[r].op != IR_VHI || IR_IS_K(g->ins[r].a)) {
        return false;
    }
    *src = g->ins[r].a;
    return true;
}

/* Products of bytes: by each bit of one operand, added without carry. */
static void pmull_bytes(struct seq *s)
{
    op2(s, O38(0x30), T0, VA); /* pmovzxbw */
    op2(s, O38(0x30), T1, VB);
    for (unsigned n = 0; n < 8; n++) {
        unsigned t = n ? T2 : T3;
        op3(s, PAND, t, T1, lit_lanes(s, 1, 1u << n));
        op3(s, PMULLW, t, t, T0);
        if (n) {
            op3(s, PXOR, n < 7 ? T3 : VD, T3, T2);
        }
    }
}

/* The low halves of products of bytes, from the top bit of one operand down. */
void rule_vpmul(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    for (unsigned n = 0; n < 8; n++) {
        unsigned b = n ? T1 : VB;
        op_zero(&s, T2);
        op3(&s, PCMPGTB, T2, T2, b);
        op3(&s, PAND, n ? T2 : T3, T2, VA);
        if (n) {
            op3(&s, PADDB, T3, T3, T3);
            op3(&s, PXOR, n < 7 ? T3 : VD, T3, T2);
        }
        if (n < 7) {
            op3(&s, PADDB, T1, b, b);
        }
    }
    seq_end(&s);
}

void rule_vpmull(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    if ((in->aux & 3) == 0) {
        seq_begin(&s, g, i, in);
        pmull_bytes(&s);
        seq_end(&s);
        return;
    }
    if (!(g->features & HOST_PCLMUL)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    unsigned imm = 0;
    if (is_high(g, in->a, &s.op[0])) {
        imm |= 1;
    }
    if (is_high(g, in->b, &s.op[1])) {
        imm |= 0x10;
    }
    s.no_hint = imm != 0;
    op3i(&s, O3A(0x44) | O_NOEVEX, VD, VA, VB, imm);
    seq_end(&s);
}

/* 32-bit lanes: D = high half of 2 * a * b, rounded. */
static void high_product(struct seq *s, bool round, unsigned d)
{
    op3(s, PMULDQ, T0, VA, VB);
    op2i(s, PSHUFD, T1, VA, 0xf5);
    op2i(s, PSHUFD, T2, VB, 0xf5);
    op3(s, PMULDQ, T1, T1, T2);
    op3(s, PADDQ, T0, T0, T0);
    op3(s, PADDQ, T1, T1, T1);
    if (round) {
        unsigned half = lit_lanes(s, 3, 1ull << 31);
        op3(s, PADDQ, T0, T0, half);
        op3(s, PADDQ, T1, T1, half);
    }
    op2i(s, PSHUFD, T0, T0, 0xf5);
    op3i(s, PBLENDW, d, T0, T1, 0xcc);
}

void rule_vsqdmulh(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    bool round = in->op == IR_VSQRDMULH;
    struct seq s;
    if (size != 1 && size != 2) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (size == 2) {
        high_product(&s, round, T0);
    } else if (round) {
        op3(&s, PMULHRSW, T0, VA, VB);
    } else {
        op3(&s, PMULHW, T0, VA, VB);
        op3(&s, PMULLW, T1, VA, VB);
        op3(&s, PADDW, T0, T0, T0);
        op_shift(&s, PSRLW_I, T1, T1, 15);
        op3(&s, POR, T0, T0, T1);
    }
    op_mov(&s, T1, lit_lanes(&s, size, 1ull << ((8u << size) - 1)));
    op3(&s, size == 1 ? PCMPEQW : PCMPEQD, T1, T1, T0);
    op3(&s, PXOR, VD, T0, T1);
    seq_end(&s);
}

/* The instruction of a pairwise op or reduction on lanes of SIZE 0..2. */
static u32 pair_insn(unsigned op, unsigned size)
{
    static const u32 add[3] = {PADDB, PADDW, PADDD};
    static const u32 smin[3] = {O38(0x38) | O_COMM, O66(0xea) | O_COMM, O38(0x39) | O_COMM};
    static const u32 smax[3] = {O38(0x3c) | O_COMM, O66(0xee) | O_COMM, O38(0x3d) | O_COMM};
    static const u32 umin[3] = {PMINUB, PMINUW, PMINUD};
    static const u32 umax[3] = {PMAXUB, O38(0x3e) | O_COMM, O38(0x3f) | O_COMM};
    switch (op) {
    case IR_VSMINP:
    case IR_VREDSMIN:
        return smin[size];
    case IR_VSMAXP:
    case IR_VREDSMAX:
        return smax[size];
    case IR_VUMINP:
    case IR_VREDUMIN:
        return umin[size];
    case IR_VUMAXP:
    case IR_VREDUMAX:
        return umax[size];
    default:
        return add[size];
    }
}

void rule_vpair(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    struct seq s;
    if (size == 3 && in->op != IR_VADDP) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (size == 3) {
        op3(&s, PUNPCKLQDQ, T0, VA, VB);
        op3(&s, PUNPCKHQDQ, T1, VA, VB);
        op3(&s, PADDQ, VD, T0, T1);
    } else if (size == 2) {
        op3i(&s, SHUFPS, T0, VA, VB, 0x88);
        op3i(&s, SHUFPS, T1, VA, VB, 0xdd);
        op3(&s, pair_insn(in->op, 2), VD, T0, T1);
    } else { /* the result of a pair in its even lane, then the even lanes packed */
        u32 opc = pair_insn(in->op, size), shr = size ? PSRLD_I : PSRLW_I;
        unsigned even = lit_lanes(&s, size + 1, MASK64(8u << size));
        bool same = in->a == in->b;
        op_shift(&s, shr, T0, VA, 8u << size);
        op3(&s, opc, T0, T0, VA);
        op3(&s, PAND, T0, T0, even);
        if (!same) {
            op_shift(&s, shr, T1, VB, 8u << size);
            op3(&s, opc, T1, T1, VB);
            op3(&s, PAND, T1, T1, even);
        }
        op3(&s, size ? PACKUSDW : PACKUSWB, VD, T0, same ? T0 : T1);
    }
    seq_end(&s);
}

/* D = sums of adjacent lanes of X, double width; uses T0, T1. */
static void add_pairs(struct seq *s, unsigned size, bool sign, unsigned d, unsigned x)
{
    unsigned t = d == VD ? T0 : d;
    if (size == 0 && !sign) {
        op3(s, PMADDUBSW, d, x, lit_lanes(s, 0, 1));
    } else if (size == 0) {
        op_mov(s, T1, lit_lanes(s, 0, 1));
        op3(s, PMADDUBSW, d, T1, x);
    } else if (size == 1 && sign) {
        op3(s, PMADDWD, d, x, lit_lanes(s, 1, 1));
    } else if (size == 1) {
        op_shift(s, PSRLD_I, T1, x, 16);
        op3(s, PAND, t, x, lit_lanes(s, 2, 0xffff));
        op3(s, PADDD, d, t, T1);
    } else if (sign) {
        op2i(s, PSHUFD, T1, x, 0xf5);
        op3(s, PMULDQ, T1, T1, lit_lanes(s, 3, 1));
        op3(s, PMULDQ, t, x, lit_lanes(s, 3, 1));
        op3(s, PADDQ, d, t, T1);
    } else {
        op_shift(s, PSRLQ_I, T1, x, 32);
        op3(s, PAND, t, x, lit_lanes(s, 3, 0xffffffff));
        op3(s, PADDQ, d, t, T1);
    }
}

void rule_vaddlp(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    if ((in->aux & 3) == 3) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    add_pairs(&s, in->aux & 3, in->op == IR_VSADDLP, VD, VA);
    seq_end(&s);
}

/* T0 = T0 with its high half combined into the low one, and so on down to lanes of SIZE (2, 3). */
static void fold(struct seq *s, u32 opc, unsigned size)
{
    op2i(s, PSHUFD, T1, T0, 0xee);
    op3(s, opc, T0, T0, T1);
    if (size == 2) {
        op2i(s, PSHUFD, T1, T0, 0x55);
        op3(s, opc, T0, T0, T1);
    }
}

void rule_vredadd(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, x = VA, out = in->op == IR_VREDADD ? size : size + 1;
    bool sign = in->op == IR_VREDSADDL, half = in->aux & 4;
    struct seq s;
    if (size == 3) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (half) {
        op2(&s, MOVQ_XX, T0, VA);
        x = T0;
    }
    if (size == 0) {
        if (sign) { /* 128 added to each lane, of the low half only where that is the form */
            op3(&s, PXOR, T0, x, lit(&s, 0x8080808080808080, half ? 0 : 0x8080808080808080));
            x = T0;
        }
        op3(&s, PSADBW, T0, x, lit(&s, 0, 0));
        fold(&s, PADDQ, 3);
        if (sign) {
            op3(&s, PSUBW, T0, T0, lit(&s, half ? 8 * 128 : 16 * 128, 0));
        }
    } else if (size == 1) {
        add_pairs(&s, 1, sign || out == 1, T0, x);
        fold(&s, PADDD, 2);
    } else if (out == 2) {
        if (x == VA) {
            op2i(&s, PSHUFD, T1, VA, 0xee);
            op3(&s, PADDD, T0, VA, T1);
            x = T0;
        }
        op2i(&s, PSHUFD, T1, x, 0x55);
        op3(&s, PADDD, T0, x, T1);
    } else {
        add_pairs(&s, 2, sign, T0, x);
        fold(&s, PADDQ, 3);
    }
    op3(&s, PAND, VD, T0, lit(&s, MASK64(8u << out), 0));
    seq_end(&s);
}

/* Bytes and words: all orders are brought to the unsigned minimum of words, which one instruction finds. */
static void fold_words(struct seq *s, unsigned op, unsigned size, unsigned x)
{
    u64 top = size ? 0x8000 : 0x80, all = size ? 0xffff : 0xff;
    u64 flip = op == IR_VREDUMIN ? 0 : op == IR_VREDUMAX ? all : op == IR_VREDSMIN ? top : top - 1;
    if (flip) {
        op3(s, PXOR, T0, x, lit_lanes(s, size, flip));
        x = T0;
    }
    if (size == 0) { /* clears the upper bytes */
        op_shift(s, PSRLW_I, T1, x, 8);
        op3(s, PMINUB, T0, x, T1);
        x = T0;
    }
    op2(s, PHMINPOSUW, T0, x);
    op3(s, PAND, flip ? T0 : VD, T0, lit(s, all, 0));
    if (flip) {
        op3(s, PXOR, VD, T0, lit(s, flip, 0));
    }
}

void rule_vredmin(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, x = VA;
    struct seq s;
    if (size == 3) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (in->aux & 4) {
        op3(&s, PUNPCKLQDQ, T0, VA, VA);
        x = T0;
    }
    if (size < 2) {
        fold_words(&s, in->op, size, x);
    } else {
        u32 opc = pair_insn(in->op, 2);
        op2i(&s, PSHUFD, T1, x, 0xee);
        op3(&s, opc, T0, x, T1);
        op2i(&s, PSHUFD, T1, T0, 0x55);
        op3(&s, opc, T0, T0, T1);
        op3(&s, PAND, VD, T0, lit(&s, 0xffffffff, 0));
    }
    seq_end(&s);
}

/* Even and odd bytes as words, products of both added in pairs. */
void rule_vdot(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    if (in->op == IR_VSDOT) {
        op_shift(&s, PSLLW_I, T0, VB, 8);
        op_shift(&s, PSRAW_I, T0, T0, 8);
        op_shift(&s, PSLLW_I, T1, VC, 8);
        op_shift(&s, PSRAW_I, T1, T1, 8);
        op3(&s, PMADDWD, T0, T0, T1);
        op_shift(&s, PSRAW_I, T1, VB, 8);
        op_shift(&s, PSRAW_I, T2, VC, 8);
    } else {
        unsigned low = lit_lanes(&s, 1, 0xff);
        op3(&s, PAND, T0, VB, low);
        op3(&s, PAND, T1, VC, low);
        op3(&s, PMADDWD, T0, T0, T1);
        op_shift(&s, PSRLW_I, T1, VB, 8);
        op_shift(&s, PSRLW_I, T2, VC, 8);
    }
    op3(&s, PMADDWD, T1, T1, T2);
    op3(&s, PADDD, T0, T0, T1);
    op3(&s, PADDD, VD, T0, VA);
    seq_end(&s);
}
