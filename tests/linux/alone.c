// Run by alone.sh in a root that holds nothing else: no /proc, /dev or /tmp, no libraries, no other
// program.
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void *thread(void *arg)
{
    *(int *)arg = 6;
    return NULL;
}
static volatile int hits;
static void on_signal(int sig)
{
    hits += sig;
}

int main(int argc, char **argv)
{
    struct utsname u;
    uname(&u);
    printf("machine %s, %d arguments, last %s\n", u.machine, argc, argv[argc - 1]);
    int n = 0;
    DIR *d = opendir("/");
    while (d && readdir(d)) {
        n++;
    }
    struct stat st;
    printf("few names %d, proc %d\n", n < 8, stat("/proc/self", &st));
    char *m = malloc(10 << 20);
    memset(m, 1, 10 << 20);
    int v = 0, status;
    pthread_t t;
    pthread_create(&t, NULL, thread, &v);
    pthread_join(t, NULL);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(v + hits);
    }
    waitpid(pid, &status, 0);
    printf("thread %d signal %d child %d memory %d\n", v, hits, WEXITSTATUS(status), m[5 << 20]);
    struct timespec ts;
    printf("clock %d\n", clock_gettime(CLOCK_REALTIME, &ts) == 0 && ts.tv_sec > 1600000000);
    return 42;
}
