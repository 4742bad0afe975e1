/* What the translator must know of a host architecture; no guest in here. */
#ifndef BACKEND_HOST_H
#define BACKEND_HOST_H

#include <ucontext.h>

#include "ir/cpu.h"
#include "ir/ir.h"

/* Host features that change generated code; part of the key of a persisted translation. */
enum { HOST_AVX = 1, HOST_AVX2 = 2, HOST_BMI = 4, HOST_FMA = 8, HOST_AVX512VL = 16, HOST_AES = 32,
       HOST_PCLMUL = 64, HOST_SHA = 128, HOST_F16C = 256, HOST_LZCNT = 512, HOST_POPCNT = 1024,
       HOST_FSGSBASE = 2048, HOST_GFNI = 4096, HOST_SSE42 = 8192, HOST_MOVBE = 16384 };

/* Exit slots. A direct exit jumps through an 8-byte slot; an inline cache takes two consecutive slots
 * {guest pc, host address}. An unlinked one holds the address of a stub in the unit's text, an inline cache
 * beside a pc of ~0: a guest that really branches there gets a look-up. A loop's slot is a direct one with a
 * counter in the word behind: when that is negative, code goes on through the slot, to tier 2. */
enum slot_kind { SLOT_DIRECT, SLOT_IC, SLOT_LOOP };
struct slot_info {
    u8 kind;
    bool call;        /* CALL or CALLI site */
    u16 vmode;        /* SLOT_DIRECT, SLOT_LOOP: of the target */
    u32 stub;         /* text offset of what an unlinked slot leads to: of an inline cache its host word */
    s64 target;       /* the same: guest target - unit pc */
};

/* Where a value is, for recipes. */
enum loc_kind { LOC_NONE, LOC_GPR, LOC_SPILL, LOC_CONST, LOC_PCREL, LOC_STATE /* guest register's home */ };
struct loc {
    u8 kind, reg; /* GPR number, or guest register number */
    u8 pad[2];
    s32 val;      /* spill index or constant (sign-extended) */
};

/* One per op that can fault: the guest state there is the chain ABI (pinned registers are current, the
 * rest is in struct cpu) except for the flags, which LOC tells how to recompute. */
struct recipe {
    u32 host;        /* text offset in the unit of the first byte of the faulting instruction */
    u32 host_end;    /* text offset behind the last instruction that may fault for this op */
    s32 guest;       /* guest pc - unit pc of the instruction that faults */
    u8 flags;        /* 0: register nzcv is right; else 1 + enum ir_flags_kind */
    bool is_poll;
    u8 width64;
    u8 pad;
    struct loc a, b, r; /* of FLAGS, where flags is not 0; two of the three are enough for ADD and SUB */
};

struct block_entry {
    u32 host;   /* text offset of a chain-ABI entry */
    s32 guest;  /* guest pc - unit pc */
    u16 vmode;
};

#define LOOP_COUNT 4000 /* times a backward branch is taken before the runtime has a look at the loop */

static inline void slot_unlink(u64 *slot, enum slot_kind kind, haddr stub)
{
    if (kind == SLOT_IC) {
        __atomic_store_n(slot++, ~0ull, __ATOMIC_RELEASE);
    }
    if (kind == SLOT_LOOP) {
        __atomic_store_n(slot + 1, LOOP_COUNT, __ATOMIC_RELEASE);
    }
    __atomic_store_n(slot, stub, __ATOMIC_RELEASE);
}

/* What the backend hands back for one unit: position-independent text, and its tables. */
struct code_buf {
    u8 *text;       /* where to write; the final place of the text */
    u32 cap;        /* bytes available */
    haddr slots;    /* address of the unit's first slot (rip-relative distance must fit 32 bits) */
    u32 slot_cap;
    bool pcrel;     /* guest pc constants can be formed relative to text (distance fits and is constant) */
    bool count;     /* count how often backward branches are taken */
    const struct chain_abi *outer; /* what holds at entries and exits when CA is a map of the unit's own, else NULL */

    u32 len;        /* out: bytes of text */
    u32 code_len;   /* out: of which instructions; literals follow */
    u32 slot_count; /* out */
    struct slot_info *slot_info;       /* out, in the arena: [slot_count] */
    struct recipe *recipes;            /* out, ascending host: [recipe_count] */
    u32 recipe_count;
    struct block_entry *entries;       /* out: [entry_count]; entry 0 is the unit's */
    u32 entry_count;
};

/* The chain ABI of one guest on one host: which guest registers live in which host registers. */
struct chain_abi {
    const struct ir_reg *regs;
    unsigned count;
    unsigned nzcv;              /* index of the packed-flags register, IR_MAX_REGS: none */
    u8 insn_align;              /* shift of the indirect-branch hash */
    u8 fp_rules;
    u32 features;               /* HOST_* in use */
    s8 host_of[IR_MAX_REGS];    /* host register of a pinned guest register, -1: in memory */
    bool fp_trap;               /* code may run with invalid operations unmasked (ir_fn.fp_trap) */
};

struct host {
    const char *name;

    /* HOST_* bits of this CPU. */
    u32 (*detect)(void);
    /* Chooses CA->host_of from the guest's preferences (ir_reg.pin) and CA->features. */
    void (*assign)(struct chain_abi *ca);
    /* Makes *MAP the map of the region FN: CA with registers that FN uses more in place of those it uses less. ALWAYS:
     * however seldom, for tests. */
    void (*region_map)(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, bool always,
                       struct chain_abi *map);
    /* Writes the shared stubs to TEXT, at most CAP bytes; returns the length. */
    u32 (*emit_stubs)(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out);
    /* Makes CPU what this host thread's generated code finds (x86_64: gs base; aarch64: a thread-local variable); NULL
     * restores nothing. */
    void (*bind)(struct cpu *cpu);
    struct cpu *(*current)(void); /* NULL when this thread has none; usable in a signal handler */

    /* Compiles FN into OUT. Returns 0; -ENOSPC: text or slots do not suffice, nothing is published;
     * -E2BIG: the unit needs more spill slots than there are, translate fewer instructions. */
    int (*compile)(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena,
                   struct code_buf *out);

    /* Host signal handlers: the guest state of a context in generated code into CPU (pinned registers,
     * return stack, FP status), its pc, and a new place to go on. */
    void (*save_context)(const ucontext_t *uc, const struct chain_abi *ca, struct cpu *cpu);
    haddr (*context_pc)(const ucontext_t *uc);
    void (*set_context)(ucontext_t *uc, haddr pc, haddr sp);
    /* Value of host general register REG in UC, for recipes. */
    u64 (*context_gpr)(const ucontext_t *uc, unsigned reg);
    /* True when UC stopped at the guard of the return stack: the stack was emptied, resume as is. */
    bool (*ret_stack_overflow)(ucontext_t *uc, struct cpu *cpu, haddr fault_addr);
    /* True when UC stopped at an invalid floating-point operation in code that traps on those (ir_fn.fp_trap): the
     * operation was done by the guest's rules, resume as is. */
    bool (*fp_trap)(ucontext_t *uc, const struct chain_abi *ca, const struct cpu *cpu);
};

extern const struct host host_x86_64, host_aarch64;

/* The one ferry is built for. */
#if defined(__x86_64__)
#define host_native host_x86_64
#else
#define host_native host_aarch64
#endif

#endif
