/* What the translator must know of a guest architecture; no Linux in here. */
#ifndef FRONTEND_GUEST_H
#define FRONTEND_GUEST_H

#include "ir/cpu.h"
#include "ir/ir.h"

/* What one instruction does to the packed flags, for liveness. */
enum { GUEST_FLAGS_READ = 1, GUEST_FLAGS_WRITE = 2 };

/* Bit of the block key's FP mode for guests with packed flags: returns keep the flags for the caller. Where it is clear no
 * caller looks at them, as all calling conventions have it; a call that is followed by code which does has to set it. */
enum { GUEST_MODE_RET_FLAGS = 128 };

/* Where translation may read and how far it may go. The caller has checked that [pc, limit) is
 * executable guest memory that can be read. */
struct translate_params {
    gaddr pc, limit;
    unsigned max_insns;  /* 1 for one-instruction blocks */
    unsigned max_blocks; /* blocks at return points in one unit */
    unsigned max_conds;  /* conditional branches behind which a unit goes on, loops not counted; 0: no limit */
    u64 features; /* of the CPU (guest->cpu_model) */
    u8 fp_mode;
    u16 vmode;    /* see IR_VMODE_SHIFT in ir.h */
    gaddr lo; /* [lo, pc) may be read too, to look at branch targets; 0: unknown */
    /* True when the code at PC is translated already, so that the unit had better end there. *NEXT is the first
     * address behind PC that is worth asking for. NULL: never. */
    bool (*known)(const struct translate_params *p, gaddr pc, gaddr *next);
    void *known_arg; /* for its use */
    /* Regions: the same, and nothing is known to lead there but indirect jumps. */
    bool (*jumped_to)(const struct translate_params *p, gaddr pc, gaddr *next);
    /* Units: false when execution has not yet gone on at PC, behind a branch or a call of the unit. NULL: that is not known. */
    bool (*passed)(const struct translate_params *p, gaddr pc);
    /* A region of tier 2: what branches lead to in both directions from pc, as far as it is KNOWN and lies in [lo, limit);
     * max_blocks and max_conds do not matter. */
    bool region;
    bool loop; /* of it, only the loop that begins at pc, and what was read of [also_lo, also_hi): the unit that led there,
                  whose begin is another entry */
    gaddr also_lo, also_hi;
};

/* How guest->interpret left; cpu->pc is where to go on. */
enum guest_step {
    GUEST_STEP_JUMP, /* a branch was taken */
    GUEST_STEP_CALL,
    GUEST_STEP_RETURN,
    GUEST_STEP_SYSCALL, /* pc is behind the instruction */
    GUEST_STEP_REFUSED  /* the instruction at pc has not been executed */
};

/* Guest code that may be interpreted, with a byte for each place where an instruction may begin:
 * counts[((pc - origin) & mask) >> insn_align]. HI 0: none. */
struct guest_cold {
    gaddr lo, hi, origin;
    u64 mask;
    u8 *counts;
};
#define GUEST_PASSED 0x80 /* in such a byte: execution has gone on here behind a branch that was not taken */

struct guest {
    const char *name;  /* "aarch64" */
    u16 e_machine;
    u8 insn_align;     /* log2, shift of the indirect-branch hash */
    u8 fp_rules;
    const struct ir_reg *regs;
    unsigned reg_count;
    unsigned reg_nzcv;  /* index of the packed-flags register, or -1u */
    unsigned max_pc_bits;
    u8 unit_conds; /* conditional branches behind which a unit ends (translate_params.max_conds) */
    u8 tag_bits;   /* highest bits of an address that accesses and branches take as copies of the one below (A64: TBI) */

    /* The set of features of the CPU called MODEL (NULL: the default), in bits of the guest's own; false when
     * there is no such model. */
    bool (*cpu_model)(const char *model, u64 *features);
    /* One line a model: name, two blanks at least, what it is. */
    void (*cpu_list)(struct strbuf *sb);

    /* Lifts one unit into FN. Returns false when the first instruction cannot be read. Undefined
     * instructions become EXIT with EXEC_FAULT semantics. */
    bool (*lift)(struct ir_builder *b, struct ir_fn *fn, struct arena *arena,
                 const struct translate_params *p);

    /* Executes instructions from cpu->pc on, on the state in CPU, up to a taken branch, the end of COLD or one it does
     * not take on, and notes the branches that were not taken. The code is executable; a fault is a refusal. */
    enum guest_step (*interpret)(struct cpu *cpu, const struct guest_cold *cold);

    /* Before a fault of the memory access at cpu->pc is told: makes the state what the architecture says it is then, which
     * generated code leaves to this. False: the instruction has been executed after all. NULL: nothing to do. */
    bool (*fault)(struct cpu *cpu);

    u8 (*fp_mode)(const struct cpu *cpu);      /* FP mode bits of the block key */
    u16 (*vmode)(const struct cpu *cpu);       /* its other part, of the state as it is; NULL: always 0 */
    u32 (*mxcsr)(const struct cpu *cpu);       /* x86 host: control word for the current FPCR, no flags */
    void (*reset)(struct cpu *cpu);            /* power-on user state */
    u64 (*const *helpers)(void *cpu, u64, u64, u64);
    unsigned helper_count;
    /* Text of the register state for -d cpu and crash reports. */
    void (*dump)(const struct cpu *cpu, struct strbuf *sb);
    /* One instruction as text, for logs without capstone; returns its length in bytes. */
    unsigned (*name_of)(gaddr pc, const u8 *bytes, struct strbuf *sb);
};

extern const struct guest guest_aarch64, guest_riscv64;

#endif
