/* The common part of the vector lifters: the way to the reference function, operands, active elements. */
#include "frontend/riscv64/lift_v.h"

/* In code for an unknown mode: go on where the state's is known. */
static bool find_mode(struct rv64_lift *l)
{
    ir_op3(l->b, IR_EXIT, IR_VOID, EXEC_I_MODE, ir_k64(l->b, 0), ir_kpc(l->b, l->pc), 0);
    l->end_unit = true;
    return true;
}

/* A block boundary at PC, unless there is one: registers are in their homes, and nothing is known of them. */
static void boundary(struct rv64_lift *l, gaddr pc)
{
    struct ir_fn *fn = l->fn;
    u8 last = (u8)(fn->ins[fn->len - 1].op);
    if (fn->len > 1 && last != IR_BLOCK) {
        ir_block(l->b, pc, false, l->vmode);
    }
}

static ir_ref scalar_argument(struct v_insn *v)
{
    int n = (int)v->vs1;
    if (v->shape >= V_LD || v->form == V_OPIVX || v->form == V_OPMVX) {
        return rv64_read(v->l, n);
    }
    return v->form == V_OPFVF ? ir_op1(v->l->b, IR_BITI, IR_I64, 0, rv64_read_f(v->l, n)) : 0;
}

/* Touches what the reference function could not access, and then starts over. */
static void retry(struct v_insn *v, ir_ref result)
{
    struct ir_builder *b = v->l->b;
    bool store = v->shape == V_ST || v->shape == V_STS || v->shape == V_STX || v->shape == V_STW || v->shape == V_STM;
    ir_ref at = ir_op0(b, IR_LDS, IR_I64, RV64_FIELD(vfault));
    if (store) {
        ir_op2(b, IR_RMW, IR_I32, 0 | IR_RMW_OR << 8, at, ir_k32(b, 0));
    } else {
        ir_op1(b, IR_LD, IR_I32, 0, at);
    }
    ir_ref bad = ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, result, ir_k64(b, 0));
    ir_op3(b, IR_EXITIF, IR_I1, (v->l->vmode | V_MODE_VSTART) << IR_VMODE_SHIFT, bad, ir_kpc(b, v->l->pc), 0);
}

static void write_result(struct v_insn *v, ir_ref result)
{
    if (v->shape == V_COUNT || v->op == RV64_OP_VMV_X_S) {
        rv64_write(v->l, (int)v->vd, result);
    } else if (v->op == RV64_OP_VFMV_F_S) {
        rv64_write_f(v->l, (int)v->vd, ir_op1(v->l->b, IR_BITF, IR_F64, 0, result));
    }
}

static bool general(struct v_insn *v)
{
    struct rv64_lift *l = v->l;
    boundary(l, l->pc);
    bool strided = v->shape == V_LDS || v->shape == V_STS;
    ir_ref y = strided ? rv64_read(l, (int)v->vs2) : 0;
    ir_ref result = rv64_help(l, RV64_H_VECTOR, ir_k64(l->b, l->insn), scalar_argument(v), y);
    if (v->shape >= V_LD) {
        retry(v, result);
    } else {
        write_result(v, result);
    }
    l->vmode &= (u16)~V_MODE_VSTART;
    if (v->shape == V_LDFF) {
        l->vmode &= (u16)~V_MODE_FULL;
    }
    ir_insn(l->b, l->pc, 0, false);
    boundary(l, rv64_next(l));
    return true;
}

static void describe(struct v_insn *v, struct rv64_lift *l, enum rv64_op op)
{
    u32 w = l->insn;
    *v = (struct v_insn){.l = l,
                         .op = op,
                         .shape = rv64_v_shape(op),
                         .vd = w >> 7 & 31,
                         .vs1 = w >> 15 & 31,
                         .vs2 = w >> 20 & 31,
                         .form = w >> 12 & 7,
                         .masked = !(w >> 25 & 1),
                         .full = l->vmode & V_MODE_FULL,
                         .sew = V_VTYPE_SEW(l->vmode),
                         .lmul = V_VTYPE_LMUL(l->vmode)};
    v->regs = v->lmul > 0 ? 1u << v->lmul : 1;
    v->vlmax = v_vlmax(v->sew, v->lmul);
}

