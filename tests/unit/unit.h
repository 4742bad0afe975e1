/* The suites of the unit test program. To add one: a file test_NAME.c with a function suite_NAME, a
 * row here, the file's name in Makefile.am. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>

/* Of the host's code generator. */
#if defined(__x86_64__)
#define UNIT_HOST_SUITES(X)                                                                        \
    X(fptrap)                                                                                      \
    X(x64)                                                                                         \
    X(x64_riscv)                                                                                   \
    X(x64_vec)
#else
#define UNIT_HOST_SUITES(X)
#endif

#define UNIT_SUITES(X)                                                                             \
    X(a64_lift)                                                                                    \
    X(arena)                                                                                       \
    X(fmt)                                                                                         \
    X(hash)                                                                                        \
    X(ir)                                                                                          \
    X(ir_text)                                                                                     \
    X(loader)                                                                                      \
    X(mem)                                                                                         \
    X(options)                                                                                     \
    X(signal)                                                                                      \
    X(strace)                                                                                      \
    X(string)                                                                                    \
    X(syscalls)                                                                                    \
    X(vec)                                                                                         \
    UNIT_HOST_SUITES(X)

#define UNIT_DECLARE(name) Suite *suite_##name(void);
UNIT_SUITES(UNIT_DECLARE)
#undef UNIT_DECLARE

/* A suite named NAME of one case with the tests given, each made by START_TEST. */
#define UNIT_SUITE(name, ...)                                                                      \
    Suite *suite_##name(void)                                                                      \
    {                                                                                              \
        const TTest *tests[] = {__VA_ARGS__};                                                      \
        Suite *s = suite_create(#name);                                                            \
        TCase *tc = tcase_create(#name);                                                           \
        tcase_set_timeout(tc, 60); /* the machine may be busy */                                   \
        for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {                            \
            tcase_add_test(tc, tests[i]);                                                          \
        }                                                                                          \
        suite_add_tcase(s, tc);                                                                    \
        return s;                                                                                  \
    }

#endif
