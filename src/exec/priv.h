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

/* One translation. It is persisted as it is: nothing here depends on where module and text lie. */
struct unit {
    u32 pc;   /* from the region's lo */
    u32 text; /* offset in the region */
    u32 slot; /* its first, in the region */
    u32 vars; /* offset in the region's vars: entries, then sites, then flag recipes */
    u32 mode; /* of the block key: MODE() */
    u16 text_len, guest_len;
    u16 slot_count, entry_count, site_count, flag_count;
    u16 map_count; /* behind the flag recipes: where its map differs from the chain ABI */
    bool region;   /* of tier 2 */
};

/* Guest register REG is in host register HOST, -1: its home. */
struct map_entry {
    u8 reg;
    s8 host;
};

/* A unit in a region of exec.regions; region 0: none. */
struct uref {
    u32 region, unit;
};

/* A slot; region 0: of the same region as what refers to it. slot1 is its number + 1, 0: none. */
struct slot_ref {
    u32 region, slot1;
};

/* What changes of a unit: the list of slots linked to it. */
struct unit_links {
    struct slot_ref first;
    u32 dead;
};

struct slot_rec {
    u32 unit;
    u32 stub;    /* text offset in the region */
    s32 target;  /* from the unit's pc */
    u16 vmode;   /* of the target */
    u8 kind;     /* enum slot_kind */
    bool second; /* host word of an inline cache */
    struct slot_ref next; /* linked to the same unit */
};

/* Where the persisted units of a region are found; the tables lie in the mapped file. */
struct image_entry {
    u32 pc1; /* from the region's lo, + 1; 0: empty */
    u32 mode, unit, host; /* HOST: text offset in the region */
};
#define IMAGE_MAP_WORDS(hash_bits) (1ull << (hash_bits) >> 3)
struct image_index {
    const struct image_entry *hash; /* NULL: there is no image */
    const u64 *map; /* [IMAGE_MAP_WORDS]: bit ENTRY_MAP_SHIFT of an offset from the region's lo is set where one may be */
    u32 hash_bits;
    u32 pages;         /* guest pages of the region */
    const u32 *first;  /* [pages + 1]: of each page's units in LIST */
    const u32 *list;
};

/* A stretch of host memory for text and slots that serves one guest range, and the tables of its units. */
struct region {
    gaddr lo, hi;       /* guest range served */
    haddr base;
    u64 size;
    u32 text_len, text_cap;   /* text from base */
    u32 slot_count, slot_cap; /* slots from base + text_cap */
    u32 unit_count, unit_cap; /* ascending text */
    u32 vars_len, vars_cap;   /* bytes */
    bool pcrel;
    bool retired;  /* nothing more is translated into it */
    bool emptied;  /* all its units are dead since generation empty_gen */
    u32 empty_gen; /* of inval_gen */
    struct slot_rec *slots;
    struct unit *units;
    struct unit_links *links; /* of each unit */
    u8 *vars;
    u64 tables; /* bytes of the mapping from slots on that holds the four */
    struct image_index image; /* of what was read in */
    haddr image_base; /* the mapping of the file */
    u64 image_size;
    u64 new_text;             /* bytes made by this process */
    struct {
        u32 text, slots, slot_recs, units, links, vars;
    } ahead; /* bytes of each that were mapped before they are used */
};

struct entry_node {
    gaddr pc;
    struct uref unit;
    u32 mode;
    u32 next;
    u32 host; /* text offset in the region, so that a look-up need not ask the unit */
    u16 entry;
};

struct page_node {
    u64 page;
    struct uref unit;
    u32 next;
};

/* The block key beside the pc: FP mode, and what IR_VMODE_SHIFT in ir.h explains. */
#define MODE(fp_mode, vmode) ((u32)(fp_mode) | (u32)(vmode) << 8)
#define MODE_FP(mode) ((u8)(mode))
#define MODE_V(mode) ((u16)((mode) >> 8))

