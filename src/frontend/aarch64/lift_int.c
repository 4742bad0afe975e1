/* A64 data processing, immediate (Arm ARM C4.1, C6.2). */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/priv.h"

bool a64_lift_ADR(struct a64_lift *l, const struct a64_args_adr *a)
{
    a64_write_x(l, (unsigned)a->rd, ir_kpc(l->b, l->f.pc + (u64)a->imm));
    return true;
}

bool a64_lift_ADRP(struct a64_lift *l, const struct a64_args_adr *a)
{
    gaddr page = ALIGN_DOWN(l->f.pc, 4096) + (u64)a->imm;
    /* relative to the unit, this is right only while the module moves by whole pages, which it does
     */
    a64_write_x(l, (unsigned)a->rd, ir_kpc(l->b, page));
    return true;
}

static bool add_sub_imm(struct a64_lift *l, const struct a64_args_addsub_i *a, enum ir_op op,
                        bool flags)
{
    enum ir_type type = A64_TYPE(a->sf);
    unsigned rd = (unsigned)a->rd;
    ir_ref n = a64_read_sp(l, (unsigned)a->sf, (unsigned)a->rn);
    ir_ref k = ir_k(l->b, type, (u64)a->imm);
    bool keep = !flags || rd != 31;
    ir_ref res = keep ? ir_op2(l->b, op, type, 0, n, k) : 0;
    if (flags) {
        (op == IR_ADD ? a64_flags_add : a64_flags_sub)(l, type, n, k, res);
        a64_write(l, (unsigned)a->sf, rd, res);
    } else {
        a64_write_sp(l, (unsigned)a->sf, rd, res);
    }
    return true;
}

bool a64_lift_ADD_imm(struct a64_lift *l, const struct a64_args_addsub_i *a)
{
    return add_sub_imm(l, a, IR_ADD, false);
}

bool a64_lift_ADDS_imm(struct a64_lift *l, const struct a64_args_addsub_i *a)
{
    return add_sub_imm(l, a, IR_ADD, true);
}

bool a64_lift_SUB_imm(struct a64_lift *l, const struct a64_args_addsub_i *a)
{
    return add_sub_imm(l, a, IR_SUB, false);
}

bool a64_lift_SUBS_imm(struct a64_lift *l, const struct a64_args_addsub_i *a)
{
    return add_sub_imm(l, a, IR_SUB, true);
}

static bool logic_imm(struct a64_lift *l, const struct a64_args_logic_i *a, enum ir_op op)
{
    enum ir_type type = A64_TYPE(a->sf);
    u64 v;
    if (!a64_bitmask((unsigned)a->sf, (unsigned)a->n, (unsigned)a->immr, (unsigned)a->imms, &v)) {
        return false;
    }
    ir_ref n = a64_read(l, (unsigned)a->sf, (unsigned)a->rn);
    a64_write_sp(l, (unsigned)a->sf, (unsigned)a->rd,
                 ir_op2(l->b, op, type, 0, n, ir_k(l->b, type, v)));
    return true;
}

bool a64_lift_AND_imm(struct a64_lift *l, const struct a64_args_logic_i *a)
{
    return logic_imm(l, a, IR_AND);
}

bool a64_lift_ORR_imm(struct a64_lift *l, const struct a64_args_logic_i *a)
{
    return logic_imm(l, a, IR_OR);
}

bool a64_lift_EOR_imm(struct a64_lift *l, const struct a64_args_logic_i *a)
{
    return logic_imm(l, a, IR_XOR);
}

bool a64_lift_ANDS_imm(struct a64_lift *l, const struct a64_args_logic_i *a)
{
    enum ir_type type = A64_TYPE(a->sf);
    unsigned sf = (unsigned)a->sf;
    u64 v;
    if (!a64_bitmask(sf, (unsigned)a->n, (unsigned)a->immr, (unsigned)a->imms, &v)) {
        return false;
    }
    ir_ref n = a64_read(l, sf, (unsigned)a->rn), k = ir_k(l->b, type, v);
    ir_ref res = ir_op2(l->b, IR_AND, type, 0, n, k);
    bool kept = a->rd != 31;
    a64_flags_logic(l, type, res, kept ? 0 : n, kept ? 0 : k);
    a64_write(l, sf, (unsigned)a->rd, res);
    return true;
}

bool a64_lift_MOVZ(struct a64_lift *l, const struct a64_args_movw *a)
{
    a64_write_x(l, (unsigned)a->rd, ir_k64(l->b, (u64)a->imm << (16 * a->hw)));
    return true;
}

