/* Persisted translations: an image of a module's region, made by one process and mapped by others.
 *
 * An image is the region's text, slots and tables as they are in memory, each section on its own
 * pages, and an index of the entries and of the units of each guest page. Only slots hold
 * addresses; they are moved along when the module was loaded elsewhere. The file is found by the
 * identity of the module's file, and used only if the guest code it was made from is there. */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "exec/priv.h"

#define IMAGE_MAGIC 0x32676d6979727266ull /* "frryimg2" */
#define PAGE 4096ull

/* A stretch of guest code that translations were made from. */
struct range {
    u32 off, len; /* from the region's lo */
};

struct header {
    u64 magic;
    u64 key[2];
    u64 check; /* hash of everything behind it */
    u64 lo;    /* guest address of the module: what the slots' values assume */
    u64 span;
    u64 guest; /* hash of the ranges' bytes */
    u32 text_cap, slot_cap;
    u32 text_len, slot_count, unit_count, vars_len;
    u32 hash_bits, list_len, range_count;
};

enum { S_HEADER, S_TEXT, S_SLOTS, S_RECS, S_UNITS, S_LINKS, S_VARS, S_INDEX, SECTIONS };
struct layout {
    u64 off[SECTIONS + 1]; /* the last one is the end */
};

static u32 pages_of(const struct header *h)
{
    return (u32)((h->span + PAGE - 1) / PAGE);
}

static struct layout layout_of(const struct header *h)
{
    u64 index = (sizeof(struct image_entry) << h->hash_bits) + 8 * IMAGE_MAP_WORDS(h->hash_bits) +
                4ull * (pages_of(h) + 1) + 4ull * h->list_len + sizeof(struct range) * h->range_count;
    const u64 len[SECTIONS] = {
        sizeof(*h),
        h->text_len,
        8ull * h->slot_count,
        sizeof(struct slot_rec) * h->slot_count,
        sizeof(struct unit) * h->unit_count,
        sizeof(struct unit_links) * h->unit_count,
        h->vars_len,
        index,
    };
    struct layout l;
    u64 at = 0;
    for (int i = 0; i < SECTIONS; i++) {
        l.off[i] = at;
        at += ALIGN_UP(len[i], PAGE);
    }
    l.off[SECTIONS] = at;
    return l;
}

/* Pointers into the index section. */
struct index {
    struct image_entry *hash;
    u64 *map;
    u32 *first, *list;
    struct range *ranges;
};

static struct index index_at(const struct header *h, u8 *p)
{
    struct index x = {.hash = (struct image_entry *)p};
    x.map = (u64 *)(x.hash + (1ull << h->hash_bits));
    x.first = (u32 *)(x.map + IMAGE_MAP_WORDS(h->hash_bits));
    x.list = x.first + pages_of(h) + 1;
    x.ranges = (struct range *)(x.list + h->list_len);
    return x;
}

/* --- identity --- */

/* The build id of the ELF image at BASE, readable to its first page; 0 bytes when it has none. */
static size_t build_id(gaddr base, u8 *id, size_t cap)
{
    Elf64_Ehdr eh;
    if (mem_read(&eh, base, sizeof(eh)) < 0 || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
        eh.e_phentsize != sizeof(Elf64_Phdr)) {
        return 0;
    }
    gaddr bias = base;
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        Elf64_Phdr ph;
        u8 note[256];
        if (mem_read(&ph, base + eh.e_phoff + i * sizeof(ph), sizeof(ph)) < 0) {
            return 0;
        }
        if (ph.p_type == PT_LOAD && ph.p_offset == 0) {
            bias = base - ph.p_vaddr;
        }
        if (ph.p_type != PT_NOTE || mem_read(note, bias + ph.p_vaddr, MIN(ph.p_filesz, sizeof(note))) < 0) {
            continue;
        }
        for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= MIN(ph.p_filesz, sizeof(note));) {
            const Elf64_Nhdr *n = (const Elf64_Nhdr *)(note + at);
            size_t desc = at + sizeof(*n) + ALIGN_UP((size_t)n->n_namesz, 4);
            size_t end = desc + ALIGN_UP((size_t)n->n_descsz, 4);
            if (end > sizeof(note) || end < at) {
                break;
            }
            if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4) {
                size_t len = MIN((size_t)n->n_descsz, cap);
                memcpy(id, note + desc, len);
                return len;
            }
            at = end;
        }
    }
    return 0;
}

