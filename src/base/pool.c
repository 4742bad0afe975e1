/* The pool: a stretch of ferry's .bss, taken from the front. */
#include "base/pool.h"

#include <sys/mman.h>

#include "base/log.h"
#include "base/sys_raw.h"

#define PAGE ((size_t)4096)
#define SHARED_SIZE ((size_t)24 << 10)
/* With the rest of .bss less than 2 MiB, so that it never becomes a huge page. */
#define POOL_SIZE ((size_t)1 << 20)

/* Common, because the linker puts such variables behind all others: what a start touches lies together. */
u8 pool[POOL_SIZE] __attribute__((common, aligned(4096)));

/* SIZE bytes of the pool between *USED and END, NULL when there are not so many. */
static void *take(size_t *used, size_t end, size_t size)
{
    size_t at = __atomic_load_n(used, __ATOMIC_RELAXED);
    while (size <= end - at) {
        if (__atomic_compare_exchange_n(used, &at, at + size, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
            return pool + at;
        }
    }
    return NULL;
}

void *pool_pages(size_t size)
{
    static size_t used = SHARED_SIZE;
    size = ALIGN_UP(size, PAGE);
    void *p = take(&used, sizeof(pool), size);
    if (p) {
        return p;
    }
    long map = raw_mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw_is_err(map)) {
        die(125, "out of memory: cannot map %zu bytes: %s", size, errno_text((int)-map));
    }
    return (void *)map;
}

void *pool_alloc(size_t size)
{
    static size_t used;
    void *p = take(&used, SHARED_SIZE, ALIGN_UP(size, 16));
    return p ? p : pool_pages(size);
}

bool pool_shares(const void *p)
{
    return RAW_PTR(p) - RAW_PTR(pool) < SHARED_SIZE;
}
