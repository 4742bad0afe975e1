/* Which instructions a region of tier 2 takes: what can be reached from its entry by direct branches, behind calls and
 * through jump tables, as far as it has been translated before, in a window around it; of that the loop that begins at
 * the entry, and the unit that led to it. */
#include <string.h>

#include "frontend/block.h"

enum { MAX_TODO = 512 }; /* targets of branches */

struct explore {
    struct front_scan *s;
    const struct front_ops *ops;
    const struct translate_params *p;
    struct front_run run;
    u64 read[FRONT_REGION_SPAN / 64]; /* an instruction read begins here */
    u64 jumped[FRONT_REGION_SPAN / 64]; /* a jump through a table may lead here */
    unsigned todo_count;
    bool jumps; /* to where nobody knows */
    u16 todo[MAX_TODO]; /* granules to begin at */
};

/* Something leads to PC: a block is to begin there, if it is in the window and has been translated before. */
static void lead_to(struct explore *x, gaddr pc)
{
    u64 off = pc - x->s->lo, i = off >> x->ops->granule;
    gaddr next;
    if (i >= x->s->span || (off & MASK64(x->ops->granule)) || pc >= x->run.limit) {
        return;
    }
    if (front_get_bit(x->s->targets, i)) {
        return;
    }
    if (x->p->known && !front_get_bit(x->read, i) && !x->p->known(x->p, pc, &next)) {
        return;
    }
    front_set_bit(x->s->targets, i);
    if (!front_get_bit(x->read, i) && x->todo_count < MAX_TODO) {
        x->todo[x->todo_count++] = (u16)i;
    }
}

/* The next place behind granule I that was read. */
static gaddr next_read(const struct explore *x, unsigned i)
{
    unsigned n = i + 1;
    for (; n < x->s->span; n = ALIGN_DOWN(n, 64) + 64) {
        u64 bits = x->read[n / 64] >> (n % 64);
        if (bits) {
            n += (unsigned)__builtin_ctzll(bits);
            break;
        }
    }
    return n < x->s->span ? x->s->lo + ((u64)n << x->ops->granule) : ~0ull;
}

/* Reads on from granule I until the code goes elsewhere for sure. */
static void read_from(struct explore *x, unsigned i)
{
    struct front_run *r = &x->run;
    bool goes_on = true;
    r->pc = x->s->lo + ((u64)i << x->ops->granule);
    r->stop = next_read(x, i);
    while (goes_on) {
        unsigned from = r->n;
        const struct front_insn *in = x->ops->read(r);
        for (; from < r->n; from++) {
            front_set_bit(x->read, r->insn[from].at >> x->ops->granule);
        }
        switch (in ? in->leave : FRONT_TRAP) {
        case FRONT_COND:
            lead_to(x, in->to);
            break;
        case FRONT_JUMP:
            lead_to(x, in->to);
            goes_on = false;
            break;
        case FRONT_CALL:
        case FRONT_CALL_REG:
            break;
        case FRONT_JUMP_REG:
            x->jumps = true;
            goes_on = false;
            break;
        default:
            goes_on = false;
            break;
        }
    }
}

static void read_all(struct explore *x, unsigned from)
{
    for (unsigned i = from; i < x->todo_count; i++) {
        if (!front_get_bit(x->read, x->todo[i])) {
            read_from(x, x->todo[i]);
        }
    }
}

/* Where a jump through a table may lead. */
static void read_jumped_to(struct explore *x)
{
    unsigned from = x->todo_count;
    for (gaddr pc = x->s->lo, next; pc < x->run.limit; pc = next) {
        if (x->p->jumped_to(x->p, pc, &next)) {
            lead_to(x, pc);
            front_set_bit(x->jumped, (pc - x->s->lo) >> x->ops->granule);
        }
    }
    read_all(x, from);
}

/* The instructions in the order of their addresses. */
static void sort(struct explore *x, struct arena *arena)
{
    struct front_scan *s = x->s;
    struct front_insn *to = arena_alloc(arena, sizeof(*to) * (s->n + 1));
    u16 *at = arena_alloc(arena, sizeof(*at) * s->span);
    unsigned n = 0;
    for (unsigned i = 0; i < s->n; i++) {
        at[s->insn[i].at >> x->ops->granule] = (u16)i;
    }
    for (unsigned w = 0; w < s->span / 64; w++) {
        for (u64 bits = x->read[w]; bits; bits &= bits - 1) {
            to[n++] = s->insn[at[w * 64 + (unsigned)__builtin_ctzll(bits)]];
        }
    }
    s->insn = to;
    s->n = n;
}

