/* Prints the shells' completion of ferry and ferry-binfmt from the option tables: mkcompletion
 * bash|zsh ferry|ferry-binfmt */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "words.h"

static const char channels[] =
#define CHANNEL(name, help) #name " "
    LOG_CHANNELS(CHANNEL);

/* What may stand for an argument: a list of words, or a kind of file. */
static const struct value {
    const char *arg, *words; /* words NULL: files; "/": directories */
} values[] = {
    {"DIR", "/"},
    {"FILE", NULL},
    {"PATH", NULL},
    {"CHANNELS[:FILE]", channels},
    {"LEVEL", "sse4.1 avx2 max"},
    {"yes|no", "yes no"},
    {"all|ARCH...", "all aarch64 riscv64"},
    {"[all|ARCH...]", "all aarch64 riscv64"},
    {"all|ARCH,...", "all aarch64 riscv64 arm64"},
    {"ARCH,...", "aarch64 riscv64 arm64"},
};

static const struct value *value_of(const char *arg)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(values[i].arg, arg) == 0) {
            return &values[i];
        }
    }
    return NULL;
}

static void put_bash(const char *program, const struct word *w, size_t count)
{
    bool runs =
        strcmp(program, "ferry") == 0; /* what follows the options is a program and its arguments */
    printf("# bash completion for %s\n_%s()\n{\n", program, runs ? "ferry" : "ferry_binfmt");
    puts("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n    case $prev "
         "in");
    for (size_t i = 0; i < count; i++) {
        const struct value *v = w[i].arg ? value_of(w[i].arg) : NULL;
        if (!w[i].arg || (!v && w[i].kind == WORD_COMMAND)) {
            continue;
        }
        printf("    %s) COMPREPLY=(", w[i].name);
        if (!v) {
            printf("); return ;;\n");
        } else if (v->words && v->words[0] != '/') {
            printf("$(compgen -W '%s' -- \"$cur\")); return ;;\n", v->words);
        } else {
            printf("$(compgen -%c -- \"$cur\")); compopt -o filenames; return ;;\n",
                   v->words ? 'd' : 'f');
        }
    }
    printf("    esac\n    if [[ $cur == -* %s]]; then\n        COMPREPLY=($(compgen -W '",
           runs ? "" : "|| $COMP_CWORD == 1 ");
    for (size_t i = 0; i < count; i++) {
        printf("%s%s", i ? " " : "", w[i].name);
    }
    puts("' -- \"$cur\"))\n    else");
    puts(runs ? "        COMPREPLY=($(compgen -f -- \"$cur\"; [ $COMP_CWORD != 1 ] || compgen -W "
                "'run doctor' -- \"$cur\"))\n"
                "        compopt -o filenames"
              : "        COMPREPLY=($(compgen -W 'all aarch64 riscv64' -- \"$cur\"))");
    printf("    fi\n}\ncomplete -F _%s %s\n", runs ? "ferry" : "ferry_binfmt", program);
}

/* The first line of TEXT with what _arguments takes for itself made plain. */
static void put_zsh_text(const char *text)
{
    for (; *text && *text != '\n'; text++) {
        if (strchr("[]:'\\", *text)) {
            fputs(*text == '\'' ? "'\\'" : "\\", stdout);
        }
        putchar(*text);
    }
}

static void put_zsh_value(const char *arg)
{
    const struct value *v = value_of(arg);
    printf(":argument:");
    if (v && v->words && v->words[0] != '/') {
        printf("(%s)", v->words);
    } else if (v) {
        printf("_files%s", v->words ? " -/" : "");
    }
}

static void put_zsh(const char *program, const struct word *w, size_t count)
{
    printf("#compdef %s\n_arguments -S \\\n", program);
    for (size_t i = 0; i < count; i++) {
        if (w[i].kind == WORD_COMMAND) {
            continue;
        }
        printf("    '%s[", w[i].name);
        put_zsh_text(w[i].text);
        putchar(']');
        if (w[i].arg) {
            put_zsh_value(w[i].arg);
        }
        puts("' \\");
    }
    if (strcmp(program, "ferry") == 0) {
        puts("    '1:program:_alternative \"commands:command:(run doctor)\" "
             "\"files:program:_files\"' \\\n    '*::arguments:_files'");
        return;
    }
    printf("    '1:command:((");
    for (size_t i = 0; i < count; i++) {
        if (w[i].kind == WORD_COMMAND) {
            printf("%s\\:\"", w[i].name);
            put_zsh_text(w[i].text);
            printf("\" ");
        }
    }
    puts("))' \\\n    '*:architecture:(all aarch64 riscv64)'");
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: mkcompletion bash|zsh ferry|ferry-binfmt\n", stderr);
        return 1;
    }
    bool binfmt = strcmp(argv[2], "ferry-binfmt") == 0;
    const struct word *words = binfmt ? binfmt_words : ferry_words;
    size_t count = binfmt ? WORDS(binfmt_words) : WORDS(ferry_words);
    (strcmp(argv[1], "zsh") == 0 ? put_zsh : put_bash)(argv[2], words, count);
    return fflush(stdout) != 0 || ferror(stdout);
}
