/* Guest paths: -L, and the copies out of guest memory. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

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

/* Symbolic links inside the sysroot lead to places inside it, as after a chroot. */
void sys_path_sysroot(char *path, bool nofollow)
{
    if (!sys_config.sysroot || path[0] != '/' || is_live_tree(path)) {
        return;
    }
    size_t n = strlen(sys_config.sysroot);
    if (strncmp(path, sys_config.sysroot, n) == 0 && (path[n] == 0 || path[n] == '/')) {
        return; /* a path the program was given by us */
    }
    long root = raw_openat(AT_FDCWD, sys_config.sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    if (root < 0) {
        return;
    }
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0), .resolve = RESOLVE_IN_ROOT};
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

int sys_path(gaddr p, bool nofollow, char *buf)
{
    int ret = sys_path_copy(p, buf);
    if (ret == 0) {
        sys_path_sysroot(buf, nofollow);
    }
    return ret;
}
