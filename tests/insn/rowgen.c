// Expands a curated .in file into assembly text or into rows without results.
//
//   rowgen --asm FILE.in              assembly, one line an instruction (or `a ; b` sequence)
//   rowgen --rows FILE.in FILE.bin    rows; FILE.bin holds the assembled words
//   rowgen --text FILE.rows           the text column of rows as assembly (with gen.sh --check)
//   rowgen --fill FILE.rows FILE.bin  the rows with the word column as assembled
//   rowgen --words FILE.rows FILE.bin exits 1 if words and assembled text differ
//
// .in lines:
//   $name = STATES
//   instruction text [for A B:C ...] : STATES
// `(a/b/c)` in a text stands for each alternative (a bracket without `/` for itself); `%` for each
// word behind `for`, and with words of the form B:C, `%` for B and `^` for C. STATES are states
// (see rows.h) separated by `|`; a state is `*`-separated factors, each tokens or one $name;
// several factors are combined in all ways.
#include "rows.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 200, MAX_STATES = 4096, LINE = 16384 };

struct list {
    char *name;
    char **state;
    size_t n;
};

static struct list names[MAX_NAMES];
static size_t n_names;
static const char *cur_file;
static int cur_line;

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "%s:%d: %s %s\n", cur_file, cur_line, what, detail);
    exit(2);
}

static void *must(void *p)
{
    if (!p) {
        die("out of memory", "");
    }
    return p;
}

static char *trim(char *s)
{
    s += strspn(s, " \t\n");
    size_t n = strlen(s);
    while (n && strchr(" \t\n", s[n - 1])) {
        s[--n] = 0;
    }
    return s;
}

static void add_state(struct list *l, const char *a, const char *b)
{
    if (l->n == MAX_STATES) {
        die("too many states", "");
    }
    size_t size = strlen(a) + strlen(b) + 2;
    char *s = must(malloc(size));
    snprintf(s, size, *a && *b ? "%s %s" : "%s%s", a, b);
    l->state[l->n++] = s;
}

static struct list new_list(void)
{
    struct list l = {0};
    l.state = must(calloc(MAX_STATES, sizeof(*l.state)));
    return l;
}

static void free_list(struct list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->state[i]);
    }
    free(l->state);
}

static const struct list *find_list(const char *name)
{
    for (size_t i = 0; i < n_names; i++) {
        if (!strcmp(names[i].name, name)) {
            return &names[i];
        }
    }
    die("unknown list", name);
    return NULL;
}

// acc = acc x factor; a factor is tokens, or one $name and perhaps tokens behind it
static struct list multiply(struct list acc, char *factor)
{
    struct list out = new_list();
    char rest[LINE] = "";
    const struct list *l = NULL;
    if (*factor == '$') {
        size_t len = strcspn(factor, " ");
        snprintf(rest, sizeof(rest), "%s", trim(factor + len));
        factor[len] = 0;
        l = find_list(factor + 1);
    }
    for (size_t i = 0; i < acc.n; i++) {
        if (!l) {
            add_state(&out, acc.state[i], factor);
        }
        for (size_t k = 0; l && k < l->n; k++) {
            char one[LINE];
            snprintf(one, sizeof(one), "%s %s", acc.state[i], l->state[k]);
            add_state(&out, one, rest);
        }
    }
    free_list(&acc);
    return out;
}

static struct list parse_states(char *text)
{
    struct list all = new_list();
    char *save_alt, *save_factor;
    char empty[] = " ";
    if (!*trim(text)) {
        text = empty;
    }
    for (char *alt = strtok_r(text, "|", &save_alt); alt; alt = strtok_r(NULL, "|", &save_alt)) {
        struct list acc = new_list();
        add_state(&acc, "", "");
        for (char *f = strtok_r(alt, "*", &save_factor); f; f = strtok_r(NULL, "*", &save_factor)) {
            acc = multiply(acc, trim(f));
        }
        for (size_t i = 0; i < acc.n; i++) {
            add_state(&all, acc.state[i], "");
        }
        free_list(&acc);
    }
    return all;
}

