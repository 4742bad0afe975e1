/* Processes and threads: clone, exit, and what the kernel keeps for each of them. */
#include <linux/sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "syscall/priv.h"

s64 sys_clone(struct thread *t, const u64 *a)
{
    /* The generic order: flags, stack, parent_tid, tls, child_tid; x86_64 swaps the last two. */
    bool x86 = process.abi->nr_column == 0;
    struct clone_args_guest c = {.flags = a[0] & ~0xffull, .exit_signal = (s32)(a[0] & 0xff), .stack = a[1]};
    c.parent_tid = a[2];
    c.tls = x86 ? a[4] : a[3];
    c.child_tid = x86 ? a[3] : a[4];
    if (c.flags & CLONE_PIDFD) {
        c.pidfd = a[2];
    }
    return thread_clone(t, &c);
}

s64 sys_clone3(struct thread *t, const u64 *a)
{
    struct clone_args k;
    memset(&k, 0, sizeof(k));
    if (a[1] < CLONE_ARGS_SIZE_VER0) {
        return -EINVAL;
    }
    if (a[1] > sizeof(k)) {
        return -E2BIG;
    }
    if (mem_read(&k, a[0], a[1]) < 0) {
        return -EFAULT;
    }
    if (k.exit_signal & ~0xffull || (k.stack == 0) != (k.stack_size == 0)) {
        return -EINVAL;
    }
    struct clone_args_guest c = {
        .flags = k.flags, .tls = k.tls, .parent_tid = k.parent_tid, .child_tid = k.child_tid, .pidfd = k.pidfd,
        .exit_signal = (s32)k.exit_signal, .set_tid = k.set_tid, .set_tid_size = k.set_tid_size,
        .cgroup = (s32)k.cgroup, .stack = k.stack ? k.stack + k.stack_size : 0,
    };
    return thread_clone(t, &c);
}

s64 sys_fork(struct thread *t, const u64 *a)
{
    (void)a;
    return thread_clone(t, &(struct clone_args_guest){.exit_signal = 17});
}

s64 sys_vfork(struct thread *t, const u64 *a)
{
    (void)a;
    return thread_clone(t, &(struct clone_args_guest){.flags = CLONE_VM | CLONE_VFORK, .exit_signal = 17});
}

s64 sys_exit(struct thread *t, const u64 *a)
{
    if (!signal_close(t)) {
        return -EINTR; /* a signal for the process may have picked this thread: it is handled, then this call again */
    }
    thread_exit(t, (int)a[0]);
}

s64 sys_exit_group(struct thread *t, const u64 *a)
{
    (void)t;
    thread_exit_group((int)a[0]);
}

/* A process that becomes another user's must not write what its ancestors execute. */
static s64 set_user(struct thread *t, long nr, const u64 *a)
{
    long before = raw_syscall(__NR_geteuid);
    s64 ret = sys_pass(t, nr, a);
    if (ret == 0 && raw_syscall(__NR_geteuid) != before) {
        exec_unshare(process.ex);
    }
    return ret;
}

s64 sys_setuid(struct thread *t, const u64 *a)
{
    return set_user(t, __NR_setuid, a);
}

s64 sys_setreuid(struct thread *t, const u64 *a)
{
    return set_user(t, __NR_setreuid, a);
}

s64 sys_setresuid(struct thread *t, const u64 *a)
{
    return set_user(t, __NR_setresuid, a);
}

s64 sys_uname(struct thread *t, const u64 *a)
{
    (void)t;
    struct utsname u;
    raw_syscall(__NR_uname, RAW_PTR(&u));
    memset(u.machine, 0, sizeof(u.machine));
    memcpy(u.machine, process.abi->uname_machine, strlen(process.abi->uname_machine));
    if (sys_config.uname_release) {
        size_t n = MIN(strlen(sys_config.uname_release), sizeof(u.release) - 1);
        memset(u.release, 0, sizeof(u.release));
        memcpy(u.release, sys_config.uname_release, n);
    }
    return mem_write(a[0], &u, sizeof(u));
}

s64 sys_personality(struct thread *t, const u64 *a)
{
    (void)t;
    /* READ_IMPLIES_EXEC would concern the host's mappings, not the guest's. */
    return raw_syscall(__NR_personality, (u32)a[0] == 0xffffffffu ? a[0] : a[0] & ~0x0400000ull);
}

s64 sys_prctl(struct thread *t, const u64 *a)
{
    switch ((int)a[0]) {
    case PR_GET_SECCOMP:
        return 0;
    case PR_SET_SECCOMP:
        return -EINVAL; /* as a kernel without seccomp */
    case PR_SET_MM:
    case PR_SET_SYSCALL_USER_DISPATCH:
    case PR_GET_UNALIGN: case PR_SET_UNALIGN: case PR_GET_FPEMU: case PR_SET_FPEMU:
    case PR_GET_TSC: case PR_SET_TSC:
    case 50: case 51: case 54: /* SVE, PAC keys: not this CPU */
        return -EINVAL;
    case PR_SET_TAGGED_ADDR_CTRL: case PR_GET_TAGGED_ADDR_CTRL:
        return sys_tagged_ctrl(t, a);
    case RISCV_V_SET_CONTROL: case RISCV_V_GET_CONTROL: case RISCV_SET_ICACHE_FLUSH_CTX:
        return sys_riscv_prctl(t, a);
    case PR_SET_NAME: case PR_GET_NAME:
        return sys_pass(t, __NR_prctl, (u64[6]){a[0], t->tagged_addr ? sys_tag_off(t, a[1]) : a[1]});
    }
    return sys_pass(t, __NR_prctl, a);
}

s64 sys_arch_prctl(struct thread *t, const u64 *a)
{
    (void)t;
    (void)a;
    return -EINVAL;
}
