/* The register allocator: runs backwards with the emitter. A value gets its register at its last
 * use; when the registers do not suffice, the value of one is reloaded just behind the op in work
 * and lives in memory before. */
#include <errno.h>

#include "backend/x86_64/priv.h"

const u8 hx64_pin_gpr[HX64_PIN_GPRS] = {RBX, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14};

/* coal_old: the old value was copied just before the op, the register cannot be taken earlier. */
#define OLD_COPIED 0xffff

static inline struct vinfo *vinfo(const struct cg *g, ir_ref r)
{
    return &g->vi[r];
}

static struct mem spill_mem(enum file f, unsigned slot)
{
    return f == GPR ? mem_gs(CPU_OFF(spill) + slot * 8) : mem_gs(CPU_OFF(vspill) + slot * 16);
}

static unsigned spill_slot(struct cg *g, ir_ref r)
{
    struct vinfo *v = vinfo(g, r);
    if (!v->spill) {
        enum file f = ref_file(g, r);
        u64 free = ~g->spill_used[f];
        if (!free) {
            g->err = -E2BIG;
            free = 1;
        }
        unsigned s = (unsigned)__builtin_ctzll(free);
        g->spill_used[f] |= 1ull << s;
        v->spill = (u8)(s + 1);
    }
    return v->spill - 1u;
}

static inline void hold(struct cg *g, enum file fi, unsigned r, ir_ref ref)
{
    g->rf[fi].occ |= BIT(r);
    g->held[fi][r] = ref;
}

static void reg_move(struct cg *g, enum file f, unsigned d, unsigned s)
{
    if (f == GPR) {
        e_mov_rr(&g->e, true, d, s);
    } else {
        v_mov(g, d, s);
    }
}

static void spill_move(struct cg *g, enum file f, bool store, unsigned reg, unsigned slot)
{
    struct mem m = spill_mem(f, slot);
    if (f == XMM) {
        store ? v_store(g, IR_V128, reg, m) : v_load(g, IR_V128, reg, m);
    } else if (store) {
        e_store(&g->e, true, reg, m);
    } else {
        e_load(&g->e, true, reg, m);
    }
}

/* Later code expects its value in temp R; before this point it is elsewhere. */
static NOINLINE void evict(struct cg *g, enum file fi, unsigned r)
{
    struct regfile *f = &g->rf[fi];
    ir_ref ref = g->held[fi][r];
    f->occ &= ~BIT(r);
    if (IR_IS_K(ref)) {
        g->kreg[ref & ~IR_K] = NOREG;
        put_const(g, r, ref);
        return;
    }
    struct vinfo *v = vinfo(g, ref);
    v->reg = NOREG;
    const struct vinfo *hv;
    if (home_lasts(g, ref, &hv)) {
        s8 h = g->ca->host_of[hv->home];
        if (h >= 0) {
            reg_move(g, fi, r, (unsigned)h);
        } else {
            v_load(g, g->ca->regs[hv->home].type, r, mem_guest(g, hv->home));
        }
        return;
    }
    u32 other = f->temps & ~f->occ & ~f->busy & ~f->dest & ~BIT(r);
    if (other && !v->spill) {
        unsigned o = (unsigned)__builtin_ctz(other);
        reg_move(g, fi, r, o);
        v->reg = FILE_REG(fi, o);
        hold(g, fi, o, ref);
        return;
    }
    spill_move(g, fi, false, r, spill_slot(g, ref));
}

/* What giving up R costs: constants and what is in memory anyway first, then the value defined
 * farthest back. */
static u32 evict_cost(const struct cg *g, enum file fi, unsigned r)
{
    ir_ref ref = g->held[fi][r];
    if (IR_IS_K(ref)) {
        return 0;
    }
    const struct vinfo *v = &g->vi[ref];
    const struct vinfo *hv;
    u32 cost = (ref + 1) * 4;
    if (v->spill || home_lasts(g, ref, &hv)) {
        cost /= 2;
    }
    return cost;
}

