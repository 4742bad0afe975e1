// The decoder under test, whose names begin with LOW_PREFIX and UP_PREFIX: LOW(_decode_op),
// UP(_OP_NONE). decode.h.inc is what decgen made, GUEST_H the guest's header in this folder.
// DECODE_TABLE and DECODE_IMPL are defined before in the one file that is to hold the tables and
// the dispatch.
#ifndef DECODE_SUBJECT_H
#define DECODE_SUBJECT_H
#include <stdbool.h>
#include <stdint.h>

#define PASTE(a, b) a##b
#define PASTE_OF(a, b) PASTE(a, b)
#define LOW(name) PASTE_OF(LOW_PREFIX, name)
#define UP(name) PASTE_OF(UP_PREFIX, name)

#include GUEST_H

#endif
