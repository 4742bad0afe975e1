/* A64 loads and stores of vector structures: LD1-4, ST1-4, LD1R-4R (Arm ARM C4.1, C7.2). */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/lift_mem.h"

static ir_ref op2(struct a64_lift *l, enum ir_op op, unsigned aux, ir_ref a, ir_ref b)
{
    return ir_op2(l->b, op, IR_V128, (u16)aux, a, b);
}

/* Register RT + I of a list, modulo 32. */
static unsigned reg(int rt, unsigned i)
{
    return ((unsigned)rt + i) & 31;
}

/* The base after BYTES were moved: plus register RM, or plus BYTES when RM is 31. */
static void write_base(struct a64_lift *l, int rn, int rm, bool wback, ir_ref base, ir_ref index,
                       unsigned bytes)
{
    if (wback) {
        ir_ref next =
            rm == 31 ? a64_offset(l, base, bytes) : ir_op2(l->b, IR_ADD, IR_I64, 0, base, index);
        a64_write_xsp(l, (unsigned)rn, next);
    }
}

/* A shuffle that takes, out of 16-byte piece PIECE of memory, the bytes of register K of three to
 * their places. Bytes from elsewhere are 0x80: out of range, so zero. */
static ir_ref gather3(struct a64_lift *l, unsigned size, unsigned q, unsigned k, unsigned piece)
{
    v128 t;
    unsigned bytes = 1u << size;
    for (unsigned j = 0; j < 16; j++) {
        unsigned elem = j >> size, from = (elem * 3 + k) * bytes + (j & (bytes - 1));
        bool in = from / 16 == piece && (q || j < 8);
        t.b[j] = in ? (u8)(from % 16) : 0x80;
    }
    return ir_kv(l->b, t.d[0], t.d[1]);
}

/* The reverse: for piece PIECE of the memory image, the bytes that come from register K. */
static ir_ref scatter3(struct a64_lift *l, unsigned size, unsigned k, unsigned piece)
{
    v128 t;
    unsigned bytes = 1u << size;
    for (unsigned j = 0; j < 16; j++) {
        unsigned at = piece * 16 + j, elem = at >> size;
        t.b[j] = elem % 3 == k ? (u8)(elem / 3 * bytes + (at & (bytes - 1))) : 0x80;
    }
    return ir_kv(l->b, t.d[0], t.d[1]);
}

/* Of N sources, each byte from the one whose map has it. */
static ir_ref shuffle(struct a64_lift *l, unsigned n, const ir_ref *v, const ir_ref *map)
{
    ir_ref r = 0;
    for (unsigned i = 0; i < n; i++) {
        ir_ref part = op2(l, IR_VTBL1, 0, v[i], map[i]);
        r = r ? op2(l, IR_VOR, 0, r, part) : part;
    }
    return r;
}

/* N registers from N * (16 or 8) bytes of memory in M. For 8-byte registers the image is half as
 * many vectors, the last one zero-filled; results have a zero upper half. */
static void deinterleave(struct a64_lift *l, unsigned n, unsigned size, unsigned q, ir_ref m[4],
                         ir_ref r[4])
{
    ir_ref zero = ir_kv(l->b, 0, 0);
    if (n == 2) {
        ir_ref b = q ? m[1] : zero;
        r[0] = op2(l, IR_VUZP1, size, m[0], b);
        r[1] = op2(l, IR_VUZP2, size, m[0], b);
    } else if (n == 3) {
        for (unsigned k = 0; k < 3; k++) {
            ir_ref map[3] = {gather3(l, size, q, k, 0), gather3(l, size, q, k, 1),
                             gather3(l, size, q, k, 2)};
            r[k] = shuffle(l, q ? 3 : 2, m, map);
        }
    } else {
        ir_ref even = op2(l, IR_VUZP1, size, m[0], m[1]), odd = op2(l, IR_VUZP2, size, m[0], m[1]);
        ir_ref even2 = q ? op2(l, IR_VUZP1, size, m[2], m[3]) : zero;
        ir_ref odd2 = q ? op2(l, IR_VUZP2, size, m[2], m[3]) : zero;
        r[0] = op2(l, IR_VUZP1, size, even, even2);
        r[1] = op2(l, IR_VUZP1, size, odd, odd2);
        r[2] = op2(l, IR_VUZP2, size, even, even2);
        r[3] = op2(l, IR_VUZP2, size, odd, odd2);
    }
}

/* The memory image of N registers: N vectors, or for 8-byte registers half as many. */
static void interleave(struct a64_lift *l, unsigned n, unsigned size, unsigned q, const ir_ref r[4],
                       ir_ref m[4])
{
    if (n == 2) {
        m[0] = op2(l, IR_VZIP1, size, r[0], r[1]);
        m[1] = q ? op2(l, IR_VZIP2, size, r[0], r[1]) : 0;
    } else if (n == 3) {
        for (unsigned i = 0; i < (q ? 3u : 2u); i++) {
            ir_ref map[3] = {scatter3(l, size, 0, i), scatter3(l, size, 1, i),
                             scatter3(l, size, 2, i)};
            m[i] = shuffle(l, 3, r, map);
        }
    } else {
        ir_ref a = op2(l, IR_VZIP1, size, r[0], r[2]), b = op2(l, IR_VZIP1, size, r[1], r[3]);
        m[0] = op2(l, IR_VZIP1, size, a, b);
        m[1] = op2(l, IR_VZIP2, size, a, b);
        if (q) {
            a = op2(l, IR_VZIP2, size, r[0], r[2]);
            b = op2(l, IR_VZIP2, size, r[1], r[3]);
            m[2] = op2(l, IR_VZIP1, size, a, b);
            m[3] = op2(l, IR_VZIP2, size, a, b);
        }
    }
}

