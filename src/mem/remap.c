/* mremap, brk and the main stack of the guest. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>

#include "mem/priv.h"

#define RESERVE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
#define REMAP_FLAGS (MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)

/* The mappings of [old, old + len) appear at NEW as well, the last one stretched to END. */
static void copy_vmas(gaddr old, u64 len, gaddr new, gaddr end)
{
    struct vma_map *m = &mem_state.map;
    VEC(struct mem_vma) copy = {0};
    for (size_t i = vma_find(m, old); i < m->v.len && m->v.data[i].lo < old + len; i++) {
        vec_push(&copy, m->v.data[i]);
    }
    for (size_t i = 0; i < copy.len; i++) {
        struct mem_vma v = copy.data[i];
        gaddr lo = MAX(v.lo, old);
        if (v.ino) {
            v.offset += lo - v.lo;
        }
        v.hi = i + 1 == copy.len ? end : v.hi - old + new;
        v.lo = lo - old + new;
        v.module = module_of(v.lo, v.hi);
        vma_insert(m, &v);
    }
    vec_free(&copy);
}

/* Brings the map up to date after the host moved or resized; returns true if executable mappings
 * are affected. */
static void record_remap(gaddr old, u64 old_len, gaddr new, u64 new_len, int flags)
{
    struct mem_state *s = &mem_state;
    if (new == old && !(flags & MREMAP_DONTUNMAP)) {
        if (new_len < old_len) {
            vma_remove(&s->map, old + new_len, old + old_len);
            gaddr end;
            if (kept(old + new_len, old + old_len, &end)) {
                raw_mmap(old + new_len, end - (old + new_len), PROT_NONE,
                         RESERVE | MAP_FIXED_NOREPLACE, -1, 0);
            }
        } else {
            copy_vmas(old, old_len, old, old + new_len);
        }
        module_sync(old, old + MAX(old_len, new_len));
        return;
    }
    /* Length 0 asks for a second view of a shared mapping. */
    copy_vmas(old, old_len ? MIN(old_len, new_len) : 1, new, new + new_len);
    if (old_len && !(flags & MREMAP_DONTUNMAP)) {
        vma_remove(&s->map, old, old + old_len);
        gaddr end;
        for (gaddr lo = old; lo < old + old_len; lo = end) {
            if (kept(lo, old + old_len, &end)) {
                raw_mmap(lo, end - lo, PROT_NONE, RESERVE | MAP_FIXED_NOREPLACE, -1, 0);
            }
        }
        module_sync(old, old + old_len);
    }
    module_sync(new, new + new_len);
}

/* mremap that may move, to a place below the guest's limit. */
static s64 remap_below(gaddr old, u64 old_len, u64 new_len, int flags)
{
    s64 ret = -ENOMEM;
    if (!(flags & MREMAP_DONTUNMAP) && old_len) {
        ret = raw_mremap(old, old_len, new_len, 0, 0);
    }
    if (ret != -ENOMEM || !(flags & MREMAP_MAYMOVE)) {
        return ret;
    }
    s64 room = place_map(new_len, PROT_NONE, RESERVE, -1, 0);
    if (raw_is_err(room)) {
        return room;
    }
    ret = raw_mremap(old, old_len, new_len, flags | MREMAP_FIXED, (u64)room);
    if (raw_is_err(ret)) {
        raw_munmap((u64)room, new_len);
    }
    return ret;
}

static s64 remap_locked(gaddr old, u64 old_len, u64 new_len, int flags, gaddr new_addr, bool *exec)
{
    struct mem_state *s = &mem_state;
    bool fixed = (flags & MREMAP_FIXED) != 0;
    u64 seen = old_len ? old_len : 1;
    if (!vma_covers(&s->map, old, old + seen)) {
        return -EFAULT;
    }
    *exec = vma_any_exec(&s->map, old, old + seen);
    if (fixed) {
        if (new_addr + new_len > s->limit || new_addr + new_len < new_addr ||
            (new_addr < old + old_len && old < new_addr + new_len)) {
            return -EINVAL;
        }
        *exec |= vma_any_exec(&s->map, new_addr, new_addr + new_len);
        s64 ret = fixed_prepare(new_addr, new_addr + new_len);
        if (ret) {
            return ret;
        }
    }
    s64 ret = fixed || !place_limited() ? raw_mremap(old, old_len, new_len, flags, new_addr)
                                        : remap_below(old, old_len, new_len, flags);
    if (raw_is_err(ret)) {
        if (fixed) {
            fixed_cancel(new_addr, new_addr + new_len);
        }
        return ret;
    }
    record_remap(old, old_len, (gaddr)ret, new_len, flags);
    return ret;
}

