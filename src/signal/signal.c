/* The guest's calls about signals: dispositions, mask, alternate stack, return. */
#include "signal/priv.h"

#include <errno.h>
#include <string.h>

#include "base/lock.h"

#define GUEST_FLAGS                                                                                \
    (KSA_NOCLDSTOP | KSA_NOCLDWAIT | KSA_SIGINFO | KSA_EXPOSE_TAGBITS | KSA_RESTORER | KSA_ONSTACK |               \
     KSA_RESTART | KSA_NODEFER | KSA_RESETHAND)

void signal_thread_init(struct thread *t)
{
    raw_sigaltstack(&(struct raw_sigaltstack){.sp = t->signal_stack, .size = t->signal_stack_size}, NULL);
}

/* The guest has not set ACT of SIGNO yet, so it is the default or, from before the start, ignored: the kernel
 * knows. Asking only now saves a program's start 60 system calls. */
static void learn_ignored(struct signal_action *act, int signo)
{
    struct raw_sigaction host;
    if (!raw_rt_sigaction(signo, NULL, &host) && (u64)host.handler == (u64)SIG_IGN) {
        act->handler = (u64)SIG_IGN;
    }
}

void signal_init(struct thread *t)
{
    u64 mask = 0;
    signal_thread_init(t);
    raw_rt_sigprocmask(SIG_BLOCK, NULL, &mask);
    t->sigmask = mask & ~UNBLOCKABLE;
    host_install_sync(t->sighand->act);
    if (process.where) {
        host_install_where();
    }
    if (mask & THREAD_SYNC_SIGNALS) {
        thread_apply_mask(t);
    }
}

/* The kernel's struct sigaction of the guest: with or without sa_restorer. */
static s64 read_action(gaddr p, struct signal_action *act)
{
    u64 raw[4] = {0};
    bool restorer = process.abi->sa_restorer;
    if (mem_read(raw, p, restorer ? 32 : 24)) {
        return -EFAULT;
    }
    *act = (struct signal_action){.handler = raw[0], .flags = raw[1] & GUEST_FLAGS};
    if (!restorer) {
        act->flags &= ~(u64)KSA_RESTORER;
    }
    act->restorer = restorer ? raw[2] : 0;
    act->mask = (restorer ? raw[3] : raw[2]) & ~UNBLOCKABLE;
    return 0;
}

static s64 write_action(gaddr p, const struct signal_action *act)
{
    u64 with[4] = {act->handler, act->flags, act->restorer, act->mask};
    u64 without[3] = {act->handler, act->flags, act->mask};
    bool restorer = process.abi->sa_restorer;
    return mem_write(p, restorer ? with : without, restorer ? 32 : 24);
}

s64 signal_sigaction(struct thread *t, int signo, gaddr act, gaddr oldact, u64 sigsetsize)
{
    struct signal_action new, old;
    if (sigsetsize != sizeof(u64)) {
        return -EINVAL;
    }
    if (act && read_action(act, &new)) {
        return -EFAULT;
    }
    if (signo < 1 || signo > 64 || (act && (UNBLOCKABLE & SIGSET_BIT(signo)))) {
        return -EINVAL;
    }
    lock_take(&t->sighand->lock);
    old = t->sighand->act[signo - 1];
    if (old.handler == (u64)SIG_DFL && !is_sync(signo)) {
        learn_ignored(&old, signo);
    }
    if (act) {
        t->sighand->act[signo - 1] = new;
        host_set_action(signo, &new);
    }
    lock_drop(&t->sighand->lock);
    return oldact ? write_action(oldact, &old) : 0;
}

void sync_recheck(struct thread *t)
{
    u32 bits = t->sync_bits;
    for (int signo = 1; bits && signo <= SIGSEGV; signo++) {
        if (is_sync(signo) && (bits >> sync_index(signo) & 1) && !(t->sigmask & SIGSET_BIT(signo))) {
            t->have_pending = true;
            exec_kick(t->cpu);
            return;
        }
    }
}

static bool taken_is_blocked(const struct thread *t)
{
    return t->taken && (t->sigmask & SIGSET_BIT(((const siginfo_t *)t->pending_info)->si_signo));
}

