/* Unit tests of src/base/arena. */
#include "base/arena.h"

#include <string.h>

#include "unit.h"

START_TEST(test_alignment_and_distinct)
{
    struct arena a = {0};
    u8 *prev = NULL;
    for (size_t size = 0; size < 100; size++) {
        u8 *p = arena_alloc(&a, size);
        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % 16, 0);
        ck_assert(!prev || p >= prev);
        memset(p, 0xa5, size);
        prev = p;
    }
    arena_release(&a);
}
END_TEST

START_TEST(test_contents_survive_growth)
{
    enum { N = 2000 };
    struct arena a;
    u32 *p[N];
    arena_init(&a, 4096);
    for (u32 i = 0; i < N; i++) {
        p[i] = arena_alloc(&a, 400);
        for (unsigned j = 0; j < 100; j++) {
            p[i][j] = i * 1000 + j;
        }
    }
    for (u32 i = 0; i < N; i++) {
        for (unsigned j = 0; j < 100; j++) {
            ck_assert_uint_eq(p[i][j], i * 1000 + j);
        }
    }
    arena_release(&a);
}
END_TEST

START_TEST(test_larger_than_chunk)
{
    struct arena a;
    arena_init(&a, 4096);
    u8 *p = arena_alloc(&a, 1 << 20);
    memset(p, 1, 1 << 20);
    u8 *q = arena_alloc(&a, 16);
    ck_assert(q >= p + (1 << 20) || q + 16 <= p);
    arena_release(&a);
}
END_TEST

START_TEST(test_reset_keeps_the_largest_chunk)
{
    struct arena a;
    arena_init(&a, 4096);
    for (int i = 0; i < 100; i++) {
        arena_alloc(&a, 1000);
    }
    struct arena_chunk *chunk = a.chunk;
    arena_reset(&a);
    u8 *first = arena_alloc(&a, 16);
    for (int i = 0; i < 60; i++) {
        arena_alloc(&a, 1000);
    }
    ck_assert_ptr_eq(a.chunk, chunk);
    arena_reset(&a);
    ck_assert_ptr_eq(arena_alloc(&a, 16), first);
    arena_release(&a);
    ck_assert_ptr_null(a.chunk);
    arena_reset(&a);
}
END_TEST

START_TEST(test_zalloc_clears_reused_memory)
{
    struct arena a = {0};
    memset(arena_alloc(&a, 256), 0xff, 256);
    arena_reset(&a);
    u8 *p = arena_zalloc(&a, 256);
    for (int i = 0; i < 256; i++) {
        ck_assert_uint_eq(p[i], 0);
    }
    ck_assert_str_eq(arena_strndup(&a, "abcdef", 3), "abc");
    arena_release(&a);
}
END_TEST

UNIT_SUITE(arena, test_alignment_and_distinct, test_contents_survive_growth, test_larger_than_chunk,
           test_reset_keeps_the_largest_chunk, test_zalloc_clears_reused_memory)
