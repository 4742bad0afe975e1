/* Guest state: GET, SET and state fields; and how values of each type move, load and store. */
#include "backend/x86_64/priv.h"

enum {
    MOVAPS_L = 0x28 | M_0F | O_N16,
    MOVUPS_L = 0x10 | M_0F | O_N16,
    MOVUPS_S = 0x11 | M_0F | O_N16,
    MOVSS_L = 0x10 | M_0F | P_F3 | O_N4,
    MOVSS_S = 0x11 | M_0F | P_F3 | O_N4,
    MOVSD_L = 0x10 | M_0F | P_F2 | O_EW | O_N8,
    MOVSD_S = 0x11 | M_0F | P_F2 | O_EW | O_N8,
};

void v_mov(struct cg *g, unsigned d, unsigned s)
{
    if (d != s) {
        g->avx ? e_vrr(&g->e, MOVAPS_L, d, 0, s) : e_rr(&g->e, MOVAPS_L, d, s);
    }
}

void v_load(struct cg *g, unsigned type, unsigned d, struct mem m)
{
    struct emit *e = &g->e;
    u32 opc;
    switch (type) {
    case IR_F32:
        opc = MOVSS_L;
        break;
    case IR_F64:
        opc = MOVSD_L;
        break;
    case IR_V128:
        opc = MOVUPS_L;
        break;
    default:
        e_load(e, type == IR_I64, d, m);
        return;
    }
    g->avx ? e_vrm(e, opc, d, 0, m) : e_rm(e, opc, d, m);
}

void v_store(struct cg *g, unsigned type, unsigned s, struct mem m)
{
    struct emit *e = &g->e;
    u32 opc;
    switch (type) {
    case IR_F32:
        opc = MOVSS_S;
        break;
    case IR_F64:
        opc = MOVSD_S;
        break;
    case IR_V128:
        opc = MOVUPS_S;
        break;
    default:
        e_store(e, type == IR_I64, s, m);
        return;
    }
    g->avx ? e_vrm(e, opc, s, 0, m) : e_rm(e, opc, s, m);
}

/* Guest address pc + OFF, out of reach of one lea: data behind a call that does not return, say, decoded
 * as ADRP. Relative to the text all the same, in steps that leave the flags alone. */
static void put_far(struct cg *g, unsigned d, s64 off)
{
    while (off) {
        s32 step = (s32)MIN(MAX(off, (s64)INT32_MIN), (s64)INT32_MAX);
        e_lea(&g->e, true, d, mem_base(d, step));
        off -= step;
    }
    e_lea(&g->e, true, d, mem_rip(FIX_PC, 0));
}

void put_const(struct cg *g, unsigned d, ir_ref k)
{
    const struct ir_const *c = &g->fn->k[k & ~IR_K];
    struct emit *e = &g->e;
    if (c->type < IR_F32) {
        if (!c->pcrel) {
            e_mov_ri(e, d, c->lo);
        } else if (pc_reachable(g, (s64)c->lo)) {
            e_lea(e, true, d, mem_rip(FIX_PC, (s32)c->lo));
        } else if (g->out->pcrel) {
            put_far(g, d, (s64)c->lo);
        } else {
            e_mov_ri(e, d, g->fn->pc + c->lo);
        }
        return;
    }
    u64 hi = c->type == IR_V128 ? c->hi : 0;
    if (c->lo == 0 && hi == 0) {
        if (g->avx) {
            e_vrr(e, 0xef | P_66 | M_0F, d & 15, d & 15, d & 15);
            if (d >= 16) {
                bug("constant in xmm%u", d);
            }
        } else {
            e_rr(e, 0xef | P_66 | M_0F, d, d); /* pxor */
        }
        return;
    }
    if (c->type == IR_V128 && c->lo == ~0ull && hi == ~0ull && d < 16) {
        g->avx ? e_vrr(e, 0x76 | P_66 | M_0F, d, d, d)
               : e_rr(e, 0x76 | P_66 | M_0F, d, d); /* pcmpeqd */
        return;
    }
    v_load(g, c->type, d,
           pool_mem(g, c->lo, hi,
                    c->type == IR_V128  ? 16
                    : c->type == IR_F64 ? 8
                                        : 4));
}

