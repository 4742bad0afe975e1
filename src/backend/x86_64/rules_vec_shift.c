/* Rules of vector shifts, widening and narrowing. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq.h"

static const u32 shl_imm[4] = {0, PSLLW_I, PSLLD_I, PSLLQ_I}, shr_imm[4] = {0, PSRLW_I, PSRLD_I, PSRLQ_I},
                 sar_imm[4] = {0, PSRAW_I, PSRAD_I, VPSRAQ_I}, sub_of[4] = {PSUBB, PSUBW, PSUBD, PSUBQ},
                 add_of[4] = {PADDB, PADDW, PADDD, PADDQ};

/* D = B << N. */
static void shift_left(struct seq *s, unsigned size, unsigned d, unsigned b, unsigned n)
{
    if (n == 0) {
        op_mov(s, d, b);
    } else if (n == 1) {
        op3(s, add_of[size], d, b, b);
    } else if (size) {
        op_shift(s, shl_imm[size], d, b, n);
    } else {
        unsigned t = d == VD ? T0 : d;
        op_shift(s, PSLLW_I, t, b, n);
        op3(s, PAND, d, t, lit_lanes(s, 0, 0xffu << n));
    }
}

/* D = unsigned B >> N. */
static void shift_right(struct seq *s, unsigned size, unsigned d, unsigned b, unsigned n)
{
    if (n == 0) {
        op_mov(s, d, b);
    } else if (size) {
        op_shift(s, shr_imm[size], d, b, n);
    } else {
        unsigned t = d == VD ? T0 : d;
        op_shift(s, PSRLW_I, t, b, n);
        op3(s, PAND, d, t, lit_lanes(s, 0, 0xffu >> n));
    }
}

void rule_vshli(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    shift_left(&s, in->aux & 3, VD, VA, in->aux >> 4);
    seq_end(&s);
}

void rule_vshri(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    shift_right(&s, in->aux & 3, VD, VA, in->aux >> 4);
    seq_end(&s);
}

/* Signed shifts of sizes that have none go through numbers moved by half the range. */
static bool has_sar(const struct seq *s, unsigned size)
{
    return size == 1 || size == 2 || (size == 3 && s->evex);
}

void rule_vsari(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, w = 8u << size, n = MIN(in->aux >> 4, (int)w - 1);
    struct seq s;
    seq_begin(&s, g, i, in);
    if (n == 0) {
        op_mov(&s, VD, VA);
    } else if (has_sar(&s, size)) {
        op_shift(&s, sar_imm[size], VD, VA, n);
    } else if (size == 0 && n == 7) {
        op_zero(&s, T0);
        op3(&s, PCMPGTB, VD, T0, VA);
    } else {
        op3(&s, PXOR, T0, VA, lit_lanes(&s, size, 1ull << (w - 1)));
        shift_right(&s, size, T0, T0, n);
        op3(&s, sub_of[size], VD, T0, lit_lanes(&s, size, 1ull << (w - 1 - n)));
    }
    seq_end(&s);
}

/* D = (T + 1) >> 1 of T, a number shifted one too little; T2 is overwritten. */
static void round_last(struct seq *s, unsigned size, unsigned d, unsigned t, bool sign)
{
    if (size < 2 && !sign) {
        op_zero(s, T2);
        op3(s, size ? PAVGW : PAVGB, d, t, T2);
        return;
    }
    op_shift(s, sign ? sar_imm[size] : shr_imm[size], T2, t, 1);
    op3(s, sub_of[size], d, t, T2);
}

void rule_vrshri(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, n = in->aux >> 4, t = n > 1 ? T0 : VA;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (n > 1) {
        shift_right(&s, size, T0, VA, n - 1);
    }
    round_last(&s, size, VD, t, false);
    seq_end(&s);
}

void rule_vrsari(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, w = 8u << size, n = in->aux >> 4, t = VA;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (n == w) {
        op_zero(&s, VD);
    } else if (has_sar(&s, size)) {
        if (n > 1) {
            op_shift(&s, sar_imm[size], T0, VA, n - 1);
            t = T0;
        }
        round_last(&s, size, VD, t, true);
    } else {
        op3(&s, PXOR, T0, VA, lit_lanes(&s, size, 1ull << (w - 1)));
        if (n > 1) {
            shift_right(&s, size, T0, T0, n - 1);
        }
        round_last(&s, size, T1, T0, false);
        op3(&s, sub_of[size], VD, T1, lit_lanes(&s, size, 1ull << (w - 1 - n)));
    }
    seq_end(&s);
}

