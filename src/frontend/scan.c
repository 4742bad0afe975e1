/* The pre-scan of a unit: what it takes, liveness of the flags, places to poll. */
#include <string.h>

#include "frontend/block.h"

/* Look-ahead: instructions passed at most each way, and conditional branches followed both ways. */
enum { LOOK_INSNS = 20, LOOK_DEPTH = 2, READ_INSNS = FRONT_READ_BYTES / 4, READ_DEPTH = 1 };

static bool keeps_returned(const struct translate_params *p)
{
    return p->fp_mode & GUEST_MODE_RET_FLAGS;
}

/* Are the flags read from PC on? UNKNOWN: the answer where that cannot be seen within MAX instructions each way. */
static bool look_at(const struct front_ops *ops, const struct translate_params *p, gaddr pc,
                    unsigned depth, unsigned max, bool unknown)
{
    gaddr lo = p->lo ? p->lo : ALIGN_DOWN(p->pc, 4096); /* pages are readable as a whole */
    for (unsigned left = max; pc >= lo; left--) {
        struct front_insn in;
        gaddr end = MIN(p->limit, pc + ((u64)left << ops->granule)), at = ops->skip(pc, end);
        left -= (unsigned)((at - pc) >> ops->granule);
        struct front_run r = {.insn = &in, .max = 1, .entry = at, .pc = at, .stop = end, .limit = p->limit};
        ops->read(&r);
        if (!r.n) {
            return unknown;
        }
        if (in.flags) {
            return in.flags & GUEST_FLAGS_READ;
        }
        pc = r.pc;
        switch (in.leave) {
        case FRONT_GO_ON:
        case FRONT_SYSCALL:
            break;
        case FRONT_COND:
            if (depth == 0 ? unknown : look_at(ops, p, in.to, depth - 1, max, unknown)) {
                return true;
            }
            break;
        case FRONT_CALL:
            if (!unknown) { /* nobody expects flags of a caller's */
                return false;
            }
            pc = in.to;
            break;
        case FRONT_JUMP:
            pc = in.to;
            break;
        case FRONT_RETURN:
            return unknown && keeps_returned(p);
        default:
            return unknown; /* unknown successors */
        }
    }
    return unknown;
}

bool front_flags_live_at(const struct front_ops *ops, const struct translate_params *p, gaddr pc)
{
    return look_at(ops, p, pc, LOOK_DEPTH, LOOK_INSNS, true);
}

bool front_flags_read_at(const struct front_ops *ops, const struct translate_params *p, gaddr pc)
{
    return look_at(ops, p, pc, READ_DEPTH, READ_INSNS, false);
}

/* What leaving does, in bits: tested without a branch, where one could not be foreseen. */
enum { LEADS = 1 /* to a known place in the code */, ENDS_UNIT = 2, ENDS_BLOCK = 4, POLLS = 8 };
static const u8 traits_of[] = {
    [FRONT_GO_ON] = 0,
    [FRONT_COND] = LEADS,
    [FRONT_JUMP] = LEADS | ENDS_UNIT,
    [FRONT_CALL] = ENDS_BLOCK,
    [FRONT_CALL_REG] = ENDS_BLOCK | POLLS,
    [FRONT_JUMP_REG] = ENDS_UNIT | POLLS,
    [FRONT_JUMP_FAR] = ENDS_UNIT | POLLS,
    [FRONT_RETURN] = ENDS_UNIT | POLLS,
    [FRONT_SYSCALL] = ENDS_UNIT,
    [FRONT_TRAP] = ENDS_UNIT,
};

static inline bool has(const struct front_insn *in, unsigned trait)
{
    return traits_of[in->leave] & trait;
}

/* Offset OFF from the unit's entry leads into the unit, as far as it may reach. */
static void mark_target(struct front_scan *s, unsigned granule, u64 off)
{
    u64 i = off >> granule;
    if (i && i < s->span && !(off & MASK64(granule))) {
        front_set_bit(s->targets, i);
    }
}

/* A jump forward over so many bytes does not end the run. */
enum { SKIP_BYTES = 128 };

/* Notes the targets of the branch IN at PC. */
static void mark_targets(struct front_scan *s, const struct front_insn *in, unsigned granule,
                         gaddr entry)
{
    if (has(in, LEADS)) {
        mark_target(s, granule, in->to - entry);
    }
    u64 next = in->at + in->len;
    if (in->leave == FRONT_JUMP && in->to - entry - next < SKIP_BYTES) {
        mark_target(s, granule, next); /* over a loop's body or latch, which is branched back to */
    }
}

