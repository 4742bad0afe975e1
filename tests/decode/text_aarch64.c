// A64: what objdump_diff.h asks.
#include "objdump_diff.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

const struct left_out left_out[] = {
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
    {NULL, NULL, NULL},
};

// Disagreements that are meant: words the manual calls CONSTRAINED UNPREDICTABLE, and one refusal
// that is the lifter's.
const struct meant meant[] = {
    {"LDAPR", "undefined", "should-be-one bits are not checked", 0, 0},
    {"LDAR", "undefined", "should-be-one bits are not checked", 0, 0},
    {"LDPSW", "undefined", "writeback to a loaded register", 0, 0},
    {"MSR_imm", "sm*", "the lifter refuses the fields of SME", 0, 0},
    {NULL, NULL, NULL, 0, 0},
};

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

bool text_agrees(enum a64_op op, const char *mnemonic, uint32_t word)
{
    (void)word;
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
bool text_other_space(uint32_t word)
{
    unsigned op0 = word >> 25 & 15;
    return op0 == 2 || (op0 == 0 && word >> 31);
}

bool text_reserved(enum a64_op op, uint32_t word)
{
    const char *name = a64_op_name(op);
    return strcmp(name + strlen(name) - 4, "_imm") == 0 && reserved_bitmask(word);
}

uint32_t text_keep_length(uint32_t word)
{
    return word;
}

uint32_t text_size(uint32_t word)
{
    (void)word;
    return 4;
}
