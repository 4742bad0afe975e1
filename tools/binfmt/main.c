/* ferry-binfmt: registers ferry with the kernel as what runs programs of other architectures.
 * Commands and options. */
#include "binfmt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_WORDS 64

enum word {
    WORD_NONE,
#define COMMAND(id, ...) COMMAND_##id,
#define OPT_FLAG(id, ...) OPTION_##id,
#define OPT_STR OPT_FLAG
#include "options.def"
#undef COMMAND
#undef OPT_FLAG
#undef OPT_STR
    WORDS,
};

static const struct option_row {
    enum word id;
    bool command;
    const char *name, *alias, *arg, *text;
} rows[] = {
#define COMMAND(id, name, arg, text) {COMMAND_##id, true, name, NULL, arg, text},
#define OPT_FLAG(id, name, alias, arg, text) {OPTION_##id, false, name, alias, arg, text},
#define OPT_STR OPT_FLAG
#include "options.def"
};

/* What the command line says. */
struct request {
    enum word command;
    const char *names[MAX_WORDS]; /* architectures or patterns */
    size_t name_count;
    const char *given[WORDS]; /* by option: its argument, "" for one without; NULL: not given */
};

struct selection {
    const struct machine *m[16];
    size_t count;
    bool unknown; /* a name was none of these */
};

static _Noreturn void wrong_use(const char *format, const char *word)
{
    fprintf(stderr, "ferry-binfmt: ");
    fprintf(stderr, format, word);
    fprintf(stderr, "\n");
    exit(2);
}

static void put_help(void)
{
    printf("usage: ferry-binfmt COMMAND [OPTIONS]\nRegisters ferry with the kernel as what runs "
           "programs of: %s\n\n",
           machine_offer());
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char left[64];
        const struct option_row *r = &rows[i];
        if (i && rows[i - 1].command && !r->command) {
            printf("\n");
        }
        snprintf(left, sizeof(left), "%s%s%s%s%s%s", r->command ? "" : "--", r->name,
                 r->alias ? ", -" : "", r->alias ? r->alias : "", r->arg ? " " : "",
                 r->arg ? r->arg : "");
        printf("  %-28s %.*s\n", left, (int)strcspn(r->text, "\n"), r->text);
    }
    printf("\nWithout a command: what is supported, as JSON. Exit status: 0 all is well, 1 "
           "something failed and stderr says what and what to do, 2 wrong use.\n");
}

static int put_about(bool help)
{
    if (help) {
        put_help();
    } else {
        printf("ferry-binfmt " FERRY_VERSION "\n");
    }
    return fflush(stdout) != 0;
}

/* The option WORD begins with (one dash or two, = or not); VALUE is what follows =. */
static const struct option_row *find_option(const char *word, const char **value)
{
    const char *name = word + 1 + (word[1] == '-');
    size_t len = strcspn(name, "=");
    *value = name[len] ? name + len + 1 : NULL;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct option_row *r = &rows[i];
        if (!r->command && ((strncmp(r->name, name, len) == 0 && !r->name[len]) ||
                            (r->alias && strncmp(r->alias, name, len) == 0 && !r->alias[len]))) {
            return r;
        }
    }
    wrong_use("there is no option %s; ferry-binfmt --help lists them", word);
}

static enum word find_command(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].command && strcmp(rows[i].name, word) == 0) {
            return rows[i].id;
        }
    }
    return WORD_NONE;
}

static void parse_option(int argc, char **argv, int *i, struct request *r)
{
    const char *word = argv[*i], *value;
    const struct option_row *row = find_option(word, &value);
    if (row->arg && !value && !(value = *i + 1 < argc ? argv[++*i] : NULL)) {
        wrong_use("%s needs an argument", word);
    }
    if (!row->arg && value) {
        wrong_use("%s takes no argument", word);
    }
    r->given[row->id] = row->arg ? value : "";
}

