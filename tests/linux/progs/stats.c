// The stat family, statfs and directory reading: every view of one object must agree.
#include "t.h"
#include <dirent.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

static int same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_mode == b->st_mode &&
           a->st_nlink == b->st_nlink && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
           a->st_rdev == b->st_rdev && a->st_size == b->st_size && a->st_blksize == b->st_blksize &&
           a->st_blocks == b->st_blocks && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int same_statx(const struct stat *a, const struct statx *b)
{
    return a->st_dev == makedev(b->stx_dev_major, b->stx_dev_minor) && a->st_ino == b->stx_ino &&
           a->st_mode == b->stx_mode && a->st_nlink == b->stx_nlink && a->st_uid == b->stx_uid &&
           a->st_size == (off_t)b->stx_size && a->st_blksize == (long)b->stx_blksize &&
           a->st_blocks == (blkcnt_t)b->stx_blocks && a->st_mtim.tv_sec == b->stx_mtime.tv_sec &&
           a->st_mtim.tv_nsec == (long)b->stx_mtime.tv_nsec &&
           a->st_rdev == makedev(b->stx_rdev_major, b->stx_rdev_minor);
}

static void views(const char *path)
{
    struct stat by_name, by_fd, by_at, by_empty;
    struct statx sx;
    int fd = open(path, O_RDONLY | O_NONBLOCK);
    say("%s: %ld %ld %ld", path, R(stat(path, &by_name)), R(fstat(fd, &by_fd)),
        R(fstatat(AT_FDCWD, path, &by_at, 0)));
    say("empty path %ld", R(fstatat(fd, "", &by_empty, AT_EMPTY_PATH)));
    say("statx %ld", R(statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &sx)));
    TRUE(same(&by_name, &by_fd));
    TRUE(same(&by_name, &by_at));
    TRUE(same(&by_name, &by_empty));
    TRUE(same_statx(&by_name, &sx));
    say("type %o size %ld nlink %ld", by_name.st_mode & S_IFMT,
        S_ISREG(by_name.st_mode) ? (long)by_name.st_size : -1L,
        S_ISREG(by_name.st_mode) ? (long)by_name.st_nlink : -1L);
    close(fd);
}

static int cmp(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void directories(void)
{
    mkdir("many", 0755);
    for (int i = 0; i < 500; i++) {
        char name[64];
        snprintf(name, sizeof name, "many/file-%03d-%.*s", i, i % 40,
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    mkdir("many/subdir", 0700);
    symlink("x", "many/link");
    DIR *d = opendir("many");
    char *names[600];
    int n = 0, types[3] = {0};
    struct dirent *e;
    long pos_of_10 = 0;
    while ((e = readdir(d))) {
        struct stat st;
        fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW);
        types[0] += e->d_type == DT_REG;
        types[1] += e->d_type == DT_DIR;
        types[2] += e->d_type == DT_LNK;
        if (st.st_ino != e->d_ino && strcmp(e->d_name, "..")) {
            say("inode of %s differs", e->d_name);
        }
        names[n++] = strdup(e->d_name);
        if (n == 10) {
            pos_of_10 = telldir(d);
        }
    }
    seekdir(d, pos_of_10);
    e = readdir(d);
    TRUE(e && !strcmp(e->d_name, names[10]));
    qsort(names, n, sizeof names[0], cmp);
    uint64_t h = 0;
    for (int i = 0; i < n; i++) {
        h = h * 31 + hash_bytes(names[i], strlen(names[i]));
    }
    say("%d entries, %d files, %d dirs, %d links, hash %016lx", n, types[0], types[1], types[2], h);
    closedir(d);
    struct {
        uint64_t ino;
        int64_t off;
        uint16_t reclen;
        uint8_t type;
        char name[];
    } * raw;
    _Alignas(8) char buf[512];
    int fd = open("many", O_RDONLY | O_DIRECTORY), count = 0, small = 0;
    long got;
    while ((got = syscall(SYS_getdents64, fd, buf, sizeof buf)) > 0) {
        for (long at = 0; at < got; at += raw->reclen, count++) {
            raw = (void *)(buf + at);
            small += raw->reclen % 8 != 0;
        }
    }
    say("raw: %d entries, %d misaligned, end %ld", count, small, got);
    SHOW(syscall(SYS_getdents64, fd, buf, 1L));
    lseek(fd, 0, SEEK_SET);
    say("tiny buffer %ld", R(syscall(SYS_getdents64, fd, buf, 10L)));
    close(fd);
}

int main(void)
{
    int fd = open("f", O_CREAT | O_RDWR, 0644);
    if (pwrite(fd, "x", 1, 99999) != 1) {
        die("pwrite");
    }
    fsync(fd);
    link("f", "f2");
    views("f");
    views(".");
    views("/dev/null");
    struct stat st;
    SHOW(stat("/dev/null", &st));
    say("rdev %d,%d", major(st.st_rdev), minor(st.st_rdev));
    symlink("f", "l");
    SHOW(lstat("l", &st));
    say("link type %o size %ld", st.st_mode & S_IFMT, (long)st.st_size);
    SHOW(stat("f/x", &st));
    SHOW(stat("", &st));
    SHOW(fstat(-1, &st));
    struct statfs a, b;
    struct statvfs v;
    SHOW(statfs(".", &a));
    SHOW(fstatfs(fd, &b));
    SHOW(statvfs(".", &v));
    TRUE(a.f_type == b.f_type && a.f_bsize == b.f_bsize && a.f_blocks == b.f_blocks);
    TRUE(a.f_namelen == 255 && (unsigned long)a.f_bsize == v.f_bsize && a.f_blocks == v.f_blocks);
    directories();
    return 0;
}
