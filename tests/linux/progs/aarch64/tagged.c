// Pointers with a tag in the top byte: accesses ignore it, system calls refuse it until they are told not to.
#include "t.h"
#include <setjmp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define TAG(p, t) ((__typeof__(&*(p)))((uint64_t)(p) | (uint64_t)(t) << 56))
#define NOINLINE __attribute__((noinline))

static sigjmp_buf back;
static volatile uint64_t fault_at;

static void on_segv(int sig, siginfo_t *si, void *uc)
{
    (void)sig, (void)uc;
    fault_at = (uint64_t)si->si_addr;
    siglongjmp(back, 1);
}

#define FAULTS(code) (sigsetjmp(back, 1) ? 1 : ((code), 0))

static NOINLINE uint64_t sum(const volatile unsigned *p, int n)
{
    uint64_t s = 0;
    for (int i = 0; i < n; i++) {
        s += p[i];
    }
    return s;
}

static NOINLINE void fill(unsigned *p, int n)
{
    for (int i = 0; i < n; i++) {
        p[i] = (unsigned)i * 3;
    }
}

static void scalar(unsigned *m)
{
    for (unsigned t = 1; t < 256; t += 37) {
        fill(TAG(m, t), 64);
        say("tag %u sum %lu", t, sum(TAG(m, 256 - t), 64));
    }
    fill(m, 64); // and the same code without tags
    say("no tag sum %lu", sum(m, 64));
}

// Every kind of access, by registers and immediates, before and after.
static void kinds(unsigned char *m)
{
    unsigned char *p = TAG(m, 0xa5);
    uint64_t a, b, c;
    memset(m, 0, 256);
    for (int i = 0; i < 256; i++) {
        m[i] = (unsigned char)(i * 7);
    }
    asm volatile("ldp %0, %1, [%3, #16]\n ldrsw %2, [%3, #4]" : "=r"(a), "=r"(b), "=r"(c) : "r"(p));
    say("ldp %lx %lx ldrsw %lx", a, b, c);
    asm volatile("ldrb %w0, [%3, %4]\n ldrh %w1, [%3, %4, lsl #1]\n ldr %w2, [%3, %w4, sxtw #2]"
                 : "=&r"(a), "=&r"(b), "=&r"(c) : "r"(p), "r"(9ul));
    say("register offset %lx %lx %lx", a, b, c);
    unsigned char *q = p;
    asm volatile("ldr %0, [%2], #8\n ldr %1, [%2, #8]!" : "=&r"(a), "=&r"(b), "+&r"(q));
    say("write back %lx %lx at %ld keeps the tag %lx", a, b, (long)(q - p), (uint64_t)q >> 56);
    asm volatile("ld1 {v0.16b, v1.16b}, [%1]\n ld2 {v2.8h, v3.8h}, [%1]\n add v0.16b, v0.16b, v3.16b\n"
                 "st1 {v0.16b}, [%2]\n st4 {v0.s, v1.s, v2.s, v3.s}[1], [%3]\n mov %0, v0.d[0]"
                 : "=r"(a) : "r"(p), "r"(p + 64), "r"(p + 80) : "v0", "v1", "v2", "v3", "memory");
    say("vectors %lx hash %lx", a, hash_bytes(m, 256));
    asm volatile("1: ldaxr %0, [%2]\n add %0, %0, #5\n stlxr %w1, %0, [%2]\n cbnz %w1, 1b"
                 : "=&r"(a), "=&r"(b) : "r"(p) : "memory");
    say("exclusive %lx status %lx", a, b & 0xffffffff);
    asm volatile(".arch_extension lse\n ldadd %1, %0, [%2]\n swpb %w1, %w1, [%3]"
                 : "=&r"(a), "+r"(c) : "r"(p), "r"(p + 3) : "memory");
    say("atomic %lx", a);
    uint64_t old = *(uint64_t *)m, pair[2] = {old, *(uint64_t *)(m + 8)};
    asm volatile("mov x4, %1\n mov x5, %2\n mov x6, #1\n mov x7, #2\n caspal x4, x5, x6, x7, [%3]\n mov %0, x5"
                 : "=r"(a) : "r"(pair[0]), "r"(pair[1]), "r"(p) : "x4", "x5", "x6", "x7", "memory");
    say("pair %d %lx", a == pair[1], *(uint64_t *)m | *(uint64_t *)(m + 8) << 8);
    memset(m + 4096, 1, 64);
    asm volatile("dc zva, %0\n stlr %1, [%2]\n ldar %1, [%2]" : : "r"(p + 4096), "r"(77ul), "r"(p + 128) : "memory");
    say("zeroed %lx", hash_bytes(m + 4096, 64));
    say("hash %lx", hash_bytes(m, 256));
    memcpy(TAG(m, 3) + 1, TAG(m, 5) + 100, 90); // the library's own code
    say("memcpy hash %lx memcmp %d strlen %zu", hash_bytes(m, 256), memcmp(TAG(m, 1) + 1, m + 1, 90),
        strlen(TAG("a string", 0x7f)));
}

