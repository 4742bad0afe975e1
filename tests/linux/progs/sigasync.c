// Asynchronous signals: flags of sigaction, masks, queues, timers, waiting, interruption, stopping.
#include "t.h"
#include <poll.h>
#include <pthread.h>
#include <sys/time.h>

static volatile sig_atomic_t hits, depth, max_depth, order[64], order_n;
static char altstack[65536];

static void set(int sig, void (*f)(int), int flags)
{
    struct sigaction sa = {.sa_handler = f, .sa_flags = flags};
    sigaction(sig, &sa, NULL);
}
static void block(int how, int sig)
{
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, sig);
    sigprocmask(how, &s, NULL);
}
static void hit(int sig)
{
    (void)sig;
    hits++;
}
static void note(int sig)
{
    order[order_n++] = sig;
}

static int nested_runs;
static void nested(int sig)
{
    if (++depth > max_depth) {
        max_depth = depth;
    }
    // Bounded: a signal raised while blocked comes again as soon as this handler returns.
    if (nested_runs++ < 3) {
        raise(sig);
    }
    depth--;
}

static void flags(void)
{
    set(SIGUSR1, nested, 0);
    raise(SIGUSR1);
    say("without NODEFER depth %d", max_depth);
    depth = max_depth = nested_runs = 0;
    set(SIGUSR1, nested, SA_NODEFER);
    raise(SIGUSR1);
    say("with NODEFER depth %d", max_depth);
    set(SIGUSR1, hit, SA_RESETHAND);
    raise(SIGUSR1);
    struct sigaction sa;
    sigaction(SIGUSR1, NULL, &sa);
    say("hits %d, reset %d, flags %x", hits, sa.sa_handler == SIG_DFL, sa.sa_flags & ~0x04000000);
    SHOW(sigaction(SIGKILL, &(struct sigaction){.sa_handler = hit}, NULL));
    SHOW(sigaction(65, &(struct sigaction){.sa_handler = hit}, NULL));
    struct sigaction full = {.sa_handler = hit, .sa_flags = SA_RESTART | SA_ONSTACK};
    sigaddset(&full.sa_mask, SIGUSR2);
    sigaddset(&full.sa_mask, 64);
    sigaction(SIGUSR1, &full, NULL);
    sigaction(SIGUSR1, NULL, &sa);
    say("kept %d mask %d %d %d flags %x", sa.sa_handler == hit, sigismember(&sa.sa_mask, SIGUSR2),
        sigismember(&sa.sa_mask, 64), sigismember(&sa.sa_mask, SIGHUP), sa.sa_flags & ~0x04000000);
}

static volatile unsigned long handler_sp;
static void where(int sig)
{
    (void)sig;
    handler_sp = (unsigned long)__builtin_frame_address(0);
    stack_t st;
    sigaltstack(NULL, &st);
    say("on alternate stack %d flags %d",
        handler_sp >= (unsigned long)altstack &&
            handler_sp < (unsigned long)altstack + sizeof altstack,
        st.ss_flags);
    if (st.ss_flags & SS_ONSTACK) {
        SHOW(sigaltstack(&(stack_t){.ss_sp = altstack, .ss_size = sizeof altstack}, NULL));
    }
}

static long overflow(long n)
{
    volatile char big[4096];
    big[n % 4096] = n;
    return overflow(n + 1) + big[0];
}
static void overflowed(int sig, siginfo_t *si, void *uc)
{
    (void)uc;
    (void)si;
    say("stack overflow caught by signal %d", sig);
    _exit(9);
}

