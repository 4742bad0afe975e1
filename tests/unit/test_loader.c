/* The loader on good and bad files made here: what it refuses and how it says so, and the stack it
 * builds. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/loader.h"
#include "mem/priv.h"
#include "unit.h"

static u64 hwcap(u64 features)
{
    (void)features;
    return 0x123;
}
static const struct abi test_abi = {.uname_machine = "aarch64",
                                    .address_bits = 48,
                                    .hwcap = hwcap,
                                    .hwcap2 = hwcap,
                                    .platform = "aarch64",
                                    .loader_package = "libc6:arm64",
                                    .multiarch = "aarch64-linux-gnu",
                                    .minsigstksz = 5120};
static const struct abi *abi_of(u16 m)
{
    return m == EM_AARCH64 ? &test_abi : NULL;
}

/* A program of two segments: text from offset 0, data with 3 pages of zeros behind. */
struct program {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[4];
    char interp[64];
    u8 text[1024];
    u8 data[1000];
};

static void make(struct program *p, bool dynamic)
{
    memset(p, 0, sizeof(*p));
    memcpy(p->eh.e_ident, ELFMAG, SELFMAG);
    p->eh.e_ident[EI_CLASS] = ELFCLASS64;
    p->eh.e_ident[EI_DATA] = ELFDATA2LSB;
    p->eh.e_ident[EI_VERSION] = p->eh.e_version = EV_CURRENT;
    p->eh.e_type = ET_DYN;
    p->eh.e_machine = EM_AARCH64;
    p->eh.e_phoff = offsetof(struct program, ph);
    p->eh.e_phentsize = sizeof(Elf64_Phdr);
    p->eh.e_ehsize = sizeof(Elf64_Ehdr);
    p->eh.e_phnum = dynamic ? 3 : 2;
    p->eh.e_entry = offsetof(struct program, text);
    u64 data = offsetof(struct program, data);
    p->ph[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                            .p_flags = PF_R | PF_X,
                            .p_filesz = data,
                            .p_memsz = data,
                            .p_align = 0x10000};
    p->ph[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                            .p_flags = PF_R | PF_W,
                            .p_offset = data,
                            .p_vaddr = 0x20000 + data,
                            .p_filesz = sizeof(p->data),
                            .p_memsz = sizeof(p->data) + 3 * 4096,
                            .p_align = 0x10000};
    p->ph[2] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = offsetof(struct program, interp)};
    strcpy(p->interp, "/no/such/ld.so");
    p->ph[2].p_filesz = p->ph[2].p_memsz = strlen(p->interp) + 1;
    memset(p->data, 0xda, sizeof(p->data));
}

static int file_of(const void *data, size_t len)
{
    int fd = memfd_create("program", 0);
    ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
    return fd;
}

static struct loader_image img;
static struct loader_error err;

static bool load_fd(int fd)
{
    char *argv[] = {"name", "one", "two words", NULL}, *envp[] = {"A=1", "B=", NULL};
    static struct arena arena; /* never released: the loader's results may lie there */
    struct loader_params p = {.path = "the/program",
                              .fd = fd,
                              .argv = argv,
                              .envp = envp,
                              .execfn = "the/program",
                              .abi_of = abi_of,
                              .arena = &arena,
                              .stack_size = 1 << 20};
    memset(&img, 0, sizeof(img));
    memset(&err, 0, sizeof(err));
    memset(&mem_state, 0, sizeof(mem_state));
    bool ok = loader_load(&p, &img, &err);
    close(fd);
    return ok;
}

/* One line, with the file's name, and an error number that fits. */
static void refused(const void *data, size_t len, int errnum, int code, const char *says)
{
    ck_assert(!load_fd(file_of(data, len)));
    ck_assert_msg(err.err == errnum && err.exit_code == code && strstr(err.text, says) &&
                      strstr(err.text, "the/program") && !strchr(err.text, '\n'),
                  "%zu bytes: errno %d exit %d \"%s\" has no \"%s\"", len, err.err, err.exit_code,
                  err.text, says);
}

