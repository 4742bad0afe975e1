// Pipes and everything that waits: epoll, poll, select, eventfd, timerfd, signalfd, inotify,
// splice.
#include "t.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static void pipes(void)
{
    int p[2], q[2];
    SHOW(pipe2(p, O_NONBLOCK | O_CLOEXEC));
    say("flags %d %d cloexec %d", !!(fcntl(p[0], F_GETFL) & O_NONBLOCK),
        fcntl(p[1], F_GETFL) & O_ACCMODE, fcntl(p[0], F_GETFD));
    char buf[100];
    SHOW(read(p[0], buf, 10));
    SHOW(write(p[1], "0123456789", 10));
    int n = -1;
    SHOW(ioctl(p[0], FIONREAD, &n));
    say("queued %d", n);
    SHOW(pipe(q));
    SHOW(tee(p[0], q[1], 100, 0));
    SHOW(splice(p[0], NULL, q[1], NULL, 4, 0));
    SHOW(read(q[0], buf, 100));
    SHOW(fcntl(p[1], F_SETPIPE_SZ, 65536));
    SHOW(fcntl(p[1], F_GETPIPE_SZ));
    char big[70000];
    memset(big, 'x', sizeof big);
    SHOW(write(p[1], big, sizeof big));
    SHOW(write(p[1], big, 1));
    close(p[1]);
    signal(SIGPIPE, SIG_IGN);
    close(q[0]);
    SHOW(write(q[1], "x", 1));
    signal(SIGPIPE, SIG_DFL);
}

static void epolls(void)
{
    int ep = epoll_create1(EPOLL_CLOEXEC), p[2][2];
    for (int i = 0; i < 2; i++) {
        if (pipe(p[i]) < 0) {
            die("pipe");
        }
        // The event record is packed on one architecture and not on the other.
        struct epoll_event ev = {EPOLLIN, {.u64 = 0x1122334455667700u + i}};
        SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, p[i][0], &ev));
    }
    struct epoll_event ev[8] = {0};
    SHOW(epoll_wait(ep, ev, 8, 0));
    SHOW(write(p[1][1], "x", 1));
    SHOW(epoll_wait(ep, ev, 8, 1000));
    say("events %x data %lx", ev[0].events, (long)ev[0].data.u64);
    SHOW(write(p[0][1], "x", 1));
    SHOW(epoll_pwait(ep, ev, 8, 1000, NULL));
    say("data sum %lx", (long)(ev[0].data.u64 + ev[1].data.u64));
    ev[0] = (struct epoll_event){EPOLLIN | EPOLLONESHOT, {.u64 = 5}};
    SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, p[0][0], &ev[0]));
    SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, p[1][0], NULL));
    SHOW(epoll_wait(ep, ev, 8, 1000));
    say("data %ld", (long)ev[0].data.u64);
    SHOW(epoll_wait(ep, ev, 8, 0));
    struct timespec ts = {0, 1000000};
    SHOW(syscall(SYS_epoll_pwait2, ep, ev, 8, &ts, NULL, 0));
    SHOW(epoll_ctl(ep, EPOLL_CTL_ADD, ep, ev));
    SHOW(epoll_ctl(ep, EPOLL_CTL_DEL, 0x7fff, NULL));
    close(p[0][1]);
    struct epoll_event et = {EPOLLIN | EPOLLET, {.u64 = 9}};
    SHOW(epoll_ctl(ep, EPOLL_CTL_MOD, p[0][0], &et));
    SHOW(epoll_wait(ep, ev, 8, 0));
    say("events %x", ev[0].events);
}

