/* ferry-binfmt: what its files share. One small static program that registers ferry with the
 * kernel's binfmt_misc. */
#ifndef BINFMT_H
#define BINFMT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define BINFMT_MISC_MAGIC 0x42494e4d /* statfs */
#define REGISTER_MAX 1920            /* bytes of a registration the kernel takes */
#define HEADER_LEN 20                /* bytes of an ELF header that say which machine it is for */

/* In machine.c: kinds of programs. */
struct machine {
    const char *name;     /* as in ferry-aarch64 */
    const char *platform; /* architecture of container images: arm64 */
    const char *variants; /* "linux/..." platforms its programs are listed as, in a JSON list
                             without brackets */
    uint16_t e_machine;
    uint8_t elf_class, elf_data;
    bool guest; /* ferry runs it */
};

extern const struct machine machines[];
extern const size_t machine_count;
/* Programs of M are foreign here and ferry, built for this host, runs them. */
bool machine_offered(const struct machine *m);
bool machine_is_host(const struct machine *m);
/* By any spelling: aarch64, arm64, linux/arm64/v8, ferry-aarch64, qemu-aarch64; NULL: none. */
const struct machine *machine_by_name(const char *name);
/* NAME may be a shell pattern over those spellings. */
bool machine_like(const struct machine *m, const char *pattern);
/* "aarch64 (arm64), riscv64", what ferry offers here. */
const char *machine_offer(void);
/* The first HEADER_LEN bytes of a program of M; TYPE is ET_EXEC or ET_DYN. */
void machine_header(const struct machine *m, uint8_t osabi, uint8_t type, uint8_t *out);

/* In text.c. */
struct text {
    char s[2048];
};
/* Stores the message in T and returns false, so that it can be returned at once. */
__attribute__((format(printf, 2, 3))) bool failed(struct text *t, const char *format, ...);
__attribute__((format(printf, 2, 3))) void add(struct text *t, const char *format, ...);
/* S as a JSON string, quotes included, on standard output. */
void put_json(const char *s);
/* The whole file, or what fits, with a 0 behind it; bytes, or -errno. */
long read_file(const char *path, char *out, size_t cap);

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

/* In entry.c: what is registered. */
struct entry {
    char name[256];
    bool enabled;
    bool by_magic; /* else by extension */
    char interpreter[PATH_MAX];
    char flags[8];
    int offset, size;
    uint8_t magic[128], mask[128];
};

struct table {
    struct entry *entries; /* the newest first: of two that match, the kernel takes the newest */
    size_t count;
    bool kernel;  /* a real binfmt_misc, not a plain directory */
    bool enabled; /* binfmt_misc as a whole */
};

bool table_read(const char *dir, struct table *out, struct text *why);
void table_free(struct table *t);
struct entry *table_find(const struct table *t, const char *name);
/* The entry that gets programs of M; NULL: none. */
struct entry *table_winner(const struct table *t, const struct machine *m);
bool entry_matches(const struct entry *e, const struct machine *m);
/* It has a name that only this program gives. */
bool entry_is_ours(const struct entry *e);
bool entry_is_ours_for(const struct entry *e, const struct machine *m);
bool entry_has_flag(const struct entry *e, char flag);
/* Programs it matches can start: enabled, and its interpreter is held open (F) or there. */
bool entry_alive(const struct entry *e, const char *root);
void entry_name_of(const struct machine *m, char *out, size_t cap);
/* What an entry of ours must be. */
void entry_wanted(const struct options *o, const struct machine *m, struct entry *out);
bool entry_equal(const struct entry *a, const struct entry *b);
/* The line the kernel reads to make E, under the name NAME; false when it would not fit or cannot
 * be written. */
bool entry_line(const struct entry *e, const char *name, char *out, size_t cap, struct text *why);

/* In owner.c. */
/* Who registered E, as far as files below ROOT tell. REMEDY (may be NULL) says how to be rid of it
 * for good. */
void owner_of(const char *root, const struct entry *e, struct text *owner, struct text *remedy);

/* In kernel.c: the file system and its errors. */
/* Sees to it that binfmt_misc is mounted at O->misc, mounting it if it is not. */
bool kernel_mount(struct options *o, struct text *why);
/* Holds off other installations; -1 with WHY after 10 seconds. Close the descriptor to let go. */
int kernel_lock(const struct options *o, struct text *why);
bool kernel_register(const struct options *o, const struct entry *e, const char *name,
                     struct text *why);
/* VALUE: "-1" removes, "0" disables, "1" enables. NAME "status" is binfmt_misc as a whole. */
bool kernel_set(const struct options *o, const char *name, const char *value, struct text *why);
bool kernel_at_least(int major, int minor);
bool in_container(void);
/* The initial user namespace, or one that was made in it. */
bool in_own_user_namespace(void);

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
