/* A first look at A64 code: what each word does to the flags and where it goes on. */
#include "frontend/aarch64/scan.h"

#include <string.h>

#define RW (GUEST_FLAGS_READ | GUEST_FLAGS_WRITE)

/* What each class of the manual's C4.1 does to NZCV. Partial writers count as readers too; an
 * unallocated word may be said to do anything, its unit ends there. */
static u8 flags_of_imm(u32 w)
{
    bool add = (w & 0x3f800000) == 0x31000000, and = (w & 0x7f800000) == 0x72000000;
    return add || and? GUEST_FLAGS_WRITE : 0; /* ADDS SUBS ANDS */
}

static u8 flags_of_reg(u32 w)
{
    if (!(w & BIT(28))) { /* shifted or extended register: ADDS SUBS; ANDS BICS */
        bool sets = w & BIT(24) ? w & BIT(29) : (w & 0x60000000) == 0x60000000;
        return sets ? GUEST_FLAGS_WRITE : 0;
    }
    switch (w >> 21 & 0xf) {
    case 0: /* with carry, RMIF, SETF */
        return w & BIT(29) ? RW : GUEST_FLAGS_READ;
    case 2: /* CCMP CCMN */
        return RW;
    case 4: /* CSEL and its like */
        return GUEST_FLAGS_READ;
    default:
        return 0;
    }
}

static u8 flags_of_fp(u32 w)
{
    if ((w & 0xff200000) != 0x1e200000) {
        return 0;
    }
    switch (w >> 10 & 3) {
    case 0: /* FCMP FCMPE FJCVTZS among others */
        return (w & 0xfc00) == 0x2000 || (w & 0xfffffc00) == 0x1e7e0000 ? GUEST_FLAGS_WRITE : 0;
    case 1: /* FCCMP FCCMPE */
        return RW;
    case 3: /* FCSEL */
        return GUEST_FLAGS_READ;
    default:
        return 0;
    }
}

static u8 flags_of_system(u32 w)
{
    switch (w & 0xffffffe0) {
    case 0xd53b4200: /* MRS NZCV */
        return GUEST_FLAGS_READ;
    case 0xd51b4200: /* MSR NZCV */
        return GUEST_FLAGS_WRITE;
    default:
        return (w & 0xfffff01f) == 0xd500401f ? RW : 0; /* CFINV */
    }
}

static struct a64_effect branch_of(gaddr pc, u32 w)
{
    struct a64_effect e = {.leave = A64_GO_ON};
    switch (w >> 24 & 0xfe) {
    case 0x34: /* CBZ CBNZ */
    case 0xb4:
        e.leave = A64_COND;
        e.to = pc + (u64)(sext64(w >> 5, 19) * 4);
        break;
    case 0x36: /* TBZ TBNZ */
    case 0xb6:
        e.leave = A64_COND;
        e.to = pc + (u64)(sext64(w >> 5, 14) * 4);
        break;
    case 0x54: /* B.cond */
        e.leave = A64_COND;
        e.to = pc + (u64)(sext64(w >> 5, 19) * 4);
        e.flags = GUEST_FLAGS_READ;
        break;
    case 0xd6: /* BR BLR RET */
        e.leave = (w >> 21 & 0xf) == 1 ? A64_CALL_REG : A64_JUMP_REG;
        break;
    case 0xd4: /* SVC goes on behind it; BRK, HLT and the undefined do not */
        e.leave = (w & 0xffe0001f) == 0xd4000001 ? A64_SVC : A64_TRAP;
        if (w >> 24 == 0xd5) { /* system */
            e.leave = A64_GO_ON;
            e.flags = flags_of_system(w);
        }
        break;
    default:
        if ((w & 0x7c000000) == 0x14000000) { /* B BL */
            e.leave = w >> 31 ? A64_CALL : A64_JUMP;
            e.to = pc + (u64)(sext64(w, 26) * 4);
        } else if (w >> 16 == 0) { /* UDF */
            e.leave = A64_TRAP;
        }
    }
    return e;
}

