// What only riscv64 has: atomic accesses that are not aligned, the operations of prctl for vectors
// and instruction fetch.
#include "t.h"
#include <setjmp.h>
#include <sys/prctl.h>

static sigjmp_buf back;
static uint64_t data[4] = {1, 2, 3, 4};

static void report(int sig, siginfo_t *si, void *uc)
{
    const uint16_t *pc = si->si_addr;
    (void)uc;
    say("signal %d code %d at an atomic instruction: %d", sig, si->si_code, (*pc & 0x7f) == 0x2f);
    siglongjmp(back, 1);
}

#define TRY(what, off, code)                                                                       \
    do {                                                                                           \
        char *p = (char *)data + (off);                                                            \
        long v = 7, old = 0;                                                                       \
        say("%s + %d", what, off);                                                                 \
        if (!sigsetjmp(back, 1)) {                                                                 \
            __asm__ volatile(code : [old] "+&r"(old), [v] "+&r"(v) : [p] "r"(p) : "memory", "t0"); \
            say("%ld", old);                                                                       \
        }                                                                                          \
    } while (0)

/* The same code with addresses that are and that are not aligned, in turns. */
static void atomics(int off)
{
    TRY("amoadd.w", off, "amoadd.w %[old], %[v], (%[p])");
    TRY("amomaxu.d", off, "amomaxu.d %[old], %[v], (%[p])");
    TRY("lr.w", off, "lr.w %[old], (%[p])");
    TRY("sc.d", off, "lr.d t0, (%[p])\nsc.d %[old], %[v], (%[p])");
    TRY("cas.w", off,
        "1: lr.w.aqrl %[old], (%[p])\nbne %[old], %[v], 2f\nsc.w.rl t0, %[v], (%[p])\nbnez t0, "
        "1b\n2:");
    TRY("cas.d", off,
        "1: lr.d.aqrl %[old], (%[p])\nbne %[old], %[v], 2f\nsc.d.rl t0, %[v], (%[p])\nbnez t0, "
        "1b\n2:");
}

static void show_prctl(void)
{
    for (long v = 0; v < 40; v++) {
        if ((v & 12) != 4) { // nothing off for the next program
            say("set %ld: %ld, get %ld", v, R(prctl(69, v)), R(prctl(70)));
        }
    }
    for (long i = 0; i < 9; i++) {
        say("flush %ld %ld: %ld", i / 3, i % 3, R(prctl(71, i / 3, i % 3)));
    }
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = report, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &sa, NULL);
    for (int i = 0; i < 5; i++) {
        atomics((int[]){0, 4, 8, 2, 1}[i]);
    }
    say("%ld %ld %ld", data[0], data[1], data[2]);
    show_prctl();
    return 0;
}
