/* Prints ferry's man page, ferry(1), from the option table: mkman VERSION > ferry.1 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

/* TEXT with what roff would take for markup made plain. */
static void put_text(const char *text)
{
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\'')) {
            fputs("\\&", stdout);
        }
        if (*text == '-') {
            fputs("\\-", stdout);
        } else if (*text == '\\') {
            fputs("\\e", stdout);
        } else {
            putchar(*text);
        }
        line_start = *text == '\n';
    }
}

/* Capital first letter and full stop for the summary line, then the rest as it is. */
static void put_description(const char *text)
{
    size_t first = strcspn(text, "\n");
    char line[256];
    snprintf(line, sizeof(line), "%.*s", (int)first, text);
    if (line[0] >= 'a' && line[0] <= 'z') {
        line[0] += 'A' - 'a';
    }
    put_text(line);
    puts(".");
    put_text(text + first + (text[first] == '\n'));
}

static void put_option(const char *name, const char *alias, const char *env, const char *arg,
                       const char *text)
{
    puts(".TP");
    fputs(".B \\-", stdout);
    put_text(name);
    if (alias) {
        fputs(" \\fR|\\fB \\-", stdout);
        put_text(alias);
    }
    if (arg) {
        printf(" \\fI");
        put_text(arg);
        printf("\\fR");
    }
    putchar('\n');
    put_description(text);
    if (env) {
        printf("Variable: \\fBFERRY_%s\\fR.\n", env);
    }
}

static void put_options(void)
{
#define OPT_STR(field, name, alias, env, arg, child, text) put_option(name, alias, env, arg, text);
#define OPT_FLAG OPT_STR
#define OPT_SIZE OPT_STR
#define OPT_ACT OPT_STR
#include "base/options.def"
}

static void put_channels(void)
{
#define CHANNEL(name, help) printf(".TP\n.B %s\n%s\n", #name, help);
    LOG_CHANNELS(CHANNEL)
}

int main(int argc, char **argv)
{
    printf(".TH FERRY 1 \"\" \"ferry %s\" \"User Commands\"\n", argc > 1 ? argv[1] : "");
    puts(".SH NAME\nferry \\- run Linux programs made for another processor");
    puts(".SH SYNOPSIS\n.B ferry\n[\\fIoptions\\fR] \\fIprogram\\fR [\\fIarguments\\fR]");
    puts(".SH DESCRIPTION\n"
         "ferry runs a Linux program of another architecture by translating its instructions into "
         "those\n"
         "of this machine while it runs. The program's system calls go to this machine's kernel.\n"
         "The architecture is read from the program's file.");
    puts(".SH OPTIONS\n"
         "Options end at the name of the program. They may start with one dash or two. Each "
         "variable\n"
         "says the same as its option and is overridden by it; variables are ignored when the "
         "program\n"
         "gains privileges, as a set\\-user\\-ID program does.");
    put_options();
    puts(".SH LOG CHANNELS\nFor\n.BR \\-d :");
    put_channels();
    puts(".SH EXIT STATUS\n"
         "That of the program. A program killed by a signal ends ferry by the same signal. When "
         "there is\n"
         "nothing to run, ferry says why in one line and exits with 1 (wrong use of ferry), 126 "
         "(the file\n"
         "is not a program ferry can run), 127 (the file does not exist) or 125 (out of memory).");
    puts(".SH EXAMPLES\n"
         ".TP\n.B ferry ./hello\nRun a statically linked program.\n"
         ".TP\n.B ferry \\-L /srv/arm64 /srv/arm64/bin/ls\n"
         "Run a program whose loader and libraries are under /srv/arm64.\n"
         ".TP\n.B ferry \\-strace \\-D trace.%d ./hello\nWrite its system calls to a file.");
    puts(".SH SEE ALSO\n.BR binfmt_misc ,\n.BR perf (1),\n.BR strace (1)");
    return fflush(stdout) != 0 || ferror(stdout);
}
