/* RV64 single and double precision: loads and stores, arithmetic, comparison (unprivileged manual: F, D, and of Zfa
 * what has its place here). */
#include "frontend/riscv64/lift_fp.h"

/* Loads and stores. A store of a single stores the low half, boxed or not. */

static bool load(struct rv64_lift *l, const struct rv64_args_fl *a, enum ir_type type)
{
    ir_ref p = rv64_address(l, a->rs1, a->imm);
    return rv64_put_f(l, type, a->rd, ir_op1(l->b, IR_LD, type, type == IR_F64 ? 3 : 2, p));
}

static bool store(struct rv64_lift *l, const struct rv64_args_fs *a, enum ir_type type)
{
    ir_ref p = rv64_address(l, a->rs1, a->imm), v = rv64_read_f(l, a->rs2);
    v = type == IR_F64 ? v : ir_op1(l->b, IR_UNBOX, IR_F32, 1, v);
    ir_op2(l->b, IR_ST, type, type == IR_F64 ? 3 : 2, p, v);
    return true;
}

LIFT(FLW, fl, load(l, a, IR_F32))
LIFT(FLD, fl, load(l, a, IR_F64))
LIFT(FSW, fs, store(l, a, IR_F32))
LIFT(FSD, fs, store(l, a, IR_F64))

/* Both formats of an instruction. */
#define LIFT_SD(name, set, fn, ...)                                                                \
    LIFT(name##_S, set, fn(l, a, IR_F32, __VA_ARGS__))                                             \
    LIFT(name##_D, set, fn(l, a, IR_F64, __VA_ARGS__))

/* Arithmetic */

static bool arith(struct rv64_lift *l, const struct rv64_args_f2r *a, enum ir_type t, enum ir_op op)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    ir_ref x = rv64_read_ft(l, t, a->rs1), y = rv64_read_ft(l, t, a->rs2);
    return rv64_put_f(l, t, a->rd, ir_op2(l->b, op, t, rv64_round_aux(l, round), x, y));
}

LIFT_SD(FADD, f2r, arith, IR_FADD)
LIFT_SD(FSUB, f2r, arith, IR_FSUB)
LIFT_SD(FMUL, f2r, arith, IR_FMUL)
LIFT_SD(FDIV, f2r, arith, IR_FDIV)

static bool root(struct rv64_lift *l, const struct rv64_args_f1r *a, enum ir_type t, enum ir_op op)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    ir_ref x = rv64_read_ft(l, t, a->rs1);
    return rv64_put_f(l, t, a->rd, ir_op1(l->b, op, t, rv64_round_aux(l, round), x));
}

LIFT_SD(FSQRT, f1r, root, IR_FSQRT)

/* SIGNS: as aux of IR_FMA. The fnm forms negate the product and add or subtract. */
static bool fma4(struct rv64_lift *l, const struct rv64_args_f3r *a, enum ir_type t, unsigned signs)
{
    int round = rv64_round(l, a->rm);
    if (round < 0) {
        return false;
    }
    ir_ref x = rv64_read_ft(l, t, a->rs1), y = rv64_read_ft(l, t, a->rs2), z = rv64_read_ft(l, t, a->rs3);
    u16 aux = (u16)(signs | rv64_round_aux(l, round));
    return rv64_put_f(l, t, a->rd, ir_op3(l->b, IR_FMA, t, aux, x, y, z));
}

LIFT_SD(FMADD, f3r, fma4, 0)
LIFT_SD(FMSUB, f3r, fma4, 2)
LIFT_SD(FNMSUB, f3r, fma4, 1)
LIFT_SD(FNMADD, f3r, fma4, 3)

/* Sign injection, minimum and maximum */

static bool binary(struct rv64_lift *l, const struct rv64_args_f2 *a, enum ir_type t, enum ir_op op, u16 aux)
{
    ir_ref x = rv64_read_ft(l, t, a->rs1), y = rv64_read_ft(l, t, a->rs2);
    return rv64_put_f(l, t, a->rd, ir_op2(l->b, op, t, aux, x, y));
}