struct exec_stats {
    struct tier_stats {
        u64 units, guest_insns, text_bytes, lift_ns, compile_ns;
    } tier[2];
    u64 clock_ns; /* what one reading of the clock takes */
    u64 links, lookups, ic_fills, syncs, invalidated, faults, flushes, freed;
    u64 images, image_units;
    u64 cold_blocks, cold_refused; /* interpreted */
};

#define ENTRY_MAP_BITS (1u << 20) /* for 4 MiB of code; what is not used takes no memory */
#define ENTRY_MAP_WORDS (ENTRY_MAP_BITS / 64)
#define ENTRY_MAP_SHIFT 2
#define ENTRY_MAP_BIT(pc) ((u32)((pc) >> ENTRY_MAP_SHIFT) & (ENTRY_MAP_BITS - 1))

#define TAGGED_MAP_LOG2 12

/* The counters of a module: each place has its own, so that what is translated depends on neither other code nor on
 * where the module lies. */
struct cold_module {
    gaddr base, end;
    u8 *counts;
};
#define COLD_COUNTS (64u << 10)
#define COLD_MODULES 256 /* at most; code of further ones is counted with what is outside */

struct text_hash { /* of a published text, only under -d cache */
    struct uref unit;
    u64 hash;
};

struct exec {
    struct exec_config cfg;
    struct chain_abi ca;
    struct host_stubs stubs;
    haddr stubs_text;
    u32 stubs_len;
    volatile u32 lock;
    volatile u32 inval_gen;
    struct arena ir_arena;   /* of one translation */
    VEC(struct region) regions;
    VEC(struct entry_node) nodes;
    VEC(struct page_node) pages;
    VEC(struct text_hash) hashes;
    u32 free_entry_node, free_page_node;
    u32 *entry_hash, *page_hash; /* heads, 0: empty */
    u32 entry_bits, page_bits;
    u64 *entry_map; /* [ENTRY_MAP_WORDS]: bit ENTRY_MAP_BIT(pc) is set where an entry may be */
    u32 page_count;              /* nodes in page_hash */
    struct guest_cold cold;      /* the last that was asked for */
    VEC(struct cold_module) cold_modules;
    u8 *cold_counts;             /* [COLD_COUNTS >> insn_align]: of code outside modules, by the low bits of its pc */
    bool reclaim; /* a region was retired, or could not be freed yet */
    struct cpu_link *cpus;
    int share_fd;
    struct learned *learned; /* what children of a fork translated; NULL before the first fork */
    bool tagged_any; /* some bit of tagged_map is set: code pages whose accesses have met a tag, by hash */
    u64 tagged_map[(1u << TAGGED_MAP_LOG2) / 64];
    u64 learned_seen;        /* of it, entries translated here */
    bool forked;             /* this process is such a child */
    gaddr loops[16];         /* the last loops whose counters ran out */
    u32 loop_at;             /* the next one's place */
    struct exec_stats stats;
};

/* Every cpu of the process; lies in the cpu's allocation. */
struct cpu_link {
    struct cpu_link *next, **prevp;
    struct cpu *cpu;
};
#define RET_STACK_SIZE (256u << 10)
/* At the end of the allocation, in the page of the return stack that is used first. */
static inline struct cpu_link *cpu_link_of(struct cpu *cpu)
{
    return (struct cpu_link *)((u8 *)cpu + CPU_ALLOC_SIZE + RET_STACK_SIZE) - 1;
}

/* All below are called with the lock held. */

