// Random values, biased towards those where instructions go wrong.
#include "values.h"

static uint64_t edge_int(struct rng *r)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     ~0ull,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     0x100000000,
                                     0x7fffffffffffffff,
                                     0x8000000000000000,
                                     0xffffffff80000000,
                                     0x8000,
                                     0xffff,
                                     0x7f,
                                     0x80,
                                     0x5555555555555555};
    return edges[rng_below(r, 16)];
}

uint64_t value_int(struct rng *r)
{
    uint64_t v = rng_next(r);
    switch (rng_below(r, 8)) {
    case 0:
        return edge_int(r);
    case 1:
        return edge_int(r) + (uint64_t)(int64_t)(int8_t)v;
    case 2:
        return (uint64_t)(int64_t)(int8_t)v;
    case 3:
        return v & 0xffffffff;
    case 4:
        return 1ull << (v & 63);
    case 5:
        return (1ull << (v & 63)) - 1;
    case 6:
        return v >> (v & 63);
    default:
        return v;
    }
}

uint64_t value_float(struct rng *r, struct format f)
{
    uint64_t expmask = (1ull << f.exp) - 1, mantmask = (1ull << f.mant) - 1;
    uint64_t bias = expmask >> 1, v = rng_next(r);
    uint64_t sign = (v >> 63) << (f.mant + f.exp), m = v & mantmask, e = v >> 40 & expmask;
    switch (rng_below(r, 12)) {
    case 0: // zero, infinity, quiet and signalling NaN
        e = v & 1 ? expmask : 0;
        m = (v >> 1 & 3) == 0 ? 0 : (v >> 1 & 3) == 1 ? 1ull << (f.mant - 1) : v >> 8 & mantmask;
        break;
    case 1:
        m = 0;
        e = v & 1 ? expmask : 0;
        break;
    case 2: // denormals
        e = 0;
        m >>= v >> 58 & 31;
        break;
    case 3: // the smallest and largest exponents
        e = v & 1 ? 1 + (v >> 1 & 3) : expmask - 1 - (v >> 1 & 3);
        break;
    case 4: // powers of two and their neighbours near 1
        e = bias - 4 + (v >> 1 & 7);
        m = v & 16 ? 0 : v & 32 ? 1 : mantmask;
        break;
    case 5: // small integers and halves
        e = bias + (v >> 1 & 7);
        m = (v >> 8 & 0xff) << (f.mant - 8);
        break;
    case 6: // around the limits of the integer conversions
        e = bias + (v & 2 ? 30 : 62) + (v >> 2 & 3);
        e = e > expmask - 1 ? expmask - 1 : e;
        m = v & 32 ? 0 : v & 64 ? mantmask : m;
        break;
    case 7: // short mantissas: exact results and ties
        e = bias - 16 + (v >> 1 & 31);
        m &= ~(mantmask >> (1 + (v >> 8 & 7)));
        break;
    case 8:
    case 9:
        e = bias - 8 + (v >> 1 & 15);
        break;
    case 10: // products that underflow
        e = bias / 2 - 4 + (v >> 1 & 15);
        break;
    default:
        break;
    }
    return sign | (e & expmask) << f.mant | m;
}

static void lanes(struct rng *r, uint64_t v[2], struct format f)
{
    uint32_t bits = f.mant + f.exp + 1;
    for (int half = 0; half < 2; half++) {
        uint64_t word = 0;
        for (uint32_t at = 0; at < 64; at += bits) {
            word |= value_float(r, f) << at;
        }
        v[half] = word;
    }
}

// Eight bytes, four halves or two words of edge values, as one 64-bit number.
static uint64_t packed_ints(struct rng *r)
{
    uint32_t bits = 8u << rng_below(r, 3);
    uint64_t word = 0, mask = (1ull << bits) - 1;
    for (uint32_t at = 0; at < 64; at += bits) {
        uint64_t v = rng_next(r), top = 1ull << (bits - 1);
        uint64_t lane = v & 8 ? v >> 8 : v & 4 ? top - (v & 1) : (v & 2 ? 0 : mask) + (v & 1);
        word |= (lane & mask) << at;
    }
    return word;
}

void value_vector(struct rng *r, uint64_t v[2], const uint64_t other[2])
{
    static const struct format half = {10, 5}, single = {23, 8}, dbl = {52, 11};
    uint32_t k = rng_below(r, 16);
    if (k < 5) {
        lanes(r, v, dbl);
    } else if (k < 10) {
        lanes(r, v, single);
    } else if (k < 11) {
        lanes(r, v, half);
    } else if (k < 14) {
        v[0] = packed_ints(r);
        v[1] = packed_ints(r);
    } else if (k < 15) {
        v[0] = other[0];
        v[1] = other[1];
    } else {
        v[0] = rng_next(r);
        v[1] = rng_next(r);
    }
}

void value_window(struct rng *r, const uint64_t *regs, uint32_t n)
{
    uint64_t *w = (uint64_t *)(ROW_WINDOW - GEN_WINDOW);
    for (int i = 0; i < GEN_WINDOW * 2 / 8; i++) {
        w[i] = rng_next(r);
    }
    // Values that are also in registers, so that a compare-and-swap can succeed.
    for (int i = 0; i < GEN_WINDOW * 2 / 8; i += 8) {
        w[i] = regs[rng_below(r, n)];
    }
}
