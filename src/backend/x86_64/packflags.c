/* The packed flags on a way out: their operands, and the code that makes and stores them. */
#include "backend/x86_64/priv.h"

/* Registers that a comparison of A and B takes and that are not theirs already. */
static unsigned new_regs(const struct cg *g, ir_ref a, ir_ref b)
{
    return (!IR_IS_K(a) && !ra_has_reg(g, a)) + (b && !IR_IS_K(b) && !ra_has_reg(g, b));
}

static struct compare compare_regs(struct cg *g, enum ir_op op, bool wide, ir_ref a, ir_ref b)
{
    struct compare c = {.op = (u8)op, .wide = wide, .a = ra_use(g, a, ANY)};
    c.imm = const_s32(g, b, wide, &c.k);
    c.b = c.imm ? NOREG : ra_use(g, b, ANY);
    return c;
}

static void put_compare(struct cg *g, const struct compare *c)
{
    struct emit *e = &g->e;
    if (c->op == IR_TST) {
        e_test_rr(e, c->wide, c->a, c->b);
    } else {
        c->imm ? e_alu_ri(e, ALU_CMP, c->wide, c->a, c->k)
               : e_alu_rr(e, ALU_CMP, c->wide, c->a, c->b);
    }
}

/* What the flags V that a CCMP left are made from: the outer comparison, and the operands of the first one. */
struct choice {
    const struct ir_ins *outer, *first;
    u64 otherwise;
    bool wide, fwide, logic;
    ir_ref a, b, fa, fb;
};

/* Are flags V such, and nobody wants them but the way out? */
static bool find_choice(const struct cg *g, ir_ref v, struct choice *c)
{
    const struct ir_ins *sel = &g->ins[v];
    if (!is_unmade(g, v, IR_SELECT) || !is_unmade(g, sel->a, IR_NZCV) || !is_unmade(g, sel->c, IR_CMP) ||
        !ir_is_const(g->fn, sel->b, &c->otherwise)) {
        return false;
    }
    const struct ir_ins *outer = &g->ins[sel->c], *f = &g->ins[g->ins[sel->a].a];
    c->outer = outer;
    c->first = f;
    c->wide = outer->type == IR_I64;
    c->fwide = f->type == IR_I64;
    c->logic = f->aux == IR_FL_LOGIC;
    c->a = c->wide ? outer->a : peel32(g, outer->a);
    c->b = c->wide ? outer->b : peel32(g, outer->b);
    c->fa = c->fwide ? f->a : peel32(g, f->a);
    c->fb = c->logic ? c->fa : c->fwide ? f->b : peel32(g, f->b);
    return (c->logic || f->aux == IR_FL_SUB) && !IR_IS_K(c->a) && !IR_IS_K(c->fa) &&
           new_regs(g, c->a, c->b) + new_regs(g, c->fa, c->fb) <= 2;
}

/* Is R read where it is, whatever else the op in work does: in a pinned register, or as an immediate? */
static bool stays(const struct cg *g, ir_ref r, bool wide)
{
    s32 k;
    return !r || (IR_IS_K(r) ? const_s32(g, r, wide, &k) : g->vi[r].place == NOWHERE && ra_home(g, r) != NOREG);
}

bool flags_stay(const struct cg *g, ir_ref f)
{
    const struct ir_ins *in = &g->ins[f];
    struct choice c;
    if (in->aux == IR_FL_VALUE) {
        return find_choice(g, in->a, &c) && stays(g, c.a, c.wide) && stays(g, c.b, c.wide) &&
               stays(g, c.fa, c.fwide) && stays(g, c.fb, c.fwide);
    }
    bool wide = in->type == IR_I64;
    ir_ref a = wide ? in->a : peel32(g, in->a), b = wide || !in->b ? in->b : peel32(g, in->b);
    return !IR_IS_K(a) && stays(g, a, wide) && stays(g, b, wide);
}

static bool chosen_flags(struct cg *g, ir_ref v, struct flag_regs *r)
{
    struct choice c;
    if (!find_choice(g, v, &c)) {
        return false;
    }
    r->chosen = true;
    r->kind = (u8)c.first->aux;
    r->outer = compare_regs(g, IR_CMP, c.wide, c.a, c.b);
    r->outer_cc = (u8)cond_of_cmp(c.outer->aux);
    r->first = compare_regs(g, c.logic ? IR_TST : IR_CMP, c.fwide, c.fa, c.fb);
    r->otherwise = (s32)c.otherwise;
    return true;
}

