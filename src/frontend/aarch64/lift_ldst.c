/* A64 loads and stores of general, FP and whole vector registers (Arm ARM C4.1 Loads and Stores).
 */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/lift_mem.h"

ir_ref a64_offset(struct a64_lift *l, ir_ref base, s64 imm)
{
    return imm ? ir_op2(l->b, IR_ADD, IR_I64, 0, base, ir_k64(l->b, (u64)imm)) : base;
}

ir_ref a64_load_x(struct a64_lift *l, unsigned sz, ir_ref addr, unsigned order)
{
    return ir_op1(l->b, IR_LD, IR_I64, (u16)(sz | order), addr);
}

void a64_store_x(struct a64_lift *l, unsigned sz, ir_ref addr, ir_ref v, unsigned order)
{
    ir_op2(l->b, IR_ST, IR_I64, (u16)(sz | order), addr, v);
}

ir_ref a64_load_v(struct a64_lift *l, unsigned sz, ir_ref addr)
{
    static const u8 types[] = {IR_I32, IR_I32, IR_F32, IR_F64, IR_V128};
    ir_ref v = ir_op1(l->b, IR_LD, types[sz], (u16)sz, addr);
    if (sz < 2) {
        v = ir_op1(l->b, IR_BITF, IR_F32, 0, v);
    }
    return sz == 4 ? v : ir_op1(l->b, IR_F2V, IR_V128, sz == 3 ? IR_F64 : IR_F32, v);
}

void a64_store_v(struct a64_lift *l, unsigned sz, ir_ref addr, ir_ref v)
{
    static const u8 types[] = {IR_I32, IR_I32, IR_F32, IR_F64, IR_V128};
    if (sz < 2) {
        v = ir_op1(l->b, IR_VGETL, IR_I32, (u16)sz, v);
    } else if (sz < 4) {
        v = ir_op1(l->b, IR_V2F, types[sz], 0, v);
    }
    ir_op2(l->b, IR_ST, types[sz], (u16)sz, addr, v);
}

/* Loads into general register RT are read as one op, so that it can go straight into the register.
 */
struct loaded {
    ir_ref v;
    bool w; /* I32: the write clears the upper half */
};

enum ext { ZERO, SIGN32, SIGN64 };

static struct loaded load(struct a64_lift *l, unsigned sz, ir_ref addr, enum ext ext)
{
    struct ir_builder *b = l->b;
    switch (ext) {
    case SIGN32:
        return (struct loaded){ir_op1(b, IR_LD, IR_I32, (u16)(sz | IR_MEM_SIGN), addr), true};
    case SIGN64:
        return (struct loaded){ir_op1(b, IR_LD, IR_I64, (u16)(sz | IR_MEM_SIGN), addr), false};
    default:
        return (struct loaded){a64_load_x(l, sz, addr, 0), false};
    }
}

static void write_loaded(struct a64_lift *l, unsigned rt, struct loaded v)
{
    (v.w ? a64_write_w : a64_write_x)(l, rt, v.v);
}

/* Base plus immediate. MODE: 1 post-indexed, 3 pre-indexed, even: no write-back. */
struct address {
    ir_ref at, next; /* NEXT: the base's new value, 0: none */
};

static struct address indexed(struct a64_lift *l, unsigned rn, int imm, int mode)
{
    ir_ref base = a64_read_xsp(l, rn), sum = a64_offset(l, base, imm);
    return (struct address){mode == 1 ? base : sum, mode & 1 ? sum : 0};
}

static void write_back(struct a64_lift *l, unsigned rn, struct address p)
{
    if (p.next) {
        a64_write_xsp(l, rn, p.next);
    }
}

static bool load_imm(struct a64_lift *l, const struct a64_args_ldst_i *a, enum ext ext)
{
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    struct loaded v = load(l, (unsigned)a->sz, p.at, ext);
    write_back(l, (unsigned)a->rn, p);
    write_loaded(l, (unsigned)a->rt, v);
    return true;
}

