/* Running a guest thread: into generated code and out again until the client is needed. */
#include <signal.h>

#include "exec/priv.h"
#include "ir/fpctl.h"

static void enter(struct exec *ex, struct cpu *cpu, haddr host)
{
    if (log_on(LOG_exec) || log_on(LOG_cpu)) {
        char buf[4096];
        struct strbuf sb = STRBUF_ON(buf);
        sb_printf(&sb, "enter %#llx at %#llx\n", (unsigned long long)cpu->pc,
                  (unsigned long long)host);
        if (log_on(LOG_cpu)) {
            ex->cfg.guest->dump(cpu, &sb);
        }
        log_write(sb.data, sb.len);
    }
    ((void (*)(struct cpu *, haddr))ex->stubs.enter)(cpu, host);
}

/* Guest code cannot be fetched at cpu->pc. */
static enum exec_reason fetch_fault(struct cpu *cpu)
{
    u8 byte;
    bool mapped = mem_read(&byte, cpu->pc, 1) == 0;
    cpu->fault.signo = SIGSEGV;
    cpu->fault.code = mapped ? SEGV_ACCERR : SEGV_MAPERR;
    cpu->fault.addr = cpu->pc;
    return EXEC_FAULT;
}

/* Where the code at cpu->pc is translated; 0 when that cannot be fetched or is cold, *COLD not being empty then. */
static haddr find_current(struct exec *ex, struct cpu *cpu, u16 vmode, struct uref *unit, struct guest_cold *cold)
{
    u32 mode = MODE(cpu->fp_mode, vmode);
    haddr host = vmode ? 0 : entry_lookup(ex, cpu->pc, mode, unit);
    if (host || (!vmode && cold_wanted(ex, cpu->pc, cold))) {
        return host;
    }
    return exec_find(ex, cpu->pc, mode, unit);
}

/* The next indirect branch to where CPU goes finds HOST by itself. */
static void remember_target(struct exec *ex, struct cpu *cpu, haddr host)
{
    struct jc_entry e = {cpu->pc, host};
    cpu->jc[jc_index(cpu->pc, ex->ca.insn_align, JC_BITS)] = e;
    if (cpu_has_more(cpu)) {
        cpu->jc2[jc_index(cpu->pc, ex->ca.insn_align, JC2_BITS)] = e;
    } else if (++cpu->jc_misses == JC2_AFTER) {
        cpu_hash_more(cpu);
    }
}

/* Where to go on after an internal exit; 0 as find_current. */
static haddr follow(struct exec *ex, struct cpu *cpu, struct guest_cold *cold)
{
    struct uref unit;
    haddr host;
    exec_lock(ex);
    switch (cpu->exit_reason) {
    case EXEC_I_LINK: {
        u32 slot, region = region_of_slot(ex, cpu->exit_arg, &slot);
        const struct region *r = &ex->regions.data[region];
        const struct slot_rec *s = &r->slots[slot];
        cpu->pc = r->lo + r->units[s->unit].pc + (u64)(s64)s->target;
        bool hot = s->kind == SLOT_LOOP && loop_is_hot(ex, cpu->pc, region_slot(r, slot));
        host = hot ? exec_promote(ex, cpu->pc, MODE(cpu->fp_mode, s->vmode), (struct uref){region, s->unit}, &unit)
                   : find_current(ex, cpu, s->vmode, &unit, cold);
        if (host && (hot || s->kind != SLOT_LOOP)) {
            link_slot(ex, region, slot, host, unit);
        }
        break;
    }
    case EXEC_I_LOOKUP:
        ex->stats.lookups++;
        host = find_current(ex, cpu, 0, &unit, cold);
        if (host && !(cpu->exit_ic && link_ic(ex, cpu->exit_ic, cpu->pc, host, unit))) {
            remember_target(ex, cpu, host);
        }
        break;
    case EXEC_I_MODE:
        host = find_current(ex, cpu, ex->cfg.guest->vmode(cpu), &unit, cold);
        break;
    case EXEC_I_HOT:
        host = exec_find(ex, cpu->pc, MODE(cpu->fp_mode, 0), &unit);
        break;
    default:
        host = find_current(ex, cpu, 0, &unit, cold);
        break;
    }
    exec_unlock(ex);
    return host;
}

/* Catches up with code that was dropped and with a new FP mode. */
static void synchronise(struct exec *ex, struct cpu *cpu)
{
    u8 mode = ex->cfg.guest->fp_mode(cpu);
    if (cpu->inval_seen != ex->inval_gen || cpu->fp_mode != mode) {
        cpu->fp_mode = mode;
        cpu->guest_fpctl = ex->cfg.guest->mxcsr(cpu) | (cpu->guest_fpctl & FPCTL_FLAGS);
        ex->stats.syncs++;
        cpu_forget(ex, cpu);
    }
}

static enum exec_reason run(struct exec *ex, struct cpu *cpu)
{
    cpu->exit_reason = EXEC_I_SYNC;
    for (;;) {
        if (cpu->exit_reason == EXEC_I_TAGGED) {
            tags_note(ex, cpu->pc);
            cpu->exit_reason = EXEC_I_SYNC;
        }
        if (cpu->exit_reason == EXEC_I_SYNC) {
            synchronise(ex, cpu);
        }
        if (cpu->poll_armed && cpu->exit_reason != EXEC_I_LINK) {
            return EXEC_SIGNAL;
        }
        struct guest_cold cold = {0};
        haddr host = follow(ex, cpu, &cold);
        if (host) {
            enter(ex, cpu, host);
        } else if (cold.hi) {
            cold_run(ex, cpu, &cold);
        } else {
            gaddr to = tags_off(ex, cpu->pc);
            if (to == cpu->pc) {
                return fetch_fault(cpu);
            }
            cpu->pc = to;
            continue;
        }
        if (cpu->exit_reason < EXEC_I_FIRST) {
            return cpu->exit_reason;
        }
    }
}

enum exec_reason exec_run(struct exec *ex, struct cpu *cpu)
{
    /* Before it looks at inval_gen: one of this thread and who frees a region sees what the other did (reclaim.c). */
    __atomic_store_n(&cpu->inside, true, __ATOMIC_SEQ_CST);
    enum exec_reason reason = run(ex, cpu);
    while (reason == EXEC_FAULT && ex->cfg.guest->fault && !ex->cfg.guest->fault(cpu)) {
        reason = run(ex, cpu);
    }
    __atomic_store_n(&cpu->inside, false, __ATOMIC_RELEASE);
    return reason;
}
