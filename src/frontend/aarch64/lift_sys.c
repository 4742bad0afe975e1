/* A64 system instructions: registers, hints, barriers, cache maintenance, flag manipulation
 * (Arm ARM C4.1, C5.2, C6.2). */
#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/priv.h"

/* Hints: all of them may be ignored in user code, pointer authentication ones must be without it.
 */
#define HINT(name, set)                                                                            \
    bool a64_lift_##name(struct a64_lift *l, const struct a64_args_##set *a)                       \
    {                                                                                              \
        (void)l, (void)a;                                                                          \
        return true;                                                                               \
    }
HINT(NOP, none)
HINT(YIELD, none)
HINT(WFE, none)
HINT(WFI, none)
HINT(SEV, none)
HINT(SEVL, none)
HINT(HINT, hint)
/* Cleaning to a point of coherency or unification means nothing where caches are coherent. */
HINT(DC_CVAC, sysop)
HINT(DC_CVAU, sysop)
HINT(DC_CIVAC, sysop)

bool a64_lift_CLREX(struct a64_lift *l, const struct a64_args_barrier *a)
{
    (void)a;
    ir_op1(l->b, IR_STS, IR_I64, A64_FIELD(excl_addr), ir_k64(l->b, A64_EXCL_NONE));
    return true;
}

/* CRm 1:0 is the type: 1 loads, 2 stores, 3 and 0 (SSBB, PSSBB) all. */
static bool fence(struct a64_lift *l, const struct a64_args_barrier *a)
{
    static const u8 kinds[4] = {IR_FENCE_FULL, IR_FENCE_LOAD, IR_FENCE_STORE, IR_FENCE_FULL};
    ir_op0(l->b, IR_FENCE, IR_VOID, kinds[a->crm & 3]);
    return true;
}

bool a64_lift_DMB(struct a64_lift *l, const struct a64_args_barrier *a)
{
    return fence(l, a);
}

bool a64_lift_DSB(struct a64_lift *l, const struct a64_args_barrier *a)
{
    return fence(l, a);
}

/* Leaves so that the code behind is looked up again. */
static bool resync(struct a64_lift *l)
{
    ir_op3(l->b, IR_EXIT, IR_VOID, EXEC_I_SYNC, ir_k64(l->b, 0), ir_kpc(l->b, l->f.pc + 4),
           l->f.in->live_out ? l->b->flags : 0);
    l->f.end_unit = true;
    return true;
}

bool a64_lift_ISB(struct a64_lift *l, const struct a64_args_barrier *a)
{
    (void)a;
    return resync(l);
}

static ir_ref helper(struct a64_lift *l, enum a64_helper h, ir_ref a, ir_ref b)
{
    ir_ref zero = ir_k64(l->b, 0);
    return ir_op3(l->b, IR_HELPER, IR_I64, (u16)h, a ? a : zero, b ? b : zero, zero);
}

static ir_ref cache_line(struct a64_lift *l, const struct a64_args_sysop *a)
{
    return ir_op2(l->b, IR_AND, IR_I64, 0, a64_read_x(l, (unsigned)a->rt), ir_k64(l->b, ~63ull));
}

bool a64_lift_IC_IVAU(struct a64_lift *l, const struct a64_args_sysop *a)
{
    helper(l, A64_H_IC_IVAU, cache_line(l, a), ir_k64(l->b, 64));
    return true;
}

/* 64 bytes, as DCZID_EL0 says. */
bool a64_lift_DC_ZVA(struct a64_lift *l, const struct a64_args_sysop *a)
{
    ir_ref line = cache_line(l, a), zero = ir_kv(l->b, 0, 0);
    for (unsigned i = 0; i < 64; i += 16) {
        ir_ref p = ir_op2(l->b, IR_ADD, IR_I64, 0, line, ir_k64(l->b, i));
        ir_op2(l->b, IR_ST, IR_V128, 4, p, zero);
    }
    return true;
}

