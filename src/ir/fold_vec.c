/* Folding rules of the builder for moves between register files, and for vectors. */
#include "ir/priv.h"

static inline const struct ir_ins *def(const struct ir_builder *b, ir_ref r)
{
    return IR_IS_K(r) ? &b->fn->ins[0] : &b->fn->ins[r];
}

static inline const struct ir_const *konst(const struct ir_builder *b, ir_ref r)
{
    return IR_IS_K(r) ? &b->fn->k[r & ~IR_K] : NULL;
}

/* True when the high 64 bits of vector R are certainly zero. */
static bool high_zero(const struct ir_builder *b, ir_ref r, unsigned depth)
{
    if (IR_IS_K(r)) {
        return b->fn->k[r & ~IR_K].hi == 0;
    }
    const struct ir_ins *d = &b->fn->ins[r];
    if (d->op >= IR_VFADD && d->op <= IR_VFCMLA && d->op != IR_VFCVTL && d->op != IR_VFCVTN) {
        return (d->aux & 4) != 0;
    }
    switch (d->op) {
    case IR_F2V:
    case IR_VZLO:
    case IR_VHI:
    case IR_VXTN:
    case IR_VSQXTN:
    case IR_VUQXTN:
    case IR_VSQXTUN:
    case IR_VFCVTN:
    case IR_VREDADD:
    case IR_VREDSADDL:
    case IR_VREDUADDL:
    case IR_VREDSMIN:
    case IR_VREDSMAX:
    case IR_VREDUMIN:
    case IR_VREDUMAX:
        return true;
    case IR_LD:
        return IR_MEM_SIZE(d->aux) < 4;
    case IR_VAND:
        return depth && (high_zero(b, d->a, depth - 1) || high_zero(b, d->b, depth - 1));
    case IR_VANDN:
        return depth && high_zero(b, d->a, depth - 1);
    case IR_VOR:
    case IR_VXOR:
    case IR_VADD:
    case IR_VSUB:
        return depth && high_zero(b, d->a, depth - 1) && high_zero(b, d->b, depth - 1);
    default:
        return false;
    }
}

static ir_ref fold_v2f(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    const struct ir_const *c = konst(b, in->a);
    if (c) {
        return in->type == IR_F32 ? ir_kf32(b, (u32)c->lo) : ir_kf64(b, c->lo);
    }
    if (d->op == IR_F2V && d->aux == in->type) {
        return d->a;
    }
    if (d->op == IR_VZLO) {
        return ir_op1(b, IR_V2F, (enum ir_type)in->type, 0, d->a);
    }
    return 0;
}

static ir_ref fold_f2v(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    const struct ir_const *c = konst(b, in->a);
    if (c) {
        return ir_kv(b, c->lo, 0);
    }
    return d->op == IR_V2F && d->type == IR_F64 ? ir_op1(b, IR_VZLO, IR_V128, 0, d->a) : 0;
}

static ir_ref fold_biti(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    const struct ir_const *c = konst(b, in->a);
    if (c) {
        return ir_k(b, (enum ir_type)in->type, c->lo);
    }
    return d->op == IR_BITF ? d->a : 0;
}

static ir_ref fold_bitf(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    const struct ir_const *c = konst(b, in->a);
    if (c && !c->pcrel) {
        return in->type == IR_F32 ? ir_kf32(b, (u32)c->lo) : ir_kf64(b, c->lo);
    }
    return d->op == IR_BITI ? d->a : 0;
}

static ir_ref fold_unbox(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    const struct ir_const *c = konst(b, in->a);
    if (c) {
        bool boxed = (in->aux & 1) || c->lo >> 32 == MASK64(32);
        return ir_kf32(b, boxed ? (u32)c->lo : 0x7fc00000);
    }
    return d->op == IR_BOX ? d->a : 0;
}

/* fmv, fneg and fabs are written as sign injections. */
static ir_ref fold_fsgnj(struct ir_builder *b, const struct ir_ins *in)
{
    if (in->a != in->b) {
        return 0;
    }
    return in->aux == 0 ? in->a
                        : ir_op1(b, in->aux == 1 ? IR_FNEG : IR_FABS, (enum ir_type)in->type, 0,
                                 in->a);
}

