/* One translation: lift, compile, publish. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "exec/priv.h"

/* Limits of a unit. Its conditional branches are the guest's to limit (unit_conds): of what lies behind
 * a few, half is never run. Whole loops are taken all
 * the same. */
#define MAX_INSNS 128
#define MAX_BLOCKS 6
#define MAX_REGION_INSNS 1000
#define TEXT_ALIGN 16
#define PROBE_PAGE 4096u
#define MAX_REGION_SPAN (16u << 10) /* bytes before and behind its entry */

static u64 now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC,
                  &ts); /* of the vDSO: a system call would cost more than a translation */
    return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

/* What reading the clock takes, which is no part of a translation. */
static u64 clock_cost_ns(void)
{
    u64 cost = ~0ull;
    for (unsigned n = 0; n < 32; n++) {
        u64 t = now_ns();
        cost = MIN(cost, now_ns() - t);
    }
    return cost;
}

/* The guest may have mapped past the end of its file: the lifter must not touch such a page.
 * Returns how far [pc, limit) can really be read, at most one page further than pc's own. */
static gaddr readable_limit(gaddr pc, gaddr limit)
{
    u8 byte;
    if (mem_read(&byte, pc, 1) < 0) {
        return pc;
    }
    gaddr next = ALIGN_DOWN(pc, PROBE_PAGE) + PROBE_PAGE;
    if (limit > next && mem_read(&byte, next, 1) < 0) {
        return next;
    }
    return MIN(limit, next + PROBE_PAGE);
}

static void log_ir(struct exec *ex, const struct ir_fn *fn)
{
    char *buf = arena_alloc(&ex->ir_arena, 256u << 10);
    struct strbuf sb = {buf, 0, 256u << 10};
    sb_printf(&sb, "\nIR of %#llx, %u instructions:\n", (unsigned long long)fn->pc,
              fn->guest_insns);
    ir_print(&sb, fn, ex->ca.regs);
    log_write(sb.data, sb.len);
}

static void log_code(struct exec *ex, const char *what, const char *arch, const void *code,
                     size_t len, u64 addr)
{
    if (!ex->cfg.disas) {
        return;
    }
    char *buf = arena_alloc(&ex->ir_arena, 256u << 10);
    struct strbuf sb = {buf, 0, 256u << 10};
    sb_printf(&sb, "%s at %#llx:\n", what, (unsigned long long)addr);
    ex->cfg.disas(arch, code, len, addr, &sb);
    log_write(sb.data, sb.len);
}

static haddr unit_host(const struct exec *ex, struct uref unit)
{
    const struct region *r = &ex->regions.data[unit.region];
    const struct unit *u = &r->units[unit.unit];
    return r->base + u->text + unit_entries(r, u)[0].host;
}

/* A unit that would run into one that exists ends there: what follows is not translated twice. */
static bool is_known(const struct translate_params *p, gaddr pc, gaddr *next)
{
    struct uref unit;
    *next = entry_next(p->known_arg, pc);
    return entry_lookup(p->known_arg, pc, MODE(p->fp_mode, 0), &unit) != 0;
}

static bool is_passed(const struct translate_params *p, gaddr pc)
{
    return cold_passed(p->known_arg, pc);
}

static bool is_jumped_to(const struct translate_params *p, gaddr pc, gaddr *next)
{
    const struct exec *ex = p->known_arg;
    struct uref unit;
    *next = entry_next(ex, pc);
    haddr host = entry_lookup(ex, pc, MODE(p->fp_mode, 0), &unit);
    if (!host || host != unit_host(ex, unit)) {
        return false;
    }
    const struct region *r = &ex->regions.data[unit.region];
    for (struct slot_ref l = r->links[unit.unit].first; l.slot1;) {
        const struct slot_rec *s = &ex->regions.data[l.region ? l.region : unit.region].slots[l.slot1 - 1];
        if (s->kind != SLOT_IC) {
            return false;
        }
        l = s->next;
    }
    return true;
}

/* One translation on its way. */
struct job {
    struct translate_params p;
    struct ir_fn fn;
    struct code_buf out;
    struct chain_abi map; /* of a region */
};

static void find_map(struct exec *ex, struct job *j)
{
    ex->cfg.host->region_map(&j->fn, &ex->ca, &ex->ir_arena, ex->cfg.tier == 2, &j->map);
    if (memcmp(j->map.host_of, ex->ca.host_of, sizeof(j->map.host_of)) != 0) {
        j->out.outer = &ex->ca;
    }
}

