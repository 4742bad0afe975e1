// Compares a guest's decoder (subject.h) with a disassembler's text; vs_objdump.sh runs it.
//   objdump_diff gen SEED COUNT > words     random words, most of them at or near an instruction
//   objdump_diff check < text               reads `objdump -D -z -M no-aliases` output
//   objdump_diff check-all < text           the same, and wants every instruction to occur
// A check prints one line for each kind of disagreement and exits 1 if there was any.
#define DECODE_TABLE
#include "objdump_diff.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KINDS = 4096 };

struct kind {
    char ours[40], theirs[40];
    char sample[128];
    long count;
};

struct result {
    struct kind *kind;
    int nkinds;
    long words, agreed, both_undefined, excused;
    long seen[UP(_OP_COUNT)]; // agreements on each instruction
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1dull;
}

static uint32_t make_word(uint64_t *state)
{
    uint64_t r = next_random(state);
    uint32_t word = (uint32_t)(r >> 32);
    unsigned choice = r & 15;
    if (choice == 0) {
        return text_keep_length(word);
    }
    const struct LOW(_pattern) *p = &LOW(_patterns)[next_random(state) % UP(_PATTERN_COUNT)];
    word = (word & ~p->mask) | p->bits;
    for (unsigned flips = choice < 6 ? 0 : choice < 12 ? 1 : 2; flips; flips--) {
        word ^= 1u << (next_random(state) >> 59);
    }
    return text_keep_length(word);
}

static int generate(uint64_t seed, long count)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
    for (long i = 0; i < count; i++) {
        uint32_t word = make_word(&state);
        if (fwrite(&word, text_size(word), 1, stdout) != 1) {
            return 1;
        }
    }
    return fflush(stdout) != 0;
}

static bool is_left_out(const char *mnemonic, const char *operands)
{
    for (size_t i = 0; left_out[i].mnemonic; i++) {
        if (fnmatch(left_out[i].mnemonic, mnemonic, 0) == 0 &&
            fnmatch(left_out[i].operands, operands, 0) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_meant(const char *ours, const char *theirs, uint32_t word)
{
    for (size_t i = 0; meant[i].ours; i++) {
        if (fnmatch(meant[i].ours, ours, 0) == 0 && fnmatch(meant[i].theirs, theirs, 0) == 0 &&
            (word & meant[i].mask) == meant[i].bits) {
            return true;
        }
    }
    return false;
}

static void record(struct result *r, const char *ours, const char *theirs, const char *sample)
{
    struct kind *k = r->kind;
    while (k < r->kind + r->nkinds && (strcmp(k->ours, ours) || strcmp(k->theirs, theirs))) {
        k++;
    }
    if (k == r->kind + MAX_KINDS) {
        fprintf(stderr, "too many kinds of disagreement\n");
        exit(1);
    }
    if (k == r->kind + r->nkinds) {
        r->nkinds++;
        snprintf(k->ours, sizeof k->ours, "%s", ours);
        snprintf(k->theirs, sizeof k->theirs, "%s", theirs);
        snprintf(k->sample, sizeof k->sample, "%s", sample);
    }
    k->count++;
}

static void check_line(struct result *r, uint32_t word, const char *text)
{
    char mnemonic[40] = "", operands[80] = "", sample[128];
    sscanf(text, "%39s %79[^\n]", mnemonic, operands);
    snprintf(sample, sizeof sample, "%08x %s %s", word, mnemonic, operands);
    enum LOW(_op) op = LOW(_decode_op)(word);
    const char *name = LOW(_op_name)(op);
    bool theirs = *mnemonic != '.';
    r->words++;
    if (!theirs && (!op || text_reserved(op, word))) {
        r->both_undefined++;
    } else if (is_meant(name, theirs ? mnemonic : "undefined", word)) {
        r->excused++;
        r->seen[op]++;
    } else if (!theirs) {
        record(r, name, "undefined", sample);
    } else if (!op && (text_other_space(word) || is_left_out(mnemonic, operands))) {
        r->excused++;
    } else if (!op) {
        record(r, "undefined", mnemonic, sample);
    } else if (text_agrees(op, mnemonic, word)) {
        r->agreed++;
        r->seen[op]++;
    } else {
        record(r, name, mnemonic, sample);
    }
}

static int count_unseen(const struct result *r)
{
    int n = 0;
    for (int op = 1; op < UP(_OP_COUNT); op++) {
        if (!r->seen[op]) {
            printf("ferry %s: no word of it was tested\n", LOW(_op_name)((enum LOW(_op))op));
            n++;
        }
    }
    return n;
}

// With want_all every instruction of the tables must have occurred.
static int check(bool want_all)
{
    struct result r = {.kind = calloc(MAX_KINDS, sizeof *r.kind)};
    char text[256];
    while (fgets(text, sizeof text, stdin)) {
        unsigned word;
        int at = 0;
        if (sscanf(text, " %*x:\t%8x %n", &word, &at) == 1 && at) {
            check_line(&r, word, text + at);
        }
    }
    for (int i = 0; i < r.nkinds; i++) {
        const struct kind *k = &r.kind[i];
        printf("ferry %-16s objdump %-12s %7ld times, as %s\n", k->ours, k->theirs, k->count,
               k->sample);
    }
    printf("%ld words: %ld agree, %ld undefined for both, %ld left out on purpose, "
           "%d kinds of disagreement\n",
           r.words, r.agreed, r.both_undefined, r.excused, r.nkinds);
    bool failed = r.nkinds || !r.agreed || (want_all && count_unseen(&r));
    free(r.kind);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "gen") == 0) {
        return generate(strtoull(argv[2], NULL, 0), atol(argv[3]));
    }
    if (argc == 2 && strncmp(argv[1], "check", 5) == 0) {
        return check(strcmp(argv[1], "check-all") == 0);
    }
    fprintf(stderr, "usage: objdump_diff gen SEED COUNT | check | check-all\n");
    return 2;
}
