/* Names of flags and constants for the system call trace; values are those of the generic Linux
 * ABI. */
#include "debug/priv.h"

#include "debug/debug.h"

static const struct debug_name names_access[] = {
    {0, "F_OK"}, {4, "R_OK"}, {2, "W_OK"}, {1, "X_OK"}, {0}};

static const struct debug_name names_at_flags[] = {
    {0x6000, "AT_STATX_SYNC_TYPE"},  {0x100, "AT_SYMLINK_NOFOLLOW"}, {0x200, "AT_REMOVEDIR"},
    {0x400, "AT_SYMLINK_FOLLOW"},    {0x800, "AT_NO_AUTOMOUNT"},     {0x1000, "AT_EMPTY_PATH"},
    {0x2000, "AT_STATX_FORCE_SYNC"}, {0x4000, "AT_STATX_DONT_SYNC"}, {0},
};

static const struct debug_name names_clock[] = {
    {0, "CLOCK_REALTIME"},          {1, "CLOCK_MONOTONIC"},     {2, "CLOCK_PROCESS_CPUTIME_ID"},
    {3, "CLOCK_THREAD_CPUTIME_ID"}, {4, "CLOCK_MONOTONIC_RAW"}, {5, "CLOCK_REALTIME_COARSE"},
    {6, "CLOCK_MONOTONIC_COARSE"},  {7, "CLOCK_BOOTTIME"},      {8, "CLOCK_REALTIME_ALARM"},
    {9, "CLOCK_BOOTTIME_ALARM"},    {11, "CLOCK_TAI"},          {0},
};

static const struct debug_name names_clone[] = {
    {0x100, "CLONE_VM"},
    {0x200, "CLONE_FS"},
    {0x400, "CLONE_FILES"},
    {0x800, "CLONE_SIGHAND"},
    {0x1000, "CLONE_PIDFD"},
    {0x2000, "CLONE_PTRACE"},
    {0x4000, "CLONE_VFORK"},
    {0x8000, "CLONE_PARENT"},
    {0x10000, "CLONE_THREAD"},
    {0x20000, "CLONE_NEWNS"},
    {0x40000, "CLONE_SYSVSEM"},
    {0x80000, "CLONE_SETTLS"},
    {0x100000, "CLONE_PARENT_SETTID"},
    {0x200000, "CLONE_CHILD_CLEARTID"},
    {0x400000, "CLONE_DETACHED"},
    {0x800000, "CLONE_UNTRACED"},
    {0x1000000, "CLONE_CHILD_SETTID"},
    {0x2000000, "CLONE_NEWCGROUP"},
    {0x4000000, "CLONE_NEWUTS"},
    {0x8000000, "CLONE_NEWIPC"},
    {0x10000000, "CLONE_NEWUSER"},
    {0x20000000, "CLONE_NEWPID"},
    {0x40000000, "CLONE_NEWNET"},
    {0x80000000, "CLONE_IO"},
    {0},
};

static const struct debug_name names_family[] = {
    {0, "AF_UNSPEC"},  {1, "AF_UNIX"},       {2, "AF_INET"}, {10, "AF_INET6"}, {16, "AF_NETLINK"},
    {17, "AF_PACKET"}, {31, "AF_BLUETOOTH"}, {38, "AF_ALG"}, {40, "AF_VSOCK"}, {0},
};

static const struct debug_name names_fcntl[] = {
    {0, "F_DUPFD"},
    {1, "F_GETFD"},
    {2, "F_SETFD"},
    {3, "F_GETFL"},
    {4, "F_SETFL"},
    {5, "F_GETLK"},
    {6, "F_SETLK"},
    {7, "F_SETLKW"},
    {8, "F_SETOWN"},
    {9, "F_GETOWN"},
    {10, "F_SETSIG"},
    {11, "F_GETSIG"},
    {15, "F_SETOWN_EX"},
    {16, "F_GETOWN_EX"},
    {36, "F_OFD_GETLK"},
    {37, "F_OFD_SETLK"},
    {38, "F_OFD_SETLKW"},
    {1024, "F_SETLEASE"},
    {1025, "F_GETLEASE"},
    {1026, "F_NOTIFY"},
    {1030, "F_DUPFD_CLOEXEC"},
    {1031, "F_SETPIPE_SZ"},
    {1032, "F_GETPIPE_SZ"},
    {1033, "F_ADD_SEALS"},
    {1034, "F_GET_SEALS"},
    {0},
};

static const struct debug_name names_futex[] = {
    {0, "FUTEX_WAIT"},
    {1, "FUTEX_WAKE"},
    {3, "FUTEX_REQUEUE"},
    {4, "FUTEX_CMP_REQUEUE"},
    {5, "FUTEX_WAKE_OP"},
    {6, "FUTEX_LOCK_PI"},
    {7, "FUTEX_UNLOCK_PI"},
    {8, "FUTEX_TRYLOCK_PI"},
    {9, "FUTEX_WAIT_BITSET"},
    {10, "FUTEX_WAKE_BITSET"},
    {11, "FUTEX_WAIT_REQUEUE_PI"},
    {12, "FUTEX_CMP_REQUEUE_PI"},
    {13, "FUTEX_LOCK_PI2"},
    {0},
};

