// Reading and printing of instruction rows (the format is described in rows.h).
#include "rows.h"
#include "lanes.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int sig;
} sig_names[] = {{"SIGILL", SIGILL},
                 {"SIGTRAP", SIGTRAP},
                 {"SIGBUS", SIGBUS},
                 {"SIGFPE", SIGFPE},
                 {"SIGSEGV", SIGSEGV}};

static const char *sig_name(uint64_t sig)
{
    for (size_t i = 0; i < sizeof(sig_names) / sizeof(sig_names[0]); i++) {
        if ((uint64_t)sig_names[i].sig == sig) {
            return sig_names[i].name;
        }
    }
    return sig ? "SIG?" : "none";
}

void row_default(struct row_in *in)
{
    memset(in, 0, sizeof(*in));
    state_default(&in->st);
    for (int i = 0; i < ROW_MEM_SIZE; i++) {
        in->mem[i] = (uint8_t)(i * 37 + 11);
    }
}

static int parse_offset(const char *s, uint64_t base, uint64_t *out)
{
    char *end;
    if (!*s) {
        *out = base;
        return 0;
    }
    *out = base + (uint64_t)strtoll(s, &end, 0);
    return *end ? -1 : 0;
}

int row_parse_value(const char *s, uint64_t *out)
{
    char *end;
    if (*s == '@') {
        return parse_offset(s + 1, ROW_WINDOW, out);
    }
    if (!strncmp(s, "pc", 2)) {
        return parse_offset(s + 2, ROW_SLOT, out);
    }
    errno = 0;
    *out = *s == '-' ? (uint64_t)strtoll(s, &end, 0) : strtoull(s, &end, 0);
    return *end || end == s || errno ? -1 : 0;
}

static int parse_mem(uint8_t *mem, const char *name, const char *s)
{
    char *end;
    long at = strtol(name, &end, 10) + ROW_MEM_HALF;
    if (*end) {
        return -1;
    }
    for (; *s; s += 2, at++) {
        unsigned byte;
        if (at < 0 || at >= ROW_MEM_SIZE || !s[1] || sscanf(s, "%2x", &byte) != 1) {
            return -1;
        }
        mem[at] = (uint8_t)byte;
    }
    return 0;
}

int row_parse_index(const char *s, long limit)
{
    char *end;
    long n = strtol(s, &end, 10);
    return *end || end == s || n < 0 || n >= limit ? -1 : (int)n;
}

int row_parse_vector(const char *s, uint64_t v[2])
{
    return s[0] && s[1] == ':' ? lanes_parse(*s, s + 2, 0, v) : lanes_parse_hex128(s, v);
}

static uint64_t *field_at(const struct state *st, const struct field *f, int n)
{
    return (uint64_t *)((char *)st + f->offset) + (f->kind == FIELD_128 ? 2 : 1) * n;
}

static int parse_field(const struct field *f, uint64_t *at, const char *s)
{
    if (f->kind == FIELD_128) {
        return row_parse_vector(s, at);
    }
    if (f->parse) {
        return f->parse(s, at);
    }
    int err = row_parse_value(s, at);
    *at <<= f->shift;
    return err;
}

static int apply_field(struct state *st, const char *name, const char *s)
{
    for (const struct field *f = state_fields; f->name; f++) {
        size_t len = strlen(f->name);
        if (f->count == 0 && !strcmp(name, f->name)) {
            return parse_field(f, field_at(st, f, 0), s);
        }
        int n =
            f->count && !strncmp(name, f->name, len) ? row_parse_index(name + len, f->count) : -1;
        if (n >= 0) {
            return parse_field(f, field_at(st, f, n), s);
        }
    }
    return state_apply(st, name, s);
}

// One token that means the same before and after.
static int apply_common(struct state *st, uint8_t *mem, const char *name, const char *s)
{
    if (*name == 'm' && (name[1] == '+' || name[1] == '-')) {
        return parse_mem(mem, name + 1, s);
    }
    return apply_field(st, name, s);
}

static int apply_out_token(struct row_out *out, const char *name, const char *s)
{
    if (!strcmp(name, "pc")) {
        return parse_offset(s, ROW_SLOT, &out->st.pc);
    }
    if (!strcmp(name, "addr")) {
        return row_parse_value(s, &out->addr);
    }
    if (strcmp(name, "sig") != 0) {
        return apply_common(&out->st, out->mem, name, s);
    }
    return out->sig ? 0 : -1; // already taken by row_parse
}

