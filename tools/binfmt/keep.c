/* Stays, and registers again what gets lost; for a container with a restart policy and for
 * Kubernetes' DaemonSet. */
#include "binfmt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Keepers share a lock on the file `status`, so that the last one knows it is the last: a new pod
 * may have begun to keep while the old one ends, and then nothing must be removed. */
static int keepers_lock(const struct options *o)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/status", o->misc);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_SH) < 0) { /* waits for one that removes */
        fprintf(stderr, "ferry-binfmt: %s cannot be locked: %s\n", path, strerror(errno));
    }
    return fd;
}

/* A look that costs nothing: the entries are there and get their programs. */
static bool all_there(const struct options *o, const struct machine *const *m, size_t count)
{
    struct table t;
    struct text why;
    bool all = table_read(o->misc, &t, &why);
    for (size_t i = 0; all && i < count; i++) {
        struct entry wanted;
        entry_wanted(m[i], o->interpreter, o->flags, &wanted);
        const struct entry *e = table_winner(&t, m[i]);
        all = t.enabled && e && strcmp(e->name, wanted.name) == 0 && entry_equal(e, &wanted);
    }
    table_free(&t);
    return all;
}

bool keep(struct options *o, const struct machine *const *m, size_t count, int interval)
{
    sigset_t ends;
    struct text why;
    const struct timespec pause = {.tv_sec = interval};
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    /* Locked before anything is registered: a keeper that ends now leaves to this one what there
     * is. */
    int lock = kernel_mount(o, &why) ? keepers_lock(o) : -1;
    if (!install(o, m, count)) {
        return false;
    }
    fflush(stdout);
    for (int sig = -1; sig < 0; sig = sigtimedwait(&ends, NULL, &pause)) {
        if (!all_there(o, m, count)) {
            printf("ferry-binfmt: an entry is lost; registering again\n");
            install(o, m, count); /* says itself what fails; the next look tries again */
            fflush(stdout);
        }
    }
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0) {
        printf("ferry-binfmt: another keeper goes on; the entries stay\n");
        return true;
    }
    return uninstall(o, m, count);
}
