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

/* The type of relocations that add where the program was loaded. */
#if defined(__x86_64__)
enum { START_RELATIVE = R_X86_64_RELATIVE };
#else
enum { START_RELATIVE = R_AARCH64_RELATIVE };
#endif

/* The program's thread-local variables: IMAGE_SIZE bytes at IMAGE, then zeros up to SIZE. */
struct start_tls {
    const void *image;
    u64 image_size, size, align;
};
#define START_TLS_MAX 256
/* Makes them the first thread's, with a random stack guard for libelf's functions that have one. False: there is not so
 * much room. */
bool start_set_tls(const struct start_tls *tls);

/* From _start with the stack pointer the kernel gave us. */
NORETURN void start_c(u64 *sp) __attribute__((visibility("hidden")));

#endif
