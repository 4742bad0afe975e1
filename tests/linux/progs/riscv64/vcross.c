/* Elements of vector accesses that lie across the end of what may be accessed: the address of the fault. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

static char *page;
static sigjmp_buf back;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    printf(" %d at %ld\n", sig, (long)((char *)info->si_addr - page));
    siglongjmp(back, 1);
}

#define TRY(insn, at, step)                                                                        \
    do {                                                                                           \
        printf("%s:", insn);                                                                       \
        if (!sigsetjmp(back, 1)) {                                                                 \
            __asm__ volatile(".option push\n.option arch,+v\n"                                     \
                             "vsetivli zero, 2, e64, m1, ta, ma\n" insn "\n.option pop" ::"r"(     \
                                 page + (at)),                                                     \
                             "r"((long)(step))                                                     \
                             : "memory");                                                          \
            printf(" none\n");                                                                     \
        }                                                                                          \
    } while (0)

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page + 4096, 4096, PROT_READ);
    TRY("vssseg3e64.v v8, (%0), %1", 4076, 24);
    TRY("vsse64.v v8, (%0), %1", 4084, 8);
    TRY("vsse64.v v8, (%0), %1", 4080, 8);
    TRY("vlse64.v v8, (%0), %1", 4084, 8);
    mprotect(page + 4096, 4096, PROT_NONE);
    TRY("vlse64.v v8, (%0), %1", 4084, 8);
    TRY("vlsseg3e64.v v8, (%0), %1", 4076, 24);
    return 0;
}