/* Puts the taken signal back into the kernel's queue: to the process if it may have been sent there. */
static void give_back(struct thread *t)
{
    const siginfo_t *info = (const siginfo_t *)t->pending_info;
    u64 pid = (u64)raw_getpid();
    if (info->si_code == SI_TKILL || raw_syscall(__NR_rt_sigqueueinfo, pid, info->si_signo, RAW_PTR(info))) {
        raw_rt_tgsigqueueinfo((int)pid, t->tid, info->si_signo, info);
    }
    t->taken = false;
}

void settle_mask(struct thread *t)
{
    do {
        if (taken_is_blocked(t)) {
            give_back(t);
        }
        thread_apply_mask(t);
    } while (taken_is_blocked(t));
    sync_recheck(t);
}

void signal_set_mask(struct thread *t, u64 mask)
{
    t->sigmask = mask & ~UNBLOCKABLE;
    settle_mask(t);
}

/* Sets the mask unless a signal was taken before; that one is to be delivered first, under the old mask, and the
 * call that wanted a new one begins anew. */
static bool try_mask(struct thread *t, u64 mask)
{
    u64 host = mask & ~thread_unblockable(), args[6] = {SIG_SETMASK, RAW_PTR(&host), 0, sizeof(host)};
    bool entered = !t->have_pending;
    if (mask != t->sigmask) {
        host_syscall_window(&t->have_pending, __NR_rt_sigprocmask, args, &entered);
    }
    if (entered) {
        t->sigmask = mask;
        sync_recheck(t);
    }
    t->not_entered = !entered;
    return entered;
}

void signal_temp_mask(struct thread *t, u64 mask)
{
    u64 old = t->sigmask;
    if (try_mask(t, mask & ~UNBLOCKABLE)) {
        t->saved_sigmask = old;
        t->restore_sigmask = true;
    }
}

s64 signal_sigprocmask(struct thread *t, int how, gaddr set, gaddr oldset, u64 sigsetsize)
{
    u64 mask, old = t->sigmask;
    if (sigsetsize != sizeof(mask)) {
        return -EINVAL;
    }
    if (set) {
        if (mem_read(&mask, set, sizeof(mask))) {
            return -EFAULT;
        }
        switch (how) {
        case SIG_BLOCK:
            mask |= old;
            break;
        case SIG_UNBLOCK:
            mask = old & ~mask;
            break;
        case SIG_SETMASK:
            break;
        default:
            return -EINVAL;
        }
        if (!try_mask(t, mask & ~UNBLOCKABLE)) {
            return -EINTR;
        }
    }
    return oldset ? mem_write(oldset, &old, sizeof(old)) : 0;
}

static s64 call_once(struct thread *t, long nr, const u64 args[6])
{
    bool entered;
    s64 ret = host_syscall_window(&t->have_pending, nr, args, &entered);
    t->not_entered = !entered;
    return ret;
}

s64 signal_syscall(struct thread *t, long nr, const u64 args[6])
{
    s64 ret;
    u32 kept;
    do {
        kept = t->sync_bits;
        ret = call_once(t, nr, args);
        /* One of the five that the guest blocks came: the kernel would not have woken the guest for it. */
    } while (ret == -EINTR && !t->have_pending && t->sync_bits != kept);
    return ret;
}

bool signal_close(struct thread *t)
{
    return try_mask(t, ~UNBLOCKABLE);
}

/* The kept-aside synchronous signals in SET's terms. */
static u64 sync_pending(const struct thread *t)
{
    u64 set = 0;
    for (int signo = 1; t->sync_bits && signo <= SIGSEGV; signo++) {
        set |= is_sync(signo) && (t->sync_bits >> sync_index(signo) & 1) ? SIGSET_BIT(signo) : 0;
    }
    return set;
}

s64 signal_sigpending(struct thread *t, gaddr set, u64 sigsetsize)
{
    u64 host = 0;
    if (sigsetsize > sizeof(host)) {
        return -EINVAL;
    }
    raw_syscall(__NR_rt_sigpending, RAW_PTR(&host), sizeof(host));
    host |= sync_pending(t) & t->sigmask;
    return mem_write(set, &host, sigsetsize);
}

