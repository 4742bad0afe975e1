// Started in every way there is, says what it was started with; and starts itself and scripts in every way there is.
// Runs in /t, where exec-modes.sh has put it as `em`, and as `other` a build for the machine itself.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void say(const char *fmt, ...)
{
    char text[20000];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text - 1, fmt, ap);
    va_end(ap);
    n = n < (int)sizeof text - 2 ? n : (int)sizeof text - 2;
    text[n++] = '\n';
    if (write(1, text, n) < 0) {
        _exit(9);
    }
}

// A long string as its length and its ends.
static const char *brief(const char *s)
{
    static char out[200];
    size_t n = strlen(s);
    if (n < 120) {
        return s;
    }
    snprintf(out, sizeof out, "%.20s...%zu...%s", s, n, s + n - 20);
    return out;
}

static void slurp(const char *what, const char *path)
{
    char buf[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long n = read(fd, buf, sizeof buf - 1);
    close(fd);
    buf[n > 0 ? n : 0] = 0;
    for (long i = 0; i < n - 1; i++) {
        buf[i] = buf[i] ? buf[i] : '|';
    }
    say("%s %s", what, brief(buf));
}

static int report(int argc, char **argv)
{
    char exe[4096] = "", name[32] = "";
    say("argc %d", argc);
    for (int i = 0; i < argc && i < 8; i++) {
        say("  argv[%d] '%s'", i, brief(argv[i]));
    }
    say("  execfn %s", brief((char *)getauxval(AT_EXECFN)));
    if (readlink("/proc/self/exe", exe, sizeof exe - 1) < 0) {
        strcpy(exe, "?");
    }
    prctl(PR_GET_NAME, name);
    say("  exe %s comm %s secure %lu", exe, name, getauxval(AT_SECURE));
    slurp("  comm file", "/proc/self/comm");
    slurp("  cmdline", "/proc/self/cmdline");
    int vars = 0, fds = 0;
    for (char **e = environ; *e; e++, vars++) {
        if (!strncmp(*e, "EM_", 3)) {
            say("  env %s", brief(*e));
        }
    }
    for (int fd = 3; fd < 1200; fd++) {
        fds += fcntl(fd, F_GETFD) >= 0;
    }
    say("  %d variables, %d more descriptors", vars, fds);
    return 0;
}

static char *args[] = {"zero", "report", "two words", "", NULL};
static char *vars[] = {"EM_A=1", "EM_B=x y", NULL};

// Runs HOW in a child of its own; what it returns is the exec's error.
static void try(const char *what, int (*how)(void))
{
    say("-- %s", what);
    pid_t pid = fork();
    if (pid == 0) {
        int err = how() < 0 ? errno : 0;
        say("  error %d %s", err, strerror(err));
        _exit(1);
    }
    int status;
    waitpid(pid, &status, 0);
    if (status) {
        say("  status %x", status);
    }
}

static const char *path; // of the test at hand
static int fd_arg, flags_arg;

static int by_path(void) { return execve(path, args, vars); }
static int by_at(void) { return syscall(SYS_execveat, fd_arg, path, args, vars, flags_arg); }
static int by_search(void)
{
    setenv("PATH", "/nowhere:/t/noexec:/t/bin::/usr/bin", 1);
    return execvpe(path, args, vars);
}

static void file(const char *name, int mode, const char *text, size_t len)
{
    unlink(name);
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0700);
    if (write(fd, text, len) != (long)len || fchmod(fd, mode) < 0) {
        say("cannot write %s: %d", name, errno);
    }
    close(fd);
}
static void script(const char *name, const char *text) { file(name, 0755, text, strlen(text)); }