/* Under a reserved rounding mode what rounds is reserved. */
static bool frm_ok(const struct v_insn *v)
{
    return v->l->frm <= 4 || !rv64_v_is_fp(v->op);
}

static bool half_ok(const struct v_insn *v)
{
    bool convert = v->op == RV64_OP_VFWCVT_F_F_V || v->op == RV64_OP_VFNCVT_F_F_W;
    bool halves = v->sew == 1 || (v->sew == 0 && (v->shape == V_WUNARY || v->shape == V_NUNARY));
    return !rv64_v_is_fp(v->op) || !halves || rv64_has(v->l, RV64_EXT_Zvfh) ||
           (convert && rv64_has(v->l, RV64_EXT_Zvfhmin));
}

bool rv64_v_lift(struct rv64_lift *l, enum rv64_op op, v_fast *fast)
{
    struct v_insn v;
    bool slow = l->vmode & V_MODE_VXRM;
    l->vmode &= (u16)~V_MODE_VXRM;
    describe(&v, l, op);
    if (!(l->vmode & V_MODE_KNOWN)) {
        return find_mode(l);
    }
    if (!rv64_v_legal(l->insn, op, l->vmode) || !frm_ok(&v) || !half_ok(&v)) {
        return false;
    }
    if (fast && !slow && !(l->vmode & (V_MODE_VSTART | V_MODE_VILL)) && fast(&v)) {
        return true;
    }
    return general(&v);
}

ir_ref v_kseries(const struct v_insn *v, unsigned size, u64 first, u64 step)
{
    v128 t;
    for (unsigned i = 0; i < V_VLENB >> size; i++) {
        u64 x = first + i * step;
        __builtin_memcpy(&t.b[i << size], &x, (size_t)1 << size);
    }
    return ir_kv(v->l->b, t.d[0], t.d[1]);
}

ir_ref v_dup(const struct v_insn *v, unsigned size, ir_ref x)
{
    u64 k;
    if (ir_is_const(v->l->fn, x, &k)) {
        return v_kdup(v, size, k);
    }
    return V1(IR_VDUP, size, size == 3 ? x : ir_op1(v->l->b, IR_TRUNC, IR_I32, 0, x));
}

ir_ref v_vl(struct v_insn *v)
{
    struct rv64_lift *l = v->l;
    if (v->full) {
        return ir_k64(l->b, v->vlmax);
    }
    if (!l->vl || l->vl_block != l->b->block_start) {
        l->vl = ir_op0(l->b, IR_LDS, IR_I64, RV64_FIELD(vl));
        l->vl_block = l->b->block_start;
    }
    return l->vl;
}

/* Lanes of a register of elements of SIZE. */
static u32 lanes(unsigned size)
{
    return V_VLENB >> size;
}

ir_ref v_active_tail(struct v_insn *v, unsigned size, unsigned k)
{
    u32 n = lanes(size), first = k * n;
    u64 vl;
    if (!ir_is_const(v->l->fn, v_vl(v), &vl)) {
        /* first + i < vl, both less 64 to fit signed bytes */
        ir_ref edge = ir_op2(v->l->b, IR_SUB, IR_I64, 0, v_vl(v), ir_k64(v->l->b, 64));
        return V2(IR_VCMPGT, size, v_dup(v, size, edge), v_kseries(v, size, first - 64ull, 1));
    }
    if (first + n <= vl) {
        return 0;
    }
    u32 bytes = vl > first ? (u32)(vl - first) << size : 0;
    return ir_kv(v->l->b, MASK64(MIN(bytes, 8u) * 8), bytes > 8 ? MASK64((bytes - 8) * 8) : 0);
}

