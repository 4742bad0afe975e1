/* The files of /proc that must show the guest and not ferry. */
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/prctl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "syscall/priv.h"

/* The pid and file of a path like /proc/PID/NAME, /proc/self/task/TID/NAME, /proc/thread-self/NAME. Pid 0: this
 * process. Returns NAME or NULL. */
static const char *proc_name(const char *path, s32 *pid)
{
    if (strncmp(path, "/proc/", 6) != 0) {
        return NULL;
    }
    const char *p = path + 6;
    *pid = 0;
    if (strncmp(p, "self/", 5) == 0) {
        p += 5;
    } else if (strncmp(p, "thread-self/", 12) == 0) {
        p += 12;
    } else if (*p >= '1' && *p <= '9') {
        for (; *p >= '0' && *p <= '9'; p++) {
            *pid = *pid * 10 + (*p - '0');
        }
        if (*p++ != '/') {
            return NULL;
        }
    } else {
        return NULL;
    }
    if (strncmp(p, "task/", 5) == 0) {
        for (p += 5; *p >= '0' && *p <= '9'; p++) {
        }
        if (*p++ != '/') {
            return NULL;
        }
    }
    if (*pid == (s32)raw_syscall(__NR_getpid)) {
        *pid = 0;
    }
    return p;
}

static s64 write_all(int fd, const char *data, u64 len)
{
    while (len) {
        long n = raw_write(fd, data, len);
        if (n < 0) {
            return n;
        }
        data += n;
        len -= (u64)n;
    }
    return 0;
}

