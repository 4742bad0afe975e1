/* Folding rules of the builder for integers and conditions. Each rule leaves the value unchanged
 * for all operands and never makes more ops than it saves. */
#include "ir/priv.h"

static inline unsigned width(u8 type)
{
    return type == IR_I64 ? 64 : type == IR_I1 ? 1 : 32;
}

static inline const struct ir_ins *def(const struct ir_builder *b, ir_ref r)
{
    return IR_IS_K(r) ? &b->fn->ins[0] : &b->fn->ins[r];
}

static inline bool konst(const struct ir_builder *b, ir_ref r, u64 *v)
{
    return ir_is_const(b->fn, r, v);
}

static inline bool is_k(const struct ir_builder *b, ir_ref r, u64 v)
{
    u64 k;
    return ir_is_const(b->fn, r, &k) && k == v;
}

static inline ir_ref emit(struct ir_builder *b, enum ir_op op, u8 type, u16 aux, ir_ref a, ir_ref x)
{
    return ir_emit(b, op, (enum ir_type)type, aux, a, x, 0);
}

static inline ir_ref k(struct ir_builder *b, u8 type, u64 v)
{
    return ir_k(b, (enum ir_type)type, v);
}

/* How many low bits of the integer R can be other than zero. */
static unsigned known_bits(const struct ir_builder *b, ir_ref r)
{
    u64 v;
    enum ir_type type = ir_type_of(b->fn, r);
    unsigned full = width((u8)type);
    if (konst(b, r, &v)) {
        return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
    }
    const struct ir_ins *in = def(b, r);
    switch (in->op) {
    case IR_ZEXT:
        return in->aux;
    case IR_LD:
        return in->aux & IR_MEM_SIGN ? full : MIN(full, 8u << IR_MEM_SIZE(in->aux));
    case IR_RMW:
    case IR_CAS:
        return MIN(full, 8u << IR_MEM_SIZE(in->aux));
    case IR_UBFX:
        return in->aux >> 6;
    case IR_B2I:
        return 1;
    case IR_CLZ:
    case IR_CTZ:
    case IR_POPCNT:
        return 7;
    case IR_VGETL:
        return in->aux & 4 ? full : MIN(full, 8u << (in->aux & 3));
    case IR_F2H:
        return 16;
    case IR_AND:
        return konst(b, in->b, &v) && v ? 64 - (unsigned)__builtin_clzll(v) : full;
    case IR_SHR:
        return konst(b, in->b, &v) ? full - (unsigned)(v & (full - 1)) : full;
    default:
        return full;
    }
}

/* All operands constant: the reference function computes it. */
static ir_ref fold_const(struct ir_builder *b, const struct ir_ins *in, unsigned n)
{
    const ir_ref ops[3] = {in->a, in->b, in->c};
    union ir_val v[4] = {0};
    for (unsigned i = 0; i < n; i++) {
        if (!konst(b, ops[i], &v[i].u)) {
            return 0;
        }
    }
    const struct ir_ref_ctx ctx = {.fp_rules = b->fn->fp_rules};
    ir_ref_fns[in->op](&v[3], &v[0], &v[1], &v[2], (enum ir_type)in->type, in->aux, &ctx);
    return k(b, (u8)ir_result_type(in), v[3].u);
}

/* Constants relative to the pc are what ADRP and AUIPC with one more instruction can form; code for those
 * further away takes many steps. */
#define PC_FAR (1ull << 34)

static ir_ref fold_add(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v, w;
    if (!konst(b, in->b, &v)) {
        return 0;
    }
    if (v == 0) {
        return in->a;
    }
    if (IR_IS_K(in->a)) { /* PCREL */
        u64 off = b->fn->k[in->a & ~IR_K].lo + v;
        return off + PC_FAR < 2 * PC_FAR ? ir_kpc(b, b->fn->pc + off) : 0;
    }
    /* Not through a value that became a guest register: its operand is likely dead by now, and
     * would have to be kept only for this. */
    const struct ir_ins *d = def(b, in->a);
    if (d->op == IR_ADD && konst(b, d->b, &w) && !b->is_set[in->a]) {
        return emit(b, IR_ADD, in->type, 0, d->a, k(b, in->type, v + w));
    }
    return 0;
}

