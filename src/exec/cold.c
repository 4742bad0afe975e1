/* Code that has run seldom: it is interpreted, because one translation costs as much as ten times
 * to execute it. Of what a short program executes, most runs once. */
#include "exec/priv.h"

static u8 *count_of(struct exec *ex, gaddr pc)
{
    return &ex->cold_counts[(pc & (COLD_COUNTS - 1)) >> ex->ca.insn_align];
}

/* Code at PC is about to be interpreted: true if it may be. Threads may lose a count to one
 * another. */
static bool is_cold(struct exec *ex, gaddr pc)
{
    u8 *count = count_of(ex, pc);
    if (*count >= ex->cfg.cold) {
        *count = 0; /* for what else is counted here */
        return false;
    }
    ++*count;
    return true;
}

bool cold_wanted(struct exec *ex, gaddr pc, struct cold_range *range)
{
    struct mem_vma v;
    struct mem_module m;
    if (!ex->cfg.cold || !is_cold(ex, pc)) {
        return false;
    }
    if (pc < ex->cold.lo || pc >= ex->cold.hi) {
        if (!mem_exec_range(pc, &v, &m)) {
            return false;
        }
        ex->cold = (struct cold_range){v.lo, v.hi};
    }
    *range = ex->cold;
    return true;
}

/* May PC be translated? Where images are in use, only the lock lets one look. */
static bool perhaps_known(const struct exec *ex, gaddr pc)
{
    u32 bit = ENTRY_MAP_BIT(pc);
    return ex->stats.images || ex->entry_map[bit / 64] >> (bit & 63) & 1;
}

/* The return stack goes along, so that translated code meets its own entries again. */
static void push_return(struct cpu *cpu)
{
    cpu->ret_sp = cpu->ret_sp - 8 < cpu->ret_limit ? cpu->ret_base : cpu->ret_sp;
    cpu->ret_sp -= 8;
    *(haddr *)cpu->ret_sp = cpu->stubs.ret_miss;
}

static void pop_return(struct cpu *cpu)
{
    cpu->ret_sp += cpu->ret_sp < cpu->ret_base ? 8 : 0;
}

void cold_run(struct exec *ex, struct cpu *cpu, const struct cold_range *range)
{
    for (;;) {
        enum guest_step how = ex->cfg.guest->interpret(cpu, range->hi);
        ex->stats.cold_blocks++;
        if (how == GUEST_STEP_REFUSED || how == GUEST_STEP_SYSCALL) {
            cpu->exit_reason = how == GUEST_STEP_SYSCALL ? EXEC_SYSCALL : EXEC_I_HOT;
            return;
        }
        if (how == GUEST_STEP_CALL) {
            push_return(cpu);
        } else if (how == GUEST_STEP_RETURN) {
            pop_return(cpu);
        }
        if (cpu->poll_armed) {
            cpu->exit_reason = EXEC_SIGNAL;
            return;
        }
        if (cpu->pc < range->lo || cpu->pc >= range->hi || perhaps_known(ex, cpu->pc)) {
            cpu->exit_reason = EXEC_I_COLD;
            return;
        }
        if (!is_cold(ex, cpu->pc)) {
            cpu->exit_reason = EXEC_I_HOT;
            return;
        }
    }
}
