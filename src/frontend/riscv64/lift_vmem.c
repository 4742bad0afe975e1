/* Vector loads and stores (chapter 7). The state changes behind the last access only: at a fault rv64_v_fault makes
 * it what the elements before have done to it. */
#include "frontend/riscv64/lift_v.h"

#define MAX_GROUP 8
#define MAX_ELEMENTS 16 /* of an instruction done one by one */

static ir_ref offset(struct v_insn *v, ir_ref base, u64 by)
{
    return by ? ir_op2(v->l->b, IR_ADD, IR_I64, 0, base, ir_k64(v->l->b, by)) : base;
}

/* log2 of bytes of an element in memory, or of an index. */
static unsigned eew_of(const struct v_insn *v)
{
    return v->form ? v->form - 4 : 0;
}

static ir_ref load(struct v_insn *v, ir_ref at)
{
    return ir_op1(v->l->b, IR_LD, IR_V128, 4, at);
}

static void store(struct v_insn *v, ir_ref at, ir_ref x)
{
    ir_op2(v->l->b, IR_ST, IR_V128, 4, at, x);
}

/* The low BYTES (1, 2, 4 or 8) of a vector. */
static ir_ref load_low(struct v_insn *v, ir_ref at, u32 bytes)
{
    struct ir_builder *b = v->l->b;
    if (bytes >= 4) {
        return ir_op1(b, IR_LD, IR_V128, bytes == 8 ? 3 : 2, at);
    }
    ir_ref x = ir_op1(b, IR_LD, IR_I32, bytes == 2 ? 1 : 0, at);
    return V2(IR_VSETL, 2, ir_kv(b, 0, 0), x);
}

static void store_low(struct v_insn *v, ir_ref at, ir_ref x, u32 bytes)
{
    struct ir_builder *b = v->l->b;
    unsigned size = (unsigned)__builtin_ctz(bytes);
    enum ir_type t = size == 3 ? IR_I64 : IR_I32;
    ir_op2(b, IR_ST, t, (u16)size, at, ir_op1(b, IR_VGETL, t, (u16)size, x));
}

/* Registers of a group of elements of EEW as many as those of SEW; 0: less than one. */
static unsigned group(const struct v_insn *v, unsigned eew)
{
    int emul = v->lmul + (int)eew - (int)v->sew;
    return emul >= 0 ? 1u << emul : 0;
}

static bool segments_load(struct v_insn *v);
static bool segments_store(struct v_insn *v);

static bool unit_load(struct v_insn *v)
{
    ir_ref r[MAX_GROUP], base = rv64_read(v->l, (int)v->vs1);
    unsigned eew = eew_of(v), n = group(v, eew);
    if (v->l->insn >> 29) {
        return segments_load(v);
    }
    if (n == 0 && v->full && !v->masked) {
        v_write(v, eew, 0, load_low(v, base, v->vlmax << eew));
        return true;
    }
    for (unsigned k = 0; k < MAX(n, 1u); k++) {
        ir_ref at = offset(v, base, k * V_VLENB), active = v_active(v, eew, k);
        r[k] = active ? ir_op2(v->l->b, IR_VLDM, IR_V128, (u16)eew, at, active) : load(v, at);
    }
    for (unsigned k = 0; k < MAX(n, 1u); k++) {
        v_write(v, eew, k, r[k]);
    }
    return true;
}

static bool unit_store(struct v_insn *v)
{
    ir_ref base = rv64_read(v->l, (int)v->vs1);
    unsigned eew = eew_of(v), n = group(v, eew);
    if (v->l->insn >> 29) {
        return segments_store(v);
    }
    if (n == 0 && v->full && !v->masked) {
        store_low(v, base, v_reg(v, v->vd), v->vlmax << eew);
        return true;
    }
    for (unsigned k = 0; k < MAX(n, 1u); k++) {
        ir_ref at = offset(v, base, k * V_VLENB), active = v_active(v, eew, k), x = v_reg(v, v->vd + k);
        if (active) {
            ir_op3(v->l->b, IR_VSTM, IR_V128, (u16)eew, at, active, x);
        } else {
            store(v, at, x);
        }
    }
    return true;
}