static ir_ref fold_sub(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    if (in->a == in->b) {
        return k(b, in->type, 0);
    }
    if (konst(b, in->b, &v)) {
        return emit(b, IR_ADD, in->type, 0, in->a, k(b, in->type, 0 - v));
    }
    if (is_k(b, in->a, 0)) {
        return emit(b, IR_NEG, in->type, 0, in->b, 0);
    }
    return 0;
}

static ir_ref fold_mul(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    if (!konst(b, in->b, &v)) {
        return 0;
    }
    if (v == 0) {
        return in->b;
    }
    if (IS_POW2(v)) {
        return v == 1
                   ? in->a
                   : emit(b, IR_SHL, in->type, 0, in->a, k(b, in->type, (u64)__builtin_ctzll(v)));
    }
    return 0;
}

static ir_ref fold_and(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v, w;
    if (in->a == in->b) {
        return in->a;
    }
    if (!konst(b, in->b, &v)) {
        return 0;
    }
    if (v == 0) {
        return in->b;
    }
    if ((v & (v + 1)) == 0) { /* a low mask */
        unsigned bits = (unsigned)__builtin_popcountll(v);
        if (known_bits(b, in->a) <= bits) {
            return in->a;
        }
        if (bits == 8 || bits == 16 || bits == 32) {
            return emit(b, IR_ZEXT, in->type, (u16)bits, in->a, 0);
        }
    }
    const struct ir_ins *d = def(b, in->a);
    if (d->op == IR_AND && konst(b, d->b, &w)) {
        return emit(b, IR_AND, in->type, 0, d->a, k(b, in->type, v & w));
    }
    return 0;
}

static ir_ref fold_or(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    if (in->a == in->b) {
        return in->a;
    }
    if (konst(b, in->b, &v)) {
        return v == 0 ? in->a : v == MASK64(width(in->type)) ? in->b : 0;
    }
    return 0;
}

/* The inverse of condition R when it costs nothing, else 0. */
static ir_ref invert(struct ir_builder *b, ir_ref r)
{
    const struct ir_ins *d = def(b, r);
    switch (d->op) {
    case IR_CMP:
    case IR_CMN:
    case IR_TST:
    case IR_PCOND: /* not FCMP: comparing again, later, would raise its FP status again */
        return emit(b, (enum ir_op)d->op, d->type, d->aux ^ 1, d->a, d->b);
    case IR_XOR:
        return is_k(b, d->b, 1) ? d->a : 0;
    default:
        return 0;
    }
}

static ir_ref fold_xor(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    if (in->a == in->b) {
        return k(b, in->type, 0);
    }
    if (!konst(b, in->b, &v)) {
        return 0;
    }
    if (v == 0) {
        return in->a;
    }
    if (in->type == IR_I1) {
        return invert(b, in->a);
    }
    const struct ir_ins *d = def(b, in->a);
    if (v == 1 && d->op == IR_B2I) {
        ir_ref not = emit(b, IR_XOR, IR_I1, 0, d->a, ir_k1(b, true));
        return emit(b, IR_B2I, in->type, 0, not, 0);
    }
    return v == MASK64(width(in->type)) ? emit(b, IR_NOT, in->type, 0, in->a, 0) : 0;
}

static ir_ref fold_andn(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    if (in->a == in->b) {
        return k(b, in->type, 0);
    }
    if (konst(b, in->b, &v)) {
        return emit(b, IR_AND, in->type, 0, in->a, k(b, in->type, ~v));
    }
    return is_k(b, in->a, 0) ? in->a : 0;
}

static ir_ref fold_inverse(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    return d->op == in->op && d->type == in->type ? d->a : 0;
}

