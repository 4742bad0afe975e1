/* One unit from IR to text: a forward look at register homes, then one backward pass that allocates
 * and emits. */
#include <errno.h>
#include <string.h>

#include "backend/x86_64/priv.h"

/* Per guest register during the forward look; what is not above START is of an earlier block. */
struct homes {
    u16 cur[IR_MAX_REGS]; /* value known to be in it */
    u16 last_set[IR_MAX_REGS];
    u32 start;
};

static inline u32 in_block(const struct homes *h, u32 i)
{
    return i > h->start ? i : 0;
}

/* Nobody can have seen what the SET at PREV wrote. Returns the value before it. */
static ir_ref drop_set(struct cg *g, u32 prev)
{
    struct vinfo *p = &g->vi[prev];
    ir_ref u = g->ins[prev].a;
    p->home = DEAD_SET;
    if (!IR_IS_K(u) && g->vi[u].home == g->ins[prev].aux && g->vi[u].from == prev) {
        g->vi[u].home = NOHOME;
    }
    return p->from;
}

static inline void in_home(struct vinfo *v, unsigned reg, u32 from)
{
    v->home = (u8)reg;
    v->from = (u16)from;
    v->to = HOME_LASTS;
}

/* BAR: the last barrier before it. */
static inline void note_set(struct cg *g, struct homes *h, u32 i, const struct ir_ins *in, u32 bar)
{
    struct vinfo *vi = g->vi;
    unsigned reg = in->aux;
    u32 prev = in_block(h, h->last_set[reg]);
    ir_ref old = in_block(h, h->cur[reg]);
    if (prev > bar) {
        old = drop_set(g, prev);
    }
    vi[i].from = (u16)old;
    if (old) {
        vi[old].to = (u16)i;
    }
    h->last_set[reg] = (u16)i;
    h->cur[reg] = 0;
    if (!IR_IS_K(in->a) && vi[in->a].home == NOHOME) {
        in_home(&vi[in->a], reg, i);
        h->cur[reg] = (u16)in->a;
    }
}

/* The value that ZEXT, F2V or BOX I only renames is where the op's is. */
static NOINLINE void note_rename(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool same = in->op == IR_F2V || in->op == IR_BOX ||
                (in->aux == 32 && in->type == IR_I64 && ir_type_of(g->fn, in->a) == IR_I32);
    if (same && !IR_IS_K(in->a) && g->vi[in->a].home == NOHOME) {
        g->vi[in->a].home = ALIAS;
        g->vi[in->a].from = (u16)i;
    }
}

/* What the forward look does about each op. */
enum look { LOOK_PAST, LOOK_BARRIER, LOOK_SET, LOOK_GET, LOOK_RENAME, LOOK_BLOCK };
enum { P = IR_F_P, C = IR_F_C, M = IR_F_M, E = IR_F_E, S = IR_F_S, Q = IR_F_Q, X = IR_F_X };
#define LOOK(op, flags)                                                                            \
    (op == IR_SET                                          ? LOOK_SET                              \
     : op == IR_GET                                        ? LOOK_GET                              \
     : op == IR_ZEXT || op == IR_F2V || op == IR_BOX       ? LOOK_RENAME                           \
     : op == IR_BLOCK                                      ? LOOK_BLOCK                            \
     : op == IR_HELPER || op == IR_FPGET || op == IR_FPSET ? LOOK_BARRIER                          \
     : ((flags) & (M | E))                                 ? LOOK_BARRIER                          \
                                                           : LOOK_PAST)
static const u8 look_of[IR_OP_COUNT] = {
#define OP(name, sig, flags, meaning) [IR_##name] = LOOK(IR_##name, flags),
#include "ir/ops.def"
#undef OP
};

