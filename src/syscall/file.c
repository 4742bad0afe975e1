/* Files: paths, open flags, stat, descriptors. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "syscall/priv.h"

/* Flags of the generic and the aarch64 tables where x86_64 differs. aarch64: O_DIRECTORY 040000,
 * O_NOFOLLOW 0100000, O_DIRECT 0200000, O_LARGEFILE 0400000; x86_64: O_DIRECT 040000, O_LARGEFILE
 * 0100000, O_DIRECTORY 0200000, O_NOFOLLOW 0400000. */
static u32 swap_open_flags(u32 flags, const u32 (*pairs)[2], int from)
{
    u32 out = flags;
    for (int i = 0; i < 4; i++) {
        out &= ~pairs[i][from];
    }
    for (int i = 0; i < 4; i++) {
        out |= flags & pairs[i][from] ? pairs[i][!from] : 0;
    }
    return out;
}

/* {aarch64, x86_64} */
static const u32 a64_x64_flags[4][2] = {
    {040000, 0200000}, {0100000, 0400000}, {0200000, 040000}, {0400000, 0100000}};

static bool open_flags_differ(void)
{
#if defined(__x86_64__)
    return process.abi->open_flags_arm;
#else
    return !process.abi->open_flags_arm;
#endif
}
#if defined(__x86_64__)
#define GUEST_COLUMN 0
#else
#define GUEST_COLUMN 1
#endif

u32 sys_open_flags_to_host(u32 flags)
{
    return open_flags_differ() ? swap_open_flags(flags, a64_x64_flags, GUEST_COLUMN) : flags;
}

u32 sys_open_flags_to_guest(u32 flags)
{
    return open_flags_differ() ? swap_open_flags(flags, a64_x64_flags, !GUEST_COLUMN) : flags;
}

/* struct stat of the generic system call table (aarch64, riscv64). */
struct generic_stat {
    u64 dev, ino;
    u32 mode, nlink, uid, gid;
    u64 rdev, pad1;
    s64 size;
    s32 blksize, pad2;
    s64 blocks;
    s64 atime;
    u64 atime_nsec;
    s64 mtime;
    u64 mtime_nsec;
    s64 ctime;
    u64 ctime_nsec;
    u32 unused[2];
};
_Static_assert(sizeof(struct generic_stat) == 128, "kernel ABI");

static s64 put_stat(gaddr dst, const struct stat *st)
{
    struct generic_stat g = {
        .dev = st->st_dev, .ino = st->st_ino, .mode = st->st_mode, .nlink = (u32)st->st_nlink,
        .uid = st->st_uid, .gid = st->st_gid, .rdev = st->st_rdev, .size = st->st_size,
        .blksize = (s32)st->st_blksize, .blocks = st->st_blocks,
        .atime = st->st_atim.tv_sec, .atime_nsec = (u64)st->st_atim.tv_nsec,
        .mtime = st->st_mtim.tv_sec, .mtime_nsec = (u64)st->st_mtim.tv_nsec,
        .ctime = st->st_ctim.tv_sec, .ctime_nsec = (u64)st->st_ctim.tv_nsec,
    };
    return mem_write(dst, &g, sizeof(g));
}

s64 sys_fstat(struct thread *t, const u64 *a)
{
    (void)t;
    struct stat st;
    long ret = raw_fstat((int)a[0], &st);
    return ret < 0 ? ret : put_stat(a[1], &st);
}

s64 sys_newfstatat(struct thread *t, const u64 *a)
{
    (void)t;
    char path[4096] = "";
    struct stat st;
    if (a[1] || !(a[3] & AT_EMPTY_PATH)) {
        int ret = sys_path(a[1], a[3] & AT_SYMLINK_NOFOLLOW, path);
        if (ret < 0) {
            return ret;
        }
    }
    if (!(a[3] & AT_SYMLINK_NOFOLLOW)) {
        sys_proc_exe(path);
    }
    long r = raw_fstatat((int)a[0], path, &st, (int)a[3]);
    return r < 0 ? r : put_stat(a[2], &st);
}