/* Shifts by a register: the host's variable shifts by lane size 1 (AVX-512), 2, 3 (AVX2; sar of 3 AVX-512). */
static const u32 vsllv[4] = {0, O38(0x12) | O_EVEX | O_EW, O38(0x47), O38(0x47) | O_W};
static const u32 vsrlv[4] = {0, O38(0x10) | O_EVEX | O_EW, O38(0x45), O38(0x45) | O_W};
static const u32 vsrav[4] = {0, O38(0x11) | O_EVEX | O_EW, O38(0x46), O38(0x46) | O_EVEX | O_EW};

/* Logical: amounts beyond the width give 0 on both sides, so one of the two shifts always does. */
static void shl_unsigned(struct seq *s, unsigned size)
{
    op3(s, PAND, T0, VB, lit_lanes(s, size, 0xff));
    op_mov(s, T1, lit_lanes(s, size, 0x100));
    op3(s, sub_of[size], T1, T1, T0);
    op3(s, vsllv[size], T0, VA, T0);
    op3(s, vsrlv[size], T1, VA, T1);
    op3(s, POR, VD, T0, T1);
}

/* Arithmetic: the sign of the amount chooses between both shifts. */
static void shl_signed(struct seq *s, unsigned size)
{
    unsigned w = 8u << size;
    op_shift(s, shl_imm[size], T0, VB, w - 8); /* sign of the amount on top */
    op3(s, PAND, T1, VB, lit_lanes(s, size, 0xff));
    op_mov(s, T2, lit_lanes(s, size, 0x100));
    op3(s, sub_of[size], T2, T2, T1);
    op3(s, vsllv[size], T1, VA, T1);
    op3(s, vsrav[size], T2, VA, T2);
    if (size == 1) {
        op_shift(s, PSRAW_I, T0, T0, 15);
    }
    op_blendv(s, size == 3 ? VBLENDVPD : size == 2 ? VBLENDVPS : VPBLENDVB, VD, T1, T2, T0);
}

/* Rounding: a right shift by one less, then the last bit rounded. */
static void shl_round(struct seq *s, unsigned size, bool sign)
{
    unsigned w = 8u << size;
    op_shift(s, shl_imm[size], T0, VB, w - 8);
    op3(s, PAND, T1, VB, lit_lanes(s, size, 0xff));
    op_mov(s, T2, lit_lanes(s, size, 0xff));
    op3(s, sub_of[size], T2, T2, T1); /* one less than the right shift's amount */
    op3(s, vsllv[size], T1, VA, T1);
    op3(s, sign ? vsrav[size] : vsrlv[size], T2, VA, T2);
    op_shift(s, sign ? sar_imm[size] : shr_imm[size], T3, T2, 1);
    op3(s, sub_of[size], T2, T2, T3);
    if (size == 1) {
        op_shift(s, PSRAW_I, T0, T0, 15);
    }
    op_blendv(s, size == 3 ? VBLENDVPD : size == 2 ? VBLENDVPS : VPBLENDVB, VD, T1, T2, T0);
}

/* Signed, 64 bits, where the host has no such shift right: by numbers moved by half the range. */
static void shl_signed64(struct seq *s, bool round)
{
    op3(s, PAND, T0, VB, lit_lanes(s, 3, 0xff));
    op_mov(s, T1, lit_lanes(s, 3, round ? 0xff : 0x100));
    op3(s, PSUBQ, T1, T1, T0); /* amount of the right shift, one less if it rounds */
    op3(s, vsllv[3], T0, VA, T0);
    op_shift(s, PSLLQ_I, T2, VB, 56);
    if (round) { /* all 64 places: nothing is left */
        op3(s, PCMPGTD, T3, T1, lit_lanes(s, 3, 62));
        op3(s, PAND, T3, T3, lit_lanes(s, 3, 64));
        op3(s, POR, T1, T1, T3);
    } else {
        op3(s, PMINUD, T1, T1, lit_lanes(s, 3, 63));
    }
    op_mov(s, T3, lit_lanes(s, 3, 1ull << 63));
    op3(s, PXOR, VD, VA, T3);
    op3(s, vsrlv[3], VD, VD, T1);
    op3(s, vsrlv[3], T3, T3, T1);
    if (round) {
        op_shift(s, PSRLQ_I, T1, VD, 1);
        op3(s, PSUBQ, VD, VD, T1);
        op_shift(s, PSRLQ_I, T3, T3, 1);
    }
    op3(s, PSUBQ, VD, VD, T3);
    op_blendv(s, VBLENDVPD, VD, T0, VD, T2);
}

