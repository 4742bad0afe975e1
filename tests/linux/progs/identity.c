// What tells a program which machine it is on: uname, auxv, hwcap, ID registers, cpuinfo.
#include "t.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/utsname.h>

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));
extern char _start[];

static void aux(int argc, char **argv)
{
    (void)argc;
    say("AT_PAGESZ %lu AT_CLKTCK %lu AT_FLAGS %lu AT_SECURE %lu", getauxval(AT_PAGESZ),
        getauxval(AT_CLKTCK), getauxval(AT_FLAGS), getauxval(AT_SECURE));
    say("AT_PLATFORM %s", (char *)getauxval(AT_PLATFORM));
    TRUE(getauxval(AT_UID) == getuid() && getauxval(AT_EUID) == geteuid());
    TRUE(getauxval(AT_GID) == getgid() && getauxval(AT_EGID) == getegid());
    TRUE(getauxval(AT_ENTRY) == (unsigned long)_start);
    TRUE(getauxval(AT_PHDR) == (unsigned long)&__ehdr_start + __ehdr_start.e_phoff);
    TRUE(getauxval(AT_PHENT) == sizeof(ElfW(Phdr)) && getauxval(AT_PHNUM) == __ehdr_start.e_phnum);
    TRUE(strstr((char *)getauxval(AT_EXECFN), "identity") != NULL);
    unsigned char *random = (void *)getauxval(AT_RANDOM), sum = 0;
    for (int i = 0; random && i < 16; i++) {
        sum |= random[i];
    }
    TRUE(sum != 0);
    // The stack at entry: argc at sp, sp a multiple of 16, argv right after it.
    TRUE(((unsigned long)argv - 8) % 16 == 0 && *((long *)argv - 1) == argc);
    TRUE((char *)argv < argv[0] && argv[0] < (char *)getauxval(AT_EXECFN));
    TRUE(getauxval(AT_SYSINFO_EHDR) != 0);
}

#ifdef __riscv
static const char *const keys[] = {"hart", "isa", "mmu"};
enum { HAVE = 7 };

struct pair {
    int64_t key;
    uint64_t value;
};

static long probe(struct pair *p, long n)
{
    return R(syscall(258, p, n, 0, NULL, 0));
}

static long probe_which(struct pair *p, unsigned long *set, long size)
{
    return R(syscall(258, p, 1, size, set, 1));
}

static void features(void)
{
    unsigned long h = getauxval(AT_HWCAP);
    static const char letters[] = "imafdc";
    for (int i = 0; letters[i]; i++) {
        say("%c %ld", letters[i], h >> (letters[i] - 'a') & 1);
    }
    // What is advertised in HWCAP must be what riscv_hwprobe says.
    struct pair p[] = {{3, 9}, {4, 0}, {-5, 7}, {12345, 7}};
    say("hwprobe %ld", probe(p, 4));
    TRUE(p[0].key == 3 && p[0].value == 1 && p[1].key == 4);
    TRUE((p[1].value & 3) == 3);
    TRUE((p[1].value >> 2 & 1) == (h >> ('v' - 'a') & 1));
    TRUE(p[2].key == -1 && p[2].value == 0 && p[3].key == -1 && p[3].value == 0);
    say("flags %ld, no memory %ld, no CPU %ld", R(syscall(258, p, 1, 0, NULL, 16)),
        R(syscall(258, 8, 1, 0, NULL, 0)), R(syscall(258, p, 1, 8, &(unsigned long){0}, 0)));
    for (int i = 1; i <= 3; i += 2) { // which CPUs have this base behaviour?
        unsigned long set[128] = {0}, any = 0;
        long r = probe_which(&(struct pair){3, i}, set, sizeof set);
        for (int k = 0; k < 128; k++) {
            any |= set[k];
        }
        say("base %d: %ld, CPUs %d", i, r, any != 0);
    }
    unsigned long a, b;
    __asm__ volatile("rdtime %0" : "=r"(a));
    sleep_ms(20);
    __asm__ volatile("rdtime %0" : "=r"(b));
    TRUE(b > a);
    __asm__ volatile("rdinstret %0" : "=r"(a));
    __asm__ volatile("rdinstret %0" : "=r"(b));
    TRUE(b > a);
}
#else
static const char *const keys[] = {"CPU implementer", "Features", "flags"};
enum { HAVE = 3 };