bool a64_lift_MOVN(struct a64_lift *l, const struct a64_args_movw *a)
{
    u64 v = ~((u64)a->imm << (16 * a->hw));
    a64_write_x(l, (unsigned)a->rd, ir_k64(l->b, a->sf ? v : (u32)v));
    return true;
}

bool a64_lift_MOVK(struct a64_lift *l, const struct a64_args_movw *a)
{
    enum ir_type type = A64_TYPE(a->sf);
    ir_ref old = a64_read(l, (unsigned)a->sf, (unsigned)a->rd);
    ir_ref k = ir_k(l->b, type, (u64)a->imm);
    u16 aux = (u16)(16 * a->hw | 16 << 6);
    a64_write(l, (unsigned)a->sf, (unsigned)a->rd, ir_op2(l->b, IR_BFI, type, aux, old, k));
    return true;
}

/* Bits LSB .. LSB+WIDTH-1 of V, extended to TYPE by the plainest op there is. */
static ir_ref extract(struct a64_lift *l, enum ir_type type, ir_ref v, unsigned lsb, unsigned width,
                      bool sign)
{
    unsigned bits = type == IR_I64 ? 64 : 32;
    if (lsb + width == bits) {
        return a64_shift(l, type, v, sign ? 2 : 1, lsb);
    }
    if (lsb == 0 && (width == 8 || width == 16 || width == 32)) {
        return ir_op1(l->b, sign ? IR_SEXT : IR_ZEXT, type, (u16)width, v);
    }
    if (lsb == 0 && !sign) {
        return ir_op2(l->b, IR_AND, type, 0, v, ir_k(l->b, type, MASK64(width)));
    }
    return ir_op1(l->b, sign ? IR_SBFX : IR_UBFX, type, (u16)(lsb | width << 6), v);
}

static bool bitfield_move(struct a64_lift *l, const struct a64_args_bitfield *a, bool sign)
{
    enum ir_type type = A64_TYPE(a->sf);
    unsigned sf = (unsigned)a->sf, r = (unsigned)a->immr, s = (unsigned)a->imms;
    unsigned bits = sf ? 64 : 32;
    ir_ref v = a64_read(l, sf, (unsigned)a->rn);
    if (s >= r) {
        v = extract(l, type, v, r, s - r + 1, sign);
    } else {
        unsigned shift = bits - r;
        if (s + 1 + shift < bits) {
            v = extract(l, type, v, 0, s + 1, sign);
        }
        v = a64_shift(l, type, v, 0, shift);
    }
    a64_write(l, sf, (unsigned)a->rd, v);
    return true;
}

bool a64_lift_SBFM(struct a64_lift *l, const struct a64_args_bitfield *a)
{
    return bitfield_move(l, a, true);
}

bool a64_lift_UBFM(struct a64_lift *l, const struct a64_args_bitfield *a)
{
    return bitfield_move(l, a, false);
}

bool a64_lift_BFM(struct a64_lift *l, const struct a64_args_bitfield *a)
{
    enum ir_type type = A64_TYPE(a->sf);
    unsigned sf = (unsigned)a->sf, r = (unsigned)a->immr, s = (unsigned)a->imms;
    unsigned lsb = 0, width = s - r + 1, bits = sf ? 64 : 32;
    ir_ref v = a64_read(l, sf, (unsigned)a->rn), old = a64_read(l, sf, (unsigned)a->rd);
    if (s >= r) {
        v = a64_shift(l, type, v, 1, r);
    } else {
        lsb = bits - r;
        width = s + 1;
    }
    if (width < bits) {
        v = ir_op2(l->b, IR_BFI, type, (u16)(lsb | width << 6), old, v);
    }
    a64_write(l, sf, (unsigned)a->rd, v);
    return true;
}

bool a64_lift_EXTR(struct a64_lift *l, const struct a64_args_extr *a)
{
    enum ir_type type = A64_TYPE(a->sf);
    unsigned sf = (unsigned)a->sf;
    ir_ref n = a64_read(l, sf, (unsigned)a->rn), v = a64_read(l, sf, (unsigned)a->rm);
    if (a->rn == a->rm) {
        v = a64_shift(l, type, v, 3, (unsigned)a->imm);
    } else if (a->imm) {
        v = ir_op2(l->b, IR_EXTR, type, (u16)a->imm, n, v);
    }
    a64_write(l, sf, (unsigned)a->rd, v);
    return true;
}