/* A right shift by N of X << W: extracts bits; guests without zero- and sign-extending instructions extend
 * words so, and scale the result when N < W. */
static ir_ref fold_shift_pair(struct ir_builder *b, const struct ir_ins *in, ir_ref x, unsigned w, unsigned n)
{
    unsigned len = width(in->type) - w;
    bool sign = in->op == IR_SAR;
    if (n >= w) {
        return emit(b, sign ? IR_SBFX : IR_UBFX, in->type, (u16)((n - w) | (len - (n - w)) << 6), x, 0);
    }
    if (len != 8 && len != 16 && len != 32) {
        return 0;
    }
    ir_ref low = emit(b, sign ? IR_SEXT : IR_ZEXT, in->type, (u16)len, x, 0);
    return emit(b, IR_SHL, in->type, 0, low, k(b, in->type, w - n));
}

static ir_ref fold_shift(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v, w;
    if (!konst(b, in->b, &v)) {
        return is_k(b, in->a, 0) ? in->a : 0;
    }
    unsigned full = width(in->type), n = v & (full - 1);
    if (n == 0) {
        return in->a;
    }
    const struct ir_ins *d = def(b, in->a);
    if (d->op == in->op && d->op != IR_ROR && d->op != IR_SAR && konst(b, d->b, &w)) {
        w = (w & (full - 1)) + n;
        return w >= full ? k(b, in->type, 0)
                         : emit(b, in->op, in->type, 0, d->a, k(b, in->type, w));
    }
    if (d->op == IR_SHL && d->type == in->type && (in->op == IR_SHR || in->op == IR_SAR) && konst(b, d->b, &w) &&
        (w & (full - 1))) {
        return fold_shift_pair(b, in, d->a, w & (full - 1), n);
    }
    return v != n ? emit(b, in->op, in->type, 0, in->a, k(b, in->type, n)) : 0;
}

static ir_ref fold_zext(struct ir_builder *b, const struct ir_ins *in)
{
    unsigned known = known_bits(b, in->a);
    bool same = ir_type_of(b->fn, in->a) == in->type;
    if (same && (known <= in->aux || in->aux >= width(in->type))) {
        return in->a;
    }
    const struct ir_ins *d = def(b, in->a);
    if (d->op == IR_ZEXT) {
        return emit(b, IR_ZEXT, in->type, MIN(in->aux, d->aux), d->a, 0);
    }
    if (d->op == IR_TRUNC) { /* the source may be of either width */
        return emit(b, IR_ZEXT, in->type, in->aux, d->a, 0);
    }
    if ((d->op == IR_SEXT && d->aux >= in->aux) ||
        (d->op == IR_AND && d->type == in->type && is_k(b, d->b, MASK64(in->aux)))) {
        return emit(b, IR_ZEXT, in->type, in->aux, d->a, 0);
    }
    return 0;
}

static ir_ref fold_sext(struct ir_builder *b, const struct ir_ins *in)
{
    bool same = ir_type_of(b->fn, in->a) == in->type;
    if (same && in->aux >= width(in->type)) {
        return in->a;
    }
    if (known_bits(b, in->a) < in->aux) {
        return same ? in->a : emit(b, IR_ZEXT, in->type, in->aux, in->a, 0);
    }
    const struct ir_ins *d = def(b, in->a);
    if (d->op == IR_SEXT) {
        return emit(b, IR_SEXT, in->type, MIN(in->aux, d->aux), d->a, 0);
    }
    if (d->op == IR_TRUNC || (d->op == IR_ZEXT && d->aux >= in->aux)) {
        return emit(b, IR_SEXT, in->type, in->aux, d->a, 0);
    }
    if (same && d->op == IR_LD && (d->aux & IR_MEM_SIGN) && (8u << IR_MEM_SIZE(d->aux)) <= in->aux) {
        return in->a;
    }
    return 0;
}

