/* Hashing: xxHash for bytes, a mixer for addresses and small keys. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#define XXH_INLINE_ALL
#define XXH_NO_STREAM
#include <xxhash.h>

#include "base/types.h"

/* 64-bit XXH3 of LEN bytes. The value is part of persisted files: never change it silently. */
static inline u64 hash_bytes(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

static inline u64 hash_bytes_seed(const void *data, size_t len, u64 seed)
{
    return XXH3_64bits_withSeed(data, len, seed);
}

/* A bijection of 64 bits in which every input bit reaches the high bits (one multiply, one fold).
 */
static inline u64 hash_u64(u64 x)
{
    x *= 0x9e3779b97f4a7c15ull;
    return x ^ (x >> 32);
}

#endif
