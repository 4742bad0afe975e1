/* Command line and environment of ferry, parsed by the table in options.def. */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include "base/arena.h"
#include "base/types.h"
#include "base/vec.h"

/* What the command line asks for. */
enum options_action {
    OPTIONS_RUN,      /* run argv[options.program] */
    OPTIONS_HELP,     /* options_print_help */
    OPTIONS_VERSION,  /* options_print_version */
    OPTIONS_LOG_HELP, /* options_print_channels */
    OPTIONS_CPU_HELP, /* the caller lists the models */
    OPTIONS_EXPLAIN,  /* options.explain_hex, .explain_guest */
};

/* One -E or -U, in the order given. */
struct options_env_change {
    const char *text; /* "VAR=VALUE" to set, "VAR" to remove */
    bool set;
};

struct options {
#define OPT_STR(field, ...) const char *field;
#define OPT_FLAG(field, ...) bool field;
#define OPT_SIZE(field, ...) u64 field;
#define OPT_ACT(...)
#include "base/options.def"
#undef OPT_STR
#undef OPT_FLAG
#undef OPT_SIZE
#undef OPT_ACT
    enum options_action action;
    int program; /* index in argv of the program to run */
    const char *explain_hex, *explain_guest;
    VEC(struct options_env_change) env;
    struct arena arena; /* strings made while parsing */
};

/* Reads the FERRY_ variables of ENVP into O, which must be zero or parsed already (a later call
 * overrides an earlier). Does nothing when SECURE (AT_SECURE): the environment is not trusted then.
 * Dies with one line, exit 1, on a value that makes no sense. */
void options_parse_env(struct options *o, char *const *envp, bool secure);

/* Reads ARGV[1..] up to the program into O and sets O->action and O->program. Dies with one line,
 * exit 1, on an unknown option, a missing argument, or no program. Do not call this when the kernel
 * started us for the program itself (binfmt_misc): then set O->program only. */
void options_parse_argv(struct options *o, int argc, char *const *argv);

/* Turns on the channels O asks for and opens its log file. Dies with one line, exit 1. */
void options_start_log(const struct options *o);

/* The program's environment: ENVP with the -E and -U of O applied; NULL-terminated, in O's arena.
 */
char **options_guest_env(struct options *o, char *const *envp);

/* Stores in ARGV (room for CAP pointers) the options that a program started by this one must be run
 * with, and returns their number. Strings live as long as O. */
int options_for_child(struct options *o, const char **argv, int cap);

void options_print_help(void);
void options_print_version(void);
void options_print_channels(void);

/* S as a size with K, M or G; false when it is not one or is 0. */
bool options_parse_size(const char *s, u64 *out);

#endif
