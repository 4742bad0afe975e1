/* What a guest address is called: the function of the file it is mapped from, or the place in that
 * file. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "debug/debug.h"
#include "debug/priv.h"

static const char *parse_hex(const char *p, u64 *v)
{
    *v = 0;
    for (;; p++) {
        int c = *p | 0x20;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return p;
        }
        *v = *v << 4 | (u64)digit;
    }
}

/* A line of /proc/self/maps is LO-HI PROT OFFSET DEVICE INODE PATH. */
static void look_at_line(struct debug_place *at, const char *line)
{
    u64 lo, hi;
    const char *path = strchr(line, '/');
    parse_hex(parse_hex(line, &lo) + 1, &hi);
    if (!path) {
        path = "";
    }
    if (strncmp(at->path, path, sizeof(at->path) - 1) != 0) {
        size_t n = MIN(strlen(path), sizeof(at->path) - 1);
        memcpy(at->path, path, n);
        at->path[n] = 0;
        at->base = lo;
    }
    at->found = at->addr >= lo && at->addr < hi;
}

void debug_find_place(struct debug_place *at)
{
    char buf[4096 + 1];
    size_t len = 0;
    long n, fd = raw_openat(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    while (fd >= 0 && !at->found && (n = raw_read((int)fd, buf + len, sizeof(buf) - 1 - len)) > 0) {
        len += (size_t)n;
        buf[len] = 0;
        char *line = buf, *end;
        while (!at->found && (end = strchr(line, '\n'))) {
            *end = 0;
            look_at_line(at, line);
            line = end + 1;
        }
        len -= (size_t)(line - buf);
        memmove(buf, line, len);
        if (len == sizeof(buf) - 1) { /* no path is that long */
            break;
        }
    }
    if (fd >= 0) {
        raw_close((int)fd);
    }
}

/* LEN bytes at OFF of the file F, NULL: it has not so many there, or they are not aligned. */
static const void *part(const struct debug_file *f, u64 off, u64 len)
{
    return off % 8 == 0 && off <= f->size && len <= f->size - off ? f->data + off : NULL;
}

static const Elf64_Shdr *section(const struct debug_file *f, u32 i)
{
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)f->data;
    return i < eh->e_shnum ? part(f, eh->e_shoff + (u64)i * sizeof(Elf64_Shdr), sizeof(Elf64_Shdr))
                           : NULL;
}

static bool is_function(const Elf64_Sym *s)
{
    unsigned type = ELF64_ST_TYPE(s->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && s->st_shndx != SHN_UNDEF;
}

/* Adds the functions of the symbol table SH. */
static void add_functions(struct debug_file *f, const Elf64_Shdr *sh)
{
    const Elf64_Shdr *names = section(f, sh->sh_link);
    const Elf64_Sym *s = part(f, sh->sh_offset, sh->sh_size);
    if (!names || !s || names->sh_offset > f->size || names->sh_size > f->size - names->sh_offset) {
        return;
    }
    const char *text = (const char *)f->data + names->sh_offset;
    if (names->sh_size == 0 || text[names->sh_size - 1] != 0) {
        return;
    }
    for (u64 n = sh->sh_size / sizeof(*s); n > 0; n--, s++) {
        if (is_function(s) && s->st_name < names->sh_size) {
            vec_push(&f->functions,
                     ((struct debug_function){s->st_value, s->st_size, text + s->st_name}));
        }
    }
}

static void sift(struct debug_function *a, size_t at, size_t n)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && a[child].addr < a[child + 1].addr;
        if (a[at].addr >= a[child].addr) {
            return;
        }
        struct debug_function t = a[at];
        a[at] = a[child];
        a[child] = t;
    }
}

static void sort(struct debug_function *a, size_t n)
{
    for (size_t i = n / 2; i > 0; i--) {
        sift(a, i - 1, n);
    }
    for (size_t end = n; end > 1; end--) {
        struct debug_function t = a[0];
        a[0] = a[end - 1];
        a[end - 1] = t;
        sift(a, 0, end - 1);
    }
}

/* The functions of F, by .symtab or, in a stripped file, .dynsym; and where its image begins. */
static void read_elf(struct debug_file *f)
{
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)f->data;
    if (f->size < sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
        eh->e_ident[EI_CLASS] != ELFCLASS64) {
        return;
    }
    for (u32 i = 0; i < eh->e_phnum; i++) {
        const Elf64_Phdr *ph = part(f, eh->e_phoff + (u64)i * sizeof(*ph), sizeof(*ph));
        if (ph && ph->p_type == PT_LOAD) {
            f->image = ALIGN_DOWN(ph->p_vaddr, 4096);
            break;
        }
    }
    static const u32 tables[] = {SHT_SYMTAB, SHT_DYNSYM};
    for (unsigned t = 0; t < ARRAY_LEN(tables) && f->functions.len == 0; t++) {
        for (u32 i = 0; i < eh->e_shnum; i++) {
            const Elf64_Shdr *sh = section(f, i);
            if (sh && sh->sh_type == tables[t]) {
                add_functions(f, sh);
            }
        }
    }
    sort(f->functions.data, f->functions.len);
}

/* The file stays mapped: names are read from it. */
static void open_file(struct debug_file *f, const char *path)
{
    struct stat st;
    long fd = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    if (raw_fstat((int)fd, &st) == 0 && st.st_size > 0) {
        long p = raw_mmap(0, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, (int)fd, 0);
        if (!raw_is_err(p)) {
            f->data = (const u8 *)p;
            f->size = (u64)st.st_size;
            mem_hide((haddr)p, (haddr)p + f->size);
            read_elf(f);
        }
    }
    raw_close((int)fd);
}

static struct debug_file *file_at(struct debug_symbols *s, gaddr pc)
{
    struct mem_vma v;
    struct mem_module m;
    if (!mem_exec_range(pc, &v, &m)) {
        return NULL;
    }
    for (size_t i = 0; i < s->files.len; i++) {
        struct debug_file *f = &s->files.data[i];
        if (f->lo == v.lo && f->ino == v.ino && f->offset == v.offset) {
            return f;
        }
    }
    struct debug_place at = {.addr = pc};
    debug_find_place(&at);
    struct debug_file f = {
        .lo = v.lo, .ino = v.ino, .offset = v.offset, .base = at.path[0] ? at.base : v.lo};
    const char *slash = strrchr(at.path, '/');
    fmt_snprintf(f.name, sizeof(f.name), "%s", slash ? slash + 1 : "anon");
    if (at.path[0]) {
        open_file(&f, at.path);
    }
    vec_push(&s->files, f);
    return &vec_last(&s->files);
}

/* The function of F at ADDR, as its symbols count; NULL: none. One without a size goes on to the
 * next. */
static const struct debug_function *function_at(const struct debug_file *f, u64 addr)
{
    const struct debug_function *a = f->functions.data;
    size_t lo = 0, hi = f->functions.len;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (a[mid].addr <= addr) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo && (a[lo - 1].size == 0 || addr - a[lo - 1].addr < a[lo - 1].size) ? &a[lo - 1]
                                                                                 : NULL;
}

void debug_symbol(struct debug_symbols *s, gaddr pc, struct strbuf *sb)
{
    const struct debug_file *f = file_at(s, pc);
    if (!f) {
        sb_printf(sb, "%#llx", (unsigned long long)pc);
        return;
    }
    const struct debug_function *fn = function_at(f, pc - f->base + f->image);
    if (fn) {
        sb_printf(sb, "%s [%s]", fn->name, f->name);
    } else {
        sb_printf(sb, "%s+%#llx", f->name, (unsigned long long)(pc - f->base));
    }
}