START_TEST(truncated)
{
    struct program p;
    make(&p, false);
    for (size_t len = 0; len < sizeof(p); len += len < 400 || len > sizeof(p) - 50 ? 1 : 37) {
        ck_assert(!load_fd(file_of(&p, len)));
        if (err.err != ENOEXEC || err.exit_code != 126 || !strstr(err.text, "the/program")) {
            ck_abort_msg("%zu bytes: errno %d \"%s\"", len, err.err, err.text);
        }
    }
}
END_TEST

START_TEST(garbage)
{
    struct program p;
    make(&p, false);
    p.eh.e_machine = EM_RISCV;
    refused(&p, sizeof(p), ENOEXEC, 126, "riscv");
    p.eh.e_machine = EM_ARM;
    p.eh.e_ident[EI_CLASS] = ELFCLASS32;
    refused(&p, sizeof(p), ENOEXEC, 126, "32-bit little-endian program for arm; ferry runs");
    make(&p, false);
    p.eh.e_machine = EM_S390 << 8;
    p.eh.e_ident[EI_DATA] = ELFDATA2MSB;
    refused(&p, sizeof(p), ENOEXEC, 126, "64-bit big-endian program for s390x");
    make(&p, false);
    p.eh.e_type = ET_REL;
    refused(&p, sizeof(p), ENOEXEC, 126, "object file");
    make(&p, false);
    p.ph[1].p_vaddr = 64 + offsetof(struct program, data);
    refused(&p, sizeof(p), ENOEXEC, 126, "damaged");
    make(&p, false);
    p.ph[1].p_vaddr -= 0x20000;
    p.ph[0].p_memsz += 1;
    refused(&p, sizeof(p), ENOEXEC, 126, "overlap");
    make(&p, false);
    p.ph[1].p_memsz = ~0ull - 5;
    refused(&p, sizeof(p), ENOEXEC, 126, "address space");
    make(&p, false);
    p.ph[1].p_memsz = 1;
    refused(&p, sizeof(p), ENOEXEC, 126, "larger");
    make(&p, false);
    p.eh.e_phnum = 0;
    refused(&p, sizeof(p), ENOEXEC, 126, "program headers");
    refused("hello\n", 6, ENOEXEC, 126, "neither an ELF program nor a script");
    refused("#!\n", 3, ENOEXEC, 126, "names no interpreter");
    refused("#!/no/such/thing x\n", 19, ENOENT, 127, "/no/such/thing");
    ck_assert(!load_fd(open("/", O_RDONLY)));
    ck_assert(err.err == EACCES && strstr(err.text, "directory"));
}
END_TEST

/* Random damage to the headers: an answer, not a crash. */
START_TEST(damaged)
{
    u32 r = 1;
    for (int i = 0; i < 3000; i++) {
        struct program p;
        make(&p, i & 1);
        for (int k = 0; k < 3; k++) {
            r = r * 1664525 + 1013904223;
            ((u8 *)&p)[16 + (r >> 8) % (offsetof(struct program, interp) - 16)] = (u8)(r >> 24);
        }
        bool ok = load_fd(file_of(&p, sizeof(p)));
        if (!ok && (!err.text[0] || !err.err)) {
            ck_abort_msg("refused without a reason");
        }
        for (size_t n = mem_state.map.v.len; n-- > 0;) {
            mem_munmap(mem_state.map.v.data[n].lo,
                       mem_state.map.v.data[n].hi - mem_state.map.v.data[n].lo);
        }
        munmap((void *)mem_state.brk_lo, mem_state.brk_hi - mem_state.brk_lo);
    }
}
END_TEST

START_TEST(missing_interp)
{
    struct program p;
    make(&p, true);
    refused(&p, sizeof(p), ENOENT, 127, "libc6:arm64");
    refused(&p, sizeof(p), ENOENT, 127, "-L /usr/aarch64-linux-gnu");
}
END_TEST

static u64 aux_of(u64 type)
{
    for (const u64 *a = (const u64 *)img.auxv; a[0]; a += 2) {
        if (a[0] == type) {
            return a[1];
        }
    }
    return ~0ull;
}