static inline struct a64_effect effect_of(gaddr pc, u32 w)
{
    switch (w >> 25 & 0xf) { /* op0 of the manual's top-level table */
    case 8:                  /* data processing, immediate */
    case 9:
        return (struct a64_effect){.leave = A64_GO_ON, .flags = flags_of_imm(w)};
    case 5: /* register */
    case 13:
        return (struct a64_effect){.leave = A64_GO_ON, .flags = flags_of_reg(w)};
    case 15: /* scalar FP */
        return (struct a64_effect){.leave = A64_GO_ON, .flags = flags_of_fp(w)};
    case 0:
    case 10: /* branches, exceptions, system */
    case 11:
        return branch_of(pc, w);
    default:
        return (struct a64_effect){.leave = A64_GO_ON};
    }
}

struct a64_effect a64_effect_of(gaddr pc, u32 insn)
{
    return effect_of(pc, insn);
}

static u32 word_at(gaddr pc)
{
    u32 w;
    __builtin_memcpy(&w, (const void *)(uintptr_t)pc, 4);
    return w;
}

/* Look-ahead: words read at most, and conditional branches followed both ways. */
enum { LOOK_WORDS = 20, LOOK_DEPTH = 2 };

static bool live_at(const struct translate_params *p, gaddr pc, unsigned depth)
{
    gaddr lo = p->lo ? p->lo : ALIGN_DOWN(p->pc, 4096); /* pages are readable as a whole */
    for (unsigned n = 0; n < LOOK_WORDS; n++) {
        if (pc < lo || pc + 4 > p->limit) {
            return true;
        }
        struct a64_effect e = effect_of(pc, word_at(pc));
        if (e.flags & GUEST_FLAGS_READ) {
            return true;
        }
        if (e.flags & GUEST_FLAGS_WRITE) {
            return false;
        }
        switch (e.leave) {
        case A64_COND:
            if (depth == 0 || live_at(p, e.to, depth - 1)) {
                return true;
            }
            FALLTHROUGH;
        case A64_GO_ON:
        case A64_SVC:
            pc += 4;
            break;
        case A64_JUMP:
        case A64_CALL:
            pc = e.to;
            break;
        default:
            return true; /* unknown successors */
        }
    }
    return true;
}

bool a64_flags_live_at(const struct translate_params *p, gaddr pc)
{
    return live_at(p, pc, LOOK_DEPTH);
}

static bool ends_block(unsigned leave)
{
    return leave == A64_CALL || leave == A64_CALL_REG;
}

static bool ends_unit(unsigned leave)
{
    return leave == A64_JUMP || leave == A64_JUMP_REG || leave == A64_TRAP || leave == A64_SVC;
}

/* A jump forward over so much does not end the run. */
enum { SKIP_WORDS = 32 };

static void mark_target(struct a64_scan *s, const struct translate_params *p, gaddr to)
{
    u64 index = (to - p->pc) / 4;
    if (to > p->pc && index < A64_SCAN_MAX) {
        s->targets[index / 64] |= BIT64(index % 64);
    }
}

static inline bool is_target(const struct a64_scan *s, unsigned index)
{
    return s->targets[index / 64] >> (index % 64) & 1;
}

/* Reads the instruction at PC into the run as number N. */
static void read_insn(struct a64_scan *s, const struct translate_params *p, unsigned n, gaddr pc)
{
    struct a64_scan_insn *i = &s->insn[n];
    i->word = word_at(pc);
    i->effect = effect_of(pc, i->word);
    i->poll = false;
    if (i->effect.leave == A64_COND || i->effect.leave == A64_JUMP) {
        mark_target(s, p, i->effect.to);
    }
    if (i->effect.leave == A64_JUMP && i->effect.to - pc - 4 < 4 * SKIP_WORDS) {
        mark_target(s, p, pc + 4); /* over a loop's body or latch, which is branched back to */
    }
}

/* Whether a branch from PC to E.TO, or one that may go anywhere, has to poll. */
static bool must_poll(gaddr pc, const struct a64_effect *e)
{
    switch (e->leave) {
    case A64_COND:
    case A64_JUMP:
        return e->to <= pc;
    case A64_JUMP_REG:
    case A64_CALL_REG:
        return true;
    default:
        return false;
    }
}

/* True when E closes a loop that begins in the first N instructions of the run. */
static bool closes_loop(const struct translate_params *p, const struct a64_effect *e, unsigned n)
{
    return (e->leave == A64_COND || e->leave == A64_JUMP) && e->to >= p->pc &&
           (e->to - p->pc) / 4 < n;
}