static ir_ref fold_trunc(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    if (d->op != IR_ZEXT && d->op != IR_SEXT) {
        return 0;
    }
    if (d->aux == 32 && ir_type_of(b->fn, d->a) == IR_I32) {
        return d->a;
    }
    if (d->aux == 32) {
        return emit(b, IR_TRUNC, in->type, 0, d->a, 0);
    }
    return emit(b, (enum ir_op)d->op, IR_I32, d->aux, d->a, 0);
}

static ir_ref fold_bitfield(struct ir_builder *b, const struct ir_ins *in)
{
    unsigned lsb = in->aux & 63, len = in->aux >> 6;
    bool sign = in->op == IR_SBFX;
    if (len == width(in->type)) {
        return in->a;
    }
    if (lsb == 0 && (len == 8 || len == 16 || len == 32)) {
        return emit(b, sign ? IR_SEXT : IR_ZEXT, in->type, (u16)len, in->a, 0);
    }
    if (lsb + len == width(in->type)) {
        return emit(b, sign ? IR_SAR : IR_SHR, in->type, 0, in->a, k(b, in->type, lsb));
    }
    if (!sign && lsb == 0) {
        return emit(b, IR_AND, in->type, 0, in->a, k(b, in->type, MASK64(len)));
    }
    return 0;
}

static ir_ref fold_select(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v, w;
    if (konst(b, in->c, &v)) {
        return v ? in->a : in->b;
    }
    if (in->a == in->b) {
        return in->a;
    }
    if ((in->type == IR_I32 || in->type == IR_I64) && konst(b, in->a, &v) && konst(b, in->b, &w)) {
        u64 ones = MASK64(width(in->type));
        ir_ref cond = in->c;
        if (v == 0 && (w == 1 || w == ones)) {
            cond = emit(b, IR_XOR, IR_I1, 0, cond, ir_k1(b, true));
            v = w;
            w = 0;
        }
        if (w == 0 && (v == 1 || v == ones)) {
            ir_ref bit = emit(b, IR_B2I, in->type, 0, cond, 0);
            return v == 1 ? bit : emit(b, IR_NEG, in->type, 0, bit, 0);
        }
    }
    const struct ir_ins *d = def(b, in->c);
    if (d->op == IR_XOR && is_k(b, d->b, 1)) {
        return ir_emit(b, IR_SELECT, (enum ir_type)in->type, 0, in->b, in->a, d->a);
    }
    return 0;
}

/* The condition of b - a that says what CC says of a - b, or -1. */
static int swap_cc(unsigned cc)
{
    switch (cc) {
    case IR_CC_EQ:
    case IR_CC_NE:
        return (int)cc;
    case IR_CC_ULT:
        return IR_CC_UGT;
    case IR_CC_UGT:
        return IR_CC_ULT;
    case IR_CC_UGE:
        return IR_CC_ULE;
    case IR_CC_ULE:
        return IR_CC_UGE;
    case IR_CC_SLT:
        return IR_CC_SGT;
    case IR_CC_SGT:
        return IR_CC_SLT;
    case IR_CC_SGE:
        return IR_CC_SLE;
    case IR_CC_SLE:
        return IR_CC_SGE;
    default:
        return -1;
    }
}

/* CMP against zero. */
static ir_ref fold_cmp0(struct ir_builder *b, const struct ir_ins *in)
{
    switch (in->aux) {
    case IR_CC_ULT:
    case IR_CC_VS:
        return ir_k1(b, false);
    case IR_CC_UGE:
    case IR_CC_VC:
        return ir_k1(b, true);
    case IR_CC_ULE:
    case IR_CC_UGT:
        return emit(b, IR_CMP, in->type, in->aux == IR_CC_ULE ? IR_CC_EQ : IR_CC_NE, in->a, in->b);
    case IR_CC_MI:
    case IR_CC_PL:
        return emit(b, IR_CMP, in->type, in->aux == IR_CC_MI ? IR_CC_SLT : IR_CC_SGE, in->a, in->b);
    default:
        break;
    }
    const struct ir_ins *d = def(b, in->a);
    bool eq = in->aux <= IR_CC_NE;
    if (d->op == IR_AND && d->type == in->type &&
        (eq || in->aux == IR_CC_SLT || in->aux == IR_CC_SGE)) {
        u16 cc = eq ? in->aux : in->aux == IR_CC_SLT ? IR_CC_MI : IR_CC_PL;
        return emit(b, IR_TST, in->type, cc, d->a, d->b);
    }
    if (eq && d->op == IR_B2I) {
        return in->aux == IR_CC_NE ? d->a : emit(b, IR_XOR, IR_I1, 0, d->a, ir_k1(b, true));
    }
    if (eq && d->op == IR_ZEXT && d->aux == 32 && ir_type_of(b->fn, d->a) == IR_I32) {
        return emit(b, IR_CMP, IR_I32, in->aux, d->a, ir_k32(b, 0));
    }
    return 0;
}

