// Exclusives, atomics and ordered accesses at addresses that are not aligned: SIGBUS, and nothing is changed (Arm ARM B2.5.2).
#include "t.h"
#include <setjmp.h>

static sigjmp_buf back;
static char area[64] __attribute__((aligned(64)));

static void report(int sig, siginfo_t *si, void *uc)
{
    (void)uc;
    say("signal %d code %d at %ld", sig, si->si_code, (long)((char *)si->si_addr - area));
    siglongjmp(back, 1);
}

#define TRY(text, offset)                                                                          \
    do {                                                                                           \
        say("%s at %d", text, offset);                                                             \
        if (!sigsetjmp(back, 1)) {                                                                 \
            register unsigned long a __asm__("x9") = 0, b __asm__("x10") = 0, c __asm__("x4") = 1, \
                                   d __asm__("x5") = 2;                                            \
            __asm__ volatile(".arch_extension lse\n" text                                          \
                             : "+r"(a), "+r"(b), "+r"(c), "+r"(d)                                  \
                             : "r"(area + (offset))                                                \
                             : "memory", "cc", "x11", "x2", "x3");                                 \
            say("no fault");                                                                       \
        }                                                                                          \
    } while (0)

int main(void)
{
    struct sigaction sa = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &sa, NULL);
    for (unsigned i = 0; i < sizeof area; i++) {
        area[i] = (char)(i + 1);
    }
    uint64_t before = hash_bytes(area, sizeof area);
    for (int at = 8; at <= 12; at += 4) {
        TRY("ldxr x9, [%4]", at);
        TRY("ldaxr w9, [%4]", at);
        TRY("ldxp w9, w10, [%4]", at);
        TRY("ldxp x9, x10, [%4]", at + 8);
        TRY("stxr w9, x4, [%4]", at);
    }
    TRY("ldar x9, [%4]", 4);
    TRY("ldarh w9, [%4]", 1);
    TRY("ldarb w9, [%4]", 1);
    TRY("stlr x4, [%4]", 12);
    TRY("stlrh w4, [%4]", 15);
    TRY(".arch_extension rcpc\n ldapr w9, [%4]", 2);
    TRY(".arch_extension rcpc\n ldapr w9, [%4]", 4);
    TRY("ldxrh w9, [%4]", 3);
    TRY("ldxrb w9, [%4]", 3);
    say("unchanged %d", hash_bytes(area, sizeof area) == before);
    for (int at = 8; at <= 12; at += 4) {
        TRY("ldadd x4, x9, [%4]", at);
        TRY("swp w4, w9, [%4]", at + 1);
        TRY("cas x9, x4, [%4]", at);
        TRY("mov x2, 0\n mov x3, 0\n casp x2, x3, x4, x5, [%4]", at + 8);
        TRY("1: ldxr x9, [%4]\n add x9, x9, x4\n stxr w11, x9, [%4]\n cbnz w11, 1b", at);
    }
    say("%016lx", hash_bytes(area, sizeof area));
    return 0;
}
