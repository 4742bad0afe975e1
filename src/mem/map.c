/* mmap, munmap and mprotect of the guest.
 *
 * The host kernel places ordinary mappings, so they never meet memory of ferry's. A fixed mapping
 * may replace what the guest mapped; whatever else it covers must be free, which
 * MAP_FIXED_NOREPLACE proves. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mem/priv.h"

#define RESERVE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
#define GUEST_PROT 0xf     /* READ WRITE EXEC SEM */
#define X86_MAP_FLAGS 0xc0 /* MAP_32BIT, MAP_ABOVE4G: no other guest has them */
#define HUGE_SHIFT(flags) (((unsigned)(flags) >> 26) & 63)
#define GROWSDOWN_PROT 0x01000000

struct request {
    gaddr addr;
    u64 len; /* rounded up to what the mapping takes */
    int prot, flags, fd;
    u64 offset;
    bool exec_lost; /* executable mappings were replaced */
};

bool kept(gaddr lo, gaddr hi, gaddr *end)
{
    const struct mem_state *s = &mem_state;
    *end = hi;
    for (u32 i = 0; i < s->modules.len; i++) {
        /* Index 0 is no module: its turn is the room for brk. */
        const struct module *m = &s->modules.data[i];
        gaddr a = i ? m->pub.base : s->brk_lo, b = i ? m->pub.end : s->brk_hi;
        if ((i && !m->live) || a >= b) {
            continue;
        }
        if (lo >= a && lo < b) {
            *end = MIN(hi, b);
            return true;
        }
        if (a > lo && a < *end) {
            *end = a;
        }
    }
    return false;
}

void host_release(gaddr lo, gaddr hi)
{
    for (gaddr end; lo < hi; lo = end) {
        if (kept(lo, hi, &end)) {
            raw_mmap(lo, end - lo, PROT_NONE, RESERVE | MAP_FIXED, -1, 0);
        } else {
            raw_munmap(lo, end - lo);
        }
    }
}

s64 host_reserve(u64 size, u64 align)
{
    struct mem_state *s = &mem_state;
    u64 total = align > s->page ? size + align : size;
    if (total < size) {
        return -ENOMEM;
    }
    s64 p = place_limited() ? place_map(total, PROT_NONE, RESERVE, -1, 0)
                            : raw_mmap(0, total, PROT_NONE, RESERVE, -1, 0);
    if (raw_is_err(p)) {
        return p;
    }
    gaddr base = ALIGN_UP((gaddr)p, align);
    if (base + size > s->limit) {
        raw_munmap((u64)p, total);
        return -ENOMEM;
    }
    if (base > (gaddr)p) {
        raw_munmap((u64)p, base - (gaddr)p);
    }
    if (base + size < (gaddr)p + total) {
        raw_munmap(base + size, (gaddr)p + total - (base + size));
    }
    return (s64)base;
}

/* Calls FN for each stretch of [lo, hi) that is neither mapped by the guest nor kept for it, until
 * it fails. */
static s64 each_foreign(gaddr lo, gaddr hi, s64 (*fn)(gaddr lo, gaddr hi), gaddr *stopped)
{
    const struct vma_map *m = &mem_state.map;
    size_t i = vma_find(m, lo);
    while (lo < hi) {
        gaddr gap_end = i < m->v.len ? MIN(hi, MAX(lo, m->v.data[i].lo)) : hi;
        for (gaddr end; lo < gap_end; lo = end) {
            if (!kept(lo, gap_end, &end)) {
                s64 ret = fn(lo, end);
                if (ret) {
                    *stopped = lo;
                    return ret;
                }
            }
        }
        lo = i < m->v.len ? MAX(lo, MIN(hi, m->v.data[i].hi)) : hi;
        i++;
    }
    return 0;
}

