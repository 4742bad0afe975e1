/* One unit from IR to text: a forward look at register homes, then one backward pass that allocates
 * and emits. */
#include <errno.h>
#include <string.h>

#include "backend/x86_64/priv.h"

/* Which of a, b, c of an op are values. */
#define ARG(sig, n)                                                                                \
    (sizeof(sig) > 3 + (n) && (sig)[2 + (n)] != 'v' && (sig)[2 + (n)] != 'l' &&                    \
             (sig)[2 + (n)] != 'k'                                                                 \
         ? 1u << (n)                                                                               \
         : 0u)
static const u8 args_of[IR_OP_COUNT] = {
#define OP(name, sig, flags, meaning) [IR_##name] = ARG(sig, 0) | ARG(sig, 1) | ARG(sig, 2),
#include "ir/ops.def"
#undef OP
};

static inline void count_use(struct cg *g, ir_ref r)
{
    if ((s32)r > 0 && g->vi[r].uses != 0xff) { /* neither none nor a constant */
        g->vi[r].uses++;
    }
}

/* Per guest register during the forward look; what is not above START is of an earlier block. */
struct homes {
    ir_ref cur[IR_MAX_REGS]; /* value known to be in the home */
    u32 last_set[IR_MAX_REGS];
    u32 start;
};

static inline u32 in_block(const struct homes *h, u32 i)
{
    return i > h->start ? i : 0;
}

static void note_set(struct cg *g, struct homes *h, u32 i, const struct ir_ins *in)
{
    unsigned reg = in->aux;
    u32 prev = in_block(h, h->last_set[reg]);
    ir_ref old = in_block(h, h->cur[reg]);
    if (prev && g->vi[prev].bar == g->vi[i].bar) { /* nobody can have seen it */
        struct vinfo *p = &g->vi[prev];
        ir_ref u = g->ins[prev].a;
        p->home = DEAD_SET;
        if (!IR_IS_K(u)) {
            struct vinfo *v = &g->vi[u];
            if (v->home == reg && v->from == prev) {
                v->home = NOHOME;
            }
            v->uses -= v->uses != 0xff;
        }
        old = p->from;
    }
    g->vi[i].from = old;
    if (old) {
        g->vi[old].to = i;
    }
    h->last_set[reg] = i;
    h->cur[reg] = 0;
    if (!IR_IS_K(in->a) && g->vi[in->a].home == NOHOME) {
        struct vinfo *v = &g->vi[in->a];
        v->home = (u8)reg;
        v->from = i;
        v->to = ~0u;
        h->cur[reg] = in->a;
    }
}

/* The value of op I, a GET, or what the ZEXT, F2V or BOX I only renames, is in a home. */
static void note_home(struct cg *g, struct homes *h, u32 i, const struct ir_ins *in)
{
    if (in->op == IR_GET) {
        h->cur[in->aux] = i;
        g->vi[i].home = (u8)in->aux;
        g->vi[i].from = i;
        g->vi[i].to = ~0u;
        return;
    }
    bool same = in->op == IR_F2V || in->op == IR_BOX || (in->op == IR_ZEXT && in->aux == 32 && in->type == IR_I64 &&
                                     ir_type_of(g->fn, in->a) == IR_I32);
    if (same && !IR_IS_K(in->a) && g->vi[in->a].home == NOHOME) {
        g->vi[in->a].home = ALIAS;
        g->vi[in->a].from = i;
    }
}

static inline bool touches_status(unsigned op)
{
    return op == IR_HELPER || op == IR_FPGET || op == IR_FPSET;
}

/* Homes, void SETs, use counts; counts what the tables must hold. */
static void look_ahead(struct cg *g)
{
    static const struct vinfo fresh = {.reg = NOREG, .home = NOHOME};
    struct homes h;
    u32 bar = 0;
    memset(&h, 0, sizeof(h));
    for (u32 i = 0; i < g->fn->len; i++) {
        const struct ir_ins *in = &g->ins[i];
        u8 flags = ir_op_flags[in->op], args = args_of[in->op];
        if (flags & (IR_F_M | IR_F_E) || in->op == IR_BLOCK || touches_status(in->op)) {
            bar++;
            g->recipe_max += (flags & IR_F_M) != 0;
            g->slot_max += flags & IR_F_E ? 4 : 0;
        }
        g->vi[i] = fresh;
        g->vi[i].bar = bar;
        if (args & 1) {
            count_use(g, in->a);
        }
        if (args & 2) {
            count_use(g, in->b);
        }
        if (args & 4) {
            count_use(g, in->c);
        }
        switch (in->op) {
        case IR_SET:
            note_set(g, &h, i, in);
            break;
        case IR_GET:
        case IR_ZEXT:
        case IR_F2V:
        case IR_BOX:
            note_home(g, &h, i, in);
            break;
        case IR_BLOCK:
            g->entry_max++;
            if (g->block_count < ARRAY_LEN(g->blocks)) {
                g->blocks[g->block_count].guest = (s32)in->a;
                g->blocks[g->block_count++].vmode = IR_VMODE(in->aux);
            }
            h.start =
                i; /* values do not outlive their block: their homes are not asked for any more */
            break;
        default:
            break;
        }
    }
}

