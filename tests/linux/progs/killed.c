// How a process ends, as its parent sees it: every fatal signal, exit codes, core dumps off, abort,
// exec after death.
#include "t.h"
#include <pthread.h>
#include <sys/resource.h>

static void *kills(void *arg)
{
    raise((int)(long)arg);
    return NULL;
}

static void end(const char *what, int mode, int v)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        switch (mode) {
        case 0:
            raise(v);
            break;
        case 1:
            _exit(v);
        case 2:
            abort();
        case 3:
            *(volatile int *)(long)v = 1;
            break;
        case 5: {
            pthread_t t;
            pthread_create(&t, NULL, kills, (void *)(long)v);
            for (;;) {
                pause();
            }
        }
        case 6:
            exit(v);
        case 7: {
            sigset_t s;
            sigfillset(&s);
            sigprocmask(SIG_BLOCK, &s, NULL);
            kill(getpid(), v);
            sigprocmask(SIG_UNBLOCK, &s, NULL);
            break;
        }
        }
        _exit(88);
    }
    int status = wait_for(pid);
    say("%s %d: %s raw %x", what, v, status_text(status), status & ~0x80);
}

int main(void)
{
    for (int s = 1; s < 32; s++) {
        if (s != SIGSTOP && s != SIGTSTP && s != SIGTTIN && s != SIGTTOU) {
            end("raise", 0, s);
        }
    }
    end("raise", 0, 34);
    end("raise", 0, 64);
    end("_exit", 1, 0);
    end("_exit", 1, 256 + 7);
    end("_exit", 1, -1);
    end("exit", 6, 130);
    end("abort", 2, 0);
    end("store", 3, 16);
    end("thread raises", 5, SIGSEGV);
    end("thread raises", 5, SIGTERM);
    end("unblocked", 7, SIGUSR1);
    end("blocked kill", 7, SIGKILL);
    return 0;
}
