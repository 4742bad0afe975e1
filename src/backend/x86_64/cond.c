/* Conditions: a comparison is emitted as late as possible going backwards, that is in front of as
 * many ops as leave the flags alone, so that it merges with the subtraction it repeats. */
#include "backend/x86_64/fpop.h"

ir_ref peel32(const struct cg *g, ir_ref r)
{
    if (!IR_IS_K(r) && g->ins[r].op == IR_TRUNC && g->vi[r].reg == NOREG && !g->vi[r].spill) {
        return g->ins[r].a;
    }
    return r;
}

static const u8 cmp_cc[14] = {
    [IR_CC_EQ] = CC_E,   [IR_CC_NE] = CC_NE, [IR_CC_ULT] = CC_B, [IR_CC_UGE] = CC_AE,
    [IR_CC_ULE] = CC_BE, [IR_CC_UGT] = CC_A, [IR_CC_SLT] = CC_L, [IR_CC_SGE] = CC_GE,
    [IR_CC_SLE] = CC_LE, [IR_CC_SGT] = CC_G, [IR_CC_MI] = CC_S,  [IR_CC_PL] = CC_NS,
    [IR_CC_VS] = CC_O,   [IR_CC_VC] = CC_NO};

unsigned cond_of_cmp(unsigned cc)
{
    return cmp_cc[cc];
}

static bool zs_cc(unsigned cc)
{
    return cc == CC_E || cc == CC_NE || cc == CC_S || cc == CC_NS;
}

static bool is_zero(const struct cg *g, ir_ref r)
{
    u64 v;
    return ir_is_const(g->fn, r, &v) && v == 0;
}

/* FCMP: which way round to compare and what to test. */
static struct hcond fcmp_cond(unsigned aux, bool *swap)
{
    *swap = false;
    switch (aux & 15) {
    case IR_FCC_EQ:
        return (struct hcond){CC_E, 1};
    case IR_FCC_NE:
        return (struct hcond){CC_NE, 2};
    case IR_FCC_LT:
        *swap = true;
        return (struct hcond){CC_A, 0};
    case IR_FCC_UGE:
        *swap = true;
        return (struct hcond){CC_BE, 0};
    case IR_FCC_LE:
        *swap = true;
        return (struct hcond){CC_AE, 0};
    case IR_FCC_UGT:
        *swap = true;
        return (struct hcond){CC_B, 0};
    case IR_FCC_GT:
        return (struct hcond){CC_A, 0};
    case IR_FCC_ULE:
        return (struct hcond){CC_BE, 0};
    case IR_FCC_GE:
        return (struct hcond){CC_AE, 0};
    case IR_FCC_ULT:
        return (struct hcond){CC_B, 0};
    case IR_FCC_UN:
        return (struct hcond){CC_P, 0};
    case IR_FCC_OR:
        return (struct hcond){CC_NP, 0};
    case IR_FCC_UEQ:
        return (struct hcond){CC_E, 0};
    default:
        return (struct hcond){CC_NE, 0};
    }
}

/* Host condition of the packed-flags condition AUX after the sahf form, which makes the flags of a
 * subtraction. */
static const u8 sahf_cc[14] = {CC_E,  CC_NE, CC_AE, CC_B,  CC_S, CC_NS, CC_O,
                               CC_NO, CC_A,  CC_BE, CC_GE, CC_L, CC_G,  CC_LE};

static u32 pcond_bit(unsigned aux)
{
    static const u16 bits[4] = {IR_NZCV_Z, IR_NZCV_C, IR_NZCV_N, IR_NZCV_V};
    return aux < 8 ? bits[aux >> 1] : 0;
}

/* No op behind A up to and with B, which is not behind the op in work, is a barrier. */
static bool no_barrier(const struct cg *g, ir_ref a, ir_ref b)
{
    u32 last = g->bar;
    for (const u16 *bar = g->bars; last > b; bar--) {
        last = *bar;
    }
    return last <= a;
}