/* Frees a temp of MASK. */
static NOINLINE unsigned take_used(struct cg *g, enum file fi, u32 mask)
{
    struct regfile *f = &g->rf[fi];
    u32 cand = mask & f->occ & ~f->busy, best_cost = ~0u;
    unsigned best = NOREG;
    for (; cand; cand &= cand - 1) {
        unsigned r = (unsigned)__builtin_ctz(cand);
        u32 cost = evict_cost(g, fi, r);
        if (cost < best_cost) {
            best_cost = cost;
            best = r;
        }
    }
    if (best == NOREG) {
        bug("no register left for op %u (%s), mask %#x busy %#x", g->i,
            ir_ops[g->ins[g->i].op].name, mask, f->busy);
    }
    evict(g, fi, best);
    return best;
}

/* A temp of MASK that holds nothing, for the op in work. */
static inline unsigned take(struct cg *g, enum file fi, u32 mask)
{
    const struct regfile *f = &g->rf[fi];
    u32 free = mask & f->temps & ~f->occ & ~f->busy;
    return likely(free) ? (unsigned)__builtin_ctz(free) : take_used(g, fi, mask);
}

static NOINLINE void add_pre(struct cg *g, enum pre_kind kind, enum file f, unsigned dst,
                             unsigned src, ir_ref ref)
{
    ASSERT(g->npre < ARRAY_LEN(g->pre));
    g->pre[g->npre++] = (struct pre){(u8)kind, (u8)f, (u8)dst, (u8)src, ref};
}

unsigned ra_tmp(struct cg *g, enum file fi, u32 mask)
{
    unsigned r = take(g, fi, mask);
    g->rf[fi].busy |= BIT(r);
    return r;
}

/* R sits in SRC, which MASK does not allow (or nowhere: a constant): a copy for this op alone. */
static NOINLINE unsigned copy_for_op(struct cg *g, ir_ref r, unsigned src, u32 mask)
{
    enum file fi = ref_file(g, r);
    unsigned t = ra_tmp(g, fi, mask);
    add_pre(g, src == NOREG ? PRE_CONST : PRE_MOVE, fi, t, src, r);
    return t;
}

/* Is pinned register R read when R_VALUE, or what a rule may look through it at, is computed? */
static bool reads_home(const struct cg *g, ir_ref r, unsigned reg, enum file fi, unsigned depth)
{
    if (r == 0 || IR_IS_K(r)) {
        return false;
    }
    const struct vinfo *v = &g->vi[r];
    if (ra_home(g, r) == reg && ref_file(g, r) == fi) {
        return true;
    }
    const struct ir_ins *in = &g->ins[r];
    if (v->reg != NOREG || !(ir_ops[in->op].flags & IR_F_P) || in->op == IR_GET ||
        in->op == IR_LDS) {
        return false;
    }
    return depth == 0 || reads_home(g, in->a, reg, fi, depth - 1) ||
           reads_home(g, in->b, reg, fi, depth - 1) || reads_home(g, in->c, reg, fi, depth - 1);
}

/* May R, which lives in no register after the op, be computed into pinned register H already? Then
 * H is taken from the op that defines R on. */
static NOINLINE bool chain_ok(const struct cg *g, ir_ref r, unsigned h, enum file fi)
{
    if (g->coal[fi][h] != 0 || IR_IS_K(r) || !same_stretch(g, r) || g->vi[r].home < ALIAS) {
        return false;
    }
    ir_ref old = g->coal_old[fi][h];
    const struct ir_ins *in = &g->ins[g->i];
    if (old == 0) {
        return true;
    }
    if (old == OLD_COPIED || g->vi[old].from >= r) {
        return false;
    }
    const ir_ref ops[3] = {in->a, in->b, in->c};
    for (unsigned n = 0; n < 3; n++) {
        if (ops[n] != r && ops[n] < g->i && reads_home(g, ops[n], h, fi, 3)) {
            return false;
        }
    }
    return true;
}

