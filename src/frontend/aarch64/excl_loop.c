/* Loops of load-exclusive and store-exclusive as compilers make them for one atomic operation. */
#include "frontend/aarch64/lift.h"
#include "frontend/aarch64/priv.h"

enum { ZR = 31, MAX_WORDS = 6 };

static unsigned rd(u32 w)
{
    return w & 31;
}

static unsigned rn(u32 w)
{
    return w >> 5 & 31;
}

static unsigned rm(u32 w)
{
    return w >> 16 & 31;
}

/* LDXR, LDAXR and STXR, STLXR of any size, no pairs. */
static bool is_ldxr(u32 w)
{
    return (w & 0x3fff7c00) == 0x085f7c00;
}

static bool is_stxr(u32 w)
{
    return (w & 0x3fe07c00) == 0x08007c00;
}

/* An operation of W's width sees what was loaded whole. */
static bool width_fits(const struct a64_excl_loop *e, u32 w)
{
    return e->sz < 3 || w >> 31;
}

/* W makes the new value by one operation on the old one. */
static bool match_op(struct a64_excl_loop *e, u32 w)
{
    static const u8 logic[4][2] = {{IR_RMW_AND, IR_RMW_CLR}, {IR_RMW_OR, IR_RMW_OR}, {IR_RMW_XOR, IR_RMW_XOR}};
    bool sub = w >> 30 & 1, invert = w >> 21 & 1, commutes = !sub;
    if (rd(w) != e->value || w >> 31 != (e->sz == 3)) {
        return false;
    }
    if ((w & 0x3f800000) == 0x11000000) { /* ADD, SUB immediate */
        e->rmw = IR_RMW_ADD;
        return rn(w) == e->old;
    }
    if ((w & 0x1f800000) == 0x12000000) { /* AND, ORR, EOR immediate */
        u64 value;
        e->rmw = logic[w >> 29 & 3][0];
        return rn(w) == e->old && (w >> 29 & 3) != 3 &&
               a64_bitmask(w >> 31, w >> 22 & 1, w >> 16 & 63, w >> 10 & 63, &value);
    }
    if ((w & 0x3f200000) == 0x0b000000 && (w >> 22 & 3) != 3) { /* ADD, SUB register */
        e->rmw = IR_RMW_ADD;
    } else if ((w & 0x1f000000) == 0x0a000000 && (w >> 29 & 3) != 3) { /* AND, BIC, ORR, ORN, EOR, EON */
        e->rmw = logic[w >> 29 & 3][invert];
        commutes = !invert;
    } else {
        return false;
    }
    if (w >> 31 == 0 && w & BIT(15)) { /* undefined */
        return false;
    }
    return (rn(w) == e->old) != (rm(w) == e->old) && (rn(w) == e->old || (commutes && !(w & 0x00c0fc00)));
}

/* W compares the old value. */
static bool match_cmp(const struct a64_excl_loop *e, u32 w)
{
    bool imm = (w & 0x7f80001f) == 0x7100001f, reg = (w & 0x7fe0fc1f) == 0x6b00001f;
    bool ext = (w & 0xffe09c1f) == 0x6b20001f; /* UXTB to UXTX; of 32 bits all are zero-extensions */
    return (imm || ((reg || ext) && rm(w) != e->old)) && rn(w) == e->old && width_fits(e, w);
}

/* CMP, CSEL: a minimum or maximum. */
static bool match_minmax(struct a64_excl_loop *e, u32 cmp, u32 csel)
{
    static const u8 ops[16] = {[2] = IR_RMW_UMAX, [8] = IR_RMW_UMAX, [3] = IR_RMW_UMIN, [9] = IR_RMW_UMIN,
                               [10] = IR_RMW_SMAX, [12] = IR_RMW_SMAX, [11] = IR_RMW_SMIN, [13] = IR_RMW_SMIN};
    e->rmw = ops[csel >> 12 & 15];
    return (csel & 0x7fe00c00) == 0x1a800000 && (cmp & 0x7fe0fc1f) == 0x6b00001f && e->rmw && e->sz >= 2 &&
           (cmp ^ csel) >> 31 == 0 && cmp >> 31 == (e->sz == 3) && rn(csel) == e->old && rm(csel) == rm(cmp) &&
           rd(csel) == e->value;
}

/* What leads to the store is a compare-and-swap: W[1] compares and W[COUNT] branches out, or one does both. */
static bool match_cas(struct a64_excl_loop *e, const u32 *w, unsigned count, gaddr pc)
{
    u32 branch = w[count];
    bool ne = count == 2 && (branch & 0xff00001f) == 0x54000001 && match_cmp(e, w[1]);
    bool cbnz = count == 1 && (branch & 0x7f000000) == 0x35000000 && rd(branch) == e->old && width_fits(e, branch);
    e->out = pc + count * 4 + (u64)(sext64(branch >> 5, 19) * 4);
    return (ne || cbnz) && e->value != e->old;
}

static bool match_middle(struct a64_excl_loop *e, const u32 *w, unsigned count, gaddr pc)
{
    e->form = A64_LOOP_CAS;
    if (match_cas(e, w, count, pc)) {
        e->compares = count == 2;
        return true;
    }
    e->form = A64_LOOP_RMW;
    switch (count) {
    case 0:
        e->rmw = IR_RMW_XCHG;
        return e->value != e->old;
    case 1:
        return e->value != ZR && e->value != e->base && match_op(e, w[1]);
    default:
        e->compares = true;
        return e->value != ZR && e->value != e->base && match_cmp(e, w[1]) && match_minmax(e, w[1], w[2]);
    }
}

bool a64_find_excl_loop(struct a64_excl_loop *e, gaddr pc, gaddr limit)
{
    u32 w[MAX_WORDS] = {0};
    unsigned n = (unsigned)MIN((limit - pc) / 4, (u64)MAX_WORDS), at = 1; /* AT: the store */
    __builtin_memcpy(w, (const void *)(uintptr_t)pc, n * 4);
    while (at + 1 < n && !is_stxr(w[at])) {
        at++;
    }
    if (at + 1 >= n || at > 3 || !is_ldxr(w[0]) || w[0] >> 30 != w[at] >> 30 || rn(w[0]) != rn(w[at])) {
        return false;
    }
    u32 end = w[at + 1];
    *e = (struct a64_excl_loop){.sz = (u8)(w[0] >> 30),
                                .base = (u8)rn(w[0]),
                                .old = (u8)rd(w[0]),
                                .value = (u8)rd(w[at]),
                                .status = (u8)rm(w[at]),
                                .second = w[1],
                                .third = w[2],
                                .len = (u8)(at + 2) * 4};
    bool registers = e->old != ZR && e->old != e->base && e->status != ZR && e->status != e->base &&
                     e->status != e->value;
    bool again = end == (0x35000000 | (-(at + 1) & 0x7ffff) << 5 | e->status);
    if (!registers || !match_middle(e, w, at - 1, pc)) {
        return false;
    }
    /* Of a weak compare-and-swap CMP status, #0 follows: for one that stored it gives the flags of equal operands. */
    bool weak = end == (0x7100001fu | (u32)e->status << 5) && e->form == A64_LOOP_CAS && e->compares;
    return again || weak;
}
