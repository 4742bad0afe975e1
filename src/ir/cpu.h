/* The state of one guest thread: what generated code, the runtime and the guests share.
 *
 * On an x86_64 host the gs base points here while the thread exists, so signal handlers find it too.
 * The page after the struct is the thread's poll page. */
#ifndef IR_CPU_H
#define IR_CPU_H

#include "base/base.h"
#include "ir/fpctl.h"

/* Why exec_run returned, and the internal reasons it handles itself. */
enum exec_reason {
    EXEC_SYSCALL, /* pc is behind the instruction */
    EXEC_FAULT,   /* cpu->fault says; pc is the instruction's */
    EXEC_SIGNAL,  /* poll_armed was seen; pc is where to go on */
    EXEC_DEBUG,
    EXEC_HALT,
    EXEC_I_FIRST = 16,
    EXEC_I_LINK = EXEC_I_FIRST, /* exit_arg: address of the slot */
    EXEC_I_LOOKUP,              /* pc, exit_ic */
    EXEC_I_MODE,                /* go on at pc in code made for the vmode of the guest state */
    EXEC_I_SYNC,                /* instruction synchronisation (A64 ISB): pc is the next instruction */
    EXEC_I_TAGGED,              /* the access at pc has a tag in its address (guest->tag_bits) */
    EXEC_I_COLD,                /* the interpreter has come to pc, which is translated perhaps */
    EXEC_I_HOT                  /* and wants it to be */
};

/* Bits of an index of the hash of indirect branches, and of the second one, of programs that have more targets. */
#define JC_BITS 13
#define JC2_BITS 16
/* Functions begin at multiples of 16, so that some of the index comes from higher bits. */
static inline u32 jc_index(gaddr pc, unsigned insn_align, unsigned bits)
{
    return (u32)((pc ^ pc >> bits) >> insn_align) & ((1u << bits) - 1);
}
/* The pc of an empty entry: one that has another index. */
static inline gaddr jc_empty(u32 index)
{
    return index == 0 ? 6 : 0;
}
struct jc_entry {
    gaddr pc;
    haddr host;
};

/* Entry points made by host->emit_stubs: generated code reaches them through gs, C enters by `enter`. */
struct host_stubs {
    haddr enter;    /* void enter(struct cpu *, haddr text): runs generated code until it leaves */
    haddr exit;     /* leave: exit_reason and pc are set, the chain ABI holds */
    haddr link;     /* rax = address of the slot: a direct exit that is not linked yet (exit_reason EXEC_I_LINK) */
    haddr lookup;   /* rax = guest pc: hash, else leave with EXEC_I_LOOKUP */
    haddr ic;       /* rax = guest pc, rcx = inline cache address: if empty leave to fill it, else hash */
    haddr ret_miss; /* rax = guest pc: a return that did not come to its call's return point */
    haddr helper;   /* guest helpers */
    haddr ref;      /* reference functions */
    haddr leave;    /* where a host signal handler sends a thread it took out of generated code: rsp = c_sp,
                       guest state already saved in the cpu */
};

#define CPU_SPILLS 64
#define CPU_GUEST_SIZE 2048

struct cpu {
    struct cpu *self; /* gs:0 */

    /* the way in and out of generated code */
    haddr c_sp;        /* our C stack pointer while in generated code */
    haddr ret_sp;      /* return-stack pointer while outside generated code */
    haddr ret_base;    /* empty return stack: one sentinel entry lives here */
    haddr ret_limit;   /* lowest usable address; the page below is a guard */
    u32 host_fpctl;    /* MXCSR of C code */
    u32 guest_fpctl;   /* MXCSR of generated code: guest's rounding, sticky flags in bits 0..5 */
    u32 exit_reason;   /* enum exec_reason or internal */
    u64 exit_arg;
    haddr exit_ic;     /* address of the inline cache to fill for EXEC_I_LOOKUP, or 0 */

    struct host_stubs stubs;
    const void *helpers; /* guest->helpers */
    const void *ref_fns; /* ir_ref_fns */

