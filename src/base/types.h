/* Basic types and macros every folder uses; includes nothing but freestanding headers. */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned __int128 u128;
typedef __int128 s128;
typedef float f32;
typedef double f64;

/* An address in the guest's address space, and one in ours. Guest addresses are host addresses
 * unless a guest window is in use, but the two must not be mixed up silently. */
typedef u64 gaddr;
typedef u64 haddr;

/* One 128-bit vector register; lane 0 is the least significant. */
typedef union v128 {
    u8 b[16];
    u16 h[8];
    u32 s[4];
    u64 d[2];
    s8 sb[16];
    s16 sh[8];
    s32 ss[4];
    s64 sd[2];
    f32 f[4];
    f64 g[2];
    u128 q;
} __attribute__((aligned(16))) v128;

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Alignments are powers of two; the result has the type of X. */
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + ((__typeof__(x))(a)-1), a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)
#define IS_POW2(x) ((x) != 0 && ((x) & ((x)-1)) == 0)

#define BIT(n) (1u << (n))
#define BIT64(n) (1ull << (n))
/* N low ones; N in 0..64. */
#define MASK64(n) ((n) >= 64 ? ~0ull : (1ull << (n)) - 1)

#define MIN(a, b)                                                                                  \
    ({                                                                                             \
        __typeof__(a) min_a_ = (a);                                                                \
        __typeof__(b) min_b_ = (b);                                                                \
        min_a_ < min_b_ ? min_a_ : min_b_;                                                         \
    })
#define MAX(a, b)                                                                                  \
    ({                                                                                             \
        __typeof__(a) max_a_ = (a);                                                                \
        __typeof__(b) max_b_ = (b);                                                                \
        max_a_ > max_b_ ? max_a_ : max_b_;                                                         \
    })

#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

#define PRINTF_LIKE(fmt_arg, first_arg) __attribute__((format(printf, fmt_arg, first_arg)))
#define NORETURN __attribute__((noreturn))
#define COLD __attribute__((cold, noinline))
#define UNUSED __attribute__((unused))
#define FALLTHROUGH __attribute__((fallthrough))

_Static_assert(sizeof(void *) == 8, "ferry runs on 64-bit hosts only");
_Static_assert(sizeof(v128) == 16, "v128 is one vector register");

/* LEN bits of X starting at bit LO; LEN in 1..63. */
static inline u64 bits64(u64 x, unsigned lo, unsigned len)
{
    return (x >> lo) & MASK64(len);
}

static inline u32 bits32(u32 x, unsigned lo, unsigned len)
{
    return (x >> lo) & (u32)MASK64(len);
}

/* X's low LEN bits as a two's complement number; LEN in 1..64. */
static inline s64 sext64(u64 x, unsigned len)
{
    return (s64)(x << (64 - len)) >> (64 - len);
}

#endif
