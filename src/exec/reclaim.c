/* Giving memory of translations back: of modules that are gone, and of code that a JIT compiler has replaced.
 *
 * A region that is full is retired. Once most of it is dead, or too many regions are kept, what is left of it is killed
 * too, which takes back every link to it. Then only threads that were inside at that moment can still run its text or
 * have return points there, and none after it has synchronised once: cpu_forget empties its return stack. */
#include <sys/mman.h>

#include "exec/priv.h"

#define KEPT_REGIONS 4u /* full regions of anonymous code kept for the part of them that lives */

static bool is_worth_keeping(const struct region *r)
{
    u32 live = 0;
    for (u32 i = 0; i < r->unit_count; i++) {
        live += !unit_dead(r, i);
    }
    return live > r->unit_count / 4;
}

static void kill_all(struct exec *ex, u32 region)
{
    struct region *r = &ex->regions.data[region];
    for (u32 i = 0; i < r->unit_count; i++) {
        if (!unit_dead(r, i)) {
            unit_kill(ex, (struct uref){region, i});
        }
    }
    r->emptied = true;
    r->empty_gen = ++ex->inval_gen;
}

/* Empties retired regions, the oldest first, down to the number that is kept. */
static void empty_retired(struct exec *ex)
{
    u32 kept = 0;
    for (u32 i = (u32)ex->regions.len - 1; i > 0; i--) {
        const struct region *r = &ex->regions.data[i];
        if (r->retired && r->size && !r->emptied && (!is_worth_keeping(r) || ++kept > KEPT_REGIONS)) {
            kill_all(ex, i);
        }
    }
}

/* No thread can come back into R. Those for which that is not so are made to synchronise. */
static bool is_left(struct exec *ex, const struct region *r)
{
    bool left = true;
    for (const struct cpu_link *l = ex->cpus; l; l = l->next) {
        if (__atomic_load_n(&l->cpu->inside, __ATOMIC_ACQUIRE) && (s32)(l->cpu->inval_seen - r->empty_gen) < 0) {
            left = false;
            if (!l->cpu->poll_armed) {
                exec_kick(l->cpu);
            }
        }
    }
    return left;
}

/* Takes the slots of region GONE out of the lists of those that lead to units elsewhere. */
static void forget_links(struct exec *ex, u32 gone)
{
    for (u32 i = 1; i < ex->regions.len; i++) {
        const struct region *r = &ex->regions.data[i];
        for (u32 u = 0; i != gone && u < r->unit_count; u++) {
            struct slot_ref *at = &r->links[u].first;
            while (at->slot1) {
                u32 region = at->region ? at->region : i;
                struct slot_rec *s = &ex->regions.data[region].slots[at->slot1 - 1];
                if (region == gone) {
                    *at = s->next;
                } else {
                    at = &s->next;
                }
            }
        }
    }
}

static void forget_pages(struct exec *ex, u32 gone)
{
    for (u32 h = 0; h < 1u << ex->page_bits; h++) {
        u32 *link = &ex->page_hash[h];
        while (*link) {
            u32 n = *link;
            struct page_node *p = &ex->pages.data[n];
            if (p->unit.region != gone) {
                link = &p->next;
                continue;
            }
            *link = p->next;
            *p = (struct page_node){.next = ex->free_page_node};
            ex->free_page_node = n;
            ex->page_count--;
        }
    }
}

static void forget_hashes(struct exec *ex, u32 gone)
{
    size_t n = 0;
    for (size_t i = 0; i < ex->hashes.len; i++) {
        if (ex->hashes.data[i].unit.region != gone) {
            ex->hashes.data[n++] = ex->hashes.data[i];
        }
    }
    ex->hashes.len = n;
}

static void unmap(haddr base, u64 size)
{
    mem_unhide(base, base + size);
    raw_munmap(base, size);
}

static void region_free(struct exec *ex, u32 region)
{
    forget_links(ex, region);
    forget_pages(ex, region);
    forget_hashes(ex, region);
    struct region *r = &ex->regions.data[region];
    if (r->pcrel) { /* a twin stays reserved: the module, or another one at its place, may want it again */
        raw_mmap(r->base, r->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    } else {
        unmap(r->base, r->size);
    }
    unmap(RAW_PTR(r->slots), r->tables);
    if (r->image.hash) {
        unmap(r->image_base, r->image_size);
    }
    *r = (struct region){.retired = true};
    ex->stats.freed++;
}

void regions_reclaim(struct exec *ex)
{
    empty_retired(ex);
    ex->reclaim = false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (u32 i = 1; i < ex->regions.len; i++) {
        const struct region *r = &ex->regions.data[i];
        if (!r->emptied) {
            continue;
        }
        if (is_left(ex, r)) {
            region_free(ex, i);
        } else {
            ex->reclaim = true;
        }
    }
}
