/* Host faults in generated code: back to the exact guest state. */
#include <signal.h>

#include "exec/priv.h"

static u64 loc_value(const struct exec *ex, const struct cpu *cpu, gaddr unit_pc, const ucontext_t *uc,
                     const struct loc *l)
{
    switch ((enum loc_kind)l->kind) {
    case LOC_GPR:
        return ex->cfg.host->context_gpr(uc, l->reg);
    case LOC_SPILL:
        return cpu->spill[l->val];
    case LOC_CONST:
        return (u64)(s64)l->val;
    case LOC_PCREL:
        return unit_pc + (u64)(s64)l->val;
    case LOC_STATE:
        return *(const u64 *)((const u8 *)cpu + ex->ca.regs[l->reg].offset);
    case LOC_NONE:
        break;
    }
    return 0;
}

static void recover_flags(struct exec *ex, struct cpu *cpu, gaddr unit_pc, const struct flag_recipe *f,
                          const ucontext_t *uc)
{
    u32 *packed = (u32 *)((u8 *)cpu + ex->ca.regs[ex->ca.nzcv].offset);
    u64 a = loc_value(ex, cpu, unit_pc, uc, &f->a), b = loc_value(ex, cpu, unit_pc, uc, &f->b),
        r = loc_value(ex, cpu, unit_pc, uc, &f->r);
    enum ir_type type = f->width64 ? IR_I64 : IR_I32;
    switch ((enum ir_flags_kind)f->kind) {
    case IR_FL_ADD: /* any two of the three are there */
        a = f->a.kind == LOC_NONE ? r - b : a;
        b = f->b.kind == LOC_NONE ? r - a : b;
        *packed = ir_pack_flags(IR_FL_ADD, type, a, b);
        break;
    case IR_FL_SUB:
        a = f->a.kind == LOC_NONE ? r + b : a;
        b = f->b.kind == LOC_NONE ? a - r : b;
        *packed = ir_pack_flags(IR_FL_SUB, type, a, b);
        break;
    case IR_FL_LOGIC:
        *packed = ir_pack_flags(IR_FL_LOGIC, type, a, 0);
        break;
    case IR_FL_VALUE:
        *packed = (u32)a;
        break;
    }
}

/* The guest state of UC, in unit U of R, into CPU. */
static void save_context(const struct exec *ex, const struct region *r, const struct unit *u, const ucontext_t *uc,
                         struct cpu *cpu)
{
    struct chain_abi map = ex->ca;
    for (u16 i = 0; i < u->map_count; i++) {
        map.host_of[unit_map(r, u)[i].reg] = unit_map(r, u)[i].host;
    }
    ex->cfg.host->save_context(uc, &map, cpu);
}

static const struct fault_site *find_site(const struct region *r, const struct unit *u, u32 off)
{
    for (u16 i = 0; i < u->site_count; i++) {
        const struct fault_site *s = &unit_sites(r, u)[i];
        if (off >= s->host && off < (u32)s->host + s->len) {
            return s;
        }
    }
    return NULL;
}

enum exec_sig exec_host_fault(struct exec *ex, struct cpu *cpu, int signo, int code, u64 addr, ucontext_t *uc)
{
    const struct host *h = ex->cfg.host;
    haddr pc = h->context_pc(uc);
    if (signo == SIGSEGV && h->ret_stack_overflow(uc, cpu, addr)) {
        return EXEC_SIG_RESUME;
    }
    if (signo == SIGFPE && h->fp_trap(uc, &ex->ca, cpu)) {
        if (++cpu->fp_traps >= ex->cfg.fp_traps && cpu->fp_trap) {
            cpu->fp_trap = false; /* checks cost less from here on; they are in other code */
            exec_kick(cpu);
        }
        return EXEC_SIG_RESUME;
    }
    exec_lock(ex);
    struct uref ref = unit_at(ex, pc);
    const struct region *r = &ex->regions.data[ref.region];
    const struct unit *u = ref.region ? &r->units[ref.unit] : NULL;
    const struct fault_site *s = u ? find_site(r, u, (u32)(pc - r->base) - u->text) : NULL;
    if (s) {
        save_context(ex, r, u, uc, cpu);
        if (s->flags) {
            recover_flags(ex, cpu, r->lo + u->pc, &unit_flags(r, u)[s->flags - 1], uc);
        }
        cpu->pc = r->lo + u->pc + s->guest;
        ex->stats.faults++;
    }
    exec_unlock(ex);
    if (!s) {
        return EXEC_SIG_NOT_OURS;
    }
    if (s->poll && addr - ((haddr)cpu + CPU_POLL_OFFSET) < 4096) {
        cpu->exit_reason = EXEC_SIGNAL;
        cpu->poll_armed = 1; /* another thread's exec_kick and an exec_unkick of this one may have met */
    } else if (signo == SIGSEGV && tags_off(ex, addr) != addr) {
        cpu->exit_reason = EXEC_I_TAGGED;
    } else {
        cpu->exit_reason = EXEC_FAULT;
        cpu->fault.signo = signo;
        cpu->fault.code = code;
        cpu->fault.addr = addr;
        if (signo == SIGILL) { /* ALIGN */
            cpu->fault.signo = SIGBUS;
            cpu->fault.code = BUS_ADRALN;
            cpu->fault.addr = cpu->exit_arg ? cpu->exit_arg : cpu->pc;
        }
    }
    h->set_context(uc, ex->stubs.leave, cpu->c_sp);
    return EXEC_SIG_RESUME;
}