/* Lifts and compiles J->p into the end of R. Returns 0, -EFAULT (cannot be read), -ENOSPC, -E2BIG (too much for one
 * unit), -EINVAL (not as a region). */
static int generate(struct exec *ex, struct region *r, struct job *j)
{
    struct ir_builder b;
    struct ir_fn *fn = &j->fn;
    struct code_buf *out = &j->out;
    bool timed = log_on(LOG_stats);
    u64 t0 = timed ? now_ns() : 0;
    arena_reset(&ex->ir_arena);
    ir_begin(&b, fn, &ex->ir_arena, ex->ca.regs, j->p.pc);
    b.sparse_insns = true;
    fn->region = j->p.region;
    /* a region may lie over many pages */
    b.tag_bits = (fn->region ? ex->tagged_any : tags_expected(ex, j->p.pc)) ? ex->cfg.guest->tag_bits : 0;
    fn->fp_rules = ex->ca.fp_rules;
    fn->fp_mode = j->p.fp_mode;
    fn->vmode = j->p.vmode;
    if (!ex->cfg.guest->lift(&b, fn, &ex->ir_arena, &j->p)) {
        return -EFAULT;
    }
    u64 t1 = timed ? now_ns() : 0;
    memset(out, 0, sizeof(*out));
    u32 start = ALIGN_UP(r->text_len, TEXT_ALIGN);
    if (start >= r->text_cap) {
        return -ENOSPC;
    }
    out->text = (u8 *)r->base + start;
    out->cap = r->text_cap - start;
    out->slots = RAW_PTR(region_slot(r, r->slot_count));
    out->slot_cap = r->slot_cap - r->slot_count;
    out->pcrel = r->pcrel;
    out->count = ex->cfg.tier == 0 && !ex->cfg.one_insn && !fn->region;
    if (fn->region) {
        find_map(ex, j);
    }
    int ret = ex->cfg.host->compile(fn, fn->region ? &j->map : &ex->ca, &ex->ir_arena, out);
    if (timed) {
        struct tier_stats *t = &ex->stats.tier[fn->region];
        u64 t2 = now_ns();
        if (!ex->stats.clock_ns) {
            ex->stats.clock_ns = clock_cost_ns();
        }
        t->lift_ns += t1 - t0 - MIN(t1 - t0, ex->stats.clock_ns);
        t->compile_ns += t2 - t1 - MIN(t2 - t1, ex->stats.clock_ns);
    }
    return ret == 0 && out->len > 0xffff ? -E2BIG : ret;
}

/* The same for a unit of tier 1 at PC. */
static int generate_unit(struct exec *ex, struct region *r, gaddr pc, gaddr limit, u32 mode, struct job *j)
{
    struct translate_params *p = &j->p;
    *p = (struct translate_params){.pc = pc, .limit = readable_limit(pc, limit)};
    p->fp_mode = MODE_FP(mode);
    p->vmode = MODE_V(mode);
    p->features = ex->cfg.features;
    p->known = is_known;
    p->known_arg = ex;
    p->passed = ex->cfg.cold ? is_passed : NULL;
    p->max_insns = ex->cfg.one_insn ? 1 : MAX_INSNS;
    p->max_blocks = ex->cfg.one_insn ? 1 : MAX_BLOCKS;
    p->max_conds = ex->cfg.guest->unit_conds;
    if (p->limit <= pc) {
        return -EFAULT;
    }
    for (;;) {
        int ret = generate(ex, r, j);
        if (ret != -E2BIG) {
            return ret;
        }
        if (p->max_insns == 1) {
            bug("one instruction at %#llx needs too many spill slots", (unsigned long long)pc);
        }
        p->max_insns = MIN(p->max_insns, j->fn.guest_insns + 1) / 2;
    }
}

