/* Scalar floating point of RISC-V, whose values are integers between ops. FPCR.DN is on, so that a NaN is the one RISC-V has;
 * only in when a result counts as tiny do the two differ: the host asks before rounding. */
#include "backend/aarch64/priv.h"

static bool is_double(unsigned type)
{
    return type == IR_F64;
}

/* Operand R as a float. */
static unsigned use_float(struct cg *g, ir_ref r)
{
    unsigned x = use(g, r), v = temp(g, VEC);
    w(g, a64_fmov_dx(v, x));
    return v;
}

static void from_float(struct cg *g, bool wide, unsigned rd, unsigned v)
{
    w(g, a64_fmov_xd(rd, v) & ~(wide ? 0 : 0x80400000u)); /* FMOV of a single leaves no more than that */
}

static void plain(struct cg *g, u32 i, const struct ir_ins *in, u32 op)
{
    bool d = is_double(in->type);
    unsigned a = use_float(g, in->a), b = in->b ? use_float(g, in->b) : 0;
    w(g, a64_fff(op, d, a, a, b));
    free_ended(g);
    from_float(g, d, define(g, i, GPR), a);
}

/* Behind an op with operands A, B, C that gave register D, FPSR before it being in IP1: a result that is the smallest normal
 * number is left to the reference function. */
static void check_tiny(struct cg *g, const struct ir_ins *in, unsigned d, const u8 operands[3])
{
    bool wide = is_double(in->type);
    s32 bits = a64_logical(wide ? 1ull << 53 : 0x0100000001000000ull);
    w(g, a64_rrr(A64_ADD, wide, IP0, d, d));
    w(g, a64_logi(A64_EORI, wide, IP0, IP0, bits));
    struct cold c = {.branch = g->n, .kind = COLD_TINY, .reg = (u8)d, .back = g->n + 1, .desc = ref_desc(in)};
    for (unsigned n = 0; n < 3; n++) {
        c.operands[n] = operands[n];
    }
    add_cold(g, c);
    w(g, a64_cbnz(wide, IP0, 0) ^ 0x01000000); /* CBZ */
}

/* Products, quotients, and narrower results. */
static void may_be_tiny(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u32 fused[4] = {A64_FMADD, A64_FMSUB, A64_FNMSUB, A64_FNMADD};
    bool d = is_double(in->type);
    u8 x[3] = {(u8)use(g, in->a), (u8)use(g, in->b), (u8)use(g, in->c)};
    unsigned rd = define(g, i, GPR), a = use_float(g, in->a);
    unsigned b = in->b ? use_float(g, in->b) : 0, c = in->c ? use_float(g, in->c) : 0;
    w(g, a64_mrs_fpsr(IP1));
    switch (in->op) {
    case IR_FMUL:
        w(g, a64_fff(A64_FMUL, d, a, a, b));
        break;
    case IR_FDIV:
        w(g, a64_fff(A64_FDIV, d, a, a, b));
        break;
    case IR_FMA:
        w(g, a64_fff(fused[in->aux & 3], d, a, a, b) | c << 10);
        break;
    default:
        w(g, A64_FCVT_SD | a << 5 | a);
    }
    from_float(g, d, rd, a);
    check_tiny(g, in, rd, x);
}

static bool convert(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (in->type == IR_F32) {
        may_be_tiny(g, i, in);
        return true;
    }
    unsigned a = use_float(g, in->a);
    w(g, A64_FCVT_DS | a << 5 | a);
    free_ended(g);
    from_float(g, true, define(g, i, GPR), a);
    return true;
}

static bool compare_floats(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u8 cc_of[] = {A64_EQ, A64_NE, A64_MI, A64_PL, A64_LS, A64_HI, A64_GT, A64_LE, A64_GE, A64_LT, A64_VS, A64_VC};
    unsigned fcc = in->aux & 15;
    if (fcc >= ARRAY_LEN(cc_of)) {
        return false;
    }
    unsigned a = use_float(g, in->a), b = use_float(g, in->b);
    w(g, a64_fff(in->aux & IR_FCC_SIGNAL ? A64_FCMPE : A64_FCMP, is_double(in->type), 0, a, b));
    free_ended(g);
    w(g, a64_cset(define(g, i, GPR), cc_of[fcc]));
    return true;
}

static bool to_integer(struct cg *g, u32 i, const struct ir_ins *in)
{
    static const u32 op_of[] = {[IR_ROUND_TIEEVEN] = A64_FCVTNS, [IR_ROUND_POSINF] = A64_FCVTPS, [IR_ROUND_NEGINF] = A64_FCVTMS,
                                [IR_ROUND_ZERO] = A64_FCVTZS, [IR_ROUND_TIEAWAY] = A64_FCVTAS};
    bool wide = in->type == IR_I64, d = in->aux & 32, is_unsigned = in->aux & 16;
    unsigned round = in->aux & 7;
    if (round >= ARRAY_LEN(op_of) || in->aux >> 8) {
        return false;
    }
    unsigned a = use_float(g, in->a);
    w(g, a64_fcvt(op_of[round] | (is_unsigned ? A64_UNSIGNED : 0), d, wide, IP0, a));
    load_const(g, IP1, MASK64((wide ? 64 : 32) - !is_unsigned)); /* what a NaN gives */
    w(g, a64_fff(A64_FCMP, d, 0, a, a));
    free_ended(g);
    w(g, a64_csel(wide, define(g, i, GPR), IP1, IP0, A64_VS));
    return true;
}

static bool from_integer(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool d = is_double(in->type);
    if (in->aux >> 8) {
        return false;
    }
    unsigned a = use(g, in->a), v = temp(g, VEC);
    w(g, a64_fcvt(A64_SCVTF | (in->aux & 1 ? A64_UNSIGNED : 0), d, in->aux & 2, v, a));
    free_ended(g);
    from_float(g, d, define(g, i, GPR), v);
    return true;
}

bool rule_fp(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool rounds = in->op == IR_FADD || in->op == IR_FSUB || in->op == IR_FMUL || in->op == IR_FDIV || in->op == IR_FSQRT ||
                  in->op == IR_FMA || in->op == IR_F2F || in->op == IR_I2F;
    if (g->fn->fp_rules != IR_FP_RV64 || (rounds && IR_FP_ROUND_OF(in->aux))) {
        return false;
    }
    switch (in->op) {
    case IR_FADD: plain(g, i, in, A64_FADD); return true;
    case IR_FSUB: plain(g, i, in, A64_FSUB); return true;
    case IR_FSQRT: plain(g, i, in, A64_FSQRT); return true;
    case IR_FMUL: case IR_FDIV: case IR_FMA: may_be_tiny(g, i, in); return true;
    case IR_F2F: return convert(g, i, in);
    case IR_FCMP: return compare_floats(g, i, in);
    case IR_F2I: return to_integer(g, i, in);
    case IR_I2F: return from_integer(g, i, in);
    default: return false;
    }
}
