/* One translation: lift, compile, publish. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "exec/priv.h"

/* Limits of a unit. Conditional branches: of what lies behind two, half is never run, and a short
 * program spends its time in translation. Whole loops are taken all the same, so warm code is none
 * the slower. */
#define MAX_INSNS 128
#define MAX_BLOCKS 6
#define MAX_CONDS 2
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
static bool is_known(const struct translate_params *p, gaddr pc)
{
    haddr host;
    return entry_lookup(p->known_arg, pc, p->fp_mode, &host) != 0;
}

/* Lifts and compiles PC into the end of R. Returns 0, -EFAULT (cannot be read), -ENOSPC. */
static int generate(struct exec *ex, struct region *r, gaddr pc, gaddr limit, u8 mode,
                    struct ir_fn *fn, struct code_buf *out)
{
    struct translate_params p = {.pc = pc, .limit = readable_limit(pc, limit), .fp_mode = mode};
    p.features = ex->cfg.features;
    p.known = is_known;
    p.known_arg = ex;
    p.max_insns = ex->cfg.one_insn ? 1 : MAX_INSNS;
    p.max_blocks = ex->cfg.one_insn ? 1 : MAX_BLOCKS;
    p.max_conds = MAX_CONDS;
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
        fn->fp_rules = ex->ca.fp_rules;
        fn->fp_mode = mode;
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
        out->slots = RAW_PTR(region_slot(r, (u32)r->slots.len));
        out->slot_base = (u32)(r - ex->regions.data) << SLOT_REGION_SHIFT | (u32)r->slots.len;
        out->slot_cap = r->slot_cap - (u32)r->slots.len;
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

static void keep_sites(struct exec *ex, struct unit *u, const struct code_buf *out)
{
    u32 flags = 0;
    for (u32 i = 0; i < out->recipe_count; i++) {
        flags += out->recipes[i].flags != 0;
    }
    u->site_count = (u16)out->recipe_count;
    u->sites = arena_alloc(&ex->meta, sizeof(*u->sites) * out->recipe_count);
    u->flags = flags ? arena_alloc(&ex->meta, sizeof(*u->flags) * flags) : NULL;
    flags = 0;
    for (u32 i = 0; i < out->recipe_count; i++) {
        const struct recipe *r = &out->recipes[i];
        struct fault_site *s = &u->sites[i];
        ASSERT(r->host <= 0xffff && r->guest >= 0 && r->guest <= 0xffff);
        *s = (struct fault_site){.host = (u16)r->host, .poll = r->is_poll, .guest = (u16)r->guest};
        s->len = (u8)MIN(r->host_end - r->host, 255u);
        if (r->flags) {
            u->flags[flags] =
                (struct flag_recipe){(u8)(r->flags - 1), r->width64, r->a, r->b, r->r};
            s->flags = (u16)++flags;
        }
    }
}

/* Links the exits of UNIT whose targets are translated already, so that they need not come to the
 * runtime. */
static void link_known(struct exec *ex, u32 id, const struct code_buf *out)
{
    const struct unit *u = &ex->units.data[id];
    for (u32 i = 0; i < out->slot_count; i++) {
        haddr host;
        if (out->slot_info[i].kind == SLOT_DIRECT) {
            u32 to = entry_lookup(ex, u->pc + (u64)out->slot_info[i].target, u->mode, &host);
            if (to) {
                link_slot(ex, u->region, u->slot + i, host, to);
            }
        }
    }
}

static u32 publish(struct exec *ex, struct region *r, const struct ir_fn *fn,
                   const struct code_buf *out)
{
    struct unit u = {
        .pc = fn->pc, .guest_len = fn->guest_len, .region = (u32)(r - ex->regions.data)};
    u32 id = (u32)ex->units.len;
    u.text = (u32)(RAW_PTR(out->text) - r->base);
    u.text_len = out->len;
    u.slot = (u32)r->slots.len;
    u.slot_count = out->slot_count;
    u.mode = fn->fp_mode;
    u.entry_count = (u16)out->entry_count;
    u.entries = arena_alloc(&ex->meta, sizeof(*u.entries) * out->entry_count);
    memcpy(u.entries, out->entries, sizeof(*u.entries) * out->entry_count);
    keep_sites(ex, &u, out);
    if (log_on(LOG_cache)) {
        u.hash = (u32)hash_bytes(out->text, out->len);
    }
    for (u32 i = 0; i < out->slot_count; i++) {
        const struct slot_info *s = &out->slot_info[i];
        struct slot_rec rec = {
            .unit = id, .kind = s->kind, .target = (s32)s->target, .stub = u.text + s->stub};
        vec_push(&r->slots, rec);
        unlink_slot(ex, u.region, u.slot + i);
        if (s->kind == SLOT_IC) { /* its second word */
            rec.second = true;
            vec_push(&r->slots, rec);
            i++;
        }
    }
    r->text_len = u.text + u.text_len;
    vec_push(&r->units, id);
    vec_push(&ex->units, u);
    for (u16 i = 0; i < u.entry_count; i++) {
        entry_add(ex, id, i);
    }
    page_add(ex, id);
    link_known(ex, id, out);
    ex->stats.units++;
    ex->stats.guest_insns += fn->guest_insns;
    ex->stats.guest_bytes += fn->guest_len;
    ex->stats.text_bytes += out->len;
    return id;
}

static u32 translate(struct exec *ex, gaddr pc, u8 mode)
{
    struct ir_fn fn;
    struct code_buf out;
    gaddr limit;
    for (int tries = 0; tries < 3; tries++) {
        struct region *r = region_for(ex, pc, &limit);
        if (!r) {
            return 0;
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
        if (ret == 0) {
            u32 unit = publish(ex, r, &fn, &out);
            if (log_on(LOG_out_asm)) {
                log_code(ex, "OUT", ex->cfg.host->name, out.text, out.len, RAW_PTR(out.text));
            }
            return unit;
        }
        ASSERT(ret == -ENOSPC);
        region_retire(ex, r);
    }
    die(1, "the code cache is too small for one translation; raise -tb-cache-size");
}

haddr exec_find(struct exec *ex, gaddr pc, u8 mode, u32 *unit_out)
{
    haddr host;
    u32 unit = entry_lookup(ex, pc, mode, &host);
    if (!unit) {
        unit = translate(ex, pc, mode);
        if (!unit) {
            return 0;
        }
        const struct unit *u = &ex->units.data[unit];
        host = unit_text(ex, u) + u->entries[0].host;
    }
    *unit_out = unit;
    return host;
}