static void polls(void)
{
    int p[2];
    if (pipe(p) < 0) {
        die("pipe");
    }
    struct pollfd pf[2] = {{p[0], POLLIN, 0}, {p[1], POLLOUT, 0}};
    SHOW(poll(pf, 2, 0));
    say("revents %x %x", pf[0].revents, pf[1].revents);
    struct timespec ts = {0, 20000000};
    double t0 = now_s();
    SHOW(ppoll(pf, 1, &ts, NULL));
    TRUE(now_s() - t0 >= 0.0199);
    fd_set r, w;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(p[0], &r);
    FD_SET(p[1], &w);
    struct timeval tv = {1, 0};
    SHOW(select(p[1] + 1, &r, &w, NULL, &tv));
    say("set %d %d", !!FD_ISSET(p[0], &r), !!FD_ISSET(p[1], &w));
    FD_SET(p[0], &r);
    sigset_t none;
    sigemptyset(&none);
    SHOW(pselect(p[0] + 1, &r, NULL, NULL, &ts, &none));
    SHOW(write(p[1], "x", 1));
    FD_SET(p[0], &r);
    SHOW(pselect(p[0] + 1, &r, NULL, NULL, NULL, NULL));
    pf[0].fd = 999;
    SHOW(poll(pf, 1, 0));
    say("revents %x", pf[0].revents);
    SHOW(select(-1, NULL, NULL, NULL, &tv));
}

static void counters(void)
{
    int e = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
    uint64_t v = 4;
    SHOW(write(e, &v, 8));
    SHOW(read(e, &v, 8));
    say("value %ld", (long)v);
    SHOW(read(e, &v, 8));
    SHOW(write(e, &v, 4));
    e = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    SHOW(read(e, &v, 8));
    say("value %ld", (long)v);
    int t = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec its = {{0, 5000000}, {0, 5000000}};
    SHOW(timerfd_settime(t, 0, &its, NULL));
    SHOW(read(t, &v, 8));
    sleep_ms(30);
    SHOW(read(t, &v, 8));
    TRUE(v >= 5 && v < 100);
    SHOW(timerfd_gettime(t, &its));
    say("interval %ld", its.it_interval.tv_nsec);
    struct itimerspec off = {0}, old;
    SHOW(timerfd_settime(t, 0, &off, &old));
    say("old interval %ld", old.it_interval.tv_nsec);
}

static void signal_descriptor(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    struct signalfd_siginfo si;
    SHOW(read(fd, &si, sizeof si));
    kill(getpid(), SIGUSR1);
    union sigval v = {.sival_int = 42};
    sigqueue(getpid(), SIGRTMIN + 1, v);
    sigqueue(getpid(), SIGRTMIN + 1, v);
    for (int i = 0; i < 3; i++) {
        SHOW(read(fd, &si, sizeof si));
        say("signo %d code %d mine %d int %d", si.ssi_signo, si.ssi_code,
            (int)si.ssi_pid == getpid(), si.ssi_int);
    }
    struct pollfd pf = {fd, POLLIN, 0};
    SHOW(poll(&pf, 1, 0));
    kill(getpid(), SIGUSR1);
    SHOW(poll(&pf, 1, 1000));
    sigset_t pending;
    sigpending(&pending);
    say("pending %d %d", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2));
    SHOW(read(fd, &si, sizeof si));
}

static void watches(void)
{
    int fd = inotify_init1(IN_NONBLOCK);
    SHOW(inotify_add_watch(fd, ".", IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO));
    close(open("seen", O_CREAT | O_WRONLY, 0600));
    rename("seen", "moved");
    unlink("moved");
    _Alignas(8) char buf[1024];
    long n = read(fd, buf, sizeof buf);
    uint32_t cookie = 0;
    for (long at = 0; at < n;) {
        struct inotify_event *e = (void *)(buf + at);
        say("watch %d mask %x name %s cookie same %d", e->wd, e->mask, e->name,
            e->cookie == cookie || !cookie);
        cookie = e->cookie;
        at += sizeof *e + e->len;
    }
    SHOW(inotify_rm_watch(fd, 1));
    SHOW(inotify_rm_watch(fd, 7));
}

int main(void)
{
    pipes();
    epolls();
    polls();
    counters();
    signal_descriptor();
    watches();
    return 0;
}
