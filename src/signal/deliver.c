/* Delivery: from a taken signal or a fault to the guest's handler or the default action. */
#include "signal/priv.h"

#include <errno.h>
#include <string.h>

#include "base/lock.h"

#define DEFAULT_IGNORED (SIGSET_BIT(SIGCHLD) | SIGSET_BIT(SIGURG) | SIGSET_BIT(SIGWINCH) | SIGSET_BIT(SIGCONT))
#define DEFAULT_STOPS (SIGSET_BIT(SIGSTOP) | SIGSET_BIT(SIGTSTP) | SIGSET_BIT(SIGTTIN) | SIGSET_BIT(SIGTTOU))

/* Reads the action of SIGNO; a one-shot handler is gone after that. */
static struct signal_action take_action(struct thread *t, int signo)
{
    struct sighand *s = t->sighand;
    lock_take(&s->lock);
    struct signal_action act = s->act[signo - 1];
    if (act.handler > (u64)SIG_IGN && (act.flags & KSA_RESETHAND)) {
        s->act[signo - 1].handler = (u64)SIG_DFL;
        host_set_action(signo, &s->act[signo - 1]);
    }
    lock_drop(&s->lock);
    return act;
}

static void reset_action(struct thread *t, int signo)
{
    lock_take(&t->sighand->lock);
    t->sighand->act[signo - 1].handler = (u64)SIG_DFL;
    host_set_action(signo, &t->sighand->act[signo - 1]);
    lock_drop(&t->sighand->lock);
}

/* The default action. A signal comes here only if its disposition changed since it was taken, or if it is one of
 * the five that ferry handles itself. */
static void default_action(struct thread *t, int signo, const siginfo_t *info)
{
    if (DEFAULT_IGNORED & SIGSET_BIT(signo)) {
        return;
    }
    if (DEFAULT_STOPS & SIGSET_BIT(signo)) {
        u64 mask = ~(SIGSET_BIT(signo) | THREAD_SYNC_SIGNALS);
        raw_tgkill((int)raw_getpid(), t->tid, signo);
        raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL); /* stops here, until continued */
        thread_apply_mask(t);
        return;
    }
    log_printf(LOG_int, "killed by signal %d at pc %#llx\n", signo, (unsigned long long)t->cpu->pc);
    if (log_on(LOG_stats)) {
        exec_print_stats(process.ex);
    }
    if (log_on(LOG_crash) && process.crashed) {
        process.crashed(t, signo, info->si_code, (u64)info->si_addr);
    }
    signal_die(signo);
}

static struct abi_signal frame_of(struct thread *t, int signo, const struct signal_action *act, const u8 info[128])
{
    u64 sp = process.abi->get_sp(t->cpu);
    struct abi_signal s = {.signo = signo, .info = info, .handler = act->handler, .flags = act->flags};
    s.restorer = act->flags & KSA_RESTORER ? act->restorer : process.sigreturn;
    s.mask = t->restore_sigmask ? t->saved_sigmask : t->sigmask;
    s.alt_sp = t->altstack.sp;
    s.alt_size = t->altstack.size;
    s.alt_flags = t->altstack.flags;
    bool switches = (act->flags & KSA_ONSTACK) && t->altstack.size && !on_altstack(t, sp);
    s.frame_sp = switches ? t->altstack.sp + t->altstack.size : sp;
    return s;
}

/* What the hardware would have told the kernel about a fault. */
static void describe_fault(struct thread *t, struct abi_signal *s, const siginfo_t *info)
{
    if (info->si_code <= 0 || (s->signo != SIGSEGV && s->signo != SIGBUS) || info->si_code == SI_KERNEL) {
        return;
    }
    s->fault = true;
    s->fault_addr = (u64)info->si_addr;
    s->fault_fetch = s->fault_addr == t->cpu->pc;
    s->fault_write = t->fault_write && !s->fault_fetch;
    s->fault_mapped = info->si_code == SEGV_ACCERR;
}

static bool enter_handler(struct thread *t, int signo, const struct signal_action *act, const u8 info[128])
{
    struct abi_signal s = frame_of(t, signo, act, info);
    describe_fault(t, &s, (const siginfo_t *)info);
    if (process.abi->push_frame(t->cpu, &s)) {
        return false;
    }
    log_printf(LOG_int, "signal %d to handler %#llx\n", signo, (unsigned long long)act->handler);
    if (t->altstack.flags & KSS_AUTODISARM) {
        t->altstack.sp = t->altstack.size = 0;
        t->altstack.flags = KSS_DISABLE;
    }
    u64 mask = t->sigmask | act->mask;
    if (!(act->flags & KSA_NODEFER)) {
        mask |= SIGSET_BIT(signo);
    }
    t->restore_sigmask = false;
    t->sigmask = mask & ~UNBLOCKABLE;
    return true;
}