/* Register K of the lanes of SIZE that mask BITS was made from; 0: they are not known, or narrower ones are asked for. */
static ir_ref mask_lanes(struct v_insn *v, ir_ref bits, unsigned size, unsigned k)
{
    for (unsigned i = 0; i < ARRAY_LEN(v->l->masks); i++) {
        const struct rv64_mask *m = &v->l->masks[i];
        if (m->value != bits || m->vl != v_vl(v) || m->size > size) {
            continue;
        }
        unsigned by = size - m->size, at = (k & MASK64(by)) * (V_VLENB >> by);
        ir_ref x = m->lanes[k >> by];
        x = at ? V2(IR_VEXT, at, x, ir_kv(v->l->b, 0, 0)) : x;
        for (unsigned s = m->size; s < size; s++) {
            x = V1(IR_VSXTL, s, x);
        }
        return x;
    }
    return 0;
}

ir_ref v_expand_mask(struct v_insn *v, ir_ref bits, unsigned size, unsigned k)
{
    ir_ref known = mask_lanes(v, bits, size, k);
    if (known) {
        return known;
    }
    unsigned first = k * lanes(size);
    v128 from, pick = {.d = {0, 0}};
    for (unsigned j = 0; j < 16; j++) {
        unsigned bit = first + (j >> size);
        from.b[j] = (u8)(bit / 8);
        if ((j & ((1u << size) - 1)) == 0) {
            pick.b[j] = (u8)(1u << bit % 8);
        }
    }
    ir_ref one = ir_kv(v->l->b, pick.d[0], pick.d[1]);
    ir_ref x = V2(IR_VTBL1, 0, bits, ir_kv(v->l->b, from.d[0], from.d[1]));
    return V2(IR_VCMPEQ, size, V2(IR_VAND, 0, x, one), one);
}

ir_ref v_active(struct v_insn *v, unsigned size, unsigned k)
{
    ir_ref tail = v_active_tail(v, size, k);
    if (!v->masked) {
        return tail;
    }
    ir_ref m = v_expand_mask(v, v_reg(v, V_MASK_REG), size, k);
    return tail ? V2(IR_VAND, 0, m, tail) : m;
}

void v_write(struct v_insn *v, unsigned size, unsigned k, ir_ref x)
{
    ir_ref active = v_active(v, size, k);
    rv64_write_v(v->l, (int)(v->vd + k), active ? v_blend(v, active, x, v_reg(v, v->vd + k)) : x);
}

void v_write_group(struct v_insn *v, unsigned size, unsigned n, const ir_ref *r)
{
    for (unsigned k = 0; k < n; k++) {
        v_write(v, size, k, r[k]);
    }
}

ir_ref v_scalar_x(struct v_insn *v)
{
    if (v->form == V_OPIVI) {
        return ir_k64(v->l->b, (u64)sext64(v->vs1, 5));
    }
    return rv64_read(v->l, (int)v->vs1);
}

/* The f register rs1 as an element of SEW: the canonical NaN if it is not boxed. */
static ir_ref scalar_f(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    ir_ref f = rv64_read_f(v->l, (int)v->vs1);
    if (v->sew == 3) {
        return V1(IR_VDUP, 3, ir_op1(b, IR_BITI, IR_I64, 0, f));
    }
    if (v->sew == 2) {
        ir_ref s = ir_op1(b, IR_UNBOX, IR_F32, 0, f);
        return V1(IR_VDUP, 2, ir_op1(b, IR_BITI, IR_I32, 0, s));
    }
    ir_ref bits = ir_op1(b, IR_BITI, IR_I64, 0, f);
    ir_ref high = ir_op2(b, IR_SHR, IR_I64, 0, bits, ir_k64(b, 16));
    ir_ref boxed = ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, high, ir_k64(b, MASK64(48)));
    return v_dup(v, 1, ir_op3(b, IR_SELECT, IR_I64, 0, bits, ir_k64(b, 0x7e00), boxed));
}

ir_ref v_scalar_operand(struct v_insn *v)
{
    if (v->form <= V_OPMVV) {
        return 0;
    }
    return v->form == V_OPFVF ? scalar_f(v) : v_dup(v, v->sew, v_scalar_x(v));
}

