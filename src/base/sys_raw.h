/* System calls of the host without libc: results are -errno, errno is never touched, no
 * cancellation point, usable in signal handlers and in a child of vfork. */
#ifndef BASE_SYS_RAW_H
#define BASE_SYS_RAW_H

#include <asm/unistd.h>
#include <linux/futex.h>

#include "base/types.h"

#if defined(__x86_64__)
#include "base/sys_raw_x86_64.h"
#elif defined(__aarch64__)
#include "base/sys_raw_aarch64.h"
#else
#error "ferry runs on x86_64 and aarch64 hosts"
#endif

struct iovec;
struct stat;
struct statx;
struct timespec;

#define RAW_PTR(p) ((u64)(uintptr_t)(p))
/* True of a result that is an error number. */
#define raw_is_err(ret) ((u64)(ret) > (u64)-4096)

/* raw_syscall(nr, ...) with 0 to 6 arguments, each converted to u64 (cast pointers by RAW_PTR). */
#define raw_syscall(...)                                                                           \
    RAW_PICK_(__VA_ARGS__, raw_syscall6, RAW_5_, RAW_4_, raw_syscall3, RAW_2_, RAW_1_, RAW_0_, )   \
    (__VA_ARGS__)
#define RAW_PICK_(n, a, b, c, d, e, f, name, ...) name
#define RAW_0_(n) raw_syscall3(n, 0, 0, 0)
#define RAW_1_(n, a) raw_syscall3(n, a, 0, 0)
#define RAW_2_(n, a, b) raw_syscall3(n, a, b, 0)
#define RAW_4_(n, a, b, c, d) raw_syscall6(n, a, b, c, d, 0, 0)
#define RAW_5_(n, a, b, c, d, e) raw_syscall6(n, a, b, c, d, e, 0)

/* What the kernel takes for rt_sigaction; the mask is 64 signals, bit (signo-1). Both hosts have
 * the same layout. The kernel of an x86_64 host needs SA_RESTORER (0x04000000) and
 * raw_sig_restorer. */
struct raw_sigaction {
    void *handler;
    u64 flags;
    void *restorer;
    u64 mask;
};

struct raw_sigaltstack {
    void *sp;
    s32 flags;
    u64 size;
};

#define RAW_SA_RESTORER 0x04000000ul

/* Return address for host signal handlers: calls rt_sigreturn. Not callable from C. */
void raw_sig_restorer(void);

/* Files. */
static inline long raw_read(int fd, void *buf, size_t len)
{
    return raw_syscall3(__NR_read, (u64)fd, RAW_PTR(buf), len);
}
static inline long raw_write(int fd, const void *buf, size_t len)
{
    return raw_syscall3(__NR_write, (u64)fd, RAW_PTR(buf), len);
}
static inline long raw_writev(int fd, const struct iovec *iov, int n)
{
    return raw_syscall3(__NR_writev, (u64)fd, RAW_PTR(iov), (u64)n);
}
static inline long raw_pread(int fd, void *buf, size_t len, u64 off)
{
    return raw_syscall(__NR_pread64, (u64)fd, RAW_PTR(buf), len, off);
}
static inline long raw_pwrite(int fd, const void *buf, size_t len, u64 off)
{
    return raw_syscall(__NR_pwrite64, (u64)fd, RAW_PTR(buf), len, off);
}
/* FLAGS are the host's O_ values. */
static inline long raw_openat(int dir, const char *path, int flags, unsigned mode)
{
    return raw_syscall(__NR_openat, (u64)dir, RAW_PTR(path), (u64)flags, mode);
}
static inline long raw_close(int fd)
{
    return raw_syscall(__NR_close, (u64)fd);
}
static inline long raw_lseek(int fd, s64 off, int whence)
{
    return raw_syscall(__NR_lseek, (u64)fd, (u64)off, (u64)whence);
}
static inline long raw_fcntl(int fd, int cmd, u64 arg)
{
    return raw_syscall(__NR_fcntl, (u64)fd, (u64)cmd, arg);
}
/* Moves FD, which is to stay ours, to a number a guest does not expect to be given; what it is now. It is
 * closed on exec. */
static inline int raw_fd_aside(int fd)
{
    enum { FLOOR = 900, DUPFD_CLOEXEC = 1030 };
    long high = raw_fcntl(fd, DUPFD_CLOEXEC, FLOOR);
    if (high < 0) { /* the limit on descriptors is low: the first one must do */
        return fd;
    }
    raw_syscall(__NR_close, (u64)fd);
    return (int)high;
}
static inline long raw_dup3(int from, int to, int flags)
{
    return raw_syscall(__NR_dup3, (u64)from, (u64)to, (u64)flags);
}
static inline long raw_pipe2(int fds[2], int flags)
{
    return raw_syscall(__NR_pipe2, RAW_PTR(fds), (u64)flags);
}
static inline long raw_readlinkat(int dir, const char *path, char *buf, size_t cap)
{
    return raw_syscall(__NR_readlinkat, (u64)dir, RAW_PTR(path), RAW_PTR(buf), cap);
}
static inline long raw_faccessat(int dir, const char *path, int mode)
{
    return raw_syscall(__NR_faccessat, (u64)dir, RAW_PTR(path), (u64)mode);
}
/* struct stat as the kernel of this host writes it (the same as libc's on both 64-bit hosts). */
static inline long raw_fstat(int fd, struct stat *st)
{
    return raw_syscall(__NR_fstat, (u64)fd, RAW_PTR(st));
}
static inline long raw_fstatat(int dir, const char *path, struct stat *st, int flags)
{
    return raw_syscall(__NR_newfstatat, (u64)dir, RAW_PTR(path), RAW_PTR(st), (u64)flags);
}
static inline long raw_statx(int dir, const char *path, int flags, unsigned mask, struct statx *stx)
{
    return raw_syscall(__NR_statx, (u64)dir, RAW_PTR(path), (u64)flags, mask, RAW_PTR(stx));
}
static inline long raw_getdents64(int fd, void *buf, size_t len)
{
    return raw_syscall(__NR_getdents64, (u64)fd, RAW_PTR(buf), len);
}
static inline long raw_ioctl(int fd, unsigned long cmd, u64 arg)
{
    return raw_syscall(__NR_ioctl, (u64)fd, cmd, arg);
}
static inline long raw_ftruncate(int fd, u64 len)
{
    return raw_syscall(__NR_ftruncate, (u64)fd, len);
}
static inline long raw_unlinkat(int dir, const char *path, int flags)
{
    return raw_syscall(__NR_unlinkat, (u64)dir, RAW_PTR(path), (u64)flags);
}
static inline long raw_memfd_create(const char *name, unsigned flags)
{
    return raw_syscall(__NR_memfd_create, RAW_PTR(name), flags);
}

