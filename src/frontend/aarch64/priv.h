/* What the A64 lifters share: the lift in progress, register access, flags, faults.
 *
 * A lifter is `bool a64_lift_NAME(struct a64_lift *l, const struct a64_args_SET *a)`, called by the
 * generated a64_decode_lift. It returns false for an encoding that is undefined after all, and then
 * must not have emitted anything. Its order: read every source, then memory (ops that may fault),
 * then write (a write commits where it stands). */
#ifndef FRONTEND_AARCH64_PRIV_H
#define FRONTEND_AARCH64_PRIV_H

#include "frontend/aarch64/a64_state.h"
#include "frontend/block.h"

/* Bits of the block key (translate_params.fp_mode); the rounding mode is not in it, MXCSR has it.
 */
enum { A64_FPM_DN = 1, A64_FPM_FZ = 2, A64_FPM_AHP = 4, A64_FPM_TRAP = 8, A64_FPM_LAX = 16,
       A64_FPM_FZ_TRAPS = 32, A64_FPM_RET_FLAGS = GUEST_MODE_RET_FLAGS };
#define A64_FPCR_AHP 0x04000000u
#define A64_FPCR_DN 0x02000000u
#define A64_FPCR_FZ 0x01000000u
#define A64_FPCR_RMODE 0x00c00000u
#define A64_FPCR_MASK (A64_FPCR_AHP | A64_FPCR_DN | A64_FPCR_FZ | A64_FPCR_RMODE)
#define A64_FPSR_QC 0x08000000u
#define A64_FPSR_MASK (A64_FPSR_QC | 0xf000009fu) /* with the bits AArch32 would have */

/* guest->helpers */
enum a64_helper {
    A64_H_GET_FPSR, /* () -> FPSR; this and the next: in A64_FPM_LAX the unit must end behind it */
    A64_H_SET_FPSR, /* (value) */
    A64_H_SET_FPCR, /* (value); the unit must end behind it, fp_mode may have changed */
    A64_H_CNTVCT,   /* () -> nanoseconds */
    A64_H_IC_IVAU,  /* (address, length) */
    A64_H_COUNT
};
extern u64 (*const a64_helpers[A64_H_COUNT])(void *cpu, u64, u64, u64);

/* Value of ID register S3_0_C0_CRM_OP2 of a CPU with the features SET as Linux shows it; false: undefined. */
bool a64_id_register(u64 set, unsigned crm, unsigned op2, u64 *value);

/* Where the guest's NZCV is, as far as this block knows. */
enum a64_fl_kind { A64_FL_PACKED, A64_FL_ADD, A64_FL_SUB, A64_FL_LOGIC, A64_FL_FCMP };
struct a64_flags {
    u8 kind;       /* enum a64_fl_kind */
    u8 type;       /* of a and b */
    bool signal;   /* FCMP: signals on quiet NaN */
    bool res_kept; /* the result is written to a register, so testing it keeps nothing else alive */
    bool is_cond;  /* only if COND holds (CCMP); else flags are ELSE_NZCV */
    u8 else_nzcv;  /* bits N=8 Z=4 C=2 V=1 */
    ir_ref cond;
    ir_ref a, b; /* PACKED: a is the packed value, 0: register nzcv. LOGIC: operands of an AND, or a
                    alone */
    ir_ref res;  /* ADD, SUB, LOGIC: the result, 0: none */
};

struct a64_lift {
    struct front_lift f;
    struct ir_builder *b; /* f.b, which every line of a lifter names */
    u8 fp_mode;           /* A64_FPM_* */
    struct a64_flags flags;
};

/* Does the CPU have feature F? The decoder asks for the rows that need one. */
static inline bool a64_has(const struct a64_lift *l, enum a64_feature f)
{
    return l->f.params->features & BIT64(f);
}

/* The integer type of a register form: sf 0 is W. */
#define A64_TYPE(sf) ((sf) ? IR_I64 : IR_I32)

/* General registers. Number 31 reads as zero and ignores writes; the _sp forms mean SP by 31. W
 * values are I32 and writing one clears the upper half. */
ir_ref a64_read_x(struct a64_lift *l, unsigned n);
ir_ref a64_read_w(struct a64_lift *l, unsigned n);
ir_ref a64_read_xsp(struct a64_lift *l, unsigned n);
ir_ref a64_read_wsp(struct a64_lift *l, unsigned n);
void a64_write_x(struct a64_lift *l, unsigned n, ir_ref v);
void a64_write_w(struct a64_lift *l, unsigned n, ir_ref v);
void a64_write_xsp(struct a64_lift *l, unsigned n, ir_ref v);
void a64_write_wsp(struct a64_lift *l, unsigned n, ir_ref v);
/* By sf (0: I32, 1: I64). */
ir_ref a64_read(struct a64_lift *l, unsigned sf, unsigned n);
ir_ref a64_read_sp(struct a64_lift *l, unsigned sf, unsigned n);
void a64_write(struct a64_lift *l, unsigned sf, unsigned n, ir_ref v);
void a64_write_sp(struct a64_lift *l, unsigned sf, unsigned n, ir_ref v);

