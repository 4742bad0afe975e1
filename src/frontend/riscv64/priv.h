/* What the RV64 lifters share: the lift in progress, register access, CSR hooks, faults.
 *
 * A lifter is `bool rv64_lift_NAME(struct rv64_lift *l, const struct rv64_args_SET *a)`, called by the
 * generated rv64_decode_lift for a 32-bit instruction and for the compressed forms of it. It returns false
 * for an encoding that is illegal after all, and then must not have emitted anything. Its order: read every
 * source, then memory (ops that may fault), then write (a write commits where it stands). */
#ifndef FRONTEND_RISCV64_PRIV_H
#define FRONTEND_RISCV64_PRIV_H

#include "frontend/block.h"
#include "frontend/riscv64/rv64_state.h"

/* guest->helpers, one row each in helpers.def. */
enum rv64_helper {
#define HELPER(name, function) RV64_H_##name,
#include "frontend/riscv64/helpers.def"
#undef HELPER
    RV64_H_COUNT
};
#define HELPER(name, function) u64 function(void *cpu, u64 a, u64 b, u64 c);
#include "frontend/riscv64/helpers.def"
#undef HELPER
extern u64 (*const rv64_helpers[RV64_H_COUNT])(void *cpu, u64, u64, u64);

/* Bits of the block key (translate_params.fp_mode) above frm. */
enum { RV64_FPM_TRAP = 8 };

/* A mask register's value that was made from lanes of all ones or zeros, one a bit, and the vl up to which it was. */
struct rv64_mask {
    ir_ref value, vl, lanes[8];
    u8 size; /* of the lanes, log2 */
};

struct rv64_lift {
    struct front_lift f; /* the driver's part */
    struct ir_builder *b;
    struct ir_fn *fn;
    const struct translate_params *params;
    gaddr pc;        /* of the instruction being lifted */
    u32 insn;        /* its bits, 16 of them if it is compressed */
    u8 len;          /* its bytes, 2 or 4; a sequence that is lifted as one is longer (classify.c) */
    u8 frm;          /* the dynamic rounding mode, which is part of the block key */
    u16 vmode;       /* what is known of vtype and vl before this instruction; a lifter that changes it says so
                        here. 0: nothing */
    gaddr sc_pc;     /* the SC that the LR last lifted is a pair with, in one block (lift_atomic.c); 0: none */
    ir_ref resv_value; /* what that LR read, zero-extended */
    ir_ref vl;       /* value of vl in the block that begins at vl_block, if that is the current one; 0: not known */
    u32 vl_block;
    struct rv64_mask masks[2]; /* the last masks that were written */
    u8 mask_at;
    ir_ref fflags;   /* value of fflags as it was read last and may still be written back (fcsr.c), or 0 */
    u64 features;    /* of the CPU model, BIT64(RV64_EXT_*) */
    bool end_unit;   /* the instruction left: nothing may follow */
    bool end_block;  /* the instruction was a call: a block may begin behind it */
};

static inline bool rv64_has(const struct rv64_lift *l, enum rv64_feature f)
{
    return l->features & BIT64(f);
}

/* x registers, I64; number 0 reads as zero and ignores writes. The w forms read the low half as I32, and
 * write the sign-extension of an I32. */
ir_ref rv64_read(struct rv64_lift *l, int n);
ir_ref rv64_read_w(struct rv64_lift *l, int n);
void rv64_write(struct rv64_lift *l, int n, ir_ref v);
void rv64_write_w(struct rv64_lift *l, int n, ir_ref v);

/* f registers, all 64 bits, as F64. NaN boxing is up to the caller. */
static inline ir_ref rv64_read_f(struct rv64_lift *l, int n)
{
    return ir_get(l->b, RV64_F0 + (unsigned)n);
}
static inline void rv64_write_f(struct rv64_lift *l, int n, ir_ref v)
{
    ir_set(l->b, RV64_F0 + (unsigned)n, v);
}
/* v registers, V128. */
static inline ir_ref rv64_read_v(struct rv64_lift *l, int n)
{
    return ir_get(l->b, RV64_V0 + (unsigned)n);
}
static inline void rv64_write_v(struct rv64_lift *l, int n, ir_ref v)
{
    ir_set(l->b, RV64_V0 + (unsigned)n, v);
}

/* Address rs1 + IMM. */
ir_ref rv64_address(struct rv64_lift *l, int rs1, s64 imm);
/* Address of the instruction behind this one. */
static inline gaddr rv64_next(const struct rv64_lift *l)
{
    return l->pc + l->len;
}

/* aux of EXITIF and JMP: OWN, the target is the unit's entry; vtype and vl there are what they are here. */
static inline u16 rv64_exit_aux(const struct rv64_lift *l, bool own)
{
    return (u16)(own | l->vmode << IR_VMODE_SHIFT);
}

/* Calls a helper; 0 for an operand stands for the constant 0. */
ir_ref rv64_help(struct rv64_lift *l, enum rv64_helper h, ir_ref a, ir_ref x, ir_ref c);
/* Ends the unit with a guest fault at this instruction (ADDR: si_addr); true. */
bool rv64_fault(struct rv64_lift *l, int signo, int code, ir_ref addr);
/* Ends the unit behind this instruction with an EXIT of REASON (EXEC_I_SYNC: the rounding mode or the code
 * may have changed); true. */
bool rv64_leave(struct rv64_lift *l, unsigned reason);

/* CSR instructions. lift_sys.c reads the old value, computes the new one and writes it back; the owner of
 * the register answers by number. Read gives the value as I64; 0: no such register. Write gets the new
 * value as I64; false: it cannot be written (or is not one of these), and nothing was emitted. A write
 * after which the block key may differ ends the unit by rv64_leave(l, EXEC_I_SYNC). */
ir_ref rv64_fp_csr_read(struct rv64_lift *l, unsigned csr);      /* fflags, frm, fcsr */
bool rv64_fp_csr_write(struct rv64_lift *l, unsigned csr, ir_ref v);
ir_ref rv64_vector_csr_read(struct rv64_lift *l, unsigned csr);  /* vstart .. vlenb */
bool rv64_vector_csr_write(struct rv64_lift *l, unsigned csr, ir_ref v);

/* Host control word (MXCSR) for the rounding mode FRM, no flags. In lift_fp.c's file set. */
u32 rv64_mxcsr(const struct cpu *cpu);

#endif
