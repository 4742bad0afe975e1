/* The host's handlers: take a signal for the guest, or turn a fault into the guest's. */
#include "base/lock.h"
#include "signal/priv.h"

#include <errno.h>
#include <string.h>

/* Bounds of ferry's own text, from the linker. */
extern const char __executable_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

static bool in_ferry(haddr pc)
{
    return pc >= (haddr)__executable_start && pc < (haddr)etext;
}

/* A fault in ferry's own code. Nothing can be trusted any more, so: one line and the end it would have had. */
static NORETURN COLD void own_fault(int signo, const siginfo_t *info, haddr pc)
{
    char text[200];
    struct strbuf sb = STRBUF_ON(text);
    sb_printf(&sb, "ferry: bug: signal %d code %d at address %#lx, pc %#lx (ferry+%#lx); please report it\n", signo,
              info->si_code, (unsigned long)info->si_addr, (unsigned long)pc,
              (unsigned long)(pc - (haddr)__executable_start));
    raw_write(2, sb.data, sb.len);
    signal_die(signo);
}

haddr host_window_exit(haddr pc)
{
    if (pc < RAW_PTR(syscall_window) || pc > RAW_PTR(syscall_window_end)) {
        return 0;
    }
    return pc < RAW_PTR(syscall_window_end) ? RAW_PTR(syscall_window_out) : pc;
}

/* Takes INFO for T: everything else waits until it is delivered. */
static void take(struct thread *t, int signo, const siginfo_t *info, ucontext_t *uc)
{
    if (is_sync(signo)) {
        u32 bit = 1u << sync_index(signo);
        if (!(t->sync_bits & bit)) { /* a second one before delivery is lost, as always below SIGRTMIN */
            memcpy(t->sync_info[sync_index(signo)], info, 128);
            __atomic_or_fetch(&t->sync_bits, bit, __ATOMIC_RELAXED);
        }
        if (t->sigmask & SIGSET_BIT(signo)) {
            return;
        }
    } else {
        if (t->taken) {
            /* The mask was being set as this one came (thread_apply_mask): back into the kernel's queue with it. */
            raw_rt_tgsigqueueinfo((int)raw_getpid(), t->tid, signo, info);
        } else {
            memcpy(t->pending_info, info, 128);
            t->taken = true;
        }
        u64 mask = ~THREAD_SYNC_SIGNALS;
        memcpy(&uc->uc_sigmask, &mask, sizeof(mask));
    }
    t->have_pending = true;
    haddr out = host_window_exit(host_context_pc(uc));
    if (out) { /* whoever makes a system call for the guest looks at have_pending next */
        host_context_set_pc(uc, out);
    } else {
        exec_kick(t->cpu);
    }
}

static void on_fault(int signo, siginfo_t *info, ucontext_t *uc)
{
    haddr pc = host_context_pc(uc);
    haddr fix = mem_fault_fixup(pc);
    if (fix) {
        host_context_set_pc(uc, fix);
        return;
    }
    struct thread *t = thread_self();
    if (!t || in_ferry(pc)) {
        own_fault(signo, info, pc);
    }
    t->fault_write = signo == SIGSEGV && host_fault_is_write(uc);
    int code = info->si_code;
    u64 addr = (u64)info->si_addr;
    if (code == SI_KERNEL && (signo == SIGSEGV || signo == SIGBUS)) {
        /* An address no page table can map: a general protection or (base rbp, rsp) stack fault. */
        signo = SIGSEGV;
        code = SEGV_MAPERR;
        addr = host_fault_operand(uc);
    }
    if (exec_host_fault(process.ex, t->cpu, signo, code, addr, uc) != EXEC_SIG_RESUME) {
        own_fault(signo, info, pc);
    }
}

#define WHERE_SIGNAL 64 /* SIGRTMAX */

/* Asks the other threads too, if somebody else asked this one. */
static void ask_where(struct thread *t, const siginfo_t *info, ucontext_t *uc)
{
    int pid = (int)raw_getpid();
    bool own = info->si_code == SI_TKILL && info->si_pid == pid;
    if (!own && lock_try(&process.lock)) {
        for (const struct thread *o = process.threads; o; o = o->next) {
            if (o != t) {
                raw_tgkill(pid, o->tid, WHERE_SIGNAL);
            }
        }
        lock_drop(&process.lock);
    }
    if (host_window_exit(host_context_pc(uc))) {
        process.where(t, true);
        return;
    }
    t->asked_where = true;
    t->have_pending = true;
    exec_kick(t->cpu);
}

static void on_signal(int signo, siginfo_t *info, void *ucv)
{
    if (is_sync(signo) && info->si_code > 0) {
        on_fault(signo, info, ucv);
        return;
    }
    struct thread *t = thread_self();
    if (t && signo == WHERE_SIGNAL && process.where) {
        ask_where(t, info, ucv);
    } else if (t) {
        take(t, signo, info, ucv);
    }
}

/* Installs ferry's handler of SIGNO; *OLD becomes what there was. */
static void install(int signo, u64 flags, struct raw_sigaction *old)
{
    struct raw_sigaction sa = {.handler = (void *)on_signal, .restorer = (void *)raw_sig_restorer};
    sa.flags = KSA_SIGINFO | KSA_ONSTACK | RAW_SA_RESTORER | flags;
    /* Nothing else may come while a handler runs; the mask of a taken signal is left in the context. */
    sa.mask = is_sync(signo) ? ~0ull : ~THREAD_SYNC_SIGNALS;
    raw_rt_sigaction(signo, &sa, old);
}

void host_install_sync(struct signal_action *act)
{
    for (int signo = 1; signo <= SIGSEGV; signo++) {
        struct raw_sigaction old;
        if (is_sync(signo)) {
            install(signo, 0, &old);
            if (act && (u64)old.handler == (u64)SIG_IGN) {
                act[signo - 1].handler = (u64)SIG_IGN;
            }
        }
    }
}

void host_install_where(void)
{
    install(WHERE_SIGNAL, KSA_RESTART, NULL);
}

void host_set_action(int signo, const struct signal_action *act)
{
    u64 flags = act->flags & (KSA_NOCLDSTOP | KSA_NOCLDWAIT);
    if (is_sync(signo) || (signo == WHERE_SIGNAL && process.where)) {
        return;
    }
    if (act->handler > (u64)SIG_IGN) {
        install(signo, flags, NULL);
        return;
    }
    struct raw_sigaction sa = {.handler = (void *)act->handler, .flags = flags | RAW_SA_RESTORER,
                               .restorer = (void *)raw_sig_restorer};
    raw_rt_sigaction(signo, &sa, NULL);
}

NORETURN void signal_die(int signo)
{
    struct raw_sigaction sa = {0};
    u64 mask = ~SIGSET_BIT(signo);
    raw_rt_sigaction(signo, &sa, NULL);
    raw_tgkill((int)raw_getpid(), (int)raw_gettid(), signo);
    raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL);
    raw_exit_group(128 + signo); /* not reached: the default action of SIGNO ends the process */
}