/* A register for R, which is in none. */
static NOINLINE unsigned use_new(struct cg *g, ir_ref r, u32 mask, unsigned hint)
{
    enum file fi = ref_file(g, r);
    struct regfile *f = &g->rf[fi];
    u8 *slot = IR_IS_K(r) ? &g->kreg[r & ~IR_K] : &g->vi[r].reg;
    unsigned reg = NOREG;
    if (hint != NOREG && (mask & BIT(hint))) {
        if (f->temps & BIT(hint)) {
            reg = f->occ & BIT(hint) ? NOREG : hint;
        } else if (chain_ok(g, r, hint, fi)) {
            g->coal[fi][hint] = (u16)r;
            if (g->coal_old[fi][hint]) {
                g->vi[g->coal_old[fi][hint]].to = (u16)r;
            }
            *slot = FILE_REG(fi, hint);
            return hint;
        }
    }
    if (reg == NOREG) {
        reg = take(g, fi, mask);
    }
    *slot = FILE_REG(fi, reg);
    hold(g, fi, reg, r);
    f->busy |= BIT(reg);
    return reg;
}

unsigned ra_use_hint(struct cg *g, ir_ref r, u32 mask, unsigned hint)
{
    unsigned cur;
    if (IR_IS_K(r)) {
        cur = g->kreg[r & ~IR_K];
    } else {
        unsigned h = home_reg(g, r);
        if (h != NOREG) {
            return mask & BIT(h) ? h : copy_for_op(g, r, h, mask);
        }
        cur = g->vi[r].reg;
    }
    if (cur == NOREG) {
        return use_new(g, r, mask, hint);
    }
    if (!(mask & BIT(REG_OF(cur)))) {
        return copy_for_op(g, r, IR_IS_K(r) ? NOREG : REG_OF(cur), mask);
    }
    g->rf[FILE_OF(cur)].busy |= BIT(REG_OF(cur));
    return REG_OF(cur);
}

/* Pinned register H gets its new value by the op in work: the value it held before, where later
 * code wants it in a temp, is copied before the op. */
static void leave_home(struct cg *g, enum file fi, unsigned h)
{
    struct regfile *f = &g->rf[fi];
    ir_ref old = g->coal_old[fi][h];
    g->coal[fi][h] = 0;
    u8 reg = g->vi[old].reg;
    if (old && (old > g->i || (reg != NOREG && (f->temps & BIT(REG_OF(reg)))))) {
        add_pre(g, PRE_LEAVE_HOME, fi, 0, h, old);
        g->coal_old[fi][h] = OLD_COPIED;
    }
}

/* The old value goes from its home, register H, to where later code expects it. */
static void copy_from_home(struct cg *g, enum file fi, unsigned h, ir_ref old)
{
    struct regfile *f = &g->rf[fi];
    struct vinfo *v = vinfo(g, old);
    unsigned r = REG_OF(v->reg);
    if (v->reg != NOREG && (f->temps & BIT(r))) {
        reg_move(g, fi, r, h);
        f->occ &= ~BIT(r);
        v->reg = NOREG;
    }
    if (old > g->i && v->spill) { /* its GET lies behind this op */
        spill_move(g, fi, true, h, v->spill - 1u);
        g->spill_used[fi] &= ~(1ull << (v->spill - 1));
        v->spill = 0;
    }
}

static NOINLINE unsigned def_slow(struct cg *g, u32 i, u32 mask)
{
    struct vinfo *v = &g->vi[i];
    enum file fi = op_file(&g->ins[i]);
    struct regfile *f = &g->rf[fi];
    unsigned r = REG_OF(v->reg);
    if (v->reg == NOREG) {
        r = take(g, fi, mask);
    } else if (f->temps & BIT(r)) {
        f->occ &= ~BIT(r);
    } else {
        leave_home(g, fi, r);
    }
    v->reg = NOREG;
    if (v->spill) {
        spill_move(g, fi, true, r, v->spill - 1u);
        g->spill_used[fi] &= ~(1ull << (v->spill - 1));
        v->spill = 0;
    }
    f->dest |= BIT(r);
    if (!(mask & BIT(r))) {
        unsigned t = take(g, fi, mask & ~BIT(r));
        reg_move(g, fi, r, t);
        r = t;
    }
    f->dest |= BIT(r);
    return r;
}