s64 signal_sigtimedwait(struct thread *t, const u64 args[6])
{
    u64 set;
    s64 ret;
    u32 kept;
    if (args[3] != sizeof(set)) {
        return -EINVAL;
    }
    if (mem_read(&set, args[0], sizeof(set))) {
        return -EFAULT;
    }
    do {
        u64 have = sync_pending(t) & set;
        if (have) {
            int signo = __builtin_ctzll(have) + 1;
            unsigned i = sync_index(signo);
            ret = args[1] ? mem_write(args[1], t->sync_info[i], sizeof(t->sync_info[i])) : 0;
            __atomic_and_fetch(&t->sync_bits, ~(1u << i), __ATOMIC_RELAXED);
            return ret ? ret : signo;
        }
        kept = t->sync_bits;
        ret = call_once(t, __NR_rt_sigtimedwait, args);
    } while (ret == -EINTR && !t->have_pending && t->sync_bits != kept);
    return ret;
}

bool on_altstack(const struct thread *t, u64 sp)
{
    return !(t->altstack.flags & KSS_AUTODISARM) && sp > t->altstack.sp && sp - t->altstack.sp <= t->altstack.size;
}

s64 set_altstack(struct thread *t, u64 sp, u64 size, s32 flags, u64 guest_sp)
{
    s32 mode = flags & ~KSS_AUTODISARM;
    if (on_altstack(t, guest_sp)) {
        return -EPERM;
    }
    if (mode != 0 && mode != KSS_ONSTACK && mode != KSS_DISABLE) {
        return -EINVAL;
    }
    if (mode == KSS_DISABLE) {
        sp = size = 0;
    } else if (size < process.abi->min_altstack) {
        return -ENOMEM;
    }
    t->altstack.sp = sp;
    t->altstack.size = size;
    t->altstack.flags = flags;
    return 0;
}

s64 signal_sigaltstack(struct thread *t, gaddr ss, gaddr old)
{
    struct raw_sigaltstack new, was = {.sp = (void *)t->altstack.sp, .size = t->altstack.size};
    u64 sp = process.abi->get_sp(t->cpu);
    if (ss && mem_read(&new, ss, sizeof(new))) {
        return -EFAULT;
    }
    was.flags = (!t->altstack.size ? KSS_DISABLE : on_altstack(t, sp) ? KSS_ONSTACK : 0) |
                (t->altstack.flags & KSS_AUTODISARM);
    s64 ret = ss ? set_altstack(t, (u64)new.sp, new.size, new.flags, sp) : 0;
    if (!ret && old) {
        ret = mem_write(old, &was, sizeof(was));
    }
    return ret;
}

s64 signal_sigreturn(struct thread *t)
{
    u64 mask, sp, size;
    s32 flags;
    u64 frame = process.abi->get_sp(t->cpu);
    if (process.abi->pop_frame(t->cpu, &mask, &sp, &size, &flags)) {
        signal_fault(t, SIGSEGV, SEGV_MAPERR, frame);
        return 0;
    }
    /* As the kernel: a bad stack in the frame is simply not taken over. */
    set_altstack(t, sp, size, flags, process.abi->get_sp(t->cpu));
    signal_set_mask(t, mask);
    return 0;
}

void signal_exec_prepare(struct thread *t)
{
    u64 mask = t->taken ? ~0ull : t->sigmask;
    for (int signo = 1; signo <= SIGSEGV; signo++) {
        if (is_sync(signo) && t->sighand->act[signo - 1].handler == (u64)SIG_IGN) {
            raw_rt_sigaction(signo, &(struct raw_sigaction){.handler = (void *)SIG_IGN}, NULL);
        }
    }
    if (mask & THREAD_SYNC_SIGNALS) { /* else it is the host's mask already */
        raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL);
    }
}

void signal_exec_failed(struct thread *t)
{
    host_install_sync(NULL);
    thread_apply_mask(t);
}
