/* A64 instructions executed one by one, for code that has not run often enough to be translated
 * (Arm ARM C6.2).
 *
 * Only what such code is mostly made of: integer instructions, branches, plain loads and stores.
 * Everything else, and what is undefined, unpredictable or faults, is refused before it changes
 * anything; translated code does it then. */
#include "frontend/aarch64/a64_state.h"
#include "frontend/aarch64/lift.h"
#include "frontend/aarch64/priv.h"
#include "mem/access.h"

/* What a word is, told by its top 11 bits. */
enum form {
    REFUSED,
    ADR,
    ADD_IMM,
    LOGIC_IMM,
    MOVE_WIDE,
    BITFIELD,
    EXTRACT,
    BRANCH,
    COMPARE_BRANCH,
    TEST_BRANCH,
    BRANCH_COND,
    BRANCH_REG,
    EXCEPTION,
    SYSTEM,
    LOGIC_REG,
    ADD_REG,
    ADD_EXT,
    COND_COMPARE,
    COND_SELECT,
    TWO_SOURCE,
    ONE_SOURCE,
    THREE_SOURCE,
    LITERAL,
    PAIR,
    LDST_9BIT, /* unscaled, indexed, and with bit 21 by a register */
    LDST_12BIT,
    LOAD_ACQUIRE,
    FP_MOVE,
    VECTOR_CONST,
    VECTOR_DUP,
};

#define IS(t, mask, bits) (((t) & (mask) >> 21) == (bits) >> 21)
#define FORM(t)                                                                                    \
    (IS(t, 0x1f000000, 0x10000000)   ? ADR                                                         \
     : IS(t, 0x1f800000, 0x11000000) ? ADD_IMM                                                     \
     : IS(t, 0x1f800000, 0x12000000) ? LOGIC_IMM                                                   \
     : IS(t, 0x1f800000, 0x12800000) ? MOVE_WIDE                                                   \
     : IS(t, 0x1f800000, 0x13000000) ? BITFIELD                                                    \
     : IS(t, 0x7f800000, 0x13800000) ? EXTRACT                                                     \
     : IS(t, 0x7c000000, 0x14000000) ? BRANCH                                                      \
     : IS(t, 0x7e000000, 0x34000000) ? COMPARE_BRANCH                                              \
     : IS(t, 0x7e000000, 0x36000000) ? TEST_BRANCH                                                 \
     : IS(t, 0xff000000, 0x54000000) ? BRANCH_COND                                                 \
     : IS(t, 0xfe000000, 0xd6000000) ? BRANCH_REG                                                  \
     : IS(t, 0xffe00000, 0xd4000000) ? EXCEPTION                                                   \
     : IS(t, 0xffc00000, 0xd5000000) ? SYSTEM                                                      \
     : IS(t, 0x1f000000, 0x0a000000) ? LOGIC_REG                                                   \
     : IS(t, 0x1f200000, 0x0b000000) ? ADD_REG                                                     \
     : IS(t, 0x1fe00000, 0x0b200000) ? ADD_EXT                                                     \
     : IS(t, 0x3fe00000, 0x3a400000) ? COND_COMPARE                                                \
     : IS(t, 0x3fe00000, 0x1a800000) ? COND_SELECT                                                 \
     : IS(t, 0x7fe00000, 0x1ac00000) ? TWO_SOURCE                                                  \
     : IS(t, 0x7fe00000, 0x5ac00000) ? ONE_SOURCE                                                  \
     : IS(t, 0x7f000000, 0x1b000000) ? THREE_SOURCE                                                \
     : IS(t, 0x3b000000, 0x18000000) ? LITERAL                                                     \
     : IS(t, 0x3a000000, 0x28000000) ? PAIR                                                        \
     : IS(t, 0x3b000000, 0x38000000) ? LDST_9BIT                                                   \
     : IS(t, 0x3b000000, 0x39000000) ? LDST_12BIT                                                  \
     : IS(t, 0x3fe00000, 0x08c00000) ? LOAD_ACQUIRE                                                \
     : IS(t, 0x9fe00000, 0x0f000000) ? VECTOR_CONST                                                \
     : IS(t, 0xbfe00000, 0x0e000000) ? VECTOR_DUP                                                  \
     : IS(t, 0x7fa00000, 0x1e200000) ? FP_MOVE                                                     \
                                     : REFUSED)
