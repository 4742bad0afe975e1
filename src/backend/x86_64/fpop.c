/* Emission of vector instructions for whatever the host has, and sequences of them. */
#include "backend/x86_64/fpop.h"

void v_op(struct cg *g, u32 opc, unsigned d, unsigned a, unsigned b, int imm)
{
    struct emit *e = &g->e;
    if (imm != NOIMM) {
        e_8(e, (unsigned)imm);
    }
    if (opc & O_SHI) { /* a: extension */
        if (g->avx) {
            e_vrr(e, opc, a, d, b);
        } else {
            e_rr(e, opc, a, d);
            v_mov(g, d, b);
        }
        return;
    }
    if (opc & O_UN) {
        g->avx ? e_vrr(e, opc, d, 0, b) : e_rr(e, opc, d, b);
        return;
    }
    if (g->avx && !(opc & O_LEG)) {
        e_vrr(e, opc, d, a, b);
        return;
    }
    if (d == b && d != a) {
        ASSERT(opc & O_COMM);
        b = a;
        a = d;
    }
    e_rr(e, opc, d, b);
    v_mov(g, d, a);
}

void v_op_m(struct cg *g, u32 opc, unsigned d, unsigned a, struct mem m, int imm)
{
    struct emit *e = &g->e;
    if (imm != NOIMM) {
        e_8(e, (unsigned)imm);
        e->trail = 1;
    }
    if (g->avx && !(opc & O_LEG)) {
        e_vrm(e, opc, d, opc & O_UN ? 0 : a, m);
        e->trail = 0;
        return;
    }
    e_rm(e, opc, d, m);
    e->trail = 0;
    if (!(opc & O_UN)) {
        v_mov(g, d, a);
    }
}

void vs_shift(struct vs *s, unsigned ext, unsigned size, unsigned d, unsigned a, unsigned n)
{
    static const u32 opc[4] = {0, PSLLW_I, PSLLD_I, PSLLQ_I};
    vs_i(s, ext == 4 && size == 3 ? (u32)PSRAQ_I : opc[size], d, ext, a, n);
}

void vs_const(struct vs *s, unsigned d, u64 lo, u64 hi)
{
    if (lo == 0 && hi == 0) {
        vs_zero(s, d);
    } else if (lo == ~0ull && hi == ~0ull && d < 16) {
        vs(s, PCMPEQD, d, d, d);
    } else {
        vs_m(s, MOVAPS, d, 0, pool_mem(s->g, lo, hi, 16));
    }
}

void vs_end(struct vs *s)
{
    while (s->n--) {
        const struct vs_op *o = &s->op[s->n];
        o->in_mem ? v_op_m(s->g, o->opc, o->d, o->a, o->m, o->imm)
                  : v_op(s->g, o->opc, o->d, o->a, o->b, o->imm);
    }
}

ir_ref peel_v(struct cg *g, ir_ref r)
{
    while (!IR_IS_K(r) && g->ins[r].op == IR_V2F && !ra_has_reg(g, r) && !g->vi[r].spill) {
        r = g->ins[r].a;
    }
    return r;
}
