/* What the lifters of floating-point instructions share. */
#ifndef FRONTEND_RISCV64_LIFT_FP_H
#define FRONTEND_RISCV64_LIFT_FP_H

#include "frontend/riscv64/lift_int.h"

/* The float of TYPE (F32, F64) in register N: a single that is not NaN-boxed is the canonical NaN (manual, NaN
 * Boxing of Narrower Values). */
static inline ir_ref rv64_read_ft(struct rv64_lift *l, enum ir_type type, int n)
{
    ir_ref v = rv64_read_f(l, n);
    return type == IR_F64 ? v : ir_op1(l->b, IR_UNBOX, IR_F32, 0, v);
}

static inline bool rv64_put_f(struct rv64_lift *l, enum ir_type type, int n, ir_ref v)
{
    rv64_write_f(l, n, type == IR_F64 ? v : ir_op1(l->b, IR_BOX, IR_F64, 0, v));
    return true;
}

/* A half as its 16 bits in an I32, and the result V, an F32 or F64 of TYPE, rounded to one (AUX: IR_FP_ROUND). */
ir_ref rv64_read_h(struct rv64_lift *l, int n);
bool rv64_put_h(struct rv64_lift *l, int n, ir_ref bits);
ir_ref rv64_read_hf(struct rv64_lift *l, enum ir_type type, int n);
bool rv64_put_hf(struct rv64_lift *l, enum ir_type type, int n, ir_ref v, u16 aux);

/* Rounding mode (enum ir_round) of an instruction whose field is RM; -1: it is illegal. */
static inline int rv64_round(const struct rv64_lift *l, int rm)
{
    static const s8 round[8] = {IR_ROUND_TIEEVEN, IR_ROUND_ZERO, IR_ROUND_NEGINF, IR_ROUND_POSINF,
                                IR_ROUND_TIEAWAY, -1,            -1,              -1};
    return round[rm == 7 ? l->frm : rm & 7];
}

/* The mode the host rounds in while the guest's is as the block key says: rv64_mxcsr. */
static inline int rv64_host_round(const struct rv64_lift *l)
{
    int r = rv64_round(l, l->frm);
    return r < 0 || r == IR_ROUND_TIEAWAY ? IR_ROUND_TIEEVEN : r;
}

/* aux bits of an arithmetic op that is to round as ROUND says. */
static inline u16 rv64_round_aux(const struct rv64_lift *l, int round)
{
    return round == rv64_host_round(l) ? 0 : (u16)IR_FP_ROUND((unsigned)round);
}

/* fclass of the I64 BITS of a float with FRAC fraction bits in WIDTH. */
ir_ref rv64_fclass(struct rv64_lift *l, ir_ref bits, unsigned frac, unsigned width);
/* F2I of V, a float of TYPE, into rd; KIND: unsigned | 64-bit << 1. */
bool rv64_to_int(struct rv64_lift *l, int rd, enum ir_type type, ir_ref v, unsigned kind, int round);
/* I2F of rs1 to TYPE. */
ir_ref rv64_from_int(struct rv64_lift *l, enum ir_type type, int rs1, unsigned kind, int round);
/* Constant IMM of fli with FRAC fraction bits in WIDTH. */
u64 rv64_fli(unsigned imm, unsigned frac, unsigned width);

#endif
