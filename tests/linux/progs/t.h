// Helpers shared by the Linux test programs: deterministic printing and errno results.
#ifndef T_H
#define T_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Value of a call that reports by -1 and errno, as one number: the result or -errno.
#define R(call)                                                                                    \
    ({                                                                                             \
        errno = 0;                                                                                 \
        long r_ = (long)(call);                                                                    \
        r_ == -1 && errno ? -(long)errno : r_;                                                     \
    })
#define SHOW(call) say("%s = %ld", #call, R(call))
#define TRUE(cond) say("%s : %s", #cond, (cond) ? "yes" : "NO")

__attribute__((format(printf, 1, 2))) static inline void say(const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof line - 1, fmt, ap);
    va_end(ap);
    if (n > (int)sizeof line - 2) {
        n = sizeof line - 2;
    }
    line[n] = '\n';
    // One write a line: nothing is buffered over fork, exec or death by a signal.
    if (write(1, line, n + 1) < 0) {
        _exit(99);
    }
}

static inline void die(const char *what)
{
    say("FATAL %s: %s", what, strerror(errno));
    _exit(98);
}

// Describes a wait status the way a shell user would.
static inline const char *status_text(int status)
{
    static __thread char text[64];
    if (WIFEXITED(status)) {
        snprintf(text, sizeof text, "exit %d", WEXITSTATUS(status));
    } else if (WIFSIGNALED(status)) {
        snprintf(text, sizeof text, "signal %d", WTERMSIG(status));
    } else if (WIFSTOPPED(status)) {
        snprintf(text, sizeof text, "stopped %d", WSTOPSIG(status));
    } else {
        snprintf(text, sizeof text, "continued");
    }
    return text;
}

static inline int wait_for(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

static inline double now_s(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static inline void sleep_ms(long ms)
{
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&ts, &ts) < 0 && errno == EINTR) {
    }
}

static inline uint64_t hash_bytes(const void *data, size_t size)
{
    const unsigned char *p = data;
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < size; i++) {
        h = (h ^ p[i]) * 0x100000001b3u;
    }
    return h;
}
#endif
