/* Vector instructions: their shapes, which encodings are reserved, vtype and the block key's mode. */
#include "frontend/riscv64/vref.h"

u64 rv64_v_vtype(u64 vtype)
{
    unsigned sew = V_VTYPE_SEW(vtype);
    int lmul = V_VTYPE_LMUL(vtype);
    /* ELEN * LMUL must hold an element */
    bool ok = vtype <= 0xff && sew <= 3 && lmul != -4 && (lmul >= 0 || (int)sew <= 3 + lmul);
    return ok ? vtype : V_VTYPE_VILL;
}

void rv64_set_vconfig(struct cpu *cpu, u64 vl, u64 vtype, u64 vstart)
{
    struct rv64_regs *r = rv64_regs(cpu);
    r->vtype = rv64_v_vtype(vtype);
    bool ill = r->vtype & V_VTYPE_VILL;
    u64 vlmax = ill ? 0 : v_vlmax(V_VTYPE_SEW(vtype), V_VTYPE_LMUL(vtype));
    r->vl = MIN(vl, vlmax);
    r->vstart = vstart & (8 * V_VLENB - 1);
    r->v_used = 1;
}

u16 rv64_v_mode(const struct rv64_regs *r)
{
    if (r->vtype & V_VTYPE_VILL) {
        return V_MODE_KNOWN | V_MODE_VILL;
    }
    unsigned mode = V_MODE_KNOWN | (unsigned)(r->vtype & V_MODE_VTYPE);
    if (r->vstart) {
        return (u16)(mode | V_MODE_VSTART);
    }
    bool full = r->vl == v_vlmax(V_VTYPE_SEW(mode), V_VTYPE_LMUL(mode));
    return (u16)(mode | (full ? V_MODE_FULL : 0));
}

static enum v_shape shape_int(enum rv64_op op)
{
    switch (op) {
    CASE_V_X_I(VADD): CASE_V_X(VSUB): CASE_X_I(VRSUB):
    CASE_V_X(VMINU): CASE_V_X(VMIN): CASE_V_X(VMAXU): CASE_V_X(VMAX):
    CASE_V_X_I(VAND): CASE_V_X_I(VOR): CASE_V_X_I(VXOR): CASE_V_X(VANDN):
    CASE_V_X_I(VSLL): CASE_V_X_I(VSRL): CASE_V_X_I(VSRA): CASE_V_X_I(VROR): CASE_V_X(VROL):
    CASE_V_X_I(VSADDU): CASE_V_X_I(VSADD): CASE_V_X(VSSUBU): CASE_V_X(VSSUB):
    CASE_V_X(VSMUL): CASE_V_X_I(VSSRL): CASE_V_X_I(VSSRA):
    CASE_V_X(VAADDU): CASE_V_X(VAADD): CASE_V_X(VASUBU): CASE_V_X(VASUB):
    CASE_V_X(VDIVU): CASE_V_X(VDIV): CASE_V_X(VREMU): CASE_V_X(VREM):
    CASE_V_X(VMULHU): CASE_V_X(VMUL): CASE_V_X(VMULHSU): CASE_V_X(VMULH):
    CASE_V_X(VCLMUL): CASE_V_X(VCLMULH):
        return V_ARITH;
    CASE_V_X(VMADD): CASE_V_X(VNMSUB): CASE_V_X(VMACC): CASE_V_X(VNMSAC):
        return V_MAC;
    CASE_VIM(VADC): CASE_VM(VSBC):
        return V_CARRY;
    CASE_VIM(VMADC): CASE_VM(VMSBC): CASE_V_X_I(VMADC): CASE_V_X(VMSBC):
        return V_CARRY_OUT;
    CASE_VIM(VMERGE):
        return V_MERGE;
    case RV64_OP_VMV_V_V: case RV64_OP_VMV_V_X: case RV64_OP_VMV_V_I:
        return V_MOVE;
    CASE_V_X_I(VMSEQ): CASE_V_X_I(VMSNE): CASE_V_X(VMSLTU): CASE_V_X(VMSLT):
    CASE_V_X_I(VMSLEU): CASE_V_X_I(VMSLE): CASE_X_I(VMSGTU): CASE_X_I(VMSGT):
        return V_COMPARE;
    CASE_W_I(VNSRL): CASE_W_I(VNSRA): CASE_W_I(VNCLIPU): CASE_W_I(VNCLIP):
        return V_NARROW;
    CASE_V_X(VWADDU): CASE_V_X(VWADD): CASE_V_X(VWSUBU): CASE_V_X(VWSUB):
    CASE_V_X(VWMULU): CASE_V_X(VWMULSU): CASE_V_X(VWMUL): CASE_V_X_I(VWSLL):
        return V_WIDE;
    CASE_V_X(VWMACCU): CASE_V_X(VWMACC): CASE_V_X(VWMACCSU): CASE_VX(VWMACCUS):
        return V_WMAC;
    CASE_W(VWADDU): CASE_W(VWADD): CASE_W(VWSUBU): CASE_W(VWSUB):
        return V_WIDE_W;
    case RV64_OP_VZEXT_VF8: case RV64_OP_VSEXT_VF8: case RV64_OP_VZEXT_VF4: case RV64_OP_VSEXT_VF4:
    case RV64_OP_VZEXT_VF2: case RV64_OP_VSEXT_VF2:
        return V_EXT;
    case RV64_OP_VBREV8_V: case RV64_OP_VREV8_V: case RV64_OP_VBREV_V: case RV64_OP_VCLZ_V:
    case RV64_OP_VCTZ_V: case RV64_OP_VCPOP_V:
        return V_UNARY;
    default:
        return V_NONE;
    }
}