static void features(void)
{
    unsigned long h = getauxval(AT_HWCAP);
    static const char *const name[] = {"fp",   "asimd", NULL,    "aes",    "pmull",
                                       "sha1", "sha2",  "crc32", "atomics"};
    for (int i = 0; i < 9; i++) {
        if (name[i]) {
            say("%s %ld", name[i], h >> i & 1);
        }
    }
    // What is advertised in HWCAP must be in the ID registers, which HWCAP_CPUID says may be read.
    TRUE(h & HWCAP_CPUID);
    unsigned long isar0, pfr0, mmfr0, midr;
    __asm__("mrs %0, ID_AA64ISAR0_EL1" : "=r"(isar0));
    __asm__("mrs %0, ID_AA64PFR0_EL1" : "=r"(pfr0));
    __asm__("mrs %0, ID_AA64MMFR0_EL1" : "=r"(mmfr0));
    __asm__("mrs %0, MIDR_EL1" : "=r"(midr));
    TRUE(((isar0 >> 4 & 15) >= 1) == !!(h & HWCAP_AES));
    TRUE(((isar0 >> 4 & 15) >= 2) == !!(h & HWCAP_PMULL));
    TRUE(((isar0 >> 8 & 15) >= 1) == !!(h & HWCAP_SHA1));
    TRUE(((isar0 >> 12 & 15) >= 1) == !!(h & HWCAP_SHA2));
    TRUE(((isar0 >> 16 & 15) >= 1) == !!(h & HWCAP_CRC32));
    TRUE(((isar0 >> 20 & 15) >= 2) == !!(h & HWCAP_ATOMICS));
    TRUE(((isar0 >> 44 & 15) >= 1) == !!(h & HWCAP_ASIMDDP));
    TRUE((pfr0 >> 20 & 15) != 15 && (pfr0 >> 16 & 15) != 15);
    unsigned long ctr, dczid, freq, a, b;
    __asm__("mrs %0, CTR_EL0" : "=r"(ctr));
    __asm__("mrs %0, DCZID_EL0" : "=r"(dczid));
    __asm__("mrs %0, CNTFRQ_EL0" : "=r"(freq));
    __asm__ volatile("isb\n\tmrs %0, CNTVCT_EL0" : "=r"(a));
    sleep_ms(20);
    __asm__ volatile("isb\n\tmrs %0, CNTVCT_EL0" : "=r"(b));
    TRUE((ctr & 15) >= 1 && (ctr >> 16 & 15) >= 1 && (ctr >> 31));
    TRUE((dczid & 15) >= 1 && (dczid & 15) <= 9);
    TRUE(freq >= 1000000 && b - a >= freq / 1000 * 19 && b - a < freq);
    if (!(dczid & 16)) {
        long size = 4l << (dczid & 15);
        char *m = aligned_alloc(4096, 2 * 4096);
        memset(m, 'x', 2 * 4096);
        __asm__ volatile("dc zva, %0" ::"r"(m + size + 5) : "memory");
        int ok = m[size - 1] == 'x' && m[2 * size] == 'x';
        for (long i = 0; i < size; i++) {
            ok &= m[size + i] == 0;
        }
        TRUE(ok);
    }
}
#endif

int main(int argc, char **argv)
{
    struct utsname u;
    SHOW(uname(&u));
    say("%s %s", u.sysname, u.machine);
    TRUE(u.release[0] >= '3' && u.release[0] <= '9');
    aux(argc, argv);
    features();
    FILE *f = fopen("/proc/cpuinfo", "r");
    char line[1000];
    int seen = 0;
    while (f && fgets(line, sizeof line, f)) {
        for (int i = 0; i < 3; i++) {
            seen |= (strncmp(line, keys[i], strlen(keys[i])) == 0) << i;
        }
    }
    TRUE(seen == HAVE);
    return 0;
}
