/* What is known of the kernel, and whether we are alone on it. */
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/sys_raw.h"
#include "binfmt/binfmt.h"

static unsigned number(const char **p)
{
    unsigned v = 0;
    while (**p == ' ' || **p == '.') {
        ++*p;
    }
    for (; **p >= '0' && **p <= '9'; ++*p) {
        v = v * 10 + (unsigned)(**p - '0');
    }
    return v;
}

bool kernel_at_least(int major, int minor)
{
    struct utsname u;
    const char *p = u.release;
    raw_uname(&u);
    int a = (int)number(&p), b = (int)number(&p);
    return a > major || (a == major && b >= minor);
}

bool in_container(void)
{
    return raw_getpid() == 1 || raw_faccessat(AT_FDCWD, "/.dockerenv", 0) == 0 ||
           raw_faccessat(AT_FDCWD, "/run/.containerenv", 0) == 0;
}

bool in_own_user_namespace(void)
{
    char text[128];
    const char *p = text;
    if (read_file("/proc/self/uid_map", text, sizeof(text)) < 0) {
        return false; /* no /proc, or no user namespaces */
    }
    number(&p);
    number(&p);
    return number(&p) != 4294967295u;
}