void to_cold(struct cg *g)
{
    u8 *p = g->e.p;
    g->e.p = g->other_p;
    g->other_p = p;
    g->e.cold = 1;
    g->e.end = g->cold_end;
}

void to_hot(struct cg *g)
{
    u8 *p = g->e.p;
    g->e.p = g->other_p;
    g->other_p = p;
    g->e.cold = 0;
    g->e.end = g->hot_end;
}

static bool loc_possible(const struct cg *g, ir_ref r, bool wide)
{
    if (!r) {
        return false;
    }
    if (!IR_IS_K(r)) {
        return true;
    }
    s64 v = (s64)g->fn->k[r & ~IR_K].lo;
    return !wide || v == (s32)v;
}

static bool has_place(const struct cg *g, ir_ref r)
{
    return IR_IS_K(r) || g->vi[r].reg != NOREG || g->vi[r].spill || ra_home_valid(g, r);
}

/* Operand R of FLAGS op F as recipes name it: only its low half counts when narrow. */
static ir_ref flag_ref(const struct cg *g, const struct ir_ins *f, ir_ref r)
{
    return r && f->type == IR_I32 ? peel32(g, r) : r;
}

/* The recipe of the flags in effect: which two of FLAGS' a, b, c are kept, as a bit set. */
static unsigned choose_flag_locs(const struct cg *g, const struct ir_ins *f)
{
    const ir_ref r[3] = {flag_ref(g, f, f->a), flag_ref(g, f, f->b), flag_ref(g, f, f->c)};
    bool wide = f->type == IR_I64;
    unsigned have = 0, could = 0;
    bool one = f->aux == IR_FL_LOGIC || f->aux == IR_FL_VALUE;
    if (IR_IS_K(f->a) && (one || IR_IS_K(f->b))) {
        return 0; /* the flags are a constant */
    }
    if (one) {
        return 1;
    }
    for (unsigned n = 0; n < 3; n++) {
        if (loc_possible(g, r[n], wide)) {
            could |= 1u << n;
            have |= has_place(g, r[n]) ? 1u << n : 0;
        }
    }
    static const u8 pairs[3] = {3, 5, 6};
    for (unsigned n = 0; n < 3; n++) {
        if ((have & pairs[n]) == pairs[n]) {
            return pairs[n];
        }
    }
    for (unsigned n = 0; n < 3; n++) {
        if ((could & pairs[n]) == pairs[n] && (have & pairs[n])) {
            return pairs[n];
        }
    }
    for (unsigned n = 0; n < 3; n++) {
        if ((could & pairs[n]) == pairs[n]) {
            return pairs[n];
        }
    }
    return 3;
}

void add_recipe(struct cg *g, u32 end, bool poll)
{
    struct recipe *r = &g->recipes[g->recipe_count];
    *r = (struct recipe){.host = here(g), .host_end = end, .guest = g->insn_off, .is_poll = poll};
    g->recipe_cold[g->recipe_count++] = g->e.cold;
    if (g->insn_flags) {
        const struct ir_ins *f = &g->ins[g->insn_flags];
        r->flags = (u8)(1 + f->aux);
        r->width64 = f->type == IR_I64;
        u64 ka, kb = 0;
        if (!g->flag_locs && ir_is_const(g->fn, f->a, &ka) &&
            (!f->b || ir_is_const(g->fn, f->b, &kb))) {
            r->flags = 1 + IR_FL_VALUE;
            r->a = (struct loc){.kind = LOC_CONST,
                                .val = (s32)ir_pack_flags((enum ir_flags_kind)f->aux,
                                                          (enum ir_type)f->type, ka, kb)};
        }
        if (g->flag_locs & 1) {
            r->a = ra_keep(g, flag_ref(g, f, f->a));
        }
        if (g->flag_locs & 2) {
            r->b = ra_keep(g, flag_ref(g, f, f->b));
        }
        if (g->flag_locs & 4) {
            r->r = ra_keep(g, flag_ref(g, f, f->c));
        }
    }
}

static void keep_flags(struct cg *g)
{
    if (g->insn_flags) {
        const struct ir_ins *f = &g->ins[g->insn_flags];
        g->flag_locs = (u8)choose_flag_locs(g, f);
        const ir_ref r[3] = {flag_ref(g, f, f->a), flag_ref(g, f, f->b), flag_ref(g, f, f->c)};
        for (unsigned n = 0; n < 3; n++) {
            if (g->flag_locs & (1u << n)) {
                ra_keep(g, r[n]);
            }
        }
    }
}