enum { ENTRY = 1, BODY = 2, JUMPED = 4 };

/* Does IN, number I, lead to something of the loop without leaving it, or back to its entry? */
static bool leads_into_loop(const struct explore *x, const u8 *state, const u16 *number, unsigned i, bool jump_back)
{
    const struct front_insn *in = &x->s->insn[i];
    gaddr pc = x->s->lo + in->at;
    if (in->leave == FRONT_JUMP_REG) {
        return jump_back;
    }
    if (in->leave == FRONT_COND || in->leave == FRONT_JUMP) {
        u64 to = (in->to - x->s->lo) >> x->ops->granule;
        if (in->to == x->p->pc) {
            if (pc >= in->to) {
                return true;
            }
        } else if (to < x->s->span && front_get_bit(x->read, to) && (state[number[to]] & BODY)) {
            return true;
        }
    }
    bool falls = in->leave == FRONT_GO_ON || in->leave == FRONT_COND || in->leave == FRONT_CALL ||
                 in->leave == FRONT_CALL_REG;
    return falls && i + 1 < x->s->n && front_adjoins(in) && (state[i + 1] & (BODY | ENTRY)) == BODY;
}

/* Takes out what is not part of the loop that begins at the entry: what leads back to it from behind, or to that. */
static void keep_loop(struct explore *x, struct arena *arena)
{
    struct front_scan *s = x->s;
    u8 *state = arena_zalloc(arena, s->n);
    u16 *number = arena_alloc(arena, sizeof(*number) * s->span);
    bool changed = true, jump_back = false;
    for (unsigned i = 0; i < s->n; i++) {
        unsigned at = s->insn[i].at >> x->ops->granule;
        number[at] = (u16)i;
        state[i] = (s->lo + s->insn[i].at == x->p->pc ? ENTRY | BODY : 0) | (front_get_bit(x->jumped, at) ? JUMPED : 0);
    }
    while (changed) {
        changed = false;
        for (unsigned i = s->n; i-- > 0;) {
            if (!(state[i] & BODY) && leads_into_loop(x, state, number, i, jump_back)) {
                state[i] |= BODY;
                changed = true;
            }
            jump_back = jump_back || state[i] == (JUMPED | BODY);
        }
    }
    unsigned n = 0;
    for (unsigned i = 0; i < s->n; i++) {
        gaddr pc = s->lo + s->insn[i].at;
        if ((state[i] & BODY) || (pc >= x->p->also_lo && pc < x->p->also_hi)) {
            s->insn[n++] = s->insn[i];
        }
    }
    s->n = n;
}

void front_explore(struct front_scan *s, const struct front_ops *ops, struct arena *arena,
                   const struct translate_params *p)
{
    struct explore *x = arena_zalloc(arena, sizeof(*x));
    u64 half = (FRONT_REGION_SPAN / 2ull) << ops->granule;
    x->s = s;
    x->ops = ops;
    x->p = p;
    s->lo = p->pc - MIN(half, p->pc - p->lo);
    s->lo = p->pc - ALIGN_DOWN(p->pc - s->lo, 1ull << ops->granule);
    s->span = FRONT_REGION_SPAN;
    s->insn = arena_alloc(arena, sizeof(*s->insn) * (p->max_insns + 1));
    s->polls = true;
    memset(s->targets, 0, sizeof(s->targets));
    x->run = (struct front_run){.insn = s->insn, .max = p->max_insns, .entry = s->lo};
    x->run.limit = MIN(p->limit, s->lo + ((FRONT_REGION_SPAN - 1ull) << ops->granule));
    unsigned entry = (unsigned)((p->pc - s->lo) >> ops->granule);
    front_set_bit(s->targets, entry);
    x->todo[x->todo_count++] = (u16)entry;
    if (p->also_hi) {
        lead_to(x, p->also_lo);
    }
    read_all(x, 0);
    if (x->jumps && p->jumped_to) {
        read_jumped_to(x);
    }
    s->n = x->jumps && x->run.n == x->run.max ? 0 : x->run.n; /* too many jump targets: most would be missing */
    if (s->n) {
        sort(x, arena);
        if (p->loop) {
            keep_loop(x, arena);
        }
        front_scan_finish(s, ops, p);
    }
}
