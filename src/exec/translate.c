/* One translation: lift, compile, publish. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "exec/priv.h"

/* Limits of a unit. Its conditional branches are the guest's to limit (unit_conds): of what lies behind
 * a few, half is never run, and a short program spends its time in translation. Whole loops are taken all
 * the same. */
#define MAX_INSNS 128
#define MAX_BLOCKS 6
#define TEXT_ALIGN 16
#define PROBE_PAGE 4096u

static u64 now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC,
                  &ts); /* of the vDSO: a system call would cost more than a translation */
    return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
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

/* A unit that would run into one that exists ends there: what follows is not translated twice. */
static bool is_known(const struct translate_params *p, gaddr pc, gaddr *next)
{
    struct uref unit;
    *next = entry_next(p->known_arg, pc);
    return entry_lookup(p->known_arg, pc, MODE(p->fp_mode, 0), &unit) != 0;
}

/* Lifts and compiles PC into the end of R. Returns 0, -EFAULT (cannot be read), -ENOSPC. */
static int generate(struct exec *ex, struct region *r, gaddr pc, gaddr limit, u32 mode,
                    struct ir_fn *fn, struct code_buf *out)
{
    struct translate_params p = {.pc = pc, .limit = readable_limit(pc, limit)};
    p.fp_mode = MODE_FP(mode);
    p.vmode = MODE_V(mode);
    p.features = ex->cfg.features;
    p.known = is_known;
    p.known_arg = ex;
    p.max_insns = ex->cfg.one_insn ? 1 : MAX_INSNS;
    p.max_blocks = ex->cfg.one_insn ? 1 : MAX_BLOCKS;
    p.max_conds = ex->cfg.guest->unit_conds;
    if (p.limit <= pc) {
        return -EFAULT;
    }
    bool timed = log_on(LOG_stats);
    for (;;) {
        struct ir_builder b;
        u64 t0 = timed ? now_ns() : 0;
        arena_reset(&ex->ir_arena);
        memset(fn, 0, sizeof(*fn));
        ir_begin(&b, fn, &ex->ir_arena, ex->ca.regs, pc);
        b.sparse_insns = true;
        b.tag_bits = tags_expected(ex, pc) ? ex->cfg.guest->tag_bits : 0;
        fn->fp_rules = ex->ca.fp_rules;
        fn->fp_mode = MODE_FP(mode);
        fn->vmode = MODE_V(mode);
        if (!ex->cfg.guest->lift(&b, fn, &ex->ir_arena, &p)) {
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
        int ret = ex->cfg.host->compile(fn, &ex->ca, &ex->ir_arena, out);
        if (timed) {
            ex->stats.lift_ns += t1 - t0;
            ex->stats.compile_ns += now_ns() - t1;
        }
        if (ret != -E2BIG) {
            return ret;
        }
        if (p.max_insns == 1) {
            bug("one instruction at %#llx needs too many spill slots", (unsigned long long)pc);
        }
        p.max_insns = MIN(p.max_insns, fn->guest_insns + 1) / 2;
    }
}

static void *vars_take(struct region *r, size_t size)
{
    void *p = r->vars + r->vars_len;
    r->vars_len += (u32)size;
    return p;
}

/* Entries and recipes of unit U behind the others of R. */
static void keep_vars(struct region *r, struct unit *u, const struct code_buf *out)
{
    u->vars = r->vars_len;
    u->entry_count = (u16)out->entry_count;
    u->site_count = (u16)out->recipe_count;
    size_t len = sizeof(*out->entries) * out->entry_count;
    memcpy(vars_take(r, len), out->entries, len);
    struct fault_site *s = vars_take(r, sizeof(*s) * out->recipe_count);
    for (u32 i = 0; i < out->recipe_count; i++, s++) {
        const struct recipe *from = &out->recipes[i];
        ASSERT(from->host <= 0xffff && from->guest >= 0 && from->guest <= 0xffff);
        *s = (struct fault_site){
            .host = (u16)from->host, .poll = from->is_poll, .guest = (u16)from->guest};
        s->len = (u8)MIN(from->host_end - from->host, 255u);
        if (from->flags) {
            s->flags = ++u->flag_count;
        }
    }
    for (u32 i = 0; i < out->recipe_count; i++) {
        const struct recipe *from = &out->recipes[i];
        if (from->flags) {
            struct flag_recipe *f = vars_take(r, sizeof(*f));
            *f = (struct flag_recipe){
                (u8)(from->flags - 1), from->width64, from->a, from->b, from->r};
        }
    }
}

static void keep_slots(struct region *r, u32 unit, const struct code_buf *out)
{
    u32 text = r->units[unit].text, slot = r->slot_count;
    for (u32 i = 0; i < out->slot_count; i++) {
        const struct slot_info *s = &out->slot_info[i];
        r->slots[slot + i] = (struct slot_rec){.unit = unit,
                                               .stub = text + s->stub,
                                               .target = (s32)s->target,
                                               .vmode = s->vmode,
                                               .kind = s->kind};
        unlink_slot(r, slot + i);
        if (s->kind == SLOT_IC) { /* its second word */
            i++;
            r->slots[slot + i] = (struct slot_rec){.unit = unit, .kind = SLOT_IC, .second = true};
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
            gaddr pc = r->lo + u->pc + (u64)s->target;
            haddr host = entry_lookup(ex, pc, MODE(MODE_FP(u->mode), s->vmode), &to);
            if (host) {
                link_slot(ex, unit.region, u->slot + i, host, to);
            }
        }
    }
}

static struct uref publish(struct exec *ex, struct region *r, const struct ir_fn *fn,
                           const struct code_buf *out)
{
    struct uref ref = {(u32)(r - ex->regions.data), r->unit_count};
    struct unit u = {.pc = (u32)(fn->pc - r->lo), .guest_len = (u16)fn->guest_len};
    ASSERT(out->len <= 0xffff && fn->guest_len <= 0xffff && out->slot_count <= 0xffff);
    u.text = (u32)(RAW_PTR(out->text) - r->base);
    u.text_len = (u16)out->len;
    u.slot = r->slot_count;
    u.slot_count = (u16)out->slot_count;
    u.mode = MODE(fn->fp_mode, fn->vmode);
    keep_vars(r, &u, out);
    r->units[r->unit_count++] = u;
    keep_slots(r, ref.unit, out);
    r->text_len = u.text + u.text_len;
    r->new_text += u.text_len;
    if (log_on(LOG_cache)) {
        vec_push(&ex->hashes, ((struct text_hash){ref, hash_bytes(out->text, out->len)}));
    }
    for (u16 i = 0; i < u.entry_count; i++) {
        entry_add(ex, ref, i);
    }
    page_add(ex, ref);
    link_known(ex, ref, out);
    ex->stats.units++;
    ex->stats.guest_insns += fn->guest_insns;
    ex->stats.guest_bytes += fn->guest_len;
    ex->stats.text_bytes += out->len;
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

static haddr unit_host(const struct exec *ex, struct uref unit)
{
    const struct region *r = &ex->regions.data[unit.region];
    const struct unit *u = &r->units[unit.unit];
    return r->base + u->text + unit_entries(r, u)[0].host;
}

/* Host address of the entry of a new translation of PC, or one read in; 0: PC cannot be fetched. */
static haddr translate(struct exec *ex, gaddr pc, u32 mode, struct uref *unit)
{
    struct ir_fn fn;
    struct code_buf out;
    gaddr limit;
    for (int tries = 0; tries < 3; tries++) {
        size_t regions = ex->regions.len;
        struct region *r = region_for(ex, pc, &limit);
        if (!r) {
            return 0;
        }
        haddr host = ex->regions.len > regions && r->image.hash ? entry_lookup(ex, pc, mode, unit) : 0;
        if (host) {
            return host;
        }
        int ret = generate(ex, r, pc, limit, mode, &fn, &out);
        if (ret == -EFAULT) {
            return 0;
        }
        if (log_on(LOG_in_asm)) {
            log_code(ex, "IN", ex->cfg.guest->name, (const void *)pc, fn.guest_len, pc);
        }
        if (log_on(LOG_op)) {
            log_ir(ex, &fn);
        }
        if (ret == 0 &&
            region_has_room(r, out.recipe_count, flag_recipes(&out), out.entry_count)) {
            *unit = publish(ex, r, &fn, &out);
            fork_learn(ex, pc, mode);
            if (log_on(LOG_out_asm)) {
                log_code(ex, "OUT", ex->cfg.host->name, out.text, out.len, RAW_PTR(out.text));
            }
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
