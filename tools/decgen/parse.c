// Reads .dec tables; their syntax is in main.c.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "decgen.h"

static void copy_name(struct where at, char *to, const char *from, size_t len)
{
    if (len == 0 || len >= NAME_LEN) {
        fail(at, "bad name length: %s", from);
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)from[i]) && from[i] != '_') {
            fail(at, "bad name: %s", from);
        }
    }
    memcpy(to, from, len);
    to[len] = 0;
}

struct field *find_field(struct line *l, const char *name, size_t len)
{
    for (int i = 0; i < l->nfields; i++) {
        if (strlen(l->field[i].name) == len && memcmp(l->field[i].name, name, len) == 0) {
            return &l->field[i];
        }
    }
    return NULL;
}

static struct field *get_field(struct line *l, const char *name, size_t len)
{
    struct field *f = find_field(l, name, len);
    if (f) {
        return f;
    }
    if (l->nfields == MAX_FIELDS) {
        fail(l->at, "too many members");
    }
    f = &l->field[l->nfields++];
    copy_name(l->at, f->name, name, len);
    return f;
}

static void check_pieces(struct line *l, const struct field *f)
{
    uint32_t used = 0;
    int top = 0;
    for (int i = 0; i < f->npieces; i++) {
        const struct piece *p = &f->piece[i];
        uint64_t bits = ((1ull << p->width) - 1) << p->pos;
        if (used & bits) {
            fail(l->at, "pieces of %s overlap", f->name);
        }
        used |= (uint32_t)bits;
        top = p->pos + p->width > top ? p->pos + p->width : top;
    }
    for (int i = 0; i < f->npieces; i++) {
        if (f->piece[i].is_signed && f->piece[i].pos + f->piece[i].width != top) {
            fail(l->at, "only the top piece of %s can be signed", f->name);
        }
    }
}

// Parses ~m.P:sW whose top bit is bit `bit`-1 of the instruction; returns its width.
static int parse_bits(struct line *l, const char *token, int bit)
{
    struct piece p = {.inverted = *token == '~'};
    const char *name = token + p.inverted;
    const char *colon = strchr(name, ':');
    const char *dot = memchr(name, '.', (size_t)(colon - name));
    p.pos = dot ? atoi(dot + 1) : 0;
    p.is_signed = colon[1] == 's';
    p.width = atoi(colon + 1 + p.is_signed);
    p.lo = bit - p.width;
    if (p.width < 1 || p.width > 31 || p.lo < 0 || p.pos < 0 || p.pos > 31) {
        fail(l->at, "bad width or position: %s", token);
    }
    for (const char *end = dot ? dot : colon; name < end;) {
        size_t len = strcspn(name, ",.:");
        struct field *f = get_field(l, name, len);
        if (f->npieces == MAX_PIECES) {
            fail(l->at, "too many pieces: %s", token);
        }
        f->piece[f->npieces++] = p;
        name += len + (name[len] == ',');
    }
    return p.width;
}

// Adds to *c the instruction bit that holds bit `index` of member f, with value `one`.
static void fix_bit(struct line *l, struct cube *c, const struct field *f, int index, bool one)
{
    for (int i = 0; i < f->npieces; i++) {
        const struct piece *p = &f->piece[i];
        if (index >= p->pos && index < p->pos + p->width) {
            uint32_t bit = 1u << (p->lo + index - p->pos);
            c->mask |= bit;
            c->bits |= one != p->inverted ? bit : 0;
            return;
        }
    }
    if (one) {
        fail(l->at, "%s has no bit %d", f->name, index);
    }
}

// Parses one m=V of an exclusion into *c.
static void parse_condition(struct line *l, struct cube *c, const char *text, size_t len)
{
    const char *eq = memchr(text, '=', len);
    const struct field *f = eq ? find_field(l, text, (size_t)(eq - text)) : NULL;
    if (!f) {
        fail(l->at, "bad condition: %s", text);
    }
    const char *value = eq + 1;
    if (strncmp(value, "0b", 2) == 0) {
        const char *end = text + len;
        for (const char *s = value + 2; s < end; s++) {
            if (*s != 'x') {
                fix_bit(l, c, f, (int)(end - s) - 1, *s == '1');
            }
        }
        return;
    }
    long v = strtol(value, NULL, 0);
    for (int i = 0; i < 32; i++) {
        fix_bit(l, c, f, i, (v >> i & 1) != 0);
    }
}

static void parse_exclusion(struct line *l, const char *text)
{
    struct cube c = l->base;
    while (*text) {
        size_t len = strcspn(text, ",");
        parse_condition(l, &c, text, len);
        text += len + (text[len] == ',');
    }
    subtract(&l->cubes, c);
}

static void parse_const(struct line *l, const char *token)
{
    const char *eq = strchr(token, '=');
    if (!eq) {
        fail(l->at, "unexpected after the last bit: %s", token);
    }
    struct field *f = get_field(l, token, (size_t)(eq - token));
    if (f->value || f->is_const) {
        fail(l->at, "%s has a value already", f->name);
    }
    f->is_const = !f->npieces;
    f->value = strtol(eq + 1, NULL, 0);
}

// Parses literal bits below bit `bit`; returns how many.
static int parse_literal(struct line *l, const char *token, int bit)
{
    int n = (int)strlen(token);
    if ((int)strspn(token, "01x") != n || n > bit) {
        fail(l->at, "bad literal or too many bits: %s", token);
    }
    for (int i = 0; i < n; i++) {
        uint32_t b = 1u << (bit - 1 - i);
        l->base.mask |= token[i] != 'x' ? b : 0;
        l->base.bits |= token[i] == '1' ? b : 0;
    }
    return n;
}

