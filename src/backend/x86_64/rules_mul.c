/* Rules for multiplication, division and CRC. */
#include "backend/x86_64/fpop.h"

void rule_mul(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    ir_ref a = peel(g, in, in->a), b = peel(g, in, in->b);
    s32 k;
    bool keep = w && (g->features & HOST_BMI) && !const_s32(g, b, w, &k);
    if (!keep || pend_reads(g, i)) {
        pend_flush(g);
    }
    if (const_s32(g, b, w, &k)) {
        unsigned d = ra_def(g, i, ANY), ra = ra_use(g, a, ANY);
        if (k == (s8)k) {
            e_8(e, (u8)k);
            e_rr(e, 0x6b | WBIT(w), d, ra);
        } else {
            e_32(e, (u32)k);
            e_rr(e, 0x69 | WBIT(w), d, ra);
        }
        return;
    }
    if (g->pend.kind) { /* mulx leaves the flags alone */
        unsigned d = ra_def(g, i, ANY);
        g->rf[GPR].busy |= BIT(d);
        ra_clobber(g, BIT(RDX));
        unsigned rb = ra_use(g, b, ~BIT(RDX)), ra = ra_use_hint(g, a, ANY, RDX);
        unsigned hi = d == RDX ? ra_tmp(g, GPR, ANY) : RDX;
        e_vrr(e, 0xf6 | M_38 | P_F2 | O_W, hi, d, rb);
        if (ra != RDX) {
            e_mov_rr(e, true, RDX, ra);
        }
        return;
    }
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned hb = ra_home(g, b), rb = hb != NOREG ? hb : ra_use(g, b, ~BIT(d));
    g->rf[GPR].busy &= ~BIT(d);
    unsigned ra = ra_use_hint(g, a, ANY, d);
    if (rb == d) {
        e_rr(e, 0xaf | M_0F | WBIT(w), d, ra); /* commutes */
        return;
    }
    e_rr(e, 0xaf | M_0F | WBIT(w), d, rb);
    if (ra != d) {
        e_mov_rr(e, w, d, ra);
    }
}

void rule_mulh(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool sign = in->op == IR_MULHS;
    if (sign || !(g->features & HOST_BMI) || pend_reads(g, i)) {
        pend_flush(g);
    }
    if (!sign && (g->features & HOST_BMI)) { /* mulx: rdx * rb */
        unsigned d = ra_def(g, i, ANY);
        g->rf[GPR].busy |= BIT(d);
        ra_clobber(g, BIT(RDX));
        unsigned rb = ra_use(g, in->b, ~BIT(RDX)), ra = ra_use_hint(g, in->a, ANY, RDX);
        e_vrr(e, 0xf6 | M_38 | P_F2 | O_W, d, d, rb);
        if (ra != RDX) {
            e_mov_rr(e, true, RDX, ra);
        }
        return;
    }
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    ra_clobber(g, BIT(RAX) | BIT(RDX));
    unsigned rb = ra_use(g, in->b, ~(BIT(RAX) | BIT(RDX))), ra = ra_use_hint(g, in->a, ANY, RAX);
    if (d != RDX) {
        e_mov_rr(e, true, d, RDX);
    }
    e_rr(e, 0xf7 | O_W, sign ? 5 : 4, rb);
    if (ra != RAX) {
        e_mov_rr(e, true, RAX, ra);
    }
}

