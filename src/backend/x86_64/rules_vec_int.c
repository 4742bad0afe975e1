/* Rules of vector integer arithmetic, logic and comparisons. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq.h"

#define AVX512_ONLY O_EVEX

/* Ops that are one host instruction, by lane size; 0: none. */
static const u32 *one_insn(unsigned op)
{
    static const u32 add[4] = {PADDB, PADDW, PADDD, PADDQ}, sub[4] = {PSUBB, PSUBW, PSUBD, PSUBQ};
    static const u32 smin[4] = {O38(0x38) | O_COMM, O66(0xea) | O_COMM, O38(0x39) | O_COMM,
                                O38(0x39) | O_COMM | O_EW | AVX512_ONLY};
    static const u32 smax[4] = {O38(0x3c) | O_COMM, O66(0xee) | O_COMM, O38(0x3d) | O_COMM,
                                O38(0x3d) | O_COMM | O_EW | AVX512_ONLY};
    static const u32 umin[4] = {PMINUB, PMINUW, PMINUD, PMINUD | O_EW | AVX512_ONLY};
    static const u32 umax[4] = {PMAXUB, O38(0x3e) | O_COMM, O38(0x3f) | O_COMM,
                                O38(0x3f) | O_COMM | O_EW | AVX512_ONLY};
    static const u32 sqadd[4] = {O66(0xec) | O_COMM, O66(0xed) | O_COMM, 0, 0};
    static const u32 uqadd[4] = {PADDUSB, O66(0xdd) | O_COMM, 0, 0};
    static const u32 sqsub[4] = {O66(0xe8), O66(0xe9), 0, 0}, uqsub[4] = {O66(0xd8), O66(0xd9), 0, 0};
    static const u32 zip1[4] = {PUNPCKLBW, PUNPCKLWD, PUNPCKLDQ, PUNPCKLQDQ};
    static const u32 zip2[4] = {PUNPCKHBW, PUNPCKHWD, PUNPCKHDQ, PUNPCKHQDQ};
    static const u32 eq[4] = {O66(0x74) | O_COMM | O_NOEVEX, PCMPEQW, PCMPEQD, PCMPEQQ};
    static const u32 gt[4] = {PCMPGTB, O66(0x65) | O_NOEVEX, PCMPGTD, PCMPGTQ};
    static const u32 none[4];
    switch (op) {
    case IR_VADD:
        return add;
    case IR_VSUB:
        return sub;
    case IR_VSMIN:
        return smin;
    case IR_VSMAX:
        return smax;
    case IR_VUMIN:
        return umin;
    case IR_VUMAX:
        return umax;
    case IR_VSQADD:
        return sqadd;
    case IR_VUQADD:
        return uqadd;
    case IR_VSQSUB:
        return sqsub;
    case IR_VUQSUB:
        return uqsub;
    case IR_VZIP1:
        return zip1;
    case IR_VZIP2:
        return zip2;
    case IR_VCMPEQ:
        return eq;
    case IR_VCMPGT:
        return gt;
    default:
        return none;
    }
}

/* The instruction for OP on lanes of SIZE, or 0 when this host has none. */
static u32 insn_for(const struct cg *g, unsigned op, unsigned size)
{
    u32 opc = one_insn(op)[size];
    if ((opc & O_EVEX) && !g->evex) {
        return 0;
    }
    if (op == IR_VCMPGT && size == 3 && !g->avx && !(g->features & HOST_SSE42)) {
        return 0;
    }
    return opc;
}

void rule_vsimple(struct cg *g, u32 i, const struct ir_ins *in)
{
    u32 opc = insn_for(g, in->op, in->aux & 3);
    if (!opc) {
        rule_ref(g, i, in);
        return;
    }
    struct seq s;
    seq_begin(&s, g, i, in);
    op3(&s, opc, VD, VA, VB);
    seq_end(&s);
}

void rule_vmul(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    struct seq s;
    if (size == 3) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (size) {
        op3(&s, size == 1 ? PMULLW : PMULLD, VD, VA, VB);
    } else { /* even bytes, then odd ones as (a >> 8) * (b & 0xff00) */
        op3(&s, PMULLW, T0, VA, VB);
        op_shift(&s, PSRLW_I, T1, VA, 8);
        op3(&s, PAND, T2, VB, lit_lanes(&s, 1, 0xff00));
        op3(&s, PMULLW, T1, T1, T2);
        op3(&s, PAND, T0, T0, lit_lanes(&s, 1, 0xff));
        op3(&s, POR, VD, T0, T1);
    }
    seq_end(&s);
}

void rule_vneg(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op_zero(&s, T0);
    op3(&s, one_insn(IR_VSUB)[in->aux & 3], VD, T0, VA);
    seq_end(&s);
}

