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

void row_default(struct a64_in *in)
{
    memset(in, 0, sizeof(*in));
    for (uint64_t i = 0; i < 31; i++) {
        in->st.x[i] = 0xabcd000012340000 + i * 0x100000001;
    }
    for (uint64_t i = 0; i < 32; i++) {
        in->st.v[i][0] = 0x7654321089ab0000 + i * 0x100000001;
        in->st.v[i][1] = 0x0fedcba954320000 + i * 0x100000001;
    }
    in->st.sp = A64_WINDOW;
    for (int i = 0; i < A64_MEM_SIZE; i++) {
        in->mem[i] = (uint8_t)(i * 37 + 11);
    }
    in->nwords = 1;
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

static int parse_value(const char *s, uint64_t *out)
{
    char *end;
    if (*s == '@') {
        return parse_offset(s + 1, A64_WINDOW, out);
    }
    if (!strncmp(s, "pc", 2)) {
        return parse_offset(s + 2, A64_SLOT, out);
    }
    errno = 0;
    *out = *s == '-' ? (uint64_t)strtoll(s, &end, 0) : strtoull(s, &end, 0);
    return *end || end == s || errno ? -1 : 0;
}

static int parse_mem(uint8_t *mem, const char *name, const char *s)
{
    char *end;
    long at = strtol(name, &end, 10) + A64_MEM_HALF;
    if (*end) {
        return -1;
    }
    for (; *s; s += 2, at++) {
        unsigned byte;
        if (at < 0 || at >= A64_MEM_SIZE || !s[1] || sscanf(s, "%2x", &byte) != 1) {
            return -1;
        }
        mem[at] = (uint8_t)byte;
    }
    return 0;
}

static int parse_index(const char *s, long limit)
{
    char *end;
    long n = strtol(s, &end, 10);
    return *end || end == s || n < 0 || n >= limit ? -1 : (int)n;
}

static int apply_vector(struct a64_state *st, const char *name, const char *s)
{
    int n = parse_index(name + 1, 32);
    if (n < 0) {
        return -1;
    }
    if (*name != 'v') {
        return lanes_parse(*name, s, 1, st->v[n]);
    }
    if (s[0] && s[1] == ':') {
        return lanes_parse(*s, s + 2, 0, st->v[n]);
    }
    return lanes_parse_hex128(s, st->v[n]);
}

// One token that means the same before and after.
static int apply_common(struct a64_state *st, uint8_t *mem, const char *name, const char *s)
{
    if (*name == 'm' && (name[1] == '+' || name[1] == '-')) {
        return parse_mem(mem, name + 1, s);
    }
    if (!strcmp(name, "sp")) {
        return parse_value(s, &st->sp);
    }
    if (!strcmp(name, "nzcv")) {
        int err = parse_value(s, &st->nzcv);
        st->nzcv <<= 28;
        return err;
    }
    if (!strcmp(name, "fpcr")) {
        return parse_value(s, &st->fpcr);
    }
    if (!strcmp(name, "fpsr")) {
        return parse_value(s, &st->fpsr);
    }
    if (*name == 'x') {
        int n = parse_index(name + 1, 31);
        return n < 0 ? -1 : parse_value(s, &st->x[n]);
    }
    if (*name && strchr("vdsh", *name)) {
        return apply_vector(st, name, s);
    }
    return -1;
}

static int apply_out_token(struct a64_out *out, const char *name, const char *s)
{
    if (!strcmp(name, "pc")) {
        return parse_offset(s, A64_SLOT, &out->st.pc);
    }
    if (!strcmp(name, "addr")) {
        return parse_value(s, &out->addr);
    }
    if (strcmp(name, "sig") != 0) {
        return apply_common(&out->st, out->mem, name, s);
    }
    return out->sig ? 0 : -1; // already taken by row_parse
}

int row_apply_in(struct a64_in *in, char *text, char **bad)
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

void row_neutral(const struct a64_in *in, uint64_t sig, struct a64_out *out)
{
    out->st = in->st;
    out->st.pc = A64_SLOT + (sig ? 0 : in->nwords * 4);
    out->sig = sig;
    out->addr = 0;
    memcpy(out->mem, in->mem, sizeof(out->mem));
}

int row_apply_out(struct a64_out *out, char *text, char **bad)
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

static int parse_words(char *s, struct a64_in *in)
{
    in->nwords = 0;
    for (;;) {
        char *end;
        if (in->nwords == A64_MAX_WORDS) {
            return -1;
        }
        in->words[in->nwords++] = (uint32_t)strtoul(s, &end, 16);
        if (end != s + 8) {
            return -1;
        }
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
    if (parse_words(line, &row->in)) {
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
    if (v >= A64_CODE && v < A64_CODE + A64_CODE_SIZE) {
        snprintf(buf, size, "pc%+ld", (long)(v - A64_SLOT));
    } else if (v >= A64_WINDOW - 0x8000 && v < A64_WINDOW + 0x8000) {
        snprintf(buf, size, "@%ld", (long)(v - A64_WINDOW));
    } else {
        snprintf(buf, size, "0x%lx", v);
    }
}

static void print_state(FILE *f, const struct a64_state *a, const struct a64_state *b)
{
    char val[40];
    for (int i = 0; i < 31; i++) {
        if (a->x[i] != b->x[i]) {
            format_value(val, sizeof(val), b->x[i]);
            fprintf(f, " x%d=%s", i, val);
        }
    }
    if (a->sp != b->sp) {
        format_value(val, sizeof(val), b->sp);
        fprintf(f, " sp=%s", val);
    }
    if (a->nzcv != b->nzcv) {
        fprintf(f, " nzcv=0x%lx", b->nzcv >> 28);
    }
    for (int i = 0; i < 32; i++) {
        if (memcmp(a->v[i], b->v[i], 16) != 0) {
            fprintf(f, " v%d=0x%016lx%016lx", i, b->v[i][1], b->v[i][0]);
        }
    }
    if (a->fpcr != b->fpcr) {
        fprintf(f, " fpcr=0x%lx", b->fpcr);
    }
    if (a->fpsr != b->fpsr) {
        fprintf(f, " fpsr=0x%lx", b->fpsr);
    }
}

static void print_mem(FILE *f, const uint8_t *a, const uint8_t *b)
{
    for (int i = 0; i < A64_MEM_SIZE; i++) {
        if (a[i] == b[i]) {
            continue;
        }
        fprintf(f, " m%+d=", i - A64_MEM_HALF);
        for (; i < A64_MEM_SIZE && a[i] != b[i]; i++) {
            fprintf(f, "%02x", b[i]);
        }
    }
}

void row_print_in(FILE *f, const struct a64_in *from, const struct a64_in *to)
{
    print_state(f, &from->st, &to->st);
    print_mem(f, from->mem, to->mem);
}

void row_print_out(FILE *f, const struct a64_in *from, const struct a64_out *to)
{
    struct a64_out base;
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
        fprintf(f, " pc=%+ld", (long)(to->st.pc - A64_SLOT));
    }
    print_state(f, &base.st, &to->st);
    print_mem(f, from->mem, to->mem);
}

static int diff_value(FILE *f, const char *name, int index, uint64_t want, uint64_t got)
{
    char a[40], b[40], reg[16];
    if (want == got) {
        return 0;
    }
    format_value(a, sizeof(a), want);
    format_value(b, sizeof(b), got);
    snprintf(reg, sizeof(reg), index < 0 ? "%s" : "%s%d", name, index);
    fprintf(f, "    %-5s expected %-34s actual %s\n", reg, a, b);
    return 1;
}

static int diff_signal(FILE *f, const struct a64_out *want, const struct a64_out *got)
{
    if (want->sig == got->sig) {
        return 0;
    }
    fprintf(f, "    %-5s expected %-34s actual %s\n", "sig", sig_name(want->sig),
            sig_name(got->sig));
    return 1;
}

int row_diff(FILE *f, const struct a64_out *want, const struct a64_out *got)
{
    const struct a64_state *a = &want->st, *b = &got->st;
    int n = diff_signal(f, want, got) + diff_value(f, "addr", -1, want->addr, got->addr) +
            diff_value(f, "pc", -1, a->pc, b->pc);
    for (int i = 0; i < 31; i++) {
        n += diff_value(f, "x", i, a->x[i], b->x[i]);
    }
    n += diff_value(f, "sp", -1, a->sp, b->sp) +
         diff_value(f, "nzcv", -1, a->nzcv >> 28, b->nzcv >> 28);
    for (int i = 0; i < 32; i++) {
        if (memcmp(a->v[i], b->v[i], 16) != 0) {
            fprintf(f, "    v%-4d expected %016lx%016lx   actual %016lx%016lx\n", i, a->v[i][1],
                    a->v[i][0], b->v[i][1], b->v[i][0]);
            n++;
        }
    }
    n += diff_value(f, "fpcr", -1, a->fpcr, b->fpcr) + diff_value(f, "fpsr", -1, a->fpsr, b->fpsr);
    for (int i = 0; i < A64_MEM_SIZE; i++) {
        n += diff_value(f, "m", i - A64_MEM_HALF, want->mem[i], got->mem[i]);
    }
    return n;
}