/* The region to translate PC into: room for text and slots is not promised. NULL: PC is not executable. */
struct region *region_for(struct exec *ex, gaddr pc, gaddr *limit);
/* Retires R, which is full, so that region_for makes another. Its units go on being used (reclaim.c). */
void region_retire(struct exec *ex, struct region *r);
/* Frees what retired regions can be freed, on the way to a new one. */
void regions_reclaim(struct exec *ex);
/* R has grown: has the kernel map what is used next, before it faults page by page. */
void region_look_ahead(struct region *r);
/* True when R has room for one more unit of SITES fault sites and ENTRIES entries, tables and all. */
bool region_has_room(const struct region *r, u32 sites, u32 flags, u32 entries, u32 map);
static inline u64 *region_slot(const struct region *r, u32 slot)
{
    return (u64 *)(r->base + r->text_cap + (u64)slot * 8);
}
/* The region that has the slot at host address SLOT, and the slot's number there. */
u32 region_of_slot(const struct exec *ex, haddr slot, u32 *index);

static inline struct unit *unit_of(const struct exec *ex, struct uref u)
{
    return &ex->regions.data[u.region].units[u.unit];
}
static inline bool unit_dead(const struct region *r, u32 unit)
{
    return r->links[unit].dead;
}
static inline const struct block_entry *unit_entries(const struct region *r, const struct unit *u)
{
    return (const struct block_entry *)(r->vars + u->vars);
}
static inline const struct fault_site *unit_sites(const struct region *r, const struct unit *u)
{
    return (const struct fault_site *)(unit_entries(r, u) + u->entry_count);
}
static inline const struct flag_recipe *unit_flags(const struct region *r, const struct unit *u)
{
    return (const struct flag_recipe *)(unit_sites(r, u) + u->site_count);
}
static inline const struct map_entry *unit_map(const struct region *r, const struct unit *u)
{
    return (const struct map_entry *)(unit_flags(r, u) + u->flag_count);
}
static inline gaddr entry_pc(const struct region *r, const struct unit *u, u16 entry)
{
    return r->lo + u->pc + (u64)(s64)unit_entries(r, u)[entry].guest;
}
static inline u32 entry_mode(const struct region *r, const struct unit *u, u16 entry)
{
    return MODE(MODE_FP(u->mode), unit_entries(r, u)[entry].vmode);
}

/* Host address of the entry for PC in MODE, translating if needed; 0 when PC cannot be fetched. *UNIT: its unit. */
haddr exec_find(struct exec *ex, gaddr pc, u32 mode, struct uref *unit);
/* The loop at PC, which SLOT leads to, has used up its count: is it where the time goes? If not, it counts on. */
bool loop_is_hot(struct exec *ex, gaddr pc, u64 *slot);
/* As exec_find, by a unit of tier 2: a loop is often run there, FROM the unit that branches back to it. */
haddr exec_promote(struct exec *ex, gaddr pc, u32 mode, struct uref from, struct uref *unit);
/* As exec_find, 0 when it is not translated. */
haddr entry_lookup(const struct exec *ex, gaddr pc, u32 mode, struct uref *unit);
/* The first address behind PC where an entry may be, as far as a unit from PC goes; no promise that there is one. */
gaddr entry_next(const struct exec *ex, gaddr pc);
/* Adds entry ENTRY of UNIT, unless it is an inner one and there is another; a region's is found before it. */
void entry_add(struct exec *ex, struct uref unit, u16 entry);
void entry_remove(struct exec *ex, struct uref unit);
void page_add(struct exec *ex, struct uref unit);

/* Points slot SLOT of region REGION at HOST, an entry of UNIT, unless it is linked already. */
void link_slot(struct exec *ex, u32 region, u32 slot, haddr host, struct uref unit);
/* Fills the inline cache at IC; false when it is taken already, or is not to be filled. */
bool link_ic(struct exec *ex, haddr ic, gaddr pc, haddr host, struct uref unit);
/* Gives SLOT, the first word of an inline cache or a direct exit, its unlinked value. */
void unlink_slot(struct region *r, u32 slot);
/* What leads to PC in MODE goes to HOST, an entry of UNIT, from now on. OLD is the unit it led to. */
void relink(struct exec *ex, struct uref old, gaddr pc, u32 mode, haddr host, struct uref unit);
void unit_kill(struct exec *ex, struct uref unit);

