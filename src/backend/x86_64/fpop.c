/* Emission of instructions on vector registers for whatever the host has. */
#include "backend/x86_64/fpop.h"

void v_op(struct cg *g, u32 opc, unsigned d, unsigned a, unsigned b, int imm)
{
    struct emit *e = &g->e;
    if (imm != NOIMM) {
        e_8(e, (unsigned)imm);
    }
    if (opc & O_UN) {
        g->avx ? e_vrr(e, opc, d, 0, b) : e_rr(e, opc, d, b);
        return;
    }
    if (g->avx) {
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
    if (g->avx) {
        e_vrm(e, opc, d, opc & O_UN ? 0 : a, m);
    } else {
        e_rm(e, opc, d, m);
    }
    e->trail = 0;
    if (!g->avx && !(opc & O_UN)) {
        v_mov(g, d, a);
    }
}

void box_above(struct cg *g, unsigned d)
{
    v_op_m(g, ORPS, d, d, pool_mem(g, ~MASK64(32), 0, 16), NOIMM);
}

ir_ref peel_v(struct cg *g, ir_ref r)
{
    while (!IR_IS_K(r) && !ra_has_reg(g, r) && !g->vi[r].spill) {
        const struct ir_ins *in = &g->ins[r];
        if (in->op != IR_V2F && !(in->op == IR_UNBOX && (in->aux & 1))) {
            break;
        }
        r = in->a;
    }
    return r;
}