/* Registers for the packing of FLAGS op F by the op in work. */
struct flag_regs flag_operands(struct cg *g, ir_ref f, bool lazy)
{
    const struct ir_ins *in = &g->ins[f];
    struct flag_regs r = {.kind = (u8)in->aux, .wide = in->type == IR_I64};
    ir_ref a = in->a, b = in->b;
    if (!r.wide) {
        a = peel32(g, a);
        b = b ? peel32(g, b) : 0;
    }
    struct pend *p = &g->pend;
    if (p->kind && p->a == a && p->type == in->type) {
        u64 z;
        bool hit = (r.kind == IR_FL_SUB && p->kind == PEND_CMP && p->b == b) ||
                   (r.kind == IR_FL_ADD && p->kind == PEND_CMN && p->b == b) ||
                   (r.kind == IR_FL_LOGIC && p->kind == PEND_CMP && ir_is_const(g->fn, p->b, &z) &&
                    z == 0);
        if (hit) {
            p->zs_only = false;
            r.ready = true;
            return r;
        }
    }
    if (r.kind == IR_FL_SUB && !ra_has_reg(g, a) && in->c && !IR_IS_K(in->c) &&
        ra_has_reg(g, in->c)) {
        r.sum = true;
        a = in->c;
    }
    if (lazy && !r.sum && r.kind != IR_FL_VALUE) {
        ASSERT(p->kind == PEND_NONE);
        r.lazy = (struct pend){
            .kind = r.kind == IR_FL_ADD ? PEND_CMN : PEND_CMP, .type = in->type, .a = a, .b = b};
        if (r.kind != IR_FL_LOGIC) {
            return r;
        }
        r.lazy.kind = PEND_TST;
        r.lazy.b = a;
        return r;
    }
    if (r.kind == IR_FL_VALUE && chosen_flags(g, a, &r)) {
        return r;
    }
    r.a = ra_use(g, a, ANY);
    if (b && (r.kind == IR_FL_SUB || r.kind == IR_FL_ADD)) {
        r.imm = const_s32(g, b, r.wide, &r.k);
        if (!r.imm) {
            r.b = ra_use(g, b, ANY);
        }
    }
    return r;
}

/* Code that stores the packed flags. Temporaries are free, as the way leads out, but for rcx: an indirect exit keeps its
 * target there, which may be an operand as well. */
void put_flags(struct cg *g, const struct flag_regs *r)
{
    struct emit *e = &g->e;
    struct mem home = mem_guest(g, g->ca->nzcv);
    if (r->kind == IR_FL_VALUE && !r->ready) {
        e_store(e, false, r->a, home);
        return;
    }
    e_store(e, false, RAX, home);
    const u8 *store = e->p, *otherwise = NULL;
    if (r->chosen) {
        e_mov_ri(e, RAX, (u32)r->otherwise);
        otherwise = e->p;
        e_jmp(e, store);
    }
    e_setcc(e, CC_O, RAX);
    e_8(e, 0x9f); /* lahf */
    if (r->kind == IR_FL_SUB) {
        e_8(e, 0xf5); /* cmc */
    }
    if (r->chosen) {
        put_compare(g, &r->first);
        e_jcc(e, r->outer_cc ^ 1u, otherwise);
        put_compare(g, &r->outer);
        return;
    }
    if (r->ready) {
        return;
    }
    if (r->lazy.kind) { /* may merge with what compares the same before */
        g->pend = r->lazy;
        return;
    }
    unsigned b = r->imm ? NOREG : r->b, t = b == RAX ? RDX : RAX;
    switch (r->kind) {
    case IR_FL_LOGIC:
        e_test_rr(e, r->wide, r->a, r->a);
        break;
    case IR_FL_ADD:
        r->imm ? e_alu_ri(e, ALU_ADD, r->wide, t, r->k) : e_alu_rr(e, ALU_ADD, r->wide, t, b);
        e_mov_rr(e, r->wide, t, r->a);
        break;
    default:
        if (!r->sum) {
            r->imm ? e_alu_ri(e, ALU_CMP, r->wide, r->a, r->k)
                   : e_alu_rr(e, ALU_CMP, r->wide, r->a, b);
            break;
        }
        r->imm ? e_alu_ri(e, ALU_CMP, r->wide, t, r->k) : e_alu_rr(e, ALU_CMP, r->wide, t, b);
        r->imm ? e_alu_ri(e, ALU_ADD, r->wide, t, r->k) : e_alu_rr(e, ALU_ADD, r->wide, t, b);
        e_mov_rr(e, r->wide, t, r->a);
        break;
    }
}

/* Flags of a way out that is not conditional: between the op's other reads and its jump. */
void flags_inline(struct cg *g, ir_ref f)
{
    if (f) {
        struct flag_regs r = flag_operands(g, f, true);
        put_flags(g, &r);
    }
}
