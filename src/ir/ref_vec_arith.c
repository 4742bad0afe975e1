/* Reference semantics of vector integer arithmetic, lane by lane. */
#include "ir/priv.h"

/* EXPR over unsigned lanes x, y and their signed readings sx, sy; w is the lane width in bits. */
#define LANEWISE(name, expr)                                                                       \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3, w UNUSED = 8u << size;                                            \
        for (unsigned i = 0; i < 16u >> size; i++) {                                               \
            u64 x UNUSED = lane(&a->v, size, i), y UNUSED = lane(&b->v, size, i);                  \
            s64 sx UNUSED = slane(&a->v, size, i), sy UNUSED = slane(&b->v, size, i);              \
            set_lane(&out, size, i, (u64)(expr));                                                  \
        }                                                                                          \
        r->v = out;                                                                                \
    }

LANEWISE(VADD, x + y)
LANEWISE(VSUB, x - y)
LANEWISE(VMUL, x *y)
LANEWISE(VCMPEQ, x == y ? ~0ull : 0)
LANEWISE(VCMPGT, sx > sy ? ~0ull : 0)
LANEWISE(VCMPGE, sx >= sy ? ~0ull : 0)
LANEWISE(VCMPHI, x > y ? ~0ull : 0)
LANEWISE(VCMPHS, x >= y ? ~0ull : 0)
LANEWISE(VTSTNZ, x &y ? ~0ull : 0)
LANEWISE(VSMIN, sx < sy ? sx : sy)
LANEWISE(VSMAX, sx > sy ? sx : sy)
LANEWISE(VUMIN, x < y ? x : y)
LANEWISE(VUMAX, x > y ? x : y)
LANEWISE(VSQADD, sat_s((s128)sx + sy, w))
LANEWISE(VUQADD, sat_u((s128)x + y, w))
LANEWISE(VSQSUB, sat_s((s128)sx - sy, w))
LANEWISE(VUQSUB, sat_u((s128)x - y, w))
LANEWISE(VSHADD, ((s128)sx + sy) >> 1)
LANEWISE(VUHADD, ((u128)x + y) >> 1)
LANEWISE(VSRHADD, ((s128)sx + sy + 1) >> 1)
LANEWISE(VURHADD, ((u128)x + y + 1) >> 1)
LANEWISE(VSHSUB, ((s128)sx - sy) >> 1)
LANEWISE(VUHSUB, ((s128)x - (s128)y) >> 1)
LANEWISE(VSABD, sx > sy ? x - y : y - x)
LANEWISE(VUABD, x > y ? x - y : y - x)
LANEWISE(VSQDMULH, sat_s((s128)sx *sy * 2 >> w, w))
LANEWISE(VSQRDMULH, sat_s(((s128)sx * sy * 2 + ((s128)1 << (w - 1))) >> w, w))
LANEWISE(VNEG, 0 - x)
LANEWISE(VABS, sx < 0 ? 0 - x : x)
LANEWISE(VCLZ, x ? (unsigned)__builtin_clzll(x) - (64 - w) : w)
LANEWISE(VCLS, (unsigned)__builtin_clrsbll(sx) - (64 - w))

#define BITWISE(name, expr)                                                                        \
    REF(name)                                                                                      \
    {                                                                                              \
        u128 x = a->v.q, y UNUSED = b->v.q, z UNUSED = c->v.q;                                     \
        r->v.q = (expr);                                                                           \
    }

BITWISE(VAND, x &y)
BITWISE(VOR, x | y)
BITWISE(VXOR, x ^ y)
BITWISE(VANDN, x & ~y)
BITWISE(VORN, x | ~y)
BITWISE(VNOT, ~x)
BITWISE(VBSL, (x & y) | (~x & z))

REF(VCNT)
{
    v128 out;
    for (unsigned i = 0; i < 16; i++) {
        out.b[i] = (u8)__builtin_popcount(a->v.b[i]);
    }
    r->v = out;
}

REF(VRBIT)
{
    v128 out;
    for (unsigned i = 0; i < 16; i++) {
        u32 x = a->v.b[i], y = 0;
        for (unsigned j = 0; j < 8; j++) {
            y |= (x >> j & 1) << (7 - j);
        }
        out.b[i] = (u8)y;
    }
    r->v = out;
}

/* Products of the low 8 bytes' lanes, double width. */
#define LONG(name, expr)                                                                           \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3, w UNUSED = 16u << size;                                           \
        for (unsigned i = 0; i < 8u >> size; i++) {                                                \
            u64 x UNUSED = lane(&a->v, size, i), y UNUSED = lane(&b->v, size, i);                  \
            s64 sx UNUSED = slane(&a->v, size, i), sy UNUSED = slane(&b->v, size, i);              \
            set_lane(&out, size + 1, i, (u64)(expr));                                              \
        }                                                                                          \
        r->v = out;                                                                                \
    }

