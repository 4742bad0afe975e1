/* What the parts of ferry's own start share. Private to src/start. */
#ifndef START_PRIV_H
#define START_PRIV_H

#include <elf.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/hash.h"
#include "base/types.h"

/* The auxiliary vector the kernel gave us, up to AT_NULL. */
extern const Elf64_auxv_t *start_auxv __attribute__((visibility("hidden")));

#endif