/* The run from p->pc: straight on over calls while blocks may be added, and past a jump when a
 * branch before it leads to what follows. It ends where a translation exists, and behind as many
 * conditional branches as P allows unless a loop is closed further on: code behind many branches is
 * seldom reached. */
static unsigned read_run(struct a64_scan *s, const struct translate_params *p)
{
    unsigned n = 0, calls = 0, conds = 0,
             max = MIN(MAX(p->max_insns, 1u), (unsigned)A64_SCAN_MAX - 1);
    unsigned enough = 0; /* the run may end behind so many instructions; 0: it goes on */
    memset(s->targets, 0, sizeof(s->targets));
    s->polls = false;
    for (gaddr pc = p->pc; n < max && pc + 4 <= p->limit; pc += 4) {
        if (n && p->known && p->known(p, pc)) {
            break;
        }
        read_insn(s, p, n++, pc);
        const struct a64_effect *e = &s->insn[n - 1].effect;
        if (e->leave == A64_GO_ON) {
            continue;
        }
        s->polls = s->polls || must_poll(pc, e);
        if (enough && closes_loop(p, e, enough)) {
            enough = 0;
        }
        if (ends_unit(e->leave) && (enough || !is_target(s, n))) {
            break;
        }
        if (ends_block(e->leave) && ++calls >= MAX(p->max_blocks, 1u)) {
            break;
        }
        if (e->leave == A64_COND && ++conds >= p->max_conds && p->max_conds && !enough) {
            enough = n;
        }
    }
    return enough ? enough : n;
}

/* Marks the entries. Flags that a block finds made by one before it in the unit, or has made
 * itself, are pending. */
static void mark_blocks(struct a64_scan *s)
{
    bool pending = false;
    for (unsigned i = 0; i < s->n; i++) {
        struct a64_scan_insn *in = &s->insn[i];
        in->entry = is_target(s, i);
        pending = pending || in->entry;
        in->pending = pending;
        pending =
            (pending || (in->effect.flags & GUEST_FLAGS_WRITE)) && !ends_block(in->effect.leave);
    }
}

/* One poll a block is enough, at or before the first branch that needs it; best where no flags have
 * to be kept for it. */
static void place_polls(struct a64_scan *s, gaddr pc)
{
    unsigned start = 0;
    bool done = false;
    for (unsigned i = 0; i < s->n; i++) {
        if (s->insn[i].entry) {
            start = i;
            done = false;
        }
        if (!done && must_poll(pc + 4 * i, &s->insn[i].effect)) {
            unsigned at = i;
            while (at > start && s->insn[at].live_in) {
                at--;
            }
            s->insn[s->insn[at].live_in ? i : at].poll = true;
            done = true;
        }
        if (ends_block(s->insn[i].effect.leave)) {
            start = i + 1;
            done = false;
        }
    }
}

/* Liveness where instruction I may go. Not looked up where no flags are pending: register nzcv
 * holds what came into the unit, and nothing is to be done for it. */
static bool target_live(const struct a64_scan *s, const struct translate_params *p, unsigned i)
{
    gaddr to = s->insn[i].effect.to;
    u64 index = (to - p->pc) / 4;
    if (index > i && index < s->n && to > p->pc) {
        return s->insn[index].live_in; /* forward inside the run: known already */
    }
    if (!s->insn[i].pending) {
        return true;
    }
    return a64_flags_live_at(p, to);
}

void a64_scan(struct a64_scan *s, const struct translate_params *p)
{
    s->n = read_run(s, p);
    mark_blocks(s);
    bool live = s->n && a64_flags_live_at(p, p->pc + 4 * s->n);
    for (unsigned i = s->n; i-- > 0;) {
        struct a64_scan_insn *in = &s->insn[i];
        const struct a64_effect *e = &in->effect;
        in->live_out = live;
        switch (e->leave) {
        case A64_COND:
            in->taken_live = target_live(s, p, i);
            live = live || in->taken_live;
            break;
        case A64_JUMP:
        case A64_CALL:
            in->taken_live = target_live(s, p, i);
            live = in->taken_live;
            break;
        case A64_CALL_REG:
        case A64_JUMP_REG:
        case A64_TRAP:
            live = true;
            break;
        default:
            break;
        }
        live = (e->flags & GUEST_FLAGS_READ) || (live && !(e->flags & GUEST_FLAGS_WRITE));
        in->live_in = live;
    }
    if (s->polls) {
        place_polls(s, p->pc);
    }
}
