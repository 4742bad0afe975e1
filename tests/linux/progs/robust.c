// Robust mutexes: the kernel must find the lock list of a thread or process that dies holding one.
#include "t.h"
#include <pthread.h>

static pthread_mutex_t robust;
static void *dies_holding(void *arg)
{
    pthread_mutex_lock(&robust);
    return arg;
}

static void robust_mutex(void)
{
    pthread_mutexattr_t a;
    pthread_mutexattr_init(&a);
    pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &a);
    pthread_t t;
    pthread_create(&t, NULL, dies_holding, NULL);
    pthread_join(t, NULL);
    SHOW(pthread_mutex_lock(&robust));
    SHOW(pthread_mutex_consistent(&robust));
    SHOW(pthread_mutex_unlock(&robust));
    SHOW(pthread_mutex_lock(&robust));
    pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
    pthread_mutex_t *m =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutex_init(m, &a);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(m);
        _exit(0);
    }
    wait_for(pid);
    SHOW(pthread_mutex_lock(m));
    pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
    pthread_mutex_t pi;
    pthread_mutex_init(&pi, &a);
    SHOW(pthread_mutex_lock(&pi));
    SHOW(pthread_mutex_unlock(&pi));
}

int main(void)
{
    robust_mutex();
    return 0;
}
