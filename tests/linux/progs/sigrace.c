// Signals against system calls at every moment: critical sections, restarts, temporary masks, inheritance, nesting.
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>

static volatile sig_atomic_t inside, wrong, hits, alarms;

static void set(int sig, void (*f)(int), int flags) {
    struct sigaction sa = {.sa_handler = f, .sa_flags = flags};
    sigaction(sig, &sa, NULL);
}
static void hit(int sig) {
    (void)sig;
    hits++;
}

// A handler must never run between blocking its signal and unblocking it.
static void in_section(int sig) {
    (void)sig;
    alarms++;
    wrong += inside;
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    wrong += !sigismember(&now, SIGALRM);
}

static void on_fast_timer(void (*f)(int), int flags) {
    set(SIGALRM, f, flags);
    struct itimerval it = {{0, 150}, {0, 150}};
    setitimer(ITIMER_REAL, &it, NULL);
}

static void off_timer(void) {
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    set(SIGALRM, SIG_IGN, 0);
}

static void critical_sections(void) {
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, SIGALRM);
    wrong = alarms = 0;
    on_fast_timer(in_section, 0);
    while (alarms < 300) {
        sigprocmask(SIG_BLOCK, &s, NULL);
        inside = 1;
        for (volatile int i = 0; i < 50; i++) {
        }
        inside = 0;
        sigprocmask(SIG_UNBLOCK, &s, NULL);
    }
    off_timer();
    say("critical sections: wrong %d", wrong);
}

// Calls that never give EINTR, whatever arrives.
static void quick_calls(void) {
    int p[2], bad = 0;
    char c;
    SHOW(pipe(p));
    alarms = 0;
    on_fast_timer(in_section, 0);
    while (alarms < 300) {
        bad += getppid() <= 0;
        bad += write(p[1], "x", 1) != 1;
        bad += read(p[0], &c, 1) != 1;
        int fd = open("/dev/null", O_RDWR);
        bad += fd < 0;
        bad += close(fd) != 0;
        struct stat st;
        bad += stat("/", &st) != 0;
    }
    off_timer();
    close(p[0]);
    close(p[1]);
    say("quick calls: bad %d", bad);
}

// With SA_RESTART no byte may be lost and none read twice; without, EINTR means nothing was transferred.
static void transfers(int flags) {
    int p[2], interrupted = 0;
    unsigned long sum = 0, n = 0;
    SHOW(pipe(p));
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 3000; i++) {
            unsigned char c = (unsigned char)(i * 7);
            if (write(p[1], &c, 1) != 1) {
                _exit(1);
            }
            if (i % 16 == 0) {
                usleep(100);
            }
        }
        _exit(0);
    }
    close(p[1]);
    on_fast_timer(in_section, flags);
    for (;;) {
        unsigned char c;
        long r = R(read(p[0], &c, 1));
        if (r == -EINTR) {
            interrupted++;
            continue;
        }
        if (r != 1) {
            break;
        }
        sum = sum * 31 + c;
        n++;
    }
    off_timer();
    close(p[0]);
    say("transferred %lu sum %lx, interrupted %s, child %s", n, sum, flags ? interrupted ? "YES" : "no" : "any",
        status_text(wait_for(pid)));
}

// sigsuspend, ppoll, pselect and epoll_pwait: never lose a wake-up, always restore the mask.
static void waits(void) {
    sigset_t block, open, now;
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigemptyset(&open);
    sigprocmask(SIG_BLOCK, &block, NULL);
    set(SIGUSR1, hit, SA_RESTART);
    int ep = epoll_create1(0), bad = 0;
    pid_t parent = getpid();
    int p[2];
    SHOW(pipe(p));
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(p[1]);
        while (read(p[0], &c, 1) == 1) {
            kill(parent, SIGUSR1);
        }
        _exit(0);
    }
    hits = 0;
    for (int i = 0; i < 400; i++) {
        long r = 0;
        write(p[1], "g", 1);
        while (hits == i) {
            switch (i % 4) {
            case 0:
                r = R(sigsuspend(&open));
                break;
            case 1:
                r = R(ppoll(NULL, 0, NULL, &open));
                break;
            case 2:
                r = R(pselect(0, NULL, NULL, NULL, NULL, &open));
                break;
            case 3: {
                struct epoll_event ev;
                r = R(epoll_pwait(ep, &ev, 1, -1, &open));
                break;
            }
            }
            bad += r != -EINTR;
        }
        bad += hits != i + 1;
        sigprocmask(SIG_BLOCK, NULL, &now);
        bad += !sigismember(&now, SIGUSR1);
    }
    close(p[1]);
    say("waits: hits %d bad %d child %s", hits, bad, status_text(wait_for(pid)));
    // A ready descriptor wins over a signal that is not let in, and over one that is not there.
    int q[2];
    SHOW(pipe(q));
    write(q[1], "x", 1);
    struct pollfd fd = {.fd = q[0], .events = POLLIN};
    SHOW(ppoll(&fd, 1, NULL, &open));
    raise(SIGUSR1);
    SHOW(ppoll(&fd, 1, NULL, &block));
    say("hits %d", hits);
    // Ready and let in: the descriptor is reported, the signal is taken or left, but never lost.
    long r = R(ppoll(&fd, 1, NULL, &open));
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    say("ready or interrupted %d, hits %d", r == 1 || r == -EINTR, hits);
    close(ep);
}

