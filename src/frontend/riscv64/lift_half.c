/* RV64 half precision (unprivileged manual: Zfh, Zfhmin, and of Zfa its half-precision forms).
 *
 * Computed in single precision and rounded to half: 24 bits are two more than twice 11, so that + - * / and square
 * root round as if once, and what a single cannot hold exactly is inexact as a half. The fused forms go through
 * double, in which the sum is exact wherever it lies near the middle of two halves. Flags: the wide operation raises
 * Invalid, Divide by Zero and Inexact, the narrowing Overflow, Underflow and Inexact. */
#include "frontend/riscv64/lift_fp.h"

#define BOX_H 0xffffffffffff0000ull

/* Bits of register N, I64, as they are. */
static ir_ref raw(struct rv64_lift *l, int n)
{
    return X1(IR_BITI, rv64_read_f(l, n));
}

ir_ref rv64_read_h(struct rv64_lift *l, int n)
{
    ir_ref v = raw(l, n), boxed = CMP(IR_CC_UGE, v, ir_k64(l->b, BOX_H));
    ir_ref low = W2(IR_AND, W1(IR_TRUNC, v), KW(0xffff));
    return ir_op3(l->b, IR_SELECT, IR_I32, 0, low, KW(0x7e00), boxed);
}

/* BITS: zero-extended. */
bool rv64_put_h(struct rv64_lift *l, int n, ir_ref bits)
{
    ir_ref wide = X2(IR_OR, ir_op1(l->b, IR_ZEXT, IR_I64, 32, bits), ir_k64(l->b, BOX_H));
    rv64_write_f(l, n, ir_op1(l->b, IR_BITF, IR_F64, 0, wide));
    return true;
}

ir_ref rv64_read_hf(struct rv64_lift *l, enum ir_type type, int n)
{
    return ir_op1(l->b, IR_H2F, type, 0, rv64_read_h(l, n));
}

bool rv64_put_hf(struct rv64_lift *l, enum ir_type type, int n, ir_ref v, u16 aux)
{
    return rv64_put_h(l, n, ir_op1(l->b, IR_F2H, type, aux, v));
}

static ir_ref zext16(struct rv64_lift *l, ir_ref v)
{
    return W2(IR_AND, v, KW(0xffff));
}

/* Loads, stores, moves: the low 16 bits, boxed or not */

LIFT(FLH, fl, rv64_put_h(l, a->rd, ir_op1(l->b, IR_LD, IR_I32, 1, rv64_address(l, a->rs1, a->imm))))
LIFT(FMV_H_X, f1, rv64_put_h(l, a->rd, zext16(l, W(a->rs1))))
LIFT(FMV_X_H, f1, put(l, a->rd, ir_op1(l->b, IR_SEXT, IR_I64, 16, raw(l, a->rs1))))

bool rv64_lift_FSH(struct rv64_lift *l, const struct rv64_args_fs *a)
{
    ir_ref p = rv64_address(l, a->rs1, a->imm);
    ir_op2(l->b, IR_ST, IR_I64, 1, p, raw(l, a->rs2));
    return true;
}

/* Arithmetic */

static bool arith(struct rv64_lift *l, const struct rv64_args_f2r *a, enum ir_op op)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    u16 aux = rv64_round_aux(l, round);
    ir_ref x = rv64_read_hf(l, IR_F32, a->rs1), y = rv64_read_hf(l, IR_F32, a->rs2);
    return rv64_put_hf(l, IR_F32, a->rd, ir_op2(l->b, op, IR_F32, aux, x, y), aux);
}

LIFT(FADD_H, f2r, arith(l, a, IR_FADD))
LIFT(FSUB_H, f2r, arith(l, a, IR_FSUB))
LIFT(FMUL_H, f2r, arith(l, a, IR_FMUL))
LIFT(FDIV_H, f2r, arith(l, a, IR_FDIV))

bool rv64_lift_FSQRT_H(struct rv64_lift *l, const struct rv64_args_f1r *a)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    u16 aux = rv64_round_aux(l, round);
    ir_ref v = ir_op1(l->b, IR_FSQRT, IR_F32, aux, rv64_read_hf(l, IR_F32, a->rs1));
    return rv64_put_hf(l, IR_F32, a->rd, v, aux);
}

static bool fma4(struct rv64_lift *l, const struct rv64_args_f3r *a, unsigned signs)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    u16 aux = rv64_round_aux(l, round);
    ir_ref x = rv64_read_hf(l, IR_F64, a->rs1), y = rv64_read_hf(l, IR_F64, a->rs2),
           z = rv64_read_hf(l, IR_F64, a->rs3);
    ir_ref v = ir_op3(l->b, IR_FMA, IR_F64, (u16)(signs | aux), x, y, z);
    return rv64_put_hf(l, IR_F64, a->rd, v, aux);
}

LIFT(FMADD_H, f3r, fma4(l, a, 0))
LIFT(FMSUB_H, f3r, fma4(l, a, 2))
LIFT(FNMSUB_H, f3r, fma4(l, a, 1))
LIFT(FNMADD_H, f3r, fma4(l, a, 3))

/* Signs are bits; the rest is exact in single precision */

static bool inject(struct rv64_lift *l, const struct rv64_args_f2 *a, unsigned how)
{
    ir_ref x = rv64_read_h(l, a->rs1), y = rv64_read_h(l, a->rs2);
    y = how == 1 ? W2(IR_XOR, y, KW(0x8000)) : how == 2 ? W2(IR_XOR, y, x) : y;
    return rv64_put_h(l, a->rd, W2(IR_OR, W2(IR_AND, x, KW(0x7fff)), W2(IR_AND, y, KW(0x8000))));
}

