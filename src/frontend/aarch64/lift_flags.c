/* NZCV in the A64 lifters: what the last flag-setting instruction compared, and conditions of it.
 */
#include "frontend/aarch64/priv.h"

enum { EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE };

/* Of a - b, by A64 condition; all exact. */
static const u8 sub_cc[14] = {IR_CC_EQ,  IR_CC_NE,  IR_CC_UGE, IR_CC_ULT, IR_CC_MI,
                              IR_CC_PL,  IR_CC_VS,  IR_CC_VC,  IR_CC_UGT, IR_CC_ULE,
                              IR_CC_SGE, IR_CC_SLT, IR_CC_SGT, IR_CC_SLE};

/* Of an FP compare: less is N, equal ZC, greater C, unordered CV. */
static const u8 fp_cc[14] = {IR_FCC_EQ,  IR_FCC_NE,  IR_FCC_UGE, IR_FCC_LT,  IR_FCC_LT,
                             IR_FCC_UGE, IR_FCC_UN,  IR_FCC_OR,  IR_FCC_UGT, IR_FCC_LE,
                             IR_FCC_GE,  IR_FCC_ULT, IR_FCC_GT,  IR_FCC_ULE};

static ir_ref cmp(struct a64_lift *l, enum ir_op op, unsigned cc, ir_ref a, ir_ref b)
{
    return ir_op2(l->b, op, l->flags.type, (u16)cc, a, b);
}

static bool is_nz(unsigned cond)
{
    return cond <= NE || cond == MI || cond == PL;
}

static ir_ref packed_cond(struct a64_lift *l, unsigned cond)
{
    return ir_op1(l->b, IR_PCOND, IR_I32, (u16)cond, a64_packed(l));
}

static ir_ref add_cond(struct a64_lift *l, unsigned cond)
{
    const struct a64_flags *f = &l->flags;
    if (f->res_kept && is_nz(cond)) {
        return cmp(l, IR_CMP, sub_cc[cond], f->res, ir_k(l->b, f->type, 0));
    }
    if (cond < HI) {
        return cmp(l, IR_CMN, sub_cc[cond], f->a, f->b);
    }
    return packed_cond(l,
                       cond); /* of CCMN too: combining with its condition again changes nothing */
}

static ir_ref sub_cond(struct a64_lift *l, unsigned cond)
{
    const struct a64_flags *f = &l->flags;
    if (f->res_kept && is_nz(cond)) {
        return cmp(l, IR_CMP, sub_cc[cond], f->res, ir_k(l->b, f->type, 0));
    }
    return cmp(l, IR_CMP, sub_cc[cond], f->a, f->b);
}

/* C and V are 0. */
static ir_ref logic_cond(struct a64_lift *l, unsigned cond)
{
    const struct a64_flags *f = &l->flags;
    switch (cond) {
    case CS:
    case VS:
    case HI:
        return ir_k1(l->b, false);
    case CC:
    case VC:
    case LS:
        return ir_k1(l->b, true);
    case GE:
        cond = PL;
        break;
    case LT:
        cond = MI;
        break;
    }
    if (f->a && is_nz(cond)) {
        return cmp(l, IR_TST, sub_cc[cond], f->a, f->b);
    }
    return cmp(l, IR_CMP, sub_cc[cond], f->res, ir_k(l->b, f->type, 0));
}

static ir_ref plain_cond(struct a64_lift *l, unsigned cond)
{
    const struct a64_flags *f = &l->flags;
    switch (f->kind) {
    case A64_FL_ADD:
        return add_cond(l, cond);
    case A64_FL_SUB:
        return sub_cond(l, cond);
    case A64_FL_LOGIC:
        return logic_cond(l, cond);
    case A64_FL_FCMP:
        return ir_op2(l->b, IR_FCMP, f->type, fp_cc[cond] | (f->signal ? IR_FCC_SIGNAL : 0), f->a,
                      f->b);
    default:
        return packed_cond(l, cond);
    }
}

ir_ref a64_cond(struct a64_lift *l, unsigned cond)
{
    const struct a64_flags *f = &l->flags;
    if (cond >= 14) {
        return ir_k1(l->b, true);
    }
    ir_ref r = plain_cond(l, cond);
    if (!f->is_cond || f->kind == A64_FL_PACKED) {
        return r;
    }
    if (!ir_flags_hold(a64_pack_nzcv(f->else_nzcv), cond)) {
        return ir_op2(l->b, IR_AND, IR_I1, 0, f->cond, r);
    }
    ir_ref no = ir_op2(l->b, IR_XOR, IR_I1, 0, f->cond, ir_k1(l->b, true));
    return ir_op2(l->b, IR_OR, IR_I1, 0, no, r);
}

