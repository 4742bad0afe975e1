// Code that is made, run and unmapped again and again, by files too, beside threads: memory stays bounded.
#include "t.h"
#include <pthread.h>
#include <stdatomic.h>

enum { INSNS = 2000, SIZE = 16384, ROUNDS = 1200 };

static long memory_kb(const char *what)
{
    char text[8192];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *p = strstr(text, what);
    return p ? atol(p + strlen(what)) : -1;
}

// x0 = x0 + k, INSNS times, with a branch here and there
static long make_and_run(int round)
{
    uint32_t *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < INSNS; i++) {
        p[i] = i % 16 == 7 ? 0xb4000020 : 0x91000000 | (uint32_t)((i + round) % 4096) << 10; // cbz x0, next; add
    }
    p[INSNS] = 0xd65f03c0;
    __builtin___clear_cache((char *)p, (char *)p + SIZE);
    mprotect(p, SIZE, PROT_READ | PROT_EXEC);
    long r = ((long (*)(long))p)(1);
    munmap(p, SIZE);
    return r;
}

static long expected(int round)
{
    long x = 1;
    for (int i = 0; i < INSNS; i++) {
        x += i % 16 == 7 ? 0 : (i + round) % 4096;
    }
    return x;
}

__attribute__((noinline)) static long leaf(long a)
{
    return a * 7 + 5;
}

extern const char __ehdr_start[];

static int map_file(int fd, int round)
{
    char *m = mmap(NULL, 65536, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    long (*f)(long) = (long (*)(long))(m + ((char *)leaf - __ehdr_start));
    int good = f(round) == leaf(round);
    munmap(m, 65536);
    return good;
}

static atomic_int stop;
static atomic_long spins;

static void *spin(void *arg) // never leaves its translations by itself
{
    volatile long n = 0;
    (void)arg;
    while (!stop) {
        n++;
    }
    spins = n;
    return NULL;
}

static void *wait_byte(void *arg)
{
    char c;
    return (void *)(long)read(*(int *)arg, &c, 1);
}

// Runs ROUND for all rounds; true when the last three quarters took no more memory.
static int bounded(void (*round)(int), int verbose)
{
    long rss = 0, size = 0;
    for (int i = 0; i < ROUNDS; i++) {
        round(i);
        if (i == ROUNDS / 4) {
            rss = memory_kb("VmRSS:");
            size = memory_kb("VmSize:");
        }
    }
    rss = memory_kb("VmRSS:") - rss;
    size = memory_kb("VmSize:") - size;
    if (verbose) {
        say("%ld %ld kB more", rss, size);
    }
    return rss < 4096 && size < 65536;
}

static int exe, good, mapped;

static void jit_round(int i)
{
    good += make_and_run(i) == expected(i);
}

static void file_round(int i)
{
    mapped += map_file(exe, i);
}

int main(int argc, char **argv)
{
    exe = open("/proc/self/exe", O_RDONLY);
    if (!getenv("JITLOOP")) {
        say("files bounded: %s, %d good", bounded(file_round, argc > 1) ? "yes" : "NO", mapped);
        setenv("JITLOOP", "second", 1);
        setenv("FERRY_TB_CACHE_SIZE", "1M", 1); // so that regions are filled soon
        execv("/proc/self/exe", argv);
    }
    int fds[2];
    pthread_t t[2];
    pipe(fds);
    pthread_create(&t[0], NULL, spin, NULL);
    pthread_create(&t[1], NULL, wait_byte, fds);
    say("code bounded: %s, %d good", bounded(jit_round, argc > 1) ? "yes" : "NO", good);
    stop = 1;
    write(fds[1], "", 1);
    pthread_join(t[0], NULL);
    pthread_join(t[1], NULL);
    TRUE(spins > 0);
}
