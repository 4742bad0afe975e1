/* Floating point of the vector reference functions (chapter 13), by the scalar reference functions of the IR.
 * Halves are computed as doubles, which hold their sums and products exactly, and rounded once. */
#include "frontend/riscv64/vref.h"
#include "ir/ir.h"

static const struct ir_ref_ctx ctx = {.fp_rules = IR_FP_RV64};

/* The type that elements of SIZE are computed in. */
static enum ir_type type_of(unsigned size)
{
    return size == 2 ? IR_F32 : IR_F64;
}

static unsigned rounding(const struct vref *v)
{
    static const u8 rm[8] = {IR_ROUND_TIEEVEN, IR_ROUND_ZERO, IR_ROUND_NEGINF, IR_ROUND_POSINF, IR_ROUND_TIEAWAY};
    return rm[v->r->frm & 7];
}

static u64 ref(enum ir_op op, enum ir_type type, u32 aux, u64 a, u64 b, u64 c)
{
    union ir_val r, va = {.v = {.d = {a, 0}}}, vb = {.v = {.d = {b, 0}}}, vc = {.v = {.d = {c, 0}}};
    ir_ref_fns[op](&r, &va, &vb, &vc, type, aux, &ctx);
    return r.u;
}

/* Element E of SIZE as a number of its type of computation, and back with rounding RM. */
static u64 up(unsigned size, u64 e)
{
    return size == 1 ? ref(IR_H2F, IR_F64, 0, e, 0, 0) : e;
}

static u64 down(unsigned size, u64 e, unsigned rm)
{
    return size == 1 ? ref(IR_F2H, IR_F64, IR_FP_ROUND(rm), e, 0, 0) : e;
}

/* Halves: A + B as a double whose last bit says whether more followed ("round to odd"), so that rounding it again
 * does no harm. */
static u64 add_odd(u64 a, u64 b)
{
    u32 before = ir_fp_take();
    u64 s = ref(IR_FADD, IR_F64, IR_FP_ROUND(IR_ROUND_ZERO), a, b, 0);
    u32 raised = ir_fp_take();
    ir_fp_raise(before | raised);
    return raised & IR_FPS_INEXACT ? s | 1 : s;
}

#define SIGN 0x8000000000000000ull

/* A zero sum of numbers that are not both of its sign is negative only when rounding down. */
static u64 fix_zero(u64 s, u64 a, u64 b, unsigned rm)
{
    if (s << 1 == 0 && (a ^ b) & SIGN) {
        return rm == IR_ROUND_NEGINF ? SIGN : 0;
    }
    return s;
}

static u64 fp_add(unsigned size, unsigned rm, u64 a, u64 b)
{
    if (size != 1) {
        return ref(IR_FADD, type_of(size), IR_FP_ROUND(rm), a, b, 0);
    }
    u64 x = up(1, a), y = up(1, b);
    return down(1, fix_zero(add_odd(x, y), x, y, rm), rm);
}

static u64 negate(unsigned size, u64 e)
{
    return e ^ 1ull << ((8u << size) - 1);
}

/* Rounded once: divisions and square roots of halves as doubles never come close to the middle of two halves. */
static u64 fp_arith(enum ir_op op, unsigned size, unsigned rm, u64 a, u64 b)
{
    unsigned inner = size == 1 ? IR_ROUND_TIEEVEN : rm;
    return down(size, ref(op, type_of(size), IR_FP_ROUND(inner), up(size, a), up(size, b), 0), rm);
}

/* Minimum and maximum: no rounding. */
static u64 fp_select(enum ir_op op, unsigned size, u64 a, u64 b)
{
    return down(size, ref(op, type_of(size), 0, up(size, a), up(size, b), 0), IR_ROUND_TIEEVEN);
}

static u64 fp_fma(unsigned size, unsigned rm, u64 a, u64 b, u64 c)
{
    if (size != 1) {
        return ref(IR_FMA, type_of(size), IR_FP_ROUND(rm), a, b, c);
    }
    u64 x = up(1, c), p = ref(IR_FMUL, IR_F64, IR_FP_ROUND(rm), up(1, a), up(1, b), 0);
    return down(1, fix_zero(add_odd(p, x), p, x, rm), rm);
}

static u64 fp_sign(enum rv64_op op, unsigned size, u64 a, u64 b)
{
    u64 sign = 1ull << ((8u << size) - 1);
    switch (op) {
    CASE_V_F(VFSGNJ):
        return (a & ~sign) | (b & sign);
    CASE_V_F(VFSGNJN):
        return (a & ~sign) | (~b & sign);
    default:
        return a ^ (b & sign);
    }
}