static void new_flags(struct a64_lift *l, enum a64_fl_kind kind, enum ir_type type, ir_ref a,
                      ir_ref b, ir_ref res)
{
    l->flags = (struct a64_flags){
        .kind = (u8)kind, .type = (u8)type, .res_kept = res != 0, .a = a, .b = b, .res = res};
}

static void flags_op(struct a64_lift *l, enum ir_type type, enum ir_flags_kind kind, ir_ref a,
                     ir_ref b, ir_ref res)
{
    l->b->flags = ir_op3(l->b, IR_FLAGS, type, (u16)kind, a, b, res);
}

void a64_flags_add(struct a64_lift *l, enum ir_type type, ir_ref a, ir_ref b, ir_ref res)
{
    u64 k, min = type == IR_I32 ? 1ull << 31 : 1ull << 63;
    /* a + k and a - (-k) have the same flags unless -k wraps, and a compare has all conditions */
    if (ir_is_const(l->f.fn, b, &k) && k != 0 && k != min) {
        a64_flags_sub(l, type, a, ir_k(l->b, type, -k), res);
        return;
    }
    flags_op(l, type, IR_FL_ADD, a, b, res);
    new_flags(l, A64_FL_ADD, type, a, b, res);
}

void a64_flags_sub(struct a64_lift *l, enum ir_type type, ir_ref a, ir_ref b, ir_ref res)
{
    flags_op(l, type, IR_FL_SUB, a, b, res);
    new_flags(l, A64_FL_SUB, type, a, b, res);
}

void a64_flags_logic(struct a64_lift *l, enum ir_type type, ir_ref res, ir_ref a, ir_ref b)
{
    flags_op(l, type, IR_FL_LOGIC, res, 0, 0);
    new_flags(l, A64_FL_LOGIC, type, a, b, res);
}

void a64_flags_fcmp(struct a64_lift *l, enum ir_type type, ir_ref a, ir_ref b, bool signal)
{
    a = a64_flush(l, type, a);
    b = a64_flush(l, type, b);
    ir_ref v = ir_op2(l->b, IR_FNZCV, type, signal, a, b);
    flags_op(l, IR_I32, IR_FL_VALUE, v, 0, 0);
    new_flags(l, A64_FL_FCMP, type, a, b, 0);
    l->flags.signal = signal;
}

void a64_flags_packed(struct a64_lift *l, ir_ref v)
{
    flags_op(l, IR_I32, IR_FL_VALUE, v, 0, 0);
    new_flags(l, A64_FL_PACKED, IR_I32, v, 0, 0);
}

void a64_flags_no_compare(struct a64_lift *l)
{
    if (l->flags.kind == A64_FL_FCMP) {
        l->flags = (struct a64_flags){.kind = A64_FL_PACKED, .type = IR_I32};
    }
}

ir_ref a64_packed(struct a64_lift *l)
{
    ir_ref f = l->b->flags;
    if (!f) {
        return ir_get(l->b, A64_NZCV);
    }
    const struct ir_ins *ins = &l->f.fn->ins[f];
    return ins->aux == IR_FL_VALUE ? ins->a : ir_op1(l->b, IR_NZCV, IR_I32, 0, f);
}

void a64_flags_only_if(struct a64_lift *l, ir_ref cond, unsigned nzcv)
{
    struct a64_flags f = l->flags;
    ir_ref no = ir_k32(l->b, a64_pack_nzcv(nzcv));
    ir_ref v = ir_op3(l->b, IR_SELECT, IR_I32, 0, a64_packed(l), no, cond);
    flags_op(l, IR_I32, IR_FL_VALUE, v, 0, 0);
    f.is_cond = true;
    f.cond = cond;
    f.else_nzcv = (u8)nzcv;
    l->flags = f;
}

u32 a64_pack_nzcv(unsigned nzcv)
{
    return (nzcv & 8 ? IR_NZCV_N : 0) | (nzcv & 4 ? IR_NZCV_Z : 0) | (nzcv & 2 ? IR_NZCV_C : 0) |
           (nzcv & 1 ? IR_NZCV_V : 0);
}