/* Powers of two in T by a table of bytes: its entry N where the byte of X is N (0 to 15), else 0. X is overwritten. */
static void power(struct seq *s, unsigned t, unsigned x, u64 lo, u64 hi)
{
    op3(s, PADDUSB, x, x, lit_lanes(s, 0, 0x70)); /* the others get their top bit */
    op_mov(s, t, lit(s, lo, hi));
    op3(s, PSHUFB, t, t, x);
}
#define POWERS 0x8040201008040201ull

/* Bytes: the upper half of the product with 2^(8 + amount), in words. Signed ones are moved by half the range where they
 * go right. */
static void shl_bytes(struct seq *s, bool sign, bool round)
{
    op3(s, PADDB, T0, VB, lit_lanes(s, 0, 8));
    if (sign && !round) { /* 7 places are enough */
        op3(s, O38(0x3c), T0, VB, lit_lanes(s, 0, (u8)-7)); /* pmaxsb */
        op3(s, PADDB, T0, T0, lit_lanes(s, 0, 8));
    }
    power(s, T1, T0, sign && round ? POWERS & ~0xffull : POWERS, 0);
    op_mov(s, T2, lit(s, 0, POWERS));
    op3(s, PSHUFB, T2, T2, T0);
    if (sign) {
        op_zero(s, T0);
        op3(s, PCMPGTB, T0, T0, VB);
        op3(s, PAND, T0, T0, lit_lanes(s, 0, 0x80));
        op3(s, PXOR, T0, T0, VA);
    } else {
        op_mov(s, T0, VA);
    }
    op3(s, PUNPCKLBW, T3, T0, lit(s, 0, 0));
    op3(s, PUNPCKHBW, T0, T0, lit(s, 0, 0));
    op3(s, PUNPCKLBW, VD, T1, T2);
    op3(s, PUNPCKHBW, T2, T1, T2);
    op3(s, PMULLW, VD, VD, T3);
    op3(s, PMULLW, T2, T2, T0);
    if (round) {
        op3(s, PADDW, VD, VD, lit_lanes(s, 1, 0x80));
        op3(s, PADDW, T2, T2, lit_lanes(s, 1, 0x80));
    }
    op_shift(s, PSRLW_I, VD, VD, 8);
    op_shift(s, PSRLW_I, T2, T2, 8);
    op3(s, PACKUSWB, VD, VD, T2);
    if (sign) {
        op_shift(s, PSRLW_I, T1, T1, 1);
        op3(s, PAND, T1, T1, lit_lanes(s, 0, 0x7f));
        op3(s, PSUBB, VD, VD, T1);
    }
}

/* Words: the low half of the product with 2^amount, or the upper half of that with 2^(16 + amount). */
static void shl_words(struct seq *s, bool sign, bool round)
{
    op3(s, PSHUFB, T0, VB, lit(s, 0x0606040402020000, 0x0e0e0c0c0a0a0808));
    if (sign && !round) { /* 15 places are enough */
        op3(s, O38(0x3c), T0, T0, lit_lanes(s, 0, (u8)-15)); /* pmaxsb */
    }
    op3(s, PADDB, T1, T0, lit_lanes(s, 1, 0xf800));
    power(s, T2, T1, POWERS, 0);
    op3(s, PMULLW, T2, T2, VA);
    op3(s, PADDB, T1, T0, lit_lanes(s, 1, 0x0810));
    power(s, T3, T1, POWERS, 0);
    if (sign && round) { /* all 16 places: nothing is left */
        op3(s, PCMPEQB, T1, T0, lit_lanes(s, 0, (u8)-16));
        op3(s, PANDN, T3, T1, T3);
    }
    if (sign) {
        op_shift(s, PSRAW_I, T0, T0, 15);
        op3(s, PAND, T0, T0, lit_lanes(s, 1, 0x8000));
        op3(s, PXOR, T0, T0, VA);
    } else {
        op_mov(s, T0, VA);
    }
    op3(s, PMULHUW, T1, T0, T3);
    if (round) {
        op3(s, PMULLW, T0, T0, T3);
        op_shift(s, PSRLW_I, T0, T0, 15);
        op3(s, PADDW, T1, T1, T0);
    }
    if (sign) {
        op_shift(s, PSRLW_I, T3, T3, 1);
        op3(s, PSUBW, T1, T1, T3);
    }
    op3(s, POR, VD, T1, T2);
}

