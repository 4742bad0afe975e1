/* Interpreted A64 data processing (Arm ARM C6.2). Each function executes one word of its class;
 * false: not this one. */
#ifndef FRONTEND_AARCH64_INTERP_INT_H
#define FRONTEND_AARCH64_INTERP_INT_H

#include "frontend/aarch64/a64_state.h"
#include "frontend/aarch64/priv.h"
#include "frontend/interp.h"

#define RD(w) bits(w, 0, 5)
#define RN(w) bits(w, 5, 5)
#define RM(w) bits(w, 16, 5)
#define RA(w) bits(w, 10, 5)
#define SF(w) ((w) >> 31)

/* Registers; number 31 is zero, in the _sp forms SP, which follows x30 in memory. */
static inline u64 *xsp(struct a64_regs *r, unsigned n)
{
    _Static_assert(offsetof(struct a64_regs, sp) == offsetof(struct a64_regs, x) + 31 * 8,
                   "SP is number 31");
    return (u64 *)((u8 *)r + offsetof(struct a64_regs, x)) + n;
}

static inline u64 get(struct a64_regs *r, unsigned n)
{
    return n == 31 ? 0 : *xsp(r, n);
}

static inline void set(struct a64_regs *r, unsigned n, u64 v)
{
    if (n != 31) {
        *xsp(r, n) = v;
    }
}

/* V in a register of 32 << SF bits. */
static inline u64 narrow(u32 sf, u64 v)
{
    return sf ? v : (u32)v;
}

static inline u32 flags_of(enum ir_flags_kind kind, u32 sf, u64 a, u64 b)
{
    return ir_pack_flags(kind, A64_TYPE(sf), a, b);
}

static inline bool holds(u32 flags, unsigned cond)
{
    return cond >= 14 || ir_flags_hold(flags, cond);
}

/* V shifted as TYPE (LSL LSR ASR ROR) says by N, less than its width; V has no bits above the
 * width. */
static inline u64 shifted(u32 sf, u64 v, unsigned type, unsigned n)
{
    switch (type) {
    case 0:
        return narrow(sf, v << n);
    case 1:
        return v >> n;
    case 2:
        return sf ? (u64)((s64)v >> n) : (u32)((s32)v >> n);
    default:
        return n == 0 ? v : sf ? v >> n | v << (64 - n) : (u32)v >> n | (u32)v << (32 - n);
    }
}

/* V extended as OPTION (UXTB .. SXTX) says. */
static inline u64 extended(u64 v, unsigned option)
{
    unsigned drop = 64 - (8u << (option & 3));
    return option & 4 ? (u64)((s64)(v << drop) >> drop) : v << drop >> drop;
}

/* A + B, or A - B, into RD (SP: what 31 means where no flags are set). */
static inline void add_sub(struct a64_regs *r, u32 w, u64 a, u64 b, bool sp)
{
    u32 sf = SF(w);
    bool sub = w >> 30 & 1;
    u64 v = narrow(sf, sub ? a - b : a + b);
    if (w >> 29 & 1) {
        r->nzcv = flags_of(sub ? IR_FL_SUB : IR_FL_ADD, sf, a, b);
        set(r, RD(w), v);
    } else if (sp) {
        *xsp(r, RD(w)) = v;
    } else {
        set(r, RD(w), v);
    }
}

static inline void logic(struct a64_regs *r, u32 w, u64 a, u64 b, bool sp)
{
    u32 sf = SF(w), opc = bits(w, 29, 2);
    u64 v = narrow(sf, opc == 1 ? a | b : opc == 2 ? a ^ b : a & b);
    if (opc == 3) {
        r->nzcv = flags_of(IR_FL_LOGIC, sf, v, 0);
    }
    if (sp && opc != 3) {
        *xsp(r, RD(w)) = v;
    } else {
        set(r, RD(w), v);
    }
}

