/* A tiny program of each guest, written from a table of instructions: it shows what it was started
 * with. */
#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "binfmt/binfmt.h"

#define PROBE_BASE 0x400000u
#define CODE_WORDS 13

/* write(1, sp, PROBE_STACK); read(0, sp, 1); exit(PROBE_EXIT). */
static const struct {
    u16 e_machine;
    u32 code[CODE_WORDS];
} programs[] = {
    {EM_AARCH64,
     {
         0xd2800020, 0x910003e1, 0xd2808002, 0xd2800808,
         0xd4000001, /* x0 = 1, x1 = sp, x2 = 1024, x8 = 64, svc */
         0xd2800000, 0x910003e1, 0xd2800022, 0xd28007e8,
         0xd4000001,                         /* x0 = 0, x1 = sp, x2 = 1, x8 = 63, svc */
         0xd2800540, 0xd2800ba8, 0xd4000001, /* x0 = 42, x8 = 93, svc */
     }},
    {EM_RISCV,
     {
         0x00100513, 0x00010593, 0x40000613, 0x04000893,
         0x00000073, /* a0 = 1, a1 = sp, a2 = 1024, a7 = 64, ecall */
         0x00000513, 0x00010593, 0x00100613, 0x03f00893,
         0x00000073,                         /* a0 = 0, a1 = sp, a2 = 1, a7 = 63, ecall */
         0x02a00513, 0x05d00893, 0x00000073, /* a0 = 42, a7 = 93, ecall */
     }},
};

struct image {
    Elf64_Ehdr eh;
    Elf64_Phdr ph;
    u32 code[CODE_WORDS];
};
_Static_assert(sizeof(struct image) <= PROBE_IMAGE_MAX, "an image fits where callers have room");

/* So long that all the program writes is there, and a mark that is found again. */
#define MARK "FERRY_PROBE="
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X256 X64 X64 X64 X64
char *const probe_env[] = {(char *)(uintptr_t)MARK X256 X256 X256 X256, NULL};

size_t probe_image(const struct machine *m, u8 *out)
{
    struct image p;
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        if (programs[i].e_machine != m->e_machine) {
            continue;
        }
        memset(&p, 0, sizeof(p));
        machine_header(m, 0, ET_EXEC, p.eh.e_ident);
        p.eh.e_version = EV_CURRENT;
        p.eh.e_entry = PROBE_BASE + offsetof(struct image, code);
        p.eh.e_phoff = offsetof(struct image, ph);
        p.eh.e_ehsize = sizeof(p.eh);
        p.eh.e_phentsize = sizeof(p.ph);
        p.eh.e_phnum = 1;
        p.ph = (Elf64_Phdr){.p_type = PT_LOAD,
                            .p_flags = PF_R | PF_X,
                            .p_vaddr = PROBE_BASE,
                            .p_paddr = PROBE_BASE};
        p.ph.p_filesz = p.ph.p_memsz = sizeof(p);
        p.ph.p_align = 0x10000;
        memcpy(p.code, programs[i].code, sizeof(p.code));
        memcpy(out, &p, sizeof(p));
        return sizeof(p);
    }
    return 0;
}

/* Where the only variable of the environment begins in STACK; PROBE_STACK: nowhere. */
static size_t find_mark(const u8 *stack)
{
    size_t at = 0;
    while (at + sizeof(MARK) <= PROBE_STACK && memcmp(stack + at, MARK, sizeof(MARK) - 1) != 0) {
        at++;
    }
    return at + sizeof(MARK) <= PROBE_STACK ? at : PROBE_STACK;
}

bool probe_report(const u8 *stack, size_t len, struct probe_seen *out)
{
    const size_t words = PROBE_STACK / 8;
    u64 w[PROBE_STACK / 8];
    memset(out, 0, sizeof(*out));
    size_t mark = len < PROBE_STACK ? PROBE_STACK : find_mark(stack);
    memcpy(w, stack, MIN(len, sizeof(w)));
    if (mark == PROBE_STACK || w[0] < 1 || w[0] > 8) {
        return false;
    }
    out->argc = (unsigned)w[0];
    /* The vectors say how far the strings of the arguments are before the environment's. */
    u64 argv0 = w[1], env0 = w[w[0] + 2];
    for (size_t i = 0; env0 - argv0 <= mark && i < sizeof(out->argv0) - 1; i++) {
        out->argv0[i] = (char)stack[mark - (env0 - argv0) + i];
    }
    for (size_t at = w[0] + 4; at + 1 < words && w[at] != AT_NULL; at += 2) {
        out->secure = w[at] == AT_SECURE ? w[at + 1] != 0 : out->secure;
        out->euid = w[at] == AT_EUID ? (u32)w[at + 1] : out->euid;
    }
    return true;
}