static bool store_imm(struct a64_lift *l, const struct a64_args_ldst_i *a)
{
    ir_ref v = a64_read_x(l, (unsigned)a->rt);
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    a64_store_x(l, (unsigned)a->sz, p.at, v, 0);
    write_back(l, (unsigned)a->rn, p);
    return true;
}

static bool load_imm_v(struct a64_lift *l, const struct a64_args_ldst_i *a)
{
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    ir_ref v = a64_load_v(l, (unsigned)a->sz, p.at);
    write_back(l, (unsigned)a->rn, p);
    a64_write_v(l, (unsigned)a->rt, v);
    return true;
}

static bool store_imm_v(struct a64_lift *l, const struct a64_args_ldst_i *a)
{
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    a64_store_v(l, (unsigned)a->sz, p.at, a64_read_v(l, (unsigned)a->rt));
    write_back(l, (unsigned)a->rn, p);
    return true;
}

#define LIFT(name, set, call)                                                                      \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_##set *a)                       \
    {                                                                                              \
        return call;                                                                               \
    }
#define SIGNED(a) ((a)->sf ? SIGN64 : SIGN32)

LIFT(LDR_imm, ldst_i, load_imm(l, a, ZERO))
LIFT(LDUR, ldst_i, load_imm(l, a, ZERO))
LIFT(LDTR, ldst_i, load_imm(l, a, ZERO))
LIFT(LDRS_imm, ldst_i, load_imm(l, a, SIGNED(a)))
LIFT(LDURS, ldst_i, load_imm(l, a, SIGNED(a)))
LIFT(LDTRS, ldst_i, load_imm(l, a, SIGNED(a)))
LIFT(STR_imm, ldst_i, store_imm(l, a))
LIFT(STUR, ldst_i, store_imm(l, a))
LIFT(STTR, ldst_i, store_imm(l, a))
LIFT(LDR_imm_f, ldst_i, load_imm_v(l, a))
LIFT(LDUR_f, ldst_i, load_imm_v(l, a))
LIFT(STR_imm_f, ldst_i, store_imm_v(l, a))
LIFT(STUR_f, ldst_i, store_imm_v(l, a))

/* Base plus extended register. */
static ir_ref reg_address(struct a64_lift *l, const struct a64_args_ldst_r *a)
{
    ir_ref off =
        a64_extend(l, IR_I64, (unsigned)a->rm, (unsigned)a->option, a->s ? (unsigned)a->sz : 0);
    return ir_op2(l->b, IR_ADD, IR_I64, 0, a64_read_xsp(l, (unsigned)a->rn), off);
}

static bool load_reg(struct a64_lift *l, const struct a64_args_ldst_r *a, enum ext ext)
{
    write_loaded(l, (unsigned)a->rt, load(l, (unsigned)a->sz, reg_address(l, a), ext));
    return true;
}

static bool store_reg(struct a64_lift *l, const struct a64_args_ldst_r *a)
{
    ir_ref p = reg_address(l, a);
    a64_store_x(l, (unsigned)a->sz, p, a64_read_x(l, (unsigned)a->rt), 0);
    return true;
}

static bool load_reg_v(struct a64_lift *l, const struct a64_args_ldst_r *a)
{
    a64_write_v(l, (unsigned)a->rt, a64_load_v(l, (unsigned)a->sz, reg_address(l, a)));
    return true;
}

static bool store_reg_v(struct a64_lift *l, const struct a64_args_ldst_r *a)
{
    ir_ref p = reg_address(l, a);
    a64_store_v(l, (unsigned)a->sz, p, a64_read_v(l, (unsigned)a->rt));
    return true;
}

LIFT(LDR_reg, ldst_r, load_reg(l, a, ZERO))
LIFT(LDRS_reg, ldst_r, load_reg(l, a, SIGNED(a)))
LIFT(STR_reg, ldst_r, store_reg(l, a))
LIFT(LDR_reg_f, ldst_r, load_reg_v(l, a))
LIFT(STR_reg_f, ldst_r, store_reg_v(l, a))

