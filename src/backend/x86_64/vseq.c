/* Sequences of vector instructions: recording, register allocation, lowering to the host's encodings. */
#include "backend/x86_64/vseq.h"

enum vkind { V_OP, V_SHIFT, V_REV, V_TIED, V_LEGACY, V_BLENDV, V_GPR, V_MOV, V_KEEP, V_ZERO, V_NAN, V_SIGN };

void seq_begin(struct seq *s, struct cg *g, u32 i, const struct ir_ins *in)
{
    s->g = g;
    s->i = i;
    s->in = in;
    s->avx = g->avx;
    s->avx2 = g->features & HOST_AVX2;
    s->evex = g->evex;
    s->sse42 = g->avx || (g->features & HOST_SSE42);
    s->no_hint = s->has_cold = false;
    s->n = s->nk = 0;
    s->cold[0] = s->cold[1] = s->cold[2] = VN;
    s->op[0] = in->a;
    s->op[1] = in->b;
    s->op[2] = in->c;
}

static struct vins *add(struct seq *s, enum vkind kind, u32 opc, unsigned d, unsigned a, unsigned b)
{
    ASSERT(s->n < SEQ_MAX);
    struct vins *v = &s->v[s->n++];
    *v = (struct vins){.opc = opc, .kind = (u8)kind, .d = (u8)d, .a = (u8)a, .b = (u8)b};
    return v;
}

static void set_imm(struct vins *v, int imm)
{
    v->has_imm = imm >= 0;
    v->imm = (u8)imm;
}

void op3(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b)
{
    add(s, V_OP, opc, d, a, b);
}

void op3i(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b, unsigned imm)
{
    set_imm(add(s, V_OP, opc, d, a, b), (int)(imm & 0xff));
}

void op_shift(struct seq *s, u32 opc, unsigned d, unsigned b, unsigned imm)
{
    set_imm(add(s, V_SHIFT, opc, d, VN, b), (int)(imm & 0xff));
}

void op_rev(struct seq *s, u32 opc, unsigned d, unsigned b, int imm)
{
    set_imm(add(s, V_REV, opc, d, VN, b), imm);
}

void op_tied(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b, int imm)
{
    set_imm(add(s, V_TIED, opc, d, a, b), imm);
}

void op_blendv(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b, unsigned c)
{
    add(s, V_BLENDV, opc, d, a, b)->c = (u8)c;
}

void op_select(struct seq *s, unsigned d, unsigned a, unsigned b, unsigned c, unsigned t)
{
    if (s->avx) {
        op_blendv(s, VPBLENDVB, d, a, b, c);
        return;
    }
    op3(s, PXOR, t, b, a);
    op3(s, PAND, t, t, c);
    op3(s, PXOR, d, t, a);
}

void op_legacy(struct seq *s, u32 opc, unsigned d, unsigned b, int imm)
{
    set_imm(add(s, V_LEGACY, opc, d, VN, b), imm);
}

void op_gpr(struct seq *s, u32 opc, unsigned d, unsigned b)
{
    add(s, V_GPR, opc, d, VN, b);
}

void op_mov(struct seq *s, unsigned d, unsigned b)
{
    add(s, V_MOV, 0, d, VN, b);
}

void op_keep(struct seq *s, unsigned t, unsigned b)
{
    add(s, V_KEEP, 0, t, VN, b);
}

void op_zero(struct seq *s, unsigned d)
{
    add(s, V_ZERO, PXOR, d, VN, VN);
}

unsigned lit(struct seq *s, u64 lo, u64 hi)
{
    for (unsigned n = 0; n < s->nk; n++) {
        if (s->k[n].lo == lo && s->k[n].hi == hi) {
            return VK + n;
        }
    }
    ASSERT(s->nk < SEQ_K);
    s->k[s->nk].lo = lo;
    s->k[s->nk].hi = hi;
    return VK + s->nk++;
}

