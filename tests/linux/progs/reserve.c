// Address space that is reserved and not touched takes no memory, nor does what is given back.
#include "t.h"

static long resident_kb(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    char *p = strstr(text, "VmRSS:");
    return p ? atol(p + 6) : -1;
}

int main(void)
{
    long before = resident_kb();
    char *m = mmap(NULL, 64ul << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    TRUE(m != MAP_FAILED);
    TRUE(resident_kb() - before < 1024);
    int failed = 0;
    for (int i = 0; i < 64; i++) { // as heaps of Go, Java and Haskell do
        failed += mprotect(m + ((size_t)i << 30), 65536, PROT_READ | PROT_WRITE) != 0;
        m[(size_t)i << 30] = 1;
    }
    TRUE(failed == 0);
    TRUE(resident_kb() - before < 2048);
    char *w = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(w, 1, 64 << 20);
    TRUE(resident_kb() - before > 60000);
    madvise(w, 64 << 20, MADV_DONTNEED);
    TRUE(resident_kb() - before < 4096);
    munmap(m, 64ul << 30);
    return 0;
}
