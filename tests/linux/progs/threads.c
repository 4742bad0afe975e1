// Threads: pthread objects, TLS, futexes, raw clone and clone3, exit of single threads.
#include "t.h"
#include <linux/futex.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

static __thread int tls_value = 5;
static __thread char tls_big[9000];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long counter;
static int turn;

static void *count(void *arg)
{
    tls_value += (int)(long)arg;
    memset(tls_big, tls_value, sizeof tls_big);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 50000; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % 4 != (int)(long)arg) {
            pthread_cond_wait(&cond, &mutex);
        }
        turn++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
    }
    return (void *)(long)(tls_value * 1000 + tls_big[8999]);
}

static void counting(void)
{
    pthread_t t[4];
    pthread_barrier_init(&barrier, NULL, 4);
    for (long i = 0; i < 4; i++) {
        pthread_create(&t[i], NULL, count, (void *)i);
    }
    for (int i = 0; i < 4; i++) {
        void *r;
        pthread_join(t[i], &r);
        say("thread %d returned %ld", i, (long)r);
    }
    say("counter %ld turns %d tls %d", counter, turn, tls_value);
}

static void *cancelled(void *arg)
{
    pthread_cleanup_push((void (*)(void *))say, "cleanup ran");
    sem_post(arg);
    for (;;) {
        pause();
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void *exits_early(void *arg)
{
    pthread_exit(arg);
}

static pthread_key_t key;
static void key_gone(void *v)
{
    say("key destructor %ld", (long)v);
}
static void *uses_key(void *arg)
{
    pthread_setspecific(key, arg);
    return NULL;
}

static void ends(void)
{
    pthread_t t;
    sem_t sem;
    void *r;
    sem_init(&sem, 0, 0);
    pthread_create(&t, NULL, cancelled, &sem);
    sem_wait(&sem);
    // Printed after the join: the thread prints too.
    int cancelled_rc = pthread_cancel(t);
    SHOW(pthread_join(t, &r));
    say("cancel %d", cancelled_rc);
    TRUE(r == PTHREAD_CANCELED);
    pthread_create(&t, NULL, exits_early, (void *)77);
    pthread_join(t, &r);
    say("exit value %ld", (long)r);
    pthread_key_create(&key, key_gone);
    pthread_create(&t, NULL, uses_key, (void *)9);
    pthread_join(t, NULL);
    for (int i = 0; i < 300; i++) {
        if (pthread_create(&t, NULL, exits_early, NULL)) {
            die("pthread_create");
        }
        pthread_join(t, NULL);
    }
    say("300 short threads");
}

static int word;
static void *waker(void *arg)
{
    sleep_ms(30);
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0);
    return arg;
}

static void futexes(void)
{
    struct timespec ts = {0, 10000000};
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT, 7, &ts, NULL, 0));
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &ts, NULL, 0));
    SHOW(syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0));
    SHOW(syscall(SYS_futex, (char *)&word + 1, FUTEX_WAIT, 0, &ts, NULL, 0));
    pthread_t t;
    pthread_create(&t, NULL, waker, NULL);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0) {
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    }
    pthread_join(t, NULL);
    say("woken");
    struct timespec abs;
    clock_gettime(CLOCK_MONOTONIC, &abs);
    abs.tv_sec += (abs.tv_nsec + 5000000) / 1000000000;
    abs.tv_nsec = (abs.tv_nsec + 5000000) % 1000000000;
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 1, &abs, NULL, FUTEX_BITSET_MATCH_ANY));
    clock_gettime(CLOCK_REALTIME, &abs);
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, &abs, NULL,
                 FUTEX_BITSET_MATCH_ANY));
}

static _Alignas(16) char clone_stack[65536];
static volatile pid_t clone_tid = -1;
static int clone_ran;
static int clone_body(void *arg)
{
    clone_ran = *(int *)arg;
    return 3;
}

static void raw_clone(void)
{
    int v = 31;
    pid_t ptid = 0;
    long flags =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD;
    pid_t pid =
        clone(clone_body, clone_stack + sizeof clone_stack, flags, &v, &ptid, NULL, &clone_tid);
    TRUE(pid > 0 && ptid == pid);
    say("clone %s", status_text(wait_for(pid)));
    say("ran %d cleared %d", clone_ran, clone_tid);
    int pidfd = -1;
    struct clone_args a = {.flags = CLONE_PIDFD | CLONE_PARENT_SETTID,
                           .pidfd = (uint64_t)&pidfd,
                           .parent_tid = (uint64_t)&ptid,
                           .exit_signal = SIGCHLD};
    pid = syscall(SYS_clone3, &a, sizeof a);
    if (pid == 0) {
        _exit(21);
    }
    TRUE(pid > 0 && ptid == pid && pidfd >= 0);
    siginfo_t si;
    SHOW(waitid(P_PIDFD, pidfd, &si, WEXITED));
    say("clone3 code %d status %d", si.si_code, si.si_status);
    SHOW(syscall(SYS_clone3, &a, 8L));
    SHOW(syscall(SYS_clone, CLONE_THREAD, 0L, 0L, 0L, 0L));
}

static void *sleeps_forever(void *arg)
{
    for (;;) {
        pause();
    }
    return arg;
}
static void *leaves_process(void *arg)
{
    sleep_ms(20);
    exit((int)(long)arg);
}

static void whole_process(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t t;
        pthread_create(&t, NULL, sleeps_forever, NULL);
        pthread_create(&t, NULL, leaves_process, (void *)44);
        sleeps_forever(NULL);
    }
    say("exit from a thread: %s", status_text(wait_for(pid)));
    pid = fork();
    if (pid == 0) {
        pthread_t t;
        pthread_create(&t, NULL, leaves_process, (void *)45);
        pthread_exit(NULL);
    }
    say("first thread left: %s", status_text(wait_for(pid)));
    TRUE(syscall(SYS_gettid) == getpid());
    TRUE(syscall(SYS_tgkill, getpid(), getpid(), 0) == 0);
    SHOW(syscall(SYS_tgkill, getpid(), 0x3ffffff, 0));
    cpu_set_t set;
    TRUE(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) >= 1);
    unsigned cpu = 999, node = 999;
    TRUE(getcpu(&cpu, &node) == 0 && CPU_ISSET(cpu, &set));
    SHOW(sched_yield());
    SHOW(sched_getscheduler(0));
}

int main(void)
{
    counting();
    ends();
    futexes();
    raw_clone();
    whole_process();
    return 0;
}
