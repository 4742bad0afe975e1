/* The A64 block driver: one unit from its entry to its last exit. */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/lift.h"
#include "frontend/aarch64/priv.h"
#include "frontend/aarch64/scan.h"
#include <signal.h>

static void lift_insn(struct a64_lift *l, const struct a64_scan_insn *in)
{
    struct ir_builder *b = l->b;
    ir_ref before = b->flags;
    l->insn = in->word;
    l->flags_live = in->live_out;
    l->taken_live = in->taken_live;
    if (in->poll) {
        ir_op0(b, IR_POLL, IR_VOID, 0);
    }
    if (!a64_decode_lift(l, in->word)) {
        a64_fault(l, SIGILL, ILL_ILLOPC, ir_kpc(b, l->pc));
    }
    if (b->may_fault || !b->sparse_insns) {
        ir_insn(b, l->pc, before, in->live_in);
    }
}

/* Execution goes on at PC outside this unit. */
static void leave_to(struct a64_lift *l, gaddr pc, bool live)
{
    ir_op3(l->b, IR_JMP, IR_VOID, 0, 0, ir_kpc(l->b, pc), live ? l->b->flags : 0);
}

static u32 fpcr_of_mode(u8 mode)
{
    return (mode & A64_FPM_DN ? A64_FPCR_DN : 0) | (mode & A64_FPM_FZ ? A64_FPCR_FZ : 0) |
           (mode & A64_FPM_AHP ? A64_FPCR_AHP : 0);
}

static void begin(struct a64_lift *l, struct ir_builder *b, struct ir_fn *fn,
                  const struct translate_params *p)
{
    *l = (struct a64_lift){.b = b, .fn = fn, .params = p, .pc = p->pc, .fp_mode = p->fp_mode};
    fn->fp_rules = IR_FP_A64;
    fn->fp_mode = p->fp_mode;
    fn->fpcr = fpcr_of_mode(p->fp_mode);
    fn->nzcv_reg = A64_NZCV;
}

static void new_block(struct a64_lift *l, gaddr pc, bool return_point)
{
    ir_block(l->b, pc, return_point, 0);
    l->flags = (struct a64_flags){.kind = A64_FL_PACKED};
}

/* What was done flows into a block that is also reached by branches: there the flags are packed. */
static void flow_into(struct a64_lift *l, bool live)
{
    if (live && l->b->flags) {
        ir_set(l->b, A64_NZCV, a64_packed(l));
    }
}

/* Lifts instruction I; false when the unit ends behind it. */
static bool lift_one(struct a64_lift *l, const struct a64_scan *s, unsigned i)
{
    const struct a64_scan_insn *next = &s->insn[i + 1];
    bool last = i + 1 == s->n, entry = !last && next->entry;
    l->end_unit = l->end_block = false;
    lift_insn(l, &s->insn[i]);
    l->fn->guest_insns = i + 1;
    if (l->end_unit ? !entry : last) {
        return false;
    }
    if (!l->end_unit && entry && !l->end_block) {
        flow_into(l, next->live_in);
    }
    if (entry || l->end_block) {
        new_block(l, l->pc + 4, l->end_block);
    }
    return true;
}

static void lift_run(struct a64_lift *l, const struct a64_scan *s)
{
    unsigned i = 0;
    do {
        l->pc = l->params->pc + 4 * i;
    } while (lift_one(l, s, i++));
    if (!l->end_block && !l->end_unit) {
        leave_to(l, l->pc + 4, s->insn[s->n - 1].live_out);
    }
}

bool a64_lift(struct ir_builder *b, struct ir_fn *fn, struct arena *arena,
              const struct translate_params *p)
{
    struct a64_lift l;
    begin(&l, b, fn, p);
    if (p->pc & 3) { /* PC alignment fault (D1.13 of the manual) */
        a64_fault(&l, SIGBUS, BUS_ADRALN, ir_kpc(b, p->pc));
        ir_insn(b, p->pc, 0, false);
        fn->guest_len = 4 - (p->pc & 3);
        fn->guest_insns = 1;
        return true;
    }
    struct a64_scan *s = arena_alloc(arena, sizeof(*s));
    a64_scan(s, p);
    if (!s->n) {
        return false;
    }
    lift_run(&l, s);
    fn->guest_len = 4 * fn->guest_insns;
    return true;
}