START_TEST(image)
{
    struct program p;
    make(&p, false);
    ck_assert_msg(load_fd(file_of(&p, sizeof(p))), "%s", err.text);
    const u8 *base = (const u8 *)img.exe_base;
    ck_assert_uint_eq(img.exe_base % 0x10000, 0);
    ck_assert_uint_eq(img.entry, img.exe_base + p.eh.e_entry);
    ck_assert(!memcmp(base, &p.eh, sizeof(p.eh)));
    const u8 *data = base + p.ph[1].p_vaddr;
    ck_assert(data[0] == 0xda && data[999] == 0xda);
    for (u64 i = p.ph[1].p_filesz; i < p.ph[1].p_memsz; i++) {
        if (data[i]) {
            ck_abort_msg("byte %llu behind the data is not zero", (unsigned long long)i);
        }
    }
    ck_assert(!mem_is_mapped(img.exe_base + 0x10000, 1)); /* the hole between the segments */
    const u64 *sp = (const u64 *)img.sp;
    ck_assert_uint_eq(img.sp % 16, 0);
    ck_assert_uint_eq(sp[0], 3);
    ck_assert_str_eq((char *)sp[3], "two words");
    ck_assert_uint_eq(sp[4], 0);
    ck_assert_str_eq((char *)sp[5], "A=1");
    ck_assert_str_eq((char *)sp[6], "B=");
    ck_assert_uint_eq(sp[7], 0);
    ck_assert_uint_eq((u64)&sp[8], img.auxv);
    ck_assert_uint_eq(aux_of(AT_PHDR), img.exe_base + p.eh.e_phoff);
    ck_assert_uint_eq(aux_of(AT_PHNUM), 2);
    ck_assert_uint_eq(aux_of(AT_ENTRY), img.entry);
    ck_assert_str_eq((char *)aux_of(AT_EXECFN), "the/program");
    ck_assert_str_eq((char *)aux_of(AT_PLATFORM), "aarch64");
    ck_assert_uint_eq(aux_of(AT_HWCAP), 0x123);
    ck_assert(!memcmp((char *)img.arg_start, "name\0one\0two words\0A=1\0B=\0", 26));
    ck_assert_uint_eq(img.env_end - img.arg_start, 26);
    ck_assert(mem_brk(0) > 0);
}
END_TEST

START_TEST(scripts)
{
    struct program p;
    make(&p, false);
    char dir[] = "/tmp/test_loader_XXXXXX", exe[64], script[64], line[100];
    ck_assert(mkdtemp(dir));
    snprintf(exe, sizeof(exe), "%s/exe", dir);
    snprintf(script, sizeof(script), "%s/script", dir);
    int fd = open(exe, O_CREAT | O_WRONLY, 0755);
    ck_assert_int_eq(write(fd, &p, sizeof(p)), sizeof(p));
    close(fd);
    int n = snprintf(line, sizeof(line), "#!%s  an option \nrest\n", exe);
    fd = file_of(line, (size_t)n);
    ck_assert_msg(load_fd(fd), "%s", err.text);
    const u64 *sp = (const u64 *)img.sp;
    ck_assert_uint_eq(sp[0], 5);
    ck_assert_str_eq((char *)sp[1], exe);
    ck_assert_str_eq((char *)sp[2], "an option");
    ck_assert_str_eq((char *)sp[3], "the/program");
    ck_assert_str_eq((char *)sp[4], "one");
    ck_assert_str_eq(img.exe_path, exe);
    n = snprintf(line, sizeof(line), "#!%s\n", script);
    fd = open(script, O_CREAT | O_WRONLY, 0755);
    ck_assert_int_eq(write(fd, line, (size_t)n), n);
    close(fd);
    ck_assert(!load_fd(open(script, O_RDONLY)));
    ck_assert_int_eq(err.err, ELOOP);
    unlink(exe);
    unlink(script);
    rmdir(dir);
}
END_TEST

UNIT_SUITE(loader, truncated, garbage, damaged, missing_interp, image, scripts)
