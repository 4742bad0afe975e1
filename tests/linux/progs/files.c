// File system calls: opening, reading and writing, links, names, locks, times, descriptors, memfd
// seals.
#include "t.h"
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/xattr.h>

static void reading_and_writing(void)
{
    int fd = open("a", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    TRUE(fd >= 0);
    SHOW(open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
    SHOW(write(fd, "hello, world", 12));
    SHOW(lseek(fd, -5, SEEK_END));
    char buf[64] = "";
    SHOW(read(fd, buf, sizeof buf));
    say("read: %s", buf);
    SHOW(pwrite(fd, "J", 1, 0));
    memset(buf, 0, sizeof buf);
    SHOW(pread(fd, buf, 5, 0));
    say("pread: %s", buf);
    SHOW(pread(fd, buf, 5, -1));
    struct iovec iov[3] = {{"abc", 3}, {"", 0}, {"defg", 4}};
    SHOW(pwritev(fd, iov, 3, 20));
    char x[3], y[9] = "";
    struct iovec riov[2] = {{x, 3}, {y, 8}};
    SHOW(preadv(fd, riov, 2, 19));
    say("x0=%d y=%s", x[0], y);
    SHOW(preadv2(fd, riov, 2, 20, 0));
    SHOW(lseek(fd, 0, SEEK_DATA));
    SHOW(ftruncate(fd, 6));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(truncate("a", 3));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(fallocate(fd, 0, 0, 100));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    SHOW(fsync(fd));
    SHOW(fdatasync(fd));
    SHOW(syscall(SYS_sync_file_range, fd, 0L, 0L, 0));
    SHOW(readahead(fd, 0, 10));
    int out = open("b", O_RDWR | O_CREAT, 0600);
    off_t at = 0;
    SHOW(sendfile(out, fd, &at, 50));
    say("sendfile offset %ld", (long)at);
    loff_t in_at = 0;
    SHOW(copy_file_range(fd, &in_at, out, NULL, 10, 0));
    say("copied to %ld", (long)lseek(out, 0, SEEK_CUR));
    SHOW(close(out));
    SHOW(close(fd));
    SHOW(close(fd));
    SHOW(read(fd, buf, 1));
}

static void names(void)
{
    SHOW(mkdir("d", 0755));
    SHOW(mkdir("d", 0755));
    SHOW(link("a", "d/hard"));
    SHOW(symlink("../a", "d/soft"));
    char buf[64] = "";
    SHOW(readlink("d/soft", buf, sizeof buf));
    say("link: %s", buf);
    SHOW(readlink("a", buf, sizeof buf));
    SHOW(rename("d/hard", "d/hard2"));
    SHOW(renameat2(AT_FDCWD, "a", AT_FDCWD, "d/hard2", RENAME_NOREPLACE));
    SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "d/soft", RENAME_EXCHANGE));
    SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "d/soft", RENAME_EXCHANGE));
    SHOW(unlink("nothing"));
    SHOW(unlink("d"));
    SHOW(rmdir("d"));
    SHOW(open("d", O_WRONLY));
    SHOW(open("a", O_RDONLY | O_DIRECTORY));
    SHOW(open("d/soft", O_RDONLY | O_NOFOLLOW));
    int dir = open("d", O_RDONLY | O_DIRECTORY);
    TRUE(dir >= 0);
    SHOW(openat(dir, "nothing", O_RDONLY));
    SHOW(mkdirat(dir, "sub", 0700));
    SHOW(faccessat(dir, "sub", X_OK, 0));
    SHOW(faccessat(dir, "sub", X_OK, AT_EACCESS));
    SHOW(access("a", W_OK));
    SHOW(access("a/x", F_OK));
    SHOW(unlinkat(dir, "sub", AT_REMOVEDIR));
    SHOW(linkat(AT_FDCWD, "d/soft", dir, "hard3", AT_SYMLINK_FOLLOW));
    char before[4096], after[4096];
    TRUE(getcwd(before, sizeof before) != NULL);
    SHOW(fchdir(dir));
    TRUE(getcwd(after, sizeof after) != NULL && !strcmp(after + strlen(before), "/d"));
    SHOW(chdir(".."));
    TRUE(getcwd(after, 2) == NULL && errno == ERANGE);
    SHOW(mkfifo("fifo", 0600));
    SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
    int tmp = open(".", O_TMPFILE | O_RDWR, 0600);
    if (tmp < 0) {
        say("no O_TMPFILE: errno %d", errno);
    } else {
        SHOW(write(tmp, "x", 1));
        struct stat st;
        SHOW(fstat(tmp, &st));
        say("tmpfile links %d", (int)st.st_nlink);
        close(tmp);
    }
    struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS};
    say("openat2 %ld", R(syscall(SYS_openat2, AT_FDCWD, "d/soft", &how, sizeof how)));
    close(dir);
}

