// The decision tree from a word to its line: each node looks at a window of bits.
#include <stdlib.h>
#include <string.h>

#include "decgen.h"

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

struct tree make_tree(const struct db *db)
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
