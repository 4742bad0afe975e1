/* A lock of one word for short critical sections; fair enough, no owner, never waited for in signal
 * handlers. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/sys_raw.h"
#include "base/types.h"

/* 0: free, 1: taken, 2: taken and somebody may be waiting. A zero word is a free lock. */
static inline void lock_take(volatile int *lock)
{
    int expected = 0;
    if (likely(__atomic_compare_exchange_n(lock, &expected, 1, false, __ATOMIC_ACQUIRE,
                                           __ATOMIC_RELAXED))) {
        return;
    }
    while (__atomic_exchange_n(lock, 2, __ATOMIC_ACQUIRE) != 0) {
        raw_futex((u32 *)(uintptr_t)lock, FUTEX_WAIT_PRIVATE, 2, NULL);
    }
}

static inline bool lock_try(volatile int *lock)
{
    int expected = 0;
    return __atomic_compare_exchange_n(lock, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void lock_drop(volatile int *lock)
{
    if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) == 2) {
        raw_futex((u32 *)(uintptr_t)lock, FUTEX_WAKE_PRIVATE, 1, NULL);
    }
}

#endif