unsigned lit_lanes(struct seq *s, unsigned size, u64 v)
{
    static const u64 mul[4] = {0x0101010101010101, 0x0001000100010001, 0x0000000100000001, 1};
    v = (v & MASK64(8u << size)) * mul[size];
    return lit(s, v, v);
}

void seq_cold(struct seq *s, unsigned a, unsigned b, unsigned c)
{
    s->cold[0] = (u8)a;
    s->cold[1] = (u8)b;
    s->cold[2] = (u8)c;
    s->has_cold = true;
}

void check_nan(struct seq *s, unsigned a, unsigned b, bool pd)
{
    add(s, V_NAN, 0, VN, a, b)->imm = pd;
}

void check_result(struct seq *s, unsigned x, unsigned t, bool pd)
{
    if (s->g->fn->fp_rules == IR_FP_RV64 || s->g->fn->fp_lax) { /* underflow as the host has it */
        check_nan(s, x, x, pd);
        return;
    }
    u64 magnitude = pd ? MASK64(63) : 0x7fffffff7fffffff, smallest = pd ? 1ull << 52 : 0x0080000000800000;
    if (!s->avx) {
        check_nan(s, x, x, pd);
    }
    op3(s, PAND, t, x, lit(s, magnitude, magnitude));
    if (s->avx) { /* one comparison for both */
        add(s, V_NAN, 0, VN, t, lit(s, smallest, smallest))->imm = pd;
    } else {
        op3(s, pd ? PCMPEQQ : PCMPEQD, t, t, lit(s, smallest, smallest));
        check_sign(s, t, pd);
    }
}

void check_sign(struct seq *s, unsigned a, bool pd)
{
    add(s, V_SIGN, 0, VN, a, VN)->imm = pd;
}

bool vec_high_zero(const struct cg *g, ir_ref r)
{
    const struct ir_const *k = vconst(g, r);
    if (k) {
        return k->hi == 0;
    }
    const struct ir_ins *in = &g->ins[r];
    switch (in->op) {
    case IR_F2V:
    case IR_VZLO:
    case IR_VHI:
    case IR_VXTN:
    case IR_VFCVTN:
        return true;
    case IR_LD:
        return IR_MEM_SIZE(in->aux) < 4;
    case IR_VFCVTL:
        return false;
    default:
        return in->op >= IR_VFADD && in->op <= IR_VFCMLA && (in->aux & 4);
    }
}

/* --- analysis --- */

struct plan {
    u8 reg[VR_COUNT];
    u8 reads[VR_COUNT];
    s8 last[VR_COUNT]; /* index of the last instruction that reads it */
    s8 first_d;        /* of the first that writes VD */
    u32 low;           /* registers that must be xmm0..15 */
    u32 temps;         /* T registers used */
    u8 in_mem;         /* operands read from memory: bit 0 VA.. */
    u8 gpr_ops;        /* operands in general registers */
    bool scratch, scratch_gpr;
    struct mem mem[3];
};

#define OPBIT(x) (1u << ((x)-VA))
static inline bool is_operand(unsigned x)
{
    return x - VA < 3;
}

static inline void note_read(struct plan *p, unsigned x, unsigned n)
{
    if (x && x < VR_COUNT) {
        p->reads[x]++;
        p->last[x] = (s8)n;
    }
}

static void analyse_one(struct seq *s, struct plan *p, unsigned n)
{
    const struct vins *v = &s->v[n];
    note_read(p, v->a, n);
    note_read(p, v->b, n);
    note_read(p, v->c, n);
    if (v->kind == V_TIED || v->kind == V_LEGACY) {
        note_read(p, v->d, n);
    } else if (v->kind == V_NAN || v->kind == V_SIGN) {
        for (unsigned k = 0; k < 3; k++) {
            note_read(p, s->cold[k], n);
        }
        p->scratch |= v->kind == V_NAN && !s->evex;
    }
    if (v->d == VD && p->first_d < 0) {
        p->first_d = (s8)n;
    }
    if (v->opc & O_NOEVEX) {
        p->low |= BIT(v->d) | BIT(v->a) | BIT(v->b & 31) | BIT(v->c);
    }
    if ((v->d >= T0 && v->d <= VG2 && v->kind != V_KEEP) || v->d == VX0) {
        p->temps |= BIT(v->d);
    }
    p->scratch |= !s->avx && v->b >= VK && v->kind != V_MOV;
}