    v128 scratch[6];     /* operands and result of reference calls */
    u32 ref_desc;        /* what stubs.helper (aux) or stubs.ref is to do: low byte of op | type << 8 | bit 8 of op << 15 |
                            aux << 16 */
    u32 fp_ref;          /* FP control word for stubs.ref */
    u32 fp_saved;        /* FP status at the last FPGET */
    u64 spill[CPU_SPILLS];
    v128 vspill[CPU_SPILLS];
    u64 temp_save[8];    /* scratch registers across cold calls */
    v128 vtemp_save[32];

    /* guest */
    gaddr pc;
    u8 guest[CPU_GUEST_SIZE] __attribute__((aligned(16))); /* struct a64_regs and its like */

    /* last fault or trap, valid after EXEC_FAULT */
    struct {
        s32 signo, code;
        u64 addr;
    } fault;

    volatile u32 poll_armed; /* the poll page is PROT_NONE */
    u32 inval_seen;          /* generation of code invalidation this thread has synchronised with */
    void (*icache_invalidate)(struct cpu *, u64 addr, u64 len); /* guest rewrote code there */
    u32 fpcr_ctx;            /* guest FP control bits for struct ir_ref_ctx (A64: FPCR) */
    u8 fp_mode;              /* of the translations this thread runs */
    bool fp_can_trap;        /* the host gives traps of FP operations to ferry (chain_abi.fp_trap) */
    bool fp_trap;            /* it may run such as trap on invalid operations (ir_fn.fp_trap) */
    bool fp_lax;             /* and such as do not find every underflow (ir_fn.fp_lax) */
    bool inside;             /* in exec_run: there may be translations it comes back to */
    u32 fp_traps;            /* so many have trapped */
    void *exec;              /* struct exec */
    u64 pin_save[16];        /* pinned general registers across calls of reference functions; vectors: vtemp_save */
    void *thread;            /* struct thread of src/thread */
    const struct guest *guest_arch;
    struct jc_entry *jc2;    /* [jc2_mask / 16 + 1]; jc2_none as long as there is none */
    u32 jc2_mask;            /* of an index in bytes */
    u32 jc_misses;           /* targets that had to be looked up, until there is a second hash */
    struct jc_entry jc2_none[2]; /* empty */

    struct jc_entry jc[1 << JC_BITS];
} __attribute__((aligned(4096)));

/* Bytes of one cpu allocation: the struct, then the poll page. */
#define CPU_POLL_OFFSET (sizeof(struct cpu))
#define CPU_ALLOC_SIZE (sizeof(struct cpu) + 4096)
_Static_assert(sizeof(struct cpu) % 4096 == 0, "the poll page follows the struct");

/* Control bits of MXCSR for a guest that flushes denormals to zero and is to be told of each, its sticky flags being
 * FLAGS (MXCSR bits 0 to 5). An exception whose flag is not raised yet traps, and the handler does the operation by the
 * guest's rules; behind that the host's way, with inputs and results flushed, cannot tell anything that is not told. */
static inline u32 cpu_fpctl_flushing(u32 flags)
{
    const u32 denormal = 1 << 1, underflow = 1 << 4, daz = 1 << 6, ftz = 1 << 15;
    return flags << 7 | flags | (flags & denormal ? daz : 0) | (flags & underflow ? ftz : 0);
}

/* Readies CPU's return stack (ret_base, ret_limit and stubs are set), hash and FP control; once a thread, by itself. */
static inline void cpu_init(struct cpu *cpu)
{
    cpu->jc2 = cpu->jc2_none;
    cpu->jc2_none[0].pc = jc_empty(0);
    cpu->jc2_mask = sizeof(struct jc_entry); /* two entries, both empty */
    *(haddr *)cpu->ret_base = cpu->stubs.ret_miss;
    cpu->ret_sp = cpu->ret_base;
    cpu->host_fpctl = fpctl_get() & ~FPCTL_FLAGS;
    if (!cpu->guest_fpctl) {
        cpu->guest_fpctl = FPCTL_START;
    }
}

#define CPU_GUEST_OFF(type, member) (offsetof(struct cpu, guest) + offsetof(type, member))

#endif
