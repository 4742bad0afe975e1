// Memory calls: mapping, protection, remapping, brk, sharing, and the faults that follow from them.
#include "t.h"
#include <setjmp.h>

static sigjmp_buf back;
static volatile int fault_code, fault_sig;
static void *volatile fault_addr;

static void on_fault(int sig, siginfo_t *si, void *uc)
{
    (void)uc;
    fault_sig = sig;
    fault_code = si->si_code;
    fault_addr = si->si_addr;
    siglongjmp(back, 1);
}

// Touches ADDR and prints what happened, the address relative to BASE.
static void touch(const char *what, volatile char *addr, char *base, int write)
{
    if (sigsetjmp(back, 1)) {
        say("%s: signal %d code %d at +%ld", what, fault_sig, fault_code,
            (long)((char *)fault_addr - base));
        return;
    }
    if (write) {
        *addr = 1;
        say("%s: written", what);
    } else {
        say("%s: %d", what, *addr);
    }
}

static void mappings(void)
{
    char *m = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    m[0] = 1;
    m[5 * 4096] = 5;
    SHOW(munmap(m + 2 * 4096, 4096));
    touch("hole", m + 2 * 4096 + 7, m, 0);
    SHOW(mprotect(m + 5 * 4096, 4096, PROT_READ));
    touch("read only read", m + 5 * 4096, m, 0);
    touch("read only write", m + 5 * 4096 + 9, m, 1);
    SHOW(mprotect(m + 5 * 4096, 4096, PROT_NONE));
    touch("none", m + 5 * 4096 + 1, m, 0);
    SHOW(mprotect(m + 2 * 4096, 4096, PROT_READ));
    SHOW(mprotect(m + 1, 4096, PROT_READ));
    SHOW(munmap(m + 1, 4096));
    TRUE(mmap(m, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
             MAP_FAILED &&
         errno == EEXIST);
    TRUE(mmap(m + 2 * 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
              0) == m + 2 * 4096);
    TRUE(mmap(m, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
         m);
    touch("replaced", m, m, 0);
    TRUE(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
         errno == EINVAL);
    TRUE(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 999, 0) == MAP_FAILED && errno == EBADF);
    TRUE(mmap(NULL, 1ul << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
             MAP_FAILED &&
         errno == ENOMEM);
    unsigned char vec[8] = {0};
    m[4096] = 1;
    SHOW(mincore(m, 2 * 4096, vec));
    say("resident %d", vec[1] & 1);
    SHOW(madvise(m + 4096, 4096, MADV_DONTNEED));
    touch("dropped", m + 4096, m, 0);
    SHOW(mlock(m, 4096));
    SHOW(munlock(m, 4096));
    SHOW(msync(m, 4096, MS_SYNC));
    touch("null", (char *)16, NULL, 0);
    touch("null write", (char *)0, NULL, 1);
}

static void remapping(void)
{
    char *m = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(m + 4096, "moved");
    TRUE(mremap(m, 4 * 4096, 2 * 4096, 0) == m);
    touch("after shrink", m + 3 * 4096, m, 0);
    char *big = mremap(m, 2 * 4096, 100 * 4096, MREMAP_MAYMOVE);
    TRUE(big != MAP_FAILED);
    say("content %s", big + 4096);
    char *at = mmap(NULL, 200 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *fixed = mremap(big, 100 * 4096, 100 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, at);
    TRUE(fixed == at);
    say("content %s", fixed + 4096);
    touch("old place", big, big, 0);
    touch("new place", fixed + 99 * 4096, fixed, 1);
    TRUE(mremap((void *)4096, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);
    char *dont = mremap(fixed, 4096, 4096, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    TRUE(dont != MAP_FAILED && dont != fixed);
}

static void break_area(void)
{
    char *start = sbrk(0);
    TRUE(sbrk(300000) == start);
    memset(start, 3, 300000);
    TRUE((char *)sbrk(0) == start + 300000);
    SHOW(brk(start));
    TRUE(sbrk(0) == start);
    char *p = sbrk(8192);
    say("fresh %d", p[4000]);
    TRUE((unsigned long)syscall(SYS_brk, 0) == (unsigned long)p + 8192);
    TRUE((unsigned long)syscall(SYS_brk, 1) == (unsigned long)p + 8192);
    char *big = malloc(64 << 20);
    memset(big, 1, 64 << 20);
    say("malloc sum %d", big[0] + big[(64 << 20) - 1]);
    free(big);
}

static void sharing(void)
{
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int *private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pid_t pid = fork();
    if (pid == 0) {
        *shared = 11;
        *private = 12;
        _exit(0);
    }
    wait_for(pid);
    say("shared %d private %d", *shared, *private);
    int fd = memfd_create("twice", 0);
    SHOW(ftruncate(fd, 2 * 4096));
    char *one = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *two = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
    char *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096);
    strcpy(one + 4096, "alias");
    say("second view %s, private view %s", two, copy);
    copy[0] = 'A';
    say("second view %s, private view %s", two, copy);
    char b[6] = "";
    SHOW(pread(fd, b, 5, 4096));
    say("file %s", b);
    SHOW(ftruncate(fd, 100));
    touch("inside the last page", one + 200, one, 0);
    touch("beyond the end", one + 4096 + 20, one, 0);
    touch("beyond the end, write", one + 8191, one, 1);
    touch("write through read only", two, two, 1);
    TRUE(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 100) == MAP_FAILED && errno == EINVAL);
    int ro = open("ro", O_CREAT | O_RDONLY, 0600);
    TRUE(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED &&
         errno == EACCES);
}

// A read and a write by the kernel must see the same protection a program does.
static void kernel_access(void)
{
    char *m = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(m + 4096, 4096, PROT_NONE);
    int fd = open("/dev/zero", O_RDONLY);
    SHOW(read(fd, m + 4000, 200));
    SHOW(read(fd, m + 4096, 1));
    int p[2];
    SHOW(pipe(p));
    SHOW(write(p[1], m + 4090, 100));
    mprotect(m, 4096, PROT_READ);
    SHOW(read(fd, m, 1));
}

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
    mappings();
    remapping();
    break_area();
    sharing();
    kernel_access();
    return 0;
}