static ir_ref fold_vgetl(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_ins *d = def(b, in->a);
    unsigned size = in->aux & 3, lane = in->aux >> 4;
    if (size < 2 || (size == 2 && in->type != IR_I32)) {
        return 0;
    }
    if (d->op == IR_F2V && lane == 0 && d->aux == (size == 3 ? IR_F64 : IR_F32)) {
        return ir_op1(b, IR_BITI, (enum ir_type)in->type, 0, d->a);
    }
    if (d->op == IR_VSETL && (d->aux & 3) == size && (unsigned)(d->aux >> 4) == lane) {
        return d->b;
    }
    if (d->op == IR_VDUP && d->aux == size) {
        return d->a;
    }
    return 0;
}

/* A choice by constant bits, and one of such a choice that has an operand in common. */
static ir_ref fold_vbsl(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_const *m = konst(b, in->a);
    if (in->b == in->c) {
        return in->b;
    }
    if (!m) {
        return 0;
    }
    if ((m->lo & m->hi) == ~0ull || (m->lo | m->hi) == 0) {
        return m->lo ? in->b : in->c;
    }
    const struct ir_ins *d = def(b, in->b);
    const struct ir_const *n = d->op == IR_VBSL ? konst(b, d->a) : NULL;
    if (n && d->b == in->c) {
        return ir_op3(b, IR_VBSL, IR_V128, 0, ir_kv(b, m->lo & ~n->lo, m->hi & ~n->hi), d->c,
                      in->c);
    }
    if (n && d->c == in->c) {
        return ir_op3(b, IR_VBSL, IR_V128, 0, ir_kv(b, m->lo & n->lo, m->hi & n->hi), d->b, in->c);
    }
    return 0;
}

/* The bits of each half of vector V that a shift has cleared. */
static u64 cleared(struct ir_builder *b, ir_ref v)
{
    const struct ir_ins *d = def(b, v);
    unsigned width = 8u << (d->aux & 3), n = d->aux >> 4;
    u64 lane = MASK64(width), each = ~0ull / lane;
    if (d->op == IR_VSHLI) {
        return MASK64(n) * each;
    }
    return d->op == IR_VSHRI ? (lane & ~(n < width ? lane >> n : 0)) * each : 0;
}

/* SLI and SRI behind the other shift of a rotation clear what is clear. */
static ir_ref fold_vandn(struct ir_builder *b, const struct ir_ins *in)
{
    const struct ir_const *m = konst(b, in->b);
    if (in->a == in->b) {
        return ir_kv(b, 0, 0);
    }
    return m && !(m->lo & ~cleared(b, in->a)) && !(m->hi & ~cleared(b, in->a)) ? in->a : 0;
}

ir_ref ir_fold_move(struct ir_builder *b, const struct ir_ins *in)
{
    switch (in->op) {
    case IR_V2F:
        return fold_v2f(b, in);
    case IR_F2V:
        return fold_f2v(b, in);
    case IR_BITI:
        return fold_biti(b, in);
    case IR_BITF:
        return fold_bitf(b, in);
    case IR_VGETL:
        return fold_vgetl(b, in);
    case IR_BOX:
        return IR_IS_K(in->a) ? ir_kf64(b, b->fn->k[in->a & ~IR_K].lo | ~MASK64(32)) : 0;
    case IR_UNBOX:
        return fold_unbox(b, in);
    case IR_FSGNJ:
        return fold_fsgnj(b, in);
    case IR_VZLO:
        if (IR_IS_K(in->a)) {
            return ir_kv(b, b->fn->k[in->a & ~IR_K].lo, 0);
        }
        return high_zero(b, in->a, 3) ? in->a : 0;
    case IR_VAND:
    case IR_VOR:
        return in->a == in->b ? in->a : 0;
    case IR_VXOR:
        return in->a == in->b ? ir_kv(b, 0, 0) : 0;
    case IR_VANDN:
        return fold_vandn(b, in);
    case IR_VBSL:
        return fold_vbsl(b, in);
    case IR_VSHLI:
    case IR_VSHRI:
    case IR_VSARI:
        return in->aux >> 4 == 0 ? in->a : 0;
    case IR_VINSL: /* a lane onto itself */
        return in->a == in->b && ((in->aux >> 4) & 15) == in->aux >> 8 ? in->a : 0;
    default:
        return 0;
    }
}