/* The system call that a signal interrupted; the first handler decides what becomes of it. */
struct interrupted_call {
    bool open;        /* not decided yet */
    bool restartable; /* a handler with SA_RESTART restarts it */
    bool not_begun;   /* the signal came before it: it begins behind the handler, as on any machine */
    bool restarted;
};

static void restart_call(struct thread *t, struct interrupted_call *call)
{
    process.abi->syscall_restart(t->cpu, t->syscall_arg0);
    call->restarted = true;
    call->open = false;
}

/* Before the frame is built, for it holds where to go on. */
static void decide_restart(struct thread *t, struct interrupted_call *call, const struct signal_action *act)
{
    if (call->open && (call->not_begun || (call->restartable && (act->flags & KSA_RESTART)))) {
        restart_call(t, call);
    }
    call->open = false;
}

/* Delivers INFO (siginfo_t) to a handler or by default action; FORCED: it may not be blocked or ignored. */
static void deliver_info(struct thread *t, const u8 info[128], bool forced, struct interrupted_call *call)
{
    int signo = ((const siginfo_t *)info)->si_signo;
    struct signal_action act = take_action(t, signo);
    if (forced && (act.handler == (u64)SIG_IGN || (t->sigmask & SIGSET_BIT(signo)))) {
        act.handler = (u64)SIG_DFL;
    }
    if (act.handler == (u64)SIG_IGN) {
        return;
    }
    if (act.handler == (u64)SIG_DFL) {
        default_action(t, signo, (const siginfo_t *)info);
        return;
    }
    decide_restart(t, call, &act);
    if (enter_handler(t, signo, &act, info)) {
        return;
    }
    /* No room for the frame: SIGSEGV, by default action if that was the signal. */
    if (signo == SIGSEGV) {
        reset_action(t, SIGSEGV);
    }
    u8 segv[128] __attribute__((aligned(8))) = {0};
    ((siginfo_t *)segv)->si_signo = SIGSEGV;
    ((siginfo_t *)segv)->si_code = SI_KERNEL;
    deliver_info(t, segv, true, call);
}

/* Takes one deliverable signal out of T's places into INFO. */
static bool next_signal(struct thread *t, u8 info[128])
{
    for (int signo = 1; t->sync_bits && signo <= SIGSEGV; signo++) {
        unsigned i = is_sync(signo) ? sync_index(signo) : 0;
        if (is_sync(signo) && (t->sync_bits >> i & 1) && !(t->sigmask & SIGSET_BIT(signo))) {
            memcpy(info, t->sync_info[i], 128);
            __atomic_and_fetch(&t->sync_bits, ~(1u << i), __ATOMIC_RELAXED);
            return true;
        }
    }
    if (t->taken) {
        memcpy(info, t->pending_info, 128);
        t->taken = false;
        return true;
    }
    return false;
}

/* Each handler's mask may let further signals in; each finds the state the last one left. */
static void deliver_all(struct thread *t, struct interrupted_call *call)
{
    u8 info[128] __attribute__((aligned(8)));
    for (;;) {
        exec_unkick(t->cpu);
        t->have_pending = false;
        if (!next_signal(t, info)) {
            return;
        }
        deliver_info(t, info, false, call);
        settle_mask(t);
    }
}

bool signal_deliver(struct thread *t, bool interrupted, bool restartable)
{
    if (t->asked_where) {
        t->asked_where = false;
        process.where(t, false);
    }
    struct interrupted_call call = {.open = interrupted, .restartable = restartable};
    /* With a temporary mask in force, a signal before the call is what the call waits for. */
    call.not_begun = t->not_entered && !t->restore_sigmask;
    t->not_entered = false;
    deliver_all(t, &call);
    if (t->restore_sigmask) { /* no handler's frame has taken the old mask */
        t->restore_sigmask = false;
        signal_set_mask(t, t->saved_sigmask);
        deliver_all(t, &call);
    }
    if (call.open) {
        restart_call(t, &call);
    }
    return call.restarted;
}

/* SIGSEGV: whether the address is mapped is the guest's view, not that of a host where ferry has reservations. */
static int segv_code(int code, u64 addr)
{
    if (code != SEGV_MAPERR && code != SEGV_ACCERR) {
        return code;
    }
    return mem_is_mapped(addr, 1) ? SEGV_ACCERR : SEGV_MAPERR;
}

void signal_fault(struct thread *t, int signo, int code, u64 addr)
{
    u8 info[128] __attribute__((aligned(8))) = {0};
    siginfo_t *si = (siginfo_t *)info;
    si->si_signo = signo;
    si->si_code = signo == SIGSEGV ? segv_code(code, addr) : code;
    si->si_addr = (void *)addr;
    log_printf(LOG_int, "fault: signal %d code %d address %#llx pc %#llx\n", signo, si->si_code,
               (unsigned long long)addr, (unsigned long long)t->cpu->pc);
    deliver_info(t, info, true, &(struct interrupted_call){0});
    settle_mask(t);
}
