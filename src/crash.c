/* An instruction that ferry does not know is named, because "Illegal instruction" tells nobody
 * whose fault it is. */
#include "crash.h"

#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "arch.h"
#include "signal/signal.h"

static u64 hex(const char **p)
{
    u64 v = 0;
    for (;; ++*p) {
        char c = **p;
        if (c >= '0' && c <= '9') {
            v = v << 4 | (u64)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            v = v << 4 | (u64)(c - 'a' + 10);
        } else {
            return v;
        }
    }
}

/* LINE of /proc/self/maps: when it holds PC, where that is in the file it names goes to OUT. */
static bool place_in_line(const char *line, gaddr pc, struct strbuf *out)
{
    const char *p = line, *name = strchr(line, '/');
    u64 lo = hex(&p);
    p += *p == '-';
    u64 hi = hex(&p);
    if (pc < lo || pc >= hi || !name) {
        return false;
    }
    p += sizeof(" r-xp ") - 1;
    sb_printf(out, ", %s+0x%llx", name, (unsigned long long)(pc - lo + hex(&p)));
    return true;
}

/* The file and the offset in it that PC lies in; nothing when it is no file's. */
static void put_place(gaddr pc, struct strbuf *out)
{
    char line[4096 + 128], c;
    size_t len = 0;
    long fd = raw_openat(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
    while (fd >= 0 && raw_read((int)fd, &c, 1) == 1) {
        line[len] = c == '\n' ? 0 : c;
        len = c == '\n' ? 0 : MIN(len + 1, sizeof(line) - 1);
        if (c == '\n' && place_in_line(line, pc, out)) {
            break;
        }
    }
    if (fd >= 0) {
        raw_close((int)fd);
    }
}

/* Instructions that are defined to be none: compilers put them where control never comes. */
static bool is_meant(u16 e_machine, u32 word)
{
    if (e_machine == EM_RISCV) {
        return (u16)word == 0 || word == 0xc0001073; /* c.unimp, unimp */
    }
    return word >> 16 == 0; /* udf */
}

void crash_illegal(const struct thread *t)
{
    char text[4096 + 512];
    struct strbuf sb = STRBUF_ON(text);
    gaddr pc = t->cpu->pc;
    u32 word = 0;
    const struct arch *arch = arch_by_name(process.abi->uname_machine);
    bool caught =
        t->sighand->act[SIGILL - 1].handler > (u64)SIG_IGN && !(t->sigmask & SIGSET_BIT(SIGILL));
    if (caught || !arch || (mem_read(&word, pc, 4) < 0 && mem_read(&word, pc, 2) < 0) ||
        is_meant(arch->e_machine, word)) {
        return;
    }
    sb_puts(&sb, "ferry: the program ends by an illegal instruction: ");
    arch->guest->name_of(pc, (const u8 *)&word, &sb);
    sb_printf(&sb, " at %#llx", (unsigned long long)pc);
    put_place(pc, &sb);
    sb_puts(&sb, "; the processor that -cpu shows to programs has none such\n");
    raw_write(2, sb.data, sb.len);
}
