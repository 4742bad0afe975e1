/* clone of the guest: new threads, processes, and processes in their parent's memory. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>

#include "base/lock.h"
#include "signal/abi.h"
#include "thread/priv.h"

#define SIG_IGN_VALUE 1

/* clone(2) takes 32 bits of flags, the lowest byte being the signal; the rest needs clone3. */
static bool needs_clone3(const struct clone_args_guest *a)
{
    return a->flags >> 32 || a->set_tid || a->flags & 0xff ||
           ((a->flags & CLONE_PIDFD) && (a->flags & CLONE_PARENT_SETTID) &&
            a->pidfd != a->parent_tid);
}

static struct clone_args clone3_args(const struct clone_args_guest *a, u64 flags)
{
    return (struct clone_args){.flags = flags,
                               .pidfd = a->pidfd,
                               .child_tid = a->child_tid,
                               .parent_tid = a->parent_tid,
                               .exit_signal = (u32)a->exit_signal,
                               .set_tid = a->set_tid,
                               .set_tid_size = a->set_tid_size,
                               .cgroup = (u32)a->cgroup};
}

/* The one pointer clone(2) has for two purposes. */
static u64 legacy_ptid(const struct clone_args_guest *a)
{
    return a->flags & CLONE_PIDFD ? a->pidfd : a->parent_tid;
}

/* CLONE_CLEAR_SIGHAND is done here: the host's own handlers must stay. Runs in the child. */
static void clear_handlers(struct sighand *s)
{
    for (int i = 0; i < 64; i++) {
        if (s->act[i].handler > SIG_IGN_VALUE) {
            s->act[i] = (struct signal_action){0};
            if (!(THREAD_SYNC_SIGNALS >> i & 1)) {
                raw_rt_sigaction(i + 1, &(struct raw_sigaction){0}, NULL);
            }
        }
    }
}

static void set_child_registers(struct cpu *cpu, const struct clone_args_guest *a)
{
    if (a->stack) {
        process.abi->set_sp(cpu, a->stack);
    }
    if (a->flags & CLONE_SETTLS) {
        process.abi->set_tls(cpu, a->tls);
    }
    process.abi->syscall_result(cpu, 0);
}

/* In the child of fork: this thread is the only one, and it has no pending signals. */
static void become_process(struct thread *t, const struct clone_args_guest *a)
{
    mem_fork_done();
    exec_fork_child(process.ex, t->cpu);
    lock_drop(&t->sighand->lock);
    t->sighand->refs = 1;
    lock_drop(&process.lock);
    t->next = t->prev = NULL;
    process.threads = t;
    t->guest_process = t->borrowed = false;
    t->tid = (s32)raw_gettid();
    t->have_pending = t->taken = false;
    t->sync_bits = 0;
    if (a->flags & CLONE_CLEAR_SIGHAND) {
        clear_handlers(t->sighand);
    }
    exec_unkick(t->cpu);
    set_child_registers(t->cpu, a);
}

/* A process with a copy of the memory. The child goes on from here on the copy of our stack. */
static s64 clone_process(struct thread *t, const struct clone_args_guest *a)
{
    /* The parent would wait with the locks held; without shared memory nobody can tell that it does
     * not. */
    u64 flags = a->flags & ~(u64)(CLONE_SETTLS | CLONE_VFORK | CLONE_CLEAR_SIGHAND);
    long ret;
    exec_share(process.ex);
    exec_fork_prepare(process.ex);
    mem_fork_prepare();
    lock_take(&process.lock);
    lock_take(&t->sighand->lock);
    if (needs_clone3(a)) {
        struct clone_args c = clone3_args(a, flags);
        ret = raw_syscall(__NR_clone3, RAW_PTR(&c), sizeof(c));
    } else {
        /* of the last two, one is the thread pointer, which no flag asks for: hosts differ in which */
        ret = raw_syscall(__NR_clone, flags | (u32)a->exit_signal, 0, legacy_ptid(a), a->child_tid, a->child_tid);
    }
    if (ret == 0) {
        become_process(t, a);
        return 0;
    }
    lock_drop(&t->sighand->lock);
    lock_drop(&process.lock);
    mem_fork_done();
    exec_fork_parent(process.ex);
    return ret;
}

