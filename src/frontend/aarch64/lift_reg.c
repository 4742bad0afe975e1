/* A64 data processing, register (Arm ARM C4.1, C6.2). */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/priv.h"

/* Two sources, one op. */
static bool rrr(struct a64_lift *l, const struct a64_args_rrr *a, enum ir_op op)
{
    unsigned sf = (unsigned)a->sf;
    ir_ref n = a64_read(l, sf, (unsigned)a->rn), m = a64_read(l, sf, (unsigned)a->rm);
    a64_write(l, sf, (unsigned)a->rd, ir_op2(l->b, op, A64_TYPE(sf), 0, n, m));
    return true;
}

#define RRR(name, op)                                                                              \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_rrr *a)                         \
    {                                                                                              \
        return rrr(l, a, op);                                                                      \
    }
RRR(UDIV, IR_UDIV)
RRR(SDIV, IR_SDIV)
RRR(LSLV, IR_SHL)
RRR(LSRV, IR_SHR)
RRR(ASRV, IR_SAR)
RRR(RORV, IR_ROR)
RRR(SMULH, IR_MULHS)
RRR(UMULH, IR_MULHU)

static bool crc32(struct a64_lift *l, const struct a64_args_crc *a, unsigned castagnoli)
{
    unsigned sz = (unsigned)a->sz;
    ir_ref acc = a64_read_w(l, (unsigned)a->rn), v = a64_read(l, sz == 3, (unsigned)a->rm);
    ir_ref r = ir_op2(l->b, IR_CRC32, A64_TYPE(sz == 3), (u16)(sz | castagnoli << 2), acc, v);
    a64_write_w(l, (unsigned)a->rd, r);
    return true;
}

bool a64_lift_CRC32(struct a64_lift *l, const struct a64_args_crc *a)
{
    return crc32(l, a, 0);
}

bool a64_lift_CRC32C(struct a64_lift *l, const struct a64_args_crc *a)
{
    return crc32(l, a, 1);
}

/* One source, one op. */
static bool rr(struct a64_lift *l, const struct a64_args_rr *a, enum ir_op op)
{
    unsigned sf = (unsigned)a->sf;
    ir_ref n = a64_read(l, sf, (unsigned)a->rn);
    a64_write(l, sf, (unsigned)a->rd, ir_op1(l->b, op, A64_TYPE(sf), 0, n));
    return true;
}

#define RR(name, op)                                                                               \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_rr *a)                          \
    {                                                                                              \
        return rr(l, a, op);                                                                       \
    }
RR(RBIT, IR_RBIT)
RR(REV16, IR_REV16)
RR(REV, IR_BSWAP)
RR(CLZ, IR_CLZ)

bool a64_lift_REV32(struct a64_lift *l, const struct a64_args_rr *a)
{
    ir_ref v = ir_op1(l->b, IR_BSWAP, IR_I64, 0, a64_read_x(l, (unsigned)a->rn));
    a64_write_x(l, (unsigned)a->rd, a64_shift(l, IR_I64, v, 3, 32));
    return true;
}

bool a64_lift_CLS(struct a64_lift *l, const struct a64_args_rr *a)
{
    unsigned sf = (unsigned)a->sf;
    enum ir_type type = A64_TYPE(sf);
    ir_ref n = a64_read(l, sf, (unsigned)a->rn);
    ir_ref v = ir_op2(l->b, IR_XOR, type, 0, n, a64_shift(l, type, n, 2, sf ? 63 : 31));
    v = ir_op2(l->b, IR_SUB, type, 0, ir_op1(l->b, IR_CLZ, type, 0, v), ir_k(l->b, type, 1));
    a64_write(l, sf, (unsigned)a->rd, v);
    return true;
}

/* Logical, shifted register. */
static ir_ref sreg_m(struct a64_lift *l, const struct a64_args_sreg *a)
{
    return a64_shift(l, A64_TYPE(a->sf), a64_read(l, (unsigned)a->sf, (unsigned)a->rm),
                     (unsigned)a->shift, (unsigned)a->imm);
}

