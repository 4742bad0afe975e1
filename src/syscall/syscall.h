/* Linux system calls of the guest. */
#ifndef SYSCALL_SYSCALL_H
#define SYSCALL_SYSCALL_H

#include "loader/loader.h"
#include "signal/signal.h"
#include "thread/thread.h"

/* What the calls need to know of how ferry was started. */
struct sys_config {
    const char *sysroot;       /* -L, NULL: none */
    const char *name;          /* of the process, NULL: the kernel knows it */
    const char *uname_release; /* -r, NULL: the host's */
    const struct loader_image *image;
    /* ferry's own options for programs the guest executes. */
    const char **child_options;
    int child_option_count;
    bool (*is_guest)(u16 e_machine); /* ferry runs programs for that machine */
    bool secure;
    /* -d strace, crash, hang: makes the call by CALL(ARG) and shows or notes it; NAME is empty when NR is unknown. */
    s64 (*trace)(int tid, const char *name, u64 nr, const char *signature, const u64 *args, s64 (*call)(void *),
                 void *arg);
};
void sys_init(const struct sys_config *cfg);

/* Carries out the system call T's registers name and stores its result, or restarts or interrupts it. */
void sys_call(struct thread *t);

#endif