/* Memory. raw_mmap's result is an address or, by raw_is_err, -errno. */
static inline long raw_mmap(u64 addr, size_t len, int prot, int flags, int fd, u64 off)
{
    return raw_syscall6(__NR_mmap, addr, len, (u64)prot, (u64)flags, (u64)fd, off);
}
static inline long raw_munmap(u64 addr, size_t len)
{
    return raw_syscall(__NR_munmap, addr, len);
}
static inline long raw_mprotect(u64 addr, size_t len, int prot)
{
    return raw_syscall(__NR_mprotect, addr, len, (u64)prot);
}
static inline long raw_mremap(u64 addr, size_t old_len, size_t new_len, int flags, u64 new_addr)
{
    return raw_syscall(__NR_mremap, addr, old_len, new_len, (u64)flags, new_addr);
}
static inline long raw_madvise(u64 addr, size_t len, int advice)
{
    return raw_syscall(__NR_madvise, addr, len, (u64)advice);
}

/* Processes and threads. */
static inline long raw_getpid(void)
{
    return raw_syscall(__NR_getpid);
}
static inline long raw_gettid(void)
{
    return raw_syscall(__NR_gettid);
}
static inline NORETURN void raw_exit(int code)
{
    for (;;) {
        raw_syscall(__NR_exit, (u64)code);
    }
}
static inline NORETURN void raw_exit_group(int code)
{
    for (;;) {
        raw_syscall(__NR_exit_group, (u64)code);
    }
}
static inline long raw_execve(const char *path, char *const argv[], char *const envp[])
{
    return raw_syscall(__NR_execve, RAW_PTR(path), RAW_PTR(argv), RAW_PTR(envp));
}
static inline long raw_execveat(int dir, const char *path, char *const argv[], char *const envp[],
                                int flags)
{
    return raw_syscall(__NR_execveat, (u64)dir, RAW_PTR(path), RAW_PTR(argv), RAW_PTR(envp),
                       (u64)flags);
}
static inline long raw_wait4(int pid, int *status, int options, void *rusage)
{
    return raw_syscall(__NR_wait4, (u64)pid, RAW_PTR(status), (u64)options, RAW_PTR(rusage));
}
static inline long raw_prctl(int op, u64 a, u64 b, u64 c, u64 d)
{
    return raw_syscall(__NR_prctl, (u64)op, a, b, c, d);
}
static inline long raw_futex(u32 *word, int op, u32 val, const struct timespec *timeout)
{
    return raw_syscall(__NR_futex, RAW_PTR(word), (u64)op, val, RAW_PTR(timeout));
}
static inline long raw_sched_yield(void)
{
    return raw_syscall(__NR_sched_yield);
}

/* Signals. Masks are 64 bits, bit (signo-1). */
static inline long raw_kill(int pid, int sig)
{
    return raw_syscall(__NR_kill, (u64)pid, (u64)sig);
}
static inline long raw_tgkill(int pid, int tid, int sig)
{
    return raw_syscall(__NR_tgkill, (u64)pid, (u64)tid, (u64)sig);
}
static inline long raw_rt_sigaction(int sig, const struct raw_sigaction *act,
                                    struct raw_sigaction *old)
{
    return raw_syscall(__NR_rt_sigaction, (u64)sig, RAW_PTR(act), RAW_PTR(old), sizeof(u64));
}
static inline long raw_rt_sigprocmask(int how, const u64 *set, u64 *old)
{
    return raw_syscall(__NR_rt_sigprocmask, (u64)how, RAW_PTR(set), RAW_PTR(old), sizeof(u64));
}
static inline long raw_sigaltstack(const struct raw_sigaltstack *ss, struct raw_sigaltstack *old)
{
    return raw_syscall(__NR_sigaltstack, RAW_PTR(ss), RAW_PTR(old));
}
static inline long raw_rt_tgsigqueueinfo(int pid, int tid, int sig, const void *info)
{
    return raw_syscall(__NR_rt_tgsigqueueinfo, (u64)pid, (u64)tid, (u64)sig, RAW_PTR(info));
}

/* Time and the rest. */
static inline long raw_clock_gettime(int clock, struct timespec *ts)
{
    return raw_syscall(__NR_clock_gettime, (u64)clock, RAW_PTR(ts));
}
static inline long raw_getrandom(void *buf, size_t len, unsigned flags)
{
    return raw_syscall(__NR_getrandom, RAW_PTR(buf), len, flags);
}
static inline long raw_uname(void *utsname)
{
    return raw_syscall(__NR_uname, RAW_PTR(utsname));
}

#endif
