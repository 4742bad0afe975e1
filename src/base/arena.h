/* Bump allocator on mmap: allocate many, release all at once; never calls malloc. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/types.h"

struct arena_chunk;

/* An all-zero arena is valid and empty: the first allocation maps its first chunk. */
struct arena {
    u8 *cur, *end;             /* free part of the newest chunk */
    struct arena_chunk *chunk; /* newest chunk, linked to older ones */
    size_t chunk_size;         /* bytes to map at least for the next chunk; 0 means the default */
};

/* Sets A up with chunks of CHUNK_SIZE bytes (0: 64 KiB). Maps nothing yet. */
void arena_init(struct arena *a, size_t chunk_size);

/* The same for an arena that lives as long as the process: its first chunk (a page at most, or a multiple of pages)
 * is in the pool. */
void arena_init_pool(struct arena *a, size_t chunk_size);

/* Forgets every allocation. The newest (largest) chunk is kept, so an arena that has found its size
 * resets in constant time. What was allocated is not cleared. */
void arena_reset(struct arena *a);

/* Returns all memory to the kernel and leaves A empty and usable. */
void arena_release(struct arena *a);

/* Slow path of arena_alloc: maps a new chunk. Dies when the kernel has no memory. */
void *arena_alloc_slow(struct arena *a, size_t size);

/* SIZE bytes aligned to 16, not cleared. Never NULL; SIZE 0 gives a valid pointer. */
static inline void *arena_alloc(struct arena *a, size_t size)
{
    size = ALIGN_UP(size, 16);
    if (unlikely((size_t)(a->end - a->cur) < size || !a->cur)) {
        return arena_alloc_slow(a, size);
    }
    u8 *p = a->cur;
    a->cur += size;
    return p;
}

/* As arena_alloc, cleared to zero. */
static inline void *arena_zalloc(struct arena *a, size_t size)
{
    return __builtin_memset(arena_alloc(a, size), 0, size);
}

/* A copy of LEN bytes at S with a NUL after them. */
char *arena_strndup(struct arena *a, const char *s, size_t len);

/* One cleared T, or N of them. */
#define arena_new(a, T) ((T *)arena_zalloc((a), sizeof(T)))
#define arena_new_n(a, T, n) ((T *)arena_zalloc((a), sizeof(T) * (size_t)(n)))

#endif
