/* Regions have a map of their own of guest registers to host registers: its choice, and the way between it and the
 * chain ABI.
 *
 * A host register holds the same guest register in both maps, or a different one: nothing is ever moved between
 * registers. On the way in, what the region's map displaces goes to its home, where it stays while the region runs,
 * and what takes its place is loaded; on the way out the other way round, without storing what the region never writes. */
#include <string.h>

#include "backend/x86_64/priv.h"

/* --- the choice --- */

enum { DEPTH_MAX = 4, DEPTH_SHIFT = 3 }; /* a loop counts for 8 times what is around it */

struct use {
    u32 n; /* reads and writes, weighted */
    bool is_set;
};

struct uses {
    struct use of[IR_MAX_REGS];
    u32 in, out; /* ways into the region and out of it, weighted */
};

/* Blocks in ascending order. LAST: of a loop's head, its last block that branches back to it, + 1. */
struct span {
    s32 guest;
    u32 op, last;
    u8 depth;
};

static u32 find_spans(const struct ir_fn *fn, struct span *s)
{
    u32 n = 0;
    for (u32 i = 1; i < fn->len; i++) {
        if (fn->ins[i].op == IR_BLOCK) {
            s[n++] = (struct span){.guest = (s32)fn->ins[i].a, .op = i};
        }
    }
    return n;
}

