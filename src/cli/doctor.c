/* ferry doctor: why programs of other processors do or do not start here, and the command that
 * mends it. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/pool.h"
#include "base/sys_raw.h"
#include "cli/priv.h"

#define SELF "/proc/self/exe"

struct doctor {
    struct report report;
    struct table table; /* empty when MOUNTED is false */
    const char *dir; /* where binfmt_misc is looked at */
    bool mounted, none_named;
    char self[PATH_MAX]; /* this ferry's file */
};

/* "aarch64: WHAT". */
static const char *about(const struct machine *m, const char *what, char out[64])
{
    fmt_snprintf(out, 64, "%s%s%s", m->name, what[0] ? ": " : "", what);
    return out;
}

/* What an ELF file needs to be started, as far as an interpreter may need nothing: true when it
 * names a loader. */
static bool needs_loader(const char *path)
{
    Elf64_Ehdr eh;
    Elf64_Phdr ph;
    bool needs = false;
    long fd = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    if (raw_pread((int)fd, &eh, sizeof(eh), 0) == sizeof(eh) &&
        memcmp(eh.e_ident, ELFMAG, SELFMAG) == 0) {
        for (u64 i = 0; i < eh.e_phnum && i < 64 && !needs; i++) {
            needs =
                raw_pread((int)fd, &ph, sizeof(ph), eh.e_phoff + i * sizeof(ph)) == sizeof(ph) &&
                ph.p_type == PT_INTERP;
        }
    }
    raw_close((int)fd);
    return needs;
}

static void check_self(struct doctor *d)
{
    long n = raw_readlinkat(AT_FDCWD, SELF, d->self, sizeof(d->self) - 1);
    d->self[MAX(n, 0l)] = 0;
    if (getauxval(AT_BASE)) {
        report_check(&d->report, STATE_BROKEN, "ferry",
                     "build it static: ./configure without --enable-sanitize=address",
                     "%s needs a loader of this machine, which containers do not have", d->self);
    } else {
        report_check(&d->report, STATE_OK, "ferry", NULL, "%s, static",
                     n > 0 ? d->self : "its file cannot be seen without /proc");
    }
}

static void check_mount(struct doctor *d)
{
    struct text why;
    char path[512], remedy[512];
    fmt_snprintf(path, sizeof(path), "%.400s/register", d->dir);
    d->mounted = raw_faccessat(AT_FDCWD, path, 0) == 0 && table_read(d->dir, &d->table, &why);
    if (!d->mounted) {
        fmt_snprintf(remedy, sizeof(remedy), "mount -t binfmt_misc binfmt_misc %.400s", d->dir);
        report_check(&d->report, STATE_NOTE, "binfmt_misc", remedy,
                     "not mounted at %s: what is registered cannot be seen", d->dir);
    } else if (!d->table.enabled) {
        fmt_snprintf(remedy, sizeof(remedy), "echo 1 > %.400s/status", d->dir);
        report_check(&d->report, STATE_BROKEN, "binfmt_misc", remedy, "switched off as a whole");
    } else {
        report_check(&d->report, STATE_OK, "binfmt_misc", NULL, "mounted%s, %zu entries",
                     in_own_user_namespace() ? " in a user namespace of its own" : "",
                     d->table.entries.len);
    }
}

static void describe(const struct entry *e, struct text *out)
{
    struct text owner;
    owner_of("", e, &owner, NULL);
    failed(out, "%s, owner: %s, flags %s", e->interpreter, owner.s,
           e->flags[0] ? e->flags : "none");
    const char *comma = " (";
    for (const struct flag_meaning *f = flag_meanings; f->flag; f++) {
        add(out, "%s%c %s: %s", comma, f->flag, entry_has_flag(e, f->flag) ? "set" : "not set",
            entry_has_flag(e, f->flag) ? f->with : f->without);
        comma = "; ";
    }
    add(out, ")");
}

/* What should be done about the entry E of M, as a command to OUT and what is wrong to WHY; false:
 * nothing. */
static bool entry_ails(const struct doctor *d, const struct machine *m, const struct entry *e,
                       struct text *why, char *remedy)
{
    bool there = raw_faccessat(AT_FDCWD, e->interpreter, 1 /* X_OK */) == 0;
    fmt_snprintf(remedy, 256, "ferry-binfmt install %s", m->name);
    if (!there && !entry_has_flag(e, 'F')) {
        return !failed(why,
                       "there is no %s here that may be executed, and flag F, which would hold it "
                       "open, is not set",
                       e->interpreter);
    }
    if (there && needs_loader(e->interpreter)) {
        fmt_snprintf(remedy, 256, "ferry-binfmt install --force %s", m->name);
        return !failed(why, "%s is not static: no container has its libraries", e->interpreter);
    }
    if (there && !probe_same_file(e->interpreter, SELF)) {
        fmt_snprintf(remedy, 256, "ferry-binfmt install %s --interpreter %s %s",
                     entry_is_ours(e) ? "" : "--force", d->self, m->name);
        return !failed(why, "%s is not this ferry", e->interpreter);
    }
    const char *lacks = !entry_has_flag(e, 'F')   ? "without flag F it does not work in containers"
                        : !entry_has_flag(e, 'P') ? "without flag P programs lose their argv[0]"
                        : !entry_has_flag(e, 'C')
                            ? "without flag C sudo and other set-user-ID programs do not work"
                            : NULL;
    return lacks && !failed(why, "%s", lacks);
}