/* What is readable around PC, as far as a region may reach. */
static void region_bounds(gaddr pc, struct translate_params *p)
{
    struct mem_vma v;
    struct mem_module m;
    u8 byte;
    p->lo = p->limit = pc;
    if (!mem_exec_range(pc, &v, &m) || mem_read(&byte, pc, 1) < 0) {
        return;
    }
    p->lo = ALIGN_DOWN(pc, PROBE_PAGE);
    p->limit = p->lo + PROBE_PAGE;
    while (p->limit < v.hi && p->limit - pc < MAX_REGION_SPAN && mem_read(&byte, p->limit, 1) == 0) {
        p->limit += PROBE_PAGE;
    }
    while (p->lo > v.lo && pc - p->lo < MAX_REGION_SPAN && mem_read(&byte, p->lo - 1, 1) == 0) {
        p->lo -= PROBE_PAGE;
    }
    p->lo = MAX(p->lo, v.lo);
    p->limit = MIN(p->limit, v.hi);
}

/* The same for a region. */
static int generate_region(struct exec *ex, struct region *r, gaddr pc, u32 mode, struct uref from, struct job *j)
{
    struct translate_params *p = &j->p;
    *p = (struct translate_params){.pc = pc, .region = true, .max_insns = MAX_REGION_INSNS};
    p->fp_mode = MODE_FP(mode);
    p->vmode = MODE_V(mode);
    p->features = ex->cfg.features;
    p->known = ex->cfg.tier == 2 ? NULL : is_known;
    p->jumped_to = is_jumped_to;
    p->loop = ex->cfg.tier != 2;
    p->known_arg = ex;
    region_bounds(pc, p);
    p->lo = MAX(p->lo, r->lo);
    p->limit = MIN(p->limit, r->hi);
    bool led = from.region && !unit_dead(&ex->regions.data[from.region], from.unit);
    const struct unit *u = led ? unit_of(ex, from) : NULL;
    if (u && u->mode == mode) {
        p->also_lo = ex->regions.data[from.region].lo + u->pc;
        p->also_hi = p->also_lo + u->guest_len;
    }
    if (p->vmode) { /* known along straight code from here on only */
        p->lo = pc;
    }
    for (;;) {
        int ret = p->limit > pc ? generate(ex, r, j) : -EFAULT;
        if (ret == -EINVAL && p->lo < pc) {
            p->lo = pc;
        } else if (ret == -E2BIG && p->max_insns > 16) {
            p->max_insns = MIN(p->max_insns, j->fn.guest_insns + 1) / 2;
        } else {
            return ret == -E2BIG ? -EINVAL : ret;
        }
    }
}

static void *vars_take(struct region *r, size_t size)
{
    void *p = r->vars + r->vars_len;
    r->vars_len += (u32)size;
    return p;
}

/* L with its value counted from LOWEST, from where the unit's pc is. */
static struct loc rebase(struct loc l, s32 lowest)
{
    l.val -= l.kind == LOC_PCREL ? lowest : 0;
    return l;
}

/* Entries and recipes of unit U behind the others of R. What compilation counts from the entry's pc is kept from the
 * LOWEST one of the unit's. */
static void keep_vars(struct region *r, struct unit *u, const struct code_buf *out, s32 lowest)
{
    u->vars = r->vars_len;
    u->entry_count = (u16)out->entry_count;
    u->site_count = (u16)out->recipe_count;
    struct block_entry *e = vars_take(r, sizeof(*e) * out->entry_count);
    for (u32 i = 0; i < out->entry_count; i++) {
        e[i] = out->entries[i];
        e[i].guest -= lowest;
    }
    struct fault_site *s = vars_take(r, sizeof(*s) * out->recipe_count);
    for (u32 i = 0; i < out->recipe_count; i++, s++) {
        const struct recipe *from = &out->recipes[i];
        s32 guest = from->guest - lowest;
        ASSERT(from->host <= 0xffff && guest >= 0 && guest <= 0xffff);
        *s = (struct fault_site){.host = (u16)from->host, .poll = from->is_poll, .guest = (u16)guest};
        s->len = (u8)MIN(from->host_end - from->host, 255u);
        if (from->flags) {
            s->flags = ++u->flag_count;
        }
    }
    for (u32 i = 0; i < out->recipe_count; i++) {
        const struct recipe *from = &out->recipes[i];
        if (from->flags) {
            struct flag_recipe *f = vars_take(r, sizeof(*f));
            *f = (struct flag_recipe){(u8)(from->flags - 1), from->width64, rebase(from->a, lowest),
                                      rebase(from->b, lowest), rebase(from->r, lowest)};
        }
    }
}