static void parse(int argc, char **argv, struct request *r)
{
    for (int i = 1; i < argc; i++) {
        enum word command = r->command ? WORD_NONE : find_command(argv[i]);
        if (argv[i][0] == '-' && strcmp(argv[i], "--") != 0) {
            parse_option(argc, argv, &i, r);
        } else if (command) {
            r->command = command;
        } else if (argv[i][0] != '-') {
            if (r->name_count == MAX_WORDS) {
                wrong_use("too many words, from %s on", argv[i]);
            }
            r->names[r->name_count++] = argv[i];
        }
    }
}

static void select_machine(struct selection *s, const struct machine *m)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->m[i] == m) {
            return;
        }
    }
    s->m[s->count++] = m;
}

/* What cannot be selected is said, and the rest goes on. */
static void select_name(struct selection *s, const char *name)
{
    const struct machine *m = machine_by_name(name);
    bool all = strcmp(name, "all") == 0, pattern = strpbrk(name, "*?[") != NULL;
    if (m && machine_is_host(m)) {
        fprintf(
            stderr,
            "ferry-binfmt: %s is this machine's own architecture: its programs need no emulator\n",
            name);
    } else if (!all && !pattern && !(m && machine_offered(m))) {
        fprintf(stderr,
                "ferry-binfmt: ferry does not run programs for '%s' on this machine; it runs %s\n",
                name, machine_offer());
        s->unknown = true;
    }
    for (size_t i = 0; i < machine_count; i++) {
        if (machine_offered(&machines[i]) && (all || machine_like(&machines[i], name))) {
            select_machine(s, &machines[i]);
        }
    }
}

/* LIST is separated by commas. */
static void select_list(struct selection *s, const char *list)
{
    char name[64];
    while (*list) {
        size_t len = strcspn(list, ",");
        snprintf(name, sizeof(name), "%.*s", (int)len, list);
        if (len) {
            select_name(s, name);
        }
        list += len + (list[len] == ',');
    }
}

/* The ferry that was installed with this program: beside it. */
static void find_interpreter(char *out, size_t cap)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - sizeof("ferry"));
    self[len > 0 ? len : 0] = 0;
    char *slash = strrchr(self, '/');
    if (slash) {
        strcpy(slash + 1, "ferry");
    }
    snprintf(out, cap, "%s", slash && access(self, X_OK) == 0 ? self : "/usr/bin/ferry");
}

/* The flag belongs in: not left out by its --no-... and not by multiarch's spelling. */
static bool wants_flag(const struct request *r, enum word no, enum word multiarch)
{
    const char *value = r->given[multiarch];
    if (value && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
        wrong_use("-p, -c and -g take yes or no, not %s", value);
    }
    return !r->given[no] && !(value && value[0] == 'n');
}

static void settle_flags(const struct request *r, struct options *o)
{
    bool argv0 = wants_flag(r, OPTION_NO_PRESERVE_ARGV0, OPTION_PRESERVE_ARGV0);
    if (argv0 && !kernel_at_least(5, 12)) {
        argv0 = false;
        o->note = "this kernel is older than Linux 5.12 and does not tell the interpreter of flag "
                  "P, which is left out: programs do not see the argv[0] they were given";
    }
    snprintf(o->flags, sizeof(o->flags), "%sO%s%s", argv0 ? "P" : "",
             wants_flag(r, OPTION_NO_CREDENTIALS, OPTION_CREDENTIAL) ? "C" : "",
             wants_flag(r, OPTION_NO_FIX_BINARY, OPTION_PERSISTENT) ? "F" : "");
}

