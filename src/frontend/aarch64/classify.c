/* A first look at A64 code: what each word does to the flags and where it goes on. */
#include "frontend/aarch64/lift.h"

#define RW (GUEST_FLAGS_READ | GUEST_FLAGS_WRITE)

/* What a word is, told by its top 11 bits: a table of them takes the place of branches, which no
 * predictor could foresee. */
enum what {
    PLAIN, /* leaves the flags alone and goes on */
    READS,
    WRITES,
    UPDATES, /* reads and writes them */
    CBZ,     /* CBNZ too */
    TBZ,     /* TBNZ too */
    B_COND,
    JUMP,
    CALL,
    CALL_REG,
    CLOSER, /* other bits say */
};

/* By the classes of the manual's C4.1. Partial writers of the flags count as readers too; an
 * unallocated word may be said to do anything, its unit ends there. */
#define IS(t, mask, bits) (((t) & (mask) >> 21) == (bits) >> 21)
#define WHAT(t)                                                                                    \
    (IS(t, 0x3f800000, 0x31000000)   ? WRITES  /* ADDS SUBS immediate */                           \
     : IS(t, 0x7f800000, 0x72000000) ? WRITES  /* ANDS immediate */                                \
     : IS(t, 0x3f000000, 0x2b000000) ? WRITES  /* ADDS SUBS register */                            \
     : IS(t, 0x7f000000, 0x6a000000) ? WRITES  /* ANDS BICS register */                            \
     : IS(t, 0x3fe00000, 0x3a000000) ? UPDATES /* ADCS SBCS RMIF SETF */                           \
     : IS(t, 0x1fe00000, 0x1a000000) ? READS   /* ADC SBC */                                       \
     : IS(t, 0x1fe00000, 0x1a400000) ? UPDATES /* CCMP CCMN */                                     \
     : IS(t, 0x1fe00000, 0x1a800000) ? READS   /* CSEL and its like */                             \
     : IS(t, 0x7e000000, 0x34000000) ? CBZ                                                         \
     : IS(t, 0x7e000000, 0x36000000) ? TBZ                                                         \
     : IS(t, 0xfe000000, 0x54000000) ? B_COND                                                      \
     : IS(t, 0x7c000000, 0x14000000) ? ((t) >> 10 ? CALL : JUMP)                                   \
     : IS(t, 0xffe00000, 0xd6200000) ? CALL_REG                                                    \
     : IS(t, 0xfe000000, 0xd6000000) ? CLOSER /* BR RET */                                         \
     : IS(t, 0xfe000000, 0xd4000000) ? CLOSER /* exceptions, system */                             \
     : IS(t, 0xff200000, 0x1e200000) ? CLOSER /* scalar FP */                                      \
     : IS(t, 0x3fe00000, 0x08400000) ? CLOSER /* load exclusive */                                 \
     : IS(t, 0xffe00000, 0x00000000) ? CLOSER /* UDF */                                            \
                                     : PLAIN)
#define WHAT4(t) WHAT(t), WHAT((t) + 1), WHAT((t) + 2), WHAT((t) + 3)
#define WHAT16(t) WHAT4(t), WHAT4((t) + 4), WHAT4((t) + 8), WHAT4((t) + 12)
#define WHAT64(t) WHAT16(t), WHAT16((t) + 16), WHAT16((t) + 32), WHAT16((t) + 48)
#define WHAT256(t) WHAT64(t), WHAT64((t) + 64), WHAT64((t) + 128), WHAT64((t) + 192)
static const u8 what[2048] = {WHAT256(0u),    WHAT256(256u),  WHAT256(512u),  WHAT256(768u),
                              WHAT256(1024u), WHAT256(1280u), WHAT256(1536u), WHAT256(1792u)};

/* What follows from that. A branch's offset in words is what is left of the word, as 64 bits, when
 * it is shifted left and then, with its sign, right. */
static const struct facts {
    u8 leave, flags, left, right;
} facts_of[] = {
    [PLAIN] = {FRONT_GO_ON, 0, 0, 0},
    [READS] = {FRONT_GO_ON, GUEST_FLAGS_READ, 0, 0},
    [WRITES] = {FRONT_GO_ON, GUEST_FLAGS_WRITE, 0, 0},
    [UPDATES] = {FRONT_GO_ON, RW, 0, 0},
    [CBZ] = {FRONT_COND, 0, 40, 45},
    [TBZ] = {FRONT_COND, 0, 45, 50},
    [B_COND] = {FRONT_COND, GUEST_FLAGS_READ, 40, 45},
    [JUMP] = {FRONT_JUMP, 0, 38, 38},
    [CALL] = {FRONT_CALL, 0, 38, 38},
    [CALL_REG] = {FRONT_CALL_REG, 0, 0, 0},
    [CLOSER] = {FRONT_GO_ON, 0, 0, 0},
};

static u8 flags_of_fp(u32 w)
{
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

/* A whole loop of exclusives is one instruction. */
static void classify_exclusive(struct front_insn *in, gaddr pc, gaddr limit)
{
    struct a64_excl_loop e;
    if (!a64_find_excl_loop(&e, pc, limit)) {
        return;
    }
    in->len = e.len;
    in->flags = e.compares ? GUEST_FLAGS_WRITE : 0;
    if (e.form == A64_LOOP_CAS && e.out != pc + e.len) {
        in->leave = FRONT_COND;
        in->to = e.out;
    }
}

static void look_closer(struct front_insn *in, gaddr pc, gaddr limit, u32 w)
{
    switch (w >> 24) {
    case 0x1e:
        in->flags = flags_of_fp(w);
        break;
    case 0xd5:
        in->flags = flags_of_system(w);
        break;
    case 0xd4: /* SVC goes on behind it; BRK, HLT and the undefined do not */
        in->leave = (w & 0xffe0001f) == 0xd4000001 ? FRONT_SYSCALL : FRONT_TRAP;
        break;
    case 0xd6: /* the linker's stubs end with BR x17; RET by another register than x30 is a jump like others */
        in->leave = w == 0xd65f03c0 ? FRONT_RETURN : w == 0xd61f0220 ? FRONT_JUMP_FAR : FRONT_JUMP_REG;
        break;
    case 0x00:
        in->leave = w >> 16 ? FRONT_GO_ON : FRONT_TRAP; /* UDF */
        break;
    default:
        classify_exclusive(in, pc, limit);
    }
}

static inline bool classify(struct front_insn *in, gaddr pc, gaddr limit)
{
    u32 w;
    if (unlikely(pc + 4 > limit)) {
        return false;
    }
    __builtin_memcpy(&w, (const void *)(uintptr_t)pc, 4);
    unsigned n = what[w >> 21];
    struct facts f = facts_of[n];
    in->word = w;
    in->len = 4;
    in->leave = f.leave;
    in->flags = f.flags;
    in->to = pc + (u64)((s64)((u64)w << f.left) >> f.right) * 4;
    if (unlikely(n == CLOSER)) {
        look_closer(in, pc, limit, w);
    }
    return true;
}

const struct front_insn *a64_read_run(struct front_run *r)
{
    return front_read(r, classify);
}

gaddr a64_skip_plain(gaddr pc, gaddr end)
{
    for (u32 w; pc + 4 <= end; pc += 4) {
        __builtin_memcpy(&w, (const void *)(uintptr_t)pc, 4);
        if (what[w >> 21] != PLAIN) {
            break;
        }
    }
    return pc;
}
