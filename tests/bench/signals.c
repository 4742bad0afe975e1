// class: system. Signals: raise and return, faults repaired in a handler, masks, an interval timer
// during computing.
#include "b.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

static volatile long hits, faults, ticks;
static void hit(int sig)
{
    hits += sig;
}
static void tick(int sig)
{
    (void)sig;
    ticks++;
}
static void fault(int sig, siginfo_t *si, void *uc)
{
    (void)sig;
    (void)uc;
    faults++;
    mprotect((void *)((uintptr_t)si->si_addr & -4096ul), 4096, PROT_READ | PROT_WRITE);
}

int main(int argc, char **argv)
{
    int n = rounds(argc, argv, 25000);
    struct sigaction sa = {.sa_handler = hit};
    sigaction(SIGUSR1, &sa, NULL);
    struct sigaction sf = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sf, NULL);
    signal(SIGALRM, tick);
    struct itimerval it = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &it, NULL);
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    char *m = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t sum = 1;
    for (int i = 0; i < n; i++) {
        raise(SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, &old);
        sigprocmask(SIG_SETMASK, &old, NULL);
        if (i % 4 == 0) {
            char *page = m + i / 4 % 64 * 4096;
            mprotect(page, 4096, PROT_NONE);
            page[i % 4096] = (char)i;
        }
        for (int k = 0; k < 300; k++) {
            sum = sum * 6364136223846793005u + (uint64_t)k;
        }
    }
    return done("signals", sum + (uint64_t)hits + (uint64_t)faults + (ticks > 0));
}
