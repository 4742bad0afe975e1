/* ferry run: a program and all it starts, without privilege: in a user namespace that ferry is
 * registered in, or by ferry starting its children. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/pool.h"
#include "base/sys_raw.h"
#include "binfmt/binfmt.h"
#include "cli/cli.h"

#define SELF "/proc/self/exe"
#define FLAGS "POCF"

struct run_options {
    const char *rootfs;
    bool map_root, no_register;
};

static const struct run_row {
    const char *name, *arg;
    size_t offset;
} rows[] = {
#define COMMAND(...)
#define RUN_FLAG(field, name, arg, text) {name, arg, offsetof(struct run_options, field)},
#define RUN_STR RUN_FLAG
#define DOCTOR_FLAG(...)
#include "base/commands.def"
#undef COMMAND
#undef RUN_FLAG
#undef RUN_STR
#undef DOCTOR_FLAG
};

static const struct run_row *find_row(const char *word)
{
    word += 1 + (word[1] == '-');
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].name, word) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

/* Reads the options; returns the index of the program. */
static int parse(struct run_options *o, int argc, char **argv)
{
    int i = 0;
    while (i < argc && argv[i][0] == '-' && argv[i][1]) {
        const char *word = argv[i++];
        if (strcmp(word, "--") == 0) {
            break;
        }
        const struct run_row *row = find_row(word);
        if (!row) {
            die(1,
                "run: unknown option '%s'; 'ferry --help' lists them; options of ferry itself are "
                "given by "
                "variables here, such as FERRY_LD_PREFIX for -L",
                word);
        }
        void *field = (char *)o + row->offset;
        if (!row->arg) {
            *(bool *)field = true;
        } else if (i == argc) {
            die(1, "run: option '%s' needs an argument: %s %s", word, word, row->arg);
        } else {
            *(const char **)field = argv[i++];
        }
    }
    if (i == argc) {
        die(1, "run: no program to run; usage: ferry run [--rootfs DIR] program [arguments]");
    }
    return i;
}

static long do_mount(const char *from, const char *at, const char *type, u64 flags)
{
    return raw_syscall(__NR_mount, RAW_PTR(from), RAW_PTR(at), RAW_PTR(type), flags, 0);
}

/* Writes TEXT to a file of /proc or of binfmt_misc; 0 or -errno. */
static long write_to(const char *path, const char *text)
{
    long fd = raw_openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
    long ret = fd < 0 ? fd : raw_write((int)fd, text, strlen(text));
    if (fd >= 0) {
        raw_close((int)fd);
    }
    return MIN(ret, 0l);
}

static u64 number(const char **p)
{
    u64 v = 0;
    for (; **p == ' '; ++*p) {
    }
    for (; **p >= '0' && **p <= '9'; ++*p) {
        v = v * 10 + (u64)(**p - '0');
    }
    return v;
}

/* The ids that FILE (uid_map or gid_map) of this process knows, each mapped to itself, for process
 * PID. */
static bool map_all(long pid, const char *file)
{
    char text[4096], whole[4096], path[64];
    struct strbuf map = STRBUF_ON(whole);
    fmt_snprintf(path, sizeof(path), "/proc/self/%s", file);
    if (read_file(path, text, sizeof(text)) <= 0) {
        return false;
    }
    for (const char *p = text; *p; p += *p == '\n') {
        u64 first = number(&p);
        number(&p);
        sb_printf(&map, "%lu %lu %lu\n", first, first, number(&p));
    }
    fmt_snprintf(path, sizeof(path), "/proc/%ld/%s", pid, file);
    return write_to(path, whole) == 0;
}

/* Root's ids are mapped from outside of the namespace: only there one has the right to. A child
 * does it when it reads a byte, and ends with status 0 when it could. */
struct mapper {
    long pid;
    int go;
};

static struct mapper start_mapper(void)
{
    struct mapper m = {-1, -1};
    int fds[2];
    long parent = raw_getpid();
    if (raw_pipe2(fds, O_CLOEXEC) < 0) {
        return m;
    }
    m.pid = raw_syscall(__NR_clone, SIGCHLD, 0, 0, 0, 0);
    if (m.pid == 0) {
        char byte;
        raw_close(fds[1]);
        bool ok = raw_read(fds[0], &byte, 1) == 1 && map_all(parent, "uid_map") &&
                  map_all(parent, "gid_map");
        raw_exit_group(!ok);
    }
    raw_close(fds[0]);
    m.go = fds[1];
    return m;
}

static bool finish_mapper(const struct mapper *m, bool go)
{
    int status = -1;
    if (m->pid < 0) {
        return false;
    }
    if (go) {
        raw_write(m->go, "", 1);
    }
    raw_close(m->go);
    while (raw_wait4((int)m->pid, &status, 0, NULL) == -EINTR) {
    }
    return status == 0;
}