/* Homes, void SETs, barriers. */
static void look_ahead(struct cg *g)
{
    const u64 fresh = (u64)NOREG << 32 | (u64)NOHOME << 48; /* reg, home */
    const struct ir_ins *in = g->ins;
    struct vinfo *vi = g->vi;
    u16 *bars = g->bars;
    size_t bar = 0, len = g->fn->len;
    struct homes h;
    memset(h.cur, 0, sizeof(h.cur[0]) * g->ca->count);
    memset(h.last_set, 0, sizeof(h.last_set[0]) * g->ca->count);
    h.start = 0;
    for (size_t i = 0; i < len; i++, in++) {
        memcpy(&vi[i], &fresh, sizeof(fresh));
        u8 look = look_of[in->op];
        if (look <= LOOK_BARRIER) { /* which of the two cannot be foreseen: no branch */
            *bars = (u16)bar;
            bars += look;
            bar = look ? i : bar;
        } else if (look == LOOK_SET) {
            note_set(g, &h, (u32)i, in, (u32)bar);
        } else if (look == LOOK_GET) {
            h.cur[in->aux] = (u16)i;
            in_home(&vi[i], in->aux, (u32)i);
        } else if (look == LOOK_RENAME) {
            note_rename(g, (u32)i, in);
        } else {
            block_add(g, in);
            /* values do not outlive their block: no more is asked of their homes */
            h.start = (u32)i;
            *bars++ = (u16)bar;
            bar = i;
        }
    }
    g->bars = bars;
    g->bar = (u32)bar;
}

void block_add(struct cg *g, const struct ir_ins *in)
{
    if (g->block_count == g->block_cap) {
        struct block *old = g->blocks;
        g->blocks = arena_alloc(g->arena, (size_t)g->block_cap * 2 * sizeof(*old));
        memcpy(g->blocks, old, g->block_cap * sizeof(*old));
        g->block_cap *= 2;
    }
    g->blocks[g->block_count++] = (struct block){.guest = (s32)in->a, .vmode = IR_VMODE(in->aux)};
}

u32 block_done(struct cg *g)
{
    struct block *b = &g->blocks[--g->block_at];
    b->done = true;
    b->host = here(g);
    return g->block_at;
}

