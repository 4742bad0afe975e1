/* The guest's map against a model of one entry a page, and the calls on it against what the host
 * then does. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mem/priv.h"
#include "unit.h"

#define PAGES 64
#define PAGE 4096ull

struct model_page {
    u8 mapped, prot;
    u64 ino, offset;
};

static u32 rnd_state = 12345;
static u32 rnd(u32 n)
{
    rnd_state = rnd_state * 1664525 + 1013904223;
    return (rnd_state >> 8) % n;
}

/* NULL, or what differs. (Every ck_assert is a system call, so they are few.) */
static const char *compare(const struct vma_map *m, const struct model_page *model)
{
    size_t i = 0;
    for (u64 p = 0; p < PAGES; p++) {
        while (i < m->v.len && m->v.data[i].hi <= p * PAGE) {
            i++;
        }
        const struct mem_vma *v =
            i < m->v.len && m->v.data[i].lo <= p * PAGE ? &m->v.data[i] : NULL;
        if ((v != NULL) != model[p].mapped) {
            return "mapped";
        }
        if (v && (v->prot != model[p].prot || v->ino != model[p].ino ||
                  (v->ino && v->offset + (p * PAGE - v->lo) != model[p].offset))) {
            return "attributes";
        }
    }
    for (i = 0; i < m->v.len; i++) {
        const struct mem_vma *v = &m->v.data[i], *before = i ? v - 1 : NULL;
        if (v->lo >= v->hi || (before && before->hi > v->lo)) {
            return "order";
        }
        if (before && before->hi == v->lo && before->prot == v->prot && !v->ino && !before->ino) {
            return "neighbours not joined";
        }
    }
    return NULL;
}

START_TEST(map_model)
{
    struct vma_map m = {0};
    struct model_page model[PAGES] = {0};
    for (int step = 0; step < 10000; step++) {
        u64 lo = rnd(PAGES), n = 1 + rnd(PAGES - (u32)lo > 12 ? 12 : PAGES - (u32)lo);
        u8 prot = (u8)rnd(4);
        u64 ino = rnd(3), off = rnd(100) * PAGE;
        u32 what = rnd(4);
        if (what < 2) {
            struct mem_vma v = {.lo = lo * PAGE,
                                .hi = (lo + n) * PAGE,
                                .prot = prot,
                                .ino = ino,
                                .offset = ino ? off : 0};
            vma_insert(&m, &v);
            for (u64 i = 0; i < n; i++) {
                model[lo + i] = (struct model_page){1, prot, ino, ino ? off + i * PAGE : 0};
            }
        } else if (what == 2) {
            vma_remove(&m, lo * PAGE, (lo + n) * PAGE);
            memset(&model[lo], 0, n * sizeof(model[0]));
        } else {
            gaddr end = vma_protect(&m, lo * PAGE, (lo + n) * PAGE, prot);
            u64 i = 0;
            for (; i < n && model[lo + i].mapped; i++) {
                model[lo + i].prot = prot;
            }
            ck_assert_uint_eq(end, (lo + i) * PAGE);
        }
        const char *wrong = compare(&m, model);
        ck_assert_msg(!wrong, "step %d: %s", step, wrong);
        bool all = true, any = false, exec = false;
        for (u64 i = 0; i < n; i++) {
            all &= model[lo + i].mapped;
            any |= model[lo + i].mapped;
            exec |= model[lo + i].mapped && (model[lo + i].prot & PROT_EXEC);
        }
        const struct mem_vma *v = vma_at(&m, lo * PAGE + 5);
        ck_assert(vma_covers(&m, lo * PAGE, (lo + n) * PAGE) == all &&
                  vma_overlaps(&m, lo * PAGE, (lo + n) * PAGE) == any &&
                  vma_any_exec(&m, lo * PAGE, (lo + n) * PAGE) == exec &&
                  (v != NULL) == model[lo].mapped);
    }
    vec_free(&m.v);
}
END_TEST

static void fresh(void)
{
    memset(&mem_state, 0, sizeof(mem_state));
    mem_init(48);
}

START_TEST(fixed_over_ours)
{
    fresh();
    u8 *ours = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ours[0] = 7;
    int anon = MAP_PRIVATE | MAP_ANONYMOUS;
    ck_assert_int_eq(mem_mmap((gaddr)ours, PAGE, PROT_READ, anon | MAP_FIXED, -1, 0), -12);
    ck_assert_int_eq(mem_mmap((gaddr)ours, PAGE, PROT_READ, anon | MAP_FIXED_NOREPLACE, -1, 0),
                     -17);
    ck_assert_int_eq(mem_munmap((gaddr)ours, PAGE), 0);
    ck_assert_int_eq(mem_mprotect((gaddr)ours, PAGE, PROT_NONE), -12);
    ck_assert_int_eq(ours[0], 7);
    munmap(ours, 2 * PAGE);
    ck_assert_int_eq(mem_mmap((gaddr)ours, PAGE, PROT_READ, anon | MAP_FIXED, -1, 0), (s64)ours);
    ck_assert_int_eq(mem_mmap((gaddr)ours, PAGE, PROT_READ, anon | MAP_FIXED, -1, 0), (s64)ours);
    ck_assert_int_eq(mem_mmap((gaddr)ours, PAGE, PROT_READ, anon | MAP_FIXED_NOREPLACE, -1, 0),
                     -17);
    ck_assert_int_eq(mem_munmap((gaddr)ours, PAGE), 0);
}
END_TEST