/* Maps one user and one group id: what is IN the namespace to what is OUT of it. */
static bool map_one(u32 uid_in, u32 uid_out, u32 gid_in, u32 gid_out, struct text *why)
{
    char map[64];
    long err = write_to("/proc/self/setgroups", "deny");
    fmt_snprintf(map, sizeof(map), "%u %u 1", uid_in, uid_out);
    err = err ? err : write_to("/proc/self/uid_map", map);
    fmt_snprintf(map, sizeof(map), "%u %u 1", gid_in, gid_out);
    err = err ? err : write_to("/proc/self/gid_map", map);
    return err == 0 ||
           failed(why, "ids cannot be mapped into a user namespace (%s)", errno_text((int)-err));
}

/* Who we are outside, and whether the namespace has only that user, as 0. */
struct ids {
    u32 uid, gid;
    bool single;
};

/* User and mount namespaces of our own. We are root there: what binfmt_misc makes belongs to the
 * namespace's 0. */
static bool make_namespaces(struct ids *ids, struct text *why)
{
    ids->uid = (u32)raw_syscall(__NR_geteuid);
    ids->gid = (u32)raw_syscall(__NR_getegid);
    struct mapper mapper = ids->uid == 0 ? start_mapper() : (struct mapper){-1, -1};
    long err = raw_syscall(__NR_unshare, CLONE_NEWUSER | CLONE_NEWNS);
    ids->single = !finish_mapper(&mapper, err == 0);
    if (err < 0) {
        return failed(why,
                      "user namespaces are refused (%s); see sysctl user.max_user_namespaces and "
                      "kernel.unprivileged_userns_clone, or the container's seccomp profile",
                      errno_text((int)-err));
    }
    return (!ids->single || map_one(0, ids->uid, 0, ids->gid, why)) &&
           do_mount(NULL, "/", NULL, MS_REC | MS_SLAVE) == 0;
}

/* The user's own ids again, in a namespace below, which sees what is registered in the one above.
 */
static void give_back_ids(const struct ids *ids)
{
    struct text why;
    long err = raw_syscall(__NR_unshare, CLONE_NEWUSER);
    if (err < 0) {
        die(125, "run: a second user namespace is refused (%s); --map-root does without",
            errno_text((int)-err));
    }
    if (!map_one(ids->uid, 0, ids->gid, 0, &why)) {
        die(125, "run: %s; --map-root does without", why.s);
    }
}

/* The name under which the kernel is to open this very file. */
static void own_name(char *out)
{
    struct stat self, named;
    long n = raw_readlinkat(AT_FDCWD, SELF, out, PATH_MAX - 1);
    out[MAX(n, 0l)] = 0;
    if (n <= 0 || n > 1024 || raw_fstatat(AT_FDCWD, out, &named, 0) < 0 ||
        raw_fstatat(AT_FDCWD, SELF, &self, 0) < 0 || named.st_ino != self.st_ino ||
        named.st_dev != self.st_dev) {
        memcpy(out, SELF, sizeof(SELF)); /* deleted, or of another root */
    }
}