static inline bool move_wide(struct a64_regs *r, u32 w)
{
    u32 sf = SF(w), opc = bits(w, 29, 2), hw = bits(w, 21, 2);
    u64 imm = (u64)bits(w, 5, 16) << (16 * hw);
    if (opc == 1 || (!sf && hw > 1)) {
        return false;
    }
    u64 v = opc == 0 ? ~imm : opc == 2 ? imm : (get(r, RD(w)) & ~(0xffffull << (16 * hw))) | imm;
    set(r, RD(w), narrow(sf, v));
    return true;
}

static inline bool bitfield(struct a64_regs *r, u32 w)
{
    u32 sf = SF(w), opc = bits(w, 29, 2), immr = bits(w, 16, 6), imms = bits(w, 10, 6),
        width = sf ? 64 : 32;
    if (opc == 3 || bits(w, 22, 1) != sf || immr >= width || imms >= width) {
        return false;
    }
    bool extract = imms >= immr;
    unsigned lsb = extract ? 0 : width - immr, len = extract ? imms - immr + 1 : imms + 1;
    u64 v = get(r, RN(w)) >> (extract ? immr : 0), mask = MASK64(len);
    if (opc == 0) {
        v = (u64)((s64)(v << (64 - len)) >> (64 - len)) << lsb;
    } else {
        v = (v & mask) << lsb;
    }
    if (opc == 1) {
        v |= get(r, RD(w)) & ~(mask << lsb);
    }
    set(r, RD(w), narrow(sf, v));
    return true;
}

static inline bool extract(struct a64_regs *r, u32 w)
{
    u32 sf = SF(w), lsb = bits(w, 10, 6);
    if (bits(w, 21, 2) != sf << 1 || (!sf && lsb > 31)) {
        return false;
    }
    u64 hi = get(r, RN(w)), lo = get(r, RM(w));
    u64 v = lsb == 0 ? lo
            : sf     ? lo >> lsb | hi << (64 - lsb)
                     : ((u64)(u32)hi << 32 | (u32)lo) >> lsb;
    set(r, RD(w), narrow(sf, v));
    return true;
}

static inline bool two_source(struct a64_regs *r, u32 w)
{
    u32 sf = SF(w), op = bits(w, 10, 6);
    u64 a = narrow(sf, get(r, RN(w))), b = narrow(sf, get(r, RM(w))), v;
    if (op == 2) {
        v = b ? a / b : 0;
    } else if (op == 3) {
        s64 x = sf ? (s64)a : (s32)a, y = sf ? (s64)b : (s32)b;
        v = y == 0 ? 0 : y == -1 ? 0 - (u64)x : (u64)(x / y);
    } else if (op >= 8 && op < 12) {
        v = shifted(sf, a, op & 3, (unsigned)b & (sf ? 63 : 31));
    } else {
        return false;
    }
    set(r, RD(w), narrow(sf, v));
    return true;
}

static inline bool one_source(struct a64_regs *r, u32 w)
{
    u32 sf = SF(w);
    u64 a = narrow(sf, get(r, RN(w))), v;
    switch (bits(w, 10, 11)) {
    case 0: /* RBIT */
        v = __builtin_bswap64(a);
        v = (v >> 4 & 0x0f0f0f0f0f0f0f0full) | (v & 0x0f0f0f0f0f0f0f0full) << 4;
        v = (v >> 2 & 0x3333333333333333ull) | (v & 0x3333333333333333ull) << 2;
        v = (v >> 1 & 0x5555555555555555ull) | (v & 0x5555555555555555ull) << 1;
        v >>= sf ? 0 : 32;
        break;
    case 2: /* REV of 32 bits, REV32 */
        v = sf ? (u64)__builtin_bswap32((u32)(a >> 32)) << 32 | __builtin_bswap32((u32)a)
               : __builtin_bswap32((u32)a);
        break;
    case 3: /* REV */
        if (!sf) {
            return false;
        }
        v = __builtin_bswap64(a);
        break;
    case 4: /* CLZ */
        v = a ? (u64)__builtin_clzll(a) - (sf ? 0 : 32) : sf ? 64 : 32;
        break;
    default:
        return false;
    }
    set(r, RD(w), v);
    return true;
}

