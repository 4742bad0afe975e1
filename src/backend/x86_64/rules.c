/* The table of rules: what makes code for each op. Ops without one call their reference function.
 */
#include "backend/x86_64/rules.h"
#include "backend/x86_64/rules_vec.h"

#pragma GCC diagnostic ignored "-Woverride-init"
const struct rule hx64_rules[IR_OP_COUNT] = {
    [0 ... IR_OP_COUNT - 1] = {rule_ref, 0}, /* what is not listed below */

    /* guest state */
    [IR_NOP] = {rule_nop, RF_SAFE},
    [IR_GET] = {rule_get, RF_SAFE},
    [IR_SET] = {rule_set, RF_SAFE},
    [IR_LDS] = {rule_lds, RF_SAFE},
    [IR_STS] = {rule_sts, RF_SAFE},
    [IR_FLAGS] = {rule_nop, RF_SAFE},
    [IR_NZCV] = {rule_nzcv, 0},
    [IR_PCOND] = {rule_bool, RF_PEND},
    [IR_INSN] = {rule_insn, RF_SAFE},
    [IR_BLOCK] = {rule_block, RF_PEND},

    /* integers */
    [IR_ADD] = {rule_add, RF_PEND},
    [IR_SUB] = {rule_sub, RF_PEND},
    [IR_MUL] = {rule_mul, RF_PEND},
    [IR_MULHU] = {rule_mulh, RF_PEND},
    [IR_MULHS] = {rule_mulh, RF_PEND},
    [IR_UDIV] = {rule_div, 0},
    [IR_SDIV] = {rule_div, 0},
    [IR_UREM] = {rule_div, 0},
    [IR_SREM] = {rule_div, 0},
    [IR_AND] = {rule_and, RF_PEND},
    [IR_OR] = {rule_or, RF_PEND},
    [IR_XOR] = {rule_xor, RF_PEND},
    [IR_ANDN] = {rule_andn, RF_PEND},
    [IR_NOT] = {rule_not, RF_SAFE},
    [IR_NEG] = {rule_neg, RF_PEND},
    [IR_SHL] = {rule_shl, RF_PEND},
    [IR_SHR] = {rule_shr, RF_PEND},
    [IR_SAR] = {rule_sar, RF_PEND},
    [IR_ROR] = {rule_ror, RF_PEND},
    [IR_EXTR] = {rule_extr, 0},
    [IR_ADC] = {rule_adc, RF_PEND},
    [IR_CLZ] = {rule_clz, 0},
    [IR_CTZ] = {rule_clz, 0},
    [IR_POPCNT] = {rule_popcnt, 0},
    [IR_BSWAP] = {rule_bswap, RF_SAFE},
    [IR_REV16] = {rule_rev16, 0},
    [IR_RBIT] = {rule_rbit, 0},
    [IR_SEXT] = {rule_sext, RF_SAFE},
    [IR_ZEXT] = {rule_zext, RF_SAFE},
    [IR_TRUNC] = {rule_trunc, RF_SAFE},
    [IR_UBFX] = {rule_ubfx, 0},
    [IR_SBFX] = {rule_sbfx, 0},
    [IR_BFI] = {rule_bfi, 0},
    [IR_SELECT] = {rule_select, RF_PEND},
    [IR_B2I] = {rule_bool, RF_PEND},
    [IR_CMP] = {rule_bool, RF_PEND},
    [IR_CMN] = {rule_bool, RF_PEND},
    [IR_TST] = {rule_bool, RF_PEND},
    [IR_ADCNZCV] = {rule_adcnzcv, 0},
    [IR_CRC32] = {rule_crc32, 0},

    /* memory */
    [IR_LD] = {rule_ld, RF_SAFE},
    [IR_ST] = {rule_st, RF_SAFE},
    [IR_VLDM] = {rule_vldm, 0},
    [IR_VSTM] = {rule_vstm, 0},
    [IR_RMW] = {rule_rmw, 0},
    [IR_CAS] = {rule_cas, 0},
    [IR_CAS2] = {rule_cas2, 0},
    [IR_ALIGN] = {rule_align, 0},
    [IR_FENCE] = {rule_fence, RF_SAFE},
    [IR_POLL] = {rule_poll, RF_SAFE},

    /* leaving */
    [IR_EXITIF] = {rule_exitif, RF_PEND},
    [IR_JMP] = {rule_jmp, 0},
    [IR_JMPI] = {rule_jmpi, 0},
    [IR_CALL] = {rule_call, 0},
    [IR_CALLI] = {rule_calli, 0},
    [IR_RET] = {rule_ret, 0},
    [IR_EXIT] = {rule_exit, 0},
    [IR_HELPER] = {rule_helper, 0},

    /* floats */
    [IR_FADD] = {rule_fbin, 0},
    [IR_FSUB] = {rule_fbin, 0},
    [IR_FMUL] = {rule_fbin, 0},
    [IR_FDIV] = {rule_fbin, 0},
    [IR_FSQRT] = {rule_fsqrt, 0},
    [IR_FMA] = {rule_fma, 0},
    [IR_FABS] = {rule_fsign, RF_SAFE},
    [IR_FNEG] = {rule_fsign, RF_SAFE},
    [IR_FMIN] = {rule_fminmax, 0},
    [IR_FMAX] = {rule_fminmax, 0},
    [IR_FMINNM] = {rule_fminmax, 0},
    [IR_FMAXNM] = {rule_fminmax, 0},
    [IR_FRINT] = {rule_frint, 0},
    [IR_FRINTTS] = {rule_frintts, 0},
    [IR_FJCVT] = {rule_fjcvt, 0},
    [IR_FCMP] = {rule_bool, RF_PEND},
    [IR_FNZCV] = {rule_fnzcv, 0},
    [IR_F2F] = {rule_f2f, 0},
    [IR_F2H] = {rule_f2h, 0},
    [IR_H2F] = {rule_h2f, 0},
    [IR_F2I] = {rule_f2i, 0},
    [IR_I2F] = {rule_i2f, 0},
    [IR_FPGET] = {rule_fpget, 0},
    [IR_FPSET] = {rule_fpset, 0},
    [IR_FSGNJ] = {rule_fsgnj, RF_SAFE},

    /* between files */
    [IR_BITI] = {rule_s_biti, RF_SAFE},
    [IR_BITF] = {rule_s_bitf, RF_SAFE},
    [IR_F2V] = {rule_s_f2v, RF_SAFE},
    [IR_V2F] = {rule_s_v2f, RF_SAFE},
    [IR_BOX] = {rule_box, RF_SAFE},
    [IR_UNBOX] = {rule_unbox, 0},

/* vectors and cryptography: rules_vec.h */
#define ROW(op, fn, flags) [IR_##op] = {fn, flags},
    HX64_VEC_RULES(ROW)
#undef ROW
};
