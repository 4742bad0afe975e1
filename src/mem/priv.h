/* The map's own data. Private to src/mem. */
#ifndef MEM_PRIV_H
#define MEM_PRIV_H

#include "base/lock.h"
#include "mem/mem.h"

/* The host's loops (copy_HOST.c), which survive a fault: bytes not copied; index of the first NUL or MAX, or -EFAULT. */
u64 mem_copy_raw(void *dst, const void *src, u64 len);
s64 mem_scan_raw(const char *s, u64 max);

/* The guest's mappings, sorted by address, without overlap; neighbours that could be one are one.
 */
struct vma_map {
    VEC(struct mem_vma) v;
    size_t last; /* index of the last hit of vma_at: only a hint */
};

/* Index of the first mapping that ends above ADDR; v.len if none. */
size_t vma_find(const struct vma_map *m, gaddr addr);
/* The mapping that holds ADDR, or NULL. */
struct mem_vma *vma_at(struct vma_map *m, gaddr addr);
/* Forgets [lo, hi). */
void vma_remove(struct vma_map *m, gaddr lo, gaddr hi);
/* Adds *NEW, replacing what was there. */
void vma_insert(struct vma_map *m, const struct mem_vma *new);
/* Sets the protection of [lo, hi), up to the first hole; returns where that is, or HI. */
gaddr vma_protect(struct vma_map *m, gaddr lo, gaddr hi, u8 prot);
/* True when every byte of [lo, hi) is mapped. */
bool vma_covers(const struct vma_map *m, gaddr lo, gaddr hi);
bool vma_overlaps(const struct vma_map *m, gaddr lo, gaddr hi);
/* True when the guest may execute anything in [lo, hi). */
bool vma_any_exec(const struct vma_map *m, gaddr lo, gaddr hi);

/* A module as kept: dead ones keep their twin for the next module of the same size. */
struct module {
    struct mem_module pub;
    bool live;
    u64 reserve_len; /* length of the anonymous mapping the guest made for it first, 0: none */
};

/* A PROT_NONE mapping that looks like a dynamic loader's reservation for a module: the address
 * space behind it is kept free for a twin until the guest maps an ELF file into it or lets it go.
 */
struct candidate {
    gaddr base;
    u64 len;      /* 0: unused */
    haddr lo, hi; /* what is reserved behind */
    u32 revives;  /* the dead module whose twin that is, 0: none */
};

#define MEM_CANDIDATES 4

struct mem_state {
    volatile int lock;
    u64 limit; /* guest addresses are below */
    u64 page;
    struct vma_map map;
    VEC(struct module) modules; /* index 0 unused */
    struct candidate candidates[MEM_CANDIDATES];
    u32 noted;                     /* calls of mem_note_map so far */
    gaddr brk_lo, brk_cur, brk_hi; /* brk_hi is the end of the reservation, page aligned */
    gaddr place_top, place_cursor; /* of place.c, 0: not used yet */
};
extern struct mem_state mem_state;

static inline u64 page_up(u64 x)
{
    return ALIGN_UP(x, mem_state.page);
}

/* Host protection for a guest's: nothing is executable, and text can be read. */
static inline int host_prot(int prot)
{
    int r = prot & 0xb; /* READ, WRITE, SEM */
    return prot & 4 ? r | 1 : r;
}

/* What the ELF file FD maps to from offset 0: fills *SPAN (bytes, page aligned) and *ALIGN (largest
 * p_align, at least 64 KiB). False when FD is no 64-bit ELF file. */
bool module_probe(int fd, u64 *span, u64 *align);
/* Distance from a module's base to its twin, and the twin's size (0: too large for one): functions
 * of what module_probe found only, so that two processes agree. */
u64 twin_distance(u64 span, u64 align);
u64 twin_size(u64 span, u64 align);
/* Adds a live module; returns its index. */
u32 module_add(gaddr base, u64 span, haddr twin, u64 twin_bytes, u64 reserve_len);
/* Index of the live module that holds [lo, hi) whole, 0: none. */
u32 module_of(gaddr lo, gaddr hi);
/* Places a module of SPAN bytes somewhere: its range and its twin are reserved. Base or -errno. */
s64 module_place(u64 span, u64 align, u32 *index);
/* The same for an anonymous reservation of LEN bytes which may become a module: base or -errno. */
s64 candidate_place(u64 len);
/* An ELF file is about to be mapped at BASE by MAP_FIXED: gives it a twin if possible; the module's
 * index or 0. */
u32 module_claim(gaddr base, u64 span, u64 align);
/* The mappings in [lo, hi) have changed: buries modules and candidates that are gone. */
void module_sync(gaddr lo, gaddr hi);

/* True when LO lies in an area that stays ours to give to the guest even where nothing is mapped
 * (images of modules, the room for brk); *END is where the answer changes, at most HI. */
bool kept(gaddr lo, gaddr hi, gaddr *end);
/* Gives [lo, hi) back to the host, or keeps it PROT_NONE where it is ours to keep. */
void host_release(gaddr lo, gaddr hi);
/* PROT_NONE address space of SIZE bytes below the guest's limit at a multiple of ALIGN; or -errno.
 */
s64 host_reserve(u64 size, u64 align);
/* True when the host would place mappings beyond the guest's limit, so that place_map has to. */
bool place_limited(void);
/* mmap of LEN bytes anywhere below the guest's limit. The address or -errno. */
s64 place_map(u64 len, int prot, int flags, int fd, u64 offset);
/* The guest has unmapped something that ended at HI: the next place may be there. */
void place_freed(gaddr hi);
/* Makes [lo, hi) safe for a fixed mapping: fails with -ENOMEM when memory of ferry's is in it. What
 * was free is then reserved; undo by fixed_cancel. */
s64 fixed_prepare(gaddr lo, gaddr hi);
void fixed_cancel(gaddr lo, gaddr hi);
/* Calls mem_on_change; without the lock. */
void changed(gaddr lo, gaddr hi);

#endif
