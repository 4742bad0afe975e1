/* The A64 part of insn_test. */
#include "frontend/aarch64/a64_state.h"
#include "guest_cpu.h"
#include <string.h>

const struct guest *const row_guest = &guest_aarch64;
const char *const row_cpu_model = NULL;

void row_load_cpu(struct cpu *cpu, const struct state *st)
{
    struct a64_regs *r = a64_regs(cpu);
    memcpy(r->x, st->x, sizeof(r->x));
    memcpy(r->v, st->v, sizeof(r->v));
    r->sp = st->sp;
    r->tpidr = A64_TPIDR;
    a64_set_nzcv(cpu, (u32)st->nzcv);
    a64_set_fpcr(cpu, (u32)st->fpcr);
    a64_set_fpsr(cpu, (u32)st->fpsr);
}

void row_store_cpu(const struct cpu *cpu, struct state *st)
{
    const struct a64_regs *r = a64_regs(cpu);
    memcpy(st->x, r->x, sizeof(r->x));
    memcpy(st->v, r->v, sizeof(r->v));
    st->sp = r->sp;
    st->nzcv = a64_get_nzcv(cpu);
    st->fpcr = r->fpcr;
    st->fpsr = a64_get_fpsr(cpu);
}

void row_set_result(struct cpu *cpu, u64 v)
{
    a64_regs(cpu)->x[0] = v;
}