static void one_op(struct cg *g, u32 i)
{
    const struct ir_ins *in = &g->ins[i];
    const struct rule *r = &hx64_rules[in->op];
    u8 flags = ir_op_flags[in->op];
    bool live = ra_live(g, i);
    g->i = i;
    if (g->pend.packed == i && !live) {
        g->pend.packed = 0; /* the addition itself is next */
    }
    if (g->pend.kind) {
        bool operand = pend_reads(g, i);
        if (operand && !(live && (r->flags & RF_PEND))) {
            pend_flush(g);
            live = ra_live(g, i);
        } else if (!(r->flags & (RF_SAFE | RF_PEND)) && (live || !(flags & IR_F_P))) {
            pend_flush(g);
        }
    }
    if ((flags & IR_F_P) && !live) {
        if (!(flags & IR_F_X)) {
            return;
        }
        if (in->op == IR_FCMP || in->op == IR_FNZCV) {
            cond_status(g, i, in);
            return;
        }
        pend_flush(g);
    }
    if (flags & IR_F_M) {
        keep_flags(g);
    }
    (r->fn ? r->fn : rule_ref)(g, i, in);
    ra_done(g);
}

#define OP_ROOM 2048 /* most bytes one op may write to a region: kept free below its limit */

static int emit_all(struct cg *g)
{
    for (u32 i = g->fn->len - 1; i > 0; i--) {
        const struct ir_ins *in = &g->ins[i];
        if (in->op == IR_INSN) { /* a third of all ops */
            g->insn_off = (s32)in->a;
            g->insn_flags = in->b;
            continue;
        }
        one_op(g, i);
        if (unlikely(g->e.p < g->hot_limit || g->other_p < g->cold_limit || g->e.overflow)) {
            return -E2BIG;
        }
    }
    g->i = 0;
    pend_flush(g);
    ra_flush_consts(g);
    g->entries[g->entry_count++] = (struct block_entry){here(g), 0, g->fn->vmode};
    return g->err;
}

static u32 pool_room(struct cg *g, unsigned len)
{
    u32 off = ALIGN_UP(g->pool_len, len);
    if (off + len > g->pool_cap) {
        u32 cap = g->pool_cap * 2 + 256;
        u8 *p = arena_zalloc(g->arena, cap);
        memcpy(p, g->pool, g->pool_len);
        g->pool = p;
        g->pool_cap = cap;
    }
    memset(g->pool + g->pool_len, 0, off - g->pool_len);
    g->pool_len = off + len;
    return off;
}

struct mem pool_table(struct cg *g, const u8 *table, unsigned len)
{
    for (u32 off = 0; off + len <= g->pool_len; off += len) {
        if (!memcmp(g->pool + off, table, len)) {
            return mem_rip(FIX_POOL, (s32)off);
        }
    }
    u32 off = pool_room(g, len);
    memcpy(g->pool + off, table, len);
    return mem_rip(FIX_POOL, (s32)off);
}

struct mem pool_mem(struct cg *g, u64 lo, u64 hi, unsigned len)
{
    u64 v[2] = {lo, hi};
    for (u32 off = 0; off < g->pool_len; off += len) {
        if (off + len <= g->pool_len && !memcmp(g->pool + off, v, len)) {
            return mem_rip(FIX_POOL, (s32)off);
        }
    }
    u32 off = pool_room(g, len);
    memcpy(g->pool + off, v, len);
    return mem_rip(FIX_POOL, (s32)off);
}

/* Hot distance of the entry at guest offset OFF. */
static u32 entry_at(const struct cg *g, s64 off)
{
    for (u32 n = 0; n < g->entry_count; n++) {
        if (g->entries[n].guest == off) {
            return g->entries[n].host;
        }
    }
    bug("no block at offset %lld", (long long)off);
}

static void apply_fixes(struct cg *g, u8 *text, u32 hot, u32 cold, u32 pool_off)
{
    haddr base = RAW_PTR(text);
    for (u32 n = 0; n < g->e.fix_count; n++) {
        const struct fix *f = &g->e.fix[n];
        u32 at = (f->cold ? hot + cold : hot) - f->at;
        s64 target = 0;
        switch ((enum fix_kind)f->kind) {
        case FIX_SLOT:
            target = (s64)(g->out->slots + (u64)f->value * 8 - base);
            break;
        case FIX_PC:
            target = (s64)(g->fn->pc + (u64)f->value - base);
            break;
        case FIX_POOL:
            target = pool_off + f->value;
            break;
        case FIX_HOT:
            target = hot - f->value;
            break;
        case FIX_COLD:
            target = (s64)hot + cold - f->value;
            break;
        case FIX_BLOCK:
            target = hot - (s64)entry_at(g, f->value);
            break;
        }
        s64 d = target - (s64)(at + 4);
        ASSERT(d == (s32)d);
        u32 v = (u32)d;
        memcpy(text + at, &v, 4);
    }
}

