/* Reference semantics of lane moves, permutes and moves between register files. */
#include "ir/priv.h"

REF(BITI)
{
    ret_int(r, type, a->u);
}

REF(BITF)
{
    ret64(r, type == IR_F64 ? a->u : (u32)a->u);
}

REF(F2V)
{
    ret64(r, aux == IR_F64 ? a->u : (u32)a->u);
}

REF(V2F)
{
    ret64(r, type == IR_F64 ? a->v.d[0] : a->v.s[0]);
}

REF(VGETL)
{
    unsigned size = aux & 3, i = aux >> 4;
    ret_int(r, type, aux & 4 ? (u64)slane(&a->v, size, i) : lane(&a->v, size, i));
}

REF(VSIGNS)
{
    unsigned size = aux & 3;
    u32 bits = 0;
    for (unsigned i = 0; i < 16u >> size; i++) {
        bits |= (u32)(slane(&a->v, size, i) < 0) << i;
    }
    ret64(r, bits);
}

REF(VSETL)
{
    v128 out = a->v;
    set_lane(&out, aux & 3, aux >> 4, b->u);
    r->v = out;
}

static v128 dup(u64 x, unsigned size)
{
    v128 out;
    for (unsigned i = 0; i < 16u >> size; i++) {
        set_lane(&out, size, i, x);
    }
    return out;
}

REF(VDUP)
{
    r->v = dup(a->u, aux & 3);
}

REF(VDUPL)
{
    r->v = dup(lane(&a->v, aux & 3, aux >> 4), aux & 3);
}

REF(VINSL)
{
    v128 out = a->v;
    set_lane(&out, aux & 3, (aux >> 4) & 15, lane(&b->v, aux & 3, aux >> 8));
    r->v = out;
}

REF(VZLO)
{
    ret64(r, a->v.d[0]);
}

REF(VHI)
{
    ret64(r, a->v.d[1]);
}

REF(VCAT)
{
    r->v = (v128){.d = {a->v.d[0], b->v.d[0]}};
}

REF(VREV)
{
    v128 out;
    unsigned size = aux & 3, flip = (1u << ((aux >> 2 & 3) - size)) - 1;
    for (unsigned i = 0; i < 16u >> size; i++) {
        set_lane(&out, size, i, lane(&a->v, size, i ^ flip));
    }
    r->v = out;
}

REF(VEXT)
{
    v128 out;
    for (unsigned i = 0; i < 16; i++) {
        unsigned j = i + aux;
        out.b[i] = j < 16 ? a->v.b[j] : b->v.b[j - 16];
    }
    r->v = out;
}

/* Lane i of the result is lane SRC of A when FROM_A, else of B; half = lanes in 8 bytes. */
#define PERMUTE(name, from_a, src)                                                                 \
    REF(name)                                                                                      \
    {                                                                                              \
        v128 out;                                                                                  \
        unsigned size = aux & 3, half UNUSED = 8u >> size;                                         \
        for (unsigned i = 0; i < 16u >> size; i++) {                                               \
            set_lane(&out, size, i, lane((from_a) ? &a->v : &b->v, size, (src)));                  \
        }                                                                                          \
        r->v = out;                                                                                \
    }

PERMUTE(VZIP1, !(i & 1), i >> 1)
PERMUTE(VZIP2, !(i & 1), half + (i >> 1))
PERMUTE(VUZP1, i < half, (i & (half - 1)) * 2)
PERMUTE(VUZP2, i < half, (i & (half - 1)) * 2 + 1)
PERMUTE(VTRN1, !(i & 1), i & ~1u)
PERMUTE(VTRN2, !(i & 1), i | 1)

REF(VTBL1)
{
    v128 out;
    for (unsigned i = 0; i < 16; i++) {
        unsigned j = b->v.b[i];
        out.b[i] = j < 16 ? a->v.b[j] : 0;
    }
    r->v = out;
}

REF(VTBL2)
{
    v128 out;
    for (unsigned i = 0; i < 16; i++) {
        unsigned j = c->v.b[i];
        out.b[i] = j < 16 ? a->v.b[j] : j < 32 ? b->v.b[j - 16] : 0;
    }
    r->v = out;
}

REF(VCOMPRESS)
{
    v128 out = {0};
    for (unsigned i = 0, n = 0; i < 16; i++) {
        if (b->v.b[i] & 0x80) {
            out.b[n++] = a->v.b[i];
        }
    }
    r->v = out;
}
