/* Who registered an entry: the files of systemd and of binfmt-support say so, the rest is told by
 * what it looks like. */
#include "binfmt.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* The file of binfmt.d that registers E, as it is named below ROOT. */
static bool find_conf(const char *root, const struct entry *e, char *file, size_t cap)
{
    static const char *const dirs[] = {"/etc/binfmt.d", "/run/binfmt.d", "/usr/local/lib/binfmt.d",
                                       "/usr/lib/binfmt.d"};
    char path[PATH_MAX], text[16384];
    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        snprintf(path, sizeof(path), "%s%s", root, dirs[i]);
        DIR *d = opendir(path);
        struct dirent *de;
        bool found = false;
        while (d && !found && (de = readdir(d))) {
            snprintf(path, sizeof(path), "%s%s/%s", root, dirs[i], de->d_name);
            if (de->d_name[0] != '.' && read_file(path, text, sizeof(text)) > 0 &&
                registers(text, e->name)) {
                snprintf(file, cap, "%s/%s", dirs[i], de->d_name);
                found = true;
            }
        }
        if (d) {
            closedir(d);
        }
        if (found) {
            return true;
        }
    }
    return false;
}

/* The package that gave E to update-binfmts: the first line of its administrative file. */
static bool find_binfmts(const char *root, const struct entry *e, char *package, size_t cap)
{
    char path[PATH_MAX], text[1024];
    snprintf(path, sizeof(path), "%s/var/lib/binfmts/%s", root, e->name);
    if (strchr(e->name, '/') || read_file(path, text, sizeof(text)) <= 0) {
        return false;
    }
    text[strcspn(text, "\n")] = 0;
    snprintf(package, cap, "%s", text);
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
    } else if (entry_has_flag(e, 'F') && access(e->interpreter, F_OK) != 0) {
        failed(owner,
               "not of this system: a container has put it there, or a program that is gone");
        failed(remedy, "echo -1 > /proc/sys/fs/binfmt_misc/%s", e->name);
    } else {
        failed(owner, "unknown: no file of this system registers it");
        failed(remedy, "echo -1 > /proc/sys/fs/binfmt_misc/%s", e->name);
    }
}
