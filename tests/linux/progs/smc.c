// Code written at run time: new code, changed code, a second mapping, code that moves, another
// thread's code.
#include "t.h"
#include <pthread.h>
#include <stddef.h>

typedef long (*fn)(long);

// Emits a function that returns its argument plus K (0 <= K < 4096). Returns its size.
static size_t emit_add(void *at, unsigned k)
{
#ifdef __aarch64__
    uint32_t code[] = {0x91000000 | k << 10, 0xd65f03c0}; // add x0, x0, #k; ret
    memcpy(at, code, sizeof code);
    return sizeof code;
#elif defined(__riscv)
    // addi a0, a0, k / 2; addi a0, a0, k - k / 2; ret
    uint32_t code[] = {0x00050513 | (k / 2) << 20, 0x00050513 | (k - k / 2) << 20, 0x00008067};
    memcpy(at, code, sizeof code);
    return sizeof code;
#else
    unsigned char code[] = {0x48, 0x8d, 0x87, (unsigned char)k, (unsigned char)(k >> 8),
                            0,    0,    0xc3};
    memcpy(at, code, sizeof code);
    return sizeof code;
#endif
}

static void flush(void *at, size_t size)
{
    __builtin___clear_cache((char *)at, (char *)at + size);
}

static char *map(int prot)
{
    return mmap(NULL, 65536, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void rewriting(void)
{
    char *m = map(PROT_READ | PROT_WRITE | PROT_EXEC);
    long sum = 0;
    for (unsigned i = 0; i < 3000; i++) {
        size_t n = emit_add(m, i % 4096);
        flush(m, n);
        sum += ((fn)m)(i);
        sum += ((fn)m)(1);
    }
    say("rewritten %ld", sum);
    for (unsigned i = 0; i < 4000; i++) {
        emit_add(m + i * 16, i);
    }
    flush(m, 65536);
    sum = 0;
    for (unsigned i = 0; i < 4000; i++) {
        sum += ((fn)(m + i * 16))(i);
    }
    say("many %ld", sum);
    // Only one of them changes; its neighbours in the same line and page stay.
    emit_add(m + 160, 4000);
    flush(m + 160, 8);
    say("neighbours %ld %ld %ld", ((fn)(m + 144))(0), ((fn)(m + 160))(0), ((fn)(m + 176))(0));
}

static void write_xor_execute(void)
{
    char *m = map(PROT_READ | PROT_WRITE);
    long sum = 0;
    for (unsigned i = 0; i < 300; i++) {
        mprotect(m, 4096, PROT_READ | PROT_WRITE);
        size_t n = emit_add(m + 64, i);
        flush(m + 64, n);
        mprotect(m, 4096, PROT_READ | PROT_EXEC);
        sum += ((fn)(m + 64))(2);
    }
    say("w^x %ld", sum);
}

static void two_views(void)
{
    int fd = memfd_create("code", 0);
    if (ftruncate(fd, 65536)) {
        die("ftruncate");
    }
    char *w = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *x = mmap(NULL, 65536, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    long sum = 0;
    for (unsigned i = 0; i < 1000; i++) {
        size_t n = emit_add(w + 128, i);
        flush(w + 128, n);
        flush(x + 128, n);
        sum += ((fn)(x + 128))(3);
    }
    say("second mapping %ld", sum);
    sum = 0;
    for (unsigned i = 0; i < 1000; i++) { // what is flushed is the memory, by either address
        size_t n = emit_add(w + 8192, i);
        flush((i & 1 ? w : x) + 8192, n);
        sum += ((fn)(x + 8192))(3);
    }
    say("flushed by either address %ld", sum);
}

static void replaced(void)
{
    long sum = 0;
    char *at = map(PROT_NONE);
    for (unsigned i = 0; i < 200; i++) {
        char *m = mmap(at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        flush(m, emit_add(m, i));
        sum += ((fn)m)(4);
        munmap(m, 4096);
    }
    say("same address %ld", sum);
    char *m = map(PROT_READ | PROT_WRITE | PROT_EXEC);
    flush(m, emit_add(m, 9));
    sum = ((fn)m)(1);
    char *moved = mremap(m, 65536, 131072, MREMAP_MAYMOVE);
    sum = sum * 100 + ((fn)moved)(2);
    say("moved %ld", sum);
    // From a file: the same place holds other bytes after the file is mapped over it.
    int fd = open("code", O_RDWR | O_CREAT | O_TRUNC, 0700);
    char page[4096] = {0};
    emit_add(page, 70);
    write(fd, page, sizeof page);
    emit_add(page, 80);
    write(fd, page, sizeof page);
    char *f = mmap(moved, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0);
    sum = ((fn)f)(0);
    mmap(moved, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 4096);
    say("from file %ld then %ld", sum, ((fn)f)(0));
    lseek(fd, 0, SEEK_SET);
    char *r = map(PROT_READ | PROT_WRITE | PROT_EXEC);
    flush(r, emit_add(r, 1));
    sum = ((fn)r)(0);
    read(fd, r, 4096);
    flush(r, 4096);
    say("read over it %ld then %ld", sum, ((fn)r)(0));
}

static char *shared;
static volatile int stage;

static void *runner(void *arg)
{
    long sum = 0;
    for (int i = 1; i <= 500; i++) {
        while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 2 * i - 1) {
        }
#ifdef __aarch64__
        __asm__ volatile("isb");
#endif
        sum += ((fn)shared)(0);
        __atomic_store_n(&stage, 2 * i, __ATOMIC_RELEASE);
    }
    *(long *)arg = sum;
    return NULL;
}

static void across_threads(void)
{
    shared = map(PROT_READ | PROT_WRITE | PROT_EXEC);
    long sum = 0;
    pthread_t t;
    pthread_create(&t, NULL, runner, &sum);
    for (int i = 1; i <= 500; i++) {
        flush(shared, emit_add(shared, i));
        __atomic_store_n(&stage, 2 * i - 1, __ATOMIC_RELEASE);
        while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) != 2 * i) {
        }
    }
    pthread_join(t, NULL);
    say("other thread %ld", sum);
}

// After fork the child changes its copy; the parent keeps the old code.
static void in_child(void)
{
    char *m = map(PROT_READ | PROT_WRITE | PROT_EXEC);
    flush(m, emit_add(m, 5));
    long before = ((fn)m)(0);
    pid_t pid = fork();
    if (pid == 0) {
        flush(m, emit_add(m, 6));
        _exit((int)((fn)m)(0));
    }
    say("child %s, parent %ld %ld", status_text(wait_for(pid)), before, ((fn)m)(0));
}

int main(void)
{
    rewriting();
    write_xor_execute();
    two_views();
    replaced();
    across_threads();
    in_child();
    return 0;
}
