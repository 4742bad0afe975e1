/* A unit of IR to text for the interpreter: values get places in a frame, constants a pool, exits slots. */
#include <errno.h>
#include <string.h>

#include "backend/interp/interp.h"

struct block {
    s32 guest;
    u16 vmode;
    u32 at; /* of its entry, in ops */
};

struct gen {
    const struct ir_fn *fn;
    const struct chain_abi *ca;
    struct code_buf *out;
    struct interp_head *head;
    struct interp_ins *ins; /* behind it */
    u32 count, cap;         /* ops */
    u8 *live;               /* [fn->len] */
    s32 *guest;             /* [fn->len]: of the instruction an op belongs to, from the unit's pc */
    u16 *place;             /* [fn->len]: of a value in the frame */
    u32 places;             /* taken in this block */
    u16 *pool_of;           /* [fn->klen]: number in the pool + 1 */
    union ir_val *pool;
    u32 pool_count;
    struct block *blocks;
    u32 block_count;
    u32 block_at;           /* the next one */
    bool overflow;
};

/* --- what is needed --- */

static void need(struct gen *g, ir_ref r)
{
    if (!IR_IS_K(r)) {
        g->live[r] = 1;
    }
}

static bool is_needed(const struct gen *g, u32 i)
{
    u8 flags = ir_op_flags[g->fn->ins[i].op];
    return g->live[i] || !(flags & IR_F_P) || (flags & IR_F_X);
}

static void add_block(struct gen *g, s32 guest, u16 vmode)
{
    g->blocks[g->block_count++] = (struct block){.guest = guest, .vmode = vmode};
}

/* Marks the values somebody wants, from the last op to the first, and notes which guest instruction each op is of. */
static void look(struct gen *g)
{
    const struct ir_fn *fn = g->fn;
    s32 guest = 0;
    for (u32 i = fn->len; --i > 0;) {
        const struct ir_ins *in = &fn->ins[i];
        if (in->op == IR_INSN) {
            guest = (s32)in->a;
        }
        g->guest[i] = guest;
        if (in->op == IR_INSN || in->op == IR_BLOCK || !is_needed(g, i)) {
            continue;
        }
        if (in->op == IR_NZCV) { /* of the FLAGS it refers to */
            in = &fn->ins[in->a];
        }
        bool exits = ir_op_flags[in->op] & IR_F_E;
        need(g, in->op == IR_CALL ? 0 : in->a);
        need(g, exits && in->op != IR_EXIT ? 0 : in->b);
        need(g, exits || in->op == IR_FLAGS ? 0 : in->c);
    }
    if (!fn->region) {
        add_block(g, 0, fn->vmode);
    }
    for (u32 i = 1; i < fn->len; i++) {
        if (fn->ins[i].op == IR_BLOCK) {
            add_block(g, (s32)fn->ins[i].a, IR_VMODE(fn->ins[i].aux));
        }
    }
}

/* --- pieces of ops --- */

static struct interp_ins *emit(struct gen *g, unsigned op)
{
    static struct interp_ins nowhere;
    if (g->count >= g->cap) {
        g->overflow = true;
        return &nowhere;
    }
    struct interp_ins *in = &g->ins[g->count++];
    *in = (struct interp_ins){.op = (u16)op, .a = INTERP_CONST(0), .b = INTERP_CONST(0), .c = INTERP_CONST(0)};
    return in;
}

static u16 take_place(struct gen *g)
{
    if (g->places >= INTERP_FRAME) {
        g->overflow = true;
        return 0;
    }
    return (u16)g->places++;
}

static u16 constant(struct gen *g, ir_ref r)
{
    const struct ir_const *k = &g->fn->k[r & ~IR_K];
    u16 *n = &g->pool_of[r & ~IR_K];
    if (!*n) {
        g->pool[g->pool_count].v = (v128){.d = {k->lo, k->hi}};
        *n = (u16)++g->pool_count;
    }
    return INTERP_CONST(*n - 1);
}

/* R as an operand. A constant that depends on where the code is takes an op. */
static u16 operand(struct gen *g, ir_ref r)
{
    if (!r) {
        return INTERP_CONST(0);
    }
    if (!IR_IS_K(r)) {
        return INTERP_VALUE(g->place[r]);
    }
    if (!g->fn->k[r & ~IR_K].pcrel) {
        return constant(g, r);
    }
    struct interp_ins *in = emit(g, INTERP_PC);
    in->a = constant(g, r);
    in->dst = take_place(g);
    return INTERP_VALUE(in->dst);
}