static void alternate(void)
{
    stack_t st = {.ss_sp = altstack, .ss_size = sizeof altstack}, old;
    SHOW(sigaltstack(&st, &old));
    say("old flags %d", old.ss_flags);
    set(SIGUSR1, where, SA_ONSTACK);
    raise(SIGUSR1);
    set(SIGUSR1, where, 0);
    raise(SIGUSR1);
    pid_t pid = fork();
    if (pid == 0) {
        struct sigaction sa = {.sa_sigaction = overflowed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigaction(SIGSEGV, &sa, NULL);
        overflow(1);
    }
    say("%s", status_text(wait_for(pid)));
    st.ss_size = 100;
    SHOW(sigaltstack(&st, NULL));
    st.ss_flags = SS_DISABLE;
    SHOW(sigaltstack(&st, NULL));
}

static void masks(void)
{
    order_n = 0;
    for (int i = 0; i < 3; i++) {
        set(SIGUSR1, note, 0);
        set(SIGUSR2, note, 0);
    }
    set(SIGRTMIN, note, 0);
    block(SIG_BLOCK, SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigset_t p;
    sigpending(&p);
    say("delivered %d pending %d", order_n, sigismember(&p, SIGUSR1));
    block(SIG_UNBLOCK, SIGUSR1);
    say("after unblock %d", order_n);
    order_n = 0;
    int sigs[] = {SIGRTMIN + 3, SIGUSR2, SIGRTMIN, SIGUSR1, SIGRTMIN + 3, SIGRTMIN + 1};
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    for (int i = 0; i < 6; i++) {
        set(sigs[i], note, 0);
        union sigval v = {.sival_int = i};
        sigqueue(getpid(), sigs[i], v);
    }
    sigset_t none;
    sigemptyset(&none);
    // Handlers run with everything blocked by their own mask only, so the last delivered is entered
    // first.
    struct timespec zero = {0, 0};
    siginfo_t si;
    for (int s; (s = sigtimedwait(&all, &si, &zero)) > 0;) {
        say("took %d value %d code %d pid %d", s < 32 ? s : s - SIGRTMIN + 1000,
            si.si_value.sival_int, si.si_code, si.si_pid == getpid());
    }
    say("empty: errno %d", errno);
    for (int i = 0; i < 5; i++) {
        union sigval v = {.sival_ptr = (void *)(0x123456789abcul + i)};
        sigqueue(getpid(), SIGRTMIN + 2, v);
    }
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGRTMIN + 2);
    for (int i = 0; i < 5; i++) {
        sigwaitinfo(&one, &si);
        say("queued value %lx", (long)si.si_value.sival_ptr);
    }
    kill(getpid(), SIGUSR2);
    SHOW(sigsuspend(&none));
    say("handled in sigsuspend %d", order[order_n - 1]);
    sigpending(&p);
    say("left %d", sigismember(&p, SIGUSR2));
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void info(int sig, siginfo_t *si, void *v)
{
    (void)v;
    say("signal %d code %d value %d", sig < 32 ? sig : sig - SIGRTMIN + 1000, si->si_code,
        si->si_code == SI_TIMER || si->si_code == SI_QUEUE ? si->si_value.sival_int : 0);
    if (sig == SIGCHLD) {
        say("child status %d uid %d", si->si_status, si->si_uid == getuid());
    }
    hits++;
}

static void sources(void)
{
    struct sigaction sa = {.sa_sigaction = info, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &sa, NULL);
    sigaction(SIGRTMIN + 4, &sa, NULL);
    sigaction(SIGCHLD, &sa, NULL);
    kill(getpid(), SIGUSR1);
    raise(SIGUSR1);
    pthread_kill(pthread_self(), SIGUSR1);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 55});
    hits = 0;
    timer_t t;
    struct sigevent ev = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 4, .sigev_value.sival_int = 66};
    SHOW(timer_create(CLOCK_MONOTONIC, &ev, &t));
    struct itimerspec its = {{0, 0}, {0, 3000000}};
    sigset_t none;
    sigemptyset(&none);
    // Blocked outside sigsuspend: a signal that comes early is not missed.
    block(SIG_BLOCK, SIGRTMIN + 4);
    SHOW(timer_settime(t, 0, &its, NULL));
    while (!hits) {
        sigsuspend(&none);
    }
    block(SIG_UNBLOCK, SIGRTMIN + 4);
    SHOW(timer_getoverrun(t));
    SHOW(timer_gettime(t, &its));
    say("left %ld", its.it_value.tv_nsec);
    SHOW(timer_delete(t));
    hits = 0;
    block(SIG_BLOCK, SIGCHLD);
    if (fork() == 0) {
        _exit(17);
    }
    while (!hits) {
        sigsuspend(&none);
    }
    wait(NULL);
    set(SIGCHLD, SIG_IGN, 0);
    block(SIG_UNBLOCK, SIGCHLD);
    if (fork() == 0) {
        _exit(0);
    }
    SHOW(wait(NULL));
    set(SIGCHLD, SIG_DFL, 0);
    set(SIGPIPE, hit, 0);
    hits = 0;
    int p[2];
    SHOW(pipe(p));
    close(p[0]);
    SHOW(write(p[1], "x", 1));
    say("pipe signals %d", hits);
}

