/* The guest's address space: what is mapped where, who may execute it, and safe access to it. */
#ifndef MEM_MEM_H
#define MEM_MEM_H

#include "base/base.h"

/* A mapping of the guest. Guest PROT_EXEC is recorded here and never given to the host. */
struct mem_vma {
    gaddr lo, hi;
    u8 prot; /* PROT_* as the guest asked */
    bool shared;
    bool growsdown;
    u32 dev_major, dev_minor;
    u64 ino, offset; /* of lo in the file; ino 0: anonymous */
    u32 module;      /* index of the mem_module it belongs to, 0: none */
    u32 noted;       /* number of the mem_note_map call that made it, 0: none (such never join) */
};

/* An ELF file mapped as a unit: its text has a twin region at a constant distance for translated
 * code. */
struct mem_module {
    gaddr base, end; /* span of the image */
    haddr twin;      /* base of the reserved region for translations */
    u64 twin_size;
    u64 dev, ino;
};

/* All functions take the lock they need; mem_read and mem_write never do and are usable anywhere.
 */

/* Sets up an empty space; the guest sees addresses below 1 << ADDRESS_BITS. A second call sets the
 * limit only. */
void mem_init(unsigned address_bits);

/* Guest memory calls with Linux semantics; results are an address or -errno. Placement without
 * MAP_FIXED is ours: an ELF file mapped from offset 0 gets a twin behind it. */
s64 mem_mmap(gaddr addr, u64 len, int prot, int flags, int fd, u64 offset);
s64 mem_munmap(gaddr addr, u64 len);
s64 mem_mprotect(gaddr addr, u64 len, int prot);
s64 mem_mremap(gaddr old, u64 old_len, u64 new_len, int flags, gaddr new_addr);
/* For calls that map by themselves (shmat) : tell the map. */
void mem_note_map(gaddr addr, u64 len, int prot, bool shared);
void mem_note_unmap(gaddr addr, u64 len);

/* For calls that choose a place by themselves: LEN bytes reserved below the guest's limit for them to map over; 0 when
 * the host's own choice will do. */
gaddr mem_room(u64 len);

/* Bytes of the mapping that begins at ADDR, 0 when none does (shmdt). */
u64 mem_vma_len(gaddr addr);

/* Called (without our lock held) for every range whose contents or permissions to execute may have
 * changed. */
extern void (*mem_on_change)(gaddr lo, gaddr hi);

/* The host's page size. */
u64 mem_page_size(void);
/* True when the guest has mapped every byte of [addr, addr + len). */
bool mem_is_mapped(gaddr addr, u64 len);
/* The loader's: room for an image of SPAN bytes at ADDR (0: anywhere), as a PROT_NONE
 * mapping of the guest to map segments over, with a twin if there is room. ALIGN: largest p_align.
 * Base or -errno (-EEXIST: ADDR is taken). */
s64 mem_map_image(gaddr addr, u64 span, u64 align);

/* The main stack: SIZE bytes that take memory as they are touched, above a gap that faults; and BEHIND bytes above
 * it, readable and writable. Base of the stack or -errno, after which the process cannot go on. */
s64 mem_map_stack(u64 size, int prot, u64 behind);

/* Reserves up to MAX bytes from START (or elsewhere, if START is taken) for brk and answers the brk
 * call (ADDR 0: asks). A START inside a module or its twin means behind them. */
void mem_brk_init(gaddr start, u64 max);
s64 mem_brk(gaddr addr);
gaddr mem_brk_start(void);

/* The executable range around PC: fills *V and *M (zeroed when PC belongs to no module), false when
 * PC is not executable. */
bool mem_exec_range(gaddr pc, struct mem_vma *v, struct mem_module *m);
/* Where else the guest may execute the bytes [LO, HI), which are one mapping's as far as they count: other mappings of the
 * same shared file. Fills VIEWS, at most MAX, and says how many. */
struct mem_view {
    gaddr lo, hi;
};
unsigned mem_views(gaddr lo, gaddr hi, struct mem_view *views, unsigned max);
/* Reserves SIZE bytes of host address space for translations within 1 GiB of NEAR if it can. */
haddr mem_reserve_near(gaddr near, u64 size);
/* [lo, hi) is ferry's own memory from now on, or no longer. Nothing of ferry's is ever in the
 * guest's map, and a fixed mapping of the guest fails with ENOMEM (EEXIST for MAP_FIXED_NOREPLACE)
 * when it meets memory that is not the guest's, whether announced here or not; so this only takes
 * back what was the guest's before. */
void mem_hide(haddr lo, haddr hi);
void mem_unhide(haddr lo, haddr hi);
/* Visits the guest's mappings in ascending order; VISIT returns false to stop and calls no mem_
 * function but mem_read and mem_write. */
void mem_visit(bool (*visit)(const struct mem_vma *v, void *arg), void *arg);

/* Copies between us and guest memory; 0 or -EFAULT. Safe against any address; on a partial fault
 * the bytes before it have been copied. */
int mem_read(void *dst, gaddr src, size_t len);
int mem_write(gaddr dst, const void *src, size_t len);
/* Length of the string at S without NUL, at most MAX; -EFAULT. */
s64 mem_strnlen(gaddr s, size_t max);
/* For the host's SIGSEGV and SIGBUS handlers: when PC is inside a copy routine above, where to go
 * on (the routine then returns -EFAULT), else 0. */
haddr mem_fault_fixup(haddr pc);

/* Around fork: take the lock, and release it in the parent and in the child. */
void mem_fork_prepare(void);
void mem_fork_done(void);

#endif
