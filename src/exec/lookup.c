/* Looking up translations: by guest pc, by guest page, by host pc. */
#include <sys/mman.h>

#include "exec/priv.h"

static u32 hash_pc(gaddr pc, u32 mode, u32 bits)
{
    return (u32)(((pc ^ (u64)mode << 40) * 0x9e3779b97f4a7c15ull) >> (64 - bits));
}

static u32 entry_mode(const struct unit *u, u16 entry)
{
    return MODE(MODE_FP(u->mode), u->entries[entry].vmode);
}

static u32 *hash_grow(u32 *heads, u32 bits)
{
    u64 old = sizeof(u32) << bits;
    long p = raw_syscall(__NR_mmap, 0, old * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw_is_err(p)) {
        die(1, "out of memory for the table of translations");
    }
    mem_hide((haddr)p, (haddr)p + old * 2);
    mem_unhide(RAW_PTR(heads), RAW_PTR(heads) + old);
    raw_syscall(__NR_munmap, RAW_PTR(heads), old);
    return (u32 *)p;
}

u32 entry_lookup(const struct exec *ex, gaddr pc, u32 mode, haddr *host)
{
    u32 bit = ENTRY_MAP_BIT(pc);
    if (!(ex->entry_map[bit / 64] >> (bit & 63) & 1)) {
        return 0;
    }
    for (u32 n = ex->entry_hash[hash_pc(pc, mode, ex->entry_bits)]; n; n = ex->nodes.data[n].next) {
        const struct entry_node *e = &ex->nodes.data[n];
        if (e->pc == pc && e->mode == mode) {
            const struct unit *u = &ex->units.data[e->unit];
            *host = unit_text(ex, u) + u->entries[e->entry].host;
            return e->unit;
        }
    }
    return 0;
}

static void entry_rehash(struct exec *ex)
{
    ex->entry_hash = hash_grow(ex->entry_hash, ex->entry_bits);
    ex->entry_bits++;
    for (u32 i = 1; i < ex->nodes.len; i++) {
        struct entry_node *e = &ex->nodes.data[i];
        if (e->unit) {
            u32 *head = &ex->entry_hash[hash_pc(e->pc, e->mode, ex->entry_bits)];
            e->next = *head;
            *head = i;
        }
    }
}

void entry_add(struct exec *ex, u32 unit, u16 entry)
{
    const struct unit *u = &ex->units.data[unit];
    gaddr pc = u->pc + (s64)u->entries[entry].guest;
    u32 mode = entry_mode(u, entry);
    haddr other;
    if (entry > 0 && entry_lookup(ex, pc, mode, &other)) {
        return; /* a unit of its own begins there already */
    }
    u32 n = ex->free_entry_node;
    if (n) {
        ex->free_entry_node = ex->nodes.data[n].next;
    } else {
        n = (u32)ex->nodes.len;
        vec_push(&ex->nodes, (struct entry_node){0});
        if (n > 2u << ex->entry_bits) {
            entry_rehash(ex);
        }
    }
    ex->entry_map[ENTRY_MAP_BIT(pc) / 64] |= BIT64(ENTRY_MAP_BIT(pc) & 63);
    u32 *head = &ex->entry_hash[hash_pc(pc, mode, ex->entry_bits)];
    ex->nodes.data[n] = (struct entry_node){.pc = pc, .unit = unit, .next = *head, .entry = entry, .mode = mode};
    *head = n;
}

void entry_remove(struct exec *ex, u32 unit)
{
    const struct unit *u = &ex->units.data[unit];
    for (u16 i = 0; i < u->entry_count; i++) {
        gaddr pc = u->pc + (s64)u->entries[i].guest;
        u32 *link = &ex->entry_hash[hash_pc(pc, entry_mode(u, i), ex->entry_bits)];
        while (*link) {
            struct entry_node *e = &ex->nodes.data[*link];
            if (e->unit == unit && e->entry == i) {
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
        if (p->unit) {
            u32 *head = &ex->page_hash[hash_pc(p->page, 0, ex->page_bits)];
            p->next = *head;
            *head = i;
        }
    }
}

void page_add(struct exec *ex, u32 unit)
{
    const struct unit *u = &ex->units.data[unit];
    gaddr last = u->pc + MAX(u->guest_len, 1u) - 1;
    for (u64 page = u->pc >> 12; page <= last >> 12; page++) {
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
        const struct unit *u = &ex->units.data[p->unit];
        if (p->page == page && !u->dead && u->pc < hi && u->pc + u->guest_len > lo) {
            unit_kill(ex, p->unit);
        }
        if (p->page == page && ex->units.data[p->unit].dead) {
            *link = p->next;
            *p = (struct page_node){.next = ex->free_page_node};
            ex->free_page_node = n;
            ex->page_count--;
        } else {
            link = &p->next;
        }
    }
}

void exec_invalidate(struct exec *ex, gaddr lo, gaddr hi)
{
    exec_lock(ex);
    if (ex->page_count) {
        u64 before = ex->stats.invalidated;
        u64 first = lo >> 12, last = (hi - 1) >> 12;
        if (last - first < ex->pages.len) {
            for (u64 page = first; page <= last; page++) {
                page_invalidate(ex, page, lo, hi);
            }
        } else { /* a range larger than all code: look at the code instead */
            for (u32 i = 1; i < ex->pages.len; i++) {
                struct page_node *p = &ex->pages.data[i];
                if (p->unit && p->page >= first && p->page <= last) {
                    page_invalidate(ex, p->page, lo, hi);
                }
            }
        }
        if (ex->stats.invalidated != before) {
            ex->inval_gen++;
        }
    }
    /* A module that went away takes its region along. */
    for (size_t i = 1; i < ex->regions.len; i++) {
        struct region *r = &ex->regions.data[i];
        if (r->pcrel && lo <= r->lo && hi >= r->hi) {
            r->retired = true;
        }
    }
    exec_unlock(ex);
}

u32 unit_at(struct exec *ex, haddr pc)
{
    for (size_t i = 1; i < ex->regions.len; i++) {
        struct region *r = &ex->regions.data[i];
        if (pc < r->base || pc >= r->base + r->text_len) {
            continue;
        }
        u32 off = (u32)(pc - r->base);
        size_t lo = 0, hi = r->units.len; /* last unit whose text begins at or before off */
        while (hi - lo > 1) {
            size_t mid = (lo + hi) / 2;
            if (ex->units.data[r->units.data[mid]].text <= off) {
                lo = mid;
            } else {
                hi = mid;
            }
        }
        u32 u = r->units.data[lo];
        return off - ex->units.data[u].text < ex->units.data[u].text_len ? u : 0;
    }
    return 0;
}