/* Vector registers, whole. a64_write_q clears the upper half unless Q. */
ir_ref a64_read_v(struct a64_lift *l, unsigned n);
void a64_write_v(struct a64_lift *l, unsigned n, ir_ref v);
void a64_write_q(struct a64_lift *l, unsigned q, unsigned n, ir_ref v);
/* Scalars in lane 0 as F32/F64 values; a write clears the rest of the register. */
ir_ref a64_read_s(struct a64_lift *l, unsigned n);
ir_ref a64_read_d(struct a64_lift *l, unsigned n);
void a64_write_s(struct a64_lift *l, unsigned n, ir_ref v);
void a64_write_d(struct a64_lift *l, unsigned n, ir_ref v);
/* By type IR_F32 or IR_F64. */
ir_ref a64_read_f(struct a64_lift *l, enum ir_type type, unsigned n);
void a64_write_f(struct a64_lift *l, enum ir_type type, unsigned n, ir_ref v);
/* Lane 0 of SIZE (log2 of bytes 0..3) as zero-extended bits: I32 for sizes 0..2, I64 for 3. A write
 * takes the low bits of V (same types) and clears the rest of the register. */
ir_ref a64_read_bits(struct a64_lift *l, unsigned size, unsigned n);
void a64_write_bits(struct a64_lift *l, unsigned size, unsigned n, ir_ref v);
/* Any lane, as VGETL; SEXT extends the sign to the type. */
ir_ref a64_read_lane(struct a64_lift *l, unsigned size, unsigned n, unsigned index, bool sext);
/* A vector from two I64 halves. */
ir_ref a64_make_v(struct a64_lift *l, ir_ref lo, ir_ref hi);
/* FPSR.QC |= any bit of V set. */
void a64_or_qc(struct a64_lift *l, ir_ref v);

/* Condition field 0..15 of the flags now in effect, as I1. */
ir_ref a64_cond(struct a64_lift *l, unsigned cond);
/* New flags. TYPE is of the operands; RES the result if it is written to a register, else 0. */
void a64_flags_add(struct a64_lift *l, enum ir_type type, ir_ref a, ir_ref b, ir_ref res);
void a64_flags_sub(struct a64_lift *l, enum ir_type type, ir_ref a, ir_ref b, ir_ref res);
/* N and Z of RES, C = V = 0. A, B: operands of the AND that made it when RES itself is not kept,
 * else 0. */
void a64_flags_logic(struct a64_lift *l, enum ir_type type, ir_ref res, ir_ref a, ir_ref b);
void a64_flags_fcmp(struct a64_lift *l, enum ir_type type, ir_ref a, ir_ref b, bool signal);
/* From here on conditions of an FP compare read its packed flags: comparing again would raise its
 * FP status again. */
void a64_flags_no_compare(struct a64_lift *l);
/* Packed (IR_NZCV_*), I32. */
void a64_flags_packed(struct a64_lift *l, ir_ref v);
/* Turns the flags just made into "those if COND, else NZCV" (CCMP, FCCMP); COND was read before
 * them. */
void a64_flags_only_if(struct a64_lift *l, ir_ref cond, unsigned nzcv);
/* The packed value of the flags in effect. */
ir_ref a64_packed(struct a64_lift *l);
/* Bits N=8 Z=4 C=2 V=1 in packed form. */
u32 a64_pack_nzcv(unsigned nzcv);

enum guest_step a64_interpret(struct cpu *cpu, const struct guest_cold *cold); /* guest->interpret */

/* A side exit to TO if COND holds. */
bool a64_branch_if(struct a64_lift *l, ir_ref cond, gaddr to);

/* Float X for an op that the host does not say of whether it flushed what it read: FPCR.FZ is done here, by a product that
 * has it done. The vector form takes the op's aux (lane size, 8-byte form). */
ir_ref a64_flush(struct a64_lift *l, enum ir_type type, ir_ref x);
ir_ref a64_flush_v(struct a64_lift *l, unsigned aux, ir_ref x);

/* Float X (TYPE 0 single, 1 double) to an integer with FRAC fraction bits (0: none), rounded by ROUND (enum ir_round). */
ir_ref a64_to_int(struct a64_lift *l, unsigned sf, unsigned type, unsigned round, unsigned unsign, unsigned frac, ir_ref x);

/* Ends the unit with a guest fault at this instruction; true. */
bool a64_fault(struct a64_lift *l, int signo, int code, ir_ref addr);

/* VALUE of an N:immr:imms bitmask immediate for registers of 32 << SF bits; false: reserved. */
bool a64_bitmask(unsigned sf, unsigned n, unsigned immr, unsigned imms, u64 *value);
/* A shifted or extended register operand. SHIFT: 0 LSL 1 LSR 2 ASR 3 ROR; OPTION 0 UXTB .. 7 SXTX.
 */
ir_ref a64_shift(struct a64_lift *l, enum ir_type type, ir_ref v, unsigned shift, unsigned amount);
ir_ref a64_extend(struct a64_lift *l, enum ir_type type, unsigned n, unsigned option,
                  unsigned amount);

/* Immediates of FMOV and of the Advanced SIMD modified-immediate class. */
u64 a64_expand_fp64(u64 imm8);
u32 a64_expand_fp32(u64 imm8);
u64 a64_expand_simd(unsigned op, unsigned cmode, u64 imm8);

#endif
