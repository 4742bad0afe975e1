/* Installs and removes entries: what is right already stays, what is a stranger's is not touched,
 * no moment without. */
#include "binfmt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void say_failed(const struct options *o, const char *verb, const struct machine *m,
                       const struct text *why)
{
    if (o->spelling == SPELLING_TONISTIIGI) {
        fprintf(stderr, "%s: %s %s\n", verb, m->platform, why->s);
    } else {
        fprintf(stderr, "ferry-binfmt: %s: %s\n", m->name, why->s);
    }
}

static void say_installed(const struct options *o, const struct machine *m, const char *how)
{
    if (o->dry_run) {
        return; /* what would be written has been said */
    }
    switch (o->spelling) {
    case SPELLING_TONISTIIGI:
        fprintf(stderr, "installing: %s OK\n", m->platform);
        break;
    case SPELLING_MULTIARCH:
        printf("Setting %s as binfmt interpreter for %s\n", o->interpreter, m->name);
        break;
    case SPELLING_OWN:
        printf("%s: %s, %s with flags %s\n", m->name, how, o->interpreter,
               o->flags[0] ? o->flags : "none");
        break;
    }
}

static void say_uninstalled(const struct options *o, const struct machine *m, bool was_there)
{
    if (o->dry_run) {
        return;
    }
    if (o->spelling == SPELLING_TONISTIIGI) {
        fprintf(stderr, "uninstalling: %s %s\n", m->platform, was_there ? "OK" : "not found");
    } else if (o->spelling == SPELLING_OWN) {
        printf("%s: %s\n", m->name, was_there ? "removed" : "was not registered");
    }
}

/* Why what is registered for M is not as WANTED; NULL: it is. */
static const char *what_is_wrong(const struct options *o, const struct table *t,
                                 const struct machine *m, const struct entry *wanted)
{
    struct probe probe;
    const struct entry *ours = table_find(t, wanted->name);
    if (!ours) {
        return "registered";
    }
    if (!entry_equal(ours, wanted) || table_winner(t, m) != ours) {
        return "registered anew";
    }
    if (!t->kernel) {
        return NULL;
    }
    probe_run(m, o->interpreter, &probe);
    if (probe.result == PROBE_FAILS) {
        return "registered anew (programs did not start)";
    }
    return probe.other_file && entry_has_flag(ours, 'F')
               ? "registered anew (an older interpreter was held open)"
               : NULL;
}

/* OUT, which holds the name of the second entry of ours, there only while E is exchanged. */
static const char *spare_name(const struct entry *e, char out[sizeof(e->name)])
{
    snprintf(out, sizeof(e->name), "%.200s.new", e->name);
    return out;
}

static bool is_strangers(const struct options *o, const struct table *t, const struct machine *m,
                         struct text *why)
{
    struct text owner, remedy;
    const struct entry *e = table_winner(t, m);
    if (!e || entry_is_ours_for(e, m) || o->force) {
        return false;
    }
    owner_of(o->root, e, &owner, &remedy);
    failed(why,
           "entry %s (%s, flags %s; owner: %s) has these programs already; --force puts ferry "
           "before it, or remove it: %s",
           e->name, e->interpreter, e->flags[0] ? e->flags : "none", owner.s, remedy.s);
    return true;
}

/* Registers E under its own name with an entry for its programs at every moment: the newest of two
 * entries wins, so a second one of ours stands in while the old one is exchanged. A stranger's is
 * left behind ours, where it gets nothing. */
static bool put_in_place(const struct options *o, const struct table *t, const struct entry *e,
                         struct text *why)
{
    char spare[sizeof(e->name)];
    bool exchange = table_find(t, e->name), left_over = table_find(t, spare_name(e, spare));
    if (exchange && left_over && !kernel_set(o, spare, "-1", why)) {
        return false;
    }
    if (exchange && !(kernel_register(o, e, spare, why) && kernel_set(o, e->name, "-1", why))) {
        return false;
    }
    return kernel_register(o, e, e->name, why) &&
           (!(exchange || left_over) || kernel_set(o, spare, "-1", why));
}

/* Reads back what the kernel has made of it, and tries it. */
static bool verify(const struct options *o, const struct machine *m, const struct entry *wanted,
                   struct text *why)
{
    struct table t;
    struct probe probe;
    if (o->dry_run) {
        return true;
    }
    if (!table_read(o->misc, &t, why)) {
        return false;
    }
    bool ok = true;
    const struct entry *e = table_find(&t, wanted->name);
    if (t.kernel && (!e || !entry_equal(e, wanted) || table_winner(&t, m) != e)) {
        ok = failed(
            why, "entry %s is not as it was registered: something else registers at the same time",
            wanted->name);
    }
    if (ok && t.kernel) {
        probe_run(m, o->interpreter, &probe);
        ok = probe.result != PROBE_FAILS ||
             failed(why, "registered, but %s; see ferry doctor", probe.text.s);
    }
    table_free(&t);
    return ok;
}

/* Whether all is registered as it should be, so that nothing will be written. */
static bool all_right(const struct options *o, const struct machine *const *m, size_t count)
{
    struct text why;
    struct entry wanted;
    struct table t;
    if (!table_read(o->misc, &t, &why)) {
        return false;
    }
    bool right = t.enabled;
    for (size_t i = 0; right && i < count; i++) {
        entry_wanted(m[i], o->interpreter, o->flags, &wanted);
        right = !what_is_wrong(o, &t, m[i], &wanted);
    }
    table_free(&t);
    return right;
}

