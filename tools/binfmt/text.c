/* Messages, JSON strings and small files. */
#include "binfmt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool failed(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(t->s, sizeof(t->s), format, args);
    va_end(args);
    return false;
}

void add(struct text *t, const char *format, ...)
{
    size_t len = strlen(t->s);
    va_list args;
    va_start(args, format);
    vsnprintf(t->s + len, sizeof(t->s) - len, format, args);
    va_end(args);
}

void put_json(const char *s)
{
    putchar('"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < 0x20) {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

long read_file(const char *path, char *out, size_t cap)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    while (len < cap - 1) {
        ssize_t n = read(fd, out + len, cap - 1 - len);
        if (n < 0) {
            long err = -errno;
            close(fd);
            return err;
        }
        if (n == 0) {
            break;
        }
        len += (size_t)n;
    }
    close(fd);
    out[len] = 0;
    return (long)len;
}
