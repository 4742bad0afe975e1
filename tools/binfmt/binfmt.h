/* ferry-binfmt: what its files share. One small static program that registers ferry with the
 * kernel's binfmt_misc. */
#ifndef BINFMT_H
#define BINFMT_H

#include "binfmt/binfmt.h"

/* In machine.c: NAME may be a shell pattern over the spellings of machine_by_name. */
bool machine_like(const struct machine *m, const char *pattern);

/* In text.c: S as a JSON string, quotes included, on standard output. */
void put_json(const char *s);

/* In main.c. */
enum spelling { SPELLING_OWN, SPELLING_TONISTIIGI, SPELLING_MULTIARCH };

struct options {
    const char *root;    /* "" or the directory that stands for / */
    char misc[PATH_MAX]; /* where binfmt_misc is (to be) mounted */
    char interpreter[PATH_MAX];
    char flags[8];    /* as the kernel prints them: subset of POCF, in this order */
    const char *note; /* what a default lost on this kernel and why; NULL: nothing */
    bool persist, dry_run, force, json, own_mount;
    enum spelling spelling;
};

/* In kernel.c: the file system and its errors. */
/* Sees to it that binfmt_misc is mounted at O->misc, mounting it if it is not. */
bool kernel_mount(struct options *o, struct text *why);
/* Whether the user may register; false in a user namespace that sees the machine's binfmt_misc. */
bool kernel_writable(const struct options *o);
/* Mounts the namespace's own over that (Linux 6.7). Where that is refused, writing will say why. */
void kernel_mount_own(struct options *o);
/* Holds off other installations; -1 with WHY after 10 seconds. Close the descriptor to let go. */
int kernel_lock(const struct options *o, struct text *why);
bool kernel_register(const struct options *o, const struct entry *e, const char *name,
                     struct text *why);
/* VALUE: "-1" removes, "0" disables, "1" enables. NAME "status" is binfmt_misc as a whole. */
bool kernel_set(const struct options *o, const char *name, const char *value, struct text *why);
/* In probe.c. */
enum probe_result {
    PROBE_UNKNOWN, /* could not be tried; text says why */
    PROBE_FAILS,   /* a program did not start or not end as it should; text says how */
    PROBE_WORKS,
};
struct probe {
    enum probe_result result;
    bool other_file; /* works, but by a file that is not the same as INTERPRETER */
    struct text text;
};
/* Runs a tiny program of M, and looks which file runs it. */
void probe_run(const struct machine *m, const char *interpreter, struct probe *out);

/* In persist.c. */
bool persist_write(const struct options *o, const struct machine *m, struct text *why);
bool persist_remove(const struct options *o, const struct machine *m, struct text *why);

/* In install.c, status.c, keep.c. */
/* All say themselves, in O->spelling, what they did and what failed; false: something failed. */
bool install(struct options *o, const struct machine *const *m, size_t count);
/* The same for a process that ends now: in a container the entries may end with it, which is a
 * failure. */
bool install_and_leave(struct options *o, const struct machine *const *m, size_t count);
bool uninstall(struct options *o, const struct machine *const *m, size_t count);
bool status(struct options *o);
/* The list tonistiigi/binfmt prints without arguments. */
bool list_platforms(const struct options *o);
/* Installs, looks every INTERVAL seconds whether all is there still, and removes it at SIGTERM or
 * SIGINT. */
bool keep(struct options *o, const struct machine *const *m, size_t count, int interval);

#endif