static void add_entry(struct gen *g, s32 guest, u16 vmode)
{
    u32 host = (u32)(sizeof(*g->head) + g->count * sizeof(*g->ins));
    struct block_entry *e = &g->out->entries[g->out->entry_count++];
    *e = (struct block_entry){.host = host, .guest = guest, .vmode = vmode};
    if (guest == 0 && e != g->out->entries) { /* a region's own goes first */
        struct block_entry first = g->out->entries[0];
        g->out->entries[0] = *e;
        *e = first;
    }
}

static void entry(struct gen *g)
{
    g->blocks[g->block_at++].at = g->count;
    s32 back = -(s32)(sizeof(*g->head) + g->count * sizeof(*g->ins));
    emit(g, INTERP_ENTRY)->imm = back;
    g->places = 0;
}

/* --- exits --- */

static s64 pc_offset(const struct gen *g, ir_ref k)
{
    const struct ir_const *c = &g->fn->k[k & ~IR_K];
    return c->pcrel ? (s64)c->lo : (s64)(c->lo - g->fn->pc);
}

/* The number of this unit's block at TARGET, ~0: there is none. AUX as EXITIF's. */
static u32 inside(const struct gen *g, s64 target, u16 aux)
{
    bool own = g->fn->region || (aux & 1); /* the unit's entry is meant only where that is said */
    for (u32 n = own ? 0 : 1; n < g->block_count; n++) {
        if (g->blocks[n].guest == target && g->blocks[n].vmode == IR_VMODE(aux)) {
            return n;
        }
    }
    return ~0u;
}

static u32 new_slot(struct gen *g, bool call, s64 target, u16 vmode)
{
    u32 n = g->out->slot_count++;
    g->out->slot_info[n] = (struct slot_info){.kind = SLOT_DIRECT, .call = call, .vmode = vmode, .target = target};
    return n;
}

/* To pc B, if A where there is one. */
static void direct(struct gen *g, const struct ir_ins *from, ir_ref a)
{
    s64 target = pc_offset(g, from->b);
    bool call = from->op == IR_CALL;
    u32 block = call ? ~0u : inside(g, target, from->aux);
    u16 condition = operand(g, a);
    struct interp_ins *in;
    if (block != ~0u) {
        in = emit(g, a ? INTERP_GO_IF : INTERP_GO);
        in->imm = (s32)block; /* for now */
    } else {
        in = emit(g, a ? INTERP_LEAVE_IF : INTERP_LEAVE);
        in->imm = (s32)new_slot(g, call, target, call ? 0 : IR_VMODE(from->aux));
    }
    in->a = condition;
}

static void exit_op(struct gen *g, const struct ir_ins *from)
{
    u16 a, b;
    struct interp_ins *in;
    switch (from->op) {
    case IR_EXITIF:
        direct(g, from, from->a);
        break;
    case IR_JMP:
    case IR_CALL:
        direct(g, from, 0);
        break;
    case IR_EXIT:
        a = operand(g, from->a), b = operand(g, from->b);
        in = emit(g, IR_EXIT);
        in->aux = from->aux;
        in->a = a, in->b = b;
        break;
    default:
        a = operand(g, from->a);
        emit(g, INTERP_BRANCH)->a = a;
        break;
    }
}

/* --- the unit --- */

static void note_access(struct gen *g, u32 i)
{
    u32 host = (u32)(sizeof(*g->head) + (g->count - 1) * sizeof(*g->ins));
    struct recipe *r = &g->out->recipes[g->out->recipe_count++];
    *r = (struct recipe){.host = host, .host_end = host + (u32)sizeof(*g->ins), .guest = g->guest[i]};
}

/* FLAGS and NZCV: operands are those of FLAGS op F. */
static void flags_op(struct gen *g, u32 i, const struct ir_ins *f)
{
    u16 a = operand(g, f->a), b = operand(g, f->b);
    bool value = g->fn->ins[i].op == IR_NZCV;
    struct interp_ins *in = emit(g, value ? IR_NZCV : INTERP_FLAGS);
    in->type = (u8)f->type;
    in->aux = f->aux;
    in->a = a, in->b = b;
    if (value) {
        in->dst = g->place[i] = take_place(g);
    } else {
        in->imm = g->ca->regs[g->fn->nzcv_reg].offset;
    }
}

/* Any other op that is not an exit. */
static void plain_op(struct gen *g, u32 i, const struct ir_ins *from)
{
    u16 a = operand(g, from->a), b = operand(g, from->b), c = operand(g, from->c);
    struct interp_ins *in = emit(g, from->op);
    in->type = (u8)from->type;
    in->stored = (u8)ir_type_of(g->fn, from->op == IR_ST ? from->b : from->a);
    in->aux = from->aux;
    in->a = a, in->b = b;
    if (from->op == IR_GET || from->op == IR_SET) {
        const struct ir_reg *reg = &g->ca->regs[from->aux];
        in->op = from->op == IR_GET ? IR_LDS : IR_STS;
        in->aux = reg->offset;
        in->stored = reg->type;
    }
    if (from->op == IR_POLL || from->op == IR_ALIGN) {
        in->imm = g->guest[i];
    } else {
        in->c = c;
        in->dst = g->place[i] = take_place(g);
        if (ir_op_flags[from->op] & IR_F_M) {
            note_access(g, i);
        }
    }
}