s64 sys_openat(struct thread *t, const u64 *a)
{
    char path[4096];
    u32 flags = sys_open_flags_to_host((u32)a[2]);
    int ret = sys_path(a[1], flags & O_NOFOLLOW, path);
    if (ret < 0) {
        return ret;
    }
    int fd = sys_proc_open(path, flags);
    if (fd != SYS_NOT_PROC) {
        return fd;
    }
    return sys_pass(t, __NR_openat, (u64[6]){a[0], RAW_PTR(path), flags, a[3]});
}

s64 sys_openat2(struct thread *t, const u64 *a)
{
    char path[4096];
    struct open_how how = {0};
    if (a[3] < sizeof(how) || a[3] > 4096) {
        return a[3] > 4096 ? -E2BIG : -EINVAL;
    }
    if (mem_read(&how, a[2], sizeof(how)) < 0) {
        return -EFAULT;
    }
    how.flags = sys_open_flags_to_host((u32)how.flags) | (how.flags & ~0xffffffffull);
    int ret = how.resolve ? sys_path_copy(a[1], path) : sys_path(a[1], how.flags & O_NOFOLLOW, path);
    if (ret < 0) {
        return ret;
    }
    int fd = how.resolve ? SYS_NOT_PROC : sys_proc_open(path, (u32)how.flags);
    if (fd != SYS_NOT_PROC) {
        return fd;
    }
    return sys_pass(t, __NR_openat2, (u64[6]){a[0], RAW_PTR(path), RAW_PTR(&how), sizeof(how)});
}

s64 sys_open_by_handle_at(struct thread *t, const u64 *a)
{
    return sys_pass(t, __NR_open_by_handle_at, (u64[6]){a[0], a[1], sys_open_flags_to_host((u32)a[2])});
}

s64 sys_pipe2(struct thread *t, const u64 *a)
{
    return sys_pass(t, __NR_pipe2, (u64[6]){a[0], sys_open_flags_to_host((u32)a[1])});
}

s64 sys_fanotify_init(struct thread *t, const u64 *a)
{
    return sys_pass(t, __NR_fanotify_init, (u64[6]){a[0], sys_open_flags_to_host((u32)a[1])});
}

s64 sys_fcntl(struct thread *t, const u64 *a)
{
    u64 b[6] = {a[0], a[1], a[2]};
    if (a[1] == F_SETFL) {
        b[2] = sys_open_flags_to_host((u32)a[2]);
    }
    s64 ret = sys_pass(t, __NR_fcntl, b);
    return a[1] == F_GETFL && ret >= 0 ? sys_open_flags_to_guest((u32)ret) : ret;
}

bool sys_fd_is_ours(int fd)
{
    return fd > 2 && (fd == log_fd() || fd == exec_share_fd(process.ex));
}

s64 sys_dup3(struct thread *t, const u64 *a)
{
    return sys_fd_is_ours((int)a[1]) ? -EBADF : sys_pass(t, __NR_dup3, a);
}

s64 sys_close_range(struct thread *t, const u64 *a)
{
    s64 first = (u32)a[0], last = (u32)a[1], ret = 0;
    s64 log = log_fd(), share = exec_share_fd(process.ex);
    const s64 ours[] = {MIN(log, share), MAX(log, share), last + 1};
    if (first > last) {
        return -EINVAL;
    }
    for (size_t i = 0; i < ARRAY_LEN(ours) && ret == 0 && first <= last; i++) { /* what lies between them */
        if (ours[i] > 2 && ours[i] >= first && ours[i] <= last + 1) {
            if (ours[i] > first) {
                ret = sys_pass(t, __NR_close_range, (u64[6]){(u64)first, (u64)ours[i] - 1, a[2]});
            }
            first = ours[i] + 1;
        }
    }
    return ret;
}

s64 sys_readlinkat(struct thread *t, const u64 *a)
{
    char path[4096];
    int err = sys_path(a[1], true, path);
    if (err < 0) {
        return err;
    }
    s64 ret = sys_proc_readlink(path, a[2], a[3]);
    if (ret != SYS_NOT_PROC) {
        return ret;
    }
    return sys_pass(t, __NR_readlinkat, (u64[6]){a[0], RAW_PTR(path), a[2], a[3]});
}
