// class: system. Two threads: shared counters, a spin lock, a queue of one producer and one
// consumer.

// flags: -pthread

#include "b.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static _Atomic uint64_t counter, ors;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static uint64_t guarded;
static _Alignas(64) _Atomic uint32_t head;
static _Alignas(64) _Atomic uint32_t tail;
static uint32_t ring[1024];
static int n_rounds;

// Waiting gives way after a while: the other thread may not be on a processor.
static void wait_a_little(int *spins)
{
    if (++*spins % 64 == 0) {
        sched_yield();
    }
}

static void shared(uint64_t id)
{
    int spins = 0;
    for (int i = 0; i < n_rounds; i++) {
        atomic_fetch_add(&counter, (uint64_t)i);
        atomic_fetch_or_explicit(&ors, 1ull << ((uint64_t)i * 2 + id) % 64, memory_order_relaxed);
        if (i % 8 == 0) {
            while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire)) {
                wait_a_little(&spins);
            }
            guarded += id + 1;
            atomic_flag_clear_explicit(&lock, memory_order_release);
        }
    }
}

static void *consume(void *arg)
{
    uint64_t sum = 0;
    int spins = 0;
    shared(1);
    for (uint32_t n = 0; n < (uint32_t)n_rounds; n++) {
        while (atomic_load_explicit(&head, memory_order_acquire) == n) {
            wait_a_little(&spins);
        }
        sum = sum * 31 + ring[n % 1024];
        atomic_store_explicit(&tail, n + 1, memory_order_release);
    }
    *(uint64_t *)arg = sum;
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t t;
    uint64_t sum = 0;
    int spins = 0;
    n_rounds = rounds(argc, argv, 600000);
    pthread_create(&t, NULL, consume, &sum);
    shared(0);
    for (uint32_t n = 0; n < (uint32_t)n_rounds; n++) {
        while (n - atomic_load_explicit(&tail, memory_order_acquire) >= 1024) {
            wait_a_little(&spins);
        }
        ring[n % 1024] = n * 2654435761u;
        atomic_store_explicit(&head, n + 1, memory_order_release);
    }
    pthread_join(t, NULL);
    return done("atomics", sum + counter * 3 + guarded + ors);
}