static ir_ref and_(struct a64_lift *l, enum ir_type type, ir_ref n, ir_ref m)
{
    return ir_op2(l->b, IR_AND, type, 0, n, m);
}

static ir_ref bic(struct a64_lift *l, enum ir_type type, ir_ref n, ir_ref m)
{
    return ir_op2(l->b, IR_ANDN, type, 0, n, m);
}

static ir_ref orr(struct a64_lift *l, enum ir_type type, ir_ref n, ir_ref m)
{
    return ir_op2(l->b, IR_OR, type, 0, n, m);
}

static ir_ref orn(struct a64_lift *l, enum ir_type type, ir_ref n, ir_ref m)
{
    return ir_op2(l->b, IR_OR, type, 0, n, ir_op1(l->b, IR_NOT, type, 0, m));
}

static ir_ref eor(struct a64_lift *l, enum ir_type type, ir_ref n, ir_ref m)
{
    return ir_op2(l->b, IR_XOR, type, 0, n, m);
}

static ir_ref eon(struct a64_lift *l, enum ir_type type, ir_ref n, ir_ref m)
{
    return ir_op1(l->b, IR_NOT, type, 0, ir_op2(l->b, IR_XOR, type, 0, n, m));
}

#define LOGIC(name, fn)                                                                            \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_sreg *a)                        \
    {                                                                                              \
        unsigned sf = (unsigned)a->sf;                                                             \
        ir_ref n = a64_read(l, sf, (unsigned)a->rn), m = sreg_m(l, a);                             \
        a64_write(l, sf, (unsigned)a->rd, fn(l, A64_TYPE(sf), n, m));                              \
        return true;                                                                               \
    }
LOGIC(AND_sreg, and_)
LOGIC(BIC_sreg, bic)
LOGIC(ORR_sreg, orr)
LOGIC(ORN_sreg, orn)
LOGIC(EOR_sreg, eor)
LOGIC(EON_sreg, eon)

bool a64_lift_ANDS_sreg(struct a64_lift *l, const struct a64_args_sreg *a)
{
    unsigned sf = (unsigned)a->sf;
    ir_ref n = a64_read(l, sf, (unsigned)a->rn), m = sreg_m(l, a);
    ir_ref res = and_(l, A64_TYPE(sf), n, m);
    bool kept = a->rd != 31;
    a64_flags_logic(l, A64_TYPE(sf), res, kept ? 0 : n, kept ? 0 : m);
    a64_write(l, sf, (unsigned)a->rd, res);
    return true;
}

bool a64_lift_BICS_sreg(struct a64_lift *l, const struct a64_args_sreg *a)
{
    unsigned sf = (unsigned)a->sf;
    ir_ref n = a64_read(l, sf, (unsigned)a->rn), m = sreg_m(l, a);
    ir_ref res = bic(l, A64_TYPE(sf), n, m);
    a64_flags_logic(l, A64_TYPE(sf), res, 0, 0);
    a64_write(l, sf, (unsigned)a->rd, res);
    return true;
}

/* Add and subtract; N and M are read. */
static ir_ref add_sub(struct a64_lift *l, unsigned sf, unsigned rd, enum ir_op op, bool flags,
                      ir_ref n, ir_ref m)
{
    enum ir_type type = A64_TYPE(sf);
    if (!flags) {
        return ir_op2(l->b, op, type, 0, n, m);
    }
    ir_ref res = rd != 31 ? ir_op2(l->b, op, type, 0, n, m) : 0;
    (op == IR_ADD ? a64_flags_add : a64_flags_sub)(l, type, n, m, res);
    return res;
}