/* To cfg.on_text: a unit's text, those of a region, and all there are. */
void note_text(const struct exec *ex, struct uref unit);
void note_region(const struct exec *ex, u32 region);
void note_all(const struct exec *ex);

/* The unit whose text holds host address PC; region 0: none. */
struct uref unit_at(struct exec *ex, haddr pc);

/* Persisted translations (image.c): reads what there is for the module of R, whose tables are empty. PC is a
 * place in its code. */
void image_load(struct exec *ex, struct region *r, gaddr pc);
/* As entry_lookup, for R's image alone. */
haddr image_lookup(const struct exec *ex, u32 region, gaddr pc, u32 mode, struct uref *unit);
/* Writes the translations of R for other processes, if it has enough new ones. */
void image_save(const struct exec *ex, struct region *r);
/* Kills the units of R's image that overlap [lo, hi). */
void image_invalidate(struct exec *ex, u32 region, gaddr lo, gaddr hi);

/* So many misses tell a program with more targets than the hash of indirect branches has entries. */
#define JC2_AFTER 16384
#define JC2_SIZE (sizeof(struct jc_entry) << JC2_BITS)
/* Gives CPU the second hash, if there is memory. */
void cpu_hash_more(struct cpu *cpu);
static inline bool cpu_has_more(const struct cpu *cpu)
{
    return cpu->jc2 != cpu->jc2_none;
}

/* Forgets what CPU remembers of host addresses: hash and return stack. Its own thread, outside generated code. */
void cpu_forget(struct exec *ex, struct cpu *cpu);

/* SIZE bytes of cleared memory of our own, a multiple of 4096; dies, or gives NULL, when there are none. */
void *map_anon(u64 size);
void *map_try(u64 size);

/* Where images are kept (store.c). */
struct iovec;
struct store_file {
    int fd;
    u64 off, len; /* of the image in it */
};
void store_init(struct exec *ex);
/* Is there a place to keep images in? */
bool store_usable(const struct exec *ex);
/* Finds the image KEY; false when there is none. */
bool store_open(const struct exec *ex, const u64 key[2], struct store_file *f);
void store_close(const struct exec *ex, struct store_file *f);
/* What is in it may be damaged, and is to be checked. */
bool store_checks(const struct exec *ex);
/* How many bytes more may be kept. */
u64 store_room(const struct exec *ex);
/* Keeps the COUNT pieces as KEY, unless there is a larger one; each is of whole pages. */
void store_put(const struct exec *ex, const u64 key[2], const struct iovec *pieces, int count);

/* True when the code at PC, which is not translated, is to be interpreted: fills *RANGE with where else that may go (cold.c). */
bool cold_wanted(struct exec *ex, gaddr pc, struct guest_cold *range);
/* False when it is known that execution has not gone on at PC, behind a branch or a call. Others' is not, where they use
 * the translations too. */
bool cold_passed(const struct exec *ex, gaddr pc);
/* Interprets from cpu->pc in RANGE until that has to end, and sets exit_reason. Without the lock. */
void cold_run(struct exec *ex, struct cpu *cpu, const struct guest_cold *range);

/* ADDR as an access or a branch takes it (tags.c). */
gaddr tags_off(const struct exec *ex, gaddr addr);
/* A unit from PC takes the tags off the addresses of its accesses. */
bool tags_expected(const struct exec *ex, gaddr pc);
/* The access at PC met a tag: this page of code is translated anew. Takes the lock. */
void tags_note(struct exec *ex, gaddr pc);

/* PC was translated: notes that for the parent when this is a child of fork. */
void fork_learn(struct exec *ex, gaddr pc, u32 mode);

void exec_lock(struct exec *ex);
void exec_unlock(struct exec *ex);

#endif