void rule_vshl_reg(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    bool sign = in->op == IR_VSSHL || in->op == IR_VSRSHL, plain = in->op == IR_VUSHL || in->op == IR_VSSHL;
    if (size >= 2 && !(g->features & HOST_AVX2)) {
        rule_ref(g, i, in);
        return;
    }
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size == 0) {
        shl_bytes(&s, sign, !plain);
    } else if (size == 1 && !g->evex) {
        shl_words(&s, sign, !plain);
    } else if (size == 3 && sign && !g->evex) {
        shl_signed64(&s, !plain);
    } else if (!plain) {
        shl_round(&s, size, sign);
    } else if (sign) {
        shl_signed(&s, size);
    } else {
        shl_unsigned(&s, size);
    }
    seq_end(&s);
}

void rule_vxtl(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u32 sx[3] = {O38(0x20), O38(0x23), O38(0x25)}, zx[3] = {O38(0x30), O38(0x33), O38(0x35)};
    struct seq s;
    seq_begin(&s, g, i, in);
    op2(&s, (in->op == IR_VSXTL ? sx : zx)[in->aux & 3], VD, VA);
    seq_end(&s);
}

void rule_vxtn(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u64 idx[3] = {0x0e0c0a0806040200, 0x0d0c090805040100, 0x0b0a090803020100};
    struct seq s;
    seq_begin(&s, g, i, in);
    op3(&s, PSHUFB, VD, VA, lit(&s, idx[in->aux & 3], ~0ull));
    seq_end(&s);
}

/* Doublewords to words, without the host's instructions for that. */
static void narrow_doublewords(struct seq *s, unsigned op)
{
    if (op == IR_VSQXTN) {
        op_mov(s, T2, lit_lanes(s, 3, MASK64(31)));
        op3(s, PCMPGTQ, T1, VA, T2);
        op_select(s, T0, VA, T2, T1, T3);
        op_mov(s, T2, lit_lanes(s, 3, ~MASK64(31)));
        op3(s, PCMPGTQ, T1, T2, T0);
        op_select(s, T0, T0, T2, T1, T3);
    } else { /* ones where the upper half is not zero; where it is negative zeros */
        op3(s, PCMPEQD, T0, VA, lit(s, 0, 0));
        op2i(s, PSHUFD, T0, T0, 0xf5);
        op3(s, PXOR, T0, T0, lit_lanes(s, 3, ~0ull));
        op3(s, POR, T0, T0, VA);
        if (op == IR_VSQXTUN) {
            op_shift(s, PSRAD_I, T1, VA, 31);
            op2i(s, PSHUFD, T1, T1, 0xf5);
            op3(s, PANDN, T0, T1, T0);
        }
    }
    op2i(s, PSHUFD, T0, T0, 0x08);
    op2(s, MOVQ_XX, VD, T0);
}

void rule_vqxtn(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u32 pack_s[2] = {PACKSSWB, PACKSSDW}, pack_u[2] = {PACKUSWB, PACKUSDW};
    unsigned size = in->aux & 3;
    struct seq s;
    if (size == 2 && !(g->avx || (g->features & HOST_SSE42))) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    if (size == 2 && !g->evex) {
        narrow_doublewords(&s, in->op);
    } else if (size == 2) {
        u32 us = 0x15 | P_F3 | M_38 | O_EVEX;
        if (in->op == IR_VSQXTN) {
            op_rev(&s, 0x25 | P_F3 | M_38 | O_EVEX, VD, VA, -1);
        } else if (in->op == IR_VUQXTN) {
            op_rev(&s, us, VD, VA, -1);
        } else {
            op3(&s, O38(0x3d) | O_COMM | O_EVEX | O_EW, T0, VA, lit(&s, 0, 0)); /* vpmaxsq */
            op_rev(&s, us, VD, T0, -1);
        }
    } else if (in->op == IR_VUQXTN) {
        op3(&s, size ? PMINUD : PMINUW, T0, VA, lit_lanes(&s, size + 1, MASK64(8u << size)));
        op3(&s, pack_u[size], VD, T0, lit(&s, 0, 0));
    } else {
        op3(&s, (in->op == IR_VSQXTN ? pack_s : pack_u)[size], VD, VA, lit(&s, 0, 0));
    }
    seq_end(&s);
}
