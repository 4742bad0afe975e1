/* Log channels and the ends of the process by message; everything leaves by one raw write. */
#define _GNU_SOURCE
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/sys_raw.h"

#define LOG_LINE_MAX 4096

u32 log_mask;

/* The log's own state: with run.c's the only mutable globals (DESIGN section 7). */
static int log_descriptor = 2;
static const char *log_file = "standard error";

static const char *const channel_names[] = {
#define LOG_NAME(name, help) #name,
    LOG_CHANNELS(LOG_NAME)
#undef LOG_NAME
};

static int find_channel(const char *name, size_t len)
{
    for (unsigned i = 0; i < ARRAY_LEN(channel_names); i++) {
        if (strlen(channel_names[i]) == len && !memcmp(channel_names[i], name, len)) {
            return (int)i;
        }
    }
    return -1;
}

int log_enable(const char *list, const char **bad, size_t *bad_len)
{
    u32 mask = 0;
    for (const char *p = list; *p;) {
        size_t len = strcspn(p, ",");
        int ch = find_channel(p, len);
        if (ch < 0) {
            *bad = p;
            *bad_len = len;
            return -EINVAL;
        }
        mask |= BIT(ch);
        p += len;
        p += *p == ',';
    }
    log_mask |= mask;
    return 0;
}

/* FILE with each %d replaced by the process id. */
static void expand_name(struct strbuf *out, const char *file)
{
    for (const char *p = file; *p; p++) {
        if (p[0] == '%' && p[1] == 'd') {
            sb_printf(out, "%ld", raw_getpid());
            p++;
        } else {
            sb_putc(out, *p);
        }
    }
}

int log_open(const char *file, bool append)
{
    char name[LOG_LINE_MAX];
    struct strbuf sb = STRBUF_ON(name);
    expand_name(&sb, file);
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (append ? 0 : O_TRUNC);
    long fd = raw_openat(AT_FDCWD, name, flags, 0666);
    if (raw_is_err(fd)) {
        return (int)fd;
    }
    log_descriptor = raw_fd_aside((int)fd);
    log_file = file;
    return 0;
}

int log_fd(void)
{
    return log_descriptor;
}

/* All of DATA to FD; 0 or -errno. */
static long write_all(int fd, const char *data, size_t len)
{
    while (len) {
        long n = raw_write(fd, data, len);
        if (n == -EINTR || n == -EAGAIN) {
            continue;
        }
        if (raw_is_err(n)) {
            return n;
        }
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

void log_write(const void *data, size_t len)
{
    long err = write_all(log_descriptor, data, len);
    if (err < 0 && log_descriptor != 2) {
        die(1, "cannot write the log to %s: %s; free some space or choose another file with -D",
            log_file, errno_text((int)-err));
    }
}

void log_printf(enum log_channel ch, const char *fmt, ...)
{
    if (!log_on(ch)) {
        return;
    }
    char line[LOG_LINE_MAX];
    struct strbuf sb = STRBUF_ON(line);
    va_list ap;
    va_start(ap, fmt);
    sb_vprintf(&sb, fmt, ap);
    va_end(ap);
    log_write(line, sb.len);
}

void die(int exit_code, const char *fmt, ...)
{
    char line[LOG_LINE_MAX];
    struct strbuf sb = STRBUF_ON(line);
    va_list ap;
    sb.cap--; /* the newline always fits */
    sb_puts(&sb, "ferry: ");
    va_start(ap, fmt);
    sb_vprintf(&sb, fmt, ap);
    va_end(ap);
    sb.cap++;
    sb_putc(&sb, '\n');
    write_all(2, line, sb.len);
    raw_exit_group(exit_code);
}

void bug_at(const char *file, int line, const char *fmt, ...)
{
    char text[LOG_LINE_MAX];
    struct strbuf sb = STRBUF_ON(text);
    va_list ap;
    sb.cap--;
    sb_printf(&sb, "ferry: bug in ferry at %s:%d: ", file, line);
    va_start(ap, fmt);
    sb_vprintf(&sb, fmt, ap);
    va_end(ap);
    sb.cap++;
    sb_putc(&sb, '\n');
    write_all(2, text, sb.len);
    /* The guest may own SIGABRT: give it back its default action before dying by it. */
    struct raw_sigaction dfl = {0};
    u64 mask = 0;
    raw_rt_sigaction(SIGABRT, &dfl, NULL);
    raw_rt_sigprocmask(SIG_SETMASK, &mask, NULL);
    raw_tgkill((int)raw_getpid(), (int)raw_gettid(), SIGABRT);
    raw_exit_group(134);
}
