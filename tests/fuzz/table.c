// Instructions of the guest's decode tables by class.
#define DECODE_TABLE
#include "table.h"

// For each class its operations, and of each operation a run in pattern_of.
static struct {
    uint16_t n;
    struct {
        uint16_t first, count;
    } op[UP(_OP_COUNT)];
} lists[TABLE_CLASSES];
static uint16_t pattern_of[UP(_PATTERN_COUNT)];

static bool starts(const char *text, const char *prefix)
{
    while (*prefix && *text == *prefix) {
        text++;
        prefix++;
    }
    return !*prefix;
}

bool table_in_chapter(unsigned op, const char *chapter)
{
    const char *c = LOW(_op_chapter)((enum LOW(_op))op);
    return starts(c, chapter) && starts(chapter, c);
}

bool table_is(unsigned op, const char *prefix)
{
    return starts(LOW(_op_name)((enum LOW(_op))op), prefix);
}

void table_init(int (*class_of)(const struct LOW(_pattern) * p))
{
    uint16_t n = 0;
    for (unsigned c = 0; c < TABLE_CLASSES; c++) {
        for (unsigned op = 0; op < UP(_OP_COUNT); op++) {
            uint16_t first = n;
            for (unsigned p = 0; p < UP(_PATTERN_COUNT); p++) {
                if (LOW(_patterns)[p].op == op && class_of(&LOW(_patterns)[p]) == (int)c) {
                    pattern_of[n++] = (uint16_t)p;
                }
            }
            if (n > first) {
                lists[c].op[lists[c].n].first = first;
                lists[c].op[lists[c].n++].count = (uint16_t)(n - first);
            }
        }
    }
}

const struct LOW(_pattern) * table_pick(struct rng *r, unsigned class)
{
    uint32_t k = rng_below(r, lists[class].n);
    return &LOW(
        _patterns)[pattern_of[lists[class].op[k].first + rng_below(r, lists[class].op[k].count)]];
}
