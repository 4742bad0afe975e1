/* What the parts of ferry doctor share. Private to src/cli. */
#ifndef CLI_PRIV_H
#define CLI_PRIV_H

#include "binfmt/binfmt.h"
#include "cli/cli.h"

/* In report.c. */
enum state {
    STATE_OK,
    STATE_NOTE,   /* worth knowing, or works less well than it could */
    STATE_BROKEN, /* something does not work */
};

struct report {
    struct strbuf out;
    bool json, broken;
    unsigned checks;
};

void report_begin(struct report *r, bool json);
/* One check. REMEDY, a command or what else to do, may be NULL. */
void report_check(struct report *r, enum state state, const char *name, const char *remedy,
                  const char *format, ...) PRINTF_LIKE(5, 6);
/* Prints what is left; the exit status. */
int report_end(struct report *r);

/* In system.c: checks of the kernel and its limits. */
void system_checks(struct report *r);

#endif