/* What a dynamic loader does for a library: either way the twin lies where the file alone says. */
START_TEST(twins)
{
    fresh();
    int fd = open("/proc/self/exe", O_RDONLY);
    u64 span, align;
    ck_assert(module_probe(fd, &span, &align));
    s64 a = mem_mmap(0, span, PROT_READ, MAP_PRIVATE, fd, 0);
    ck_assert(!raw_is_err(a));
    s64 r = mem_mmap(0, span + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(!raw_is_err(r) && r % 65536 == 0);
    s64 b = mem_mmap((gaddr)r, span, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0);
    ck_assert_int_eq(b, r);
    ck_assert_int_eq(mem_munmap((gaddr)r + span, 65536), 0);
    struct mem_vma v;
    struct mem_module m;
    ck_assert(!mem_exec_range((gaddr)a, &v, &m));
    ck_assert(mem_exec_range((gaddr)b + 100, &v, &m));
    ck_assert_uint_eq(m.base, (gaddr)b);
    ck_assert_uint_eq(m.twin - m.base, twin_distance(span, align));
    const struct mem_module *first = &mem_state.modules.data[1].pub;
    ck_assert_uint_eq(first->twin - first->base, m.twin - m.base);
    ck_assert_uint_eq(first->twin_size, m.twin_size);
    /* The twin is not the guest's. */
    ck_assert_int_eq(
        mem_mmap(m.twin, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), -12);
    ck_assert(!mem_is_mapped(m.twin, 1));
    /* Unloaded and loaded again it comes back to its twin. */
    ck_assert_int_eq(mem_munmap((gaddr)b, span), 0);
    ck_assert(!mem_state.modules.data[2].live);
    s64 again = mem_mmap(0, span + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_int_eq(again, r);
    ck_assert_int_eq(mem_mmap((gaddr)r, span, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0), r);
    ck_assert(mem_state.modules.data[2].live);
    close(fd);
}
END_TEST

START_TEST(brk_and_remap)
{
    fresh();
    mem_brk_init(0, 64 << 20);
    s64 b = mem_brk(0);
    ck_assert_int_eq(mem_brk((gaddr)b + 10000), b + 10000);
    memset((void *)b, 1, 10000);
    ck_assert_int_eq(mem_brk((gaddr)b + 1), b + 1);
    ck_assert_int_eq(mem_brk((gaddr)b + 10000), b + 10000);
    ck_assert_int_eq(((u8 *)b)[8192], 0);
    ck_assert_int_eq(mem_brk(1), b + 10000);
    s64 p = mem_mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy((char *)p + PAGE, "text");
    s64 q = mem_mremap((gaddr)p, 4 * PAGE, 400 * PAGE, MREMAP_MAYMOVE, 0);
    ck_assert(!raw_is_err(q) && !strcmp((char *)q + PAGE, "text"));
    ck_assert(mem_is_mapped((gaddr)q, 400 * PAGE));
    ck_assert(q == p || !mem_is_mapped((gaddr)p, 1));
    ck_assert_int_eq(mem_mremap(4096, 4096, 8192, MREMAP_MAYMOVE, 0), -14);
}
END_TEST

/* A guest with fewer address bits than the host: everything lies below its limit, and places come back. */
START_TEST(few_address_bits)
{
    enum { N = 200 };
    const u64 limit = 1ull << 38;
    const int anon = MAP_PRIVATE | MAP_ANONYMOUS;
    static gaddr at[N];
    fresh();
    mem_init(38);
    bool below = true;
    for (u32 i = 0; i < N; i++) {
        s64 p = mem_mmap(0, (1 + rnd(300)) * PAGE, PROT_READ | PROT_WRITE, anon, -1, 0);
        below &= p > 0 && (u64)p < limit;
        at[i] = (gaddr)p;
        *(u64 *)at[i] = i;
    }
    ck_assert(below);
    s64 far = mem_mmap(limit, PAGE, PROT_READ, anon, -1, 0); /* a hint that cannot be had */
    ck_assert(far > 0 && (u64)far < limit);
    ck_assert_int_eq(mem_mmap(limit, PAGE, PROT_READ, anon | MAP_FIXED, -1, 0), -12);
    ck_assert_int_eq(mem_mmap(0, limit, PROT_NONE, anon | MAP_NORESERVE, -1, 0), -12);
    /* It moves when it grows, and its contents with it. */
    s64 q = mem_mremap(at[7], PAGE, 9000 * PAGE, MREMAP_MAYMOVE, 0);
    ck_assert(q > 0 && (u64)q + 9000 * PAGE <= limit && *(u64 *)q == 7);
    /* More than there is address space for, one after the other. */
    bool ok = true;
    for (u32 i = 0; i < 100 && ok; i++) {
        s64 p = mem_mmap(0, 8ull << 30, PROT_NONE, anon | MAP_NORESERVE, -1, 0);
        ok = p > 0 && (u64)p + (8ull << 30) <= limit && mem_munmap((gaddr)p, 8ull << 30) == 0;
    }
    ck_assert(ok);
    gaddr room = mem_room(3 * PAGE);
    ck_assert(room && room < limit && !mem_is_mapped(room, 1));
    for (u32 i = 0; i < N; i++) {
        ok &= i == 7 || *(u64 *)at[i] == i;
    }
    ck_assert(ok);
    int fd = open("/proc/self/exe", O_RDONLY);
    u64 span, align;
    struct mem_vma v;
    struct mem_module m;
    ck_assert(module_probe(fd, &span, &align));
    s64 a = mem_mmap(0, span, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    ck_assert(a > 0 && mem_exec_range((gaddr)a, &v, &m) && m.twin && m.twin + m.twin_size <= limit);
    close(fd);
    mem_init(48);
}
END_TEST

UNIT_SUITE(mem, map_model, fixed_over_ours, twins, brk_and_remap, few_address_bits)
