// class: system. System calls in a loop: the cheap ones, reads and writes, files, clock, mmap.
#include "b.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    uint64_t sum = 0;
    int p[2], null = open("/dev/null", O_WRONLY), n = rounds(argc, argv, 30000);
    char buf[512] = "x";
    struct stat st;
    struct timespec ts, last = {0};
    if (pipe(p) < 0) {
        return 1;
    }
    for (int i = 0; i < n; i++) {
        sum += syscall(SYS_getppid) > 0;
        sum += (uint64_t)write(null, buf, 100);
        sum += (uint64_t)write(p[1], buf, 64);
        sum += (uint64_t)read(p[0], buf, sizeof buf);
        sum += (uint64_t)(fstat(p[0], &st) == 0);
        for (int k = 0; k < 5; k++) {
            clock_gettime(CLOCK_MONOTONIC, &ts);
            sum +=
                ts.tv_sec > last.tv_sec || (ts.tv_sec == last.tv_sec && ts.tv_nsec >= last.tv_nsec);
            last = ts;
        }
        if (i % 16 == 0) {
            char *m = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            m[100] = 1;
            sum += (uint64_t)(munmap(m, 65536) == 0);
            int fd = open("/proc/self/stat", O_RDONLY);
            sum += fd < 0 || read(fd, buf, 10) == 10;
            close(fd);
        }
    }
    return done("syscalls", sum);
}