static bool install_one(const struct options *o, const struct machine *m, struct text *why,
                        const char **how)
{
    struct entry wanted;
    struct table t;
    char spare[sizeof(wanted.name)];
    entry_wanted(m, o->interpreter, o->flags, &wanted);
    if (!table_read(o->misc, &t, why)) {
        return false;
    }
    bool ok;
    if (!t.enabled && !o->force) {
        ok = failed(
            why,
            "binfmt_misc is switched off as a whole; --force switches it on: echo 1 > %s/status",
            o->misc);
    } else if (is_strangers(o, &t, m, why)) {
        ok = false;
    } else {
        ok = t.enabled || kernel_set(o, "status", "1", why);
        *how = ok ? what_is_wrong(o, &t, m, &wanted) : NULL;
        if (ok && *how) {
            ok = put_in_place(o, &t, &wanted, why) && verify(o, m, &wanted, why);
        } else if (ok) {
            *how = "registered already";
            ok = !table_find(&t, spare_name(&wanted, spare)) || kernel_set(o, spare, "-1", why);
        }
    }
    table_free(&t);
    return ok && (!o->persist || persist_write(o, m, why));
}

static bool uninstall_one(const struct options *o, const struct machine *m, struct text *why,
                          bool *was_there)
{
    struct table t;
    bool ok = table_read(o->misc, &t, why);
    *was_there = false;
    for (size_t i = 0; ok && i < t.entries.len; i++) {
        if (entry_is_ours_for(&t.entries.data[i], m)) {
            *was_there = true;
            ok = kernel_set(o, t.entries.data[i].name, "-1", why);
        }
    }
    table_free(&t);
    return ok;
}

static bool nothing_to_register_with(const struct options *o)
{
    struct text why = {0};
    if (o->interpreter[0] != '/') {
        failed(&why, "the interpreter's path must be absolute, and %s is not", o->interpreter);
    } else if (access(o->interpreter, F_OK) < 0) {
        failed(&why, "there is no interpreter %s; say where ferry is: --interpreter PATH",
               o->interpreter);
    } else if (access(o->interpreter, X_OK) < 0) {
        failed(&why,
               "the interpreter %s may not be executed; chmod +x it, or move it off a file system "
               "that is mounted noexec",
               o->interpreter);
    }
    if (why.s[0]) {
        fprintf(stderr, "ferry-binfmt: %s\n", why.s);
    }
    return why.s[0] != 0;
}

/* With --root the system below may not be running: then its files are all that can be written. */
static bool only_files(const struct options *o)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/register", o->misc);
    return o->root[0] && o->persist && access(path, F_OK) < 0;
}

static bool write_files(const struct options *o, const struct machine *const *m, size_t count)
{
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        struct text why;
        if (persist_write(o, m[i], &why)) {
            printf("%s: to be registered when %s starts\n", m[i]->name, o->root);
        } else {
            say_failed(o, "installing", m[i], &why);
            ok = false;
        }
    }
    return ok;
}

/* Nothing else keeps a file system alive that this container has made by mounting it. */
static bool outlives_us(const struct options *o)
{
    if (!o->own_mount || getpid() != 1) {
        return true;
    }
    fprintf(stderr, "ferry-binfmt: binfmt_misc was mounted nowhere but in this container, so all "
                    "entries are lost when it ends; on the host: mount -t binfmt_misc binfmt_misc "
                    "/proc/sys/fs/binfmt_misc (or systemctl start proc-sys-fs-binfmt_misc.mount), "
                    "then run this again; or keep a container: docker run -d "
                    "--restart=always --privileged ferry-binfmt keep\n");
    return false;
}

bool install(struct options *o, const struct machine *const *m, size_t count)
{
    struct text why;
    if (only_files(o)) {
        return write_files(o, m, count);
    }
    if (nothing_to_register_with(o)) {
        return false;
    }
    if (o->note) {
        fprintf(stderr, "ferry-binfmt: %s\n", o->note);
    }
    int lock = -1;
    bool ok = kernel_mount(o, &why);
    if (ok && !kernel_writable(o) && !all_right(o, m, count)) {
        kernel_mount_own(o);
    }
    if (!ok || (lock = kernel_lock(o, &why)) < 0) {
        fprintf(stderr, "ferry-binfmt: %s\n", why.s);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *how = "";
        if (install_one(o, m[i], &why, &how)) {
            say_installed(o, m[i], how);
        } else {
            say_failed(o, "installing", m[i], &why);
            ok = false;
        }
    }
    close(lock);
    return ok;
}

bool install_and_leave(struct options *o, const struct machine *const *m, size_t count)
{
    bool ok = install(o, m, count);
    return outlives_us(o) && ok;
}

bool uninstall(struct options *o, const struct machine *const *m, size_t count)
{
    struct text why;
    int lock = -1;
    bool ok = true, live = !only_files(o);
    if (live && (!kernel_mount(o, &why) || (lock = kernel_lock(o, &why)) < 0)) {
        fprintf(stderr, "ferry-binfmt: %s\n", why.s);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        bool was_there = false;
        if ((!live || uninstall_one(o, m[i], &why, &was_there)) &&
            (!o->persist || persist_remove(o, m[i], &why))) {
            say_uninstalled(o, m[i], was_there);
        } else {
            say_failed(o, "uninstalling", m[i], &why);
            ok = false;
        }
    }
    if (lock >= 0) {
        close(lock);
    }
    return ok;
}