static inline bool three_source(struct a64_regs *r, u32 w)
{
    u32 sf = SF(w), op = bits(w, 21, 3);
    bool sub = w >> 15 & 1;
    u64 a = get(r, RN(w)), b = get(r, RM(w)), c = get(r, RA(w)), v;
    switch (op) {
    case 0:
        v = a * b;
        break;
    case 1:
        v = (u64)((s64)(s32)a * (s32)b);
        break;
    case 5:
        v = (u64)(u32)a * (u32)b;
        break;
    case 2: /* SMULH */
    case 6: /* UMULH */
        v = op == 6 ? (u64)((unsigned __int128)a * b >> 64)
                    : (u64)((__int128)(s64)a * (s64)b >> 64);
        c = 0;
        if (sub) {
            return false;
        }
        break;
    default:
        return false;
    }
    if (op && !sf) {
        return false;
    }
    set(r, RD(w), narrow(sf, sub ? c - v : c + v));
    return true;
}

static inline bool cond_compare(struct a64_regs *r, u32 w)
{
    u32 sf = SF(w);
    if (w & 0x410) {
        return false;
    }
    if (!holds(r->nzcv, bits(w, 12, 4))) {
        r->nzcv = a64_pack_nzcv(bits(w, 0, 4));
        return true;
    }
    u64 a = get(r, RN(w)), b = w >> 11 & 1 ? RM(w) : get(r, RM(w));
    r->nzcv = flags_of(w >> 30 & 1 ? IR_FL_SUB : IR_FL_ADD, sf, a, b);
    return true;
}

static inline bool cond_select(struct a64_regs *r, u32 w)
{
    if (w & 0x800) {
        return false;
    }
    u64 v;
    if (holds(r->nzcv, bits(w, 12, 4))) {
        v = get(r, RN(w));
    } else {
        v = get(r, RM(w));
        v = w >> 30 & 1 ? ~v : v;
        v += w >> 10 & 1;
    }
    set(r, RD(w), narrow(SF(w), v));
    return true;
}

/* FMOV between a general and a vector register of the same width. */
static inline bool fp_move(struct a64_regs *r, u32 w)
{
    switch (w & 0xfffffc00) {
    case 0x1e260000:
        set(r, RD(w), (u32)r->v[RN(w)].d[0]);
        return true;
    case 0x9e660000:
        set(r, RD(w), r->v[RN(w)].d[0]);
        return true;
    case 0x1e270000:
        r->v[RD(w)] = (v128){.d = {(u32)get(r, RN(w)), 0}};
        return true;
    case 0x9e670000:
        r->v[RD(w)] = (v128){.d = {get(r, RN(w)), 0}};
        return true;
    }
    return false;
}

/* MOVI and MVNI; cmode 0b1111 with op and bit 11 is other things, the others with bit 0 are ORR and
 * BIC. */
static inline bool vector_const(struct a64_regs *r, u32 w)
{
    u32 q = w >> 30 & 1, op = w >> 29 & 1, cmode = bits(w, 12, 4);
    if ((w & 0xc00) != 0x400 || bits(w, 19, 2) || cmode == 15 || (cmode < 12 && cmode & 1)) {
        return false;
    }
    u64 v = a64_expand_simd(op, cmode, bits(w, 16, 3) << 5 | bits(w, 5, 5));
    v = op && cmode != 14 ? ~v : v;
    r->v[RD(w)] = (v128){.d = {v, q ? v : 0}};
    return true;
}

/* DUP from a general register. */
static inline bool vector_dup(struct a64_regs *r, u32 w)
{
    u32 q = w >> 30 & 1, imm5 = RM(w);
    u64 v = get(r, RN(w));
    if ((w & 0xfc00) != 0x0c00) {
        return false;
    }
    switch (imm5 & -imm5) { /* the lowest bit tells the size */
    case 1:
        v = (u8)v * 0x0101010101010101ull;
        break;
    case 2:
        v = (u16)v * 0x0001000100010001ull;
        break;
    case 4:
        v = (u32)v * 0x0000000100000001ull;
        break;
    case 8:
        if (q) {
            break;
        } /* fall through */
    default:
        return false;
    }
    r->v[RD(w)] = (v128){.d = {v, q ? v : 0}};
    return true;
}

#endif
