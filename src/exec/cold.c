/* Code that has run seldom: it is interpreted, because one translation costs as much as ten times
 * to execute it. Of what a short program executes, most runs once. */
#include "exec/priv.h"

/* So many pieces are interpreted before a process counts as one that does not end soon. */
#define EARLY_PIECES 32768

/* In a process that may end soon, and whose translations no other uses. */
static bool is_early(const struct exec *ex)
{
    return ex->stats.cold_blocks < EARLY_PIECES && !store_usable(ex);
}

static u8 *count_of(const struct exec *ex, gaddr pc, const struct guest_cold *r)
{
    return &r->counts[((pc - r->origin) & r->mask) >> ex->ca.insn_align];
}

/* Code at PC is about to be interpreted: true if it may be. Threads may lose a count to one
 * another. */
static bool is_cold(const struct exec *ex, gaddr pc, const struct guest_cold *r)
{
    u8 *count = count_of(ex, pc, r), n = *count & (GUEST_PASSED - 1);
    if (n >= (is_early(ex) ? ex->cfg.cold_early : ex->cfg.cold)) {
        *count = GUEST_PASSED; /* counts anew for what else is counted here */
        return false;
    }
    ++*count;
    return true;
}

bool cold_passed(const struct exec *ex, gaddr pc)
{
    return store_usable(ex) || pc < ex->cold.lo || pc >= ex->cold.hi || *count_of(ex, pc, &ex->cold);
}

/* The counters of module M; NULL: it has none of its own. */
static u8 *module_counts(struct exec *ex, const struct mem_module *m)
{
    for (size_t i = 0; i < ex->cold_modules.len; i++) {
        const struct cold_module *c = &ex->cold_modules.data[i];
        if (c->base == m->base && c->end == m->end) {
            return c->counts;
        }
    }
    u8 *counts = m->end > m->base && ex->cold_modules.len < COLD_MODULES
                     ? map_try((m->end - m->base) >> ex->ca.insn_align)
                     : NULL;
    if (counts) {
        vec_push(&ex->cold_modules, ((struct cold_module){m->base, m->end, counts}));
    }
    return counts;
}

bool cold_wanted(struct exec *ex, gaddr pc, struct guest_cold *range)
{
    struct mem_vma v;
    struct mem_module m;
    if (!ex->cfg.cold) {
        return false;
    }
    if (pc < ex->cold.lo || pc >= ex->cold.hi) {
        if (!mem_exec_range(pc, &v, &m)) {
            return false;
        }
        u8 *counts = module_counts(ex, &m);
        ex->cold = counts ? (struct guest_cold){v.lo, v.hi, m.base, ~0ull, counts}
                          : (struct guest_cold){v.lo, v.hi, 0, COLD_COUNTS - 1, ex->cold_counts};
    }
    if (!is_cold(ex, pc, &ex->cold)) {
        return false;
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

void cold_run(struct exec *ex, struct cpu *cpu, const struct guest_cold *range)
{
    for (;;) {
        enum guest_step how = ex->cfg.guest->interpret(cpu, range);
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
        if (!is_cold(ex, cpu->pc, range)) {
            cpu->exit_reason = EXEC_I_HOT;
            return;
        }
    }
}