static void analyse(struct seq *s, struct plan *p)
{
    __builtin_memset(p, 0, sizeof(*p));
    __builtin_memset(p->reg, NOREG, sizeof(p->reg));
    p->reg[VM] = 1;
    p->first_d = -1;
    for (unsigned n = 0; n < s->n; n++) {
        analyse_one(s, p, n);
    }
    for (unsigned x = 0; x < 3; x++) {
        if (p->reads[VA + x] && ref_file(s->g, s->op[x]) == GPR) {
            p->gpr_ops |= (u8)BIT(x);
        }
    }
}

/* --- allocation --- */

/* The operand of V that can come from memory, B or, exchanged, A. */
static void operand_in_memory(struct seq *s, struct plan *p, struct vins *v)
{
    unsigned x = v->b;
    if (is_operand(x) && p->reads[x] == 1 && ra_mem(s->g, s->op[x - VA], &p->mem[x - VA])) {
        p->in_mem |= (u8)OPBIT(x);
        return;
    }
    x = v->a;
    if (v->kind == V_OP && (v->opc & O_COMM) && v->b < VK && is_operand(x) && p->reads[x] == 1 &&
        ra_mem(s->g, s->op[x - VA], &p->mem[x - VA])) {
        p->in_mem |= (u8)OPBIT(x);
        v->a = v->b;
        v->b = (u8)x;
    }
}

static void choose_memory(struct seq *s, struct plan *p)
{
    for (unsigned n = 0; n < s->n; n++) {
        struct vins *v = &s->v[n];
        if ((v->kind == V_OP || v->kind == V_TIED || v->kind == V_MOV) && !(v->opc & O_NOMEM)) {
            operand_in_memory(s, p, v);
        }
    }
}

/* The operand that the instruction which first writes VD may share its register with. */
static unsigned shared_operand(const struct seq *s, const struct plan *p)
{
    if (p->first_d < 0 || s->no_hint || s->has_cold) {
        return VN;
    }
    const struct vins *v = &s->v[p->first_d];
    unsigned x = VN;
    if (v->kind == V_MOV) {
        x = v->b;
    } else if (!s->avx && (v->kind == V_OP || v->kind == V_SHIFT)) {
        x = v->a ? v->a : v->b;
        if (!is_operand(x) && (v->opc & O_COMM)) {
            x = v->b;
        }
    }
    return is_operand(x) && p->last[x] <= p->first_d && !(p->gpr_ops & OPBIT(x)) ? x : VN;
}

static void take_operand(struct seq *s, struct plan *p, unsigned x, unsigned share)
{
    struct cg *g = s->g;
    if (!p->reads[x] || (p->in_mem & OPBIT(x)) || p->reg[x] != NOREG) {
        return;
    }
    u32 mask = (p->low & BIT(x)) && !(p->gpr_ops & OPBIT(x)) ? LOW16 : ANY;
    for (unsigned y = VA; y <= VC; y++) { /* the same value again */
        if (p->reg[y] != NOREG && s->op[y - VA] == s->op[x - VA] && (mask & BIT(p->reg[y]))) {
            p->reg[x] = p->reg[y];
            return;
        }
    }
    ir_ref r = s->op[x - VA];
    p->reg[x] = (u8)(x == share ? ra_use_hint(g, r, mask, p->reg[VD]) : ra_use(g, r, mask));
}

/* An operand in VD's register that is read behind the first write of VD: VD is computed elsewhere. */
static bool conflict(const struct plan *p)
{
    for (unsigned x = VA; x <= VC; x++) {
        if (p->reads[x] && p->reg[x] == p->reg[VD] && p->last[x] > p->first_d && !(p->gpr_ops & OPBIT(x))) {
            return true;
        }
    }
    return false;
}

