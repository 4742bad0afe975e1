/* Reference semantics of vector shifts and narrowing. */
#include "ir/priv.h"

enum shift_kind { ROUND = 1, SATURATE = 2 };

/* X shifted left by N (right when negative) without bounds; BITS is the lane width. N beyond what
 * can matter is clamped, so that the result fits: a left shift of BITS or more of anything but 0
 * saturates. */
static s128 shift_wide(s128 x, int n, unsigned bits, bool round)
{
    if (n >= 0) {
        unsigned left = MIN((unsigned)n, bits);
        return left == bits && x != 0 ? (x < 0 ? -1 : 1) * ((s128)1 << 66) : x << left;
    }
    unsigned right = MIN((unsigned)-n, 66u);
    return (x + (round ? (s128)1 << (right - 1) : 0)) >> right;
}

/* One lane of U/S[Q][R]SHL; *SAT tells whether it saturated. OUT_UNSIGNED is for SQSHLU. */
static u64 shift_lane(u64 x, int n, unsigned bits, bool is_signed, bool out_unsigned, unsigned kind,
                      bool *sat)
{
    s128 wide = is_signed ? (s128)sext64(x, bits) : (s128)x;
    if (!(kind & SATURATE) && n >= (int)bits) {
        return 0;
    }
    wide = shift_wide(wide, n, bits, kind & ROUND);
    if (!(kind & SATURATE)) {
        return (u64)wide;
    }
    s128 bounded = out_unsigned ? (s128)sat_u(wide, bits) : (s128)sat_s(wide, bits);
    *sat = bounded != wide;
    return (u64)bounded;
}

#define SHIFT_REG(name, is_signed, out_unsigned, kind)                                             \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3;                                                                   \
        bool sat;                                                                                  \
        for (unsigned i = 0; i < 16u >> size; i++) {                                               \
            int n = (s8)lane(&b->v, size, i);                                                      \
            set_lane(&out, size, i,                                                                \
                     shift_lane(lane(&a->v, size, i), n, 8u << size, is_signed, out_unsigned,      \
                                kind, &sat));                                                      \
        }                                                                                          \
        r->v = out;                                                                                \
    }

SHIFT_REG(VUSHL, false, true, 0)
SHIFT_REG(VSSHL, true, false, 0)
SHIFT_REG(VURSHL, false, true, ROUND)
SHIFT_REG(VSRSHL, true, false, ROUND)
SHIFT_REG(VUQSHL, false, true, SATURATE)
SHIFT_REG(VSQSHL, true, false, SATURATE)
SHIFT_REG(VUQRSHL, false, true, SATURATE | ROUND)
SHIFT_REG(VSQRSHL, true, false, SATURATE | ROUND)
SHIFT_REG(VSQSHLU, true, true, SATURATE)

REF(VQSHLQC)
{
    static const struct {
        u8 is_signed, out_unsigned, kind;
    } ops[] = {{false, true, SATURATE},
               {true, false, SATURATE},
               {false, true, SATURATE | ROUND},
               {true, false, SATURATE | ROUND},
               {true, true, SATURATE}};
    v128 out;
    unsigned size = aux & 3, op = aux >> 2;
    for (unsigned i = 0; i < 16u >> size; i++) {
        bool sat = false;
        shift_lane(lane(&a->v, size, i), (s8)lane(&b->v, size, i), 8u << size, ops[op].is_signed,
                   ops[op].out_unsigned, ops[op].kind, &sat);
        set_lane(&out, size, i, sat ? ~0ull : 0);
    }
    r->v = out;
}

/* Shifts by the constant n = aux >> 4 of lanes x, sx. */
#define SHIFT_IMM(name, expr)                                                                      \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3, n = aux >> 4;                                                     \
        for (unsigned i = 0; i < 16u >> size; i++) {                                               \
            u64 x UNUSED = lane(&a->v, size, i);                                                   \
            s64 sx UNUSED = slane(&a->v, size, i);                                                 \
            set_lane(&out, size, i, (u64)(expr));                                                  \
        }                                                                                          \
        r->v = out;                                                                                \
    }

SHIFT_IMM(VSHLI, x << n)
SHIFT_IMM(VSHRI, (u128)x >> n)
SHIFT_IMM(VSARI, (s128)sx >> n)
SHIFT_IMM(VRSHRI, ((u128)x + ((u128)1 << (n - 1))) >> n)
SHIFT_IMM(VRSARI, ((s128)sx + ((s128)1 << (n - 1))) >> n)

/* Lanes x, sx of double width into the low 8 bytes; w is the destination width. */
#define NARROW(name, expr)                                                                         \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out = {0};                                                                            \
        unsigned size = aux & 3, w UNUSED = 8u << size;                                            \
        for (unsigned i = 0; i < 8u >> size; i++) {                                                \
            u64 x UNUSED = lane(&a->v, size + 1, i);                                               \
            s64 sx UNUSED = slane(&a->v, size + 1, i);                                             \
            set_lane(&out, size, i, (u64)(expr));                                                  \
        }                                                                                          \
        r->v = out;                                                                                \
    }

NARROW(VXTN, x)
NARROW(VSQXTN, sat_s(sx, w))
NARROW(VUQXTN, sat_u((s128)x, w))
NARROW(VSQXTUN, sat_u(sx, w))
