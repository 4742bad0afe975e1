/* Calls that only some architectures have, in terms of the general ones. */
#include <fcntl.h>
#include <string.h>

#include "syscall/priv.h"

#define CWD ((u64)AT_FDCWD)

s64 sys_open(struct thread *t, const u64 *a)
{
    return sys_openat(t, (u64[6]){CWD, a[0], a[1], a[2]});
}

s64 sys_creat(struct thread *t, const u64 *a)
{
    return sys_openat(t, (u64[6]){CWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, a[1]});
}

s64 sys_stat(struct thread *t, const u64 *a)
{
    return sys_newfstatat(t, (u64[6]){CWD, a[0], a[1], 0});
}

s64 sys_lstat(struct thread *t, const u64 *a)
{
    return sys_newfstatat(t, (u64[6]){CWD, a[0], a[1], AT_SYMLINK_NOFOLLOW});
}

s64 sys_readlink(struct thread *t, const u64 *a)
{
    return sys_readlinkat(t, (u64[6]){CWD, a[0], a[1], a[2]});
}

s64 sys_dup2(struct thread *t, const u64 *a)
{
    if (a[0] == a[1]) { /* dup3 refuses what dup2 allows */
        s64 ret = sys_fcntl(t, (u64[6]){a[0], F_GETFD});
        return ret < 0 ? ret : (s64)(s32)a[0];
    }
    return sys_dup3(t, (u64[6]){a[0], a[1], 0});
}

s64 sys_epoll_wait(struct thread *t, const u64 *a)
{
    return sys_epoll_pwait(t, (u64[6]){a[0], a[1], a[2], a[3], 0, 8});
}

s64 sys_signalfd(struct thread *t, const u64 *a)
{
    return sys_signalfd4(t, (u64[6]){a[0], a[1], a[2], 0});
}