/* Condition C of the packed flags of a float compare that nobody wants packed: compare again. */
static bool fcmp_of_packed(const struct cg *g, ir_ref c, struct pend *p, struct hcond *h)
{
    static const u8 fcc[14] = {
        [IR_PC_EQ] = IR_FCC_EQ, [IR_PC_NE] = IR_FCC_NE, [IR_PC_CS] = IR_FCC_UGE,
        [IR_PC_CC] = IR_FCC_LT, [IR_PC_MI] = IR_FCC_LT, [IR_PC_PL] = IR_FCC_UGE,
        [IR_PC_VS] = IR_FCC_UN, [IR_PC_VC] = IR_FCC_OR, [IR_PC_HI] = IR_FCC_UGT,
        [IR_PC_LS] = IR_FCC_LE, [IR_PC_GE] = IR_FCC_GE, [IR_PC_LT] = IR_FCC_ULT,
        [IR_PC_GT] = IR_FCC_GT, [IR_PC_LE] = IR_FCC_ULE};
    const struct ir_ins *in = &g->ins[c];
    if (IR_IS_K(in->a) || g->ins[in->a].op != IR_FNZCV || ra_live(g, in->a) || flushes(g) ||
        !no_barrier(g, in->a, c)) { /* behind a HELPER it would raise again what that cleared */
        return false;
    }
    const struct ir_ins *f = &g->ins[in->a];
    bool swap;
    *h = fcmp_cond(fcc[in->aux], &swap);
    *p = (struct pend){.kind = PEND_FCMP,
                       .type = f->type,
                       .signal = f->aux & 1,
                       .a = swap ? f->b : f->a,
                       .b = swap ? f->a : f->b};
    return true;
}

/* A condition of the packed flags of an addition with carry that nobody wants packed. */
static bool adc_of_packed(const struct cg *g, const struct ir_ins *in, struct pend *p,
                          struct hcond *h)
{
    if (IR_IS_K(in->a) || g->ins[in->a].op != IR_ADCNZCV || ra_live(g, in->a)) {
        return false;
    }
    const struct ir_ins *f = &g->ins[in->a];
    bool sub = adc_subtracts(g, f->b, f->type);
    unsigned cc = sahf_cc[in->aux];
    if (!sub) { /* the carry is not inverted */
        if (in->aux == IR_PC_HI || in->aux == IR_PC_LS) {
            return false;
        }
        cc = cc == CC_AE ? CC_B : cc == CC_B ? CC_AE : cc;
    }
    *h = (struct hcond){(u8)cc, 0};
    *p = (struct pend){.kind = PEND_ADC,
                       .type = f->type,
                       .a = f->a,
                       .b = f->b,
                       .c = f->c,
                       .sub = sub,
                       .cf_only = cc == CC_B || cc == CC_AE,
                       .packed = in->a};
    return true;
}

/* Would compare C, made for the op in work, raise its FP status on the other side of what reads or
 * writes that? */
static bool status_between(const struct cg *g, ir_ref c)
{
    if (same_stretch(g, c)) {
        return false;
    }
    for (u32 j = c + 1; j < g->i; j++) {
        unsigned op = g->ins[j].op;
        if (op == IR_HELPER || op == IR_FPGET || op == IR_FPSET) {
            return true;
        }
    }
    return false;
}

