/* Writes the instructions of a ferry log (-d in_asm,out_asm) as text: ferry-disasm [LOG] > TEXT
 *
 * A line "ARCH 0xADDRESS HEX" becomes one line an instruction; every other line is copied. HEX of
 * x86_64 is bytes in memory order, of aarch64 32-bit instructions as numbers, 8 digits each. A
 * program of its own because capstone linked into ferry would cost every start a millisecond of
 * relocations. */
#include <capstone/capstone.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINE = 65536 };

static const struct arch {
    const char *name;
    cs_arch arch;
    cs_mode mode;
    size_t word; /* bytes of one number in HEX; more than 1 are swapped to memory order */
} archs[] = {
    {"x86_64", CS_ARCH_X86, CS_MODE_64, 1},
    {"aarch64", CS_ARCH_ARM64, CS_MODE_ARM, 4},
};

static const struct arch *find_arch(const char *name)
{
    for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
        if (strcmp(archs[i].name, name) == 0) {
            return &archs[i];
        }
    }
    return NULL;
}

/* The bytes HEX stands for, in memory order; 0 when it is not a whole number of instruction words.
 */
static size_t parse_hex(const char *hex, size_t word, uint8_t *out)
{
    size_t digits = strspn(hex, "0123456789abcdefABCDEF");
    if (hex[digits] || digits == 0 || digits % (2 * word)) {
        return 0;
    }
    for (size_t i = 0; i < digits / 2; i++) {
        char byte[3] = {hex[2 * i], hex[2 * i + 1], 0};
        size_t at = i / word * word + (word - 1 - i % word);
        out[at] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return digits / 2;
}

static void print_insn(const cs_insn *insn, size_t word)
{
    printf("    0x%" PRIx64 ":  ", insn->address);
    for (size_t i = 0; i < insn->size; i++) {
        printf("%02x", insn->bytes[word > 1 ? insn->size - 1 - i : i]);
    }
    printf("%*s  %s %s\n", insn->size < 8 ? (int)(16 - 2 * insn->size) : 0, "", insn->mnemonic,
           insn->op_str);
}

/* True when LINE was an instruction line and has been printed as text. */
static bool disassemble(char *line)
{
    static uint8_t bytes[MAX_LINE / 2];
    char name[16], hex[MAX_LINE];
    uint64_t addr;
    if (sscanf(line, " %15s 0x%" SCNx64 " %65535s", name, &addr, hex) != 3) {
        return false;
    }
    const struct arch *arch = find_arch(name);
    size_t len = arch ? parse_hex(hex, arch->word, bytes) : 0;
    csh handle;
    if (len == 0 || cs_open(arch->arch, arch->mode, &handle) != CS_ERR_OK) {
        return false;
    }
    cs_option(handle, CS_OPT_SKIPDATA, CS_OPT_ON);
    cs_insn *insns;
    size_t n = cs_disasm(handle, bytes, len, addr, 0, &insns);
    for (size_t i = 0; i < n; i++) {
        print_insn(&insns[i], arch->word);
    }
    cs_free(insns, n);
    cs_close(&handle);
    return n > 0;
}

int main(int argc, char **argv)
{
    static char line[MAX_LINE];
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        fprintf(stderr, "usage: ferry-disasm [LOG]\n");
        return 1;
    }
    FILE *in = argc == 2 ? fopen(argv[1], "r") : stdin;
    if (!in) {
        perror(argv[1]);
        return 1;
    }
    while (fgets(line, sizeof(line), in)) {
        if (!disassemble(line)) {
            fputs(line, stdout);
        }
    }
    return ferror(in) || fflush(stdout) != 0;
}
