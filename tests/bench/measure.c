// Runs a command N times and prints the least, the mean and the most CPU time and the mean wall
// time of a run, and peak memory.
//
// usage: measure [-n TIMES] [-o OUTPUT] COMMAND ARG...
// Prints: cpu_min_ms cpu_mean_ms cpu_max_ms wall_mean_ms peak_kib. CPU time is user + system of the
// command and of what it waited for. Native and static, so that its own memory, which the kernel
// counts into the child's peak, is small.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double cpu_ms(const struct rusage *ru)
{
    return (double)(ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) * 1e3 +
           (double)(ru->ru_utime.tv_usec + ru->ru_stime.tv_usec) / 1e3;
}

int main(int argc, char **argv)
{
    int times = 1, opt;
    const char *out = "/dev/null";
    while ((opt = getopt(argc, argv, "+n:o:")) != -1) {
        if (opt == 'n') {
            times = atoi(optarg);
        } else if (opt == 'o') {
            out = optarg;
        } else {
            return 2;
        }
    }
    double least = 1e30, most = 0, sum = 0, wall = 0;
    long peak = 0;
    for (int i = 0; i < times; i++) {
        double t0 = now_ms();
        pid_t pid = vfork();
        if (pid == 0) {
            int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
            dup2(fd, 1);
            execvp(argv[optind], argv + optind);
            _exit(127);
        }
        int status;
        struct rusage ru;
        wait4(pid, &status, 0, &ru);
        wall += now_ms() - t0;
        if (status != 0) {
            fprintf(stderr, "measure: %s: status %x\n", argv[optind], status);
            return 1;
        }
        double t = cpu_ms(&ru);
        sum += t;
        least = t < least ? t : least;
        most = t > most ? t : most;
        peak = ru.ru_maxrss > peak ? ru.ru_maxrss : peak;
    }
    printf("%.3f %.3f %.3f %.3f %ld\n", least, sum / times, most, wall / times, peak);
    return 0;
}