void rule_nop(struct cg *g UNUSED, u32 i UNUSED, const struct ir_ins *in UNUSED)
{
}

void rule_insn(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    g->insn_off = (s32)in->a;
    g->insn_flags = in->b;
}

void rule_get(struct cg *g, u32 i, const struct ir_ins *in)
{
    s8 h = g->ca->host_of[in->aux];
    unsigned type = g->ca->regs[in->aux].type;
    if (h < 0) {
        v_load(g, type, ra_def(g, i, ANY), mem_guest(g, in->aux));
        return;
    }
    struct vinfo *v = &g->vi[i];
    if (g->coal[file_of(type)][h]) {
        return; /* overwritten already: the copy is made in front of that */
    }
    unsigned d = ra_def(g, i, ANY);
    if (v->reg == NOREG && d != (unsigned)h) {
        file_of(type) == GPR ? e_mov_rr(&g->e, true, d, (unsigned)h) : v_mov(g, d, (unsigned)h);
    }
}

/* The SET behind which register H holds its value gives the old one, where it is wanted later, a
 * copy. */
static void copy_old(struct cg *g, enum file fi, unsigned h, ir_ref old)
{
    if (!old) {
        return;
    }
    struct vinfo *v = &g->vi[old];
    struct regfile *f = &g->rf[fi];
    unsigned r = REG_OF(v->reg);
    if (v->reg != NOREG && (f->temps & BIT(r))) {
        fi == GPR ? e_mov_rr(&g->e, true, r, h) : v_mov(g, r, h);
        f->occ &= ~BIT(r);
        v->reg = NOREG;
    }
}

/* SET of register H to V by an add again, where V was computed before something that may leave. */
static bool set_by_add(struct cg *g, unsigned h, ir_ref v)
{
    const struct ir_ins *d = &g->ins[v];
    s32 k;
    if (d->op != IR_ADD || d->type != IR_I64 || !const_s32(g, d->b, true, &k) ||
        g->vi[v].reg != NOREG || g->vi[v].spill) {
        return false;
    }
    if (!IR_IS_K(d->a) && (g->vi[d->a].reg != NOREG || ra_home(g, d->a) != NOREG)) {
        e_lea(&g->e, true, h, mem_base(ra_use(g, d->a, ANY), k));
        return true;
    }
    return false;
}

static void set_const(struct cg *g, unsigned h, ir_ref k)
{
    u64 v;
    if (!g->pend.kind && h < 16 && ir_is_const(g->fn, k, &v) && v == 0 &&
        ir_type_of(g->fn, k) < IR_F32) {
        e_zero(&g->e, h);
        return;
    }
    u8 reg = g->kreg[k & ~IR_K];
    if (reg != NOREG && file_of(ir_type_of(g->fn, k)) == XMM) {
        v_mov(g, h, REG_OF(reg));
    } else if (h >= 16) {
        v_mov(g, h, ra_use(g, k, LOW16));
    } else {
        put_const(g, h, k);
    }
}

static bool mentions(const struct cg *g, ir_ref r, ir_ref what, unsigned depth)
{
    if (r <= what || IR_IS_K(r)) { /* older values know nothing of it */
        return r == what;
    }
    const struct ir_ins *in = &g->ins[r];
    return depth == 0 ||
           (in->op != IR_GET &&
            (mentions(g, in->a, what, depth - 1) || mentions(g, in->b, what, depth - 1)));
}

/* V is the first load of a pair, SET at I in the same instruction behind the others: the register
 * may change before the others fault (A64 leaves it unknown then), when repeating the instruction
 * does not need what it held. */
