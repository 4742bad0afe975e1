/* The floating-point control and status register: rounding mode and cumulative flags (manual, F extension). The
 * flags raised since it was written last are in the host's FP status. */
#include "frontend/riscv64/priv.h"

#define MXCSR_FLAGS 0x3fu
#define FFLAGS_MASK 0x1fu

u32 rv64_mxcsr(const struct cpu *cpu)
{
    /* nearest, zero, down, up; to nearest with ties away has no host mode, its ops are not left to the host */
    static const u16 rounding[8] = {0, 0x6000, 0x2000, 0x4000, 0, 0, 0, 0};
    return (cpu->fp_trap ? 0x1f00u : 0x1f80u) | rounding[rv64_regs(cpu)->frm & 7];
}

/* IE ZE OE UE PE are NV DZ OF UF NX in the opposite order; DE is nothing. */
static u32 fflags_of_mxcsr(u32 m)
{
    return (m & 1) << 4 | (m & 4) << 1 | (m & 8) >> 1 | (m & 16) >> 3 | (m & 32) >> 5;
}

static u32 get_fflags(const struct cpu *cpu)
{
    return rv64_regs(cpu)->fflags | fflags_of_mxcsr(cpu->guest_fpctl);
}

static void set_fflags(struct cpu *cpu, u32 fflags)
{
    rv64_regs(cpu)->fflags = fflags & FFLAGS_MASK;
    cpu->guest_fpctl &= ~MXCSR_FLAGS;
}

static void set_frm(struct cpu *cpu, u32 frm)
{
    rv64_regs(cpu)->frm = frm & 7;
    cpu->guest_fpctl = rv64_mxcsr(cpu) | (cpu->guest_fpctl & MXCSR_FLAGS);
}

u32 rv64_get_fcsr(const struct cpu *cpu)
{
    return rv64_regs(cpu)->frm << 5 | get_fflags(cpu);
}

void rv64_set_fcsr(struct cpu *cpu, u32 fcsr)
{
    set_fflags(cpu, fcsr);
    set_frm(cpu, fcsr >> 5);
}

/* Helpers run with the host's FP control word; the guest's, with its flags, is in guest_fpctl. */
u64 rv64_help_set_frm(void *cpu, u64 value, u64 b, u64 c)
{
    (void)b, (void)c;
    set_frm(cpu, (u32)value);
    return 0;
}

ir_ref rv64_fp_csr_read(struct rv64_lift *l, unsigned csr)
{
    struct ir_builder *b = l->b;
    if (csr == RV64_CSR_FRM) {
        return ir_k64(b, l->frm);
    }
    if (csr != RV64_CSR_FFLAGS && csr != RV64_CSR_FCSR) {
        return 0;
    }
    ir_ref old = ir_op0(b, IR_LDS, IR_I32, RV64_FIELD(fflags)), now = ir_op0(b, IR_FPGET, IR_I32, 0);
    ir_ref flags = ir_op1(b, IR_ZEXT, IR_I64, 32, ir_op2(b, IR_OR, IR_I32, 0, old, now));
    l->fflags = csr == RV64_CSR_FFLAGS ? flags : 0;
    return csr == RV64_CSR_FFLAGS ? flags : ir_op2(b, IR_OR, IR_I64, 0, flags, ir_k64(b, (u64)l->frm << 5));
}

/* The rounding mode becomes V & 7. Mostly it is what it was: then nothing changes and no translation is looked for. */
static void write_frm(struct rv64_lift *l, ir_ref v)
{
    struct ir_builder *b = l->b;
    ir_ref frm = ir_op2(b, IR_AND, IR_I64, 0, v, ir_k64(b, 7)), same = ir_k64(b, l->frm);
    if (frm == same) {
        return;
    }
    ir_op3(b, IR_EXITIF, IR_I1, rv64_exit_aux(l, 0), ir_op2(b, IR_CMP, IR_I64, IR_CC_EQ, frm, same),
           ir_kpc(b, rv64_next(l)), 0);
    rv64_help(l, RV64_H_SET_FRM, frm, 0, 0);
    rv64_leave(l, EXEC_I_SYNC);
}

/* What was read last in this block goes back more cheaply. */
static void write_fflags(struct rv64_lift *l, ir_ref v)
{
    struct ir_builder *b = l->b;
    bool back = v == l->fflags;
    if (!back) {
        ir_op1(b, IR_STS, IR_I32, RV64_FIELD(fflags), ir_k32(b, 0));
        l->fflags = 0;
    }
    ir_op1(b, IR_FPSET, IR_I32, back, ir_op1(b, IR_TRUNC, IR_I32, 0, v));
}

bool rv64_fp_csr_write(struct rv64_lift *l, unsigned csr, ir_ref v)
{
    switch (csr) {
    case RV64_CSR_FFLAGS:
        write_fflags(l, v);
        return true;
    case RV64_CSR_FRM:
        write_frm(l, v);
        return true;
    case RV64_CSR_FCSR:
        write_fflags(l, v);
        write_frm(l, ir_op2(l->b, IR_SHR, IR_I64, 0, v, ir_k64(l->b, 5)));
        return true;
    default:
        return false;
    }
}
