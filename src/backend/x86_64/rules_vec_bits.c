/* Rules of vector ops that count or reverse bits: look-ups of nibbles by pshufb. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq.h"

/* T1 = table HI of the high nibbles of X's bytes, T0 = table LO of the low ones. X may be T0. */
static void nibbles(struct seq *s, unsigned x, const u8 hi[16], const u8 lo[16])
{
    u64 th[2], tl[2];
    unsigned mask = lit_lanes(s, 0, 0x0f);
    __builtin_memcpy(th, hi, 16);
    __builtin_memcpy(tl, lo, 16);
    op_shift(s, PSRLW_I, T1, x, 4);
    op3(s, PAND, T1, T1, mask);
    op_mov(s, T2, lit(s, th[0], th[1]));
    op3(s, PSHUFB, T1, T2, T1);
    op3(s, PAND, T0, x, mask);
    op_mov(s, T2, lit(s, tl[0], tl[1]));
    op3(s, PSHUFB, T0, T2, T0);
}

void rule_vcnt(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u8 count[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    struct seq s;
    seq_begin(&s, g, i, in);
    nibbles(&s, VA, count, count);
    op3(&s, PADDB, VD, T0, T1);
    seq_end(&s);
}

void rule_vrbit(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u8 to_low[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
    u8 to_high[16];
    for (unsigned n = 0; n < 16; n++) {
        to_high[n] = (u8)(to_low[n] << 4);
    }
    struct seq s;
    seq_begin(&s, g, i, in);
    nibbles(&s, VA, to_low, to_high);
    op3(&s, POR, VD, T0, T1);
    seq_end(&s);
}

/* D = leading zeros of X's lanes: of bytes, then pairs of halves up to SIZE. */
static void leading_zeros(struct seq *s, unsigned size, unsigned d, unsigned x)
{
    static const u8 hi[16] = {255, 3, 2, 2, 1, 1, 1, 1}, lo[16] = {8, 7, 6, 6, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4, 4, 4};
    static const u32 eq[4] = {0, PCMPEQW, PCMPEQD, PCMPEQQ}, sum[4] = {PADDB, PADDW, PADDD, PADDQ},
                     shr[4] = {0, PSRLW_I, PSRLD_I, PSRLQ_I};
    if (size >= 2 && s->evex) {
        op2(s, O38(0x44) | O_EVEX | (size == 3 ? (u32)O_EW : 0), d, x);
        return;
    }
    nibbles(s, x, hi, lo);
    op3(s, PMINUB, size ? T0 : d, T0, T1);
    for (unsigned z = 1; z <= size; z++) {
        unsigned half = 4u << z;
        op_shift(s, shr[z], T1, T0, half);
        op3(s, PAND, T0, T0, lit_lanes(s, z, MASK64(half)));
        op_mov(s, T2, lit_lanes(s, z, half));
        op3(s, eq[z], T2, T2, T1); /* the upper half is zero: the lower counts too */
        op3(s, PAND, T0, T0, T2);
        op3(s, sum[z], z == size ? d : T0, T0, T1);
    }
}

void rule_vclz(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u32 gt[3] = {PCMPGTB, O66(0x65) | O_NOEVEX, PCMPGTD};
    static const u32 sum[4] = {PADDB, PADDW, PADDD, PADDQ};
    unsigned size = in->aux & 3;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (in->op == IR_VCLZ) {
        leading_zeros(&s, size, VD, VA);
    } else { /* zeros of x ^ (x >> w-1), less the sign's own place */
        if (size == 3) {
            op_shift(&s, PSRAD_I, T0, VA, 31);
            op2i(&s, PSHUFD, T0, T0, 0xf5);
        } else {
            op_zero(&s, T0);
            op3(&s, gt[size], T0, T0, VA);
        }
        op3(&s, PXOR, T0, T0, VA);
        leading_zeros(&s, size, T0, T0);
        op3(&s, sum[size], VD, T0, lit_lanes(&s, 3, ~0ull));
    }
    seq_end(&s);
}
