/* Rules for addition with carry: conditions that are a carry go straight into CF, and a chain of
 * them stays in the host's flags. The complement of an operand is subtracted with borrow instead.
 */
#include "backend/x86_64/rules.h"

/* Where the carry comes from. */
struct carry {
    enum { IN_CONST, IN_BIT, IN_PACKED, IN_FLAGS } kind;
    bool invert;
    unsigned reg;
    struct mem m; /* IN_PACKED with REG NOREG */
    struct pend p;
};

/* Finds how to make CF = C, or its inverse, and gives it registers. */
static struct carry carry_of(struct cg *g, ir_ref c, bool invert, u32 mask)
{
    struct carry r = {.kind = IN_BIT, .invert = invert, .reg = NOREG};
    u64 v;
    if (ir_is_const(g->fn, c, &v)) {
        r.kind = IN_CONST;
        r.invert ^= v & 1;
        return r;
    }
    const struct ir_ins *in = &g->ins[c];
    if (!ra_live(g, c)) {
        struct hcond h = cond_lower(g, c, &r.p);
        if (!h.parity && (h.cc == CC_B || h.cc == CC_AE) && r.p.kind != PEND_PCOND) {
            r.kind = IN_FLAGS;
            r.invert ^= h.cc == CC_AE;
            return r;
        }
        if (in->op == IR_PCOND && r.p.kind == PEND_BIT && r.p.mask == IR_NZCV_C) {
            r.kind = IN_PACKED;
            r.invert ^= in->aux & 1;
            if (!ra_mem(g, in->a, &r.m)) {
                r.reg = ra_use(g, in->a, mask);
            }
            return r;
        }
    }
    r.reg = ra_use(g, c, mask);
    return r;
}

static void put_carry(struct cg *g, const struct carry *c)
{
    struct emit *e = &g->e;
    if (c->kind == IN_CONST) {
        e_8(e, c->invert ? 0xf9 : 0xf8); /* stc, clc */
        return;
    }
    if (c->invert) {
        e_8(e, 0xf5); /* cmc */
    }
    if (c->kind == IN_FLAGS) {
        g->pend = c->p;
        return;
    }
    e_8(e, c->kind == IN_PACKED ? __builtin_ctz(IR_NZCV_C) : 0); /* bt */
    if (c->reg == NOREG) {
        e_rm(e, 0xba | M_0F, 4, c->m);
    } else {
        e_rr(e, 0xba | M_0F, 4, c->reg);
    }
}

bool adc_subtracts(const struct cg *g, ir_ref b, unsigned type)
{
    return !IR_IS_K(b) && g->ins[b].op == IR_NOT && g->ins[b].type == type && !ra_live(g, b);
}

/* D = A + B + C, or with SUB (B is a NOT) A - ~B - 1 + C; the flags are those of the last
 * instruction. */
static void emit_adc(struct cg *g, unsigned d, unsigned type, ir_ref a, ir_ref b, ir_ref c,
                     bool sub)
{
    struct emit *e = &g->e;
    bool w = type == IR_I64;
    s32 k;
    b = sub ? g->ins[b].a : b;
    if (!w) {
        a = peel32(g, a);
        b = peel32(g, b);
    }
    g->rf[GPR].busy |= BIT(d);
    bool imm = const_s32(g, b, w, &k);
    struct carry cy = carry_of(g, c, sub, ~BIT(d));
    unsigned rb = NOREG, t = d;
    if (!imm) {
        unsigned hb = ra_home(g, b);
        rb = hb != NOREG ? hb : ra_use(g, b, ~BIT(d));
    }
    unsigned ra = ra_use_hint(g, a, ANY, d);
    if (rb == d || cy.reg == d) {
        t = ra_tmp(g, GPR, ~BIT(d));
        e_mov_rr(e, w, d, t);
    }
    enum alu op = sub ? ALU_SBB : ALU_ADC;
    imm ? e_alu_ri(e, op, w, t, k) : e_alu_rr(e, op, w, t, rb);
    if (t != ra) {
        e_mov_rr(e, w, t, ra);
    }
    put_carry(g, &cy);
}

void pend_adc_flush(struct cg *g, const struct pend *p)
{
    emit_adc(g, ra_tmp(g, GPR, ANY), p->type, p->a, p->b, p->c, p->sub);
}

void rule_adc(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct pend *p = &g->pend;
    bool sub = adc_subtracts(g, in->b, in->type);
    if (p->kind == PEND_ADC && p->type == in->type && p->a == in->a && p->b == in->b &&
        p->c == in->c) {
        sub = p->sub;
        p->kind = PEND_NONE;
    } else {
        pend_flush(g);
    }
    emit_adc(g, ra_def(g, i, ANY), in->type, in->a, in->b, in->c, sub);
}

void rule_adcnzcv(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool sub = adc_subtracts(g, in->b, in->type);
    unsigned d = ra_def(g, i, ANY);
    ra_clobber(g, BIT(RAX));
    if (d != RAX) {
        e_mov_rr(e, false, d, RAX);
    }
    e_setcc(e, CC_O, RAX);
    e_8(e, 0x9f); /* lahf */
    if (sub) {
        e_8(e, 0xf5); /* cmc: a borrow is no carry */
    }
    g->pend = (struct pend){
        .kind = PEND_ADC, .type = in->type, .a = in->a, .b = in->b, .c = in->c, .sub = sub};
}
