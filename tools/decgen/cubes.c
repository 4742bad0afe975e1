// Cubes of instruction words, and which of two overlapping lines has the words both match.
#include <stdlib.h>

#include "decgen.h"

bool intersects(struct cube a, struct cube b)
{
    return ((a.bits ^ b.bits) & a.mask & b.mask) == 0;
}

bool strictly_within(struct cube a, struct cube b)
{
    return intersects(a, b) && (a.mask & b.mask) == b.mask && a.mask != b.mask;
}

void add_cube(struct cubes *to, struct cube c)
{
    to->v = grow(to->v, to->n, sizeof *to->v);
    to->v[to->n++] = c;
}

void subtract(struct cubes *from, struct cube c)
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

void resolve_overlaps(struct db *db)
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
