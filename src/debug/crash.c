/* The crash report (-d crash): where a program that dies of a fault was, what it did there and before. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "debug/debug.h"

static const char *parse_hex(const char *p, u64 *v)
{
    *v = 0;
    for (;; p++) {
        int c = *p | 0x20;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return p;
        }
        *v = *v << 4 | (u64)digit;
    }
}

/* One line of /proc/self/maps: LO-HI PROT OFFSET DEVICE INODE PATH. */
struct place {
    gaddr addr;
    bool found;
    char path[256]; /* of the mapping looked at last, "": none */
    gaddr base;     /* where the first mapping of that path begins */
};

static void look_at_line(struct place *at, const char *line)
{
    u64 lo, hi;
    const char *path = strchr(line, '/');
    parse_hex(parse_hex(line, &lo) + 1, &hi);
    if (!path) {
        path = "";
    }
    if (strncmp(at->path, path, sizeof(at->path) - 1) != 0) {
        size_t n = MIN(strlen(path), sizeof(at->path) - 1);
        memcpy(at->path, path, n);
        at->path[n] = 0;
        at->base = lo;
    }
    at->found = at->addr >= lo && at->addr < hi;
}

/* Reads /proc/self/maps up to the line that holds AT->addr. */
static void find_place(struct place *at)
{
    char buf[4096 + 1];
    size_t len = 0;
    long n, fd = raw_syscall(__NR_openat, AT_FDCWD, RAW_PTR("/proc/self/maps"), O_RDONLY | O_CLOEXEC, 0);
    while (fd >= 0 && !at->found && (n = raw_syscall(__NR_read, fd, RAW_PTR(buf + len), sizeof(buf) - 1 - len)) > 0) {
        len += (size_t)n;
        buf[len] = 0;
        char *line = buf, *end;
        while (!at->found && (end = strchr(line, '\n'))) {
            *end = 0;
            look_at_line(at, line);
            line = end + 1;
        }
        len -= (size_t)(line - buf);
        memmove(buf, line, len);
        if (len == sizeof(buf) - 1) { /* no path is that long */
            break;
        }
    }
    if (fd >= 0) {
        raw_syscall(__NR_close, fd);
    }
}

static void put_place(struct strbuf *sb, gaddr addr)
{
    struct place at = {.addr = addr};
    find_place(&at);
    sb_printf(sb, "%#llx", (unsigned long long)addr);
    if (at.found && at.path[0]) {
        sb_printf(sb, " = %s+%#llx", at.path, (unsigned long long)(addr - at.base));
    } else if (!at.found) {
        sb_puts(sb, ", where nothing is mapped");
    }
}

static void put_instruction(struct strbuf *sb, const struct cpu *cpu, int signo)
{
    u8 bytes[16] = {0};
    if (mem_read(bytes, cpu->pc, 4) < 0) {
        return;
    }
    sb_puts(sb, "  instruction ");
    cpu->guest_arch->name_of(cpu->pc, bytes, sb);
    static const char none[] = "undefined";
    const size_t n = sizeof(none) - 1;
    if (signo == SIGILL && sb->len > n && memcmp(sb->data + sb->len - n, none, n) == 0) {
        sb_puts(sb, ": not one of the processor that ferry shows, see -cpu help");
    }
    sb_puts(sb, "\n");
}

static void put_calls(struct strbuf *sb, const struct debug_calls *calls)
{
    sb_puts(sb, "  last system calls\n");
    for (u32 i = 0; i < ARRAY_LEN(calls->at); i++) {
        const struct debug_call *c = &calls->at[(calls->next + i) % ARRAY_LEN(calls->at)];
        if (!c->sig) {
            continue;
        }
        sb_printf(sb, "    %d %s(", c->tid, c->name[0] ? c->name : "unknown");
        for (size_t a = 0; a < strcspn(c->sig, ":") && a < 6; a++) {
            sb_printf(sb, a ? ", %#llx" : "%#llx", (unsigned long long)c->args[a]);
        }
        sb_printf(sb, ") = %lld\n", (long long)c->ret);
    }
}

void debug_note_call(struct debug_calls *calls, const struct debug_call *call)
{
    u32 i = __atomic_fetch_add(&calls->next, 1, __ATOMIC_RELAXED);
    calls->at[i % ARRAY_LEN(calls->at)] = *call;
}

void debug_crash(const struct thread *t, int signo, int code, u64 addr, const struct debug_calls *calls)
{
    char text[8192], name[16];
    struct strbuf sb = STRBUF_ON(text);
    sb_printf(&sb, "ferry: %s died of %s", t->cpu->guest_arch->name, debug_signal_name(signo, name));
    if (code > 0) { /* no signal that somebody sent */
        sb_printf(&sb, ", code %d, address %#llx", code, (unsigned long long)addr);
    }
    sb_printf(&sb, "; process %ld, thread %d\n  pc ", raw_getpid(), t->tid);
    put_place(&sb, t->cpu->pc);
    sb_puts(&sb, "\n");
    put_instruction(&sb, t->cpu, signo);
    put_calls(&sb, calls);
    t->cpu->guest_arch->dump(t->cpu, &sb);
    log_write(sb.data, sb.len);
}