/* Bytes are moved 16 at a time, the rest of 8 last. */
static unsigned piece_size(unsigned at, unsigned bytes)
{
    return bytes - at >= 16 ? 4 : 3;
}

static void load_pieces(struct a64_lift *l, ir_ref base, unsigned bytes, ir_ref m[4])
{
    for (unsigned at = 0; at < bytes; at += 16) {
        m[at / 16] = a64_load_v(l, piece_size(at, bytes), a64_offset(l, base, at));
    }
}

static void store_pieces(struct a64_lift *l, ir_ref base, unsigned bytes, const ir_ref m[4])
{
    for (unsigned at = 0; at < bytes; at += 16) {
        a64_store_v(l, piece_size(at, bytes), a64_offset(l, base, at), m[at / 16]);
    }
}

bool a64_lift_LDn_mult(struct a64_lift *l, const struct a64_args_vmult *a)
{
    unsigned n = (unsigned)(a->sel + 1), regs = n * (unsigned)(a->rpt + 1), q = (unsigned)a->q;
    unsigned reg_bytes = q ? 16 : 8;
    ir_ref base = a64_read_xsp(l, (unsigned)a->rn), index = a64_read_x(l, (unsigned)a->rm);
    ir_ref m[4], r[4];
    if (n == 1) {
        for (unsigned i = 0; i < regs; i++) {
            r[i] = a64_load_v(l, 3 + q, a64_offset(l, base, i * reg_bytes));
        }
    } else {
        load_pieces(l, base, n * reg_bytes, m);
        deinterleave(l, n, (unsigned)a->size, q, m, r);
    }
    write_base(l, a->rn, a->rm, a->wback, base, index, regs * reg_bytes);
    for (unsigned i = 0; i < regs; i++) {
        a64_write_v(l, reg(a->rt, i), r[i]);
    }
    return true;
}

bool a64_lift_STn_mult(struct a64_lift *l, const struct a64_args_vmult *a)
{
    unsigned n = (unsigned)(a->sel + 1), regs = n * (unsigned)(a->rpt + 1), q = (unsigned)a->q;
    unsigned reg_bytes = q ? 16 : 8;
    ir_ref base = a64_read_xsp(l, (unsigned)a->rn), index = a64_read_x(l, (unsigned)a->rm);
    ir_ref m[4], r[4];
    for (unsigned i = 0; i < regs; i++) {
        r[i] = a64_read_v(l, reg(a->rt, i));
    }
    if (n == 1) {
        for (unsigned i = 0; i < regs; i++) {
            a64_store_v(l, 3 + q, a64_offset(l, base, i * reg_bytes), r[i]);
        }
    } else {
        interleave(l, n, (unsigned)a->size, q, r, m);
        store_pieces(l, base, n * reg_bytes, m);
    }
    write_base(l, a->rn, a->rm, a->wback, base, index, regs * reg_bytes);
    return true;
}

static ir_ref load_element(struct a64_lift *l, unsigned size, ir_ref base, unsigned i)
{
    enum ir_type type = size == 3 ? IR_I64 : IR_I32;
    return ir_op1(l->b, IR_LD, type, (u16)size, a64_offset(l, base, (s64)i << size));
}

bool a64_lift_LDn_one(struct a64_lift *l, const struct a64_args_vone *a)
{
    unsigned n = (unsigned)(a->sel + 1), size = (unsigned)a->size;
    ir_ref base = a64_read_xsp(l, (unsigned)a->rn), index = a64_read_x(l, (unsigned)a->rm), e[4];
    for (unsigned i = 0; i < n; i++) {
        e[i] = load_element(l, size, base, i);
    }
    write_base(l, a->rn, a->rm, a->wback, base, index, n << size);
    for (unsigned i = 0; i < n; i++) {
        ir_ref old = a64_read_v(l, reg(a->rt, i));
        a64_write_v(l, reg(a->rt, i), op2(l, IR_VSETL, size | (unsigned)a->index << 4, old, e[i]));
    }
    return true;
}

bool a64_lift_STn_one(struct a64_lift *l, const struct a64_args_vone *a)
{
    unsigned n = (unsigned)(a->sel + 1), size = (unsigned)a->size;
    enum ir_type type = size == 3 ? IR_I64 : IR_I32;
    ir_ref base = a64_read_xsp(l, (unsigned)a->rn), index = a64_read_x(l, (unsigned)a->rm);
    for (unsigned i = 0; i < n; i++) {
        ir_ref e = a64_read_lane(l, size, reg(a->rt, i), (unsigned)a->index, false);
        ir_op2(l->b, IR_ST, type, (u16)size, a64_offset(l, base, (s64)i << size), e);
    }
    write_base(l, a->rn, a->rm, a->wback, base, index, n << size);
    return true;
}

bool a64_lift_LDn_rep(struct a64_lift *l, const struct a64_args_vrep *a)
{
    unsigned n = (unsigned)(a->sel + 1), size = (unsigned)a->size;
    ir_ref base = a64_read_xsp(l, (unsigned)a->rn), index = a64_read_x(l, (unsigned)a->rm), e[4];
    for (unsigned i = 0; i < n; i++) {
        e[i] = load_element(l, size, base, i);
    }
    write_base(l, a->rn, a->rm, a->wback, base, index, n << size);
    for (unsigned i = 0; i < n; i++) {
        ir_ref v = ir_op1(l->b, IR_VDUP, IR_V128, (u16)size, e[i]);
        a64_write_q(l, (unsigned)a->q, reg(a->rt, i), v);
    }
    return true;
}