static u64 fp_mac(const struct vref *v, unsigned size, unsigned rm, u64 a, u64 b, u64 d)
{
    switch (v->op) {
    CASE_V_F(VFMACC): CASE_V_F(VFWMACC):
        return fp_fma(size, rm, a, b, d);
    CASE_V_F(VFNMACC): CASE_V_F(VFWNMACC):
        return fp_fma(size, rm, negate(size, a), b, negate(size, d));
    CASE_V_F(VFMSAC): CASE_V_F(VFWMSAC):
        return fp_fma(size, rm, a, b, negate(size, d));
    CASE_V_F(VFNMSAC): CASE_V_F(VFWNMSAC):
        return fp_fma(size, rm, negate(size, a), b, d);
    CASE_V_F(VFMADD):
        return fp_fma(size, rm, d, b, a);
    CASE_V_F(VFNMADD):
        return fp_fma(size, rm, negate(size, d), b, negate(size, a));
    CASE_V_F(VFMSUB):
        return fp_fma(size, rm, d, b, negate(size, a));
    default: /* VFNMSUB */
        return fp_fma(size, rm, negate(size, d), b, a);
    }
}

/* D is the old destination; widening forms come with operands widened already. */
static u64 fp_elem(const struct vref *v, unsigned size, u64 a, u64 b, u64 d)
{
    unsigned rm = rounding(v);
    switch (v->op) {
    CASE_V_F(VFADD): CASE_V_F(VFWADD): CASE_WF(VFWADD):
        return fp_add(size, rm, a, b);
    CASE_V_F(VFSUB): CASE_V_F(VFWSUB): CASE_WF(VFWSUB):
        return fp_add(size, rm, a, negate(size, b));
    case RV64_OP_VFRSUB_VF:
        return fp_add(size, rm, b, negate(size, a));
    CASE_V_F(VFMUL): CASE_V_F(VFWMUL):
        return fp_arith(IR_FMUL, size, rm, a, b);
    CASE_V_F(VFDIV):
        return fp_arith(IR_FDIV, size, rm, a, b);
    case RV64_OP_VFRDIV_VF:
        return fp_arith(IR_FDIV, size, rm, b, a);
    CASE_V_F(VFMIN):
        return fp_select(IR_FMINNM, size, a, b);
    CASE_V_F(VFMAX):
        return fp_select(IR_FMAXNM, size, a, b);
    CASE_V_F(VFSGNJ): CASE_V_F(VFSGNJN): CASE_V_F(VFSGNJX):
        return fp_sign(v->op, size, a, b);
    default:
        return fp_mac(v, size, rm, a, b, d);
    }
}

/* Element E of SIZE in twice the width: exact. */
static u64 fp_widen(unsigned size, u64 e)
{
    return size == 1 ? ref(IR_H2F, IR_F32, 0, e, 0, 0) : ref(IR_F2F, IR_F64, IR_F32, e, 0, 0);
}

static u64 narrow(unsigned size, u64 e, unsigned rm)
{
    return size == 1 ? ref(IR_F2H, IR_F32, IR_FP_ROUND(rm), e, 0, 0)
                     : ref(IR_F2F, IR_F32, IR_F64 | IR_FP_ROUND(rm), e, 0, 0);
}

/* To the next number toward zero with the last bit set where that is not exact. */
static u64 narrow_odd(unsigned size, u64 e)
{
    ir_fp_take(); /* the caller has kept what was raised before */
    u64 r = narrow(size, e, IR_ROUND_ZERO);
    u32 raised = ir_fp_take();
    ir_fp_raise(raised);
    return raised & IR_FPS_INEXACT ? r | 1 : r;
}

static bool compare(enum rv64_op op, unsigned size, u64 a, u64 b)
{
    static const u8 cc[] = {IR_FCC_EQ, IR_FCC_NE, IR_FCC_LT | IR_FCC_SIGNAL, IR_FCC_LE | IR_FCC_SIGNAL,
                            IR_FCC_GT | IR_FCC_SIGNAL, IR_FCC_GE | IR_FCC_SIGNAL};
    unsigned n;
    switch (op) {
    CASE_V_F(VMFEQ):
        n = 0;
        break;
    CASE_V_F(VMFNE):
        n = 1;
        break;
    CASE_V_F(VMFLT):
        n = 2;
        break;
    CASE_V_F(VMFLE):
        n = 3;
        break;
    case RV64_OP_VMFGT_VF:
        n = 4;
        break;
    default:
        n = 5;
        break;
    }
    return ref(IR_FCMP, type_of(size), cc[n], up(size, a), up(size, b), 0);
}

