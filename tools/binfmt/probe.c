/* Proves that the kernel starts programs of an architecture: runs a tiny one, and looks which
 * file runs it. */
#include "binfmt.h"

#include <errno.h>
#include <string.h>

void probe_run(const struct machine *m, const char *interpreter, struct probe *out)
{
    struct probe_outcome r;
    memset(out, 0, sizeof(*out));
    probe_program(m, BY_KERNEL, interpreter, &r);
    /* The kernel keeps the interpreter open (flag F): what runs may be another file than the one
     * now at that path. */
    out->other_file = r.end == PROBE_RAN && !r.by_it;
    out->result = PROBE_FAILS;
    switch (r.end) {
    case PROBE_NOT_TRIED:
        out->result = PROBE_UNKNOWN;
        failed(&out->text, "no program for %s can be tried here (%s)", m->name, strerror(r.code));
        break;
    case PROBE_REFUSED:
        failed(&out->text, "a program for %s does not start: %s", m->name,
               r.code == ENOEXEC ? "exec format error, no entry takes it" : strerror(r.code));
        break;
    case PROBE_KILLED:
        failed(&out->text, "a program for %s ends by signal %d (%s)", m->name, r.code,
               strsignal(r.code));
        break;
    case PROBE_SILENT:
        failed(&out->text, "a program for %s ends with exit status %d, not with its own", m->name,
               r.code);
        break;
    case PROBE_STUCK:
        failed(&out->text, "a program for %s hangs", m->name);
        break;
    case PROBE_RAN:
        out->result = PROBE_WORKS;
    }
}