/* What the lowering of V needs beside its operands. */
static void extra_needs(struct seq *s, struct plan *p, const struct vins *v)
{
    const struct regfile *f = &s->g->rf[GPR];
    if (v->kind == V_KEEP) {
        if (is_operand(v->b) && p->reg[v->b] != p->reg[VD]) {
            p->reg[v->d] = p->reg[v->b];
        } else {
            p->temps |= BIT(v->d);
        }
    } else if (!s->avx && v->kind == V_OP && v->a && !(v->opc & O_COMM) && v->b < VK) {
        bool same = v->d == v->b || (p->reg[v->d] != NOREG && p->reg[v->d] == p->reg[v->b]);
        p->scratch |= same && v->a != v->d;
    } else if (v->kind == V_SIGN) {
        p->scratch_gpr = true;
    } else if (v->kind == V_NAN) {
        p->scratch_gpr |= !s->evex && (f->temps & ~f->occ & ~f->busy & ~f->dest);
    }
}

static void take_temps(struct seq *s, struct plan *p)
{
    struct cg *g = s->g;
    for (unsigned n = 0; n < s->n; n++) {
        extra_needs(s, p, &s->v[n]);
    }
    for (unsigned x = T0; x <= VG2; x++) {
        if (p->temps & BIT(x)) {
            p->reg[x] = (u8)ra_tmp(g, x >= VG ? GPR : XMM, ANY);
        }
    }
    if (p->scratch) {
        p->reg[VS] = (u8)ra_tmp(g, XMM, ANY);
    }
    if (p->scratch_gpr && p->reg[VG2] == NOREG) {
        p->reg[VG2] = (u8)ra_tmp(g, GPR, ANY);
    }
}

/* --- emission --- */

static void emit_rr(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b)
{
    struct emit *e = &s->g->e;
    s->avx ? e_vrr(e, opc & O_OPC, d, a, b) : e_rr(e, opc & O_OPC, d, b);
}

static struct mem literal(struct seq *s, unsigned n)
{
    return pool_mem(s->g, s->k[n].lo, s->k[n].hi, 16);
}

/* AVX: V_OP and V_TIED with register or memory. */
static void emit_vex(struct seq *s, const struct plan *p, const struct vins *v)
{
    struct cg *g = s->g;
    unsigned d = p->reg[v->d], a = v->a ? p->reg[v->a] : 0;
    bool mem = v->b >= VK || (is_operand(v->b) && (p->in_mem & OPBIT(v->b)));
    if (v->has_imm) {
        e_8(&g->e, v->imm);
    }
    if (!mem) {
        e_vrr(&g->e, v->opc & O_OPC, d, a, p->reg[v->b]);
        return;
    }
    struct mem m = v->b >= VK ? literal(s, v->b - VK) : p->mem[v->b - VA];
    if (m.kind == M_RIP && v->has_imm) {
        m.disp--; /* the displacement counts from behind the immediate */
    }
    e_vrm(&g->e, v->opc & O_OPC, d, a, m);
}

static void emit_sse_op(struct seq *s, const struct plan *p, const struct vins *v)
{
    struct cg *g = s->g;
    unsigned d = p->reg[v->d], b = v->b >= VK ? p->reg[VS] : p->reg[v->b], a = v->a ? p->reg[v->a] : d;
    bool xmm_b = !is_operand(v->b) ? v->b != VG && v->b != VG2 : !(p->gpr_ops & OPBIT(v->b));
    bool save = v->a && d == b && a != d && xmm_b;
    if (save && (v->opc & O_COMM)) {
        b = a;
        a = d;
        save = false;
    }
    if (v->has_imm) {
        e_8(&g->e, v->imm);
    }
    e_rr(&g->e, v->opc & O_OPC, d, save ? p->reg[VS] : b);
    if (v->a) {
        v_mov(g, d, a);
    }
    if (save) {
        v_mov(g, p->reg[VS], b);
    }
    if (v->b >= VK) {
        v_load(g, IR_V128, p->reg[VS], literal(s, v->b - VK));
    }
}

