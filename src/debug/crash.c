/* The crash report (-d crash): where a program that dies of a fault was, what it did there and before. And where one that
 * lives is (-d hang). */
#include <signal.h>
#include <string.h>

#include "debug/debug.h"
#include "debug/priv.h"

static void put_place(struct strbuf *sb, gaddr addr)
{
    struct debug_place at = {.addr = addr};
    debug_find_place(&at);
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

void debug_where(const struct thread *t, bool in_call)
{
    char text[512];
    struct strbuf sb = STRBUF_ON(text);
    sb_printf(&sb, "ferry: process %ld, thread %d: %s%s, pc ", raw_getpid(), t->tid, in_call ? "in " : "runs",
              in_call && t->call_traced ? t->call_traced : in_call ? "a system call" : "");
    put_place(&sb, t->cpu->pc);
    sb_puts(&sb, "\n");
    log_write(sb.data, sb.len);
}