/* Element E of SIZE as an integer of BITS bits. */
static u64 to_int(unsigned size, u64 e, unsigned bits, bool is_unsigned, unsigned rm)
{
    enum ir_type from = type_of(size), to = bits == 64 ? IR_I64 : IR_I32;
    u32 aux = rm | (u32)is_unsigned << 4 | (u32)(from == IR_F64) << 5;
    u64 x = up(size, e);
    if (bits >= 32) {
        return ref(IR_F2I, to, aux, x, 0, 0);
    }
    u32 before = ir_fp_take();
    s64 n = (s32)ref(IR_F2I, IR_I32, rm | (u32)(from == IR_F64) << 5, x, 0, 0);
    s64 max = (s64)MASK64(bits - !is_unsigned), min = is_unsigned ? 0 : -max - 1;
    u32 raised = ir_fp_take();
    ir_fp_raise(before | (n > max || n < min ? (u32)IR_FPS_INVALID : raised)); /* invalid, and nothing else */
    return (u64)(n > max ? max : n < min ? min : n);
}

/* The integer E of FROM_BITS as an element of SIZE. */
static u64 from_int(unsigned size, u64 e, unsigned from_bits, bool is_unsigned, unsigned rm)
{
    u64 n = is_unsigned ? e : (u64)sext64(e, from_bits);
    if (size == 1) {
        return down(1, ref(IR_I2F, IR_F64, is_unsigned | 2u, n, 0, 0), rm); /* 32 bits at most: exact */
    }
    return ref(IR_I2F, type_of(size), is_unsigned | 2u | IR_FP_ROUND(rm), n, 0, 0);
}

static u64 classify(unsigned size, u64 e)
{
    static const u8 fbits[4] = {0, 10, 23, 52};
    unsigned w = 8u << size, fb = fbits[size];
    bool sign = e >> (w - 1) & 1;
    u64 frac = e & MASK64(fb), exp = e >> fb & MASK64(w - 1 - fb);
    if (exp == MASK64(w - 1 - fb)) {
        return frac ? (frac >> (fb - 1) ? 1u << 9 : 1u << 8) : sign ? 1u << 0 : 1u << 7;
    }
    if (exp == 0) {
        return frac ? (sign ? 1u << 2 : 1u << 5) : sign ? 1u << 3 : 1u << 4;
    }
    return sign ? 1u << 1 : 1u << 6;
}

static u64 unary(const struct vref *v, unsigned size, u64 a)
{
    unsigned rm = rounding(v), w = 8u << size;
    switch (v->op) {
    case RV64_OP_VFSQRT_V:
        return fp_arith(IR_FSQRT, size, rm, a, 0);
    case RV64_OP_VFRSQRT7_V:
        return v_fp_rsqrt7(size, a);
    case RV64_OP_VFREC7_V:
        return v_fp_rec7(size, a, v->r->frm);
    case RV64_OP_VFCLASS_V:
        return classify(size, a);
    case RV64_OP_VFCVT_XU_F_V:
        return to_int(size, a, w, true, rm);
    case RV64_OP_VFCVT_X_F_V:
        return to_int(size, a, w, false, rm);
    case RV64_OP_VFCVT_RTZ_XU_F_V:
        return to_int(size, a, w, true, IR_ROUND_ZERO);
    case RV64_OP_VFCVT_RTZ_X_F_V:
        return to_int(size, a, w, false, IR_ROUND_ZERO);
    case RV64_OP_VFCVT_F_XU_V:
        return from_int(size, a, w, true, rm);
    default: /* VFCVT_F_X */
        return from_int(size, a, w, false, rm);
    }
}

static u64 widening(const struct vref *v, unsigned size, u64 a)
{
    unsigned rm = rounding(v), w = 8u << size;
    switch (v->op) {
    case RV64_OP_VFWCVT_XU_F_V:
        return to_int(size, a, 2 * w, true, rm);
    case RV64_OP_VFWCVT_X_F_V:
        return to_int(size, a, 2 * w, false, rm);
    case RV64_OP_VFWCVT_RTZ_XU_F_V:
        return to_int(size, a, 2 * w, true, IR_ROUND_ZERO);
    case RV64_OP_VFWCVT_RTZ_X_F_V:
        return to_int(size, a, 2 * w, false, IR_ROUND_ZERO);
    case RV64_OP_VFWCVT_F_XU_V:
        return from_int(size + 1, a, w, true, rm);
    case RV64_OP_VFWCVT_F_X_V:
        return from_int(size + 1, a, w, false, rm);
    default:
        return fp_widen(size, a);
    }
}