/* What the flags must hold for condition C, and which condition they then answer. */
struct hcond cond_lower(struct cg *g, ir_ref c, struct pend *p)
{
    bool invert = false;
    struct hcond h;
    while (!IR_IS_K(c) && g->ins[c].op == IR_XOR && g->vi[c].reg == NOREG) {
        u64 v;
        if (!ir_is_const(g->fn, g->ins[c].b, &v)) {
            break;
        }
        invert ^= v & 1;
        c = g->ins[c].a;
    }
    const struct ir_ins *in = IR_IS_K(c) ? &g->ins[0] : &g->ins[c];
    *p = (struct pend){.type = in->type, .a = in->a, .b = in->b};
    bool in_reg = IR_IS_K(c) || g->vi[c].reg != NOREG || g->vi[c].spill ||
                  (in->op == IR_FCMP && (flushes(g) || status_between(g, c)));
    switch (in_reg ? IR_NOP : in->op) {
    case IR_CMP:
        p->kind = PEND_CMP;
        h = (struct hcond){cmp_cc[in->aux], 0};
        if (is_zero(g, in->b)) {
            h.cc = in->aux == IR_CC_SLT ? CC_S : in->aux == IR_CC_SGE ? CC_NS : h.cc;
        }
        p->zs_only = zs_cc(h.cc);
        break;
    case IR_CMN:
        p->kind = PEND_CMN;
        h = (struct hcond){in->aux == IR_CC_UGE   ? CC_B
                           : in->aux == IR_CC_ULT ? CC_AE
                                                  : cmp_cc[in->aux],
                           0};
        p->zs_only = zs_cc(h.cc);
        break;
    case IR_TST:
        p->kind = PEND_TST;
        h = (struct hcond){cmp_cc[in->aux], 0};
        p->zs_only = true;
        break;
    case IR_PCOND:
        if (fcmp_of_packed(g, c, p, &h) || adc_of_packed(g, in, p, &h)) {
            break;
        }
        if (in->aux < 8) {
            p->kind = PEND_BIT;
            p->mask = pcond_bit(in->aux);
            h = (struct hcond){in->aux & 1 ? CC_E : CC_NE, 0};
        } else {
            p->kind = PEND_PCOND;
            h = (struct hcond){sahf_cc[in->aux], 0};
        }
        break;
    case IR_FCMP: {
        bool swap;
        h = fcmp_cond(in->aux, &swap);
        p->kind = PEND_FCMP;
        p->signal = in->aux & IR_FCC_SIGNAL;
        if (swap) {
            p->a = in->b;
            p->b = in->a;
        }
        break;
    }
    default:
        *p = (struct pend){.kind = PEND_BIT, .type = IR_I1, .a = c, .mask = 1};
        h = (struct hcond){CC_NE, 0};
        break;
    }
    if (p->type == IR_I32 && p->kind != PEND_FCMP && p->kind != PEND_ADC) {
        p->a = peel32(g, p->a);
        p->b = p->b ? peel32(g, p->b) : 0;
    }
    if (invert) {
        h.cc ^= 1;
        h.parity = h.parity ? 3 - h.parity : 0;
    }
    return h;
}

/* The same value for a comparison of TYPE. */
static bool same_ref(const struct cg *g, unsigned type, ir_ref a, ir_ref b)
{
    if (type == IR_I32) {
        a = !IR_IS_K(a) && g->ins[a].op == IR_TRUNC ? g->ins[a].a : a;
        b = !IR_IS_K(b) && g->ins[b].op == IR_TRUNC ? g->ins[b].a : b;
    }
    return a == b;
}

static bool same(const struct cg *g, const struct pend *p, const struct pend *q)
{
    return p->kind == q->kind && p->type == q->type && same_ref(g, p->type, p->a, q->a) &&
           same_ref(g, p->type, p->b, q->b) && p->mask == q->mask && p->signal == q->signal &&
           p->c == q->c && p->sub == q->sub;
}

/* Leaves P pending, which fits what is. */
static void cond_pend(struct cg *g, const struct pend *p)
{
    if (g->pend.kind) {
        g->pend.zs_only &= p->zs_only;
        g->pend.cf_only &= p->cf_only;
    } else {
        g->pend = *p;
    }
}

struct hcond cond_flags(struct cg *g, ir_ref c)
{
    struct pend p;
    struct hcond h = cond_lower(g, c, &p);
    ASSERT(!g->pend.kind || same(g, &g->pend, &p));
    cond_pend(g, &p);
    return h;
}

struct hcond cond_take(struct cg *g, ir_ref c)
{
    struct pend p;
    struct hcond h = cond_lower(g, c, &p);
    if (g->pend.kind && !same(g, &g->pend, &p)) {
        pend_flush(g);
        h = cond_lower(g, c, &p); /* values may have got registers */
    }
    cond_pend(g, &p);
    return h;
}