static void ways_to_name_it(void)
{
    static const char *const names[] = {
        "/t/em", "./em", "em", "sub/../em", "sub/link", "/t/sub/link", "/proc/self/exe", "/proc/self/cwd/em",
        "/proc/thread-self/exe", "/proc/self/root/t/em", "//t//em", "/t/hard",
    };
    mkdir("sub", 0755);
    if (symlink("../em", "sub/link") < 0 || link("em", "hard") < 0) {
        say("links: %d", errno);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path = names[i];
        try(path, by_path);
    }
    path = "em";
    mkdir("bin", 0755);
    mkdir("noexec", 0755);
    file("noexec/found", 0644, "x", 1);
    if (symlink("../em", "bin/found") < 0) {
        say("link: %d", errno);
    }
    path = "found";
    try("PATH", by_search);
    path = "em";
    try("PATH, current directory", by_search);
    path = "nosuchprogram";
    try("PATH, missing", by_search);
}

static void at(const char *what, int fd, const char *name, int flags)
{
    fd_arg = fd;
    path = name;
    flags_arg = flags;
    try(what, by_at);
}

static void descriptors(void)
{
    int dir = open("/t", O_PATH | O_DIRECTORY | O_CLOEXEC), plain = open("em", O_RDONLY), cloexec = open("em", O_RDONLY | O_CLOEXEC);
    int only = open("em", O_PATH | O_CLOEXEC), mem = memfd_create("a memfd", 0);
    char buf[65536], name[64];
    long n;
    while ((n = read(plain, buf, sizeof buf)) > 0) {
        if (write(mem, buf, n) != n) {
            say("memfd: %d", errno);
        }
    }
    at("execveat of a directory and a name", dir, "em", 0);
    at("execveat of a directory and a link", dir, "sub/link", 0);
    at("execveat, no links", dir, "sub/link", AT_SYMLINK_NOFOLLOW);
    at("execveat of an absolute name", dir, "/t/em", 0);
    at("execveat of a descriptor", plain, "", AT_EMPTY_PATH);
    at("execveat of a close-on-exec descriptor", cloexec, "", AT_EMPTY_PATH);
    at("execveat of an O_PATH descriptor", only, "", AT_EMPTY_PATH);
    at("execveat of a memfd", mem, "", AT_EMPTY_PATH);
    at("execveat without AT_EMPTY_PATH", plain, "", 0);
    at("execveat with a wrong flag", plain, "", 1);
    at("execveat below a file", plain, "x", 0);
    at("execveat of no descriptor", 99, "", AT_EMPTY_PATH);
    at("execveat of a directory itself", dir, "", AT_EMPTY_PATH);
    snprintf(name, sizeof name, "/proc/self/fd/%d", plain);
    path = name;
    try("/proc/self/fd", by_path);
    snprintf(name, sizeof name, "/dev/fd/%d", cloexec);
    try("/dev/fd, close-on-exec", by_path);
    script("byfd", "#!/t/em report\n");
    int s = open("byfd", O_RDONLY), sc = open("byfd", O_RDONLY | O_CLOEXEC), so = open("byfd", O_PATH);
    at("script by descriptor", s, "", AT_EMPTY_PATH);
    at("script by close-on-exec descriptor", sc, "", AT_EMPTY_PATH);
    at("script by O_PATH descriptor", so, "", AT_EMPTY_PATH);
    int open_dir = open("/t", O_RDONLY | O_DIRECTORY);
    at("script by directory", open_dir, "byfd", 0);
    at("script by close-on-exec directory", dir, "byfd", 0);
    int gone = open("byfd", O_RDONLY);
    unlink("byfd");
    at("deleted script by descriptor", gone, "", AT_EMPTY_PATH);
    int fds[] = {dir, plain, cloexec, only, mem, s, sc, so, open_dir, gone};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        close(fds[i]);
    }
}

