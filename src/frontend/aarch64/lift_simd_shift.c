/* A64 Advanced SIMD shift by immediate, vector and scalar, with fixed-point conversion (Arm ARM
 * C4.1). */
#include "frontend/aarch64/simd.h"

/* An immediate shift: of the 8-byte or 16-byte form, or scalar. IMM gives the lane size and amount.
 */
struct shift {
    unsigned q, size, left, right, rd;
    ir_ref n;
};

/* Scalar forms see the lanes in use only, so that others never saturate. */
static struct shift vector(struct a64_lift *l, const struct a64_args_vshift *a)
{
    unsigned imm = (unsigned)a->imm, size = 31u - (unsigned)__builtin_clz(imm >> 3);
    return (struct shift){(unsigned)a->q,  size, imm - (8u << size), (16u << size) - imm,
                          (unsigned)a->rd, VN};
}

static struct shift scalar(struct a64_lift *l, const struct a64_args_sshift *a, unsigned narrow)
{
    unsigned imm = (unsigned)a->imm, size = 31u - (unsigned)__builtin_clz(imm >> 3);
    return (struct shift){0,
                          size,
                          imm - (8u << size),
                          (16u << size) - imm,
                          (unsigned)a->rd,
                          simd_lane0(l, size + narrow, VN)};
}

static bool finish(struct a64_lift *l, const struct shift *s, ir_ref v)
{
    a64_write_q(l, s->q, s->rd, v);
    return true;
}

/* NAME_vimm and NAME_simm from F(l, shift, op). */
#define LIFT_V(NAME, f, op)                                                                        \
    bool a64_lift_##NAME##_vimm(struct a64_lift *l, const struct a64_args_vshift *a)               \
    {                                                                                              \
        struct shift s = vector(l, a);                                                             \
        return f(l, &s, op);                                                                       \
    }
#define LIFT_S(NAME, f, op, narrow)                                                                \
    bool a64_lift_##NAME##_simm(struct a64_lift *l, const struct a64_args_sshift *a)               \
    {                                                                                              \
        struct shift s = scalar(l, a, narrow);                                                     \
        return f(l, &s, op);                                                                       \
    }
#define LIFT_BOTH(NAME, f, op) LIFT_V(NAME, f, op) LIFT_S(NAME, f, op, 0)

/* Right, and left */

static bool right(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    return finish(l, s, V1(op, s->size | s->right << 4, s->n));
}

static bool right_add(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    ir_ref v = V1(op, s->size | s->right << 4, s->n);
    return finish(l, s, V2(IR_VADD, s->size, a64_read_v(l, s->rd), v));
}

static bool left(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    return finish(l, s, V1(op, s->size | s->left << 4, s->n));
}

LIFT_BOTH(SSHR, right, IR_VSARI)
LIFT_BOTH(USHR, right, IR_VSHRI)
LIFT_BOTH(SRSHR, right, IR_VRSARI)
LIFT_BOTH(URSHR, right, IR_VRSHRI)
LIFT_BOTH(SSRA, right_add, IR_VSARI)
LIFT_BOTH(USRA, right_add, IR_VSHRI)
LIFT_BOTH(SRSRA, right_add, IR_VRSARI)
LIFT_BOTH(URSRA, right_add, IR_VRSHRI)
LIFT_BOTH(SHL, left, IR_VSHLI)

/* Insert: the bits shifted in come from the destination. */

static bool insert(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    unsigned by = op == IR_VSHRI ? s->right : s->left, width = 8u << s->size;
    u64 mask = op == IR_VSHRI ? MASK64(width - by) : MASK64(width) << by;
    ir_ref v = V1(op, s->size | by << 4, s->n);
    ir_ref d = V2(IR_VANDN, 0, a64_read_v(l, s->rd), simd_kdup(l, s->size, mask));
    return finish(l, s, V2(IR_VOR, 0, d, v));
}

LIFT_BOTH(SRI, insert, IR_VSHRI)
LIFT_BOTH(SLI, insert, IR_VSHLI)

/* Saturating left: saturated where shifting back does not give the source. */

static bool left_signed(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    unsigned aux = s->size | s->left << 4, width = 8u << s->size;
    if (s->left == 0) {
        return finish(l, s, s->n);
    }
    ir_ref v = V1(op, aux, s->n), back = V1(IR_VSARI, aux, v);
    simd_qc(l, s->q, V2(IR_VXOR, 0, back, s->n));
    ir_ref limit = V2(IR_VXOR, 0, V1(IR_VSARI, s->size | (width - 1) << 4, s->n),
                      simd_kdup(l, s->size, MASK64(width - 1)));
    return finish(l, s, V3(IR_VBSL, 0, V2(IR_VCMPEQ, s->size, back, s->n), v, limit));
}

