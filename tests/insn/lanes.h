// Vector values of rows and .in files: 128-bit hexadecimal and lists of lanes.
#ifndef INSN_LANES_H
#define INSN_LANES_H
#include <stdint.h>

// Parses 0x and up to 32 hexadecimal digits. Returns 0 or -1.
int lanes_parse_hex128(const char *s, uint64_t v[2]);

// Parses comma-separated lanes of kind 'b', 'h', 's' or 'd', lowest first; too few lanes repeat
// from the start, or, with `scalar`, exactly one lane is given and the rest is zero. Returns 0 or
// -1.
int lanes_parse(char kind, const char *s, int scalar, uint64_t v[2]);

#endif
