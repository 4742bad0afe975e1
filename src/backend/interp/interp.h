/* Units of IR as text that ferry executes itself: for hosts without a code generator. Private to src/backend.
 *
 * A text is a head, ops of 16 bytes, and constants. It is as position independent as a host's own: everything is counted
 * from the head, slots hold addresses of ops. No guest register is pinned, so the state at each op is the chain ABI. */
#ifndef BACKEND_INTERP_H
#define BACKEND_INTERP_H

#include "backend/host.h"

/* Ops beside those of the IR. LD, ST and their like, GET, SET, LDS, STS, HELPER, FPGET and FPSET are the IR's, the
 * rest is done by its reference functions. */
enum interp_op {
    INTERP_ENTRY = IR_OP_COUNT, /* code may be entered here; imm: bytes back to the head */
    INTERP_GO,                  /* imm: bytes to an entry of the unit */
    INTERP_GO_IF,               /* the same if a */
    INTERP_LEAVE,               /* through slot imm */
    INTERP_LEAVE_IF,            /* the same if a */
    INTERP_BRANCH,              /* to the guest address a */
    INTERP_LINK,                /* what an unlinked slot, imm, leads to */
    INTERP_PC,                  /* the unit's guest address + a */
    INTERP_FLAGS,               /* the state's u32 at imm = flags of kind aux with operands a, b */
    INTERP_OP_COUNT
};

struct interp_ins {
    u16 op;
    u8 type;    /* enum ir_type */
    u8 stored;  /* ST, STS: of the value */
    u16 aux;
    u16 dst;    /* where the value goes in the frame */
    u16 a, b;   /* operands: INTERP_VALUE, INTERP_CONST */
    union {
        u16 c;
        s32 imm; /* POLL, ALIGN: guest pc - unit pc; else see above */
    };
};
_Static_assert(sizeof(struct interp_ins) == 16, "an op is 16 bytes");

#define INTERP_VALUE(n) ((u16)((n) << 1))
#define INTERP_CONST(n) ((u16)((n) << 1 | 1))

struct interp_head {
    u64 pc;        /* of the guest; RELATIVE: from the head */
    s32 slots;     /* to the unit's first slot */
    u32 consts;    /* to the constants, the first of which is zero */
    struct ir_ref_ctx ctx;
    u8 relative, insn_align;
    u8 pad[6];
};
_Static_assert(sizeof(struct interp_head) == 32, "ops are aligned as constants are");

#define INTERP_FRAME 2048 /* values of a block at most */

/* Members of struct host (backend/host.h). */
void interp_assign(struct chain_abi *ca);
void interp_region_map(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, bool always,
                       struct chain_abi *map);
u32 interp_emit_stubs(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out);
void interp_init_cpu(struct cpu *cpu);
int interp_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, struct code_buf *out);

/* Where CPU, which stopped at host address PC of ferry's own, is in a text: PC itself if that is no access of an op. */
haddr interp_context_pc(const struct cpu *cpu, haddr pc);

/* The memory op IN of CPU's text with its operands. It may fault, and what interp_context_pc says is IN then. */
void interp_memory(struct cpu *cpu, const struct interp_ins *in, union ir_val *r, const union ir_val *a,
                   const union ir_val *b, const union ir_val *c);

/* What is kept in cpu.temp_save. */
struct interp_state {
    void *out[5]; /* __builtin_setjmp: leaves the interpreter */
    haddr at;     /* the op whose access may fault */
};
static inline struct interp_state *interp_state(const struct cpu *cpu)
{
    _Static_assert(sizeof(struct interp_state) <= sizeof(cpu->temp_save), "it fits");
    return (struct interp_state *)(uintptr_t)cpu->temp_save;
}

#endif
