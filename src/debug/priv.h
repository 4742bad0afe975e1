/* Names of flags and constants for the system call trace. */
#ifndef DEBUG_PRIV_H
#define DEBUG_PRIV_H

#include "base/base.h"

/* A value or bit with its name. In a set of bits, entries of several bits come before their parts.
 */
struct debug_name {
    u32 value;
    const char *name;
};

enum debug_set {
    SET_ACCESS,
    SET_AT_FLAGS,
    SET_CLOCK,
    SET_CLONE,
    SET_FAMILY,
    SET_FCNTL,
    SET_FUTEX,
    SET_MAP,
    SET_OPEN,
    SET_OPEN_ARM, /* the bits that differ on aarch64 */
    SET_OPEN_GENERIC,
    SET_PROT,
    SET_SOCK_TYPE,
    SET_WHENCE,
    SET_COUNT
};

/* Appends the name of VALUE in SET, or the number. */
void debug_put_value(struct strbuf *sb, enum debug_set set, u64 value);

/* Appends the names of *VALUE's bits that SET knows, joined by | (also to what came before, when
 * PUT_BEFORE names did), and clears them in *VALUE. Returns PUT_BEFORE plus how many names it put.
 */
unsigned debug_put_bits(struct strbuf *sb, enum debug_set set, u64 *value, unsigned put_before);

/* Appends VALUE as names of bits and the rest in hex; "0" (or the name of 0) when nothing is set.
 */
void debug_put_flags(struct strbuf *sb, enum debug_set set, u64 value);

/* Where in which file ADDR is mapped. */
struct debug_place {
    gaddr addr;
    bool found;
    char path[256]; /* of the mapping looked at last, "": none */
    gaddr base;     /* where the first mapping of that path begins */
};
/* Reads /proc/self/maps up to the line that holds AT->addr. */
void debug_find_place(struct debug_place *at);

#endif
