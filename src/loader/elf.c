/* ELF files: what is checked before anything is mapped, and the mapping of segments. */
#define _GNU_SOURCE
#include "loader/priv.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <sys/mman.h>

static const char *machine_name(u16 machine)
{
    static const struct {
        u16 machine;
        char name[14];
    } names[] = {
        {EM_386, "i386"},    {EM_X86_64, "x86_64"},   {EM_ARM, "arm"},     {EM_AARCH64, "aarch64"},
        {EM_RISCV, "riscv"}, {EM_PPC64, "powerpc64"}, {EM_PPC, "powerpc"}, {EM_S390, "s390x"},
        {EM_MIPS, "mips"},   {EM_SPARCV9, "sparc64"}, {EM_IA_64, "ia64"},  {EM_68K, "m68k"},
        {258, "loongarch"},  {EM_ALPHA, "alpha"},     {EM_PARISC, "hppa"}, {EM_SH, "sh"}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (names[i].machine == machine) {
            return names[i].name;
        }
    }
    return NULL;
}

/* The guests ferry has, as "aarch64, riscv". */
static void list_guests(struct strbuf *sb, const struct abi *(*abi_of)(u16))
{
    for (unsigned m = 1; m < 512; m++) {
        const struct abi *abi = abi_of((u16)m);
        if (abi) {
            sb_printf(sb, "%s%s", sb->len ? ", " : "", abi->uname_machine);
        }
    }
}

static bool wrong_machine(const struct elf_file *f, const struct abi *(*abi_of)(u16),
                          struct loader_error *e)
{
    char text[100] = "", number[32];
    struct strbuf sb = STRBUF_ON(text);
    u16 m = f->eh.e_machine;
    if (f->eh.e_ident[EI_DATA] == ELFDATA2MSB) {
        m = (u16)(m << 8 | m >> 8);
    }
    const char *name = machine_name(m);
    if (!name) {
        fmt_snprintf(number, sizeof(number), "machine number %u", m);
        name = number;
    }
    list_guests(&sb, abi_of);
    return loader_fail(
        e, ENOEXEC,
        "%s is a %s-bit %s-endian program for %s; ferry runs 64-bit little-endian programs for: %s",
        f->file->path, f->eh.e_ident[EI_CLASS] == ELFCLASS32 ? "32" : "64",
        f->eh.e_ident[EI_DATA] == ELFDATA2MSB ? "big" : "little", name, text);
}

static bool bad(const struct elf_file *f, struct loader_error *e, const char *what)
{
    return loader_fail(e, ENOEXEC, "%s is a damaged ELF file: %s; get a fresh copy of it", f->file->path,
                       what);
}

/* The identification and what decides whether ferry can run it at all. */
static bool check_header(struct elf_file *f, const struct abi *(*abi_of)(u16),
                         struct loader_error *e)
{
    long n = f->file->head_len;
    if (n < 0) {
        return loader_fail(e, (int)-n, "%s cannot be read: %s", f->file->path, errno_text((int)-n));
    }
    if (n == 0) {
        return loader_fail(e, ENOEXEC, "%s is empty, neither an ELF program nor a script", f->file->path);
    }
    memcpy(&f->eh, f->file->head, MIN((size_t)n, sizeof(f->eh)));
    if (n < SELFMAG || memcmp(f->eh.e_ident, ELFMAG, SELFMAG)) {
        return loader_fail(
            e, ENOEXEC,
            "%s is neither an ELF program nor a script that begins with #!; start it "
            "through its interpreter if it has one",
            f->file->path);
    }
    if (n < EI_NIDENT + 4) {
        return bad(f, e, "it ends within the first header");
    }
    const u8 *id = f->eh.e_ident;
    if (id[EI_CLASS] != ELFCLASS32 && id[EI_CLASS] != ELFCLASS64) {
        return bad(f, e, "its class is neither 32 nor 64 bits");
    }
    if (id[EI_CLASS] != ELFCLASS64 || id[EI_DATA] != ELFDATA2LSB || !abi_of(f->eh.e_machine)) {
        return wrong_machine(f, abi_of, e);
    }
    if (n < (long)sizeof(f->eh)) {
        return bad(f, e, "it ends within the first header");
    }
    if (id[EI_VERSION] != EV_CURRENT || f->eh.e_version != EV_CURRENT) {
        return bad(f, e, "unknown ELF version");
    }
    if (f->eh.e_type != ET_EXEC && f->eh.e_type != ET_DYN) {
        const char *what = f->eh.e_type == ET_REL    ? "an object file that has not been linked"
                           : f->eh.e_type == ET_CORE ? "a core dump"
                                                     : "an ELF file of unknown type";
        return loader_fail(e, ENOEXEC, "%s is %s, not a program", f->file->path, what);
    }
    return true;
}

