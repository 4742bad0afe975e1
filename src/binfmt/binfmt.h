/* binfmt_misc as ferry and ferry-binfmt both see it: kinds of programs, entries, who registered
 * them, and a tiny program of each kind to prove that they start. Nothing here writes to the
 * system. */
#ifndef BINFMT_BINFMT_H
#define BINFMT_BINFMT_H

#include <limits.h>

#include "base/log.h"
#include "base/types.h"
#include "base/vec.h"

#define BINFMT_MISC "/proc/sys/fs/binfmt_misc"
#define BINFMT_MISC_MAGIC 0x42494e4d /* statfs */
#define REGISTER_MAX 1920            /* bytes of a registration the kernel takes */
#define HEADER_LEN 20                /* bytes of an ELF header that say which machine it is for */

/* In text.c. */
struct text {
    char s[2048];
};
/* Stores the message in T and returns false, so that it can be returned at once. */
PRINTF_LIKE(2, 3) bool failed(struct text *t, const char *format, ...);
PRINTF_LIKE(2, 3) void add(struct text *t, const char *format, ...);
/* S as a JSON string, quotes included. */
void text_json(struct strbuf *out, const char *s);
/* The whole file, or what fits, with a 0 behind it; bytes, or -errno. */
long read_file(const char *path, char *out, size_t cap);
/* Calls VISIT for each name in DIR, in the kernel's order, until it returns false. Returns 0 or
 * -errno. */
long visit_names(const char *dir, bool (*visit)(const char *name, void *arg), void *arg);

/* In machine.c: kinds of programs. */
struct machine {
    const char *name;     /* as in ferry-aarch64 */
    const char *platform; /* architecture of container images: arm64 */
    const char *variants; /* "linux/..." platforms its programs are listed as, in a JSON list
                             without brackets */
    u16 e_machine;
    u8 elf_class, elf_data;
    bool guest; /* ferry runs it */
};

extern const struct machine machines[];
extern const size_t machine_count;
/* Programs of M are foreign here and ferry, built for this host, runs them. */
bool machine_offered(const struct machine *m);
bool machine_is_host(const struct machine *m);
/* By any spelling: aarch64, arm64, linux/arm64/v8, ferry-aarch64, qemu-aarch64; NULL: none. */
const struct machine *machine_by_name(const char *name);
/* "aarch64 (arm64), riscv64", what ferry offers here. */
const char *machine_offer(void);
/* The first HEADER_LEN bytes of a program of M; TYPE is ET_EXEC or ET_DYN. */
void machine_header(const struct machine *m, u8 osabi, u8 type, u8 *out);

/* In image.c: a static program that writes the first PROBE_STACK bytes of its stack to standard
 * output, waits until standard input has a byte or ends, and exits with PROBE_EXIT. Start it with
 * the environment probe_env. */
#define PROBE_EXIT 42
#define PROBE_STACK 1024
#define PROBE_IMAGE_MAX 512
extern char *const probe_env[];
/* The file's bytes to OUT (PROBE_IMAGE_MAX) and their number; 0: there is none for M. */
size_t probe_image(const struct machine *m, u8 *out);
/* What the program saw. */
struct probe_seen {
    unsigned argc;
    char argv0[64];
    bool secure; /* AT_SECURE */
    u32 euid;    /* AT_EUID */
};
/* Reads what it wrote, LEN bytes at STACK; false when that is not what it writes. */
bool probe_report(const u8 *stack, size_t len, struct probe_seen *out);

/* In probe.c: such a program really run. */
#define PROBE_ARGV0 "ferry-probe" /* what it is started with */
enum probe_way {
    BY_FERRY,  /* this program, which is ferry, with the other as argument */
    BY_KERNEL, /* executed as it is */
    BY_SCRIPT, /* a script with #! that names it */
    BY_SETUID, /* set-user-ID root, executed by another user */
    BY_CHROOT, /* executed in a root directory with nothing in it */
};
enum probe_end {
    PROBE_NOT_TRIED, /* CODE is an errno of preparing it, or 0 */
    PROBE_REFUSED,   /* it could not be executed: CODE is the errno */
    PROBE_KILLED,    /* CODE is the signal */
    PROBE_SILENT,    /* it ended with status CODE, or wrote something else than it is made for */
    PROBE_STUCK,     /* no end after ten seconds */
    PROBE_RAN,
};
struct probe_outcome {
    enum probe_end end;
    int code;
    struct probe_seen seen; /* PROBE_RAN only */
    bool by_it; /* the file that ran it is INTERPRETER or has its bytes, as far as can be seen */
};
void probe_program(const struct machine *m, enum probe_way way, const char *interpreter,
                   struct probe_outcome *out);
/* The files are the same one, or have the same bytes. */
bool probe_same_file(const char *a, const char *b);

/* In entry.c: what is registered. */
struct entry {
    char name[256];
    bool enabled;
    bool by_magic; /* else by extension */
    char interpreter[PATH_MAX];
    char flags[8];
    int offset, size;
    u8 magic[128], mask[128];
};

struct table {
    VEC(struct entry)
    entries;      /* the newest first: of two that match, the kernel takes the newest */
    bool kernel;  /* a real binfmt_misc, not a plain directory */
    bool enabled; /* binfmt_misc as a whole */
};

struct flag_meaning {
    char flag;
    const char *with, *without;
};
/* The flags in the order in which the kernel shows them; the last has flag 0. */
extern const struct flag_meaning flag_meanings[];

bool table_read(const char *dir, struct table *out, struct text *why);
void table_free(struct table *t);
struct entry *table_find(const struct table *t, const char *name);
/* The entry that gets programs of M; NULL: none. */
struct entry *table_winner(const struct table *t, const struct machine *m);
bool entry_matches(const struct entry *e, const struct machine *m);
/* It has a name that only ferry-binfmt gives. */
bool entry_is_ours(const struct entry *e);
bool entry_is_ours_for(const struct entry *e, const struct machine *m);
bool entry_has_flag(const struct entry *e, char flag);
/* Programs it matches can start: enabled, and its interpreter is held open (F) or there. */
bool entry_alive(const struct entry *e, const char *root);
void entry_name_of(const struct machine *m, char *out, size_t cap);
/* What an entry of ours must be; FLAGS as the kernel shows them. */
void entry_wanted(const struct machine *m, const char *interpreter, const char *flags,
                  struct entry *out);
bool entry_equal(const struct entry *a, const struct entry *b);
/* The line the kernel reads to make E, under the name NAME; false when it would not fit or cannot
 * be written. */
bool entry_line(const struct entry *e, const char *name, char *out, size_t cap, struct text *why);

/* In owner.c. */
/* Who registered E, as far as files below ROOT tell. REMEDY (may be NULL) says how to be rid of it
 * for good. */
void owner_of(const char *root, const struct entry *e, struct text *owner, struct text *remedy);

/* In system.c: the kernel and where we are. */
bool kernel_at_least(int major, int minor);
bool in_container(void);
/* Not in the initial user namespace. */
bool in_own_user_namespace(void);

#endif
