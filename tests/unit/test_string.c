/* Unit tests of src/start/string.c, ferry's own <string.h>, against libc's or plain loops. */
#include <string.h>

#include "base/types.h"
#include "unit.h"

/* The same source under names of its own. */
#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define memchr own_memchr
#define memccpy own_memccpy
#define strlen own_strlen
#define strnlen own_strnlen
#define strncmp own_strncmp
#define strcmp own_strcmp
#define strchr own_strchr
#define strrchr own_strrchr
#define strcspn own_strcspn
#define strncpy own_strncpy
#include "start/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strncmp
#undef strchr
#undef strrchr
#undef strcspn
#undef strncpy

enum { SIZE = 700, ROOM = 1024 };

static u8 got[ROOM], want[ROOM];

static void pattern(void)
{
    for (unsigned i = 0; i < ROOM; i++) {
        got[i] = want[i] = (u8)(i * 7 + i / 256);
    }
}

START_TEST(test_moves)
{
    for (size_t n = 0; n <= SIZE; n += n < 300 ? 1 : 37) {
        for (int distance = -80; distance <= 80; distance += distance > -20 && distance < 20 ? 1 : 9) {
            pattern();
            ck_assert_ptr_eq(own_memmove(got + 100 + distance, got + 100, n), got + 100 + distance);
            memmove(want + 100 + distance, want + 100, n);
            ck_assert_msg(memcmp(got, want, ROOM) == 0, "memmove of %zu by %d", n, distance);
        }
    }
}
END_TEST

START_TEST(test_copy_and_set)
{
    static u8 from[ROOM];
    for (unsigned i = 0; i < ROOM; i++) {
        from[i] = (u8)(i * 13 + 5);
    }
    for (size_t n = 0; n <= SIZE; n++) {
        for (unsigned at = 0; at < 17; at += 4) {
            pattern();
            ck_assert_ptr_eq(own_memcpy(got + 64 + at, from + 3, n), got + 64 + at);
            memcpy(want + 64 + at, from + 3, n);
            ck_assert_msg(memcmp(got, want, ROOM) == 0, "memcpy of %zu to %u", n, at);
            ck_assert_ptr_eq(own_memset(got + 32 + at, (int)(0x100 + n), n), got + 32 + at);
            memset(want + 32 + at, (int)(0x100 + n), n);
            ck_assert_msg(memcmp(got, want, ROOM) == 0, "memset of %zu at %u", n, at);
        }
    }
}
END_TEST

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

START_TEST(test_compare)
{
    for (size_t n = 1; n < 40; n++) {
        for (size_t at = 0; at < n; at++) {
            pattern();
            got[at] ^= 0x80;
            ck_assert_int_eq(sign(own_memcmp(got, want, n)), sign(memcmp(got, want, n)));
            ck_assert_int_eq(own_memcmp(got, want, at), 0);
        }
    }
    ck_assert_int_eq(sign(own_strcmp("a\x80", "a\x7f")), 1);
    ck_assert_int_eq(own_strcmp("", ""), 0);
    ck_assert_int_lt(own_strcmp("ab", "abc"), 0);
    ck_assert_int_eq(own_strncmp("abcd", "abce", 3), 0);
    ck_assert_int_eq(own_strncmp("ab", "ab", 10), 0);
    ck_assert_int_gt(own_strncmp("abd", "abc", 3), 0);
}
END_TEST

START_TEST(test_search)
{
    const char *s = "one,two,three";
    ck_assert_ptr_eq(own_strchr(s, ','), s + 3);
    ck_assert_ptr_eq(own_strchr(s, 0), s + 13);
    ck_assert_ptr_null(own_strchr(s, 'x'));
    ck_assert_ptr_eq(own_strrchr(s, ','), s + 7);
    ck_assert_ptr_eq(own_strrchr(s, 0), s + 13);
    ck_assert_ptr_null(own_strrchr(s, 'x'));
    ck_assert_ptr_eq(own_memchr(s, 't', 13), s + 4);
    ck_assert_ptr_null(own_memchr(s, 't', 4));
    ck_assert_uint_eq(own_strlen(s), 13);
    ck_assert_uint_eq(own_strnlen(s, 5), 5);
    ck_assert_uint_eq(own_strnlen(s, 50), 13);
    ck_assert_uint_eq(own_strcspn(s, "wt"), 4);
    ck_assert_uint_eq(own_strcspn(s, ""), 13);
    char buf[8] = "xxxxxxx";
    ck_assert_ptr_eq(own_strncpy(buf, "ab", 5), buf);
    ck_assert_int_eq(memcmp(buf, "ab\0\0\0xx", 8), 0);
    ck_assert_ptr_eq(own_memccpy(buf, "12345", '3', 5), buf + 3);
    ck_assert_ptr_null(own_memccpy(buf, "12345", '9', 5));
}
END_TEST

UNIT_SUITE(string, test_moves, test_copy_and_set, test_compare, test_search)