#define ADDSUB_SREG(name, op, flags)                                                               \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_sreg *a)                        \
    {                                                                                              \
        unsigned sf = (unsigned)a->sf, rd = (unsigned)a->rd;                                       \
        ir_ref n = a64_read(l, sf, (unsigned)a->rn), m = sreg_m(l, a);                             \
        a64_write(l, sf, rd, add_sub(l, sf, rd, op, flags, n, m));                                 \
        return true;                                                                               \
    }
ADDSUB_SREG(ADD_sreg, IR_ADD, false)
ADDSUB_SREG(ADDS_sreg, IR_ADD, true)
ADDSUB_SREG(SUB_sreg, IR_SUB, false)
ADDSUB_SREG(SUBS_sreg, IR_SUB, true)

#define ADDSUB_EREG(name, op, flags)                                                               \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_ereg *a)                        \
    {                                                                                              \
        unsigned sf = (unsigned)a->sf, rd = (unsigned)a->rd;                                       \
        ir_ref n = a64_read_sp(l, sf, (unsigned)a->rn);                                            \
        ir_ref m =                                                                                 \
            a64_extend(l, A64_TYPE(sf), (unsigned)a->rm, (unsigned)a->option, (unsigned)a->imm);   \
        (flags ? a64_write : a64_write_sp)(l, sf, rd, add_sub(l, sf, rd, op, flags, n, m));        \
        return true;                                                                               \
    }
ADDSUB_EREG(ADD_ereg, IR_ADD, false)
ADDSUB_EREG(ADDS_ereg, IR_ADD, true)
ADDSUB_EREG(SUB_ereg, IR_SUB, false)
ADDSUB_EREG(SUBS_ereg, IR_SUB, true)

/* n + m + C, or with INVERT n + ~m + C. */
static bool with_carry(struct a64_lift *l, const struct a64_args_rrr *a, bool invert, bool flags)
{
    unsigned sf = (unsigned)a->sf;
    enum ir_type type = A64_TYPE(sf);
    ir_ref n = a64_read(l, sf, (unsigned)a->rn), m = a64_read(l, sf, (unsigned)a->rm);
    ir_ref c = a64_cond(l, 2), res;
    if (invert) {
        m = ir_op1(l->b, IR_NOT, type, 0, m);
    }
    if (!invert && !flags && a->rn == 31 && a->rm == 31) {
        res = ir_op1(l->b, IR_B2I, type, 0, c);
    } else {
        res = ir_op3(l->b, IR_ADC, type, 0, n, m, c);
    }
    if (flags) {
        a64_flags_packed(l, ir_op3(l->b, IR_ADCNZCV, type, 0, n, m, c));
    }
    a64_write(l, sf, (unsigned)a->rd, res);
    return true;
}

bool a64_lift_ADC(struct a64_lift *l, const struct a64_args_rrr *a)
{
    return with_carry(l, a, false, false);
}

bool a64_lift_ADCS(struct a64_lift *l, const struct a64_args_rrr *a)
{
    return with_carry(l, a, false, true);
}

bool a64_lift_SBC(struct a64_lift *l, const struct a64_args_rrr *a)
{
    return with_carry(l, a, true, false);
}

bool a64_lift_SBCS(struct a64_lift *l, const struct a64_args_rrr *a)
{
    return with_carry(l, a, true, true);
}

/* Bits 3..0 of V (N Z C V) in packed form. */
static ir_ref pack(struct a64_lift *l, ir_ref v)
{
    struct ir_builder *b = l->b;
    ir_ref nz = and_(l, IR_I32, a64_shift(l, IR_I32, v, 0, 12), ir_k32(b, 0xc000));
    ir_ref c = and_(l, IR_I32, a64_shift(l, IR_I32, v, 0, 7), ir_k32(b, 0x100));
    ir_ref o = and_(l, IR_I32, v, ir_k32(b, 1));
    return orr(l, IR_I32, orr(l, IR_I32, nz, c), o);
}

