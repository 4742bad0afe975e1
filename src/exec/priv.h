/* The translator's own data: units of text, regions, entries, links. Private to src/exec. */
#ifndef EXEC_PRIV_H
#define EXEC_PRIV_H

#include "exec/exec.h"
#include "mem/mem.h"

/* A recipe as kept: 8 bytes for the common case, the flags' operands aside. */
struct fault_site {
    u16 host;   /* text offset in the unit */
    u8 len;     /* bytes of text it covers */
    u8 poll;
    u16 guest;  /* bytes from unit pc */
    u16 flags;  /* 0: packed flags are right; else 1 + index in the unit's flag recipes */
};

struct flag_recipe {
    u8 kind; /* enum ir_flags_kind */
    u8 width64;
    struct loc a, b, r;
};

/* One translation. Units are numbered from 1 and never move in number. */
struct unit {
    gaddr pc;
    u32 guest_len;
    u32 region;
    u32 text, text_len; /* offset in the region */
    u32 slot, slot_count; /* first slot, local to the region */
    u32 links;          /* head of the list of slots that point here, 0: none */
    u16 site_count;
    u32 mode;           /* of the block key: MODE() */
    bool dead;
    u16 entry_count;
    u32 hash;           /* of the text, only under -d cache */
    struct block_entry *entries;
    struct fault_site *sites;
    struct flag_recipe *flags;
};

struct slot_rec {
    u32 unit;
    u32 stub;    /* text offset in the region */
    s32 target;  /* from the unit's pc */
    u16 vmode;   /* of the target */
    u8 kind;     /* enum slot_kind */
    bool second; /* host word of an inline cache */
};

/* A stretch of host memory for text and slots that serves one guest range. */
struct region {
    gaddr lo, hi;       /* guest range served */
    haddr base;
    u64 size;
    u32 text_len, text_cap; /* text from base */
    u32 slot_cap;           /* slots from base + text_cap */
    bool pcrel;
    bool retired;
    VEC(struct slot_rec) slots;
    VEC(u32) units;         /* ascending text */
};

struct entry_node {
    gaddr pc;
    u32 unit, next;
    u32 mode;
    u16 entry;
};

struct page_node {
    u64 page;
    u32 unit, next;
};

struct link_node {
    u32 region, slot, next;
};

/* The block key beside the pc: FP mode, and what IR_VMODE_SHIFT in ir.h explains. */
#define MODE(fp_mode, vmode) ((u32)(fp_mode) | (u32)(vmode) << 8)
#define MODE_FP(mode) ((u8)(mode))
#define MODE_V(mode) ((u16)((mode) >> 8))

struct exec_stats {
    u64 units, guest_insns, guest_bytes, text_bytes, lift_ns, compile_ns;
    u64 links, lookups, ic_fills, syncs, invalidated, faults, flushes;
};

#define ENTRY_MAP_BITS (1u << 17)
#define ENTRY_MAP_BIT(pc) ((u32)((pc) >> 2) & (ENTRY_MAP_BITS - 1))

struct exec {
    struct exec_config cfg;
    struct chain_abi ca;
    struct host_stubs stubs;
    volatile u32 lock;
    volatile u32 inval_gen;
    struct arena ir_arena;   /* of one translation */
    struct arena meta;       /* entries and sites of units */
    VEC(struct unit) units;
    VEC(struct region) regions;
    VEC(struct entry_node) nodes;
    VEC(struct page_node) pages;
    VEC(struct link_node) link_nodes;
    u32 free_entry_node, free_page_node, free_link;
    u32 *entry_hash, *page_hash; /* heads, 0: empty */
    u32 entry_bits, page_bits;
    u64 entry_map[ENTRY_MAP_BITS / 64]; /* bit ENTRY_MAP_BIT(pc) is set where an entry may be */
    u32 page_count;              /* nodes in page_hash */
    struct cpu_link *cpus;
    struct exec_stats stats;
};

/* Every cpu of the process; lies before the cpu in its allocation. */
struct cpu_link {
    struct cpu_link *next, **prevp;
    struct cpu *cpu;
    haddr stack_map;
    u64 stack_map_size;
};

/* All below are called with the lock held. */

/* The region to translate PC into: room for text and slots is not promised. NULL: PC is not executable. */
struct region *region_for(struct exec *ex, gaddr pc, gaddr *limit);
/* Retires R, which is full, so that region_for makes another. */
void region_retire(struct exec *ex, struct region *r);
static inline u64 *region_slot(const struct region *r, u32 slot)
{
    return (u64 *)(r->base + r->text_cap + (u64)slot * 8);
}
/* The region that has the slot at host address SLOT, and the slot's number there. */
u32 region_of_slot(const struct exec *ex, haddr slot, u32 *index);

/* Host address of the entry for PC in MODE, translating if needed; 0 when PC cannot be fetched. *UNIT_OUT its unit. */
haddr exec_find(struct exec *ex, gaddr pc, u32 mode, u32 *unit_out);
u32 entry_lookup(const struct exec *ex, gaddr pc, u32 mode, haddr *host);
void entry_add(struct exec *ex, u32 unit, u16 entry);
void entry_remove(struct exec *ex, u32 unit);
void page_add(struct exec *ex, u32 unit);

/* Points SLOT of region REGION at HOST, an entry of UNIT. */
void link_slot(struct exec *ex, u32 region, u32 slot, haddr host, u32 unit);
/* Fills the inline cache at IC; false when it is taken already, or is not to be filled. */
bool link_ic(struct exec *ex, haddr ic, gaddr pc, haddr host, u32 unit);
/* Gives SLOT, the first word of an inline cache or a direct exit, its unlinked value. */
void unlink_slot(struct exec *ex, u32 region, u32 slot);
void unit_kill(struct exec *ex, u32 unit);

/* The unit whose text holds host address PC, 0: none. */
u32 unit_at(struct exec *ex, haddr pc);
static inline haddr unit_text(const struct exec *ex, const struct unit *u)
{
    return ex->regions.data[u->region].base + u->text;
}

/* Pc of an empty entry of the indirect-branch hash: one that no branch which looks there can have. */
static inline gaddr jc_empty(u32 index)
{
    return index == 0 ? ~0ull : 0;
}

/* Forgets what CPU remembers of host addresses: hash and return stack. Its own thread, outside generated code. */
void cpu_forget(struct exec *ex, struct cpu *cpu);

void exec_lock(struct exec *ex);
void exec_unlock(struct exec *ex);

#endif
