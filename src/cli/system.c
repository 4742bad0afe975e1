/* ferry doctor: the kernel and the limits that matter, whatever is registered. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "base/sys_raw.h"
#include "cli/priv.h"

/* The number in the file at PATH, or behind KEY in it; -1 when there is none. */
static s64 number_in(const char *path, const char *key)
{
    char text[4096];
    s64 v = 0;
    if (read_file(path, text, sizeof(text)) <= 0) {
        return -1;
    }
    size_t n = strlen(key);
    const char *p = text;
    while (p && strncmp(p, key, n) != 0) {
        p = strchr(p, '\n');
        p = p ? p + 1 : NULL;
    }
    if (!p) {
        return -1;
    }
    for (p += n; *p == ' ' || *p == '\t'; p++) {
    }
    for (; *p >= '0' && *p <= '9'; p++) {
        v = v * 10 + (*p - '0');
    }
    return v;
}

static void check_kernel(struct report *r)
{
    struct utsname u;
    raw_uname(&u);
    if (!kernel_at_least(4, 8)) {
        report_check(r, STATE_NOTE, "kernel",
                     "Linux 4.8 or newer, or the interpreter in every container",
                     "Linux %s has no flag F for binfmt_misc", u.release);
    } else if (!kernel_at_least(5, 12)) {
        report_check(r, STATE_NOTE, "kernel", "Linux 5.12 or newer",
                     "Linux %s does not say whether argv[0] is kept", u.release);
    } else {
        report_check(r, STATE_OK, "kernel", NULL, "Linux %s", u.release);
    }
    u64 page = getauxval(AT_PAGESZ);
    report_check(r, page == 4096 ? STATE_OK : STATE_NOTE, "page size",
                 page == 4096 ? NULL : "a kernel with pages of 4096 bytes", "%lu bytes%s", page,
                 page == 4096 ? "" : ": programs made for smaller pages may not load");
}

/* In a child: 0, or which step of what ferry run needs is refused. */
enum { CAN_ALL, NO_NAMESPACE, NO_IDS, NO_BINFMT };

static int try_namespaces(int *err)
{
    u32 uid = (u32)raw_syscall(__NR_geteuid);
    char map[32];
    *err = (int)-raw_syscall(__NR_unshare, CLONE_NEWUSER | CLONE_NEWNS);
    if (*err) {
        return NO_NAMESPACE;
    }
    fmt_snprintf(map, sizeof(map), "0 %u 1", uid);
    long fd = raw_openat(AT_FDCWD, "/proc/self/uid_map", O_WRONLY, 0);
    long n = fd < 0 ? fd : raw_write((int)fd, map, strlen(map));
    if (n < 0) {
        *err = (int)-n;
        return NO_IDS;
    }
    *err = (int)-raw_syscall(__NR_mount, RAW_PTR("binfmt_misc"), RAW_PTR(BINFMT_MISC),
                             RAW_PTR("binfmt_misc"), 0, 0);
    return *err ? NO_BINFMT : CAN_ALL;
}

static void check_namespaces(struct report *r)
{
    int status = 0, err = 0;
    const char *name = "user namespaces", *remedy;
    long pid = raw_syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        int step = try_namespaces(&err);
        raw_exit_group(step ? step << 6 | MIN(err, 63) : 0);
    }
    while (raw_wait4((int)pid, &status, 0, NULL) == -EINTR) {
    }
    int step = status >> 14 & 3;
    err = status >> 8 & 63;
    switch (step) {
    case CAN_ALL:
        report_check(r, STATE_OK, name, NULL,
                     "ferry run can register ferry in one of its own, without privilege");
        return;
    case NO_NAMESPACE:
        remedy = number_in("/proc/sys/user/max_user_namespaces", "") == 0
                     ? "sysctl -w user.max_user_namespaces=15000"
                 : number_in("/proc/sys/kernel/unprivileged_userns_clone", "") == 0
                     ? "sysctl -w kernel.unprivileged_userns_clone=1"
                     : "allow unshare(CLONE_NEWUSER), as docker run --security-opt "
                       "seccomp=unconfined does";
        report_check(r, STATE_NOTE, name, remedy, "refused (%s): ferry run cannot register ferry",
                     errno_text(err));
        return;
    case NO_IDS:
        report_check(r, STATE_NOTE, name, "mount -t proc proc /proc", "no ids can be mapped (%s)",
                     errno_text(err));
        return;
    default:
        remedy = kernel_at_least(6, 7) ? "modprobe binfmt_misc"
                                       : "Linux 6.7 or newer, or ferry-binfmt install all as root";
        report_check(r, STATE_NOTE, name, remedy,
                     "they have no binfmt_misc of their own (%s): ferry run cannot register ferry",
                     errno_text(err));
    }
}

static void check_limits(struct report *r)
{
    s64 low = number_in("/proc/sys/vm/mmap_min_addr", "");
    if (low > 65536) {
        report_check(r, STATE_NOTE, "lowest address", "sysctl -w vm.mmap_min_addr=65536",
                     "%ld: programs linked below that do not load", low);
    } else {
        report_check(r, STATE_OK, "lowest address", NULL, "%ld", low);
    }
    if (number_in("/proc/sys/vm/overcommit_memory", "") == 2) {
        report_check(r, STATE_NOTE, "overcommit", "sysctl -w vm.overcommit_memory=0",
                     "memory that is only reserved counts as used: large programs may not start");
    }
    s64 maps = number_in("/proc/sys/vm/max_map_count", "");
    if (maps >= 0 && maps < 65530) {
        report_check(r, STATE_NOTE, "mappings", "sysctl -w vm.max_map_count=65530",
                     "a process may have only %ld", maps);
    }
    struct rlimit rl = {RLIM_INFINITY, RLIM_INFINITY};
    raw_syscall(__NR_prlimit64, 0, RLIMIT_AS, 0, RAW_PTR(&rl));
    if (rl.rlim_cur != RLIM_INFINITY) {
        report_check(r, STATE_NOTE, "address space", "ulimit -v unlimited",
                     "limited to %lu bytes: translations and reservations count", (u64)rl.rlim_cur);
    }
}

static void check_seccomp(struct report *r)
{
    s64 mode = number_in("/proc/self/status", "Seccomp:");
    if (mode < 0) {
        report_check(
            r, STATE_NOTE, "/proc", "mount -t proc proc /proc",
            "not mounted: ferry cannot start what programs start, unless it is registered");
    } else {
        report_check(r, STATE_OK, "seccomp", NULL,
                     mode == 0 ? "no filter" : "a filter is in force, as in containers");
    }
}

void system_checks(struct report *r)
{
    check_kernel(r);
    check_seccomp(r);
    check_namespaces(r);
    check_limits(r);
}
