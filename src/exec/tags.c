/* Addresses with a tag in their highest bits, where the guest's accesses do not look at them (guest->tag_bits).
 *
 * Translations take addresses as they are, and the host faults at one with a tag. The page of code where this happened
 * is noted, and translations from there are made anew with tags taken off: code that never meets a tag pays nothing. */
#include "exec/priv.h"

#define PAGE_SHIFT 12

static u32 page_index(gaddr pc)
{
    return (u32)((pc >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull >> (64 - TAGGED_MAP_LOG2));
}

static bool page_noted(const struct exec *ex, gaddr pc)
{
    u32 i = page_index(pc);
    return ex->tagged_map[i / 64] >> (i % 64) & 1;
}

gaddr tags_off(const struct exec *ex, gaddr addr)
{
    return (gaddr)sext64(addr, 64 - ex->cfg.guest->tag_bits);
}

bool tags_expected(const struct exec *ex, gaddr pc)
{
    /* A unit may run on into the next page. */
    return ex->tagged_any && (page_noted(ex, pc) || page_noted(ex, pc + BIT64(PAGE_SHIFT)));
}

void tags_note(struct exec *ex, gaddr pc)
{
    u32 i = page_index(pc);
    exec_lock(ex);
    ex->tagged_map[i / 64] |= BIT64(i % 64);
    ex->tagged_any = true;
    exec_unlock(ex);
    pc = ALIGN_DOWN(pc, BIT64(PAGE_SHIFT));
    exec_invalidate(ex, pc, pc + BIT64(PAGE_SHIFT));
}