/* D = where A and B are unordered, or, B being a literal, also where they are equal; quiet. */
static void emit_unordered(struct seq *s, const struct plan *p, const struct vins *v, u32 opc, unsigned d)
{
    struct emit *e = &s->g->e;
    if (v->b < VK) {
        e_8(e, 3);
        e_vrr(e, opc, d, p->reg[v->a], p->reg[v->b]);
        return;
    }
    struct mem m = literal(s, v->b - VK);
    m.disp--; /* the displacement counts from behind the immediate */
    e_8(e, 8);
    e_vrm(e, opc, d, p->reg[v->a], m);
}

/* Going backwards: the branch, the test, the comparison. */
static void emit_check(struct seq *s, const struct plan *p, const struct vins *v, u32 hot)
{
    struct cg *g = s->g;
    struct emit *e = &g->e;
    unsigned cold[3];
    for (unsigned k = 0; k < 3; k++) {
        cold[k] = s->cold[k] ? p->reg[s->cold[k]] : NOREG;
    }
    u32 at = cold_ref(g, s->in, p->reg[VD], cold[0], cold[1], cold[2], hot);
    u32 pd = v->imm ? P_66 : 0;
    e_jcc_fix(e, CC_NE, FIX_COLD, at);
    if (v->kind == V_NAN && s->evex) {
        e_vrr(e, 0x98 | M_0F, 1, 0, 1); /* kortestw k1, k1 */
        emit_unordered(s, p, v, 0xc2 | M_0F | O_EVEX | pd | (pd ? (u32)O_EW : 0), 1);
        return;
    }
    unsigned t = v->kind == V_NAN ? p->reg[VS] : p->reg[v->a], r = p->reg[VG2];
    if (r != NOREG) {
        e_test_rr(e, false, r, r);
        emit_rr(s, 0x50 | M_0F | pd, r, 0, t); /* movmskps */
    } else {
        emit_rr(s, O38(0x17), t, 0, t); /* ptest */
    }
    if (v->kind == V_NAN) {
        if (s->avx) {
            emit_unordered(s, p, v, 0xc2 | M_0F | pd, t);
        } else {
            e_8(e, 3); /* unordered, quiet */
            e_rr(e, 0xc2 | M_0F | pd, t, p->reg[v->b]);
            v_mov(g, t, p->reg[v->a]);
        }
    }
}

static void emit_mov(struct seq *s, const struct plan *p, const struct vins *v)
{
    struct cg *g = s->g;
    unsigned d = p->reg[v->d];
    if (v->b >= VK) {
        v_load(g, IR_V128, d, literal(s, v->b - VK));
    } else if (is_operand(v->b) && (p->in_mem & OPBIT(v->b))) {
        v_load(g, IR_V128, d, p->mem[v->b - VA]);
    } else {
        v_mov(g, d, p->reg[v->b]);
    }
}

static void emit_one(struct seq *s, const struct plan *p, const struct vins *v, u32 hot)
{
    struct cg *g = s->g;
    struct emit *e = &g->e;
    unsigned d = p->reg[v->d], b = v->b < VK ? p->reg[v->b] : NOREG;
    switch ((enum vkind)v->kind) {
    case V_OP:
    case V_TIED:
        s->avx ? emit_vex(s, p, v) : emit_sse_op(s, p, v);
        break;
    case V_SHIFT:
        e_8(e, v->imm);
        if (s->avx) {
            e_vrr(e, v->opc & O_OPC, v->opc >> 24 & 7, d, b);
        } else {
            e_rr(e, v->opc & O_OPC, v->opc >> 24 & 7, d);
            v_mov(g, d, b);
        }
        break;
    case V_REV:
        if (v->has_imm) {
            e_8(e, v->imm);
        }
        s->avx ? e_vrr(e, v->opc & O_OPC, b, 0, d) : e_rr(e, v->opc & O_OPC, b, d);
        break;
    case V_BLENDV:
        e_8(e, (unsigned)p->reg[v->c] << 4);
        e_vrr(e, v->opc & O_OPC, d, p->reg[v->a], b);
        break;
    case V_LEGACY:
        if (v->has_imm) {
            e_8(e, v->imm);
        }
        e_rr(e, v->opc & O_OPC, d, b);
        break;
    case V_GPR:
        e_rr(e, v->opc & O_OPC, d, b);
        break;
    case V_MOV:
    case V_KEEP:
        emit_mov(s, p, v);
        break;
    case V_ZERO:
        emit_rr(s, v->opc, d, d, d);
        break;
    case V_NAN:
    case V_SIGN:
        emit_check(s, p, v, hot);
        break;
    }
}

