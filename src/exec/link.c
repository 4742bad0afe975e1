/* Linking exits to translations and taking translations out. */
#include "exec/priv.h"

static void remember(struct exec *ex, u32 region, u32 slot, u32 unit)
{
    u32 n = ex->free_link;
    if (n) {
        ex->free_link = ex->link_nodes.data[n].next;
    } else {
        n = (u32)ex->link_nodes.len;
        vec_push(&ex->link_nodes, (struct link_node){0});
    }
    struct unit *u = &ex->units.data[unit];
    ex->link_nodes.data[n] = (struct link_node){.region = region, .slot = slot, .next = u->links};
    u->links = n;
}

void link_slot(struct exec *ex, u32 region, u32 slot, haddr host, u32 unit)
{
    struct region *r = &ex->regions.data[region];
    if (ex->cfg.no_chain || ex->units.data[r->slots.data[slot].unit].dead) {
        return;
    }
    __atomic_store_n(region_slot(r, slot), host, __ATOMIC_RELEASE);
    remember(ex, region, slot, unit);
    ex->stats.links++;
}

u32 region_of_slot(const struct exec *ex, haddr slot, u32 *index)
{
    for (u32 i = (u32)ex->regions.len - 1; i > 0; i--) {
        const struct region *r = &ex->regions.data[i];
        u64 n = (slot - RAW_PTR(region_slot(r, 0))) / 8;
        if (n < r->slots.len) {
            *index = (u32)n;
            return i;
        }
    }
    bug("no code region has an exit slot at %#llx", (unsigned long long)slot);
}

bool link_ic(struct exec *ex, haddr ic, gaddr pc, haddr host, u32 unit)
{
    u32 slot, region = region_of_slot(ex, ic, &slot);
    struct region *r = &ex->regions.data[region];
    u64 *words = (u64 *)(uintptr_t)ic;
    if (words[0] != ~0ull || ex->cfg.no_chain || ex->units.data[r->slots.data[slot].unit].dead) {
        return false;
    }
    /* Host first: code that sees the pc must see it. */
    words[1] = host;
    __atomic_store_n(&words[0], pc, __ATOMIC_RELEASE);
    remember(ex, region, slot, unit);
    ex->stats.ic_fills++;
    return true;
}

void unlink_slot(struct exec *ex, u32 region, u32 slot)
{
    struct region *r = &ex->regions.data[region];
    const struct slot_rec *s = &r->slots.data[slot];
    slot_unlink(region_slot(r, slot), (enum slot_kind)s->kind, r->base + s->stub);
}

void unit_kill(struct exec *ex, u32 unit)
{
    struct unit *u = &ex->units.data[unit];
    entry_remove(ex, unit);
    for (u32 n = u->links; n;) {
        struct link_node *l = &ex->link_nodes.data[n];
        u32 next = l->next;
        if (!ex->units.data[ex->regions.data[l->region].slots.data[l->slot].unit].dead) {
            unlink_slot(ex, l->region, l->slot);
        }
        l->next = ex->free_link;
        ex->free_link = n;
        n = next;
    }
    u->links = 0;
    /* Its own exits lead back to the runtime, for a thread that is still inside. */
    for (u32 i = 0; i < u->slot_count; i++) {
        const struct slot_rec *s = &ex->regions.data[u->region].slots.data[u->slot + i];
        if (!s->second) {
            unlink_slot(ex, u->region, u->slot + i);
        }
    }
    haddr lo = unit_text(ex, u), hi = lo + u->text_len;
    for (struct cpu_link *l = ex->cpus; l; l = l->next) {
        for (u16 i = 0; i < u->entry_count; i++) {
            gaddr pc = u->pc + (s64)u->entries[i].guest;
            u32 index = (u32)(pc >> ex->ca.insn_align) & ((1u << JC_BITS) - 1);
            struct jc_entry *e = &l->cpu->jc[index];
            if (e->pc == pc && e->host >= lo && e->host < hi) {
                e->pc = jc_empty(index);
            }
        }
    }
    u->dead = true;
    ex->stats.invalidated++;
}