/* True when C needs exactly the flags that are pending, so that its consumer may sit in front of
 * the other. */
bool cond_fits(struct cg *g, ir_ref c)
{
    struct pend p;
    cond_lower(g, c, &p);
    return g->pend.kind == PEND_NONE || same(g, &g->pend, &p);
}

static void emit_cmp(struct cg *g, const struct pend *p)
{
    struct emit *e = &g->e;
    bool w = p->type == IR_I64;
    s32 k;
    struct mem m;
    if (p->kind == PEND_CMN) {
        unsigned rb = NOREG;
        bool imm = const_s32(g, p->b, w, &k);
        if (!imm) {
            rb = ra_use(g, p->b, ANY);
        }
        unsigned ra = ra_use(g, p->a, ANY), t = ra_tmp(g, GPR, ANY);
        imm ? e_alu_ri(e, ALU_ADD, w, t, k) : e_alu_rr(e, ALU_ADD, w, t, rb);
        e_mov_rr(e, w, t, ra);
        return;
    }
    if (const_s32(g, p->b, w, &k)) {
        if (ra_mem(g, p->a, &m)) {
            e_alu_mi(e, ALU_CMP, w, m, k);
            return;
        }
        unsigned ra = ra_use(g, p->a, ANY);
        k == 0 ? e_test_rr(e, w, ra, ra) : e_alu_ri(e, ALU_CMP, w, ra, k);
        return;
    }
    unsigned ra = ra_use(g, p->a, ANY);
    if (ra_mem(g, p->b, &m)) {
        e_alu_rm(e, ALU_CMP, w, ra, m);
    } else {
        e_alu_rr(e, ALU_CMP, w, ra, ra_use(g, p->b, ANY));
    }
}

static void emit_tst(struct cg *g, const struct pend *p)
{
    bool w = p->type == IR_I64;
    s32 k;
    unsigned ra = ra_use(g, p->a, ANY);
    if (const_s32(g, p->b, w, &k)) {
        /* Bits 31 and up only by the wide form; S is not wanted of a narrow one unless bit 31 is
         * tested. */
        if (k >= 0 || !w) {
            e_test_ri(&g->e, false, ra, k);
        } else {
            e_32(&g->e, (u32)k);
            e_rr(&g->e, 0xf7 | O_W, 0, ra);
        }
        return;
    }
    e_test_rr(&g->e, w, ra, ra_use(g, p->b, ANY));
}

static void emit_fcmp(struct cg *g, const struct pend *p)
{
    bool d = p->type == IR_F64;
    u32 opc = (p->signal ? 0x2f : 0x2e) | M_0F | (d ? (u32)P_66 | O_EW | O_N8 : (u32)O_N4);
    unsigned ra = ra_use(g, peel_v(g, p->a), ANY);
    ir_ref b = peel_v(g, p->b);
    struct mem m;
    if (ra_mem(g, b, &m)) {
        g->avx ? e_vrm(&g->e, opc, ra, 0, m) : e_rm(&g->e, opc, ra, m);
        return;
    }
    unsigned rb = ra_use(g, b, ANY);
    g->avx ? e_vrr(&g->e, opc, ra, 0, rb) : e_rr(&g->e, opc, ra, rb);
}

/* All flags from the packed form; INVERT: the carry turned into a borrow. */
static void emit_sahf(struct cg *g, ir_ref packed, bool invert)
{
    struct emit *e = &g->e;
    ra_clobber(g, BIT(RAX));
    unsigned ra = ra_use(g, packed, ~BIT(RAX));
    if (invert) {
        e_8(e, 0xf5); /* cmc */
    }
    e_8(e, 0x9e); /* sahf */
    e_8(e, 0x7f); /* add al, 127: overflow if V */
    e_8(e, 0x04);
    e_32(e, 0xff01); /* and eax */
    e_8(e, 0x25);
    e_mov_rr(e, false, RAX, ra);
}

