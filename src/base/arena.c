/* Bump allocator on mmap: mapping chunks and giving them back. */
#include "base/arena.h"

#include <sys/mman.h>

#include "base/log.h"
#include "base/pool.h"
#include "base/sys_raw.h"

#define DEFAULT_CHUNK ((size_t)64 << 10)

/* At the start of each mapping; a multiple of 16 so that the first allocation is aligned. */
struct arena_chunk {
    struct arena_chunk *prev;
    size_t size; /* of the whole mapping */
};
_Static_assert(sizeof(struct arena_chunk) % 16 == 0, "chunk header keeps alignment");

static void use_chunk(struct arena *a, struct arena_chunk *chunk)
{
    a->chunk = chunk;
    a->cur = (u8 *)(chunk + 1);
    a->end = (u8 *)chunk + chunk->size;
}

void arena_init(struct arena *a, size_t chunk_size)
{
    *a = (struct arena){.chunk_size = chunk_size};
}

void arena_init_pool(struct arena *a, size_t chunk_size)
{
    arena_init(a, chunk_size);
    struct arena_chunk *chunk = chunk_size <= 4096 ? pool_alloc(chunk_size) : pool_pages(chunk_size);
    *chunk = (struct arena_chunk){.size = chunk_size};
    use_chunk(a, chunk);
}

void *arena_alloc_slow(struct arena *a, size_t size)
{
    size_t want = a->chunk_size ? a->chunk_size : DEFAULT_CHUNK;
    if (a->chunk) {
        want = MAX(want, a->chunk->size * 2);
    }
    size = ALIGN_UP(size, 16);
    want = ALIGN_UP(MAX(want, size + sizeof(struct arena_chunk)), 4096);
    long p = raw_mmap(0, want, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw_is_err(p)) {
        die(125, "out of memory: cannot map %zu bytes for translation: %s", want,
            errno_text((int)-p));
    }
    struct arena_chunk *chunk = (struct arena_chunk *)p;
    chunk->prev = a->chunk;
    chunk->size = want;
    use_chunk(a, chunk);
    u8 *result = a->cur;
    a->cur += size;
    return result;
}

static void unmap_from(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *prev = chunk->prev;
        if (!pool_shares(chunk)) {
            raw_munmap((u64)chunk, chunk->size);
        }
        chunk = prev;
    }
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = a->chunk;
    if (!keep) {
        return;
    }
    /* Each chunk is at least twice its predecessor, so the newest alone holds what all held. */
    unmap_from(keep->prev);
    keep->prev = NULL;
    use_chunk(a, keep);
}

void arena_release(struct arena *a)
{
    unmap_from(a->chunk);
    arena_init(a, a->chunk_size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *p = arena_alloc(a, len + 1);
    __builtin_memcpy(p, s, len);
    p[len] = 0;
    return p;
}
