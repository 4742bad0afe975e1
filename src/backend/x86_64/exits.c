/* Ways out of a unit: direct exits, calls, returns, inline caches. */
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

/* The first of the blocks from number 1 on that begins at TARGET or behind: those of a region
 * ascend. */
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

static u32 loop_slot(struct cg *g, s64 target, u16 aux)
{
    u32 n = direct_slot(g, false, target, IR_VMODE(aux));
    g->slots[n].kind = SLOT_LOOP;
    new_slot(g, SLOT_LOOP, false, 0, 0);
    return n;
}

/* Counts a branch back to TARGET, and goes to tier 2 when that has been often; else on with what is
 * emitted already. */
static void count_loop(struct cg *g, s64 target, u16 aux)
{
    struct emit *e = &g->e;
    bool cold = e->cold;
    const u8 *on = e->p;
    u32 n = loop_slot(g, target, aux);
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

/* Is condition C two of them, OP'ed, that nobody else wants to know? */
static bool is_pair(const struct cg *g, ir_ref c, enum ir_op op)
{
    return is_unmade(g, c, op) && g->ins[c].type == IR_I1 && !IR_IS_K(g->ins[c].a) &&
           !IR_IS_K(g->ins[c].b);
}

/* C without the inversions of a condition that nobody else wants to know; *WHEN changes with each. */
static ir_ref peel_not(const struct cg *g, ir_ref c, bool *when)
{
    u64 one;
    while (is_unmade(g, c, IR_XOR) && ir_is_const(g->fn, g->ins[c].b, &one)) {
        *when ^= one & 1;
        c = g->ins[c].a;
    }
    return c;
}

/* Is C a comparison of integers, to be made for the branch alone? */
static bool is_plain_compare(const struct cg *g, ir_ref c)
{
    return is_unmade(g, c, IR_CMP) || is_unmade(g, c, IR_TST);
}

/* Both conditions of PAIR are needed, and two branches do: the first leads over the second comparison, which must not move
 * anything between registers for later code then. */
static bool branches_both(const struct cg *g, ir_ref pair)
{
    bool when;
    ir_ref first = peel_not(g, g->ins[pair].a, &when), second = peel_not(g, g->ins[pair].b, &when);
    const struct regfile *f = &g->rf[GPR];
    return is_plain_compare(g, first) && is_plain_compare(g, second) &&
           __builtin_popcount(f->temps & ~f->occ & ~f->busy) >= 2;
}

/* Can the branch on C be two branches? */
static bool is_branch_pair(const struct cg *g, ir_ref c)
{
    return is_pair(g, c, IR_OR) || (is_pair(g, c, IR_AND) && branches_both(g, c));
}

/* Goes to VALUE of KIND when C is WHEN: by two branches where that depends on two conditions. */
static void branch_either(struct cg *g, ir_ref c, bool when, enum fix_kind kind, s32 value, unsigned depth)
{
    c = peel_not(g, c, &when);
    if (depth && is_pair(g, c, when ? IR_OR : IR_AND)) {
        branch_either(g, g->ins[c].b, when, kind, value, depth - 1);
        pend_flush(g);
        branch_either(g, g->ins[c].a, when, kind, value, depth - 1);
        return;
    }
    if (depth && is_pair(g, c, when ? IR_AND : IR_OR) && branches_both(g, c)) {
        const u8 *on = g->e.p;
        branch_either(g, g->ins[c].b, when, kind, value, 0);
        pend_flush(g);
        struct hcond first = cond_take(g, g->ins[c].a);
        e_jcc(&g->e, when ? first.cc ^ 1u : first.cc, on);
        return;
    }
    struct hcond h = cond_take(g, c);
    if (!when) {
        h.cc ^= 1;
        h.parity = h.parity ? 3 - h.parity : 0;
    }
    jcc_to(g, h, kind, value);
}

enum { MAX_PAIRS = 3 };

/* PAIR: of condition COND, else C is what to test. */
static void branch_to(struct cg *g, ir_ref cond, bool pair, struct hcond c, enum fix_kind kind,
                      s32 value)
{
    if (pair) {
        branch_either(g, cond, true, kind, value, MAX_PAIRS);
    } else {
        jcc_to(g, c, kind, value);
    }
}

/* Goes back to BLOCK, at TARGET, if C, and counts that. */
static void loop_back(struct cg *g, struct hcond c, s64 target, u16 aux, u32 block)
{
    struct emit *e = &g->e;
    const u8 *on = e->p;
    u32 n = loop_slot(g, target, aux);
    e_jmp_m(e, mem_rip(FIX_SLOT, (s32)n));
    e_jcc_fix(e, CC_NS, FIX_BLOCK, (s32)block);
    e_rm(e, 0xff, 1, mem_rip(FIX_SLOT, (s32)n + 1)); /* dec */
    const u8 *back = e->p;
    e_jcc(e, c.cc ^ 1u, on);
    if (c.parity) {
        e_jcc(e, CC_P, c.parity == 1 ? on : back);
    }
}

void rule_exitif(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    s64 target = pc_offset(g, in->b);
    u32 block = inside(g, target, in->aux);
    bool stays_inside = !in->c && block != NO_BLOCK, counted = stays_inside && counts(g, target, block);
    if (is_branch_pair(g, in->a)) {
        pend_flush(g); /* it may want the value of the pair */
    }
    /* The flags are made behind either branch, so nothing between the two may move their operands. */
    bool pair = !counted && is_branch_pair(g, in->a) && (!in->c || flags_stay(g, in->c));
    struct hcond c = {0};
    struct flag_regs r = {0};
    if (!pair) {
        c = cond_take(g, in->a);
    }
    if (counted) {
        loop_back(g, c, target, in->aux, block);
        return;
    }
    if (stays_inside) {
        branch_to(g, in->a, pair, c, FIX_BLOCK, (s32)block);
        return;
    }
    if (in->c) {
        r = flag_operands(g, in->c, false);
    }
    to_cold(g);
    jump_out(g, target, in->aux);
    if (in->c) {
        put_flags(g, &r);
    }
    u32 cold = here(g);
    to_hot(g);
    branch_to(g, in->a, pair, c, FIX_COLD, (s32)cold);
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

/* The place in the cold region that has the runtime look for the target in rax. */
static u32 lookup_cold(struct cg *g)
{
    if (!g->lookup_cold) {
        to_cold(g);
        e_jmp_m(&g->e, mem_gs(CPU_OFF(stubs.lookup)));
        g->lookup_cold = here(g);
        to_hot(g);
    }
    return g->lookup_cold;
}

static u32 ic_slot(struct cg *g, bool call)
{
    u32 stub = lookup_cold(g), n = new_slot(g, SLOT_IC, call, 0, 0);
    new_slot(g, SLOT_IC, call, 0, 0);
    g->slots[n].stub = g->slots[n + 1].stub = stub;
    return n;
}

/* Goes to rax if inline cache SLOT knows it, to cold distance MISS if not. */
static void ic_jump(struct cg *g, u32 slot, u32 miss)
{
    struct emit *e = &g->e;
    e_jmp_m(e, mem_rip(FIX_SLOT, (s32)slot + 1));
    e_jcc_fix(e, CC_NE, FIX_COLD, miss);
    e_rm(e, 0x39 | O_W, RAX, mem_rip(FIX_SLOT, (s32)slot)); /* cmp [slot], rax */
    adapt_out(g);
}

/* The place in the cold region where inline cache SLOT leads if it does not know the target in rax. */
static u32 ic_miss(struct cg *g, u32 slot)
{
    to_cold(g);
    e_jmp_m(&g->e, mem_gs(CPU_OFF(stubs.ic)));
    e_lea(&g->e, true, RCX, mem_rip(FIX_SLOT, (s32)slot));
    u32 cold = here(g);
    to_hot(g);
    return cold;
}

/* A jump inside the region, or out of it. */
static void jump_by_table(struct cg *g)
{
    u32 n = ic_slot(g, false), cold = ic_miss(g, n);
    to_cold(g);
    ic_jump(g, n, cold);
    u32 miss = here(g);
    to_hot(g);
    jump_table(g, miss);
}

/* Of the jumps of one place through a table most lead elsewhere than the last one: they look into the hash at once, and
 * by a jump of their own, which the host can foresee better than a shared one. */
static void jump_by_hash(struct cg *g)
{
    u32 miss = lookup_cold(g);
    jc_jump(&g->e);
    e_jcc_fix(&g->e, CC_NE, FIX_COLD, miss);
    jc_probe(&g->e, g->ca->insn_align);
    adapt_out(g);
}

void rule_jmpi(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    if (in->aux & 1) {
        u32 n = ic_slot(g, false);
        ic_jump(g, n, ic_miss(g, n));
    } else if (jump_table_usable(g)) {
        jump_by_table(g);
    } else {
        jump_by_hash(g);
    }
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

/* An entry of a region leads to BLOCK. */
static void region_entry(struct cg *g, u32 block)
{
    to_cold(g);
    e_jmp_fix(&g->e, FIX_BLOCK, (s32)block);
    adapt_in(g);
    add_entry(g, g->blocks[block].guest, g->blocks[block].vmode);
    to_hot(g);
}

void rule_block(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    pend_flush(g);
    ra_flush_consts(g);
    u32 block = block_done(g);
    if (!g->fn->region) {
        add_entry(g, (s32)in->a, IR_VMODE(in->aux));
    } else if (((s32)in->a == 0 || (s32)in->a == g->fn->also) && IR_VMODE(in->aux) == g->fn->vmode) {
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
