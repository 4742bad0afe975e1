/* Ops without a rule, and rare cases of those with one: a call of the reference function through
 * stubs.ref, which preserves every register. Guest helpers go the same way. */
#include "backend/x86_64/fpop.h"

static struct mem scratch(unsigned n)
{
    return mem_gs(CPU_OFF(scratch) + n * sizeof(v128));
}

static bool is_type_void(const struct cg *g, ir_ref r)
{
    return r == 0 || (!IR_IS_K(r) && g->ins[r].op == IR_FLAGS);
}

/* Operand N of a call comes from register REG, or memory or a constant when that is NOREG. */
void put_operand(struct cg *g, unsigned n, ir_ref r, unsigned reg)
{
    unsigned type = ir_type_of(g->fn, r);
    if (!IR_IS_K(r)) {
        type = ir_result_type(&g->ins[r]);
    }
    if (type == IR_I1 || type == IR_I32) {
        type = IR_I64; /* zero-extended in its register */
    }
    v_store(g, type, reg, scratch(n));
}

static u32 descriptor(const struct ir_ins *in)
{
    return (in->op & 255u) | (u32)in->type << 8 | (in->op >> 8 ? 1u << 15 : 0) | (u32)in->aux << 16;
}

void rule_ref(struct cg *g, u32 i, const struct ir_ins *in)
{
    pend_flush(g); /* the stub changes the flags, even where the rule that comes here is RF_SAFE */
    struct emit *e = &g->e;
    unsigned type = ir_result_type(in);
    unsigned d = ra_def(g, i, ANY);
    const ir_ref ops[3] = {in->a, in->b, in->c};
    unsigned reg[3] = {NOREG, NOREG, NOREG};
    for (unsigned n = 0; n < 3; n++) {
        if (!is_type_void(g, ops[n])) {
            reg[n] = ra_use(g, ops[n], ANY);
        }
    }
    v_load(g, type == IR_I1 ? IR_I32 : type, d, scratch(3));
    e_call_m(e, mem_gs(CPU_OFF(stubs.ref)));
    e_store_imm(e, false, (s32)descriptor(in), mem_gs(CPU_OFF(ref_desc)));
    for (unsigned n = 0; n < 3; n++) {
        if (reg[n] != NOREG) {
            put_operand(g, n, ops[n], reg[n]);
        }
    }
}

u32 cold_ref(struct cg *g, const struct ir_ins *in, unsigned d, unsigned ra, unsigned rb,
             unsigned rc, u32 hot)
{
    struct emit *e = &g->e;
    unsigned type = ir_result_type(in);
    to_cold(g);
    e_jmp_fix(e, FIX_HOT, hot);
    if (type == IR_F32 && g->fn->fp_rules == IR_FP_RV64) {
        box_above(g, d);
    }
    v_load(g, type == IR_I1 ? IR_I32 : type, d, scratch(3));
    e_call_m(e, mem_gs(CPU_OFF(stubs.ref)));
    e_store_imm(e, false, (s32)descriptor(in), mem_gs(CPU_OFF(ref_desc)));
    if (in->c) {
        put_operand(g, 2, in->c, rc);
    }
    if (in->b) {
        put_operand(g, 1, in->b, rb);
    }
    put_operand(g, 0, in->a, ra);
    u32 at = here(g);
    to_hot(g);
    return at;
}

void rule_helper(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    const ir_ref ops[3] = {in->a, in->b, in->c};
    unsigned reg[3] = {NOREG, NOREG, NOREG};
    if (ra_live(g, i)) {
        unsigned d = ra_def(g, i, ANY);
        e_load(e, true, d, scratch(3));
    }
    for (unsigned n = 0; n < 3; n++) {
        if (ops[n]) {
            reg[n] = ra_use(g, ops[n], ANY);
        }
    }
    adapt_in(g);
    e_call_m(e, mem_gs(CPU_OFF(stubs.helper)));
    adapt_out(g);
    e_store_imm(e, false, in->aux, mem_gs(CPU_OFF(ref_desc)));
    for (unsigned n = 0; n < 3; n++) {
        if (reg[n] != NOREG) {
            e_store(e, true, reg[n], scratch(n));
        }
    }
}
