/* Growable array on mmap: the part that is not a macro. */
#define _GNU_SOURCE
#include "base/vec.h"

#include <sys/mman.h>

#include "base/log.h"
#include "base/pool.h"
#include "base/sys_raw.h"

#define VEC_PAGE ((size_t)4096)
/* An array that outgrows the pool gets that much address space at once: pages take memory when touched. */
#define VEC_LEAVE ((size_t)64 << 10)

static size_t mapped_bytes(size_t cap, size_t elem)
{
    return ALIGN_UP(cap * elem, VEC_PAGE);
}

/* Room for the array behind DATA in memory of its own; what is in the pool stays there unused. */
static void *leave_pool(const void *data, size_t cap, size_t elem, size_t *bytes)
{
    *bytes = MAX(*bytes, VEC_LEAVE);
    void *p = pool_pages(*bytes);
    __builtin_memcpy(p, data, cap * elem);
    return p;
}

/* A large array grows by a part in four, which is used soon and so mapped at once. */
#define VEC_LARGE ((size_t)256 << 10)

void *vec_grow_(void *data, size_t *cap, size_t need, size_t elem)
{
    size_t old = mapped_bytes(*cap, elem);
    bool large = old >= VEC_LARGE;
    size_t bytes = mapped_bytes(MAX(need, *cap + (large ? *cap / 4 : *cap)), elem);
    long p;
    if (!data) {
        p = raw_mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    } else if (pool_shares(data)) {
        p = (long)leave_pool(data, *cap, elem, &bytes);
    } else {
        p = raw_mremap((u64)data, old, bytes, MREMAP_MAYMOVE, 0);
        if (large && !raw_is_err(p)) {
            raw_madvise((u64)p + old, bytes - old, POOL_POPULATE);
        }
    }
    if (raw_is_err(p)) {
        die(125, "out of memory: cannot map %zu bytes: %s", bytes, errno_text((int)-p));
    }
    *cap = bytes / elem;
    return (void *)p;
}

void *vec_pool_(size_t *cap, size_t n, size_t elem)
{
    *cap = n;
    return pool_alloc(n * elem);
}

void vec_free_(void *data, size_t cap, size_t elem)
{
    if (data && !pool_shares(data)) {
        raw_munmap((u64)data, mapped_bytes(cap, elem));
    }
}
