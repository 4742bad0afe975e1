/* From a file name to a process image: scripts, the program, its dynamic loader, brk. */
#define _GNU_SOURCE
#include "loader/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define SCRIPT_DEPTH 5
#define BRK_MAX (8ull << 30)

bool loader_fail(struct loader_error *e, int err, const char *fmt, ...)
{
    struct strbuf sb = STRBUF_ON(e->text);
    va_list ap;
    va_start(ap, fmt);
    sb_vprintf(&sb, fmt, ap);
    va_end(ap);
    e->err = err;
    e->exit_code = err == ENOENT || err == ENOTDIR ? 127 : 126;
    return false;
}

int loader_open(const char *name, const char *sysroot, char *found)
{
    if (name[0] == '/' && sysroot && sysroot[0]) {
        fmt_snprintf(found, LOADER_PATH_MAX, "%s%s", sysroot, name);
        long fd = raw_openat(AT_FDCWD, found, O_RDONLY | O_CLOEXEC, 0);
        if (fd != -ENOENT && fd != -ENOTDIR) {
            return (int)fd;
        }
    }
    fmt_snprintf(found, LOADER_PATH_MAX, "%s", name);
    return (int)raw_openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
}

bool loader_plain_path(const char *path)
{
    if (path[0] != '/') {
        return false;
    }
    for (; *path; path++) {
        const char *s = path + 1;
        if (*path == '/' && (*s == '/' || !*s || (*s == '.' && (!s[1] || s[1] == '/' || s[1] == '.')))) {
            return false;
        }
    }
    return true;
}

/* Opens the program. Without symbolic links on the way its name is canonical, and nobody has to ask /proc for that,
 * which costs more than all other looks at a file. */
static void open_program(struct loader_file *f)
{
    struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    if (loader_plain_path(f->path)) {
        f->fd = (int)raw_syscall(__NR_openat2, AT_FDCWD, RAW_PTR(f->path), RAW_PTR(&how), sizeof(how));
        f->canonical = f->fd >= 0;
    }
    if (!f->canonical) {
        f->fd = (int)raw_openat(AT_FDCWD, f->path, O_RDONLY | O_CLOEXEC, 0);
    }
}

static bool cannot_open(const char *path, int err, struct loader_error *e)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR:
        return loader_fail(e, err, "%s: %s", path,
                           path[0] ? errno_text(err) : "an empty name is no program");
    case EACCES:
        return loader_fail(e, err, "%s: permission denied; ferry must be able to read the program",
                           path);
    default:
        return loader_fail(e, err, "%s cannot be opened: %s", path, errno_text(err));
    }
}

bool loader_look(struct loader_file *f, struct loader_error *e)
{
    long ret = raw_fstat(f->fd, &f->st);
    if (ret) {
        return loader_fail(e, (int)-ret, "%s cannot be looked at: %s", f->path, errno_text((int)-ret));
    }
    if (S_ISDIR(f->st.st_mode)) {
        return loader_fail(e, EACCES, "%s is a directory, not a program", f->path);
    }
    if (!S_ISREG(f->st.st_mode)) {
        return loader_fail(e, EACCES, "%s is not a plain file", f->path);
    }
    f->head_len = raw_pread(f->fd, f->head, sizeof(f->head), 0);
    return true;
}

