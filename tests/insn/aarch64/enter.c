// The A64 part of the instruction tests' guest side: signal frame, entry and exit code.
#include "guest.h"

_Static_assert(offsetof(struct state, sp) == OFF_SP, "sp");
_Static_assert(offsetof(struct state, pc) == OFF_PC, "pc");
_Static_assert(offsetof(struct state, nzcv) == OFF_NZCV, "nzcv");
_Static_assert(offsetof(struct state, fpcr) == OFF_FPCR, "fpcr");
_Static_assert(offsetof(struct state, fpsr) == OFF_FPSR, "fpsr");
_Static_assert(offsetof(struct state, v) == OFF_V, "v");
_Static_assert(sizeof(struct state) <= OFF_SAVE, "state");

extern const char guest_leave[], guest_recover[], guest_sigreturn[];

enum { NR_SIGACTION = 134 };

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

static void save_fpsimd(const struct guest_ucontext *uc, struct state *st)
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
            guest_die("guest: signal frame without fpsimd_context\n");
        }
        p += f->size;
    }
}

static void on_fault(int sig, struct guest_siginfo *info, struct guest_ucontext *uc)
{
    struct state *st = guest_live();
    memcpy(st->x, uc->regs, sizeof(st->x));
    st->sp = uc->sp;
    st->pc = uc->pc;
    st->nzcv = uc->pstate & 0xf0000000;
    save_fpsimd(uc, st);
    guest_caught(sig, info->addr);
    uc->pc = (uint64_t)guest_recover;
}

void guest_catch(const int *sigs, size_t n)
{
    // SA_SIGINFO | SA_ONSTACK | SA_RESTORER
    struct guest_sigaction sa = {on_fault, 0x4 | 0x08000000 | 0x04000000, guest_sigreturn, 0};
    for (size_t i = 0; i < n; i++) {
        if (raw_syscall(NR_SIGACTION, sigs[i], (long)&sa, 0, 8, 0, 0) < 0) {
            guest_die("guest: sigaction failed\n");
        }
    }
}

// ldr x30, <state.x[30]>
void guest_entry(uint64_t at)
{
    uint64_t delta = ROW_STATE + 30 * 8 - at;
    *(uint32_t *)at = 0x58000000u | (uint32_t)(delta >> 2 & 0x7ffff) << 5 | 30;
}

static uint32_t branch(uint64_t from, uint64_t to)
{
    return 0x14000000u | (uint32_t)((int64_t)(to - from) >> 2 & 0x3ffffff);
}

void guest_exit(uint64_t from, uint64_t stub, uint64_t pc)
{
    uint32_t *at = (uint32_t *)stub;
    at[0] = 0xd51bd05e;                                 // msr tpidr_el0, x30
    at[1] = 0xd2a0001eu | (ROW_STATE >> 16) << 5;       // movz x30, #hi, lsl #16
    at[2] = 0xf90003c0;                                 // str x0, [x30]
    at[3] = 0xd2a00000u | (uint32_t)(pc >> 16) << 5;    // movz x0, #pc.hi, lsl #16
    at[4] = 0xf2800000u | (uint32_t)(pc & 0xffff) << 5; // movk x0, #pc.lo
    at[5] = branch((uint64_t)(at + 5), (uint64_t)guest_leave);
    *(uint32_t *)from = branch(from, stub);
}

void guest_sync_code(const void *from, const void *to)
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
