// LR, SC and AMOs at addresses that are not aligned: SIGBUS at the instruction's own address, as Linux reports it.
#include "t.h"
#include <setjmp.h>

static sigjmp_buf back;
static char area[64] __attribute__((aligned(64)));
static char *insn;

static void report(int sig, siginfo_t *si, void *uc)
{
    (void)uc;
    say("signal %d code %d, %s", sig, si->si_code, (char *)si->si_addr == insn ? "the instruction's address" : "elsewhere");
    siglongjmp(back, 1);
}

#define TRY(text, offset)                                                                          \
    do {                                                                                           \
        say("%s at %d", text, offset);                                                             \
        if (!sigsetjmp(back, 1)) {                                                                 \
            unsigned long old = 0;                                                                 \
            __asm__ volatile(".option push\n.option norvc\nla t0, 1f\nsd t0, (%2)\n1: " text       \
                             "\n.option pop"                                                       \
                             : "=&r"(old)                                                          \
                             : "r"(area + (offset)), "r"(&insn), "r"(5ul)                          \
                             : "memory", "t0");                                                    \
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
    for (int at = 8; at <= 12; at += 4) {
        TRY("lr.d %0, (%1)", at);
        TRY("lr.w %0, (%1)", at + 2);
        TRY("sc.d %0, %3, (%1)", at);
        TRY("amoadd.d %0, %3, (%1)", at);
        TRY("amoswap.w %0, %3, (%1)", at);
        TRY("amomaxu.w %0, %3, (%1)", at + 1);
    }
    say("%016lx", hash_bytes(area, sizeof area));
    return 0;
}