/* The program as it is found by following scripts. */
struct program {
    struct loader_file file;
    struct elf_file exe;
    char **argv;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool loader_script(char *line, long n, char **name, char **arg)
{
    char *end = memchr(line, '\n', (size_t)n);
    bool cut = !end && n == LOADER_SCRIPT_LINE;
    end = end ? end : line + MIN(n, LOADER_SCRIPT_LINE - 1);
    *end = 0;
    while (end > line + 2 && is_blank(end[-1])) {
        *--end = 0;
    }
    char *s = line + 2;
    while (is_blank(*s)) {
        s++;
    }
    *name = s;
    while (*s && !is_blank(*s)) {
        s++;
    }
    if (s == *name || (cut && !*s)) {
        return false;
    }
    *arg = NULL;
    if (*s) {
        *s++ = 0;
        while (is_blank(*s)) {
            s++;
        }
        *arg = *s ? s : NULL;
    }
    return true;
}

/* ARGV, whose first word gives way to the N words of FRONT. */
static char **replace_first(struct arena *arena, char **argv, char **front, size_t n)
{
    size_t argc = 0;
    while (argv[argc]) {
        argc++;
    }
    char **v = arena_new_n(arena, char *, n + argc + 1);
    memcpy(v, front, n * sizeof(*v));
    if (argc) {
        memcpy(v + n, argv + 1, argc * sizeof(*v));
    }
    return v;
}

/* PROG's file is a script with the first line LINE: becomes its interpreter. */
static COLD bool enter_script(struct program *prog, const struct loader_params *p, char *line, long n,
                              struct loader_error *e)
{
    struct loader_file *file = &prog->file;
    char *name, *arg, found[LOADER_PATH_MAX];
    if (!loader_script(line, n, &name, &arg)) {
        return loader_fail(e, ENOEXEC, "%s: its #! line names no interpreter", file->path);
    }
    char *front[3];
    size_t words = 0;
    front[words++] = name = arena_strndup(p->arena, name, strlen(name));
    if (arg) {
        front[words++] = arena_strndup(p->arena, arg, strlen(arg));
    }
    front[words++] = (char *)(uintptr_t)file->path;
    prog->argv = replace_first(p->arena, prog->argv, front, words);
    int fd = loader_open(name, p->sysroot, found);
    if (fd < 0) {
        return loader_fail(e, -fd, "%s needs the interpreter %s: %s", file->path, name, errno_text(-fd));
    }
    raw_close(file->fd);
    file->fd = fd;
    file->canonical = false;
    /* The next script is named as its #! line says, the sysroot left out. */
    file->path = name;
    return loader_look(file, e);
}

static bool follow_scripts(struct program *prog, const struct loader_params *p, struct loader_error *e)
{
    for (int depth = 0;; depth++) {
        const struct loader_file *file = &prog->file;
        char line[LOADER_SCRIPT_LINE + 1];
        long n = MIN(file->head_len, LOADER_SCRIPT_LINE);
        if (n < 2 || file->head[0] != '#' || file->head[1] != '!') {
            return true;
        }
        if (depth == SCRIPT_DEPTH) {
            return loader_fail(e, ELOOP, "%s: scripts that are interpreters of scripts go more than %d deep", p->path,
                               SCRIPT_DEPTH);
        }
        memcpy(line, file->head, (size_t)n);
        line[n] = 0;
        if (!enter_script(prog, p, line, n, e)) {
            return false;
        }
    }
}

/* Without /proc: PATH behind the current directory. */
static COLD void absolute_path(const char *path, char *out)
{
    char cwd[LOADER_PATH_MAX];
    if (path[0] != '/' && raw_syscall(__NR_getcwd, RAW_PTR(cwd), sizeof(cwd)) > 0) {
        while (path[0] == '.' && path[1] == '/') {
            path += 2;
        }
        fmt_snprintf(out, LOADER_PATH_MAX, "%s/%s", cwd[1] ? cwd : "", path);
    } else {
        fmt_snprintf(out, LOADER_PATH_MAX, "%s", path);
    }
}

/* The name /proc/self/exe is to show: canonical where /proc can tell, else absolute. */
static const char *canonical_path(const struct loader_params *p, const struct loader_file *f)
{
    char link[64], out[LOADER_PATH_MAX];
    if (f->canonical) {
        return f->path;
    }
    fmt_snprintf(link, sizeof(link), "/proc/self/fd/%d", f->fd);
    long n = raw_readlinkat(AT_FDCWD, link, out, sizeof(out) - 1);
    if (n > 0) {
        out[n] = 0;
    } else {
        absolute_path(f->path, out);
    }
    return arena_strndup(p->arena, out, strlen(out));
}

/* The dynamic loader NAME of EXE. */
static COLD bool load_interp(const struct loader_params *p, struct loader_image *img, const struct elf_file *exe,
                             const char *name, struct loader_error *e)
{
    char found[LOADER_PATH_MAX];
    struct loader_file *file = arena_new(p->arena, struct loader_file);
    struct elf_file *in = arena_alloc(p->arena, sizeof(*in));
    const char *exe_path = exe->file->path;
    *file = (struct loader_file){.fd = loader_open(name, p->sysroot, found), .path = found};
    in->file = file;
    if (file->fd == -ENOENT || file->fd == -ENOTDIR) {
        bool musl = strncmp(name, "/lib/ld-musl-", 13) == 0;
        const char *arch = strchr(img->abi->loader_package, ':');
        return loader_fail(e, ENOENT,
                           "%s needs the dynamic loader %s, which is not there: install the Debian package "
                           "%s%s, or give its root with -L DIR (for example -L /usr/%s)",
                           exe_path, name, musl ? "musl" : img->abi->loader_package, musl ? arch : "", img->abi->multiarch);
    }
    if (file->fd < 0) {
        return cannot_open(found, -file->fd, e);
    }
    bool ok = loader_look(file, e) && elf_read(in, p, e);
    if (ok && in->eh.e_machine != exe->eh.e_machine) {
        ok = loader_fail(
            e, ENOEXEC,
            "%s and its dynamic loader %s are for different processors; -L DIR names the right "
            "root",
            exe_path, found);
    }
    ok = ok && elf_map(in, e);
    raw_close(file->fd);
    img->interp_base = in->bias;
    img->entry = in->eh.e_entry + in->bias;
    return ok;
}

/* How much room brk gets: the heap limit cannot be known, address space is free unless limited. */
static u64 brk_room(void)
{
    struct rlimit rl = {RLIM_INFINITY, RLIM_INFINITY};
    raw_syscall(__NR_prlimit64, 0, RLIMIT_AS, 0, RAW_PTR(&rl));
    return rl.rlim_cur == RLIM_INFINITY ? BRK_MAX : MIN(BRK_MAX, ALIGN_UP(rl.rlim_cur / 8, 4096));
}

static bool load_program(const struct loader_params *p, struct program *prog, struct loader_image *img,
                         struct loader_error *e)
{
    struct elf_file *exe = &prog->exe;
    const char *interp;
    exe->file = &prog->file;
    if (!elf_read(exe, p, e)) {
        return false;
    }
    img->e_machine = exe->eh.e_machine;
    img->abi = p->abi_of(img->e_machine);
    mem_init(img->abi->address_bits);
    img->exe_path = canonical_path(p, &prog->file);
    if (!elf_map(exe, e)) {
        return false;
    }
    img->exe_base = exe->base;
    mem_brk_init(exe->hi + exe->bias, brk_room());
    img->entry = exe->eh.e_entry + exe->bias;
    if (!elf_interp(exe, p->arena, &interp, e) || (interp && !load_interp(p, img, exe, interp, e))) {
        return false;
    }
    return stack_build(p, img, prog->argv, exe, e);
}

int loader_probe(int fd, const char *path, u16 *e_machine, struct loader_error *e)
{
    Elf64_Ehdr eh;
    long n = raw_pread(fd, &eh, sizeof(eh), 0);
    if (n < EI_NIDENT + 4 || memcmp(eh.e_ident, ELFMAG, SELFMAG) ||
        eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_ident[EI_DATA] != ELFDATA2LSB) {
        loader_fail(e, ENOEXEC, "%s is not a 64-bit little-endian ELF program", path);
        return -ENOEXEC;
    }
    *e_machine = eh.e_machine;
    return 0;
}

bool loader_load(const struct loader_params *p, struct loader_image *img, struct loader_error *e)
{
    struct program *prog = arena_alloc(p->arena, sizeof(*prog));
    struct loader_file *file = &prog->file;
    bool ok = true;
    mem_init(48); /* the page size is needed before the guest is known */
    prog->argv = p->argv;
    file->path = p->path;
    file->fd = p->fd;
    file->canonical = false;
    if (file->fd < 0) {
        open_program(file);
        ok = file->fd >= 0 ? true : cannot_open(p->path, -file->fd, e);
    }
    ok = ok && loader_look(file, e) && follow_scripts(prog, p, e) && load_program(p, prog, img, e);
    if (file->fd >= 0) {
        raw_close(file->fd);
    }
    return ok;
}
