/* Ways out of a unit, its blocks, and what lies behind its code. */
#include "backend/aarch64/priv.h"

/* --- blocks --- */

static void add_block(struct cg *g, s32 guest, u16 vmode)
{
    g->blocks[g->block_count++] = (struct block){.guest = guest, .vmode = vmode};
}

void add_blocks(struct cg *g)
{
    const struct ir_fn *fn = g->fn;
    if (!fn->region) {
        add_block(g, 0, fn->vmode);
    }
    for (u32 i = 1; i < fn->len; i++) {
        if (fn->ins[i].op == IR_BLOCK) {
            add_block(g, (s32)fn->ins[i].a, IR_VMODE(fn->ins[i].aux));
        }
    }
}

void begin_block(struct cg *g, s32 guest, u16 vmode, bool entry)
{
    struct code_buf *out = g->out;
    g->blocks[g->block_at++].at = g->n;
    forget_values(g);
    if (!entry) {
        return;
    }
    struct block_entry *e = &out->entries[out->entry_count++];
    *e = (struct block_entry){.host = g->n * 4, .guest = guest, .vmode = vmode};
    if (guest == 0 && e != out->entries) { /* a region's own goes first */
        struct block_entry first = out->entries[0];
        out->entries[0] = *e;
        *e = first;
    }
}

static s64 pc_offset(const struct cg *g, ir_ref k)
{
    const struct ir_const *c = &g->fn->k[k & ~IR_K];
    return c->pcrel ? (s64)c->lo : (s64)(c->lo - g->fn->pc);
}

/* The number of this unit's block at TARGET, ~0: there is none. AUX as EXITIF's. */
static u32 inside(const struct cg *g, s64 target, u16 aux)
{
    bool own = g->fn->region || (aux & 1); /* the unit's entry is meant only where that is said */
    for (u32 n = own ? 0 : 1; n < g->block_count; n++) {
        if (g->blocks[n].guest == target && g->blocks[n].vmode == IR_VMODE(aux)) {
            return n;
        }
    }
    return ~0u;
}

/* --- exits --- */

static u32 new_slot(struct cg *g, bool call, s64 target, u16 vmode)
{
    u32 n = g->out->slot_count++;
    g->out->slot_info[n] = (struct slot_info){.kind = SLOT_DIRECT, .call = call, .vmode = vmode, .target = target};
    return n;
}

static void leave_by(struct cg *g, u32 slot)
{
    u32 low;
    load_near(g, IP0, g->out->slots + slot * 8ull, &low);
    w(g, a64_ls_scaled(3, A64_LDR, IP0, IP0, low));
    w(g, a64_br(IP0));
}

static void stub_jump(struct cg *g, u32 off)
{
    cpu_field(g, 3, A64_LDR, IP1, off);
    w(g, a64_br(IP1));
}

void add_cold(struct cg *g, struct cold c)
{
    g->cold[g->cold_count++] = c;
}

static void to_block(struct cg *g, u32 block)
{
    g->fixes[g->fix_count++] = (struct fix){g->n, block};
}

static void exit_if(struct cg *g, const struct ir_ins *in)
{
    s64 target = pc_offset(g, in->b);
    u32 block = inside(g, target, in->aux);
    unsigned cc = condition(g, in->a);
    if (block != ~0u) {
        to_block(g, block);
    } else {
        u32 slot = new_slot(g, false, target, IR_VMODE(in->aux));
        add_cold(g, (struct cold){.branch = g->n, .kind = COLD_LEAVE, .slot = slot});
    }
    w(g, a64_bcond(cc, 0));
}

static void jump(struct cg *g, const struct ir_ins *in)
{
    bool call = in->op == IR_CALL;
    s64 target = pc_offset(g, in->b);
    u32 block = call ? ~0u : inside(g, target, in->aux);
    if (block != ~0u) {
        to_block(g, block);
        w(g, a64_b(0));
    } else {
        leave_by(g, new_slot(g, call, target, call ? 0 : IR_VMODE(in->aux)));
    }
}