extern const char __ehdr_start[];

/* What an image must have been made for. False: nothing is persisted. */
static bool make_key(const struct exec *ex, const struct region *r, u64 key[2])
{
    struct {
        u8 ferry[32], module[64];
        char guest[16];
        u64 span, cpu;
        u32 features, fp_rules;
        s8 host_of[IR_MAX_REGS];
    } k;
    memset(&k, 0, sizeof(k));
    if (!build_id(RAW_PTR(__ehdr_start), k.ferry, sizeof(k.ferry))) {
        return false;
    }
    u8 head[4096]; /* without a build id the headers must do; the code is compared anyway */
    if (!build_id(r->lo, k.module, sizeof(k.module) - 8)) {
        if (mem_read(head, r->lo, sizeof(head)) < 0) {
            return false;
        }
        u64 h = hash_bytes(head, sizeof(head));
        memcpy(k.module + sizeof(k.module) - 8, &h, 8);
    }
    strncpy(k.guest, ex->cfg.guest->name, sizeof(k.guest) - 1);
    k.span = r->hi - r->lo;
    k.cpu = ex->cfg.features;
    k.features = ex->ca.features;
    k.fp_rules = ex->ca.fp_rules;
    memcpy(k.host_of, ex->ca.host_of, sizeof(k.host_of));
    key[0] = hash_bytes_seed(&k, sizeof(k), 1);
    key[1] = hash_bytes_seed(&k, sizeof(k), 2);
    return true;
}

static bool persists(const struct exec *ex, const struct region *r)
{
    return store_usable(ex) && r->pcrel && !ex->cfg.one_insn && !ex->cfg.no_chain;
}

/* Hash of the guest code in the ranges; false when it cannot be read. */
static bool hash_guest(gaddr lo, const struct range *ranges, u32 count, u64 *out)
{
    u8 buf[4096];
    u64 h = 0;
    for (u32 i = 0; i < count; i++) {
        for (u32 done = 0; done < ranges[i].len;) {
            u32 n = MIN(ranges[i].len - done, (u32)sizeof(buf));
            if (mem_read(buf, lo + ranges[i].off + done, n) < 0) {
                return false;
            }
            h = hash_bytes_seed(buf, n, h);
            done += n;
        }
    }
    *out = h;
    return true;
}

/* The check word of an image whose sections are PART. */
static u64 check_of(const struct iovec part[SECTIONS])
{
    size_t from = offsetof(struct header, check) + sizeof(u64);
    u64 h = hash_bytes((const u8 *)part[S_HEADER].iov_base + from, part[S_HEADER].iov_len - from);
    for (int i = S_HEADER + 1; i < SECTIONS; i++) {
        h = hash_bytes_seed(part[i].iov_base, part[i].iov_len, h);
    }
    return h;
}

static bool check_holds(const struct header *h)
{
    struct layout l = layout_of(h);
    struct iovec part[SECTIONS];
    for (int i = 0; i < SECTIONS; i++) {
        part[i] = (struct iovec){(u8 *)h + l.off[i], l.off[i + 1] - l.off[i]};
    }
    return check_of(part) == h->check;
}

/* --- reading --- */

/* Is the file, mapped at P, whole and for R? */
static bool acceptable(const struct exec *ex, const struct region *r, const u64 key[2], const u8 *p, u64 len)
{
    const struct header *h = (const struct header *)p;
    if (len < PAGE || h->magic != IMAGE_MAGIC || h->key[0] != key[0] || h->key[1] != key[1] ||
        h->span != r->hi - r->lo || h->text_cap != r->text_cap || h->slot_cap != r->slot_cap ||
        h->hash_bits > 28 || h->unit_count > r->unit_cap || h->slot_count > r->slot_cap ||
        h->text_len > r->text_cap || h->vars_len > r->vars_cap || h->span > 1ull << 32) {
        return false;
    }
    return layout_of(h).off[SECTIONS] == len && (!store_checks(ex) || check_holds(h));
}

