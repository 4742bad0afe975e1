/* The host's clocks through its vDSO. */
#include "base/clock.h"

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/sys_raw.h"

#if defined(__x86_64__)
#define VDSO_CLOCK_GETTIME "__vdso_clock_gettime"
#else
#define VDSO_CLOCK_GETTIME "__kernel_clock_gettime"
#endif

typedef int clock_fn(clockid_t clock, struct timespec *ts);

/* The function NAME of the host's vDSO, NULL when there is none. */
static clock_fn *vdso_symbol(const char *name)
{
    const u8 *base = (const u8 *)getauxval(AT_SYSINFO_EHDR);
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)base;
    const Elf64_Sym *syms = NULL;
    const char *strings = NULL;
    const u32 *hash = NULL;
    if (!base) {
        return NULL;
    }
    const Elf64_Phdr *ph = (const Elf64_Phdr *)(base + eh->e_phoff);
    for (int i = 0; i < eh->e_phnum; i++) {
        if (ph[i].p_type != PT_DYNAMIC) {
            continue;
        }
        for (const Elf64_Dyn *d = (const Elf64_Dyn *)(base + ph[i].p_offset); d->d_tag != DT_NULL; d++) {
            const void *at = base + d->d_un.d_ptr;
            strings = d->d_tag == DT_STRTAB ? at : strings;
            syms = d->d_tag == DT_SYMTAB ? at : syms;
            hash = d->d_tag == DT_HASH ? at : hash;
        }
    }
    for (u32 i = 0; syms && strings && hash && i < hash[1]; i++) {
        if (syms[i].st_shndx && strcmp(strings + syms[i].st_name, name) == 0) {
            return (clock_fn *)(base + syms[i].st_value);
        }
    }
    return NULL;
}

/* Found on first use: most programs never ask for the time. */
static clock_fn *clock_gettime_fn(void)
{
    static clock_fn *fn;
    static bool looked;
    if (!__atomic_load_n(&looked, __ATOMIC_ACQUIRE)) {
        fn = vdso_symbol(VDSO_CLOCK_GETTIME);
        __atomic_store_n(&looked, true, __ATOMIC_RELEASE);
    }
    return fn;
}

int clock_read(clockid_t clock, struct timespec *ts)
{
    clock_fn *fn = clock_gettime_fn();
    return fn ? fn(clock, ts) : (int)raw_clock_gettime(clock, ts);
}
