/* Modules: ELF files mapped as a unit, each with a twin, a region kept for its translations at a
 * distance that depends on the file alone. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "mem/priv.h"

#define MODULE_ALIGN (64ull << 10)
#define TWIN_REACH ((2ull << 30) - (16ull << 20)) /* pc-relative reach, less some slack */
#define CANDIDATE_MAX (1ull << 29)
#define RESERVE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

bool module_probe(int fd, u64 *span, u64 *align)
{
    u8 buf[4096] __attribute__((aligned(8)));
    long n = raw_pread(fd, buf, sizeof(buf), 0);
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)buf;
    if (n < (long)sizeof(*eh) || memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
        eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_phentsize != sizeof(Elf64_Phdr) ||
        (eh->e_type != ET_DYN && eh->e_type != ET_EXEC) || eh->e_phoff % 8 ||
        eh->e_phoff > (u64)n || eh->e_phnum > ((u64)n - eh->e_phoff) / sizeof(Elf64_Phdr)) {
        return false;
    }
    const Elf64_Phdr *ph = (const Elf64_Phdr *)(buf + eh->e_phoff);
    u64 lo = ~0ull, hi = 0, a = MODULE_ALIGN;
    for (unsigned i = 0; i < eh->e_phnum; i++) {
        if (ph[i].p_type != PT_LOAD) {
            continue;
        }
        lo = MIN(lo, ALIGN_DOWN(ph[i].p_vaddr, mem_state.page));
        hi = MAX(hi, ph[i].p_vaddr + ph[i].p_memsz);
        if (IS_POW2(ph[i].p_align)) {
            a = MAX(a, ph[i].p_align);
        }
    }
    if (lo >= hi || hi - lo > TWIN_REACH || a > 1ull << 30) {
        return false;
    }
    *span = page_up(hi - lo);
    *align = a;
    return true;
}

/* A dynamic loader that aligns modules itself reserves span + align first: the twin begins behind
 * that. */
u64 twin_distance(u64 span, u64 align)
{
    align = MAX(align, MODULE_ALIGN);
    return ALIGN_UP(span, align) + align;
}

u64 twin_size(u64 span, u64 align)
{
    u64 d = twin_distance(span, align);
    return d > TWIN_REACH / 2 ? 0 : MIN(page_up(8 * span) + (1ull << 20), TWIN_REACH - d);
}

u32 module_add(gaddr base, u64 span, haddr twin, u64 twin_bytes, u64 reserve_len)
{
    struct module m = {.live = true, .reserve_len = reserve_len};
    m.pub = (struct mem_module){
        .base = base, .end = base + span, .twin = twin, .twin_size = twin_bytes};
    for (u32 i = 1; i < mem_state.modules.len; i++) {
        if (!mem_state.modules.data[i].live && !mem_state.modules.data[i].pub.twin) {
            mem_state.modules.data[i] = m;
            return i;
        }
    }
    vec_push(&mem_state.modules, m);
    log_printf(LOG_page, "module %#llx-%#llx twin %#llx\n", (unsigned long long)base,
               (unsigned long long)m.pub.end, (unsigned long long)twin);
    return (u32)mem_state.modules.len - 1;
}

u32 module_of(gaddr lo, gaddr hi)
{
    for (u32 i = 1; i < mem_state.modules.len; i++) {
        const struct module *m = &mem_state.modules.data[i];
        if (m->live && lo >= m->pub.base && hi <= m->pub.end) {
            return i;
        }
    }
    return 0;
}

