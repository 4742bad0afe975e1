// What the parts of decgen share: the parsed tables and the decision tree. main.c describes the table syntax.
#ifndef DECGEN_H
#define DECGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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

// Prints the place and the message; exits.
void fail(struct where at, const char *format, ...);
// Makes room for one more element in the array v of n elements; the new element is zero.
void *grow(void *v, int n, size_t size);

// Cubes: sets of words with some bits fixed.
bool intersects(struct cube a, struct cube b);
// a is a proper subset of b.
bool strictly_within(struct cube a, struct cube b);
void add_cube(struct cubes *to, struct cube c);
// Replaces *from by disjoint cubes that cover *from without c.
void subtract(struct cubes *from, struct cube c);

// Reads the table at path into *db.
void parse_file(struct db *db, const char *path);
// The member of l called so; NULL when it has none.
struct field *find_field(struct line *l, const char *name, size_t len);

// Decides who wins where lines overlap; after this the cubes of all lines are disjoint, so their order no longer
// matters.
void resolve_overlaps(struct db *db);
struct tree make_tree(const struct db *db);
// Writes the decoder.
void emit(const struct db *db, FILE *out);

#endif
