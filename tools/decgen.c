// decgen: compiles .dec instruction tables into a C decoder for a guest whose instructions are one 32-bit
// word, or 16 bits of one.
//
// usage: decgen [--prefix a64] [--fields] [-o OUT] FILE.dec...     write the decoder
//        decgen [--prefix a64] --list FILE.dec...                  print "NAME argset chapter" lines
//
// All files of one command line form one decoder; a file's base name is the chapter of its lines.
//
// Table syntax. A line is empty, a comment, or one of
//   args SET member...            an argument set; becomes struct PREFIX_args_SET. A member is an
//                                 int; written member:64 it is an int64_t.
//   ext NAME                      the lines that follow, to the end of the file, belong to extension NAME
//   width 16 | width 32           they have so many bits (32 at the start of a file). A 16-bit instruction is
//                                 the low half of the decoder's word, the other half may hold anything
//   NAME SET token...             an instruction, tokens from bit 31 (15) down to bit 0:
//        0 1 x                    literal bits (x = any); may be run together: 0x11
//        m:W                      member m is the next W bits, unsigned
//        m:sW                     the same, sign-extended
//        m.P:W                    these W bits are placed at bit P of m. This scales (P > 0) and
//                                 concatenates (several pieces); the sign is the top piece's
//        ~m:W                     bits are inverted before use
//        m,n:W                    the bits are those of several members
//      then, after the last bit, any of
//        m=N                      member m is the constant N; if it has bits too, N is added to them
//        !m=V,...                 not this instruction if all listed members have these values; V
//        is
//                                 a number or a bit pattern such as 0b1xx
//   {                             until a line "}", earlier lines win where lines overlap
//
// The same NAME may have several lines with one SET. Outside { } two lines may overlap only if the
// fixed bits of one are a strict superset of the other's (it specialises it, and wins); any other
// overlap is an error that names both lines.
//
// Output, for prefix a64: enum a64_op, the argument structs, and lifter prototypes; under
// A64_DECODE_TABLE the functions a64_decode_row, a64_decode_op, a64_op_name, a64_op_chapter and the
// array a64_patterns; under A64_DECODE_IMPL the function a64_decode_lift. Each section is to be
// compiled into one object. Where a table says `ext`, a64_decode_lift asks a64_has(l, A64_EXT_NAME) first,
// which must be declared before; lines without one are always there. With --fields there is also
// a64_decode_fields: names and values of an instruction's members, for disassemblers. The tables contain no pointers, so they need no relocation.
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 12, MAX_PIECES = 8, NAME_LEN = 32, MAX_WINDOW = 10, LEAF_ROWS = 4 };

struct cube {
    uint32_t mask, bits;
};

struct cubes {
    struct cube *v;
    int n;
};

// A run of instruction bits and where it goes in the member's value.
struct piece {
    int lo, width, pos;
    bool is_signed, inverted;
};

struct field {
    char name[NAME_LEN];
    int npieces;
    struct piece piece[MAX_PIECES];
    bool is_const;
    long value;
};

struct where {
    const char *file;
    int line;
};

struct argset {
    char name[NAME_LEN];
    struct where at;
    int n;
    char member[MAX_FIELDS][NAME_LEN];
    bool wide[MAX_FIELDS];
};

struct line {
    char name[NAME_LEN];
    struct where at;
    int op, set, chapter, group, ext;
    int nfields;
    struct field field[MAX_FIELDS];
    struct cube base;   // all words with the line's literal bits
    struct cubes cubes; // base without what the line excludes
};

struct op {
    const char *name;
    int set, chapter;
};

struct db {
    const char *prefix;
    struct argset *set;
    struct line *line;
    struct op *op;
    char (*chapter)[NAME_LEN];
    char (*ext)[NAME_LEN];
    int nsets, nlines, nops, nchapters, nexts, group, ngroups;
    int cur_ext, width; // of the next line; extension 0: none
    bool want_fields;
};

// A row of a leaf of the decision tree.
struct row {
    struct cube cube;
    int line;
};

