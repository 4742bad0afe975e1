// Compares the A64 decoder with a disassembler's text; vs_objdump.sh runs it.
//   objdump_diff gen SEED COUNT > words     random words, most of them at or near an instruction
//   objdump_diff check < text               reads `objdump -D -z -M no-aliases` output
//   objdump_diff check-all < text           the same, and wants every instruction to occur
// A check prints one line for each kind of disagreement and exits 1 if there was any.
#define A64_DECODE_TABLE
#include "a64_decode.h.inc"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_KINDS = 4096 };

// What the disassembler accepts and ferry leaves undefined, because the extension is not offered
// or the instruction is undefined at EL0. Patterns are for fnmatch; a word is looked up here only
// when no line of the tables matches it.
static const struct {
    const char *mnemonic, *operands, *why;
} left_out[] = {
    {"abs", "[wx]*", "CSSC"},
    {"cnt", "[wx]*", "CSSC"},
    {"ctz", "[wx]*", "CSSC"},
    {"[su]max", "[wx]*", "CSSC"},
    {"[su]min", "[wx]*", "CSSC"},
    {"bc.*", "*", "HBC"},
    {"cpy*", "*", "MOPS"},
    {"set[gpme]*", "*", "MOPS"},
    {"aut[di]*", "*", "PAuth"},
    {"pac[dig]*", "*", "PAuth"},
    {"xpac[di]", "*", "PAuth"},
    {"br[ab]*", "*", "PAuth"},
    {"braa*", "*", "PAuth"},
    {"blra[ab]*", "*", "PAuth"},
    {"reta[ab]", "*", "PAuth"},
    {"ldra[ab]", "*", "PAuth"},
    {"addg", "*", "MTE"},
    {"subg", "*", "MTE"},
    {"subp*", "*", "MTE"},
    {"irg", "*", "MTE"},
    {"gmi", "*", "MTE"},
    {"ldg*", "*", "MTE"},
    {"st*g", "*", "MTE"},
    {"st*gm", "*", "MTE"},
    {"stgp", "*", "MTE"},
    {"bfcvt*", "*", "BF16"},
    {"bfdot", "*", "BF16"},
    {"bfml*", "*", "BF16"},
    {"bfmmla", "*", "BF16"},
    {"*mmla", "v*", "I8MM"},
    {"sudot", "v*", "I8MM"},
    {"usdot", "v*", "I8MM"},
    {"sha512*", "*", "SHA512"},
    {"eor3", "*", "SHA3"},
    {"bcax", "*", "SHA3"},
    {"rax1", "*", "SHA3"},
    {"xar", "*", "SHA3"},
    {"sm3*", "*", "SM3"},
    {"sm4*", "*", "SM4"},
    {"ld64b", "*", "LS64"},
    {"st64b*", "*", "LS64"},
    {"ldlar*", "*", "LOR"},
    {"stllr*", "*", "LOR"},
    {"ldapur*", "*", "LRCPC2"},
    {"stlur*", "*", "LRCPC2"},
    {"sb", "*", "SB"},
    {"dsb", "*nxs", "XS"},
    {"wf[ei]t", "*", "WFxT"},
    {"tstart", "*", "TME"},
    {"ttest", "*", "TME"},
    {"tcommit", "*", "TME"},
    {"tcancel", "*", "TME"},
    {"hvc", "*", "not at EL0"},
    {"smc", "*", "not at EL0"},
    {"dcps[123]", "*", "not at EL0"},
    {"drps", "*", "not at EL0"},
    {"eret*", "*", "not at EL0"},
    {"msr", "s[01]_*", "unallocated"},
    {"mrs", "*s[01]_*", "unallocated"},
    {"fml[as]l*", "*", "FHM"},
    {"fcvt[ampz][su]", "*h[0-9]*", "FP16"},
    {"fcvt[ampz][su]", "*.[48]h*", "FP16"},
    {"fcvtn[su]", "*h[0-9]*", "FP16"},
    {"fcvtn[su]", "*.[48]h*", "FP16"},
    {"[su]cvtf", "*h[0-9]*", "FP16"},
    {"[su]cvtf", "*.[48]h*", "FP16"},
    {"f[!c]*", "*h[0-9]*", "FP16"},
    {"f[!c]*", "*.[248]h*", "FP16"},
    {"fc[!v]*", "*h[0-9]*", "FP16"},
    {"fc[!v]*", "*.[48]h*", "FP16"},
};

// Disagreements that are meant: words the manual calls CONSTRAINED UNPREDICTABLE, and one refusal
// that is the lifter's.
static const struct {
    const char *ours, *theirs, *why;
} meant[] = {
    {"LDAPR", "undefined", "should-be-one bits are not checked"},
    {"LDAR", "undefined", "should-be-one bits are not checked"},
    {"LDPSW", "undefined", "writeback to a loaded register"},
    {"MSR_imm", "sm*", "the lifter refuses the fields of SME"},
};

struct kind {
    char ours[40], theirs[40];
    char sample[128];
    long count;
};

struct result {
    struct kind *kind;
    int nkinds;
    long words, agreed, both_undefined, excused;
    long seen[A64_OP_COUNT]; // agreements on each instruction
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
        return word;
    }
    const struct a64_pattern *p = &a64_patterns[next_random(state) % A64_PATTERN_COUNT];
    word = (word & ~p->mask) | p->bits;
    for (unsigned flips = choice < 6 ? 0 : choice < 12 ? 1 : 2; flips; flips--) {
        word ^= 1u << (next_random(state) >> 59);
    }
    return word;
}

