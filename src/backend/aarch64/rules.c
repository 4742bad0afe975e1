/* Integers, comparisons, and moves of floats, which are integers here. */
#include "backend/aarch64/priv.h"

static bool is_wide(const struct ir_ins *in)
{
    return in->type == IR_I64 || in->type == IR_F64;
}

/* --- comparisons --- */

bool is_compare(const struct ir_fn *fn, ir_ref r)
{
    unsigned op = IR_IS_K(r) ? IR_NOP : fn->ins[r].op;
    return op == IR_CMP || op == IR_CMN || op == IR_TST;
}

/* Is R a constant that fits an immediate of 12 bits? */
static bool imm12(const struct cg *g, ir_ref r, bool wide, u32 *v, bool *negative)
{
    u64 k;
    if (!IR_IS_K(r) || !ir_is_const(g->fn, r, &k)) {
        return false;
    }
    k = wide ? k : (u64)(s64)(s32)k;
    *negative = (s64)k < 0;
    k = *negative ? 0 - k : k;
    *v = (u32)k;
    return k < 4096;
}

static s32 logical_imm(const struct cg *g, ir_ref r, bool wide)
{
    u64 k;
    if (!IR_IS_K(r) || !ir_is_const(g->fn, r, &k)) {
        return -1;
    }
    return a64_logical(wide ? k : (k & MASK64(32)) | k << 32);
}

unsigned compare(struct cg *g, const struct ir_ins *c)
{
    static const u8 cc_of[] = {A64_EQ, A64_NE, A64_LO, A64_HS, A64_LS, A64_HI, A64_LT,
                               A64_GE, A64_LE, A64_GT, A64_MI, A64_PL, A64_VS, A64_VC};
    bool wide = is_wide(c), negative;
    u32 v;
    unsigned a = use(g, c->a);
    s32 bits = c->op == IR_TST ? logical_imm(g, c->b, wide) : -1;
    if (bits >= 0) {
        w(g, a64_logi(A64_ANDSI, wide, A64_ZR, a, bits));
    } else if (c->op != IR_TST && a != A64_ZR && imm12(g, c->b, wide, &v, &negative) && !negative) {
        w(g, a64_addi(c->op == IR_CMP ? A64_SUBS : A64_ADDS, wide, A64_ZR, a, v, false));
    } else {
        u32 op = c->op == IR_CMP ? A64_SUBS : c->op == IR_CMN ? A64_ADDS : A64_ANDS;
        w(g, a64_rrr(op, wide, A64_ZR, a, use(g, c->b)));
    }
    return cc_of[c->aux];
}

unsigned condition(struct cg *g, ir_ref r)
{
    if (is_compare(g->fn, r)) {
        return compare(g, &g->fn->ins[r]);
    }
    w(g, a64_logi(A64_ANDSI, false, A64_ZR, use(g, r), a64_logical(0x100000001ull)));
    return A64_NE;
}

/* --- the ops --- */

static void binary(struct cg *g, u32 i, const struct ir_ins *in, u32 op)
{
    unsigned a = use(g, in->a), b = use(g, in->b);
    free_ended(g);
    w(g, a64_rrr(op, is_wide(in), define(g, i, GPR), a, b));
}

static void unary(struct cg *g, u32 i, const struct ir_ins *in, u32 op)
{
    unsigned a = use(g, in->a);
    free_ended(g);
    w(g, a64_rr(op, is_wide(in), define(g, i, GPR), a));
}

static void add_sub(struct cg *g, u32 i, const struct ir_ins *in)
{
    u32 v;
    bool negative, wide = is_wide(in), add = in->op == IR_ADD;
    if (!IR_IS_K(in->a) && imm12(g, in->b, wide, &v, &negative)) {
        unsigned a = use(g, in->a);
        free_ended(g);
        w(g, a64_addi(add != negative ? A64_ADD : A64_SUB, wide, define(g, i, GPR), a, v, false));
    } else {
        binary(g, i, in, add ? A64_ADD : A64_SUB);
    }
}

static void logical(struct cg *g, u32 i, const struct ir_ins *in, u32 op, u32 imm_op)
{
    s32 bits = IR_IS_K(in->a) ? -1 : logical_imm(g, in->b, is_wide(in));
    if (bits < 0) {
        binary(g, i, in, op);
        return;
    }
    unsigned a = use(g, in->a);
    free_ended(g);
    w(g, a64_logi(imm_op, is_wide(in), define(g, i, GPR), a, bits));
}

