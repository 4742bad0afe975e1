/* The driver of a unit, the same for all guests: which instructions it takes, where its blocks begin,
 * where the flags are live and where it polls; then it has one instruction lifted after the other.
 *
 * A guest's `lift` sets up a struct front_lift, as the first member of what its lifters need, and
 * calls front_lift_unit with its struct front_ops. */
#ifndef FRONTEND_BLOCK_H
#define FRONTEND_BLOCK_H

#include "frontend/guest.h"

/* How execution goes on behind an instruction. */
enum front_leave {
    FRONT_GO_ON,    /* with the next one */
    FRONT_COND,     /* at `to` or with the next one */
    FRONT_JUMP,     /* at `to` */
    FRONT_CALL,     /* at `to`, which is expected to return to the next one */
    FRONT_CALL_REG, /* the same, at an address that is not known */
    FRONT_JUMP_REG, /* at an address that is not known */
    FRONT_JUMP_FAR, /* the same, and always there: from the linker's table of other modules' functions */
    FRONT_RETURN,   /* the same, as a function does at its end */
    FRONT_SYSCALL,  /* with the next one, but outside the unit */
    FRONT_TRAP      /* not at all; undefined instructions too */
};

/* An instruction of a unit. The guest fills in the first part. */
struct front_insn {
    u32 word; /* for the guest's own use: what `lift` is to know of it */
    u8 len;   /* in bytes, 1 .. FRONT_MAX_LEN */
    u8 leave; /* enum front_leave */
    u8 flags; /* what it does to the packed flags: GUEST_FLAGS_READ, GUEST_FLAGS_WRITE */
    gaddr to; /* COND, JUMP, CALL */

    u16 at;          /* offset from the unit's entry */
    bool live_in;    /* the flags before it may be read */
    bool live_out;   /* behind it, on the straight way */
    bool taken_live; /* where its branch or call goes to */
    bool pending;    /* flags made in this unit may be in effect */
    bool entry;      /* a branch of the unit leads here: a block begins */
    bool poll;       /* begins with a poll */
};

enum {
    FRONT_MAX_LEN = 24,
    FRONT_MAX_INSNS = 256,
    FRONT_SPAN = 1024,       /* granules a unit extends over at most */
    FRONT_REGION_SPAN = 8192, /* the same of a region: both sides of its entry together */
    FRONT_READ_BYTES = 32     /* how far straight ahead front_flags_read_at looks */
};

/* Instructions that follow each other, as far as they are read. */
struct front_run {
    struct front_insn *insn;
    unsigned n, max;
    gaddr entry, pc; /* where it begins; of the next instruction */
    gaddr stop;      /* none is read that begins here or behind */
    gaddr limit;     /* or that does not end before this */
};

struct front_lift {
    struct ir_builder *b;
    struct ir_fn *fn;
    const struct translate_params *params;
    gaddr pc; /* of the instruction being lifted */
    const struct front_insn *in, *last; /* it; the last of the run or region */
    u16 vmode;      /* holds at pc (IR_VMODE_SHIFT in ir.h); `lift` changes it with what it knows */
    bool end_unit;  /* set by `lift`: the instruction left, nothing may follow */
    bool end_block; /* the same: it was a call, a block may begin behind it */
};

struct front_ops {
    unsigned granule; /* log2 of the bytes that lengths of instructions are multiples of */
    bool flags;       /* there are packed flags: `read` sets front_insn.flags */
    /* Reads on, whatever bytes are there, up to and with the first instruction that leaves, which it
     * returns; NULL when it came to an end of the run before. Each instruction of a unit is read
     * once, so the lifter works from IN; liveness reads others outside. It is front_read with what
     * looks at one instruction. */
    const struct front_insn *(*read)(struct front_run *r);
    /* The first instruction from PC on that may do something to the flags or leave, END if there is none before
     * that; needed with `flags` only. */
    gaddr (*skip)(gaddr pc, gaddr end);
    /* Lifts L->in at L->pc; an undefined one becomes a fault, and ends the unit. */
    void (*lift)(struct front_lift *l);
    /* A block begins: values and flags of the one before are forgotten. NULL: nothing to do. */
    void (*new_block)(struct front_lift *l);
    /* Puts the flags in effect (b->flags) into their register; may be NULL without packed flags. */
    void (*pack_flags)(struct front_lift *l);
};

/* Lifts the unit at L->params->pc; b, fn and params of L are set. False when its first instruction
 * does not end before the limit. */
bool front_lift_unit(struct front_lift *l, const struct front_ops *ops, struct arena *arena);

/* True unless it is certain that the packed flags are written before they are read from PC on. Reads
 * guest code inside the range of P only. */
bool front_flags_live_at(const struct front_ops *ops, const struct translate_params *p, gaddr pc);
/* True when it can be seen that they are read first. */
bool front_flags_read_at(const struct front_ops *ops, const struct translate_params *p, gaddr pc);

/* The body of a guest's `read`. CLASSIFY fills in its part of *IN for the instruction at PC; false when
 * that does not end before LIMIT. */
static inline __attribute__((always_inline)) const struct front_insn *
front_read(struct front_run *r, bool (*classify)(struct front_insn *in, gaddr pc, gaddr limit))
{
    unsigned n = r->n;
    gaddr pc = r->pc;
    const struct front_insn *left = NULL;
    while (!left && n < r->max && pc < r->stop) {
        struct front_insn *in = &r->insn[n];
        if (!classify(in, pc, r->limit)) {
            break;
        }
        in->at = (u16)(pc - r->entry);
        in->live_in = in->live_out = in->taken_live = in->pending = in->entry = in->poll = false;
        left = in->leave == FRONT_GO_ON ? NULL : in;
        pc += in->len;
        n++;
    }
    r->n = n;
    r->pc = pc;
    return left;
}

/* --- between scan.c and block.c --- */
struct front_scan {
    gaddr lo;      /* offsets count from here: the unit's entry, of a region the lowest address it could have */
    unsigned span; /* granules from there that targets may lie in */
    unsigned n;  /* instructions the unit may take */
    bool polls;  /* some branch of the run may have to poll */
    bool inside; /* some branch of the run leads into it */
    /* By offset in granules: */
    u64 targets[FRONT_REGION_SPAN / 64]; /* a branch of the run leads here */
    u64 entries[FRONT_REGION_SPAN / 64]; /* and an instruction of it begins here */
    u64 live[FRONT_REGION_SPAN / 64];    /* entries: live_in */
    struct front_insn *insn;
};

static inline void front_set_bit(u64 *map, u64 i)
{
    map[i / 64] |= BIT64(i % 64);
}

static inline bool front_get_bit(const u64 *map, u64 i)
{
    return map[i / 64] >> (i % 64) & 1;
}

/* True when IN is followed by the one behind it in the array. */
static inline bool front_adjoins(const struct front_insn *in)
{
    return in->at + in->len == in[1].at;
}

void front_scan(struct front_scan *s, const struct front_ops *ops, struct arena *arena,
                const struct translate_params *p);
/* Finds the instructions of a region (region.c), and what is to be known of any run (scan.c). */
void front_explore(struct front_scan *s, const struct front_ops *ops, struct arena *arena,
                   const struct translate_params *p);
void front_scan_finish(struct front_scan *s, const struct front_ops *ops, const struct translate_params *p);

#endif