/* Is the code it was made from in the guest's memory, and executable? */
static bool guest_matches(const struct region *r, gaddr pc, const struct header *h, const struct index *x)
{
    struct mem_vma v;
    struct mem_module m;
    u64 hash;
    if (!mem_exec_range(pc, &v, &m)) {
        return false;
    }
    for (u32 i = 0; i < h->range_count; i++) {
        gaddr lo = r->lo + x->ranges[i].off;
        if (lo < v.lo || lo + x->ranges[i].len > v.hi) {
            return false;
        }
    }
    return hash_guest(r->lo, x->ranges, h->range_count, &hash) && hash == h->guest;
}

static bool map_section(const struct store_file *f, const struct layout *l, int section, void *at, int prot)
{
    u64 len = l->off[section + 1] - l->off[section];
    return !len || !raw_is_err(raw_mmap(RAW_PTR(at), len, prot, MAP_PRIVATE | MAP_FIXED, f->fd,
                                        f->off + l->off[section]));
}

/* Maps the sections over the empty ones of R. False: R is as empty as before. */
static bool map_sections(struct region *r, const struct store_file *f, const struct header *h)
{
    struct layout l = layout_of(h);
    int rw = PROT_READ | PROT_WRITE;
    if (!map_section(f, &l, S_SLOTS, region_slot(r, 0), rw) || !map_section(f, &l, S_RECS, r->slots, rw) ||
        !map_section(f, &l, S_UNITS, r->units, rw) || !map_section(f, &l, S_LINKS, r->links, rw) ||
        !map_section(f, &l, S_VARS, r->vars, rw) ||
        !map_section(f, &l, S_TEXT, (void *)(uintptr_t)r->base, PROT_READ | PROT_EXEC)) {
        return false;
    }
    /* The counts make them valid. New text starts on a page of its own: the file's are not writable. */
    r->text_len = (u32)ALIGN_UP((u64)h->text_len, PAGE);
    r->slot_count = h->slot_count;
    r->unit_count = h->unit_count;
    r->vars_len = h->vars_len;
    return true;
}

static void move_slots(struct region *r, u64 delta)
{
    u64 *s = region_slot(r, 0);
    for (u32 i = 0; delta && i < r->slot_count; i++) {
        bool counter = r->slots[i].kind == SLOT_LOOP && r->slots[i].second;
        if (s[i] != ~0ull && !counter) { /* an inline cache's pc that is empty */
            s[i] += delta;
        }
    }
}

/* P: the whole file, mapped; it stays so if it is used. */
static bool use_image(struct exec *ex, struct region *r, gaddr pc, const struct store_file *f, u8 *p,
                      const u64 key[2])
{
    const struct header *h = (const struct header *)p;
    if (!acceptable(ex, r, key, p, f->len)) {
        log_printf(LOG_cache, "a file of persisted translations is damaged and is not used\n");
        return false;
    }
    struct index x = index_at(h, p + layout_of(h).off[S_INDEX]);
    if (!guest_matches(r, pc, h, &x) || !map_sections(r, f, h)) {
        return false;
    }
    move_slots(r, r->lo - h->lo);
    r->image = (struct image_index){x.hash, x.map, h->hash_bits, pages_of(h), x.first, x.list};
    ex->stats.images++;
    ex->stats.image_units += h->unit_count;
    return true;
}

void image_load(struct exec *ex, struct region *r, gaddr pc)
{
    struct store_file f;
    u64 key[2];
    if (!persists(ex, r) || !make_key(ex, r, key) || !store_open(ex, key, &f)) {
        return;
    }
    long p = raw_mmap(0, f.len, PROT_READ, MAP_PRIVATE, f.fd, f.off);
    if (!raw_is_err(p)) {
        if (use_image(ex, r, pc, &f, (u8 *)p, key)) {
            mem_hide((haddr)p, (haddr)p + f.len);
            r->image_base = (haddr)p;
            r->image_size = f.len;
        } else {
            raw_munmap((u64)p, f.len);
        }
    }
    store_close(ex, &f);
}

