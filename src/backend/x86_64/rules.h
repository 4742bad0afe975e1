/* The rules by file, and what they share. */
#ifndef BACKEND_X86_64_RULES_H
#define BACKEND_X86_64_RULES_H

#include "backend/x86_64/priv.h"

/* Operand R of an integer op, without a TRUNC that a 32-bit instruction does not need. */
static inline ir_ref peel(struct cg *g, const struct ir_ins *in, ir_ref r)
{
    return in->type == IR_I64 ? r : peel32(g, r);
}

/* rules_int.c */
rule_fn rule_add, rule_sub, rule_and, rule_or, rule_xor, rule_andn, rule_not, rule_neg, rule_bswap,
    rule_rev16, rule_rbit, rule_shl, rule_shr, rule_sar, rule_ror, rule_extr, rule_clz, rule_popcnt,
    rule_sext, rule_zext, rule_trunc, rule_ubfx, rule_sbfx, rule_bfi, rule_bool, rule_select,
    rule_nzcv;
/* rules_adc.c */
rule_fn rule_adc, rule_adcnzcv;
/* rules_mul.c */
rule_fn rule_mul, rule_mulh, rule_div, rule_crc32;
/* rules_mem.c */
rule_fn rule_ld, rule_st, rule_vldm, rule_vstm, rule_rmw, rule_cas, rule_cas2, rule_align, rule_fence, rule_poll;
/* rules_fp.c */
rule_fn rule_fbin, rule_fsqrt, rule_fma, rule_fsign, rule_fminmax, rule_frint, rule_frintts, rule_fjcvt, rule_f2f, rule_f2h,
    rule_h2f, rule_i2f, rule_f2i, rule_s_biti, rule_s_bitf, rule_s_f2v, rule_s_v2f, rule_fnzcv;
/* rules_fp_status.c */
rule_fn rule_fpget, rule_fpset;
/* rules_fp_rv.c */
rule_fn rule_box, rule_unbox, rule_fsgnj;

#endif