/* AVX: a sequence of one instruction, the most common one by far, without the analysis. */
static void single(struct seq *s)
{
    struct cg *g = s->g;
    struct vins *v = &s->v[0];
    u32 low = v->opc & O_NOEVEX ? LOW16 : ANY;
    unsigned d = ra_def(g, s->i, low), a = 0, x = v->a, y = v->b;
    struct mem m;
    bool once = x != y && !(v->opc & O_NOMEM), mem = once && is_operand(y) && ra_mem(g, s->op[y - VA], &m);
    if (!mem && once && (v->opc & O_COMM) && y < VK && is_operand(x) && ra_mem(g, s->op[x - VA], &m)) {
        mem = true;
        x = y;
    } else if (y >= VK) {
        mem = true;
        m = pool_mem(g, s->k[y - VK].lo, s->k[y - VK].hi, 16);
    }
    if (x) {
        a = ra_use(g, s->op[x - VA], low);
    }
    unsigned b = 0;
    if (!mem) {
        ir_ref r = s->op[y - VA];
        b = x == y ? a : ra_use(g, r, ref_file(g, r) == GPR ? ANY : low);
    }
    if (v->has_imm) {
        e_8(&g->e, v->imm);
    }
    if (!mem) {
        e_vrr(&g->e, v->opc & O_OPC, d, a, b);
        return;
    }
    m.disp -= m.kind == M_RIP && v->has_imm; /* the displacement counts from behind the immediate */
    e_vrm(&g->e, v->opc & O_OPC, d, a, m);
}

void seq_end(struct seq *s)
{
    struct cg *g = s->g;
    struct plan p;
    if (s->n == 1 && s->avx && s->v[0].kind == V_OP) {
        single(s);
        return;
    }
    analyse(s, &p);
    bool xmm = file_of(ir_result_type(s->in)) == XMM;
    u32 mask = xmm && (p.low & BIT(VD)) ? LOW16 : ANY;
    bool x0 = p.temps & BIT(VX0);
    unsigned dst = ra_def(g, s->i, x0 ? mask & ~BIT(0) : mask);
    p.reg[VD] = (u8)dst;
    if (x0) {
        p.reg[VX0] = (u8)ra_tmp(g, XMM, BIT(0));
    }
    unsigned share = xmm ? shared_operand(s, &p) : VN;
    bool late = s->avx && p.first_d == s->n - 1 && !s->has_cold; /* operands may share VD's register */
    if (!late || !xmm) {
        g->rf[xmm ? XMM : GPR].busy |= BIT(dst);
    }
    if (s->avx) {
        choose_memory(s, &p);
    }
    if (share) {
        take_operand(s, &p, share, share);
    }
    for (unsigned x = VA; x <= VC; x++) {
        take_operand(s, &p, x, share);
    }
    bool moved = xmm && conflict(&p);
    if (moved) {
        p.reg[VD] = (u8)ra_tmp(g, XMM, ANY);
    } else if (s->n > 1) {
        g->rf[xmm ? XMM : GPR].busy |= BIT(dst);
    }
    take_temps(s, &p);
    if (moved) {
        v_mov(g, dst, p.reg[VD]);
    }
    u32 hot = here(g);
    for (unsigned n = s->n; n-- > 0;) {
        emit_one(s, &p, &s->v[n], hot);
    }
}