/* SIZE is that of the result, A has twice that. */
static u64 narrowing(const struct vref *v, unsigned size, u64 a)
{
    unsigned rm = rounding(v), w = 8u << size;
    switch (v->op) {
    case RV64_OP_VFNCVT_XU_F_W:
        return to_int(size + 1, a, w, true, rm);
    case RV64_OP_VFNCVT_X_F_W:
        return to_int(size + 1, a, w, false, rm);
    case RV64_OP_VFNCVT_RTZ_XU_F_W:
        return to_int(size + 1, a, w, true, IR_ROUND_ZERO);
    case RV64_OP_VFNCVT_RTZ_X_F_W:
        return to_int(size + 1, a, w, false, IR_ROUND_ZERO);
    case RV64_OP_VFNCVT_F_XU_W:
        return from_int(size, a, 2 * w, true, rm);
    case RV64_OP_VFNCVT_F_X_W:
        return from_int(size, a, 2 * w, false, rm);
    case RV64_OP_VFNCVT_ROD_F_F_W:
        return narrow_odd(size, a);
    default:
        return narrow(size, a, rm);
    }
}

static void element(const struct vref *v, u32 i)
{
    unsigned s = v->sew;
    switch (v->shape) {
    case V_UNARY:
        v_put(v, v->vd, s, i, unary(v, s, v_get(v, v->vs2, s, i)));
        break;
    case V_WUNARY:
        v_put(v, v->vd, s + 1, i, widening(v, s, v_get(v, v->vs2, s, i)));
        break;
    case V_NUNARY:
        v_put(v, v->vd, s, i, narrowing(v, s, v_get(v, v->vs2, s + 1, i)));
        break;
    case V_COMPARE:
        v_put_bit(v, v->vd, i, compare(v->op, s, v_get(v, v->vs2, s, i), v_op1(v, i)));
        break;
    case V_WIDE:
    case V_WMAC:
    case V_WIDE_W: {
        bool wide2 = v->shape == V_WIDE_W;
        u64 a = v_get(v, v->vs2, s + wide2, i), b = fp_widen(s, v_op1(v, i));
        u64 d = v_get(v, v->vd, s + 1, i);
        v_put(v, v->vd, s + 1, i, fp_elem(v, s + 1, wide2 ? a : fp_widen(s, a), b, d));
        break;
    }
    default:
        v_put(v, v->vd, s, i,
              fp_elem(v, s, v_get(v, v->vs2, s, i), v_op1(v, i), v_get(v, v->vd, s, i)));
        break;
    }
}

/* Moves what was raised since the last call from the host's FP status to the guest's fflags. */
static void collect(struct vref *v)
{
    u32 e = ir_fp_take();
    v->r->fflags |= (e & IR_FPS_INVALID ? 16u : 0) | (e & IR_FPS_DIVZERO ? 8u : 0) | (e & IR_FPS_OVERFLOW ? 4u : 0) |
                    (e & IR_FPS_UNDERFLOW ? 2u : 0) | (e & IR_FPS_INEXACT ? 1u : 0);
}

void v_fp(struct vref *v)
{
    ir_fp_take();
    V_FOR (v, i) {
        element(v, i);
        collect(v);
    }
}

void v_fp_reduce(struct vref *v)
{
    unsigned to = v->sew + (v->shape == V_WRED), rm = rounding(v);
    if (v->vl == 0) {
        return;
    }
    ir_fp_take();
    u64 sum = v_get(v, v->vs1, to, 0);
    V_FOR (v, i) {
        u64 e = v_get(v, v->vs2, v->sew, i);
        if (v->op == RV64_OP_VFREDMIN_VS || v->op == RV64_OP_VFREDMAX_VS) {
            sum = fp_select(v->op == RV64_OP_VFREDMIN_VS ? IR_FMINNM : IR_FMAXNM, to, sum, e);
        } else {
            sum = fp_add(to, rm, sum, v->shape == V_WRED ? fp_widen(v->sew, e) : e);
        }
    }
    v_put(v, v->vd, to, 0, sum);
    collect(v);
}
