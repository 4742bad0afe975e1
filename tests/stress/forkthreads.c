// Several threads fork at once while others allocate, lock and map: no child may hang or lose its
// exit code.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORKERS = 3, BUSY = 2, ROUNDS = 25 };
static atomic_int stop;
static atomic_long wrong, reaped;

static void *busy(void *arg)
{
    unsigned seed = (unsigned)(long)arg;
    unsigned long sum = 0;
    while (!stop) {
        size_t n = (seed = seed * 1103515245 + 12345) % 50000 + 1;
        char *p = malloc(n);
        memset(p, (int)seed, n);
        sum += (unsigned char)p[n / 2];
        free(p);
        if (seed % 64 == 0) {
            char *m = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            m[5] = 1;
            munmap(m, 65536);
        }
    }
    return (void *)sum;
}

static void *in_child(void *arg)
{
    return (void *)((long)arg * 2);
}

static int child(int code, int kind)
{
    // Code of libc and of this program that may not have run before the fork, and memory of every
    // kind.
    char *p = malloc(100000);
    memset(p, code, 100000);
    int sum = (unsigned char)p[99999];
    free(p);
    char text[64];
    snprintf(text, sizeof text, "%d-%x", code, code * 31);
    if (kind == 1) {
        pthread_t t;
        void *r = NULL;
        if (pthread_create(&t, NULL, in_child, (void *)(long)code) || pthread_join(t, &r) ||
            (long)r != code * 2) {
            return 99;
        }
    } else if (kind == 2) {
        pid_t pid = fork();
        if (pid == 0) {
            _exit(code ^ 1);
        }
        int status;
        if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != (code ^ 1)) {
            return 98;
        }
    }
    return sum == code && atoi(text) == code ? code : 97;
}

// On its own, so that the child, which shares our stack frame, has nothing of ours to spoil.
__attribute__((noinline)) static pid_t vfork_and_exit(int code)
{
    pid_t pid = vfork();
    if (pid == 0) {
        _exit(code);
    }
    return pid;
}

static void *forker(void *arg)
{
    long id = (long)arg;
    for (int i = 0; i < ROUNDS; i++) {
        int code = (int)(id * 30 + i) % 90, status = 0, kind = (int)(id + i) % 4;
        pid_t pid = kind == 3 ? vfork_and_exit(code) : fork();
        if (pid == 0) {
            _exit(child(code, kind));
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
            WEXITSTATUS(status) != code) {
            fprintf(stderr, "forker %ld round %d: pid %d status %x, expected %d\n", id, i, pid,
                    status, code);
            wrong++;
        }
        reaped++;
    }
    return NULL;
}

int main(void)
{
    pthread_t f[FORKERS], b[BUSY];
    for (long i = 0; i < BUSY; i++) {
        pthread_create(&b[i], NULL, busy, (void *)(i + 1));
    }
    for (long i = 0; i < FORKERS; i++) {
        pthread_create(&f[i], NULL, forker, (void *)i);
    }
    for (int i = 0; i < FORKERS; i++) {
        pthread_join(f[i], NULL);
    }
    stop = 1;
    for (int i = 0; i < BUSY; i++) {
        pthread_join(b[i], NULL);
    }
    printf("reaped %ld wrong %ld\n", reaped, wrong);
    return wrong != 0;
}
