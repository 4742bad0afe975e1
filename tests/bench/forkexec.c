// class: system. Starts a tiny static program 500 times with fork and exec and waits for each.
// Argument 2: the program.
#include "b.h"
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    uint64_t sum = 0;
    int n = rounds(argc, argv, 500);
    for (int i = 0; i < n; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            char *args[] = {"tiny", i & 1 ? "odd" : NULL, NULL};
            execv(argv[2], args);
            _exit(127);
        }
        int status = 0;
        waitpid(pid, &status, 0);
        sum = sum * 31 + (uint64_t)status;
    }
    return done("forkexec", sum);
}
