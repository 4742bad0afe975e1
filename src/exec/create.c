/* Making the translator and its cpus. */
#include <string.h>
#include <sys/mman.h>

#include "exec/priv.h"

#define RET_STACK_SIZE (256u << 10)
#define STUBS_SIZE 16384u

static void futex_lock(volatile u32 *lock)
{
    u32 expected = 0;
    if (__atomic_compare_exchange_n(lock, &expected, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED)) {
        return;
    }
    while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0) {
        raw_syscall(__NR_futex, RAW_PTR(lock), FUTEX_WAIT_PRIVATE, 2, 0, 0, 0);
    }
}

static void futex_unlock(volatile u32 *lock)
{
    if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2) {
        raw_syscall(__NR_futex, RAW_PTR(lock), FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    }
}

void exec_lock(struct exec *ex)
{
    futex_lock(&ex->lock);
}

void exec_unlock(struct exec *ex)
{
    futex_unlock(&ex->lock);
}

void *map_anon(u64 size, int prot)
{
    long p =
        raw_syscall(__NR_mmap, 0, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (raw_is_err(p)) {
        die(1, "out of memory: cannot map %llu bytes for the translator", (unsigned long long)size);
    }
    mem_hide((haddr)p, (haddr)p + size);
    return (void *)p;
}

static void make_stubs(struct exec *ex)
{
    u8 *text = map_anon(STUBS_SIZE, PROT_READ | PROT_WRITE);
    u32 len = ex->cfg.host->emit_stubs(&ex->ca, text, STUBS_SIZE, &ex->stubs);
    ASSERT(len <= STUBS_SIZE);
    raw_syscall(__NR_mprotect, RAW_PTR(text), STUBS_SIZE, PROT_READ | PROT_EXEC);
}

struct exec *exec_create(const struct exec_config *cfg)
{
    struct exec *ex = map_anon(ALIGN_UP(sizeof(*ex), 4096), PROT_READ | PROT_WRITE);
    const struct guest *g = cfg->guest;
    ex->cfg = *cfg;
    ex->ca.regs = g->regs;
    ex->ca.count = g->reg_count;
    ex->ca.nzcv = g->reg_nzcv;
    ex->ca.insn_align = g->insn_align;
    ex->ca.fp_rules = g->fp_rules;
    ex->ca.features = cfg->host->detect() & cfg->feature_mask;
    cfg->host->assign(&ex->ca);
    arena_init(&ex->ir_arena, 256u << 10);
    ex->entry_bits = 10;
    ex->entry_hash = map_anon(sizeof(u32) << ex->entry_bits, PROT_READ | PROT_WRITE);
    ex->page_bits = 9;
    ex->page_hash = map_anon(ALIGN_UP(sizeof(u32) << ex->page_bits, 4096), PROT_READ | PROT_WRITE);
    /* Index 0 means none everywhere. */
    vec_push(&ex->regions, (struct region){.retired = true});
    vec_push(&ex->nodes, (struct entry_node){0});
    vec_push(&ex->pages, (struct page_node){0});
    make_stubs(ex);
    return ex;
}

/* Guest code may have been rewritten; called by generated code for cache maintenance instructions.
 */
static void icache_invalidate(struct cpu *cpu, u64 addr, u64 len)
{
    struct exec *ex = cpu->exec;
    exec_invalidate(ex, addr, addr + len);
}

static struct cpu *cpu_alloc(struct exec *ex)
{
    /* [link page][cpu][poll page][guard][return stack][guard above] */
    u64 cpu_size = ALIGN_UP(CPU_ALLOC_SIZE, 4096);
    u64 total = 4096 + cpu_size + 4096 + RET_STACK_SIZE + 4096;
    u8 *p = map_anon(total, PROT_READ | PROT_WRITE);
    struct cpu_link *l = (struct cpu_link *)p;
    struct cpu *cpu = (struct cpu *)(p + 4096);
    u8 *guard = p + 4096 + cpu_size;
    l->cpu = cpu;
    l->stack_map = (haddr)p;
    l->stack_map_size = total;
    raw_syscall(__NR_mprotect, RAW_PTR(guard), 4096, PROT_NONE);
    cpu->self = cpu;
    cpu->exec = ex;
    cpu->icache_invalidate = icache_invalidate;
    cpu->guest_arch = ex->cfg.guest;
    cpu->stubs = ex->stubs;
    cpu->helpers = ex->cfg.guest->helpers;
    cpu->ref_fns = ir_ref_fns;
    cpu->ret_limit = (haddr)guard + 4096;
    cpu->ret_base = cpu->ret_limit + RET_STACK_SIZE - 64;
    raw_syscall(__NR_mprotect, (haddr)cpu + CPU_POLL_OFFSET, 4096, PROT_READ);
    return cpu;
}

static void cpu_publish(struct exec *ex, struct cpu *cpu)
{
    struct cpu_link *l = (struct cpu_link *)((u8 *)cpu - 4096);
    ex->cfg.host->init_cpu(cpu);
    cpu->jc[0].pc =
        jc_empty(0); /* as cpu_forget leaves it; the rest is empty and stays untouched */
    cpu->inval_seen = ex->inval_gen;
    cpu->fp_mode = ex->cfg.guest->fp_mode(cpu);
    exec_lock(ex);
    l->next = ex->cpus;
    l->prevp = &ex->cpus;
    if (l->next) {
        l->next->prevp = &l->next;
    }
    ex->cpus = l;
    exec_unlock(ex);
}

struct cpu *exec_cpu_create(struct exec *ex)
{
    struct cpu *cpu = cpu_alloc(ex);
    ex->cfg.guest->reset(cpu);
    cpu_publish(ex, cpu);
    return cpu;
}

struct cpu *exec_cpu_clone(struct exec *ex, const struct cpu *from)
{
    struct cpu *cpu = cpu_alloc(ex);
    memcpy(cpu->guest, from->guest, sizeof(cpu->guest));
    cpu->pc = from->pc;
    u32 fpctl = from->guest_fpctl;
    u32 ctx = from->fpcr_ctx;
    cpu_publish(ex, cpu);
    cpu->guest_fpctl = fpctl;
    cpu->fpcr_ctx = ctx;
    return cpu;
}

void exec_cpu_destroy(struct exec *ex, struct cpu *cpu)
{
    struct cpu_link *l = (struct cpu_link *)((u8 *)cpu - 4096);
    exec_lock(ex);
    *l->prevp = l->next;
    if (l->next) {
        l->next->prevp = l->prevp;
    }
    exec_unlock(ex);
    haddr p = l->stack_map;
    u64 size = l->stack_map_size;
    mem_unhide(p, p + size);
    raw_syscall(__NR_munmap, p, size);
}

void exec_bind(struct exec *ex, struct cpu *cpu)
{
    ex->cfg.host->bind(cpu);
}

struct cpu *exec_current(void)
{
    return host_x86_64.current();
}

void exec_kick(struct cpu *cpu)
{
    cpu->poll_armed = 1;
    raw_syscall(__NR_mprotect, (haddr)cpu + CPU_POLL_OFFSET, 4096, PROT_NONE);
}

void exec_unkick(struct cpu *cpu)
{
    if (cpu->poll_armed) {
        cpu->poll_armed = 0;
        raw_syscall(__NR_mprotect, (haddr)cpu + CPU_POLL_OFFSET, 4096, PROT_READ);
    }
}

void cpu_forget(struct exec *ex, struct cpu *cpu)
{
    for (u32 i = 0; i < ARRAY_LEN(cpu->jc); i++) {
        if (cpu->jc[i].pc) { /* leaves pages never used untouched */
            cpu->jc[i] = (struct jc_entry){0, 0};
        }
    }
    cpu->jc[0].pc = jc_empty(0);
    for (haddr p = cpu->ret_sp; p < cpu->ret_base; p += 8) {
        *(haddr *)p = ex->stubs.ret_miss;
    }
    cpu->inval_seen = ex->inval_gen;
}

void exec_fork_prepare(struct exec *ex)
{
    exec_lock(ex);
}

void exec_fork_parent(struct exec *ex)
{
    exec_unlock(ex);
}

void exec_fork_child(struct exec *ex, struct cpu *cpu)
{
    /* Other threads are gone; their cpus stay mapped until exec, which costs address space only. */
    struct cpu_link *l = (struct cpu_link *)((u8 *)cpu - 4096);
    ex->cpus = l;
    l->prevp = &ex->cpus;
    l->next = NULL;
    exec_unlock(ex);
}
