/* Vector fixed point (chapter 12): saturating sums here, what rounds by vxrm in the reference function. */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

/* vxsat |= any bit of X. */
static void saturated(struct v_insn *v, ir_ref x)
{
    struct ir_builder *b = v->l->b;
    ir_ref lo = ir_op1(b, IR_VGETL, IR_I64, 3, x), hi = ir_op1(b, IR_VGETL, IR_I64, 3 | 1 << 4, x);
    ir_ref any = ir_op2(b, IR_CMP, IR_I64, IR_CC_NE, ir_op2(b, IR_OR, IR_I64, 0, lo, hi), ir_k64(b, 0));
    ir_ref old = ir_op0(b, IR_LDS, IR_I32, RV64_FIELD(vxsat));
    ir_ref now = ir_op2(b, IR_OR, IR_I32, 0, old, ir_op1(b, IR_B2I, IR_I32, 0, any));
    ir_op1(b, IR_STS, IR_I32, RV64_FIELD(vxsat), now);
}

/* By OP; where its result is not that of WRAP it was saturated. */
static bool saturating(struct v_insn *v, enum ir_op op, enum ir_op wrap)
{
    ir_ref scalar = v_scalar_operand(v), r[MAX_GROUP], over = 0;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref a = v_reg(v, v->vs2 + k), b = v_operand(v, scalar, k), active = v_active(v, v->sew, k);
        r[k] = V2(op, v->sew, a, b);
        ir_ref diff = V2(IR_VXOR, 0, r[k], V2(wrap, v->sew, a, b));
        diff = active ? V2(IR_VAND, 0, diff, active) : diff;
        over = over ? V2(IR_VOR, 0, over, diff) : diff;
    }
    saturated(v, over);
    for (unsigned k = 0; k < v->regs; k++) {
        v_write(v, v->sew, k, r[k]);
    }
    return true;
}

#define SATURATING(NAME, forms, op, wrap)                                                          \
    static bool saturating_##NAME(struct v_insn *v)                                                \
    {                                                                                              \
        return saturating(v, op, wrap);                                                            \
    }                                                                                              \
    V_LIFT_##forms(NAME, saturating_##NAME)

SATURATING(VSADDU, V_X_I, IR_VUQADD, IR_VADD)
SATURATING(VSADD, V_X_I, IR_VSQADD, IR_VADD)
SATURATING(VSSUBU, V_X, IR_VUQSUB, IR_VSUB)
SATURATING(VSSUB, V_X, IR_VSQSUB, IR_VSUB)

V_LIFT_V_X(VAADDU, NULL)
V_LIFT_V_X(VAADD, NULL)
V_LIFT_V_X(VASUBU, NULL)
V_LIFT_V_X(VASUB, NULL)
V_LIFT_V_X(VSMUL, NULL)
V_LIFT_V_X_I(VSSRL, NULL)
V_LIFT_V_X_I(VSSRA, NULL)
V_LIFT_W_I(VNCLIPU, NULL)
V_LIFT_W_I(VNCLIP, NULL)
