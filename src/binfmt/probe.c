/* Runs a tiny foreign program in one of several ways, and tells how it went and which file ran it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "base/sys_raw.h"
#include "binfmt/binfmt.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif
#define ST_NOSUID 2
#define ST_NOEXEC 8

#define PATIENCE 10 /* seconds */
#define NOBODY 65534u

/* A file of SIZE bytes at DATA in memory that can be executed; it stays open over exec, or no
 * interpreter could open it. The descriptor or -errno. */
static int memory_file(const char *name, const void *data, size_t size)
{
    long fd = raw_memfd_create(name, MFD_EXEC);
    if (fd == -EINVAL) {
        fd = raw_memfd_create(name, 0); /* before Linux 6.3 */
    }
    if (fd >= 0 && raw_write((int)fd, data, size) != (long)size) {
        raw_close((int)fd);
        return -ENOSPC;
    }
    return (int)fd;
}

/* The same, set-user-ID root, in a directory that lets such files be: its name to PATH. */
static int setuid_file(const void *data, size_t size, char *path)
{
    static const char dirs[][12] = {"/tmp", "/var/tmp", "/run", "/root", "/"};
    struct statfs fs;
    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        if (raw_syscall(__NR_statfs, RAW_PTR(dirs[i]), RAW_PTR(&fs)) < 0 ||
            fs.f_flags & (ST_NOSUID | ST_NOEXEC)) {
            continue;
        }
        fmt_snprintf(path, PATH_MAX, "%s/.ferry-doctor.%ld", dirs[i], raw_getpid());
        long fd =
            raw_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700);
        if (fd < 0) {
            continue;
        }
        bool ok = raw_write((int)fd, data, size) == (long)size &&
                  raw_syscall(__NR_fchmod, (u64)fd, 04755) == 0;
        raw_close((int)fd);
        if (ok) {
            return 0;
        }
        raw_unlinkat(AT_FDCWD, path, 0);
    }
    path[0] = 0;
    return -EPERM;
}

struct run {
    enum probe_way way;
    int program, script; /* descriptors */
    char path[PATH_MAX]; /* of the set-uid file */
    long pid;
    int in, out, err; /* our ends: its input, its output, the errno of its start */
};

/* In the child, with its three descriptors: returns -errno of the exec, or the errno of preparing
 * it. */
static long execute(struct run *r)
{
    static const u64 none;
    char number[16];
    char *plain[] = {(char *)PROBE_ARGV0, NULL};
    char *by_ferry[] = {(char *)"ferry",     (char *)"-execfd", number, (char *)"-0",
                        (char *)PROBE_ARGV0, (char *)"probe",   NULL};
    long err = 0;
    raw_rt_sigprocmask(SIG_SETMASK, &none, NULL);
    switch (r->way) {
    case BY_FERRY:
        fmt_snprintf(number, sizeof(number), "%d", r->program);
        return raw_execve("/proc/self/exe", by_ferry, probe_env);
    case BY_SETUID:
        err = raw_syscall(__NR_setgroups, 0, 0);
        err = err ? err : raw_syscall(__NR_setresgid, NOBODY, NOBODY, NOBODY);
        err = err ? err : raw_syscall(__NR_setresuid, NOBODY, NOBODY, NOBODY);
        return err ? -err : raw_execve(r->path, plain, probe_env);
    case BY_CHROOT:
        err = raw_syscall(__NR_chroot,
                          RAW_PTR("/proc/self/fdinfo")); /* a directory that no program is in */
        err = err ? err : raw_syscall(__NR_chdir, RAW_PTR("/"));
        return err ? -err : raw_execveat(r->program, "", plain, probe_env, AT_EMPTY_PATH);
    case BY_SCRIPT:
        return raw_execveat(r->script, "", plain, probe_env, AT_EMPTY_PATH);
    case BY_KERNEL:
        break;
    }
    return raw_execveat(r->program, "", plain, probe_env, AT_EMPTY_PATH);
}

static bool start(struct run *r)
{
    int p[3][2];
    for (int i = 0; i < 3; i++) {
        if (raw_pipe2(p[i], O_CLOEXEC) < 0) {
            return false;
        }
    }
    r->pid = raw_syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (r->pid == 0) {
        /* Numbers below 3 may be closed in a process like this; the pipes' ends must outlive the
         * moves. */
        int err = (int)raw_fcntl(p[2][1], F_DUPFD_CLOEXEC, 10),
            out = (int)raw_fcntl(p[1][1], F_DUPFD_CLOEXEC, 10);
        raw_dup3((int)raw_fcntl(p[0][0], F_DUPFD_CLOEXEC, 10), 0, 0);
        raw_dup3(out, 1, 0);
        long null = raw_openat(AT_FDCWD, "/dev/null", O_WRONLY | O_CLOEXEC, 0);
        if (null != 2 && raw_dup3((int)null, 2, 0) < 0) {
            raw_close(2);
        }
        long code = execute(r);
        raw_write(err, &code, sizeof(code));
        raw_exit_group(127);
    }
    raw_close(p[0][0]);
    raw_close(p[1][1]);
    raw_close(p[2][1]);
    r->in = p[0][1];
    r->out = p[1][0];
    r->err = p[2][0];
    return r->pid > 0;
}

