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

/* In probe.c: a probe program really run. */
enum probe_end {
    PROBE_NOT_TRIED, /* CODE is an errno of preparing it, or 0 */
    PROBE_REFUSED,   /* it could not be executed: CODE is the errno */
    PROBE_KILLED,    /* CODE is the signal */
    PROBE_SILENT,    /* it ended with status CODE, or wrote something else than it is made for */
    PROBE_STUCK,     /* no end after ten seconds */
    PROBE_RAN,
};

enum probe_way {
    BY_FERRY,  /* this ferry with the program as argument */
    BY_KERNEL, /* executed as it is */
    BY_SCRIPT, /* a script with #! that names it */
    BY_SETUID, /* set-user-ID root, executed by another user */
    BY_CHROOT, /* executed in a root directory with nothing in it */
};

struct probe {
    enum probe_end end;
    int code;
    struct probe_seen seen; /* PROBE_RAN only */
    bool by_us;             /* the file that ran it is this ferry's, or its like */
};

#define PROBE_ARGV0 "ferry-probe" /* what it is started with */

void probe_run(const struct machine *m, enum probe_way way, struct probe *out);
/* The files are the same one, or have the same bytes. */
bool probe_same_file(const char *a, const char *b);

/* In system.c: checks of the kernel and its limits. */
void system_checks(struct report *r);

#endif
