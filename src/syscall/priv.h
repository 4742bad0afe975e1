/* What the handlers of system calls share. */
#ifndef SYSCALL_PRIV_H
#define SYSCALL_PRIV_H

#include <errno.h>
#include <limits.h>

#include "syscall/syscall.h"

/* A handler returns the result or -errno, or SYS_NO_RESULT when the registers are as they must be. */
#define SYS_NO_RESULT INT64_MIN
typedef s64 sys_fn(struct thread *t, const u64 *a);

enum sys_policy { SYS_PASS, SYS_PATH, SYS_CUSTOM, SYS_ENOSYS };
/* No pointers: a table without relocations costs nothing at start. */
struct sys_row {
    s16 host_nr; /* number on this host, -1: the host has no such call */
    u8 policy;
    char name[24];
    char signature[13];
};

#define SYS(name, x86_64, generic, policy, sig) sys_fn sys_##name;
#define SYS_X86_64(name, x86_64, policy, sig) sys_fn sys_##name;
#define SYS_RISCV64(name, generic, policy, sig) sys_fn sys_##name;
#include "syscall/syscalls.def"
#undef SYS
#undef SYS_X86_64
#undef SYS_RISCV64

extern struct sys_config sys_config;

/* The row of the guest's call NR, NULL when there is none. */
const struct sys_row *sys_lookup(u8 column, u64 nr);

/* Guest paths. Copies the path at P into BUF (PATH_MAX bytes) and applies -L. NOFOLLOW: the last component
 * may be a symbolic link that is meant itself. Returns 0 or -errno. */
int sys_path(gaddr p, bool nofollow, char *buf);
/* Makes the name of the sysroot canonical, once. */
void sys_path_init(void);
/* sys_path for a path of ours in place. */
void sys_path_sysroot(char *path, bool nofollow);
/* The plain copy: for paths to be created, changed or removed. */
int sys_path_copy(gaddr p, char *buf);

/* Files of /proc that must show the guest. SYS_NOT_PROC: an ordinary file. */
#define SYS_NOT_PROC INT32_MIN
int sys_proc_open(const char *path, u32 host_flags);
s64 sys_proc_readlink(const char *path, gaddr buf, u64 len);
/* Replaces PATH by what /proc/self/exe and its like lead to for the guest, if it is one. */
void sys_proc_exe(char *path);

/* Makes the kernel's own view of this process (comm, cmdline, environ, auxv) the guest's. */
void sys_show_guest(void);

/* Open flags between guest and host. */
u32 sys_open_flags_to_host(u32 flags);
u32 sys_open_flags_to_guest(u32 flags);

/* The host's call of the same name, interruptible. */
s64 sys_pass(struct thread *t, long host_nr, const u64 *a);

/* Tagged pointers (tagged.c). ADDR as the kernel takes it. */
u64 sys_tag_off(const struct thread *t, u64 addr);
/* Takes the tags off those of the arguments A that may have one. */
void sys_tags_off(const struct thread *t, const char *signature, u64 a[6]);
/* As sys_pass, for a thread whose calls take tags: off the pointers in buffers' descriptions too. */
s64 sys_pass_tagged(struct thread *t, long host_nr, const u64 *a);
/* prctl PR_SET_TAGGED_ADDR_CTRL and PR_GET_TAGGED_ADDR_CTRL. */
s64 sys_tagged_ctrl(struct thread *t, const u64 *a);
/* prctl(A[0] = RISCV_*, ...); -EINVAL for other guests. */
s64 sys_riscv_prctl(struct thread *t, const u64 *a);
enum { RISCV_V_SET_CONTROL = 69, RISCV_V_GET_CONTROL = 70, RISCV_SET_ICACHE_FLUSH_CTX = 71 };

/* Descriptors ferry keeps for itself: the guest may neither close nor reach them. */
bool sys_fd_is_ours(int fd);

#endif