typedef void emit_fn(void *ctx, const char *text, const struct list *states);

struct sink {
    emit_fn *emit;
    void *ctx;
    const struct list *states;
};

// Expands the first (a/b) group of `text` and goes on with each result. A bracket without `/`
// stays.
static void expand_groups(const struct sink *sink, const char *text)
{
    char out[LINE];
    const char *open = strchr(text, '(');
    const char *close = open ? strchr(open, ')') : NULL;
    while (close && !memchr(open, '/', (size_t)(close - open))) {
        open = strchr(close, '(');
        close = open ? strchr(open, ')') : NULL;
    }
    if (!open) {
        sink->emit(sink->ctx, text, sink->states);
        return;
    }
    if (!close) {
        die("missing ) in", text);
    }
    const char *p = open + 1;
    while (p <= close) {
        size_t len = strcspn(p, "/)");
        snprintf(out, sizeof(out), "%.*s%.*s%s", (int)(open - text), text, (int)len, p, close + 1);
        expand_groups(sink, out);
        p += len + 1;
    }
}

static void expand_for(const struct sink *sink, char *text)
{
    char *words = strstr(text, " for ");
    char *save;
    if (!words) {
        expand_groups(sink, text);
        return;
    }
    *words = 0;
    for (char *w = strtok_r(words + 5, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char out[LINE];
        size_t n = 0;
        size_t first = strcspn(w, ":");
        for (const char *p = text; *p && n + 64 < sizeof(out); p++) {
            if (*p == '%') {
                n += (size_t)snprintf(out + n, sizeof(out) - n, "%.*s", (int)first, w);
            } else if (*p == '^') {
                n +=
                    (size_t)snprintf(out + n, sizeof(out) - n, "%s", w + first + (w[first] == ':'));
            } else {
                out[n++] = *p;
            }
        }
        out[n] = 0;
        expand_groups(sink, trim(out));
    }
}

static void read_line(const struct sink *base, char *line)
{
    line = trim(line);
    if (!*line || *line == '#') {
        return;
    }
    if (*line == '$') {
        char *eq = strchr(line, '=');
        if (!eq || n_names == MAX_NAMES) {
            die("bad list", line);
        }
        *eq = 0;
        struct list l = parse_states(eq + 1);
        l.name = must(strdup(trim(line + 1)));
        names[n_names++] = l;
        return;
    }
    char *colon = strstr(line, " :");
    if (!colon) {
        die("no ` :` in", line);
    }
    *colon = 0;
    struct list states = parse_states(colon + 2);
    struct sink sink = *base;
    sink.states = &states;
    expand_for(&sink, trim(line));
    free_list(&states);
}

static void print_all_asm(const char *text)
{
    char copy[LINE];
    char *save;
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *one = strtok_r(copy, ";", &save); one; one = strtok_r(NULL, ";", &save)) {
        print_asm(stdout, trim(one));
    }
}

static void emit_asm(void *ctx, const char *text, const struct list *states)
{
    (void)ctx;
    (void)states;
    print_all_asm(text);
}

// The assembled code of a text, one instruction after the other.
static void read_code(FILE *bin, const char *text, struct row_in *in)
{
    uint8_t one[4];
    in->size = 0;
    for (const char *p = text; p; p = strchr(p, ';')) {
        p += *p == ';';
        if (fread(one, 2, 1, bin) != 1 ||
            (insn_bytes(one) == 4 && fread(one + 2, 2, 1, bin) != 1)) {
            die("the assembled file is too short", "");
        }
        if (in->size + insn_bytes(one) > ROW_MAX_CODE) {
            die("too many instructions:", text);
        }
        memcpy(in->code + in->size, one, insn_bytes(one));
        in->size += insn_bytes(one);
    }
}

