/* Guest paths: -L, and the copies out of guest memory. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>

#include "syscall/priv.h"

int sys_path_copy(gaddr p, char *buf)
{
    s64 len = mem_strnlen(p, PATH_MAX);
    if (len < 0) {
        return (int)len;
    }
    if (len >= PATH_MAX) {
        return -ENAMETOOLONG;
    }
    if (mem_read(buf, p, (size_t)len + 1) < 0) {
        return -EFAULT;
    }
    return buf[len] == 0 ? 0 : -EFAULT; /* rewritten meanwhile */
}

/* Trees of the running system, which a sysroot holds empty mount points for. */
static bool is_live_tree(const char *path)
{
    static const char *const trees[] = {"/proc", "/sys", "/dev", "/tmp", "/run", "/var/tmp"};
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        size_t n = strlen(trees[i]);
        if (strncmp(path, trees[i], n) == 0 && (path[n] == 0 || path[n] == '/')) {
            return true;
        }
    }
    return false;
}

/* What PATH leads to inside the sysroot when symbolic links are on the way: they lead to places inside it, as after
 * a chroot. PATH stays as it is when nothing is there. */
static void resolve_links(char *path, u64 flags)
{
    struct open_how how = {.flags = flags, .resolve = RESOLVE_IN_ROOT};
    long root = raw_openat(AT_FDCWD, sys_config.sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (root < 0) {
        return;
    }
    long fd = raw_syscall(__NR_openat2, (u64)root, RAW_PTR(path), RAW_PTR(&how), sizeof(how));
    raw_close((int)root);
    if (fd < 0) {
        return;
    }
    char link[40], real[PATH_MAX];
    fmt_snprintf(link, sizeof(link), "/proc/self/fd/%d", (int)fd);
    long len = raw_readlinkat(AT_FDCWD, link, real, sizeof(real) - 1);
    raw_close((int)fd);
    if (len > 0) {
        real[len] = 0;
        memcpy(path, real, (size_t)len + 1);
    }
}

void sys_path_sysroot(char *path, bool nofollow)
{
    const char *root = sys_config.sysroot;
    if (!root || path[0] != '/' || is_live_tree(path)) {
        return;
    }
    size_t n = strlen(root), len = strlen(path);
    if (strncmp(path, root, n) == 0 && (path[n] == 0 || path[n] == '/')) {
        return; /* a path the program was given by us */
    }
    u64 flags = O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0);
    if (!loader_plain_path(path) || n + len >= PATH_MAX) {
        resolve_links(path, flags);
        return;
    }
    /* Mostly there are no links on the way: one call finds that out, and the name is known. */
    char full[PATH_MAX];
    struct stat st;
    struct open_how how = {.flags = flags, .resolve = RESOLVE_NO_SYMLINKS};
    memcpy(full, root, n);
    memcpy(full + n, path, len + 1);
    long fd = raw_syscall(__NR_openat2, AT_FDCWD, RAW_PTR(full), RAW_PTR(&how), sizeof(how));
    if (fd >= 0) {
        raw_close((int)fd);
        memcpy(path, full, n + len + 1);
    } else if (fd == -ELOOP) {
        resolve_links(path, flags);
    } else if (fd == -ENOSYS && raw_fstatat(AT_FDCWD, full, &st, nofollow ? AT_SYMLINK_NOFOLLOW : 0) == 0) {
        memcpy(path, full, n + len + 1); /* before Linux 5.6 links lead where they say */
    }
}

void sys_path_init(void)
{
    char link[40], real[PATH_MAX];
    long fd = sys_config.sysroot ? raw_openat(AT_FDCWD, sys_config.sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC, 0) : -1;
    if (fd < 0) {
        return;
    }
    fmt_snprintf(link, sizeof(link), "/proc/self/fd/%d", (int)fd);
    long len = raw_readlinkat(AT_FDCWD, link, real, sizeof(real) - 1);
    raw_close((int)fd);
    if (len > 1 && real[0] == '/') {
        char *root = pool_alloc((size_t)len + 1);
        memcpy(root, real, (size_t)len);
        sys_config.sysroot = root;
    }
}

int sys_path(gaddr p, bool nofollow, char *buf)
{
    int ret = sys_path_copy(p, buf);
    if (ret == 0) {
        sys_path_sysroot(buf, nofollow);
    }
    return ret;
}