static pid_t parent;
// Sends SIG to us until stop_sending: again and again, because the first may come before the call
// it is to interrupt.
static pid_t send_later(int sig)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            sleep_ms(60);
            kill(parent, sig);
        }
    }
    return pid;
}
static void stop_sending(pid_t pid)
{
    kill(pid, SIGKILL);
    wait_for(pid);
}

static void interruption(void)
{
    int p[2];
    char c;
    parent = getpid();
    SHOW(pipe(p));
    set(SIGUSR1, hit, 0);
    pid_t sender = send_later(SIGUSR1);
    SHOW(read(p[0], &c, 1));
    stop_sending(sender);
    set(SIGUSR1, hit, SA_RESTART);
    hits = 0;
    if (fork() == 0) {
        sleep_ms(30);
        kill(parent, SIGUSR1);
        sleep_ms(50);
        _exit(write(p[1], "r", 1) != 1);
    }
    SHOW(read(p[0], &c, 1));
    say("restarted after %d, got %c", hits, c);
    wait(NULL);
    sender = send_later(SIGUSR1);
    struct timespec ts = {10, 0}, left;
    SHOW(nanosleep(&ts, &left));
    TRUE(left.tv_sec == 9);
    stop_sending(sender);
    sender = send_later(SIGUSR1);
    SHOW(poll(NULL, 0, 10000));
    stop_sending(sender);
    sender = send_later(SIGUSR1);
    SHOW(pause());
    stop_sending(sender);
    pid_t pid = fork();
    if (pid == 0) {
        sleep_ms(100);
        kill(parent, SIGUSR1);
        sleep_ms(100);
        _exit(3);
    }
    int st;
    TRUE(waitpid(pid, &st, 0) == pid);
    set(SIGUSR1, hit, 0);
    pid = fork();
    if (pid == 0) {
        sleep_ms(100);
        kill(parent, SIGUSR1);
        sleep_ms(100);
        _exit(3);
    }
    SHOW(waitpid(pid, &st, 0));
    TRUE(waitpid(pid, &st, 0) == pid);
    // A tight loop without calls must still be interrupted.
    hits = 0;
    struct itimerval it = {{0, 0}, {0, 20000}};
    set(SIGALRM, hit, 0);
    setitimer(ITIMER_REAL, &it, NULL);
    while (!hits) {
    }
    say("left the loop");
}

static pthread_t target;
static volatile int got_in_thread;
static void in_thread(int sig)
{
    (void)sig;
    got_in_thread += pthread_equal(pthread_self(), target) ? 1 : 100;
}
static void *spin(void *arg)
{
    target = pthread_self();
    *(volatile int *)arg = 1;
    while (!got_in_thread) {
    }
    return NULL;
}

static void to_threads(void)
{
    volatile int ready = 0;
    pthread_t t;
    set(SIGUSR1, in_thread, 0);
    pthread_create(&t, NULL, spin, (void *)&ready);
    while (!ready) {
    }
    pthread_kill(t, SIGUSR1);
    pthread_join(t, NULL);
    say("in thread %d", got_in_thread);
    got_in_thread = 0;
    ready = 0;
    pthread_create(&t, NULL, spin, (void *)&ready);
    block(SIG_BLOCK, SIGUSR1);
    while (!ready) {
    }
    kill(getpid(), SIGUSR1);
    pthread_join(t, NULL);
    say("went to the thread that lets it in %d", got_in_thread);
    block(SIG_UNBLOCK, SIGUSR1);
}

int main(void)
{
    flags();
    alternate();
    masks();
    sources();
    interruption();
    to_threads();
    return 0;
}
