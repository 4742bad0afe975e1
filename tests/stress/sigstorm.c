// Four threads compute while a timer and SIGUSR1 interrupt them without pause: every checksum must
// hold, none may be lost.
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { THREADS = 4, CHUNKS = 40 };
static atomic_int running;
static atomic_long ticks, pokes, sent;
static __thread volatile double handler_fp = 1.5;

__attribute__((noinline)) static uint64_t indirect(uint64_t x)
{
    return x * 0x9e3779b97f4a7c15u ^ x >> 29;
}

// Integers, flags, doubles, vectors, calls, memory: whatever a badly restored register would spoil.
static uint64_t compute(uint64_t seed)
{
    uint64_t (*volatile f)(uint64_t) = indirect;
    uint64_t a = seed, b = seed ^ 0x1234567, table[64];
    double x = 1.0 + (double)(seed % 100) / 64, y = 0.5;
    float v[16] = {0};
    for (int i = 0; i < 64; i++) {
        table[i] = seed * (uint64_t)(i + 1);
    }
    for (int i = 0; i < 6000; i++) {
        a = a * 6364136223846793005u + 1442695040888963407u;
        b += a >> 7 > b ? a & 0xffff : (uint64_t)i;
        b = f(b) + table[a >> 58];
        table[b & 63] ^= a;
        x = x * 0.9999 + sqrt(y + (double)(b & 1023));
        y = y * 0.5 + 1 / (x + 1);
        for (int k = 0; k < 16; k++) {
            v[k] = v[k] * 0.75f + (float)k;
        }
    }
    uint64_t sum = a ^ b;
    uint64_t bits;
    memcpy(&bits, &x, 8);
    sum = sum * 31 + bits;
    memcpy(&bits, &y, 8);
    sum = sum * 31 + bits;
    memcpy(&bits, &v[7], 8);
    for (int i = 0; i < 64; i++) {
        sum = sum * 31 + table[i];
    }
    return sum + bits;
}

static void disturb(int rounds)
{
    // A handler that uses many registers itself.
    double d = handler_fp;
    for (int i = 0; i < rounds; i++) {
        d = d * 1.0001 + sqrt(d);
    }
    handler_fp = d > 1e6 ? 1.5 : d;
}

static void on_tick(int sig)
{
    (void)sig;
    ticks++;
    disturb(20);
}

static void on_poke(int sig, siginfo_t *si, void *uc)
{
    (void)uc;
    if (sig != SIGUSR1 || si->si_signo != SIGUSR1) {
        abort();
    }
    pokes++;
    disturb(30);
}

static uint64_t expected[CHUNKS];

static void *worker(void *arg)
{
    long bad = 0;
    for (int i = 0; i < CHUNKS; i++) {
        int k = (int)((long)arg * 10 + i) % CHUNKS;
        bad += compute((uint64_t)k + 7) != expected[k];
    }
    running--;
    return (void *)bad;
}

int main(void)
{
    for (int i = 0; i < CHUNKS; i++) {
        expected[i] = compute((uint64_t)i + 7);
    }
    struct sigaction tick = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &tick, NULL);
    struct sigaction poke = {.sa_sigaction = on_poke, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &poke, NULL);
    pthread_t t[THREADS];
    running = THREADS;
    for (long i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, worker, (void *)i);
    }
    struct itimerval it = {{0, 500}, {0, 500}};
    setitimer(ITIMER_REAL, &it, NULL);
    while (running > 0) {
        for (int i = 0; i < THREADS; i++) {
            // Joined later, so the identifier stays valid; a thread that ended gives ESRCH or takes
            // no notice.
            sent += pthread_kill(t[i], SIGUSR1) == 0;
        }
        usleep(100);
    }
    long bad = 0;
    for (int i = 0; i < THREADS; i++) {
        void *r;
        pthread_join(t[i], &r);
        bad += (long)r;
    }
    memset(&it, 0, sizeof it);
    setitimer(ITIMER_REAL, &it, NULL);
    // Signals of one kind merge, so only bounds can be told.
    printf("bad checksums %ld, ticks %s, pokes %s\n", bad, ticks > 0 ? "some" : "none",
           pokes > 0 && pokes <= sent ? "some" : "wrong");
    return bad != 0;
}
