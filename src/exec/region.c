/* Regions: where the translations of a guest range are put. */
#include <sys/mman.h>

#include "base/pool.h"
#include "exec/priv.h"

#define ANON_WINDOW (1ull << 30) /* guest range one region of anonymous code serves */
#define ANON_SIZE (64ull << 20)
#define ANON_LEAST (1ull << 20)
#define UNIT_TEXT 64 /* bytes of text of a small unit */
#define SLOT_SHARE 8 /* one part in so many of a region is slots */

static struct region *region_find(struct exec *ex, gaddr pc)
{
    for (size_t i = ex->regions.len - 1; i > 0; i--) {
        struct region *r = &ex->regions.data[i];
        if (!r->retired && pc >= r->lo && pc < r->hi) {
            return r;
        }
    }
    return NULL;
}

/* Room for the tables of the units that fit into R: address space, which takes memory as it is used. False: there
 * is not so much. */
static bool make_tables(struct region *r)
{
    r->unit_cap = r->text_cap / UNIT_TEXT + 1;
    r->vars_cap = r->text_cap / 2 + 4096;
    u64 slots = ALIGN_UP(sizeof(*r->slots) * r->slot_cap, 4096);
    u64 units = ALIGN_UP(sizeof(*r->units) * r->unit_cap, 4096);
    u64 links = ALIGN_UP(sizeof(*r->links) * r->unit_cap, 4096);
    u64 vars = ALIGN_UP((u64)r->vars_cap, 4096);
    u8 *p = map_try(slots + units + links + vars);
    if (!p) {
        return false;
    }
    r->tables = slots + units + links + vars;
    r->slots = (struct slot_rec *)p;
    r->units = (struct unit *)(p += slots);
    r->links = (struct unit_links *)(p += units);
    r->vars = p + links;
    return true;
}

/* Pages are mapped ahead of what is used by a part in so many of it, once that is worth a call. */
enum { AHEAD_SHARE = 8, AHEAD_LEAST = 128 << 10, AHEAD_MOST = 256 << 10 };

/* COUNT of CAP things of SIZE bytes at BASE are used; *DONE: bytes of them that are mapped. */
static void look_ahead(haddr base, size_t count, size_t cap, size_t size, u32 *done)
{
    size_t used = count * size, from = ALIGN_UP(used, 4096);
    size_t to = from + ALIGN_DOWN(MIN(used / AHEAD_SHARE, (size_t)AHEAD_MOST), 4096);
    if (used >= *done && used >= AHEAD_LEAST && to <= cap * size) {
        raw_madvise(base + from, to - from, POOL_POPULATE);
        *done = (u32)to;
    }
}

void region_look_ahead(struct region *r)
{
    if (r->new_text < AHEAD_LEAST) { /* by this process: an image needs no room to grow */
        return;
    }
    look_ahead(r->base, r->text_len, r->text_cap, 1, &r->ahead.text);
    look_ahead(r->base + r->text_cap, r->slot_count, r->slot_cap, 8, &r->ahead.slots);
    look_ahead(RAW_PTR(r->slots), r->slot_count, r->slot_cap, sizeof(*r->slots), &r->ahead.slot_recs);
    look_ahead(RAW_PTR(r->units), r->unit_count, r->unit_cap, sizeof(*r->units), &r->ahead.units);
    look_ahead(RAW_PTR(r->links), r->unit_count, r->unit_cap, sizeof(*r->links), &r->ahead.links);
    look_ahead(RAW_PTR(r->vars), r->vars_len, r->vars_cap, 1, &r->ahead.vars);
}

bool region_has_room(const struct region *r, u32 sites, u32 flags, u32 entries, u32 map)
{
    u64 vars = (u64)sites * sizeof(struct fault_site) + (u64)flags * sizeof(struct flag_recipe) +
               (u64)entries * sizeof(struct block_entry) + (u64)map * sizeof(struct map_entry);
    return r->unit_count < r->unit_cap && vars <= r->vars_cap - r->vars_len;
}

/* A region in the reserved SIZE bytes at BASE; NULL: no address space for its tables. */
static struct region *region_make(struct exec *ex, gaddr lo, gaddr hi, haddr base, u64 size, bool pcrel)
{
    u64 slots = ALIGN_DOWN(size / SLOT_SHARE, 4096);
    struct region r = {.lo = lo, .hi = hi, .base = base, .size = size, .pcrel = pcrel};
    r.text_cap = (u32)(size - slots);
    r.slot_cap = (u32)(slots / 8);
    if (!make_tables(&r)) {
        return NULL;
    }
    long ret = raw_syscall(__NR_mprotect, base, size, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (raw_is_err(ret)) {
        die(1, "cannot make %llu bytes at %#llx executable: %s; does a security policy forbid it?",
            (unsigned long long)size, (unsigned long long)base, errno_text((int)-ret));
    }
    raw_syscall(__NR_madvise, base, size, MADV_NOHUGEPAGE);
    for (size_t i = 1; i < ex->regions.len; i++) {
        if (!ex->regions.data[i].size) { /* one that was freed */
            ex->regions.data[i] = r;
            return &ex->regions.data[i];
        }
    }
    vec_push(&ex->regions, r);
    return &vec_last(&ex->regions);
}

static struct region *region_anon(struct exec *ex, gaddr pc)
{
    u64 size = ex->cfg.cache_size ? ALIGN_UP(ex->cfg.cache_size, 4096) : ANON_SIZE;
    gaddr lo = ALIGN_DOWN(pc, ANON_WINDOW);
    for (u64 least = MIN(size, ANON_LEAST); size >= least; size /= 4) { /* address space may be limited */
        haddr base = mem_reserve_near(pc, size);
        struct region *r = base ? region_make(ex, lo, lo + ANON_WINDOW, base, size, false) : NULL;
        if (r) {
            return r;
        }
        if (base) {
            mem_unhide(base, base + size);
            raw_munmap(base, size);
        }
    }
    die(1, "no address space left for translated code; is it limited (ulimit -v)?");
}

/* True when the twin at BASE was filled up before: its text may still be running. */
static bool twin_used(const struct exec *ex, haddr base)
{
    for (size_t i = 1; i < ex->regions.len; i++) {
        if (ex->regions.data[i].base == base) {
            return true;
        }
    }
    return false;
}

struct region *region_for(struct exec *ex, gaddr pc, gaddr *limit)
{
    struct mem_vma v;
    struct mem_module m;
    if (!mem_exec_range(pc, &v, &m)) {
        return NULL;
    }
    *limit = v.hi;
    struct region *r = region_find(ex, pc);
    /* A region of anonymous code may span a module mapped later: the module's own region wins. */
    if (r && (r->pcrel || !m.base || r->lo == m.base)) {
        return r;
    }
    if (ex->reclaim) {
        regions_reclaim(ex);
    }
    if (m.base && m.twin && !ex->cfg.cache_size && !twin_used(ex, m.twin)) {
        struct region *twin = region_make(ex, m.base, m.end, m.twin, m.twin_size, true);
        if (twin) {
            image_load(ex, twin, pc);
            note_region(ex, (u32)(twin - ex->regions.data));
            return twin;
        }
    }
    return r ? r : region_anon(ex, pc);
}

void region_retire(struct exec *ex, struct region *r)
{
    ex->stats.flushes++;
    r->retired = ex->reclaim = true;
}