/* CF = the carry in PACKED, or its inverse. */
static void emit_carry(struct cg *g, ir_ref packed, bool invert)
{
    struct mem m;
    bool mem = ra_mem(g, packed, &m);
    unsigned r = mem ? NOREG : ra_use(g, packed, ANY);
    if (invert) {
        e_8(&g->e, 0xf5);
    }
    e_8(&g->e, __builtin_ctz(IR_NZCV_C));
    mem ? e_rm(&g->e, 0xba | M_0F, 4, m) : e_rr(&g->e, 0xba | M_0F, 4, r);
}

static void emit_bit(struct cg *g, const struct pend *p)
{
    struct mem m;
    if (ra_mem(g, p->a, &m)) {
        e_32(&g->e, p->mask);
        e_rm(&g->e, 0xf7, 0, m);
        return;
    }
    unsigned ra = ra_use(g, p->a, ANY);
    if (p->mask == 1 && ir_type_of(g->fn, p->a) == IR_I1) {
        e_test_rr(&g->e, false, ra, ra);
        return;
    }
    e_test_ri(&g->e, false, ra, (s32)p->mask);
}

static void flush_one(struct cg *g)
{
    struct pend p = g->pend;
    g->pend.kind = PEND_NONE;
    g->i++; /* the comparison stands behind the op in work */
    switch ((enum pend_kind)p.kind) {
    case PEND_CMP:
    case PEND_CMN:
        emit_cmp(g, &p);
        break;
    case PEND_TST:
        emit_tst(g, &p);
        break;
    case PEND_FCMP:
        emit_fcmp(g, &p);
        g->compared = p;
        g->compared_bar = g->bar;
        break;
    case PEND_PCOND:
        emit_sahf(g, p.a, true);
        break;
    case PEND_BIT:
        emit_bit(g, &p);
        break;
    case PEND_ADC:
        if (!p.packed) {
            pend_adc_flush(g, &p);
        } else if (p.cf_only) {
            emit_carry(g, p.packed, p.sub);
        } else {
            emit_sahf(g, p.packed, p.sub);
        }
        break;
    case PEND_NONE:
        break;
    }
    ra_end(g);
    g->i--;
}

void pend_flush(struct cg *g)
{
    while (g->pend.kind != PEND_NONE) { /* one that takes a carry leaves the carry's pending */
        flush_one(g);
    }
}

/* Compares of the same operands, either way round, raise the same. */
static bool raises_same(const struct pend *p, const struct pend *q)
{
    return p->kind == q->kind && p->type == q->type && p->signal == q->signal &&
           ((p->a == q->a && p->b == q->b) || (p->a == q->b && p->b == q->a));
}

void cond_status(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct pend p = {.kind = PEND_FCMP, .type = in->type, .a = in->a, .b = in->b};
    p.signal = in->aux & (in->op == IR_FCMP ? IR_FCC_SIGNAL : 1);
    bool pending = g->pend.kind && raises_same(&g->pend, &p);
    pend_flush(g); /* the compare that a later op waits for need not move further forward */
    if (pending || (raises_same(&g->compared, &p) && g->compared_bar == g->bar)) {
        return;
    }
    if (flushes(g)) {
        rule_ref(g, i, in);
        ra_end(g);
        return;
    }
    g->pend = p;
    pend_flush(g);
}

bool pend_match(struct cg *g, u32 i, enum pend_kind k, unsigned type, ir_ref a, ir_ref b)
{
    struct pend *p = &g->pend;
    if (p->kind == PEND_NONE) {
        return false;
    }
    if (p->type == IR_I32) {
        a = a ? peel32(g, a) : 0;
        b = b ? peel32(g, b) : 0;
    }
    bool hit = p->kind == k && p->type == type && p->a == a && p->b == b;
    hit |= p->kind == PEND_CMP && p->zs_only && p->a == i && is_zero(g, p->b) && p->type == type;
    unsigned op = g->ins[i].op;
    hit |= p->kind == PEND_TST && p->a == i && p->b == i && p->type == type &&
           (p->zs_only || op == IR_AND || op == IR_OR || op == IR_XOR); /* these clear C and V */
    if (hit) {
        p->kind = PEND_NONE;
    }
    return hit;
}
