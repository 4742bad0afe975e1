/* Fork: the translator's locks around it, and learning from children.
 *
 * What a child translates is lost when it ends or executes another program, and the next child needs the same. So
 * children write down in shared memory what they translate, and their parent translates that before it forks again,
 * for all later children. Nothing but time depends on what is in that memory: an entry is a pc and a mode, and only
 * the parent's own executable memory is translated. */
#include <sys/mman.h>

#include "exec/priv.h"

#define LEARNED_MAX 1023u

struct learned {
    u64 count; /* ever written; the last LEARNED_MAX are kept */
    u64 unused;
    struct {
        u64 pc, mode;
    } at[LEARNED_MAX];
};

void fork_learn(struct exec *ex, gaddr pc, u32 mode)
{
    struct learned *l = ex->learned;
    if (!l || !ex->forked) {
        return;
    }
    u64 i = __atomic_fetch_add(&l->count, 1, __ATOMIC_RELAXED) % LEARNED_MAX;
    __atomic_store_n(&l->at[i].pc, pc, __ATOMIC_RELAXED);
    __atomic_store_n(&l->at[i].mode, mode, __ATOMIC_RELAXED);
}

/* Translates what children have learned since the last time. */
static void catch_up(struct exec *ex)
{
    struct learned *l = ex->learned;
    struct uref unit;
    u64 count = __atomic_load_n(&l->count, __ATOMIC_RELAXED);
    u64 i = count > LEARNED_MAX ? MAX(ex->learned_seen, count - LEARNED_MAX) : ex->learned_seen;
    for (; i < count; i++) {
        gaddr pc = __atomic_load_n(&l->at[i % LEARNED_MAX].pc, __ATOMIC_RELAXED);
        u64 mode = __atomic_load_n(&l->at[i % LEARNED_MAX].mode, __ATOMIC_RELAXED);
        if (pc) { /* else a child is just about to write it */
            exec_find(ex, pc, (u32)mode, &unit);
        }
    }
    ex->learned_seen = count;
}

void exec_fork_prepare(struct exec *ex)
{
    exec_lock(ex);
    if (ex->learned) {
        catch_up(ex);
        return;
    }
    long p = raw_mmap(0, sizeof(struct learned), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ex->learned = raw_is_err(p) ? NULL : (struct learned *)p;
}

void exec_fork_parent(struct exec *ex)
{
    exec_unlock(ex);
}

void exec_fork_child(struct exec *ex, struct cpu *cpu)
{
    /* Other threads are gone; their cpus stay mapped until exec, which costs address space only. */
    struct cpu_link *l = cpu_link_of(cpu);
    ex->cpus = l;
    l->prevp = &ex->cpus;
    l->next = NULL;
    ex->forked = true;
    note_all(ex);
    exec_unlock(ex);
}