void rule_vabs(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size < 3) {
        op2(&s, O38(0x1c + size), VD, VA);
    } else if (s.evex) {
        op2(&s, O38(0x1f) | O_EVEX | O_EW, VD, VA);
    } else {
        op_shift(&s, PSRAD_I, T0, VA, 31);
        op2i(&s, PSHUFD, T0, T0, 0xf5);
        op3(&s, PXOR, T1, VA, T0);
        op3(&s, PSUBQ, VD, T1, T0);
    }
    seq_end(&s);
}

void rule_vlogic(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    switch (in->op) {
    case IR_VAND:
        op3(&s, PAND, VD, VA, VB);
        break;
    case IR_VOR:
        op3(&s, POR, VD, VA, VB);
        break;
    case IR_VXOR:
        if (!aes_round_xor(&s)) {
            op3(&s, PXOR, VD, VA, VB);
        }
        break;
    case IR_VANDN:
        op3(&s, PANDN, VD, VB, VA);
        break;
    case IR_VNOT:
        op3(&s, PXOR, VD, VA, lit_lanes(&s, 3, ~0ull));
        break;
    default: /* VORN */
        if (s.evex) {
            op_mov(&s, VD, VA);
            op_tied(&s, VPTERNLOGD, VD, VB, VB, 0xf5);
        } else {
            op3(&s, PXOR, T0, VB, lit_lanes(&s, 3, ~0ull));
            op3(&s, POR, VD, T0, VA);
        }
        break;
    }
    seq_end(&s);
}

/* Is every byte of vector R all ones or zero? */
static bool by_bytes(const struct cg *g, ir_ref r, unsigned depth)
{
    const struct ir_const *k = vconst(g, r);
    if (k) {
        const u64 top = 0x8080808080808080ull;
        return (k->lo & top) / 128 * 255 == k->lo && (k->hi & top) / 128 * 255 == k->hi;
    }
    if (IR_IS_K(r)) {
        return false;
    }
    const struct ir_ins *in = &g->ins[r];
    switch (in->op) {
    case IR_VCMPEQ:
    case IR_VCMPGT:
    case IR_VCMPGE:
    case IR_VCMPHI:
    case IR_VCMPHS:
    case IR_VTSTNZ:
        return true;
    case IR_VAND:
    case IR_VOR:
        return depth && by_bytes(g, in->a, depth - 1) && by_bytes(g, in->b, depth - 1);
    case IR_VNOT:
    case IR_VSXTL:
        return depth && by_bytes(g, in->a, depth - 1);
    default:
        return false;
    }
}

/* The immediate of PBLENDW for constant mask R, or -1. */
static int blend_words(const struct cg *g, ir_ref r)
{
    const struct ir_const *k = vconst(g, r);
    int imm = 0;
    for (unsigned i = 0; k && i < 8; i++) {
        u64 w = (i < 4 ? k->lo : k->hi) >> i % 4 * 16 & 0xffff;
        if (w && w != 0xffff) {
            return -1;
        }
        imm |= (w ? 1 : 0) << i;
    }
    return k ? imm : -1;
}

/* With vpternlog any of the operands may be the one that becomes the result. */
void rule_vbsl(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    unsigned dst = g->vi[i].reg == NOREG ? NOREG : REG_OF(g->vi[i].reg);
    int words = blend_words(g, in->a);
    seq_begin(&s, g, i, in);
    if (!s.evex && words >= 0) {
        op3i(&s, PBLENDW, VD, VC, VB, (unsigned)words);
    } else if (!s.evex && s.avx && by_bytes(g, in->a, 3)) {
        op_blendv(&s, VPBLENDVB, VD, VC, VB, VA);
    } else if (!s.evex) {
        op3(&s, PAND, T0, VB, VA);
        op3(&s, PANDN, T1, VA, VC);
        op3(&s, POR, VD, T0, T1);
    } else if (dst != NOREG && ra_home(g, in->b) == dst) {
        op_mov(&s, VD, VB);
        op_tied(&s, VPTERNLOGD, VD, VA, VC, 0xe2);
    } else if (dst != NOREG && ra_home(g, in->c) == dst) {
        op_mov(&s, VD, VC);
        op_tied(&s, VPTERNLOGD, VD, VA, VB, 0xb8);
    } else {
        op_mov(&s, VD, VA);
        op_tied(&s, VPTERNLOGD, VD, VB, VC, 0xca);
    }
    seq_end(&s);
}

/* D = a compare into a mask register, spread over the lanes. OPC takes A and B. */
static void by_mask(struct seq *s, u32 opc, unsigned size, int imm)
{
    static const u32 spread[4] = {0x28, 0x28 | O_EW, 0x38, 0x38 | O_EW};
    imm < 0 ? op3(s, opc | O_EVEX, VM, VA, VB) : op3i(s, opc | O_EVEX, VM, VA, VB, (unsigned)imm);
    op2(s, spread[size] | P_F3 | M_38 | O_EVEX | O_NOMEM, VD, VM);
}

