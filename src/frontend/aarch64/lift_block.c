/* What the block driver needs of A64: a unit begins, a block begins, one instruction is lifted. */
#include <signal.h>

#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/lift.h"
#include "frontend/aarch64/priv.h"

static struct a64_lift *a64(struct front_lift *f)
{
    return CONTAINER_OF(f, struct a64_lift, f);
}

static void lift_insn(struct front_lift *f)
{
    struct a64_lift *l = a64(f);
    if (!(f->in->len > 4 ? a64_lift_excl_loop(l) : a64_decode_lift(l, f->in->word))) {
        a64_fault(l, SIGILL, ILL_ILLOPC, ir_kpc(l->b, f->pc));
    }
}

static void new_block(struct front_lift *f)
{
    a64(f)->flags = (struct a64_flags){.kind = A64_FL_PACKED};
}

static void pack_flags(struct front_lift *f)
{
    ir_set(f->b, A64_NZCV, a64_packed(a64(f)));
}

const struct front_ops a64_front = {
    .granule = 2,
    .flags = true,
    .read = a64_read_run,
    .skip = a64_skip_plain,
    .lift = lift_insn,
    .new_block = new_block,
    .pack_flags = pack_flags,
};

static u32 fpcr_of_mode(u8 mode)
{
    return (mode & A64_FPM_DN ? A64_FPCR_DN : 0) | (mode & A64_FPM_FZ ? A64_FPCR_FZ : 0) |
           (mode & A64_FPM_AHP ? A64_FPCR_AHP : 0);
}

/* PC alignment fault (D1.13 of the manual). */
static void misaligned(struct a64_lift *l, gaddr pc)
{
    a64_fault(l, SIGBUS, BUS_ADRALN, ir_kpc(l->b, pc));
    ir_insn(l->b, pc, 0, false);
    l->f.fn->guest_len = 4 - (pc & 3);
    l->f.fn->guest_insns = 1;
}

bool a64_lift(struct ir_builder *b, struct ir_fn *fn, struct arena *arena,
              const struct translate_params *p)
{
    struct a64_lift l = {.f = {.b = b, .fn = fn, .params = p, .pc = p->pc}, .b = b};
    fn->fp_rules = IR_FP_A64;
    fn->fp_mode = l.fp_mode = p->fp_mode;
    fn->fp_trap = p->fp_mode & A64_FPM_TRAP;
    fn->fp_flush_traps = p->fp_mode & A64_FPM_FZ_TRAPS;
    fn->fp_lax = p->fp_mode & A64_FPM_LAX;
    fn->fpcr = fpcr_of_mode(p->fp_mode);
    fn->nzcv_reg = A64_NZCV;
    if (p->pc & 3) {
        misaligned(&l, p->pc);
        return true;
    }
    return front_lift_unit(&l.f, &a64_front, arena);
}
