/* What perf(1) wants to know of translations: the map of names (-perfmap), and texts with their
 * time (-jitdump).
 *
 * No descriptor is kept that the guest could close: files are opened for each text, which only who
 * profiles pays for. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>

#include "base/clock.h"
#include "debug/debug.h"

/* tools/perf/Documentation/jitdump-specification.txt of Linux. */
struct dump_header {
    u32 magic, version, total_size, elf_mach, pad, pid;
    u64 timestamp, flags;
};
struct dump_load {
    u32 id, total_size;
    u64 timestamp;
    u32 pid, tid;
    u64 vma, code_addr, code_size, code_index;
};
enum { DUMP_MAGIC = 0x4a695444, DUMP_VERSION = 1, DUMP_CODE_LOAD = 0 };
_Static_assert(sizeof(struct dump_header) == 40 && sizeof(struct dump_load) == 56,
               "as perf reads them");

static u64 now_ns(void)
{
    struct timespec ts;
    clock_read(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

static void append(const char *path, const struct iovec *iov, int n)
{
    long fd = raw_openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0);
    if (fd >= 0) {
        raw_writev((int)fd, iov, n);
        raw_close((int)fd);
    }
}

/* A new file, be there one of an older process or not. Returns the descriptor. */
static int create(const char *path)
{
    raw_unlinkat(AT_FDCWD, path, 0);
    long fd = raw_openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        die(1, "cannot write %s: %s", path, errno_text((int)-fd));
    }
    return (int)fd;
}

/* perf finds the dump by an executable mapping of it, which it notes as it happens. */
static void start_dump(struct debug_perf *p)
{
    char cwd[sizeof(p->dump_path) - 32];
    long n = raw_readlinkat(AT_FDCWD, "/proc/self/cwd", cwd, sizeof(cwd));
    fmt_snprintf(p->dump_path, sizeof(p->dump_path), "%.*s/jit-%d.dump", n > 0 ? (int)n : 1,
                 n > 0 ? cwd : ".", p->pid);
    struct dump_header h = {.magic = DUMP_MAGIC,
                            .version = DUMP_VERSION,
                            .total_size = sizeof(h),
                            .elf_mach = EM_X86_64,
                            .pid = (u32)p->pid,
                            .timestamp = now_ns()};
    int fd = create(p->dump_path);
    raw_write(fd, &h, sizeof(h));
    long at = raw_mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    if (!raw_is_err(at)) {
        raw_munmap((u64)at, 4096);
    }
    raw_close(fd);
}

/* After a fork the child has files of its own. */
static void start_process(struct debug_perf *p)
{
    s32 pid = (s32)raw_getpid();
    if (p->pid == pid) {
        return;
    }
    p->pid = pid;
    if (p->map) {
        fmt_snprintf(p->map_path, sizeof(p->map_path), "/tmp/perf-%d.map", pid);
        raw_close(create(p->map_path));
    }
    if (p->dump) {
        start_dump(p);
    }
}

static void put_load(struct debug_perf *p, const struct exec_text *t, const char *name, size_t len)
{
    struct dump_load l = {
        .id = DUMP_CODE_LOAD, .timestamp = now_ns(), .pid = (u32)p->pid, .tid = (u32)raw_gettid()};
    l.vma = l.code_addr = t->host;
    l.code_size = t->len;
    l.code_index = p->count++;
    l.total_size = (u32)(sizeof(l) + len + 1 + t->len);
    struct iovec iov[] = {
        {&l, sizeof(l)}, {(void *)(uintptr_t)name, len + 1}, {(void *)t->host, t->len}};
    append(p->dump_path, iov, 3);
}

void debug_perf_text(void *perf, const struct exec_text *t)
{
    struct debug_perf *p = perf;
    char name[512], line[640];
    struct strbuf sb = STRBUF_ON(name), map = STRBUF_ON(line);
    start_process(p);
    if (t->pc) {
        debug_symbol(&p->symbols, t->pc, &sb);
        sb_puts(&sb, t->tier == 2 ? " (tier 2)" : "");
    } else {
        sb_puts(&sb, "[ferry: entry, look-up and return]");
    }
    if (p->map) {
        sb_printf(&map, "%llx %x %s\n", (unsigned long long)t->host, t->len, name);
        append(p->map_path, &(struct iovec){line, map.len}, 1);
    }
    if (p->dump) {
        put_load(p, t, name, sb.len);
    }
}
