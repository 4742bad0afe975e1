/* execve: a foreign program is started through ferry itself, a native one directly. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "syscall/priv.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

#define SELF "/proc/self/exe"
#define FRESH 60 /* seconds after which a file that is open for writing may be taken for one that is not */
#define FEW_ARGS 64 /* words of an argument vector that needs no mapping of its own */
#define MAX_SCRIPTS 5 /* the kernel's own limit of nested interpreters */

/* What the kernel would make of a file. */
enum kind { KIND_DIRECT /* the kernel knows best */, KIND_FOREIGN };

struct target {
    char path[PATH_MAX]; /* as the new ferry gets it */
    int fd;              /* to hand over open, or -1 */
    bool unnamed;        /* only a descriptor was given: the process is named after its file */
    enum kind kind;
    bool setid;
};

static bool is_foreign_elf(const unsigned char *h, size_t len)
{
    u16 machine = len >= 20 ? (u16)(h[18] | h[19] << 8) : 0;
    return len >= 20 && memcmp(h, ELFMAG, SELFMAG) == 0 && h[EI_CLASS] == ELFCLASS64 && sys_config.is_guest(machine);
}

/* May the open file FD be executed? 0 or -errno. Kernels before 5.8 have no call that says so of a descriptor and
 * the effective user: there the mode has to do. */
static int may_execute(int fd, const struct stat *st)
{
    struct timespec now;
    char *argv[] = {(char *)(uintptr_t)"", NULL}, *envp[] = {NULL};
    long ret = raw_syscall(__NR_faccessat2, (u64)fd, RAW_PTR(""), 1 /* X_OK */, AT_EMPTY_PATH | AT_EACCESS);
    if (ret == -ENOSYS) {
        ret = st->st_mode & 0111 ? 0 : -EACCES;
    }
    /* Is it being written? That question costs 20 us, so only files that somebody has written to lately are asked. */
    if (ret == 0 && clock_read(CLOCK_REALTIME_COARSE, &now) == 0 && now.tv_sec - st->st_mtim.tv_sec < FRESH) {
        ret = raw_execveat(fd, "", argv, envp, AT_EMPTY_PATH | AT_EXECVE_CHECK);
        ret = ret == -ETXTBSY ? ret : 0; /* Linux before 6.14 does not know the flag */
    }
    return (int)ret;
}

static int classify(int fd, int depth, enum kind *kind);

/* The same of the interpreter named by the script in HEAD, which was found at DEPTH. */
static COLD int classify_script(char *head, long len, int depth, enum kind *kind)
{
    char interp[PATH_MAX], *name, *arg;
    struct stat st;
    if (!loader_script(head, len, &name, &arg)) {
        return -ENOEXEC;
    }
    memcpy(interp, name, strlen(name) + 1);
    if (depth >= MAX_SCRIPTS) {
        return -ELOOP;
    }
    sys_path_sysroot(interp, false);
    long next = raw_openat(AT_FDCWD, interp, O_RDONLY | O_CLOEXEC, 0);
    if (next < 0) {
        return (int)next;
    }
    int ret = (int)raw_fstat((int)next, &st);
    ret = ret ? ret : S_ISREG(st.st_mode) ? may_execute((int)next, &st) : -EACCES;
    ret = ret ? ret : classify((int)next, depth + 1, kind);
    raw_close((int)next);
    return ret;
}

/* Looks into the open file FD. Returns 0 with *KIND, or -errno as execve would give. */
static int classify(int fd, int depth, enum kind *kind)
{
    char head[LOADER_SCRIPT_LINE + 1];
    long n = raw_pread(fd, head, LOADER_SCRIPT_LINE, 0);
    *kind = KIND_DIRECT;
    if (n < 0) {
        return n == -EISDIR ? -EACCES : (int)n;
    }
    if (is_foreign_elf((unsigned char *)head, (size_t)n)) {
        *kind = KIND_FOREIGN;
        return 0;
    }
    return n >= 2 && head[0] == '#' && head[1] == '!' ? classify_script(head, n, depth, kind) : 0;
}

