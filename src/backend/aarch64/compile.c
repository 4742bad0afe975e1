/* One unit from IR to text: a look from the end at what is used where, then one pass forward that emits. */
#include <errno.h>
#include <string.h>

#include "backend/aarch64/priv.h"

/* --- what is used --- */

static void used_by(struct cg *g, ir_ref r, u32 i)
{
    if (!IR_IS_K(r) && !g->last[r]) {
        g->last[r] = i;
    }
}

static void used_by_condition(struct cg *g, ir_ref r, u32 i)
{
    if (is_compare(g->fn, r)) {
        used_by(g, g->fn->ins[r].a, i);
        used_by(g, g->fn->ins[r].b, i);
    } else {
        used_by(g, r, i);
    }
}

static bool is_needed(const struct cg *g, u32 i)
{
    u8 flags = ir_op_flags[g->fn->ins[i].op];
    return !g->dead[i] && (g->last[i] || !(flags & IR_F_P) || (flags & IR_F_X));
}

static bool has_flags(const struct cg *g)
{
    return g->fn->nzcv_reg < IR_MAX_REGS;
}

/* Which values op I, IN, uses, as its rule does. */
static void note_uses(struct cg *g, u32 i, const struct ir_ins *in)
{
    s32 disp;
    switch (in->op) {
    case IR_INSN: case IR_BLOCK: case IR_JMP: case IR_CALL:
        return;
    case IR_FLAGS:
        if (!has_flags(g)) {
            return;
        }
        break;
    case IR_NZCV:
        in = &g->fn->ins[in->a];
        break;
    case IR_EXITIF:
        used_by_condition(g, in->a, i);
        return;
    case IR_SELECT:
        used_by(g, in->a, i);
        used_by(g, in->b, i);
        (in->type == IR_V128 ? used_by : used_by_condition)(g, in->c, i);
        return;
    case IR_LD: case IR_ST:
        used_by(g, address(g->fn, in->a, access_size(g->fn, in), &disp), i);
        used_by(g, in->b, i);
        return;
    default:
        if (ir_op_flags[in->op] & IR_F_E) {
            used_by(g, in->a, i);
            return;
        }
        used_by(g, in->c, i);
        break;
    }
    used_by(g, in->a, i);
    used_by(g, in->b, i);
}

/* Others may see the guest registers here, or values end. */
static bool is_barrier(unsigned op)
{
    return (ir_op_flags[op] & (IR_F_M | IR_F_E)) || op == IR_HELPER || op == IR_BLOCK;
}

/* Which SETs nobody can see, because another follows. */
static void find_dead(struct cg *g)
{
    u32 seen[IR_MAX_REGS] = {0}, epoch = 1;
    for (u32 i = g->fn->len; --i > 0;) {
        const struct ir_ins *in = &g->fn->ins[i];
        if (is_barrier(in->op)) {
            epoch++;
        } else if (in->op == IR_SET) {
            g->dead[i] = seen[in->aux] == epoch;
            seen[in->aux] = epoch;
        }
    }
}

/* Which values can be computed into a pin at once: nobody sees or reads the guest register up to the SET. */
static void find_targets(struct cg *g)
{
    u32 barrier = 0, last_get[IR_MAX_REGS] = {0};
    for (u32 i = 1; i < g->fn->len; i++) {
        const struct ir_ins *in = &g->fn->ins[i];
        if (is_barrier(in->op)) {
            barrier = i;
        } else if (in->op == IR_GET) {
            last_get[in->aux] = i;
        } else if (in->op == IR_SET && !g->dead[i] && g->ca->host_of[in->aux] >= 0 && !IR_IS_K(in->a) && in->a >= barrier &&
                   in->a > last_get[in->aux] && !g->target[in->a]) {
            g->target[in->a] = (u8)(in->aux + 1);
        }
    }
}

static void look(struct cg *g)
{
    s32 guest = 0;
    find_dead(g);
    find_targets(g);
    for (u32 i = g->fn->len; --i > 0;) {
        const struct ir_ins *in = &g->fn->ins[i];
        if (in->op == IR_INSN) {
            guest = (s32)in->a;
        }
        g->guest[i] = guest;
        g->at[i] = (struct place){.reg = NOREG};
        if (is_needed(g, i)) {
            note_uses(g, i, in);
        }
    }
}

/* --- calls --- */

static void operand_to_scratch(struct cg *g, ir_ref r, unsigned n)
{
    u32 at = (u32)(offsetof(struct cpu, scratch) + n * 16);
    if (!r) {
        return;
    }
    if (ir_type_of(g->fn, r) == IR_V128) {
        cpu_vec(g, 4, false, use(g, r), at);
    } else {
        cpu_field(g, 3, A64_STR, use(g, r), at);
        cpu_field(g, 3, A64_STR, A64_ZR, at + 8);
    }
}

static void call(struct cg *g, u32 stub, u64 desc, u64 context)
{
    free_ended(g);
    save_for_call(g);
    w(g, a64_mov(true, 0, CPU));
    load_const(g, 1, desc);
    load_const(g, 2, context);
    cpu_field(g, 3, A64_LDR, IP0, stub);
    w(g, a64_blr(IP0));
}

