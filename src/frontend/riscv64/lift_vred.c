/* Vector reductions (chapter 14). */
#include "frontend/riscv64/lift_v.h"

struct reduction {
    enum ir_op op;
    u64 neutral; /* sign-extended lane that changes nothing; for the smallest signed number: shifted in below */
};

static struct reduction reduction_of(const struct v_insn *v, unsigned size)
{
    u64 max = MASK64((8u << size) - 1);
    switch (v->op) {
    case RV64_OP_VREDAND_VS:
        return (struct reduction){IR_VAND, ~0ull};
    case RV64_OP_VREDOR_VS:
        return (struct reduction){IR_VOR, 0};
    case RV64_OP_VREDXOR_VS:
        return (struct reduction){IR_VXOR, 0};
    case RV64_OP_VREDMINU_VS:
        return (struct reduction){IR_VUMIN, ~0ull};
    case RV64_OP_VREDMAXU_VS:
        return (struct reduction){IR_VUMAX, 0};
    case RV64_OP_VREDMIN_VS:
        return (struct reduction){IR_VSMIN, max};
    case RV64_OP_VREDMAX_VS:
        return (struct reduction){IR_VSMAX, ~max};
    default:
        return (struct reduction){IR_VADD, 0};
    }
}

static unsigned aux_of(enum ir_op op, unsigned size)
{
    return op == IR_VAND || op == IR_VOR || op == IR_VXOR ? 0 : size;
}

/* Lane 0 of SIZE = all lanes of X put together; the rest is anything. */
static ir_ref fold_lanes(struct v_insn *v, enum ir_op op, unsigned size, ir_ref x)
{
    unsigned aux = aux_of(op, size);
    x = V2(op, aux, x, V1(IR_VHI, 0, x));
    for (unsigned bits = 32; bits >= 8u << size; bits /= 2) {
        x = V2(op, aux, x, V1(IR_VSHRI, 3 | bits << 4, x));
    }
    return x;
}

/* Lane 0 of vd = that of X, unless vl is 0. */
static void write_scalar(struct v_insn *v, unsigned size, ir_ref x)
{
    ir_ref old = v_reg(v, v->vd);
    v->masked = false;
    ir_ref active = v->full ? 0 : v_active_tail(v, size, 0);
    ir_ref r = V2(IR_VINSL, size, old, x);
    rv64_write_v(v->l, (int)v->vd, v_blend(v, active, r, old));
}

static bool reduce(struct v_insn *v, unsigned size, unsigned n, const ir_ref *x)
{
    struct reduction red = reduction_of(v, size);
    ir_ref all = 0;
    for (unsigned k = 0; k < n; k++) {
        ir_ref active = v_active(v, size, k);
        ir_ref part = v_blend(v, active, x[k], v_kdup(v, size, red.neutral));
        all = all ? V2(red.op, aux_of(red.op, size), all, part) : part;
    }
    all = fold_lanes(v, red.op, size, all);
    write_scalar(v, size, V2(red.op, aux_of(red.op, size), all, v_reg(v, v->vs1)));
    return true;
}

static bool same_width(struct v_insn *v)
{
    ir_ref x[8];
    for (unsigned k = 0; k < v->regs; k++) {
        x[k] = v_reg(v, v->vs2 + k);
    }
    return reduce(v, v->sew, v->regs, x);
}

V_LIFT(VREDSUM_VS, vv, same_width)
V_LIFT(VREDAND_VS, vv, same_width)
V_LIFT(VREDOR_VS, vv, same_width)
V_LIFT(VREDXOR_VS, vv, same_width)
V_LIFT(VREDMINU_VS, vv, same_width)
V_LIFT(VREDMIN_VS, vv, same_width)
V_LIFT(VREDMAXU_VS, vv, same_width)
V_LIFT(VREDMAX_VS, vv, same_width)

static bool widening(struct v_insn *v)
{
    ir_ref x[16];
    unsigned n = v->lmul >= 0 ? 2 * v->regs : 1;
    for (unsigned k = 0; k < n; k++) {
        x[k] = V1(v->op == RV64_OP_VWREDSUM_VS ? IR_VSXTL : IR_VUXTL, v->sew, v_part(v, v->vs2, 1, k));
    }
    return reduce(v, v->sew + 1, n, x);
}

V_LIFT(VWREDSUMU_VS, vv, widening)
V_LIFT(VWREDSUM_VS, vv, widening)

/* Floating point. Sums are in order in both forms. An element that is not active is replaced by one that changes
 * nothing and raises no flag: a zero of the sign that a sum keeps, of minimum and maximum what they start from. Where no
 * element is active vs1's is copied as it is. */

static enum ir_type type_of(unsigned size)
{
    return size == 3 ? IR_F64 : IR_F32;
}

static ir_ref lane(struct v_insn *v, unsigned size, ir_ref x, unsigned i)
{
    return ir_op1(v->l->b, IR_V2F, type_of(size), 0, i ? V1(IR_VDUPL, size | i << 4, x) : x);
}