int row_apply_in(struct row_in *in, char *text, char **bad)
{
    char *save;
    for (char *t = strtok_r(text, " \t", &save); t; t = strtok_r(NULL, " \t", &save)) {
        char *eq = strchr(t, '=');
        *bad = t;
        if (!eq) {
            return -1;
        }
        *eq = 0;
        if (apply_common(&in->st, in->mem, t, eq + 1)) {
            *eq = '=';
            return -1;
        }
    }
    return 0;
}

void row_neutral(const struct row_in *in, uint64_t sig, struct row_out *out)
{
    out->st = in->st;
    out->st.pc = ROW_SLOT + (sig ? 0 : in->size);
    out->sig = sig;
    out->addr = 0;
    memcpy(out->mem, in->mem, sizeof(out->mem));
}

int row_apply_out(struct row_out *out, char *text, char **bad)
{
    char *save;
    for (char *t = strtok_r(text, " \t", &save); t; t = strtok_r(NULL, " \t", &save)) {
        char *eq = strchr(t, '=');
        *bad = t;
        if (!eq) {
            return -1;
        }
        *eq = 0;
        if (apply_out_token(out, t, eq + 1)) {
            *eq = '=';
            return -1;
        }
    }
    return 0;
}

static uint64_t find_sig(const char *text)
{
    const char *p = strstr(text, "sig=");
    for (size_t i = 0; p && i < sizeof(sig_names) / sizeof(sig_names[0]); i++) {
        if (!strncmp(p + 4, sig_names[i].name, strlen(sig_names[i].name))) {
            return (uint64_t)sig_names[i].sig;
        }
    }
    return 0;
}

static int parse_code(char *s, struct row_in *in)
{
    in->size = 0;
    for (;;) {
        char *end;
        uint32_t word = (uint32_t)strtoul(s, &end, 16);
        uint32_t bytes = (uint32_t)(end - s) / 2;
        if (bytes < 2 || bytes > 4 || (end - s) != 2 * (long)bytes ||
            in->size + bytes > ROW_MAX_CODE) {
            return -1;
        }
        memcpy(in->code + in->size, &word, bytes);
        if (insn_bytes(in->code + in->size) != bytes) {
            return -1;
        }
        in->size += bytes;
        if (!*end) {
            return 0;
        }
        if (*end != ',') {
            return -1;
        }
        s = end + 1;
    }
}

int row_parse(char *line, struct row *row, char **bad)
{
    line[strcspn(line, "\n")] = 0;
    if (!*line || *line == '#') {
        return 0;
    }
    *bad = "the row needs: word text | before | after";
    char *before = strchr(line, '|');
    char *text = strchr(line, ' ');
    char *after = before ? strchr(before + 1, '|') : NULL;
    if (!before || !text || text > before || !after) {
        return -1;
    }
    *before++ = 0;
    *after++ = 0;
    *text++ = 0;
    text += strspn(text, " ");
    size_t len = strlen(text);
    while (len && text[len - 1] == ' ') {
        text[--len] = 0;
    }
    snprintf(row->text, sizeof(row->text), "%s", text);
    row_default(&row->in);
    if (parse_code(line, &row->in)) {
        *bad = line;
        return -1;
    }
    row->has_want = after[strspn(after, " ")] != 0;
    if (row_apply_in(&row->in, before, bad)) {
        return -1;
    }
    row_neutral(&row->in, find_sig(after), &row->want);
    if (!strcmp(after, " -")) {
        return 1; // nothing changes
    }
    return row_apply_out(&row->want, after, bad) ? -1 : 1;
}

static void format_value(char *buf, size_t size, uint64_t v)
{
    if (v >= ROW_CODE && v < ROW_CODE + ROW_CODE_SIZE) {
        snprintf(buf, size, "pc%+ld", (long)(v - ROW_SLOT));
    } else if (v >= ROW_WINDOW - 0x8000 && v < ROW_WINDOW + 0x8000) {
        snprintf(buf, size, "@%ld", (long)(v - ROW_WINDOW));
    } else {
        snprintf(buf, size, "0x%lx", v);
    }
}

static void format_field(char *buf, size_t size, const struct field *f, const uint64_t *v)
{
    if (f->kind == FIELD_128) {
        snprintf(buf, size, "0x%016lx%016lx", v[1], v[0]);
    } else if (f->print) {
        f->print(buf, size, *v);
    } else if (f->kind == FIELD_ADDR) {
        format_value(buf, size, *v);
    } else {
        snprintf(buf, size, "0x%lx", *v >> f->shift);
    }
}

