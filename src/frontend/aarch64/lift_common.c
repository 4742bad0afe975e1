/* Register access and operands shared by the A64 lifters. */
#include "frontend/aarch64/priv.h"

static ir_ref to_w(struct a64_lift *l, ir_ref x)
{
    return ir_op1(l->b, IR_TRUNC, IR_I32, 0, x);
}

static ir_ref from_w(struct a64_lift *l, ir_ref w)
{
    return ir_op1(l->b, IR_ZEXT, IR_I64, 32, w);
}

ir_ref a64_read_xsp(struct a64_lift *l, unsigned n)
{
    return ir_get(l->b, A64_X0 + n); /* A64_SP is number 31 */
}

ir_ref a64_read_wsp(struct a64_lift *l, unsigned n)
{
    return to_w(l, a64_read_xsp(l, n));
}

ir_ref a64_read_x(struct a64_lift *l, unsigned n)
{
    return n == 31 ? ir_k64(l->b, 0) : a64_read_xsp(l, n);
}

ir_ref a64_read_w(struct a64_lift *l, unsigned n)
{
    return n == 31 ? ir_k32(l->b, 0) : a64_read_wsp(l, n);
}

void a64_write_xsp(struct a64_lift *l, unsigned n, ir_ref v)
{
    ir_set(l->b, A64_X0 + n, v);
}

void a64_write_wsp(struct a64_lift *l, unsigned n, ir_ref v)
{
    a64_write_xsp(l, n, from_w(l, v));
}

void a64_write_x(struct a64_lift *l, unsigned n, ir_ref v)
{
    if (n != 31) {
        a64_write_xsp(l, n, v);
    }
}

void a64_write_w(struct a64_lift *l, unsigned n, ir_ref v)
{
    if (n != 31) {
        a64_write_wsp(l, n, v);
    }
}

ir_ref a64_read(struct a64_lift *l, unsigned sf, unsigned n)
{
    return sf ? a64_read_x(l, n) : a64_read_w(l, n);
}

ir_ref a64_read_sp(struct a64_lift *l, unsigned sf, unsigned n)
{
    return sf ? a64_read_xsp(l, n) : a64_read_wsp(l, n);
}

void a64_write(struct a64_lift *l, unsigned sf, unsigned n, ir_ref v)
{
    (sf ? a64_write_x : a64_write_w)(l, n, v);
}

void a64_write_sp(struct a64_lift *l, unsigned sf, unsigned n, ir_ref v)
{
    (sf ? a64_write_xsp : a64_write_wsp)(l, n, v);
}

ir_ref a64_read_v(struct a64_lift *l, unsigned n)
{
    return ir_get(l->b, A64_V0 + n);
}

void a64_write_v(struct a64_lift *l, unsigned n, ir_ref v)
{
    ir_set(l->b, A64_V0 + n, v);
}

void a64_write_q(struct a64_lift *l, unsigned q, unsigned n, ir_ref v)
{
    a64_write_v(l, n, q ? v : ir_op1(l->b, IR_VZLO, IR_V128, 0, v));
}

ir_ref a64_read_f(struct a64_lift *l, enum ir_type type, unsigned n)
{
    return ir_op1(l->b, IR_V2F, type, 0, a64_read_v(l, n));
}

void a64_write_f(struct a64_lift *l, enum ir_type type, unsigned n, ir_ref v)
{
    a64_write_v(l, n, ir_op1(l->b, IR_F2V, IR_V128, type, v));
}

ir_ref a64_read_s(struct a64_lift *l, unsigned n)
{
    return a64_read_f(l, IR_F32, n);
}

ir_ref a64_read_d(struct a64_lift *l, unsigned n)
{
    return a64_read_f(l, IR_F64, n);
}

void a64_write_s(struct a64_lift *l, unsigned n, ir_ref v)
{
    a64_write_f(l, IR_F32, n, v);
}

void a64_write_d(struct a64_lift *l, unsigned n, ir_ref v)
{
    a64_write_f(l, IR_F64, n, v);
}

