/* The functions of <string.h> that ferry, libelf and the compiler use. On x86_64 large blocks go through the string
 * instructions, which every processor of the last ten years makes fast; others through a few moves. */
#include <string.h>

#include "base/types.h"

/* Loops stay loops: they must not become calls of the very functions they implement. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef u64 __attribute__((may_alias, aligned(1))) word8;
typedef u32 __attribute__((may_alias, aligned(1))) word4;
typedef u16 __attribute__((may_alias, aligned(1))) word2;
typedef long long __attribute__((vector_size(16), may_alias, aligned(1))) word16;

/* Copies and sets from LARGE bytes on, forwards. */
#if defined(__x86_64__)
#define LARGE ((size_t)256)

static inline void copy_large(u8 *d, const u8 *s, size_t n)
{
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
}

static inline void set_large(u8 *d, int c, size_t n)
{
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
}
#else
#define LARGE (~(size_t)0)
#define copy_large(d, s, n) ((void)0)
#define set_large(d, c, n) ((void)0)
#endif

#define COPY_ENDS(type)                                                                                                \
    do {                                                                                                               \
        type first = *(const type *)s, last = *(const type *)(s + n - sizeof(type));                                   \
        *(type *)d = first;                                                                                            \
        *(type *)(d + n - sizeof(type)) = last;                                                                        \
    } while (0)

/* At most 32 bytes; everything is read before anything is written. */
static inline void copy_small(u8 *d, const u8 *s, size_t n)
{
    if (n >= 16) {
        COPY_ENDS(word16);
    } else if (n >= 8) {
        COPY_ENDS(word8);
    } else if (n >= 4) {
        COPY_ENDS(word4);
    } else if (n >= 2) {
        COPY_ENDS(word2);
    } else if (n) {
        *d = *s;
    }
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    u8 *d = dst;
    const u8 *s = src;
    if (n <= 32) {
        copy_small(d, s, n);
    } else if (n < LARGE) {
        for (; n > 32; n -= 16, d += 16, s += 16) {
            *(word16 *)d = *(const word16 *)s;
        }
        copy_small(d, s, n);
    } else {
        copy_large(d, s, n);
    }
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    u8 *d = dst;
    const u8 *s = src;
    if (n <= 32) {
        copy_small(d, s, n);
    } else if ((size_t)(d - s) >= n) { /* forwards */
        if (n >= LARGE && (size_t)(s - d) >= 64) {
            return memcpy(dst, src, n);
        }
        for (; n > 32; n -= 16, d += 16, s += 16) {
            *(word16 *)d = *(const word16 *)s;
        }
        copy_small(d, s, n);
    } else {
        for (; n > 32; n -= 16) {
            *(word16 *)(d + n - 16) = *(const word16 *)(s + n - 16);
        }
        copy_small(d, s, n);
    }
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    u8 *d = dst;
    u64 w = (u8)c * 0x0101010101010101ull;
    if (n >= LARGE) {
        set_large(d, c, n);
    } else if (n >= 16) {
        word16 v = {(long long)w, (long long)w};
        u8 *end = d + n - 16;
        for (; end - d >= 64; d += 64) {
            ((word16 *)d)[0] = v;
            ((word16 *)d)[1] = v;
            ((word16 *)d)[2] = v;
            ((word16 *)d)[3] = v;
        }
        for (; d < end; d += 16) {
            *(word16 *)d = v;
        }
        *(word16 *)((u8 *)dst + n - 16) = v;
    } else if (n >= 8) {
        *(word8 *)d = *(word8 *)(d + n - 8) = w;
    } else if (n >= 4) {
        *(word4 *)d = *(word4 *)(d + n - 4) = (u32)w;
    } else {
        while (n--) {
            *d++ = (u8)c;
        }
    }
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const u8 *p = a, *q = b;
    for (; n >= 8 && *(const word8 *)p == *(const word8 *)q; n -= 8, p += 8, q += 8) {
    }
    for (; n; n--, p++, q++) {
        if (*p != *q) {
            return *p - *q;
        }
    }
    return 0;
}

void *memchr(const void *s, int c, size_t n)
{
    for (const u8 *p = s; n; n--, p++) {
        if (*p == (u8)c) {
            return (void *)p;
        }
    }
    return NULL;
}

void *memccpy(void *restrict dst, const void *restrict src, int c, size_t n)
{
    u8 *d = dst;
    for (const u8 *s = src; n; n--) {
        if ((*d++ = *s++) == (u8)c) {
            return d;
        }
    }
    return NULL;
}

size_t strlen(const char *s)
{
    const char *p = s;
    while (*p) {
        p++;
    }
    return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;
    while (n < max && s[n]) {
        n++;
    }
    return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n; n--, a++, b++) {
        if (*a != *b || !*a) {
            return (u8)*a - (u8)*b;
        }
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, ~(size_t)0);
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c) {
            return (char *)s;
        }
        if (!*s) {
            return NULL;
        }
    }
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;
    for (; *s; s++) {
        last = *s == (char)c ? s : last;
    }
    return (char *)(c ? last : s);
}

size_t strcspn(const char *s, const char *reject)
{
    size_t n = 0;
    while (s[n] && !strchr(reject, s[n])) {
        n++;
    }
    return n;
}

char *strncpy(char *restrict dst, const char *restrict src, size_t n)
{
    size_t len = strnlen(src, n);
    memcpy(dst, src, len);
    memset(dst + len, 0, n - len);
    return dst;
}
