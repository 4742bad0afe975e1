/* A64 exclusives, acquire and release, and atomics (Arm ARM C4.1, B2.9, B2.3).
 *
 * The exclusive monitor is an address and the value read there: a store-exclusive is a
 * compare-and-swap that expects this value. A thread sees its own changes undone by others in
 * between (ABA) as no change, which code for exclusives cannot tell from having been slower. */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/lift.h"
#include "frontend/aarch64/lift_mem.h"


static ir_ref load_field(struct a64_lift *l, enum ir_type type, unsigned offset)
{
    return ir_op0(l->b, IR_LDS, type, (u16)offset);
}

static void store_field(struct a64_lift *l, enum ir_type type, unsigned offset, ir_ref v)
{
    ir_op1(l->b, IR_STS, type, (u16)offset, v);
}

/* The address in register RN of an access of 1 << SZ bytes that has to be aligned (B2.5.2; FEAT_LSE2, which would allow
 * some, is not announced). */
static ir_ref aligned_address(struct a64_lift *l, unsigned rn, unsigned sz)
{
    ir_ref p = a64_read_xsp(l, rn);
    if (sz) {
        ir_op1(l->b, IR_ALIGN, IR_I64, (u16)sz, p);
    }
    return p;
}

static bool load_ordered(struct a64_lift *l, const struct a64_args_ldst_o *a)
{
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz);
    a64_write_x(l, (unsigned)a->rt, a64_load_x(l, (unsigned)a->sz, p, IR_MEM_ACQ));
    return true;
}

static bool load_exclusive(struct a64_lift *l, const struct a64_args_ldst_o *a, unsigned order)
{
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz);
    ir_ref v = a64_load_x(l, (unsigned)a->sz, p, order);
    store_field(l, IR_I64, A64_FIELD(excl_addr), p);
    store_field(l, IR_I64, A64_FIELD(excl_lo), v);
    a64_write_x(l, (unsigned)a->rt, v);
    return true;
}

static ir_ref monitor_is_at(struct a64_lift *l, ir_ref p)
{
    ir_ref at = load_field(l, IR_I64, A64_FIELD(excl_addr));
    return ir_op2(l->b, IR_CMP, IR_I64, IR_CC_EQ, at, p);
}

/* Status register RS: 0 if STORED. */
static void end_exclusive(struct a64_lift *l, unsigned rs, ir_ref stored)
{
    ir_ref failed = ir_op2(l->b, IR_XOR, IR_I1, 0, stored, ir_k1(l->b, true));
    ir_ref status = ir_op1(l->b, IR_B2I, IR_I64, 0, failed);
    store_field(l, IR_I64, A64_FIELD(excl_addr), ir_k64(l->b, A64_EXCL_NONE));
    a64_write_x(l, rs, status);
}

/* Where the monitor is elsewhere, the swap stores the value it expects: nothing changes. */
static bool store_exclusive(struct a64_lift *l, const struct a64_args_stxr *a)
{
    struct ir_builder *b = l->b;
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz), v = a64_read_x(l, (unsigned)a->rt);
    ir_ref at = monitor_is_at(l, p);
    ir_ref expect = load_field(l, IR_I64, A64_FIELD(excl_lo));
    v = ir_op3(b, IR_SELECT, IR_I64, 0, v, expect, at);
    ir_ref old = ir_op3(b, IR_CAS, IR_I64, (u16)a->sz, p, expect, v);
    ir_ref same = ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, old, expect);
    end_exclusive(l, (unsigned)a->rs, ir_op2(b, IR_AND, IR_I1, 0, at, same));
    return true;
}

/* Two 32-bit halves as one I64. */
static ir_ref join(struct a64_lift *l, ir_ref lo, ir_ref hi)
{
    return ir_op2(l->b, IR_BFI, IR_I64, 32 | 32 << 6, lo, hi);
}

static ir_ref low_half(struct a64_lift *l, ir_ref v)
{
    return ir_op1(l->b, IR_ZEXT, IR_I64, 32, v);
}