unsigned ra_def(struct cg *g, u32 i, u32 mask)
{
    struct vinfo *v = &g->vi[i];
    enum file fi = FILE_OF(v->reg);
    struct regfile *f = &g->rf[fi];
    unsigned r = REG_OF(v->reg);
    if (v->place >= NOWHERE || !(mask & BIT(r))) { /* in no register, or in memory too */
        return def_slow(g, i, mask);
    }
    if (!(f->temps & BIT(r))) {
        ir_ref old = g->coal_old[fi][r];
        if (old && (old > g->i || g->vi[old].reg != NOREG)) {
            return def_slow(g, i, mask);
        }
    }
    v->reg = NOREG;
    g->coal[fi][r] = 0; /* of a temp it is 0 */
    f->occ &= ~BIT(r);  /* of a pinned register it is clear */
    f->dest |= BIT(r);
    return r;
}

unsigned ra_def_early(struct cg *g, u32 i, u32 mask)
{
    enum file fi = file_of(ir_result_type(&g->ins[i]));
    unsigned r = ra_def(g, i, mask);
    struct regfile *f = &g->rf[fi];
    if (!(f->temps & BIT(r))) {
        const struct ir_ins *in = &g->ins[i];
        if (reads_home(g, in->a, r, fi, 3) || reads_home(g, in->b, r, fi, 3) ||
            reads_home(g, in->c, r, fi, 3)) {
            unsigned t = take(g, fi, mask);
            reg_move(g, fi, r, t);
            r = t;
        }
    }
    f->busy |= BIT(r);
    return r;
}

unsigned ra_def_tied(struct cg *g, u32 i, u32 mask, ir_ref tied)
{
    enum file fi = file_of(ir_result_type(&g->ins[i]));
    unsigned r = ra_def(g, i, mask);
    struct regfile *f = &g->rf[fi];
    if (!(f->temps & BIT(r))) {
        const struct ir_ins *in = &g->ins[i];
        const ir_ref ops[3] = {in->a, in->b, in->c};
        bool read = false;
        for (unsigned n = 0; n < 3; n++) {
            read |= ops[n] != tied && reads_home(g, ops[n], r, fi, 3);
        }
        if (read || (tied && !IR_IS_K(tied) && ra_home(g, tied) == NOREG && reads_home(g, tied, r, fi, 3))) {
            unsigned t = take(g, fi, mask);
            reg_move(g, fi, r, t);
            r = t;
        }
    }
    f->busy |= BIT(r);
    return r;
}

void ra_clobber(struct cg *g, u32 mask)
{
    struct regfile *f = &g->rf[GPR];
    f->busy |= mask;
    for (u32 m = mask & f->occ; m; m &= m - 1) {
        evict(g, GPR, (unsigned)__builtin_ctz(m));
    }
}

void ra_end(struct cg *g)
{
    for (u32 n = 0; n < g->npre; n++) {
        const struct pre *p = &g->pre[n];
        switch ((enum pre_kind)p->kind) {
        case PRE_MOVE:
            reg_move(g, (enum file)p->file, p->dst, p->src);
            break;
        case PRE_CONST:
            put_const(g, p->dst, p->ref);
            break;
        case PRE_LEAVE_HOME:
            copy_from_home(g, (enum file)p->file, p->src, p->ref);
            break;
        }
    }
    g->npre = 0;
    g->rf[GPR].busy = g->rf[XMM].busy = 0;
    g->rf[GPR].dest = g->rf[XMM].dest = 0;
}

/* Which of a, b, c of an op are values; FLAGS makes no code. */
#define ARG(sig, n)                                                                                \
    (sizeof(sig) > 3 + (n) && (sig)[2 + (n)] != 'v' && (sig)[2 + (n)] != 'l' &&                    \
             (sig)[2 + (n)] != 'k'                                                                 \
         ? 1u << (n)                                                                               \
         : 0u)
