// Reading and printing of instruction rows: the text format shared by rowgen and rowcheck.
//
//   hexword[,hexword...] text | state before | state after
//
// A word is an instruction, 4 or 8 digits. A state is a list of tokens:
//   x1=..                   the general registers: number (decimal or 0x), pc, pc+N (N from the
//   tested
//                           instruction, which lies 0x800 into a page), @, @N or @-N (N from the
//                           window, which is page aligned and has 256 bytes on either side)
//   v0=0x..                 128 bits; in .in files also v0=b:.. h: s: d: with lanes, lowest first;
//   a
//                           lane is a number, a number with a point, or [-]inf nan snan den maxden
//                           min max; too few lanes repeat
//   m+16=0011.. m-8=..      bytes of the window
//   pc=+8                   (after) where control arrived; default: behind the last word
//   sig=SIGILL              (after) the signal raised; pc then defaults to +0
//   addr=@..                (after) si_addr of SIGSEGV and SIGBUS
// and those of the architecture, listed in its fields.c.
// Before: what is not listed holds the value row_default() gives it.
// After: what is not listed is as before.
#ifndef INSN_ROWS_H
#define INSN_ROWS_H
#include "record.h"
#include <stdio.h>

// A register, or an array of them, as rows name it.
enum field_kind { FIELD_HEX, FIELD_ADDR, FIELD_128 };
struct field {
    const char *name;
    uint16_t offset; // in struct state
    uint8_t count;   // 0: NAME alone; else NAME0 to NAME(count - 1)
    uint8_t kind;    // FIELD_ADDR is printed as pc+N and @N where it fits
    uint8_t shift;   // of the value in the state
    int (*parse)(const char *s, uint64_t *out);
    void (*print)(char *buf, size_t size, uint64_t v);
};

// The architecture's part, in its fields.c. The table ends with a name of NULL; its order is that
// of the printed tokens. state_apply takes other tokens (0, or -1: unknown).
extern const struct field state_fields[];
int state_apply(struct state *st, const char *name, const char *value);
void state_default(struct state *st);
uint32_t insn_bytes(const uint8_t *code);

// How one instruction's text is given to the assembler, with what must be around it.
void print_asm(FILE *f, const char *text);

int row_parse_value(const char *s, uint64_t *out);
int row_parse_index(const char *s, long limit);
int row_parse_vector(const char *s, uint64_t v[2]);

struct row {
    const char *file;
    int line;
    char text[192];
    struct row_in in;
    struct row_out want;
    int has_want; // 0: the part after the second bar is empty or absent (before `rowcheck --fill`)
};

// Fills the documented default state before a test.
void row_default(struct row_in *in);

// Applies the tokens of `text` (modified) to a state before. Returns 0, or -1 with *bad = the
// token.
int row_apply_in(struct row_in *in, char *text, char **bad);

// The result if the instruction did nothing but fall through (sig 0) or fault at +0 (sig != 0).
void row_neutral(const struct row_in *in, uint64_t sig, struct row_out *out);

// Applies the tokens of `text` (modified) to a result. Returns 0, or -1 with *bad = the token.
int row_apply_out(struct row_out *out, char *text, char **bad);

// Parses a row line (modified). Returns 1 for a row, 0 for a blank or comment line, -1 for an error
// with *bad = what could not be read.
int row_parse(char *line, struct row *row, char **bad);

// Prints the words, comma-separated.
void row_print_code(FILE *f, const struct row_in *in);

// Print " token" for each difference between two states.
void row_print_in(FILE *f, const struct row_in *from, const struct row_in *to);
void row_print_out(FILE *f, const struct row_in *from, const struct row_out *to);

// Prints one line a difference, expected and actual. Returns the number of differences.
int row_diff(FILE *f, const struct row_out *want, const struct row_out *got);

#endif