/* Whether IN of the unit at ENTRY, which branches back or may go anywhere, has to poll. */
static inline bool must_poll(const struct front_insn *in, gaddr entry)
{
    return has(in, POLLS) | (has(in, LEADS) & (in->to <= entry + in->at));
}

/* True when IN closes a loop that begins in the first LEN bytes of the unit at ENTRY. */
static bool closes_loop(const struct front_insn *in, gaddr entry, u64 len)
{
    return has(in, LEADS) & (in->to - entry < len);
}

/* Has execution gone on behind IN, the last instruction of R? It is taken to have in what a recursion comes to last: soon
 * behind P's pc, and behind calls of that. */
static bool passed(const struct translate_params *p, const struct front_run *r, const struct front_insn *in)
{
    enum { BEGIN = 4 };
    return !p->passed || r->n < BEGIN || (in->leave == FRONT_CALL && in->to == p->pc) || p->passed(p, r->pc);
}

/* The run from p->pc: straight on over calls while blocks may be added, and past a jump when a
 * branch before it leads to what follows. It ends where a translation exists, behind what has not been
 * passed yet, and behind as many conditional branches as P allows; unless a loop is closed further on. */
static unsigned read_run(struct front_scan *s, const struct front_ops *ops,
                         const struct translate_params *p)
{
    unsigned calls = 0, conds = 0, granule = ops->granule;
    unsigned enough = 0; /* the run may end behind so many instructions; 0: it goes on */
    u64 enough_len = 0;  /* their bytes */
    struct front_run r = {.insn = s->insn, .entry = p->pc, .pc = p->pc, .stop = ~0ull};
    r.max = MIN(MAX(p->max_insns, 1u), (unsigned)FRONT_MAX_INSNS);
    r.limit = MIN(p->limit, p->pc + ((FRONT_SPAN - 1ull) << granule));
    memset(s->targets, 0, s->span / 8);
    s->polls = false;
    if (p->known) {
        p->known(p, r.pc, &r.stop);
    }
    for (;;) {
        const struct front_insn *in = ops->read(&r);
        if (!in) {
            if (r.n == r.max || r.pc < r.stop || p->known(p, r.pc, &r.stop)) {
                break;
            }
            continue;
        }
        mark_targets(s, in, granule, p->pc);
        s->polls |= must_poll(in, p->pc);
        if (enough && closes_loop(in, p->pc, enough_len)) {
            enough = 0;
        }
        if (has(in, ENDS_UNIT) && (enough || !front_get_bit(s->targets, (r.pc - p->pc) >> granule))) {
            break;
        }
        if (has(in, ENDS_BLOCK) && (++calls >= MAX(p->max_blocks, 1u) || !passed(p, &r, in))) {
            break;
        }
        if (in->leave == FRONT_COND && !enough && ((++conds >= p->max_conds && p->max_conds) || !passed(p, &r, in))) {
            enough = r.n;
            enough_len = r.pc - p->pc;
        }
    }
    return enough ? enough : r.n;
}

/* Whether some target lies in the run as it was cut in the end; few do. */
static bool leads_inside(const struct front_scan *s, unsigned granule)
{
    unsigned last = s->insn[s->n - 1].at >> granule;
    for (unsigned i = 0; i < last / 64; i++) {
        if (s->targets[i]) {
            return true;
        }
    }
    return s->targets[last / 64] & MASK64(last % 64 + 1);
}

static void mark_entries(struct front_scan *s, unsigned granule)
{
    memset(s->entries, 0, s->span / 8);
    for (unsigned i = 0; i < s->n; i++) {
        struct front_insn *in = &s->insn[i];
        in->entry = front_get_bit(s->targets, in->at >> granule);
        if (in->entry) {
            front_set_bit(s->entries, in->at >> granule);
        }
    }
}

/* Flags that a block finds made by one before it in the unit, or has made itself, are pending. */
static void mark_pending(struct front_scan *s)
{
    bool pending = false;
    for (unsigned i = 0; i < s->n; i++) {
        struct front_insn *in = &s->insn[i];
        in->pending = pending = pending | in->entry;
        pending = (pending | ((in->flags & GUEST_FLAGS_WRITE) != 0)) & !has(in, ENDS_BLOCK);
    }
}

