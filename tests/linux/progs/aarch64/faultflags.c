/* The flags a handler sees at a fault, where what set them worked on an address of the code itself.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

static sigjmp_buf back;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    printf("nzcv %x\n", (unsigned)(((ucontext_t *)context)->uc_mcontext.pstate >> 28));
    siglongjmp(back, 1);
}

#define TRY(set)                                                                                   \
    if (!sigsetjmp(back, 1)) {                                                                     \
        __asm__ volatile("mov x8, xzr\n adr x9, 1f\n1: " set                                       \
                         "\n str w9, [x8]\n adc x9, x9, xzr" ::                                    \
                             : "x8", "x9", "x10", "cc", "memory");                                 \
    }

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    TRY("adds x10, x9, #0x363, lsl #12");
    TRY("subs x10, x9, #1");
    TRY("cmp x9, x9");
    TRY("tst x9, xzr");
    return 0;
}