struct tree {
    struct {
        int shift, bits, base;
    } * node;
    uint16_t *child;
    struct {
        struct row row;
        bool more;
    } * leaf;
    int nnodes, nchildren, nleaves;
};

static void fail(struct where at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%d: error: ", at.file, at.line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

// Makes room for one more element in the array v of n elements; the new element is zero.
static void *grow(void *v, int n, size_t size)
{
    char *p = v;
    if ((n & (n - 1)) == 0) {
        p = realloc(v, (n ? 2 * (size_t)n : 1) * size);
    }
    if (!p) {
        fprintf(stderr, "decgen: out of memory\n");
        exit(1);
    }
    memset(p + n * size, 0, size);
    return p;
}

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

static bool intersects(struct cube a, struct cube b)
{
    return ((a.bits ^ b.bits) & a.mask & b.mask) == 0;
}

static bool strictly_within(struct cube a, struct cube b)
{
    return intersects(a, b) && (a.mask & b.mask) == b.mask && a.mask != b.mask;
}

static void add_cube(struct cubes *to, struct cube c)
{
    to->v = grow(to->v, to->n, sizeof *to->v);
    to->v[to->n++] = c;
}

// Replaces *from by disjoint cubes that cover *from without c.
static void subtract(struct cubes *from, struct cube c)
{
    struct cubes out = {0};
    for (int i = 0; i < from->n; i++) {
        struct cube rest = from->v[i];
        if (!intersects(rest, c)) {
            add_cube(&out, rest);
            continue;
        }
        for (uint32_t bit = 1u << 31; bit; bit >>= 1) {
            if ((c.mask & bit) && !(rest.mask & bit)) {
                struct cube other = {rest.mask | bit, rest.bits | (~c.bits & bit)};
                add_cube(&out, other);
                rest.mask |= bit;
                rest.bits |= c.bits & bit;
            }
        }
    }
    free(from->v);
    *from = out;
}

static struct field *find_field(struct line *l, const char *name, size_t len)
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

static void parse_file(struct db *db, const char *path)
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

static bool lines_intersect(const struct line *a, const struct line *b)
{
    for (int i = 0; i < a->cubes.n; i++) {
        for (int j = 0; j < b->cubes.n; j++) {
            if (intersects(a->cubes.v[i], b->cubes.v[j])) {
                return true;
            }
        }
    }
    return false;
}

// Decides which of two overlapping lines wins and takes its words from the other.
static void resolve_pair(struct line *first, struct line *second)
{
    struct line *win = NULL;
    if (first->group && first->group == second->group) {
        win = first;
    } else if (strictly_within(first->base, second->base)) {
        win = first;
    } else if (strictly_within(second->base, first->base)) {
        win = second;
    } else {
        fail(second->at, "%s overlaps %s of %s:%d and neither specialises the other", second->name,
             first->name, first->at.file, first->at.line);
    }
    struct line *lose = win == first ? second : first;
    for (int i = 0; i < win->cubes.n; i++) {
        subtract(&lose->cubes, win->cubes.v[i]);
    }
    if (lose->cubes.n == 0) {
        fail(lose->at, "%s can never match", lose->name);
    }
}

// After this the cubes of all lines are disjoint, so their order no longer matters.
static void resolve_overlaps(struct db *db)
{
    for (int i = 0; i < db->nlines; i++) {
        for (int j = i + 1; j < db->nlines; j++) {
            struct line *a = &db->line[i];
            struct line *b = &db->line[j];
            if (intersects(a->base, b->base) && lines_intersect(a, b)) {
                resolve_pair(a, b);
            }
        }
    }
}

// Cost of testing bits [shift, shift+bits): the words one leaf would have to compare, worst case,
// then the total of rows.
static long window_cost(const struct row *rows, int n, int shift, int bits)
{
    int count[1 << MAX_WINDOW] = {0};
    uint32_t all = (1u << bits) - 1;
    long total = 0;
    int max = 0;
    for (int i = 0; i < n; i++) {
        uint32_t mask = rows[i].cube.mask >> shift & all;
        uint32_t value = rows[i].cube.bits >> shift & all;
        uint32_t free_bits = ~mask & all;
        uint32_t extra = 0;
        do {
            int *c = &count[value | extra];
            max = ++*c > max ? *c : max;
            total++;
            extra = (extra - free_bits) & free_bits;
        } while (extra);
    }
    return (max * 64l + total) * 8 + (1l << bits) / 8;
}

// Appends a leaf with these rows, or finds an equal one; returns its index.
static int add_leaf(struct tree *t, const struct row *rows, int n)
{
    for (int i = 0; i + n <= t->nleaves; i++) {
        int k = 0;
        while (k < n && t->leaf[i + k].row.line == rows[k].line &&
               memcmp(&t->leaf[i + k].row.cube, &rows[k].cube, sizeof rows[k].cube) == 0 &&
               t->leaf[i + k].more == (k + 1 < n)) {
            k++;
        }
        if (k == n) {
            return i;
        }
    }
    int first = t->nleaves;
    for (int k = 0; k < n; k++) {
        t->leaf = grow(t->leaf, t->nleaves, sizeof *t->leaf);
        t->leaf[t->nleaves].row = rows[k];
        t->leaf[t->nleaves++].more = k + 1 < n;
    }
    return first;
}

// True when the lowest two bits tell short instructions from long ones: then only those are worth a look,
// for any bits of the upper half would repeat every short instruction.
static bool mixed_lengths(const struct row *rows, int n)
{
    int halves = 0;
    for (int i = 0; i < n; i++) {
        halves += rows[i].cube.mask >> 16 == 0 && (rows[i].cube.bits & 3) != 3;
    }
    return halves && halves < n;
}

// Builds the subtree for rows; returns its child code: node index, 0x8000 + leaf, or 0xffff.
static uint16_t build_tree(struct tree *t, const struct row *rows, int n)
{
    int shift = -1, bits = 0;
    long best = n * 64l * 8 - 64;
    bool mixed = mixed_lengths(rows, n);
    if (mixed) {
        shift = 0, bits = 2;
    }
    for (int w = 1; w <= MAX_WINDOW && n > LEAF_ROWS && !mixed; w++) {
        for (int s = 0; s + w <= 32; s++) {
            long cost = window_cost(rows, n, s, w);
            if (cost < best) {
                best = cost, shift = s, bits = w;
            }
        }
    }
    if (shift < 0) {
        return n ? (uint16_t)(0x8000 | add_leaf(t, rows, n)) : 0xffff;
    }
    int self = t->nnodes++, base = t->nchildren, count = 1 << bits;
    t->node = grow(t->node, self, sizeof *t->node);
    t->node[self].shift = shift;
    t->node[self].bits = bits;
    t->node[self].base = base;
    for (int i = 0; i < count; i++) {
        t->child = grow(t->child, t->nchildren++, sizeof *t->child);
    }
    struct row *sub = malloc((size_t)n * sizeof *sub);
    for (int i = 0; i < count && sub; i++) {
        struct cube c = {(uint32_t)(count - 1) << shift, (uint32_t)i << shift};
        int m = 0;
        for (int k = 0; k < n; k++) {
            if (intersects(rows[k].cube, c)) {
                sub[m++] = rows[k];
            }
        }
        uint16_t child = build_tree(t, sub, m);
        t->child[base + i] = child;
    }
    free(sub);
    return (uint16_t)self;
}

static struct tree make_tree(const struct db *db)
{
    struct tree t = {0};
    struct row *rows = NULL;
    int n = 0;
    for (int i = 0; i < db->nlines; i++) {
        const struct cubes *c = &db->line[i].cubes;
        for (int j = 0; j < c->n; j++) {
            rows = grow(rows, n, sizeof *rows);
            rows[n++] = (struct row){c->v[j], i + 1};
        }
    }
    if (build_tree(&t, rows, n) != 0 || t.nnodes > 0x7fff || t.nleaves > 0x7ffe) {
        fprintf(stderr, "decgen: too few or too many instructions for the tables\n");
        exit(1);
    }
    free(rows);
    return t;
}

static void upper(char *to, const char *from)
{
    while ((*to++ = (char)toupper((unsigned char)*from++))) {
    }
}

static void emit_types(const struct db *db, FILE *out)
{
    const char *p = db->prefix;
    char up[NAME_LEN];
    upper(up, p);
    fprintf(out, "enum %s_op {\n    %s_OP_NONE,\n", p, up);
    for (int i = 0; i < db->nops; i++) {
        fprintf(out, "    %s_OP_%s,\n", up, db->op[i].name);
    }
    fprintf(out, "    %s_OP_COUNT\n};\n\n", up);
    for (int i = 0; i < db->nsets; i++) {
        const struct argset *s = &db->set[i];
        fprintf(out, "struct %s_args_%s {\n", p, s->name);
        for (int k = 0; k < s->n; k++) {
            fprintf(out, "    %s %s;\n", s->wide[k] ? "int64_t" : "int", s->member[k]);
        }
        fprintf(out, "%s};\n\n", s->n ? "" : "    char none;\n");
    }
    fprintf(out, "struct %s_lift;\n\n", p);
    for (int i = 0; i < db->nops; i++) {
        const struct op *o = &db->op[i];
        fprintf(out, "bool %s_lift_%s(struct %s_lift *l, const struct %s_args_%s *a);\n", p,
                o->name, p, p, db->set[o->set].name);
    }
    fprintf(
        out,
        "\n// One cube of an instruction: words with (word & mask) == bits. Cubes are disjoint.\n"
        "struct %s_pattern {\n    uint32_t mask, bits;\n    uint16_t op;\n};\n\n"
        "enum { %s_PATTERN_COUNT = ",
        p, up);
    int n = 0;
    for (int i = 0; i < db->nlines; i++) {
        n += db->line[i].cubes.n;
    }
    fprintf(out, "%d };\n\n", n);
    fprintf(out, "extern const struct %s_pattern %s_patterns[%s_PATTERN_COUNT];\n", p, p, up);
    fprintf(out, "// Number of the table line that matches; 0 if none does.\n");
    fprintf(out, "unsigned %s_decode_row(uint32_t insn);\n", p);
    fprintf(out, "enum %s_op %s_decode_op(uint32_t insn);\n", p, p);
    fprintf(out, "const char *%s_op_name(enum %s_op op);\n", p, p);
    fprintf(out, "const char *%s_op_chapter(enum %s_op op);\n", p, p);
    fprintf(out,
            "// False if no line matches or the lifter refuses: the instruction is undefined.\n");
    fprintf(out, "bool %s_decode_lift(struct %s_lift *l, uint32_t insn);\n\n", p, p);
    if (db->want_fields) {
        fprintf(out,
                "// The members of the argument set of INSN; returns how many, at most %d.\n"
                "struct %s_field {\n    const char *name;\n    int64_t value;\n};\n"
                "unsigned %s_decode_fields(struct %s_field *f, uint32_t insn);\n\n",
                MAX_FIELDS, p, p, p);
    }
}

static void emit_tree(const struct db *db, FILE *out)
{
    struct tree t = make_tree(db);
    const char *p = db->prefix;
    fprintf(
        out,
        "static const struct {\n    uint8_t shift, bits;\n    uint16_t child;\n} %s_nodes[] = {\n",
        p);
    for (int i = 0; i < t.nnodes; i++) {
        fprintf(out, "    {%d, %d, %d},\n", t.node[i].shift, t.node[i].bits, t.node[i].base);
    }
    fprintf(out, "};\n\nstatic const uint16_t %s_children[] = {", p);
    for (int i = 0; i < t.nchildren; i++) {
        fprintf(out, "%s%d,", i % 16 ? " " : "\n    ", t.child[i]);
    }
    fprintf(out,
            "\n};\n\nstatic const struct {\n    uint32_t mask, bits;\n"
            "    uint16_t line, more;\n} %s_leaves[] = {\n",
            p);
    for (int i = 0; i < t.nleaves; i++) {
        const struct row *r = &t.leaf[i].row;
        fprintf(out, "    {0x%08x, 0x%08x, %d, %d},\n", r->cube.mask, r->cube.bits, r->line,
                t.leaf[i].more);
    }
    fprintf(out, "};\n\n");
}

// Names are offsets into one string, so that the tables need no relocation.
static void emit_names(const struct db *db, FILE *out)
{
    fprintf(out, "static const char %s_names[] = \"\"", db->prefix);
    for (int i = 0; i < db->nops; i++) {
        fprintf(out, "\n    \"%s\\0\"", db->op[i].name);
    }
    for (int i = 0; i < db->nchapters; i++) {
        fprintf(out, "\n    \"%s\\0\"", db->chapter[i]);
    }
    fprintf(
        out,
        ";\n\nstatic const struct {\n    uint16_t name, chapter;\n} %s_ops[] = {\n    {0, 0},\n",
        db->prefix);
    size_t chapters = 0, name = 0;
    for (int i = 0; i < db->nops; i++) {
        chapters += strlen(db->op[i].name) + 1;
    }
    for (int i = 0; i < db->nops; i++) {
        size_t chapter = chapters;
        for (int k = 0; k < db->op[i].chapter; k++) {
            chapter += strlen(db->chapter[k]) + 1;
        }
        fprintf(out, "    {%zu, %zu},\n", name, chapter);
        name += strlen(db->op[i].name) + 1;
    }
    fprintf(out, "};\n\n");
}

// The functions that read the tables; @ stands for the prefix.
static const char table_functions[] =
    "unsigned @_decode_row(uint32_t insn)\n"
    "{\n"
    "    unsigned n = 0;\n"
    "    while (n < 0x8000) {\n"
    "        unsigned mask = (1u << @_nodes[n].bits) - 1;\n"
    "        n = @_children[@_nodes[n].child + (insn >> @_nodes[n].shift & mask)];\n"
    "    }\n"
    "    if (n == 0xffff) {\n"
    "        return 0;\n"
    "    }\n"
    "    for (n &= 0x7fff; (insn & @_leaves[n].mask) != @_leaves[n].bits; n++) {\n"
    "        if (!@_leaves[n].more) {\n"
    "            return 0;\n"
    "        }\n"
    "    }\n"
    "    return @_leaves[n].line;\n"
    "}\n"
    "\n"
    "enum @_op @_decode_op(uint32_t insn)\n"
    "{\n"
    "    return (enum @_op)@_line_ops[@_decode_row(insn)];\n"
    "}\n"
    "\n"
    "const char *@_op_name(enum @_op op)\n"
    "{\n"
    "    return op ? @_names + @_ops[op].name : \"\";\n"
    "}\n"
    "\n"
    "const char *@_op_chapter(enum @_op op)\n"
    "{\n"
    "    return op ? @_names + @_ops[op].chapter : \"\";\n"
    "}\n"
    "\n";

static void emit_functions(const char *prefix, FILE *out)
{
    for (const char *s = table_functions; *s; s++) {
        if (*s == '@') {
            fputs(prefix, out);
        } else {
            fputc(*s, out);
        }
    }
}

static void emit_tables(const struct db *db, FILE *out)
{
    const char *p = db->prefix;
    char up[NAME_LEN];
    upper(up, p);
    fprintf(out, "#ifdef %s_DECODE_TABLE\n\n", up);
    fprintf(out, "const struct %s_pattern %s_patterns[] = {\n", p, p);
    for (int i = 0; i < db->nlines; i++) {
        const struct line *l = &db->line[i];
        for (int k = 0; k < l->cubes.n; k++) {
            fprintf(out, "    {0x%08x, 0x%08x, %s_OP_%s},\n", l->cubes.v[k].mask,
                    l->cubes.v[k].bits, up, l->name);
        }
    }
    fprintf(out, "};\n\nstatic const uint16_t %s_line_ops[] = {\n    0,\n", p);
    for (int i = 0; i < db->nlines; i++) {
        fprintf(out, "    %s_OP_%s,\n", up, db->line[i].name);
    }
    fprintf(out, "};\n\n");
    emit_tree(db, out);
    emit_names(db, out);
    emit_functions(p, out);
    fprintf(out, "#endif // %s_DECODE_TABLE\n\n", up);
}

static void emit_value(const struct field *f, bool wide, FILE *out)
{
    const char *type = wide ? "int64_t" : "int";
    if (f->is_const) {
        fprintf(out, "%ld", f->value);
        return;
    }
    for (int i = 0; i < f->npieces; i++) {
        const struct piece *p = &f->piece[i];
        const char *word = p->inverted ? "~insn" : "insn";
        fprintf(out, "%s", i ? " + " : "");
        if (p->is_signed) {
            fprintf(out, "(%s)((int32_t)(%s << %d) >> %d)", type, word, 32 - p->lo - p->width,
                    32 - p->width);
        } else {
            fprintf(out, "(%s)(%s >> %d & 0x%x)", type, word, p->lo, (1u << p->width) - 1);
        }
        if (p->pos) {
            fprintf(out, " * (%s)0x%x", type, 1u << p->pos);
        }
    }
    if (f->value) {
        fprintf(out, " + %ld", f->value);
    }
}

// Whether two lines take their arguments from the same bits.
static bool same_format(const struct db *db, struct line *a, struct line *b)
{
    const struct argset *s = &db->set[a->set];
    if (a->set != b->set) {
        return false;
    }
    for (int i = 0; i < s->n; i++) {
        const struct field *x = find_field(a, s->member[i], strlen(s->member[i]));
        const struct field *y = find_field(b, s->member[i], strlen(s->member[i]));
        if (memcmp(x, y, sizeof *x) != 0) {
            return false;
        }
    }
    return true;
}

// The first line with the format of line `index`.
static int format_of(const struct db *db, int index)
{
    int i = 0;
    while (!same_format(db, &db->line[i], &db->line[index])) {
        i++;
    }
    return i;
}

// A function that fills the argument struct; lines of one format share it.
static void emit_format(const struct db *db, int index, FILE *out)
{
    struct line *l = &db->line[index];
    const struct argset *s = &db->set[l->set];
    fprintf(
        out,
        "static __attribute__((noinline)) void %s_get_%d(struct %s_args_%s *a, uint32_t insn)\n{\n",
        db->prefix, index + 1, db->prefix, s->name);
    for (int i = 0; i < s->n; i++) {
        fprintf(out, "    a->%s = ", s->member[i]);
        emit_value(find_field(l, s->member[i], strlen(s->member[i])), s->wide[i], out);
        fprintf(out, ";\n");
    }
    fprintf(out, "%s    (void)insn;\n}\n\n", s->n ? "" : "    a->none = 0;\n");
}

// What each line needs of the CPU: 0, or an extension + 1.
static void emit_exts(const struct db *db, FILE *out)
{
    char up[NAME_LEN];
    upper(up, db->prefix);
    fprintf(out, "static const uint8_t %s_line_ext[] = {\n    0,\n", db->prefix);
    for (int i = 0; i < db->nlines; i++) {
        if (db->line[i].ext) {
            fprintf(out, "    %s_EXT_%s + 1,\n", up, db->ext[db->line[i].ext - 1]);
        } else {
            fprintf(out, "    0,\n");
        }
    }
    fprintf(out, "};\n\n");
}

// The members of each argument set, by name; then those of an instruction.
static void emit_fields(const struct db *db, FILE *out)
{
    const char *p = db->prefix;
    for (int i = 0; i < db->nsets; i++) {
        const struct argset *s = &db->set[i];
        fprintf(out,
                "static unsigned %s_fields_%s(struct %s_field *f, const struct %s_args_%s *a)\n{\n", p,
                s->name, p, p, s->name);
        for (int k = 0; k < s->n; k++) {
            fprintf(out, "    f[%d].name = \"%s\", f[%d].value = a->%s;\n", k, s->member[k], k, s->member[k]);
        }
        fprintf(out, "%s    return %d;\n}\n\n", s->n ? "" : "    (void)f, (void)a;\n", s->n);
    }
    fprintf(out, "unsigned %s_decode_fields(struct %s_field *f, uint32_t insn)\n{\n    union {\n", p, p);
    for (int i = 0; i < db->nsets; i++) {
        fprintf(out, "        struct %s_args_%s %s;\n", p, db->set[i].name, db->set[i].name);
    }
    fprintf(out, "    } a;\n    switch (%s_decode_row(insn)) {\n", p);
    for (int i = 0; i < db->nlines; i++) {
        const char *set = db->set[db->line[i].set].name;
        fprintf(out, "    case %d:\n        %s_get_%d(&a.%s, insn);\n        return %s_fields_%s(f, &a.%s);\n",
                i + 1, p, format_of(db, i) + 1, set, p, set, set);
    }
    fprintf(out, "    default:\n        return 0;\n    }\n}\n\n");
}

static void emit_lift(const struct db *db, FILE *out)
{
    const char *p = db->prefix;
    char up[NAME_LEN];
    upper(up, p);
    fprintf(out, "#ifdef %s_DECODE_IMPL\n\n", up);
    if (db->nexts) {
        emit_exts(db, out);
    }
    for (int i = 0; i < db->nlines; i++) {
        if (format_of(db, i) == i) {
            emit_format(db, i, out);
        }
    }
    fprintf(out, "bool %s_decode_lift(struct %s_lift *l, uint32_t insn)\n{\n    union {\n", p, p);
    for (int i = 0; i < db->nsets; i++) {
        fprintf(out, "        struct %s_args_%s %s;\n", p, db->set[i].name, db->set[i].name);
    }
    fprintf(out, "    } a;\n    unsigned row = %s_decode_row(insn);\n", p);
    if (db->nexts) {
        fprintf(out, "    if (%s_line_ext[row] && !%s_has(l, %s_line_ext[row] - 1)) {\n        return false;\n    }\n",
                p, p, p);
    }
    fprintf(out, "    switch (row) {\n");
    for (int i = 0; i < db->nlines; i++) {
        const char *set = db->set[db->line[i].set].name;
        fprintf(
            out,
            "    case %d:\n        %s_get_%d(&a.%s, insn);\n        return %s_lift_%s(l, &a.%s);\n",
            i + 1, p, format_of(db, i) + 1, set, p, db->line[i].name, set);
    }
    fprintf(out, "    default:\n        return false;\n    }\n}\n\n");
    if (db->want_fields) {
        emit_fields(db, out);
    }
    fprintf(out, "#endif // %s_DECODE_IMPL\n", up);
}

static void emit(const struct db *db, FILE *out)
{
    char up[NAME_LEN];
    upper(up, db->prefix);
    fprintf(out, "// Generated by decgen; do not edit.\n");
    fprintf(out, "#ifndef %s_DECODE_H_INC\n#define %s_DECODE_H_INC\n", up, up);
    fprintf(out, "#include <stdbool.h>\n#include <stdint.h>\n\n");
    emit_types(db, out);
    emit_tables(db, out);
    emit_lift(db, out);
    fprintf(out, "\n#endif\n");
}

static void list(const struct db *db)
{
    for (int i = 0; i < db->nops; i++) {
        const struct op *o = &db->op[i];
        printf("%s %s %s\n", o->name, db->set[o->set].name, db->chapter[o->chapter]);
    }
}

int main(int argc, char **argv)
{
    struct db db = {.prefix = "insn"};
    const char *output = NULL;
    bool want_list = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--prefix") == 0 && i + 1 < argc) {
            db.prefix = argv[++i];
        } else if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            output = argv[++i];
        } else if (strcmp(argv[i], "--fields") == 0) {
            db.want_fields = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            want_list = true;
        } else if (argv[i][0] == '-') {
            fprintf(stderr, "decgen: unknown option %s\n", argv[i]);
            return 2;
        } else {
            parse_file(&db, argv[i]);
        }
    }
    resolve_overlaps(&db);
    if (want_list) {
        list(&db);
        return 0;
    }
    FILE *out = output ? fopen(output, "w") : stdout;
    if (!out) {
        perror(output);
        return 1;
    }
    emit(&db, out);
    if (fclose(out) != 0) {
        perror("decgen");
        return 1;
    }
    return 0;
}