ir_ref a64_read_lane(struct a64_lift *l, unsigned size, unsigned n, unsigned index, bool sext)
{
    u16 aux = (u16)(size | (sext ? 4 : 0) | index << 4);
    return ir_op1(l->b, IR_VGETL, size == 3 ? IR_I64 : IR_I32, aux, a64_read_v(l, n));
}

ir_ref a64_read_bits(struct a64_lift *l, unsigned size, unsigned n)
{
    return a64_read_lane(l, size, n, 0, false);
}

void a64_write_bits(struct a64_lift *l, unsigned size, unsigned n, ir_ref v)
{
    enum ir_type ftype = size == 3 ? IR_F64 : IR_F32;
    if (size < 2) {
        v = ir_op1(l->b, IR_ZEXT, IR_I32, (u16)(8u << size), v);
    }
    a64_write_f(l, ftype, n, ir_op1(l->b, IR_BITF, ftype, 0, v));
}

ir_ref a64_make_v(struct a64_lift *l, ir_ref lo, ir_ref hi)
{
    ir_ref v = ir_op1(l->b, IR_F2V, IR_V128, IR_F64, ir_op1(l->b, IR_BITF, IR_F64, 0, lo));
    return ir_op2(l->b, IR_VSETL, IR_V128, 3 | 1 << 4, v, hi);
}

void a64_or_qc(struct a64_lift *l, ir_ref v)
{
    ir_set(l->b, A64_QC, ir_op2(l->b, IR_VOR, IR_V128, 0, ir_get(l->b, A64_QC), v));
}

/* DecodeBitMasks of the manual (shared/functions): an element of 2..64 bits with S+1 ones rotated
 * right by R, replicated. */
bool a64_bitmask(unsigned sf, unsigned n, unsigned immr, unsigned imms, u64 *value)
{
    unsigned key = n << 6 | (~imms & 0x3f);
    if (key < 2 || (n && !sf)) {
        return false;
    }
    unsigned len = 31 - (unsigned)__builtin_clz(key), size = 1u << len;
    unsigned s = imms & (size - 1), r = immr & (size - 1);
    if (s == size - 1) {
        return false;
    }
    u64 e = MASK64(s + 1);
    if (r) {
        e = (e >> r | e << (size - r)) & MASK64(size);
    }
    for (; size < 64; size *= 2) {
        e |= e << size;
    }
    *value = sf ? e : (u32)e;
    return true;
}

ir_ref a64_shift(struct a64_lift *l, enum ir_type type, ir_ref v, unsigned shift, unsigned amount)
{
    static const u8 ops[] = {IR_SHL, IR_SHR, IR_SAR, IR_ROR};
    return amount ? ir_op2(l->b, ops[shift], type, 0, v, ir_k(l->b, type, amount)) : v;
}

ir_ref a64_extend(struct a64_lift *l, enum ir_type type, unsigned n, unsigned option,
                  unsigned amount)
{
    unsigned bits = 8u << (option & 3);
    ir_ref v = a64_read_x(l, n);
    if (type == IR_I32) {
        v = to_w(l, v);
    }
    if (bits < (type == IR_I32 ? 32 : 64)) {
        if (type == IR_I64 && bits == 32) {
            v = to_w(l, v);
        }
        v = ir_op1(l->b, option & 4 ? IR_SEXT : IR_ZEXT, type, (u16)bits, v);
    }
    return a64_shift(l, type, v, 0, amount);
}

bool a64_fault(struct a64_lift *l, int signo, int code, ir_ref addr)
{
    struct ir_builder *b = l->b;
    u64 what = (u32)signo | (u64)(u32)code << 32;
    ir_op1(b, IR_STS, IR_I64, offsetof(struct cpu, fault.signo), ir_k64(b, what));
    ir_op1(b, IR_STS, IR_I64, offsetof(struct cpu, fault.addr), addr);
    ir_op3(b, IR_EXIT, IR_VOID, EXEC_FAULT, ir_k64(b, 0), ir_kpc(b, l->f.pc), b->flags);
    l->f.end_unit = true;
    return true;
}
