/* Vector moves and permutations (chapter 16). */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8

static ir_ref zero(struct v_insn *v)
{
    return ir_kv(v->l->b, 0, 0);
}

/* Scalars */

static bool get_x(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    ir_ref x = ir_op1(b, IR_VGETL, v->sew == 3 ? IR_I64 : IR_I32, (u16)v->sew, v_reg(v, v->vs2));
    rv64_write(v->l, (int)v->vd, v->sew == 3 ? x : ir_op1(b, IR_SEXT, IR_I64, (u16)(8u << v->sew), x));
    return true;
}

V_LIFT(VMV_X_S, vxs, get_x)

static bool get_f(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    ir_ref x = v_reg(v, v->vs2);
    if (v->sew == 3) {
        rv64_write_f(v->l, (int)v->vd, ir_op1(b, IR_V2F, IR_F64, 0, x));
    } else if (v->sew == 2) {
        rv64_write_f(v->l, (int)v->vd, ir_op1(b, IR_BOX, IR_F64, 0, ir_op1(b, IR_V2F, IR_F32, 0, x)));
    } else {
        ir_ref h = ir_op1(b, IR_ZEXT, IR_I64, 32, ir_op1(b, IR_VGETL, IR_I32, 1, x));
        h = ir_op2(b, IR_OR, IR_I64, 0, h, ir_k64(b, ~0xffffull));
        rv64_write_f(v->l, (int)v->vd, ir_op1(b, IR_BITF, IR_F64, 0, h));
    }
    return true;
}

V_LIFT(VFMV_F_S, vxs, get_f)

/* Lane 0 of vd = that of X, unless vl is 0. */
static bool put(struct v_insn *v)
{
    ir_ref old = v_reg(v, v->vd), x = v_scalar_operand(v);
    v->masked = false;
    ir_ref active = v->full ? 0 : v_active_tail(v, v->sew, 0);
    ir_ref r = V2(IR_VINSL, v->sew, old, x);
    rv64_write_v(v->l, (int)v->vd, v_blend(v, active, r, old));
    return true;
}

V_LIFT(VMV_S_X, vsx, put)
V_LIFT(VFMV_S_F, vsx, put)

static bool copy(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    unsigned n = (v->vs1 & 7) + 1;
    for (unsigned k = 0; k < n; k++) {
        r[k] = v_reg(v, v->vs2 + k);
    }
    for (unsigned k = 0; k < n; k++) {
        rv64_write_v(v->l, (int)(v->vd + k), r[k]);
    }
    return true;
}

V_LIFT(VMV1R_V, vmr, copy)
V_LIFT(VMV2R_V, vmr, copy)
V_LIFT(VMV4R_V, vmr, copy)
V_LIFT(VMV8R_V, vmr, copy)

/* Slides by a known number of bytes. */

/* Bytes AT.. of the 32 of A and B. */
static ir_ref extract(struct v_insn *v, unsigned at, ir_ref a, ir_ref b)
{
    return at == 0 ? a : at == 16 ? b : V2(IR_VEXT, at, a, b);
}

/* Register N of the source, zero behind VLMAX. */
static ir_ref source(struct v_insn *v, unsigned n)
{
    if (n >= v->regs) {
        return zero(v);
    }
    ir_ref x = v_reg(v, v->vs2 + n);
    if (v->lmul >= 0) {
        return x;
    }
    u32 bytes = v->vlmax << v->sew;
    return V2(IR_VAND, 0, x, ir_kv(v->l->b, MASK64(8 * bytes), 0)); /* 8 at most */
}

