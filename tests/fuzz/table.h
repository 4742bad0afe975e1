// Instructions of the guest's decode tables by class.
#ifndef FUZZ_TABLE_H
#define FUZZ_TABLE_H
#include "gen.h"
#include "subject.h"

enum { TABLE_CLASSES = 8 };

// Sorts the patterns: class_of says to which class (below TABLE_CLASSES) one belongs, or -1.
void table_init(int (*class_of)(const struct LOW(_pattern) * p));

// A pattern of the class; all operations are equally likely, and so are the patterns of each.
const struct LOW(_pattern) * table_pick(struct rng *r, unsigned class);

bool table_in_chapter(unsigned op, const char *chapter);

// True if the operation's name begins with `prefix`.
bool table_is(unsigned op, const char *prefix);

#endif
