/* Command line and environment of ferry: parsing by the table, and what is printed from it. */
#include "base/options.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/sys_raw.h"

#ifndef FERRY_VERSION
#define FERRY_VERSION "(unknown version)"
#endif

#define ENV_PREFIX "FERRY_"

enum kind {
    KIND_STR,
    KIND_FLAG,
    KIND_SIZE,
    KIND_SETENV,
    KIND_UNSETENV,
    KIND_EXPLAIN,
    KIND_VERSION,
    KIND_HELP
};

struct row {
    enum kind kind;
    size_t offset; /* of the field in struct options */
    const char *name, *alias, *env, *arg;
    bool child;
    const char *text;
};

static const struct row table[] = {
#define OPT_STR(field, ...) {KIND_STR, offsetof(struct options, field), __VA_ARGS__},
#define OPT_FLAG(field, ...) {KIND_FLAG, offsetof(struct options, field), __VA_ARGS__},
#define OPT_SIZE(field, ...) {KIND_SIZE, offsetof(struct options, field), __VA_ARGS__},
#define OPT_ACT(kind, ...) {KIND_##kind, 0, __VA_ARGS__},
#include "base/options.def"
#undef OPT_STR
#undef OPT_FLAG
#undef OPT_SIZE
#undef OPT_ACT
};

static void *field_of(struct options *o, const struct row *row)
{
    return (char *)o + row->offset;
}

bool options_parse_size(const char *s, u64 *out)
{
    u64 v = 0;
    const char *p = s;
    while (*p >= '0' && *p <= '9') {
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (u64)(*p - '0'), &v)) {
            return false;
        }
        p++;
    }
    unsigned shift = 0;
    if (p > s && *p) {
        static const char units[] = "kKmMgG";
        const char *unit = strchr(units, *p);
        if (!unit || p[1]) {
            return false;
        }
        shift = 10 * (unsigned)((unit - units) / 2 + 1);
    }
    if (p == s || v == 0 || v > (~0ull >> shift)) {
        return false;
    }
    *out = v << shift;
    return true;
}

static bool is_name_char(char c, bool first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (!first && c >= '0' && c <= '9');
}

/* True when S begins with NAME=. */
static bool starts_assignment(const char *s)
{
    size_t n = 0;
    while (is_name_char(s[n], n == 0)) {
        n++;
    }
    return n > 0 && s[n] == '=';
}

/* Length of the first piece of LIST: up to a comma, for assignments one that starts another. */
static size_t piece_length(const char *list, bool assignments)
{
    const char *p = list;
    while (*p && !(*p == ',' && (!assignments || starts_assignment(p + 1)))) {
        p++;
    }
    return (size_t)(p - list);
}

/* LIST as given to -E (SET) or -U; SOURCE names the option or variable in messages. */
static void add_env_changes(struct options *o, const char *list, bool set, const char *source)
{
    while (*list) {
        size_t len = piece_length(list, set);
        const char *text = arena_strndup(&o->arena, list, len);
        const char *equals = strchr(text, '=');
        if (set ? (!equals || equals == text) : (equals || !len)) {
            die(1, "%s: '%s' is not %s", source, text,
                set ? "VAR=VALUE" : "the name of a variable");
        }
        vec_push(&o->env, ((struct options_env_change){.text = text, .set = set}));
        list += len;
        list += *list == ',';
    }
}

static bool flag_value(const char *value)
{
    return value[0] && strcmp(value, "0") != 0;
}

/* Stores VALUE (of the command line or the environment); SOURCE as above. */
static void store(struct options *o, const struct row *row, const char *value, const char *source)
{
    switch (row->kind) {
    case KIND_STR:
        *(const char **)field_of(o, row) = value;
        break;
    case KIND_FLAG:
        *(bool *)field_of(o, row) = flag_value(value);
        break;
    case KIND_SIZE:
        if (!options_parse_size(value, field_of(o, row))) {
            die(1, "%s: '%s' is not a size; give a number above 0, with K, M or G if you like",
                source, value);
        }
        break;
    case KIND_SETENV:
    case KIND_UNSETENV:
        add_env_changes(o, value, row->kind == KIND_SETENV, source);
        break;
    default:
        bug("option %s stores no value", row->name);
    }
}

