/* The x86_64 instruction encoder. It writes backwards: each call puts one instruction in front of
 * what was written before, so the caller emits the last instruction of a sequence first. */
#ifndef BACKEND_X86_64_ENCODE_H
#define BACKEND_X86_64_ENCODE_H

#include "base/base.h"

enum hx64_gpr {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    NOREG = 0xff
};

/* Condition codes as in Jcc; cc ^ 1 inverts. */
enum hx64_cc {
    CC_O,
    CC_NO,
    CC_B,
    CC_AE,
    CC_E,
    CC_NE,
    CC_BE,
    CC_A,
    CC_S,
    CC_NS,
    CC_P,
    CC_NP,
    CC_L,
    CC_GE,
    CC_LE,
    CC_G
};

/* An opcode: byte, then prefix, map and modifiers. */
enum {
    P_66 = 1 << 8,
    P_F3 = 2 << 8,
    P_F2 = 3 << 8, /* as VEX.pp counts them */
    M_0F = 1 << 10,
    M_38 = 2 << 10,
    M_3A = 3 << 10,     /* as VEX.mmmmm counts them */
    O_W = 1 << 12,      /* REX.W, VEX.W, EVEX.W */
    O_B8 = 1 << 13,     /* byte registers: spl.. need a REX */
    O_NOEVEX = 1 << 14, /* no EVEX form: only xmm0..15 */
    O_EW = 1 << 15,     /* EVEX.W is 1 where VEX.W is 0 */
    O_COMM = 1 << 16,   /* commutative */
    O_LOCK = 1 << 17,
    O_EVEX = 1 << 18, /* exists as EVEX only (AVX-512) */
    O_K1 = 1 << 19,   /* EVEX: under mask k1 */
    O_N_SHIFT = 20,   /* log2 of the EVEX disp8 scale, 0: disp32 only */
    O_N4 = 2 << 20,
    O_N8 = 3 << 20,
    O_N16 = 4 << 20,
    O_Z = 1 << 23     /* EVEX: with zeros where the mask is clear */
};

/* M_BASE: base + disp; M_INDEX: base or none + index or none + disp. */
enum mem_kind { M_BASE, M_INDEX, M_GS, M_RIP };
/* What a rip-relative displacement or a branch leads to. */
enum fix_kind {
    FIX_SLOT /* slot number */,
    FIX_PC /* unit pc + value */,
    FIX_POOL /* byte of the literal pool */,
    FIX_HOT,
    FIX_COLD /* code: distance of the target from the region's end */,
    FIX_BLOCK /* cg.blocks[value] */
};

struct mem {
    u8 kind, base, index, scale; /* M_RIP: base is enum fix_kind; scale is log2 */
    s32 disp;                    /* M_RIP: the fix's value */
};

/* A field of 4 bytes to be filled in when the layout is known; the value is relative to its end. */
struct fix {
    u32 at; /* distance of the field from its region's end */
    s32 value;
    u8 cold; /* the field is in the cold region */
    u8 kind; /* enum fix_kind */
};

struct emit {
    u8 *p;        /* first byte written so far */
    u8 *end;      /* behind the last byte of the region being written */
    u32 features; /* HOST_* */
    u8 cold;      /* region: 0 hot, 1 cold */
    u8 trail;     /* bytes of immediate behind a rip-relative field */
    bool overflow;
    struct fix *fix, *fix_end; /* the next one, and behind the last there is room for */
};

static inline struct mem mem_base(unsigned base, s32 disp)
{
    return (struct mem){M_BASE, (u8)base, NOREG, 0, disp};
}
/* BASE + INDEX << SCALE + DISP; BASE or INDEX may be NOREG: none. */
static inline struct mem mem_index(unsigned base, unsigned index, unsigned scale, s32 disp)
{
    return (struct mem){M_INDEX, (u8)base, (u8)index, (u8)scale, disp};
}
static inline struct mem mem_gs(size_t off)
{
    return (struct mem){M_GS, 0, NOREG, 0, (s32)off};
}
static inline struct mem mem_rip(enum fix_kind kind, s32 value)
{
    return (struct mem){M_RIP, (u8)kind, NOREG, 0, value};
}

/* Raw bytes. */
static inline void e_8(struct emit *e, unsigned v)
{
    *--e->p = (u8)v;
}
static inline void e_32(struct emit *e, u32 v)
{
    e->p -= 4;
    __builtin_memcpy(e->p, &v, 4);
}
static inline void e_64(struct emit *e, u64 v)
{
    e->p -= 8;
    __builtin_memcpy(e->p, &v, 8);
}

/* Legacy encoding: register, register and register, memory. REG is the modrm.reg field. An
 * immediate is written by the caller before (e_8, e_32). */
void e_rr(struct emit *e, u32 opc, unsigned reg, unsigned rm);
void e_rm_base(struct emit *e, u32 opc, unsigned reg, struct mem m);
void e_rm_index(struct emit *e, u32 opc, unsigned reg, struct mem m);
void e_rm_gs(struct emit *e, u32 opc, unsigned reg, s32 disp);
void e_rm_rip(struct emit *e, u32 opc, unsigned reg, enum fix_kind kind, s32 value);
static inline void e_rm(struct emit *e, u32 opc, unsigned reg, struct mem m)
{
    switch ((enum mem_kind)m.kind) { /* most callers know */
    case M_BASE:
        e_rm_base(e, opc, reg, m);
        break;
    case M_INDEX:
        e_rm_index(e, opc, reg, m);
        break;
    case M_GS:
        e_rm_gs(e, opc, reg, m.disp);
        break;
    case M_RIP:
        e_rm_rip(e, opc, reg, (enum fix_kind)m.base, m.disp);
        break;
    }
}