static void emit_rows(void *ctx, const char *text, const struct list *states)
{
    struct row_in base, in;
    row_default(&base);
    read_code(ctx, text, &base);
    for (size_t s = 0; s < states->n; s++) {
        char *bad;
        in = base;
        char *copy = must(strdup(states->state[s]));
        if (row_apply_in(&in, copy, &bad)) {
            die("bad state token", bad);
        }
        free(copy);
        row_print_code(stdout, &in);
        printf(" %s |", text);
        row_print_in(stdout, &base, &in);
        printf(" |\n");
    }
}

static void for_each_line(const char *name, void (*fn)(void *, char *), void *ctx)
{
    static char line[LINE * 4];
    FILE *f = fopen(name, "r");
    cur_file = name;
    cur_line = 0;
    if (!f) {
        die("cannot open", name);
    }
    while (fgets(line, sizeof(line), f)) {
        cur_line++;
        fn(ctx, line);
    }
    fclose(f);
}

static void in_line(void *ctx, char *line)
{
    read_line(ctx, line);
}

static struct row row;

// The text column of a row, which may lack its words. NULL: not a row. *rest = what follows the
// text.
static char *text_of(char *line, char **rest)
{
    static char text[LINE];
    char *bar = strchr(line, '|'), *from = strchr(line, ' ');
    if (*line == '#' || !bar || !from || from > bar) {
        return NULL;
    }
    snprintf(text, sizeof(text), "%.*s", (int)(bar - from), from);
    *rest = bar;
    return trim(text);
}

static void text_line(void *ctx, char *line)
{
    char *rest, *text = text_of(line, &rest);
    (void)ctx;
    if (text) {
        print_all_asm(text);
    }
}

static void fill_line(void *bin, char *line)
{
    char *rest, *text = text_of(line, &rest);
    struct row_in in;
    if (!text) {
        printf("%s", line);
        return;
    }
    read_code(bin, text, &in);
    row_print_code(stdout, &in);
    printf(" %s %s", text, rest);
}

struct compare {
    FILE *bin;
    int differ;
};

static void words_line(void *ctx, char *line)
{
    struct compare *c = ctx;
    char *bad;
    if (row_parse(line, &row, &bad) <= 0) {
        return;
    }
    struct row_in in;
    read_code(c->bin, row.text, &in);
    if (in.size != row.in.size || memcmp(in.code, row.in.code, in.size) != 0) {
        printf("%s:%d: %s assembles to ", cur_file, cur_line, row.text);
        row_print_code(stdout, &in);
        printf(", the row has ");
        row_print_code(stdout, &row.in);
        printf("\n");
        c->differ = 1;
    }
}

static FILE *open_bin(const char *name)
{
    FILE *f = fopen(name, "rb");
    if (!f) {
        cur_file = name;
        die("cannot open", name);
    }
    return f;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--asm")) {
        struct sink sink = {emit_asm, NULL, NULL};
        for_each_line(argv[2], in_line, &sink);
        return 0;
    }
    if (argc == 4 && !strcmp(argv[1], "--rows")) {
        struct sink sink = {emit_rows, open_bin(argv[3]), NULL};
        for_each_line(argv[2], in_line, &sink);
        return 0;
    }
    if (argc == 3 && !strcmp(argv[1], "--text")) {
        for_each_line(argv[2], text_line, NULL);
        return 0;
    }
    if (argc == 4 && !strcmp(argv[1], "--fill")) {
        for_each_line(argv[2], fill_line, open_bin(argv[3]));
        return 0;
    }
    if (argc == 4 && !strcmp(argv[1], "--words")) {
        struct compare c = {open_bin(argv[3]), 0};
        for_each_line(argv[2], words_line, &c);
        return c.differ;
    }
    fprintf(stderr, "usage: rowgen --asm|--rows|--text|--fill|--words FILE [BIN]\n");
    return 2;
}