static enum v_shape shape_fp(enum rv64_op op)
{
    switch (op) {
    CASE_V_F(VFADD): CASE_V_F(VFSUB): case RV64_OP_VFRSUB_VF: CASE_V_F(VFMUL): CASE_V_F(VFDIV):
    case RV64_OP_VFRDIV_VF: CASE_V_F(VFMIN): CASE_V_F(VFMAX): CASE_V_F(VFSGNJ): CASE_V_F(VFSGNJN):
    CASE_V_F(VFSGNJX):
        return V_ARITH;
    CASE_V_F(VFMADD): CASE_V_F(VFNMADD): CASE_V_F(VFMSUB): CASE_V_F(VFNMSUB): CASE_V_F(VFMACC):
    CASE_V_F(VFNMACC): CASE_V_F(VFMSAC): CASE_V_F(VFNMSAC):
        return V_MAC;
    CASE_V_F(VFWADD): CASE_V_F(VFWSUB): CASE_V_F(VFWMUL):
        return V_WIDE;
    CASE_WF(VFWADD): CASE_WF(VFWSUB):
        return V_WIDE_W;
    CASE_V_F(VFWMACC): CASE_V_F(VFWNMACC): CASE_V_F(VFWMSAC): CASE_V_F(VFWNMSAC):
        return V_WMAC;
    case RV64_OP_VFSQRT_V: case RV64_OP_VFRSQRT7_V: case RV64_OP_VFREC7_V: case RV64_OP_VFCLASS_V:
    case RV64_OP_VFCVT_XU_F_V: case RV64_OP_VFCVT_X_F_V: case RV64_OP_VFCVT_F_XU_V: case RV64_OP_VFCVT_F_X_V:
    case RV64_OP_VFCVT_RTZ_XU_F_V: case RV64_OP_VFCVT_RTZ_X_F_V:
        return V_UNARY;
    case RV64_OP_VFWCVT_XU_F_V: case RV64_OP_VFWCVT_X_F_V: case RV64_OP_VFWCVT_F_XU_V:
    case RV64_OP_VFWCVT_F_X_V: case RV64_OP_VFWCVT_F_F_V: case RV64_OP_VFWCVT_RTZ_XU_F_V:
    case RV64_OP_VFWCVT_RTZ_X_F_V:
        return V_WUNARY;
    case RV64_OP_VFNCVT_XU_F_W: case RV64_OP_VFNCVT_X_F_W: case RV64_OP_VFNCVT_F_XU_W:
    case RV64_OP_VFNCVT_F_X_W: case RV64_OP_VFNCVT_F_F_W: case RV64_OP_VFNCVT_ROD_F_F_W:
    case RV64_OP_VFNCVT_RTZ_XU_F_W: case RV64_OP_VFNCVT_RTZ_X_F_W:
        return V_NUNARY;
    CASE_V_F(VMFEQ): CASE_V_F(VMFLE): CASE_V_F(VMFLT): CASE_V_F(VMFNE): case RV64_OP_VMFGT_VF:
    case RV64_OP_VMFGE_VF:
        return V_COMPARE;
    case RV64_OP_VFMERGE_VFM:
        return V_MERGE;
    case RV64_OP_VFMV_V_F:
        return V_MOVE;
    case RV64_OP_VFMV_F_S:
        return V_GET;
    case RV64_OP_VFMV_S_F:
        return V_PUT;
    case RV64_OP_VFSLIDE1UP_VF:
        return V_SLIDEUP;
    case RV64_OP_VFSLIDE1DOWN_VF:
        return V_SLIDEDOWN;
    case RV64_OP_VFREDUSUM_VS: case RV64_OP_VFREDOSUM_VS: case RV64_OP_VFREDMIN_VS: case RV64_OP_VFREDMAX_VS:
        return V_RED;
    case RV64_OP_VFWREDUSUM_VS: case RV64_OP_VFWREDOSUM_VS:
        return V_WRED;
    default:
        return V_NONE;
    }
}