static void call_ref(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool flags = in->op == IR_FLAGS, valued = ir_result_type(in) != IR_VOID;
    if (in->op == IR_NZCV) {
        in = &g->fn->ins[in->a];
    }
    operand_to_scratch(g, in->a, 0);
    operand_to_scratch(g, in->b, 1);
    operand_to_scratch(g, in->op == IR_FLAGS ? 0 : in->c, 2);
    call(g, offsetof(struct cpu, stubs.ref), ref_desc(in), ref_context(g->fn));
    if (flags) {
        cpu_field(g, 2, A64_LDR, 0, offsetof(struct cpu, scratch[3]));
        cpu_field(g, 2, A64_STR, 0, g->ca->regs[g->fn->nzcv_reg].offset);
    } else if (valued && g->last[i]) {
        bool vector = ir_type_of(g->fn, i) == IR_V128;
        unsigned d = define(g, i, vector ? VEC : GPR);
        if (vector) {
            cpu_vec(g, 4, true, d, offsetof(struct cpu, scratch[3]));
        } else {
            cpu_field(g, 3, A64_LDR, d, offsetof(struct cpu, scratch[3]));
        }
    }
}

static void call_helper(struct cg *g, u32 i, const struct ir_ins *in)
{
    operand_to_scratch(g, in->a, 0);
    operand_to_scratch(g, in->b, 1);
    operand_to_scratch(g, in->c, 2);
    pins_home(g);
    call(g, offsetof(struct cpu, stubs.helper), in->aux, 0);
    pins_back(g);
    if (g->last[i]) {
        w(g, a64_mov(true, define(g, i, GPR), 0));
    }
}

/* --- the unit --- */

static void one_op(struct cg *g, u32 i)
{
    const struct ir_ins *in = &g->fn->ins[i];
    const struct ir_fn *fn = g->fn;
    g->i = i;
    if (in->op == IR_BLOCK) {
        s32 guest = (s32)in->a;
        u16 vmode = IR_VMODE(in->aux);
        begin_block(g, guest, vmode, !fn->region || ((guest == 0 || guest == fn->also) && vmode == fn->vmode));
        return;
    }
    if (in->op == IR_INSN || in->op == IR_NOP || !is_needed(g, i) || (in->op == IR_FLAGS && !has_flags(g))) {
        return;
    }
    if (ir_op_flags[in->op] & IR_F_E) {
        rule_exit(g, in);
    } else if (in->op == IR_HELPER) {
        call_helper(g, i, in);
    } else if (!rule_mem(g, i, in) && !rule_int(g, i, in) && !rule_fp(g, i, in)) {
        call_ref(g, i, in);
    }
    unlock(g);
}

static int finish(struct cg *g)
{
    struct code_buf *out = g->out;
    emit_cold(g);
    if (g->overflow) {
        return -E2BIG;
    }
    u32 len = g->n * 4;
    if (len > out->cap || out->slot_count > out->slot_cap) {
        return -ENOSPC;
    }
    memcpy(out->text, g->code, len);
    __builtin___clear_cache((char *)out->text, (char *)out->text + len);
    out->len = out->code_len = len;
    return out->entry_count && out->entries[0].guest == 0 ? 0 : -EINVAL;
}

/* How many recipes there may be. */
static u32 most_recipes(const struct ir_fn *fn)
{
    u32 n = fn->len;
    for (u32 i = 1; i < fn->len; i++) {
        n += fn->ins[i].op == IR_VLDM || fn->ins[i].op == IR_VSTM ? 16 : 0;
    }
    return n;
}

int ha64_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, struct code_buf *out)
{
    enum { MOST_TEXT = 0x10000 }; /* of a unit */
    u32 n = fn->len;
    struct cg g = {.fn = fn, .ca = ca, .out = out};
    g.code = arena_alloc(arena, MOST_TEXT);
    g.cap = MOST_TEXT / 4 - 1;
    g.last = arena_zalloc(arena, n * sizeof(*g.last));
    g.dead = arena_zalloc(arena, n);
    g.target = arena_zalloc(arena, n);
    g.guest = arena_alloc(arena, n * sizeof(*g.guest));
    g.at = arena_alloc(arena, n * sizeof(*g.at));
    g.cold = arena_alloc(arena, n * sizeof(*g.cold));
    g.fixes = arena_alloc(arena, n * sizeof(*g.fixes));
    g.blocks = arena_alloc(arena, (n + 1) * sizeof(*g.blocks));
    out->slot_count = out->entry_count = out->recipe_count = 0;
    out->slot_info = arena_alloc(arena, n * sizeof(*out->slot_info));
    out->entries = arena_alloc(arena, (n + 1) * sizeof(*out->entries));
    out->recipes = arena_alloc(arena, most_recipes(fn) * sizeof(*out->recipes));
    look(&g);
    add_blocks(&g);
    if (!fn->region) {
        begin_block(&g, 0, fn->vmode, true);
    }
    for (u32 i = 1; i < n && !g.overflow; i++) {
        one_op(&g, i);
    }
    return finish(&g);
}