bool a64_lift_RMIF(struct a64_lift *l, const struct a64_args_rmif *a)
{
    struct ir_builder *b = l->b;
    ir_ref v = a64_shift(l, IR_I64, a64_read_x(l, (unsigned)a->rn), 3, (unsigned)a->imm);
    u32 mask = a64_pack_nzcv((unsigned)a->mask);
    ir_ref old = and_(l, IR_I32, a64_packed(l), ir_k32(b, ~mask));
    v = pack(l, ir_op1(b, IR_TRUNC, IR_I32, 0, v));
    a64_flags_packed(l, orr(l, IR_I32, old, and_(l, IR_I32, v, ir_k32(b, mask))));
    return true;
}

/* N and Z of the low BITS, V = bit BITS differs from the sign, C stays. */
static bool setf(struct a64_lift *l, const struct a64_args_setf *a, unsigned bits)
{
    struct ir_builder *b = l->b;
    ir_ref w = a64_read_w(l, (unsigned)a->rn);
    ir_ref n = and_(l, IR_I32, a64_shift(l, IR_I32, w, 0, 16 - bits), ir_k32(b, IR_NZCV_N));
    ir_ref low = ir_op1(b, IR_ZEXT, IR_I32, (u16)bits, w);
    ir_ref z = ir_op2(b, IR_CMP, IR_I32, IR_CC_EQ, low, ir_k32(b, 0));
    z = ir_op3(b, IR_SELECT, IR_I32, 0, ir_k32(b, IR_NZCV_Z), ir_k32(b, 0), z);
    ir_ref v =
        eor(l, IR_I32, a64_shift(l, IR_I32, w, 1, bits), a64_shift(l, IR_I32, w, 1, bits - 1));
    v = and_(l, IR_I32, v, ir_k32(b, 1));
    ir_ref c = and_(l, IR_I32, a64_packed(l), ir_k32(b, IR_NZCV_C));
    a64_flags_packed(l, orr(l, IR_I32, orr(l, IR_I32, n, z), orr(l, IR_I32, v, c)));
    return true;
}

bool a64_lift_SETF8(struct a64_lift *l, const struct a64_args_setf *a)
{
    return setf(l, a, 8);
}

bool a64_lift_SETF16(struct a64_lift *l, const struct a64_args_setf *a)
{
    return setf(l, a, 16);
}

static bool cond_compare(struct a64_lift *l, unsigned sf, unsigned rn, ir_ref m, int cond, int nzcv,
                         bool negate)
{
    ir_ref n = a64_read(l, sf, rn), c = a64_cond(l, (unsigned)cond);
    (negate ? a64_flags_add : a64_flags_sub)(l, A64_TYPE(sf), n, m, 0);
    if (cond < 14) {
        a64_flags_only_if(l, c, (unsigned)nzcv);
    }
    return true;
}

#define CCMP(name, negate)                                                                         \
    bool a64_lift_##name##_reg(struct a64_lift *l, const struct a64_args_ccmp_r *a)                \
    {                                                                                              \
        ir_ref m = a64_read(l, (unsigned)a->sf, (unsigned)a->rm);                                  \
        return cond_compare(l, (unsigned)a->sf, (unsigned)a->rn, m, a->cond, a->nzcv, negate);     \
    }                                                                                              \
    bool a64_lift_##name##_imm(struct a64_lift *l, const struct a64_args_ccmp_i *a)                \
    {                                                                                              \
        ir_ref m = ir_k(l->b, A64_TYPE(a->sf), (u64)a->imm);                                       \
        return cond_compare(l, (unsigned)a->sf, (unsigned)a->rn, m, a->cond, a->nzcv, negate);     \
    }
CCMP(CCMN, true)
CCMP(CCMP, false)

