/* Threads: their memory, the list of them, the first one, and how they end. */
#define _GNU_SOURCE
#include "thread/priv.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/lock.h"

#define PAGE 4096ull
#define GUARD PAGE
#define C_STACK (256ull << 10)
#define SIGNAL_STACK (64ull << 10)
#define TCB_SIZE 4096 /* libc's struct pthread is smaller */

struct process process;

static void *map_memory(u64 size)
{
    long p = raw_mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                      -1, 0);
    return raw_is_err(p) ? NULL : (void *)p;
}

struct sighand *sighand_alloc(void)
{
    struct sighand *s = map_memory(ALIGN_UP(sizeof(*s), PAGE));
    if (s) {
        s->refs = 1;
    }
    return s;
}

void sighand_drop(struct sighand *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        raw_munmap(RAW_PTR(s), ALIGN_UP(sizeof(*s), PAGE));
    }
}

/* [guard][C stack][signal stack][TLS and TCB][struct thread] */
struct thread *thread_alloc(void)
{
    u64 head = GUARD + C_STACK, tls = ALIGN_UP(process.tls_size, 64) + TCB_SIZE;
    u64 size = ALIGN_UP(head + SIGNAL_STACK + tls + sizeof(struct thread), PAGE);
    u8 *map = map_memory(size);
    if (!map) {
        return NULL;
    }
    if (raw_mprotect(RAW_PTR(map), GUARD, PROT_NONE)) {
        raw_munmap(RAW_PTR(map), size);
        return NULL;
    }
    struct thread *t = (struct thread *)(map + head + SIGNAL_STACK + tls);
    t->host_stack = map;
    t->host_stack_size = size;
    t->signal_stack = map + head;
    t->signal_stack_size = SIGNAL_STACK;
    t->tls = host_make_tls(map + head + SIGNAL_STACK, process.tls_size);
    return t;
}

void *thread_stack_top(const struct thread *t)
{
    return t->signal_stack;
}

void thread_free(struct thread *t)
{
    if (t->cpu) {
        exec_cpu_destroy(process.ex, t->cpu);
    }
    if (t->sighand) {
        sighand_drop(t->sighand);
    }
    raw_munmap(RAW_PTR(t->host_stack), t->host_stack_size);
}

void thread_link(struct thread *t)
{
    lock_take(&process.lock);
    t->prev = NULL;
    t->next = process.threads;
    if (t->next) {
        t->next->prev = t;
    }
    process.threads = t;
    lock_drop(&process.lock);
}

void thread_unlink(struct thread *t)
{
    lock_take(&process.lock);
    if (t->next) {
        t->next->prev = t->prev;
    }
    if (t->prev) {
        t->prev->next = t->next;
    } else {
        process.threads = t->next;
    }
    lock_drop(&process.lock);
}

/* Size of the block of TLS variables, from our own program headers. */
static u64 own_tls_size(void)
{
    const Elf64_Phdr *ph = (const Elf64_Phdr *)getauxval(AT_PHDR);
    for (unsigned long n = getauxval(AT_PHNUM); ph && n-- > 0; ph++) {
        if (ph->p_type == PT_TLS) {
            return ALIGN_UP(ph->p_memsz, MAX(ph->p_align, 1ull));
        }
    }
    return 0;
}

struct thread *thread_init(struct exec *ex)
{
    process.ex = ex;
    process.tls_size = own_tls_size();
    struct thread *t = pool_alloc(sizeof(*t));
    t->signal_stack = pool_pages(SIGNAL_STACK);
    t->signal_stack_size = SIGNAL_STACK;
    t->sighand = pool_alloc(sizeof(*t->sighand));
    t->sighand->refs = 2; /* the pool's and ours: it is never unmapped */
    /* What libc may have registered for itself would be touched when the guest's thread ends. */
    t->tid = (s32)raw_syscall(__NR_set_tid_address, 0);
#ifndef FERRY_OWN_START
    raw_syscall(__NR_set_robust_list, 0, 24);
#endif
    t->altstack.flags = 2; /* SS_DISABLE */
    t->cpu = exec_cpu_create(ex);
    t->cpu->thread = t;
    thread_link(t);
    exec_bind(ex, t->cpu);
    return t;
}

struct thread *thread_self(void)
{
    struct cpu *cpu = exec_current();
    return cpu ? cpu->thread : NULL;
}

void thread_apply_mask(const struct thread *t)
{
    u64 mask = (t->taken ? ~0ull : t->sigmask) & ~thread_unblockable();
    raw_rt_sigprocmask(2 /* SIG_SETMASK */, &mask, NULL);
}

/* Gives back all that T has and ends by NR. */
static NORETURN void leave(struct thread *t, long nr, int status)
{
    u64 all = ~0ull;
    raw_rt_sigprocmask(2, &all, NULL);
    exec_cpu_destroy(process.ex, t->cpu);
    sighand_drop(t->sighand);
    if (!t->tls) { /* runs on the stack the kernel gave us */
        raw_syscall(nr, (u64)status);
        __builtin_unreachable();
    }
    host_exit(t->host_stack, t->host_stack_size, nr, status);
}

NORETURN void thread_exit(struct thread *t, int status)
{
    if (t->borrowed) {
        raw_exit(status);
    }
    if (t->guest_process) {
        leave(t, __NR_exit, status);
    }
    thread_unlink(t);
    if (!process.threads) {
        exec_persist(process.ex);
        exec_print_stats(process.ex);
        raw_exit(status);
    }
    leave(t, __NR_exit, status);
}

NORETURN void thread_exit_group(int status)
{
    struct thread *t = thread_self();
    if (t && t->guest_process) {
        if (t->borrowed) {
            raw_exit_group(status);
        }
        leave(t, __NR_exit_group, status);
    }
    exec_persist(process.ex);
    exec_print_stats(process.ex);
    raw_exit_group(status);
}
