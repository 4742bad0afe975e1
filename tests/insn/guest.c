// Guest side of the instruction tests: mappings, signals, input and output (no C library).
#include "guest.h"

// The numbers of the generic table.
enum { NR_READ = 63, NR_WRITE = 64, NR_EXIT = 94, NR_SIGALTSTACK = 132, NR_MMAP = 222 };
// Where the tested code's stack pointer will hardly point: there the kernel would take the signal
// stack for the one in use.
#define ALT_STACK 0x2a5a5a5000
enum { ALT_STACK_SIZE = 32768 };
enum { SIG_ILL = 4, SIG_TRAP = 5, SIG_BUS = 7, SIG_FPE = 8, SIG_SEGV = 11 };

static struct fault fault;
static bool in_test;
static uint64_t code_from, code_to;

void *memcpy(void *d, const void *s, size_t n)
{
    uint8_t *a = d;
    const uint8_t *b = s;
    for (; n >= 8; n -= 8, a += 8, b += 8) {
        *(uint64_t *)a = *(const uint64_t *)b;
    }
    while (n--) {
        *a++ = *b++;
    }
    return d;
}

void *memset(void *d, int c, size_t n)
{
    uint8_t *a = d;
    while (n--) {
        *a++ = (uint8_t)c;
    }
    return d;
}

_Noreturn void guest_die(const char *msg)
{
    size_t n = 0;
    while (msg[n]) {
        n++;
    }
    raw_syscall(NR_WRITE, 2, (long)msg, (long)n, 0, 0, 0);
    for (;;) {
        raw_syscall(NR_EXIT, 3, 0, 0, 0, 0, 0);
    }
}

int guest_read_all(int fd, void *buf, size_t n)
{
    size_t got = 0;
    while (got < n) {
        long r = raw_syscall(NR_READ, fd, (long)buf + (long)got, (long)(n - got), 0, 0, 0);
        if (r <= 0) {
            if (r == 0 && got == 0) {
                return 0;
            }
            guest_die("guest: short or failed read\n");
        }
        got += (size_t)r;
    }
    return 1;
}

void guest_write_all(int fd, const void *buf, size_t n)
{
    size_t put = 0;
    while (put < n) {
        long r = raw_syscall(NR_WRITE, fd, (long)buf + (long)put, (long)(n - put), 0, 0, 0);
        if (r <= 0) {
            guest_die("guest: failed write\n");
        }
        put += (size_t)r;
    }
}

struct state *guest_live(void)
{
    return (struct state *)ROW_STATE;
}

void guest_caught(int sig, uint64_t addr)
{
    uint64_t pc = guest_live()->pc;
    if (!in_test) {
        guest_die("guest: fault outside a test\n");
    }
    in_test = false;
    if (sig == SIG_TRAP && (pc < code_from || pc >= code_to)) {
        return; // an exit that is a breakpoint
    }
    fault.sig = (uint64_t)sig;
    fault.addr = sig == SIG_SEGV || sig == SIG_BUS ? addr : 0;
}

static void map_at(uint64_t at, uint64_t size, int prot)
{
    // MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
    if (raw_syscall(NR_MMAP, (long)at, (long)size, prot, 0x32, -1, 0) != (long)at) {
        guest_die("guest: cannot map the test pages\n");
    }
}

void guest_setup(void)
{
    static const int sigs[] = {SIG_ILL, SIG_TRAP, SIG_BUS, SIG_FPE, SIG_SEGV};
    uint64_t stack[3] = {ALT_STACK, 0, ALT_STACK_SIZE};
    map_at(ALT_STACK, ALT_STACK_SIZE, 3);
    map_at(ROW_CODE, ROW_CODE_SIZE, 7);
    map_at(ROW_STATE, 4096, 3);
    map_at(ROW_WINDOW - 4096 * 2, 4096 * 4, 0);
    map_at(ROW_WINDOW - 4096, 4096 * 2, 3);
    if (raw_syscall(NR_SIGALTSTACK, (long)stack, 0, 0, 0, 0, 0) < 0) {
        guest_die("guest: sigaltstack failed\n");
    }
    guest_catch(sigs, sizeof(sigs) / sizeof(sigs[0]));
}

struct fault guest_run(const void *entry, const void *end)
{
    fault.sig = 0;
    fault.addr = 0;
    code_from = (uint64_t)entry;
    code_to = (uint64_t)end;
    in_test = true;
    __asm__ volatile("" ::: "memory");
    guest_enter(entry);
    __asm__ volatile("" ::: "memory");
    in_test = false;
    return fault;
}
