/* Ferry's own start: from the kernel to main without libc's, which takes longer than the rest of ferry's start
 * (it asks the processor for its caches, which traps in a virtual machine, and relocates its own tables).
 *
 * Nothing here may use a pointer in data before relocate() has run. */
#include <elf.h>
#include <sys/mman.h>

#include "base/pool.h"
#include "base/sys_raw.h"
#include "start/priv.h"

#define STACK_HOT (2 * 4096ull)

int main(int argc, char **argv, char **envp);

extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static NORETURN void fail(const char *text, size_t len)
{
    raw_write(2, text, len);
    raw_exit_group(125);
}
#define FAIL(text) fail("ferry: " text "\n", sizeof("ferry: " text "\n") - 1)

static void relocate_packed(const u64 *relr, size_t size, u64 bias)
{
    u64 *at = NULL;
    for (const u64 *end = relr + size / 8; relr < end; relr++) {
        if (!(*relr & 1)) {
            at = (u64 *)(bias + *relr);
            *at++ += bias;
            continue;
        }
        for (u64 bits = *relr >> 1; bits; bits &= bits - 1) {
            at[__builtin_ctzll(bits)] += bias;
        }
        at += 63;
    }
}

static void relocate_plain(const Elf64_Rela *rela, size_t size, u64 bias)
{
    for (const Elf64_Rela *end = rela + size / sizeof(*rela); rela < end; rela++) {
        if (rela->r_info != START_RELATIVE) {
            FAIL("bug: it was linked with relocations that its own start does not know");
        }
        *(u64 *)(bias + rela->r_offset) = bias + (u64)rela->r_addend;
    }
}

static void relocate(u64 bias)
{
    u64 d[DT_RELR + 1] = {0};
    for (const Elf64_Dyn *dyn = _DYNAMIC; dyn->d_tag != DT_NULL; dyn++) {
        if (dyn->d_tag > 0 && dyn->d_tag <= DT_RELR) {
            d[dyn->d_tag] = dyn->d_un.d_val;
        }
    }
    if (d[DT_RELR]) {
        relocate_packed((const u64 *)(bias + d[DT_RELR]), d[DT_RELRSZ], bias);
    }
    if (d[DT_RELA]) {
        relocate_plain((const Elf64_Rela *)(bias + d[DT_RELA]), d[DT_RELASZ], bias);
    }
    if (d[DT_PLTRELSZ]) {
        relocate_plain((const Elf64_Rela *)(bias + d[DT_JMPREL]), d[DT_PLTRELSZ], bias);
    }
}

/* The first program header of TYPE that has all of FLAGS. */
static const Elf64_Phdr *own_segment(u32 type, u32 flags)
{
    const Elf64_Phdr *ph = (const Elf64_Phdr *)getauxval(AT_PHDR);
    for (u64 n = getauxval(AT_PHNUM); ph && n > 0; n--, ph++) {
        if (ph->p_type == type && (ph->p_flags & flags) == flags) {
            return ph;
        }
    }
    return NULL;
}

static void set_up_tls(u64 bias)
{
    const Elf64_Phdr *ph = own_segment(PT_TLS, 0);
    struct start_tls tls = {.align = 1};
    if (ph) {
        tls = (struct start_tls){(const void *)(bias + ph->p_vaddr), ph->p_filesz, ph->p_memsz, MAX(ph->p_align, 1ull)};
    }
    if (!start_set_tls(&tls)) {
        FAIL("bug: it was linked with more thread-local storage than its own start provides");
    }
}

/* Takes the pages that the start is going to write. */
static void populate(u64 bias, u64 sp)
{
    const Elf64_Phdr *data = own_segment(PT_LOAD, PF_W);
    u64 lo = data ? ALIGN_DOWN(bias + data->p_vaddr, 4096ull) : RAW_PTR(pool);
    raw_madvise(lo, RAW_PTR(pool) + POOL_HOT - lo, POOL_POPULATE);
    u64 stack = ALIGN_DOWN(sp, 4096ull);
    raw_madvise(stack - STACK_HOT, STACK_HOT, POOL_POPULATE);
}

NORETURN void start_c(u64 *sp)
{
    u64 bias = RAW_PTR(__ehdr_start);
    int argc = (int)sp[0];
    char **argv = (char **)(sp + 1), **envp = argv + argc + 1;
    char **end = envp;
    while (*end) {
        end++;
    }
    start_auxv = (const Elf64_auxv_t *)(end + 1);
    populate(bias, RAW_PTR(sp));
    relocate(bias);
    set_up_tls(bias);
    raw_exit_group(main(argc, argv, envp));
}