/* VEX or EVEX: D = op(A, RM). Where the form has no A, pass 0. */
void e_vrr(struct emit *e, u32 opc, unsigned d, unsigned a, unsigned rm);
void e_vrm(struct emit *e, u32 opc, unsigned d, unsigned a, struct mem m);

/* Integer instructions. W: 0 32-bit, 1 64-bit. */
enum alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
#define WBIT(w) ((w) ? (u32)O_W : 0u)

static inline void e_alu_rr(struct emit *e, enum alu op, bool w, unsigned d, unsigned s)
{
    e_rr(e, (u32)(op << 3 | 3) | WBIT(w), d, s);
}
static inline void e_alu_rm(struct emit *e, enum alu op, bool w, unsigned d, struct mem m)
{
    e_rm(e, (u32)(op << 3 | 3) | WBIT(w), d, m);
}
static inline void e_alu_ri(struct emit *e, enum alu op, bool w, unsigned d, s32 imm)
{
    if (imm == (s8)imm) {
        e_8(e, (u8)imm);
        e_rr(e, 0x83 | WBIT(w), op, d);
    } else {
        e_32(e, (u32)imm);
        if (d == RAX) {
            e_8(e, op << 3 | 5);
            if (w) {
                e_8(e, 0x48);
            }
        } else {
            e_rr(e, 0x81 | WBIT(w), op, d);
        }
    }
}
static inline void e_alu_mi(struct emit *e, enum alu op, bool w, struct mem m, s32 imm)
{
    if (imm == (s8)imm) {
        e_8(e, (u8)imm);
        e_rm(e, 0x83 | WBIT(w), op, m);
    } else {
        e_32(e, (u32)imm);
        e_rm(e, 0x81 | WBIT(w), op, m);
    }
}
static inline void e_mov_rr(struct emit *e, bool w, unsigned d, unsigned s)
{
    e_rr(e, 0x8b | WBIT(w), d, s);
}
static inline void e_load(struct emit *e, bool w, unsigned d, struct mem m)
{
    e_rm(e, 0x8b | WBIT(w), d, m);
}
static inline void e_store(struct emit *e, bool w, unsigned s, struct mem m)
{
    e_rm(e, 0x89 | WBIT(w), s, m);
}
/* Store of 1 << SIZE bytes. */
static inline void e_store_size(struct emit *e, unsigned size, unsigned s, struct mem m)
{
    static const u32 opc[4] = {0x88 | O_B8, 0x89 | P_66, 0x89, 0x89 | O_W};
    e_rm(e, opc[size], s, m);
}
static inline void e_store_imm(struct emit *e, bool w, s32 imm, struct mem m)
{
    e_32(e, (u32)imm);
    e_rm(e, 0xc7 | WBIT(w), 0, m);
}
static inline void e_lea(struct emit *e, bool w, unsigned d, struct mem m)
{
    e_rm(e, 0x8d | WBIT(w), d, m);
}
static inline void e_test_rr(struct emit *e, bool w, unsigned a, unsigned b)
{
    e_rr(e, 0x85 | WBIT(w), a, b);
}
static inline void e_test_ri(struct emit *e, bool w, unsigned r, s32 imm)
{
    if ((u32)imm < 128 && (r < 4 || r >= 8)) {
        e_8(e, (u8)imm);
        e_rr(e, 0xf6 | O_B8, 0, r);
        return;
    }
    e_32(e, (u32)imm);
    e_rr(e, 0xf7 | WBIT(w && imm < 0), 0, r);
}
/* Any 64-bit value without touching the flags. */
void e_mov_ri(struct emit *e, unsigned d, u64 v);
static inline void e_zero(struct emit *e, unsigned d)
{
    e_rr(e, 0x33, d, d);
}
/* Shift group: 4 shl, 5 shr, 7 sar, 1 ror. */
enum { SH_ROL, SH_ROR, SH_SHL = 4, SH_SHR = 5, SH_SAR = 7 };
static inline void e_shift_ri(struct emit *e, unsigned op, bool w, unsigned d, unsigned n)
{
    if (n == 1) {
        e_rr(e, 0xd1 | WBIT(w), op, d);
        return;
    }
    e_8(e, n);
    e_rr(e, 0xc1 | WBIT(w), op, d);
}
static inline void e_setcc(struct emit *e, unsigned cc, unsigned d)
{
    e_rr(e, 0x90 | cc | M_0F | O_B8, 0, d);
}
static inline void e_cmov(struct emit *e, unsigned cc, bool w, unsigned d, unsigned s)
{
    e_rr(e, 0x40 | cc | M_0F | WBIT(w), d, s);
}
/* D = zero-extended low byte, word of S. */
static inline void e_movzx8(struct emit *e, unsigned d, unsigned s)
{
    e_rr(e, 0xb6 | M_0F | (s >= 4 ? (u32)O_B8 : 0u), d, s);
}

/* Branches. A short or near jump to a place already written in this region. */
void e_jcc(struct emit *e, unsigned cc, const u8 *target);
void e_jmp(struct emit *e, const u8 *target);
/* The same to another region or to the entry. VALUE as FIX_* says. */
void e_jcc_fix(struct emit *e, unsigned cc, enum fix_kind kind, s32 value);
void e_jmp_fix(struct emit *e, enum fix_kind kind, s32 value);
/* jmp/call *m */
static inline void e_jmp_m(struct emit *e, struct mem m)
{
    e_rm(e, 0xff, 4, m);
}
static inline void e_call_m(struct emit *e, struct mem m)
{
    e_rm(e, 0xff, 2, m);
}

#endif
