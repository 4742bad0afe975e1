/* What the vector lifters share.
 *
 * A lifter knows vtype from the block key and whether vl is VLMAX. It computes whole registers: where elements are
 * not active (tail, masked off), the result is blended with the old destination by a mask of all-ones lanes, and what
 * could raise a flag or touch memory there is kept away. What no lifter takes on is done by the reference function
 * (rv64_v_helper) on the state, between two block boundaries, so that the state is current. */
#ifndef FRONTEND_RISCV64_LIFT_V_H
#define FRONTEND_RISCV64_LIFT_V_H

#include "frontend/riscv64/priv.h"
#include "frontend/riscv64/vector.h"

/* One instruction being lifted. */
struct v_insn {
    struct rv64_lift *l;
    enum rv64_op op;
    enum v_shape shape;
    unsigned vd, vs1, vs2; /* register numbers; vs1 also rs1 or an immediate */
    unsigned form;         /* funct3 */
    unsigned sew;          /* log2 of bytes */
    int lmul;              /* log2 */
    unsigned regs;         /* registers of a group of LMUL, at least 1 */
    u32 vlmax;
    bool masked, full;     /* by v0; vl is VLMAX */
};

/* Lifts an instruction that needs vtype: by FAST if that takes it (it returns false without having emitted anything
 * but pure ops), else by the reference function. */
typedef bool v_fast(struct v_insn *v);
bool rv64_v_lift(struct rv64_lift *l, enum rv64_op op, v_fast *fast);
#define V_LIFT(NAME, SET, fast)                                                                    \
    bool rv64_lift_##NAME(struct rv64_lift *l, const struct rv64_args_##SET *a)                    \
    {                                                                                              \
        (void)a;                                                                                   \
        return rv64_v_lift(l, RV64_OP_##NAME, fast);                                               \
    }
#define V_LIFT_VV(NAME, fast) V_LIFT(NAME##_VV, vv, fast)
#define V_LIFT_VX(NAME, fast) V_LIFT(NAME##_VX, vx, fast)
#define V_LIFT_VI(NAME, fast) V_LIFT(NAME##_VI, vi, fast)
#define V_LIFT_V_X(NAME, fast) V_LIFT_VV(NAME, fast) V_LIFT_VX(NAME, fast)
#define V_LIFT_X_I(NAME, fast) V_LIFT_VX(NAME, fast) V_LIFT_VI(NAME, fast)
#define V_LIFT_V_X_I(NAME, fast) V_LIFT_V_X(NAME, fast) V_LIFT_VI(NAME, fast)
#define V_LIFT_W(NAME, fast) V_LIFT(NAME##_WV, vv, fast) V_LIFT(NAME##_WX, vx, fast)
#define V_LIFT_W_I(NAME, fast) V_LIFT_W(NAME, fast) V_LIFT(NAME##_WI, vi, fast)
#define V_LIFT_V_F(NAME, fast) V_LIFT_VV(NAME, fast) V_LIFT(NAME##_VF, vx, fast)
#define V_LIFT_WF(NAME, fast) V_LIFT(NAME##_WV, vv, fast) V_LIFT(NAME##_WF, vx, fast)

/* Vector ops with one to three operands. */
#define V1(op, aux, a) ir_op1(v->l->b, op, IR_V128, (u16)(aux), a)
#define V2(op, aux, a, x) ir_op2(v->l->b, op, IR_V128, (u16)(aux), a, x)
#define V3(op, aux, a, x, c) ir_op3(v->l->b, op, IR_V128, (u16)(aux), a, x, c)

static inline ir_ref v_reg(const struct v_insn *v, unsigned n)
{
    return rv64_read_v(v->l, (int)(n & 31));
}

/* Every lane of SIZE holds X; a constant. */
static inline ir_ref v_kdup(const struct v_insn *v, unsigned size, u64 x)
{
    static const u64 ones[4] = {0x0101010101010101ull, 0x0001000100010001ull, 0x0000000100000001ull, 1};
    u64 lane = (x & MASK64(8u << size)) * ones[size];
    return ir_kv(v->l->b, lane, lane);
}

/* Lane I of SIZE holds FIRST + I * STEP; a constant. */
ir_ref v_kseries(const struct v_insn *v, unsigned size, u64 first, u64 step);
/* Every lane of SIZE holds the low bits of X, an I64. */
ir_ref v_dup(const struct v_insn *v, unsigned size, ir_ref x);
/* vl as I64. */
ir_ref v_vl(struct v_insn *v);
/* All ones in the lanes of SIZE of register K of a group that are active, 0: all are. _TAIL: as if not masked. */
ir_ref v_active(struct v_insn *v, unsigned size, unsigned k);
ir_ref v_active_tail(struct v_insn *v, unsigned size, unsigned k);
/* All ones in the lanes of SIZE for bits K * lanes.. of the mask in BITS. */
ir_ref v_expand_mask(struct v_insn *v, ir_ref bits, unsigned size, unsigned k);
/* X where ACTIVE (0: everywhere), else OLD. */
static inline ir_ref v_blend(const struct v_insn *v, ir_ref active, ir_ref x, ir_ref old)
{
    return active ? V3(IR_VBSL, 0, active, x, old) : x;
}
/* Register VD + K = X in the active lanes of SIZE. */
void v_write(struct v_insn *v, unsigned size, unsigned k, ir_ref x);
/* The same for the N registers of a group. */
void v_write_group(struct v_insn *v, unsigned size, unsigned n, const ir_ref *r);

/* The second operand: the scalar of the .vx, .vi and .vf forms in every lane of SEW, 0 in .vv forms. */
ir_ref v_scalar_operand(struct v_insn *v);
/* It as I64, not extended or cut. */
ir_ref v_scalar_x(struct v_insn *v);
/* Second operand for register K: of vs1, or SCALAR if that is not 0. */
static inline ir_ref v_operand(const struct v_insn *v, ir_ref scalar, unsigned k)
{
    return scalar ? scalar : v_reg(v, v->vs1 + k);
}

/* The low EMUL part of a group at REG whose elements are half (or QUARTER..) as wide: the 16 >> BY bytes from which
 * register K of a group of 1 << BY times wider elements is made, moved to the bottom. */
ir_ref v_part(const struct v_insn *v, unsigned reg, unsigned by, unsigned k);

/* Masks of 64 elements at most, as I64: bit I is element I. Active bits: 0 when all 64 are. */
ir_ref v_tail_bits(struct v_insn *v);
ir_ref v_active_bits(struct v_insn *v);
/* Bits of vd = those of BITS where ACTIVE has ones (as v_active_bits or v_tail_bits gives it). */
void v_write_bits(struct v_insn *v, ir_ref bits, ir_ref active);
/* The same from the lanes of SEW in X[regs], all ones or zero: for elements that are active. */
void v_write_mask(struct v_insn *v, const ir_ref *x);

#endif
