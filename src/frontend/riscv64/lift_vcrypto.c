/* Vector cryptography (Zvkned, Zvkg, Zvknh) and bit manipulation of single operands (Zvbb). */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

/* Full groups of four 32-bit elements are whole registers. */
static bool whole_groups(const struct v_insn *v)
{
    return v->full && v->sew == 2;
}

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

static bool aes(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (!whole_groups(v)) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref key = v_reg(v, v->vs2 + (v->shape == V_CRYPTO_S ? 0 : k));
        r[k] = aes_round(v, v_reg(v, v->vd + k), key);
    }
    for (unsigned k = 0; k < v->regs; k++) {
        rv64_write_v(v->l, (int)(v->vd + k), r[k]);
    }
    return true;
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
V_LIFT(VAESKF1_VI, vi, NULL)
V_LIFT(VAESKF2_VI, vi, NULL)
V_LIFT(VGMUL_VV, v1, NULL)
V_LIFT(VGHSH_VV, vv, NULL)

/* With 64-bit elements it is SHA-512, another extension. */
#define SHA(NAME)                                                                                  \
    bool rv64_lift_##NAME(struct rv64_lift *l, const struct rv64_args_vv *a)                       \
    {                                                                                              \
        (void)a;                                                                                   \
        if (V_VTYPE_SEW(l->vmode) == 3 && !rv64_has(l, RV64_EXT_Zvknhb)) {                         \
            return false;                                                                          \
        }                                                                                          \
        return rv64_v_lift(l, RV64_OP_##NAME, NULL);                                               \
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
    for (unsigned k = 0; k < v->regs; k++) {
        v_write(v, v->sew, k, r[k]);
    }
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
    for (unsigned k = 0; k < v->regs; k++) {
        v_write(v, v->sew, k, r[k]);
    }
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
    for (unsigned k = 0; k < v->regs; k++) {
        v_write(v, v->sew, k, r[k]);
    }
    return true;
}

V_LIFT(VCTZ_V, v1, trailing_zeros)