/* One poll a block is enough, at or before the first branch that needs it; best where no flags have
 * to be kept for it. */
static void place_polls(struct front_scan *s, gaddr entry)
{
    unsigned start = 0;
    bool done = false;
    for (unsigned i = 0; i < s->n; i++) {
        const struct front_insn *in = &s->insn[i];
        if (in->entry) {
            start = i;
            done = false;
        }
        if (!done && must_poll(in, entry)) {
            unsigned at = i;
            while (at > start && s->insn[at].live_in) {
                at--;
            }
            s->insn[s->insn[at].live_in ? i : at].poll = true;
            done = true;
        }
        if (has(in, ENDS_BLOCK)) {
            start = i + 1;
            done = false;
        }
    }
}

/* Liveness where IN may go; what follows it in the run is done already. Not looked up where no flags
 * are pending: their register holds what came into the unit, and nothing is to be done for it. */
static bool target_live(const struct front_scan *s, const struct front_ops *ops,
                        const struct translate_params *p, const struct front_insn *in)
{
    u64 off = in->to - s->lo, i = off >> ops->granule;
    if (s->inside && off > in->at && i < s->span && front_get_bit(s->entries, i)) {
        return front_get_bit(s->live, i);
    }
    return !in->pending || front_flags_live_at(ops, p, in->to);
}

/* Before IN, which leaves, has done something to them; LIVE: on the straight way. */
static bool live_at_leave(struct front_scan *s, const struct front_ops *ops, const struct translate_params *p,
                          struct front_insn *in, bool live)
{
    switch (in->leave) {
    case FRONT_COND:
        in->taken_live = target_live(s, ops, p, in);
        return live || in->taken_live;
    case FRONT_JUMP:
    case FRONT_CALL:
        return in->taken_live = target_live(s, ops, p, in);
    case FRONT_RETURN:
        return keeps_returned(p);
    case FRONT_CALL_REG:
    case FRONT_JUMP_REG:
    case FRONT_JUMP_FAR:
    case FRONT_TRAP:
        return true;
    default:
        return live;
    }
}

/* The flags behind the run; looked up only where they matter. */
static bool live_behind(const struct front_scan *s, const struct front_ops *ops,
                        const struct translate_params *p)
{
    const struct front_insn *last = &s->insn[s->n - 1];
    bool goes_on = last->leave == FRONT_GO_ON || last->leave == FRONT_COND ||
                   last->leave == FRONT_SYSCALL;
    bool pending = last->pending || (last->flags & GUEST_FLAGS_WRITE);
    return !goes_on || !pending || front_flags_live_at(ops, p, s->lo + last->at + last->len);
}

static void find_liveness(struct front_scan *s, const struct front_ops *ops,
                          const struct translate_params *p)
{
    bool live = live_behind(s, ops, p);
    if (s->inside) {
        memset(s->live, 0, s->span / 8);
    }
    for (unsigned i = s->n; i-- > 0;) {
        struct front_insn *in = &s->insn[i];
        live = live || (i + 1 < s->n && !front_adjoins(in)); /* a gap in a region */
        in->live_out = live;
        if (in->leave) {
            live = live_at_leave(s, ops, p, in, live);
        }
        live = ((in->flags & GUEST_FLAGS_READ) != 0) | (live & !(in->flags & GUEST_FLAGS_WRITE));
        in->live_in = live;
        if (in->entry & live) {
            front_set_bit(s->live, in->at >> ops->granule);
        }
    }
}

void front_scan(struct front_scan *s, const struct front_ops *ops, struct arena *arena,
                const struct translate_params *p)
{
    s->lo = p->pc;
    s->span = FRONT_SPAN;
    s->insn = arena_alloc(arena, sizeof(*s->insn) * FRONT_MAX_INSNS);
    s->n = read_run(s, ops, p);
    if (s->n) {
        front_scan_finish(s, ops, p);
    }
}

void front_scan_finish(struct front_scan *s, const struct front_ops *ops, const struct translate_params *p)
{
    s->inside = leads_inside(s, ops->granule);
    if (s->inside) {
        mark_entries(s, ops->granule);
    }
    if (ops->flags) {
        mark_pending(s);
        find_liveness(s, ops, p);
    }
    if (s->polls) {
        place_polls(s, s->lo);
    }
}
