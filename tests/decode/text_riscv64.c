// RV64: what objdump_diff.h asks.
#include "objdump_diff.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

const struct left_out left_out[] = {
    {"[msud]ret", "*", "privileged"},
    {"wfi", "*", "privileged"},
    {"sfence.*", "*", "privileged"},
    {"[shd]inval*", "*", "privileged"},
    {"[sh]fence*", "*", "privileged"},
    {"h[ls]v*", "*", "privileged"},
    {"c.unimp", "*", "all zeros, which is defined to be illegal"},
    {"c.addi16sp", "x2,0", "reserved"},
    {NULL, NULL, NULL},
};

const struct meant meant[] = {
    {"FENCE*", "undefined", "fields kept for later are ignored", 0, 0},
    {"CZERO_*", "undefined", "newer: Zicond, Zimop, Zacas", 0x0, 0x0},
    {"MOP_*", "undefined", "newer: Zicond, Zimop, Zacas", 0x0, 0x0},
    {"AMOCAS", "undefined", "newer: Zicond, Zimop, Zacas", 0x0, 0x0},
    {"FM[AI][XN]M_*", "undefined", "newer: Zfa", 0x0, 0x0},
    {"FL[ET]Q_*", "undefined", "newer: Zfa", 0x0, 0x0},
    {"FLI_*", "undefined", "newer: Zfa", 0x0, 0x0},
    {"FROUND*", "undefined", "newer: Zfa", 0x0, 0x0},
    {"FCVTMOD_*", "undefined", "newer: Zfa", 0x0, 0x0},
    {"VANDN_*", "undefined", "newer: Zvbb", 0x0, 0x0},
    {"VRO[LR]_*", "undefined", "newer: Zvbb", 0x0, 0x0},
    {"VBREV*", "undefined", "newer: Zvbb", 0x0, 0x0},
    {"VREV8_V", "undefined", "newer: Zvbb", 0x0, 0x0},
    {"VWSLL_*", "undefined", "newer: Zvbb", 0x0, 0x0},
    {"VC[LT]Z_V", "undefined", "newer: Zvbb", 0x0, 0x0},
    {"VCPOP_V", "undefined", "newer: Zvbb", 0x0, 0x0},
    {"VCLMUL*", "undefined", "newer: Zvbc, Zvk*", 0x0, 0x0},
    {"VAES*", "undefined", "newer: Zvbc, Zvk*", 0x0, 0x0},
    {"VGMUL_VV", "undefined", "newer: Zvbc, Zvk*", 0x0, 0x0},
    {"VGHSH_VV", "undefined", "newer: Zvbc, Zvk*", 0x0, 0x0},
    {"VSHA2*", "undefined", "newer: Zvbc, Zvk*", 0x0, 0x0},
    {"*", "undefined", "newer: Zcb, loads and stores", 0xe003, 0x8000},
    {"*", "undefined", "newer: Zcb, arithmetic", 0xfc43, 0x9c41},
    {"FCVT_D_S", "undefined", "objdump wants the rounding mode of an exact conversion to be 0", 0x0,
     0x0},
    {"FCVT_[SD]_H", "undefined", "objdump wants the rounding mode of an exact conversion to be 0",
     0x0, 0x0},
    {"FCVT_D_W*", "undefined", "objdump wants the rounding mode of an exact conversion to be 0",
     0x0, 0x0},
    {NULL, NULL, NULL, 0, 0},
};

// Compressed instructions and what the tables call them.
static const struct {
    const char *mnemonic, *name;
} compressed[] = {
    {"c.addi4spn", "ADDI"}, {"c.addi16sp", "ADDI"}, {"c.nop", "ADDI"},   {"c.li", "ADDI"},
    {"c.j", "JAL"},         {"c.beqz", "BEQ"},      {"c.bnez", "BNE"},   {"c.jr", "JALR"},
    {"c.jalr", "JALR"},     {"c.mv", "ADD"},        {"c.lwsp", "LW"},    {"c.ldsp", "LD"},
    {"c.swsp", "SW"},       {"c.sdsp", "SD"},       {"c.fldsp", "FLD"},  {"c.fsdsp", "FSD"},
    {"c.slli64", "SLLI"},   {"c.srli64", "SRLI"},   {"c.srai64", "SRAI"}};

// SH1ADD_UW as sh1add.uw.
static void lower(char *text, size_t size, const char *name)
{
    size_t n = 0;
    for (; name[n] && n + 1 < size; n++) {
        text[n] = name[n] == '_' ? '.' : (char)tolower((unsigned char)name[n]);
    }
    text[n] = 0;
}

static bool is_compressed_name(const char *name, const char *mnemonic)
{
    char text[40];
    for (size_t i = 0; i < sizeof compressed / sizeof compressed[0]; i++) {
        if (strcmp(compressed[i].mnemonic, mnemonic) == 0) {
            return strcmp(compressed[i].name, name) == 0;
        }
    }
    lower(text, sizeof text, name);
    return strcmp(text, mnemonic + 2) == 0;
}

// vlseg3e8.v as vle8.v; the number of fields is an operand in the tables.
static bool is_segment_name(const char *text, const char *mnemonic)
{
    char plain[40];
    const char *seg = strstr(mnemonic, "seg");
    if (!seg) {
        return false;
    }
    snprintf(plain, sizeof plain, "%.*s%s", (int)(seg - mnemonic), mnemonic, seg + 4);
    return strcmp(plain, text) == 0;
}

// vl4re8.v as vlre8.v, vs2r.v as vsr.v.
static bool is_whole_name(const char *text, const char *mnemonic)
{
    return strncmp(text, mnemonic, 2) == 0 && strchr("1248", mnemonic[2]) && mnemonic[2] &&
           mnemonic[3] == 'r' && strcmp(text + 2, mnemonic + 3) == 0;
}

bool text_agrees(enum rv64_op op, const char *mnemonic, uint32_t word)
{
    const char *name = rv64_op_name(op);
    char text[40];
    if (text_size(word) == 2) {
        return strncmp(mnemonic, "c.", 2) == 0 && is_compressed_name(name, mnemonic);
    }
    lower(text, sizeof text, name);
    if ((word & 0x7f) == 0x2f) { // atomics: size and ordering are operands in the tables
        size_t n = strlen(text);
        return strncmp(text, mnemonic, n) == 0 && mnemonic[n] == '.';
    }
    return strcmp(text, mnemonic) == 0 || is_segment_name(text, mnemonic) ||
           is_whole_name(text, mnemonic);
}

// Whole-register loads and stores of other numbers of registers than 1, 2, 4, 8.
bool text_reserved(enum rv64_op op, uint32_t word)
{
    uint32_t nf = (word >> 29) + 1;
    return fnmatch("V[LS]R*", rv64_op_name(op), 0) == 0 && (nf & (nf - 1));
}

bool text_other_space(uint32_t word)
{
    (void)word;
    return false;
}

// Not the beginnings of instructions longer than 32 bits.
uint32_t text_keep_length(uint32_t word)
{
    return (word & 31) == 31 ? word ^ 4 : word;
}

uint32_t text_size(uint32_t word)
{
    return (word & 3) == 3 ? 4 : 2;
}