static void scripts(void)
{
    static const struct {
        const char *what, *text;
    } lines[] = {
        {"plain", "#!/t/em report\n"},
        {"without argument", "#!/t/em\n"},
        {"blanks", "#! \t /t/em \t report\t \n"},
        {"an argument of several words", "#!/t/em report and more  \tof it\n"},
        {"no newline", "#!/t/em report"},
        {"only blanks", "#!   \n"},
        {"nothing", "#!\n"},
        {"carriage return", "#!/t/em report\r\n"},
        {"carriage return behind the interpreter", "#!/t/em\r\n"},
        {"relative", "#!em report\n"},
        {"relative with directory", "#!sub/link report\n"},
        {"missing interpreter", "#!/no/such/interpreter\n"},
        {"interpreter is a directory", "#!/t/sub\n"},
        {"interpreter may not be executed", "#!/t/noexec/found\n"},
        {"interpreter is text", "#!/t/text\n"},
        {"env", "#!/usr/bin/env -S -i EM_C=3 /t/em report\n"},
        {"env by PATH", "#!/usr/bin/env sh\necho shell $# \"$1\" \"$3\"\n"},
        {"shell", "#!/bin/sh\necho $0 $#; cat /proc/$$/comm\n"},
    };
    script("text", "just text\n");
    path = "./scr";
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        script("scr", lines[i].text);
        char what[100];
        snprintf(what, sizeof what, "script: %s", lines[i].what);
        try(what, by_path);
    }
    file("scr", 0755, "#!/t/em rep\0ort\n", 16);
    try("script: a zero byte", by_path);
    for (int len = 250; len <= 260; len++) { // lines around what the kernel reads
        char text[400], what[64];
        int n = snprintf(text, sizeof text, "#!/t/em report-");
        memset(text + n, 'a', sizeof text - n);
        text[len - 1] = '\n';
        file("scr", 0755, text, len);
        snprintf(what, sizeof what, "script: argument, line of %d", len);
        try(what, by_path);
        memset(text + 2, '/', sizeof text - 2);
        memcpy(text + len - 5, "t/em", 4);
        text[len - 1] = '\n';
        file("scr", 0755, text, len);
        snprintf(what, sizeof what, "script: interpreter, line of %d", len);
        try(what, by_path);
    }
    script("s0", "#!/t/em report\n");
    for (int i = 1; i < 7; i++) {
        char name[8], text[32];
        snprintf(name, sizeof name, "s%d", i);
        snprintf(text, sizeof text, "#!/t/s%d arg%d\n", i - 1, i);
        script(name, text);
        path = name;
        try("script of scripts", by_path);
    }
    script("self", "#!/t/self\n");
    path = "./self";
    try("script that is its own interpreter", by_path);
}

