/* What a command line of ferry or of ferry-binfmt may hold, from the option tables; for the
 * programs that print the man pages and the completions. */
#ifndef TOOLS_WORDS_H
#define TOOLS_WORDS_H
#include <stdbool.h>
#include <stddef.h>

enum word_kind {
    WORD_COMMAND,
    WORD_OPTION,
    WORD_COMMAND_OPTION, /* of the command before it */
};

struct word {
    enum word_kind kind;
    const char *name, *alias, *env,
        *arg;         /* NAME with its dashes; ENV without FERRY_; all but NAME may be NULL */
    const char *text; /* the summary, then lines of description */
};

static const struct word ferry_words[] = {
#define OPT_STR(field, name, alias, env, arg, child, text)                                         \
    {WORD_OPTION, "-" name, alias, env, arg, text},
#define OPT_FLAG OPT_STR
#define OPT_SIZE OPT_STR
#define OPT_ACT OPT_STR
#include "base/options.def"
#undef OPT_STR
#undef OPT_FLAG
#undef OPT_SIZE
#undef OPT_ACT
#define COMMAND(id, name, args, text) {WORD_COMMAND, name, NULL, NULL, args, text},
#define RUN_FLAG(field, name, arg, text) {WORD_COMMAND_OPTION, "--" name, NULL, NULL, arg, text},
#define RUN_STR RUN_FLAG
#define DOCTOR_FLAG RUN_FLAG
#include "base/commands.def"
#undef COMMAND
#undef RUN_FLAG
#undef RUN_STR
#undef DOCTOR_FLAG
};

static const struct word binfmt_words[] = {
#define COMMAND(id, name, arg, text) {WORD_COMMAND, name, NULL, NULL, arg, text},
#define OPT_FLAG(id, name, alias, arg, text) {WORD_OPTION, "--" name, alias, NULL, arg, text},
#define OPT_STR OPT_FLAG
#include "../tools/binfmt/options.def"
#undef COMMAND
#undef OPT_FLAG
#undef OPT_STR
};
#define WORDS(table) (sizeof(table) / sizeof((table)[0]))
#endif
