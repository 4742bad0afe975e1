/* Shared by oracle_guest.c (runs A64 instructions) and oracle_host.c (runs the reference
 * functions): the operands both go through, in the same order. */
#ifndef TESTS_IR_ORACLE_H
#define TESTS_IR_ORACLE_H

#include <stdint.h>

struct vec {
    uint64_t d[2];
};

struct record {
    struct vec result;
    uint32_t fpsr, pad;
};

#define SPECIAL_RUNS 256
#define RUNS 1200 /* of each row in each mode */

static const uint32_t oracle_fpcr[] = {
    0x00000000, 0x00400000, 0x00800000, 0x00c00000, /* RMode N P M Z */
    0x01000000, 0x01400000, 0x01800000, 0x01c00000, /* FZ */
    0x02000000, 0x03800000, 0x04000000, 0x06c00000, /* DN; DN FZ; AHP; AHP DN */
};
#define MODES (sizeof(oracle_fpcr) / sizeof(oracle_fpcr[0]))

static inline uint64_t oracle_rand(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s * 0x2545f4914f6cdd1dull;
}

/* A 32-bit or 64-bit pattern that is likely to be interesting as float, half or integer. */
static inline uint64_t oracle_word(uint64_t *s, int is64)
{
    static const uint32_t w32[] = {
        0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000, 0x00800001,
        0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00123, 0x7f800001,
        0xffa00001, 0x3f800000, 0xbf800000, 0x3f7fffff, 0x3fc00000, 0x40200000, 0x4effffff,
        0x4f000000, 0xcf000000, 0x4f7fffff, 0x4f800000, 0x5f000000, 0x33800000, 0x7fffffff,
        0xffffffff, 0x7c007bff, 0x7e01fc00, 0x03ff0001, 0x04008400, 0x80008000, 0x80807f7f,
        0x3f000000, 0x7e800000, 0x7f000000, 0x00200000, 0x001fffff, 0x387fc000, 0x33000000,
        0x477ff000, 0x47800000};
    static const uint64_t w64[] = {0,
                                   0x8000000000000000,
                                   1,
                                   0x000fffffffffffff,
                                   0x0010000000000000,
                                   0x0010000000000001,
                                   0x7fefffffffffffff,
                                   0xffefffffffffffff,
                                   0x7ff0000000000000,
                                   0xfff0000000000000,
                                   0x7ff8000000000000,
                                   0xfff8000000000123,
                                   0x7ff0000000000001,
                                   0xfff4000000000001,
                                   0x3ff0000000000000,
                                   0xbff0000000000000,
                                   0x3fefffffffffffff,
                                   0x3fe0000000000000,
                                   0x41dfffffffc00000,
                                   0x41e0000000000000,
                                   0xc1e0000000000000,
                                   0xc1e0000000200000,
                                   0x43e0000000000000,
                                   0xc3e0000000000000,
                                   0x43efffffffffffff,
                                   0x43f0000000000000,
                                   0x3810000000000000,
                                   0x380fffffffffffff,
                                   0x3690000000000000,
                                   0x47efffffe0000000,
                                   0x47effffff0000000,
                                   0x7fffffffffffffff,
                                   0xffffffffffffffff,
                                   0x0004000000000000,
                                   0x0003ffffffffffff,
                                   0x7fd0000000000000,
                                   0x7fe0000000000000,
                                   0x433fffffffffffff,
                                   0x3f10000000000000,
                                   0x3e60000000000001,
                                   0x40effc0000000000,
                                   0x40f0000000000000};
    uint64_t r = oracle_rand(s), x = oracle_rand(s);
    switch (r & 7) {
    case 0:
    case 1:
        return is64 ? w64[(x >> 8) % (sizeof(w64) / 8)] : w32[(x >> 8) % (sizeof(w32) / 4)];
    case 2: /* exponent near the bias: products and sums that stay in range */
        return is64 ? (x & 0x801fffffffffffff) | (0x3f0 + (r >> 8 & 31)) << 52
                    : (x & 0x807fffff) | (0x78 + (r >> 8 & 15)) << 23;
    case 3: /* few fraction bits */
        return is64 ? (x & 0xfff8000000000000) | (r >> 8 & 3) : (x & 0xfff00000) | (r >> 8 & 3);
    case 4: /* tiny */
        return is64 ? (x & 0x803fffffffffffff) >> (r >> 60 ? 0 : 8) : (x & 0x80ffffff);
    case 5: /* around integers */
        return is64 ? (x & 0x800fffffffffffff) | (0x3fe + (r >> 8 & 63)) << 52
                    : (x & 0x807fffff) | (0x7e + (r >> 8 & 63)) << 23;
    case 6: /* small integers */
        return is64 ? x & 0x80000000000000ff : x & 0x800000ff;
    default:
        return x;
    }
}

static inline struct vec oracle_vec(uint64_t *s)
{
    struct vec v;
    for (int i = 0; i < 2; i++) {
        v.d[i] =
            oracle_rand(s) & 1024 ? oracle_word(s, 1) : oracle_word(s, 0) | oracle_word(s, 0) << 32;
    }
    return v;
}

/* Operands of run N of a row: v[0..2] for v0 .. v2. */
static inline void oracle_operands(unsigned row, unsigned mode, unsigned n, struct vec v[3])
{
    uint64_t s = 0x9e3779b97f4a7c15ull * (row * 64 + mode + 1) + n * 0xbf58476d1ce4e5b9ull;
    s ^= s >> 29;
    s += !s;
    oracle_rand(&s);
    for (int i = 0; i < 3; i++) {
        v[i] = oracle_vec(&s);
    }
    unsigned tie = oracle_rand(&s) >> 32 & 31;
    if (tie == 0) {
        v[2] = v[1];
    } else if (tie == 1) {
        v[2].d[0] = v[1].d[0] ^ 0x8000000080000000ull;
    }
}

#endif
