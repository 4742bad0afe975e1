// What a program sees of itself in /proc: exe, cmdline, comm, maps, auxv, environ, status; also by
// number and thread.
#include "t.h"
#include <elf.h>
#include <libgen.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

static long slurp(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY);
    long n = 0, got;
    if (fd < 0) {
        return -errno;
    }
    while (n < (long)size - 1 && (got = read(fd, buf + n, size - 1 - n)) > 0) {
        n += got;
    }
    buf[n] = 0;
    close(fd);
    return n;
}

static void same_file(const char *link)
{
    char a[4096] = "", b[4096];
    long n = readlink(link, a, sizeof a - 1);
    struct stat x, y;
    say("%s: %s, opens %d", link[6] >= '0' && link[6] <= '9' ? "/proc/PID/exe" : link,
        n > 0 ? basename(strcpy(b, a)) : "-",
        !stat(link, &x) && !stat(a, &y) && x.st_ino == y.st_ino);
    char head[4] = "";
    int fd = open(link, O_RDONLY);
    say("elf %d machine right %d", read(fd, head, 4) == 4 && !memcmp(head, "\177ELF", 4), ({
            Elf64_Ehdr e;
            pread(fd, &e, sizeof e, 0) ==
                sizeof e &&
#ifdef __aarch64__
                    e.e_machine == EM_AARCH64;
#elif defined(__riscv)
                    e.e_machine == EM_RISCV;
#else
                    e.e_machine == EM_X86_64;
#endif
        }));
    close(fd);
}

static void cmdline(const char *path, int argc, char **argv)
{
    static char want[100000], got[100000];
    long n = 0;
    for (int i = 0; i < argc; i++) {
        strcpy(want + n, argv[i]);
        n += strlen(argv[i]) + 1;
    }
    long have = slurp(path, got, sizeof got);
    say("cmdline exact %d", have == n && !memcmp(want, got, n));
}

// Finds the mapping that holds ADDR; returns its permissions and name.
static int mapping_of(const void *addr, char *perms, char *name)
{
    static char maps[400000];
    if (slurp("/proc/self/maps", maps, sizeof maps) <= 0) {
        return 0;
    }
    for (char *line = strtok(maps, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long lo, hi, off, ino;
        unsigned maj, min;
        name[0] = 0;
        if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu %4095s", &lo, &hi, perms, &off, &maj, &min,
                   &ino, name) < 7) {
            say("odd line: %s", line);
        } else if ((unsigned long)addr >= lo && (unsigned long)addr < hi) {
            return 1;
        }
    }
    return 0;
}

static int some_data = 1;

static void maps(void)
{
    char perms[8] = "", name[4096], *heap = malloc(100);
    int found = mapping_of((void *)maps, perms, name);
    say("code: %d %s %s", found, perms, basename(name));
    found = mapping_of(&some_data, perms, name);
    say("data: %d %s %s", found, perms, basename(name));
    found = mapping_of(heap, perms, name);
    say("heap: %d %s %s", found, perms, name);
    found = mapping_of(&found, perms, name);
    say("stack: %d %.3s %s", found, perms, name);
    char *m = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    found = mapping_of(m + 4096, perms, name);
    say("mapped: %d %s '%s'", found, perms, name);
    munmap(m, 3 * 4096);
    say("unmapped: %d", mapping_of(m + 4096, perms, name));
}

static void auxv(const char *path)
{
    static char buf[4096];
    long n = slurp(path, buf, sizeof buf);
    Elf64_auxv_t *v = (void *)buf;
    int wrong = 0, count = 0;
    for (long i = 0; (i + 1) * (long)sizeof *v <= n && v[i].a_type; i++, count++) {
        // glibc answers AT_HWCAP with a value of its own on x86_64.
        wrong += v[i].a_type != AT_HWCAP && getauxval(v[i].a_type) != v[i].a_un.a_val;
    }
    say("auxv readable %d, more than 12 %d, wrong %d", n > 0 && n % 16 == 0, count > 12, wrong);
}

static void *named(void *arg)
{
    char comm[64] = "", path[64];
    prctl(PR_SET_NAME, "worker");
    slurp("/proc/thread-self/comm", comm, sizeof comm);
    say("thread comm %.*s", (int)strcspn(comm, "\n"), comm);
    snprintf(path, sizeof path, "/proc/self/task/%ld/comm", (long)syscall(SYS_gettid));
    slurp(path, comm, sizeof comm);
    say("task comm %.*s", (int)strcspn(comm, "\n"), comm);
    slurp("/proc/self/comm", comm, sizeof comm);
    say("process comm %.*s", (int)strcspn(comm, "\n"), comm);
    same_file("/proc/thread-self/exe");
    return arg;
}

int main(int argc, char **argv)
{
    static char buf[100000];
    char path[64];
    same_file("/proc/self/exe");
    snprintf(path, sizeof path, "/proc/%d/exe", getpid());
    same_file(path);
    cmdline("/proc/self/cmdline", argc, argv);
    snprintf(path, sizeof path, "/proc/%d/cmdline", getpid());
    cmdline(path, argc, argv);
    slurp("/proc/self/comm", buf, sizeof buf);
    say("comm %.*s", (int)strcspn(buf, "\n"), buf);
    maps();
    auxv("/proc/self/auxv");
    snprintf(path, sizeof path, "/proc/%d/auxv", getpid());
    auxv(path);
    pthread_t t;
    pthread_create(&t, NULL, named, NULL);
    pthread_join(t, NULL);
    slurp("/proc/self/status", buf, sizeof buf);
    char *p = strstr(buf, "\nThreads:");
    say("threads %d", p ? atoi(p + 9) : -1);
    TRUE((p = strstr(buf, "\nPid:")) && atoi(p + 5) == getpid());
    long n = slurp("/proc/self/stat", buf, sizeof buf);
    TRUE(n > 0 && atoi(buf) == getpid());
    n = readlink("/proc/self/cwd", buf, 4096);
    char cwd[4096];
    TRUE(n > 0 && getcwd(cwd, sizeof cwd) && (buf[n] = 0, !strcmp(buf, cwd)));
    n = readlink("/proc/self/fd/1", buf, 100);
    TRUE(n > 0);
    n = slurp("/proc/cpuinfo", buf, sizeof buf);
    int cpus = 0;
    for (p = buf; (p = strstr(p, "processor")); p++) {
        cpus++;
    }
    TRUE(n > 0 && cpus >= sysconf(_SC_NPROCESSORS_ONLN));
    say("environment %ld", R(slurp("/proc/self/environ", buf, sizeof buf) > 0));
    return 0;
}