/* FD is a foreign program found by way of descriptor DIRFD: how the new ferry is to name it. */
static COLD int name_by_descriptor(struct target *tg, int fd, int dirfd)
{
    char magic[2], name[PATH_MAX];
    fmt_snprintf(name, sizeof(name), "/dev/fd/%d%s%s", dirfd, tg->path[0] ? "/" : "", tg->path);
    memcpy(tg->path, name, strlen(name) + 1);
    /* A script's interpreter has to find it by that name. */
    return raw_pread(fd, magic, 2, 0) == 2 && magic[0] == '#' && raw_fcntl(dirfd, F_GETFD, 0) > 0 ? -ENOENT : 0;
}

/* PATH leads somewhere else in the process that the new ferry is, or will then lead nowhere. */
static bool is_of_process(const char *path)
{
    return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/dev/", 5) == 0;
}

/* Finds out what DIRFD and TG->path name, which the program is to see as SHOWN; FLAGS are execveat's. */
static int examine(struct target *tg, const char *shown, int dirfd, u32 flags)
{
    struct stat st;
    u32 at = flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
    long ret = raw_fstatat(dirfd, tg->path, &st, (int)at);
    if (ret < 0) {
        return (int)ret;
    }
    if (S_ISLNK(st.st_mode)) {
        return -ELOOP;
    }
    if (!S_ISREG(st.st_mode)) {
        return -EACCES;
    }
    tg->unnamed = !tg->path[0];
    tg->setid = st.st_mode & (S_ISUID | S_ISGID);
    bool empty = tg->path[0] == 0;
    char link[40];
    fmt_snprintf(link, sizeof(link), "/proc/self/fd/%d", dirfd);
    /* An O_PATH descriptor cannot be read: open what it leads to. */
    long fd = raw_openat(empty ? AT_FDCWD : dirfd, empty ? link : tg->path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return 0; /* may be run but not read: the kernel's registration has to open it */
    }
    int err = may_execute((int)fd, &st);
    if (err == 0) {
        err = classify((int)fd, 0, &tg->kind);
    }
    bool by_fd = empty || (dirfd != AT_FDCWD && tg->path[0] != '/');
    if (err == 0 && tg->kind == KIND_FOREIGN && (by_fd || is_of_process(tg->path) || is_of_process(shown))) {
        tg->fd = (int)raw_fcntl((int)fd, F_DUPFD, 10);
        err = by_fd ? name_by_descriptor(tg, (int)fd, dirfd) : 0;
        if (!by_fd) {
            memcpy(tg->path, shown, strlen(shown) + 1);
        }
    }
    raw_close((int)fd);
    return err;
}

/* The guest's vector at P has *N pointers before its NULL. */
static s64 count_vector(gaddr p, u64 *n)
{
    u64 word = 0;
    *n = 0;
    while (p) {
        if (mem_read(&word, p + *n * 8, 8) < 0) {
            return -EFAULT;
        }
        if (!word) {
            break;
        }
        if (++*n > 0x100000) {
            return -E2BIG;
        }
    }
    return 0;
}

/* The host's call; dispositions and mask are what the next program inherits. */
static s64 exec_call(struct thread *t, long nr, const u64 *a)
{
    signal_exec_prepare(t);
    s64 ret = sys_pass(t, nr, a);
    signal_exec_failed(t);
    return ret;
}

