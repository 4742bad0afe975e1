/* Rules of permutes. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq.h"

void rule_vrev(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, flip = (1u << ((in->aux >> 2 & 3) - size)) - 1;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size == 2) {
        op2i(&s, PSHUFD, VD, VA, flip ? 0xb1 : 0xe4);
    } else {
        u64 idx[2] = {0, 0};
        for (unsigned n = 0; n < 16; n++) {
            idx[n >> 3] |= (u64)(n ^ flip << size) << (n & 7) * 8;
        }
        op3(&s, PSHUFB, VD, VA, lit(&s, idx[0], idx[1]));
    }
    seq_end(&s);
}

void rule_vext(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    if (in->a == in->b && !(in->aux & 3)) {
        unsigned n = in->aux >> 2;
        op2i(&s, PSHUFD, VD, VA, n | ((n + 1) & 3) << 2 | ((n + 2) & 3) << 4 | ((n + 3) & 3) << 6);
    } else {
        op3i(&s, PALIGNR, VD, VB, VA, in->aux);
    }
    seq_end(&s);
}

void rule_vuzp(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    bool odd = in->op == IR_VUZP2;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size == 3) {
        op3(&s, odd ? PUNPCKHQDQ : PUNPCKLQDQ, VD, VA, VB);
    } else if (size == 2) {
        op3i(&s, SHUFPS, VD, VA, VB, odd ? 0xdd : 0x88);
    } else {
        unsigned even = odd ? 0 : lit_lanes(&s, size + 1, MASK64(8u << size)), count = in->a == in->b ? 1 : 2;
        for (unsigned n = 0; n < count; n++) {
            if (odd) {
                op_shift(&s, size ? PSRLD_I : PSRLW_I, n ? T1 : T0, n ? VB : VA, 8u << size);
            } else {
                op3(&s, PAND, n ? T1 : T0, n ? VB : VA, even);
            }
        }
        op3(&s, size ? PACKUSDW : PACKUSWB, VD, T0, count == 1 ? T0 : T1);
    }
    seq_end(&s);
}

void rule_vtrn(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    bool odd = in->op == IR_VTRN2;
    static const u32 shl[3] = {PSLLW_I, PSLLD_I, PSLLQ_I}, shr[3] = {PSRLW_I, PSRLD_I, PSRLQ_I};
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size == 3) {
        op3(&s, odd ? PUNPCKHQDQ : PUNPCKLQDQ, VD, VA, VB);
    } else {
        unsigned keep = odd ? VB : VA;
        op_shift(&s, (odd ? shr : shl)[size], T0, odd ? VA : VB, 8u << size);
        if (size == 0) {
            op3(&s, PAND, T1, keep, lit_lanes(&s, 1, odd ? 0xff00 : 0xff));
            op3(&s, POR, VD, T0, T1);
        } else {
            unsigned mask = size == 1 ? 0xaa : 0xcc; /* odd lanes, of the second operand */
            op3i(&s, PBLENDW, VD, odd ? T0 : VA, odd ? VB : T0, mask);
        }
    }
    seq_end(&s);
}

/* Literal indices of a look-up less BASE, 0x80 where out of range. */
static unsigned fixed_index(struct seq *s, const struct ir_const *k, unsigned base)
{
    u64 v[2] = {k->lo, k->hi};
    u8 b[16];
    __builtin_memcpy(b, v, 16);
    for (unsigned n = 0; n < 16; n++) {
        unsigned x = b[n] - base;
        b[n] = x < 16 ? (u8)x : 0x80;
    }
    __builtin_memcpy(v, b, 16);
    return lit(s, v[0], v[1]);
}

void rule_vtbl(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool two = in->op == IR_VTBL2;
    const struct ir_const *k = vconst(g, two ? in->c : in->b);
    unsigned index = two ? VC : VB;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (k) {
        op3(&s, PSHUFB, two ? T0 : VD, VA, fixed_index(&s, k, 0));
        if (two) {
            op3(&s, PSHUFB, T1, VB, fixed_index(&s, k, 16));
            op3(&s, POR, VD, T0, T1);
        }
    } else { /* bit 7 makes zero: saturation sets it for 16 and up */
        unsigned k70 = lit_lanes(&s, 0, 0x70);
        op3(&s, PADDUSB, T0, index, k70);
        op3(&s, PSHUFB, two ? T0 : VD, VA, T0);
        if (two) {
            op3(&s, PSUBB, T1, VC, lit_lanes(&s, 0, 16));
            op3(&s, PADDUSB, T1, T1, k70);
            op3(&s, PSHUFB, T1, VB, T1);
            op3(&s, POR, VD, T0, T1);
        }
    }
    seq_end(&s);
}

/* The bytes of each half, packed in a general register; then those of the upper half go up behind the lower's, which are
 * counted by their mask. */
void rule_vcompress(struct cg *g, u32 i, const struct ir_ins *in)
{
    const u32 pext = 0xf5 | P_F3 | M_38 | O_W;
    struct seq s;
    if (!(g->features & HOST_BMI)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op_zero(&s, T2);
    op3(&s, PCMPGTB, T3, T2, VB);
    op_rev(&s, MOVQ_G, VG, VA, -1);
    op_rev(&s, MOVQ_G, VG2, T3, -1);
    op3(&s, pext, VG, VG, VG2);
    op2(&s, MOVQ_X, T0, VG);
    op_shift(&s, PSRLDQ_I, T1, VA, 8);
    op_rev(&s, MOVQ_G, VG, T1, -1);
    op_shift(&s, PSRLDQ_I, T1, T3, 8);
    op_rev(&s, MOVQ_G, VG2, T1, -1);
    op3(&s, pext, VG, VG, VG2);
    op2(&s, MOVQ_X, T1, VG);
    op3(&s, PSUBB, T3, T2, T3);
    op3(&s, PSADBW, T3, T3, T2);
    op3(&s, PSHUFB, T3, T3, T2);
    op_mov(&s, T2, lit(&s, 0x0706050403020100, 0x0f0e0d0c0b0a0908));
    op3(&s, PSUBB, T2, T2, T3);
    op3(&s, PSHUFB, T1, T1, T2);
    op3(&s, POR, VD, T0, T1);
    seq_end(&s);
}
