/* Proves that the kernel starts programs of an architecture: runs a tiny one, and looks which
 * file runs it. */
#include "binfmt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

#define PATIENCE 10000 /* ms */
/* A descriptor of IMAGE as a file that can be executed. It stays open over exec, or no interpreter
 * could open it. */
static int program_file(const u8 *image, size_t size)
{
    int fd = memfd_create("ferry-probe", MFD_EXEC);
    if (fd < 0 && errno == EINVAL) {
        fd = memfd_create("ferry-probe", 0); /* before Linux 6.3 */
    }
    if (fd >= 0 && (write(fd, image, size) != (ssize_t)size || fchmod(fd, 0755) < 0)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

struct child {
    pid_t pid;
    int in, out, err; /* our ends: its input, its output, the errno of its exec */
};

/* In the child, which has no more than its three descriptors and the program's. */
static _Noreturn void run_program(int program, int in, int out, int err)
{
    char *argv[] = {(char *)"ferry-probe", NULL};
    struct sigaction dfl = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    sigaction(SIGPIPE, &dfl, NULL);
    int null = open("/dev/null", O_WRONLY);
    dup2(in, 0);
    dup2(out, 1);
    if (null > 2) {
        dup2(null, 2);
        close(null);
    } else {
        close(2);
    }
    fexecve(program, argv, probe_env);
    int e = errno;
    if (write(err, &e, sizeof(e)) < 0) {
        _exit(126);
    }
    _exit(127);
}

static bool start(int program, struct child *c)
{
    int pipes[3][2];
    for (int i = 0; i < 3; i++) {
        if (pipe2(pipes[i], O_CLOEXEC) < 0) {
            while (i-- > 0) {
                close(pipes[i][0]);
                close(pipes[i][1]);
            }
            return false;
        }
    }
    c->pid = fork();
    if (c->pid == 0) {
        run_program(program, pipes[0][0], pipes[1][1], pipes[2][1]);
    }
    close(pipes[0][0]);
    close(pipes[1][1]);
    close(pipes[2][1]);
    c->in = pipes[0][1];
    c->out = pipes[1][0];
    c->err = pipes[2][0];
    return c->pid > 0;
}

/* The files are the same one, or have the same bytes. */
static bool same_file(int a, const char *path)
{
    struct stat sa, sb;
    bool same = false;
    int b = open(path, O_RDONLY | O_CLOEXEC);
    if (b >= 0 && fstat(a, &sa) == 0 && fstat(b, &sb) == 0) {
        same = sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
        if (!same && sa.st_size == sb.st_size && sa.st_size > 0) {
            void *ma = mmap(NULL, (size_t)sa.st_size, PROT_READ, MAP_PRIVATE, a, 0);
            void *mb = mmap(NULL, (size_t)sb.st_size, PROT_READ, MAP_PRIVATE, b, 0);
            same = ma != MAP_FAILED && mb != MAP_FAILED && memcmp(ma, mb, (size_t)sa.st_size) == 0;
            munmap(ma, (size_t)sa.st_size);
            munmap(mb, (size_t)sb.st_size);
        }
    }
    if (b >= 0) {
        close(b);
    }
    return same;
}

/* The kernel keeps the interpreter open (flag F): what runs may be another file than the one now at
 * that path. */
static bool runs_other_file(pid_t pid, const char *interpreter)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/exe", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false; /* not to be seen from here: nothing to say about it */
    }
    bool same = same_file(fd, interpreter);
    close(fd);
    return !same;
}

static void judge(const struct child *c, const struct machine *m, const char *interpreter,
                  struct probe *out)
{
    int code = 0, status;
    char byte = 0;
    struct pollfd p = {.fd = c->out, .events = POLLIN};
    out->result = PROBE_FAILS;
    bool started = poll(&p, 1, PATIENCE) > 0 && read(c->out, &byte, 1) == 1;
    if (started) {
        out->other_file = runs_other_file(c->pid, interpreter);
        started = write(c->in, &byte, 1) == 1;
    } else {
        kill(c->pid, SIGKILL);
    }
    bool refused = read(c->err, &code, sizeof(code)) == sizeof(code);
    p.fd = c->out; /* it hangs up at its end */
    if (started && poll(&p, 1, PATIENCE) <= 0) {
        kill(c->pid, SIGKILL);
    }
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (refused) {
        failed(&out->text, "a program for %s does not start: %s", m->name,
               code == ENOEXEC ? "exec format error, no entry takes it" : strerror(code));
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == PROBE_EXIT) {
        out->result = PROBE_WORKS;
    } else if (WIFSIGNALED(status)) {
        failed(&out->text, "a program for %s ends by signal %d (%s)", m->name, WTERMSIG(status),
               strsignal(WTERMSIG(status)));
    } else {
        failed(&out->text, "a program for %s ends with exit status %d, not with its own", m->name,
               WEXITSTATUS(status));
    }
}

void probe_run(const struct machine *m, const char *interpreter, struct probe *out)
{
    u8 image[PROBE_IMAGE_MAX];
    struct child c;
    memset(out, 0, sizeof(*out));
    size_t size = probe_image(m, image);
    if (!size) {
        failed(&out->text, "there is no probe for %s", m->name);
        return;
    }
    int fd = program_file(image, size);
    if (fd < 0) {
        failed(&out->text, "no file in memory can be executed here (%s)", strerror(errno));
        return;
    }
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;
    sigaction(SIGPIPE, &ignore, &old);
    if (start(fd, &c)) {
        judge(&c, m, interpreter, out);
        close(c.in);
        close(c.out);
        close(c.err);
    } else {
        failed(&out->text, "no process could be made (%s)", strerror(errno));
    }
    sigaction(SIGPIPE, &old, NULL);
    close(fd);
}
