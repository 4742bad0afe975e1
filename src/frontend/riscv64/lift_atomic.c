/* RV64 atomics (unprivileged manual: A, Zacas, Zawrs).
 *
 * The reservation is an address and the value read there: a store-conditional is a compare-and-swap that
 * expects this value. A thread sees its own changes undone by others in between (ABA) as no change, which
 * code between LR and SC cannot tell from having been slower. Loops that compilers make for one operation are one
 * instruction to the block driver (lrsc_loop.c) and one locked instruction here. */
#include "frontend/riscv64/lift_int.h"
#include "frontend/riscv64/lift.h"

#define FIELD(type, member) ir_op0(l->b, IR_LDS, type, RV64_FIELD(member))
#define SET_FIELD(member, v) ir_op1(l->b, IR_STS, IR_I64, RV64_FIELD(member), v)

/* What a register gets of an atomic's result of 1 << SZ bytes, which is zero-extended. */
static ir_ref extend(struct rv64_lift *l, int sz, ir_ref v)
{
    return sz == 2 ? ir_op1(l->b, IR_SEXT, IR_I64, 32, v) : v;
}

/* The low 1 << SZ bytes of V, zero-extended. */
static ir_ref low(struct rv64_lift *l, int sz, ir_ref v)
{
    return sz == 2 ? ir_op1(l->b, IR_ZEXT, IR_I64, 32, v) : v;
}

/* The address in register RS of an access of 1 << SZ bytes, which has to be aligned; Linux reports the
 * instruction's own where it is not. */
static ir_ref aligned_address(struct rv64_lift *l, int rs, int sz)
{
    ir_ref p = X(rs);
    if (sz) {
        ir_op1(l->b, IR_ALIGN, IR_I64, (u16)(sz | IR_ALIGN_PC), p);
    }
    return p;
}

/* Bits of what a constrained loop may compute with: OP, OP-IMM, LUI, AUIPC and their compressed forms; *RD is the
 * register it writes. */
static bool computes(u32 w, unsigned *rd)
{
    if ((w & 3) == 3) {
        *rd = w >> 7 & 31;
        return (w & 0x57) == 0x13 || (w & 0x5f) == 0x17;
    }
    unsigned what = (w & 3) << 3 | w >> 13;
    *rd = what == (1 << 3 | 4) ? 8 + (w >> 7 & 7) : w >> 7 & 31;
    return (what >= (1 << 3) && what <= (1 << 3 | 4)) || what == 2 << 3 || (what == (2 << 3 | 4) && (w & 0x7c));
}

/* The address of the SC that the LR in work leads to, 0: not for sure, or by a way it does not see whole. In between
 * are computations and ways out that leave the address alone, and no block begins. */
static gaddr paired_sc(const struct rv64_lift *l, const struct rv64_args_lr *a)
{
    const struct front_insn *in = l->f.in, *last = l->f.last;
    for (unsigned i = 0, rd = (unsigned)a->rd; i < 16 && in != last; i++) {
        if (rd == (unsigned)a->rs1 || !front_adjoins(in) || in[1].entry) {
            return 0;
        }
        in++;
        u32 w = in->word;
        if (in->len == 4 && (w & 0xf800007f) == 0x1800002f) {
            bool same = (int)(w >> 15 & 31) == a->rs1 && (int)(w >> 12 & 7) == a->sz;
            return same ? l->pc + (in->at - l->f.in->at) : 0;
        }
        if (in->leave == FRONT_COND) {
            rd = 0;
        } else if (in->leave != FRONT_GO_ON || in->len > 4 || !computes(w, &rd)) {
            return 0;
        }
    }
    return 0;
}

/* Where the pair is seen whole, SC knows what LR read, and needs no reservation. */
bool rv64_lift_LR(struct rv64_lift *l, const struct rv64_args_lr *a)
{
    ir_ref p = aligned_address(l, a->rs1, a->sz);
    ir_ref v = ir_op1(l->b, IR_LD, IR_I64, (u16)(a->sz | (a->aq ? IR_MEM_ACQ : 0)), p);
    l->sc_pc = paired_sc(l, a);
    l->resv_value = v;
    if (l->sc_pc) {
        SET_FIELD(resv_addr, K(RV64_RESV_NONE));
    } else {
        SET_FIELD(resv_addr, p);
        SET_FIELD(resv_value, v);
    }
    return put(l, a->rd, extend(l, a->sz, v));
}

static bool second_of_pair(struct rv64_lift *l, const struct rv64_args_amo *a)
{
    ir_ref old = ir_op3(l->b, IR_CAS, IR_I64, (u16)a->sz, X(a->rs1), l->resv_value, X(a->rs2));
    return put(l, a->rd, X1(IR_B2I, CMP(IR_CC_NE, old, l->resv_value)));
}

/* Where the reservation is elsewhere, the swap stores the value it expects: nothing changes. */
bool rv64_lift_SC(struct rv64_lift *l, const struct rv64_args_amo *a)
{
    struct ir_builder *b = l->b;
    if (l->sc_pc == l->pc) {
        return second_of_pair(l, a);
    }
    ir_ref p = aligned_address(l, a->rs1, a->sz), v = X(a->rs2), expect = FIELD(IR_I64, resv_value);
    ir_ref at = CMP(IR_CC_EQ, FIELD(IR_I64, resv_addr), p);
    v = ir_op3(b, IR_SELECT, IR_I64, 0, v, expect, at);
    ir_ref old = ir_op3(b, IR_CAS, IR_I64, (u16)a->sz, p, expect, v);
    ir_ref stored = ir_op2(b, IR_AND, IR_I1, 0, at, CMP(IR_CC_EQ, old, low(l, a->sz, expect)));
    ir_ref failed = ir_op2(b, IR_XOR, IR_I1, 0, stored, ir_k1(b, true));
    ir_ref status = X1(IR_B2I, failed);
    SET_FIELD(resv_addr, K(RV64_RESV_NONE));
    return put(l, a->rd, status);
}