#define LIFT_EEW(A, B, set, fast)                                                                  \
    V_LIFT(A##8##B, set, fast)                                                                     \
    V_LIFT(A##16##B, set, fast)                                                                    \
    V_LIFT(A##32##B, set, fast)                                                                    \
    V_LIFT(A##64##B, set, fast)

LIFT_EEW(VLE, _V, vmu, unit_load)
LIFT_EEW(VSE, _V, vmu, unit_store)
LIFT_EEW(VLE, FF_V, vmu, NULL)

/* Segments of two to four fields: whole memory images, taken apart by shuffles. */

/* A shuffle that takes, out of piece PIECE of an image of N fields, the bytes of field F to their places. */
static ir_ref gather_map(struct v_insn *v, unsigned n, unsigned size, unsigned f, unsigned piece)
{
    v128 t;
    for (unsigned j = 0; j < 16; j++) {
        unsigned from = (((j >> size) * n + f) << size) + (j & ((1u << size) - 1));
        t.b[j] = from / 16 == piece ? (u8)(from % 16) : 0x80;
    }
    return ir_kv(v->l->b, t.d[0], t.d[1]);
}

/* The reverse: the bytes of piece PIECE that come from field F. */
static ir_ref scatter_map(struct v_insn *v, unsigned n, unsigned size, unsigned f, unsigned piece)
{
    v128 t;
    for (unsigned j = 0; j < 16; j++) {
        unsigned at = piece * 16 + j, elem = at >> size;
        t.b[j] = elem % n == f ? (u8)((elem / n << size) + (at & ((1u << size) - 1))) : 0x80;
    }
    return ir_kv(v->l->b, t.d[0], t.d[1]);
}

static ir_ref shuffle(struct v_insn *v, unsigned n, const ir_ref *x, const ir_ref *map)
{
    ir_ref r = 0;
    for (unsigned i = 0; i < n; i++) {
        ir_ref part = V2(IR_VTBL1, 0, x[i], map[i]);
        r = r ? V2(IR_VOR, 0, r, part) : part;
    }
    return r;
}

/* R[f] = field F of the N pieces M. */
static void take_apart(struct v_insn *v, unsigned n, unsigned size, const ir_ref *m, ir_ref *r)
{
    if (n == 2) {
        r[0] = V2(IR_VUZP1, size, m[0], m[1]);
        r[1] = V2(IR_VUZP2, size, m[0], m[1]);
    } else if (n == 4) {
        ir_ref a = V2(IR_VUZP1, size, m[0], m[1]), b = V2(IR_VUZP2, size, m[0], m[1]);
        ir_ref c = V2(IR_VUZP1, size, m[2], m[3]), d = V2(IR_VUZP2, size, m[2], m[3]);
        r[0] = V2(IR_VUZP1, size, a, c);
        r[1] = V2(IR_VUZP1, size, b, d);
        r[2] = V2(IR_VUZP2, size, a, c);
        r[3] = V2(IR_VUZP2, size, b, d);
    } else {
        for (unsigned f = 0; f < n; f++) {
            ir_ref map[MAX_GROUP];
            for (unsigned p = 0; p < n; p++) {
                map[p] = gather_map(v, n, size, f, p);
            }
            r[f] = shuffle(v, n, m, map);
        }
    }
}

static void put_together(struct v_insn *v, unsigned n, unsigned size, const ir_ref *r, ir_ref *m)
{
    if (n == 2) {
        m[0] = V2(IR_VZIP1, size, r[0], r[1]);
        m[1] = V2(IR_VZIP2, size, r[0], r[1]);
    } else if (n == 4) {
        ir_ref a = V2(IR_VZIP1, size, r[0], r[2]), b = V2(IR_VZIP1, size, r[1], r[3]);
        ir_ref c = V2(IR_VZIP2, size, r[0], r[2]), d = V2(IR_VZIP2, size, r[1], r[3]);
        m[0] = V2(IR_VZIP1, size, a, b);
        m[1] = V2(IR_VZIP2, size, a, b);
        m[2] = V2(IR_VZIP1, size, c, d);
        m[3] = V2(IR_VZIP2, size, c, d);
    } else {
        for (unsigned p = 0; p < n; p++) {
            ir_ref map[MAX_GROUP];
            for (unsigned f = 0; f < n; f++) {
                map[f] = scatter_map(v, n, size, f, p);
            }
            m[p] = shuffle(v, n, r, map);
        }
    }
}

static bool segments_load(struct v_insn *v)
{
    unsigned n = (v->l->insn >> 29) + 1, eew = eew_of(v), regs = group(v, eew);
    ir_ref r[MAX_GROUP][4], m[4], base = rv64_read(v->l, (int)v->vs1);
    if (n > 4 || regs == 0 || !v->full || v->masked) {
        return false;
    }
    for (unsigned k = 0; k < regs; k++) {
        for (unsigned p = 0; p < n; p++) {
            m[p] = load(v, offset(v, base, (k * n + p) * V_VLENB));
        }
        take_apart(v, n, eew, m, r[k]);
    }
    for (unsigned k = 0; k < regs; k++) {
        for (unsigned f = 0; f < n; f++) {
            rv64_write_v(v->l, (int)(v->vd + f * regs + k), r[k][f]);
        }
    }
    return true;
}

static bool segments_store(struct v_insn *v)
{
    unsigned n = (v->l->insn >> 29) + 1, eew = eew_of(v), regs = group(v, eew);
    ir_ref r[4], m[4], base = rv64_read(v->l, (int)v->vs1);
    if (n > 4 || regs == 0 || !v->full || v->masked) {
        return false;
    }
    for (unsigned k = 0; k < regs; k++) {
        for (unsigned f = 0; f < n; f++) {
            r[f] = v_reg(v, v->vd + f * regs + k);
        }
        put_together(v, n, eew, r, m);
        for (unsigned p = 0; p < n; p++) {
            store(v, offset(v, base, (k * n + p) * V_VLENB), m[p]);
        }
    }
    return true;
}

/* Strided and indexed: one by one, but for segments that are transposed. */

static bool few_elements(const struct v_insn *v)
{
    return v->full && !v->masked && v->vlmax <= MAX_ELEMENTS && !(v->l->insn >> 29);
}

static enum ir_type type_of(unsigned size)
{
    return size == 3 ? IR_I64 : IR_I32;
}

/* Element I of the group at REG. */
static ir_ref element(struct v_insn *v, unsigned reg, unsigned size, unsigned i)
{
    unsigned n = V_VLENB >> size;
    return ir_op1(v->l->b, IR_VGETL, type_of(size), (u16)(size | (i % n) << 4), v_reg(v, reg + i / n));
}

/* The address of element I. */
static ir_ref element_address(struct v_insn *v, ir_ref base, unsigned i)
{
    struct ir_builder *b = v->l->b;
    if (v->shape == V_LDS || v->shape == V_STS) {
        ir_ref stride = rv64_read(v->l, (int)v->vs2), by = ir_op2(b, IR_MUL, IR_I64, 0, stride, ir_k64(b, i));
        return i ? ir_op2(b, IR_ADD, IR_I64, 0, base, by) : base;
    }
    unsigned size = eew_of(v);
    ir_ref x = element(v, v->vs2, size, i);
    return ir_op2(b, IR_ADD, IR_I64, 0, base, size == 3 ? x : ir_op1(b, IR_ZEXT, IR_I64, 32, x));
}

static unsigned data_size(const struct v_insn *v)
{
    return v->shape == V_LDX || v->shape == V_STX ? v->sew : eew_of(v);
}

/* Elements of a register, if the segments at a stride are as many and their fields fill whole vectors; else 0. */
static unsigned square_side(const struct v_insn *v)
{
    unsigned fields = (v->l->insn >> 29) + 1, side = V_VLENB >> eew_of(v);
    bool strided = v->shape == V_LDS || v->shape == V_STS;
    return strided && side <= 4 && fields % side == 0 && v->full && !v->masked && v->vlmax == side ? side : 0;
}

static bool squares_load(struct v_insn *v, unsigned side)
{
    unsigned fields = (v->l->insn >> 29) + 1, size = eew_of(v);
    ir_ref r[MAX_GROUP], m[4], base = rv64_read(v->l, (int)v->vs1);
    for (unsigned f = 0; f < fields; f += side) {
        for (unsigned i = 0; i < side; i++) {
            m[i] = load(v, offset(v, element_address(v, base, i), f << size));
        }
        take_apart(v, side, size, m, r + f);
    }
    for (unsigned f = 0; f < fields; f++) {
        rv64_write_v(v->l, (int)(v->vd + f), r[f]);
    }
    return true;
}

/* The segments in their order: they may overlap. */
static bool squares_store(struct v_insn *v, unsigned side)
{
    unsigned fields = (v->l->insn >> 29) + 1, size = eew_of(v);
    ir_ref r[MAX_GROUP], m[MAX_GROUP], base = rv64_read(v->l, (int)v->vs1);
    for (unsigned f = 0; f < fields; f++) {
        r[f] = v_reg(v, v->vd + f);
    }
    for (unsigned f = 0; f < fields; f += side) {
        put_together(v, side, size, r + f, m + f);
    }
    for (unsigned i = 0; i < side; i++) {
        for (unsigned f = 0; f < fields; f += side) {
            store(v, offset(v, element_address(v, base, i), f << size), m[f + i]);
        }
    }
    return true;
}

static bool each_load(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    ir_ref e[MAX_ELEMENTS], base = rv64_read(v->l, (int)v->vs1);
    unsigned size = data_size(v), n = V_VLENB >> size, side = square_side(v);
    if (side) {
        return squares_load(v, side);
    }
    if (!few_elements(v)) {
        return false;
    }
    for (unsigned i = 0; i < v->vlmax; i++) {
        e[i] = ir_op1(b, IR_LD, type_of(size), (u16)size, element_address(v, base, i));
    }
    for (unsigned i = 0; i < v->vlmax; i += n) {
        ir_ref x = v->vlmax < n ? v_reg(v, v->vd) : ir_kv(b, 0, 0);
        for (unsigned j = 0; j < MIN(n, v->vlmax); j++) {
            x = V2(IR_VSETL, size | j << 4, x, e[i + j]);
        }
        rv64_write_v(v->l, (int)(v->vd + i / n), x);
    }
    return true;
}

static bool each_store(struct v_insn *v)
{
    ir_ref base = rv64_read(v->l, (int)v->vs1);
    unsigned size = data_size(v), side = square_side(v);
    if (side) {
        return squares_store(v, side);
    }
    if (!few_elements(v)) {
        return false;
    }
    for (unsigned i = 0; i < v->vlmax; i++) {
        ir_ref at = element_address(v, base, i);
        ir_op2(v->l->b, IR_ST, type_of(size), (u16)size, at, element(v, v->vd, size, i));
    }
    return true;
}

LIFT_EEW(VLSE, _V, vms, each_load)
LIFT_EEW(VSSE, _V, vms, each_store)
LIFT_EEW(VLUXEI, _V, vmx, each_load)
LIFT_EEW(VLOXEI, _V, vmx, each_load)
LIFT_EEW(VSUXEI, _V, vmx, each_store)
LIFT_EEW(VSOXEI, _V, vmx, each_store)

/* Whole registers: vtype does not matter. */

static bool whole_load(struct v_insn *v)
{
    ir_ref r[MAX_GROUP], base = rv64_read(v->l, (int)v->vs1);
    unsigned n = (v->l->insn >> 29) + 1;
    for (unsigned k = 0; k < n; k++) {
        r[k] = load(v, offset(v, base, k * V_VLENB));
    }
    for (unsigned k = 0; k < n; k++) {
        rv64_write_v(v->l, (int)(v->vd + k), r[k]);
    }
    return true;
}

static bool whole_store(struct v_insn *v)
{
    ir_ref base = rv64_read(v->l, (int)v->vs1);
    for (unsigned k = 0; k <= v->l->insn >> 29; k++) {
        store(v, offset(v, base, k * V_VLENB), v_reg(v, v->vd + k));
    }
    return true;
}

LIFT_EEW(VLRE, _V, vmw, whole_load)
V_LIFT(VSR_V, vmw, whole_store)

static bool mask_load(struct v_insn *v)
{
    ir_ref base = rv64_read(v->l, (int)v->vs1), old = v_reg(v, v->vd);
    u32 bytes = (v->vlmax + 7) / 8;
    if (!v->full) {
        return false;
    }
    ir_ref x = bytes == 16 ? load(v, base) : load_low(v, base, bytes);
    ir_ref low = bytes == 16 ? 0 : ir_kv(v->l->b, MASK64(8 * bytes), 0);
    rv64_write_v(v->l, (int)v->vd, v_blend(v, low, x, old));
    return true;
}

static bool mask_store(struct v_insn *v)
{
    ir_ref base = rv64_read(v->l, (int)v->vs1), x = v_reg(v, v->vd);
    u32 bytes = (v->vlmax + 7) / 8;
    if (!v->full) {
        return false;
    }
    if (bytes == 16) {
        store(v, base, x);
    } else {
        store_low(v, base, x, bytes);
    }
    return true;
}

V_LIFT(VLM_V, vmm, mask_load)
V_LIFT(VSM_V, vmm, mask_store)
