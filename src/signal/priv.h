/* What the parts of signal handling share. Private to src/signal. */
#ifndef SIGNAL_PRIV_H
#define SIGNAL_PRIV_H

#include <signal.h>
#include <ucontext.h>

#include "signal/signal.h"

/* Kernel values that libc's headers name differently or hide. */
#define KSA_NOCLDSTOP 0x1u
#define KSA_NOCLDWAIT 0x2u
#define KSA_SIGINFO 0x4u
#define KSA_EXPOSE_TAGBITS 0x800u
#define KSA_RESTORER 0x04000000u
#define KSA_ONSTACK 0x08000000u
#define KSA_RESTART 0x10000000u
#define KSA_NODEFER 0x40000000u
#define KSA_RESETHAND 0x80000000u

#define KSS_ONSTACK 1
#define KSS_DISABLE 2
#define KSS_AUTODISARM (1 << 31)

#define UNBLOCKABLE (SIGSET_BIT(SIGKILL) | SIGSET_BIT(SIGSTOP))

static inline bool is_sync(int signo)
{
    return signo > 0 && signo <= 64 && (THREAD_SYNC_SIGNALS & SIGSET_BIT(signo));
}
/* 0 .. THREAD_SYNC_COUNT - 1. */
static inline unsigned sync_index(int signo)
{
    return (unsigned)__builtin_popcountll(THREAD_SYNC_SIGNALS & (SIGSET_BIT(signo) - 1));
}

/* The host's disposition for the guest's ACT of SIGNO. */
void host_set_action(int signo, const struct signal_action *act);
/* The five that ferry always handles. ACT (of all signals, or NULL) learns which of them were ignored. */
void host_install_sync(struct signal_action *act);
/* The one that asks each thread where it is (process.where). */
void host_install_where(void);
/* After a change of the mask: are kept-aside synchronous signals deliverable now? */
void sync_recheck(struct thread *t);
/* True when T is on its alternate stack at guest stack pointer SP. */
bool on_altstack(const struct thread *t, u64 sp);
s64 set_altstack(struct thread *t, u64 sp, u64 size, s32 flags, u64 guest_sp);
/* Makes the host's mask follow t->sigmask. A taken signal that is blocked now becomes pending again. */
void settle_mask(struct thread *t);

/* One run of the window of a system call: -EINTR with *ENTERED false when a signal is pending. Between the look at
 * *PENDING and the system call instruction a host signal may come; its handler finds the pc in [syscall_window,
 * syscall_window_end) and sets it to syscall_window_out, so the call is not entered and the signal is not late. A call
 * the kernel wants to restart by itself stands on the same instruction. */
extern const char syscall_window[], syscall_window_end[], syscall_window_out[];
s64 host_syscall_window(volatile bool *pending, long nr, const u64 args[6], bool *entered);
/* If PC lies in the window, where to go on: out of it if the system call has not been made, else where it is. 0: PC
 * is elsewhere. */
haddr host_window_exit(haddr pc);
/* Host pc of UC; set it. */
haddr host_context_pc(const ucontext_t *uc);
void host_context_set_pc(ucontext_t *uc, haddr pc);
/* True when the fault in UC was a write. */
bool host_fault_is_write(const ucontext_t *uc);
/* The address of the memory operand of the instruction UC stopped at, which is in generated code. */
u64 host_fault_operand(const ucontext_t *uc);

/* Builds a vDSO image: an ELF file of one page that exports functions of one version. */
struct vdso_symbol {
    const char *name;
    const u32 *code;
    unsigned words;
};
size_t vdso_build(u8 *page, size_t cap, u16 e_machine, const char *version, const struct vdso_symbol *syms,
                  unsigned count);
/* Code of the first symbol lies at this offset, the others follow at multiples of 16. */
#define VDSO_CODE 0xe00u

#endif