/* What follows from the command line for all commands. */
static void settle(struct request *r, struct options *o)
{
    const char *const *given = r->given;
    o->force = given[OPTION_FORCE] || given[OPTION_RESET];
    o->persist = given[OPTION_PERSIST];
    o->dry_run = given[OPTION_DRY_RUN];
    o->json = given[OPTION_JSON];
    o->root = given[OPTION_ROOT] && strcmp(given[OPTION_ROOT], "/") != 0 ? given[OPTION_ROOT] : "";
    snprintf(o->misc, sizeof(o->misc), "%s%s", o->root,
             given[OPTION_MOUNT] ? given[OPTION_MOUNT] : "/proc/sys/fs/binfmt_misc");
    settle_flags(r, o);
    if (given[OPTION_INTERPRETER]) {
        snprintf(o->interpreter, sizeof(o->interpreter), "%s", given[OPTION_INTERPRETER]);
    } else {
        find_interpreter(o->interpreter, sizeof(o->interpreter));
    }
    if (given[OPTION_DO_INSTALL] || given[OPTION_DO_UNINSTALL]) {
        o->spelling = SPELLING_TONISTIIGI;
    } else if (given[OPTION_RESET] || given[OPTION_PERSISTENT] || given[OPTION_CREDENTIAL] ||
               given[OPTION_PRESERVE_ARGV0]) {
        o->spelling = SPELLING_MULTIARCH;
        r->command = r->command ? r->command : COMMAND_INSTALL;
    }
    if (!r->command && r->name_count) {
        wrong_use("there is no command %s; ferry-binfmt --help lists them", r->names[0]);
    }
}

static int interval(const struct request *r)
{
    const char *value = r->given[OPTION_INTERVAL];
    int seconds = value ? atoi(value) : 10;
    if (seconds < 1) {
        wrong_use("--interval takes a number of seconds from 1 on, not %s", value);
    }
    return seconds;
}

/* tonistiigi/binfmt: first what is to go, then what is to come, then the list, always. */
static bool run_lists(const struct request *r, struct options *o)
{
    struct selection gone = {.count = 0}, come = {.count = 0};
    struct text why;
    bool ok = true;
    if (r->given[OPTION_DO_UNINSTALL]) {
        select_list(&gone, r->given[OPTION_DO_UNINSTALL]);
        ok = uninstall(o, gone.m, gone.count) && !gone.unknown;
    }
    if (r->given[OPTION_DO_INSTALL]) {
        select_list(&come, r->given[OPTION_DO_INSTALL]);
        ok = install_and_leave(o, come.m, come.count) && !come.unknown && ok;
    }
    if (!kernel_mount(o, &why)) {
        if (ok) {
            fprintf(stderr, "ferry-binfmt: %s\n", why.s);
        }
        return false;
    }
    return list_platforms(o) && ok;
}

static bool run_command(const struct request *r, struct options *o)
{
    struct selection s = {.count = 0};
    for (size_t i = 0; i < r->name_count; i++) {
        select_list(&s, r->names[i]);
    }
    if (r->command == COMMAND_STATUS) {
        return status(o) && !s.unknown;
    }
    if (r->command == COMMAND_INSTALL && r->name_count == 0 && o->spelling == SPELLING_OWN) {
        wrong_use("install what? %s", "'all', or an architecture");
    }
    if (r->name_count == 0) {
        select_list(&s, "all");
    }
    if (s.count == 0) {
        return !s.unknown;
    }
    switch (r->command) {
    case COMMAND_INSTALL:
        return install_and_leave(o, s.m, s.count) && !s.unknown;
    case COMMAND_UNINSTALL:
        return uninstall(o, s.m, s.count) && !s.unknown;
    default:
        return keep(o, s.m, s.count, interval(r)) && !s.unknown;
    }
}

int main(int argc, char **argv)
{
    struct request r = {.command = WORD_NONE};
    struct options o = {.root = ""};
    parse(argc, argv, &r);
    if (r.given[OPTION_HELP] || r.given[OPTION_VERSION]) {
        return put_about(r.given[OPTION_HELP]);
    }
    settle(&r, &o);
    bool ok = r.command ? run_command(&r, &o) : run_lists(&r, &o);
    return fflush(stdout) == 0 && ok ? 0 : 1;
}