ir_ref v_part(const struct v_insn *v, unsigned reg, unsigned by, unsigned k)
{
    ir_ref r = v_reg(v, reg + (k >> by));
    unsigned at = (k & ((1u << by) - 1)) * (V_VLENB >> by);
    return at == 0 ? r : at == 8 ? V1(IR_VHI, 0, r) : V2(IR_VEXT, at, r, ir_kv(v->l->b, 0, 0));
}

ir_ref v_mask_bits(struct v_insn *v, unsigned n)
{
    ir_ref x = ir_op1(v->l->b, IR_VGETL, IR_I64, 3, v_reg(v, n));
    return v->vlmax < 64 ? ir_op2(v->l->b, IR_AND, IR_I64, 0, x, ir_k64(v->l->b, MASK64(v->vlmax))) : x;
}

ir_ref v_tail_bits(struct v_insn *v)
{
    struct ir_builder *b = v->l->b;
    u64 vl;
    if (ir_is_const(v->l->fn, v_vl(v), &vl)) {
        return vl < 64 ? ir_k64(b, MASK64(vl)) : 0;
    }
    ir_ref one = ir_op2(b, IR_SHL, IR_I64, 0, ir_k64(b, 1), v_vl(v));
    ir_ref below = ir_op2(b, IR_SUB, IR_I64, 0, one, ir_k64(b, 1));
    ir_ref all = ir_op2(b, IR_CMP, IR_I64, IR_CC_UGE, v_vl(v), ir_k64(b, 64));
    return ir_op3(b, IR_SELECT, IR_I64, 0, ir_k64(b, ~0ull), below, all);
}

ir_ref v_active_bits(struct v_insn *v)
{
    ir_ref tail = v_tail_bits(v);
    if (!v->masked) {
        return tail;
    }
    ir_ref m = ir_op1(v->l->b, IR_VGETL, IR_I64, 3, v_reg(v, V_MASK_REG));
    return tail ? ir_op2(v->l->b, IR_AND, IR_I64, 0, m, tail) : m;
}

void v_write_bits(struct v_insn *v, ir_ref bits, ir_ref active)
{
    struct ir_builder *b = v->l->b;
    ir_ref old = v_reg(v, v->vd);
    u64 k;
    bool prefix = !active || (ir_is_const(v->l->fn, active, &k) && (k & (k + 1)) == 0 && v->full);
    if (prefix && v->vlmax >= 8) {
        unsigned size = (unsigned)__builtin_ctz(v->vlmax / 8);
        ir_ref x = size == 3 ? bits : ir_op1(b, IR_TRUNC, IR_I32, 0, bits);
        rv64_write_v(v->l, (int)v->vd, V2(IR_VSETL, size, old, x));
        return;
    }
    ir_ref was = ir_op1(b, IR_VGETL, IR_I64, 3, old);
    ir_ref diff = ir_op2(b, IR_AND, IR_I64, 0, ir_op2(b, IR_XOR, IR_I64, 0, was, bits), active);
    rv64_write_v(v->l, (int)v->vd, V2(IR_VSETL, 3, old, ir_op2(b, IR_XOR, IR_I64, 0, was, diff)));
}

void v_write_mask(struct v_insn *v, const ir_ref *x)
{
    struct ir_builder *b = v->l->b;
    ir_ref bits = 0;
    for (unsigned k = 0; k < v->regs; k++) {
        ir_ref part = ir_op1(b, IR_VSIGNS, IR_I32, (u16)v->sew, x[k]);
        part = ir_op1(b, IR_ZEXT, IR_I64, 32, part);
        if (k) {
            part = ir_op2(b, IR_SHL, IR_I64, 0, part, ir_k64(b, k * lanes(v->sew)));
        }
        bits = bits ? ir_op2(b, IR_OR, IR_I64, 0, bits, part) : part;
    }
    v_write_bits(v, bits, v_active_bits(v));
    if (!v->masked) {
        struct rv64_mask *m = &v->l->masks[v->l->mask_at++ % ARRAY_LEN(v->l->masks)];
        *m = (struct rv64_mask){.value = v_reg(v, v->vd), .vl = v_vl(v), .size = (u8)v->sew};
        __builtin_memcpy(m->lanes, x, v->regs * sizeof(*x));
    }
}