bool a64_lift_SYS(struct a64_lift *l, const struct a64_args_sys *a)
{
    (void)l, (void)a;
    return false;
}

bool a64_lift_SYSL(struct a64_lift *l, const struct a64_args_sys *a)
{
    (void)l, (void)a;
    return false;
}

bool a64_lift_MSR_imm(struct a64_lift *l, const struct a64_args_msr_i *a)
{
    (void)l, (void)a;
    return false; /* none is for user code; CFINV has its own line */
}

bool a64_lift_CFINV(struct a64_lift *l, const struct a64_args_none *a)
{
    (void)a;
    ir_ref c = ir_k32(l->b, IR_NZCV_C);
    a64_flags_packed(l, ir_op2(l->b, IR_XOR, IR_I32, 0, a64_packed(l), c));
    return true;
}

/* FEAT_FlagM2 is not advertised. */
bool a64_lift_XAFLAG(struct a64_lift *l, const struct a64_args_none *a)
{
    (void)l, (void)a;
    return false;
}

bool a64_lift_AXFLAG(struct a64_lift *l, const struct a64_args_none *a)
{
    (void)l, (void)a;
    return false;
}

/* System registers, as op0:op1:CRn:CRm:op2. */
#define SYSREG(op0, op1, crn, crm, op2)                                                            \
    ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
enum {
    CTR_EL0 = SYSREG(3, 3, 0, 0, 1),
    DCZID_EL0 = SYSREG(3, 3, 0, 0, 7),
    NZCV = SYSREG(3, 3, 4, 2, 0),
    FPCR = SYSREG(3, 3, 4, 4, 0),
    FPSR = SYSREG(3, 3, 4, 4, 1),
    TPIDR_EL0 = SYSREG(3, 3, 13, 0, 2),
    TPIDRRO_EL0 = SYSREG(3, 3, 13, 0, 3),
    CNTFRQ_EL0 = SYSREG(3, 3, 14, 0, 0),
    CNTVCT_EL0 = SYSREG(3, 3, 14, 0, 2),
};

static ir_ref bits_to(struct a64_lift *l, ir_ref v, u32 mask, int left)
{
    ir_ref r = ir_op2(l->b, IR_AND, IR_I32, 0, v, ir_k32(l->b, mask));
    return a64_shift(l, IR_I32, r, left < 0, (unsigned)(left < 0 ? -left : left));
}

static ir_ref or32(struct a64_lift *l, ir_ref a, ir_ref b)
{
    return ir_op2(l->b, IR_OR, IR_I32, 0, a, b);
}

/* Packed flags to and from bits 31:28. */
static ir_ref read_nzcv(struct a64_lift *l)
{
    ir_ref p = a64_packed(l);
    ir_ref nz = bits_to(l, p, IR_NZCV_N | IR_NZCV_Z, 16);
    return or32(l, or32(l, nz, bits_to(l, p, IR_NZCV_C, 21)), bits_to(l, p, IR_NZCV_V, 28));
}

static void write_nzcv(struct a64_lift *l, ir_ref x)
{
    ir_ref v = ir_op1(l->b, IR_TRUNC, IR_I32, 0, x);
    ir_ref nz = bits_to(l, v, 0xc0000000u, -16);
    a64_flags_packed(
        l, or32(l, or32(l, nz, bits_to(l, v, 1u << 29, -21)), bits_to(l, v, 1u << 28, -28)));
}

/* QC is kept as a vector that is not zero. */
static ir_ref read_fpsr(struct a64_lift *l)
{
    struct ir_builder *b = l->b;
    ir_ref flags = helper(l, A64_H_GET_FPSR, 0, 0), qc = ir_get(b, A64_QC);
    ir_ref any = ir_op2(b, IR_OR, IR_I64, 0, ir_op1(b, IR_VGETL, IR_I64, 3, qc),
                        ir_op1(b, IR_VGETL, IR_I64, 3 | 1 << 4, qc));
    ir_ref set = ir_op2(b, IR_CMP, IR_I64, IR_CC_NE, any, ir_k64(b, 0));
    ir_ref bit = a64_shift(l, IR_I64, ir_op1(b, IR_B2I, IR_I64, 0, set), 0, 27);
    return ir_op2(b, IR_OR, IR_I64, 0, flags, bit);
}