/* The file for libelf: its beginning, when that holds the program headers. Sections are none of our business, so
 * libelf must not miss them. */
static Elf *open_elf(const struct elf_file *f)
{
    struct loader_file *file = f->file;
    Elf64_Ehdr *eh = (Elf64_Ehdr *)file->head;
    elf_version(EV_CURRENT);
    if (eh->e_phoff + eh->e_phnum * sizeof(Elf64_Phdr) > (u64)file->head_len) {
        return elf_begin(file->fd, ELF_C_READ, NULL);
    }
    eh->e_shoff = 0;
    eh->e_shnum = eh->e_shstrndx = 0;
    return elf_memory((char *)file->head, (size_t)file->head_len);
}

/* Program headers by libelf, which knows where a file may keep them. */
static bool read_phdrs(struct elf_file *f, struct arena *arena, struct loader_error *e)
{
    if (f->eh.e_phentsize != sizeof(Elf64_Phdr) || f->eh.e_phnum == 0) {
        return bad(f, e, "it has no program headers");
    }
    if (f->eh.e_phnum > LOADER_MAX_PHDRS) {
        return bad(f, e, "it has too many program headers");
    }
    u64 size = (u64)f->file->st.st_size;
    if (f->eh.e_phoff > size || size - f->eh.e_phoff < f->eh.e_phnum * sizeof(Elf64_Phdr)) {
        return bad(f, e, "it ends before its program headers");
    }
    Elf *elf = open_elf(f);
    bool ok = elf && elf_kind(elf) == ELF_K_ELF;
    f->phnum = f->eh.e_phnum;
    f->ph = arena_alloc(arena, f->phnum * sizeof(*f->ph));
    for (unsigned i = 0; ok && i < f->phnum; i++) {
        ok = gelf_getphdr(elf, (int)i, &f->ph[i]) != NULL;
    }
    elf_end(elf);
    return ok ? true : bad(f, e, "its program headers cannot be read");
}

static const char *check_load(const struct elf_file *f, const Elf64_Phdr *ph, gaddr before,
                              u64 page)
{
    u64 end = ph->p_vaddr + ph->p_memsz, size = (u64)f->file->st.st_size;
    if (ph->p_filesz > ph->p_memsz) {
        return "a segment is larger in the file than in memory";
    }
    if (end < ph->p_vaddr || end > 1ull << 47) {
        return "a segment lies outside the address space";
    }
    if (ph->p_filesz && (ph->p_offset > size || ph->p_filesz > size - ph->p_offset)) {
        return "a segment lies beyond its end, so it is probably cut off";
    }
    if (ph->p_filesz && (ph->p_vaddr - ph->p_offset) % page) {
        return "a segment's place in the file does not fit its address";
    }
    if (ph->p_align > 1 && !IS_POW2(ph->p_align)) {
        return "a segment's alignment is no power of two";
    }
    if (ph->p_vaddr < before) {
        return "its segments overlap or are out of order";
    }
    return NULL;
}

static bool check_phdrs(struct elf_file *f, struct loader_error *e)
{
    u64 page = mem_page_size();
    gaddr before = 0;
    f->lo = ~0ull;
    f->align = page;
    for (unsigned i = 0; i < f->phnum; i++) {
        const Elf64_Phdr *ph = &f->ph[i];
        if (ph->p_type != PT_LOAD || !ph->p_memsz) {
            continue;
        }
        const char *wrong = check_load(f, ph, before, page);
        if (wrong) {
            return bad(f, e, wrong);
        }
        before = ph->p_vaddr + ph->p_memsz;
        f->lo = MIN(f->lo, ALIGN_DOWN(ph->p_vaddr, page));
        f->hi = ALIGN_UP(before, page);
        f->align = MAX(f->align, ph->p_align);
    }
    if (f->lo >= f->hi) {
        return bad(f, e, "it has nothing to load");
    }
    if (f->align > 1ull << 30) {
        return bad(f, e, "a segment's alignment is absurd");
    }
    return true;
}

bool elf_read(struct elf_file *f, const struct loader_params *p, struct loader_error *e)
{
    return check_header(f, p->abi_of, e) && read_phdrs(f, p->arena, e) && check_phdrs(f, e);
}

