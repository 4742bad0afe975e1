/* Making the translator and its cpus. */
#include <string.h>
#include <sys/mman.h>

#include "exec/priv.h"

#define RET_STACK_TOP 64 /* bytes above the empty return stack: its sentinel and the cpu's link */
#define STUBS_SIZE 16384u
_Static_assert(8 + sizeof(struct cpu_link) <= RET_STACK_TOP, "the link lies above the sentinel");

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

void *map_try(u64 size)
{
    long p = raw_mmap(0, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (raw_is_err(p)) {
        return NULL;
    }
    mem_hide((haddr)p, (haddr)p + size);
    return (void *)p;
}

void *map_anon(u64 size)
{
    void *p = map_try(size);
    if (!p) {
        die(1, "out of memory: cannot map %llu bytes for the translator", (unsigned long long)size);
    }
    return p;
}

static void make_stubs(struct exec *ex)
{
    long p = raw_mmap(0, STUBS_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw_is_err(p)) {
        die(1, "cannot map executable memory: %s; does a security policy forbid it?", errno_text((int)-p));
    }
    u32 len = ex->cfg.host->emit_stubs(&ex->ca, (u8 *)p, STUBS_SIZE, &ex->stubs);
    ASSERT(len <= STUBS_SIZE);
    ex->stubs_text = (haddr)p;
    ex->stubs_len = len;
}

struct exec *exec_create(const struct exec_config *cfg)
{
    struct exec *ex = pool_alloc(sizeof(*ex));
    const struct guest *g = cfg->guest;
    ex->cfg = *cfg;
    ex->ca.regs = g->regs;
    ex->ca.count = g->reg_count;
    ex->ca.nzcv = g->reg_nzcv;
    ex->ca.insn_align = g->insn_align;
    ex->ca.fp_rules = g->fp_rules;
    ex->ca.features = cfg->host->detect() & cfg->feature_mask;
    cfg->host->assign(&ex->ca);
    arena_init_pool(&ex->ir_arena, 256u << 10);
    ex->entry_bits = 10;
    ex->entry_hash = pool_alloc(sizeof(u32) << ex->entry_bits);
    ex->entry_map = pool_pages(ENTRY_MAP_WORDS * sizeof(u64));
    ex->cold_counts = pool_pages(COLD_COUNTS >> g->insn_align);
    ex->page_bits = 9;
    ex->page_hash = pool_alloc(sizeof(u32) << ex->page_bits);
    vec_pool(&ex->regions, 4);
    vec_pool(&ex->nodes, 16);
    vec_pool(&ex->pages, 16);
    vec_pool(&ex->cold_modules, 8);
    /* Index 0 means none everywhere. */
    vec_push(&ex->regions, (struct region){.retired = true});
    vec_push(&ex->nodes, (struct entry_node){0});
    vec_push(&ex->pages, (struct page_node){0});
    make_stubs(ex);
    store_init(ex);
    note_all(ex);
    return ex;
}

/* Guest code may have been rewritten; called by generated code for cache maintenance instructions.
 */
static void icache_invalidate(struct cpu *cpu, u64 addr, u64 len)
{
    exec_flush_icache(cpu->exec, addr, addr + len);
}

static struct cpu *cpu_alloc(struct exec *ex)
{
    /* [cpu][poll page][return stack, the link above its bottom]. The poll page can never be written, so it is the
     * return stack's guard as well. */
    struct cpu *cpu = pool_pages(CPU_ALLOC_SIZE + RET_STACK_SIZE);
    raw_madvise(RAW_PTR(cpu), ALIGN_UP(offsetof(struct cpu, jc), 4096), POOL_POPULATE);
    cpu_link_of(cpu)->cpu = cpu;
    cpu->self = cpu;
    cpu->exec = ex;
    cpu->icache_invalidate = icache_invalidate;
    cpu->guest_arch = ex->cfg.guest;
    cpu->stubs = ex->stubs;
    cpu->fp_can_trap = ex->ca.fp_trap;
    cpu->fp_trap = ex->ca.fp_trap && ex->cfg.fp_traps;
    cpu->fp_lax = true;
    cpu->helpers = ex->cfg.guest->helpers;
    cpu->ref_fns = ir_ref_fns;
    cpu->ret_limit = (haddr)cpu + CPU_ALLOC_SIZE;
    cpu->ret_base = cpu->ret_limit + RET_STACK_SIZE - RET_STACK_TOP;
    raw_syscall(__NR_mprotect, (haddr)cpu + CPU_POLL_OFFSET, 4096, PROT_READ);
    return cpu;
}

void cpu_hash_more(struct cpu *cpu)
{
    struct jc_entry *p = map_try(JC2_SIZE);
    if (p) {
        p[0].pc = jc_empty(0);
        cpu->jc2 = p;
        cpu->jc2_mask = JC2_SIZE - sizeof(*p);
    }
}

static void cpu_publish(struct exec *ex, struct cpu *cpu)
{
    struct cpu_link *l = cpu_link_of(cpu);
    cpu_init(cpu);
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
    cpu->fp_trap = from->fp_trap;
    cpu->fp_lax = from->fp_lax;
    cpu_publish(ex, cpu);
    cpu->guest_fpctl = fpctl;
    cpu->fpcr_ctx = ctx;
    return cpu;
}

void exec_cpu_destroy(struct exec *ex, struct cpu *cpu)
{
    struct cpu_link *l = cpu_link_of(cpu);
    exec_lock(ex);
    *l->prevp = l->next;
    if (l->next) {
        l->next->prevp = l->prevp;
    }
    exec_unlock(ex);
    if (cpu_has_more(cpu)) {
        mem_unhide(RAW_PTR(cpu->jc2), RAW_PTR(cpu->jc2) + JC2_SIZE);
        raw_munmap(RAW_PTR(cpu->jc2), JC2_SIZE);
    }
    mem_unhide(RAW_PTR(cpu), (haddr)(l + 1));
    raw_syscall(__NR_munmap, RAW_PTR(cpu), CPU_ALLOC_SIZE + RET_STACK_SIZE);
}

void exec_bind(struct exec *ex, struct cpu *cpu)
{
    ex->cfg.host->bind(cpu);
}

struct cpu *exec_current(void)
{
    return host_native.current();
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
    if (cpu_has_more(cpu)) {
        raw_madvise(RAW_PTR(cpu->jc2), JC2_SIZE, MADV_DONTNEED);
        cpu->jc2[0].pc = jc_empty(0);
    }
    for (haddr p = cpu->ret_sp; p < cpu->ret_base; p += 8) {
        *(haddr *)p = ex->stubs.ret_miss;
    }
    cpu->inval_seen = ex->inval_gen;
}