static bool reserve_exactly(gaddr addr, u64 len)
{
    long p = raw_mmap(addr, len, PROT_NONE, RESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (!raw_is_err(p) && (u64)p != addr) { /* a kernel that does not know the flag */
        raw_munmap((u64)p, len);
        return false;
    }
    return !raw_is_err(p);
}

/* Wakes a dead module of this size whose old place is free again: its twin is reserved already. */
static u32 revive(u64 span, u64 align)
{
    u64 d = twin_distance(span, align), t = twin_size(span, align);
    for (u32 i = 1; i < mem_state.modules.len; i++) {
        struct module *m = &mem_state.modules.data[i];
        if (!m->live && m->pub.twin && m->pub.end - m->pub.base == span && m->pub.twin_size == t &&
            m->pub.twin - m->pub.base == d && IS_ALIGNED(m->pub.base, align) &&
            reserve_exactly(m->pub.base, span)) {
            m->live = true;
            return i;
        }
    }
    return 0;
}

s64 module_place(u64 span, u64 align, u32 *index)
{
    u64 d = twin_distance(span, align), t = twin_size(span, align);
    *index = t ? revive(span, align) : 0;
    if (*index) {
        return (s64)mem_state.modules.data[*index].pub.base;
    }
    s64 base = t ? host_reserve(d + t, align) : -ENOMEM;
    if (raw_is_err(base)) { /* little address space (RLIMIT_AS): go without a twin */
        base = host_reserve(span, align);
        if (!raw_is_err(base)) {
            *index = module_add((gaddr)base, span, 0, 0, 0);
        }
        return base;
    }
    if (d > span) {
        raw_munmap((u64)base + span, d - span);
    }
    *index = module_add((gaddr)base, span, (haddr)base + d, t, 0);
    return base;
}

static void candidate_drop(struct candidate *c)
{
    if (c->len && !c->revives && c->hi > c->lo) {
        raw_munmap(c->lo, c->hi - c->lo);
    }
    *c = (struct candidate){0};
}

static struct candidate *candidate_slot(void)
{
    struct candidate *c = mem_state.candidates;
    for (unsigned i = 0; i < MEM_CANDIDATES; i++) {
        if (!c[i].len) {
            return &c[i];
        }
    }
    candidate_drop(&c[0]);
    memmove(c, c + 1, (MEM_CANDIDATES - 1) * sizeof(*c));
    c[MEM_CANDIDATES - 1] = (struct candidate){0};
    return &c[MEM_CANDIDATES - 1];
}

static bool candidate_revive(u64 len, struct candidate *c)
{
    for (u32 i = 1; i < mem_state.modules.len; i++) {
        const struct module *m = &mem_state.modules.data[i];
        if (!m->live && m->pub.twin && m->reserve_len == len && reserve_exactly(m->pub.base, len)) {
            *c = (struct candidate){.base = m->pub.base,
                                    .len = len,
                                    .lo = m->pub.twin,
                                    .revives = i,
                                    .hi = m->pub.twin + m->pub.twin_size};
            return true;
        }
    }
    return false;
}

s64 candidate_place(u64 len)
{
    struct candidate *c = candidate_slot();
    if (len > CANDIDATE_MAX) {
        return host_reserve(len, mem_state.page);
    }
    if (candidate_revive(len, c)) {
        return (s64)c->base;
    }
    /* len >= span + align, so the twin's distance is at most len + align and lies behind the
     * mapping. */
    u64 room = 2 * len + twin_size(len, MODULE_ALIGN);
    s64 base = host_reserve(len + room, MODULE_ALIGN);
    if (raw_is_err(base)) {
        return host_reserve(len, mem_state.page);
    }
    *c = (struct candidate){
        .base = (gaddr)base, .len = len, .lo = (haddr)base + len, .hi = (haddr)base + len + room};
    return base;
}

/* BASE lies in candidate C: takes the twin's part of its reservation and frees the rest. */
static u32 claim_candidate(struct candidate *c, gaddr base, u64 span, u64 d, u64 t)
{
    haddr twin = base + d;
    u32 index = 0;
    if (c->revives) {
        struct module *m = &mem_state.modules.data[c->revives];
        if (m->pub.base == base && m->pub.end == base + span && m->pub.twin == twin &&
            m->pub.twin_size == t) {
            m->live = true;
            index = c->revives;
        }
    } else if (twin >= c->lo && twin + t <= c->hi) {
        if (twin > c->lo) {
            raw_munmap(c->lo, twin - c->lo);
        }
        if (twin + t < c->hi) {
            raw_munmap(twin + t, c->hi - (twin + t));
        }
        index = module_add(base, span, twin, t, base == c->base ? c->len : 0);
        c->lo = c->hi = 0;
    }
    candidate_drop(c);
    return index;
}

u32 module_claim(gaddr base, u64 span, u64 align)
{
    u64 d = twin_distance(span, align), t = twin_size(span, align);
    if (!t) {
        return 0;
    }
    for (unsigned i = 0; i < MEM_CANDIDATES; i++) {
        struct candidate *c = &mem_state.candidates[i];
        if (c->len && base >= c->base && base < c->base + c->len) {
            return claim_candidate(c, base, span, d, t);
        }
    }
    return 0;
}

void module_sync(gaddr lo, gaddr hi)
{
    struct mem_state *s = &mem_state;
    for (u32 i = 1; i < s->modules.len; i++) {
        struct module *m = &s->modules.data[i];
        if (m->live && m->pub.base < hi && m->pub.end > lo &&
            !vma_overlaps(&s->map, m->pub.base, m->pub.end)) {
            m->live = false;
            raw_munmap(m->pub.base, m->pub.end - m->pub.base);
        }
    }
    for (unsigned i = 0; i < MEM_CANDIDATES; i++) {
        struct candidate *c = &s->candidates[i];
        const struct mem_vma *v =
            c->len && c->base < hi && c->base + c->len > lo ? vma_at(&s->map, c->base) : NULL;
        if (c->len && c->base < hi && c->base + c->len > lo && (!v || v->prot || v->ino)) {
            candidate_drop(c);
        }
    }
}

s64 mem_map_image(gaddr addr, u64 span, u64 align)
{
    struct mem_state *s = &mem_state;
    u32 index = 0;
    span = page_up(span);
    align = MAX(align, MODULE_ALIGN);
    lock_take(&s->lock);
    s64 base;
    if (!addr) {
        base = module_place(span, align, &index);
    } else if (addr + span > s->limit || addr + span < addr) {
        base = -ENOMEM;
    } else {
        base = raw_mmap(addr, span, PROT_NONE, RESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (!raw_is_err(base)) {
            u64 t = twin_size(span, align);
            haddr twin = addr + twin_distance(span, align);
            bool ok = t && reserve_exactly(twin, t);
            index = module_add(addr, span, ok ? twin : 0, ok ? t : 0, 0);
        }
    }
    if (!raw_is_err(base)) {
        vma_insert(&s->map,
                   &(struct mem_vma){.lo = (gaddr)base, .hi = (gaddr)base + span, .module = index});
    }
    lock_drop(&s->lock);
    return base;
}