static u32 bucket_of(u32 pc, u32 mode, u32 bits)
{
    return (u32)(hash_u64(pc | (u64)mode << 32) >> (64 - bits));
}

haddr image_lookup(const struct exec *ex, u32 region, gaddr pc, u32 mode, struct uref *unit)
{
    const struct region *r = &ex->regions.data[region];
    const struct image_index *x = &r->image;
    u32 off = (u32)(pc - r->lo), mask = (1u << x->hash_bits) - 1, bit = off >> ENTRY_MAP_SHIFT;
    if (!(x->map[bit / 64 % IMAGE_MAP_WORDS(x->hash_bits)] >> (bit & 63) & 1)) {
        return 0;
    }
    for (u32 b = bucket_of(off, mode, x->hash_bits); x->hash[b].pc1; b = (b + 1) & mask) {
        const struct image_entry *e = &x->hash[b];
        if (e->pc1 == off + 1 && e->mode == mode && !unit_dead(r, e->unit)) {
            *unit = (struct uref){region, e->unit};
            return r->base + e->host;
        }
    }
    return 0;
}

void image_invalidate(struct exec *ex, u32 region, gaddr lo, gaddr hi)
{
    const struct region *r = &ex->regions.data[region];
    const struct image_index *x = &r->image;
    u64 first = lo > r->lo ? (lo - r->lo) / PAGE : 0, last = (MIN(hi, r->hi) - 1 - r->lo) / PAGE;
    for (u64 page = first; page <= last; page++) {
        for (u32 i = x->first[page]; i < x->first[page + 1]; i++) {
            const struct unit *u = &r->units[x->list[i]];
            gaddr pc = r->lo + u->pc;
            if (!unit_dead(r, x->list[i]) && pc < hi && pc + u->guest_len > lo) {
                unit_kill(ex, (struct uref){region, x->list[i]});
            }
        }
    }
}

/* --- writing --- */

/* The sections: the region's own tables where they are to be kept as they are, else made in one piece of memory. */
struct draft {
    struct iovec part[SECTIONS];
    u8 *mem;
    u64 len; /* of mem */
    struct header *header;
    u64 *slots;
    struct slot_rec *recs;
    struct unit_links *links;
    struct index index;
};

/* Only links inside the region are kept: what they lead to moves along with it. */
static void draft_links(const struct region *r, struct draft *d)
{
    memcpy(d->recs, r->slots, sizeof(*d->recs) * r->slot_count);
    for (u32 i = 0; i < r->slot_count; i++) {
        d->recs[i].next = (struct slot_ref){0, 0};
        if (!d->recs[i].second) {
            slot_unlink(&d->slots[i], (enum slot_kind)d->recs[i].kind, r->base + d->recs[i].stub);
        }
    }
    for (u32 u = 0; u < r->unit_count; u++) {
        d->links[u] = (struct unit_links){.dead = r->links[u].dead};
        struct slot_ref ref = r->links[u].first;
        while (ref.slot1 && ref.region == 0) {
            u32 slot = ref.slot1 - 1;
            if (!unit_dead(r, r->slots[slot].unit)) {
                d->slots[slot] = *region_slot(r, slot);
                if (r->slots[slot].kind != SLOT_DIRECT) {
                    d->slots[slot + 1] = *region_slot(r, slot + 1);
                }
                d->recs[slot].next = d->links[u].first;
                d->links[u].first = ref;
            }
            ref = r->slots[slot].next;
        }
    }
}

