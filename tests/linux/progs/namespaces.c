// Namespaces: clone with each of their flags, alone and with a namespace of users, and what unshare says.
#include "t.h"
#include <sched.h>

static long try_clone(int flags)
{
    long pid = syscall(SYS_clone, (long)(flags | SIGCHLD), 0, 0, 0, 0);
    if (pid == 0) {
        _exit(flags & CLONE_NEWPID ? getpid() == 1 ? 7 : 1 : 7);
    }
    if (pid < 0) {
        return -errno;
    }
    int status;
    waitpid((pid_t)pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1000;
}

static void try_unshare(const char *name, int flags)
{
    pid_t pid = fork();
    if (pid == 0) {
        _exit(unshare(flags) ? errno : 0);
    }
    int status;
    waitpid(pid, &status, 0);
    say("unshare %s %s", name, status_text(status));
}

int main(void)
{
    static const struct {
        const char *name;
        int flag;
    } kinds[] = {{"mnt", CLONE_NEWNS},  {"uts", CLONE_NEWUTS}, {"ipc", CLONE_NEWIPC},      {"pid", CLONE_NEWPID},
                 {"net", CLONE_NEWNET}, {"user", 0},           {"cgroup", CLONE_NEWCGROUP}};
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        say("clone %s %ld", kinds[i].name, try_clone(kinds[i].flag | CLONE_NEWUSER));
        try_unshare(kinds[i].name, kinds[i].flag | CLONE_NEWUSER);
    }
    try_unshare("files", CLONE_FILES);
    try_unshare("fs", CLONE_FS);
    return 0;
}
