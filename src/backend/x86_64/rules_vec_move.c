/* Rules of moves of lanes, between vectors and with general registers. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq.h"

/* D = lane from memory, extended to the type. */
static void load_lane(struct cg *g, unsigned d, unsigned size, bool sign, bool wide, struct mem m)
{
    struct emit *e = &g->e;
    if (size == 3) {
        e_load(e, true, d, m);
    } else if (size == 2) {
        sign && wide ? e_rm(e, 0x63 | O_W, d, m) : e_load(e, false, d, m);
    } else {
        u32 opc = (sign ? 0xbe : 0xb6) + size;
        e_rm(e, opc | M_0F | WBIT(sign && wide), d, m);
    }
}

void rule_vgetl(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, lane = in->aux >> 4;
    bool sign = in->aux & 4, wide = in->type == IR_I64;
    struct mem m;
    if (ra_mem(g, in->a, &m) && m.kind == M_GS) {
        m.disp += (s32)(lane << size);
        load_lane(g, ra_def(g, i, ANY), size, sign, wide, m);
        return;
    }
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size == 0) {
        op_rev(&s, O3A(0x14), VD, VA, (int)lane);
    } else if (size == 1) {
        op_rev(&s, O3A(0x15), VD, VA, (int)lane);
    } else if (lane == 0) {
        op_rev(&s, size == 3 ? MOVQ_G : MOVD_G, VD, VA, -1);
    } else {
        op_rev(&s, O3A(0x16) | WBIT(size == 3), VD, VA, (int)lane);
    }
    if (sign && size < 2) {
        op_gpr(&s, (0xbe + size) | M_0F | WBIT(wide) | (size == 0 ? (u32)O_B8 : 0), VD, VD);
    } else if (sign && size == 2 && wide) {
        op_gpr(&s, 0x63 | O_W, VD, VD);
    }
    seq_end(&s);
}

/* Words are packed to bytes first, with zeros above. */
void rule_vsigns(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size >= 2) {
        op2(&s, (size == 3 ? O66(0x50) : 0x50 | M_0F) | O_NOEVEX | O_NOMEM, VD, VA); /* movmskps */
    } else {
        const u32 pmovmskb = O66(0xd7) | O_NOEVEX | O_NOMEM;
        if (size) {
            op3(&s, PACKSSWB, T0, VA, lit(&s, 0, 0));
        }
        op2(&s, pmovmskb, VD, size ? T0 : VA);
    }
    seq_end(&s);
}

static const u32 pinsr[4] = {O3A(0x20), O66(0xc4), O3A(0x22), O3A(0x22) | O_W};

void rule_vsetl(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op3i(&s, pinsr[in->aux & 3], VD, VA, VB, in->aux >> 4);
    seq_end(&s);
}

/* D = lane 0 of T everywhere, without AVX2; T is overwritten. */
static void spread(struct seq *s, unsigned size, unsigned t)
{
    if (size == 0) {
        op3(s, PSHUFB, VD, t, lit(s, 0, 0));
    } else if (size == 1) {
        op2i(s, 0x70 | P_F2 | M_0F, t, t, 0); /* pshuflw */
        op3(s, PUNPCKLQDQ, VD, t, t);
    } else {
        op2i(s, PSHUFD, VD, t, size == 2 ? 0 : 0x44);
    }
}

static const u32 broadcast[4] = {O38(0x78), O38(0x79), O38(0x58), O38(0x59) | O_EW};

void rule_vdup(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u32 from_gpr[4] = {O38(0x7a), O38(0x7b), O38(0x7c), O38(0x7c) | O_W};
    unsigned size = in->aux & 3;
    struct seq s;
    seq_begin(&s, g, i, in);
    bool of_float = size >= 2 && !IR_IS_K(in->a) && g->ins[in->a].op == IR_BITI && !ra_has_reg(g, in->a);
    if (of_float) {
        s.op[0] = peel_v(g, g->ins[in->a].a);
        s.no_hint = true;
    }
    if (of_float && s.avx2) {
        op2(&s, broadcast[size], VD, VA);
    } else if (of_float) {
        op2i(&s, PSHUFD, VD, VA, size == 3 ? 0x44 : 0);
    } else if (s.evex) {
        op2(&s, from_gpr[size] | O_EVEX | O_NOMEM, VD, VA);
    } else {
        op2(&s, size == 3 ? MOVQ_X : MOVD_X, T0, VA);
        if (s.avx2) {
            op2(&s, broadcast[size], VD, T0);
        } else {
            spread(&s, size, T0);
        }
    }
    seq_end(&s);
}

void rule_vdupl(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, lane = in->aux >> 4;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size == 2) {
        op2i(&s, PSHUFD, VD, VA, lane * 0x55);
    } else if (size == 3) {
        op2i(&s, PSHUFD, VD, VA, lane ? 0xee : 0x44);
    } else if (lane == 0 && s.avx2) {
        op2(&s, broadcast[size], VD, VA);
    } else {
        u64 idx = size == 0 ? lane * 0x0101010101010101 : (lane * 2 + (lane * 2 + 1) * 0x100) * 0x0001000100010001;
        op3(&s, PSHUFB, VD, VA, lit(&s, idx, idx));
    }
    seq_end(&s);
}

void rule_vinsl(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3, to = in->aux >> 4 & 15, from = in->aux >> 8;
    struct seq s;
    seq_begin(&s, g, i, in);
    if (size == 3 && to == 0) {
        op3i(&s, SHUFPD, VD, VB, VA, from | 2);
    } else if (size == 3) {
        op3i(&s, SHUFPD, VD, VA, VB, from << 1);
    } else if (size == 2) {
        op3i(&s, INSERTPS, VD, VA, VB, from << 6 | to << 4);
    } else {
        op_rev(&s, size ? O3A(0x15) : O3A(0x14), VG, VB, (int)from);
        op3i(&s, pinsr[size], VD, VA, VG, to);
    }
    seq_end(&s);
}

void rule_vzlo(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op2(&s, MOVQ_XX, VD, VA);
    seq_end(&s);
}

void rule_vhi(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct mem m;
    if (ra_mem(g, in->a, &m) && m.kind == M_GS) {
        m.disp += 8;
        v_load(g, IR_F64, ra_def(g, i, ANY), m);
        return;
    }
    struct seq s;
    seq_begin(&s, g, i, in);
    op_shift(&s, PSRLDQ_I, VD, VA, 8);
    seq_end(&s);
}

void rule_vcat(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op3(&s, PUNPCKLQDQ, VD, VA, VB);
    seq_end(&s);
}
