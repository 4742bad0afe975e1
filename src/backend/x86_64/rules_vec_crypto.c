/* Rules of cryptographic ops: by the host's where it has such. */
#include "backend/x86_64/rules_vec.h"
#include "backend/x86_64/vseq.h"

enum { AESENC = O38(0xdc) | O_NOEVEX, AESENCLAST = O38(0xdd) | O_NOEVEX, AESDEC = O38(0xde) | O_NOEVEX,
       AESDECLAST = O38(0xdf) | O_NOEVEX, AESIMC_X = O38(0xdb) | O_NOEVEX, SHA256RNDS2 = 0xcb | M_38,
       SHA256MSG1 = 0xcc | M_38, SHA256MSG2 = 0xcd | M_38 };

/* The host adds its key last: the guest's is added before, the host's is zero. */
void rule_aes(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    if (!(g->features & HOST_AES)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op3(&s, PXOR, T0, VA, VB);
    op3(&s, in->op == IR_AESE ? AESENCLAST : AESDECLAST, VD, T0, lit(&s, 0, 0));
    seq_end(&s);
}

/* The op that makes R, when it is OP and nobody else wants its result. */
static const struct ir_ins *only_here(const struct cg *g, ir_ref r, unsigned op)
{
    const struct ir_ins *in = IR_IS_K(r) ? NULL : &g->ins[r];
    return in && in->op == op && !ra_has_reg(g, r) && ra_one_use(g, r) ? in : NULL;
}

/* MIX is an AESMC or AESIMC: after AESE or AESD of the same round whose result nobody else wants, both are one host
 * round, whose key is KEY; VN: zero. */
static bool one_round(struct seq *s, const struct ir_ins *mix, unsigned key)
{
    bool enc = mix->op == IR_AESMC;
    const struct ir_ins *first = only_here(s->g, mix->a, enc ? IR_AESE : IR_AESD);
    if (!first) {
        return false;
    }
    s->op[0] = first->a;
    s->op[1] = first->b;
    s->no_hint = true;
    op3(s, PXOR, T0, VA, VB);
    op3(s, enc ? AESENC : AESDEC, VD, T0, key == VN ? lit(s, 0, 0) : key);
    return true;
}

void rule_aesmc(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    if (!(g->features & HOST_AES)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    bool whole = one_round(&s, in, VN);
    if (!whole && in->op == IR_AESMC) { /* the inverse of the first half of a round, then the round */
        op_zero(&s, T1);
        op3(&s, AESDECLAST, T0, VA, T1);
        op3(&s, AESENC, VD, T0, T1);
    } else if (!whole) {
        op2(&s, AESIMC_X, VD, VA);
    }
    seq_end(&s);
}

/* A round whose result is exclusive-ored with its key, as the host does it and code made for it is written. */
bool aes_round_xor(struct seq *s)
{
    const ir_ref r[2] = {s->in->a, s->in->b};
    if (!(s->g->features & HOST_AES)) {
        return false;
    }
    for (unsigned n = 0; n < 2; n++) {
        const struct ir_ins *mix = only_here(s->g, r[n], IR_AESMC);
        mix = mix ? mix : only_here(s->g, r[n], IR_AESIMC);
        s->op[2] = r[1 - n];
        if (mix && one_round(s, mix, VC)) {
            return true;
        }
    }
    return false;
}

/* D = 32-bit lanes of X rotated right by N; T is overwritten. */
static void ror32(struct seq *s, unsigned d, unsigned x, unsigned n, unsigned t)
{
    if (s->evex) {
        op_shift(s, O66(0x72) | O_EXT(0) | O_EVEX, d, x, n); /* vprord */
        return;
    }
    op_shift(s, PSRLD_I, t, x, n);
    op_shift(s, PSLLD_I, d, x, 32 - n);
    op3(s, POR, d, d, t);
}

void rule_sha1h(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    ror32(&s, T0, VA, 2, T1);
    op3(&s, PAND, VD, T0, lit(&s, 0xffffffff, 0));
    seq_end(&s);
}

void rule_sha1su0(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op3i(&s, SHUFPD, T0, VA, VB, 1);
    op3(&s, PXOR, T0, T0, VA);
    op3(&s, PXOR, VD, T0, VC);
    seq_end(&s);
}

void rule_sha1su1(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    op_shift(&s, PSRLDQ_I, T0, VB, 4);
    op3(&s, PXOR, T0, T0, VA);
    ror32(&s, T1, T0, 31, T2);
    ror32(&s, T3, T1, 31, T2); /* of lane 0 also in lane 3 */
    op_shift(&s, PSLLDQ_I, T3, T3, 12);
    op3(&s, PXOR, VD, T1, T3);
    seq_end(&s);
}

/* D = X ror N1 ^ X ror N2 ^ X >> N3; uses T1, T2, T3. X is not T1..T3. */
static void sigma(struct seq *s, unsigned d, unsigned x, unsigned n1, unsigned n2, unsigned n3)
{
    ror32(s, T1, x, n1, T3);
    ror32(s, T2, x, n2, T3);
    op_shift(s, PSRLD_I, T3, x, n3);
    op3(s, PXOR, T1, T1, T2);
    op3(s, PXOR, d, T1, T3);
}

void rule_sha256su0(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    if (g->features & HOST_SHA) {
        op_mov(&s, T0, VA);
        op_mov(&s, T1, VB);
        op_legacy(&s, SHA256MSG1, T0, T1, -1);
        op_mov(&s, VD, T0);
    } else {
        op3i(&s, PALIGNR, T0, VB, VA, 4);
        sigma(&s, T0, T0, 7, 18, 3);
        op3(&s, PADDD, VD, T0, VA);
    }
    seq_end(&s);
}

void rule_sha256su1(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    seq_begin(&s, g, i, in);
    if (g->features & HOST_SHA) {
        op3i(&s, PALIGNR, T0, VC, VB, 4);
        op3(&s, PADDD, T0, T0, VA);
        op_mov(&s, T1, VC);
        op_legacy(&s, SHA256MSG2, T0, T1, -1);
        op_mov(&s, VD, T0);
        seq_end(&s);
        return;
    }
    /* The upper two lanes depend on the result's lower two. */
    op_shift(&s, PSRLDQ_I, T0, VC, 8);
    sigma(&s, T0, T0, 17, 19, 10); /* of zero, zero in the upper half */
    op3i(&s, PALIGNR, T1, VC, VB, 4);
    op3(&s, PADDD, T0, T0, VA);
    op3(&s, PADDD, T0, T0, T1); /* lower half done, upper half lacks its sigma */
    op_mov(&s, VD, T0);
    op_shift(&s, PSLLDQ_I, T0, T0, 8);
    sigma(&s, T0, T0, 17, 19, 10);
    op3(&s, PADDD, VD, VD, T0);
    seq_end(&s);
}

/* Four rounds. The host has a in the top lane, adds the round constant itself (it is in c already) and e to the first
 * word. */
void rule_sha1_rounds(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u32 constant[3] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc};
    unsigned f = in->op == IR_SHA1C ? 0 : in->op == IR_SHA1P ? 1 : 2;
    struct seq s;
    if (!(g->features & HOST_SHA)) {
        rule_sha1_gpr(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op2i(&s, PSHUFD, T0, VA, 0x1b);
    op_mov(&s, T1, VC);
    op3(&s, PSUBD, T1, T1, lit_lanes(&s, 2, constant[f]));
    op3(&s, PAND, T2, VB, lit(&s, 0xffffffff, 0));
    op3(&s, PADDD, T1, T1, T2);
    op2i(&s, PSHUFD, T1, T1, 0x1b);
    op_legacy(&s, 0xcc | M_3A, T0, T1, (int)f); /* sha1rnds4 */
    op2i(&s, PSHUFD, VD, T0, 0x1b);
    seq_end(&s);
}

/* Four rounds. The host keeps feba (lanes 0 to 3) and hgdc; two rounds make the first anew and the old first is the
 * new second. */
void rule_sha256_rounds(struct cg *g, u32 i, const struct ir_ins *in)
{
    enum { low = 0x11, high = 0xbb }; /* two lanes of each operand, the other way round */
    bool second = in->op == IR_SHA256H2;
    unsigned x = second ? VB : VA, y = second ? VA : VB; /* abcd, efgh */
    struct seq s;
    if (!(g->features & HOST_SHA)) {
        rule_sha256_gpr(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op_mov(&s, VX0, VC);
    op3i(&s, SHUFPS, T0, y, x, low);
    op3i(&s, SHUFPS, T1, y, x, high);
    op_legacy(&s, SHA256RNDS2, T1, T0, -1);
    op2i(&s, PSHUFD, VX0, VX0, 0xee);
    op_legacy(&s, SHA256RNDS2, T0, T1, -1);
    op3i(&s, SHUFPS, VD, T0, T1, second ? low : high);
    seq_end(&s);
}

void rule_sha256_two(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct seq s;
    if (!(g->features & HOST_SHA)) {
        rule_ref(g, i, in);
        return;
    }
    seq_begin(&s, g, i, in);
    op_mov(&s, VX0, VC);
    op_mov(&s, T0, VA);
    op_mov(&s, T1, VB);
    op_legacy(&s, SHA256RNDS2, T0, T1, -1);
    op_mov(&s, VD, T0);
    seq_end(&s);
}
