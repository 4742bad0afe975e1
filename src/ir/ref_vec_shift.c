/* Reference semantics of vector shifts and narrowing. */
#include "ir/priv.h"

/* X shifted left by N (right when negative); BITS is the lane width. */
static u64 shift_lane(s128 x, int n, unsigned bits, bool round)
{
    if (n >= 0) {
        return n >= (int)bits ? 0 : (u64)(x << n);
    }
    unsigned right = MIN((unsigned)-n, 66u);
    return (u64)((x + (round ? (s128)1 << (right - 1) : 0)) >> right);
}

#define SHIFT_REG(name, lane_of, round)                                                            \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3;                                                                   \
        for (unsigned i = 0; i < 16u >> size; i++) {                                               \
            int n = (s8)lane(&b->v, size, i);                                                      \
            set_lane(&out, size, i, shift_lane((s128)lane_of(&a->v, size, i), n, 8u << size, round)); \
        }                                                                                          \
        r->v = out;                                                                                \
    }

SHIFT_REG(VUSHL, lane, false)
SHIFT_REG(VSSHL, slane, false)
SHIFT_REG(VURSHL, lane, true)
SHIFT_REG(VSRSHL, slane, true)

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
