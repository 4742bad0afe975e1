/* A first look at A64 code: what each word does to the flags and where it goes on. */
#include "frontend/aarch64/lift.h"

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

/* Bits of branch W from bit 5 on are its offset in words. */
static gaddr target(gaddr pc, u32 w, unsigned bits)
{
    return pc + (u64)(sext64(w >> 5, bits) * 4);
}

static void classify_branch(struct front_insn *in, gaddr pc, u32 w)
{
    switch (w >> 24 & 0xfe) {
    case 0x34: /* CBZ CBNZ */
    case 0xb4:
        in->leave = FRONT_COND;
        in->to = target(pc, w, 19);
        break;
    case 0x36: /* TBZ TBNZ */
    case 0xb6:
        in->leave = FRONT_COND;
        in->to = target(pc, w, 14);
        break;
    case 0x54: /* B.cond */
        in->leave = FRONT_COND;
        in->to = target(pc, w, 19);
        in->flags = GUEST_FLAGS_READ;
        break;
    case 0xd6: /* BR BLR RET */
        in->leave = (w >> 21 & 0xf) == 1 ? FRONT_CALL_REG : w >> 21 & 0xf ? FRONT_RETURN : FRONT_JUMP_REG;
        break;
    case 0xd4: /* SVC goes on behind it; BRK, HLT and the undefined do not */
        if (w >> 24 == 0xd5) { /* system */
            in->flags = flags_of_system(w);
        } else {
            in->leave = (w & 0xffe0001f) == 0xd4000001 ? FRONT_SYSCALL : FRONT_TRAP;
        }
        break;
    default:
        if ((w & 0x7c000000) == 0x14000000) { /* B BL */
            in->leave = w >> 31 ? FRONT_CALL : FRONT_JUMP;
            in->to = pc + (u64)(sext64(w, 26) * 4);
        } else if (w >> 16 == 0) { /* UDF */
            in->leave = FRONT_TRAP;
        }
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
    switch (w >> 25 & 0xf) { /* op0 of the manual's top-level table */
    case 4:                  /* exclusives among others */
        classify_exclusive(in, pc, limit);
        break;
    case 8:                  /* data processing, immediate */
    case 9:
        in->flags = flags_of_imm(w);
        break;
    case 5: /* register */
    case 13:
        in->flags = flags_of_reg(w);
        break;
    case 15: /* scalar FP */
        in->flags = flags_of_fp(w);
        break;
    case 0:
    case 10: /* branches, exceptions, system */
    case 11:
        classify_branch(in, pc, w);
        break;
    }
}

/* True when W certainly does not touch the flags and goes on: told by the top byte, one bit each. */
static bool is_plain(u32 w)
{
    enum {
        BRANCH = 0x00f00000,      /* 14 .. 17: B, 94 .. 97: BL; 34 .. 37, b4 .. b7: CBZ CBNZ TBZ TBNZ */
        ADDS_IMM = 0x00020000,    /* 31 71 b1 f1 */
        ADDS_REG = 0x00000800,    /* 2b 6b ab eb */
        ANDS_IMM = 0x00040000,    /* 72 f2 */
        ANDS_REG = 0x00000400,    /* 6a ea */
        EXCLUSIVE = 0x00000100,   /* 08 48 88 c8 */
        CARRY_SELECT = 0x04000000 /* 1a 5a 9a da: ADC, CSEL; 3a 7a ba fa: ADCS, CCMP */
    };
    static const u32 look[8] = {
        BIT(0) /* UDF */ | EXCLUSIVE | BRANCH | CARRY_SELECT | BIT(0x1e) /* scalar FP */,
        ADDS_REG | ADDS_IMM | BRANCH | CARRY_SELECT,
        BIT(0x14) | BIT(0x15) /* 54: B.cond */ | EXCLUSIVE | CARRY_SELECT,
        ANDS_REG | ADDS_REG | ADDS_IMM | ANDS_IMM | CARRY_SELECT,
        BRANCH | EXCLUSIVE | CARRY_SELECT,
        ADDS_REG | ADDS_IMM | BRANCH | CARRY_SELECT,
        0x00f00000 /* d4 .. d7: exceptions, system, to registers */ | EXCLUSIVE | CARRY_SELECT,
        ANDS_REG | ADDS_REG | ADDS_IMM | ANDS_IMM | CARRY_SELECT,
    };
    return !(look[w >> 29] >> (w >> 24 & 31) & 1);
}

static inline bool classify(struct front_insn *in, gaddr pc, gaddr limit)
{
    u32 w;
    if (pc + 4 > limit) {
        return false;
    }
    __builtin_memcpy(&w, (const void *)(uintptr_t)pc, 4);
    in->word = w;
    in->len = 4;
    in->leave = FRONT_GO_ON;
    in->flags = 0;
    if (!is_plain(w)) {
        look_closer(in, pc, limit, w);
    }
    return true;
}

const struct front_insn *a64_read_run(struct front_run *r)
{
    return front_read(r, classify);
}
