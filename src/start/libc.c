/* The functions of the C library that ferry and libelf's reading use: with ferry's own start nothing of libc is
 * linked. Only the loader allocates, a few blocks for libelf, so memory is not given back. */
#define _GNU_SOURCE
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/sys_raw.h"
#include "start/priv.h"

const Elf64_auxv_t *start_auxv;

static int error_number;

int *__errno_location(void)
{
    return &error_number;
}

/* RET of a raw call as libc gives it. */
static long libc_result(long ret)
{
    if (raw_is_err(ret)) {
        error_number = (int)-ret;
        return -1;
    }
    return ret;
}

unsigned long getauxval(unsigned long type)
{
    for (const Elf64_auxv_t *a = start_auxv; a->a_type != AT_NULL; a++) {
        if (a->a_type == type) {
            return a->a_un.a_val;
        }
    }
    error_number = ENOENT;
    return 0;
}

void *malloc(size_t size)
{
    return pool_alloc(size);
}

/* What malloc gives has never been used before, so it is zero. */
void *calloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) {
        error_number = ENOMEM;
        return NULL;
    }
    return malloc(bytes);
}

void free(void *p)
{
    (void)p;
}

ssize_t pread(int fd, void *buf, size_t len, off_t offset)
{
    return libc_result(raw_pread(fd, buf, len, (u64)offset));
}

int fstat(int fd, struct stat *st)
{
    return (int)libc_result(raw_fstat(fd, st));
}

int fcntl(int fd, int op, ...)
{
    va_list ap;
    va_start(ap, op);
    long arg = va_arg(ap, long);
    va_end(ap);
    return (int)libc_result(raw_fcntl(fd, op, (u64)arg));
}

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{
    return (void *)libc_result(raw_mmap(RAW_PTR(addr), len, prot, flags, fd, (u64)offset));
}

int munmap(void *addr, size_t len)
{
    return (int)libc_result(raw_munmap(RAW_PTR(addr), len));
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    return (int)libc_result(clock_read(clock, ts));
}

/* Numbers of archive members, which are decimal or octal. */
long strtol(const char *s, char **end, int base)
{
    unsigned long v = 0;
    while (*s == ' ') {
        s++;
    }
    bool minus = *s == '-';
    s += minus;
    while (*s >= '0' && *s < '0' + MIN(base, 10)) {
        v = v * (unsigned)base + (unsigned)(*s++ - '0');
    }
    if (end) {
        *end = (char *)s;
    }
    return (long)(minus ? -v : v);
}

/* The C locale's classes as far as the headers of archives need them. */
const unsigned short **__ctype_b_loc(void)
{
    static const unsigned short classes[384] = {
        [128 + '0' ... 128 + '9'] = _ISdigit | _ISxdigit | _ISalnum | _ISgraph | _ISprint,
        [128 + '\t' ... 128 + '\r'] = _ISspace | _IScntrl,
        [128 + ' '] = _ISspace | _ISblank | _ISprint,
    };
    static const unsigned short *table;
    table = classes + 128;
    return &table;
}

char *dcgettext(const char *domain, const char *text, int category)
{
    (void)domain, (void)category;
    return (char *)text;
}

NORETURN void __assert_fail(const char *what, const char *file, unsigned line, const char *function)
{
    (void)function;
    bug_at(file, (int)line, "assertion failed: %s", what);
}

NORETURN void __stack_chk_fail(void)
{
    bug("a function of libelf wrote beyond its stack frame");
}