static void shift(struct cg *g, u32 i, const struct ir_ins *in, u32 op)
{
    u64 k;
    unsigned bits = is_wide(in) ? 64 : 32;
    if (!ir_is_const(g->fn, in->b, &k)) {
        binary(g, i, in, op);
        return;
    }
    unsigned n = k & (bits - 1), a = use(g, in->a);
    free_ended(g);
    unsigned d = define(g, i, GPR);
    switch (in->op) {
    case IR_SHL:
        w(g, a64_bf(A64_UBFM, bits == 64, d, a, (bits - n) & (bits - 1), bits - 1 - n));
        break;
    case IR_SHR:
        w(g, a64_bf(A64_UBFM, bits == 64, d, a, n, bits - 1));
        break;
    case IR_SAR:
        w(g, a64_bf(A64_SBFM, bits == 64, d, a, n, bits - 1));
        break;
    default: /* ROR */
        w(g, a64_extr(bits == 64, d, a, a, n));
    }
}

/* Bits FROM .. FROM + LEN - 1 of a. */
static void field(struct cg *g, u32 i, const struct ir_ins *in, bool sign, unsigned from, unsigned len)
{
    bool wide = is_wide(in);
    unsigned a = use(g, in->a), last = MIN(from + len, wide ? 64u : 32u) - 1;
    free_ended(g);
    w(g, a64_bf(sign ? A64_SBFM : A64_UBFM, wide, define(g, i, GPR), a, from, last));
}

static void insert(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool wide = is_wide(in);
    unsigned bits = wide ? 64 : 32, from = in->aux & 63, len = in->aux >> 6;
    unsigned a = use(g, in->a), b = use(g, in->b);
    w(g, a64_mov(wide, IP0, a));
    w(g, a64_bf(A64_BFM, wide, IP0, b, (bits - from) & (bits - 1), len - 1));
    free_ended(g);
    w(g, a64_mov(wide, define(g, i, GPR), IP0));
}

static void remainder_of(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool wide = is_wide(in);
    unsigned a = use(g, in->a), b = use(g, in->b);
    free_ended(g);
    w(g, a64_rrr(in->op == IR_UREM ? A64_UDIV : A64_SDIV, wide, IP0, a, b));
    w(g, a64_msub(wide, define(g, i, GPR), IP0, b, a));
}

static void move(struct cg *g, u32 i, const struct ir_ins *in, bool wide)
{
    unsigned a = use(g, in->a);
    free_ended(g);
    w(g, a64_mov(wide, define(g, i, GPR), a));
}

/* d = 0 - a, ~a */
static void from_zero(struct cg *g, u32 i, const struct ir_ins *in, u32 op)
{
    unsigned a = use(g, in->a);
    free_ended(g);
    w(g, a64_rrr(op, is_wide(in), define(g, i, GPR), A64_ZR, a));
}

static bool rule_select(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (in->type == IR_V128) {
        return false;
    }
    unsigned a = use(g, in->a), b = use(g, in->b), cc = condition(g, in->c);
    free_ended(g);
    w(g, a64_csel(true, define(g, i, GPR), a, b, cc));
    return true;
}

static void make_compare(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned cc = compare(g, in);
    free_ended(g);
    w(g, a64_cset(define(g, i, GPR), cc));
}

static void add_carry(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned a = use(g, in->a), b = use(g, in->b), c = use(g, in->c);
    bool wide = is_wide(in);
    w(g, a64_logi(A64_ANDI, false, IP0, c, a64_logical(0x100000001ull)));
    w(g, a64_rrr(A64_ADD, wide, IP0, IP0, a));
    free_ended(g);
    w(g, a64_rrr(A64_ADD, wide, define(g, i, GPR), IP0, b));
}

static void trailing_zeros(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool wide = is_wide(in);
    unsigned a = use(g, in->a);
    w(g, a64_rr(A64_RBIT, wide, IP0, a));
    free_ended(g);
    w(g, a64_rr(A64_CLZ, wide, define(g, i, GPR), IP0));
}

/* --- floats as integers --- */

static void sign_op(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool wide = is_wide(in);
    u64 sign = wide ? 1ull << 63 : 0x8000000080000000ull;
    unsigned a = use(g, in->a);
    free_ended(g);
    unsigned d = define(g, i, GPR);
    if (in->op == IR_FABS) {
        w(g, a64_logi(A64_ANDI, wide, d, a, a64_logical(~sign)));
    } else {
        w(g, a64_logi(A64_EORI, wide, d, a, a64_logical(sign)));
    }
}

static void sign_of_other(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool wide = is_wide(in);
    unsigned top = wide ? 63 : 31, a = use(g, in->a), b = use(g, in->b);
    if (in->aux == 1) {
        w(g, a64_rrr(A64_ORN, wide, IP0, A64_ZR, b));
    } else if (in->aux == 2) {
        w(g, a64_rrr(A64_EOR, wide, IP0, a, b));
    } else {
        w(g, a64_mov(wide, IP0, b));
    }
    w(g, a64_bf(A64_UBFM, wide, IP0, IP0, top, top));
    w(g, a64_mov(wide, IP1, a));
    w(g, a64_bf(A64_BFM, wide, IP1, IP0, 1, 0)); /* its lowest bit to the top */
    free_ended(g);
    w(g, a64_mov(wide, define(g, i, GPR), IP1));
}

