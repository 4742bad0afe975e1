/* Where images of translations are kept: a directory of the user's, one file an image. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "exec/priv.h"

/* Opens the cache directory, which nobody else may write to: what is in it will be executed. */
static int open_dir(const struct exec *ex, bool make)
{
    const char *path = ex->cfg.cache_dir;
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    long fd = raw_openat(AT_FDCWD, path, flags, 0);
    if (fd == -ENOENT && make) {
        raw_syscall(__NR_mkdirat, AT_FDCWD, RAW_PTR(path), 0700);
        fd = raw_openat(AT_FDCWD, path, flags, 0);
    }
    if (fd < 0) {
        log_printf(LOG_cache, "cache directory %s: %s\n", path, errno_text((int)-fd));
        return -1;
    }
    struct stat st;
    if (raw_fstat((int)fd, &st) < 0 || st.st_uid != (uid_t)raw_syscall(__NR_geteuid) || (st.st_mode & 022)) {
        log_printf(LOG_cache, "cache directory %s: not used, others can write to it\n", path);
        raw_close((int)fd);
        return -1;
    }
    return (int)fd;
}

struct name {
    char text[64];
};

static struct name name_of(const u64 key[2], int pid)
{
    struct name n;
    struct strbuf sb = STRBUF_ON(n.text);
    sb_printf(&sb, pid ? "%016llx%016llx.%d" : "%016llx%016llx", (unsigned long long)key[0],
              (unsigned long long)key[1], pid);
    return n;
}

bool store_open(const struct exec *ex, const u64 key[2], struct store_file *f)
{
    int dir = open_dir(ex, false);
    if (dir < 0) {
        return false;
    }
    struct stat st;
    long fd = raw_openat(dir, name_of(key, 0).text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0);
    raw_close(dir);
    if (fd < 0) {
        return false;
    }
    *f = (struct store_file){.fd = (int)fd};
    if (raw_fstat(f->fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0) {
        raw_close(f->fd);
        return false;
    }
    f->len = (u64)st.st_size;
    return true;
}

void store_close(struct store_file *f)
{
    raw_close(f->fd);
}

static bool write_all(int fd, const u8 *p, u64 len)
{
    while (len) {
        long n = raw_write(fd, p, len);
        if (n <= 0) {
            log_printf(LOG_cache, "writing a file of translations: %s\n", errno_text((int)-n));
            return false;
        }
        p += n;
        len -= (u64)n;
    }
    return true;
}

/* A file is complete before it gets its name. */
void store_put(const struct exec *ex, const u64 key[2], const u8 *image, u64 len)
{
    int dir = open_dir(ex, true);
    if (dir < 0) {
        return;
    }
    struct name temp = name_of(key, (int)raw_syscall(__NR_gettid)), name = name_of(key, 0);
    long fd = raw_openat(dir, temp.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool ok = write_all((int)fd, image, len);
        raw_close((int)fd);
        if (!ok || raw_syscall(__NR_renameat2, (u64)dir, RAW_PTR(temp.text), (u64)dir, RAW_PTR(name.text), 0) < 0) {
            raw_unlinkat(dir, temp.text, 0);
        }
    }
    raw_close(dir);
}
