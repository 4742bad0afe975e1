// Reading and printing of instruction rows: the text format shared by rowgen and rowcheck.
//
//   hexword[,hexword...] text | state before | state after
//
// A state is a list of tokens:
//   x0=.. .. x30=.. sp=..   64 bits: number (decimal or 0x), pc, pc+N (N from the tested
//                           instruction, which lies 0x800 into a page), @, @N or @-N (N from the
//                           window, which is page aligned and has 256 bytes on either side)
//   nzcv=8                  four bits, N=8 Z=4 C=2 V=1
//   fpcr=.. fpsr=..         as the registers
//   v0=0x..                 128 bits; in .in files also v0=b:.. h: s: d: with lanes, lowest first,
//                           and h0= s0= d0= for one lane with the rest zero; a lane is a number, a
//                           number with a point, or [-]inf nan snan den maxden min max
//   m+16=0011.. m-8=..      bytes of the window
//   pc=+8                   (after) where control arrived; default: behind the last word
//   sig=SIGILL              (after) the signal raised; pc then defaults to +0
//   addr=@..                (after) si_addr of SIGSEGV and SIGBUS
// Before: what is not listed holds the value row_default() gives it.
// After: what is not listed is as before.
#ifndef INSN_A64_ROWS_H
#define INSN_A64_ROWS_H
#include "state.h"
#include <stdio.h>

struct row {
    const char *file;
    int line;
    char text[192];
    struct a64_in in;
    struct a64_out want;
    int has_want; // 0: the part after the second bar is empty or absent (before `rowcheck --fill`)
};

// Fills the documented default state before a test.
void row_default(struct a64_in *in);

// Applies the tokens of `text` (modified) to a state before. Returns 0, or -1 with *bad = the
// token.
int row_apply_in(struct a64_in *in, char *text, char **bad);

// The result if the instruction did nothing but fall through (sig 0) or fault at +0 (sig != 0).
void row_neutral(const struct a64_in *in, uint64_t sig, struct a64_out *out);

// Applies the tokens of `text` (modified) to a result. Returns 0, or -1 with *bad = the token.
int row_apply_out(struct a64_out *out, char *text, char **bad);

// Parses a row line (modified). Returns 1 for a row, 0 for a blank or comment line, -1 for an error
// with *bad = what could not be read.
int row_parse(char *line, struct row *row, char **bad);

// Print " token" for each difference between two states.
void row_print_in(FILE *f, const struct a64_in *from, const struct a64_in *to);
void row_print_out(FILE *f, const struct a64_in *from, const struct a64_out *to);

// Prints one line a difference, expected and actual. Returns the number of differences.
int row_diff(FILE *f, const struct a64_out *want, const struct a64_out *got);

#endif
