/* Ways out of a unit: direct exits, calls, returns, inline caches; and the packed flags made on the
 * way. */
#include "backend/x86_64/priv.h"

static u32 new_slot(struct cg *g, enum slot_kind kind, bool call, s64 target, u16 vmode)
{
    u32 n = g->slot_count++;
    g->slots[n] =
        (struct slot_info){.kind = (u8)kind, .call = call, .target = target, .vmode = vmode};
    return n;
}

/* lea slot(%rip),%rax; jmp *gs:link in front of P; finish() fills in the slot. */
static inline u8 *unlinked_stub(u8 *p)
{
    const u64 jmp = 0x2524ff65ull | (u64)CPU_OFF(stubs.link) << 32;
    const u32 lea = 0x058d48;
    __builtin_memcpy(p - 8, &jmp, 8);
    __builtin_memcpy(p - 15, &lea, 4);
    return p - 15;
}

/* A slot for pc offset TARGET with its unlinked stub, in the cold region. */
static u32 direct_slot(struct cg *g, bool call, s64 target, u16 vmode)
{
    u32 n = new_slot(g, SLOT_DIRECT, call, target, vmode);
    if (g->e.cold) {
        g->e.p = unlinked_stub(g->e.p);
        g->slots[n].stub = here(g);
    } else {
        cold_check(g);
        g->other_p = unlinked_stub(g->other_p);
        g->slots[n].stub = (u32)(g->cold_end - g->other_p);
    }
    return n;
}

static s64 pc_offset(const struct cg *g, ir_ref k)
{
    const struct ir_const *c = &g->fn->k[k & ~IR_K];
    return c->pcrel ? (s64)c->lo : (s64)(c->lo - g->fn->pc);
}