static void block_op(struct gen *g, const struct ir_ins *in)
{
    s32 guest = (s32)in->a;
    u16 vmode = IR_VMODE(in->aux);
    if (!g->fn->region || ((guest == 0 || guest == g->fn->also) && vmode == g->fn->vmode)) {
        add_entry(g, guest, vmode);
    }
    entry(g);
}

static void one_op(struct gen *g, u32 i)
{
    const struct ir_ins *in = &g->fn->ins[i];
    if (in->op == IR_BLOCK) {
        block_op(g, in);
    } else if (in->op == IR_INSN || in->op == IR_NOP || !is_needed(g, i)) {
        return;
    } else if (ir_op_flags[in->op] & IR_F_E) {
        exit_op(g, in);
    } else if (in->op == IR_NZCV) {
        flags_op(g, i, &g->fn->ins[in->a]);
    } else if (in->op == IR_FLAGS) {
        if (g->fn->nzcv_reg < IR_MAX_REGS) {
            flags_op(g, i, in);
        }
    } else {
        plain_op(g, i, in);
    }
}

/* Block numbers become distances. */
static void resolve(struct gen *g)
{
    for (u32 i = 0; i < g->count; i++) {
        struct interp_ins *in = &g->ins[i];
        if (in->op == INTERP_GO || in->op == INTERP_GO_IF) {
            in->imm = ((s32)g->blocks[in->imm].at - (s32)i) * (s32)sizeof(*in);
        }
    }
}

static int finish(struct gen *g)
{
    struct code_buf *out = g->out;
    const struct ir_fn *fn = g->fn;
    for (u32 n = 0; n < out->slot_count; n++) {
        out->slot_info[n].stub = (u32)(sizeof(*g->head) + g->count * sizeof(*g->ins));
        emit(g, INTERP_LINK)->imm = (s32)n;
    }
    if (g->overflow) {
        return -E2BIG;
    }
    u32 consts = (u32)(sizeof(*g->head) + g->count * sizeof(*g->ins));
    u32 len = consts + g->pool_count * (u32)sizeof(*g->pool);
    if (len > out->cap || out->slot_count > out->slot_cap) {
        return -ENOSPC;
    }
    resolve(g);
    *g->head = (struct interp_head){.relative = out->pcrel, .consts = consts, .insn_align = g->ca->insn_align};
    g->head->pc = out->pcrel ? fn->pc - RAW_PTR(out->text) : fn->pc;
    g->head->slots = (s32)(out->slots - RAW_PTR(out->text));
    g->head->ctx = (struct ir_ref_ctx){.fp_rules = fn->fp_rules, .fpcr = fn->fpcr};
    memcpy(out->text, g->head, consts);
    memcpy(out->text + consts, g->pool, len - consts);
    out->len = len;
    out->code_len = consts;
    bool found = out->entry_count && out->entries[0].guest == 0;
    return found ? 0 : -EINVAL;
}

int interp_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, struct code_buf *out)
{
    enum { MOST_TEXT = 0x10000 }; /* of a unit */
    u32 n = fn->len;
    struct gen g = {.fn = fn, .ca = ca, .out = out};
    g.head = arena_alloc(arena, MOST_TEXT);
    g.ins = (struct interp_ins *)(g.head + 1);
    g.cap = (MOST_TEXT - sizeof(*g.head)) / sizeof(*g.ins);
    g.live = arena_zalloc(arena, n);
    g.guest = arena_alloc(arena, n * sizeof(*g.guest));
    g.place = arena_zalloc(arena, n * sizeof(*g.place));
    g.pool_of = arena_zalloc(arena, (fn->klen + 1) * sizeof(*g.pool_of));
    g.pool = arena_zalloc(arena, (fn->klen + 1) * sizeof(*g.pool));
    g.pool_count = 1;
    g.blocks = arena_alloc(arena, (n + 1) * sizeof(*g.blocks));
    out->slot_count = out->entry_count = out->recipe_count = 0;
    out->slot_info = arena_alloc(arena, (n + 1) * sizeof(*out->slot_info));
    out->entries = arena_alloc(arena, (n + 1) * sizeof(*out->entries));
    out->recipes = arena_alloc(arena, (n + 1) * sizeof(*out->recipes));
    look(&g);
    if (!fn->region) {
        add_entry(&g, 0, fn->vmode);
        entry(&g);
    }
    for (u32 i = 1; i < n; i++) {
        one_op(&g, i);
    }
    return finish(&g);
}
