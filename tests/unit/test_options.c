/* Unit tests of src/base/options. */
#include "base/options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "unit.h"

#define PARSE(o, ...)                                                                              \
    do {                                                                                           \
        char *argv_[] = {"ferry", __VA_ARGS__, NULL};                                              \
        options_parse_argv((o), (int)ARRAY_LEN(argv_) - 1, argv_);                                 \
    } while (0)

START_TEST(test_sizes)
{
    u64 v = 7;
    ck_assert(options_parse_size("1", &v) && v == 1);
    ck_assert(options_parse_size("8M", &v) && v == 8 << 20);
    ck_assert(options_parse_size("64k", &v) && v == 64 << 10);
    ck_assert(options_parse_size("17179869183G", &v) && v == 17179869183ull << 30);
    ck_assert(!options_parse_size("17179869184G", &v));
    ck_assert(!options_parse_size("18446744073709551616", &v));
    ck_assert(!options_parse_size("", &v));
    ck_assert(!options_parse_size("0", &v));
    ck_assert(!options_parse_size("M", &v));
    ck_assert(!options_parse_size("1Mb", &v));
    ck_assert(!options_parse_size("-1", &v));
    ck_assert(!options_parse_size("1T", &v));
}
END_TEST

START_TEST(test_command_line)
{
    struct options o = {0};
    PARSE(&o, "-L", "/sys", "--strace", "-s", "1M", "-0", "me", "prog", "-L", "not-ours");
    ck_assert_int_eq(o.action, OPTIONS_RUN);
    ck_assert_int_eq(o.program, 8);
    ck_assert_str_eq(o.ld_prefix, "/sys");
    ck_assert(o.strace);
    ck_assert_uint_eq(o.stack_size, 1 << 20);
    ck_assert_str_eq(o.argv0, "me");
}
END_TEST

START_TEST(test_end_of_options)
{
    struct options o = {0};
    PARSE(&o, "-strace", "--", "-odd-name");
    ck_assert_int_eq(o.program, 3);
    PARSE(&o, "-"); /* a lone dash is a program's name */
    ck_assert_int_eq(o.program, 1);
}
END_TEST

START_TEST(test_actions)
{
    struct options o = {0};
    PARSE(&o, "-h");
    ck_assert_int_eq(o.action, OPTIONS_HELP);
    PARSE(&o, "--version");
    ck_assert_int_eq(o.action, OPTIONS_VERSION);
    PARSE(&o, "--explain", "d503201f", "riscv64");
    ck_assert_int_eq(o.action, OPTIONS_EXPLAIN);
    ck_assert_str_eq(o.explain_hex, "d503201f");
    ck_assert_str_eq(o.explain_guest, "riscv64");
    PARSE(&o, "-d", "help");
    ck_assert_int_eq(o.action, OPTIONS_LOG_HELP);
    o.log = NULL;
    PARSE(&o, "-cpu", "help");
    ck_assert_int_eq(o.action, OPTIONS_CPU_HELP);
}
END_TEST

START_TEST(test_environment)
{
    struct options o = {0};
    char *envp[] = {"HOME=/",
                    "FERRY_LD_PREFIX=/env",
                    "FERRY_STRACE=1",
                    "FERRY_PERFMAP=0",
                    "FERRY_STACK_SIZE=2M",
                    "FERRY_UNKNOWN=1",
                    "FERRY_L=/wrong",
                    NULL};
    options_parse_env(&o, envp, true);
    ck_assert_ptr_null(o.ld_prefix);
    ck_assert(!o.strace);
    options_parse_env(&o, envp, false);
    ck_assert_str_eq(o.ld_prefix, "/env");
    ck_assert(o.strace);
    ck_assert(!o.perfmap);
    ck_assert_uint_eq(o.stack_size, 2 << 20);
    PARSE(&o, "-L", "/arg", "prog");
    ck_assert_str_eq(o.ld_prefix, "/arg");
}
END_TEST

static const char *lookup(char **env, const char *name)
{
    size_t len = strlen(name);
    const char *found = NULL;
    for (; *env; env++) {
        if (!strncmp(*env, name, len) && (*env)[len] == '=') {
            ck_assert_ptr_null(found); /* once only */
            found = *env + len + 1;
        }
    }
    return found;
}