static ir_ref fold_cmp(struct ir_builder *b, const struct ir_ins *in)
{
    if (in->a == in->b) {
        static const u16 true_if_equal = BIT(IR_CC_EQ) | BIT(IR_CC_UGE) | BIT(IR_CC_ULE) |
                                         BIT(IR_CC_SGE) | BIT(IR_CC_SLE) | BIT(IR_CC_PL) |
                                         BIT(IR_CC_VC);
        return ir_k1(b, true_if_equal >> in->aux & 1);
    }
    if (IR_IS_K(in->a) && !IR_IS_K(in->b)) {
        int cc = swap_cc(in->aux);
        if (cc >= 0) {
            return emit(b, IR_CMP, in->type, (u16)cc, in->b, in->a);
        }
    }
    return is_k(b, in->b, 0) ? fold_cmp0(b, in) : 0;
}

static ir_ref fold_cmn(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    /* a + k carries as a - (-k) does not borrow, unless k is 0; it overflows alike unless k is MIN.
     */
    if (konst(b, in->b, &v) && v != 0 && v != 1ull << (width(in->type) - 1)) {
        return emit(b, IR_CMP, in->type, in->aux, in->a, k(b, in->type, 0 - v));
    }
    return 0;
}

static ir_ref fold_tst(struct ir_builder *b, const struct ir_ins *in)
{
    if (in->a == in->b || is_k(b, in->b, MASK64(width(in->type)))) {
        u16 cc = in->aux <= IR_CC_NE ? in->aux : in->aux == IR_CC_MI ? IR_CC_SLT : IR_CC_SGE;
        return emit(b, IR_CMP, in->type, cc, in->a, k(b, in->type, 0));
    }
    if (is_k(b, in->b, 0)) {
        return ir_k1(b, in->aux == IR_CC_EQ || in->aux == IR_CC_PL);
    }
    return 0;
}

/* A condition of flags that FLAGS names: compare the operands instead. */
static ir_ref fold_pcond(struct ir_builder *b, const struct ir_ins *in)
{
    static const u8 cc_of[14] = {IR_CC_EQ,  IR_CC_NE,  IR_CC_UGE, IR_CC_ULT, IR_CC_MI,
                                 IR_CC_PL,  IR_CC_VS,  IR_CC_VC,  IR_CC_UGT, IR_CC_ULE,
                                 IR_CC_SGE, IR_CC_SLT, IR_CC_SGT, IR_CC_SLE};
    const struct ir_ins *d = def(b, in->a);
    if (d->op != IR_NZCV) {
        return 0;
    }
    d = def(b, d->a);
    unsigned cond = in->aux, cc = cc_of[cond];
    if (d->op != IR_FLAGS || d->aux == IR_FL_VALUE) {
        return 0;
    }
    if (d->aux == IR_FL_SUB) {
        return emit(b, IR_CMP, d->type, (u16)cc, d->a, d->b);
    }
    if (d->aux == IR_FL_ADD) {
        return cond <= IR_PC_VC ? emit(b, IR_CMN, d->type, (u16)cc, d->a, d->b) : 0;
    }
    /* LOGIC: C and V are clear */
    ir_ref zero = k(b, d->type, 0);
    switch (cond) {
    case IR_PC_CS:
    case IR_PC_HI:
    case IR_PC_VS:
        return ir_k1(b, false);
    case IR_PC_CC:
    case IR_PC_LS:
    case IR_PC_VC:
        return ir_k1(b, true);
    default:
        return emit(b, IR_CMP, d->type, (u16)cc, d->a, zero);
    }
}