LONG(VSMULL, sx *sy)
LONG(VUMULL, x *y)
LONG(VSQDMULL, sat_s((s128)sx *sy * 2, w))
LONG(VSXTL, sx)
LONG(VUXTL, x)

static u128 poly_mul(u64 x, u64 y)
{
    u128 sum = 0;
    for (unsigned i = 0; i < 64; i++) {
        sum ^= y >> i & 1 ? (u128)x << i : 0;
    }
    return sum;
}

REF(VPMULL)
{
    v128 out;
    if ((aux & 3) == 3) {
        out.q = poly_mul(a->v.d[0], b->v.d[0]);
    } else {
        for (unsigned i = 0; i < 8; i++) {
            out.h[i] = (u16)poly_mul(a->v.b[i], b->v.b[i]);
        }
    }
    r->v = out;
}

REF(VPMUL)
{
    v128 out;
    for (unsigned i = 0; i < 16; i++) {
        out.b[i] = (u8)poly_mul(a->v.b[i], b->v.b[i]);
    }
    r->v = out;
}

/* Pairs of adjacent lanes x, y of A, then of B. */
#define PAIRWISE(name, expr)                                                                       \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3, half = 8u >> size;                                                \
        for (unsigned i = 0; i < 2 * half; i++) {                                                  \
            const v128 *v = i < half ? &a->v : &b->v;                                              \
            unsigned j = (i < half ? i : i - half) * 2;                                            \
            u64 x UNUSED = lane(v, size, j), y UNUSED = lane(v, size, j + 1);                      \
            s64 sx UNUSED = slane(v, size, j), sy UNUSED = slane(v, size, j + 1);                  \
            set_lane(&out, size, i, (u64)(expr));                                                  \
        }                                                                                          \
        r->v = out;                                                                                \
    }

PAIRWISE(VADDP, x + y)
PAIRWISE(VSMINP, sx < sy ? sx : sy)
PAIRWISE(VSMAXP, sx > sy ? sx : sy)
PAIRWISE(VUMINP, x < y ? x : y)
PAIRWISE(VUMAXP, x > y ? x : y)

#define ADDLP(name, get)                                                                           \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3;                                                                   \
        for (unsigned i = 0; i < 8u >> size; i++) {                                                \
            set_lane(&out, size + 1, i,                                                            \
                     (u64)(get(&a->v, size, 2 * i) + get(&a->v, size, 2 * i + 1)));                \
        }                                                                                          \
        r->v = out;                                                                                \
    }

ADDLP(VSADDLP, slane)
ADDLP(VUADDLP, lane)

/* Folds all lanes into one of OUT_SIZE; FIRST reads lane 0. acc is the result so far, x the lane.
 */
#define REDUCE(name, out_size, first, expr)                                                        \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out = {0};                                                                            \
        unsigned size = aux & 3;                                                                   \
        u64 acc = (u64)first(&a->v, size, 0);                                                      \
        for (unsigned i = 1; i < (aux & 4 ? 8u : 16u) >> size; i++) {                              \
            u64 x UNUSED = lane(&a->v, size, i);                                                   \
            s64 sx UNUSED = slane(&a->v, size, i), sacc UNUSED = (s64)acc;                         \
            acc = (u64)(expr);                                                                     \
        }                                                                                          \
        set_lane(&out, out_size, 0, acc);                                                          \
        r->v = out;                                                                                \
    }

REDUCE(VREDADD, size, lane, acc + x)
REDUCE(VREDUADDL, size + 1, lane, acc + x)
REDUCE(VREDSADDL, size + 1, slane, sacc + sx)
REDUCE(VREDSMIN, size, slane, sacc < sx ? sacc : sx)
REDUCE(VREDSMAX, size, slane, sacc > sx ? sacc : sx)
REDUCE(VREDUMIN, size, lane, acc < x ? acc : x)
REDUCE(VREDUMAX, size, lane, acc > x ? acc : x)

REF(VURECPE)
{
    v128 out;
    for (unsigned i = 0; i < 4; i++) {
        u32 x = a->v.s[i];
        out.s[i] = x >> 31 ? recip_estimate(x >> 23) << 23 : ~0u;
    }
    r->v = out;
}

REF(VURSQRTE)
{
    v128 out;
    for (unsigned i = 0; i < 4; i++) {
        u32 x = a->v.s[i];
        out.s[i] = x >> 30 ? rsqrt_estimate(x >> 23) << 23 : ~0u;
    }
    r->v = out;
}

REF(VSDOT)
{
    v128 out = a->v;
    for (unsigned i = 0; i < 16; i++) {
        out.s[i / 4] += (u32)((s32)b->v.sb[i] * c->v.sb[i]);
    }
    r->v = out;
}

REF(VUDOT)
{
    v128 out = a->v;
    for (unsigned i = 0; i < 16; i++) {
        out.s[i / 4] += (u32)b->v.b[i] * c->v.b[i];
    }
    r->v = out;
}