static bool rmw(struct rv64_lift *l, const struct rv64_args_amo *a, enum ir_rmw op)
{
    ir_ref p = aligned_address(l, a->rs1, a->sz), v = X(a->rs2);
    ir_ref old = ir_op2(l->b, IR_RMW, IR_I64, (u16)((unsigned)a->sz | (unsigned)op << 8), p, v);
    return put(l, a->rd, extend(l, a->sz, old));
}

LIFT(AMOSWAP, amo, rmw(l, a, IR_RMW_XCHG))
LIFT(AMOADD, amo, rmw(l, a, IR_RMW_ADD))
LIFT(AMOXOR, amo, rmw(l, a, IR_RMW_XOR))
LIFT(AMOAND, amo, rmw(l, a, IR_RMW_AND))
LIFT(AMOOR, amo, rmw(l, a, IR_RMW_OR))
LIFT(AMOMIN, amo, rmw(l, a, IR_RMW_SMIN))
LIFT(AMOMAX, amo, rmw(l, a, IR_RMW_SMAX))
LIFT(AMOMINU, amo, rmw(l, a, IR_RMW_UMIN))
LIFT(AMOMAXU, amo, rmw(l, a, IR_RMW_UMAX))

/* Register pair N, N + 1 as a vector; pair 0 is zero. */
static ir_ref read_pair(struct rv64_lift *l, int n)
{
    ir_ref v = ir_op1(l->b, IR_F2V, IR_V128, IR_F64, ir_op1(l->b, IR_BITF, IR_F64, 0, X(n)));
    return ir_op2(l->b, IR_VSETL, IR_V128, 3 | 1 << 4, v, X(n ? n + 1 : 0));
}

static bool cas_pair(struct rv64_lift *l, const struct rv64_args_amo *a)
{
    ir_ref p = aligned_address(l, a->rs1, a->sz), expect = read_pair(l, a->rd), v = read_pair(l, a->rs2);
    ir_ref old = ir_op3(l->b, IR_CAS2, IR_V128, 4, p, expect, v);
    ir_ref lo = ir_op1(l->b, IR_VGETL, IR_I64, 3, old), hi = ir_op1(l->b, IR_VGETL, IR_I64, 3 | 1 << 4, old);
    rv64_write(l, a->rd, lo);
    return put(l, a->rd ? a->rd + 1 : 0, hi);
}

bool rv64_lift_AMOCAS(struct rv64_lift *l, const struct rv64_args_amo *a)
{
    if (a->sz == 4) {
        return cas_pair(l, a);
    }
    ir_ref p = aligned_address(l, a->rs1, a->sz), expect = X(a->rd), v = X(a->rs2);
    return put(l, a->rd, extend(l, a->sz, ir_op3(l->b, IR_CAS, IR_I64, (u16)a->sz, p, expect, v)));
}

/* A word loaded by LR is sign-extended, so it never equals an expected value that is not. */
static ir_ref loop_swap(struct rv64_lift *l, const struct rv64_lrsc_loop *e, ir_ref expect, ir_ref v)
{
    ir_ref p = aligned_address(l, e->addr, e->sz);
    if (e->sz == 2) {
        ir_ref sext = ir_op1(l->b, IR_SEXT, IR_I64, 32, expect);
        if (sext != expect) {
            v = ir_op3(l->b, IR_SELECT, IR_I64, 0, v, expect, CMP(IR_CC_EQ, sext, expect));
        }
    }
    return extend(l, e->sz, ir_op3(l->b, IR_CAS, IR_I64, e->sz, p, expect, v));
}

static bool cas_loop(struct rv64_lift *l, const struct rv64_lrsc_loop *e)
{
    ir_ref expect = X(e->expect), v = X(e->value);
    ir_ref old = loop_swap(l, e, expect, v);
    rv64_write(l, e->old, old);
    rv64_branch_if(l, CMP(IR_CC_NE, old, expect), e->out);
    return put(l, e->status, K(0));
}

/* The round that stores. */
bool rv64_lift_lrsc_loop(struct rv64_lift *l, const struct rv64_lrsc_loop *e)
{
    if (e->form == RV64_LOOP_CAS) {
        return cas_loop(l, e);
    }
    ir_ref v = e->with ? X(e->with) : K(e->imm), p = aligned_address(l, e->addr, e->sz);
    v = e->negate ? X1(IR_NEG, v) : v;
    ir_ref old = ir_op2(l->b, IR_RMW, IR_I64, (u16)(e->sz | e->rmw << 8), p, v);
    rv64_write(l, e->old, extend(l, e->sz, old));
    if (e->second) {
        rv64_decode_lift(l, e->second);
    }
    return put(l, e->status, K(0));
}

/* Waiting for a reservation to be lost may end at any time. */
LIFT(WRS_NTO, none, ((void)l, (void)a, true))
LIFT(WRS_STO, none, ((void)l, (void)a, true))