static volatile int order[8], order_n;
static void outer(int sig) {
    order[order_n++] = sig;
    raise(SIGUSR2);
    order[order_n++] = -sig;
}
static void inner(int sig) {
    order[order_n++] = sig;
}

static void nesting(void) {
    struct sigaction sa = {.sa_handler = outer};
    sigaddset(&sa.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &sa, NULL);
    set(SIGUSR2, inner, 0);
    raise(SIGUSR1);
    say("masked: %d %d %d", order[0] == SIGUSR1, order[1] == -SIGUSR1, order[2] == SIGUSR2);
    order_n = 0;
    set(SIGUSR1, outer, 0);
    raise(SIGUSR1);
    say("open: %d %d %d", order[0] == SIGUSR1, order[1] == SIGUSR2, order[2] == -SIGUSR1);
}

// The five synchronous signals, sent by somebody.
static int sent_code;
static void on_sent(int sig, siginfo_t *si, void *uc) {
    (void)uc;
    (void)sig;
    hits++;
    sent_code = si->si_code;
}

static void sent_faults(void) {
    static const int sigs[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    for (int i = 0; i < 5; i++) {
        int sig = sigs[i];
        struct sigaction sa = {.sa_sigaction = on_sent, .sa_flags = SA_SIGINFO};
        sigaction(sig, &sa, NULL);
        hits = 0;
        raise(sig);
        kill(getpid(), sig);
        say("signal %d sent: hits %d code %d", sig, hits, sent_code);
        sigset_t s, old;
        sigemptyset(&s);
        sigaddset(&s, sig);
        sigprocmask(SIG_BLOCK, &s, &old);
        raise(sig);
        raise(sig);
        int before = hits;
        struct timespec ts = {0, 1000000};
        long slept = R(nanosleep(&ts, NULL));
        sigprocmask(SIG_SETMASK, &old, NULL);
        say("blocked %d, slept %ld, then %d", before, slept, hits);
        set(sig, SIG_IGN, 0);
        kill(getpid(), sig);
        say("ignored");
        pid_t pid = fork();
        if (pid == 0) {
            set(sig, SIG_DFL, 0);
            kill(getpid(), sig);
            _exit(1);
        }
        int st = wait_for(pid);
        say("default: signal %d", WIFSIGNALED(st) ? WTERMSIG(st) : 0);
        set(sig, SIG_DFL, 0);
    }
}

// What exec inherits: ignored signals, the mask, pending ones; caught ones become default.
static void show_inherited(void) {
    sigset_t s, p;
    sigprocmask(SIG_BLOCK, NULL, &s);
    sigpending(&p);
    const int sigs[] = {SIGSEGV, SIGTRAP, SIGUSR1, SIGUSR2, SIGPIPE, SIGTERM, SIGRTMIN + 3};
    for (int i = 0; i < 7; i++) {
        struct sigaction sa;
        sigaction(sigs[i], NULL, &sa);
        say("inherited %d: %s blocked %d pending %d", i,
            sa.sa_handler == SIG_IGN ? "ignored" : sa.sa_handler == SIG_DFL ? "default" : "caught",
            sigismember(&s, sigs[i]), sigismember(&p, sigs[i]));
    }
    stack_t st;
    sigaltstack(NULL, &st);
    say("stack flags %d", st.ss_flags);
}

static void inheritance(const char *self) {
    pid_t pid = fork();
    if (pid == 0) {
        sigset_t s;
        sigemptyset(&s);
        set(SIGSEGV, SIG_IGN, 0);
        set(SIGPIPE, SIG_IGN, 0);
        set(SIGUSR1, hit, 0);
        sigaddset(&s, SIGTRAP);
        sigaddset(&s, SIGUSR2);
        sigaddset(&s, SIGRTMIN + 3);
        sigprocmask(SIG_BLOCK, &s, NULL);
        raise(SIGUSR2);
        execl(self, self, "inherited", NULL);
        _exit(127);
    }
    say("%s", status_text(wait_for(pid)));
    // A failing exec leaves all as it was.
    set(SIGSEGV, SIG_IGN, 0);
    SHOW(execl("/nonexistent/program", "x", NULL));
    pid = fork();
    if (pid == 0) {
        set(SIGSEGV, SIG_DFL, 0);
        *(volatile int *)8 = 1;
        _exit(1);
    }
    say("after a failed exec: %s", status_text(wait_for(pid)));
    set(SIGSEGV, SIG_DFL, 0);
}

// A child of vfork that changes its dispositions and mask leaves the parent's alone.
static void borrowed(const char *self) {
    extern char **environ;
    set(SIGUSR1, hit, 0);
    posix_spawnattr_t at;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&at);
    posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&at, &all);
    posix_spawnattr_setsigmask(&at, &none);
    on_fast_timer(in_section, SA_RESTART);
    inside = wrong = 0;
    int bad = 0;
    for (int i = 0; i < 10; i++) {
        pid_t pid;
        char *argv[] = {(char *)self, "quiet", NULL};
        bad += posix_spawn(&pid, self, NULL, &at, argv, environ) != 0;
        bad += wait_for(pid) != 0x500;
    }
    off_timer();
    hits = 0;
    raise(SIGUSR1);
    say("spawned: bad %d, handler kept %d, wrong %d", bad, hits, wrong);
}