static int with(char *const argv[], char *const envp[]) { return execve("/t/em", argv, envp); }
static int no_argv(void) { return with((char *[]){NULL}, vars); }
static int null_argv(void) { return with(NULL, NULL); }
static int wild_argv(void) { return with((char **)8, vars); }
static int wild_arg(void) { return with((char *[]){"x", (char *)8, NULL}, vars); }
static int wild_envp(void) { return with(args, (char **)8); }
static int wild_path(void) { return execve((char *)8, args, vars); }
static char *filled(size_t n)
{
    char *s = malloc(n + 1);
    memset(s, 'x', n);
    s[n] = 0;
    return s;
}
static int long_arg(void) { return with((char *[]){"x", "report", filled(131071), NULL}, vars); }
static int longer_arg(void) { return with((char *[]){"x", "report", filled(131072), NULL}, vars); }
static int long_var(void) { return with(args, (char *[]){filled(131072), NULL}); }
static int long_path(void) { return execve(filled(4095), args, vars); }
static int longer_path(void) { return execve(filled(4096), args, vars); }
static int long_name(void) { return execve(filled(256), args, vars); }
static int much(void)
{
    static char *many[40];
    many[0] = "x";
    many[1] = "report";
    for (int i = 2; i < 39; i++) {
        many[i] = filled(100000);
    }
    return with(many, vars);
}
static int busy(void)
{
    char buf[65536];
    int in = open("em", O_RDONLY | O_CLOEXEC), out = open("busy", O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    long n;
    while ((n = read(in, buf, sizeof buf)) > 0) {
        if (write(out, buf, n) != n) {
            return -1;
        }
    }
    return execve("busy", args, vars);
}
static int setuid_bit(void)
{
    chmod("busy", 06755);
    return execve("busy", args, vars);
}
static int cloexec_fds(void)
{
    dup2(1, 50);
    fcntl(50, F_SETFD, FD_CLOEXEC);
    dup2(1, 51);
    return with(args, vars);
}
static void *exec_thread(void *arg)
{
    (void)arg;
    with(args, vars);
    return NULL;
}
static int in_thread(void)
{
    pthread_t t;
    pthread_create(&t, NULL, exec_thread, NULL);
    pause();
    return 0;
}
static int by_vfork(void)
{
    static const char *const names[] = {"/t/missing", "/t/text", "/t/sub", "/t/noexec/found", "/t/em"};
    for (int i = 0; i < 5; i++) {
        volatile int err = 0;
        pid_t pid = vfork();
        if (pid == 0) {
            execve(names[i], args, vars);
            err = errno;
            _exit(7);
        }
        int status;
        waitpid(pid, &status, 0);
        say("  vfork %s: error %d status %x", names[i], err, status);
    }
    exit(0);
}
static int by_spawn(void)
{
    static const char *const names[] = {"/t/missing", "/t/text", "/t/sub", "/t/noexec/found", "/t/s6", "/t/em"};
    for (int i = 0; i < 6; i++) {
        pid_t pid = -1;
        int status = 0, err = posix_spawn(&pid, names[i], NULL, NULL, args, vars);
        if (!err) {
            waitpid(pid, &status, 0);
        }
        say("  posix_spawn %s: error %d status %x", names[i], err, status);
    }
    exit(0);
}
static int chain(void) { return execl("/t/em", "em", "chain", "40", NULL); }
static int crossing(void) { return execl("/t/em", "em", "cross", "6", NULL); }

static void errors(void)
{
    static const char *const names[] = {"missing", "text", "noexec/found", ".", "text/x", "", "loop", "/dev/null", "empty", "cut"};
    if (symlink("loop", "loop") < 0) {
        say("link: %d", errno);
    }
    file("empty", 0755, "", 0);
    file("cut", 0755, "\177ELF\2\1\1", 7);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path = names[i];
        char what[64];
        snprintf(what, sizeof what, "exec of '%s'", path);
        try(what, by_path);
    }
    try("argv without argv[0]", no_argv);
    try("argv NULL", null_argv);
    try("wild argv", wild_argv);
    try("wild argument", wild_arg);
    try("wild envp", wild_envp);
    try("wild path", wild_path);
    try("longest argument", long_arg);
    try("argument too long", longer_arg);
    try("variable too long", long_var);
    try("long path", long_path);
    try("path too long", longer_path);
    try("name too long", long_name);
    try("too much", much);
    try("file being written", busy);
    try("set-user-ID and nothing to gain", setuid_bit);
    try("close-on-exec", cloexec_fds);
    try("exec by a thread", in_thread);
    try("vfork", by_vfork);
    try("posix_spawn", by_spawn);
    try("a chain", chain);
    try("foreign and native in turn", crossing);
}

int main(int argc, char **argv)
{
    if (argc >= 3 && !strcmp(argv[1], "chain") && atoi(argv[2]) > 0) {
        char left[16];
        snprintf(left, sizeof left, "%d", atoi(argv[2]) - 1);
        return execl(atoi(argv[2]) % 2 ? "/t/em" : "./em", "em", "chain", left, NULL);
    }
    if (argc >= 3 && !strcmp(argv[1], "cross") && atoi(argv[2]) > 0) {
        char left[16];
        snprintf(left, sizeof left, "%d", atoi(argv[2]) - 1);
        execl(atoi(argv[2]) % 2 ? "/t/em" : "/t/other", "em", "cross", left, NULL);
        say("  error %d", errno);
        return 1;
    }
    if (argc == 2 && !strcmp(argv[1], "all")) {
        chdir("/t");
        ways_to_name_it();
        descriptors();
        scripts();
        errors();
        return 0;
    }
    return report(argc, argv);
}
