// The RV64 part of the instruction tests' guest side: signal frame, entry and exit code.
#include "guest.h"

_Static_assert(offsetof(struct state, f) == OFF_F, "f");
_Static_assert(offsetof(struct state, pc) == OFF_PC, "pc");
_Static_assert(offsetof(struct state, fflags) == OFF_FFLAGS, "fflags");
_Static_assert(offsetof(struct state, frm) == OFF_FRM, "frm");
_Static_assert(offsetof(struct state, vl) == OFF_VL, "vl");
_Static_assert(offsetof(struct state, vtype) == OFF_VTYPE, "vtype");
_Static_assert(offsetof(struct state, vstart) == OFF_VSTART, "vstart");
_Static_assert(offsetof(struct state, vxrm) == OFF_VXRM, "vxrm");
_Static_assert(offsetof(struct state, vxsat) == OFF_VXSAT, "vxsat");
_Static_assert(offsetof(struct state, v) == OFF_V, "v");
_Static_assert(sizeof(struct state) <= OFF_SAVE, "state");

extern const char guest_handler[], guest_recover[];

enum { NR_SIGACTION = 134 };

// The kernel's riscv layouts (asm/ucontext.h, asm/ptrace.h).
struct guest_ucontext {
    uint64_t flags, link, stack[3];
    uint8_t mask[128];
    uint64_t x[32] __attribute__((aligned(16))); // x[0]: pc
    uint64_t f[32];
    uint32_t fcsr;
};
struct guest_siginfo {
    int32_t signo, err, code, pad;
    uint64_t addr;
};
struct guest_sigaction {
    const void *handler;
    uint64_t flags;
    uint64_t mask;
};

// Called by guest_handler, which has stored the vector state.
void on_fault(int sig, struct guest_siginfo *info, struct guest_ucontext *uc)
{
    struct state *st = guest_live();
    memcpy(st->x, uc->x, sizeof(st->x));
    memcpy(st->f, uc->f, sizeof(st->f));
    st->pc = st->x[0];
    st->x[0] = 0;
    st->fflags = uc->fcsr & 31;
    st->frm = uc->fcsr >> 5;
    guest_caught(sig, info->addr);
    uc->x[0] = (uint64_t)guest_recover;
}

void guest_catch(const int *sigs, size_t n)
{
    // SA_SIGINFO | SA_ONSTACK
    struct guest_sigaction sa = {guest_handler, 0x4 | 0x08000000, 0};
    for (size_t i = 0; i < n; i++) {
        if (raw_syscall(NR_SIGACTION, sigs[i], (long)&sa, 0, 8, 0, 0) < 0) {
            guest_die("guest: sigaction failed\n");
        }
    }
}

// auipc x31, %pcrel_hi(state.x[31]); ld x31, %pcrel_lo(x31)
void guest_entry(uint64_t at)
{
    uint32_t delta = (uint32_t)(ROW_STATE + 31 * 8 - at);
    uint32_t words[2] = {((delta + 0x800) & 0xfffff000) | 0xf97, delta << 20 | 0xfbf83};
    memcpy((void *)at, words, sizeof(words));
}

// c.ebreak
void guest_exit(uint64_t at, uint64_t stub, uint64_t pc)
{
    (void)stub;
    (void)pc;
    *(uint16_t *)at = 0x9002;
}

void guest_sync_code(const void *from, const void *to)
{
    (void)from;
    (void)to;
    __asm__ volatile(".option push\n\t.option arch, +zifencei\n\tfence.i\n\t.option pop" ::
                         : "memory");
}
