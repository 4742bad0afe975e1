// Writes the decoder as C.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "decgen.h"

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

void emit(const struct db *db, FILE *out)
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