static void write_fpsr(struct a64_lift *l, ir_ref v)
{
    struct ir_builder *b = l->b;
    a64_flags_no_compare(l);
    helper(l, A64_H_SET_FPSR, v, 0);
    ir_ref qc = ir_op1(b, IR_SBFX, IR_I64, 27 | 1 << 6, v);
    ir_set(b, A64_QC, ir_op1(b, IR_VDUP, IR_V128, 3, qc));
}

static unsigned sysreg_of(const struct a64_args_sysreg *a)
{
    return (unsigned)SYSREG(a->op0, a->op1, a->crn, a->crm, a->op2);
}

/* From the first access to FPSR on, its flags have to be exact: translated for another FP mode. */
static bool fpsr_used(struct a64_lift *l)
{
    return l->fp_mode & A64_FPM_LAX ? resync(l) : true;
}

static ir_ref read_sysreg(struct a64_lift *l, unsigned reg)
{
    struct ir_builder *b = l->b;
    switch (reg) {
    case CTR_EL0: /* 64-byte lines, PIPT; IDC and DIC are 0 so that code tells us what it rewrites
                   */
        return ir_k64(b, 0x8444c004);
    case DCZID_EL0:
        return ir_k64(b, 4);
    case NZCV:
        return ir_op1(b, IR_ZEXT, IR_I64, 32, read_nzcv(l));
    case FPCR:
        return ir_op1(b, IR_ZEXT, IR_I64, 32, ir_op0(b, IR_LDS, IR_I32, A64_FIELD(fpcr)));
    case FPSR:
        return read_fpsr(l);
    case TPIDR_EL0:
        return ir_op0(b, IR_LDS, IR_I64, A64_FIELD(tpidr));
    case TPIDRRO_EL0:
        return ir_op0(b, IR_LDS, IR_I64, A64_FIELD(tpidrro));
    case CNTFRQ_EL0:
        return ir_k64(b, 1000000000);
    case CNTVCT_EL0:
        return helper(l, A64_H_CNTVCT, 0, 0);
    }
    return 0;
}

static bool is_fpsr(const struct a64_args_sysreg *a)
{
    return sysreg_of(a) == FPSR;
}

bool a64_lift_MRS(struct a64_lift *l, const struct a64_args_sysreg *a)
{
    u64 id;
    ir_ref v;
    if (a->op0 == 3 && a->op1 == 0 && a->crn == 0) {
        if (!a64_id_register(l->f.params->features, (unsigned)a->crm, (unsigned)a->op2, &id)) {
            return false;
        }
        v = ir_k64(l->b, id);
    } else {
        v = read_sysreg(l, sysreg_of(a));
    }
    if (!v) {
        return false;
    }
    a64_write_x(l, (unsigned)a->rt, v);
    return is_fpsr(a) ? fpsr_used(l) : true;
}

bool a64_lift_MSR(struct a64_lift *l, const struct a64_args_sysreg *a)
{
    unsigned reg = sysreg_of(a);
    if (reg != NZCV && reg != FPCR && reg != FPSR && reg != TPIDR_EL0) {
        return false;
    }
    ir_ref v = a64_read_x(l, (unsigned)a->rt);
    switch (reg) {
    case NZCV:
        write_nzcv(l, v);
        return true;
    case FPSR:
        write_fpsr(l, v);
        return fpsr_used(l);
    case TPIDR_EL0:
        ir_op1(l->b, IR_STS, IR_I64, A64_FIELD(tpidr), v);
        return true;
    default:
        helper(l, A64_H_SET_FPCR, v, 0);
        return resync(l); /* what follows may have to be translated for another FP mode */
    }
}