static int generate(uint64_t seed, long count)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
    for (long i = 0; i < count; i++) {
        uint32_t word = make_word(&state);
        if (fwrite(&word, sizeof word, 1, stdout) != 1) {
            return 1;
        }
    }
    return fflush(stdout) != 0;
}

// Removes a size letter and acquire/release letters from the end of a load or store's mnemonic.
static bool ldst_matches(const char *stem, const char *mnemonic)
{
    static const char *const order[] = {"", "a", "l", "al"};
    static const char *const size[] = {"", "b", "h", "w"};
    char text[40];
    for (int o = 0; o < 4; o++) {
        for (int s = 0; s < 4; s++) {
            snprintf(text, sizeof text, "%s%s%s", stem, order[o], size[s]);
            if (strcmp(text, mnemonic) == 0) {
                return true;
            }
        }
    }
    return false;
}

// Instructions whose table name is not their mnemonic.
static const struct {
    const char *name, *pattern;
} renamed[] = {
    {"STn_mult", "st[1234]"},
    {"STn_one", "st[1234]"},
    {"LDn_mult", "ld[1234]"},
    {"LDn_one", "ld[1234]"},
    {"LDn_rep", "ld[1234]r"},
    {"B_cond", "b.*"},
    {"DC_*", "sys"},
    {"IC_*", "sys"},
    {"NOP", "hint"},
    {"YIELD", "hint"},
    {"WFE", "hint"},
    {"WFI", "hint"},
    {"SEV", "hint"},
    {"SEVL", "hint"},
    {"PMULL64", "pmull*"},
    {"CRC32", "crc32[bhwx]"},
    {"CRC32C", "crc32c[bhwx]"},
};

static bool agrees(enum a64_op op, const char *mnemonic)
{
    const char *name = a64_op_name(op);
    const char *chapter = a64_op_chapter(op);
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++) {
        if (fnmatch(renamed[i].name, name, 0) == 0) {
            return fnmatch(renamed[i].pattern, mnemonic, 0) == 0;
        }
    }
    char stem[40];
    size_t n = 0;
    for (; name[n] && name[n] != '_' && n + 1 < sizeof stem; n++) {
        stem[n] = (char)tolower((unsigned char)name[n]);
    }
    bool simd = strcmp(chapter, "a64_simd") == 0;
    n -= simd && stem[n - 1] == '0';
    stem[n] = 0;
    if (strcmp(chapter, "a64_ldst") == 0) {
        return ldst_matches(stem, mnemonic);
    }
    return strncmp(stem, mnemonic, n) == 0 &&
           (mnemonic[n] == 0 || (simd && strcmp(mnemonic + n, "2") == 0));
}

static bool is_left_out(const char *mnemonic, const char *operands)
{
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        if (fnmatch(left_out[i].mnemonic, mnemonic, 0) == 0 &&
            fnmatch(left_out[i].operands, operands, 0) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_meant(const char *ours, const char *theirs)
{
    for (size_t i = 0; i < sizeof meant / sizeof meant[0]; i++) {
        if (strcmp(meant[i].ours, ours) == 0 && fnmatch(meant[i].theirs, theirs, 0) == 0) {
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

// The reserved n:imms of a logical immediate, which the table leaves to the lifter.
static bool reserved_bitmask(uint32_t word)
{
    unsigned n = word >> 22 & 1, imms = word >> 10 & 63;
    unsigned size = 64;
    while (size > 1 && !((n << 6 | (~imms & 63)) & size)) {
        size /= 2;
    }
    return size < 2 || (imms & (size - 1)) == size - 1;
}

// SVE and SME have their own top-level groups, which the table leaves empty.
static bool is_sve_or_sme(uint32_t word)
{
    unsigned op0 = word >> 25 & 15;
    return op0 == 2 || (op0 == 0 && word >> 31);
}

static void check_line(struct result *r, uint32_t word, const char *text)
{
    char mnemonic[40] = "", operands[80] = "", sample[128];
    sscanf(text, "%39s %79[^\n]", mnemonic, operands);
    snprintf(sample, sizeof sample, "%08x %s %s", word, mnemonic, operands);
    enum a64_op op = a64_decode_op(word);
    const char *name = a64_op_name(op);
    bool theirs = strcmp(mnemonic, ".inst") != 0;
    r->words++;
    if (!theirs &&
        (!op || (strcmp(name + strlen(name) - 4, "_imm") == 0 && reserved_bitmask(word)))) {
        r->both_undefined++;
    } else if (is_meant(name, theirs ? mnemonic : "undefined")) {
        r->excused++;
        r->seen[op]++;
    } else if (!theirs) {
        record(r, name, "undefined", sample);
    } else if (!op && (is_sve_or_sme(word) || is_left_out(mnemonic, operands))) {
        r->excused++;
    } else if (!op) {
        record(r, "undefined", mnemonic, sample);
    } else if (agrees(op, mnemonic)) {
        r->agreed++;
        r->seen[op]++;
    } else {
        record(r, name, mnemonic, sample);
    }
}

static int count_unseen(const struct result *r)
{
    int n = 0;
    for (int op = 1; op < A64_OP_COUNT; op++) {
        if (!r->seen[op]) {
            printf("ferry %s: no word of it was tested\n", a64_op_name((enum a64_op)op));
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
