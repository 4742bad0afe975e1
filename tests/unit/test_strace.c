/* Unit tests of src/debug/strace: whole lines as they come out of the log. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "debug/debug.h"
#include "unit.h"

static char line[4096];

/* Memory of this process, except one page that counts as unmapped. */
static u8 hole[8192] __attribute__((aligned(4096)));

static int read_memory(void *dst, gaddr src, size_t len)
{
    if (src < 4096 || (src + len > (u64)hole + 4096 && src < (u64)hole + 8192)) {
        return -EFAULT;
    }
    memcpy(dst, (const void *)src, len);
    return 0;
}

/* The line for a call of NAME with signature SIG that returns RET. */
static const char *trace(const char *name, const char *sig, s64 ret, const u64 args[6])
{
    static const char file[] = "unit-strace.tmp";
    struct debug_strace s = {.name = name,
                             .sig = sig,
                             .nr = 999,
                             .tid = 77,
                             .arm_open_flags = true,
                             .read = read_memory};
    memcpy(s.args, args, sizeof(s.args));
    ck_assert_int_eq(log_open(file, false), 0);
    log_mask = BIT(LOG_strace);
    debug_strace_enter(&s);
    if (!name || strncmp(name, "exit", 4)) {
        debug_strace_exit(&s, ret);
    }
    log_mask = 0;
    int fd = open(file, O_RDONLY);
    ssize_t n = read(fd, line, sizeof(line) - 1);
    line[n > 0 ? n : 0] = 0;
    close(fd);
    unlink(file);
    return line;
}

#define LINE(expect, name, sig, ret, ...)                                                          \
    ck_assert_str_eq(trace(name, sig, ret, (const u64[6]){__VA_ARGS__}), expect "\n")

START_TEST(test_paths_and_flags)
{
    LINE("77 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_DIRECTORY|O_CLOEXEC) = 3", "openat",
         "DPFo", 3, (u64)-100, (u64) "/etc/passwd", 0x84000, 0);
    LINE("77 openat(5, \"x\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = -1 ENOENT (No such file or "
         "directory)",
         "openat", "DPFo", -ENOENT, 5, (u64) "x", 0x241, 0644);
    LINE("77 faccessat(AT_FDCWD, NULL, R_OK|X_OK) = -1 EFAULT (Bad address)", "faccessat", "DPa",
         -EFAULT, (u64)-100, 0, 5);
}
END_TEST

START_TEST(test_numbers)
{
    LINE("77 lseek(3, -10, SEEK_END) = 90", "lseek", "dXh:l", 90, 3, (u64)-10, 2);
    LINE("77 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
         "0x7f0000001000",
         "mmap", "pzMmdX:x", 0x7f0000001000, 0, 4096, 3, 0x22, (u64)-1, 0);
    LINE("77 getpid() = 77", "getpid", "", 77, 0);
    LINE("77 syscall_999(0x1, 0, 0, 0, 0, 0x6) = -1 ENOSYS (Function not implemented)", NULL, NULL,
         -ENOSYS, 1, 0, 0, 0, 0, 6);
}
END_TEST

START_TEST(test_buffers)
{
    LINE("77 write(1, \"hi\\n\\x01\\\"\", 5) = 5", "write", "dbz:z", 5, 1, (u64) "hi\n\1\"", 5);
    LINE("77 read(0, \"abc\", 100) = 3", "read", "dBz:z", 3, 0, (u64) "abcdef", 100);
    LINE("77 read(0, 0x10, 100) = -1 EFAULT (Bad address)", "read", "dBz:z", -EFAULT, 0, 16, 100);
    LINE("77 write(1, \"01234567890123456789012345678901\"..., 40) = 40", "write", "dbz:z", 40, 1,
         (u64) "0123456789012345678901234567890123456789", 40);
}
END_TEST

START_TEST(test_string_at_the_end_of_memory)
{
    memcpy(hole + 4096 - 3, "end", 3); /* no NUL before the hole */
    LINE("77 chdir(\"end\"...) = 0", "chdir", "q", 0, (u64)hole + 4096 - 3);
}
END_TEST

START_TEST(test_structures)
{
    u64 set = BIT64(1) | BIT64(16), most = ~0ull & ~BIT64(8);
    s64 ts[2] = {1, 500};
    u64 argv[3] = {(u64) "ls", (u64) "-l", 0};
    u8 in[16] = {2, 0, 0x1f, 0x90, 127, 0, 0, 1};
    LINE("77 rt_sigprocmask(0, [INT CHLD], NULL, 8) = 0", "rt_sigprocmask", "iNNz", 0, 0, (u64)&set,
         0, 8);
    LINE("77 rt_sigsuspend(~[KILL], 8) = 0", "rt_sigsuspend", "Nz", 0, (u64)&most, 8);
    LINE("77 nanosleep({1, 500}, NULL) = 0", "nanosleep", "tp", 0, (u64)ts, 0);
    LINE("77 connect(3, {AF_INET, 127.0.0.1:8080}, 16) = 0", "connect", "dAu", 0, 3, (u64)in, 16);
    LINE("77 execve(\"/bin/ls\", [\"ls\", \"-l\"], NULL) = ?\n"
         "77 execve(\"/bin/ls\", [\"ls\", \"-l\"], NULL) = -1 EACCES (Permission denied)",
         "execve", "Pvv", -EACCES, (u64) "/bin/ls", (u64)argv, 0);
}
END_TEST

START_TEST(test_words)
{
    LINE("77 kill(5, SIGUSR1) = 0", "kill", "iS", 0, 5, 10);
    LINE("77 tgkill(5, 6, SIGRT_2) = 0", "tgkill", "iiS", 0, 5, 6, 34);
    LINE("77 futex(0x1000, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 2, NULL, NULL, 0) = 0", "futex", "pgutpx",
         0, 0x1000, 128, 2, 0, 0, 0);
    LINE("77 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 4", "socket", "fyi", 4, 1, 0x80001, 0);
    LINE("77 clone(CLONE_VM|CLONE_VFORK|SIGCHLD, NULL, NULL, NULL, 0) = 8", "clone", "kpppx", 8,
         0x4111, 0);
    LINE("77 exit_group(3) = ?", "exit_group", "i:", 0, 3);
}
END_TEST

START_TEST(test_long_line_keeps_its_result)
{
    static char longest[200];
    u64 argv[32];
    memset(longest, '\1', sizeof(longest) - 1);
    for (int i = 0; i < 31; i++) {
        argv[i] = (u64)longest;
    }
    argv[31] = 0;
    const char *text = trace("execve", "Pvv", -E2BIG, (const u64[6]){(u64) "x", (u64)argv, 0});
    const char *tail = ") = -1 E2BIG (Argument list too long)\n";
    ck_assert_str_eq(text + strlen(text) - strlen(tail), tail);
}
END_TEST

UNIT_SUITE(strace, test_paths_and_flags, test_numbers, test_buffers,
           test_string_at_the_end_of_memory, test_structures, test_words,
           test_long_line_keeps_its_result)