void to_cold(struct cg *g)
{
    cold_check(g);
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
    u64 k;
    if (ir_is_const(g->fn, f->a, &k) && (one || ir_is_const(g->fn, f->b, &k))) {
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

void recipe_flags(struct cg *g, struct recipe *r, const struct ir_ins *f)
{
    u64 ka, kb = 0;
    r->flags = (u8)(1 + f->aux);
    r->width64 = f->type == IR_I64;
    r->a = r->b = r->r = (struct loc){.kind = LOC_NONE};
    if (!g->flag_locs && ir_is_const(g->fn, f->a, &ka) &&
        (!f->b || ir_is_const(g->fn, f->b, &kb))) {
        r->flags = 1 + IR_FL_VALUE;
        r->a = (struct loc){
            .kind = LOC_CONST,
            .val = (s32)ir_pack_flags((enum ir_flags_kind)f->aux, (enum ir_type)f->type, ka, kb)};
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

static void keep_flags(struct cg *g)
{
    const struct ir_ins *f = &g->ins[g->insn_flags];
    g->flag_locs = (u8)choose_flag_locs(g, f);
    const ir_ref r[3] = {flag_ref(g, f, f->a), flag_ref(g, f, f->b), flag_ref(g, f, f->c)};
    for (unsigned n = 0; n < 3; n++) {
        if (g->flag_locs & (1u << n)) {
            ra_keep(g, r[n]);
        }
    }
}

/* Flags are pending at op I: emits their comparison where the op is an operand of it or would spoil
 * them. Returns whether the op is live. */
static bool settle_flags(struct cg *g, u32 i, const struct ir_ins *in, bool live)
{
    u8 rule = hx64_rules[in->op].flags;
    if (g->pend.packed == i && !live) {
        g->pend.packed = 0; /* the addition itself is next */
    }
    if (pend_reads(g, i)) {
        if (!(live && (rule & RF_PEND))) {
            pend_flush(g);
        }
    } else if (!(rule & (RF_SAFE | RF_PEND)) && (live || !(ir_op_flags[in->op] & IR_F_P))) {
        pend_flush(g);
    }
    return ra_live(g, i);
}

/* Op I has no value that anybody wants. True when it runs all the same, for the FP status. */
static inline bool settle_dead(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (likely(!(ir_op_flags[in->op] & IR_F_X))) {
        return false;
    }
    if (in->op == IR_FCMP || in->op == IR_FNZCV) {
        cond_status(g, i, in);
        return false;
    }
    pend_flush(g);
    return true;
}

static inline void one_op(struct cg *g, u32 i, const struct ir_ins *in)
{
    u8 flags = ir_op_flags[in->op];
    bool live = ra_live(g, i);
    g->i = i;
    if (g->pend.kind) {
        live = settle_flags(g, i, in, live);
    }
    if (((flags & IR_F_P) != 0) & !live && !settle_dead(g, i, in)) {
        return;
    }
    if (unlikely(g->insn_flags) && (flags & IR_F_M)) {
        keep_flags(g);
    }
    hx64_rules[in->op].fn(g, i, in);
}

/* Most bytes an op and the SETs before it write to a region: kept free below its limit. */
#define OP_ROOM 4096

static int emit_all(struct cg *g)
{
    const struct ir_ins *in = g->ins + g->fn->len;
    for (u32 i = g->fn->len; --i > 0;) {
        in--;
        if (in->op == IR_INSN) {
            g->insn_off = (s32)in->a;
            g->insn_flags = in->b;
            continue;
        }
        if (in->op == IR_SET) { /* the commonest op: leaves pending flags alone, is no barrier */
            g->i = i;
            rule_set(g, i, in);
            continue;
        }
        one_op(g, i, in);
        ra_done(g);
        if (i == g->bar) {
            g->bar = *--g->bars;
        }
        if (unlikely(g->e.p < g->hot_limit)) {
            return -E2BIG;
        }
    }
    g->i = 0;
    pend_flush(g);
    ra_flush_consts(g);
    block_done(g);
    if (!g->fn->region) {
        add_entry(g, 0, g->fn->vmode);
    }
    return g->e.overflow ? -E2BIG : g->err;
}

u32 pool_room(struct cg *g, unsigned len, unsigned align)
{
    u32 off = ALIGN_UP(g->pool_len, align);
    if (off + len > g->pool_cap) {
        u32 cap = (g->pool_cap + len) * 2 + 256;
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
    u32 off = pool_room(g, len, len);
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
    u32 off = pool_room(g, len, len);
    memcpy(g->pool + off, v, len);
    return mem_rip(FIX_POOL, (s32)off);
}

static void apply_fixes(struct cg *g, u8 *text, u32 hot, u32 cold, u32 pool_off)
{
    haddr text_pc = RAW_PTR(text);
    /* target in the text = base + factor * value */
    static const s8 factor[] = {[FIX_SLOT] = 8, [FIX_PC] = 1,    [FIX_POOL] = 1,
                                [FIX_HOT] = -1, [FIX_COLD] = -1, [FIX_BLOCK] = 0};
    const s64 base[] = {[FIX_SLOT] = (s64)(g->out->slots - text_pc),
                        [FIX_PC] = (s64)(g->fn->pc - text_pc),
                        [FIX_POOL] = pool_off,
                        [FIX_HOT] = hot,
                        [FIX_COLD] = hot + cold,
                        [FIX_BLOCK] = hot};
    for (const struct fix *f = g->fixes; f < g->e.fix; f++) {
        u32 behind = (f->cold ? hot + cold : hot) - f->at + 4;
        s64 d = base[f->kind] + (s64)factor[f->kind] * f->value - behind;
        if (f->kind == FIX_BLOCK) {
            d -= g->blocks[f->value].host;
        }
        ASSERT(d == (s32)d);
        u32 v = (u32)d;
        memcpy(text + behind - 4, &v, 4);
    }
}

/* Stubs are in the cold region, which ends at END; those of direct exits name their slot. */
static void finish_slots(struct cg *g, u8 *text, u32 end)
{
    s64 slot = (s64)(g->out->slots - RAW_PTR(text));
    struct slot_info *s = g->slots;
    for (u32 n = 0; n < g->slot_count; n++, s++, slot += 8) {
        bool first = s->stub; /* not the counter of a loop */
        s->stub = end - s->stub;
        if (s->kind != SLOT_IC && first) {
            u32 d = (u32)(slot - (s->stub + 7)); /* behind the lea */
            memcpy(text + s->stub + 3, &d, 4);
        }
    }
}

/* The cold region's behind those of the hot one; END: offsets of the regions' ends. */
static void finish_recipes(struct cg *g, u32 hot_end, u32 cold_end)
{
    struct recipe *r = g->recipes[0], *end = g->recipes_end[0];
    u32 cold = (u32)(g->recipes_end[1] - g->recipes[1]);
    g->out->recipes = r;
    g->out->recipe_count = (u32)(end - r) + cold;
    for (; r < end; r++) {
        r->host = hot_end - r->host;
        r->host_end = hot_end - r->host_end;
    }
    memcpy(r, g->recipes[1], cold * sizeof(*r)); /* mostly none */
    for (end = r + cold; r < end; r++) {
        r->host = cold_end - r->host;
        r->host_end = cold_end - r->host_end;
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
    if (g->jumps.len) {
        jump_table_finish(g, out->text, hot, cold, pool_off);
    }
    out->len = len;
    out->code_len = hot + cold;
    finish_slots(g, out->text, hot + cold);
    out->slot_info = g->slots;
    out->slot_count = g->slot_count;
    finish_recipes(g, hot, hot + cold);
    for (u32 n = 0; n < g->entry_count; n++) {
        g->entries[n].host = (g->fn->region ? hot + cold : hot) - g->entries[n].host;
    }
    out->entries = g->entries;
    out->entry_count = g->entry_count;
    bool found = !g->fn->region;
    for (u32 n = 0; n < g->entry_count && !found; n++) {
        found = g->entries[n].guest == 0;
    }
    return found ? 0 : -EINVAL;
}

/* The next COUNT things of SIZE bytes from *P. */
static void *carve(u8 **p, size_t count, size_t size)
{
    void *r = *p;
    *p += ALIGN_UP(count * size, 16);
    return r;
}

/* Memory for the regions, which are written from their ends, and the tables. How it is laid out
 * depends on the number of ops only roughly, so that unit after unit uses the same few pages. */
static void make_room(struct cg *g)
{
    size_t n = ALIGN_UP(g->fn->len, 256u), k = ALIGN_UP(g->fn->klen, 64u), fixes = n * 8 + 64,
           text = n * 64 + 2 * OP_ROOM;
    u8 *p = arena_alloc(g->arena,
                        2 * text + fixes * sizeof(struct fix) + k +
                            n * (sizeof(struct vinfo) + sizeof(u16) + 4 * sizeof(struct slot_info) +
                                 3 * sizeof(struct recipe) + sizeof(struct block_entry)));
    g->vi = carve(&p, n, sizeof(struct vinfo));
    g->bars = carve(&p, n, sizeof(u16));
    g->kreg = carve(&p, k, 1);
    g->fixes = g->e.fix = carve(&p, fixes, sizeof(struct fix));
    g->e.fix_end = g->fixes + fixes;
    g->slots = carve(&p, n * 4, sizeof(struct slot_info));
    carve(&p, n * 2, sizeof(struct recipe));
    g->recipes_end[0] = g->recipes[0] = (struct recipe *)p;
    carve(&p, n, sizeof(struct recipe));
    g->recipes_end[1] = g->recipes[1] = (struct recipe *)p;
    carve(&p, n, sizeof(struct block_entry));
    g->entries = (struct block_entry *)p;
    g->hot_limit = p + OP_ROOM;
    carve(&p, text, 1);
    g->cold_limit = p + OP_ROOM;
    g->e.p = g->e.end = g->hot_end = p;
    carve(&p, text, 1);
    g->other_p = g->cold_end = p;
}

/* Temporaries are what is left over by the pins. */
static void find_temps(struct cg *g)
{
    g->rf[GPR].temps = HX64_TEMP_GPRS;
    g->rf[XMM].temps = HX64_TEMP_XMMS;
    for (unsigned r = 0; g->out->outer && r < g->ca->count; r++) {
        if (g->ca->host_of[r] >= 0) {
            g->rf[file_of(g->ca->regs[r].type)].temps &= ~BIT((unsigned)g->ca->host_of[r]);
        }
    }
}

int hx64_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena,
                 struct code_buf *out)
{
    struct cg g;
    if (fn->len >= MAX_OPS) {
        return -E2BIG;
    }
    memset(&g, 0, offsetof(struct cg, coal_old));
    g.fn = fn;
    g.ca = ca;
    g.ins = fn->ins;
    g.arena = arena;
    g.out = out;
    g.features = g.e.features = ca->features;
    g.avx = ca->features & HOST_AVX;
    g.evex = ca->features & HOST_AVX512VL;
    find_temps(&g);
    g.few_blocks[0] = (struct block){.vmode = fn->vmode};
    g.blocks = g.few_blocks;
    g.block_count = 1;
    g.block_cap = ARRAY_LEN(g.few_blocks);
    make_room(&g);
    memset(g.kreg, NOREG, fn->klen);
    look_ahead(&g);
    g.block_at = g.block_count;
    if (out->outer) {
        adapt_init(&g);
    }
    int ret = emit_all(&g);
    return ret ? ret : finish(&g);
}
