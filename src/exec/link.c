/* Linking exits to translations and taking translations out. */
#include "exec/priv.h"

/* Adds SLOT of REGION to the slots that lead to UNIT. */
static void remember(struct exec *ex, u32 region, u32 slot, struct uref unit)
{
    struct unit_links *l = &ex->regions.data[unit.region].links[unit.unit];
    ex->regions.data[region].slots[slot].next = l->first;
    l->first = (struct slot_ref){region == unit.region ? 0 : region, slot + 1};
}

static bool may_link(const struct exec *ex, const struct region *r, u32 slot)
{
    return !ex->cfg.no_chain && !unit_dead(r, r->slots[slot].unit);
}

void link_slot(struct exec *ex, u32 region, u32 slot, haddr host, struct uref unit)
{
    struct region *r = &ex->regions.data[region];
    u64 *word = region_slot(r, slot);
    if (!may_link(ex, r, slot) || *word != r->base + r->slots[slot].stub) {
        return;
    }
    __atomic_store_n(word, host, __ATOMIC_RELEASE);
    remember(ex, region, slot, unit);
    ex->stats.links++;
}

u32 region_of_slot(const struct exec *ex, haddr slot, u32 *index)
{
    for (u32 i = (u32)ex->regions.len - 1; i > 0; i--) {
        const struct region *r = &ex->regions.data[i];
        u64 n = (slot - RAW_PTR(region_slot(r, 0))) / 8;
        if (n < r->slot_count) {
            *index = (u32)n;
            return i;
        }
    }
    bug("no code region has an exit slot at %#llx", (unsigned long long)slot);
}

bool link_ic(struct exec *ex, haddr ic, gaddr pc, haddr host, struct uref unit)
{
    u32 slot, region = region_of_slot(ex, ic, &slot);
    u64 *words = (u64 *)(uintptr_t)ic;
    if (words[0] != ~0ull || !may_link(ex, &ex->regions.data[region], slot)) {
        return false;
    }
    /* Host first: code that sees the pc must see it. */
    words[1] = host;
    __atomic_store_n(&words[0], pc, __ATOMIC_RELEASE);
    remember(ex, region, slot, unit);
    ex->stats.ic_fills++;
    return true;
}

void unlink_slot(struct region *r, u32 slot)
{
    const struct slot_rec *s = &r->slots[slot];
    slot_unlink(region_slot(r, slot), (enum slot_kind)s->kind, r->base + s->stub);
}

/* Of a hash of 1 << BITS entries. */
static void forget_entry(struct jc_entry *hash, unsigned bits, unsigned insn_align, gaddr pc, haddr lo, haddr hi)
{
    u32 index = jc_index(pc, insn_align, bits);
    struct jc_entry *e = &hash[index];
    if (e->pc == pc && e->host >= lo && e->host < hi) {
        e->pc = jc_empty(index);
    }
}

/* No hash leads from PC to a place in [LO, HI) any more. */
static void forget_target(struct exec *ex, gaddr pc, haddr lo, haddr hi)
{
    for (struct cpu_link *l = ex->cpus; l; l = l->next) {
        forget_entry(l->cpu->jc, JC_BITS, ex->ca.insn_align, pc, lo, hi);
        if (cpu_has_more(l->cpu)) {
            forget_entry(l->cpu->jc2, JC2_BITS, ex->ca.insn_align, pc, lo, hi);
        }
    }
}

void relink(struct exec *ex, struct uref old, gaddr pc, u32 mode, haddr host, struct uref unit)
{
    const struct region *o = &ex->regions.data[old.region];
    const struct unit *u = &o->units[old.unit];
    struct slot_ref *link = &o->links[old.unit].first;
    while (link->slot1) {
        u32 region = link->region ? link->region : old.region, slot = link->slot1 - 1;
        struct region *r = &ex->regions.data[region];
        struct slot_rec *s = &r->slots[slot];
        u64 *word = region_slot(r, slot);
        const struct unit *from = &r->units[s->unit];
        bool hit = s->kind == SLOT_IC ? word[0] == pc && MODE_V(mode) == 0
                                      : r->lo + from->pc + (u64)(s64)s->target == pc && s->vmode == MODE_V(mode);
        if (!hit || MODE_FP(from->mode) != MODE_FP(mode) || unit_dead(r, s->unit)) {
            link = &s->next;
            continue;
        }
        *link = s->next;
        __atomic_store_n(s->kind == SLOT_IC ? word + 1 : word, host, __ATOMIC_RELEASE);
        remember(ex, region, slot, unit);
    }
    forget_target(ex, pc, o->base + u->text, o->base + u->text + u->text_len);
}

/* Takes back the links to UNIT. */
static void unlink_all(struct exec *ex, struct uref unit)
{
    struct unit_links *l = &ex->regions.data[unit.region].links[unit.unit];
    while (l->first.slot1) {
        struct region *r = &ex->regions.data[l->first.region ? l->first.region : unit.region];
        u32 slot = l->first.slot1 - 1;
        if (!unit_dead(r, r->slots[slot].unit)) {
            unlink_slot(r, slot);
        }
        l->first = r->slots[slot].next;
    }
}

void unit_kill(struct exec *ex, struct uref unit)
{
    struct region *r = &ex->regions.data[unit.region];
    const struct unit *u = &r->units[unit.unit];
    entry_remove(ex, unit);
    unlink_all(ex, unit);
    /* Its own exits lead back to the runtime, for a thread that is still inside. */
    for (u32 i = 0; i < u->slot_count; i++) {
        if (!r->slots[u->slot + i].second) {
            unlink_slot(r, u->slot + i);
        }
    }
    haddr lo = r->base + u->text, hi = lo + u->text_len;
    for (u16 i = 0; i < u->entry_count; i++) {
        forget_target(ex, entry_pc(r, u, i), lo, hi);
    }
    r->links[unit.unit].dead = true;
    ex->stats.invalidated++;
}
