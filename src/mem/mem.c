/* The one address space of the process: set-up, questions about it, ferry's own places in it. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "mem/priv.h"

struct mem_state mem_state;
void (*mem_on_change)(gaddr lo, gaddr hi);

void mem_init(unsigned address_bits)
{
    struct mem_state *s = &mem_state;
    s->limit = MIN(1ull << address_bits, 1ull << 47);
    s->page = getauxval(AT_PAGESZ);
    if (!s->page) {
        s->page = 4096;
    }
    if (s->page != 4096) { /* some aarch64 kernels */
        die(1, "this kernel has pages of %llu bytes; ferry runs where they are 4096", (unsigned long long)s->page);
    }
    if (!s->modules.len) {
        vec_pool(&s->modules, 8);
        vec_pool(&s->map.v, 16);
        vec_push(&s->modules, (struct module){0});
    }
}

u64 mem_page_size(void)
{
    return mem_state.page;
}

void changed(gaddr lo, gaddr hi)
{
    if (mem_on_change) {
        mem_on_change(lo, hi);
    }
}

bool mem_is_mapped(gaddr addr, u64 len)
{
    if (addr + len < addr) {
        return false;
    }
    lock_take(&mem_state.lock);
    bool ok = vma_covers(&mem_state.map, addr, addr + len);
    lock_drop(&mem_state.lock);
    return ok;
}

u64 mem_vma_len(gaddr addr)
{
    lock_take(&mem_state.lock);
    const struct mem_vma *v = vma_at(&mem_state.map, addr);
    u64 len = v && v->lo == addr ? v->hi - v->lo : 0;
    lock_drop(&mem_state.lock);
    return len;
}

bool mem_exec_range(gaddr pc, struct mem_vma *v, struct mem_module *m)
{
    struct mem_state *s = &mem_state;
    lock_take(&s->lock);
    const struct mem_vma *hit = vma_at(&s->map, pc);
    bool ok = hit && (hit->prot & PROT_EXEC);
    if (ok) {
        *v = *hit;
        *m = hit->module ? s->modules.data[hit->module].pub : (struct mem_module){0};
    }
    lock_drop(&s->lock);
    return ok;
}

static bool same_file(const struct mem_vma *a, const struct mem_vma *b)
{
    return a->shared && b->shared && a->ino && a->ino == b->ino && a->dev_major == b->dev_major &&
           a->dev_minor == b->dev_minor;
}

unsigned mem_views(gaddr lo, gaddr hi, struct mem_view *views, unsigned max)
{
    struct mem_state *s = &mem_state;
    unsigned n = 0;
    lock_take(&s->lock);
    const struct mem_vma *of = vma_at(&s->map, lo);
    for (size_t i = 0; of && of->shared && of->ino && i < s->map.v.len && n < max; i++) {
        const struct mem_vma *v = &s->map.v.data[i];
        if (v == of || !(v->prot & PROT_EXEC) || !same_file(v, of)) {
            continue;
        }
        u64 from = of->offset + (lo - of->lo), to = from + (MIN(hi, of->hi) - lo);
        from = MAX(from, v->offset);
        to = MIN(to, v->offset + (v->hi - v->lo));
        if (from < to) {
            views[n++] = (struct mem_view){v->lo + (from - v->offset), v->lo + (to - v->offset)};
        }
    }
    lock_drop(&s->lock);
    return n;
}

void mem_visit(bool (*visit)(const struct mem_vma *v, void *arg), void *arg)
{
    struct mem_state *s = &mem_state;
    lock_take(&s->lock);
    for (size_t i = 0; i < s->map.v.len && visit(&s->map.v.data[i], arg); i++) {
    }
    lock_drop(&s->lock);
}

void mem_note_map(gaddr addr, u64 len, int prot, bool shared)
{
    struct mem_state *s = &mem_state;
    gaddr end = page_up(addr + len);
    lock_take(&s->lock);
    bool exec = vma_any_exec(&s->map, addr, end);
    struct mem_vma v = {
        .lo = addr, .hi = end, .prot = (u8)prot, .shared = shared, .noted = ++s->noted};
    vma_insert(&s->map, &v);
    module_sync(addr, end);
    lock_drop(&s->lock);
    if (exec) {
        changed(addr, end);
    }
}

void mem_note_unmap(gaddr addr, u64 len)
{
    struct mem_state *s = &mem_state;
    gaddr end = page_up(addr + len);
    lock_take(&s->lock);
    bool exec = vma_any_exec(&s->map, addr, end);
    vma_remove(&s->map, addr, end);
    module_sync(addr, end);
    lock_drop(&s->lock);
    if (exec) {
        changed(addr, end);
    }
}

void mem_hide(haddr lo, haddr hi)
{
    lock_take(&mem_state.lock);
    vma_remove(&mem_state.map, lo, hi);
    lock_drop(&mem_state.lock);
}

void mem_unhide(haddr lo, haddr hi)
{
    (void)lo;
    (void)hi;
}

/* Reserves SIZE bytes, at HINT if that is free. */
static s64 reserve_at(haddr hint, u64 size)
{
    return raw_mmap(hint, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

haddr mem_reserve_near(gaddr near, u64 size)
{
    const u64 reach = 1ull << 30, step = 32ull << 20;
    size = page_up(size);
    near = ALIGN_DOWN(near, mem_state.page);
    for (u64 d = 0; d + size < reach; d += step) {
        for (int below = 0; below < 2; below++) {
            if (below && near < d + size + (1 << 16)) {
                continue;
            }
            s64 p = reserve_at(below ? near - d - size : near + d + step, size);
            if (raw_is_err(p)) {
                return 0;
            }
            u64 distance = (u64)p > near ? (u64)p + size - near : near - (u64)p;
            if (distance <= reach) {
                return (haddr)p;
            }
            raw_munmap((u64)p, size);
        }
    }
    s64 p = reserve_at(0, size);
    return raw_is_err(p) ? 0 : (haddr)p;
}

void mem_fork_prepare(void)
{
    lock_take(&mem_state.lock);
}

void mem_fork_done(void)
{
    lock_drop(&mem_state.lock);
}
