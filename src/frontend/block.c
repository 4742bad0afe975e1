/* The block driver: one unit from its entry to its last exit. */
#include "frontend/block.h"

static void lift_insn(struct front_lift *l, const struct front_ops *ops,
                      const struct front_insn *in)
{
    struct ir_builder *b = l->b;
    ir_ref before = b->flags;
    l->in = in;
    l->end_unit = l->end_block = false;
    if (in->poll) {
        ir_op0(b, IR_POLL, IR_VOID, 0);
    }
    ops->lift(l);
    if (b->may_fault || !b->sparse_insns) {
        ir_insn(b, l->pc, before, in->live_in);
    }
}

/* Execution goes on at PC outside this unit. */
static void leave_to(struct front_lift *l, gaddr pc, bool live)
{
    ir_op3(l->b, IR_JMP, IR_VOID, (u16)(l->vmode << IR_VMODE_SHIFT), 0, ir_kpc(l->b, pc),
           live ? l->b->flags : 0);
}

/* Behind a jump nobody knows yet which mode the branches to here come with. */
static void new_block(struct front_lift *l, const struct front_ops *ops, gaddr pc)
{
    if (l->end_block || l->end_unit) {
        l->vmode = 0;
    }
    ir_block(l->b, pc, l->end_block, l->vmode);
    if (ops->new_block) {
        ops->new_block(l);
    }
}

/* What was done flows into a block that is also reached by branches: there the flags are packed. */
static void flow_into(struct front_lift *l, const struct front_ops *ops, bool live)
{
    if (live && l->b->flags) {
        ops->pack_flags(l);
    }
}

/* Lifts IN, the LAST of the run or not; false when the unit ends behind it. */
static bool lift_one(struct front_lift *l, const struct front_ops *ops, const struct front_insn *in,
                     bool last)
{
    const struct front_insn *next = in + 1;
    bool entry = !last && next->entry;
    lift_insn(l, ops, in);
    if (likely(!(last | entry | l->end_unit | l->end_block))) {
        return true;
    }
    if (l->end_unit ? !entry : last) {
        return false;
    }
    if (!l->end_unit && entry && !l->end_block) {
        flow_into(l, ops, next->live_in);
    }
    if (entry || l->end_block) {
        new_block(l, ops, l->pc + in->len);
    }
    return true;
}

/* Lifts a region: every block begins with BLOCK, and where the code has a gap it leaves. */
static void lift_region(struct front_lift *l, const struct front_ops *ops, const struct front_scan *s)
{
    l->end_unit = l->end_block = false;
    for (unsigned i = 0; i < s->n; i++) {
        const struct front_insn *in = &s->insn[i];
        bool last = i + 1 == s->n, adjoins = !last && front_adjoins(in);
        l->pc = s->lo + in->at;
        if (i == 0 || in->entry || l->end_block || l->end_unit || !front_adjoins(in - 1)) {
            new_block(l, ops, l->pc);
        }
        lift_insn(l, ops, in);
        if (!l->end_unit && !l->end_block) {
            if (!adjoins) {
                leave_to(l, l->pc + in->len, in->live_out);
                l->end_unit = true;
            } else if (in[1].entry) {
                flow_into(l, ops, in[1].live_in);
            }
        }
        l->end_block = l->end_block && adjoins;
        l->end_unit = l->end_unit || !adjoins;
    }
}

bool front_lift_unit(struct front_lift *l, const struct front_ops *ops, struct arena *arena)
{
    struct front_scan *s = arena_alloc(arena, sizeof(*s));
    gaddr pc = l->params->pc;
    (l->params->region ? front_explore : front_scan)(s, ops, arena, l->params);
    if (!s->n) {
        return false;
    }
    const struct front_insn *in = s->insn, *last = in + s->n - 1;
    l->vmode = l->fn->vmode = l->params->vmode;
    l->last = last;
    if (l->params->region) {
        lift_region(l, ops, s);
        l->fn->lowest = (s32)(s->lo + in->at - pc);
        l->fn->guest_insns = s->n;
        l->fn->also = l->params->also_hi && in->at + s->lo <= l->params->also_lo ? (s32)(l->params->also_lo - pc) : 0;
        l->fn->guest_len = last->at + last->len - in->at;
        return true;
    }
    l->pc = pc;
    while (lift_one(l, ops, in, in == last)) {
        in++;
        l->pc = pc + in->at;
    }
    if (!l->end_block && !l->end_unit) {
        if (l->fn->ins[l->fn->len - 1].op == IR_BLOCK) { /* one a lifter began: it would jump to itself */
            l->fn->len--;
        }
        leave_to(l, l->pc + in->len, in->live_out);
    }
    l->fn->guest_insns = (u32)(in - s->insn) + 1;
    l->fn->guest_len = in->at + in->len;
    return true;
}
