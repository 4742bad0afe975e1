// Guest side of the instruction tests: mappings, code writing, signal capture (no C library).
#include "enter.h"

_Static_assert(offsetof(struct a64_state, sp) == A64_OFF_SP, "sp");
_Static_assert(offsetof(struct a64_state, pc) == A64_OFF_PC, "pc");
_Static_assert(offsetof(struct a64_state, nzcv) == A64_OFF_NZCV, "nzcv");
_Static_assert(offsetof(struct a64_state, fpcr) == A64_OFF_FPCR, "fpcr");
_Static_assert(offsetof(struct a64_state, fpsr) == A64_OFF_FPSR, "fpsr");
_Static_assert(offsetof(struct a64_state, v) == A64_OFF_V, "v");
_Static_assert(sizeof(struct a64_state) <= A64_OFF_SAVE, "state");

extern const char a64_exit[], a64_recover[], a64_sigreturn[];

enum {
    NR_READ = 63,
    NR_WRITE = 64,
    NR_EXIT = 94,
    NR_SIGALTSTACK = 132,
    NR_SIGACTION = 134,
    NR_MMAP = 222
};

// The kernel's aarch64 layouts (asm/ucontext.h, asm/sigcontext.h).
struct fpsimd_context {
    uint32_t magic, size, fpsr, fpcr;
    uint64_t v[32][2];
};
struct guest_ucontext {
    uint64_t flags, link, stack[3], mask[16];
    uint64_t fault_address __attribute__((aligned(16)));
    uint64_t regs[31], sp, pc, pstate;
    uint8_t reserved[4096] __attribute__((aligned(16)));
};
struct guest_siginfo {
    int32_t signo, err, code, pad;
    uint64_t addr;
};
struct guest_sigaction {
    void (*handler)(int, struct guest_siginfo *, struct guest_ucontext *);
    uint64_t flags;
    const void *restorer;
    uint64_t mask;
};

static struct a64_fault fault;
static int in_test;
static uint8_t alt_stack[32768] __attribute__((aligned(16)));

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

_Noreturn void a64_die(const char *msg)
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

int a64_read_all(int fd, void *buf, size_t n)
{
    size_t got = 0;
    while (got < n) {
        long r = raw_syscall(NR_READ, fd, (long)buf + (long)got, (long)(n - got), 0, 0, 0);
        if (r <= 0) {
            if (r == 0 && got == 0) {
                return 0;
            }
            a64_die("guest: short or failed read\n");
        }
        got += (size_t)r;
    }
    return 1;
}

void a64_write_all(int fd, const void *buf, size_t n)
{
    size_t put = 0;
    while (put < n) {
        long r = raw_syscall(NR_WRITE, fd, (long)buf + (long)put, (long)(n - put), 0, 0, 0);
        if (r <= 0) {
            a64_die("guest: failed write\n");
        }
        put += (size_t)r;
    }
}

struct a64_state *a64_live(void)
{
    return (struct a64_state *)A64_STATE;
}

static void save_fpsimd(const struct guest_ucontext *uc, struct a64_state *st)
{
    const uint8_t *p = uc->reserved;
    for (;;) {
        const struct fpsimd_context *f = (const void *)p;
        if (f->magic == 0x46508001) {
            st->fpcr = f->fpcr;
            st->fpsr = f->fpsr;
            memcpy(st->v, f->v, sizeof(st->v));
            return;
        }
        if (f->magic == 0 || f->size == 0 || p + f->size >= uc->reserved + sizeof(uc->reserved)) {
            a64_die("guest: signal frame without fpsimd_context\n");
        }
        p += f->size;
    }
}

static void on_fault(int sig, struct guest_siginfo *info, struct guest_ucontext *uc)
{
    struct a64_state *st = a64_live();
    if (!in_test) {
        a64_die("guest: fault outside a test\n");
    }
    in_test = 0;
    fault.sig = (uint64_t)sig;
    fault.addr = sig == 11 || sig == 7 ? info->addr : 0;
    memcpy(st->x, uc->regs, sizeof(st->x));
    st->sp = uc->sp;
    st->pc = uc->pc;
    st->nzcv = uc->pstate & 0xf0000000;
    save_fpsimd(uc, st);
    uc->pc = (uint64_t)a64_recover;
}

static void map_at(uint64_t at, uint64_t size, int prot)
{
    // MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
    if (raw_syscall(NR_MMAP, (long)at, (long)size, prot, 0x32, -1, 0) != (long)at) {
        a64_die("guest: cannot map the test pages\n");
    }
}

void a64_setup(void)
{
    static const int sigs[] = {4, 5, 7, 8, 11};
    uint64_t stack[3] = {(uint64_t)alt_stack, 0, sizeof(alt_stack)};
    // SA_SIGINFO | SA_ONSTACK | SA_RESTORER
    struct guest_sigaction sa = {on_fault, 0x4 | 0x08000000 | 0x04000000, a64_sigreturn, 0};
    map_at(A64_CODE, A64_CODE_SIZE, 7);
    map_at(A64_STATE, 4096, 3);
    map_at(A64_WINDOW - 4096 * 2, 4096 * 4, 0);
    map_at(A64_WINDOW - 4096, 4096 * 2, 3);
    if (raw_syscall(NR_SIGALTSTACK, (long)stack, 0, 0, 0, 0, 0) < 0) {
        a64_die("guest: sigaltstack failed\n");
    }
    for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
        if (raw_syscall(NR_SIGACTION, sigs[i], (long)&sa, 0, 8, 0, 0) < 0) {
            a64_die("guest: sigaction failed\n");
        }
    }
}

struct a64_fault a64_run(const void *entry)
{
    fault.sig = 0;
    fault.addr = 0;
    in_test = 1;
    __asm__ volatile("" ::: "memory");
    a64_enter(entry);
    __asm__ volatile("" ::: "memory");
    in_test = 0;
    return fault;
}

uint32_t a64_enter_word(uint64_t at)
{
    uint64_t delta = A64_STATE + 30 * 8 - at;
    return 0x58000000u | (uint32_t)(delta >> 2 & 0x7ffff) << 5 | 30;
}

uint32_t a64_b(uint64_t from, uint64_t to)
{
    return 0x14000000u | (uint32_t)((int64_t)(to - from) >> 2 & 0x3ffffff);
}

void a64_exit_stub(uint32_t *at, uint64_t pc)
{
    at[0] = 0xd51bd05e;                                 // msr tpidr_el0, x30
    at[1] = 0xd2a0001eu | (A64_STATE >> 16) << 5;       // movz x30, #hi, lsl #16
    at[2] = 0xf90003c0;                                 // str x0, [x30]
    at[3] = 0xd2a00000u | (uint32_t)(pc >> 16) << 5;    // movz x0, #pc.hi, lsl #16
    at[4] = 0xf2800000u | (uint32_t)(pc & 0xffff) << 5; // movk x0, #pc.lo
    at[5] = a64_b((uint64_t)(at + 5), (uint64_t)a64_exit);
}

void a64_sync_code(const void *from, const void *to)
{
    // 16 bytes is the smallest line any CTR_EL0 can announce that we meet; more steps do no harm.
    for (uint64_t p = (uint64_t)from & ~15ull; p < (uint64_t)to; p += 16) {
        __asm__ volatile("dc cvau, %0" ::"r"(p) : "memory");
    }
    __asm__ volatile("dsb ish" ::: "memory");
    for (uint64_t p = (uint64_t)from & ~15ull; p < (uint64_t)to; p += 16) {
        __asm__ volatile("ic ivau, %0" ::"r"(p) : "memory");
    }
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}
