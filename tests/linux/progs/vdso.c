// The vDSO: an ELF image found by AT_SYSINFO_EHDR whose functions agree with the system calls.
#include "t.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/time.h>

#ifdef __riscv
#define PREFIX "__vdso_"
#else
#define PREFIX "__kernel_"
#endif

static const Elf64_Sym *symbols;
static const char *strings;
static unsigned long count, base;

static void *lookup(const char *name)
{
    for (unsigned long i = 0; i < count; i++) {
        if (!strcmp(strings + symbols[i].st_name, name) && symbols[i].st_shndx) {
            return (void *)(base + symbols[i].st_value);
        }
    }
    return NULL;
}

static void parse(void)
{
    const Elf64_Ehdr *e = (void *)getauxval(AT_SYSINFO_EHDR);
    if (!e) {
        say("no vDSO");
        exit(0);
    }
    const Elf64_Phdr *p = (void *)((char *)e + e->e_phoff);
    const Elf64_Dyn *d = NULL;
    for (int i = 0; i < e->e_phnum; i++) {
        if (p[i].p_type == PT_LOAD && !base) {
            base = (unsigned long)e + p[i].p_offset - p[i].p_vaddr;
        } else if (p[i].p_type == PT_DYNAMIC) {
            d = (void *)((char *)e + p[i].p_offset);
        }
    }
    say("machine %d type %d", e->e_machine, e->e_type);
    for (; d && d->d_tag; d++) {
        switch (d->d_tag) {
        case DT_SYMTAB:
            symbols = (void *)(base + d->d_un.d_ptr);
            break;
        case DT_STRTAB:
            strings = (void *)(base + d->d_un.d_ptr);
            break;
        case DT_HASH:
            count = ((uint32_t *)(base + d->d_un.d_ptr))[1];
            break;
        }
    }
}

static long between(struct timespec a, struct timespec b)
{
    return (b.tv_sec - a.tv_sec) * 1000000000l + b.tv_nsec - a.tv_nsec;
}

int main(void)
{
    parse();
    int (*gettime)(int, struct timespec *) = lookup(PREFIX "clock_gettime");
    int (*getres)(int, struct timespec *) = lookup(PREFIX "clock_getres");
    int (*gettod)(struct timeval *, void *) = lookup(PREFIX "gettimeofday");
    TRUE(gettime && getres && gettod && lookup(PREFIX "rt_sigreturn"));
    if (!gettime || !getres || !gettod) {
        return 1;
    }
    static const int clocks[] = {
        CLOCK_REALTIME,         CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
        CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,  CLOCK_TAI,           CLOCK_PROCESS_CPUTIME_ID,
        CLOCK_THREAD_CPUTIME_ID};
    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        struct timespec a, b, c, r, s;
        long ra = syscall(SYS_clock_gettime, clocks[i], &a), rb = gettime(clocks[i], &b);
        long rc = syscall(SYS_clock_gettime, clocks[i], &c);
        int ordered = between(a, b) >= 0 && between(b, c) >= 0;
        long rr = getres(clocks[i], &r), rs = syscall(SYS_clock_getres, clocks[i], &s);
        say("clock %d: %ld %ld %ld ordered %d, resolution %ld %ld same %d", clocks[i], ra, rb, rc,
            ordered, rr, rs, r.tv_sec == s.tv_sec && r.tv_nsec == s.tv_nsec);
    }
    struct timespec t;
    say("bad clock %d", gettime(77, &t));
    struct timeval a, b;
    struct timespec c;
    SHOW(gettod(&a, NULL));
    SHOW(gettimeofday(&b, NULL));
    clock_gettime(CLOCK_REALTIME, &c);
    TRUE((c.tv_sec - a.tv_sec) * 1000000 + c.tv_nsec / 1000 - a.tv_usec >= 0);
    struct timespec last = {0}, now;
    int backwards = 0;
    for (int i = 0; i < 100000; i++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        backwards += between(last, now) < 0;
        last = now;
    }
    say("backwards %d", backwards);
    return 0;
}
