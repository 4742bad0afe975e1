/* RV64 single and double precision: conversions, moves between register files, constants (unprivileged manual: F, D,
 * Zfa). */
#include "frontend/riscv64/lift_fp.h"

enum { INT_W, INT_WU, INT_L, INT_LU }; /* unsigned | 64-bit << 1 */

bool rv64_to_int(struct rv64_lift *l, int rd, enum ir_type type, ir_ref v, unsigned kind, int round)
{
    if (round == rv64_host_round(l) && round != IR_ROUND_ZERO) {
        round = IR_ROUND_CURRENT;
    }
    enum ir_type t = kind & 2 ? IR_I64 : IR_I32;
    u16 aux = (u16)((unsigned)round | (kind & 1) << 4 | (type == IR_F64) << 5);
    ir_ref r = ir_op1(l->b, IR_F2I, t, aux, v);
    return t == IR_I64 ? put(l, rd, r) : put_w(l, rd, r);
}

ir_ref rv64_from_int(struct rv64_lift *l, enum ir_type type, int rs1, unsigned kind, int round)
{
    bool exact = type == IR_F64 && !(kind & 2);
    u16 aux = (u16)(kind | (exact ? 0 : rv64_round_aux(l, round)));
    return ir_op1(l->b, IR_I2F, type, aux, kind & 2 ? X(rs1) : W(rs1));
}

static bool to_int(struct rv64_lift *l, const struct rv64_args_f1r *a, enum ir_type type, unsigned kind)
{
    int round = rv64_round(l, a->rm);
    return round >= 0 && rv64_to_int(l, a->rd, type, rv64_read_ft(l, type, a->rs1), kind, round);
}

static bool from_int(struct rv64_lift *l, const struct rv64_args_f1r *a, enum ir_type type, unsigned kind)
{
    int round = rv64_round(l, a->rm);
    return round >= 0 && rv64_put_f(l, type, a->rd, rv64_from_int(l, type, a->rs1, kind, round));
}

#define LIFT_INT(kind)                                                                             \
    LIFT(FCVT_##kind##_S, f1r, to_int(l, a, IR_F32, INT_##kind))                                   \
    LIFT(FCVT_##kind##_D, f1r, to_int(l, a, IR_F64, INT_##kind))                                   \
    LIFT(FCVT_S_##kind, f1r, from_int(l, a, IR_F32, INT_##kind))                                   \
    LIFT(FCVT_D_##kind, f1r, from_int(l, a, IR_F64, INT_##kind))
LIFT_INT(W)
LIFT_INT(WU)
LIFT_INT(L)
LIFT_INT(LU)

/* JavaScript's conversion: A64 has the same. */
LIFT(FCVTMOD_W_D, f1, put_w(l, a->rd, W1(IR_FJCVT, rv64_read_f(l, a->rs1))))

static bool convert(struct rv64_lift *l, const struct rv64_args_f1r *a, enum ir_type to, enum ir_type from)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    u16 aux = (u16)(from | (to == IR_F32 ? rv64_round_aux(l, round) : 0));
    return rv64_put_f(l, to, a->rd, ir_op1(l->b, IR_F2F, to, aux, rv64_read_ft(l, from, a->rs1)));
}

LIFT(FCVT_S_D, f1r, convert(l, a, IR_F32, IR_F64))
LIFT(FCVT_D_S, f1r, convert(l, a, IR_F64, IR_F32))

/* To integral */

static bool integral(struct rv64_lift *l, const struct rv64_args_f1r *a, enum ir_type t, unsigned exact)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    ir_ref x = rv64_read_ft(l, t, a->rs1);
    return rv64_put_f(l, t, a->rd, ir_op1(l->b, IR_FRINT, t, (u16)((unsigned)round | exact), x));
}

LIFT(FROUND_S, f1r, integral(l, a, IR_F32, 0))
LIFT(FROUND_D, f1r, integral(l, a, IR_F64, 0))
LIFT(FROUNDNX_S, f1r, integral(l, a, IR_F32, IR_ROUND_EXACT))
LIFT(FROUNDNX_D, f1r, integral(l, a, IR_F64, IR_ROUND_EXACT))

/* Moves and constants */

LIFT(FMV_X_D, f1, put(l, a->rd, X1(IR_BITI, rv64_read_f(l, a->rs1))))
LIFT(FMV_D_X, f1, rv64_put_f(l, IR_F64, a->rd, ir_op1(l->b, IR_BITF, IR_F64, 0, X(a->rs1))))
LIFT(FMV_W_X, f1, rv64_put_f(l, IR_F32, a->rd, ir_op1(l->b, IR_BITF, IR_F32, 0, W(a->rs1))))

/* The low half, boxed or not. */
bool rv64_lift_FMV_X_W(struct rv64_lift *l, const struct rv64_args_f1 *a)
{
    ir_ref low = ir_op1(l->b, IR_UNBOX, IR_F32, 1, rv64_read_f(l, a->rs1));
    return put_w(l, a->rd, W1(IR_BITI, low));
}

/* As a sign, an exponent of 11 bits and the first four of the fraction; 1, the smallest normal number, is not here. */
u64 rv64_fli(unsigned imm, unsigned frac, unsigned width)
{
    static const u16 value[32] = {0xbff0, 0,      0x3ef0, 0x3f00, 0x3f70, 0x3f80, 0x3fb0, 0x3fc0,
                                  0x3fd0, 0x3fd4, 0x3fd8, 0x3fdc, 0x3fe0, 0x3fe4, 0x3fe8, 0x3fec,
                                  0x3ff0, 0x3ff4, 0x3ff8, 0x3ffc, 0x4000, 0x4004, 0x4008, 0x4010,
                                  0x4020, 0x4030, 0x4060, 0x4070, 0x40e0, 0x40f0, 0x7ff0, 0x7ff8};
    unsigned v = value[imm & 31], ebits = width - 1 - frac, max = (1u << ebits) - 1;
    int exp = (int)(v >> 4 & 0x7ff) - 1023 + (int)(max >> 1);
    u64 sign = (u64)(v >> 15) << (width - 1), f = (u64)(v & 15) << (frac - 4);
    if (imm == 1) {
        return 1ull << frac;
    }
    if (exp <= 0) { /* subnormal */
        return sign | (f | 1ull << frac) >> (1 - exp);
    }
    return sign | (u64)MIN((unsigned)exp, max) << frac | f;
}

LIFT(FLI_S, fli, rv64_put_f(l, IR_F32, a->rd, ir_kf32(l->b, (u32)rv64_fli((unsigned)a->imm, 23, 32))))
LIFT(FLI_D, fli, rv64_put_f(l, IR_F64, a->rd, ir_kf64(l->b, rv64_fli((unsigned)a->imm, 52, 64))))