/* How the map of region U differs from the chain ABI. */
static void keep_map(struct exec *ex, struct region *r, struct unit *u, const struct chain_abi *map)
{
    for (unsigned reg = 0; reg < map->count; reg++) {
        if (map->host_of[reg] != ex->ca.host_of[reg]) {
            struct map_entry *m = vars_take(r, sizeof(*m));
            *m = (struct map_entry){(u8)reg, map->host_of[reg]};
            u->map_count++;
        }
    }
}

static void keep_slots(struct region *r, u32 unit, const struct code_buf *out, s32 lowest)
{
    u32 text = r->units[unit].text, slot = r->slot_count;
    for (u32 i = 0; i < out->slot_count; i++) {
        const struct slot_info *s = &out->slot_info[i];
        r->slots[slot + i] = (struct slot_rec){.unit = unit,
                                               .stub = text + s->stub,
                                               .target = (s32)s->target - lowest,
                                               .vmode = s->vmode,
                                               .kind = s->kind};
        unlink_slot(r, slot + i);
        if (s->kind != SLOT_DIRECT) { /* its second word */
            i++;
            r->slots[slot + i] = (struct slot_rec){.unit = unit, .kind = s->kind, .second = true};
        }
    }
    r->slot_count += out->slot_count;
}

/* Links the exits of UNIT whose targets are translated already, so that they need not come to the
 * runtime. */
static void link_known(struct exec *ex, struct uref unit, const struct code_buf *out)
{
    const struct region *r = &ex->regions.data[unit.region];
    const struct unit *u = &r->units[unit.unit];
    for (u32 i = 0; i < out->slot_count; i++) {
        const struct slot_info *s = &out->slot_info[i];
        if (s->kind == SLOT_DIRECT) {
            struct uref to;
            gaddr pc = r->lo + u->pc + (u64)(s64)r->slots[u->slot + i].target;
            haddr host = entry_lookup(ex, pc, MODE(MODE_FP(u->mode), s->vmode), &to);
            if (host) {
                link_slot(ex, unit.region, u->slot + i, host, to);
            }
        }
    }
}

static struct uref publish(struct exec *ex, struct region *r, const struct job *j)
{
    const struct ir_fn *fn = &j->fn;
    const struct code_buf *out = &j->out;
    struct uref ref = {(u32)(r - ex->regions.data), r->unit_count};
    struct unit u = {.pc = (u32)(fn->pc + (u64)(s64)fn->lowest - r->lo), .guest_len = (u16)fn->guest_len};
    ASSERT(out->len <= 0xffff && fn->guest_len <= 0xffff && out->slot_count <= 0xffff);
    u.text = (u32)(RAW_PTR(out->text) - r->base);
    u.text_len = (u16)out->len;
    u.slot = r->slot_count;
    u.slot_count = (u16)out->slot_count;
    u.mode = MODE(fn->fp_mode, fn->vmode);
    u.region = fn->region;
    keep_vars(r, &u, out, fn->lowest);
    if (out->outer) {
        keep_map(ex, r, &u, &j->map);
    }
    r->units[r->unit_count++] = u;
    keep_slots(r, ref.unit, out, fn->lowest);
    r->text_len = u.text + u.text_len;
    r->new_text += u.text_len;
    region_look_ahead(r);
    if (log_on(LOG_cache)) {
        vec_push(&ex->hashes, ((struct text_hash){ref, hash_bytes(out->text, out->len)}));
    }
    for (u16 i = 0; i < u.entry_count; i++) {
        entry_add(ex, ref, i);
    }
    page_add(ex, ref);
    link_known(ex, ref, out);
    note_text(ex, ref);
    struct tier_stats *t = &ex->stats.tier[fn->region];
    t->units++;
    t->guest_insns += fn->guest_insns;
    t->text_bytes += out->len;
    return ref;
}

static u32 flag_recipes(const struct code_buf *out)
{
    u32 n = 0;
    for (u32 i = 0; i < out->recipe_count; i++) {
        n += out->recipes[i].flags != 0;
    }
    return n;
}

static void log_input(struct exec *ex, const struct job *j)
{
    if (log_on(LOG_in_asm)) {
        gaddr lo = j->fn.pc + (u64)(s64)j->fn.lowest;
        log_code(ex, j->fn.region ? "IN REGION" : "IN", ex->cfg.guest->name, (const void *)lo, j->fn.guest_len, lo);
    }
    if (log_on(LOG_op)) {
        log_ir(ex, &j->fn);
    }
}

