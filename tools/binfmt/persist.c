/* What registers ferry again at the next start of the system: a file for systemd-binfmt, and one
 * for update-binfmts. */
#include "binfmt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* systemd-binfmt registers in the order of the files' names and the newest entry wins: behind
 * qemu-*.conf. */
#define CONF_DIR "/etc/binfmt.d"
#define BINFMTS_DIR "/usr/share/binfmts"
#define UPDATE_BINFMTS "/usr/sbin/update-binfmts"

static void conf_path(const struct options *o, const struct machine *m, char *out, size_t cap)
{
    snprintf(out, cap, "%s" CONF_DIR "/zz-ferry-%s.conf", o->root, m->name);
}

static void binfmts_path(const struct options *o, const struct machine *m, char *out, size_t cap)
{
    snprintf(out, cap, "%s" BINFMTS_DIR "/ferry-%s", o->root, m->name);
}

static bool exists_below(const struct options *o, const char *path)
{
    char full[PATH_MAX];
    snprintf(full, sizeof(full), "%s%s", o->root, path);
    return access(full, F_OK) == 0;
}

/* Replaces PATH by TEXT in one step; leaves it alone when it has that text. */
static bool write_file(const struct options *o, const char *path, const char *text,
                       struct text *why)
{
    char now[REGISTER_MAX + 512], temp[PATH_MAX + 16];
    size_t len = strlen(text);
    if (read_file(path, now, sizeof(now)) == (long)len && strcmp(now, text) == 0) {
        return true;
    }
    if (o->dry_run) {
        printf("would write %s: %s", path, text);
        return true;
    }
    snprintf(temp, sizeof(temp), "%s.%d.tmp", path, getpid());
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool ok =
        fd >= 0 && fchmod(fd, 0644) == 0 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    int err = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (ok && rename(temp, path) == 0) {
        return true;
    }
    err = ok ? errno : err;
    unlink(temp);
    return failed(why, "%s cannot be written: %s; registered until the next restart only", path,
                  strerror(err));
}

static bool write_binfmts(const struct options *o, const struct machine *m, const struct entry *e,
                          struct text *why)
{
    char path[PATH_MAX], text[PATH_MAX + 512], magic[4 * HEADER_LEN + 1], mask[4 * HEADER_LEN + 1];
    for (int i = 0; i < HEADER_LEN; i++) {
        snprintf(magic + 4 * i, 5, "\\x%02x", e->magic[i]);
        snprintf(mask + 4 * i, 5, "\\x%02x", e->mask[i]);
    }
    snprintf(text, sizeof(text),
             "package ferry\ninterpreter %s\nmagic %s\nmask %s\ncredentials %s\npreserve "
             "%s\nfix_binary %s\n",
             e->interpreter, magic, mask, entry_has_flag(e, 'C') ? "yes" : "no",
             entry_has_flag(e, 'P') ? "yes" : "no", entry_has_flag(e, 'F') ? "yes" : "no");
    binfmts_path(o, m, path, sizeof(path));
    return write_file(o, path, text, why);
}

bool persist_write(const struct options *o, const struct machine *m, struct text *why)
{
    char path[PATH_MAX], line[REGISTER_MAX + 1], text[REGISTER_MAX + 256];
    struct entry e;
    entry_wanted(m, o->interpreter, o->flags, &e);
    if (!o->root[0] && in_container() && getpid() == 1) {
        return failed(
            why, "--persist would write into this container, which nobody reads at the next start; "
                 "instead give the container a restart policy: docker run -d --restart=always "
                 "--privileged ferry-binfmt keep");
    }
    if (!exists_below(o, e.interpreter)) {
        return failed(why,
                      "--persist: there is no %s%s that could be registered at the next start; put "
                      "ferry there, or say where it is: --interpreter PATH",
                      o->root, e.interpreter);
    }
    if (!entry_line(&e, e.name, line, sizeof(line), why)) {
        return false;
    }
    snprintf(path, sizeof(path), "%s" CONF_DIR, o->root);
    if (!o->dry_run && mkdir(path, 0755) < 0 && errno != EEXIST) {
        return failed(why, "%s cannot be made: %s", path, strerror(errno));
    }
    conf_path(o, m, path, sizeof(path));
    snprintf(text, sizeof(text),
             "# Programs for %s run by ferry. Written by ferry-binfmt --persist.\n%s\n", m->name,
             line);
    if (!write_file(o, path, text, why)) {
        return false;
    }
    /* Where update-binfmts is not, nobody reads its files. */
    return !exists_below(o, UPDATE_BINFMTS) || !exists_below(o, BINFMTS_DIR) ||
           write_binfmts(o, m, &e, why);
}

static bool remove_file(const struct options *o, const char *path, struct text *why)
{
    if (o->dry_run) {
        if (access(path, F_OK) == 0) {
            printf("would remove %s\n", path);
        }
        return true;
    }
    return unlink(path) == 0 || errno == ENOENT ||
           failed(why, "%s cannot be removed: %s", path, strerror(errno));
}

/* The file is one of those written here, and not a package's. */
static bool written_here(const char *path)
{
    char text[64];
    return read_file(path, text, sizeof(text)) > 0 && strncmp(text, "package ferry\n", 14) == 0;
}

bool persist_remove(const struct options *o, const struct machine *m, struct text *why)
{
    char path[PATH_MAX];
    conf_path(o, m, path, sizeof(path));
    if (!remove_file(o, path, why)) {
        return false;
    }
    binfmts_path(o, m, path, sizeof(path));
    return !written_here(path) || remove_file(o, path, why);
}