static ir_ref left_saturated(struct a64_lift *l, const struct shift *s, ir_ref n)
{
    ir_ref v = V1(IR_VSHLI, s->size | s->left << 4, n);
    ir_ref back = V1(IR_VSHRI, s->size | s->left << 4, v);
    simd_qc(l, s->q, V2(IR_VXOR, 0, back, s->n));
    return s->left ? V2(IR_VORN, 0, v, V2(IR_VCMPEQ, s->size, back, n)) : v;
}

static bool left_unsigned(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    (void)op;
    return finish(l, s, s->left ? left_saturated(l, s, s->n) : s->n);
}

/* A negative source saturates to zero. */
static bool left_to_unsigned(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    ir_ref zero = ir_kv(l->b, 0, 0);
    ir_ref n = s->size < 3 ? V2(op, s->size, s->n, zero)
                           : V2(IR_VANDN, 0, s->n, V2(IR_VCMPGT, 3, zero, s->n));
    return finish(l, s, left_saturated(l, s, n));
}

LIFT_BOTH(SQSHL, left_signed, IR_VSHLI)
LIFT_BOTH(UQSHL, left_unsigned, IR_VSHLI)
LIFT_BOTH(SQSHLU, left_to_unsigned, IR_VSMAX)

/* Narrowing: the source has lanes of twice the size. */

static bool narrow(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    ir_ref v = V1(op, (s->size + 1) | s->right << 4, s->n);
    simd_write_narrow(l, s->q, s->rd, V1(IR_VXTN, s->size, v));
    return true;
}

static bool narrow_sat(struct a64_lift *l, const struct shift *s, enum ir_op shift, enum ir_op op)
{
    ir_ref v = V1(shift, (s->size + 1) | s->right << 4, s->n);
    simd_write_narrow(l, s->q, s->rd, simd_narrow_sat(l, s->size, op, v));
    return true;
}

static bool narrow_signed(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    return narrow_sat(l, s, op, IR_VSQXTN);
}

static bool narrow_unsigned(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    return narrow_sat(l, s, op, IR_VUQXTN);
}

static bool narrow_to_unsigned(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    return narrow_sat(l, s, op, IR_VSQXTUN);
}

#define LIFT_NARROW(NAME, f, op) LIFT_V(NAME, f, op) LIFT_S(NAME, f, op, 1)
LIFT_V(SHRN, narrow, IR_VSHRI)
LIFT_V(RSHRN, narrow, IR_VRSHRI)
LIFT_NARROW(SQSHRN, narrow_signed, IR_VSARI)
LIFT_NARROW(SQRSHRN, narrow_signed, IR_VRSARI)
LIFT_NARROW(UQSHRN, narrow_unsigned, IR_VSHRI)
LIFT_NARROW(UQRSHRN, narrow_unsigned, IR_VRSHRI)
LIFT_NARROW(SQSHRUN, narrow_to_unsigned, IR_VSARI)
LIFT_NARROW(SQRSHRUN, narrow_to_unsigned, IR_VRSARI)

/* Widening */

static bool widen(struct a64_lift *l, const struct shift *s, enum ir_op op)
{
    ir_ref v = V1(op, s->size, simd_half(l, s->q, s->n));
    a64_write_v(l, s->rd, V1(IR_VSHLI, (s->size + 1) | s->left << 4, v));
    return true;
}

LIFT_V(SSHLL, widen, IR_VSXTL)
LIFT_V(USHLL, widen, IR_VUXTL)

/* Fixed point: the right-shift amount is the number of fraction bits. */

#define FIXED(NAME, TO, unsign)                                                                    \
    bool a64_lift_##NAME##_vimm(struct a64_lift *l, const struct a64_args_vshift *a)               \
    {                                                                                              \
        struct shift s = vector(l, a);                                                             \
        return finish(l, &s, TO##_V(s.size - 2, s.q, unsign, s.right, s.n));                       \
    }                                                                                              \
    bool a64_lift_##NAME##_simm(struct a64_lift *l, const struct a64_args_sshift *a)               \
    {                                                                                              \
        unsigned imm = (unsigned)a->imm, type = imm >> 6;                                          \
        return TO##_S(type, (unsigned)a->rd, (unsigned)a->rn, unsign, (64u << type) - imm);        \
    }
#define FLOAT_V(type, q, unsign, frac, n) simd_from_int(l, type, q, unsign, frac, n)
#define FLOAT_S(type, rd, rn, unsign, frac) simd_from_int_s(l, type, rd, rn, unsign, frac)
#define INT_V(type, q, unsign, frac, n) simd_to_int(l, type, q, IR_ROUND_ZERO, unsign, frac, n)
#define INT_S(type, rd, rn, unsign, frac)                                                          \
    simd_to_int_s(l, type, rd, rn, IR_ROUND_ZERO, unsign, frac)
FIXED(SCVTF, FLOAT, 0)
FIXED(UCVTF, FLOAT, 1)
FIXED(FCVTZS, INT, 0)
FIXED(FCVTZU, INT, 1)