static bool down_by(struct v_insn *v, unsigned bytes)
{
    ir_ref r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        unsigned from = k + bytes / 16;
        r[k] = extract(v, bytes % 16, source(v, from), source(v, from + 1));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

/* Lanes below the start keep what they have. */
static bool up_by(struct v_insn *v, unsigned bytes)
{
    ir_ref r[MAX_GROUP];
    unsigned first = bytes / 16, at = bytes % 16;
    for (unsigned k = first; k < v->regs; k++) {
        ir_ref x = v_reg(v, v->vs2 + k - first),
               low = v_reg(v, k > first ? v->vs2 + k - first - 1 : v->vd + k);
        r[k] = at ? extract(v, 16 - at, low, x) : x;
        if (k == first && at) {
            ir_ref keep = ir_kv(v->l->b, MASK64(MIN(at, 8u) * 8), at > 8 ? MASK64((at - 8) * 8) : 0);
            r[k] = V3(IR_VBSL, 0, keep, low, r[k]);
        }
    }
    for (unsigned k = first; k < v->regs; k++) {
        v_write(v, v->sew, k, r[k]);
    }
    return true;
}

/* Bytes AT of the whole source group, out of range 0; AT counts bytes from its begin, 128 and more are out of range. */
static ir_ref look_up(struct v_insn *v, ir_ref at)
{
    ir_ref r = 0;
    if (v->regs == 1) {
        return V2(IR_VTBL1, 0, source(v, 0), at);
    }
    for (unsigned n = 0; n < v->regs; n += 2) {
        ir_ref from = n ? V2(IR_VSUB, 0, at, v_kdup(v, 0, 16 * n)) : at;
        ir_ref part = V3(IR_VTBL2, 0, v_reg(v, v->vs2 + n), v_reg(v, v->vs2 + n + 1), from);
        r = r ? V2(IR_VOR, 0, r, part) : part;
    }
    return r;
}

/* By a number of elements that is not known: in bytes, the size of the group at most. */
static ir_ref byte_count(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    ir_ref x = rv64_read(v->l, (int)v->vs1), max = ir_k64(b, v->vlmax);
    ir_ref over = ir_op2(b, IR_CMP, IR_I64, IR_CC_UGT, x, max);
    x = ir_op3(b, IR_SELECT, IR_I64, 0, max, x, over);
    return v_dup(v, 0, ir_op2(b, IR_SHL, IR_I64, 0, x, ir_k64(b, v->sew)));
}

static bool slide_down(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (v->form == V_OPIVI) {
        return down_by(v, MIN(v->vs1, v->vlmax) << v->sew);
    }
    ir_ref by = byte_count(v);
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = look_up(v, V2(IR_VADD, 0, v_kseries(v, 0, 16 * k, 1), by));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

static bool slide_up(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    if (v->form == V_OPIVI) {
        return up_by(v, MIN(v->vs1, v->vlmax) << v->sew);
    }
    ir_ref by = byte_count(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref from = V2(IR_VSUB, 0, v_kseries(v, 0, 16 * k, 1), by);
        ir_ref keep = V2(IR_VCMPGT, 0, zero(v), from);
        r[k] = V3(IR_VBSL, 0, keep, v_reg(v, v->vd + k), look_up(v, from));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_X_I(VSLIDEUP, slide_up)
V_LIFT_X_I(VSLIDEDOWN, slide_down)

/* By one, with a scalar moved in. */

static bool slide1_up(struct v_insn *v)
{
    ir_ref r[MAX_GROUP], low = v_scalar_operand(v);
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref x = v_reg(v, v->vs2 + k);
        r[k] = V2(IR_VEXT, 16 - (1u << v->sew), low, x);
        low = x;
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

static bool slide1_down(struct v_insn *v)
{
    ir_ref r[MAX_GROUP], scalar = v_scalar_operand(v), last = 0;
    if (!v->full) {
        last = v_dup(v, v->sew, ir_op2(v->l->b, IR_SUB, IR_I64, 0, v_vl(v), ir_k64(v->l->b, 1)));
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref next = k + 1 < v->regs ? v_reg(v, v->vs2 + k + 1) : scalar;
        r[k] = V2(IR_VEXT, 1u << v->sew, v_reg(v, v->vs2 + k), next);
        if (last) {
            ir_ref series = v_kseries(v, v->sew, k * (V_VLENB >> v->sew), 1);
            r[k] = V3(IR_VBSL, 0, V2(IR_VCMPEQ, v->sew, series, last), scalar, r[k]);
        } else if (v->lmul < 0) {
            r[k] = V2(IR_VINSL, v->sew | (v->vlmax - 1) << 4, r[k], scalar);
        }
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT(VSLIDE1UP_VX, vx, slide1_up)
V_LIFT(VFSLIDE1UP_VF, vx, slide1_up)
V_LIFT(VSLIDE1DOWN_VX, vx, slide1_down)
V_LIFT(VFSLIDE1DOWN_VF, vx, slide1_down)

/* Gathers */

/* Indices of elements of SEW as indices of bytes, all ones where they are VLMAX or more. */
static ir_ref byte_indices(struct v_insn *v, ir_ref index)
{
    static const u64 bytes[4] = {0, 0x0100, 0x03020100, 0x0706050403020100ull};
    ir_ref out = V2(IR_VCMPHS, v->sew, index, v_kdup(v, v->sew, v->vlmax));
    if (v->sew) {
        v128 low;
        for (unsigned j = 0; j < 16; j++) {
            low.b[j] = (u8)(j >> v->sew << v->sew);
        }
        index = V1(IR_VSHLI, v->sew | v->sew << 4, index);
        index = V2(IR_VTBL1, 0, index, ir_kv(v->l->b, low.d[0], low.d[1]));
        index = V2(IR_VADD, 0, index, v_kdup(v, v->sew, bytes[v->sew]));
    }
    return V2(IR_VOR, 0, index, out);
}

static bool gather_lanes(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = look_up(v, byte_indices(v, v_reg(v, v->vs1 + k)));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_VV(VRGATHER, gather_lanes)

/* Indices of 16 bits for register K, as wide as the elements. */
static ir_ref index16(struct v_insn *v, unsigned k)
{
    if (v->sew == 0) {
        ir_ref lo = V1(IR_VUQXTN, 0, v_reg(v, v->vs1 + 2 * k));
        return v->lmul < 0 ? lo : V2(IR_VCAT, 0, lo, V1(IR_VUQXTN, 0, v_reg(v, v->vs1 + 2 * k + 1)));
    }
    ir_ref x = v_part(v, v->vs1, v->sew - 1, k);
    for (unsigned size = 1; size < v->sew; size++) {
        x = V1(IR_VUXTL, size, x);
    }
    return x;
}

static bool gather16(struct v_insn *v)
{
    ir_ref r[MAX_GROUP];
    for (unsigned k = 0; k < v->regs; k++) {
        r[k] = look_up(v, byte_indices(v, index16(v, k)));
    }
    v_write_group(v, v->sew, v->regs, r);
    return true;
}

V_LIFT_VV(VRGATHEREI16, gather16)

/* One element everywhere. */
static bool gather_one(struct v_insn *v)
{
    static const u64 bytes[4] = {0, 0x0100, 0x03020100, 0x0706050403020100ull};
    ir_ref x;
    if (v->form == V_OPIVI) {
        unsigned n = V_VLENB >> v->sew, i = v->vs1;
        x = i < v->vlmax ? V1(IR_VDUPL, v->sew | (i % n) << 4, v_reg(v, v->vs2 + i / n)) : zero(v);
    } else {
        x = look_up(v, V2(IR_VADD, 0, byte_count(v), v_kdup(v, v->sew, bytes[v->sew])));
    }
    for (unsigned k = 0; k < v->regs; k++) {
        v_write(v, v->sew, k, x);
    }
    return true;
}

V_LIFT_X_I(VRGATHER, gather_one)

/* The elements under the bits of vs1, packed: those of each register, moved to where they follow those before. */
static bool compress(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    if (v->regs > 2) {
        return false;
    }
    ir_ref active[2], r[2], n[2];
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref tail = v_active_tail(v, v->sew, k), m = v_expand_mask(v, v_reg(v, v->vs1), v->sew, k);
        active[k] = tail ? V2(IR_VAND, 0, m, tail) : m;
        r[k] = V2(IR_VCOMPRESS, 0, v_reg(v, v->vs2 + k), active[k]);
        n[k] = ir_op1(b, IR_POPCNT, IR_I64, 0, ir_op1(b, IR_ZEXT, IR_I64, 32, ir_op1(b, IR_VSIGNS, IR_I32, 0, active[k])));
    }
    ir_ref all = v->regs == 2 ? ir_op2(b, IR_ADD, IR_I64, 0, n[0], n[1]) : n[0];
    if (v->regs == 2) {
        ir_ref up = V2(IR_VSUB, 0, v_kseries(v, 0, 0, 1), v_dup(v, 0, n[0]));
        ir_ref second = r[1];
        r[0] = V2(IR_VOR, 0, r[0], V2(IR_VTBL1, 0, second, up));
        r[1] = V2(IR_VTBL1, 0, second, V2(IR_VADD, 0, up, v_kdup(v, 0, 16)));
    }
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref take = V2(IR_VCMPGT, 0, v_dup(v, 0, all), v_kseries(v, 0, 16 * k, 1));
        rv64_write_v(v->l, (int)(v->vd + k), V3(IR_VBSL, 0, take, r[k], v_reg(v, v->vd + k)));
    }
    return true;
}

V_LIFT(VCOMPRESS_VM, vv, compress)