s64 mem_mremap(gaddr old, u64 old_len, u64 new_len, int flags, gaddr new_addr)
{
    struct mem_state *s = &mem_state;
    bool exec = false;
    old_len = page_up(old_len);
    new_len = page_up(new_len);
    if (flags & ~REMAP_FLAGS || !new_len || old & (s->page - 1) || old + old_len < old ||
        ((flags & MREMAP_FIXED) && (!(flags & MREMAP_MAYMOVE) || new_addr & (s->page - 1)))) {
        return -EINVAL;
    }
    lock_take(&s->lock);
    s64 ret = remap_locked(old, old_len, new_len, flags, new_addr, &exec);
    lock_drop(&s->lock);
    if (exec && !raw_is_err(ret)) {
        changed(old, old + MAX(old_len, s->page));
        changed((gaddr)ret, (gaddr)ret + new_len);
    }
    log_printf(LOG_page, "mremap %#llx %#llx -> %#llx = %#llx\n", (unsigned long long)old,
               (unsigned long long)old_len, (unsigned long long)new_len, (unsigned long long)ret);
    return ret;
}

/* START, or the end of the module or twin it lies in. */
static gaddr behind_modules(gaddr start)
{
    for (size_t i = 1; i < mem_state.modules.len; i++) {
        const struct mem_module *m = &mem_state.modules.data[i].pub;
        gaddr end = m->twin ? m->twin + m->twin_size : m->end;
        if (mem_state.modules.data[i].live && start >= m->base && start <= end) {
            return end;
        }
    }
    return start;
}

void mem_brk_init(gaddr start, u64 max)
{
    struct mem_state *s = &mem_state;
    start = behind_modules(page_up(start));
    /* Where the wanted place is taken or address space is short, another or a smaller one serves as
     * well. */
    for (u64 size = page_up(max); size >= 1 << 20; size /= 2) {
        s64 p = start ? raw_mmap(start, size, PROT_NONE, RESERVE | MAP_FIXED_NOREPLACE, -1, 0)
                      : -ENOMEM;
        if (raw_is_err(p)) {
            p = host_reserve(size, s->page);
        }
        if (!raw_is_err(p)) {
            s->brk_lo = s->brk_cur = (gaddr)p;
            s->brk_hi = (gaddr)p + size;
            return;
        }
    }
}

gaddr mem_brk_start(void)
{
    return mem_state.brk_lo;
}

s64 mem_brk(gaddr addr)
{
    struct mem_state *s = &mem_state;
    lock_take(&s->lock);
    gaddr old = page_up(s->brk_cur), new = page_up(addr);
    if (addr < s->brk_lo || new > s->brk_hi || new < addr) {
        goto out;
    }
    if (new > old) {
        if (vma_overlaps(&s->map, old, new) ||
            raw_is_err(raw_mmap(old, new - old, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0))) {
            goto out;
        }
        vma_insert(&s->map,
                   &(struct mem_vma){.lo = old, .hi = new, .prot = PROT_READ | PROT_WRITE});
    } else if (new < old) {
        vma_remove(&s->map, new, old);
        raw_mmap(new, old - new, PROT_NONE, RESERVE | MAP_FIXED, -1, 0);
    }
    s->brk_cur = addr;
out:;
    s64 ret = (s64)s->brk_cur;
    lock_drop(&s->lock);
    return ret;
}

s64 mem_map_stack(u64 size, int prot, u64 behind)
{
    struct mem_state *s = &mem_state;
    const u64 gap = 256 * s->page; /* as the kernel keeps below a stack */
    size = page_up(size);
    behind = page_up(behind);
    lock_take(&s->lock);
    s64 base = host_reserve(gap + size + behind, s->page);
    if (!raw_is_err(base)) {
        gaddr lo = (gaddr)base + gap, hi = lo + size;
        /* Kernels that use huge pages for all would back the first touch with one. */
        raw_madvise((u64)base, gap + size + behind, MADV_NOHUGEPAGE);
        s64 ret = raw_mprotect(lo, size + behind, host_prot(prot | PROT_READ | PROT_WRITE));
        base = raw_is_err(ret) ? ret : (s64)lo;
        struct mem_vma stack = {.lo = lo, .hi = hi, .prot = (u8)prot, .growsdown = true};
        vma_insert(&s->map, &stack);
        if (behind) {
            struct mem_vma v = {.lo = hi, .hi = hi + behind, .prot = PROT_READ | PROT_WRITE};
            vma_insert(&s->map, &v);
        }
        /* The page at the top and the first one behind are written at once. */
        raw_madvise(hi - s->page, s->page + MIN(behind, s->page), POOL_POPULATE);
    }
    lock_drop(&s->lock);
    return base;
}
