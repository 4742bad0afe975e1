/* Kinds of programs by shell patterns. */
#include "binfmt.h"

#include <elf.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

bool machine_like(const struct machine *m, const char *pattern)
{
    const char *const prefixes[] = {"", "ferry-", "qemu-"};
    char name[64];
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        snprintf(name, sizeof(name), "%s%s", prefixes[i], m->name);
        if (fnmatch(pattern, name, 0) == 0) {
            return true;
        }
    }
    if (strncmp(pattern, "linux/", 6) == 0) {
        pattern += 6;
    }
    if (fnmatch(pattern, m->platform, 0) == 0) {
        return true;
    }
    /* arm64/v8 is arm64's only variant. */
    return m->e_machine == EM_AARCH64 && strcmp(pattern, "arm64/v8") == 0;
}
