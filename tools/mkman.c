/* Prints the man pages from the option tables: mkman VERSION [ferry-binfmt] > PAGE */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "words.h"

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

static void put_word(const struct word *w)
{
    bool of_command = w->kind == WORD_COMMAND_OPTION;
    puts(of_command ? ".RS\n.TP" : ".TP");
    fputs(".B ", stdout);
    put_text(w->name);
    if (w->alias) {
        fputs(w->name[1] == '-' ? "\\fR, \\fB\\-" : " \\fR|\\fB \\-", stdout);
        put_text(w->alias);
    }
    if (w->arg) {
        fputs(" \\fI", stdout);
        put_text(w->arg);
        fputs("\\fR", stdout);
    }
    putchar('\n');
    put_description(w->text);
    if (w->env) {
        printf("Variable: \\fBFERRY_%s\\fR.\n", w->env);
    }
    if (of_command) {
        puts(".RE");
    }
}

/* Options, or else commands with theirs. */
static void put_words(const struct word *w, size_t count, bool options)
{
    for (size_t i = 0; i < count; i++) {
        if ((w[i].kind == WORD_OPTION) == options) {
            put_word(&w[i]);
        }
    }
}

static void put_channels(void)
{
#define CHANNEL(name, help) printf(".TP\n.B %s\n%s\n", #name, help);
    LOG_CHANNELS(CHANNEL)
}

static void put_ferry(const char *version)
{
    printf(".TH FERRY 1 \"\" \"ferry %s\" \"User Commands\"\n", version);
    puts(".SH NAME\nferry \\- run Linux programs made for another processor");
    puts(".SH SYNOPSIS\n.B ferry\n[\\fIoptions\\fR] \\fIprogram\\fR [\\fIarguments\\fR]\n.br\n"
         ".B ferry run\n[\\fIoptions\\fR] \\fIprogram\\fR [\\fIarguments\\fR]\n.br\n"
         ".B ferry doctor\n[\\-\\-json] [\\-\\-mount \\fIdir\\fR] [\\fIarchitecture\\fR...]");
    puts(".SH DESCRIPTION\n"
         "ferry runs a Linux program of another architecture by translating its instructions into "
         "those\n"
         "of this machine while it runs. The program's system calls go to this machine's kernel.\n"
         "The architecture is read from the program's file.");
    puts(".SH COMMANDS\n"
         "A command is the bare word as first argument; a program of that name is run as ./run.");
    put_words(ferry_words, WORDS(ferry_words), false);
    puts(".SH OPTIONS\n"
         "Options end at the name of the program. They may start with one dash or two. Each "
         "variable\n"
         "says the same as its option and is overridden by it; variables are ignored when the "
         "program\n"
         "gains privileges, as a set\\-user\\-ID program does.");
    put_words(ferry_words, WORDS(ferry_words), true);
    puts(".SH LOG CHANNELS\nFor\n.BR \\-d :");
    put_channels();
    puts(".SH EXIT STATUS\n"
         "That of the program. A program killed by a signal ends ferry by the same signal. When "
         "there is\n"
         "nothing to run, ferry says why in one line and exits with 1 (wrong use of ferry), 126 "
         "(the file\n"
         "is not a program ferry can run), 127 (the file does not exist) or 125 (out of memory,\n"
         "or namespaces that ferry run needs are refused).");
    puts(".SH EXAMPLES\n"
         ".TP\n.B ferry ./hello\nRun a statically linked program.\n"
         ".TP\n.B ferry \\-L /srv/arm64 /srv/arm64/bin/ls\n"
         "Run a program whose loader and libraries are under /srv/arm64.\n"
         ".TP\n.B ferry \\-strace \\-D trace.%d ./hello\nWrite its system calls to a file.");
    puts(".SH SEE ALSO\n.BR ferry\\-binfmt (8),\n.BR perf (1),\n.BR strace (1)");
}

static void put_binfmt(const char *version)
{
    printf(".TH FERRY-BINFMT 8 \"\" \"ferry %s\" \"System Administration\"\n", version);
    puts(".SH NAME\nferry\\-binfmt \\- have the kernel start programs of other processors with "
         "ferry");
    puts(".SH SYNOPSIS\n.B ferry\\-binfmt\n\\fIcommand\\fR [\\fIoptions\\fR]");
    puts(
        ".SH DESCRIPTION\n"
        "The kernel's binfmt_misc starts a program it cannot run itself with the interpreter that "
        "is\n"
        "registered for files that begin in the same way. ferry\\-binfmt registers\n.BR ferry (1)\n"
        "there, one entry for each architecture, named ferry\\-aarch64 and so on. The entries hold "
        "for all\n"
        "containers and chroots; they are gone when the machine restarts, see\n.BR \\-\\-persist "
        ".\n.PP\n"
        "It runs as root on a machine, in a privileged container, and, from Linux 6.7 on, without\n"
        "privilege in a user namespace of its own, whose entries nobody else sees. binfmt_misc is\n"
        "mounted if it is not. Without a command, the platforms that work are listed as JSON.");
    puts(".SH COMMANDS");
    put_words(binfmt_words, WORDS(binfmt_words), false);
    puts(".SH OPTIONS");
    put_words(binfmt_words, WORDS(binfmt_words), true);
    puts(".SH FLAGS\n"
         "The flags of an entry are POCF unless options leave some out. "
         "P: the program sees the argv[0] it was\n"
         "given. O: the program is handed over open, so it need not be readable. C: "
         "set\\-user\\-ID programs\n"
         "get their rights. F: the interpreter is held open, so it works in containers and chroots "
         "that do\n"
         "not have it; an interpreter replaced on disk is used after the next\n.BR install .");
    puts(".SH EXIT STATUS\n0: all is well. 1: something failed; standard error says what and what "
         "to do. 2: wrong use.");
    puts(".SH FILES\n.TP\n.I /proc/sys/fs/binfmt_misc\nWhere the kernel shows the entries.\n"
         ".TP\n.I /etc/binfmt.d/zz\\-ferry\\-ARCH.conf\nWritten by\n.BR \\-\\-persist .");
    puts(".SH EXAMPLES\n"
         ".TP\n.B ferry\\-binfmt install all \\-\\-persist\nRegister now and at each start.\n"
         ".TP\n.B docker run \\-\\-rm \\-\\-privileged ferry\\-binfmt \\-\\-install all\nThe same "
         "from a container.\n"
         ".TP\n.B unshare \\-\\-user \\-\\-map\\-root\\-user \\-\\-mount sh \\-c "
         "'ferry\\-binfmt install all && exec ./hello\\-arm64'\n"
         "Run a program without any privilege.");
    puts(".SH SEE ALSO\n.BR ferry (1),\n.BR binfmt.d (5),\n.BR update\\-binfmts (8)");
}

int main(int argc, char **argv)
{
    const char *version = argc > 1 ? argv[1] : "";
    if (argc > 2 && strcmp(argv[2], "ferry-binfmt") == 0) {
        put_binfmt(version);
    } else {
        put_ferry(version);
    }
    return fflush(stdout) != 0 || ferror(stdout);
}