static ir_ref high_half(struct a64_lift *l, ir_ref v)
{
    return a64_shift(l, IR_I64, v, 1, 32);
}

static ir_ref lane64(struct a64_lift *l, ir_ref v, unsigned i)
{
    return ir_op1(l->b, IR_VGETL, IR_I64, (u16)(3 | i << 4), v);
}

/* A pair of V: I64 of two words (SZ 2) or V128 of two doublewords (SZ 3). */
static void write_pair(struct a64_lift *l, int sz, unsigned rt, unsigned rt2, ir_ref v)
{
    ir_ref lo = sz == 2 ? low_half(l, v) : lane64(l, v, 0);
    ir_ref hi = sz == 2 ? high_half(l, v) : lane64(l, v, 1);
    a64_write_x(l, rt, lo);
    a64_write_x(l, rt2, hi);
}

static ir_ref read_pair(struct a64_lift *l, int sz, unsigned rt, unsigned rt2)
{
    ir_ref lo = a64_read_x(l, rt), hi = a64_read_x(l, rt2);
    return sz == 2 ? join(l, lo, hi) : a64_make_v(l, lo, hi);
}

static bool load_exclusive_pair(struct a64_lift *l, const struct a64_args_ldxp *a, unsigned order)
{
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz + 1), v;
    if (a->sz == 2) {
        v = a64_load_x(l, 3, p, order);
        store_field(l, IR_I64, A64_FIELD(excl_lo), v);
    } else {
        v = ir_op1(l->b, IR_LD, IR_V128, (u16)(4 | order), p);
        store_field(l, IR_V128, A64_FIELD(excl_lo), v);
    }
    store_field(l, IR_I64, A64_FIELD(excl_addr), p);
    write_pair(l, a->sz, (unsigned)a->rt, (unsigned)a->rt2, v);
    return true;
}

static bool store_exclusive_pair(struct a64_lift *l, const struct a64_args_stxp *a)
{
    struct ir_builder *b = l->b;
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz + 1), same;
    ir_ref v = read_pair(l, a->sz, (unsigned)a->rt, (unsigned)a->rt2);
    ir_ref at = monitor_is_at(l, p);
    if (a->sz == 2) {
        ir_ref expect = load_field(l, IR_I64, A64_FIELD(excl_lo));
        v = ir_op3(b, IR_SELECT, IR_I64, 0, v, expect, at);
        ir_ref old = ir_op3(b, IR_CAS, IR_I64, 3, p, expect, v);
        same = ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, old, expect);
    } else {
        ir_ref expect = load_field(l, IR_V128, A64_FIELD(excl_lo));
        v = ir_op3(b, IR_SELECT, IR_V128, 0, v, expect, at);
        ir_ref old = ir_op3(b, IR_CAS2, IR_V128, 4, p, expect, v);
        ir_ref diff = ir_op2(b, IR_VXOR, IR_V128, 0, old, expect);
        diff = ir_op2(b, IR_OR, IR_I64, 0, lane64(l, diff, 0), lane64(l, diff, 1));
        same = ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, diff, ir_k64(b, 0));
    }
    end_exclusive(l, (unsigned)a->rs, ir_op2(b, IR_AND, IR_I1, 0, at, same));
    return true;
}

/* --- whole loops (excl_loop.c): one locked instruction stands for the round that stores --- */

static ir_ref widen(struct a64_lift *l, bool sf, ir_ref v)
{
    return sf ? v : ir_op1(l->b, IR_ZEXT, IR_I64, 32, v);
}

/* The operand beside the old value of W: an immediate, or a register shifted, inverted or negated as the
 * operation wants it. */