/* First code of a host thread; all signals are blocked. */
static void start_thread(void *arg)
{
    struct thread *t = arg;
    t->tid = (s32)raw_gettid();
    exec_bind(process.ex, t->cpu);
    raw_sigaltstack(&(struct raw_sigaltstack){.sp = t->signal_stack, .size = t->signal_stack_size},
                    NULL);
    thread_apply_mask(t);
    process.run(t);
}

/* The same for one that clears the guest's handlers, which are its own copy. */
static void start_cleared(void *arg)
{
    clear_handlers(((struct thread *)arg)->sighand);
    start_thread(arg);
}

static struct thread *new_thread(struct thread *t, const struct clone_args_guest *a)
{
    struct thread *n = thread_alloc();
    if (!n) {
        return NULL;
    }
    if (a->flags & CLONE_SIGHAND) {
        n->sighand = t->sighand;
        __atomic_add_fetch(&n->sighand->refs, 1, __ATOMIC_RELAXED);
    } else {
        n->sighand = sighand_alloc();
        if (!n->sighand) {
            thread_free(n);
            return NULL;
        }
        lock_take(&t->sighand->lock);
        memcpy(n->sighand->act, t->sighand->act, sizeof(n->sighand->act));
        lock_drop(&t->sighand->lock);
    }
    n->sigmask = t->sigmask;
    n->tagged_addr = t->tagged_addr;
    n->v_next = t->v_next;
    n->altstack.flags = 2; /* SS_DISABLE */
    if (a->flags & CLONE_VFORK) {
        n->altstack = t->altstack;
    }
    n->guest_process = !(a->flags & CLONE_THREAD);
    n->borrowed = n->guest_process && (a->flags & CLONE_VFORK);
    n->cpu = exec_cpu_clone(process.ex, t->cpu);
    n->cpu->thread = n;
    set_child_registers(n->cpu, a);
    return n;
}

/* A thread, or a process that shares our memory: it gets a host stack and a cpu of its own. */
static s64 clone_shared(struct thread *t, const struct clone_args_guest *a)
{
    u64 flags = (a->flags & ~(u64)CLONE_CLEAR_SIGHAND) | CLONE_SETTLS;
    if (!(a->flags & CLONE_THREAD)) {
        exec_share(process.ex);
    }
    struct thread *n = new_thread(t, a);
    if (!n) {
        return -ENOMEM;
    }
    if (!n->guest_process) {
        thread_link(n);
    }
    void (*start)(void *) = a->flags & CLONE_CLEAR_SIGHAND ? start_cleared : start_thread;
    bool borrowed = n->borrowed, listed = !n->guest_process;
    long ret;
    if (needs_clone3(a)) {
        struct clone_args c = clone3_args(a, flags);
        c.stack = RAW_PTR(n->host_stack);
        c.stack_size = RAW_PTR(thread_stack_top(n)) - c.stack;
        c.tls = RAW_PTR(n->tls);
        ret = host_clone3(&c, sizeof(c), start, n);
    } else {
        ret = host_clone(flags | (u32)a->exit_signal, thread_stack_top(n), legacy_ptid(a),
                         a->child_tid, n->tls, start, n);
    }
    /* A thread that started may be gone already; a borrowing child is gone, or has a memory of its
     * own now. */
    if (raw_is_err(ret) && listed) {
        thread_unlink(n);
    }
    if (raw_is_err(ret) || borrowed) {
        thread_free(n);
    }
    return ret;
}

s64 thread_clone(struct thread *t, const struct clone_args_guest *a)
{
    if ((a->flags & CLONE_CLEAR_SIGHAND) && (a->flags & CLONE_SIGHAND)) {
        return -EINVAL;
    }
    u64 all = ~0ull, old;
    raw_rt_sigprocmask(2 /* SIG_SETMASK */, &all, &old);
    s64 ret = a->flags & CLONE_VM ? clone_shared(t, a) : clone_process(t, a);
    if (ret == 0) {
        thread_apply_mask(t);
    } else {
        raw_rt_sigprocmask(2, &old, NULL);
    }
    return ret;
}
