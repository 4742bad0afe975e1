/* Which instructions a region of tier 2 takes: what can be reached from its entry by direct branches and behind calls,
 * as far as it has been translated before, in a window around it. */
#include <string.h>

#include "frontend/block.h"

enum { MAX_TODO = 512 }; /* targets of branches */

struct explore {
    struct front_scan *s;
    const struct front_ops *ops;
    const struct translate_params *p;
    struct front_run run;
    u64 read[FRONT_REGION_SPAN / 64]; /* an instruction read begins here */
    unsigned todo_count;
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
        default:
            goes_on = false;
            break;
        }
    }
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
    for (unsigned i = 0; i < x->todo_count; i++) {
        if (!front_get_bit(x->read, x->todo[i])) {
            read_from(x, x->todo[i]);
        }
    }
    s->n = x->run.n;
    if (s->n) {
        sort(x, arena);
        front_scan_finish(s, ops, p);
    }
}