static ir_ref loop_operand(struct a64_lift *l, const struct a64_excl_loop *e)
{
    u32 w = e->second;
    unsigned rn = w >> 5 & 31, rm = w >> 16 & 31;
    bool sf = w >> 31, sub = w >> 30 & 1;
    enum ir_type type = A64_TYPE(sf);
    u64 k = (u64)(w >> 10 & 0xfff) << (w & BIT(22) ? 12 : 0);
    if ((w & 0x1f800000) == 0x11000000) {
        return widen(l, sf, ir_k(l->b, type, sub ? -k : k));
    }
    if ((w & 0x1f800000) == 0x12000000) {
        a64_bitmask(sf, w >> 22 & 1, w >> 16 & 63, w >> 10 & 63, &k);
        return ir_k64(l->b, k);
    }
    ir_ref v = a64_shift(l, type, a64_read(l, sf, rm == e->old ? rn : rm), w >> 22 & 3, w >> 10 & 63);
    bool logic = (w & 0x1f000000) == 0x0a000000, invert = w >> 21 & 1;
    if (!logic && sub) {
        v = ir_op1(l->b, IR_NEG, type, 0, v);
    } else if (logic && invert && (w >> 29 & 3) != 0) { /* ORN, EON; AND NOT is an operation of its own */
        v = ir_op1(l->b, IR_NOT, type, 0, v);
    }
    return widen(l, sf, v);
}

static ir_ref loop_rmw(struct a64_lift *l, const struct a64_excl_loop *e, ir_ref p)
{
    ir_ref v;
    if (e->compares) { /* of a minimum or maximum: the register compared with */
        v = a64_read_x(l, e->second >> 16 & 31);
    } else if (e->rmw == IR_RMW_XCHG) {
        v = a64_read_x(l, e->value);
    } else {
        v = loop_operand(l, e);
    }
    return ir_op2(l->b, IR_RMW, IR_I64, (u16)(e->sz | e->rmw << 8), p, v);
}

/* What the loop compares the zero-extended old value with. */
static ir_ref loop_expected(struct a64_lift *l, const struct a64_excl_loop *e)
{
    u32 w = e->second;
    bool sf = w >> 31;
    if (!e->compares) {
        return ir_k64(l->b, 0);
    }
    if (w & BIT(28)) {
        return ir_k64(l->b, (u64)(w >> 10 & 0xfff) << (w & BIT(22) ? 12 : 0));
    }
    ir_ref v = a64_read(l, sf, w >> 16 & 31);
    return widen(l, sf, w & BIT(21) ? a64_extend(l, A64_TYPE(sf), w >> 16 & 31, w >> 13 & 7, 0) : v);
}

/* An expected value that does not fit is never found: then the swap stores what it expects. */
static ir_ref loop_cas(struct a64_lift *l, const struct a64_excl_loop *e, ir_ref p)
{
    struct ir_builder *b = l->b;
    ir_ref v = a64_read_x(l, e->value), expect = loop_expected(l, e);
    ir_ref fits = e->sz == 3 ? expect : ir_op1(b, IR_ZEXT, IR_I64, (u16)(8u << e->sz), expect);
    if (fits != expect) {
        v = ir_op3(b, IR_SELECT, IR_I64, 0, v, expect, ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, fits, expect));
    }
    return ir_op3(b, IR_CAS, IR_I64, e->sz, p, expect, v);
}

bool a64_lift_excl_loop(struct a64_lift *l)
{
    struct ir_builder *b = l->b;
    struct a64_excl_loop e;
    if (!a64_find_excl_loop(&e, l->f.pc, l->f.params->limit)) {
        return false;
    }
    bool cas = e.form == A64_LOOP_CAS;
    ir_ref p = aligned_address(l, e.base, e.sz), zero = ir_k64(b, 0), old = (cas ? loop_cas : loop_rmw)(l, &e, p);
    a64_write_x(l, e.old, old);
    if (e.compares) {
        a64_decode_lift(l, e.second);
    }
    store_field(l, IR_I64, A64_FIELD(excl_addr), ir_k64(b, A64_EXCL_NONE));
    if (!cas) {
        if (e.rmw != IR_RMW_XCHG) {
            a64_decode_lift(l, e.compares ? e.third : e.second);
        }
        a64_write_x(l, e.status, zero);
        return true;
    }
    ir_ref differs = e.compares ? a64_cond(l, 1) : ir_op2(b, IR_CMP, IR_I64, IR_CC_NE, old, zero);
    if (e.out == l->f.pc + e.len) {
        a64_write_x(l, e.status, ir_op3(b, IR_SELECT, IR_I64, 0, a64_read_x(l, e.status), zero, differs));
        return true;
    }
    a64_branch_if(l, differs, e.out);
    if (!l->f.end_unit) {
        a64_write_x(l, e.status, zero);
    }
    return true;
}

