/* What the block driver needs of RV64: a unit begins, one instruction is lifted. */
#include <signal.h>

#include "frontend/riscv64/lift.h"
#include "frontend/riscv64/rv64_decode.h"

static struct rv64_lift *rv64(struct front_lift *f)
{
    return CONTAINER_OF(f, struct rv64_lift, f);
}

static bool lift_sequence(struct rv64_lift *l)
{
    struct rv64_lrsc_loop e;
    return rv64_find_lrsc_loop(&e, l->pc, l->params->limit) && rv64_lift_lrsc_loop(l, &e);
}

static void lift_insn(struct front_lift *f)
{
    struct rv64_lift *l = rv64(f);
    l->pc = f->pc;
    l->vmode = f->vmode;
    l->insn = f->in->word;
    l->len = f->in->len;
    l->end_unit = l->end_block = false;
    if (!(l->len > 4 ? lift_sequence(l) : rv64_decode_lift(l, l->insn))) {
        rv64_fault(l, SIGILL, ILL_ILLOPC, ir_kpc(l->b, l->pc));
    }
    f->vmode = l->vmode;
    f->end_unit = l->end_unit;
    f->end_block = l->end_block;
}

const struct front_ops rv64_front = {
    .granule = 1,
    .read = rv64_read_run,
    .lift = lift_insn,
};

/* JALR clears bit 0 of its target; lifters leave it to whoever goes to an odd address. */
static void make_even(struct ir_builder *b, struct ir_fn *fn, gaddr pc)
{
    ir_op3(b, IR_JMP, IR_VOID, 0, 0, ir_kpc(b, pc & ~1ull), 0);
    ir_insn(b, pc, 0, false);
    fn->guest_len = 1;
    fn->guest_insns = 1;
}

bool rv64_lift_unit(struct ir_builder *b, struct ir_fn *fn, struct arena *arena, const struct translate_params *p)
{
    struct rv64_lift l = {
        .f = {.b = b, .fn = fn, .params = p, .pc = p->pc},
        .b = b,
        .fn = fn,
        .params = p,
        .frm = p->fp_mode & 7,
        .features = p->features,
    };
    fn->fp_rules = IR_FP_RV64;
    fn->fp_mode = p->fp_mode;
    fn->fp_trap = p->fp_mode & RV64_FPM_TRAP;
    fn->fpcr = 0;
    if (p->pc & 1) {
        make_even(b, fn, p->pc);
        return true;
    }
    return front_lift_unit(&l.f, &rv64_front, arena);
}
