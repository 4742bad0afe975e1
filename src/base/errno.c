/* Names and texts of errors, in tables without pointers: relocations cost each start. */
#include <errno.h>

#include "base/log.h"

struct texts {
    char unknown_name[3], unknown_text[sizeof("unknown error")];
#define E(err, text) char name_##err[sizeof(#err)], text_##err[sizeof(text)];
#include "base/errno.def"
#undef E
};

static const struct texts texts = {
    "E?",
    "unknown error",
#define E(err, text) #err, text,
#include "base/errno.def"
#undef E
};

/* Offsets in TEXTS by number; 0 leads to the unknown ones. */
static const u16 name_at[] = {
#define E(err, text) [err] = offsetof(struct texts, name_##err),
#include "base/errno.def"
#undef E
};

static const u16 text_at[] = {
#define E(err, text) [err] = offsetof(struct texts, text_##err),
#include "base/errno.def"
#undef E
};

const char *errno_name(int err)
{
    u16 at = err > 0 && (size_t)err < ARRAY_LEN(name_at) ? name_at[err] : 0;
    return (const char *)&texts + at;
}

const char *errno_text(int err)
{
    u16 at = err > 0 && (size_t)err < ARRAY_LEN(text_at) ? text_at[err] : 0;
    return at ? (const char *)&texts + at : texts.unknown_text;
}