static enum v_shape shape_misc(enum rv64_op op)
{
    switch (op) {
    case RV64_OP_VREDSUM_VS: case RV64_OP_VREDAND_VS: case RV64_OP_VREDOR_VS: case RV64_OP_VREDXOR_VS:
    case RV64_OP_VREDMINU_VS: case RV64_OP_VREDMIN_VS: case RV64_OP_VREDMAXU_VS: case RV64_OP_VREDMAX_VS:
        return V_RED;
    case RV64_OP_VWREDSUMU_VS: case RV64_OP_VWREDSUM_VS:
        return V_WRED;
    case RV64_OP_VMANDN_MM: case RV64_OP_VMAND_MM: case RV64_OP_VMOR_MM: case RV64_OP_VMXOR_MM:
    case RV64_OP_VMORN_MM: case RV64_OP_VMNAND_MM: case RV64_OP_VMNOR_MM: case RV64_OP_VMXNOR_MM:
        return V_MASKOP;
    case RV64_OP_VMSBF_M: case RV64_OP_VMSOF_M: case RV64_OP_VMSIF_M:
        return V_SETFIRST;
    case RV64_OP_VIOTA_M:
        return V_IOTA;
    case RV64_OP_VID_V:
        return V_ID;
    case RV64_OP_VCPOP_M: case RV64_OP_VFIRST_M:
        return V_COUNT;
    case RV64_OP_VMV_X_S:
        return V_GET;
    case RV64_OP_VMV_S_X:
        return V_PUT;
    CASE_V_X_I(VRGATHER):
        return V_GATHER;
    case RV64_OP_VRGATHEREI16_VV:
        return V_GATHER16;
    CASE_X_I(VSLIDEUP): case RV64_OP_VSLIDE1UP_VX:
        return V_SLIDEUP;
    CASE_X_I(VSLIDEDOWN): case RV64_OP_VSLIDE1DOWN_VX:
        return V_SLIDEDOWN;
    case RV64_OP_VCOMPRESS_VM:
        return V_COMPRESS;
    case RV64_OP_VMV1R_V: case RV64_OP_VMV2R_V: case RV64_OP_VMV4R_V: case RV64_OP_VMV8R_V:
        return V_COPY;
    CASE_VV(VAESDM): CASE_VV(VAESDF): CASE_VV(VAESEM): CASE_VV(VAESEF): CASE_VV(VGMUL): CASE_VI(VAESKF1):
    CASE_VI(VAESKF2): CASE_VV(VGHSH): CASE_VV(VSHA2MS): CASE_VV(VSHA2CH): CASE_VV(VSHA2CL):
        return V_CRYPTO;
    case RV64_OP_VAESDM_VS: case RV64_OP_VAESDF_VS: case RV64_OP_VAESEM_VS: case RV64_OP_VAESEF_VS:
    case RV64_OP_VAESZ_VS:
        return V_CRYPTO_S;
    default:
        return V_NONE;
    }
}

static enum v_shape shape_memory(enum rv64_op op)
{
    switch (op) {
    CASE_EEW(VLE, _V):
        return V_LD;
    CASE_EEW(VSE, _V):
        return V_ST;
    CASE_EEW(VLE, FF_V):
        return V_LDFF;
    CASE_EEW(VLSE, _V):
        return V_LDS;
    CASE_EEW(VSSE, _V):
        return V_STS;
    CASE_EEW(VLUXEI, _V): CASE_EEW(VLOXEI, _V):
        return V_LDX;
    CASE_EEW(VSUXEI, _V): CASE_EEW(VSOXEI, _V):
        return V_STX;
    CASE_EEW(VLRE, _V):
        return V_LDW;
    case RV64_OP_VSR_V:
        return V_STW;
    case RV64_OP_VLM_V:
        return V_LDM;
    case RV64_OP_VSM_V:
        return V_STM;
    default:
        return V_NONE;
    }
}

bool rv64_v_is_fp(enum rv64_op op)
{
    return shape_fp(op) != V_NONE;
}

enum v_shape rv64_v_shape(enum rv64_op op)
{
    enum v_shape s = shape_int(op);
    s = s ? s : shape_memory(op);
    s = s ? s : shape_fp(op);
    return s ? s : shape_misc(op);
}
