// Unusual control flow: longjmp over frames and out of handlers, coroutines, a million calls deep,
// huge frames.
#include "t.h"
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <ucontext.h>

static jmp_buf env;
static sigjmp_buf sigenv;

__attribute__((noinline)) static int deep_throw(int n)
{
    if (n == 0) {
        longjmp(env, 42);
    }
    n = deep_throw(n - 1) + 1;
    return n;
}

static void long_jumps(void)
{
    volatile int rounds = 0;
    volatile unsigned long sum = 0;
    for (int i = 0; i < 20000; i++) {
        int r = setjmp(env);
        if (r == 0) {
            deep_throw(i % 50);
        }
        sum += r;
        rounds++;
    }
    say("rounds %d sum %lu", rounds, sum);
    rounds = 0;
    if (setjmp(env) < 10) {
        rounds++;
        longjmp(env, rounds);
    }
    say("again %d", rounds);
    say("zero becomes %d", ({
            int r = setjmp(env);
            if (!r) {
                longjmp(env, 0);
            }
            r;
        }));
}

static void leave(int sig)
{
    siglongjmp(sigenv, sig);
}

static void out_of_handlers(void)
{
    signal(SIGUSR1, leave);
    volatile int n = 0;
    for (volatile int i = 0; i < 2000; i++) {
        if (!sigsetjmp(sigenv, 1)) {
            raise(SIGUSR1);
        } else {
            n++;
        }
    }
    sigset_t m;
    sigprocmask(SIG_BLOCK, NULL, &m);
    say("left %d times, blocked %d", n, sigismember(&m, SIGUSR1));
}

static ucontext_t main_ctx, co_ctx[8];
static int co_turns[8];
static double co_sum;

static void coroutine(int id, int big)
{
    double x = id + big * 0.5;
    for (int i = 0; i < 1000; i++) {
        x = x * 1.0001 + id;
        co_turns[id]++;
        co_sum += x;
        swapcontext(&co_ctx[id], &co_ctx[(id + 1) % 8]);
    }
}

static void coroutines(void)
{
    for (int i = 0; i < 8; i++) {
        getcontext(&co_ctx[i]);
        co_ctx[i].uc_stack.ss_sp = malloc(65536);
        co_ctx[i].uc_stack.ss_size = 65536;
        co_ctx[i].uc_link = &main_ctx;
        makecontext(&co_ctx[i], (void (*)(void))coroutine, 2, i, 1 << 20);
    }
    swapcontext(&main_ctx, &co_ctx[0]);
    int total = 0;
    for (int i = 0; i < 8; i++) {
        total += co_turns[i];
    }
    say("turns %d sum %.17g", total, co_sum);
}

__attribute__((noinline)) static unsigned long descend(unsigned long n, unsigned long acc)
{
    if (n == 0) {
        return acc;
    }
    volatile unsigned long keep = n;
    unsigned long r = descend(n - 1, acc * 31 + n);
    return r ^ keep;
}

__attribute__((noinline)) static int is_even(unsigned n);
__attribute__((noinline)) static int is_odd(unsigned n)
{
    __asm__ volatile("");
    int r = n == 0 ? 0 : is_even(n - 1);
    __asm__ volatile("" : "+r"(r));
    return r;
}
static int is_even(unsigned n)
{
    __asm__ volatile("");
    int r = n == 0 ? 1 : is_odd(n - 1);
    __asm__ volatile("" : "+r"(r));
    return r;
}

static void *go_deep(void *arg)
{
    for (int i = 0; i < 3; i++) {
        say("depth 1000000: %lx", descend(1000000, i));
    }
    say("even %d odd %d", is_even(1000000), is_odd(999999));
    return arg;
}

static void recursion(void)
{
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, 512ul << 20);
    pthread_t t;
    if (pthread_create(&t, &a, go_deep, NULL)) {
        die("pthread_create");
    }
    pthread_join(t, NULL);
    say("main stack: %lx", descend(60000, 7));
}

__attribute__((noinline)) static unsigned frame_of(size_t size)
{
    unsigned char *p = alloca(size);
    unsigned sum = 0;
    for (size_t i = 0; i < size; i += 4096) {
        p[size - 1 - i] = (unsigned char)(i >> 12);
    }
    for (size_t i = 0; i < size; i += 4096) {
        sum += p[size - 1 - i];
    }
    return sum;
}

typedef unsigned long (*step)(unsigned long);
static unsigned long f0(unsigned long x)
{
    return x * 3 + 1;
}
static unsigned long f1(unsigned long x)
{
    return x ^ (x >> 3);
}
static unsigned long f2(unsigned long x)
{
    return x + 0x9e3779b97f4a7c15u;
}
static unsigned long f3(unsigned long x)
{
    return (x << 7) | (x >> 57);
}

static void indirect(void)
{
    static step const table[] = {f0, f1, f2, f3};
    unsigned long x = 1;
    for (int i = 0; i < 300000; i++) {
        x = table[x >> 5 & 3](x);
        switch (x & 15) {
        case 0:
            x += 3;
            break;
        case 1:
            x ^= 77;
            break;
        case 2:
            x *= 5;
            break;
        case 3:
            x -= 9;
            break;
        case 4:
            x = ~x;
            break;
        case 5:
            x += x << 2;
            break;
        case 6:
            x ^= x >> 9;
            break;
        case 7:
            x += 11;
            break;
        case 8:
            x *= 7;
            break;
        case 9:
            x ^= 0xff00;
            break;
        default:
            x++;
            break;
        }
    }
    say("indirect %lx", x);
    void *labels[] = {&&a, &&b, &&c};
    unsigned n = 0, sum = 0;
next:
    if (n < 10000) {
        goto *labels[n * 7 % 3];
    }
    goto end;
a:
    sum += 1;
    n++;
    goto next;
b:
    sum += 10;
    n++;
    goto next;
c:
    sum += 100;
    n++;
    goto next;
end:
    say("computed goto %u", sum);
}

int main(void)
{
    long_jumps();
    out_of_handlers();
    coroutines();
    recursion();
    say("frame of 7 MiB %u", frame_of(7 << 20));
    say("frame of 1 MiB %u", frame_of(1 << 20));
    indirect();
    return 0;
}
