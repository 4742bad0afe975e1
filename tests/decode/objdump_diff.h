// What objdump_diff must know of a guest's disassembly text: in text_GUEST.c.
#ifndef OBJDUMP_DIFF_H
#define OBJDUMP_DIFF_H
#include "subject.h"

// What the disassembler accepts and ferry leaves undefined, because the extension is not offered or
// the instruction is undefined for user programs. Patterns are for fnmatch; a word is looked up
// here only when no line of the tables matches it. Ends with NULL.
struct left_out {
    const char *mnemonic, *operands, *why;
};
extern const struct left_out left_out[];

// Disagreements that are meant, where word & mask is bits. Patterns for fnmatch; theirs may be
// "undefined". Ends with NULL.
struct meant {
    const char *ours, *theirs, *why;
    uint32_t mask, bits;
};
extern const struct meant meant[];

// True if the mnemonic is a name of the operation.
bool text_agrees(enum LOW(_op) op, const char *mnemonic, uint32_t word);

// True for words that the table leaves to the lifter to refuse.
bool text_reserved(enum LOW(_op) op, uint32_t word);

// True for words of extensions that have encoding spaces of their own, which the tables leave
// empty.
bool text_other_space(uint32_t word);

// The word, changed where its length would not be one the tables know.
uint32_t text_keep_length(uint32_t word);
uint32_t text_size(uint32_t word);

#endif
