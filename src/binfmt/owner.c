/* Who registered an entry: the files of systemd and of binfmt-support say so, the rest is told by
 * what it looks like. */
#include <fcntl.h>
#include <string.h>

#include "base/sys_raw.h"
#include "binfmt/binfmt.h"

/* TEXT has a line that registers NAME, with whatever delimiter. */
static bool registers(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line && *line != '#' && *line != ';' && strncmp(line + 1, name, len) == 0 &&
            line[len + 1] == *line) {
            return true;
        }
    }
    return false;
}

struct search {
    const char *root, *dir;
    const struct entry *entry;
    char *file; /* what was found, as it is named below ROOT; empty: nothing yet */
    size_t cap;
};

static bool look_into(const char *name, void *arg)
{
    const struct search *s = arg;
    char path[PATH_MAX], text[16384];
    fmt_snprintf(path, sizeof(path), "%s%s/%s", s->root, s->dir, name);
    if (read_file(path, text, sizeof(text)) > 0 && registers(text, s->entry->name)) {
        fmt_snprintf(s->file, s->cap, "%s/%s", s->dir, name);
    }
    return !s->file[0];
}

/* The file of binfmt.d that registers E, as it is named below ROOT. */
static bool find_conf(const char *root, const struct entry *e, char *file, size_t cap)
{
    static const char dirs[][24] = {"/etc/binfmt.d", "/run/binfmt.d", "/usr/local/lib/binfmt.d",
                                    "/usr/lib/binfmt.d"};
    char path[PATH_MAX];
    file[0] = 0;
    for (size_t i = 0; i < ARRAY_LEN(dirs) && !file[0]; i++) {
        struct search s = {root, dirs[i], e, file, cap};
        fmt_snprintf(path, sizeof(path), "%s%s", root, dirs[i]);
        visit_names(path, look_into, &s);
    }
    return file[0];
}

/* The package that gave E to update-binfmts: the first line of its administrative file. */
static bool find_binfmts(const char *root, const struct entry *e, char *package, size_t cap)
{
    char path[PATH_MAX], text[1024];
    fmt_snprintf(path, sizeof(path), "%s/var/lib/binfmts/%s", root, e->name);
    if (strchr(e->name, '/') || read_file(path, text, sizeof(text)) <= 0) {
        return false;
    }
    text[strcspn(text, "\n")] = 0;
    fmt_snprintf(package, cap, "%s", text);
    return true;
}

void owner_of(const char *root, const struct entry *e, struct text *owner, struct text *remedy)
{
    struct text unused;
    char found[1024];
    remedy = remedy ? remedy : &unused;
    if (entry_is_ours(e)) {
        failed(owner, "ferry");
        failed(remedy, "ferry-binfmt uninstall");
    } else if (find_conf(root, e, found, sizeof(found))) {
        failed(owner, "systemd-binfmt, by %s", found);
        failed(remedy, "ln -s /dev/null /etc/binfmt.d/%s; systemctl restart systemd-binfmt",
               strrchr(found, '/') + 1);
    } else if (find_binfmts(root, e, found, sizeof(found))) {
        failed(owner, "binfmt-support, for package %s", found);
        failed(remedy, "update-binfmts --disable %s", e->name);
    } else if (entry_has_flag(e, 'F') && raw_faccessat(AT_FDCWD, e->interpreter, 0) != 0) {
        failed(owner,
               "not of this system: a container has put it there, or a program that is gone");
        failed(remedy, "echo -1 > /proc/sys/fs/binfmt_misc/%s", e->name);
    } else {
        failed(owner, "unknown: no file of this system registers it");
        failed(remedy, "echo -1 > /proc/sys/fs/binfmt_misc/%s", e->name);
    }
}
