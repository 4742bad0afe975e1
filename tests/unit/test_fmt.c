/* Unit tests of src/base/fmt: every format must give what libc's snprintf gives. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "unit.h"

#define SAME(...)                                                                                  \
    do {                                                                                           \
        char ours_[256], libc_[256];                                                               \
        size_t n_ = fmt_snprintf(ours_, sizeof(ours_), __VA_ARGS__);                               \
        ck_assert_uint_eq(n_, (size_t)snprintf(libc_, sizeof(libc_), __VA_ARGS__));                \
        ck_assert_str_eq(ours_, libc_);                                                            \
    } while (0)

START_TEST(test_integers)
{
    const long values[] = {0,       1,       -1,       42,       -42,
                           INT_MAX, INT_MIN, LONG_MAX, LONG_MIN, 0x123456789abcdef};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        long v = values[i];
        SAME("%d|%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d", (int)v, (int)v, (int)v, (int)v, (int)v, (int)v,
             (int)v, (int)v);
        SAME("%ld %lld %zd %u %lu %hhd %hd %hhu", v, (long long)v, (ssize_t)v, (unsigned)v,
             (unsigned long)v, (signed char)v, (short)v, (unsigned char)v);
        SAME("%x %X %lx %016lx %-20lx| %o", (unsigned)v, (unsigned)v, (unsigned long)v,
             (unsigned long)v, (unsigned long)v, (unsigned)v);
    }
    SAME("%#x %#X %*d %-*d|", 255, 255, 7, 3, 7, 3);
    SAME("%p", (void *)0x1234);
}
END_TEST

START_TEST(test_strings)
{
    SAME("%s|%10s|%-10s|%.2s|%.*s|%c|%3c|%-3c|%%", "abc", "abc", "abc", "abc", 1, "abc", 'x', 'y',
         'z');
    SAME("%s", "");
    SAME("no arguments");
    SAME("100%% of %d%%", 5);
}
END_TEST

START_TEST(test_cut_at_capacity)
{
    char buf[8];
    memset(buf, 'Z', sizeof(buf));
    ck_assert_uint_eq(fmt_snprintf(buf, 5, "%s%d", "abc", 12345), 4);
    ck_assert_str_eq(buf, "abc1");
    ck_assert_int_eq(buf[5], 'Z');
    ck_assert_uint_eq(fmt_snprintf(buf, 1, "x"), 0);
    ck_assert_str_eq(buf, "");
    ck_assert_uint_eq(fmt_snprintf(buf, 0, "x"), 0);
}
END_TEST

START_TEST(test_errno_names)
{
    ck_assert_str_eq(errno_name(2), "ENOENT");
    ck_assert_str_eq(errno_text(2), "No such file or directory");
    ck_assert_ptr_nonnull(errno_name(12345));
    ck_assert_ptr_nonnull(errno_text(12345));
}
END_TEST

UNIT_SUITE(fmt, test_integers, test_strings, test_cut_at_capacity, test_errno_names)