/* COND ? n : alt(m); with zero registers a 0/1 or 0/-1 of the inverse. */
static bool cond_select(struct a64_lift *l, const struct a64_args_csel *a, enum ir_op alt)
{
    unsigned sf = (unsigned)a->sf, rd = (unsigned)a->rd, cond = (unsigned)a->cond;
    enum ir_type type = A64_TYPE(sf);
    if (cond < 14 && a->rn == 31 && a->rm == 31 && (alt == IR_ADD || alt == IR_NOT)) {
        ir_ref v = ir_op1(l->b, IR_B2I, type, 0, a64_cond(l, cond ^ 1));
        a64_write(l, sf, rd, alt == IR_ADD ? v : ir_op1(l->b, IR_NEG, type, 0, v));
        return true;
    }
    ir_ref c = a64_cond(l, cond);
    ir_ref n = a64_read(l, sf, (unsigned)a->rn), m = a64_read(l, sf, (unsigned)a->rm);
    if (alt == IR_ADD) {
        m = ir_op2(l->b, IR_ADD, type, 0, m, ir_k(l->b, type, 1));
    } else if (alt != IR_NOP) {
        m = ir_op1(l->b, alt, type, 0, m);
    }
    a64_write(l, sf, rd, ir_op3(l->b, IR_SELECT, type, 0, n, m, c));
    return true;
}

bool a64_lift_CSEL(struct a64_lift *l, const struct a64_args_csel *a)
{
    return cond_select(l, a, IR_NOP);
}

bool a64_lift_CSINC(struct a64_lift *l, const struct a64_args_csel *a)
{
    return cond_select(l, a, IR_ADD);
}

bool a64_lift_CSINV(struct a64_lift *l, const struct a64_args_csel *a)
{
    return cond_select(l, a, IR_NOT);
}

bool a64_lift_CSNEG(struct a64_lift *l, const struct a64_args_csel *a)
{
    return cond_select(l, a, IR_NEG);
}

/* ra +- N * M of TYPE. */
static bool mul_add(struct a64_lift *l, const struct a64_args_rrrr *a, enum ir_op op, ir_ref n,
                    ir_ref m)
{
    unsigned sf = (unsigned)a->sf;
    enum ir_type type = A64_TYPE(sf);
    ir_ref acc = a64_read(l, sf, (unsigned)a->ra), v = ir_op2(l->b, IR_MUL, type, 0, n, m);
    if (a->ra != 31) {
        v = ir_op2(l->b, op, type, 0, acc, v);
    } else if (op == IR_SUB) {
        v = ir_op1(l->b, IR_NEG, type, 0, v);
    }
    a64_write(l, sf, (unsigned)a->rd, v);
    return true;
}

static bool mul_plain(struct a64_lift *l, const struct a64_args_rrrr *a, enum ir_op op)
{
    ir_ref n = a64_read(l, (unsigned)a->sf, (unsigned)a->rn);
    return mul_add(l, a, op, n, a64_read(l, (unsigned)a->sf, (unsigned)a->rm));
}

static bool mul_long(struct a64_lift *l, const struct a64_args_rrrr *a, enum ir_op op,
                     enum ir_op extend)
{
    ir_ref n = ir_op1(l->b, extend, IR_I64, 32, a64_read_w(l, (unsigned)a->rn));
    ir_ref m = ir_op1(l->b, extend, IR_I64, 32, a64_read_w(l, (unsigned)a->rm));
    return mul_add(l, a, op, n, m);
}

#define MUL(name, call)                                                                            \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_rrrr *a)                        \
    {                                                                                              \
        return call;                                                                               \
    }
MUL(MADD, mul_plain(l, a, IR_ADD))
MUL(MSUB, mul_plain(l, a, IR_SUB))
MUL(SMADDL, mul_long(l, a, IR_ADD, IR_SEXT))
MUL(SMSUBL, mul_long(l, a, IR_SUB, IR_SEXT))
MUL(UMADDL, mul_long(l, a, IR_ADD, IR_ZEXT))
MUL(UMSUBL, mul_long(l, a, IR_SUB, IR_ZEXT))