/* The first of the blocks from number 1 on that begins at TARGET or behind: those of a region ascend. */
static u32 first_block(const struct cg *g, s64 target)
{
    u32 lo = 1, hi = g->block_count;
    while (g->fn->region && lo < hi) {
        u32 mid = (lo + hi) / 2;
        if (g->blocks[mid].guest < target) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* The number of this unit's block at TARGET, NO_BLOCK: there is none. AUX as EXITIF's. */
#define NO_BLOCK (~0u)
static u32 inside(const struct cg *g, s64 target, u16 aux)
{
    for (u32 n = first_block(g, target); n < g->block_count; n++) {
        if (g->blocks[n].guest == target && g->blocks[n].vmode == IR_VMODE(aux)) {
            return n;
        }
        if (g->fn->region && g->blocks[n].guest > target) {
            break;
        }
    }
    bool entry = (aux & 1) && target == 0 && g->fn->vmode == IR_VMODE(aux);
    return entry && !g->fn->region ? 0 : NO_BLOCK;
}

/* Counts a branch back to TARGET, and goes to tier 2 when that has been often; else on with what is emitted already. */
static void count_loop(struct cg *g, s64 target, u16 aux)
{
    struct emit *e = &g->e;
    bool cold = e->cold;
    const u8 *on = e->p;
    u32 n = direct_slot(g, false, target, IR_VMODE(aux));
    g->slots[n].kind = SLOT_LOOP;
    new_slot(g, SLOT_LOOP, false, 0, 0);
    if (cold) {
        e_jmp_m(e, mem_rip(FIX_SLOT, (s32)n));
        e_jcc(e, CC_NS, on);
    } else {
        to_cold(g);
        e_jmp_m(e, mem_rip(FIX_SLOT, (s32)n));
        u32 leave = here(g);
        to_hot(g);
        e_jcc_fix(e, CC_S, FIX_COLD, leave);
    }
    e_rm(e, 0xff, 1, mem_rip(FIX_SLOT, (s32)n + 1)); /* dec */
}

/* Is a branch to TARGET, block N if that is in the unit, one back? */
static bool counts(const struct cg *g, s64 target, u32 n)
{
    return g->out->count && (n == NO_BLOCK ? target < 0 : !g->blocks[n].done);
}

static void jump_out(struct cg *g, s64 target, u16 aux)
{
    u32 block = inside(g, target, aux);
    if (block != NO_BLOCK) {
        e_jmp_fix(&g->e, FIX_BLOCK, (s32)block);
    } else {
        u32 n = direct_slot(g, false, target, IR_VMODE(aux));
        e_jmp_m(&g->e, mem_rip(FIX_SLOT, (s32)n));
        adapt_out(g);
    }
    if (counts(g, target, block)) {
        count_loop(g, target, aux);
    }
}

/* --- packed flags --- */

struct flag_regs {
    u8 kind;
    bool ready; /* the host's flags are right already */
    bool wide, imm;
    bool sum; /* SUB: first operand is to be made as r + b */
    unsigned a, b;
    s32 k;
    struct pend lazy; /* the comparison that makes the flags, left pending */
};

/* Registers for the packing of FLAGS op F by the op in work. */
static struct flag_regs flag_operands(struct cg *g, ir_ref f, bool lazy)
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
    r.a = ra_use(g, a, ANY);
    if (b && (r.kind == IR_FL_SUB || r.kind == IR_FL_ADD)) {
        r.imm = const_s32(g, b, r.wide, &r.k);
        if (!r.imm) {
            r.b = ra_use(g, b, ANY);
        }
    }
    return r;
}

/* Code that stores the packed flags. Temporaries are free: the way leads out. */
static void put_flags(struct cg *g, const struct flag_regs *r)
{
    struct emit *e = &g->e;
    struct mem home = mem_guest(g, g->ca->nzcv);
    if (r->kind == IR_FL_VALUE && !r->ready) {
        e_store(e, false, r->a, home);
        return;
    }
    e_store(e, false, RAX, home);
    e_setcc(e, CC_O, RAX);
    e_8(e, 0x9f); /* lahf */
    if (r->kind == IR_FL_SUB) {
        e_8(e, 0xf5); /* cmc */
    }
    if (r->ready) {
        return;
    }
    if (r->lazy.kind) { /* may merge with what compares the same before */
        g->pend = r->lazy;
        return;
    }
    unsigned b = r->imm ? NOREG : r->b, t = RAX;
    while (t == b) {
        t = t == RAX ? RCX : RDX;
    }
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
static void flags_inline(struct cg *g, ir_ref f)
{
    if (f) {
        struct flag_regs r = flag_operands(g, f, true);
        put_flags(g, &r);
    }
}

/* --- conditional and direct --- */

static void jcc_to(struct cg *g, struct hcond c, enum fix_kind kind, s32 value)
{
    struct emit *e = &g->e;
    if (c.parity == 2) {
        e_jcc_fix(e, c.cc, kind, value);
        e_jcc_fix(e, CC_P, kind, value);
        return;
    }
    const u8 *over = e->p;
    e_jcc_fix(e, c.cc, kind, value);
    if (c.parity == 1) {
        e_jcc(e, CC_P, over);
    }
}

void rule_exitif(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    struct hcond c = cond_take(g, in->a);
    struct flag_regs r = {0};
    if (in->c) {
        r = flag_operands(g, in->c, false);
    }
    s64 target = pc_offset(g, in->b);
    u32 block = inside(g, target, in->aux);
    if (!in->c && block != NO_BLOCK && !counts(g, target, block)) {
        jcc_to(g, c, FIX_BLOCK, (s32)block);
        return;
    }
    to_cold(g);
    jump_out(g, target, in->aux);
    if (in->c) {
        put_flags(g, &r);
    }
    u32 cold = here(g);
    to_hot(g);
    jcc_to(g, c, FIX_COLD, (s32)cold);
}

void rule_jmp(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    jump_out(g, pc_offset(g, in->b), in->aux);
    flags_inline(g, in->c);
}

/* --- indirect --- */

/* The target of an indirect exit into rax; the flags are packed before. */
static void target_to_rax(struct cg *g, ir_ref a, ir_ref f)
{
    if (!f) {
        unsigned r = ra_use_hint(g, a, ANY, RAX);
        if (r != RAX) {
            e_mov_rr(&g->e, true, RAX, r);
        }
        return;
    }
    /* packing uses rax, rcx, rdx */
    unsigned r = ra_use(g, a, ~(BIT(RAX) | BIT(RCX) | BIT(RDX)));
    struct flag_regs fr = flag_operands(g, f, true);
    e_mov_rr(&g->e, true, RAX, r);
    put_flags(g, &fr);
}

static u32 ic_slot(struct cg *g, bool call)
{
    if (!g->lookup_cold) {
        to_cold(g);
        e_jmp_m(&g->e, mem_gs(CPU_OFF(stubs.lookup)));
        g->lookup_cold = here(g);
        to_hot(g);
    }
    u32 n = new_slot(g, SLOT_IC, call, 0, 0);
    new_slot(g, SLOT_IC, call, 0, 0);
    g->slots[n].stub = g->slots[n + 1].stub = g->lookup_cold;
    return n;
}

void rule_jmpi(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    u32 n = ic_slot(g, false);
    to_cold(g);
    e_jmp_m(e, mem_gs(CPU_OFF(stubs.ic)));
    e_lea(e, true, RCX, mem_rip(FIX_SLOT, (s32)n));
    u32 cold = here(g);
    if (jump_table_usable(g)) {
        e_jmp_m(e, mem_rip(FIX_SLOT, (s32)n + 1));
        e_jcc_fix(e, CC_NE, FIX_COLD, cold);
        e_rm(e, 0x39 | O_W, RAX, mem_rip(FIX_SLOT, (s32)n));
        adapt_out(g);
        u32 miss = here(g);
        to_hot(g);
        jump_table(g, miss);
        target_to_rax(g, in->a, in->c);
        return;
    }
    to_hot(g);
    e_jmp_m(e, mem_rip(FIX_SLOT, (s32)n + 1));
    e_jcc_fix(e, CC_NE, FIX_COLD, cold);
    e_rm(e, 0x39 | O_W, RAX, mem_rip(FIX_SLOT, (s32)n)); /* cmp [slot], rax */
    adapt_out(g);
    target_to_rax(g, in->a, in->c);
}

/* At a return point: rax is where the guest returned to; is it here? */
static void return_check(struct cg *g, s64 target)
{
    struct emit *e = &g->e;
    if (!g->ret_miss_cold) {
        to_cold(g);
        e_jmp_m(e, mem_gs(CPU_OFF(stubs.ret_miss)));
        g->ret_miss_cold = here(g);
        to_hot(g);
    }
    e_jcc_fix(e, CC_NE, FIX_COLD, g->ret_miss_cold);
    e_alu_rr(e, ALU_CMP, true, RCX, RAX);
    if (g->out->pcrel) {
        e_lea(e, true, RCX, mem_rip(FIX_PC, (s32)target));
    } else {
        e_mov_ri(e, RCX, g->fn->pc + (u64)target);
    }
}

/* The entry of a region leads to BLOCK. */
static void region_entry(struct cg *g, u32 block)
{
    to_cold(g);
    e_jmp_fix(&g->e, FIX_BLOCK, (s32)block);
    adapt_in(g);
    g->region_entry = here(g);
    to_hot(g);
}

void rule_block(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    pend_flush(g);
    ra_flush_consts(g);
    u32 block = block_done(g);
    if (!g->fn->region) {
        add_entry(g, (s32)in->a, IR_VMODE(in->aux));
    } else if ((s32)in->a == 0 && IR_VMODE(in->aux) == g->fn->vmode) {
        region_entry(g, block);
    }
    if (in->aux & 1) {
        adapt_in(g);
        return_check(g, (s32)in->a);
    }
    g->insn_flags = 0;
}

static bool return_block_follows(const struct cg *g, u32 i)
{
    do {
        i++;
    } while (i < g->fn->len && (g->ins[i].op == IR_INSN || g->ins[i].op == IR_NOP));
    return i < g->fn->len && g->ins[i].op == IR_BLOCK && (g->ins[i].aux & 1);
}

/* What follows the call instruction when the unit does not go on at the return point. */
static void leave_at_return(struct cg *g, u32 i, s64 target)
{
    if (!return_block_follows(g, i)) {
        u32 n = direct_slot(g, false, target, 0);
        e_jmp_m(&g->e, mem_rip(FIX_SLOT, (s32)n));
        return_check(g, target);
    }
}

void rule_call(struct cg *g, u32 i, const struct ir_ins *in)
{
    leave_at_return(g, i, (s32)in->a);
    u32 n = direct_slot(g, true, pc_offset(g, in->b), 0);
    e_call_m(&g->e, mem_rip(FIX_SLOT, (s32)n));
    adapt_out(g);
    flags_inline(g, in->c);
}

void rule_calli(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    leave_at_return(g, i, pc_offset(g, in->b));
    u32 back = here(g), n = ic_slot(g, true);
    to_cold(g);
    e_jmp_fix(e, FIX_HOT, back);
    e_call_m(e, mem_gs(CPU_OFF(stubs.ic)));
    e_lea(e, true, RCX, mem_rip(FIX_SLOT, (s32)n));
    u32 cold = here(g);
    to_hot(g);
    e_call_m(e, mem_rip(FIX_SLOT, (s32)n + 1));
    e_jcc_fix(e, CC_NE, FIX_COLD, cold);
    e_rm(e, 0x39 | O_W, RAX, mem_rip(FIX_SLOT, (s32)n));
    adapt_out(g);
    target_to_rax(g, in->a, in->c);
}

void rule_ret(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    e_8(&g->e, 0xc3);
    adapt_out(g);
    target_to_rax(g, in->a, in->c);
}

void rule_exit(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    s32 k;
    e_jmp_m(e, mem_gs(CPU_OFF(stubs.exit)));
    e_store_imm(e, false, in->aux, mem_gs(CPU_OFF(exit_reason)));
    if (in->a && !const_s32(g, in->a, true, &k)) {
        e_store(e, true, RAX, mem_gs(CPU_OFF(exit_arg)));
        put_const(g, RAX, in->a);
    } else {
        e_store_imm(e, true, in->a ? k : 0, mem_gs(CPU_OFF(exit_arg)));
    }
    e_store(e, true, RAX, mem_gs(CPU_OFF(pc)));
    put_const(g, RAX, in->b);
    adapt_out(g);
    flags_inline(g, in->c);
}