static int segment_prot(const Elf64_Phdr *ph)
{
    return (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
           (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

/* Maps one segment as the kernel does: whole pages of the file, zeros behind. Returns 0 or -errno.
 */
static s64 map_segment(const struct elf_file *f, const Elf64_Phdr *ph)
{
    u64 page = mem_page_size();
    int prot = segment_prot(ph);
    gaddr start = ALIGN_DOWN(ph->p_vaddr + f->bias, page),
          end = ALIGN_UP(ph->p_vaddr + f->bias + ph->p_memsz, page);
    gaddr file_end = ph->p_vaddr + f->bias + ph->p_filesz, anon = start;
    if (ph->p_filesz) {
        anon = ALIGN_UP(file_end, page);
        bool partial = ph->p_memsz > ph->p_filesz && file_end < anon;
        s64 ret = mem_mmap(start, anon - start, partial ? prot | PROT_WRITE : prot,
                           MAP_PRIVATE | MAP_FIXED, f->file->fd, ALIGN_DOWN(ph->p_offset, page));
        if (raw_is_err(ret)) {
            return ret;
        }
        if (partial) {
            memset((void *)file_end, 0, anon - file_end);
            if (!(prot & PROT_WRITE)) {
                mem_mprotect(start, anon - start, prot);
            }
        }
    }
    if (anon < end) {
        s64 ret = mem_mmap(anon, end - anon, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (raw_is_err(ret)) {
            return ret;
        }
    }
    return 0;
}

bool elf_map(struct elf_file *f, struct loader_error *e)
{
    u64 page = mem_page_size();
    bool fixed = f->eh.e_type == ET_EXEC;
    gaddr lo = fixed ? f->lo : ALIGN_DOWN(f->lo, f->align);
    s64 base = mem_map_image(fixed ? lo : 0, f->hi - lo, f->align);
    if (fixed && raw_is_err(base)) {
        return loader_fail(e, ENOMEM, "%s must be loaded at address %#llx, which cannot be had: %s",
                           f->file->path, (unsigned long long)lo, errno_text((int)-base));
    }
    if (raw_is_err(base)) {
        return loader_fail(e, ENOMEM,
                           "no room to load %s: %s; is a limit on address space (ulimit -v) set?",
                           f->file->path, errno_text((int)-base));
    }
    f->bias = (gaddr)base - lo;
    f->base = f->lo + f->bias;
    gaddr at = (gaddr)base;
    for (unsigned i = 0; i < f->phnum; i++) {
        const Elf64_Phdr *ph = &f->ph[i];
        if (ph->p_type != PT_LOAD || !ph->p_memsz) {
            continue;
        }
        s64 ret = map_segment(f, ph);
        if (ret) {
            return loader_fail(e, (int)-ret, "a part of %s cannot be mapped: %s", f->file->path,
                               errno_text((int)-ret));
        }
        gaddr start = ALIGN_DOWN(ph->p_vaddr + f->bias, page);
        if (start > at) {
            mem_munmap(at, start - at);
        }
        at = MAX(at, ALIGN_UP(ph->p_vaddr + ph->p_memsz + f->bias, page));
    }
    log_printf(LOG_loader, "%s: %#llx-%#llx\n", f->file->path, (unsigned long long)f->base,
               (unsigned long long)(f->hi + f->bias));
    return true;
}

static bool read_part(const struct loader_file *f, char *buf, u64 len, u64 offset)
{
    if (offset < (u64)f->head_len && len <= (u64)f->head_len - offset) {
        memcpy(buf, f->head + offset, len);
        return true;
    }
    return raw_pread(f->fd, buf, len, offset) == (long)len;
}

bool elf_interp(const struct elf_file *f, struct arena *arena, const char **name, struct loader_error *e)
{
    *name = NULL;
    for (unsigned i = 0; i < f->phnum; i++) {
        const Elf64_Phdr *ph = &f->ph[i];
        if (ph->p_type != PT_INTERP) {
            continue;
        }
        u64 len = ph->p_filesz;
        char *buf = len >= 2 && len <= LOADER_PATH_MAX ? arena_alloc(arena, len) : NULL;
        if (!buf || !read_part(f->file, buf, len, ph->p_offset) || buf[len - 1] || strlen(buf) + 1 != len) {
            return bad(f, e, "the name of its dynamic loader cannot be read");
        }
        *name = buf;
        return true;
    }
    return true;
}

gaddr elf_phdr_address(const struct elf_file *f)
{
    for (unsigned i = 0; i < f->phnum; i++) {
        const Elf64_Phdr *ph = &f->ph[i];
        if (ph->p_type == PT_LOAD && f->eh.e_phoff >= ph->p_offset &&
            f->eh.e_phoff - ph->p_offset < ph->p_filesz) {
            return f->eh.e_phoff - ph->p_offset + ph->p_vaddr + f->bias;
        }
    }
    return 0;
}

bool elf_exec_stack(const struct elf_file *f)
{
    for (unsigned i = 0; i < f->phnum; i++) {
        if (f->ph[i].p_type == PT_GNU_STACK) {
            return (f->ph[i].p_flags & PF_X) != 0;
        }
    }
    return false;
}