static void index_entry(const struct region *r, struct index *x, u32 bits, u32 unit, u16 entry)
{
    const struct unit *u = &r->units[unit];
    u32 pc = (u32)(entry_pc(r, u, entry) - r->lo), mode = entry_mode(r, u, entry), mask = (1u << bits) - 1;
    u32 b = bucket_of(pc, mode, bits);
    while (x->hash[b].pc1) {
        if (x->hash[b].pc1 == pc + 1 && x->hash[b].mode == mode) {
            if (u->region) { /* goes before the unit of tier 1 */
                break;
            }
            return;
        }
        b = (b + 1) & mask;
    }
    x->hash[b] = (struct image_entry){pc + 1, mode, unit, u->text + unit_entries(r, u)[entry].host};
    u32 bit = pc >> ENTRY_MAP_SHIFT;
    x->map[bit / 64 % IMAGE_MAP_WORDS(bits)] |= BIT64(bit & 63);
}

static u32 last_page(const struct unit *u)
{
    return (u32)((u->pc + MAX(u->guest_len, 1u) - 1) / PAGE);
}

/* Index of entries; units of each page, which a count per page places. */
static void draft_index(const struct region *r, struct draft *d)
{
    struct index *x = &d->index;
    u32 pages = pages_of(d->header);
    for (u32 i = 0; i < r->unit_count; i++) { /* a unit's first entry goes before others' inner ones */
        if (!unit_dead(r, i)) {
            index_entry(r, x, d->header->hash_bits, i, 0);
        }
    }
    for (u32 i = 0; i < r->unit_count; i++) {
        for (u16 entry = 1; !unit_dead(r, i) && entry < r->units[i].entry_count; entry++) {
            index_entry(r, x, d->header->hash_bits, i, entry);
        }
    }
    for (u32 i = 0; i < r->unit_count; i++) {
        for (u32 p = (u32)(r->units[i].pc / PAGE); p <= last_page(&r->units[i]); p++) {
            x->first[p + 1]++;
        }
    }
    for (u32 p = 0; p < pages; p++) {
        x->first[p + 1] += x->first[p];
    }
    for (u32 i = r->unit_count; i-- > 0;) { /* from the end of each page's part, moving its start down and back */
        for (u32 p = (u32)(r->units[i].pc / PAGE); p <= last_page(&r->units[i]); p++) {
            x->list[--x->first[p + 1]] = i;
        }
    }
    for (u32 p = 0; p < pages; p++) { /* now first[p + 1] is where page p begins */
        x->first[p] = x->first[p + 1];
    }
    x->first[pages] = d->header->list_len;
}

/* Sorts by address: few and nearly in order, as translation goes. */
static void sort_ranges(struct range *v, u32 n)
{
    for (u32 gap = n / 2; gap > 0; gap /= 2) {
        for (u32 i = gap; i < n; i++) {
            struct range x = v[i];
            u32 j = i;
            for (; j >= gap && v[j - gap].off > x.off; j -= gap) {
                v[j] = v[j - gap];
            }
            v[j] = x;
        }
    }
}

/* The guest code of all units, joined where it overlaps. Returns how many stretches. */
static u32 make_ranges(const struct region *r, struct range *v)
{
    u32 n = 0, out = 0;
    for (u32 i = 0; i < r->unit_count; i++) {
        if (!unit_dead(r, i)) {
            v[n++] = (struct range){r->units[i].pc, r->units[i].guest_len};
        }
    }
    sort_ranges(v, n);
    for (u32 i = 0; i < n; i++) {
        if (out && v[i].off <= v[out - 1].off + v[out - 1].len) {
            v[out - 1].len = MAX(v[out - 1].len, v[i].off + v[i].len - v[out - 1].off);
        } else {
            v[out++] = v[i];
        }
    }
    return out;
}

static struct header make_header(const struct region *r, const u64 key[2], u32 ranges)
{
    struct header h = {.magic = IMAGE_MAGIC, .key = {key[0], key[1]}, .lo = r->lo, .span = r->hi - r->lo};
    h.text_cap = r->text_cap;
    h.slot_cap = r->slot_cap;
    h.text_len = r->text_len;
    h.slot_count = r->slot_count;
    h.unit_count = r->unit_count;
    h.vars_len = r->vars_len;
    h.range_count = ranges;
    u32 entries = 0;
    for (u32 i = 0; i < r->unit_count; i++) {
        const struct unit *u = &r->units[i];
        entries += u->entry_count;
        h.list_len += last_page(u) - (u32)(u->pc / PAGE) + 1;
    }
    h.hash_bits = 4;
    while (1u << h.hash_bits < 2 * entries) {
        h.hash_bits++;
    }
    return h;
}