static NOINLINE bool repeatable(const struct cg *g, ir_ref v, u32 i, ir_ref old)
{
    if (g->ins[v].op != IR_LD || i - v > 12) {
        return false;
    }
    if (old && mentions(g, g->ins[v].a, old, 3)) {
        return false;
    }
    for (u32 n = v + 1; n < i; n++) {
        const struct ir_ins *in = &g->ins[n];
        u8 flags = ir_op_flags[in->op];
        if (in->op != IR_LD && in->op != IR_SET && (!(flags & IR_F_P) || (flags & IR_F_S))) {
            return false;
        }
        if (old && (mentions(g, in->a, old, 3) || mentions(g, in->b, old, 3) ||
                    mentions(g, in->c, old, 3))) {
            return false;
        }
    }
    return true;
}

/* SET of register H to V where it cannot be computed there. OLD: what H held before. */
static NOINLINE void set_by_move(struct cg *g, const struct ir_ins *in, unsigned h, ir_ref old)
{
    ir_ref v = in->a;
    enum file fi = file_of(in->type);
    struct mem m;
    if (IR_IS_K(v)) {
        set_const(g, h, v);
    } else if (ra_mem(g, v, &m)) {
        v_load(g, in->type, h, m);
    } else if (!set_by_add(g, h, v)) {
        unsigned r = ra_use(g, v, ANY);
        if (r != h) {
            fi == GPR ? e_mov_rr(&g->e, true, h, r) : v_mov(g, h, r);
        }
    }
    copy_old(g, fi, h, old);
    ra_done(g);
}

static NOINLINE void set_memory(struct cg *g, const struct ir_ins *in)
{
    struct mem m = mem_guest(g, in->aux);
    unsigned type = g->ca->regs[in->aux].type;
    s32 k;
    if (type < IR_F32 && const_s32(g, in->a, type == IR_I64, &k)) {
        e_store_imm(&g->e, type == IR_I64, k, m);
        return;
    }
    v_store(g, type, ra_use(g, in->a, ANY), m);
    ra_done(g);
}

/* The value of SET I is to be computed straight into register H. OLD: what that held before. */
static inline void set_in_place(struct cg *g, const struct ir_ins *in, unsigned h, ir_ref old)
{
    enum file fi = file_of(in->type);
    g->vi[in->a].reg = FILE_REG(fi, h);
    g->coal[fi][h] = (u16)in->a;
    g->coal_old[fi][h] = (u16)old;
    if (old) {
        g->vi[old].to = (u16)in->a;
    }
}

/* SET I, whose value may be computed in place but for a barrier since. */
static NOINLINE void set_behind_barrier(struct cg *g, u32 i, const struct ir_ins *in, unsigned h)
{
    ir_ref old = g->vi[i].from;
    if (repeatable(g, in->a, i, old)) {
        set_in_place(g, in, h, old);
    } else {
        set_by_move(g, in, h, old);
    }
}

/* Ends the op itself, where it has used registers. */
void rule_set(struct cg *g, u32 i, const struct ir_ins *in)
{
    const struct vinfo *set = &g->vi[i];
    unsigned h = (u8)g->ca->host_of[in->aux];
    if (set->home == DEAD_SET) {
        return;
    }
    if (h == NOREG) {
        set_memory(g, in);
        return;
    }
    if (!IR_IS_K(in->a)) {
        const struct vinfo *v = &g->vi[in->a];
        bool only_home = v->home == NOHOME || (v->home == in->aux && v->from == i);
        if (v->reg == NOREG && only_home && g->ins[in->a].op != IR_GET) {
            if (unlikely(!same_stretch(g, in->a))) {
                set_behind_barrier(g, i, in, h);
                return;
            }
            set_in_place(g, in, h, set->from);
            return;
        }
    }
    set_by_move(g, in, h, set->from);
}

void rule_lds(struct cg *g, u32 i, const struct ir_ins *in)
{
    v_load(g, in->type, ra_def(g, i, ANY), mem_gs(in->aux));
}

void rule_sts(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    struct mem m = mem_gs(in->aux);
    unsigned type = ir_type_of(g->fn, in->a);
    s32 k;
    if (type < IR_F32 && const_s32(g, in->a, type == IR_I64, &k)) {
        e_store_imm(&g->e, type == IR_I64, k, m);
    } else {
        v_store(g, type, ra_use(g, in->a, ANY), m);
    }
}