static void parse_template(struct line *l, int width)
{
    int bit = width;
    char *token;
    while (bit > 0) {
        token = strtok(NULL, " \t");
        if (!token) {
            fail(l->at, "%s has only %d bits", l->name, width - bit);
        }
        bit -= strchr(token, ':') ? parse_bits(l, token, bit) : parse_literal(l, token, bit);
    }
    for (int i = 0; i < l->nfields; i++) {
        check_pieces(l, &l->field[i]);
    }
    add_cube(&l->cubes, l->base);
    while ((token = strtok(NULL, " \t"))) {
        if (*token == '!') {
            parse_exclusion(l, token + 1);
        } else {
            parse_const(l, token);
        }
    }
    if (l->cubes.n == 0) {
        fail(l->at, "%s excludes everything", l->name);
    }
}

static void check_members(const struct db *db, struct line *l)
{
    const struct argset *s = &db->set[l->set];
    for (int i = 0; i < s->n; i++) {
        if (!find_field(l, s->member[i], strlen(s->member[i]))) {
            fail(l->at, "%s: member %s of %s has no value", l->name, s->member[i], s->name);
        }
    }
    if (l->nfields != s->n) {
        fail(l->at, "%s: a field is not a member of %s", l->name, s->name);
    }
}

static int find_set(const struct db *db, const char *name)
{
    for (int i = 0; i < db->nsets; i++) {
        if (strcmp(db->set[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

static int get_op(struct db *db, const struct line *l)
{
    for (int i = 0; i < db->nops; i++) {
        if (strcmp(db->op[i].name, l->name) == 0) {
            if (db->op[i].set != l->set) {
                fail(l->at, "%s was used with args %s", l->name, db->set[db->op[i].set].name);
            }
            return i;
        }
    }
    db->op = grow(db->op, db->nops, sizeof *db->op);
    db->op[db->nops] = (struct op){strdup(l->name), l->set, l->chapter};
    return db->nops++;
}

static void parse_insn(struct db *db, struct where at, const char *name)
{
    struct line l = {.at = at, .chapter = db->nchapters - 1, .group = db->group, .ext = db->cur_ext};
    copy_name(at, l.name, name, strlen(name));
    const char *set = strtok(NULL, " \t");
    l.set = set ? find_set(db, set) : -1;
    if (l.set < 0) {
        fail(at, "unknown args %s", set ? set : "");
    }
    parse_template(&l, db->width);
    check_members(db, &l);
    l.op = get_op(db, &l);
    db->line = grow(db->line, db->nlines, sizeof l);
    db->line[db->nlines++] = l;
}

static void parse_args(struct db *db, struct where at)
{
    struct argset s = {.at = at};
    const char *name = strtok(NULL, " \t");
    if (!name) {
        fail(at, "args needs a name");
    }
    copy_name(at, s.name, name, strlen(name));
    if (find_set(db, name) >= 0) {
        fail(at, "args %s was defined in line %d", name, db->set[find_set(db, name)].at.line);
    }
    for (const char *m; (m = strtok(NULL, " \t"));) {
        size_t len = strcspn(m, ":");
        if (s.n == MAX_FIELDS || (m[len] && strcmp(m + len, ":64") != 0)) {
            fail(at, "bad member %s", m);
        }
        copy_name(at, s.member[s.n], m, len);
        s.wide[s.n++] = m[len] != 0;
    }
    db->set = grow(db->set, db->nsets, sizeof s);
    db->set[db->nsets++] = s;
}

// The extension of the lines that follow.
static void parse_ext(struct db *db, struct where at)
{
    const char *name = strtok(NULL, " \t");
    if (!name) {
        fail(at, "ext needs a name");
    }
    if (strcmp(name, "none") == 0) {
        db->cur_ext = 0;
        return;
    }
    for (int i = 0; i < db->nexts; i++) {
        if (strcmp(db->ext[i], name) == 0) {
            db->cur_ext = i + 1;
            return;
        }
    }
    db->ext = grow(db->ext, db->nexts, sizeof *db->ext);
    copy_name(at, db->ext[db->nexts], name, strlen(name));
    db->cur_ext = ++db->nexts;
}

static void parse_width(struct db *db, struct where at)
{
    const char *n = strtok(NULL, " \t");
    db->width = n ? atoi(n) : 0;
    if (db->width != 16 && db->width != 32) {
        fail(at, "width must be 16 or 32");
    }
}

static void parse_line(struct db *db, struct where at, char *text)
{
    text[strcspn(text, "#\n")] = 0;
    char *word = strtok(text, " \t");
    if (!word) {
        return;
    }
    if (strcmp(word, "{") == 0 && !db->group) {
        db->group = ++db->ngroups;
    } else if (strcmp(word, "}") == 0 && db->group) {
        db->group = 0;
    } else if (strcmp(word, "args") == 0) {
        parse_args(db, at);
    } else if (strcmp(word, "ext") == 0) {
        parse_ext(db, at);
    } else if (strcmp(word, "width") == 0) {
        parse_width(db, at);
    } else {
        parse_insn(db, at, word);
    }
}

void parse_file(struct db *db, const char *path)
{
    FILE *f = fopen(path, "r");
    struct where at = {path, 0};
    if (!f) {
        fail(at, "cannot open");
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    db->chapter = grow(db->chapter, db->nchapters, sizeof *db->chapter);
    copy_name(at, db->chapter[db->nchapters++], name, strcspn(name, "."));
    char text[512];
    db->cur_ext = 0;
    db->width = 32;
    while (fgets(text, sizeof text, f)) {
        at.line++;
        if (!strchr(text, '\n')) {
            fail(at, "line too long or not ended");
        }
        parse_line(db, at, text);
    }
    if (db->group) {
        fail(at, "} is missing");
    }
    fclose(f);
}