#define LIFT(name, set, call)                                                                      \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_##set *a)                       \
    {                                                                                              \
        return call;                                                                               \
    }

LIFT(LDAR, ldst_o, load_ordered(l, a))
LIFT(LDAPR, ldst_o, load_ordered(l, a))
LIFT(LDXR, ldst_o, load_exclusive(l, a, 0))
LIFT(LDAXR, ldst_o, load_exclusive(l, a, IR_MEM_ACQ))
LIFT(STXR, stxr, store_exclusive(l, a))
LIFT(STLXR, stxr, store_exclusive(l, a))
LIFT(LDXP, ldxp, load_exclusive_pair(l, a, 0))
LIFT(LDAXP, ldxp, load_exclusive_pair(l, a, IR_MEM_ACQ))
LIFT(STXP, stxp, store_exclusive_pair(l, a))
LIFT(STLXP, stxp, store_exclusive_pair(l, a))

bool a64_lift_STLR(struct a64_lift *l, const struct a64_args_ldst_o *a)
{
    ir_ref v = a64_read_x(l, (unsigned)a->rt);
    a64_store_x(l, (unsigned)a->sz, aligned_address(l, (unsigned)a->rn, (unsigned)a->sz), v, IR_MEM_REL);
    return true;
}

/* Atomics: all orders, as the host's locked instructions are. */
static bool rmw(struct a64_lift *l, const struct a64_args_atomic *a, enum ir_rmw op)
{
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz), v = a64_read_x(l, (unsigned)a->rs);
    ir_ref old = ir_op2(l->b, IR_RMW, IR_I64, (u16)((unsigned)a->sz | (unsigned)op << 8), p, v);
    a64_write_x(l, (unsigned)a->rt, old);
    return true;
}

LIFT(LDADD, atomic, rmw(l, a, IR_RMW_ADD))
LIFT(LDCLR, atomic, rmw(l, a, IR_RMW_CLR))
LIFT(LDEOR, atomic, rmw(l, a, IR_RMW_XOR))
LIFT(LDSET, atomic, rmw(l, a, IR_RMW_OR))
LIFT(LDSMAX, atomic, rmw(l, a, IR_RMW_SMAX))
LIFT(LDSMIN, atomic, rmw(l, a, IR_RMW_SMIN))
LIFT(LDUMAX, atomic, rmw(l, a, IR_RMW_UMAX))
LIFT(LDUMIN, atomic, rmw(l, a, IR_RMW_UMIN))
LIFT(SWP, atomic, rmw(l, a, IR_RMW_XCHG))

bool a64_lift_CAS(struct a64_lift *l, const struct a64_args_cas *a)
{
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz);
    ir_ref expect = a64_read_x(l, (unsigned)a->rs), v = a64_read_x(l, (unsigned)a->rt);
    a64_write_x(l, (unsigned)a->rs, ir_op3(l->b, IR_CAS, IR_I64, (u16)a->sz, p, expect, v));
    return true;
}

bool a64_lift_CASP(struct a64_lift *l, const struct a64_args_cas *a)
{
    unsigned rs = (unsigned)a->rs, rt = (unsigned)a->rt;
    ir_ref p = aligned_address(l, (unsigned)a->rn, (unsigned)a->sz + 1);
    ir_ref expect = read_pair(l, a->sz, rs, rs + 1), v = read_pair(l, a->sz, rt, rt + 1);
    ir_ref old = a->sz == 2 ? ir_op3(l->b, IR_CAS, IR_I64, 3, p, expect, v)
                            : ir_op3(l->b, IR_CAS2, IR_V128, 4, p, expect, v);
    write_pair(l, a->sz, rs, rs + 1, old);
    return true;
}