/* Literals. */
static bool load_lit(struct a64_lift *l, const struct a64_args_ldlit *a, enum ext ext)
{
    ir_ref p = ir_kpc(l->b, l->f.pc + (u64)(s64)a->imm);
    write_loaded(l, (unsigned)a->rt, load(l, (unsigned)a->sz, p, ext));
    return true;
}

LIFT(LDR_lit, ldlit, load_lit(l, a, ZERO))
LIFT(LDRSW_lit, ldlit, load_lit(l, a, SIGN64))

bool a64_lift_LDR_lit_f(struct a64_lift *l, const struct a64_args_ldlit *a)
{
    ir_ref p = ir_kpc(l->b, l->f.pc + (u64)(s64)a->imm);
    a64_write_v(l, (unsigned)a->rt, a64_load_v(l, (unsigned)a->sz, p));
    return true;
}

/* Pairs. */
static bool load_pair(struct a64_lift *l, const struct a64_args_pair *a, enum ext ext)
{
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    struct loaded v1 = load(l, (unsigned)a->sz, p.at, ext);
    struct loaded v2 = load(l, (unsigned)a->sz, a64_offset(l, p.at, 1 << a->sz), ext);
    write_back(l, (unsigned)a->rn, p);
    write_loaded(l, (unsigned)a->rt, v1);
    write_loaded(l, (unsigned)a->rt2, v2);
    return true;
}

static bool store_pair(struct a64_lift *l, const struct a64_args_pair *a)
{
    ir_ref v1 = a64_read_x(l, (unsigned)a->rt), v2 = a64_read_x(l, (unsigned)a->rt2);
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    a64_store_x(l, (unsigned)a->sz, p.at, v1, 0);
    a64_store_x(l, (unsigned)a->sz, a64_offset(l, p.at, 1 << a->sz), v2, 0);
    write_back(l, (unsigned)a->rn, p);
    return true;
}

static bool load_pair_v(struct a64_lift *l, const struct a64_args_pair *a)
{
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    ir_ref v1 = a64_load_v(l, (unsigned)a->sz, p.at);
    ir_ref v2 = a64_load_v(l, (unsigned)a->sz, a64_offset(l, p.at, 1 << a->sz));
    write_back(l, (unsigned)a->rn, p);
    a64_write_v(l, (unsigned)a->rt, v1);
    a64_write_v(l, (unsigned)a->rt2, v2);
    return true;
}

static bool store_pair_v(struct a64_lift *l, const struct a64_args_pair *a)
{
    struct address p = indexed(l, (unsigned)a->rn, a->imm, a->mode);
    a64_store_v(l, (unsigned)a->sz, p.at, a64_read_v(l, (unsigned)a->rt));
    a64_store_v(l, (unsigned)a->sz, a64_offset(l, p.at, 1 << a->sz),
                a64_read_v(l, (unsigned)a->rt2));
    write_back(l, (unsigned)a->rn, p);
    return true;
}

LIFT(LDP, pair, load_pair(l, a, ZERO))
LIFT(LDNP, pair, load_pair(l, a, ZERO))
LIFT(LDPSW, pair, load_pair(l, a, SIGN64))
LIFT(STP, pair, store_pair(l, a))
LIFT(STNP, pair, store_pair(l, a))
LIFT(LDP_f, pair, load_pair_v(l, a))
LIFT(LDNP_f, pair, load_pair_v(l, a))
LIFT(STP_f, pair, store_pair_v(l, a))
LIFT(STNP_f, pair, store_pair_v(l, a))

/* Prefetches never fault and need not fetch. */
LIFT(PRFM_imm, prfm, ((void)l, (void)a, true))
LIFT(PRFM_reg, prfm, ((void)l, (void)a, true))
LIFT(PRFM_lit, prfm, ((void)l, (void)a, true))
LIFT(PRFUM, prfm, ((void)l, (void)a, true))