void options_parse_env(struct options *o, char *const *envp, bool secure)
{
    if (secure) {
        return;
    }
    size_t prefix = strlen(ENV_PREFIX);
    for (; *envp; envp++) {
        if (strncmp(*envp, ENV_PREFIX, prefix) != 0) {
            continue;
        }
        const char *name = *envp + prefix;
        const char *equals = strchr(name, '=');
        for (unsigned i = 0; equals && i < ARRAY_LEN(table); i++) {
            const char *env = table[i].env;
            if (env && strlen(env) == (size_t)(equals - name) &&
                !memcmp(env, name, (size_t)(equals - name))) {
                const char *source = arena_strndup(&o->arena, *envp, (size_t)(equals - *envp));
                store(o, &table[i], equals + 1, source);
            }
        }
    }
}

static const struct row *find_option(const char *name)
{
    for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
        if (!strcmp(table[i].name, name) || (table[i].alias && !strcmp(table[i].alias, name))) {
            return &table[i];
        }
    }
    return NULL;
}

/* Handles ARGV[I], an option, and its arguments; returns the index after them. */
static int parse_one(struct options *o, int argc, char *const *argv, int i)
{
    const char *shown = argv[i++];
    const char *name = shown + 1 + (shown[1] == '-');
    const struct row *row = find_option(name);
    if (!row) {
        die(1, "unknown option '%s'; 'ferry --help' lists the options", shown);
    }
    if (row->arg && i >= argc) {
        die(1, "option '%s' needs an argument: %s %s", shown, shown, row->arg);
    }
    switch (row->kind) {
    case KIND_HELP:
        o->action = OPTIONS_HELP;
        return argc;
    case KIND_VERSION:
        o->action = OPTIONS_VERSION;
        return argc;
    case KIND_EXPLAIN:
        o->action = OPTIONS_EXPLAIN;
        o->explain_hex = argv[i];
        o->explain_guest = i + 1 < argc ? argv[i + 1] : "aarch64";
        return argc;
    default:
        store(o, row, row->arg ? argv[i++] : "1", shown);
        return i;
    }
}

void options_parse_argv(struct options *o, int argc, char *const *argv)
{
    int i = 1;
    o->action = OPTIONS_RUN;
    while (i < argc && argv[i][0] == '-' && argv[i][1]) {
        if (!strcmp(argv[i], "--")) {
            i++;
            break;
        }
        i = parse_one(o, argc, argv, i);
    }
    o->program = i;
    if (o->action != OPTIONS_RUN) {
        return;
    }
    if (o->log && !strcmp(o->log, "help")) {
        o->action = OPTIONS_LOG_HELP;
    } else if (o->cpu && !strcmp(o->cpu, "help")) {
        o->action = OPTIONS_CPU_HELP;
    } else if (i >= argc) {
        die(1, "no program to run; usage: ferry [options] program [arguments]; 'ferry --help' "
               "explains");
    }
}

void options_start_log(const struct options *o)
{
    const char *file = o->log_file;
    if (o->action != OPTIONS_RUN && o->action != OPTIONS_EXPLAIN) {
        return;
    }
    if (o->strace) {
        log_mask |= BIT(LOG_strace);
    }
    if (o->log) {
        char list[256];
        size_t len = strcspn(o->log, ":");
        if (len >= sizeof(list)) {
            die(1, "-d: the list of channels is too long");
        }
        memcpy(list, o->log, len);
        list[len] = 0;
        const char *bad;
        size_t bad_len;
        if (log_enable(list, &bad, &bad_len) < 0) {
            die(1, "-d: unknown channel '%.*s'; 'ferry -d help' lists the channels", (int)bad_len,
                bad);
        }
        if (o->log[len] && o->log[len + 1]) {
            file = o->log + len + 1;
        }
    }
    if (file && log_mask) {
        int err = log_open(file, o->log_append);
        if (err < 0) {
            die(1, "cannot write the log to %s: %s; choose another file with -D", file,
                errno_text(-err));
        }
    }
}

/* Length of the name in VAR=VALUE or VAR. */
static size_t name_length(const char *s)
{
    return strcspn(s, "=");
}

static bool same_name(const char *a, const char *b)
{
    size_t len = name_length(a);
    return len == name_length(b) && !memcmp(a, b, len);
}

/* Removes TEXT's variable from ENV of *N entries, keeping the order. */
static void remove_variable(char **env, size_t *n, const char *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++) {
        if (!same_name(env[i], text)) {
            env[kept++] = env[i];
        }
    }
    *n = kept;
}

char **options_guest_env(struct options *o, char *const *envp)
{
    size_t n = 0;
    while (envp[n]) {
        n++;
    }
    char **env = arena_alloc(&o->arena, (n + o->env.len + 1) * sizeof(*env));
    memcpy(env, envp, n * sizeof(*env));
    for (size_t i = 0; i < o->env.len; i++) {
        const struct options_env_change *change = &o->env.data[i];
        remove_variable(env, &n, change->text);
        if (change->set) {
            env[n++] = (char *)change->text;
        }
    }
    env[n] = NULL;
    return env;
}

