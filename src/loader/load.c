/* From a file name to a process image: scripts, the program, its dynamic loader, brk. */
#define _GNU_SOURCE
#include "loader/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define SCRIPT_DEPTH 5
#define SCRIPT_LINE 256 /* what Linux reads of a file's start */
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

/* Only plain files are programs. */
static bool check_kind(int fd, const char *path, struct loader_error *e)
{
    struct stat st;
    long ret = raw_fstat(fd, &st);
    if (ret) {
        return loader_fail(e, (int)-ret, "%s cannot be looked at: %s", path, errno_text((int)-ret));
    }
    if (S_ISDIR(st.st_mode)) {
        return loader_fail(e, EACCES, "%s is a directory, not a program", path);
    }
    return S_ISREG(st.st_mode) ? true : loader_fail(e, EACCES, "%s is not a plain file", path);
}

/* The program as it is found by following scripts. */
struct program {
    int fd;
    char path[LOADER_PATH_MAX];
    VEC(char *) argv;
    struct arena arena;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Splits the #! line in LINE (N bytes read, NUL behind) into the interpreter and its argument, as
 * Linux does: all behind the name is one argument. False when there is no name or it did not fit.
 */
static bool split_line(char *line, long n, char **name, char **arg)
{
    char *end = memchr(line, '\n', (size_t)n);
    bool cut = !end && n == SCRIPT_LINE;
    end = end ? end : line + n;
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

/* PROG's file is a script with the first line LINE: becomes its interpreter. */
static bool enter_script(struct program *prog, const struct loader_params *p, char *line, long n,
                         struct loader_error *e)
{
    char *name, *arg, found[LOADER_PATH_MAX];
    if (!split_line(line, n, &name, &arg)) {
        return loader_fail(e, ENOEXEC, "%s: its #! line names no interpreter", prog->path);
    }
    size_t extra = arg ? 2 : 1;
    vec_reserve(&prog->argv, prog->argv.len + extra + 1);
    /* argv[0] gives way to the name of the script. */
    if (prog->argv.len == 0) {
        vec_push(&prog->argv, NULL);
    }
    memmove(prog->argv.data + extra, prog->argv.data, prog->argv.len * sizeof(char *));
    prog->argv.len += extra;
    prog->argv.data[0] = arena_strndup(&prog->arena, name, strlen(name));
    if (arg) {
        prog->argv.data[1] = arena_strndup(&prog->arena, arg, strlen(arg));
    }
    prog->argv.data[extra] = arena_strndup(&prog->arena, prog->path, strlen(prog->path));
    name = prog->argv.data[0];
    int fd = loader_open(name, p->sysroot, found);
    if (fd < 0) {
        return loader_fail(e, -fd, "%s needs the interpreter %s: %s", prog->path, name,
                           errno_text(-fd));
    }
    raw_close(prog->fd);
    prog->fd = fd;
    /* The next script is named as its #! line says, the sysroot left out. */
    memcpy(prog->path, name, strlen(name) + 1);
    return check_kind(fd, name, e);
}

static bool follow_scripts(struct program *prog, const struct loader_params *p,
                           struct loader_error *e)
{
    for (int depth = 0;; depth++) {
        char line[SCRIPT_LINE + 1];
        long n = raw_pread(prog->fd, line, SCRIPT_LINE, 0);
        if (n < 2 || line[0] != '#' || line[1] != '!') {
            return true;
        }
        if (depth == SCRIPT_DEPTH) {
            return loader_fail(e, ELOOP,
                               "%s: scripts that are interpreters of scripts go more than %d deep",
                               p->path, SCRIPT_DEPTH);
        }
        line[n] = 0;
        if (!enter_script(prog, p, line, n, e)) {
            return false;
        }
    }
}

/* The name /proc/self/exe is to show: canonical where /proc can tell, else absolute. */
static void canonical_path(int fd, const char *path, char *out)
{
    char link[64];
    fmt_snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    long n = raw_readlinkat(AT_FDCWD, link, out, LOADER_PATH_MAX - 1);
    if (n > 0) {
        out[n] = 0;
        return;
    }
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

static void start_file(struct elf_file *f, int fd, const char *path)
{
    memset(f, 0, offsetof(struct elf_file, ph));
    f->fd = fd;
    f->path = path;
}

static bool load_interp(const struct loader_params *p, struct loader_image *img,
                        struct elf_file *exe, struct elf_file *in, struct loader_error *e)
{
    char name[LOADER_PATH_MAX], found[LOADER_PATH_MAX];
    if (!elf_interp(exe, name, e)) {
        img->entry = exe->eh.e_entry + exe->bias;
        return e->err == 0;
    }
    start_file(in, loader_open(name, p->sysroot, found), found);
    if (in->fd == -ENOENT || in->fd == -ENOTDIR) {
        return loader_fail(
            e, ENOENT,
            "%s needs the dynamic loader %s, which is not there: install the Debian package "
            "%s, or give its root with -L DIR (for example -L /usr/%s)",
            exe->path, name, img->abi->loader_package, img->abi->multiarch);
    }
    if (in->fd < 0) {
        return cannot_open(found, -in->fd, e);
    }
    bool ok = check_kind(in->fd, found, e) && elf_read(in, p->abi_of, e);
    if (ok && in->eh.e_machine != exe->eh.e_machine) {
        ok = loader_fail(
            e, ENOEXEC,
            "%s and its dynamic loader %s are for different processors; -L DIR names the right "
            "root",
            exe->path, found);
    }
    ok = ok && elf_map(in, e);
    raw_close(in->fd);
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

static bool map_vdso(struct loader_image *img)
{
    u64 page = mem_page_size();
    if (!img->abi->vdso) {
        return true;
    }
    s64 p = mem_mmap(0, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw_is_err(p) || !img->abi->vdso((u8 *)p, page)) {
        return false;
    }
    img->vdso = (gaddr)p;
    img->sigreturn = (gaddr)p + img->abi->vdso_sigreturn;
    return mem_mprotect((gaddr)p, page, PROT_READ | PROT_EXEC) == 0;
}

static bool load_program(const struct loader_params *p, struct program *prog,
                         struct loader_image *img, struct elf_file files[2], struct loader_error *e)
{
    struct elf_file *exe = &files[0];
    start_file(exe, prog->fd, prog->path);
    if (!elf_read(exe, p->abi_of, e)) {
        return false;
    }
    img->e_machine = exe->eh.e_machine;
    img->abi = p->abi_of(img->e_machine);
    mem_init(img->abi->address_bits);
    canonical_path(prog->fd, prog->path, img->exe_path);
    if (!elf_map(exe, e)) {
        return false;
    }
    img->exe_base = exe->bias;
    mem_brk_init(exe->hi + exe->bias, brk_room());
    if (!load_interp(p, img, exe, &files[1], e)) {
        return false;
    }
    if (!map_vdso(img)) {
        return loader_fail(e, ENOMEM, "no memory to start %s", exe->path);
    }
    return stack_build(p, img, prog->argv.data, exe, e);
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
    struct program prog = {.fd = p->fd};
    struct elf_file *files;
    bool ok = true;
    mem_init(48); /* the page size is needed before the guest is known */
    fmt_snprintf(prog.path, sizeof(prog.path), "%s", p->path);
    if (prog.fd < 0) {
        prog.fd = (int)raw_openat(AT_FDCWD, p->path, O_RDONLY | O_CLOEXEC, 0);
        ok = prog.fd >= 0 ? true : cannot_open(p->path, -prog.fd, e);
    }
    for (char **a = p->argv; ok && *a; a++) {
        vec_push(&prog.argv, *a);
    }
    ok = ok && check_kind(prog.fd, prog.path, e) && follow_scripts(&prog, p, e);
    if (ok) {
        vec_push(&prog.argv, NULL);
        files = arena_alloc(&prog.arena, 2 * sizeof(*files));
        ok = load_program(p, &prog, img, files, e);
    }
    if (prog.fd >= 0) {
        raw_close(prog.fd);
    }
    vec_free(&prog.argv);
    arena_release(&prog.arena);
    return ok;
}