static s64 take_foreign(gaddr lo, gaddr hi)
{
    s64 p = raw_mmap(lo, hi - lo, PROT_NONE, RESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (raw_is_err(p)) {
        return p == -EEXIST ? -ENOMEM : p;
    }
    if ((gaddr)p != lo) {
        raw_munmap((u64)p, hi - lo);
        return -ENOMEM;
    }
    return 0;
}

static s64 drop_foreign(gaddr lo, gaddr hi)
{
    raw_munmap(lo, hi - lo);
    return 0;
}

void fixed_cancel(gaddr lo, gaddr hi)
{
    gaddr stopped;
    each_foreign(lo, hi, drop_foreign, &stopped);
}

s64 fixed_prepare(gaddr lo, gaddr hi)
{
    gaddr stopped;
    s64 ret = each_foreign(lo, hi, take_foreign, &stopped);
    if (ret) {
        fixed_cancel(lo, stopped);
    }
    return ret;
}

/* A fixed mapping in the room for brk ends that room. */
static void cut_brk(gaddr lo, gaddr hi)
{
    struct mem_state *s = &mem_state;
    if (lo >= page_up(s->brk_cur) && lo < s->brk_hi) {
        if (hi < s->brk_hi) {
            raw_munmap(hi, s->brk_hi - hi);
        }
        s->brk_hi = lo;
    }
}

static struct mem_vma vma_of(const struct request *r, gaddr base)
{
    struct mem_vma v = {.lo = base, .hi = base + r->len, .prot = r->prot & 7};
    v.shared = (r->flags & MAP_TYPE) != MAP_PRIVATE;
    v.growsdown = (r->flags & MAP_GROWSDOWN) != 0;
    struct stat st;
    if (!(r->flags & MAP_ANONYMOUS) && !raw_is_err(raw_fstat(r->fd, &st))) {
        v.dev_major = major(st.st_dev);
        v.dev_minor = minor(st.st_dev);
        v.ino = st.st_ino;
        v.offset = r->offset;
    }
    v.module = module_of(v.lo, v.hi);
    return v;
}

static s64 host_map(const struct request *r, gaddr addr, int extra)
{
    return raw_mmap(addr, r->len, host_prot(r->prot), r->flags | extra, r->fd, r->offset);
}

static void record(const struct request *r, gaddr base)
{
    struct mem_vma v = vma_of(r, base);
    if (v.ino && v.module) {
        struct mem_module *m = &mem_state.modules.data[v.module].pub;
        m->dev = makedev(v.dev_major, v.dev_minor);
        m->ino = v.ino;
    }
    vma_insert(&mem_state.map, &v);
}

static bool starts_elf(const struct request *r, u64 *span, u64 *align)
{
    return (r->flags & (MAP_TYPE | MAP_ANONYMOUS)) == MAP_PRIVATE && r->offset == 0 &&
           module_probe(r->fd, span, align);
}

static s64 map_fixed(struct request *r)
{
    struct mem_state *s = &mem_state;
    gaddr lo = r->addr, hi = lo + r->len;
    u64 span, align;
    if (hi > s->limit || hi < lo) {
        return -ENOMEM;
    }
    r->exec_lost = vma_any_exec(&s->map, lo, hi);
    s64 ret = fixed_prepare(lo, hi);
    if (ret) {
        return ret;
    }
    ret = host_map(r, lo, MAP_FIXED);
    if (raw_is_err(ret)) {
        fixed_cancel(lo, hi);
        /* Some errors come after the kernel has removed the old mappings. */
        if (vma_overlaps(&s->map, lo, hi) &&
            raw_syscall(__NR_msync, lo, r->len, MS_ASYNC) == -ENOMEM &&
            vma_covers(&s->map, lo, hi)) {
            vma_remove(&s->map, lo, hi);
            module_sync(lo, hi);
        }
        return ret;
    }
    cut_brk(lo, hi);
    if (!module_of(lo, lo + 1) && starts_elf(r, &span, &align)) {
        module_claim(lo, MAX(span, r->len), align);
    }
    record(r, lo);
    module_sync(lo, hi);
    return ret;
}

static s64 map_noreplace(struct request *r)
{
    struct mem_state *s = &mem_state;
    gaddr lo = r->addr, hi = lo + r->len, end;
    if (hi > s->limit || hi < lo) {
        return -ENOMEM;
    }
    if (vma_overlaps(&s->map, lo, hi)) {
        return -EEXIST;
    }
    if (kept(lo, hi, &end) && end == hi) {
        return map_fixed(r);
    }
    s64 ret = host_map(r, lo, MAP_FIXED_NOREPLACE);
    if (!raw_is_err(ret)) {
        record(r, (gaddr)ret);
    }
    return ret;
}

/* An ELF file, anywhere: image and twin are reserved in one piece. */
static s64 map_module(struct request *r, u64 span, u64 align)
{
    u32 index;
    span = MAX(span, r->len);
    s64 base = module_place(span, align, &index);
    if (raw_is_err(base)) {
        return base;
    }
    s64 ret = host_map(r, (gaddr)base, MAP_FIXED);
    if (raw_is_err(ret)) {
        module_sync((gaddr)base, (gaddr)base + span);
        return ret;
    }
    record(r, (gaddr)base);
    return base;
}

static s64 map_free(struct request *r)
{
    struct mem_state *s = &mem_state;
    u64 span, align;
    gaddr hint = r->addr + r->len <= s->limit ? ALIGN_DOWN(r->addr, s->page) : 0;
    s64 ret;
    if (!hint && starts_elf(r, &span, &align)) {
        return map_module(r, span, align);
    }
    if (!hint && r->prot == PROT_NONE && r->flags == (MAP_PRIVATE | MAP_ANONYMOUS) &&
        r->len >= 64 << 10) {
        ret = candidate_place(r->len);
        if (!raw_is_err(ret)) {
            host_map(r, (gaddr)ret, MAP_FIXED);
        }
    } else {
        ret = hint || !place_limited() ? host_map(r, hint, 0) : -EEXIST;
        if (!raw_is_err(ret) && (gaddr)ret + r->len > s->limit) {
            raw_munmap((u64)ret, r->len);
            ret = -EEXIST;
        }
        if (ret == -EEXIST) {
            ret = place_map(r->len, host_prot(r->prot), r->flags, r->fd, r->offset);
        }
    }
    if (!raw_is_err(ret)) {
        record(r, (gaddr)ret);
    }
    return ret;
}

s64 mem_mmap(gaddr addr, u64 len, int prot, int flags, int fd, u64 offset)
{
    struct mem_state *s = &mem_state;
    u64 unit = s->page;
    if ((flags & MAP_HUGETLB) && (flags & MAP_ANONYMOUS)) {
        unit = 1ull << (HUGE_SHIFT(flags) ? HUGE_SHIFT(flags) : 21);
    }
    if ((flags & MAP_TYPE) != MAP_SHARED_VALIDATE) {
        flags &= ~X86_MAP_FLAGS;
    }
    struct request r = {
        .addr = addr, .prot = prot & GUEST_PROT, .flags = flags, .fd = fd, .offset = offset};
    bool fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
    if (!len || (fixed && addr & (s->page - 1)) || offset & (s->page - 1)) {
        return -EINVAL;
    }
    r.len = ALIGN_UP(len, unit);
    if (r.len < len) {
        return -ENOMEM;
    }
    r.flags &= ~(MAP_FIXED | MAP_FIXED_NOREPLACE);
    lock_take(&s->lock);
    s64 ret = !fixed                        ? map_free(&r)
              : flags & MAP_FIXED_NOREPLACE ? map_noreplace(&r)
                                            : map_fixed(&r);
    lock_drop(&s->lock);
    if (r.exec_lost) {
        changed(r.addr, r.addr + r.len);
    }
    log_printf(LOG_page, "mmap %#llx %#llx prot %d flags %#x fd %d = %#llx\n",
               (unsigned long long)addr, (unsigned long long)len, prot, (unsigned)flags, fd,
               (unsigned long long)ret);
    return ret;
}

s64 mem_munmap(gaddr addr, u64 len)
{
    struct mem_state *s = &mem_state;
    gaddr end = addr + page_up(len);
    if (addr & (s->page - 1) || !len || end > s->limit || end <= addr) {
        return -EINVAL;
    }
    lock_take(&s->lock);
    bool exec = vma_any_exec(&s->map, addr, end);
    for (size_t i = vma_find(&s->map, addr); i < s->map.v.len && s->map.v.data[i].lo < end;) {
        gaddr lo = MAX(addr, s->map.v.data[i].lo), hi = s->map.v.data[i].hi;
        while (++i < s->map.v.len && s->map.v.data[i].lo == hi) {
            hi = s->map.v.data[i].hi;
        }
        host_release(lo, MIN(hi, end));
    }
    vma_remove(&s->map, addr, end);
    module_sync(addr, end);
    place_freed(end);
    lock_drop(&s->lock);
    if (exec) {
        changed(addr, end);
    }
    log_printf(LOG_page, "munmap %#llx-%#llx\n", (unsigned long long)addr, (unsigned long long)end);
    return 0;
}

/* Changes one mapping after the other, as far as they follow on each other and the host agrees. */
static s64 protect_range(gaddr lo, gaddr hi, int prot)
{
    struct vma_map *m = &mem_state.map;
    while (lo < hi) {
        size_t i = vma_find(m, lo);
        if (i == m->v.len || m->v.data[i].lo > lo) {
            return -ENOMEM;
        }
        gaddr end = MIN(hi, m->v.data[i].hi);
        s64 ret = raw_mprotect(lo, end - lo, host_prot(prot) | (prot & ~GUEST_PROT));
        if (ret) {
            return ret;
        }
        vma_protect(m, lo, end, (u8)(prot & 7));
        lo = end;
    }
    return 0;
}

s64 mem_mprotect(gaddr addr, u64 len, int prot)
{
    struct mem_state *s = &mem_state;
    gaddr end = addr + page_up(len);
    if (addr & (s->page - 1) || prot & ~(GUEST_PROT | GROWSDOWN_PROT)) {
        return -EINVAL;
    }
    if (!len) {
        return 0;
    }
    if (end <= addr) {
        return -ENOMEM;
    }
    lock_take(&s->lock);
    s64 ret = 0;
    if (prot & GROWSDOWN_PROT) {
        const struct mem_vma *v = vma_at(&s->map, addr);
        ret = !v ? -ENOMEM : !v->growsdown ? -EINVAL : 0;
        addr = v ? v->lo : addr;
        prot &= ~GROWSDOWN_PROT;
    }
    bool exec = vma_any_exec(&s->map, addr, end);
    if (!ret) {
        ret = protect_range(addr, end, prot);
    }
    module_sync(addr, end);
    lock_drop(&s->lock);
    if (exec) {
        changed(addr, end);
    }
    log_printf(LOG_page, "mprotect %#llx-%#llx prot %d = %lld\n", (unsigned long long)addr,
               (unsigned long long)end, prot, (long long)ret);
    return ret;
}
