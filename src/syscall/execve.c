/* execve: a foreign program is started through ferry itself, a native one directly. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "syscall/priv.h"

#define SELF "/proc/self/exe"
#define FEW_ARGS 64 /* words of an argument vector that needs no mapping of its own */
#define MAX_SCRIPTS 5 /* the kernel's own limit of nested interpreters */

/* What the kernel would make of a file. */
enum kind { KIND_DIRECT /* the kernel knows best */, KIND_FOREIGN };

struct target {
    char path[PATH_MAX]; /* as the new ferry gets it */
    int fd;              /* to hand over open, or -1 */
    enum kind kind;
    bool setid;
};

/* The interpreter named by the script in HEAD ("#!" was seen) goes to OUT; false if there is none. */
static bool script_interpreter(const char *head, size_t len, char *out)
{
    size_t i = 2, n = 0;
    while (i < len && (head[i] == ' ' || head[i] == '\t')) {
        i++;
    }
    while (i < len && head[i] && head[i] != ' ' && head[i] != '\t' && head[i] != '\n' && n < PATH_MAX - 1) {
        out[n++] = head[i++];
    }
    out[n] = 0;
    return n > 0;
}

static bool is_foreign_elf(const unsigned char *h, size_t len)
{
    u16 machine = len >= 20 ? (u16)(h[18] | h[19] << 8) : 0;
    return len >= 20 && memcmp(h, ELFMAG, SELFMAG) == 0 && h[EI_CLASS] == ELFCLASS64 && sys_config.is_guest(machine);
}

static int classify(int fd, int depth, enum kind *kind);

/* The same of the interpreter named by the script in HEAD, which was found at DEPTH. */
static COLD int classify_script(const char *head, size_t len, int depth, enum kind *kind)
{
    char interp[PATH_MAX];
    if (!script_interpreter(head, len, interp)) {
        return -ENOEXEC;
    }
    if (depth >= MAX_SCRIPTS) {
        return -ELOOP;
    }
    sys_path_sysroot(interp, false);
    long next = raw_openat(AT_FDCWD, interp, O_RDONLY | O_CLOEXEC, 0);
    if (next < 0) {
        return (int)next;
    }
    int ret = classify((int)next, depth + 1, kind);
    raw_close((int)next);
    return ret;
}

/* Looks into the open file FD. Returns 0 with *KIND, or -errno as execve would give. */
static int classify(int fd, int depth, enum kind *kind)
{
    char head[256];
    long n = raw_pread(fd, head, sizeof(head), 0);
    *kind = KIND_DIRECT;
    if (n < 0) {
        return n == -EISDIR ? -EACCES : (int)n;
    }
    if (is_foreign_elf((unsigned char *)head, (size_t)n)) {
        *kind = KIND_FOREIGN;
        return 0;
    }
    return n >= 2 && head[0] == '#' && head[1] == '!' ? classify_script(head, (size_t)n, depth, kind) : 0;
}

/* May the open file FD be executed? 0 or -errno. Kernels before 5.8 have no call that says so of a descriptor and
 * the effective user: there the mode has to do. */
static int may_execute(int fd, const struct stat *st)
{
    long ret = raw_syscall(__NR_faccessat2, (u64)fd, RAW_PTR(""), 1 /* X_OK */, AT_EMPTY_PATH | AT_EACCESS);
    if (ret == -ENOSYS) {
        ret = st->st_mode & 0111 ? 0 : -EACCES;
    }
    return (int)ret;
}

/* FD is a foreign program found by way of descriptor DIRFD: how the new ferry is to find it. */
static COLD int name_by_descriptor(struct target *tg, int fd, int dirfd)
{
    bool empty = tg->path[0] == 0;
    char magic[2];
    if (raw_pread(fd, magic, 2, 0) == 2 && magic[0] == '#') { /* the script's interpreter has to find it by name */
        char name[PATH_MAX];
        fmt_snprintf(name, sizeof(name), "/dev/fd/%d%s%s", dirfd, empty ? "" : "/", tg->path);
        memcpy(tg->path, name, strlen(name) + 1);
        return empty && raw_fcntl(dirfd, F_GETFD, 0) > 0 ? -ENOENT : 0;
    }
    tg->fd = (int)raw_fcntl(fd, F_DUPFD, 10);
    if (empty) {
        fmt_snprintf(tg->path, sizeof(tg->path), "/dev/fd/%d", dirfd);
    }
    return 0;
}

/* Finds out what DIRFD and TG->path name; FLAGS are execveat's. */
static int examine(struct target *tg, int dirfd, u32 flags)
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
    if (err == 0 && tg->kind == KIND_FOREIGN && (empty || (dirfd != AT_FDCWD && tg->path[0] != '/'))) {
        err = name_by_descriptor(tg, (int)fd, dirfd);
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
        fmt_snprintf(fd_text, sizeof(fd_text), "%d", tg->fd);
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
    if (flags & ~(u32)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) {
        return -EINVAL;
    }
    int err = sys_path(path, flags & AT_SYMLINK_NOFOLLOW, tg.path);
    if (err < 0) {
        return err;
    }
    if (tg.path[0] == 0 && !(flags & AT_EMPTY_PATH)) {
        return -ENOENT;
    }
    sys_proc_exe(tg.path);
    err = examine(&tg, dirfd, flags);
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
