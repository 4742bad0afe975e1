/* Looking up translations: by guest pc, by guest page, by host pc. */
#include <sys/mman.h>

#include "exec/priv.h"

static u32 hash_pc(gaddr pc, u32 mode, u32 bits)
{
    return (u32)(((pc ^ (u64)mode << 40) * 0x9e3779b97f4a7c15ull) >> (64 - bits));
}

static u32 *hash_grow(u32 *heads, u32 bits)
{
    u64 old = sizeof(u32) << bits;
    long p = raw_syscall(__NR_mmap, 0, old * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (raw_is_err(p)) {
        die(1, "out of memory for the table of translations");
    }
    mem_hide((haddr)p, (haddr)p + old * 2);
    if (!pool_shares(heads)) {
        mem_unhide(RAW_PTR(heads), RAW_PTR(heads) + old);
        raw_syscall(__NR_munmap, RAW_PTR(heads), old);
    }
    return (u32 *)p;
}

haddr entry_lookup(const struct exec *ex, gaddr pc, u32 mode, struct uref *unit)
{
    u32 bit = ENTRY_MAP_BIT(pc);
    if (ex->entry_map[bit / 64] >> (bit & 63) & 1) {
        for (u32 n = ex->entry_hash[hash_pc(pc, mode, ex->entry_bits)]; n; n = ex->nodes.data[n].next) {
            const struct entry_node *e = &ex->nodes.data[n];
            if (e->pc == pc && e->mode == mode) {
                *unit = e->unit;
                return ex->regions.data[e->unit.region].base + e->host;
            }
        }
    }
    for (u32 i = (u32)ex->regions.len - 1; ex->stats.images && i > 0; i--) {
        const struct region *r = &ex->regions.data[i];
        if (r->image.hash && pc >= r->lo && pc < r->hi) {
            haddr host = image_lookup(ex, i, pc, mode, unit);
            if (host) {
                return host;
            }
        }
    }
    return 0;
}

/* The first address behind AT whose bit in MAP may be set, a few words on at most. */
static u64 map_next(const u64 *map, u64 words, u64 at)
{
    u64 i = at >> ENTRY_MAP_SHIFT;
    if (map[i / 64 % words] >> (i & 63) & 1) {
        return at + 1;
    }
    i++;
    for (unsigned n = 0; n < 4; n++) {
        u64 bits = map[i / 64 % words] >> (i & 63);
        if (bits) {
            return (i + (unsigned)__builtin_ctzll(bits)) << ENTRY_MAP_SHIFT;
        }
        i = ALIGN_DOWN(i, 64) + 64;
    }
    return i << ENTRY_MAP_SHIFT;
}

gaddr entry_next(const struct exec *ex, gaddr pc)
{
    gaddr next = map_next(ex->entry_map, ENTRY_MAP_WORDS, pc);
    for (u32 i = (u32)ex->regions.len - 1; ex->stats.images && i > 0; i--) {
        const struct region *r = &ex->regions.data[i];
        const struct image_index *x = &r->image;
        if (x->hash && pc >= r->lo && pc < r->hi) {
            next = MIN(next, r->lo + map_next(x->map, IMAGE_MAP_WORDS(x->hash_bits), pc - r->lo));
        }
    }
    return next;
}

static void entry_rehash(struct exec *ex)
{
    ex->entry_hash = hash_grow(ex->entry_hash, ex->entry_bits);
    ex->entry_bits++;
    for (u32 i = 1; i < ex->nodes.len; i++) {
        struct entry_node *e = &ex->nodes.data[i];
        if (e->unit.region) {
            u32 *head = &ex->entry_hash[hash_pc(e->pc, e->mode, ex->entry_bits)];
            e->next = *head;
            *head = i;
        }
    }
}

void entry_add(struct exec *ex, struct uref unit, u16 entry)
{
    const struct region *r = &ex->regions.data[unit.region];
    const struct unit *u = &r->units[unit.unit];
    gaddr pc = entry_pc(r, u, entry);
    u32 mode = entry_mode(r, u, entry);
    struct uref other;
    if (entry > 0 && !u->region && entry_lookup(ex, pc, mode, &other)) {
        return; /* a unit of its own begins there already */
    }
    u32 n = ex->free_entry_node;
    if (n) {
        ex->free_entry_node = ex->nodes.data[n].next;
    } else {
        n = (u32)ex->nodes.len;
        vec_push(&ex->nodes, (struct entry_node){0});
        if (n > 1u << ex->entry_bits) {
            entry_rehash(ex);
        }
    }
    ex->entry_map[ENTRY_MAP_BIT(pc) / 64] |= BIT64(ENTRY_MAP_BIT(pc) & 63);
    u32 *head = &ex->entry_hash[hash_pc(pc, mode, ex->entry_bits)];
    ex->nodes.data[n] = (struct entry_node){
        .pc = pc, .unit = unit, .next = *head, .entry = entry, .mode = mode, .host = u->text + unit_entries(r, u)[entry].host};
    *head = n;
}

void entry_remove(struct exec *ex, struct uref unit)
{
    const struct region *r = &ex->regions.data[unit.region];
    const struct unit *u = &r->units[unit.unit];
    for (u16 i = 0; i < u->entry_count; i++) {
        u32 *link = &ex->entry_hash[hash_pc(entry_pc(r, u, i), entry_mode(r, u, i), ex->entry_bits)];
        while (*link) {
            struct entry_node *e = &ex->nodes.data[*link];
            if (e->unit.region == unit.region && e->unit.unit == unit.unit && e->entry == i) {
                u32 n = *link;
                *link = e->next;
                *e = (struct entry_node){.next = ex->free_entry_node};
                ex->free_entry_node = n;
                break;
            }
            link = &e->next;
        }
    }
}

static void page_rehash(struct exec *ex)
{
    ex->page_hash = hash_grow(ex->page_hash, ex->page_bits);
    ex->page_bits++;
    for (u32 i = 1; i < ex->pages.len; i++) {
        struct page_node *p = &ex->pages.data[i];
        if (p->unit.region) {
            u32 *head = &ex->page_hash[hash_pc(p->page, 0, ex->page_bits)];
            p->next = *head;
            *head = i;
        }
    }
}

void page_add(struct exec *ex, struct uref unit)
{
    const struct unit *u = unit_of(ex, unit);
    gaddr pc = ex->regions.data[unit.region].lo + u->pc, last = pc + MAX(u->guest_len, 1u) - 1;
    for (u64 page = pc >> 12; page <= last >> 12; page++) {
        u32 n = ex->free_page_node;
        if (n) {
            ex->free_page_node = ex->pages.data[n].next;
        } else {
            n = (u32)ex->pages.len;
            vec_push(&ex->pages, (struct page_node){0});
            if (n > 2u << ex->page_bits) {
                page_rehash(ex);
            }
        }
        u32 *head = &ex->page_hash[hash_pc(page, 0, ex->page_bits)];
        ex->pages.data[n] = (struct page_node){.page = page, .unit = unit, .next = *head};
        *head = n;
        ex->page_count++;
    }
}

/* Kills the units of one page that overlap [lo, hi) and drops nodes of dead units. */
static void page_invalidate(struct exec *ex, u64 page, gaddr lo, gaddr hi)
{
    u32 *link = &ex->page_hash[hash_pc(page, 0, ex->page_bits)];
    while (*link) {
        u32 n = *link;
        struct page_node *p = &ex->pages.data[n];
        const struct region *r = &ex->regions.data[p->unit.region];
        const struct unit *u = &r->units[p->unit.unit];
        gaddr pc = r->lo + u->pc;
        if (p->page == page && !unit_dead(r, p->unit.unit) && pc < hi && pc + u->guest_len > lo) {
            unit_kill(ex, p->unit);
        }
        if (p->page == page && unit_dead(r, p->unit.unit)) {
            *link = p->next;
            *p = (struct page_node){.next = ex->free_page_node};
            ex->free_page_node = n;
            ex->page_count--;
        } else {
            link = &p->next;
        }
    }
}

static void invalidate_pages(struct exec *ex, gaddr lo, gaddr hi)
{
    u64 first = lo >> 12, last = (hi - 1) >> 12;
    if (last - first < ex->pages.len) {
        for (u64 page = first; page <= last; page++) {
            page_invalidate(ex, page, lo, hi);
        }
    } else { /* a range larger than all code: look at the code instead */
        for (u32 i = 1; i < ex->pages.len; i++) {
            struct page_node *p = &ex->pages.data[i];
            if (p->unit.region && p->page >= first && p->page <= last) {
                page_invalidate(ex, p->page, lo, hi);
            }
        }
    }
}

void exec_invalidate(struct exec *ex, gaddr lo, gaddr hi)
{
    exec_lock(ex);
    if (lo < ex->cold.hi && hi > ex->cold.lo) {
        ex->cold = (struct guest_cold){0};
    }
    u64 before = ex->stats.invalidated;
    if (ex->page_count) {
        invalidate_pages(ex, lo, hi);
    }
    for (u32 i = 1; i < ex->regions.len; i++) {
        struct region *r = &ex->regions.data[i];
        if (r->image.hash && lo < r->hi && hi > r->lo) {
            image_invalidate(ex, i, lo, hi);
        }
        /* A module that went away takes its region along. */
        if (r->pcrel && lo <= r->lo && hi >= r->hi) {
            r->retired = ex->reclaim = true;
        }
    }
    if (ex->stats.invalidated != before) {
        ex->inval_gen++;
    }
    exec_unlock(ex);
}

void exec_flush_icache(struct exec *ex, gaddr lo, gaddr hi)
{
    struct mem_view views[8]; /* caches know physical addresses: JITs write through another mapping than they execute */
    exec_invalidate(ex, lo, hi);
    for (unsigned n = mem_views(lo, hi, views, ARRAY_LEN(views)); n > 0; n--) {
        exec_invalidate(ex, views[n - 1].lo, views[n - 1].hi);
    }
}

struct uref unit_at(struct exec *ex, haddr pc)
{
    for (u32 i = 1; i < ex->regions.len; i++) {
        const struct region *r = &ex->regions.data[i];
        if (pc < r->base || pc >= r->base + r->text_len) {
            continue;
        }
        u32 off = (u32)(pc - r->base), lo = 0, hi = r->unit_count;
        while (hi - lo > 1) { /* the last unit whose text begins at or before OFF */
            u32 mid = (lo + hi) / 2;
            if (r->units[mid].text <= off) {
                lo = mid;
            } else {
                hi = mid;
            }
        }
        if (off - r->units[lo].text < r->units[lo].text_len) {
            return (struct uref){i, lo};
        }
        break;
    }
    return (struct uref){0, 0};
}