/* Every entry, whoever made it: first what it is, then what should be done about it if it is the
 * one for M. */
static void check_entries(struct doctor *d, const struct machine *m)
{
    char name[300], remedy[256];
    const struct entry *winner = table_winner(&d->table, m);
    for (size_t i = 0; i < d->table.entries.len; i++) {
        const struct entry *e = &d->table.entries.data[i];
        struct text what, why;
        /* A disabled entry matches as well. */
        if (!entry_matches(e, m)) {
            continue;
        }
        fmt_snprintf(name, sizeof(name), "%s: entry %s", m->name, e->name);
        describe(e, &what);
        if (!e->enabled) {
            fmt_snprintf(remedy, sizeof(remedy), "echo 1 > %.200s/%.200s", d->dir, e->name);
            report_check(&d->report, winner ? STATE_NOTE : STATE_BROKEN, name, remedy,
                         "disabled; %s", what.s);
        } else if (e != winner) {
            report_check(&d->report, STATE_NOTE, name, NULL, "behind the newer %s; %s",
                         winner->name, what.s);
        } else if (entry_ails(d, m, e, &why, remedy)) {
            report_check(&d->report, STATE_NOTE, name, remedy, "%s; %s", why.s, what.s);
        } else {
            report_check(&d->report, STATE_OK, name, NULL, "%s", what.s);
        }
    }
}

/* Entries that are for no guest of ours. */
static void check_other_entries(struct doctor *d)
{
    char name[300];
    for (size_t i = 0; i < d->table.entries.len; i++) {
        const struct entry *e = &d->table.entries.data[i];
        struct text what;
        bool ours = false;
        for (size_t j = 0; j < machine_count; j++) {
            ours |= machine_offered(&machines[j]) && entry_matches(e, &machines[j]);
        }
        if (!ours) {
            fmt_snprintf(name, sizeof(name), "entry %s", e->name);
            describe(e, &what);
            report_check(&d->report, STATE_OK, name, NULL, "for other programs%s; %s",
                         e->enabled ? "" : ", disabled", what.s);
        }
    }
}

static void how_it_ended(const struct probe_outcome *p, struct text *out)
{
    switch (p->end) {
    case PROBE_NOT_TRIED:
        failed(out, "could not be tried (%s)", errno_text(p->code));
        break;
    case PROBE_REFUSED:
        failed(out, "does not start: %s",
               p->code == ENOEXEC ? "exec format error, no entry takes it" : errno_text(p->code));
        break;
    case PROBE_KILLED:
        failed(out, "is killed by signal %d", p->code);
        break;
    case PROBE_SILENT:
        failed(out,
               "ends with status %d before it has done its work: something else than an emulator "
               "ran it, or it failed",
               p->code);
        break;
    case PROBE_STUCK:
        failed(out, "hangs");
        break;
    case PROBE_RAN:
        failed(out, "runs");
    }
}

static void say(struct doctor *d, const struct probe_outcome *p, enum state bad, const char *name,
                const char *remedy)
{
    struct text how;
    how_it_ended(p, &how);
    if (p->end == PROBE_NOT_TRIED) {
        bad = STATE_NOTE;
        remedy = NULL;
    }
    report_check(&d->report, p->end == PROBE_RAN ? STATE_OK : bad, name,
                 p->end == PROBE_RAN ? NULL : remedy, "a program %s", how.s);
}

/* ferry itself, without any registration: what is wrong then is wrong with this machine or with
 * ferry. */
static bool try_ferry(struct doctor *d, const struct machine *m)
{
    struct probe_outcome p;
    char name[64];
    probe_program(m, BY_FERRY, SELF, &p);
    const char *remedy = p.end == PROBE_REFUSED && p.code == ENOENT
                             ? "mount -t proc proc /proc"
                             : "see what ferry -strace PROGRAM says, and report it";
    say(d, &p, STATE_BROKEN, about(m, "by ferry", name), remedy);
    return p.end == PROBE_RAN;
}

