// Atomics under four threads: counters of every size, exchange, compare-exchange lists, fences,
// spin locks.

// variants aarch64: -march=armv8-a+lse | -mno-outline-atomics

#include "t.h"
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, ROUNDS = 100000 };

static _Atomic uint8_t c8;
static _Atomic uint16_t c16;
static _Atomic uint32_t c32;
static _Atomic uint64_t c64, bits_or, bits_xor, low, high;
static _Atomic int64_t token_sum;
static _Atomic uint64_t slot;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static uint64_t guarded[8];

struct node {
    struct node *next;
    uint64_t value;
};
static _Atomic(struct node *) stack;
static struct node nodes[THREADS][2000];

static _Alignas(16) unsigned __int128 wide;

static unsigned __int128 cas128(unsigned __int128 old, unsigned __int128 new)
{
#ifdef __aarch64__
#ifdef __ARM_FEATURE_ATOMICS
    register uint64_t x0 __asm__("x0") = (uint64_t)old, x1 __asm__("x1") = (uint64_t)(old >> 64);
    register uint64_t x2 __asm__("x2") = (uint64_t) new, x3 __asm__("x3") = (uint64_t)(new >> 64);
    __asm__ volatile("caspal x0, x1, x2, x3, [%4]"
                     : "+r"(x0), "+r"(x1)
                     : "r"(x2), "r"(x3), "r"(&wide)
                     : "memory");
    return (unsigned __int128)x1 << 64 | x0;
#else
    uint64_t lo, hi;
    uint32_t fail;
    do {
        __asm__ volatile("ldaxp %0, %1, [%2]" : "=&r"(lo), "=&r"(hi) : "r"(&wide) : "memory");
        unsigned __int128 now = (unsigned __int128)hi << 64 | lo, put = now == old ? new : now;
        __asm__ volatile("stlxp %w0, %1, %2, [%3]"
                         : "=&r"(fail)
                         : "r"((uint64_t)put), "r"((uint64_t)(put >> 64)), "r"(&wide)
                         : "memory");
    } while (fail);
    return (unsigned __int128)hi << 64 | lo;
#endif
#elif defined(__riscv) // has none of 16 bytes: under a lock of LR and SC
    static int lock;
    int was;
    do {
        __asm__ volatile("1: lr.w.aq %0, (%1)\n bnez %0, 1b\n sc.w %0, %2, (%1)"
                         : "=&r"(was)
                         : "r"(&lock), "r"(1)
                         : "memory");
    } while (was);
    unsigned __int128 now = wide;
    wide = now == old ? new : now;
    __asm__ volatile("amoswap.w.rl zero, zero, (%0)" ::"r"(&lock) : "memory");
    return now;
#else
    uint64_t lo = (uint64_t)old, hi = (uint64_t)(old >> 64);
    __asm__ volatile("lock cmpxchg16b %2"
                     : "+a"(lo), "+d"(hi), "+m"(wide)
                     : "b"((uint64_t) new), "c"((uint64_t)(new >> 64)));
    return (unsigned __int128)hi << 64 | lo;
#endif
}

static void *work(void *arg)
{
    uint64_t id = (uint64_t)arg, seed = id * 77777 + 1;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        atomic_fetch_add(&c8, 1);
        atomic_fetch_add_explicit(&c16, 3, memory_order_relaxed);
        atomic_fetch_sub_explicit(&c32, 5, memory_order_acq_rel);
        atomic_fetch_add_explicit(&c64, i, memory_order_release);
        atomic_fetch_or(&bits_or, 1ull << (id * 16 + i % 16));
        atomic_fetch_xor(&bits_xor, seed);
        uint64_t now = atomic_load(&low);
        while ((seed >> 8) < now && !atomic_compare_exchange_weak(&low, &now, seed >> 8)) {
        }
        now = atomic_load_explicit(&high, memory_order_acquire);
        while ((seed >> 8) > now && !atomic_compare_exchange_strong(&high, &now, seed >> 8)) {
        }
        // Tokens are exchanged through one slot: none is lost, none is doubled.
        uint64_t mine = atomic_exchange(&slot, i + 1);
        atomic_fetch_add(&token_sum, (int64_t)(i + 1) - (int64_t)mine);
        if (i % 64 == 0) {
            while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) {
            }
            for (int k = 0; k < 8; k++) {
                guarded[k] += k;
            }
            atomic_flag_clear_explicit(&lock, memory_order_release);
            unsigned __int128 seen = 0, got;
            while ((got = cas128(seen, seen + (((unsigned __int128)1 << 64) | 3))) != seen) {
                seen = got;
            }
        }
        if (i < 2000) {
            struct node *n = &nodes[id][i], *top = atomic_load(&stack);
            n->value = id * 10000 + i;
            do {
                n->next = top;
            } while (!atomic_compare_exchange_weak(&stack, &top, n));
        }
    }
    return NULL;
}

// Dekker's pattern needs sequentially consistent order: both may never see the other absent.
static _Atomic int x, y;
static int rx[2];
static pthread_barrier_t gate;
static int both_missed;

static void *dekker(void *arg)
{
    long id = (long)arg;
    for (int i = 0; i < 3000; i++) {
        pthread_barrier_wait(&gate);
        if (id) {
            atomic_store(&x, 1);
            rx[1] = atomic_load(&y);
        } else {
            atomic_store(&y, 1);
            rx[0] = atomic_load(&x);
        }
        pthread_barrier_wait(&gate);
        if (id == 0) {
            both_missed += rx[0] == 0 && rx[1] == 0;
            x = y = 0;
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t t[THREADS];
    atomic_store(&low, ~0ull);
    for (long i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, work, (void *)i);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    say("c8 %u c16 %u c32 %u c64 %lu", c8, c16, c32, (unsigned long)c64);
    say("or %lx xor %lx low %lx high %lx", (long)bits_or, (long)bits_xor, (long)low, (long)high);
    say("tokens balanced %d", (uint64_t)atomic_load(&token_sum) == atomic_load(&slot));
    say("guarded %lu %lu wide %lx:%lx", (long)guarded[1], (long)guarded[7], (long)(wide >> 64),
        (long)wide);
    uint64_t sum = 0, n = 0;
    for (struct node *p = stack; p; p = p->next, n++) {
        sum += p->value;
    }
    say("list %lu sum %lu", (long)n, (long)sum);
    pthread_barrier_init(&gate, NULL, 2);
    for (long i = 0; i < 2; i++) {
        pthread_create(&t[i], NULL, dekker, (void *)i);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(t[i], NULL);
    }
    say("order violated %d", both_missed);
    return 0;
}