/* "-NAME", in O's arena. */
static const char *dashed(struct options *o, const char *name)
{
    size_t len = strlen(name);
    char *s = arena_alloc(&o->arena, len + 2);
    s[0] = '-';
    memcpy(s + 1, name, len + 1);
    return s;
}

static const char *decimal(struct options *o, u64 v)
{
    char *s = arena_alloc(&o->arena, 24);
    fmt_snprintf(s, 24, "%lu", v);
    return s;
}

int options_for_child(struct options *o, const char **argv, int cap)
{
    int n = 0;
    for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
        const struct row *row = &table[i];
        const char *value = NULL;
        bool on = false;
        if (!row->child) {
            continue;
        }
        if (row->kind == KIND_STR) {
            value = *(const char **)field_of(o, row);
            on = value != NULL;
        } else if (row->kind == KIND_FLAG) {
            on = *(bool *)field_of(o, row);
        } else if (row->kind == KIND_SIZE && *(u64 *)field_of(o, row)) {
            value = decimal(o, *(u64 *)field_of(o, row));
            on = true;
        }
        if (on && n + 2 <= cap) {
            argv[n++] = dashed(o, row->name);
            if (value) {
                argv[n++] = value;
            }
        }
    }
    if ((o->log_file || (o->log && strchr(o->log, ':'))) && n < cap) {
        argv[n++] = "-log-append";
    }
    return n;
}

static void print(const struct strbuf *sb)
{
    for (size_t done = 0; done < sb->len;) {
        long n = raw_write(1, sb->data + done, sb->len - done);
        if (n == -EINTR) {
            continue;
        }
        if (n <= 0) {
            raw_exit_group(1); /* as `ferry --help >/dev/full` should */
        }
        done += (size_t)n;
    }
}

/* One line of --help: option and argument, variable, first line of the text. */
static void help_line(struct strbuf *out, const struct row *row)
{
    char left[64], env[40] = "";
    const char *dash = strlen(row->name) > 1 && !row->env ? "--" : "-";
    fmt_snprintf(left, sizeof(left), "%s%s%s%s", dash, row->name, row->arg ? " " : "",
                 row->arg ? row->arg : "");
    if (row->env) {
        fmt_snprintf(env, sizeof(env), ENV_PREFIX "%s", row->env);
    }
    sb_printf(out, "  %-20s %-22s %.*s\n", left, env, (int)strcspn(row->text, "\n"), row->text);
}

static void command_line(struct strbuf *out, const char *left, const char *text)
{
    sb_printf(out, "  %-30s %.*s\n", left, (int)strcspn(text, "\n"), text);
}

void options_print_help(void)
{
    char text[8192];
    struct strbuf out = STRBUF_ON(text);
    sb_puts(&out, "usage: ferry [options] program [arguments]\n"
                  "Runs a Linux program made for another processor.\n\n");
    sb_printf(&out, "  %-20s %-22s %s\n", "Option", "Variable", "Does");
    for (unsigned i = 0; i < ARRAY_LEN(table); i++) {
        help_line(&out, &table[i]);
    }
    sb_puts(&out,
            "\nOptions may start with one dash or two. A variable is ignored when the program "
            "gains\nprivileges (set-user-ID and the like); the command line overrides it.\n");
    sb_puts(&out, "\nA first argument that is one of these words, without a slash, is a command:\n");
#define COMMAND(id, name, args, text) command_line(&out, "ferry " name " " args, text);
#define RUN_FLAG(field, name, arg, text) command_line(&out, "  --" name, text);
#define RUN_STR(field, name, arg, text) command_line(&out, "  --" name " " arg, text);
#define DOCTOR_FLAG RUN_FLAG
#include "base/commands.def"
#undef COMMAND
#undef RUN_FLAG
#undef RUN_STR
#undef DOCTOR_FLAG
    print(&out);
}

void options_print_version(void)
{
    char text[128];
    struct strbuf out = STRBUF_ON(text);
    sb_puts(&out, "ferry " FERRY_VERSION "\n");
    print(&out);
}

void options_print_channels(void)
{
    static const struct {
        const char *name, *help;
    } channels[] = {
#define LOG_ROW(name, help) {#name, help},
        LOG_CHANNELS(LOG_ROW)
#undef LOG_ROW
    };
    char text[4096];
    struct strbuf out = STRBUF_ON(text);
    for (unsigned i = 0; i < ARRAY_LEN(channels); i++) {
        sb_printf(&out, "  %-10s %s\n", channels[i].name, channels[i].help);
    }
    print(&out);
}