static void to_runtime(struct cg *g, u32 reason)
{
    load_const(g, IP0, reason);
    cpu_field(g, 2, A64_STR, IP0, offsetof(struct cpu, exit_reason));
    stub_jump(g, offsetof(struct cpu, stubs.exit));
}

void rule_exit(struct cg *g, const struct ir_ins *in)
{
    switch (in->op) {
    case IR_EXITIF:
        exit_if(g, in);
        break;
    case IR_JMP:
    case IR_CALL:
        jump(g, in);
        break;
    case IR_EXIT:
        cpu_field(g, 3, A64_STR, use(g, in->b), offsetof(struct cpu, pc));
        cpu_field(g, 3, A64_STR, use(g, in->a), offsetof(struct cpu, exit_arg));
        to_runtime(g, in->aux);
        break;
    default: /* to a guest address */
        w(g, a64_mov(true, IP0, use(g, in->a)));
        stub_jump(g, offsetof(struct cpu, stubs.lookup));
        break;
    }
}

/* --- behind the code --- */

void add_recipe(struct cg *g, u32 from, u32 to, s32 guest)
{
    g->out->recipes[g->out->recipe_count++] = (struct recipe){.host = from * 4, .host_end = to * 4, .guest = guest};
}

/* The conditional branch at AT leads to word TO. */
static void patch(struct cg *g, u32 at, u32 to)
{
    u32 *word = &g->code[at];
    bool plain = *word >> 26 == 5; /* B */
    *word |= plain ? (to - at) & 0x3ffffff : ((to - at) & 0x7ffff) << 5;
}

static void emit_one_cold(struct cg *g, const struct cold *c)
{
    switch ((enum cold_kind)c->kind) {
    case COLD_LEAVE:
        leave_by(g, c->slot);
        break;
    case COLD_POLL:
        load_pc(g, IP0, c->guest);
        cpu_field(g, 3, A64_STR, IP0, offsetof(struct cpu, pc));
        to_runtime(g, EXEC_SIGNAL);
        break;
    case COLD_ALIGN: /* exec_host_fault makes a misaligned access of it */
        cpu_field(g, 3, A64_STR, c->pc ? (unsigned)A64_ZR : c->reg, offsetof(struct cpu, exit_arg));
        add_recipe(g, g->n, g->n + 1, c->guest);
        w(g, A64_UDF);
        break;
    case COLD_TINY:
        w(g, a64_msr_fpsr(IP1));
        for (unsigned n = 0; n < 3; n++) {
            cpu_field(g, 3, A64_STR, c->operands[n], (u32)(offsetof(struct cpu, scratch) + n * 16));
        }
        load_const(g, IP0, c->desc);
        load_const(g, IP1, ref_context(g->fn));
        cpu_field(g, 3, A64_LDR, 30, offsetof(struct cpu, stubs.ic));
        w(g, a64_blr(30));
        cpu_field(g, 3, A64_LDR, c->reg, offsetof(struct cpu, scratch[3]));
        w(g, a64_b((s32)(c->back - g->n)));
        break;
    }
}

void emit_cold(struct cg *g)
{
    struct code_buf *out = g->out;
    for (u32 i = 0; i < g->cold_count && !g->overflow; i++) {
        patch(g, g->cold[i].branch, g->n);
        emit_one_cold(g, &g->cold[i]);
    }
    for (u32 i = 0; i < g->fix_count && !g->overflow; i++) {
        patch(g, g->fixes[i].branch, g->blocks[g->fixes[i].block].at);
    }
    for (u32 n = 0; n < out->slot_count && !g->overflow; n++) { /* what unlinked slots lead to */
        out->slot_info[n].stub = g->n * 4;
        load_near(g, IP0, out->slots + n * 8ull, NULL);
        stub_jump(g, offsetof(struct cpu, stubs.link));
    }
}