LIFT_SD(FSGNJ, f2, binary, IR_FSGNJ, 0)
LIFT_SD(FSGNJN, f2, binary, IR_FSGNJ, 1)
LIFT_SD(FSGNJX, f2, binary, IR_FSGNJ, 2)
LIFT_SD(FMIN, f2, binary, IR_FMINNM, 0)
LIFT_SD(FMAX, f2, binary, IR_FMAXNM, 0)
LIFT_SD(FMINM, f2, binary, IR_FMIN, 0)
LIFT_SD(FMAXM, f2, binary, IR_FMAX, 0)

/* Comparison and classification */

static bool compare(struct rv64_lift *l, const struct rv64_args_f2 *a, enum ir_type t, unsigned fcc)
{
    ir_ref x = rv64_read_ft(l, t, a->rs1), y = rv64_read_ft(l, t, a->rs2);
    ir_ref c = ir_op2(l->b, IR_FCMP, t, (u16)fcc, x, y);
    return put(l, a->rd, ir_op1(l->b, IR_B2I, IR_I64, 0, c));
}

LIFT_SD(FEQ, f2, compare, IR_FCC_EQ)
LIFT_SD(FLT, f2, compare, IR_FCC_LT | IR_FCC_SIGNAL)
LIFT_SD(FLE, f2, compare, IR_FCC_LE | IR_FCC_SIGNAL)
LIFT_SD(FLTQ, f2, compare, IR_FCC_LT)
LIFT_SD(FLEQ, f2, compare, IR_FCC_LE)

/* Bits 0..3: negative infinity, number, subnormal, zero; 4..7: the same, positive, in the opposite order; 8
 * signalling, 9 quiet NaN. The bits of both signs first, then those of the other sign are taken away. */
ir_ref rv64_fclass(struct rv64_lift *l, ir_ref bits, unsigned frac, unsigned width)
{
    struct ir_builder *b = l->b;
    unsigned up = 64 - width;
    u64 smallest = 2ull << (frac + up), inf = 0 - smallest, quiet = inf | smallest >> 1;
    ir_ref top = X2(IR_SHL, bits, K(up)), mag = X2(IR_SHL, bits, K(up + 1)); /* no sign */
    ir_ref r = ir_op3(b, IR_SELECT, IR_I64, 0, K(0x18), K(0x24), CMP(IR_CC_EQ, mag, K(0)));
    r = ir_op3(b, IR_SELECT, IR_I64, 0, K(0x42), r, CMP(IR_CC_UGE, mag, ir_k64(b, smallest)));
    r = ir_op3(b, IR_SELECT, IR_I64, 0, K(0x81), r, CMP(IR_CC_UGE, mag, ir_k64(b, inf)));
    ir_ref nan = ir_op3(b, IR_SELECT, IR_I64, 0, K(0x200), K(0x100), CMP(IR_CC_UGE, mag, ir_k64(b, quiet)));
    r = ir_op3(b, IR_SELECT, IR_I64, 0, nan, r, CMP(IR_CC_UGT, mag, ir_k64(b, inf)));
    ir_ref other = X2(IR_AND, X2(IR_SAR, top, K(63)), K(0xff));
    return X2(IR_AND, r, X2(IR_XOR, other, K(0x3f0)));
}

bool rv64_lift_FCLASS_S(struct rv64_lift *l, const struct rv64_args_f1 *a)
{
    ir_ref bits = W1(IR_BITI, rv64_read_ft(l, IR_F32, a->rs1));
    ir_ref wide = ir_op1(l->b, IR_ZEXT, IR_I64, 32, bits);
    return put(l, a->rd, rv64_fclass(l, wide, 23, 32));
}

LIFT(FCLASS_D, f1, put(l, a->rd, rv64_fclass(l, X1(IR_BITI, rv64_read_f(l, a->rs1)), 52, 64)))
