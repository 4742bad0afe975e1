/* Messages, JSON strings, small files and directories. */
#include <fcntl.h>
#include <string.h>

#include "base/sys_raw.h"
#include "binfmt/binfmt.h"

bool failed(struct text *t, const char *format, ...)
{
    struct strbuf sb = STRBUF_ON(t->s);
    va_list args;
    t->s[0] = 0;
    va_start(args, format);
    sb_vprintf(&sb, format, args);
    va_end(args);
    return false;
}

void add(struct text *t, const char *format, ...)
{
    struct strbuf sb = STRBUF_ON(t->s);
    va_list args;
    sb.len = strlen(t->s);
    va_start(args, format);
    sb_vprintf(&sb, format, args);
    va_end(args);
}

void text_json(struct strbuf *out, const char *s)
{
    sb_putc(out, '"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            sb_printf(out, "\\%c", c);
        } else if (c < 0x20) {
            sb_printf(out, "\\u%04x", c);
        } else {
            sb_putc(out, (char)c);
        }
    }
    sb_putc(out, '"');
}

long read_file(const char *path, char *out, size_t cap)
{
    size_t len = 0;
    long n = 1, fd = raw_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    while (len < cap - 1 && n > 0) {
        n = raw_read((int)fd, out + len, cap - 1 - len);
        len += n > 0 ? (size_t)n : 0;
    }
    raw_close((int)fd);
    out[len] = 0;
    return n < 0 ? n : (long)len;
}

/* What getdents64 gives. */
struct dirent_raw {
    u64 ino;
    s64 off;
    u16 reclen;
    u8 type;
    char name[];
};

long visit_names(const char *dir, bool (*visit)(const char *name, void *arg), void *arg)
{
    u8 buf[4096] __attribute__((aligned(8)));
    bool more = true;
    long n, fd = raw_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) {
        return fd;
    }
    while (more && (n = raw_getdents64((int)fd, buf, sizeof(buf))) > 0) {
        for (long at = 0; more && at < n;) {
            const struct dirent_raw *d = (const struct dirent_raw *)(buf + at);
            at += d->reclen;
            if (d->name[0] != '.') {
                more = visit(d->name, arg);
            }
        }
    }
    raw_close((int)fd);
    return 0;
}
