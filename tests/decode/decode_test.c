// Tests decgen and the decoder it makes for a guest (subject.h): errors, fields, agreement with a
// linear scan. usage: decode_test DECGEN TMPDIR; decode_test.sh builds and runs it.
#define DECODE_TABLE
#define DECODE_IMPL
#include "subject.h"
#define TINY_DECODE_TABLE
#define TINY_DECODE_IMPL
#include "tiny.h.inc"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Generated: for every instruction a lifter that notes its own name.
#include "stubs.h.inc"

struct tiny_lift {
    enum tiny_op op;
    long v[5];
};

static int failures;

static void expect(bool ok, const char *what, uint32_t word)
{
    if (!ok) {
        printf("FAIL %s: %08x\n", what, word);
        failures++;
    }
}

#define TINY_ONE(name)                                                                             \
    bool tiny_lift_##name(struct tiny_lift *l, const struct tiny_args_one *a)                      \
    {                                                                                              \
        *l = (struct tiny_lift){TINY_OP_##name, {a->a}};                                           \
        return true;                                                                               \
    }
TINY_ONE(PLAIN)
TINY_ONE(TWICE)
TINY_ONE(GENERAL)
TINY_ONE(SPECIAL)
TINY_ONE(NOT_ODD)
TINY_ONE(FIRST)
TINY_ONE(SECOND)
TINY_ONE(BIASED)

bool tiny_lift_MIX(struct tiny_lift *l, const struct tiny_args_mix *a)
{
    *l = (struct tiny_lift){TINY_OP_MIX, {a->sign, a->cat, a->scaled, a->inv, a->fixed}};
    return true;
}

bool tiny_lift_WIDE(struct tiny_lift *l, const struct tiny_args_wide *a)
{
    *l = (struct tiny_lift){TINY_OP_WIDE, {a->v}};
    return true;
}

bool tiny_lift_EMPTY(struct tiny_lift *l, const struct tiny_args_nothing *a)
{
    (void)a;
    *l = (struct tiny_lift){TINY_OP_EMPTY, {0}};
    return true;
}

bool tiny_lift_REFUSED(struct tiny_lift *l, const struct tiny_args_one *a)
{
    (void)a;
    (void)l;
    return false;
}

static const struct {
    uint32_t word;
    struct tiny_lift want; // op NONE: undefined
} field_cases[] = {
    {0x00ffffa5, {TINY_OP_PLAIN, {0xa5}}},
    // sign 1000, cat 1100, scaled 10000, inv 101, cat 0011
    {0x18c85300, {TINY_OP_MIX, {-8, 0xc3, -16 * 8, 2, -7}}},
    {0x27fffff0, {TINY_OP_WIDE, {0x7ffffL * 4096}}},
    {0x28000000, {TINY_OP_WIDE, {-0x80000L * 4096}}},
    {0x30000000, {TINY_OP_EMPTY, {0}}},
    {0x30000001, {TINY_OP_NONE, {0}}},
    {0x400000ff, {TINY_OP_TWICE, {0xff}}},
    {0x410000ff, {TINY_OP_TWICE, {0x1fe}}},
    {0x42000000, {TINY_OP_NONE, {0}}},
    {0x50000205, {TINY_OP_GENERAL, {5}}},
    {0x50000105, {TINY_OP_SPECIAL, {5}}},
    {0x60000001, {TINY_OP_NONE, {0}}},
    {0x60000005, {TINY_OP_NONE, {0}}},
    {0x600000ff, {TINY_OP_NONE, {0}}},
    {0x600000fd, {TINY_OP_NOT_ODD, {0xfd}}},
    {0x60000002, {TINY_OP_NOT_ODD, {2}}},
    {0x78000001, {TINY_OP_FIRST, {1}}},
    {0x7c000001, {TINY_OP_FIRST, {1}}},
    {0x74000001, {TINY_OP_SECOND, {1}}},
    {0x70000001, {TINY_OP_NONE, {0}}},
    {0x80000001, {TINY_OP_NONE, {0}}},
    {0x90000003, {TINY_OP_BIASED, {11}}},
    {0xffffffff, {TINY_OP_NONE, {0}}},
};

static void test_fields(void)
{
    for (size_t i = 0; i < sizeof field_cases / sizeof field_cases[0]; i++) {
        uint32_t word = field_cases[i].word;
        const struct tiny_lift *want = &field_cases[i].want;
        struct tiny_lift got = {TINY_OP_NONE, {0}};
        bool lifted = tiny_decode_lift(&got, word);
        expect(lifted == (want->op != TINY_OP_NONE), "lifted", word);
        expect(memcmp(&got, want, sizeof got) == 0, "fields", word);
    }
}

// Tables decgen must refuse, and what it must say (NULL: it must accept the table).
static const struct {
    const char *table, *message;
} tables[] = {
    {"A s 0000000000000000000000001111 f:4\nB s 000000000000000000000000111 x f:4\n", NULL},
    {"A s 0000000000000000000000001111 f:4\nB s 0000000000000000000000001111 f:4\n",
     ":3: error: B overlaps A of "},
    {"A s 1xxx000000000000000000000000 f:4\n\nB s x1xx000000000000000000000000 f:4\n",
     ":4: error: B overlaps A of "},
    {"{\nA s 1xxx000000000000000000000000 f:4\nB s x1xx000000000000000000000000 f:4\n}\n", NULL},
    {"{\nA s xxxx000000000000000000000000 f:4\nB s x1xx000000000000000000000000 f:4\n}\n",
     ":4: error: B can never match"},
    {"A s 1xxx000000000000000000000000 f:4 !f=1\nB s x1xx00000000000000000000 0000 f:4 !f=0b00x0 "
     "!f=0b1xxx !f=0b01xx !f=3\n",
     NULL},
    {"A s 000 f:4\n", ":2: error: A has only 7 bits"},
    {"A s 0000000000000000000000000000000 f:4\n", "bad width or position"},
    {"A s 000000000000000000000000000000000 f:4\n", "too many bits"},
    {"A s 00000000000000000000000000000000\n", "member f of s has no value"},
    {"A s 000000000000000000000000 g:4 f:4\n", "a field is not a member of s"},
    {"A t 0000000000000000000000000000 f:4\n", "unknown args t"},
    {"width 16\nA s 000000000000 f:4\n", NULL},
    {"width 16\nA s 0000000000000 f:4\n", "bad width or position"},
    {"width 16\nA s 00000000000 f:4\n", "only 15 bits"},
    {"A s 000000000000000000000000 f:4 f:4\n", "pieces of f overlap"},
    {"A s 000000000000000000000000 f:s4 f.4:4\n", "only the top piece"},
    {"A s 0000000000000000000000000000 f:4 !g=1\n", "bad condition"},
    {"A s 0000000000000000000000000000 f:4 !f=0b0xxx !f=0b1xxx\n", "excludes everything"},
    {"A s 0000000000000000000000000000 f:4 !f=16\n", "f has no bit 4"},
    {"args s x\n", "args s was defined in line 1"},
    {"args t f\nA s 0000000000000000000000000000 f:4\nA t 0000000000000000000000000001 f:4\n",
     "A was used with args s"},
    {"{\nA s 0000000000000000000000000000 f:4\n", "} is missing"},
};

static void test_table(const char *decgen, const char *dir, const char *table, const char *message)
{
    char path[256], command[600], output[1024];
    snprintf(path, sizeof path, "%s/bad.dec", dir);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(1);
    }
    fprintf(f, "args s f\n%s", table);
    fclose(f);
    snprintf(command, sizeof command, "'%s' --list '%s' 2>&1", decgen, path);
    FILE *p = popen(command, "r");
    size_t n = p ? fread(output, 1, sizeof output - 1, p) : 0;
    output[n] = 0;
    bool accepted = p && pclose(p) == 0;
    bool ok = accepted == !message && (!message || strstr(output, message));
    // An overlap is to name the other line too.
    const char *other = message && strstr(message, "overlaps") ? ".dec:2 and" : "";
    if (!ok || !strstr(output, other)) {
        printf("FAIL table:\n%swant: %s\ngot: %s\n", table, message ? message : "no error", output);
        failures++;
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1dull;
}

// The cubes share no word; so a linear scan may stop at the first that matches.
static void test_cubes_disjoint(void)
{
    for (int i = 0; i < UP(_PATTERN_COUNT); i++) {
        const struct LOW(_pattern) *p = &LOW(_patterns)[i];
        expect((p->bits & ~p->mask) == 0, "bits within mask", p->bits);
        for (int k = i + 1; k < UP(_PATTERN_COUNT); k++) {
            const struct LOW(_pattern) *o = &LOW(_patterns)[k];
            expect(((p->bits ^ o->bits) & p->mask & o->mask) != 0, "cubes overlap", p->bits);
        }
    }
}

static enum LOW(_op) linear_scan(uint32_t word)
{
    for (int i = 0; i < UP(_PATTERN_COUNT); i++) {
        if ((word & LOW(_patterns)[i].mask) == LOW(_patterns)[i].bits) {
            return (enum LOW(_op))LOW(_patterns)[i].op;
        }
    }
    return UP(_OP_NONE);
}

static void check_word(uint32_t word)
{
    enum LOW(_op) want = linear_scan(word);
    struct LOW(_lift) l = {UP(_OP_NONE)};
    expect(LOW(_decode_op)(word) == want, "decode_op against linear scan", word);
    expect(LOW(_decode_lift)(&l, word) == (want != UP(_OP_NONE)), "decode_lift", word);
    expect(l.op == want, "lifter called", word);
}

// Half of the words are anything, half near an instruction (which may be one bit away).
static void test_against_scan(long count)
{
    uint64_t state = 0x123456789;
    for (long i = 0; i < count && failures < 20; i++) {
        uint64_t r = next_random(&state);
        const struct LOW(_pattern) *p = &LOW(_patterns)[(r & 0xffffffff) % UP(_PATTERN_COUNT)];
        uint32_t word = (uint32_t)(r >> 32);
        if (i & 1) {
            word = (word & ~p->mask) | p->bits;
            word ^= i & 2 ? 1u << (next_random(&state) >> 59) : 0;
        }
        check_word(word);
    }
}

// Every cube's smallest and largest word.
static void test_cube_corners(void)
{
    for (int i = 0; i < UP(_PATTERN_COUNT); i++) {
        const struct LOW(_pattern) *p = &LOW(_patterns)[i];
        expect((int)LOW(_decode_op)(p->bits) == p->op, "smallest word", p->bits);
        expect((int)LOW(_decode_op)(p->bits | ~p->mask) == p->op, "largest word",
               p->bits | ~p->mask);
    }
}

static void test_known(void)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        enum LOW(_op) op = LOW(_decode_op)(known[i].word);
        expect(strcmp(LOW(_op_name)(op), known[i].name) == 0, "name", known[i].word);
        expect(strcmp(LOW(_op_chapter)(op), known[i].chapter) == 0, "chapter", known[i].word);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: decode_test DECGEN TMPDIR\n");
        return 2;
    }
    test_fields();
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        test_table(argv[1], argv[2], tables[i].table, tables[i].message);
    }
    test_known();
    test_cubes_disjoint();
    test_cube_corners();
    test_against_scan(2000000);
    printf("%d failures\n", failures);
    return failures != 0;
}