static bool fp_possible(const struct v_insn *v)
{
    return v->sew >= 2 && v->l->frm < 4 && v->vlmax <= 64;
}

/* FRM 2 rounds down, where the sum of two zeros of other signs is negative. */
static ir_ref neutral_sum(const struct v_insn *v, unsigned size)
{
    return v_kdup(v, size, v->l->frm == 2 ? 0 : BIT64((8u << size) - 1));
}

/* X[n] with the lanes of NEUTRAL where none is active. */
static void fill(struct v_insn *v, unsigned size, unsigned n, ir_ref *x, ir_ref neutral)
{
    for (unsigned k = 0; k < n; k++) {
        ir_ref active = v_active(v, size, k);
        x[k] = v_blend(v, active, x[k], neutral);
    }
}

/* Lane 0 of vs1, a zero where no element is active; *ANY is then true at run time, or 0 if some always are. */
static ir_ref start(struct v_insn *v, unsigned size, ir_ref *any)
{
    struct ir_builder *b = v->l->b;
    ir_ref first = lane(v, size, v_reg(v, v->vs1), 0), bits = v_active_bits(v);
    *any = !v->masked && v->full ? 0 : ir_op2(b, IR_CMP, IR_I64, IR_CC_NE, bits, ir_k64(b, 0));
    ir_ref zero = size == 3 ? ir_kf64(b, 0) : ir_kf32(b, 0);
    return *any ? ir_op3(b, IR_SELECT, type_of(size), 0, first, zero, *any) : first;
}

static void finish(struct v_insn *v, unsigned size, ir_ref f, ir_ref any)
{
    ir_ref x = ir_op1(v->l->b, IR_F2V, IR_V128, (u16)type_of(size), f);
    if (any) {
        x = ir_op3(v->l->b, IR_SELECT, IR_V128, 0, x, v_reg(v, v->vs1), any);
    }
    write_scalar(v, size, x);
}

static bool fp_sum(struct v_insn *v, unsigned size, unsigned n, ir_ref *x)
{
    ir_ref any, sum = start(v, size, &any);
    fill(v, size, n, x, neutral_sum(v, size));
    for (unsigned k = 0; k < n; k++) {
        for (unsigned i = 0; i < MIN(V_VLENB >> size, v->vlmax); i++) {
            sum = ir_op2(v->l->b, IR_FADD, type_of(size), 0, sum, lane(v, size, x[k], i));
        }
    }
    finish(v, size, sum, any);
    return true;
}

static bool fp_sum_same(struct v_insn *v)
{
    ir_ref x[8];
    if (!fp_possible(v)) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        x[k] = v_reg(v, v->vs2 + k);
    }
    return fp_sum(v, v->sew, v->regs, x);
}

V_LIFT(VFREDUSUM_VS, vv, fp_sum_same)
V_LIFT(VFREDOSUM_VS, vv, fp_sum_same)

static bool fp_sum_wide(struct v_insn *v)
{
    ir_ref x[16];
    unsigned n = v->lmul >= 0 ? 2 * v->regs : 1;
    if (v->l->frm > 3 || v->sew < 1 || v->vlmax > 32) {
        return false;
    }
    for (unsigned k = 0; k < n; k++) {
        ir_ref part = v_part(v, v->vs2, 1, k), active = v_active(v, v->sew + 1, k);
        x[k] = V1(IR_VFCVTL, v->sew, active ? V2(IR_VAND, 0, part, V1(IR_VXTN, v->sew, active)) : part);
    }
    return fp_sum(v, v->sew + 1, n, x);
}

V_LIFT(VFWREDUSUM_VS, vv, fp_sum_wide)
V_LIFT(VFWREDOSUM_VS, vv, fp_sum_wide)

static bool fp_min(struct v_insn *v)
{
    ir_ref x[8], any;
    bool max = v->op == RV64_OP_VFREDMAX_VS;
    if (!fp_possible(v)) {
        return false;
    }
    for (unsigned k = 0; k < v->regs; k++) {
        x[k] = v_reg(v, v->vs2 + k);
    }
    ir_ref f = start(v, v->sew, &any), first = ir_op1(v->l->b, IR_F2V, IR_V128, (u16)type_of(v->sew), f);
    fill(v, v->sew, v->regs, x, V1(IR_VDUPL, v->sew, first));
    ir_ref all = x[0];
    for (unsigned k = 1; k < v->regs; k++) {
        all = V2(max ? IR_VFMAXNM : IR_VFMINNM, v->sew, all, x[k]);
    }
    for (unsigned i = 0; i < MIN(V_VLENB >> v->sew, v->vlmax); i++) {
        f = ir_op2(v->l->b, max ? IR_FMAXNM : IR_FMINNM, type_of(v->sew), 0, f, lane(v, v->sew, all, i));
    }
    finish(v, v->sew, f, any);
    return true;
}

V_LIFT(VFREDMIN_VS, vv, fp_min)
V_LIFT(VFREDMAX_VS, vv, fp_min)
