/* The sorted array of the guest's mappings: find, cut out, insert, join. No system calls but for
 * its growth. */
#include <string.h>
#include <sys/mman.h>

#include "mem/priv.h"

size_t vma_find(const struct vma_map *m, gaddr addr)
{
    size_t lo = 0, hi = m->v.len;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (m->v.data[mid].hi > addr) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

struct mem_vma *vma_at(struct vma_map *m, gaddr addr)
{
    if (m->last < m->v.len && addr >= m->v.data[m->last].lo && addr < m->v.data[m->last].hi) {
        return &m->v.data[m->last];
    }
    size_t i = vma_find(m, addr);
    if (i == m->v.len || m->v.data[i].lo > addr) {
        return NULL;
    }
    m->last = i;
    return &m->v.data[i];
}

/* Opens room for N entries before index I. */
static void make_room(struct vma_map *m, size_t i, size_t n)
{
    vec_reserve(&m->v, m->v.len + n);
    memmove(&m->v.data[i + n], &m->v.data[i], (m->v.len - i) * sizeof(*m->v.data));
    m->v.len += n;
}

static void close_room(struct vma_map *m, size_t i, size_t n)
{
    memmove(&m->v.data[i], &m->v.data[i + n], (m->v.len - i - n) * sizeof(*m->v.data));
    m->v.len -= n;
}

static void move_start(struct mem_vma *v, gaddr lo)
{
    if (v->ino) {
        v->offset += lo - v->lo;
    }
    v->lo = lo;
}

/* Makes ADDR a border between mappings; returns the index of the first that begins at or above
 * ADDR. */
static size_t split(struct vma_map *m, gaddr addr)
{
    size_t i = vma_find(m, addr);
    if (i == m->v.len || m->v.data[i].lo >= addr) {
        return i;
    }
    make_room(m, i, 1);
    m->v.data[i].hi = addr;
    move_start(&m->v.data[i + 1], addr);
    return i + 1;
}

static bool joins(const struct mem_vma *a, const struct mem_vma *b)
{
    return a->hi == b->lo && a->prot == b->prot && a->shared == b->shared &&
           a->growsdown == b->growsdown && a->module == b->module && a->ino == b->ino &&
           a->noted == b->noted && a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
           (!a->ino || a->offset + (a->hi - a->lo) == b->offset);
}

/* Joins what can be joined among the borders at or around indices FIRST .. LAST. */
static void join(struct vma_map *m, size_t first, size_t last)
{
    size_t i = first ? first - 1 : 0;
    while (i + 1 < m->v.len && i <= last) {
        if (joins(&m->v.data[i], &m->v.data[i + 1])) {
            m->v.data[i].hi = m->v.data[i + 1].hi;
            close_room(m, i + 1, 1);
            last -= last > 0;
        } else {
            i++;
        }
    }
}

void vma_remove(struct vma_map *m, gaddr lo, gaddr hi)
{
    if (lo >= hi) {
        return;
    }
    size_t first = split(m, lo), last = split(m, hi);
    close_room(m, first, last - first);
}

void vma_insert(struct vma_map *m, const struct mem_vma *new)
{
    struct mem_vma v = *new;
    vma_remove(m, v.lo, v.hi);
    size_t i = vma_find(m, v.lo);
    make_room(m, i, 1);
    m->v.data[i] = v;
    join(m, i, i);
}

gaddr vma_protect(struct vma_map *m, gaddr lo, gaddr hi, u8 prot)
{
    size_t first = split(m, lo);
    size_t last = split(m, hi);
    gaddr at = lo;
    size_t i = first;
    for (; i < last && m->v.data[i].lo == at; i++) {
        m->v.data[i].prot = prot;
        at = m->v.data[i].hi;
    }
    join(m, first, last);
    return at;
}

bool vma_covers(const struct vma_map *m, gaddr lo, gaddr hi)
{
    for (size_t i = vma_find(m, lo); lo < hi; i++) {
        if (i == m->v.len || m->v.data[i].lo > lo) {
            return false;
        }
        lo = m->v.data[i].hi;
    }
    return true;
}

bool vma_overlaps(const struct vma_map *m, gaddr lo, gaddr hi)
{
    size_t i = vma_find(m, lo);
    return i < m->v.len && m->v.data[i].lo < hi;
}

bool vma_any_exec(const struct vma_map *m, gaddr lo, gaddr hi)
{
    for (size_t i = vma_find(m, lo); i < m->v.len && m->v.data[i].lo < hi; i++) {
        if (m->v.data[i].prot & PROT_EXEC) {
            return true;
        }
    }
    return false;
}