static bool readable(int fd, s64 seconds)
{
    struct timespec ts = {.tv_sec = seconds};
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return raw_syscall(__NR_ppoll, RAW_PTR(&p), 1, RAW_PTR(&ts), 0, 0) > 0;
}

bool probe_same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    bool same = false;
    long fa = raw_openat(AT_FDCWD, a, O_RDONLY | O_CLOEXEC, 0),
         fb = raw_openat(AT_FDCWD, b, O_RDONLY | O_CLOEXEC, 0);
    if (fa >= 0 && fb >= 0 && raw_fstat((int)fa, &sa) == 0 && raw_fstat((int)fb, &sb) == 0) {
        same = sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
        if (!same && sa.st_size == sb.st_size && sa.st_size > 0) {
            size_t n = (size_t)sa.st_size;
            long ma = raw_mmap(0, n, PROT_READ, MAP_PRIVATE, (int)fa, 0),
                 mb = raw_mmap(0, n, PROT_READ, MAP_PRIVATE, (int)fb, 0);
            same = !raw_is_err(ma) && !raw_is_err(mb) && memcmp((void *)ma, (void *)mb, n) == 0;
        }
    }
    if (fa >= 0) {
        raw_close((int)fa);
    }
    if (fb >= 0) {
        raw_close((int)fb);
    }
    return same;
}

/* What the program writes, then its end. */
static void watch(struct run *r, const char *interpreter, struct probe_outcome *out)
{
    u8 stack[PROBE_STACK];
    size_t len = 0;
    long n = 1, code = 0;
    int status = 0;
    char exe[64];
    while (len < sizeof(stack) && n > 0 && readable(r->out, PATIENCE)) {
        n = raw_read(r->out, stack + len, sizeof(stack) - len);
        len += n > 0 ? (size_t)n : 0;
    }
    bool stuck = len < sizeof(stack) && n > 0, seen = probe_report(stack, len, &out->seen);
    if (seen) {
        fmt_snprintf(exe, sizeof(exe), "/proc/%ld/exe", r->pid);
        out->by_it = raw_faccessat(AT_FDCWD, exe, 0) < 0 || probe_same_file(exe, interpreter);
    }
    raw_close(r->in); /* now it ends */
    stuck = stuck || (n > 0 && !readable(r->out, PATIENCE));
    if (stuck) {
        raw_kill((int)r->pid, SIGKILL);
    }
    while (raw_wait4((int)r->pid, &status, 0, NULL) == -EINTR) {
    }
    if (raw_read(r->err, &code, sizeof(code)) == sizeof(code)) {
        out->end = code < 0 ? PROBE_REFUSED : PROBE_NOT_TRIED;
        out->code = (int)(code < 0 ? -code : code);
    } else if (stuck) {
        out->end = PROBE_STUCK;
    } else if (status & 0x7f) {
        out->end = PROBE_KILLED;
        out->code = status & 0x7f;
    } else {
        out->code = status >> 8 & 0xff;
        out->end = seen && out->code == PROBE_EXIT ? PROBE_RAN : PROBE_SILENT;
    }
    raw_close(r->out);
    raw_close(r->err);
}

/* The files the program is started by; false with OUT->code. */
static bool prepare(const struct machine *m, struct run *r, struct probe_outcome *out)
{
    u8 image[PROBE_IMAGE_MAX];
    char line[64];
    size_t size = probe_image(m, image);
    r->program = size ? memory_file("probe", image, size) : -ENOEXEC;
    out->code = r->program < 0 ? -r->program : 0;
    if (r->way == BY_SETUID && r->program >= 0) {
        int err = raw_syscall(__NR_geteuid) ? -EPERM : setuid_file(image, size, r->path);
        out->code = -err;
    }
    if (r->way == BY_SCRIPT && r->program >= 0) {
        size_t n = fmt_snprintf(line, sizeof(line), "#!/proc/self/fd/%d argument\n", r->program);
        r->script = memory_file("script", line, n);
        out->code = r->script < 0 ? -r->script : 0;
    }
    return out->code == 0;
}

void probe_program(const struct machine *m, enum probe_way way, const char *interpreter,
                   struct probe_outcome *out)
{
    struct run r = {.way = way, .program = -1, .script = -1};
    memset(out, 0, sizeof(*out));
    if (prepare(m, &r, out) && start(&r)) {
        watch(&r, interpreter, out);
    }
    if (r.path[0]) {
        raw_unlinkat(AT_FDCWD, r.path, 0);
    }
    if (r.program >= 0) {
        raw_close(r.program);
    }
    if (r.script >= 0) {
        raw_close(r.script);
    }
}