LIFT(FSGNJ_H, f2, inject(l, a, 0))
LIFT(FSGNJN_H, f2, inject(l, a, 1))
LIFT(FSGNJX_H, f2, inject(l, a, 2))

static bool min_max(struct rv64_lift *l, const struct rv64_args_f2 *a, enum ir_op op, bool there)
{
    if (!there) {
        return false;
    }
    ir_ref x = rv64_read_hf(l, IR_F32, a->rs1), y = rv64_read_hf(l, IR_F32, a->rs2);
    return rv64_put_hf(l, IR_F32, a->rd, ir_op2(l->b, op, IR_F32, 0, x, y), 0);
}

#define HAS_ZFH rv64_has(l, RV64_EXT_Zfh)
LIFT(FMIN_H, f2, min_max(l, a, IR_FMINNM, true))
LIFT(FMAX_H, f2, min_max(l, a, IR_FMAXNM, true))
LIFT(FMINM_H, f2, min_max(l, a, IR_FMIN, HAS_ZFH))
LIFT(FMAXM_H, f2, min_max(l, a, IR_FMAX, HAS_ZFH))

static bool compare(struct rv64_lift *l, const struct rv64_args_f2 *a, unsigned fcc, bool there)
{
    if (!there) {
        return false;
    }
    ir_ref x = rv64_read_hf(l, IR_F32, a->rs1), y = rv64_read_hf(l, IR_F32, a->rs2);
    ir_ref c = ir_op2(l->b, IR_FCMP, IR_F32, (u16)fcc, x, y);
    return put(l, a->rd, X1(IR_B2I, c));
}

LIFT(FEQ_H, f2, compare(l, a, IR_FCC_EQ, true))
LIFT(FLT_H, f2, compare(l, a, IR_FCC_LT | IR_FCC_SIGNAL, true))
LIFT(FLE_H, f2, compare(l, a, IR_FCC_LE | IR_FCC_SIGNAL, true))
LIFT(FLTQ_H, f2, compare(l, a, IR_FCC_LT, HAS_ZFH))
LIFT(FLEQ_H, f2, compare(l, a, IR_FCC_LE, HAS_ZFH))

bool rv64_lift_FCLASS_H(struct rv64_lift *l, const struct rv64_args_f1 *a)
{
    ir_ref bits = ir_op1(l->b, IR_ZEXT, IR_I64, 32, rv64_read_h(l, a->rs1));
    return put(l, a->rd, rv64_fclass(l, bits, 10, 16));
}

/* Conversions */

static bool to_int(struct rv64_lift *l, const struct rv64_args_f1r *a, unsigned kind)
{
    int round = rv64_round(l, a->rm);
    return round >= 0 && rv64_to_int(l, a->rd, IR_F32, rv64_read_hf(l, IR_F32, a->rs1), kind, round);
}

/* A number that a single cannot hold exactly is beyond all halves, so it is inexact both ways. */
static bool from_int(struct rv64_lift *l, const struct rv64_args_f1r *a, unsigned kind)
{
    int round = rv64_round(l, a->rm);
    return round >= 0 && rv64_put_hf(l, IR_F32, a->rd, rv64_from_int(l, IR_F32, a->rs1, kind, round),
                                     rv64_round_aux(l, round));
}

LIFT(FCVT_W_H, f1r, to_int(l, a, 0))
LIFT(FCVT_WU_H, f1r, to_int(l, a, 1))
LIFT(FCVT_L_H, f1r, to_int(l, a, 2))
LIFT(FCVT_LU_H, f1r, to_int(l, a, 3))
LIFT(FCVT_H_W, f1r, from_int(l, a, 0))
LIFT(FCVT_H_WU, f1r, from_int(l, a, 1))
LIFT(FCVT_H_L, f1r, from_int(l, a, 2))
LIFT(FCVT_H_LU, f1r, from_int(l, a, 3))

static bool widen(struct rv64_lift *l, const struct rv64_args_f1r *a, enum ir_type type)
{
    return rv64_round(l, a->rm) >= 0 && rv64_put_f(l, type, a->rd, rv64_read_hf(l, type, a->rs1));
}

static bool narrow(struct rv64_lift *l, const struct rv64_args_f1r *a, enum ir_type type)
{
    int round = rv64_round(l, a->rm);
    return round >= 0 &&
           rv64_put_hf(l, type, a->rd, rv64_read_ft(l, type, a->rs1), rv64_round_aux(l, round));
}

LIFT(FCVT_S_H, f1r, widen(l, a, IR_F32))
LIFT(FCVT_D_H, f1r, widen(l, a, IR_F64))
LIFT(FCVT_H_S, f1r, narrow(l, a, IR_F32))
LIFT(FCVT_H_D, f1r, narrow(l, a, IR_F64))

static bool integral(struct rv64_lift *l, const struct rv64_args_f1r *a, unsigned exact)
{
    int round = rv64_round(l, a->rm);
    if (round < 0 || !HAS_ZFH) {
        return false;
    }
    ir_ref v = ir_op1(l->b, IR_FRINT, IR_F32, (u16)((unsigned)round | exact), rv64_read_hf(l, IR_F32, a->rs1));
    return rv64_put_hf(l, IR_F32, a->rd, v, 0);
}

LIFT(FROUND_H, f1r, integral(l, a, 0))
LIFT(FROUNDNX_H, f1r, integral(l, a, IR_ROUND_EXACT))
LIFT(FLI_H, fli, HAS_ZFH && rv64_put_h(l, a->rd, KW(rv64_fli((unsigned)a->imm, 10, 16))))