/* Quotient or remainder by A64's rules: a zero divisor and MIN / -1 do not trap. */
void rule_div(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64, sign = in->op == IR_SDIV || in->op == IR_SREM;
    bool rem = in->op == IR_UREM || in->op == IR_SREM;
    unsigned res = rem ? RDX : RAX;
    u64 v;
    ir_ref b = peel(g, in, in->b);
    bool known = ir_is_const(g->fn, b, &v);
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    ra_clobber(g, BIT(RAX) | BIT(RDX));
    unsigned rb = ra_use(g, b, ~(BIT(RAX) | BIT(RDX))),
             ra = ra_use_hint(g, peel(g, in, in->a), ANY, RAX);
    if (d != res) {
        e_mov_rr(e, w, d, res);
    }
    u32 done = here(g);
    e_rr(e, 0xf7 | WBIT(w), sign ? 7 : 6, rb);
    if (sign) {
        e_8(e, 0x99); /* cdq, cqo */
        if (w) {
            e_8(e, 0x48);
        }
    } else {
        e_zero(e, RDX);
    }
    bool zero = !known || (w ? v : (u32)v) == 0,
         minus = sign && (!known || (w ? v == ~0ull : (u32)v == ~0u));
    u32 cold_zero = 0, cold_minus = 0;
    to_cold(g);
    if (zero) { /* quotient 0, remainder the dividend */
        e_jmp_fix(e, FIX_HOT, done);
        rem ? e_mov_rr(e, w, RDX, RAX) : e_zero(e, RAX);
        cold_zero = here(g);
    }
    if (minus) { /* quotient -a, remainder 0 */
        e_jmp_fix(e, FIX_HOT, done);
        rem ? e_zero(e, RDX) : e_rr(e, 0xf7 | WBIT(w), 3, RAX);
        cold_minus = here(g);
    }
    to_hot(g);
    if (minus) {
        e_jcc_fix(e, CC_E, FIX_COLD, cold_minus);
        e_alu_ri(e, ALU_CMP, w, rb, -1);
    }
    if (zero) {
        e_jcc_fix(e, CC_E, FIX_COLD, cold_zero);
        e_test_rr(e, w, rb, rb);
    }
    if (ra != RAX) {
        e_mov_rr(e, w, RAX, ra);
    }
}

/* CRC-32 by carry-less products (Barrett): with Q the low 64 bits of DATA * (x^96 / P), the remainder is in bits 64 to 95
 * of Q * P, all bits mirrored. */
static void crc32_by_products(struct cg *g, u32 i, const struct ir_ins *in)
{
    const u32 pclmulqdq = 0x44 | P_66 | M_3A, pextrd = 0x16 | P_66 | M_3A, movq = 0x6e | P_66 | M_0F | O_W;
    struct emit *e = &g->e;
    unsigned bits = 8u << (in->aux & 3);
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    bool w = bits == 64;
    unsigned ra = ra_use(g, w ? in->a : peel32(g, in->a), ANY), rb = ra_use(g, w ? in->b : peel32(g, in->b), ANY);
    unsigned t = ra_tmp(g, GPR, ANY), x = ra_tmp(g, XMM, ANY);
    if (bits < 32) { /* what was not consumed */
        e_alu_rr(e, ALU_XOR, false, d, t);
    }
    e_8(e, 2);
    g->avx ? e_vrr(e, pextrd, x, 0, d) : e_rr(e, pextrd, x, d);
    if (bits < 32) {
        e_shift_ri(e, SH_SHR, false, t, bits);
        e_mov_rr(e, false, t, ra);
    }
    v_op_m(g, pclmulqdq, x, x, pool_mem(g, 0x1db710641, 0, 16), 0);
    v_op_m(g, pclmulqdq, x, x, pool_mem(g, 0xb4e5b025f7011641, 0, 16), 0);
    g->avx ? e_vrr(e, movq, x, 0, t) : e_rr(e, movq, x, t);
    if (!w) {
        e_shift_ri(e, SH_SHL, true, t, 64 - bits);
    }
    e_alu_rr(e, ALU_XOR, w, t, ra);
    e_mov_rr(e, w, t, rb);
}

void rule_crc32(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned size = in->aux & 3;
    if (!(in->aux & 4) && (g->features & HOST_PCLMUL)) {
        crc32_by_products(g, i, in);
        return;
    }
    if (!(in->aux & 4) || !(g->features & HOST_SSE42)) {
        rule_ref(g, i, in);
        return;
    }
    ir_ref b = size < 3 ? peel32(g, in->b) : in->b;
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned hb = ra_home(g, b), rb = hb != NOREG ? hb : ra_use(g, b, ~BIT(d));
    g->rf[GPR].busy &= ~BIT(d);
    unsigned ra = ra_use_hint(g, peel32(g, in->a), ANY, d), t = d;
    if (rb == d && ra != d) {
        t = ra_tmp(g, GPR, ~BIT(d));
        e_mov_rr(e, false, d, t);
    }
    static const u32 opc[4] = {0xf0 | M_38 | P_F2 | O_B8, 0xf1 | M_38 | P_F2, 0xf1 | M_38 | P_F2,
                               0xf1 | M_38 | P_F2 | O_W};
    e_rr(e, opc[size], t, rb);
    if (size == 1) {
        e_8(e, 0x66);
    }
    if (ra != t) {
        e_mov_rr(e, false, t, ra);
    }
}