#define FORM4(t) FORM(t), FORM((t) + 1), FORM((t) + 2), FORM((t) + 3)
#define FORM16(t) FORM4(t), FORM4((t) + 4), FORM4((t) + 8), FORM4((t) + 12)
#define FORM64(t) FORM16(t), FORM16((t) + 16), FORM16((t) + 32), FORM16((t) + 48)
#define FORM256(t) FORM64(t), FORM64((t) + 64), FORM64((t) + 128), FORM64((t) + 192)
static const u8 forms[2048] = {FORM256(0u),    FORM256(256u),  FORM256(512u),  FORM256(768u),
                               FORM256(1024u), FORM256(1280u), FORM256(1536u), FORM256(1792u)};

/* Bits LO .. LO+N-1 of W, and the same as a signed number. */
static inline u32 bits(u32 w, unsigned lo, unsigned n)
{
    return w >> lo & ((1u << n) - 1);
}

static inline s64 sbits(u32 w, unsigned lo, unsigned n)
{
    return (s64)((u64)w << (64 - lo - n)) >> (64 - n);
}

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

/* Packed flags of A + B and A - B, in the upper half of 64 bits where the operation has 32. */
static inline u32 flags_add(u32 sf, u64 a, u64 b)
{
    unsigned up = sf ? 0 : 32;
    a <<= up, b <<= up;
    u64 r = a + b;
    return (u32)(r >> 63) << 15 | (u32)(r == 0) << 14 | (u32)(r < a) << 8 |
           (u32)(((a ^ r) & (b ^ r)) >> 63);
}

static inline u32 flags_sub(u32 sf, u64 a, u64 b)
{
    unsigned up = sf ? 0 : 32;
    a <<= up, b <<= up;
    u64 r = a - b;
    return (u32)(r >> 63) << 15 | (u32)(r == 0) << 14 | (u32)(a >= b) << 8 |
           (u32)(((a ^ b) & (a ^ r)) >> 63);
}

static inline u32 flags_logic(u32 sf, u64 r)
{
    return (u32)(r >> (sf ? 63 : 31)) << 15 | (u32)(r == 0) << 14;
}

