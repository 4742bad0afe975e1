/* Vector mask instructions (chapter 15): up to 64 elements as an integer. */
#include "frontend/riscv64/lift_v.h"

static ir_ref x2(struct v_insn *v, enum ir_op op, ir_ref a, ir_ref b)
{
    return ir_op2(v->l->b, op, IR_I64, 0, a, b);
}

/* Whole registers; where the mask ends, the old bits stay. */
static bool logic(struct v_insn *v, ir_ref r)
{
    ir_ref old = v_reg(v, v->vd);
    v->masked = false;
    if (v->vlmax > 64) {
        if (!v->full) {
            return false;
        }
        rv64_write_v(v->l, (int)v->vd, r);
        return true;
    }
    ir_ref bits = v_tail_bits(v), part;
    u64 k = ~0ull;
    if (!bits || ir_is_const(v->l->fn, bits, &k)) {
        part = ir_kv(v->l->b, k, 0);
    } else {
        part = V2(IR_VSETL, 3, ir_kv(v->l->b, 0, 0), bits);
    }
    rv64_write_v(v->l, (int)v->vd, V3(IR_VBSL, 0, part, r, old));
    return true;
}

#define LOGIC(NAME, expr)                                                                          \
    static bool logic_##NAME(struct v_insn *v)                                                     \
    {                                                                                              \
        ir_ref a = v_reg(v, v->vs2), b = v_reg(v, v->vs1);                                         \
        return logic(v, expr);                                                                     \
    }                                                                                              \
    V_LIFT(NAME, vv, logic_##NAME)

LOGIC(VMAND_MM, V2(IR_VAND, 0, a, b))
LOGIC(VMANDN_MM, V2(IR_VANDN, 0, a, b))
LOGIC(VMOR_MM, V2(IR_VOR, 0, a, b))
LOGIC(VMORN_MM, V2(IR_VORN, 0, a, b))
LOGIC(VMXOR_MM, V2(IR_VXOR, 0, a, b))
LOGIC(VMXNOR_MM, V1(IR_VNOT, 0, V2(IR_VXOR, 0, a, b)))
LOGIC(VMNAND_MM, V1(IR_VNOT, 0, V2(IR_VAND, 0, a, b)))
LOGIC(VMNOR_MM, V1(IR_VNOT, 0, V2(IR_VOR, 0, a, b)))

/* The active bits of vs2. */
static ir_ref source(struct v_insn *v, ir_ref active)
{
    ir_ref x = ir_op1(v->l->b, IR_VGETL, IR_I64, 3, v_reg(v, v->vs2));
    return active ? x2(v, IR_AND, x, active) : x;
}

/* Below the lowest one; that and below; that alone. Without any one: all, all, none. */
static bool set_first(struct v_insn *v)
{
    if (v->vlmax > 64) {
        return false;
    }
    ir_ref active = v_active_bits(v), x = source(v, active), one = ir_k64(v->l->b, 1);
    ir_ref less = x2(v, IR_SUB, x, one), r;
    switch (v->op) {
    case RV64_OP_VMSBF_M:
        r = x2(v, IR_ANDN, less, x);
        break;
    case RV64_OP_VMSIF_M:
        r = x2(v, IR_XOR, x, less);
        break;
    default: /* VMSOF */
        r = x2(v, IR_ANDN, x, less);
        break;
    }
    v_write_bits(v, r, active);
    return true;
}

V_LIFT(VMSBF_M, v1, set_first)
V_LIFT(VMSIF_M, v1, set_first)
V_LIFT(VMSOF_M, v1, set_first)

static bool count(struct v_insn *v)
{
    if (v->vlmax > 64) {
        return false;
    }
    ir_ref x = source(v, v_active_bits(v));
    rv64_write(v->l, (int)v->vd, ir_op1(v->l->b, IR_POPCNT, IR_I64, 0, x));
    return true;
}

V_LIFT(VCPOP_M, v1, count)

static bool first(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    if (v->vlmax > 64) {
        return false;
    }
    ir_ref x = source(v, v_active_bits(v));
    ir_ref none = ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, x, ir_k64(b, 0));
    ir_ref at = ir_op1(b, IR_CTZ, IR_I64, 0, x);
    rv64_write(v->l, (int)v->vd, ir_op3(b, IR_SELECT, IR_I64, 0, ir_k64(b, ~0ull), at, none));
    return true;
}

V_LIFT(VFIRST_M, v1, first)

/* Lanes of SEW: how many ones are below. In each register sums of 1, 2, 4.. lanes, onto those of the ones before. */
static bool iota(struct v_insn *v)
{
    ir_ref r[8], before = 0, none = ir_kv(v->l->b, 0, 0), bits = v_reg(v, v->vs2);
    unsigned last = (V_VLENB >> v->sew) - 1;
    if (v->masked) {
        bits = V2(IR_VAND, 0, bits, v_reg(v, V_MASK_REG));
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref ones = V1(IR_VNEG, v->sew, v_expand_mask(v, bits, v->sew, k)), sum = ones;
        for (unsigned by = 1u << v->sew; by < V_VLENB; by *= 2) {
            sum = V2(IR_VADD, v->sew, sum, V2(IR_VEXT, V_VLENB - by, none, sum));
        }
        sum = before ? V2(IR_VADD, v->sew, sum, before) : sum;
        before = k + 1 < v->regs ? V1(IR_VDUPL, v->sew | last << 4, sum) : 0;
        r[k] = V2(IR_VSUB, v->sew, sum, ones);
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VIOTA_M, v1, iota)

static bool element_index(struct v_insn *v)
{
    for (unsigned k = 0; k < v->regs; k++) {
        v_write(v, v->sew, k, v_kseries(v, v->sew, k * (V_VLENB >> v->sew), 1));
    }
    return true;
}

V_LIFT(VID_V, v0, element_index)
