/* Vector cryptography (Zvkned, Zvkg, Zvknh) and bit manipulation of single operands (Zvbb). */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

static ir_ref zero(struct v_insn *v)
{
    return ir_kv(v->l->b, 0, 0);
}

static ir_ref aes_round(struct v_insn *v, ir_ref s, ir_ref key)
{
    switch (v->op) {
    case RV64_OP_VAESEM_VV: case RV64_OP_VAESEM_VS:
        return V2(IR_VXOR, 0, V1(IR_AESMC, 0, V2(IR_AESE, 0, s, zero(v))), key);
    case RV64_OP_VAESEF_VV: case RV64_OP_VAESEF_VS:
        return V2(IR_VXOR, 0, V2(IR_AESE, 0, s, zero(v)), key);
    case RV64_OP_VAESDM_VV: case RV64_OP_VAESDM_VS:
        return V1(IR_AESIMC, 0, V2(IR_VXOR, 0, V2(IR_AESD, 0, s, zero(v)), key));
    case RV64_OP_VAESDF_VV: case RV64_OP_VAESDF_VS:
        return V2(IR_VXOR, 0, V2(IR_AESD, 0, s, zero(v)), key);
    default: /* VAESZ */
        return V2(IR_VXOR, 0, s, key);
    }
}

/* A group of four 32-bit elements is a register. */
static bool each(struct v_insn *v, ir_ref (*f)(struct v_insn *v, ir_ref d, ir_ref vs2, ir_ref vs1))
{
    ir_ref r[MAX_GROUP];
    bool has_vs1 = v->op == RV64_OP_VGHSH_VV || v->op == RV64_OP_VSHA2MS_VV || v->op == RV64_OP_VSHA2CH_VV ||
                   v->op == RV64_OP_VSHA2CL_VV;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref b = v_reg(v, v->vs2 + (v->shape == V_CRYPTO_S ? 0 : k));
        r[k] = f(v, v_reg(v, v->vd + k), b, has_vs1 ? v_reg(v, v->vs1 + k) : 0);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

static ir_ref aes_step(struct v_insn *v, ir_ref d, ir_ref vs2, ir_ref vs1)
{
    (void)vs1;
    return aes_round(v, d, vs2);
}

static bool aes(struct v_insn *v)
{
    return each(v, aes_step);
}

V_LIFT(VAESEM_VV, v1, aes)
V_LIFT(VAESEM_VS, v1, aes)
V_LIFT(VAESEF_VV, v1, aes)
V_LIFT(VAESEF_VS, v1, aes)
V_LIFT(VAESDM_VV, v1, aes)
V_LIFT(VAESDM_VS, v1, aes)
V_LIFT(VAESDF_VV, v1, aes)
V_LIFT(VAESDF_VS, v1, aes)
V_LIFT(VAESZ_VS, v1, aes)

/* Key expansion: SubWord of the last word, rotated and with a round constant or not, goes down a chain of xor. Equal
 * columns are not changed by the shift of rows. */
static ir_ref expand(struct v_insn *v, ir_ref words, ir_ref key, bool rotate, u32 constant)
{
    ir_ref t = V2(IR_AESE, 0, V1(IR_VDUPL, 2 | 3 << 4, key), zero(v));
    if (rotate) {
        t = V2(IR_VOR, 0, V1(IR_VSHRI, 2 | 8 << 4, t), V1(IR_VSHLI, 2 | 24 << 4, t));
        t = V2(IR_VXOR, 0, t, v_kdup(v, 2, constant));
    }
    words = V2(IR_VXOR, 0, words, V2(IR_VEXT, 12, zero(v), words));
    words = V2(IR_VXOR, 0, words, V2(IR_VEXT, 8, zero(v), words));
    return V2(IR_VXOR, 0, words, t);
}

static ir_ref key128(struct v_insn *v, ir_ref d, ir_ref key, ir_ref vs1)
{
    (void)d, (void)vs1;
    return expand(v, key, key, true, v_aes_constant(v_aes_round(v->vs1, 1, 10)));
}

static ir_ref key256(struct v_insn *v, ir_ref d, ir_ref key, ir_ref vs1)
{
    (void)vs1;
    unsigned round = v_aes_round(v->vs1, 2, 14);
    return expand(v, d, key, !(round & 1), round & 1 ? 0 : v_aes_constant(round / 2));
}

static bool expand128(struct v_insn *v)
{
    return each(v, key128);
}

static bool expand256(struct v_insn *v)
{
    return each(v, key256);
}

V_LIFT(VAESKF1_VI, vi, expand128)
V_LIFT(VAESKF2_VI, vi, expand256)

/* Product in GF(2^128) of GHASH, whose bytes hold their bits in reverse: four carry-less products, the upper half of
 * whose sum is folded down by x^128 = x^7 + x^2 + x + 1 in two steps. */
static ir_ref gf_product(struct v_insn *v, ir_ref x, ir_ref y)
{
    ir_ref p = ir_kv(v->l->b, 0x87, 0);
    x = V1(IR_VRBIT, 0, x);
    y = V1(IR_VRBIT, 0, y);
    ir_ref xh = V1(IR_VHI, 0, x), yh = V1(IR_VHI, 0, y);
    ir_ref lo = V2(IR_VPMULL, 3, x, y), hi = V2(IR_VPMULL, 3, xh, yh);
    ir_ref mid = V2(IR_VXOR, 0, V2(IR_VPMULL, 3, x, yh), V2(IR_VPMULL, 3, xh, y));
    lo = V2(IR_VXOR, 0, lo, V2(IR_VCAT, 0, zero(v), mid));
    hi = V2(IR_VXOR, 0, hi, V1(IR_VHI, 0, mid));
    ir_ref fold = V2(IR_VPMULL, 3, V1(IR_VHI, 0, hi), p);
    lo = V2(IR_VXOR, 0, lo, V2(IR_VCAT, 0, zero(v), fold));
    hi = V2(IR_VXOR, 0, hi, V1(IR_VHI, 0, fold));
    return V1(IR_VRBIT, 0, V2(IR_VXOR, 0, lo, V2(IR_VPMULL, 3, hi, p)));
}

static ir_ref ghash_step(struct v_insn *v, ir_ref d, ir_ref vs2, ir_ref vs1)
{
    return gf_product(v, vs1 ? V2(IR_VXOR, 0, d, vs1) : d, vs2);
}

static bool ghash(struct v_insn *v)
{
    return each(v, ghash_step);
}

V_LIFT(VGMUL_VV, v1, ghash)
V_LIFT(VGHSH_VV, vv, ghash)

/* SHA-256. The message schedule is A64's in two steps, two rounds are the host's. */
static ir_ref sha256_step(struct v_insn *v, ir_ref d, ir_ref vs2, ir_ref vs1)
{
    switch (v->op) {
    case RV64_OP_VSHA2MS_VV:
        return V3(IR_SHA256SU1, 0, V2(IR_SHA256SU0, 0, d, vs2), vs2, vs1);
    case RV64_OP_VSHA2CH_VV:
        return V3(IR_SHA256R2, 0, d, vs2, V1(IR_VHI, 0, vs1));
    default: /* VSHA2CL */
        return V3(IR_SHA256R2, 0, d, vs2, vs1);
    }
}

/* SHA-512: a group of four elements is two registers. */

#define X2(op, a, x) ir_op2(v->l->b, op, IR_I64, 0, a, x)

static ir_ref ror_lanes(struct v_insn *v, ir_ref x, unsigned by)
{
    return V2(IR_VXOR, 0, V1(IR_VSHRI, 3 | by << 4, x), V1(IR_VSHLI, 3 | (64 - by) << 4, x));
}

/* Two rotations and a shift. */
static ir_ref sigma(struct v_insn *v, ir_ref x, unsigned r1, unsigned r2, unsigned shift)
{
    ir_ref r = V2(IR_VXOR, 0, ror_lanes(v, x, r1), ror_lanes(v, x, r2));
    return V2(IR_VXOR, 0, r, V1(IR_VSHRI, 3 | shift << 4, x));
}

/* Two words of the schedule: those 16, 15, 7 and 2 places before. */
static ir_ref two_words(struct v_insn *v, ir_ref w16, ir_ref w15, ir_ref w7, ir_ref w2)
{
    ir_ref r = V2(IR_VADD, 3, w16, sigma(v, w15, 1, 8, 7));
    return V2(IR_VADD, 3, V2(IR_VADD, 3, r, w7), sigma(v, w2, 19, 61, 6));
}

static void schedule512(struct v_insn *v, ir_ref d[2], const ir_ref b[2], const ir_ref a[2])
{
    ir_ref w3 = V2(IR_VEXT, 8, d[1], b[0]);
    d[0] = two_words(v, d[0], V2(IR_VEXT, 8, d[0], d[1]), V2(IR_VEXT, 8, b[0], b[1]), a[1]);
    d[1] = two_words(v, d[1], w3, V2(IR_VEXT, 8, b[1], a[0]), d[0]);
}

static ir_ref lane(struct v_insn *v, ir_ref x, unsigned i)
{
    return ir_op1(v->l->b, IR_VGETL, IR_I64, (u16)(3 | i << 4), x);
}

static ir_ref pair(struct v_insn *v, ir_ref lo, ir_ref hi)
{
    ir_ref low = ir_op1(v->l->b, IR_F2V, IR_V128, IR_F64, ir_op1(v->l->b, IR_BITF, IR_F64, 0, lo));
    return V2(IR_VSETL, 3 | 1 << 4, low, hi);
}

static ir_ref sum(struct v_insn *v, ir_ref x, unsigned r1, unsigned r2, unsigned r3)
{
    struct ir_builder *b = v->l->b;
    ir_ref r = X2(IR_XOR, X2(IR_ROR, x, ir_k64(b, r1)), X2(IR_ROR, x, ir_k64(b, r2)));
    return X2(IR_XOR, r, X2(IR_ROR, x, ir_k64(b, r3)));
}

/* d: h g d c, b: f e b a, lowest first. */
static void rounds512(struct v_insn *v, ir_ref d[2], const ir_ref b[2], ir_ref w)
{
    ir_ref a = lane(v, b[1], 1), bb = lane(v, b[1], 0), c = lane(v, d[1], 1), dd = lane(v, d[1], 0);
    ir_ref e = lane(v, b[0], 1), f = lane(v, b[0], 0), g = lane(v, d[0], 1), h = lane(v, d[0], 0);
    for (unsigned i = 0; i < 2; i++) {
        ir_ref choice = X2(IR_XOR, g, X2(IR_AND, e, X2(IR_XOR, f, g)));
        ir_ref most = X2(IR_OR, X2(IR_AND, a, bb), X2(IR_AND, c, X2(IR_OR, a, bb)));
        ir_ref t1 = X2(IR_ADD, X2(IR_ADD, h, lane(v, w, i)), X2(IR_ADD, choice, sum(v, e, 14, 18, 41)));
        h = g;
        g = f;
        f = e;
        e = X2(IR_ADD, dd, t1);
        dd = c;
        c = bb;
        bb = a;
        a = X2(IR_ADD, X2(IR_ADD, t1, most), sum(v, a, 28, 34, 39));
    }
    d[0] = pair(v, f, e);
    d[1] = pair(v, bb, a);
}

static bool sha512(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k += 2) {
        ir_ref a[2], b[2], *d = r + k;
        for (unsigned i = 0; i < 2; i++) {
            d[i] = v_reg(v, v->vd + k + i);
            b[i] = v_reg(v, v->vs2 + k + i);
            a[i] = v_reg(v, v->vs1 + k + i);
        }
        if (v->op == RV64_OP_VSHA2MS_VV) {
            schedule512(v, d, b, a);
        } else {
            rounds512(v, d, b, a[v->op == RV64_OP_VSHA2CH_VV]);
        }
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

static bool sha(struct v_insn *v)
{
    return v->sew == 3 ? sha512(v) : each(v, sha256_step);
}

/* With 64-bit elements it is SHA-512, another extension. */
#define SHA(NAME)                                                                                  \
    bool rv64_lift_##NAME(struct rv64_lift *l, const struct rv64_args_vv *a)                       \
    {                                                                                              \
        (void)a;                                                                                   \
        if (V_VTYPE_SEW(l->vmode) == 3 && !rv64_has(l, RV64_EXT_Zvknhb)) {                         \
            return false;                                                                          \
        }                                                                                          \
        return rv64_v_lift(l, RV64_OP_##NAME, sha);                                                \
    }
SHA(VSHA2MS_VV)
SHA(VSHA2CH_VV)
SHA(VSHA2CL_VV)

static ir_ref bits_of(struct v_insn *v, ir_ref x)
{
    switch (v->op) {
    case RV64_OP_VBREV8_V:
        return V1(IR_VRBIT, 0, x);
    case RV64_OP_VREV8_V:
        return v->sew ? V1(IR_VREV, v->sew << 2, x) : x;
    case RV64_OP_VBREV_V:
        x = V1(IR_VRBIT, 0, x);
        return v->sew ? V1(IR_VREV, v->sew << 2, x) : x;
    default: /* VCPOP: sums of the bytes' counts */
        x = V1(IR_VCNT, 0, x);
        for (unsigned i = 0; i < v->sew; i++) {
            x = V1(IR_VUADDLP, i, x);
        }
        return x;
    }
}

static bool bits(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = bits_of(v, v_reg(v, v->vs2 + k));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VBREV8_V, v1, bits)
V_LIFT(VREV8_V, v1, bits)
V_LIFT(VBREV_V, v1, bits)
V_LIFT(VCPOP_V, v1, bits)

static bool leading_zeros(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = V1(IR_VCLZ, v->sew, v_reg(v, v->vs2 + k));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VCLZ_V, v1, leading_zeros)

/* Trailing zeros: the ones of (x - 1) & ~x. */
static bool trailing_zeros(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref x = v_reg(v, v->vs2 + k), less = V2(IR_VSUB, v->sew, x, v_kdup(v, v->sew, 1));
        x = V1(IR_VCNT, 0, V2(IR_VANDN, 0, less, x));
        for (unsigned i = 0; i < v->sew; i++) {
            x = V1(IR_VUADDLP, i, x);
        }
        r[k] = x;
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VCTZ_V, v1, trailing_zeros)
