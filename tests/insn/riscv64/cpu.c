/* The RV64 part of insn_test. */
#include "frontend/riscv64/rv64_state.h"
#include "guest_cpu.h"
#include <string.h>

const struct guest *const row_guest = &guest_riscv64;
const char *const row_cpu_model = "max";

void row_load_cpu(struct cpu *cpu, const struct state *st)
{
    struct rv64_regs *r = rv64_regs(cpu);
    memcpy(r->x, st->x, sizeof(r->x));
    memcpy(r->f, st->f, sizeof(r->f));
    memcpy(r->v, st->v, sizeof(r->v));
    r->vl = st->vl;
    r->vtype = st->vtype;
    r->vstart = st->vstart;
    rv64_set_vcsr(cpu, (u32)(st->vxrm << 1 | st->vxsat));
    rv64_set_fcsr(cpu, (u32)(st->frm << 5 | st->fflags));
}

void row_store_cpu(const struct cpu *cpu, struct state *st)
{
    const struct rv64_regs *r = rv64_regs(cpu);
    u32 fcsr = rv64_get_fcsr(cpu);
    memcpy(st->x, r->x, sizeof(r->x));
    memcpy(st->f, r->f, sizeof(r->f));
    memcpy(st->v, r->v, sizeof(r->v));
    st->vl = r->vl;
    st->vtype = r->vtype;
    st->vstart = r->vstart;
    st->vxrm = r->vxrm;
    st->vxsat = r->vxsat;
    st->frm = fcsr >> 5;
    st->fflags = fcsr & 31;
}

void row_set_result(struct cpu *cpu, u64 v)
{
    rv64_regs(cpu)->x[10] = v;
}