static const u8 args_of[IR_OP_COUNT] = {
#define OP(name, sig, flags, meaning)                                                              \
    [IR_##name] = IR_##name == IR_FLAGS ? 0 : ARG(sig, 0) | ARG(sig, 1) | ARG(sig, 2),
#include "ir/ops.def"
#undef OP
};

bool ra_one_use(const struct cg *g, ir_ref value)
{
    unsigned uses = 0;
    for (u32 i = value + 1; i < g->fn->len && g->ins[i].op != IR_BLOCK; i++) {
        const struct ir_ins *in = &g->ins[i];
        if (likely(in->a != value && in->b != value && in->c != value)) {
            continue;
        }
        u8 args = in->op == IR_SET && g->vi[i].home == DEAD_SET ? 0 : args_of[in->op];
        uses += ((args & 1) && in->a == value) + ((args & 2) && in->b == value) +
                ((args & 4) && in->c == value);
        if (uses > 1) {
            return false;
        }
    }
    return true;
}

bool ra_mem(struct cg *g, ir_ref r, struct mem *m)
{
    if (IR_IS_K(r)) {
        const struct ir_const *k = &g->fn->k[r & ~IR_K];
        if (k->type < IR_F32 || g->kreg[r & ~IR_K] != NOREG || !g->avx) {
            return false;
        }
        *m = pool_mem(g, k->lo, k->hi, k->type == IR_V128 ? 16 : k->type == IR_F64 ? 8 : 4);
        return true;
    }
    struct vinfo *v = vinfo(g, r);
    const struct vinfo *hv;
    if (v->reg != NOREG) {
        return false;
    }
    bool home = home_valid(g, r, &hv);
    if (home && hv->from == r && g->ca->host_of[hv->home] < 0 && ra_one_use(g, r)) { /* a GET */
        *m = mem_guest(g, hv->home);
        return true;
    }
    if (v->spill && !home) {
        *m = spill_mem(ref_file(g, r), v->spill - 1u);
        return true;
    }
    return false;
}

struct loc ra_keep(struct cg *g, ir_ref r)
{
    if (IR_IS_K(r)) {
        const struct ir_const *k = &g->fn->k[r & ~IR_K];
        return (struct loc){.kind = k->pcrel ? LOC_PCREL : LOC_CONST, .val = (s32)k->lo};
    }
    struct vinfo *v = vinfo(g, r);
    unsigned h = ra_home(g, r);
    if (v->reg == NOREG && h == NOREG) {
        const struct vinfo *hv;
        if (home_valid(g, r, &hv)) {
            return (struct loc){.kind = LOC_STATE, .reg = hv->home};
        }
        if (!v->spill) {
            struct regfile *f = &g->rf[GPR];
            u32 free = f->temps & ~f->occ & ~f->busy & ~f->dest;
            if (__builtin_popcount(free) >= 3) {
                v->reg = (u8)(31 - __builtin_clz(free)); /* GPR */
                hold(g, GPR, v->reg, r);
            } else {
                spill_slot(g, r);
            }
        }
    }
    if (h != NOREG) {
        return (struct loc){.kind = LOC_GPR, .reg = (u8)h};
    }
    if (v->reg != NOREG) {
        return (struct loc){.kind = LOC_GPR, .reg = v->reg};
    }
    return (struct loc){.kind = LOC_SPILL, .val = v->spill - 1};
}

void ra_load_consts(struct cg *g)
{
    for (unsigned fi = 0; fi < 2; fi++) {
        struct regfile *f = &g->rf[fi];
        for (u32 m = f->occ; m; m &= m - 1) {
            unsigned r = (unsigned)__builtin_ctz(m);
            if (!IR_IS_K(g->held[fi][r])) {
                bug("value %u (%s) lives into the block at its start", g->held[fi][r],
                    ir_ops[g->ins[g->held[fi][r]].op].name);
            }
            g->kreg[g->held[fi][r] & ~IR_K] = NOREG;
            put_const(g, r, g->held[fi][r]);
        }
        f->occ = 0;
    }
}
