/* From a guest's system call number to the row that says what to do. */
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

#include "syscall/priv.h"

#define NR_MAX 512

struct sys_config sys_config;

#if defined(__x86_64__)
#define HOST_NR(x86_64, generic) (x86_64)
#else
#define HOST_NR(x86_64, generic) (generic)
#endif

enum {
    ROW_NONE,
#define SYS(name, ...) ROW_##name,
#define SYS_X86_64(name, ...) ROW_##name,
#define SYS_RISCV64(name, ...) ROW_##name,
#include "syscall/syscalls.def"
#undef SYS
#undef SYS_X86_64
#undef SYS_RISCV64
};

static const struct sys_row rows[] = {
    [ROW_NONE] = {-1, SYS_ENOSYS, "", ""},
#define SYS(name, x86_64, generic, policy, sig)                                                    \
    [ROW_##name] = {HOST_NR(x86_64, generic), SYS_##policy, #name, sig},
#define SYS_X86_64(name, x86_64, policy, sig)                                                      \
    [ROW_##name] = {HOST_NR(x86_64, -1), SYS_##policy, #name, sig},
#define SYS_RISCV64(name, generic, policy, sig) [ROW_##name] = {-1, SYS_##policy, #name, sig},
#include "syscall/syscalls.def"
#undef SYS
#undef SYS_X86_64
#undef SYS_RISCV64
};

static const u16 by_x86_64[NR_MAX] = {
#define SYS(name, x86_64, generic, policy, sig) [x86_64] = ROW_##name,
#define SYS_X86_64(name, x86_64, policy, sig) [x86_64] = ROW_##name,
#define SYS_RISCV64(name, generic, policy, sig)
#include "syscall/syscalls.def"
#undef SYS
#undef SYS_X86_64
#undef SYS_RISCV64
};

static const u16 by_generic[NR_MAX] = {
#define SYS(name, x86_64, generic, policy, sig) [generic] = ROW_##name,
#define SYS_X86_64(name, x86_64, policy, sig)
#define SYS_RISCV64(name, generic, policy, sig) [generic] = ROW_##name,
#include "syscall/syscalls.def"
#undef SYS
#undef SYS_X86_64
#undef SYS_RISCV64
};

static u16 row_index(u8 column, u64 nr)
{
    return nr >= NR_MAX ? ROW_NONE : column == 0 ? by_x86_64[nr] : by_generic[nr];
}

const struct sys_row *sys_lookup(u8 column, u64 nr)
{
    u16 i = row_index(column, nr);
    return i == ROW_NONE ? NULL : &rows[i];
}

/* The handler of a CUSTOM row; a switch, so that there is no table of pointers to relocate. */
static s64 call_custom(u16 row, struct thread *t, const u64 *a)
{
#define CASE_PASS(name)
#define CASE_PATH(name)
#define CASE_ENOSYS(name)
#define CASE_CUSTOM(name)                                                                          \
    case ROW_##name:                                                                               \
        return sys_##name(t, a);
    switch (row) {
#define SYS(name, x86_64, generic, policy, sig) CASE_##policy(name)
#define SYS_X86_64(name, x86_64, policy, sig) CASE_##policy(name)
#define SYS_RISCV64(name, generic, policy, sig) CASE_##policy(name)
#include "syscall/syscalls.def"
#undef SYS
#undef SYS_X86_64
#undef SYS_RISCV64
    }
    return -ENOSYS;
}

s64 sys_pass(struct thread *t, long host_nr, const u64 *a)
{
    return host_nr < 0 ? -ENOSYS : signal_syscall(t, host_nr, a);
}

/* True when the arguments say that a symbolic link at the end of the path is meant itself: AT_ flags (e),
 * or a call whose name begins with l. */
static bool nofollow(const struct sys_row *row, const u64 *a)
{
    const char *e = strchr(row->signature, 'e');
    return row->name[0] == 'l' || (e && a[e - row->signature] & AT_SYMLINK_NOFOLLOW);
}

/* Looks up the path argument of the row (letter P). */
static s64 pass_path(struct thread *t, const struct sys_row *row, const u64 *a)
{
    char path[4096];
    u64 b[6];
    memcpy(b, a, sizeof(b));
    u64 i = (u64)(strchr(row->signature, 'P') - row->signature);
    if (a[i]) {
        int ret = sys_path(a[i], nofollow(row, a), path);
        if (ret < 0) {
            return ret;
        }
        if (!nofollow(row, a)) {
            sys_proc_exe(path);
        }
        b[i] = RAW_PTR(path);
    }
    return sys_pass(t, row->host_nr, b);
}

/* Calls that give EINTR after a handler even with SA_RESTART (signal(7)). */
static bool never_restarted(u16 row, const u64 *a)
{
    switch (row) {
    case ROW_ppoll: case ROW_poll: case ROW_pselect6: case ROW_select:
    case ROW_epoll_pwait: case ROW_epoll_pwait2: case ROW_epoll_wait:
    case ROW_nanosleep: case ROW_clock_nanosleep: case ROW_pause:
    case ROW_rt_sigtimedwait: case ROW_rt_sigsuspend:
    case ROW_semop: case ROW_semtimedop: case ROW_msgrcv: case ROW_msgsnd:
    case ROW_io_getevents: case ROW_io_pgetevents: case ROW_close:
        return true;
    case ROW_futex: /* with a timeout only */
        return (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT && a[3] != 0;
    }
    return false;
}

/* The call begins with a descriptor, and that is one of ferry's own, which the guest does not have. */
static inline bool begins_with_ours(const struct sys_row *row, const u64 *a)
{
    return (row->signature[0] == 'd' || row->signature[0] == 'D') && sys_fd_is_ours((int)a[0]);
}

static s64 call_row(struct thread *t, u16 index, const u64 *a)
{
    const struct sys_row *row = &rows[index];
    if (begins_with_ours(row, a)) {
        return -EBADF;
    }
    switch ((enum sys_policy)row->policy) {
    case SYS_PASS:
        return (t->tagged_addr ? sys_pass_tagged : sys_pass)(t, row->host_nr, a);
    case SYS_PATH:
        return pass_path(t, row, a);
    case SYS_CUSTOM:
        return call_custom(index, t, a);
    case SYS_ENOSYS:
        break;
    }
    return -ENOSYS;
}

struct call {
    struct thread *t;
    u16 row;
    u64 a[6];
};

static s64 make_call(void *arg)
{
    struct call *c = arg;
    if ((c->a[0] | c->a[1] | c->a[2] | c->a[3] | c->a[4] | c->a[5]) >> 56 && c->t->cpu->guest_arch->tag_bits) {
        sys_tags_off(c->t, rows[c->row].signature, c->a);
    }
    return call_row(c->t, c->row, c->a);
}

void sys_call(struct thread *t)
{
    const struct abi *abi = process.abi;
    struct call c = {.t = t};
    u64 nr = abi->syscall_nr(t->cpu);
    abi->syscall_args(t->cpu, c.a);
    c.row = row_index(abi->nr_column, nr);
    t->syscall_arg0 = c.a[0];
    s64 ret;
    if (log_on(LOG_strace) || log_on(LOG_crash) || log_on(LOG_hang)) {
        const struct sys_row *row = &rows[c.row];
        ret = sys_config.trace(t->tid, row->name, nr, row->signature, c.a, make_call, &c);
    } else {
        ret = make_call(&c);
    }
    if (ret != SYS_NO_RESULT) {
        abi->syscall_result(t->cpu, (u64)ret);
    }
    if (t->have_pending || t->restore_sigmask) {
        signal_deliver(t, ret == -EINTR, ret == -EINTR && !never_restarted(c.row, c.a));
    }
}