/* Where the sections are; those that differ from R's tables are empty yet. */
static void draft_parts(const struct region *r, const struct header *h, struct draft *d)
{
    struct layout l = layout_of(h);
    void *const kept[SECTIONS] = {[S_TEXT] = (void *)(uintptr_t)r->base, [S_UNITS] = r->units, [S_VARS] = r->vars};
    d->len = 0;
    for (int i = 0; i < SECTIONS; i++) {
        d->part[i] = (struct iovec){kept[i], l.off[i + 1] - l.off[i]};
        d->len += kept[i] ? 0 : d->part[i].iov_len;
    }
    u8 *p = d->mem = map_anon(d->len);
    for (int i = 0; i < SECTIONS; i++) {
        if (!kept[i]) {
            d->part[i].iov_base = p;
            p += d->part[i].iov_len;
        }
    }
    d->header = d->part[S_HEADER].iov_base;
    d->slots = d->part[S_SLOTS].iov_base;
    d->recs = d->part[S_RECS].iov_base;
    d->links = d->part[S_LINKS].iov_base;
    d->index = index_at(h, d->part[S_INDEX].iov_base);
}

/* R as the file is to hold it. False: no memory, or the guest's code cannot be read. */
static bool draft_make(const struct region *r, const u64 key[2], struct draft *d)
{
    u64 room = ALIGN_UP(sizeof(struct range) * (r->unit_count + 1ull), PAGE);
    struct range *ranges = map_anon(room);
    struct header h = make_header(r, key, make_ranges(r, ranges));
    bool ok = hash_guest(r->lo, ranges, h.range_count, &h.guest);
    if (ok) {
        draft_parts(r, &h, d);
        *d->header = h;
        memcpy(d->index.ranges, ranges, sizeof(*ranges) * h.range_count);
        draft_links(r, d);
        draft_index(r, d);
    }
    mem_unhide(RAW_PTR(ranges), RAW_PTR(ranges) + room);
    raw_munmap(RAW_PTR(ranges), room);
    return ok;
}

/* Bytes of text in the image that there is of KEY. */
static u64 text_kept(const struct exec *ex, const u64 key[2])
{
    struct store_file f;
    struct header h = {0};
    if (store_open(ex, key, &f)) {
        raw_pread(f.fd, &h, sizeof(h), f.off);
        store_close(ex, &f);
    }
    return h.magic == IMAGE_MAGIC ? h.text_len : 0;
}

/* Worth writing: a good part of it is new, and code that changes is not what it consists of. */
static bool worth(const struct exec *ex, const struct region *r, const u64 key[2])
{
    u32 dead = 0;
    for (u32 i = 0; i < r->unit_count; i++) {
        dead += unit_dead(r, i);
    }
    return dead <= r->unit_count / 8 && r->text_len > text_kept(ex, key) / 8 * 9 && store_room(ex) > r->text_len;
}

void image_save(const struct exec *ex, struct region *r)
{
    u64 key[2];
    struct draft d;
    if (r->retired || r->new_text <= r->text_len / 16 || !persists(ex, r) || !make_key(ex, r, key) ||
        !worth(ex, r, key) || !draft_make(r, key, &d)) {
        return;
    }
    if (store_checks(ex)) {
        d.header->check = check_of(d.part);
    }
    store_put(ex, key, d.part, SECTIONS);
    r->new_text = 0;
    mem_unhide(RAW_PTR(d.mem), RAW_PTR(d.mem) + d.len);
    raw_munmap(RAW_PTR(d.mem), d.len);
}

void exec_persist(struct exec *ex)
{
    if (!store_usable(ex)) {
        return;
    }
    exec_lock(ex);
    for (u32 i = 1; i < ex->regions.len; i++) {
        image_save(ex, &ex->regions.data[i]);
    }
    exec_unlock(ex);
}