/* Registers ferry for all its guests with a binfmt_misc of this user namespace. */
static bool register_here(struct text *why)
{
    char name[PATH_MAX], line[REGISTER_MAX + 1];
    struct entry e;
    own_name(name);
    long err =
        do_mount("binfmt_misc", BINFMT_MISC, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    if (err < 0) {
        return failed(why, "binfmt_misc cannot be mounted (%s)%s", errno_text((int)-err),
                      err == -ENOENT || err == -ENODEV ? "; load it: modprobe binfmt_misc" : "");
    }
    for (size_t i = 0; i < machine_count; i++) {
        if (!machine_offered(&machines[i])) {
            continue;
        }
        entry_wanted(&machines[i], name, FLAGS, &e);
        if (!entry_line(&e, e.name, line, sizeof(line), why)) {
            return false;
        }
        err = write_to(BINFMT_MISC "/register", line);
        if (err < 0) {
            return failed(why, "the kernel refuses the registration (%s)", errno_text((int)-err));
        }
    }
    return true;
}

/* Mounts what the system has at NAME over the same name in the new root DIR, if that is there and
 * of the same kind. */
static bool carry_over(const char *dir, const char *name, u32 kind)
{
    char at[PATH_MAX];
    struct stat st;
    fmt_snprintf(at, sizeof(at), "%s%s", dir, name);
    return raw_fstatat(AT_FDCWD, at, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (st.st_mode & S_IFMT) == kind && do_mount(name, at, NULL, MS_BIND | MS_REC) == 0;
}

static NORETURN void no_root(const char *dir, long err)
{
    die(125, "run: %s cannot be made the root directory: %s", dir, errno_text((int)-err));
}

/* Makes DIR, with this system's /proc and the like, the current directory and the root of the mount
 * namespace; returns whether it is that, or chroot has to do: for an old root that is no mount, and
 * where nothing else than the old root would keep binfmt_misc mounted. */
static bool mount_root(const char *dir)
{
    long err = do_mount(dir, dir, NULL, MS_BIND | MS_REC);
    bool proc = err == 0 && carry_over(dir, "/proc", S_IFDIR);
    carry_over(dir, "/sys", S_IFDIR);
    carry_over(dir, "/dev", S_IFDIR);
    carry_over(dir, "/etc/resolv.conf", S_IFREG);
    err = err ? err : raw_syscall(__NR_chdir, RAW_PTR(dir));
    if (err < 0) {
        no_root(dir, err);
    }
    /* The old root goes under the new one, and away. */
    return proc && raw_syscall(__NR_pivot_root, RAW_PTR("."), RAW_PTR(".")) == 0 &&
           raw_syscall(__NR_umount2, RAW_PTR("."), MNT_DETACH) == 0;
}

static void change_root(const char *dir)
{
    long err = raw_syscall(__NR_chroot, RAW_PTR("."));
    if (err < 0) {
        no_root(dir, err);
    }
    raw_syscall(__NR_chdir, RAW_PTR("/"));
}

/* 0 when PATH is a file that may be executed, else -errno. */
static long try_path(const char *path)
{
    struct stat st;
    long err = raw_fstatat(AT_FDCWD, path, &st, 0);
    err = err ? err : raw_faccessat(AT_FDCWD, path, 1 /* X_OK */);
    return err ? err : S_ISREG(st.st_mode) ? 0 : -EACCES;
}

static const char *search_path(char **envp)
{
    for (; *envp; envp++) {
        if (strncmp(*envp, "PATH=", 5) == 0) {
            return *envp + 5;
        }
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

/* Where NAME is, as execvp would find it; dies when it is nowhere. */
static char *find_program(const char *name, char **envp)
{
    char *path = pool_alloc(PATH_MAX);
    long found = -ENOENT;
    if (strchr(name, '/') || !name[0]) {
        fmt_snprintf(path, PATH_MAX, "%s", name);
        found = try_path(path);
    } else {
        for (const char *p = search_path(envp);; p++) {
            size_t n = strcspn(p, ":");
            fmt_snprintf(path, PATH_MAX, "%.*s%s%s", (int)n, p, n ? "/" : "", name);
            long err = try_path(path);
            if (err == 0) {
                return path;
            }
            found = err == -EACCES ? err : found;
            p += n;
            if (!*p) {
                break;
            }
        }
    }
    if (found < 0) {
        die(found == -ENOENT || found == -ENOTDIR ? 127 : 126, "run: %s: %s%s", name,
            errno_text((int)-found), strchr(name, '/') ? "" : "; it was looked for in PATH");
    }
    return path;
}

static NORETURN void become(const struct cli_program *p, char **envp)
{
    long err = raw_execve(p->path, p->argv, envp);
    if (err == -ENOEXEC) {
        die(126, "run: %s is no program of this machine or of one that ferry runs: %s", p->path,
            machine_offer());
    }
    die(err == -ENOENT ? 127 : 126, "run: %s cannot be started: %s%s", p->path,
        errno_text((int)-err), err == -ENOENT ? "; the interpreter it names is not there" : "");
}

void cli_run_native(const struct cli_program *p, char **envp)
{
    struct text note;
    if (p->unregistered) {
        failed(&note,
               "ferry: run: %s is native, and foreign programs that it starts need a registration: "
               "%s\n",
               p->path, p->unregistered);
        raw_write(2, note.s, strlen(note.s));
    }
    raw_execve(p->path, p->argv, envp);
}

/* Namespaces for --rootfs or --map-root where none are there for the registration. */
static void get_apart(const struct run_options *o, struct ids *ids, struct text *why)
{
    if (o->rootfs && !o->map_root && raw_syscall(__NR_unshare, CLONE_NEWNS) == 0 &&
        do_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE) == 0) {
        return; /* root needs no user namespace for that */
    }
    if (!make_namespaces(ids, why)) {
        die(125, "run: %s needs namespaces: %s%s", o->rootfs ? "--rootfs" : "--map-root", why->s,
            o->rootfs ? "; or run it as root, or ferry -L DIR DIR/PROGRAM" : "");
    }
}

struct cli_program cli_run(int argc, char **argv, char **envp)
{
    struct text *why = pool_alloc(sizeof(*why));
    struct run_options o = {0};
    struct ids ids = {0};
    struct cli_program p = {.argv = argv + parse(&o, argc, argv)};
    bool registered = false, apart = false;
    if (!o.no_register && kernel_at_least(6, 7)) {
        apart = make_namespaces(&ids, why);
        registered = apart && register_here(why);
    } else if (!o.no_register) {
        failed(why, "without privilege that takes Linux 6.7");
    }
    if ((o.rootfs || o.map_root) && !apart) {
        get_apart(&o, &ids, why);
    }
    bool pivoted = o.rootfs && mount_root(o.rootfs);
    if (ids.single && !o.map_root && ids.uid) {
        give_back_ids(&ids);
    }
    if (o.rootfs && !pivoted) {
        change_root(o.rootfs);
    }
    p.path = find_program(p.argv[0], envp);
    if (registered) {
        become(&p, envp);
    }
    p.unregistered = o.no_register ? NULL : why->s;
    return p;
}
