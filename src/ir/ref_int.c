/* Reference semantics of the integer operations and of packed flags. */
#include "ir/priv.h"

static inline unsigned width(enum ir_type type)
{
    return type == IR_I64 ? 64 : type == IR_I1 ? 1 : 32;
}

/* Operand as a signed number of the op's type. */
static inline s64 sval(const union ir_val *v, enum ir_type type)
{
    return type == IR_I64 ? v->s : (s32)v->u;
}

static inline u64 uval(const union ir_val *v, enum ir_type type)
{
    return type == IR_I64 ? v->u : (u32)v->u;
}

#define BINARY(name, expr)                                                                         \
    REF(name)                                                                                      \
    {                                                                                              \
        u64 x = uval(a, type), y = uval(b, type);                                                  \
        ret_int(r, type, expr);                                                                    \
    }
#define UNARY(name, expr)                                                                          \
    REF(name)                                                                                      \
    {                                                                                              \
        u64 x = uval(a, type);                                                                     \
        ret_int(r, type, expr);                                                                    \
    }
#define AMOUNT (y & (width(type) - 1))

BINARY(ADD, x + y)
BINARY(SUB, x - y)
BINARY(MUL, x *y)
BINARY(AND, x &y)
BINARY(OR, x | y)
BINARY(XOR, x ^ y)
BINARY(ANDN, x & ~y)
BINARY(SHL, x << AMOUNT)
BINARY(SHR, x >> AMOUNT)
BINARY(UDIV, y ? x / y : 0)
BINARY(UREM, y ? x % y : x)
UNARY(NOT, ~x)
UNARY(NEG, 0 - x)
UNARY(CLZ, x ? (u64)__builtin_clzll(x) - (64 - width(type)) : width(type))
UNARY(CTZ, x ? (u64)__builtin_ctzll(x) : width(type))
UNARY(POPCNT, (u64)__builtin_popcountll(x))
UNARY(BSWAP, type == IR_I64 ? __builtin_bswap64(x) : __builtin_bswap32((u32)x))
UNARY(REV16, (x & 0x00ff00ff00ff00ffull) << 8 | (x >> 8 & 0x00ff00ff00ff00ffull))

REF(SAR)
{
    ret_int(r, type, (u64)(sval(a, type) >> (b->u & (width(type) - 1))));
}

REF(MULHU)
{
    ret64(r, (u64)((u128)a->u * b->u >> 64));
}

REF(MULHS)
{
    ret64(r, (u64)((s128)a->s * b->s >> 64));
}

REF(SDIV)
{
    s64 x = sval(a, type), y = sval(b, type);
    ret_int(r, type, y == 0 ? 0 : y == -1 ? 0 - (u64)x : (u64)(x / y));
}

REF(SREM)
{
    s64 x = sval(a, type), y = sval(b, type);
    ret_int(r, type, y == 0 ? (u64)x : y == -1 ? 0 : (u64)(x % y));
}

REF(ROR)
{
    u64 x = uval(a, type);
    unsigned w = width(type), n = b->u & (w - 1);
    ret_int(r, type, n ? x >> n | x << (w - n) : x);
}

REF(EXTR)
{
    u64 hi = uval(a, type), lo = uval(b, type);
    ret_int(r, type, lo >> aux | hi << (width(type) - aux));
}

REF(ADC)
{
    ret_int(r, type, a->u + b->u + (c->u & 1));
}

REF(RBIT)
{
    u64 x = a->u, y = 0;
    unsigned w = width(type);
    for (unsigned i = 0; i < w; i++) {
        y |= (x >> i & 1) << (w - 1 - i);
    }
    ret_int(r, type, y);
}

REF(SEXT)
{
    ret_int(r, type, (u64)sext64(a->u, aux));
}

REF(ZEXT)
{
    ret_int(r, type, a->u & MASK64(aux));
}

REF(TRUNC)
{
    ret64(r, (u32)a->u);
}

REF(UBFX)
{
    ret_int(r, type, uval(a, type) >> (aux & 63) & MASK64(aux >> 6));
}

