/* One line a system call, in strace's manner, from the signature letters of syscalls.def. */
#include <errno.h>
#include <string.h>

#include "debug/debug.h"
#include "debug/priv.h"

#define MAX_STRING 128 /* bytes of a path or name shown */
#define MAX_BYTES 32   /* bytes of a buffer shown */
#define MAX_ARGV 16    /* strings of an argument vector shown */

/* Up to LEN bytes at ADDR into DST, stopping where guest memory ends; returns how many. */
static size_t read_some(const struct debug_strace *s, void *dst, gaddr addr, size_t len)
{
    size_t done = 0;
    while (done < len) {
        size_t to_page_end = 4096 - ((addr + done) & 4095);
        size_t n = MIN(len - done, to_page_end);
        if (s->read((u8 *)dst + done, addr + done, n) < 0) {
            break;
        }
        done += n;
    }
    return done;
}

static void put_char(struct strbuf *sb, u8 c)
{
    static const char escapes[] = "\"\"\\\\\nn\tt\rr";
    for (const char *e = escapes; *e; e += 2) {
        if ((u8)e[0] == c) {
            sb_printf(sb, "\\%c", e[1]);
            return;
        }
    }
    if (c < 0x20 || c >= 0x7f) {
        sb_printf(sb, "\\x%02x", c);
    } else {
        sb_putc(sb, (char)c);
    }
}

static void put_quoted(struct strbuf *sb, const u8 *p, size_t len, bool more)
{
    sb_putc(sb, '"');
    for (size_t i = 0; i < len; i++) {
        put_char(sb, p[i]);
    }
    sb_puts(sb, more ? "\"..." : "\"");
}

static void put_address(struct strbuf *sb, u64 addr)
{
    if (addr) {
        sb_printf(sb, "0x%lx", (unsigned long)addr);
    } else {
        sb_puts(sb, "NULL");
    }
}

static void put_string(struct debug_strace *s, gaddr addr)
{
    u8 buf[MAX_STRING];
    size_t n = addr ? read_some(s, buf, addr, sizeof(buf)) : 0;
    if (n == 0) {
        put_address(&s->sb, addr);
        return;
    }
    const u8 *nul = memchr(buf, 0, n);
    put_quoted(&s->sb, buf, nul ? (size_t)(nul - buf) : n, !nul);
}

static void put_bytes(struct debug_strace *s, gaddr addr, u64 len)
{
    u8 buf[MAX_BYTES];
    size_t want = MIN(len, (u64)sizeof(buf));
    size_t n = addr ? read_some(s, buf, addr, want) : 0;
    if (n == 0 && len) {
        put_address(&s->sb, addr);
        return;
    }
    put_quoted(&s->sb, buf, n, len > n);
}

static void put_string_array(struct debug_strace *s, gaddr addr)
{
    gaddr item;
    if (!addr || s->read(&item, addr, sizeof(item)) < 0) {
        put_address(&s->sb, addr);
        return;
    }
    sb_putc(&s->sb, '[');
    for (unsigned i = 0; s->read(&item, addr + i * sizeof(item), sizeof(item)) == 0 && item; i++) {
        sb_puts(&s->sb, i ? ", " : "");
        if (i == MAX_ARGV) {
            sb_puts(&s->sb, "...");
            break;
        }
        put_string(s, item);
    }
    sb_putc(&s->sb, ']');
}

static void put_timespec(struct debug_strace *s, gaddr addr)
{
    s64 ts[2];
    if (!addr || s->read(ts, addr, sizeof(ts)) < 0) {
        put_address(&s->sb, addr);
        return;
    }
    sb_printf(&s->sb, "{%ld, %ld}", (long)ts[0], (long)ts[1]);
}

static void put_signal(struct strbuf *sb, int signo)
{
    char name[16];
    sb_puts(sb, signo ? debug_signal_name(signo, name) : "0");
}

static void put_sigset(struct debug_strace *s, gaddr addr)
{
    u64 set;
    char name[16];
    if (!addr || s->read(&set, addr, sizeof(set)) < 0) {
        put_address(&s->sb, addr);
        return;
    }
    bool most = __builtin_popcountll(set) > 32; /* shorter by what is not in it */
    const char *sep = "";
    u64 shown = most ? ~set : set;
    sb_puts(&s->sb, most ? "~[" : "[");
    for (int signo = 1; signo <= 64; signo++) {
        if (shown & BIT64(signo - 1)) {
            sb_printf(&s->sb, "%s%s", sep, debug_signal_name(signo, name) + strlen("SIG"));
            sep = " ";
        }
    }
    sb_putc(&s->sb, ']');
}