// Threads that compute while signals rain on them.
static volatile int raining;
static volatile unsigned long rain[4];
static __thread volatile int mine;
static void drop(int sig) {
    (void)sig;
    mine++;
}
static void *compute(void *arg) {
    unsigned long x = (unsigned long)arg + 1, y = 3;
    double d = 1.0;
    for (int i = 0; i < 400000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        y ^= x >> 29;
        d = d * 1.0000001 + (double)(x >> 60);
        if (d > 1e6) {
            d = 1.0;
        }
    }
    while (!mine) {
    }
    __atomic_add_fetch(&raining, -1, __ATOMIC_SEQ_CST);
    rain[(long)arg] = mine;
    unsigned long bits;
    memcpy(&bits, &d, 8);
    return (void *)(x ^ y ^ bits);
}

static void storm(void) {
    pthread_t t[4];
    unsigned long sum = 0;
    set(SIGUSR1, drop, SA_RESTART);
    raining = 4;
    on_fast_timer(drop, SA_RESTART);
    for (long i = 0; i < 4; i++) {
        pthread_create(&t[i], NULL, compute, (void *)i);
    }
    while (raining) {
        for (int i = 0; i < 4; i++) {
            pthread_kill(t[i], SIGUSR1);
        }
    }
    for (int i = 0; i < 4; i++) {
        void *r;
        pthread_join(t[i], &r);
        sum = sum * 31 + (unsigned long)r;
    }
    off_timer();
    say("storm: sum %lx, all wet %d", sum, rain[0] && rain[1] && rain[2] && rain[3]);
}

// SS_AUTODISARM: the handler may use the alternate stack for something else.
#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)
#endif
static void on_alt(int sig) {
    (void)sig;
    stack_t st;
    sigaltstack(NULL, &st);
    say("in the handler: flags %x size %zu", st.ss_flags, st.ss_size);
}
static void disarming(void) {
    static char area[65536];
    stack_t st = {.ss_sp = area, .ss_size = sizeof area, .ss_flags = (int)SS_AUTODISARM};
    SHOW(sigaltstack(&st, NULL));
    set(SIGUSR1, on_alt, SA_ONSTACK);
    raise(SIGUSR1);
    sigaltstack(NULL, &st);
    say("behind it: flags %x size %zu", st.ss_flags, st.ss_size);
    st.ss_flags = 5;
    SHOW(sigaltstack(&st, NULL));
    st.ss_flags = SS_DISABLE;
    SHOW(sigaltstack(&st, NULL));
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "quiet")) {
        return 5;
    }
    if (argc > 1) {
        show_inherited();
        return 6;
    }
    critical_sections();
    quick_calls();
    transfers(SA_RESTART);
    transfers(0);
    waits();
    nesting();
    sent_faults();
    inheritance("/proc/self/exe");
    borrowed("/proc/self/exe");
    storm();
    disarming();
    return 0;
}
