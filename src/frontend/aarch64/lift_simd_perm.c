/* A64 Advanced SIMD permute, extract, table look-up, copy, modified immediate (Arm ARM C4.1). */
#include "frontend/aarch64/simd.h"

#define WRITE(v) (a64_write_q(l, (unsigned)a->q, (unsigned)a->rd, v), true)

/* Permutes of the 8-byte form, in terms of the 16-byte ops: zips need only the first half of a ZIP1; the
 * others work on both low halves side by side. */
#define ZIP(NAME, full, half_op)                                                                   \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_vvv *a)                         \
    {                                                                                              \
        ir_ref n = VN, m = VM;                                                                     \
        return WRITE(a->q ? V2(full, a->size, n, m) : half_op(l, (unsigned)a->size, n, m));        \
    }

static ir_ref zip1_half(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m)
{
    return V2(IR_VZIP1, size, n, m);
}

static ir_ref zip2_half(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m)
{
    return V1(IR_VHI, 0, V2(IR_VZIP1, size, n, m));
}

static ir_ref uzp1_half(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m)
{
    ir_ref both = V2(IR_VCAT, 0, n, m);
    return V2(IR_VUZP1, size, both, both);
}

static ir_ref uzp2_half(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m)
{
    ir_ref both = V2(IR_VCAT, 0, n, m);
    return V2(IR_VUZP2, size, both, both);
}

static ir_ref trn1_half(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m)
{
    return V2(IR_VTRN1, size, n, m);
}

static ir_ref trn2_half(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m)
{
    return V2(IR_VTRN2, size, n, m);
}

ZIP(ZIP1, IR_VZIP1, zip1_half)
ZIP(ZIP2, IR_VZIP2, zip2_half)
ZIP(UZP1, IR_VUZP1, uzp1_half)
ZIP(UZP2, IR_VUZP2, uzp2_half)
ZIP(TRN1, IR_VTRN1, trn1_half)
ZIP(TRN2, IR_VTRN2, trn2_half)

bool a64_lift_EXT(struct a64_lift *l, const struct a64_args_ext *a)
{
    ir_ref n = VN, m = VM;
    if (a->q) {
        return WRITE(V2(IR_VEXT, a->imm, n, m));
    }
    ir_ref both = V2(IR_VCAT, 0, n, m);
    return WRITE(V2(IR_VEXT, a->imm, both, both));
}

/* Bytes of the table of LEN + 1 registers from RN on; an index outside gives 0. */
static ir_ref table(struct a64_lift *l, unsigned len, unsigned rn, ir_ref index)
{
    ir_ref t[4];
    for (unsigned i = 0; i <= len; i++) {
        t[i] = a64_read_v(l, (rn + i) % 32);
    }
    if (len == 0) {
        return V2(IR_VTBL1, 0, t[0], index);
    }
    ir_ref low = V3(IR_VTBL2, 0, t[0], t[1], index);
    if (len == 1) {
        return low;
    }
    /* An index below 32 wraps to 224 and more: outside the upper table. */
    ir_ref upper = V2(IR_VSUB, 0, index, simd_kdup(l, 0, 32));
    ir_ref high = len == 2 ? V2(IR_VTBL1, 0, t[2], upper) : V3(IR_VTBL2, 0, t[2], t[3], upper);
    return V2(IR_VOR, 0, low, high);
}

bool a64_lift_TBL(struct a64_lift *l, const struct a64_args_tbl *a)
{
    return WRITE(table(l, (unsigned)a->len, (unsigned)a->rn, VM));
}

bool a64_lift_TBX(struct a64_lift *l, const struct a64_args_tbl *a)
{
    ir_ref index = VM, v = table(l, (unsigned)a->len, (unsigned)a->rn, index);
    ir_ref outside = V2(IR_VCMPHI, 0, index, simd_kdup(l, 0, 16u * ((unsigned)a->len + 1) - 1));
    return WRITE(V3(IR_VBSL, 0, outside, VD, v));
}

/* Copy */

bool a64_lift_DUP_ve(struct a64_lift *l, const struct a64_args_elem *a)
{
    return WRITE(V1(IR_VDUPL, a->size | a->index << 4, VN));
}

bool a64_lift_DUP_r(struct a64_lift *l, const struct a64_args_dup_r *a)
{
    ir_ref r = a64_read(l, a->size == 3, (unsigned)a->rn);
    return WRITE(V1(IR_VDUP, a->size, r));
}

bool a64_lift_DUP_se(struct a64_lift *l, const struct a64_args_elem *a)
{
    ir_ref v = a64_read_lane(l, (unsigned)a->size, (unsigned)a->rn, (unsigned)a->index, false);
    a64_write_bits(l, (unsigned)a->size, (unsigned)a->rd, v);
    return true;
}

/* q: the general register is 64 bits wide. */
bool a64_lift_SMOV(struct a64_lift *l, const struct a64_args_elem *a)
{
    ir_ref v = a64_read_lane(l, (unsigned)a->size, (unsigned)a->rn, (unsigned)a->index, true);
    if (a->q) {
        a64_write_x(l, (unsigned)a->rd, ir_op1(l->b, IR_SEXT, IR_I64, 32, v));
    } else {
        a64_write_w(l, (unsigned)a->rd, v);
    }
    return true;
}

bool a64_lift_UMOV(struct a64_lift *l, const struct a64_args_elem *a)
{
    ir_ref v = a64_read_lane(l, (unsigned)a->size, (unsigned)a->rn, (unsigned)a->index, false);
    a64_write(l, a->size == 3, (unsigned)a->rd, v);
    return true;
}

bool a64_lift_INS_r(struct a64_lift *l, const struct a64_args_ins_r *a)
{
    ir_ref r = a64_read(l, a->size == 3, (unsigned)a->rn);
    a64_write_v(l, (unsigned)a->rd, V2(IR_VSETL, a->size | a->index << 4, VD, r));
    return true;
}

bool a64_lift_INS_e(struct a64_lift *l, const struct a64_args_ins_e *a)
{
    a64_write_v(l, (unsigned)a->rd, V2(IR_VINSL, a->size | a->dst << 4 | a->src << 8, VD, VN));
    return true;
}

/* Modified immediate */

static ir_ref expand(struct a64_lift *l, const struct a64_args_modimm *a, bool invert)
{
    u64 v = a64_expand_simd((unsigned)a->op, (unsigned)a->cmode, (u64)a->imm);
    v = invert ? ~v : v;
    return ir_kv(l->b, v, a->q ? v : 0);
}

bool a64_lift_MOVI(struct a64_lift *l, const struct a64_args_modimm *a)
{
    a64_write_v(l, (unsigned)a->rd, expand(l, a, false));
    return true;
}

bool a64_lift_MVNI(struct a64_lift *l, const struct a64_args_modimm *a)
{
    a64_write_v(l, (unsigned)a->rd, expand(l, a, true));
    return true;
}

bool a64_lift_FMOV_vimm(struct a64_lift *l, const struct a64_args_modimm *a)
{
    a64_write_v(l, (unsigned)a->rd, expand(l, a, false));
    return true;
}

bool a64_lift_ORR_vimm(struct a64_lift *l, const struct a64_args_modimm *a)
{
    return WRITE(V2(IR_VOR, 0, VD, expand(l, a, false)));
}

bool a64_lift_BIC_vimm(struct a64_lift *l, const struct a64_args_modimm *a)
{
    return WRITE(V2(IR_VANDN, 0, VD, expand(l, a, false)));
}