static void put_sockaddr(struct debug_strace *s, gaddr addr)
{
    u8 sa[110];
    size_t n = addr ? read_some(s, sa, addr, 28) : 0;
    u16 family;
    if (n < 8) {
        put_address(&s->sb, addr);
        return;
    }
    memcpy(&family, sa, sizeof(family));
    sb_putc(&s->sb, '{');
    debug_put_value(&s->sb, SET_FAMILY, family);
    if (family == 1) {
        n = read_some(s, sa, addr, sizeof(sa));
        sb_puts(&s->sb, ", ");
        size_t len = strnlen((char *)sa + 2, n - 2);
        put_quoted(&s->sb, sa + 2, len, false);
    } else if (family == 2) {
        sb_printf(&s->sb, ", %u.%u.%u.%u:%u", sa[4], sa[5], sa[6], sa[7], sa[2] << 8 | sa[3]);
    }
    sb_putc(&s->sb, '}');
}

/* Of a call that opens, or of one that only makes a descriptor. */
static void put_open_flags(struct debug_strace *s, u64 flags, bool opens)
{
    u64 rest = (u32)flags;
    unsigned put = 0;
    if (opens ? (rest & 3) == 0 : rest == 0) {
        sb_puts(&s->sb, opens ? "O_RDONLY" : "0");
        put = 1;
    }
    put = debug_put_bits(&s->sb, s->arm_open_flags ? SET_OPEN_ARM : SET_OPEN_GENERIC, &rest, put);
    put = debug_put_bits(&s->sb, SET_OPEN, &rest, put);
    if (rest) {
        sb_printf(&s->sb, "%s0x%lx", put ? "|" : "", (unsigned long)rest);
    }
}

/* Socket type or futex operation: a value in the low bits, flags above. */
static void put_value_and_flags(struct strbuf *sb, enum debug_set set, u64 v, u64 mask,
                                const struct debug_name *flags)
{
    debug_put_value(sb, set, v & mask);
    v &= ~mask;
    for (; flags->name; flags++) {
        if (v & flags->value) {
            sb_printf(sb, "|%s", flags->name);
            v &= ~(u64)flags->value;
        }
    }
    if (v) {
        sb_printf(sb, "|0x%lx", (unsigned long)v);
    }
}

static void put_futex_op(struct strbuf *sb, u32 op)
{
    static const struct debug_name flags[] = {
        {128, "FUTEX_PRIVATE_FLAG"}, {256, "FUTEX_CLOCK_REALTIME"}, {0}};
    put_value_and_flags(sb, SET_FUTEX, op, 127, flags);
}

static void put_socket_type(struct strbuf *sb, u32 type)
{
    static const struct debug_name flags[] = {
        {0x80000, "SOCK_CLOEXEC"}, {0x800, "SOCK_NONBLOCK"}, {0}};
    put_value_and_flags(sb, SET_SOCK_TYPE, type, 15, flags);
}

static void put_clone_flags(struct strbuf *sb, u64 flags)
{
    u64 bits = flags & ~0xffull;
    char name[16];
    if (bits) {
        debug_put_flags(sb, SET_CLONE, bits);
    }
    if (flags & 0xff) {
        sb_printf(sb, "%s%s", bits ? "|" : "", debug_signal_name((int)(flags & 0xff), name));
    } else if (!bits) {
        sb_putc(sb, '0');
    }
}

static void put_number(struct strbuf *sb, char letter, u64 v)
{
    switch (letter) {
    case 'u':
        sb_printf(sb, "%u", (u32)v);
        break;
    case 'l':
    case 'X':
        sb_printf(sb, "%ld", (long)v);
        break;
    case 'z':
        sb_printf(sb, "%lu", (unsigned long)v);
        break;
    case 'o':
        sb_printf(sb, "0%o", (u32)v & 07777);
        break;
    case 'x':
        sb_printf(sb, v ? "0x%lx" : "%lu", (unsigned long)v);
        break;
    default:
        sb_printf(sb, "%d", (s32)v);
    }
}

/* Values with names of their own; false when LETTER is a number or an address. */
static bool put_named(struct debug_strace *s, char letter, u64 v)
{
    static const struct {
        char letter;
        bool bits;
        u8 set;
    } sets[] = {
        {'a', true, SET_ACCESS}, {'e', true, SET_AT_FLAGS}, {'h', false, SET_WHENCE},
        {'c', false, SET_FCNTL}, {'K', false, SET_CLOCK},   {'M', true, SET_PROT},
        {'m', true, SET_MAP},    {'f', false, SET_FAMILY},
    };
    for (unsigned i = 0; i < ARRAY_LEN(sets); i++) {
        if (sets[i].letter == letter) {
            (sets[i].bits ? debug_put_flags : debug_put_value)(&s->sb, sets[i].set, (u32)v);
            return true;
        }
    }
    return false;
}

