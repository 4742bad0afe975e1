/* Where mappings without an address go when the guest has fewer address bits than the host.
 *
 * The host kernel would place them above the guest's limit, so a place is looked for here: from a cursor
 * downwards, past everything the guest has mapped or ferry keeps for it. The cursor is where the last search
 * ended; what is given back above it raises it. That the place is free, MAP_FIXED_NOREPLACE proves. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>

#include "mem/priv.h"

#define HOST_BITS 47 /* of a program's addresses on the hosts there are */
#define FLOOR (1ull << 20)
#define TOP_GAP (16ull << 20)     /* kept free below the limit */
#define RANDOM_SPAN (1ull << 30)  /* addresses differ from run to run by up to this */
#define FIRST_STEP (1ull << 20)   /* past memory nobody announced */
#define STEP_MAX (256ull << 20)

bool place_limited(void)
{
    return mem_state.limit < 1ull << HOST_BITS;
}

static gaddr top(void)
{
    struct mem_state *s = &mem_state;
    if (!s->place_top) {
        u64 seed = 0;
        raw_getrandom(&seed, sizeof(seed), 1 /* GRND_NONBLOCK */);
        s->place_top = ALIGN_DOWN(s->limit - TOP_GAP - seed % RANDOM_SPAN, s->page);
        s->place_cursor = s->place_top;
    }
    return s->place_top;
}

static bool meets(u64 a_lo, u64 a_hi, u64 lo, u64 hi)
{
    return a_lo < hi && lo < a_hi;
}

/* The lowest address of what is known to lie in [lo, hi), HI when nothing is. */
static gaddr occupied(gaddr lo, gaddr hi)
{
    const struct mem_state *s = &mem_state;
    size_t v = vma_find(&s->map, lo);
    gaddr at = v < s->map.v.len ? MIN(hi, s->map.v.data[v].lo) : hi;
    if (meets(s->brk_lo, s->brk_hi, lo, hi)) {
        at = MIN(at, s->brk_lo);
    }
    for (u32 i = 1; i < s->modules.len; i++) {
        const struct mem_module *m = &s->modules.data[i].pub;
        if (s->modules.data[i].live && meets(m->base, m->end, lo, hi)) {
            at = MIN(at, m->base);
        }
        if (m->twin && meets(m->twin, m->twin + m->twin_size, lo, hi)) {
            at = MIN(at, m->twin);
        }
    }
    for (unsigned i = 0; i < MEM_CANDIDATES; i++) {
        if (meets(s->candidates[i].lo, s->candidates[i].hi, lo, hi)) {
            at = MIN(at, s->candidates[i].lo);
        }
    }
    return at;
}

/* One search from FROM downwards. */
static s64 search(gaddr from, u64 len, int prot, int flags, int fd, u64 offset)
{
    u64 step = FIRST_STEP;
    for (gaddr at = from; at >= FLOOR + len;) {
        gaddr base = at - len, hit = occupied(base, at);
        if (hit < at) {
            at = ALIGN_DOWN(hit, mem_state.page);
            continue;
        }
        s64 ret = raw_mmap(base, len, prot, flags | MAP_FIXED_NOREPLACE, fd, offset);
        if (!raw_is_err(ret) && (gaddr)ret != base) { /* a kernel that does not know the flag */
            raw_munmap((u64)ret, len);
            ret = -EEXIST;
        }
        if (ret != -EEXIST) {
            mem_state.place_cursor = raw_is_err(ret) ? from : base;
            return ret;
        }
        at -= MIN(step, at);
        step = MIN(step * 2, STEP_MAX);
    }
    return -ENOMEM;
}

s64 place_map(u64 len, int prot, int flags, int fd, u64 offset)
{
    gaddr highest = top();
    len = page_up(len);
    s64 ret = search(mem_state.place_cursor, len, prot, flags, fd, offset);
    return ret == -ENOMEM ? search(highest, len, prot, flags, fd, offset) : ret;
}

void place_freed(gaddr hi)
{
    struct mem_state *s = &mem_state;
    if (hi > s->place_cursor) {
        s->place_cursor = MIN(hi, s->place_top);
    }
}

gaddr mem_room(u64 len)
{
    struct mem_state *s = &mem_state;
    if (!place_limited()) {
        return 0;
    }
    lock_take(&s->lock);
    s64 p = place_map(len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    lock_drop(&s->lock);
    return raw_is_err(p) ? 0 : (gaddr)p;
}