static void signed_ge(struct seq *s, unsigned size)
{
    const struct cg *g = s->g;
    const struct ir_const *k = vconst(g, s->in->b);
    u32 gt = insn_for(g, IR_VCMPGT, size);
    if (k && !k->lo && !k->hi) { /* against zero: a > -1 */
        op3(s, gt, VD, VA, lit_lanes(s, 3, ~0ull));
    } else if (size < 3) {
        op3(s, insn_for(g, IR_VSMAX, size), T0, VA, VB);
        op3(s, insn_for(g, IR_VCMPEQ, size), VD, T0, VA);
    } else {
        op3(s, gt, T0, VB, VA);
        op3(s, PXOR, VD, T0, lit_lanes(s, 3, ~0ull));
    }
}

static void unsigned_cmp(struct seq *s, unsigned size, bool ge)
{
    const struct cg *g = s->g;
    u32 eq = insn_for(g, IR_VCMPEQ, size);
    if (s->evex && (!ge || size == 3)) {
        by_mask(s, O3A(size < 2 ? 0x3e : 0x1e) | (size & 1 ? (u32)O_EW : 0), size, ge ? 5 : 6);
    } else if (size == 3) {
        unsigned sign = lit_lanes(s, 3, 1ull << 63);
        op3(s, PXOR, T0, VA, sign);
        op3(s, PXOR, T1, VB, sign);
        op3(s, PCMPGTQ, ge ? T0 : VD, ge ? T1 : T0, ge ? T0 : T1);
        if (ge) {
            op3(s, PXOR, VD, T0, lit_lanes(s, 3, ~0ull));
        }
    } else if (ge) {
        op3(s, insn_for(g, IR_VUMAX, size), T0, VA, VB);
        op3(s, eq, VD, T0, VA);
    } else {
        op3(s, insn_for(g, IR_VUMIN, size), T0, VA, VB);
        op3(s, eq, T0, T0, VA);
        op3(s, PXOR, VD, T0, lit_lanes(s, 3, ~0ull));
    }
}

