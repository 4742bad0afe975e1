/* Guest signals: dispositions, masks, delivery and guest frames; the host's handlers. */
#ifndef SIGNAL_SIGNAL_H
#define SIGNAL_SIGNAL_H

#include "signal/abi.h"
#include "thread/thread.h"

/* Kernel sigset: bit (signo - 1). */
#define SIGSET_BIT(signo) (1ull << ((signo)-1))

/* Installs the host handlers ferry always needs (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP) and takes over the
 * dispositions and mask inherited over exec. */
void signal_init(struct thread *t);
/* Alternate host stack of the calling thread. */
void signal_thread_init(struct thread *t);

/* The guest's calls; guest pointers, results 0 or -errno. */
s64 signal_sigaction(struct thread *t, int signo, gaddr act, gaddr oldact, u64 sigsetsize);
s64 signal_sigprocmask(struct thread *t, int how, gaddr set, gaddr oldset, u64 sigsetsize);
s64 signal_sigaltstack(struct thread *t, gaddr ss, gaddr old);
s64 signal_sigreturn(struct thread *t);
s64 signal_sigpending(struct thread *t, gaddr set, u64 sigsetsize);
s64 signal_sigtimedwait(struct thread *t, const u64 args[6]);
/* Sets the guest's mask and the host's with it. */
void signal_set_mask(struct thread *t, u64 mask);
/* Replaces the mask until the next delivery (rt_sigsuspend, ppoll, pselect6, epoll_pwait). */
void signal_temp_mask(struct thread *t, u64 mask);

/* Lets no signal in any more, for a thread that ends: false when one is there already and must be delivered first. */
bool signal_close(struct thread *t);

/* Raises a synchronous fault of the guest: forced if blocked or ignored. */
void signal_fault(struct thread *t, int signo, int code, u64 addr);
/* Delivers what is pending. SYSCALL_INTERRUPTED: the last system call gave -EINTR and NR may be restarted
 * (see signal(7)) if the handler has SA_RESTART or there is no handler. Returns true when it is to be restarted. */
bool signal_deliver(struct thread *t, bool syscall_interrupted, bool restartable);

/* A system call of the guest that may block: atomically not entered when a signal is pending, then
 * -EINTR. The host's handler rewinds a thread caught between the check and the call. */
s64 signal_syscall(struct thread *t, long nr, const u64 args[6]);

/* Right before execve: the dispositions and the mask that the next program inherits, also for the signals ferry
 * handles itself. When execve returns, signal_exec_failed takes that back. */
void signal_exec_prepare(struct thread *t);
void signal_exec_failed(struct thread *t);

/* Ends the process as signal SIGNO would. */
NORETURN void signal_die(int signo);

#endif