static const struct debug_name names_map[] = {
    {0x100003, "MAP_SHARED_VALIDATE|MAP_FIXED_NOREPLACE"},
    {0x3, "MAP_SHARED_VALIDATE"},
    {0x1, "MAP_SHARED"},
    {0x2, "MAP_PRIVATE"},
    {0x10, "MAP_FIXED"},
    {0x20, "MAP_ANONYMOUS"},
    {0x100, "MAP_GROWSDOWN"},
    {0x800, "MAP_DENYWRITE"},
    {0x2000, "MAP_LOCKED"},
    {0x4000, "MAP_NORESERVE"},
    {0x8000, "MAP_POPULATE"},
    {0x10000, "MAP_NONBLOCK"},
    {0x20000, "MAP_STACK"},
    {0x40000, "MAP_HUGETLB"},
    {0x80000, "MAP_SYNC"},
    {0x100000, "MAP_FIXED_NOREPLACE"},
    {0},
};

static const struct debug_name names_open[] = {
    {0x1, "O_WRONLY"},      {0x2, "O_RDWR"},       {0x40, "O_CREAT"},
    {0x80, "O_EXCL"},       {0x100, "O_NOCTTY"},   {0x200, "O_TRUNC"},
    {0x400, "O_APPEND"},    {0x800, "O_NONBLOCK"}, {0x101000, "O_SYNC"},
    {0x1000, "O_DSYNC"},    {0x2000, "O_ASYNC"},   {0x40000, "O_NOATIME"},
    {0x80000, "O_CLOEXEC"}, {0x200000, "O_PATH"},  {0},
};

static const struct debug_name names_open_arm[] = {
    {0x404000, "O_TMPFILE"}, {0x4000, "O_DIRECTORY"},  {0x8000, "O_NOFOLLOW"},
    {0x10000, "O_DIRECT"},   {0x20000, "O_LARGEFILE"}, {0},
};

static const struct debug_name names_open_generic[] = {
    {0x410000, "O_TMPFILE"}, {0x10000, "O_DIRECTORY"}, {0x20000, "O_NOFOLLOW"},
    {0x4000, "O_DIRECT"},    {0x8000, "O_LARGEFILE"},  {0},
};

static const struct debug_name names_prot[] = {
    {0, "PROT_NONE"}, {1, "PROT_READ"}, {2, "PROT_WRITE"}, {4, "PROT_EXEC"}, {0},
};

static const struct debug_name names_sock_type[] = {
    {1, "SOCK_STREAM"},    {2, "SOCK_DGRAM"},   {3, "SOCK_RAW"},
    {5, "SOCK_SEQPACKET"}, {10, "SOCK_PACKET"}, {0},
};

static const struct debug_name names_whence[] = {
    {0, "SEEK_SET"}, {1, "SEEK_CUR"}, {2, "SEEK_END"}, {3, "SEEK_DATA"}, {4, "SEEK_HOLE"}, {0},
};

static const struct debug_name *const sets[SET_COUNT] = {
    [SET_ACCESS] = names_access,
    [SET_AT_FLAGS] = names_at_flags,
    [SET_CLOCK] = names_clock,
    [SET_CLONE] = names_clone,
    [SET_FAMILY] = names_family,
    [SET_FCNTL] = names_fcntl,
    [SET_FUTEX] = names_futex,
    [SET_MAP] = names_map,
    [SET_OPEN] = names_open,
    [SET_OPEN_ARM] = names_open_arm,
    [SET_OPEN_GENERIC] = names_open_generic,
    [SET_PROT] = names_prot,
    [SET_SOCK_TYPE] = names_sock_type,
    [SET_WHENCE] = names_whence,
};

void debug_put_value(struct strbuf *sb, enum debug_set set, u64 value)
{
    for (const struct debug_name *n = sets[set]; n->name; n++) {
        if (n->value == value) {
            sb_puts(sb, n->name);
            return;
        }
    }
    sb_printf(sb, "%ld", (long)value);
}

unsigned debug_put_bits(struct strbuf *sb, enum debug_set set, u64 *value, unsigned put_before)
{
    unsigned put = put_before;
    for (const struct debug_name *n = sets[set]; n->name; n++) {
        if (n->value && (*value & n->value) == n->value) {
            sb_printf(sb, "%s%s", put ? "|" : "", n->name);
            *value &= ~(u64)n->value;
            put++;
        }
    }
    return put;
}

void debug_put_flags(struct strbuf *sb, enum debug_set set, u64 value)
{
    if (value == 0) {
        debug_put_value(sb, set, 0);
        return;
    }
    unsigned put = debug_put_bits(sb, set, &value, 0);
    if (value) {
        sb_printf(sb, "%s0x%lx", put ? "|" : "", (unsigned long)value);
    }
}

const char *debug_signal_name(int signo, char *buf)
{
    static const char names[][7] = {
        "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1", "SEGV",
        "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN", "TTOU",
        "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "IO",   "PWR",  "SYS",
    };
    if (signo >= 1 && signo <= (int)ARRAY_LEN(names)) {
        fmt_snprintf(buf, 16, "SIG%s", names[signo - 1]);
    } else if (signo >= 32 && signo <= 64) {
        fmt_snprintf(buf, 16, "SIGRT_%d", signo - 32);
    } else {
        fmt_snprintf(buf, 16, "SIG%d", signo);
    }
    return buf;
}