static NOINLINE int add_one(int x)
{
    return x + 1;
}

static void branches(void)
{
    int (*volatile f)(int) = TAG(add_one, 0x12);
    int r = 0;
    for (int i = 0; i < 100; i++) {
        r = f(r);
    }
    say("calls through a tag: %d", r);
}

static void faults(char *none)
{
    struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    volatile char *p = TAG(none, 0x5a) + 100;
    for (int i = 0; i < 3; i++) {
        say("fault %d at none+%ld", FAULTS(*p = 1), (long)(fault_at - (uint64_t)none));
    }
    volatile char *hole = (char *)0x5a11000000000123; // bits below the tag make it no address
    say("fault %d at %lx", FAULTS(*hole = 1), fault_at);
    say("fault %d at %lx", FAULTS(((void (*)(void))0x3300000000001000)()), fault_at);
}

static void *thread(void *arg)
{
    atomic_int *n = arg;
    for (int i = 0; i < 100000; i++) {
        atomic_fetch_add(n, 1);
    }
    return NULL;
}

static void threads(atomic_int *n)
{
    pthread_t t[4];
    *n = 0;
    for (unsigned i = 0; i < 4; i++) {
        pthread_create(&t[i], NULL, thread, TAG(n, i * 16));
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
    }
    say("counted %d", *n);
}

static void calls(char *m, const char *when)
{
    int fd[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
    char *p = TAG(m, 0x44);
    strcpy(m, "words of a message");
    struct iovec out[2] = {{p, 5}, {p + 5, 3}}, in[2] = {{p + 64, 4}, {m + 68, 12}};
    struct msghdr msg = {.msg_iov = TAG(in, 0x21), .msg_iovlen = 2};
    say("%s", when);
    SHOW(write(fd[0], p, 4));
    SHOW(writev(fd[0], TAG(out, 9), 2));
    SHOW(sendmsg(fd[0], &(struct msghdr){.msg_iov = out, .msg_iovlen = 2}, 0));
    SHOW(write(fd[0], m, 10));
    SHOW(recvmsg(fd[1], TAG(&msg, 0x77), MSG_DONTWAIT));
    SHOW(read(fd[1], p + 40, 3));
    SHOW(access(TAG("/", 2), R_OK));
    say("%.8s %.3s", m + 64, m + 40);
    SHOW(mprotect(TAG(m + 4096, 0x11), 4096, PROT_READ));
    SHOW(mprotect(TAG(m + 4096, 0x11), 4096, PROT_READ | PROT_WRITE));
    close(fd[0]);
    close(fd[1]);
}

int main(void)
{
    char *m = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    scalar((unsigned *)m);
    kinds((unsigned char *)m);
    branches();
    threads((atomic_int *)m);
    faults(none);
    SHOW(prctl(56, 0, 0, 0, 0));
    calls(m, "system calls refuse tags");
    SHOW(prctl(55, 2, 0, 0, 0));
    SHOW(prctl(55, 1, 1, 0, 0));
    SHOW(prctl(55, 1, 0, 0, 0));
    SHOW(prctl(56, 0, 0, 0, 0));
    calls(m, "system calls take tags");
    pid_t pid = fork();
    if (pid == 0) {
        SHOW(prctl(56, 0, 0, 0, 0));
        SHOW(write(1, TAG("from the child\n", 6), 15));
        _exit(0);
    }
    say("child %s", status_text(wait_for(pid)));
    SHOW(prctl(55, 0, 0, 0, 0));
    SHOW(write(1, TAG("no", 6), 2));
    return 0;
}