void rule_vcmp(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    struct seq s;
    if (size == 3 && in->op != IR_VCMPEQ && !insn_for(g, IR_VCMPGT, 3)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    switch (in->op) {
    case IR_VCMPGE:
        signed_ge(&s, size);
        break;
    case IR_VCMPHI:
    case IR_VCMPHS:
        unsigned_cmp(&s, size, in->op == IR_VCMPHS);
        break;
    default:
        op3(&s, insn_for(g, in->op, size), VD, VA, VB);
        break;
    }
    seq_end(&s);
}

void rule_vtstnz(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (s.evex) {
        by_mask(&s, O38(size < 2 ? 0x26 : 0x27) | (size & 1 ? (u32)O_EW : 0), size, -1);
    } else {
        op3(&s, PAND, T0, VA, VB);
        op3(&s, one_insn(IR_VCMPEQ)[size], T0, T0, lit(&s, 0, 0));
        op3(&s, PXOR, VD, T0, lit_lanes(&s, 3, ~0ull));
    }
    seq_end(&s);
}

/* Signed saturation of 32 and 64-bit lanes: where the sum overflowed, MAX or MIN by the sign of a. */
static void signed_sat(struct seq *s, unsigned size, bool is_sub)
{
    u32 opc = one_insn(is_sub ? IR_VSUB : IR_VADD)[size];
    op3(s, opc, T0, VA, VB);
    op3(s, PXOR, T1, VA, VB);
    op3(s, PXOR, T2, VA, T0);
    op3(s, is_sub ? PAND : PANDN, T1, T1, T2); /* sign: overflow */
    if (size == 3 && s->evex) {
        op_shift(s, VPSRAQ_I, T2, VA, 63);
    } else {
        op_shift(s, PSRAD_I, T2, VA, 31);
        if (size == 3) {
            op2i(s, PSHUFD, T2, T2, 0xf5);
        }
    }
    op3(s, PXOR, T2, T2, lit_lanes(s, size, MASK64((8u << size) - 1)));
    if (s->avx) {
        op_blendv(s, size == 3 ? VBLENDVPD : VBLENDVPS, VD, T0, T2, T1);
        return;
    }
    op_shift(s, PSRAD_I, T1, T1, 31);
    if (size == 3) {
        op2i(s, PSHUFD, T1, T1, 0xf5);
    }
    op_select(s, VD, T0, T2, T1, T2);
}

void rule_vsat(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, op = in->op;
    struct seq s;
    bool is_unsigned = op == IR_VUQADD || op == IR_VUQSUB;
    if (size == 3 && is_unsigned && !g->evex) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    u32 opc = insn_for(g, op, size);
    if (opc) {
        op3(&s, opc, VD, VA, VB);
    } else if (op == IR_VUQADD) { /* min(a, ~b) + b */
        op3(&s, PXOR, T0, VB, lit_lanes(&s, 3, ~0ull));
        op3(&s, insn_for(g, IR_VUMIN, size), T0, T0, VA);
        op3(&s, one_insn(IR_VADD)[size], VD, T0, VB);
    } else if (op == IR_VUQSUB) { /* max(a, b) - b */
        op3(&s, insn_for(g, IR_VUMAX, size), T0, VA, VB);
        op3(&s, one_insn(IR_VSUB)[size], VD, T0, VB);
    } else {
        signed_sat(&s, size, op == IR_VSQSUB);
    }
    seq_end(&s);
}

/* T1 = the sum's average rounded up, of bytes and words by the host's, of signed ones moved by half the range (T0, T2
 * are a and b so moved); of others (a | b) - ((a ^ b) >> 1). */
static void average_up(struct seq *s, unsigned size, bool sign, unsigned d)
{
    if (size < 2) {
        unsigned a = VA, b = VB;
        if (sign) {
            unsigned k = lit_lanes(s, size, 0x80ull << (size * 8));
            op3(s, PXOR, T0, VA, k);
            op3(s, PXOR, T2, VB, k);
            a = T0;
            b = T2;
        }
        op3(s, size ? PAVGW : PAVGB, d, a, b);
        return;
    }
    op3(s, PXOR, T0, VA, VB);
    if (size == 3 && sign) {
        op_shift(s, VPSRAQ_I, T0, T0, 1);
    } else {
        op_shift(s, size == 3 ? PSRLQ_I : sign ? PSRAD_I : PSRLD_I, T0, T0, 1);
    }
    op3(s, POR, T1, VA, VB);
    op3(s, size == 3 ? PSUBQ : PSUBD, d, T1, T0);
}

/* Average rounded down: (a & b) + ((a ^ b) >> 1). */
static void average_down(struct seq *s, unsigned size, bool sign)
{
    if (size == 0) { /* rounded up less the odd bit */
        average_up(s, 0, sign, T1);
        op3(s, PXOR, T3, VA, VB);
        op3(s, PAND, T3, T3, lit_lanes(s, 0, 1));
        op3(s, PSUBB, sign ? T1 : VD, T1, T3);
        if (sign) {
            op3(s, PXOR, VD, T1, lit_lanes(s, 0, 0x80));
        }
        return;
    }
    static const u32 sar[4] = {0, PSRAW_I, PSRAD_I, VPSRAQ_I}, shr[4] = {0, PSRLW_I, PSRLD_I, PSRLQ_I};
    op3(s, PXOR, T0, VA, VB);
    op_shift(s, sign ? sar[size] : shr[size], T0, T0, 1);
    op3(s, PAND, T1, VA, VB);
    op3(s, one_insn(IR_VADD)[size], VD, T1, T0);
}

void rule_vhalf(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, op = in->op;
    bool sign = op == IR_VSHADD || op == IR_VSRHADD || op == IR_VSHSUB;
    struct seq s;
    if (size == 3 && sign && !g->evex) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (op == IR_VSHADD || op == IR_VUHADD) {
        average_down(&s, size, sign);
    } else if (op == IR_VSRHADD || op == IR_VURHADD) {
        bool moved = sign && size < 2;
        average_up(&s, size, sign, moved ? T1 : VD);
        if (moved) {
            op3(&s, PXOR, VD, T1, lit_lanes(&s, size, 0x80ull << (size * 8)));
        }
    } else { /* (a - b) >> 1 is a less the average rounded up */
        average_up(&s, size, sign, T1);
        op3(&s, one_insn(IR_VSUB)[size], VD, sign && size < 2 ? T0 : VA, T1);
    }
    seq_end(&s);
}

void rule_vabd(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    bool sign = in->op == IR_VSABD;
    struct seq s;
    if (size == 3 && !g->evex) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (!sign && size < 2) {
        u32 opc = insn_for(g, IR_VUQSUB, size);
        op3(&s, opc, T0, VA, VB);
        op3(&s, opc, T1, VB, VA);
        op3(&s, POR, VD, T0, T1);
    } else {
        op3(&s, insn_for(g, sign ? IR_VSMAX : IR_VUMAX, size), T0, VA, VB);
        op3(&s, insn_for(g, sign ? IR_VSMIN : IR_VUMIN, size), T1, VA, VB);
        op3(&s, one_insn(IR_VSUB)[size], VD, T0, T1);
    }
    seq_end(&s);
}