/* The first of N blocks at guest offset TO, N: none. */
static u32 span_at(const struct span *s, u32 n, s32 to)
{
    u32 lo = 0, hi = n;
    while (lo < hi) {
        u32 mid = (lo + hi) / 2;
        if (s[mid].guest < to) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < n && s[lo].guest == to ? lo : n;
}

/* Where EXITIF or JMP goes, N: out of the region. */
static u32 successor(const struct ir_fn *fn, const struct span *s, u32 n, const struct ir_ins *in)
{
    const struct ir_const *k = &fn->k[in->b & ~IR_K];
    return span_at(s, n, (s32)(k->pcrel ? k->lo : k->lo - fn->pc));
}

static void find_depths(const struct ir_fn *fn, struct span *s, u32 n)
{
    for (u32 b = 0; b < n; b++) {
        u32 end = b + 1 < n ? s[b + 1].op : fn->len;
        for (u32 i = s[b].op; i < end; i++) {
            if (fn->ins[i].op == IR_EXITIF || fn->ins[i].op == IR_JMP) {
                u32 to = successor(fn, s, n, &fn->ins[i]);
                if (to <= b) {
                    s[to].last = b + 1;
                }
            }
        }
    }
    for (u32 b = 0; b < n; b++) {
        for (u32 i = b; i < s[b].last; i++) {
            s[i].depth += s[i].depth < DEPTH_MAX;
        }
    }
}

/* Op I reads values that are in guest registers: REG_OF says in which. */
static void count_reads(const struct ir_fn *fn, const struct ir_ins *in, const u8 *reg_of, u32 weight, struct uses *u)
{
    static const u8 none = IR_MAX_REGS;
    const ir_ref r[3] = {in->a, in->b, in->c};
    for (unsigned n = 0; n < 3; n++) {
        bool is_value = !IR_IS_K(r[n]) && r[n] < fn->len && reg_of[r[n]] != none;
        if (is_value && in->op != IR_SET && in->op != IR_FLAGS && in->op != IR_BLOCK && in->op != IR_INSN) {
            u->of[reg_of[r[n]]].n += weight;
        }
    }
}

static void count_op(const struct ir_fn *fn, const struct span *s, u32 n, const struct ir_ins *in, u32 weight,
                     struct uses *u)
{
    u32 rare = weight >> DEPTH_SHIFT;
    switch (in->op) {
    case IR_SET:
        u->of[in->aux].is_set = true;
        u->of[in->aux].n += weight;
        break;
    case IR_GET:
        u->of[in->aux].n += weight;
        break;
    case IR_CALL:
    case IR_CALLI:
    case IR_HELPER:
        u->in += weight;
        u->out += weight;
        break;
    case IR_EXITIF:
    case IR_JMP:
        u->out += successor(fn, s, n, in) == n ? rare : 0;
        break;
    case IR_JMPI: /* mostly leads to another block */
    case IR_RET:
    case IR_EXIT:
        u->out += rare;
        break;
    }
}

static void count_uses(const struct ir_fn *fn, struct arena *arena, struct uses *u)
{
    struct span *s = arena_alloc(arena, sizeof(*s) * fn->len);
    u8 *reg_of = arena_alloc(arena, fn->len);
    memset(reg_of, IR_MAX_REGS, fn->len);
    u32 n = find_spans(fn, s);
    find_depths(fn, s, n);
    memset(u, 0, sizeof(*u));
    u->in = 1;
    for (u32 b = 0; b < n; b++) {
        u32 end = b + 1 < n ? s[b + 1].op : fn->len;
        for (u32 i = s[b].op; i < end; i++) {
            const struct ir_ins *in = &fn->ins[i];
            u32 weight = 1u << s[b].depth * DEPTH_SHIFT;
            count_op(fn, s, n, in, weight, u);
            count_reads(fn, in, reg_of, weight, u);
            if (in->op == IR_GET) {
                reg_of[i] = (u8)in->aux;
            } else if (in->op == IR_SET && !IR_IS_K(in->a)) {
                reg_of[in->a] = (u8)in->aux;
            }
        }
    }
}

/* May guest register R be held in a register of FILE? */
static bool fits(const struct chain_abi *ca, unsigned r, enum file file)
{
    return file_of(ca->regs[r].type) == file && (ca->regs[r].pin >= 0 || ca->regs[r].type == IR_V128);
}

/* The register that is used most of those in no host register (PINNED false), or least of those in one, of FILE. */
static unsigned extreme(const struct chain_abi *map, const struct chain_abi *ca, const struct uses *u, bool pinned,
                        enum file file)
{
    unsigned best = IR_MAX_REGS;
    for (unsigned r = 0; r < ca->count; r++) {
        if (!fits(ca, r, file) || (map->host_of[r] >= 0) != pinned || (ca->host_of[r] >= 0) != pinned) {
            continue;
        }
        if (best == IR_MAX_REGS || (pinned ? u->of[r].n < u->of[best].n : u->of[r].n > u->of[best].n)) {
            best = r;
        }
    }
    return best;
}

static void choose(struct chain_abi *map, const struct chain_abi *ca, const struct uses *u, bool always,
                   enum file file)
{
    for (;;) {
        unsigned in = extreme(map, ca, u, false, file), out = extreme(map, ca, u, true, file);
        if (in == IR_MAX_REGS || out == IR_MAX_REGS || !u->of[in].n) {
            return;
        }
        u64 cost = always ? 0 : 2 * u->in + u->out + (u->of[in].is_set ? u->out : 0);
        if (u->of[in].n <= u->of[out].n + cost) {
            return;
        }
        map->host_of[in] = map->host_of[out];
        map->host_of[out] = -1;
    }
}

void hx64_region_map(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, bool always,
                     struct chain_abi *map)
{
    struct uses u;
    count_uses(fn, arena, &u);
    *map = *ca;
    choose(map, ca, &u, always, GPR);
    choose(map, ca, &u, always, XMM);
}

/* --- the way between --- */

void adapt_init(struct cg *g)
{
    memset(g->written, 0, sizeof(g->written));
    for (u32 i = 1; i < g->fn->len; i++) {
        if (g->ins[i].op == IR_SET) {
            g->written[g->ins[i].aux / 64] |= BIT64(g->ins[i].aux % 64);
        }
    }
}

/* Guest registers held in a register by A and not by B are moved between that and their homes. */
static void move_pins(struct cg *g, const struct chain_abi *a, const struct chain_abi *b, bool store, const u64 *only)
{
    for (unsigned r = 0; r < a->count; r++) {
        if (a->host_of[r] < 0 || b->host_of[r] >= 0 || (only && !(only[r / 64] >> (r % 64) & 1))) {
            continue;
        }
        unsigned h = (unsigned)a->host_of[r], type = a->regs[r].type;
        store ? v_store(g, type, h, mem_guest(g, r)) : v_load(g, type, h, mem_guest(g, r));
    }
}

void adapt_in(struct cg *g)
{
    if (g->out->outer) {
        move_pins(g, g->ca, g->out->outer, false, NULL);
        move_pins(g, g->out->outer, g->ca, true, NULL);
    }
}

void adapt_out(struct cg *g)
{
    if (g->out->outer) {
        move_pins(g, g->out->outer, g->ca, false, NULL);
        move_pins(g, g->ca, g->out->outer, true, g->written);
    }
}