static ir_ref fold_nzcv(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    return d->op == IR_FLAGS && d->aux == IR_FL_VALUE ? d->a : 0;
}

static ir_ref fold_adc(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    if (konst(b, in->c, &v)) {
        ir_ref sum = emit(b, IR_ADD, in->type, 0, in->a, in->b);
        return v ? emit(b, IR_ADD, in->type, 0, sum, k(b, in->type, 1)) : sum;
    }
    return 0;
}

static ir_ref fold_by_op(struct ir_builder *b, const struct ir_ins *in)
{
    switch (in->op) {
    case IR_ADD:
        return fold_add(b, in);
    case IR_SUB:
        return fold_sub(b, in);
    case IR_MUL:
        return fold_mul(b, in);
    case IR_AND:
        return fold_and(b, in);
    case IR_OR:
        return fold_or(b, in);
    case IR_XOR:
        return fold_xor(b, in);
    case IR_ANDN:
        return fold_andn(b, in);
    case IR_NOT:
    case IR_NEG:
    case IR_BSWAP:
    case IR_RBIT:
    case IR_REV16:
        return fold_inverse(b, in);
    case IR_SHL:
    case IR_SHR:
    case IR_SAR:
    case IR_ROR:
        return fold_shift(b, in);
    case IR_ADC:
        return fold_adc(b, in);
    case IR_ZEXT:
        return fold_zext(b, in);
    case IR_SEXT:
        return fold_sext(b, in);
    case IR_TRUNC:
        return fold_trunc(b, in);
    case IR_UBFX:
    case IR_SBFX:
        return fold_bitfield(b, in);
    case IR_SELECT:
        return fold_select(b, in);
    case IR_CMP:
        return fold_cmp(b, in);
    case IR_CMN:
        return fold_cmn(b, in);
    case IR_TST:
        return fold_tst(b, in);
    case IR_PCOND:
        return fold_pcond(b, in);
    case IR_NZCV:
        return fold_nzcv(b, in);
    default:
        return ir_fold_move(b, in);
    }
}

/* Integer and condition ops, whose operands are all integers or conditions. */
static inline bool is_int_op(unsigned op)
{
    return op >= IR_PCOND && op <= IR_CRC32 && op != IR_INSN && op != IR_BLOCK;
}

/* Integer op IN whose first operand is a constant. */
static ir_ref fold_first_const(struct ir_builder *b, const struct ir_ins *in)
{
    u64 v;
    bool b_const = konst(b, in->b, &v);
    if (in->op != IR_SELECT && (!in->b || IR_IS_K(in->b)) && (!in->c || IR_IS_K(in->c))) {
        ir_ref r = fold_const(b, in, in->c ? 3 : in->b ? 2 : 1);
        if (r) {
            return r;
        }
    }
    if ((ir_op_flags[in->op] & IR_F_C) && !b_const && (!IR_IS_K(in->b) || konst(b, in->a, &v))) {
        /* constants to the right, plain ones last */
        return ir_emit(b, in->op, in->type, in->aux, in->b, in->a, in->c);
    }
    return 0;
}

ir_ref ir_fold(struct ir_builder *b, struct ir_words w)
{
    struct ir_ins in;
    ir_ref r = 0;
    __builtin_memcpy(&in, &w, sizeof(w));
    if (unlikely(IR_IS_K(in.a)) && is_int_op(in.op)) {
        r = fold_first_const(b, &in);
    }
    if (!r) {
        r = fold_by_op(b, &in);
    }
    return r ? r : ir_share(b, w);
}
