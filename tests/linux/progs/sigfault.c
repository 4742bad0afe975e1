// Synchronous faults: signal number, si_code, si_addr, and going on after the handler repaired the
// cause.
#include "t.h"
#include <setjmp.h>

static sigjmp_buf back;
static char *page;

static void report(int sig, siginfo_t *si, void *uc)
{
    (void)uc;
    long at = (char *)si->si_addr - page;
    say("signal %d code %d at %s%ld", sig, si->si_code,
        at >= 0 && at < 8192 ? "page+" : "absolute ",
        at >= 0 && at < 8192 ? at : (long)si->si_addr);
    siglongjmp(back, 1);
}

static void install(int sig, void (*f)(int, siginfo_t *, void *), int flags)
{
    struct sigaction sa = {.sa_sigaction = f, .sa_flags = SA_SIGINFO | flags};
    sigaction(sig, &sa, NULL);
}

#define TRY(what, code)                                                                            \
    do {                                                                                           \
        say("%s", what);                                                                           \
        if (!sigsetjmp(back, 1)) {                                                                 \
            code;                                                                                  \
            say("no fault");                                                                       \
        }                                                                                          \
    } while (0)

static volatile int sink;

static void accesses(void)
{
    TRY("read null", sink = *(volatile int *)0);
    TRY("write null", *(volatile int *)4 = 1);
    TRY("read none", sink = page[100]);
    TRY("write none", page[101] = 1);
    mprotect(page, 4096, PROT_READ);
    TRY("read", sink = page[102]);
    TRY("write read-only", page[103] = 1);
    TRY("eight bytes", *(volatile long *)(page + 8) = 1);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    TRY("across the end", *(volatile long *)(page + 4092) = 1);
    say("first half untouched %d", page[4092] == 0);
    TRY("memset", memset(page + 4000, 1, 200));
    TRY("memcpy", memcpy(page, page + 4000, 200));
    TRY("jump to data", ((void (*)(void))(page + 16))());
    TRY("jump to null", ((void (*)(void))0)());
}

static void kernel_reports(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 100);
    char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *old = page;
    page = m;
    TRY("beyond the end of the file", sink = m[5000]);
    TRY("write beyond the end of the file", m[4096] = 1);
    page = old;
}

static volatile int repairs;
static void repair(int sig, siginfo_t *si, void *uc)
{
    (void)sig;
    (void)uc;
    repairs++;
    mprotect((void *)((unsigned long)si->si_addr & -4096ul), 4096, PROT_READ | PROT_WRITE);
}

// The faulting instruction runs again and must see the values it had, in a loop where everything is
// in registers.
static void going_on(void)
{
    install(SIGSEGV, repair, 0);
    char *m = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned long a = 1, b = 2, c = 3, d = 4, sum = 0;
    double x = 1.5, y = 0.25;
    for (long i = 0; i < 64 * 512; i++) {
        a = a * 3 + b;
        b ^= c + (a >> 7);
        c += d * i;
        d = (d << 1) | (d >> 63);
        x = x * 1.0000001 + y;
        y = y * 0.9999999;
        ((volatile unsigned long *)m)[i] = a ^ c;
        sum += ((volatile unsigned long *)m)[i];
    }
    say("repairs %d sum %lx %lx %.17g %.17g", repairs, sum, a ^ b ^ c ^ d, x, y);
}

static void in_handler(int sig, siginfo_t *si, void *uc)
{
    (void)uc;
    say("nested: signal %d code %d", sig, si->si_code);
    if (sig == SIGUSR1) {
        mprotect(page, 4096, PROT_NONE);
        sink = page[5];
        say("back in the first handler");
    } else {
        mprotect(page, 4096, PROT_READ | PROT_WRITE);
    }
}

// A blocked or ignored synchronous signal kills.
static void fatal(const char *what, int mode)
{
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        if (mode == 1) {
            signal(SIGSEGV, SIG_IGN);
        } else if (mode == 2) {
            install(SIGSEGV, repair, 0);
            sigset_t s;
            sigemptyset(&s);
            sigaddset(&s, SIGSEGV);
            sigprocmask(SIG_BLOCK, &s, NULL);
        }
        sink = *(volatile int *)8;
        _exit(1);
    }
    say("%s: %s", what, status_text(wait_for(pid)));
}

int main(void)
{
    page = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int sigs[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
    for (int i = 0; i < 5; i++) {
        install(sigs[i], report, 0);
    }
    accesses();
    kernel_reports();
    going_on();
    install(SIGUSR1, in_handler, 0);
    install(SIGSEGV, in_handler, 0);
    raise(SIGUSR1);
    fatal("default", 0);
    fatal("ignored", 1);
    fatal("blocked", 2);
    return 0;
}