static s64 exec_foreign(struct thread *t, const struct target *tg, gaddr argv, gaddr envp)
{
    u64 n, fixed = 0;
    char fd_text[16];
    s64 ret = count_vector(argv, &n);
    if (ret < 0) {
        return ret;
    }
    u64 few[FEW_ARGS], size = ALIGN_UP((n + (u64)sys_config.child_option_count + 16) * 8, 4096);
    bool mapped = n + (u64)sys_config.child_option_count + 16 > FEW_ARGS;
    long map = (long)RAW_PTR(few);
    if (mapped) {
        map = raw_mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (raw_is_err(map)) {
            return -ENOMEM;
        }
    }
    u64 *v = (u64 *)map, argv0 = 0;
    v[fixed++] = RAW_PTR("ferry");
    for (int i = 0; i < sys_config.child_option_count; i++) {
        v[fixed++] = RAW_PTR(sys_config.child_options[i]);
    }
    if (tg->fd >= 0) {
        fmt_snprintf(fd_text, sizeof(fd_text), "%d%s", tg->fd, tg->unnamed ? "f" : "");
        v[fixed++] = RAW_PTR("-execfd");
        v[fixed++] = RAW_PTR(fd_text);
    }
    char share_text[16];
    exec_share(process.ex);
    int share = exec_share_fd(process.ex);
    if (share >= 0) {
        fmt_snprintf(share_text, sizeof(share_text), "%d", share);
        v[fixed++] = RAW_PTR("-share-fd");
        v[fixed++] = RAW_PTR(share_text);
        raw_fcntl(share, F_SETFD, 0);
    }
    if (n) {
        mem_read(&argv0, argv, 8);
    }
    v[fixed++] = RAW_PTR("-0");
    v[fixed++] = argv0 ? argv0 : RAW_PTR("");
    v[fixed++] = RAW_PTR(tg->path);
    ret = n > 1 ? mem_read(v + fixed, argv + 8, (n - 1) * 8) : 0;
    v[fixed + (n ? n - 1 : 0)] = 0;
    if (ret == 0) {
        exec_persist(process.ex);
        ret = exec_call(t, __NR_execve, (u64[6]){RAW_PTR(SELF), map, envp});
    }
    if (share >= 0) {
        raw_fcntl(share, F_SETFD, FD_CLOEXEC);
    }
    if (mapped) {
        raw_munmap((u64)map, size);
    }
    return ret;
}

static s64 exec_at(struct thread *t, int dirfd, gaddr path, gaddr argv, gaddr envp, u32 flags)
{
    struct target tg = {.fd = -1};
    char shown[PATH_MAX];
    int err = sys_path(path, flags & AT_SYMLINK_NOFOLLOW, tg.path);
    if (err < 0) {
        return err;
    }
    if (tg.path[0] == 0 && !(flags & AT_EMPTY_PATH)) {
        return -ENOENT;
    }
    if (flags & ~(u32)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_EXECVE_CHECK)) {
        return -EINVAL;
    }
    memcpy(shown, tg.path, strlen(tg.path) + 1);
    sys_proc_exe(tg.path);
    if (flags & AT_EXECVE_CHECK) { /* only a question */
        return sys_pass(t, __NR_execveat, (u64[6]){(u64)dirfd, RAW_PTR(tg.path), argv, envp, flags});
    }
    err = examine(&tg, shown, dirfd, flags);
    if (err < 0) {
        return err;
    }
    s64 ret = -ENOENT;
    u64 direct[6] = {(u64)dirfd, RAW_PTR(tg.path), argv, envp, flags};
    /* A set-uid program gets its rights only from the kernel, if ferry is registered with flag C. */
    if (tg.kind == KIND_DIRECT || tg.setid) {
        ret = exec_call(t, __NR_execveat, direct);
    }
    if (tg.kind == KIND_FOREIGN) {
        ret = exec_foreign(t, &tg, argv, envp);
        /* No /proc here, or (debootstrap in a container) a link to itself: only a registration can help. */
        if (ret == -ENOENT || ret == -ELOOP) {
            ret = exec_call(t, __NR_execveat, direct);
        }
    }
    if (tg.fd >= 0) {
        raw_close(tg.fd);
    }
    return ret;
}

s64 sys_execve(struct thread *t, const u64 *a)
{
    return exec_at(t, AT_FDCWD, a[0], a[1], a[2], 0);
}

s64 sys_execveat(struct thread *t, const u64 *a)
{
    return exec_at(t, (int)a[0], a[1], a[2], a[3], (u32)a[4]);
}

void sys_init(const struct sys_config *cfg)
{
    sys_config = *cfg;
    sys_path_init();
    sys_show_guest();
}