START_TEST(test_guest_environment)
{
    struct options o = {0};
    char *envp[] = {"A=1", "B=2", "C=3", NULL};
    PARSE(&o, "-E", "A=9,NEW=x,y,_Z1=", "-U", "B,MISSING", "-E", "C=first", "-E", "C=last", "prog");
    char **env = options_guest_env(&o, envp);
    ck_assert_str_eq(lookup(env, "A"), "9");
    ck_assert_ptr_null(lookup(env, "B"));
    ck_assert_str_eq(lookup(env, "C"), "last");
    ck_assert_str_eq(lookup(env, "NEW"), "x,y");
    ck_assert_str_eq(lookup(env, "_Z1"), "");
    ck_assert_str_eq(envp[1], "B=2");
}
END_TEST

START_TEST(test_order_of_set_and_unset)
{
    struct options o = {0};
    char *envp[] = {"A=1", NULL};
    PARSE(&o, "-U", "A", "-E", "A=2", "-E", "B=1", "-U", "B", "prog");
    char **env = options_guest_env(&o, envp);
    ck_assert_str_eq(lookup(env, "A"), "2");
    ck_assert_ptr_null(lookup(env, "B"));
}
END_TEST

START_TEST(test_for_child)
{
    struct options o = {0};
    const char *argv[32];
    PARSE(&o, "-L", "/sys", "-0", "me", "-E", "A=1", "-s", "8K", "-strace", "-D", "log", "prog");
    int n = options_for_child(&o, argv, 32);
    const char *expect[] = {"-L", "/sys", "-s", "8192", "-strace", "-D", "log", "-log-append"};
    ck_assert_int_eq(n, (int)ARRAY_LEN(expect));
    for (int i = 0; i < n; i++) {
        ck_assert_str_eq(argv[i], expect[i]);
    }
}
END_TEST

/* What a child that runs PARSE with these arguments writes to standard error and exits with. */
static int run_failing(char **argv, char *text, size_t cap)
{
    int fds[2], argc = 0, status;
    while (argv[argc]) {
        argc++;
    }
    ck_assert_int_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct options o = {0};
        dup2(fds[1], 2);
        options_parse_argv(&o, argc, argv);
        options_start_log(&o);
        _exit(0);
    }
    close(fds[1]);
    size_t len = 0;
    ssize_t n;
    while (len < cap - 1 && (n = read(fds[0], text + len, cap - 1 - len)) > 0) {
        len += (size_t)n;
    }
    text[len] = 0;
    close(fds[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(test_errors_are_one_line_and_exit_1)
{
    static char *cases[][5] = {
        {"ferry", "--no-such", "prog", NULL},
        {"ferry", NULL},
        {"ferry", "-L", NULL},
        {"ferry", "-s", "lots", "prog", NULL},
        {"ferry", "-E", "NOVALUE", "prog"},
        {"ferry", "-U", "A=1", "prog"},
        {"ferry", "-d", "nonsense", "prog"},
        {"ferry", "-d", "strace:/no/such/dir/file", "prog"},
    };
    static const char *mention[] = {"--no-such", "no program", "-L",       "lots",
                                    "NOVALUE",   "A=1",        "nonsense", "/no/such/dir/file"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[1024];
        ck_assert_int_eq(run_failing(cases[i], text, sizeof(text)), 1);
        ck_assert_msg(!strncmp(text, "ferry: ", 7), "%s", text);
        ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
        ck_assert_msg(strstr(text, mention[i]) != NULL, "%s", text);
    }
}
END_TEST

START_TEST(test_full_disk_under_the_log)
{
    char *argv[] = {"ferry", "-strace", "prog", NULL}, text[1024];
    int fds[2], status;
    ck_assert_int_eq(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct options o = {.log_file = "/dev/full"};
        dup2(fds[1], 2);
        options_parse_argv(&o, 3, argv);
        options_start_log(&o);
        log_printf(LOG_strace, "a line\n");
        _exit(0);
    }
    close(fds[1]);
    ssize_t n = read(fds[0], text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    ck_assert_ptr_nonnull(strstr(text, "/dev/full: No space left"));
}
END_TEST

UNIT_SUITE(options, test_sizes, test_command_line, test_end_of_options, test_actions,
           test_environment, test_guest_environment, test_order_of_set_and_unset, test_for_child,
           test_errors_are_one_line_and_exit_1, test_full_disk_under_the_log)
