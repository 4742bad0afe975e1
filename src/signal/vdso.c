/* The vDSO image: a minimal shared object of one page, built when a program starts. */
#include <elf.h>
#include <string.h>

#include "signal/priv.h"

#define SONAME "linux-vdso.so.1"
#define MAX_SYMBOLS 16

/* Everything at fixed places in the page; code at VDSO_CODE. */
struct vdso_page {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[3];
    Elf64_Dyn dyn[10];
    Elf64_Sym sym[1 + MAX_SYMBOLS];
    u32 hash[2 + 1 + 1 + MAX_SYMBOLS]; /* nbucket 1, nchain, bucket, chains */
    Elf64_Half versym[1 + MAX_SYMBOLS];
    struct {
        Elf64_Verdef def;
        Elf64_Verdaux aux;
    } __attribute__((aligned(8))) verdef[2];
    char str[1024];
};
_Static_assert(sizeof(struct vdso_page) <= VDSO_CODE, "the code lies behind the tables");

static u32 elf_hash(const char *s)
{
    u32 h = 0;
    while (*s) {
        h = (h << 4) + (u8)*s++;
        u32 g = h & 0xf0000000;
        h = (h ^ g >> 24) & ~g;
    }
    return h;
}

static u32 add_string(struct vdso_page *p, u32 *len, const char *s)
{
    u32 at = *len;
    size_t n = strlen(s) + 1;
    ASSERT(at + n <= sizeof(p->str));
    memcpy(p->str + at, s, n);
    *len = at + (u32)n;
    return at;
}

static void add_version(struct vdso_page *p, unsigned i, u32 name, const char *text, bool last)
{
    p->verdef[i].def = (Elf64_Verdef){.vd_version = 1, .vd_flags = i ? 0 : VER_FLG_BASE, .vd_ndx = (u16)(i + 1),
                                      .vd_cnt = 1, .vd_hash = elf_hash(text), .vd_aux = sizeof(Elf64_Verdef),
                                      .vd_next = last ? 0 : sizeof(p->verdef[0])};
    p->verdef[i].aux = (Elf64_Verdaux){.vda_name = name};
}

static void fill_headers(struct vdso_page *p, u16 e_machine, u64 size)
{
    memcpy(p->eh.e_ident, ELFMAG, SELFMAG);
    p->eh.e_ident[EI_CLASS] = ELFCLASS64;
    p->eh.e_ident[EI_DATA] = ELFDATA2LSB;
    p->eh.e_ident[EI_VERSION] = EV_CURRENT;
    p->eh.e_type = ET_DYN;
    p->eh.e_machine = e_machine;
    p->eh.e_version = EV_CURRENT;
    p->eh.e_phoff = offsetof(struct vdso_page, ph);
    p->eh.e_ehsize = sizeof(Elf64_Ehdr);
    p->eh.e_phentsize = sizeof(Elf64_Phdr);
    p->eh.e_phnum = ARRAY_LEN(p->ph);
    u64 dyn = offsetof(struct vdso_page, dyn);
    p->ph[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = size, .p_memsz = size,
                            .p_align = 4096};
    p->ph[1] = (Elf64_Phdr){.p_type = PT_DYNAMIC, .p_flags = PF_R, .p_offset = dyn, .p_vaddr = dyn, .p_paddr = dyn,
                            .p_filesz = sizeof(p->dyn), .p_memsz = sizeof(p->dyn), .p_align = 8};
    p->ph[2] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16};
}

static void fill_dynamic(struct vdso_page *p, u32 soname, u32 str_len)
{
    const Elf64_Dyn dyn[] = {{DT_SONAME, {soname}},
                             {DT_HASH, {offsetof(struct vdso_page, hash)}},
                             {DT_STRTAB, {offsetof(struct vdso_page, str)}},
                             {DT_SYMTAB, {offsetof(struct vdso_page, sym)}},
                             {DT_STRSZ, {str_len}},
                             {DT_SYMENT, {sizeof(Elf64_Sym)}},
                             {DT_VERSYM, {offsetof(struct vdso_page, versym)}},
                             {DT_VERDEF, {offsetof(struct vdso_page, verdef)}},
                             {DT_VERDEFNUM, {ARRAY_LEN(p->verdef)}},
                             {DT_NULL, {0}}};
    _Static_assert(sizeof(dyn) == sizeof(p->dyn), "all entries");
    memcpy(p->dyn, dyn, sizeof(dyn));
}

size_t vdso_build(u8 *page, size_t cap, u16 e_machine, const char *version, const struct vdso_symbol *syms,
                  unsigned count)
{
    struct vdso_page *p = (struct vdso_page *)page;
    u32 str = 1, at = VDSO_CODE;
    ASSERT(cap >= 4096 && count <= MAX_SYMBOLS);
    memset(page, 0, 4096);
    u32 soname = add_string(p, &str, SONAME), ver = add_string(p, &str, version);
    add_version(p, 0, soname, SONAME, false);
    add_version(p, 1, ver, version, true);
    p->hash[0] = 1;
    p->hash[1] = count + 1;
    p->hash[2] = 1; /* one bucket: a chain through all symbols */
    for (unsigned i = 0; i < count; i++) {
        u32 len = syms[i].words * 4;
        ASSERT(at + len <= 4096);
        memcpy(page + at, syms[i].code, len);
        p->sym[i + 1] = (Elf64_Sym){.st_name = add_string(p, &str, syms[i].name), .st_value = at, .st_size = len,
                                    .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1};
        p->versym[i + 1] = 2;
        p->hash[2 + 1 + i + 1] = i + 1 < count ? i + 2 : 0;
        at = ALIGN_UP(at + len, 16);
    }
    fill_headers(p, e_machine, at);
    fill_dynamic(p, soname, str);
    return at;
}