static void attributes(void)
{
    struct stat st;
    SHOW(umask(027));
    int fd = open("m", O_CREAT | O_RDWR, 0777);
    SHOW(fstat(fd, &st));
    say("mode %o", st.st_mode);
    SHOW(fchmod(fd, 04711));
    SHOW(stat("m", &st));
    say("mode %o", st.st_mode);
    SHOW(chmod("m", 0600));
    SHOW(fchownat(AT_FDCWD, "m", -1, -1, 0));
    struct timespec ts[2] = {{1000000000, 123456789}, {1500000000, 987654321}};
    SHOW(utimensat(AT_FDCWD, "m", ts, 0));
    SHOW(stat("m", &st));
    say("atime %ld.%09ld mtime %ld.%09ld", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
        (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    ts[0].tv_nsec = UTIME_OMIT;
    ts[1].tv_sec = 7;
    SHOW(futimens(fd, ts));
    SHOW(fstat(fd, &st));
    say("atime %ld mtime %ld", (long)st.st_atim.tv_sec, (long)st.st_mtim.tv_sec);
    char value[16] = "";
    long r = R(setxattr("m", "user.k", "val", 3, 0));
    if (r == 0) {
        SHOW(getxattr("m", "user.k", value, sizeof value));
        say("xattr %s", value);
        SHOW(removexattr("m", "user.k"));
    }
    SHOW(getxattr("m", "user.none", value, sizeof value));
    close(fd);
}

static void descriptors(void)
{
    int fd = open("a", O_RDWR | O_APPEND | O_NONBLOCK);
    // The flag bits differ between architectures, so they are tested one at a time.
    int fl = fcntl(fd, F_GETFL);
    say("flags %d %d %d %d", (fl & O_ACCMODE) == O_RDWR, !!(fl & O_APPEND), !!(fl & O_NONBLOCK),
        !!(fl & O_DIRECTORY));
    SHOW(fcntl(fd, F_SETFL, O_RDWR));
    fl = fcntl(fd, F_GETFL);
    say("flags %d %d", !!(fl & O_APPEND), !!(fl & O_NONBLOCK));
    int dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fl = fcntl(dir, F_GETFL);
    say("dir %d nofollow %d cloexec %ld", !!(fl & O_DIRECTORY), !!(fl & O_NOFOLLOW),
        R(fcntl(dir, F_GETFD)));
    int path = open("a", O_PATH | O_NOFOLLOW);
    fl = fcntl(path, F_GETFL);
    say("path %d nofollow %d", !!(fl & O_PATH), !!(fl & O_NOFOLLOW));
    SHOW(read(path, &fl, 1));
    SHOW(dup2(fd, 50));
    SHOW(dup3(fd, 51, O_CLOEXEC));
    SHOW(dup3(fd, fd, 0));
    SHOW(fcntl(51, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, 60));
    SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 60));
    SHOW(fcntl(61, F_GETFD));
    SHOW(syscall(SYS_close_range, 50, 61, 0));
    SHOW(fcntl(50, F_GETFD));
    SHOW(dup2(999, 5));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10};
    SHOW(fcntl(fd, F_SETLK, &lock));
    pid_t pid = fork();
    if (pid == 0) {
        struct flock seen = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
        SHOW(fcntl(fd, F_GETLK, &seen));
        say("held: type %d from %ld for %ld by parent %d", seen.l_type == F_WRLCK,
            (long)seen.l_start, (long)seen.l_len, seen.l_pid == getppid());
        _exit(0);
    }
    wait_for(pid);
    SHOW(flock(fd, LOCK_EX | LOCK_NB));
    int other = open("a", O_RDONLY);
    SHOW(flock(other, LOCK_SH | LOCK_NB));
    SHOW(flock(fd, LOCK_UN));
    SHOW(fcntl(fd, F_SETOWN, getpid()));
    TRUE(fcntl(fd, F_GETOWN) == getpid());
    int direct = open("a", O_RDONLY | O_DIRECT);
    if (direct >= 0) {
        say("direct kept %d", !!(fcntl(direct, F_GETFL) & O_DIRECT));
    } else {
        say("direct kept 1");
    }
}

static void sealed_memory(void)
{
    int fd = memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    SHOW(ftruncate(fd, 4096));
    SHOW(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
    SHOW(fcntl(fd, F_GET_SEALS));
    SHOW(write(fd, "x", 1));
    SHOW(ftruncate(fd, 1));
    close(fd);
}

static void bad_pointers(void)
{
    // The calls go around glibc so that no wrapper touches the pointer.
    int fd = open("a", O_RDWR);
    void *bad = (void *)8;
    say("read %ld", R(syscall(SYS_read, fd, bad, 10L)));
    say("write %ld", R(syscall(SYS_write, fd, bad, 10L)));
    say("openat %ld", R(syscall(SYS_openat, AT_FDCWD, bad, O_RDONLY)));
    say("fstat %ld", R(syscall(SYS_fstat, fd, bad)));
    say("pipe2 %ld", R(syscall(SYS_pipe2, bad, 0)));
    say("getcwd %ld", R(syscall(SYS_getcwd, bad, 4096L)));
    say("uname %ld", R(syscall(SYS_uname, bad)));
    say("clock_gettime %ld", R(syscall(SYS_clock_gettime, 0, bad)));
    say("nanosleep %ld", R(syscall(SYS_nanosleep, bad, NULL)));
    say("rt_sigaction %ld", R(syscall(SYS_rt_sigaction, SIGUSR1, bad, NULL, 8L)));
    say("rt_sigprocmask %ld", R(syscall(SYS_rt_sigprocmask, 0, bad, NULL, 8L)));
    say("readv %ld", R(syscall(SYS_readv, fd, bad, 2L)));
    say("ioctl %ld", R(syscall(SYS_ioctl, fd, 0x5401L, bad)));
    say("wait4 %ld", R(syscall(SYS_wait4, -1L, bad, 0L, NULL)));
    say("execve %ld", R(syscall(SYS_execve, bad, NULL, NULL)));
    say("futex %ld", R(syscall(SYS_futex, bad, 0L, 0L, NULL, NULL, 0L)));
    say("getdents64 %ld", R(syscall(SYS_getdents64, open(".", O_RDONLY), bad, 1000L)));
    say("unknown call %ld", R(syscall(5000)));
}

int main(void)
{
    reading_and_writing();
    names();
    attributes();
    descriptors();
    sealed_memory();
    bad_pointers();
    return 0;
}