/* Copies the regions to their place and turns distances from the end into offsets. */
static int finish(struct cg *g)
{
    struct code_buf *out = g->out;
    u32 hot = (u32)(g->hot_end - g->e.p), cold = (u32)(g->cold_end - g->other_p);
    u32 pool_off = g->pool_len ? ALIGN_UP(hot + cold, 16) : hot + cold;
    u32 len = pool_off + g->pool_len;
    if (len > out->cap || g->slot_count > out->slot_cap) {
        return -ENOSPC;
    }
    memcpy(out->text, g->e.p, hot);
    memcpy(out->text + hot, g->other_p, cold);
    if (g->pool_len) {
        memset(out->text + hot + cold, 0xcc, pool_off - hot - cold);
        memcpy(out->text + pool_off, g->pool, g->pool_len);
    }
    apply_fixes(g, out->text, hot, cold, pool_off);
    out->len = len;
    out->code_len = hot + cold;
    for (u32 n = 0; n < g->slot_count; n++) {
        g->slots[n].stub = hot + cold - g->slots[n].stub;
    }
    out->slot_info = g->slots;
    out->slot_count = g->slot_count;
    struct recipe *rec = arena_alloc(g->arena, sizeof(*rec) * (g->recipe_count + 1));
    u32 k = 0;
    for (unsigned c = 0; c < 2; c++) {
        u32 end = c ? hot + cold : hot;
        for (u32 n = g->recipe_count; n-- > 0;) {
            if (g->recipe_cold[n] == c) {
                rec[k] = g->recipes[n];
                rec[k].host = end - rec[k].host;
                rec[k].host_end = end - rec[k].host_end;
                k++;
            }
        }
    }
    out->recipes = rec;
    out->recipe_count = k;
    for (u32 n = 0; n < g->entry_count / 2; n++) {
        struct block_entry t = g->entries[n];
        g->entries[n] = g->entries[g->entry_count - 1 - n];
        g->entries[g->entry_count - 1 - n] = t;
    }
    for (u32 n = 0; n < g->entry_count; n++) {
        g->entries[n].host = hot - g->entries[n].host;
    }
    out->entries = g->entries;
    out->entry_count = g->entry_count;
    return 0;
}

/* The regions are written from their ends. Mostly of one size and first in the arena's rest, so
 * that unit after unit uses the same pages. */
static void make_regions(struct cg *g)
{
    size_t room = (size_t)ALIGN_UP(g->fn->len, 256u) * 64 + 4 * OP_ROOM;
    u8 *hot = arena_alloc(g->arena, room), *cold = arena_alloc(g->arena, room);
    g->hot_limit = hot + OP_ROOM;
    g->cold_limit = cold + OP_ROOM;
    g->hot_end = hot + room;
    g->cold_end = cold + room;
    g->e.p = g->e.end = g->hot_end;
    g->other_p = g->cold_end;
}

static void set_up(struct cg *g)
{
    u32 n = g->fn->len;
    struct arena *a = g->arena;
    make_regions(g);
    g->vi = arena_alloc(a, sizeof(*g->vi) * n);
    g->kreg = arena_alloc(a, g->fn->klen + 1);
    memset(g->kreg, NOREG, g->fn->klen + 1);
    look_ahead(g);
    g->slots = arena_alloc(a, sizeof(*g->slots) * (g->slot_max + 4));
    g->recipe_max = g->recipe_max * 3 + 4;
    g->recipes = arena_alloc(a, sizeof(*g->recipes) * g->recipe_max);
    g->recipe_cold = arena_alloc(a, g->recipe_max);
    g->entries = arena_alloc(a, sizeof(*g->entries) * (g->entry_max + 1));
    g->e.fix_cap = n * 8 + 64;
    g->e.fix = arena_alloc(a, sizeof(*g->e.fix) * g->e.fix_cap);
    g->rf[GPR].temps = HX64_TEMP_GPRS;
    g->rf[XMM].temps = HX64_TEMP_XMMS;
}

int hx64_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena,
                 struct code_buf *out)
{
    struct cg g;
    memset(&g, 0, offsetof(struct cg, pre));
    g.npre = 0;
    memset(&g.spill_used, 0, sizeof(g) - offsetof(struct cg, spill_used));
    g.fn = fn;
    g.ca = ca;
    g.ins = fn->ins;
    g.arena = arena;
    g.out = out;
    g.features = g.e.features = ca->features;
    g.avx = ca->features & HOST_AVX;
    g.evex = ca->features & HOST_AVX512VL;
    set_up(&g);
    int ret = emit_all(&g);
    return ret ? ret : finish(&g);
}
