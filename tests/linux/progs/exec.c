// execve and its relatives: argv[0], environment, close-on-exec, descriptors as programs, scripts,
// errors.
#include "t.h"
#include <libgen.h>

extern char **environ;
static char self[4096];

// The child's side: prints what it was started with.
static int report(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        // Paths depend on where the test runs; the last component does not.
        say("argv[%d] = %s", i, argv[i][0] == '/' ? basename(argv[i]) : argv[i]);
    }
    int n = 0;
    for (char **e = environ; *e; e++) {
        n++;
        if (!strncmp(*e, "FT_", 3)) {
            say("env %s", *e);
        }
    }
    say("env count %s", n < 3 ? "small" : "inherited");
    say("fd 10 %s, fd 11 %s", fcntl(10, F_GETFD) < 0 ? "closed" : "open",
        fcntl(11, F_GETFD) < 0 ? "closed" : "open");
    int open_fds = 0; // an emulator's own do not show
    for (int fd = 12; fd < 1100; fd++) {
        struct stat st;
        open_fds += fstat(fd, &st) == 0;
    }
    say("descriptors above: %d", open_fds);
    struct sigaction sa;
    sigaction(SIGUSR1, NULL, &sa);
    say("SIGUSR1 %s", sa.sa_handler == SIG_DFL   ? "default"
                      : sa.sa_handler == SIG_IGN ? "ignored"
                                                 : "handled");
    sigaction(SIGUSR2, NULL, &sa);
    say("SIGUSR2 %s", sa.sa_handler == SIG_DFL   ? "default"
                      : sa.sa_handler == SIG_IGN ? "ignored"
                                                 : "handled");
    sigset_t m;
    sigprocmask(SIG_BLOCK, NULL, &m);
    say("SIGHUP masked %d", sigismember(&m, SIGHUP));
    char link[4096] = "";
    if (readlink("/proc/self/exe", link, sizeof link - 1) > 0) {
        say("exe %s", basename(link));
    }
    return 0;
}

static void run(const char *what, int (*how)(void))
{
    say("-- %s", what);
    pid_t pid = fork();
    if (pid == 0) {
        int e = how();
        say("exec failed: %d", e < 0 ? errno : e);
        _exit(1);
    }
    say("%s", status_text(wait_for(pid)));
}

static void nothing(int sig)
{
    (void)sig;
}

static int with_env(void)
{
    char *argv[] = {"a name that is no path", "report", "arg with space", "", "*", NULL};
    char *envp[] = {"FT_ONE=1", "FT_TWO=two words", NULL};
    dup2(1, 10);
    fcntl(10, F_SETFD, FD_CLOEXEC);
    dup2(1, 11);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, nothing);
    sigset_t m;
    sigemptyset(&m);
    sigaddset(&m, SIGHUP);
    sigprocmask(SIG_BLOCK, &m, NULL);
    return execve(self, argv, envp);
}
static int empty_env(void)
{
    char *argv[] = {"x", "report", NULL}, *envp[] = {NULL};
    return execve(self, argv, envp);
}
static int by_fd(void)
{
    char *argv[] = {"by fd", "report", NULL};
    return fexecve(open(self, O_RDONLY | O_CLOEXEC), argv, environ);
}
static int by_at(void)
{
    char *argv[] = {"by at", "report", NULL}, dir[4096], name[4096];
    strcpy(dir, self);
    strcpy(name, self);
    return syscall(SYS_execveat, open(dirname(dir), O_PATH), basename(name), argv, environ, 0);
}
static int by_memfd(void)
{
    char *argv[] = {"by memfd", "report", NULL}, buf[65536];
    int fd = memfd_create("prog", 0), in = open(self, O_RDONLY);
    long n;
    while ((n = read(in, buf, sizeof buf)) > 0) {
        if (write(fd, buf, n) != n) {
            die("write");
        }
    }
    return syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
}
static int by_search(void)
{
    char dir[4096], name[4096];
    strcpy(dir, self);
    strcpy(name, self);
    setenv("PATH", dirname(dir), 1);
    return execlp(basename(name), "searched", "report", NULL);
}
static int by_proc(void)
{
    return execl("/proc/self/exe", "via proc", "report", NULL);
}
static int from_other_dir(void)
{
    if (mkdir("sub", 0755) || chdir("sub") || symlink(self, "link")) {
        die("sub");
    }
    return execl("./link", "./link", "report", NULL);
}
static int script(void)
{
    return execl("./script", "lost name", "one", "two", NULL);
}
static int script_of_script(void)
{
    return execl("./script2", "lost", "three", NULL);
}
static int no_argv(void)
{
    char *argv[] = {"report", NULL};
    return execve(self, argv, NULL) < 0 ? errno : 0;
}

static void write_file(const char *name, const char *text, int mode)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (write(fd, text, strlen(text)) < 0) {
        die("write");
    }
    fchmod(fd, mode);
    close(fd);
}

static void errors(void)
{
    char *argv[] = {"x", NULL};
    write_file("text", "hello\n", 0755);
    write_file("plain", "#!/bin/sh\n", 0644);
    write_file("nointerp", "#!/no/such/interpreter\n", 0755);
    write_file("loop", "#!./loop\n", 0755);
    write_file("emptybang", "#!\n", 0755);
    write_file("empty", "", 0755);
    write_file("elfish", "\177ELF\2\1\1", 0755);
    const char *names[] = {"missing", "text",   "plain", "nointerp", "loop", "emptybang",
                           "empty",   "elfish", ".",     "text/x",   ""};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        say("exec '%s': %ld", names[i], R(execve(names[i], argv, environ)));
    }
    say("bad fd: %ld", R(syscall(SYS_execveat, 999, "", argv, environ, AT_EMPTY_PATH)));
    int fd = open("script", O_RDONLY | O_CLOEXEC);
    say("cloexec script: %ld", R(syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH)));
    char *big = malloc(200000);
    memset(big, 'x', 200000);
    big[199999] = 0;
    char *args[] = {"x", "report", big, NULL};
    say("one long argument: %ld", R(execve(self, args, environ)));
}

static int many_args(void)
{
    static char *args[20002];
    args[0] = "many";
    args[1] = "count";
    for (int i = 2; i < 20001; i++) {
        args[i] = "argument";
    }
    return execv(self, args);
}

int main(int argc, char **argv)
{
    if (argc >= 2 && !strcmp(argv[1], "count")) {
        uint64_t h = 0;
        for (int i = 0; i < argc; i++) {
            h = h * 31 + hash_bytes(argv[i], strlen(argv[i]));
        }
        say("argc %d hash %lx", argc, h);
        return 0;
    }
    if (argc >= 2 || !strcmp(argv[0], "report")) {
        return report(argc, argv);
    }
    if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0) {
        die("readlink");
    }
    char text[5000];
    snprintf(text, sizeof text, "#!%s  option with spaces \nrest\n", self);
    write_file("script", text, 0755);
    write_file("script2", "#! ./script\n", 0755);
    run("environment", with_env);
    run("empty environment", empty_env);
    run("fexecve", by_fd);
    run("execveat", by_at);
    run("memfd", by_memfd);
    run("search", by_search);
    run("/proc/self/exe", by_proc);
    run("relative link", from_other_dir);
    run("script", script);
    run("script of a script", script_of_script);
    run("null environment", no_argv);
    run("20000 arguments", many_args);
    errors();
    return 0;
}