REF(SBFX)
{
    ret_int(r, type, (u64)sext64(uval(a, type) >> (aux & 63), aux >> 6));
}

REF(BFI)
{
    u64 mask = MASK64(aux >> 6) << (aux & 63);
    ret_int(r, type, (a->u & ~mask) | (b->u << (aux & 63) & mask));
}

REF(SELECT)
{
    *r = c->u & 1 ? *a : *b;
}

REF(B2I)
{
    ret64(r, a->u & 1);
}

/* x + y + carry in the width of TYPE as packed flags. */
static u32 add_flags(u64 x, u64 y, bool carry, enum ir_type type)
{
    unsigned up = 64 - width(type); /* where the sign bit is the host's */
    x <<= up;
    y <<= up;
    u64 sum = x + y + ((u64)carry << up), c = (x & y) | ((x | y) & ~sum), v = (x ^ sum) & (y ^ sum);
    return (u32)((sum >> 63) * IR_NZCV_N | (sum == 0) * IR_NZCV_Z | (c >> 63) * IR_NZCV_C | (v >> 63) * IR_NZCV_V);
}

u32 ir_pack_flags(enum ir_flags_kind kind, enum ir_type type, u64 x, u64 y)
{
    u64 mask = MASK64(width(type));
    x &= mask;
    y &= mask;
    switch (kind) {
    case IR_FL_ADD:
        return add_flags(x, y, false, type);
    case IR_FL_SUB:
        return add_flags(x, ~y & mask, true, type);
    case IR_FL_LOGIC:
        return add_flags(x, 0, false, type);
    default:
        return (u32)x;
    }
}

bool ir_flags_hold(u32 flags, unsigned cond)
{
    /* bit NZCV: does it hold then? */
    enum { N = 0xff00, Z = 0xf0f0, C = 0xcccc, V = 0xaaaa, GE = 0xffff & ~(N ^ V) };
    static const u16 base[] = {Z, C, N, V, C & ~Z, GE, GE & ~Z};
    unsigned nzcv = (flags & IR_NZCV_N) / IR_NZCV_N << 3 | (flags & IR_NZCV_Z) / IR_NZCV_Z << 2 |
                    (flags & IR_NZCV_C) / IR_NZCV_C << 1 | (flags & IR_NZCV_V);
    return (base[cond >> 1] >> nzcv ^ cond) & 1;
}

REF(PCOND)
{
    ret64(r, ir_flags_hold((u32)a->u, aux));
}

/* Condition CC (enum ir_cc) in terms of packed flags. */
static bool cond_of(u32 flags, u32 cc)
{
    static const u8 pc[] = {IR_PC_EQ, IR_PC_NE, IR_PC_CC, IR_PC_CS, IR_PC_LS, IR_PC_HI, IR_PC_LT,
                            IR_PC_GE, IR_PC_LE, IR_PC_GT, IR_PC_MI, IR_PC_PL, IR_PC_VS, IR_PC_VC};
    return ir_flags_hold(flags, pc[cc]);
}

REF(CMP)
{
    ret64(r, cond_of(ir_pack_flags(IR_FL_SUB, type, a->u, b->u), aux));
}

REF(CMN)
{
    ret64(r, cond_of(ir_pack_flags(IR_FL_ADD, type, a->u, b->u), aux));
}

REF(TST)
{
    ret64(r, cond_of(ir_pack_flags(IR_FL_LOGIC, type, a->u & b->u, 0), aux));
}

REF(ADCNZCV)
{
    ret64(r, add_flags(uval(a, type), uval(b, type), c->u & 1, type));
}

REF(CRC32)
{
    u32 poly = aux & 4 ? 0x82f63b78u : 0xedb88320u; /* reflected */
    u32 crc = (u32)a->u;
    unsigned bits = 8u << (aux & 3);
    u64 data = b->u & MASK64(bits);
    for (unsigned i = 0; i < bits; i++, data >>= 1) {
        bool low = (crc ^ data) & 1;
        crc = crc >> 1 ^ (low ? poly : 0);
    }
    ret64(r, crc);
}