static inline bool holds(u32 f, unsigned cond)
{
    bool n = f & IR_NZCV_N, z = f & IR_NZCV_Z, c = f & IR_NZCV_C, v = f & IR_NZCV_V, r;
    switch (cond >> 1) {
    case 0:
        r = z;
        break;
    case 1:
        r = c;
        break;
    case 2:
        r = n;
        break;
    case 3:
        r = v;
        break;
    case 4:
        r = c && !z;
        break;
    case 5:
        r = n == v;
        break;
    case 6:
        r = n == v && !z;
        break;
    default:
        return true;
    }
    return r != (cond & 1);
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

/* --- data processing --- */

/* A + B, or A - B, into RD (SP: what 31 means where no flags are set). */
static inline void add_sub(struct a64_regs *r, u32 w, u64 a, u64 b, bool sp)
{
    u32 sf = SF(w);
    bool sub = w >> 30 & 1;
    u64 v = narrow(sf, sub ? a - b : a + b);
    if (w >> 29 & 1) {
        r->nzcv = sub ? flags_sub(sf, a, b) : flags_add(sf, a, b);
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
        r->nzcv = flags_logic(sf, v);
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
    r->nzcv = w >> 30 & 1 ? flags_sub(sf, a, b) : flags_add(sf, a, b);
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

/* 64 bytes, as DCZID_EL0 says. */
static bool zero_line(gaddr line)
{
    static const v128 zero;
    for (unsigned i = 0; i < 64; i += 16) {
        if (!mem_store128(line + i, &zero)) {
            return false;
        }
    }
    return true;
}

static inline bool system_insn(struct a64_regs *r, u32 w)
{
    if ((w & 0xfffff01f) == 0xd503201f) { /* hints; YIELD to SEVL are not all nothing */
        return bits(w, 5, 7) == 0 || bits(w, 5, 7) > 7;
    }
    if ((w & 0xfffff0df) == 0xd503309f) { /* DSB and DMB */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return true;
    }
    switch (w & ~31u) {
    case 0xd53bd040: /* MRS TPIDR_EL0 */
        set(r, RD(w), r->tpidr);
        return true;
    case 0xd51bd040:
        r->tpidr = get(r, RD(w));
        return true;
    case 0xd50b7420: /* DC ZVA */
        return zero_line(ALIGN_DOWN(get(r, RD(w)), 64));
    }
    return false;
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

/* --- loads and stores --- */

/* General register N from ADDR: 1 << SIZE bytes, the sign extended to 32 << SF bits if SIGN. */
static inline bool load(struct a64_regs *r, unsigned n, gaddr addr, unsigned size, bool sign,
                        u32 sf)
{
    u64 v;
    bool ok;
    switch (size | (sign ? 4 : 0)) {
    case 0:
        ok = mem_load8(addr, &v);
        break;
    case 1:
        ok = mem_load16(addr, &v);
        break;
    case 2:
        ok = mem_load32(addr, &v);
        break;
    case 4:
        ok = mem_load8s(addr, &v);
        break;
    case 5:
        ok = mem_load16s(addr, &v);
        break;
    case 6:
        ok = mem_load32s(addr, &v);
        break;
    default:
        ok = mem_load64(addr, &v);
    }
    if (ok) {
        set(r, n, sign ? narrow(sf, v) : v);
    }
    return ok;
}

static inline bool store(gaddr addr, unsigned size, u64 v)
{
    switch (size) {
    case 0:
        return mem_store8(addr, v);
    case 1:
        return mem_store16(addr, v);
    case 2:
        return mem_store32(addr, v);
    default:
        return mem_store64(addr, v);
    }
}

/* Vector register N, 1 << SIZE bytes of it. */
static inline bool load_v(struct a64_regs *r, unsigned n, gaddr addr, unsigned size)
{
    u64 v;
    if (size == 4) {
        return mem_load128(addr, &r->v[n]);
    }
    if (!(size == 3   ? mem_load64(addr, &v)
          : size == 2 ? mem_load32(addr, &v)
          : size == 1 ? mem_load16(addr, &v)
                      : mem_load8(addr, &v))) {
        return false;
    }
    r->v[n] = (v128){.d = {v, 0}};
    return true;
}

static inline bool store_v(const struct a64_regs *r, unsigned n, gaddr addr, unsigned size)
{
    return size == 4 ? mem_store128(addr, &r->v[n]) : store(addr, size, r->v[n].d[0]);
}

/* One register at ADDR, which the word W says more of. */
static inline bool load_store(struct a64_regs *r, u32 w, gaddr addr)
{
    unsigned size = bits(w, 30, 2), opc = bits(w, 22, 2), t = RD(w);
    if (w >> 26 & 1) {
        size |= opc >> 1 << 2;
        return opc & 1 ? load_v(r, t, addr, size) : store_v(r, t, addr, size);
    }
    if (opc == 0) {
        return store(addr, size, get(r, t));
    }
    return load(r, t, addr, size, opc > 1, opc == 2);
}

/* Neither a prefetch nor unallocated: the number of bytes is log2 of SCALE. */
static inline bool scale_of(u32 w, unsigned *scale)
{
    unsigned size = bits(w, 30, 2), opc = bits(w, 22, 2);
    if (w >> 26 & 1) {
        *scale = size | opc >> 1 << 2;
        return *scale <= 4;
    }
    *scale = size;
    return opc < 2 || size + (opc & 1) < 3;
}

static inline bool load_store_9(struct a64_regs *r, u32 w)
{
    unsigned scale, mode = bits(w, 10, 2), n = RN(w);
    if (!scale_of(w, &scale)) {
        return false;
    }
    u64 *base = xsp(r, n);
    if (w >> 21 & 1) {
        unsigned option = bits(w, 13, 3);
        if (mode != 2 || !(option & 2)) {
            return false;
        }
        return load_store(r, w,
                          *base + (extended(get(r, RM(w)), option) << (w >> 12 & 1 ? scale : 0)));
    }
    u64 imm = (u64)sbits(w, 12, 9);
    if (!(mode & 1)) { /* unscaled or, not for vectors, unprivileged */
        return !(mode && w >> 26 & 1) && load_store(r, w, *base + imm);
    }
    if (n == RD(w) && n != 31 && !(w >> 26 & 1)) {
        return false;
    }
    if (!load_store(r, w, *base + (mode == 3 ? imm : 0))) {
        return false;
    }
    *base += imm;
    return true;
}

static inline bool load_store_12(struct a64_regs *r, u32 w)
{
    unsigned scale;
    return scale_of(w, &scale) &&
           load_store(r, w, *xsp(r, RN(w)) + ((u64)bits(w, 10, 12) << scale));
}

static inline bool pair_v(struct a64_regs *r, u32 w, gaddr addr, unsigned size)
{
    unsigned t = RD(w), t2 = RA(w);
    if (!(w >> 22 & 1)) {
        return store_v(r, t, addr, size) && store_v(r, t2, addr + (1u << size), size);
    }
    v128 old = r->v[t];
    if (load_v(r, t, addr, size)) {
        if (load_v(r, t2, addr + (1u << size), size)) {
            return true;
        }
        r->v[t] = old;
    }
    return false;
}

static inline bool pair_x(struct a64_regs *r, u32 w, gaddr addr, unsigned size)
{
    unsigned t = RD(w), t2 = RA(w);
    u64 a, b;
    if (!(w >> 22 & 1)) {
        return store(addr, size, get(r, t)) && store(addr + (1u << size), size, get(r, t2));
    }
    if (!(size == 3 ? mem_load64(addr, &a) && mem_load64(addr + 8, &b)
                    : mem_load32(addr, &a) && mem_load32(addr + 4, &b))) {
        return false;
    }
    set(r, t, a);
    set(r, t2, b);
    return true;
}

static inline bool load_store_pair(struct a64_regs *r, u32 w)
{
    unsigned opc = bits(w, 30, 2), mode = bits(w, 23, 2), t = RD(w), t2 = RA(w), n = RN(w);
    bool vector = w >> 26 & 1, loads = w >> 22 & 1, back = mode & 1;
    if (opc == 3 || (!vector && opc == 1) || (loads && t == t2) ||
        (!vector && back && n != 31 && (t == n || t2 == n))) {
        return false;
    }
    unsigned size = vector ? 2 + opc : 2 + (opc >> 1);
    u64 *base = xsp(r, n), imm = (u64)sbits(w, 15, 7) << size;
    gaddr addr = *base + (mode == 1 ? 0 : imm);
    if (!(vector ? pair_v(r, w, addr, size) : pair_x(r, w, addr, size))) {
        return false;
    }
    if (back) {
        *base += imm;
    }
    return true;
}

static inline bool load_literal(struct a64_regs *r, u32 w, gaddr pc)
{
    unsigned opc = bits(w, 30, 2);
    gaddr addr = pc + (u64)sbits(w, 5, 19) * 4;
    if (opc == 3) {
        return false;
    }
    return w >> 26 & 1 ? load_v(r, RD(w), addr, 2 + opc)
                       : load(r, RD(w), addr, opc == 1 ? 3 : 2, opc == 2, 1);
}

static inline bool load_acquire(struct a64_regs *r, u32 w)
{
    unsigned size = bits(w, 30, 2);
    gaddr addr = *xsp(r, RN(w));
    return (w & 0x8000) && !(addr & ((1u << size) - 1)) && load(r, RD(w), addr, size, false, 0);
}

/* --- the loop --- */

/* Goes on at TO as HOW says. */
static inline enum guest_step jump(struct cpu *cpu, gaddr to, enum guest_step how)
{
    cpu->pc = to;
    return how;
}

/* A call at PC has to be translated: the flags are read behind it, and not yet kept by returns (lift_branch.c). */
static bool wants_flags(const struct a64_regs *r, gaddr pc)
{
    u64 word;
    gaddr page = ALIGN_DOWN(pc, 4096), limit = page + 4096;
    if (limit - pc <= FRONT_READ_BYTES && mem_load32(limit, &word)) {
        limit += 4096;
    }
    struct translate_params p = {.pc = pc, .lo = page, .limit = limit};
    return !r->ret_flags && front_flags_read_at(&a64_front, &p, pc + 4);
}

static enum guest_step branch_reg(struct cpu *cpu, struct a64_regs *r, u32 w, gaddr pc)
{
    gaddr to = get(r, RN(w));
    switch (w & 0xfffffc1f) {
    case 0xd61f0000:
        return jump(cpu, to, GUEST_STEP_JUMP);
    case 0xd63f0000:
        if (wants_flags(r, pc)) {
            break;
        }
        r->x[30] = pc + 4;
        return jump(cpu, to, GUEST_STEP_CALL);
    case 0xd65f0000:
        return jump(cpu, to, GUEST_STEP_RETURN);
    }
    return jump(cpu, pc, GUEST_STEP_REFUSED);
}

enum guest_step a64_interpret(struct cpu *cpu, gaddr limit)
{
    struct a64_regs *r = a64_regs(cpu);
    gaddr pc = cpu->pc;
    u64 word, v;
    bool ok = true;
    while (!(pc & 3) && pc < limit && mem_load32(pc, &word)) {
        u32 w = (u32)word, sf = SF(w);
        switch ((enum form)forms[w >> 21]) {
        case ADR:
            v = (u64)(sbits(w, 5, 19) * 4 + bits(w, 29, 2));
            set(r, RD(w), sf ? ALIGN_DOWN(pc, 4096) + (v << 12) : pc + v);
            break;
        case ADD_IMM:
            add_sub(r, w, *xsp(r, RN(w)), (u64)bits(w, 10, 12) << (w >> 22 & 1 ? 12 : 0), true);
            break;
        case LOGIC_IMM:
            ok = !(w >> 22 & 1 & ~sf) &&
                 a64_bitmask(sf, w >> 22 & 1, bits(w, 16, 6), bits(w, 10, 6), &v);
            if (ok) {
                logic(r, w, get(r, RN(w)), v, true);
            }
            break;
        case MOVE_WIDE:
            ok = move_wide(r, w);
            break;
        case BITFIELD:
            ok = bitfield(r, w);
            break;
        case EXTRACT:
            ok = extract(r, w);
            break;
        case BRANCH:
            if (sf && wants_flags(r, pc)) {
                return jump(cpu, pc, GUEST_STEP_REFUSED);
            }
            if (sf) {
                r->x[30] = pc + 4;
            }
            return jump(cpu, pc + (u64)sbits(w, 0, 26) * 4, sf ? GUEST_STEP_CALL : GUEST_STEP_JUMP);
        case COMPARE_BRANCH:
            if ((narrow(sf, get(r, RD(w))) == 0) != (w >> 24 & 1)) {
                return jump(cpu, pc + (u64)sbits(w, 5, 19) * 4, GUEST_STEP_JUMP);
            }
            break;
        case TEST_BRANCH:
            if ((get(r, RD(w)) >> (sf << 5 | bits(w, 19, 5)) & 1) == (w >> 24 & 1)) {
                return jump(cpu, pc + (u64)sbits(w, 5, 14) * 4, GUEST_STEP_JUMP);
            }
            break;
        case BRANCH_COND:
            ok = !(w & 16);
            if (ok && holds(r->nzcv, w & 15)) {
                return jump(cpu, pc + (u64)sbits(w, 5, 19) * 4, GUEST_STEP_JUMP);
            }
            break;
        case BRANCH_REG:
            return branch_reg(cpu, r, w, pc);
        case EXCEPTION:
            if ((w & 31) == 1) {
                return jump(cpu, pc + 4, GUEST_STEP_SYSCALL);
            }
            ok = false;
            break;
        case SYSTEM:
            ok = system_insn(r, w);
            break;
        case LOGIC_REG:
            ok = sf || !(w & 0x8000);
            if (ok) {
                v = shifted(sf, narrow(sf, get(r, RM(w))), bits(w, 22, 2), bits(w, 10, 6));
                logic(r, w, get(r, RN(w)), w >> 21 & 1 ? ~v : v, false);
            }
            break;
        case ADD_REG:
            ok = (sf || !(w & 0x8000)) && bits(w, 22, 2) != 3;
            if (ok) {
                v = shifted(sf, narrow(sf, get(r, RM(w))), bits(w, 22, 2), bits(w, 10, 6));
                add_sub(r, w, get(r, RN(w)), v, false);
            }
            break;
        case ADD_EXT:
            ok = bits(w, 10, 3) <= 4;
            if (ok) {
                add_sub(r, w, *xsp(r, RN(w)),
                        extended(get(r, RM(w)), bits(w, 13, 3)) << bits(w, 10, 3), true);
            }
            break;
        case COND_COMPARE:
            ok = cond_compare(r, w);
            break;
        case COND_SELECT:
            ok = cond_select(r, w);
            break;
        case TWO_SOURCE:
            ok = two_source(r, w);
            break;
        case ONE_SOURCE:
            ok = one_source(r, w);
            break;
        case THREE_SOURCE:
            ok = three_source(r, w);
            break;
        case LITERAL:
            ok = load_literal(r, w, pc);
            break;
        case PAIR:
            ok = load_store_pair(r, w);
            break;
        case LDST_9BIT:
            ok = load_store_9(r, w);
            break;
        case LDST_12BIT:
            ok = load_store_12(r, w);
            break;
        case LOAD_ACQUIRE:
            ok = load_acquire(r, w);
            break;
        case FP_MOVE:
            ok = fp_move(r, w);
            break;
        case VECTOR_CONST:
            ok = vector_const(r, w);
            break;
        case VECTOR_DUP:
            ok = vector_dup(r, w);
            break;
        case REFUSED:
            ok = false;
        }
        if (unlikely(!ok)) {
            break;
        }
        pc += 4;
    }
    return jump(cpu, pc, GUEST_STEP_REFUSED);
}
