/* binfmt_misc's file system: mounted, locked, written to; each error of the kernel with its cause
 * and its remedy. */
#include "binfmt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_PATIENCE 10 /* seconds */

/* What lets a process that may not mount or write here do it after all. */
static const char *permission_remedy(void)
{
    if (in_container()) {
        return "start the container with --privileged";
    }
    return "run it as root (sudo), or without privilege in a user namespace of your own (Linux 6.7 "
           "or newer): unshare --user --map-root-user --mount ferry-binfmt install all";
}

static bool mount_failed(const struct options *o, int err, struct text *why)
{
    const char *at = o->misc;
    switch (err) {
    case EPERM:
    case EACCES:
        return failed(why, "no permission to mount binfmt_misc at %s; %s", at, permission_remedy());
    case ENODEV:
        return failed(why,
                      "this kernel has no binfmt_misc; load it on the host: modprobe binfmt_misc");
    case ENOENT:
    case ENOTDIR:
        return failed(why,
                      "there is no directory %s to mount binfmt_misc at; mount /proc first, and on "
                      "the host load it: modprobe binfmt_misc",
                      at);
    default:
        return failed(
            why, "binfmt_misc cannot be mounted at %s: %s; see mount -t binfmt_misc binfmt_misc %s",
            at, strerror(err), at);
    }
}

/* The file system lives as long as it is mounted somewhere: in a container that ends, a mount that
 * made it is lost, and all entries with it. It is new when its own files are. */
static bool is_new(const char *path, const struct timespec *before)
{
    struct stat st;
    return stat(path, &st) == 0 &&
           (st.st_mtim.tv_sec > before->tv_sec ||
            (st.st_mtim.tv_sec == before->tv_sec && st.st_mtim.tv_nsec >= before->tv_nsec));
}

/* 0 or an errno. */
static int mount_misc(struct options *o)
{
    char path[PATH_MAX + 16];
    struct timespec before;
    snprintf(path, sizeof(path), "%s/register", o->misc);
    /* The coarse clock is the one that files get their times from. */
    clock_gettime(CLOCK_REALTIME_COARSE, &before);
    if (mount("binfmt_misc", o->misc, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
        return errno;
    }
    o->own_mount = is_new(path, &before);
    return 0;
}

bool kernel_mount(struct options *o, struct text *why)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/register", o->misc);
    if (access(path, F_OK) == 0) {
        return true;
    }
    if (o->root[0]) {
        return failed(why,
                      "%s is not there: binfmt_misc is not mounted under %s; mount -t binfmt_misc "
                      "binfmt_misc %s",
                      path, o->root, o->misc);
    }
    if (o->dry_run) {
        return failed(why, "binfmt_misc is not mounted at %s (without --dry-run it would be now)",
                      o->misc);
    }
    int err = mount_misc(o);
    if (err) {
        return mount_failed(o, err, why);
    }
    return access(path, F_OK) == 0 ||
           failed(why, "binfmt_misc is mounted at %s, but there is no %s", o->misc, path);
}

bool kernel_writable(const struct options *o)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/register", o->misc);
    return access(path, W_OK) == 0 || errno != EACCES;
}

void kernel_mount_own(struct options *o)
{
    if (!o->root[0] && !o->dry_run) {
        mount_misc(o);
    }
}

int kernel_lock(const struct options *o, struct text *why)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    int fd = open(o->misc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        failed(why, "%s cannot be opened: %s", o->misc, strerror(errno));
        return -1;
    }
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
        if (errno != EWOULDBLOCK || i * 20 > LOCK_PATIENCE * 1000) {
            failed(why,
                   "%s is locked by another installation that does not end; look for ferry-binfmt "
                   "in ps",
                   o->misc);
            close(fd);
            return -1;
        }
        nanosleep(&pause, NULL);
    }
    return fd;
}

/* Writes VALUE to a file of binfmt_misc; 0 or an errno. */
static int write_to(const struct options *o, const char *file, const char *value)
{
    char path[PATH_MAX + 264];
    snprintf(path, sizeof(path), "%s/%s", o->misc, file);
    /* Appending is for a plain directory (--root), where it keeps what was written before. */
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int err = write(fd, value, strlen(value)) < 0 ? errno : 0;
    return close(fd) < 0 && !err ? errno : err;
}

static bool write_failed(const struct options *o, int err, struct text *why)
{
    switch (err) {
    case EPERM:
    case EACCES:
        return failed(why, "no permission to write to %s; %s", o->misc, permission_remedy());
    case EROFS:
        return failed(why, "%s is mounted read-only; %s", o->misc,
                      in_container() ? permission_remedy() : "mount -o remount,rw it");
    case ENOENT:
        return failed(why,
                      "%s/register is gone: binfmt_misc was unmounted meanwhile; run this again",
                      o->misc);
    default:
        return failed(why, "writing to %s fails: %s", o->misc, strerror(err));
    }
}

/* ERR of writing E to the file register. */
static bool register_failed(const struct options *o, const struct entry *e, int err,
                            struct text *why)
{
    struct stat st;
    bool fixed = entry_has_flag(e, 'F');
    if (stat(o->misc, &st) < 0) {
        return write_failed(o, ENOENT, why);
    }
    if (err == EINVAL && fixed && !kernel_at_least(4, 8)) {
        return failed(why,
                      "this kernel is older than Linux 4.8, which flag F (--no-fix-binary leaves "
                      "it out) needs; without it the interpreter must be at %s inside every "
                      "container",
                      e->interpreter);
    }
    if (err == EINVAL) {
        return failed(
            why, "the kernel refuses the registration (invalid argument); see it with --dry-run");
    }
    if (fixed && err == ENOENT) {
        return failed(why,
                      "the kernel finds no interpreter %s; say where ferry is: --interpreter PATH",
                      e->interpreter);
    }
    if (fixed && err == EACCES && access(e->interpreter, X_OK) < 0) {
        return failed(why,
                      "the interpreter %s may not be executed; chmod +x it, or move it off a file "
                      "system that is mounted noexec",
                      e->interpreter);
    }
    if (err == EEXIST) {
        return failed(why, "an entry %s has come up meanwhile; run this again", e->name);
    }
    return write_failed(o, err, why);
}

bool kernel_register(const struct options *o, const struct entry *e, const char *name,
                     struct text *why)
{
    char line[REGISTER_MAX + 1];
    if (!entry_line(e, name, line, sizeof(line), why)) {
        return false;
    }
    if (o->dry_run) {
        printf("would write to %s/register: %s\n", o->misc, line);
        return true;
    }
    int err = write_to(o, "register", line);
    return !err || register_failed(o, e, err, why);
}

bool kernel_set(const struct options *o, const char *name, const char *value, struct text *why)
{
    if (o->dry_run) {
        printf("would write to %s/%s: %s\n", o->misc, name, value);
        return true;
    }
    int err = write_to(o, name, value);
    return !err || write_failed(o, err, why);
}