/* A descriptor to read what FILL writes, at its start. */
static int made_file(const char *name, u32 flags, void (*fill)(int fd))
{
    int fd = (int)raw_syscall(__NR_memfd_create, RAW_PTR(name), flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
    if (fd >= 0) {
        fill(fd);
        raw_lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static unsigned cpu_count(void)
{
    u64 mask[128] = {0};
    long n = raw_syscall(__NR_sched_getaffinity, 0, sizeof(mask), RAW_PTR(mask));
    unsigned count = 0;
    for (long i = 0; i < n / 8; i++) {
        count += (unsigned)__builtin_popcountll(mask[i]);
    }
    return MAX(count, 1u);
}

static void fill_cpuinfo(int fd)
{
    static const size_t cap = 256u << 10;
    long p = raw_syscall(__NR_mmap, 0, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!raw_is_err(p)) {
        struct strbuf sb = {(char *)p, 0, cap};
        process.abi->cpuinfo(&sb, process.features, cpu_count());
        write_all(fd, sb.data, sb.len);
        raw_syscall(__NR_munmap, p, cap);
    }
}

static void fill_range(int fd, gaddr lo, gaddr hi)
{
    char buf[1024];
    while (lo < hi) {
        u64 n = MIN(hi - lo, sizeof(buf));
        if (mem_read(buf, lo, n) < 0 || write_all(fd, buf, n) < 0) {
            return;
        }
        lo += n;
    }
}

static void fill_cmdline(int fd)
{
    fill_range(fd, sys_config.image->arg_start, sys_config.image->arg_end);
}

static void fill_environ(int fd)
{
    fill_range(fd, sys_config.image->env_start, sys_config.image->env_end);
}

static void fill_auxv(int fd)
{
    fill_range(fd, sys_config.image->auxv, sys_config.image->auxv + sys_config.image->auxv_size);
}

/* One line of maps. The host's own file has the names, so it is read once beside ours. */
struct maps_state {
    int fd;
    struct strbuf host; /* text of the host's maps */
};

/* The name column of the host's mapping that holds ADDR. */
static void host_name(const struct maps_state *m, gaddr addr, struct strbuf *out)
{
    const char *p = m->host.data, *end = p + m->host.len;
    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        nl = nl ? nl : end;
        u64 bound[2] = {0, 0};
        const char *q = p;
        for (int i = 0; i < 2; i++, q++) {
            for (; (*q >= '0' && *q <= '9') || (*q >= 'a' && *q <= 'f'); q++) {
                bound[i] = bound[i] << 4 | (u64)(*q <= '9' ? *q - '0' : *q - 'a' + 10);
            }
        }
        if (addr >= bound[0] && addr < bound[1]) {
            const char *name = memchr(q, '/', (size_t)(nl - q));
            if (name) {
                sb_write(out, name, (size_t)(nl - name));
            }
            return;
        }
        p = nl + 1;
    }
}

static bool maps_line(const struct mem_vma *v, void *arg)
{
    struct maps_state *m = arg;
    const struct loader_image *img = sys_config.image;
    char text[PATH_MAX + 128];
    struct strbuf sb = STRBUF_ON(text);
    sb_printf(&sb, "%08llx-%08llx %c%c%c%c %08llx %02x:%02x %llu ", (unsigned long long)v->lo, (unsigned long long)v->hi,
              v->prot & PROT_READ ? 'r' : '-', v->prot & PROT_WRITE ? 'w' : '-', v->prot & PROT_EXEC ? 'x' : '-',
              v->shared ? 's' : 'p', (unsigned long long)v->offset, v->dev_major, v->dev_minor,
              (unsigned long long)v->ino);
    while (sb.len < 73) {
        sb_putc(&sb, ' ');
    }
    if (v->ino) {
        host_name(m, v->lo, &sb);
    } else if (img->sp >= v->lo && img->sp < v->hi) {
        sb_puts(&sb, "[stack]");
    } else if (img->vdso == v->lo && img->vdso) {
        sb_puts(&sb, "[vdso]");
    } else if (v->lo == mem_brk_start()) {
        sb_puts(&sb, "[heap]");
    }
    while (sb.len > 0 && sb.data[sb.len - 1] == ' ') {
        sb.len--;
    }
    sb_putc(&sb, '\n');
    return write_all(m->fd, sb.data, sb.len) == 0;
}

static void fill_maps(int fd)
{
    static const size_t cap = 4u << 20;
    struct maps_state m = {.fd = fd};
    long p = raw_syscall(__NR_mmap, 0, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (raw_is_err(p)) {
        return;
    }
    m.host = (struct strbuf){(char *)p, 0, cap};
    long host = raw_openat(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    for (long n = 1; host >= 0 && n > 0 && m.host.len < cap - 1; m.host.len += (u64)MAX(n, 0l)) {
        n = raw_read((int)host, m.host.data + m.host.len, cap - 1 - m.host.len);
    }
    if (host >= 0) {
        raw_close((int)host);
    }
    mem_visit(maps_line, &m);
    raw_syscall(__NR_munmap, p, cap);
}

int sys_proc_open(const char *path, u32 flags)
{
    static const struct {
        char name[12];
        char kind;
    } files[] = {{"cmdline", 'c'}, {"environ", 'e'}, {"auxv", 'a'}, {"maps", 'm'}};
    s32 pid;
    if (path[0] != '/' || path[1] != 'p') {
        return SYS_NOT_PROC;
    }
    if (strcmp(path, "/proc/cpuinfo") == 0) {
        return made_file("cpuinfo", flags, fill_cpuinfo);
    }
    const char *name = proc_name(path, &pid);
    if (!name) {
        return SYS_NOT_PROC;
    }
    if (strcmp(name, "exe") == 0) {
        char exe[PATH_MAX];
        memcpy(exe, path, strlen(path) + 1);
        sys_proc_exe(exe);
        return (int)raw_openat(AT_FDCWD, exe, (int)flags, 0);
    }
    for (size_t i = 0; pid == 0 && i < ARRAY_LEN(files); i++) {
        if (strcmp(name, files[i].name) == 0) {
            switch (files[i].kind) {
            case 'c':
                return made_file("cmdline", flags, fill_cmdline);
            case 'e':
                return made_file("environ", flags, fill_environ);
            case 'a':
                return made_file("auxv", flags, fill_auxv);
            case 'm':
                return made_file("maps", flags, fill_maps);
            }
        }
    }
    return SYS_NOT_PROC;
}

static bool same_file(const char *a, const char *b)
{
    struct stat sa, sb;
    return raw_fstatat(AT_FDCWD, a, &sa, 0) == 0 && raw_fstatat(AT_FDCWD, b, &sb, 0) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

/* The program another ferry process runs: the first file it has mapped that is not ferry. */
static bool other_exe(s32 pid, char *out)
{
    char name[64], text[8192];
    struct stat self;
    fmt_snprintf(name, sizeof(name), "/proc/%d/exe", pid);
    if (!same_file(name, "/proc/self/exe") || raw_fstatat(AT_FDCWD, name, &self, 0) < 0) {
        return false;
    }
    fmt_snprintf(name, sizeof(name), "/proc/%d/maps", pid);
    long fd = raw_openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
    long n = fd < 0 ? fd : raw_read((int)fd, text, sizeof(text) - 1);
    if (fd >= 0) {
        raw_close((int)fd);
    }
    if (n <= 0) {
        return false;
    }
    text[n] = 0;
    for (char *line = text; line && *line;) {
        char *nl = strchr(line, '\n');
        if (nl) {
            *nl = 0;
        }
        char *file = strchr(line, '/');
        struct stat st;
        if (file && raw_fstatat(AT_FDCWD, file, &st, 0) == 0 && (st.st_ino != self.st_ino || st.st_dev != self.st_dev)) {
            memcpy(out, file, strlen(file) + 1);
            return true;
        }
        line = nl ? nl + 1 : NULL;
    }
    return false;
}

void sys_proc_exe(char *path)
{
    s32 pid;
    const char *name = path[0] == '/' && path[1] == 'p' ? proc_name(path, &pid) : NULL;
    if (!name || strcmp(name, "exe") != 0) {
        return;
    }
    if (pid == 0) {
        memcpy(path, sys_config.image->exe_path, strlen(sys_config.image->exe_path) + 1);
    } else {
        other_exe(pid, path);
    }
}

s64 sys_proc_readlink(const char *path, gaddr buf, u64 len)
{
    char exe[PATH_MAX];
    s32 pid;
    const char *name = path[0] == '/' && path[1] == 'p' ? proc_name(path, &pid) : NULL;
    if (!name || strcmp(name, "exe") != 0) {
        return SYS_NOT_PROC;
    }
    if ((s64)len <= 0) {
        return -EINVAL;
    }
    memcpy(exe, path, strlen(path) + 1);
    sys_proc_exe(exe);
    if (strcmp(exe, path) == 0) {
        return SYS_NOT_PROC; /* another process, not ours */
    }
    u64 n = MIN(strlen(exe), len);
    return mem_write(buf, exe, n) < 0 ? -EFAULT : (s64)n;
}

void sys_show_guest(void)
{
    const struct loader_image *img = sys_config.image;
    if (sys_config.name) {
        raw_syscall(__NR_prctl, PR_SET_NAME, RAW_PTR(sys_config.name));
    }
    /* With this ps and top of every process see the guest's arguments. The kernel may not have it. */
    struct prctl_mm_map map;
    memset(&map, 0, sizeof(map));
    gaddr brk = mem_brk_start();
    map.start_code = map.start_data = map.end_data = img->exe_base;
    map.end_code = map.start_code + 1; /* the kernel wants some */
    map.start_brk = map.brk = brk;
    map.start_stack = img->sp;
    map.arg_start = img->arg_start;
    map.arg_end = img->arg_end;
    map.env_start = img->env_start;
    map.env_end = img->env_end;
    map.auxv = (void *)img->auxv;
    map.auxv_size = (u32)img->auxv_size;
    map.exe_fd = (u32)-1;
    raw_syscall(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, RAW_PTR(&map), sizeof(map), 0);
}
