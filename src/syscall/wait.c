/* Signals as system calls, and waiting for events with a temporary signal mask. */
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sem.h>

#include "syscall/priv.h"

s64 sys_rt_sigaction(struct thread *t, const u64 *a)
{
    return signal_sigaction(t, (int)a[0], a[1], a[2], a[3]);
}

s64 sys_rt_sigprocmask(struct thread *t, const u64 *a)
{
    return signal_sigprocmask(t, (int)a[0], a[1], a[2], a[3]);
}

s64 sys_sigaltstack(struct thread *t, const u64 *a)
{
    return signal_sigaltstack(t, a[0], a[1]);
}

s64 sys_rt_sigreturn(struct thread *t, const u64 *a)
{
    (void)a;
    s64 ret = signal_sigreturn(t);
    return ret < 0 ? ret : SYS_NO_RESULT;
}

s64 sys_rt_sigpending(struct thread *t, const u64 *a)
{
    return signal_sigpending(t, a[0], a[1]);
}

s64 sys_rt_sigtimedwait(struct thread *t, const u64 *a)
{
    return signal_sigtimedwait(t, a);
}

s64 sys_signalfd4(struct thread *t, const u64 *a)
{
    return sys_pass(t, __NR_signalfd4, a);
}

/* Reads the mask at P (0: none) and puts it in force until the next delivery. */
static s64 temp_mask(struct thread *t, gaddr p, u64 size, bool *set)
{
    u64 mask;
    *set = p != 0;
    if (!p) {
        return 0;
    }
    if (size != sizeof(mask)) {
        return -EINVAL;
    }
    if (mem_read(&mask, p, sizeof(mask)) < 0) {
        return -EFAULT;
    }
    signal_temp_mask(t, mask);
    return 0;
}

/* A call that did not end by a signal puts the mask back itself; one that did leaves that to delivery. */
static s64 end_mask(struct thread *t, bool set, s64 ret)
{
    if (set && ret != -EINTR) {
        t->restore_sigmask = false;
        signal_set_mask(t, t->saved_sigmask);
    }
    return ret;
}

s64 sys_rt_sigsuspend(struct thread *t, const u64 *a)
{
    bool set;
    s64 ret = a[0] ? temp_mask(t, a[0], a[1], &set) : -EFAULT;
    if (ret < 0) {
        return ret;
    }
    return sys_pass(t, __NR_ppoll, (u64[6]){0}); /* no descriptors, no end: waits for a signal */
}

s64 sys_ppoll(struct thread *t, const u64 *a)
{
    bool set;
    s64 ret = temp_mask(t, a[3], a[4], &set);
    if (ret < 0) {
        return ret;
    }
    return end_mask(t, set, sys_pass(t, __NR_ppoll, (u64[6]){a[0], a[1], a[2]}));
}

s64 sys_pselect6(struct thread *t, const u64 *a)
{
    u64 arg[2] = {0, 0};
    bool set;
    if (a[5] && mem_read(arg, a[5], sizeof(arg)) < 0) {
        return -EFAULT;
    }
    s64 ret = temp_mask(t, arg[0], arg[1], &set);
    if (ret < 0) {
        return ret;
    }
    return end_mask(t, set, sys_pass(t, __NR_pselect6, (u64[6]){a[0], a[1], a[2], a[3], a[4], 0}));
}

/* The generic struct epoll_event is aligned; x86_64's is packed. */
struct generic_epoll_event {
    u32 events, pad;
    u64 data;
};

s64 sys_epoll_ctl(struct thread *t, const u64 *a)
{
    struct generic_epoll_event g;
    struct epoll_event e;
    if (!a[3]) {
        return sys_pass(t, __NR_epoll_ctl, a);
    }
    if (mem_read(&g, a[3], sizeof(g)) < 0) {
        return -EFAULT;
    }
    e.events = g.events;
    e.data.u64 = g.data;
    return sys_pass(t, __NR_epoll_ctl, (u64[6]){a[0], a[1], a[2], RAW_PTR(&e)});
}

#define EPOLL_BATCH 256

static s64 epoll_wait_as(struct thread *t, long nr, const u64 *a)
{
    struct epoll_event host[EPOLL_BATCH];
    bool set;
    if ((s32)a[2] <= 0) {
        return -EINVAL;
    }
    s64 ret = temp_mask(t, a[4], a[5], &set);
    if (ret < 0) {
        return ret;
    }
    /* Fewer events than asked for is always a right answer. */
    u64 max = MIN(a[2], (u64)EPOLL_BATCH);
    ret = end_mask(t, set, sys_pass(t, nr, (u64[6]){a[0], RAW_PTR(host), max, a[3], 0, 8}));
    for (s64 i = 0; i < ret; i++) {
        struct generic_epoll_event g = {.events = host[i].events, .data = host[i].data.u64};
        if (mem_write(a[1] + (u64)i * sizeof(g), &g, sizeof(g)) < 0) {
            return -EFAULT;
        }
    }
    return ret;
}

s64 sys_epoll_pwait(struct thread *t, const u64 *a)
{
    return epoll_wait_as(t, __NR_epoll_pwait, a);
}

s64 sys_epoll_pwait2(struct thread *t, const u64 *a)
{
    return epoll_wait_as(t, __NR_epoll_pwait2, a);
}

s64 sys_io_pgetevents(struct thread *t, const u64 *a)
{
    u64 arg[2] = {0, 0};
    bool set;
    if (a[5] && mem_read(arg, a[5], sizeof(arg)) < 0) {
        return -EFAULT;
    }
    s64 ret = temp_mask(t, arg[0], arg[1], &set);
    if (ret < 0) {
        return ret;
    }
    return end_mask(t, set, sys_pass(t, __NR_io_pgetevents, (u64[6]){a[0], a[1], a[2], a[3], a[4], 0}));
}

/* struct semid64_ds of the generic ABI has no padding behind its times. */
struct generic_semid_ds {
    u8 perm[48];
    u64 otime, ctime, nsems, unused[2];
};

s64 sys_semctl(struct thread *t, const u64 *a)
{
    struct semid_ds ds;
    struct generic_semid_ds g;
    int cmd = (int)a[2] & ~0x100; /* IPC_64 */
    if (cmd != IPC_STAT && cmd != IPC_SET && cmd != SEM_STAT && cmd != SEM_STAT_ANY) {
        return sys_pass(t, __NR_semctl, a);
    }
    memset(&ds, 0, sizeof(ds));
    _Static_assert(sizeof(ds.sem_perm) == sizeof(g.perm), "ipc64_perm is the same on all");
    if (cmd == IPC_SET) {
        if (mem_read(&g, a[3], sizeof(g)) < 0) {
            return -EFAULT;
        }
        memcpy(&ds.sem_perm, g.perm, sizeof(g.perm));
    }
    s64 ret = sys_pass(t, __NR_semctl, (u64[6]){a[0], a[1], a[2], RAW_PTR(&ds)});
    if (ret < 0 || cmd == IPC_SET) {
        return ret;
    }
    memset(&g, 0, sizeof(g));
    memcpy(g.perm, &ds.sem_perm, sizeof(g.perm));
    g.otime = (u64)ds.sem_otime;
    g.ctime = (u64)ds.sem_ctime;
    g.nsems = ds.sem_nsems;
    return mem_write(a[3], &g, sizeof(g)) < 0 ? -EFAULT : ret;
}