static void box(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned a = use(g, in->a);
    free_ended(g);
    w(g, a64_logi(A64_ORRI, true, define(g, i, GPR), a, a64_logical(0xffffffff00000000ull)));
}

static void unbox(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (in->aux & 1) {
        move(g, i, in, false);
        return;
    }
    unsigned a = use(g, in->a);
    load_const(g, IP0, 0x7fc00000);
    w(g, a64_bf(A64_SBFM, true, IP1, a, 32, 63)); /* the upper half: -1 if it is a single */
    w(g, a64_addi(A64_ADDS, true, A64_ZR, IP1, 1, false));
    w(g, a64_csel(false, IP0, a, IP0, A64_EQ));
    free_ended(g);
    w(g, a64_mov(false, define(g, i, GPR), IP0));
}

static bool to_vector(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned a = use(g, in->a);
    free_ended(g);
    w(g, a64_fmov_dx(define(g, i, VEC), a));
    return true;
}

static bool from_vector(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned a = use(g, in->a);
    free_ended(g);
    unsigned d = define(g, i, GPR);
    w(g, a64_fmov_xd(d, a));
    if (in->type == IR_F32) {
        w(g, a64_mov(false, d, d));
    }
    return true;
}

bool rule_int(struct cg *g, u32 i, const struct ir_ins *in)
{
    switch (in->op) {
    case IR_ADD: case IR_SUB: add_sub(g, i, in); return true;
    case IR_MUL: binary(g, i, in, A64_MUL); return true;
    case IR_MULHU: binary(g, i, in, A64_UMULH); return true;
    case IR_MULHS: binary(g, i, in, A64_SMULH); return true;
    case IR_UDIV: binary(g, i, in, A64_UDIV); return true;
    case IR_SDIV: binary(g, i, in, A64_SDIV); return true;
    case IR_UREM: case IR_SREM: remainder_of(g, i, in); return true;
    case IR_AND: logical(g, i, in, A64_AND, A64_ANDI); return true;
    case IR_OR: logical(g, i, in, A64_ORR, A64_ORRI); return true;
    case IR_XOR: logical(g, i, in, A64_EOR, A64_EORI); return true;
    case IR_ANDN: binary(g, i, in, A64_BIC); return true;
    case IR_NOT: from_zero(g, i, in, A64_ORN); return true;
    case IR_NEG: from_zero(g, i, in, A64_SUB); return true;
    case IR_SHL: shift(g, i, in, A64_LSLV); return true;
    case IR_SHR: shift(g, i, in, A64_LSRV); return true;
    case IR_SAR: shift(g, i, in, A64_ASRV); return true;
    case IR_ROR: shift(g, i, in, A64_RORV); return true;
    case IR_ADC: add_carry(g, i, in); return true;
    case IR_CLZ: unary(g, i, in, A64_CLZ); return true;
    case IR_CTZ: trailing_zeros(g, i, in); return true;
    case IR_RBIT: unary(g, i, in, A64_RBIT); return true;
    case IR_REV16: unary(g, i, in, A64_REV16); return true;
    case IR_BSWAP: unary(g, i, in, is_wide(in) ? A64_REV64 : A64_REV32); return true;
    case IR_SEXT: field(g, i, in, true, 0, in->aux); return true;
    case IR_ZEXT: field(g, i, in, false, 0, in->aux); return true;
    case IR_UBFX: field(g, i, in, false, in->aux & 63, in->aux >> 6); return true;
    case IR_SBFX: field(g, i, in, true, in->aux & 63, in->aux >> 6); return true;
    case IR_BFI: insert(g, i, in); return true;
    case IR_TRUNC: case IR_B2I: move(g, i, in, false); return true;
    case IR_SELECT: return rule_select(g, i, in);
    case IR_CMP: case IR_CMN: case IR_TST: make_compare(g, i, in); return true;
    case IR_FABS: case IR_FNEG: sign_op(g, i, in); return true;
    case IR_FSGNJ: sign_of_other(g, i, in); return true;
    case IR_BITI: case IR_BITF: move(g, i, in, is_wide(in)); return true;
    case IR_BOX: box(g, i, in); return true;
    case IR_UNBOX: unbox(g, i, in); return true;
    case IR_F2V: return to_vector(g, i, in);
    case IR_V2F: return from_vector(g, i, in);
    default: return false;
    }
}