// Calls fn for every register that differs.
static int each_difference(FILE *out, const struct state *a, const struct state *b,
                           void (*fn)(FILE *, const struct field *, const char *, const uint64_t *,
                                      const uint64_t *))
{
    int count = 0;
    for (const struct field *f = state_fields; f->name; f++) {
        for (int n = 0; n < (f->count ? f->count : 1); n++) {
            const uint64_t *x = field_at(a, f, n), *y = field_at(b, f, n);
            char name[24];
            snprintf(name, sizeof(name), f->count ? "%s%d" : "%s", f->name, n);
            if (memcmp(x, y, f->kind == FIELD_128 ? 16 : 8) != 0) {
                fn(out, f, name, x, y);
                count++;
            }
        }
    }
    return count;
}

static void print_new(FILE *out, const struct field *f, const char *name, const uint64_t *a,
                      const uint64_t *b)
{
    char val[64];
    (void)a;
    format_field(val, sizeof(val), f, b);
    fprintf(out, " %s=%s", name, val);
}

static void print_state(FILE *f, const struct state *a, const struct state *b)
{
    each_difference(f, a, b, print_new);
}

static void print_mem(FILE *f, const uint8_t *a, const uint8_t *b)
{
    for (int i = 0; i < ROW_MEM_SIZE; i++) {
        if (a[i] == b[i]) {
            continue;
        }
        fprintf(f, " m%+d=", i - ROW_MEM_HALF);
        for (; i < ROW_MEM_SIZE && a[i] != b[i]; i++) {
            fprintf(f, "%02x", b[i]);
        }
    }
}

void row_print_code(FILE *f, const struct row_in *in)
{
    for (uint32_t at = 0; at < in->size;) {
        uint32_t word = 0, n = insn_bytes(in->code + at);
        memcpy(&word, in->code + at, n);
        fprintf(f, "%s%0*x", at ? "," : "", (int)(2 * n), word);
        at += n;
    }
}

void row_print_in(FILE *f, const struct row_in *from, const struct row_in *to)
{
    print_state(f, &from->st, &to->st);
    print_mem(f, from->mem, to->mem);
}

void row_print_out(FILE *f, const struct row_in *from, const struct row_out *to)
{
    struct row_out base;
    row_neutral(from, to->sig, &base);
    if (to->sig) {
        fprintf(f, " sig=%s", sig_name(to->sig));
    }
    if (to->addr) {
        char val[40];
        format_value(val, sizeof(val), to->addr);
        fprintf(f, " addr=%s", val);
    }
    if (to->st.pc != base.st.pc) {
        fprintf(f, " pc=%+ld", (long)(to->st.pc - ROW_SLOT));
    }
    print_state(f, &base.st, &to->st);
    print_mem(f, from->mem, to->mem);
}

static void print_both(FILE *out, const struct field *f, const char *name, const uint64_t *want,
                       const uint64_t *got)
{
    char a[64], b[64];
    format_field(a, sizeof(a), f, want);
    format_field(b, sizeof(b), f, got);
    fprintf(out, "    %-6s expected %-34s actual %s\n", name, a, b);
}

static int diff_value(FILE *f, const char *name, uint64_t want, uint64_t got)
{
    static const struct field plain = {.kind = FIELD_ADDR};
    if (want != got) {
        print_both(f, &plain, name, &want, &got);
    }
    return want != got;
}

static int diff_signal(FILE *f, const struct row_out *want, const struct row_out *got)
{
    if (want->sig == got->sig) {
        return 0;
    }
    fprintf(f, "    %-6s expected %-34s actual %s\n", "sig", sig_name(want->sig),
            sig_name(got->sig));
    return 1;
}

int row_diff(FILE *f, const struct row_out *want, const struct row_out *got)
{
    int n = diff_signal(f, want, got) + diff_value(f, "addr", want->addr, got->addr) +
            diff_value(f, "pc", want->st.pc, got->st.pc) +
            each_difference(f, &want->st, &got->st, print_both);
    for (int i = 0; i < ROW_MEM_SIZE; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m%+d", i - ROW_MEM_HALF);
        n += diff_value(f, name, want->mem[i], got->mem[i]);
    }
    return n;
}
