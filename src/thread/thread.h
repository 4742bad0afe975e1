/* Guest threads: one host thread each, made by raw clone with a TLS block of ferry's own. */
#ifndef THREAD_THREAD_H
#define THREAD_THREAD_H

#include "exec/exec.h"
#include "mem/mem.h"

/* Signals the host must never block, because ferry's own code or generated code may raise them:
 * SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV. Bit (signo - 1). */
#define THREAD_SYNC_SIGNALS (1ull << 3 | 1ull << 4 | 1ull << 6 | 1ull << 7 | 1ull << 10)
#define THREAD_SYNC_COUNT 5

/* What the guest wants done with each signal; threads share it. Entry i is for signal i + 1. */
struct signal_action {
    u64 handler, flags, restorer, mask;
};
struct sighand {
    volatile int lock;
    volatile int refs;
    struct signal_action act[64];
};

struct thread {
    struct cpu *cpu;
    struct thread *next, *prev; /* all threads of this process */
    s32 tid;
    u8 *host_stack; /* mapping for C code, the alternate signal stack and this struct; NULL: the first thread */
    u64 host_stack_size;
    u8 *signal_stack; /* alternate signal stack of the host thread */
    u64 signal_stack_size;
    void *tls;          /* what the thread pointer of ferry's own code points to */
    bool guest_process; /* a process of its own in another's memory (CLONE_VM without CLONE_THREAD)
                         */
    bool borrowed;      /* such a one, and its parent waits and frees it (CLONE_VFORK) */
    struct sighand *sighand;
    u64 sigmask;       /* the guest's */
    u64 saved_sigmask; /* to restore after rt_sigsuspend and its like */
    bool restore_sigmask;
    bool tagged_addr; /* system calls take pointers with a tag (PR_SET_TAGGED_ADDR_CTRL) */
    u8 v_next;        /* what RISCV_V_SET_CONTROL says of programs to be executed */
    struct {
        u64 sp, size;
        s32 flags;
    } altstack;
    /* TAKEN: the host handler has put a signal in pending_info (siginfo_t); all others stay blocked
     * until it is delivered. HAVE_PENDING: there is something to deliver, there or in sync_info. */
    volatile bool have_pending, taken;
    u8 pending_info[128] __attribute__((aligned(8)));
    /* The five synchronous signals sent by somebody: taken although the guest blocks them, so kept
     * aside. */
    volatile u32 sync_bits;
    u8 sync_info[THREAD_SYNC_COUNT][128] __attribute__((aligned(8)));
    volatile bool asked_where;        /* SIGRTMAX came (-d hang): says where it is before its next guest instruction */
    const char *volatile call_traced; /* name of the system call in progress, where those are traced; else NULL */
    bool not_entered; /* the system call did not begin, for a signal came first */
    bool fault_write; /* the last host fault was a write */
    u64 syscall_arg0; /* first argument of the call in progress, for its restart */
};

/* The process. Set once at start; THREADS changes under LOCK. */
struct process {
    struct exec *ex;
    const struct abi *abi;
    u64 features;                 /* of the CPU, as guest->cpu_model gives them */
    volatile int lock;
    struct thread *threads;
    gaddr sigreturn;              /* the vDSO's rt_sigreturn, 0: none */
    u64 tls_size;                 /* bytes of ferry's thread-local variables */
    void (*crashed)(const struct thread *, int signo, int code, u64 addr); /* dies of that next */
    void (*where)(const struct thread *, bool in_call); /* says where a thread is (-d hang); NULL: is not to be asked */
    void (*run)(struct thread *); /* the loop of run.c: does not return */
};
extern struct process process;

/* Signals that a host thread does not block for the guest: those above, and SIGRTMAX where that is ferry's. */
static inline u64 thread_unblockable(void)
{
    return THREAD_SYNC_SIGNALS | (process.where ? 1ull << 63 : 0);
}

/* Wraps the initial host thread: gives it a cpu and binds it. */
struct thread *thread_init(struct exec *ex);
/* The calling thread; NULL before thread_init. Usable in signal handlers. */
struct thread *thread_self(void);
/* Sets the host's mask to the guest's, or to all signals while one is taken and not delivered;
 * never with the synchronous ones. */
void thread_apply_mask(const struct thread *t);

/* Linux clone for the guest: FLAGS, stack and pointers as in clone3 with the guest's values; TLS
 * through abi->set_tls. Returns the tid in the parent or -errno; the child starts by run_thread().
 */
struct clone_args_guest {
    u64 flags, stack, tls;
    u64 parent_tid, child_tid, pidfd;
    s32 exit_signal;
    u64 set_tid, set_tid_size;
    s32 cgroup;
};
s64 thread_clone(struct thread *t, const struct clone_args_guest *args);
/* Ends the calling thread (exit) or process (exit_group). */
NORETURN void thread_exit(struct thread *t, int status);
NORETURN void thread_exit_group(int status);

#endif