/* What a program that the kernel started lacks. */
static void judge_start(struct doctor *d, const struct machine *m, const struct probe_outcome *p,
                        const struct entry *e)
{
    char name[64], remedy[PATH_MAX + 64];
    fmt_snprintf(remedy, sizeof(remedy), "ferry-binfmt install %s--interpreter %s %s",
                 !e || entry_is_ours(e) ? "" : "--force ", d->self, m->name);
    if (p->by_it) {
        report_check(&d->report, STATE_OK, about(m, "by the kernel", name), NULL,
                     "a program runs, by this ferry");
    } else {
        report_check(&d->report, STATE_BROKEN, about(m, "by the kernel", name), remedy,
                     "a program runs, but not by this ferry%s%s", e ? ": by " : "",
                     e ? e->interpreter : "");
    }
    bool kept = strcmp(p->seen.argv0, PROBE_ARGV0) == 0;
    fmt_snprintf(remedy, sizeof(remedy), "ferry-binfmt install %s", m->name);
    report_check(
        &d->report, kept ? STATE_OK : STATE_BROKEN, about(m, "argv[0]", name), kept ? NULL : remedy,
        kept ? "kept" : "lost: the program sees %s; busybox and the like fail", p->seen.argv0);
}

static void try_script(struct doctor *d, const struct machine *m)
{
    struct probe_outcome p;
    char name[64];
    probe_program(m, BY_SCRIPT, SELF, &p);
    about(m, "script", name);
    if (p.end == PROBE_RAN && p.seen.argc != 3) {
        report_check(&d->report, STATE_BROKEN, name, "ferry-binfmt install all",
                     "its interpreter gets %u arguments, not 3", p.seen.argc);
        return;
    }
    say(d, &p, STATE_BROKEN, name, "ferry-binfmt install all");
}

static void try_setuid(struct doctor *d, const struct machine *m)
{
    struct probe_outcome p;
    char name[64], remedy[64];
    fmt_snprintf(remedy, sizeof(remedy), "ferry-binfmt install %s", m->name);
    probe_program(m, BY_SETUID, SELF, &p);
    about(m, "set-user-ID", name);
    if (p.end == PROBE_RAN && (!p.seen.secure || p.seen.euid)) {
        report_check(&d->report, STATE_BROKEN, name, remedy,
                     "a set-user-ID program gets no rights: sudo fails (flag C)");
    } else if (p.end == PROBE_RAN) {
        report_check(&d->report, STATE_OK, name, NULL, "a set-user-ID program gets its rights");
    } else {
        say(d, &p, STATE_BROKEN, name, remedy);
    }
}

static void try_kernel(struct doctor *d, const struct machine *m, bool ferry_works)
{
    struct probe_outcome p;
    char name[64], remedy[128];
    const struct entry *e = table_winner(&d->table, m);
    probe_program(m, BY_KERNEL, SELF, &p);
    if (p.end != PROBE_RAN) {
        fmt_snprintf(remedy, sizeof(remedy), "ferry-binfmt install %s%s%s",
                     e && !entry_is_ours(e) ? "--force " : "", m->name,
                     ferry_works && !e ? " (as root), or without privilege: ferry run PROGRAM"
                                       : "");
        say(d, &p, STATE_BROKEN, about(m, "by the kernel", name), remedy);
        return;
    }
    judge_start(d, m, &p, e);
    try_script(d, m);
    try_setuid(d, m);
    probe_program(m, BY_CHROOT, SELF, &p);
    fmt_snprintf(remedy, sizeof(remedy), "ferry-binfmt install %s", m->name);
    say(d, &p, STATE_BROKEN, about(m, "other root", name), remedy);
}

static void check_machine(struct doctor *d, const struct machine *m)
{
    check_entries(d, m);
    try_kernel(d, m, try_ferry(d, m));
}

int cli_doctor(int argc, char **argv)
{
    struct doctor *d = pool_pages(sizeof(*d)); /* not static: a start takes all pages of those */
    const struct machine *named[16];
    size_t count = 0;
    bool json = false;
    d->dir = BINFMT_MISC;
    for (int i = 0; i < argc; i++) {
        const struct machine *m = machine_by_name(argv[i]);
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "-json") == 0) {
            json = true;
        } else if (strcmp(argv[i], "--mount") == 0 && i + 1 < argc) {
            d->dir = argv[++i];
        } else if (argv[i][0] == '-') {
            die(1, "doctor: unknown option '%s'; usage: ferry doctor [--json] [--mount DIR] [architecture...]",
                argv[i]);
        } else if (!m || !machine_offered(m) || count == ARRAY_LEN(named)) {
            die(1, "doctor: ferry does not run programs of '%s' here; it runs those of %s", argv[i],
                machine_offer());
        } else {
            named[count++] = m;
        }
    }
    d->none_named = count == 0;
    for (size_t i = 0; d->none_named && i < machine_count && count < ARRAY_LEN(named); i++) {
        if (machine_offered(&machines[i])) {
            named[count++] = &machines[i];
        }
    }
    report_begin(&d->report, json);
    system_checks(&d->report);
    check_self(d);
    check_mount(d);
    for (size_t i = 0; i < count; i++) {
        check_machine(d, named[i]);
    }
    if (d->none_named) {
        check_other_entries(d);
    }
    return report_end(&d->report);
}