/* Tries to make J of R's code known as *UNIT. False: R has no room for it. */
static bool keep(struct exec *ex, struct region *r, const struct job *j, struct uref *unit)
{
    const struct code_buf *out = &j->out;
    if (!region_has_room(r, out->recipe_count, flag_recipes(out), out->entry_count, out->outer ? IR_MAX_REGS : 0)) {
        return false;
    }
    *unit = publish(ex, r, j);
    fork_learn(ex, j->p.pc, MODE(j->p.fp_mode, j->p.vmode));
    if (log_on(LOG_out_asm)) {
        log_code(ex, "OUT", ex->cfg.host->name, out->text, out->len, RAW_PTR(out->text));
    }
    return true;
}

enum { HOT_SHARE = 3 }; /* of the last loops that ran out */

bool loop_is_hot(struct exec *ex, gaddr pc, u64 *slot)
{
    unsigned n = 0;
    for (unsigned i = 0; i < ARRAY_LEN(ex->loops); i++) {
        n += ex->loops[i] == pc;
    }
    ex->loops[ex->loop_at++ % ARRAY_LEN(ex->loops)] = pc;
    if (n < HOT_SHARE) {
        slot[1] = LOOP_COUNT;
    }
    return n >= HOT_SHARE;
}

/* From now on what leads to PC leads to UNIT. */
static haddr take_over(struct exec *ex, gaddr pc, u32 mode, struct uref old, struct uref unit)
{
    struct uref found;
    haddr host = entry_lookup(ex, pc, mode, &found);
    if (found.unit == unit.unit && found.region == unit.region) {
        relink(ex, old, pc, mode, host, unit);
    }
    return host;
}

haddr exec_promote(struct exec *ex, gaddr pc, u32 mode, struct uref from, struct uref *unit)
{
    struct job j;
    struct uref old, also;
    gaddr limit;
    haddr host = exec_find(ex, pc, mode, unit);
    old = *unit;
    if (!host || unit_of(ex, old)->region || ex->cfg.tier == 1) {
        return host;
    }
    struct region *r = region_for(ex, pc, &limit);
    if (unit_dead(&ex->regions.data[old.region], old.unit)) { /* killed for a new region's sake */
        return exec_find(ex, pc, mode, unit);
    }
    if (!r || generate_region(ex, r, pc, mode, from, &j) != 0) {
        return host;
    }
    log_input(ex, &j);
    haddr also_host = j.fn.also ? entry_lookup(ex, j.p.also_lo, mode, &also) : 0;
    if (!keep(ex, r, &j, unit)) {
        return host;
    }
    if (also_host) {
        take_over(ex, j.p.also_lo, mode, also, *unit);
    }
    return take_over(ex, pc, mode, old, *unit);
}

/* Host address of the entry of a new translation of PC, or one read in; 0: PC cannot be fetched. */
static haddr translate(struct exec *ex, gaddr pc, u32 mode, struct uref *unit)
{
    struct job j;
    gaddr limit;
    for (int tries = 0; tries < 3; tries++) {
        u64 images = ex->stats.images;
        struct region *r = region_for(ex, pc, &limit);
        if (!r) {
            return 0;
        }
        haddr host = ex->stats.images > images ? entry_lookup(ex, pc, mode, unit) : 0;
        if (host) {
            return host;
        }
        int ret = -EINVAL;
        if (ex->cfg.tier == 2 && !ex->cfg.one_insn) {
            ret = generate_region(ex, r, pc, mode, (struct uref){0, 0}, &j);
        }
        if (ret == -EINVAL || ret == -EFAULT) { /* no region: too many jump targets, for example */
            ret = generate_unit(ex, r, pc, limit, mode, &j);
        }
        if (ret == -EFAULT) {
            return 0;
        }
        log_input(ex, &j);
        if (ret == 0 && keep(ex, r, &j, unit)) {
            return unit_host(ex, *unit);
        }
        ASSERT(ret == 0 || ret == -ENOSPC);
        region_retire(ex, r);
    }
    die(1, "the code cache is too small for one translation; raise -tb-cache-size");
}

haddr exec_find(struct exec *ex, gaddr pc, u32 mode, struct uref *unit)
{
    haddr host = entry_lookup(ex, pc, mode, unit);
    return host ? host : translate(ex, pc, mode, unit);
}
