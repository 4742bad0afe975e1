/* Rules for the IEEE flags of the FP status, which RISC-V programs save and restore around comparisons. */
#include "backend/x86_64/rules.h"

#define MXCSR_FLAGS 0x3f

static void stmxcsr(struct cg *g, size_t off)
{
    e_rm(&g->e, 0xae | M_0F, 3, mem_gs(off));
}

static void ldmxcsr(struct cg *g, size_t off)
{
    e_rm(&g->e, 0xae | M_0F, 2, mem_gs(off));
}

/* D = TABLE[D], a table of LEN bytes. */
static void translate(struct cg *g, const u8 *table, unsigned len, unsigned d, unsigned t)
{
    struct emit *e = &g->e;
    e_rm(e, 0xb6 | M_0F, d, (struct mem){M_INDEX, (u8)t, (u8)d, 0, 0});
    e_lea(e, true, t, pool_table(g, table, len));
}

void rule_fpget(struct cg *g, u32 i, const struct ir_ins *in UNUSED)
{
    struct emit *e = &g->e;
    if (ra_live(g, i)) {
        u8 table[64]; /* IE DE ZE OE UE PE from bit 0 on */
        for (unsigned m = 0; m < sizeof(table); m++) {
            table[m] = (u8)((m & 1) << 4 | (m & 4) << 1 | (m & 8) >> 1 | (m & 16) >> 3 | (m & 32) >> 5);
        }
        unsigned d = ra_def_early(g, i, ANY), t = ra_tmp(g, GPR, ANY);
        translate(g, table, sizeof(table), d, t);
        e_alu_ri(e, ALU_AND, false, d, MXCSR_FLAGS);
        e_load(e, false, d, mem_gs(CPU_OFF(fp_saved)));
    }
    stmxcsr(g, CPU_OFF(fp_saved));
}

void rule_fpset(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    struct mem word = mem_gs(CPU_OFF(guest_fpctl));
    u64 k;
    if (in->aux & 1) {
        ldmxcsr(g, CPU_OFF(fp_saved));
        return;
    }
    ldmxcsr(g, CPU_OFF(guest_fpctl));
    if (ir_is_const(g->fn, in->a, &k) && (k & 31) == 0) {
        e_alu_mi(e, ALU_AND, false, word, ~MXCSR_FLAGS);
        stmxcsr(g, CPU_OFF(guest_fpctl));
        return;
    }
    u8 table[32];
    for (unsigned f = 0; f < sizeof(table); f++) {
        table[f] = (u8)((f & 1) << 5 | (f & 2) << 3 | (f & 4) << 1 | (f & 8) >> 1 | (f & 16) >> 4);
    }
    unsigned ra = ra_use(g, peel32(g, in->a), ANY), d = ra_tmp(g, GPR, ANY), t = ra_tmp(g, GPR, ANY);
    e_store(e, false, d, word);
    e_alu_rr(e, ALU_OR, false, d, t);
    e_alu_ri(e, ALU_AND, false, t, ~MXCSR_FLAGS);
    e_load(e, false, t, word);
    stmxcsr(g, CPU_OFF(guest_fpctl));
    translate(g, table, sizeof(table), d, t);
    e_alu_ri(e, ALU_AND, false, d, 31);
    e_mov_rr(e, false, d, ra);
}