static void put_arg(struct debug_strace *s, char letter, unsigned i, s64 ret)
{
    u64 v = s->args[i];
    switch (letter) {
    case 'P':
    case 'q':
    case 'n':
        put_string(s, v);
        break;
    case 'D':
        if ((s32)v == -100) {
            sb_puts(&s->sb, "AT_FDCWD");
        } else {
            put_number(&s->sb, 'd', v);
        }
        break;
    case 'b':
        put_bytes(s, v, i < 5 ? s->args[i + 1] : 0);
        break;
    case 'B':
        if (ret >= 0) {
            put_bytes(s, v, (u64)ret);
        } else {
            put_address(&s->sb, v);
        }
        break;
    case 'v':
        put_string_array(s, v);
        break;
    case 't':
        put_timespec(s, v);
        break;
    case 'S':
        put_signal(&s->sb, (s32)v);
        break;
    case 'N':
        put_sigset(s, v);
        break;
    case 'A':
        put_sockaddr(s, v);
        break;
    case 'F':
        put_open_flags(s, v, i && (s->sig[i - 1] == 'P' || s->sig[i - 1] == 'n'));
        break;
    case 'g':
        put_futex_op(&s->sb, (u32)v);
        break;
    case 'y':
        put_socket_type(&s->sb, (u32)v);
        break;
    case 'k':
        put_clone_flags(&s->sb, v);
        break;
    case 'p':
    case 'r':
        put_address(&s->sb, v);
        break;
    default:
        if (!put_named(s, letter, v)) {
            put_number(&s->sb, letter, v);
        }
    }
}

static size_t arg_count(const struct debug_strace *s)
{
    const u64 creates = 0x400040; /* O_CREAT, O_TMPFILE: else there is no mode */
    size_t n = MIN(strcspn(s->sig, ":"), (size_t)6);
    return n > 1 && s->sig[n - 2] == 'F' && s->sig[n - 1] == 'o' && !(s->args[n - 2] & creates) ? n - 1 : n;
}

/* Appends arguments from s->next_arg on, up to the first the call itself fills when STOP. */
static void put_args(struct debug_strace *s, bool stop, s64 ret)
{
    size_t count = arg_count(s);
    for (; s->next_arg < count; s->next_arg++) {
        char letter = s->sig[s->next_arg];
        if (stop && letter == 'B') {
            return;
        }
        sb_puts(&s->sb, s->next_arg ? ", " : "");
        put_arg(s, letter, s->next_arg, ret);
    }
}

/* Writes the line with END after the arguments; the line may already be full. */
static void put_line(struct debug_strace *s, const char *end)
{
    char tail[160];
    size_t n = fmt_snprintf(tail, sizeof(tail), ") = %s\n", end);
    s->sb.len = MIN(s->sb.len, s->sb.cap - 1 - n);
    sb_write(&s->sb, tail, n);
    if (log_on(LOG_strace)) {
        log_write(s->sb.data, s->sb.len);
    }
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++) {
        if (!strcmp(name, *list)) {
            return true;
        }
    }
    return false;
}

void debug_strace_enter(struct debug_strace *s)
{
    static const char *const no_return[] = {"exit", "exit_group", "rt_sigreturn", NULL};
    static const char *const rarely_returns[] = {"execve", "execveat", NULL};
    s->sb = STRBUF_ON(s->text);
    s->text[0] = 0;
    s->next_arg = 0;
    if (s->name) {
        sb_printf(&s->sb, "%d %s(", s->tid, s->name);
    } else {
        s->sig = "xxxxxx";
        sb_printf(&s->sb, "%d syscall_%lu(", s->tid, (unsigned long)s->nr);
    }
    put_args(s, true, 0);
    if (s->name && is_one_of(s->name, no_return)) {
        put_line(s, "?");
    } else if (s->name && is_one_of(s->name, rarely_returns)) {
        size_t len = s->sb.len;
        put_line(s, "?");
        s->sb.len = len; /* when it fails after all, a second line says why */
        s->text[len] = 0;
    }
}

void debug_strace_exit(struct debug_strace *s, s64 ret)
{
    const char *colon = strchr(s->sig, ':');
    char text[128];
    struct strbuf end = STRBUF_ON(text);
    text[0] = 0;
    put_args(s, false, ret);
    if (raw_is_err(ret)) {
        sb_printf(&end, "-1 %s (%s)", errno_name((int)-ret), errno_text((int)-ret));
    } else {
        put_number(&end, colon && colon[1] ? colon[1] : 'i', (u64)ret);
    }
    put_line(s, text);
}

void debug_strace_signal(s32 tid, int signo, int code, u64 addr)
{
    char name[16];
    log_printf(LOG_strace, "%d --- %s {si_code=%d, si_addr=0x%lx} ---\n", tid,
               debug_signal_name(signo, name), code, (unsigned long)addr);
}
