/* The aarch64 guest: registers, reset, run-time helpers, and what the rest asks of it. */
#include <elf.h>
#include <time.h>

#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/lift.h"
#include "frontend/aarch64/priv.h"

#ifndef EM_AARCH64
#define EM_AARCH64 183
#endif

#define X(n, pref) [A64_X0 + (n)] = {"x" #n, CPU_GUEST_OFF(struct a64_regs, x[n]), IR_I64, pref}
#define V(n, pref) [A64_V0 + (n)] = {"v" #n, CPU_GUEST_OFF(struct a64_regs, v[n]), IR_V128, pref}

/* Preferences by how often executed code names each register, counted in python3, cc1, bash and
 * perl of Debian 12 (average of the four, percent): x0 18.7, x1 13.9, x2 9.8, sp 7.9, x19 7.2,
 * x3 4.7, x20 4.4, x30 3.5, x21 3.3, x4 3.1, x22 2.6, x23 2.2, x29 2.1, x5 2.1, x24 1.9. x29 is
 * moved up: every function saves and sets it, and through memory that is a chain of store forwards
 * (call-heavy code -10 % time). Vectors: the caller-saved first. */
static const struct ir_reg regs[A64_REG_COUNT] = {
    X(0, 0),
    X(1, 1),
    X(2, 2),
    X(3, 5),
    X(4, 9),
    X(5, 13),
    X(6, 15),
    X(7, 21),
    X(8, 22),
    X(9, 24),
    X(10, 27),
    X(11, 26),
    X(12, 25),
    X(13, 29),
    X(14, 28),
    X(15, 30),
    X(16, 20),
    X(17, 23),
    X(18, 31),
    X(19, 4),
    X(20, 6),
    X(21, 8),
    X(22, 11),
    X(23, 12),
    X(24, 14),
    X(25, 16),
    X(26, 17),
    X(27, 18),
    X(28, 19),
    X(29, 10),
    X(30, 7),
    [A64_SP] = {"sp", CPU_GUEST_OFF(struct a64_regs, sp), IR_I64, 3},
    V(0, 0),
    V(1, 1),
    V(2, 2),
    V(3, 3),
    V(4, 4),
    V(5, 5),
    V(6, 6),
    V(7, 7),
    V(8, 24),
    V(9, 25),
    V(10, 26),
    V(11, 27),
    V(12, 28),
    V(13, 29),
    V(14, 30),
    V(15, 31),
    V(16, 8),
    V(17, 9),
    V(18, 10),
    V(19, 11),
    V(20, 12),
    V(21, 13),
    V(22, 14),
    V(23, 15),
    V(24, 16),
    V(25, 17),
    V(26, 18),
    V(27, 19),
    V(28, 20),
    V(29, 21),
    V(30, 22),
    V(31, 23),
    [A64_NZCV] = {"nzcv", CPU_GUEST_OFF(struct a64_regs, nzcv), IR_I32, -1},
    [A64_QC] = {"qc", CPU_GUEST_OFF(struct a64_regs, qc), IR_V128, -1},
};

u32 a64_get_nzcv(const struct cpu *cpu)
{
    u32 p = a64_regs(cpu)->nzcv;
    return (p & (IR_NZCV_N | IR_NZCV_Z)) << 16 | (p & IR_NZCV_C) << 21 | (p & IR_NZCV_V) << 28;
}

void a64_set_nzcv(struct cpu *cpu, u32 nzcv)
{
    a64_regs(cpu)->nzcv = a64_pack_nzcv(nzcv >> 28);
}

/* MXCSR's sticky flags in bits 0..5 as FPSR bits: IE ZE OE UE PE are IOC DZC OFC UFC IXC. DE is IDC
 * while FPCR.FZ is set: then only the handler of traps and reference functions raise it, for an input they flushed.
 * Without FZ the host raises it for any denormal, and A64 has no such flag. */
#define MXCSR_FLAGS 0x3fu
static u32 fpsr_of_mxcsr(u32 m, u32 fpcr)
{
    return (m & 1) | (m >> 1 & 0x1e) | (fpcr & A64_FPCR_FZ ? (m & 2) << 6 : 0);
}

static u32 collect_fpsr(const struct cpu *cpu)
{
    return a64_regs(cpu)->fpsr | fpsr_of_mxcsr(cpu->guest_fpctl, a64_regs(cpu)->fpcr);
}

u32 a64_get_fpsr(const struct cpu *cpu)
{
    const v128 *qc = &a64_regs(cpu)->qc;
    return collect_fpsr(cpu) | (qc->d[0] | qc->d[1] ? A64_FPSR_QC : 0);
}

/* Default NaNs have to be looked for, and where FZ lets all exceptions trap it is until they are raised. So there is
 * nothing to be had from traps on invalid operations. */
static bool traps(const struct cpu *cpu)
{
    return cpu->fp_trap && !(a64_regs(cpu)->fpcr & (A64_FPCR_DN | A64_FPCR_FZ));
}

static bool flush_traps(const struct cpu *cpu)
{
    return cpu->fp_can_trap && (a64_regs(cpu)->fpcr & A64_FPCR_FZ);
}

static u32 mxcsr(const struct cpu *cpu)
{
    static const u16 rounding[4] = {0x0000, 0x4000, 0x2000, 0x6000}; /* nearest, up, down, zero */
    u32 fpcr = a64_regs(cpu)->fpcr, rc = rounding[fpcr >> 22 & 3];
    if (flush_traps(cpu)) {
        return cpu_fpctl_flushing(cpu->guest_fpctl & MXCSR_FLAGS) | rc;
    }
    return (traps(cpu) ? 0x1f00 : 0x1f80) | rc | (fpcr & A64_FPCR_FZ ? 0x8040 : 0); /* FTZ, DAZ */
}

static void clear_mxcsr_flags(struct cpu *cpu)
{
    cpu->guest_fpctl = 0;
    cpu->guest_fpctl = mxcsr(cpu);
}

static void set_fpsr_flags(struct cpu *cpu, u32 fpsr)
{
    a64_regs(cpu)->fpsr = fpsr & A64_FPSR_MASK & ~A64_FPSR_QC;
    clear_mxcsr_flags(cpu);
}

void a64_set_fpsr(struct cpu *cpu, u32 fpsr)
{
    u64 qc = fpsr & A64_FPSR_QC ? ~0ull : 0;
    set_fpsr_flags(cpu, fpsr);
    a64_regs(cpu)->qc = (v128){.d = {qc, qc}};
}

void a64_set_fpcr(struct cpu *cpu, u32 fpcr)
{
    a64_regs(cpu)->fpsr = collect_fpsr(cpu); /* what DE means may change */
    a64_regs(cpu)->fpcr = fpcr & A64_FPCR_MASK;
    cpu->fpcr_ctx = fpcr & A64_FPCR_MASK;
    clear_mxcsr_flags(cpu);
}

static u8 fp_mode(const struct cpu *cpu)
{
    u32 fpcr = a64_regs(cpu)->fpcr;
    return (u8)((fpcr & A64_FPCR_DN ? A64_FPM_DN : 0) | (fpcr & A64_FPCR_FZ ? A64_FPM_FZ : 0) |
                (fpcr & A64_FPCR_AHP ? A64_FPM_AHP : 0) | (traps(cpu) ? A64_FPM_TRAP : 0) |
                (flush_traps(cpu) ? A64_FPM_FZ_TRAPS : 0) |
                (cpu->fp_lax && !(fpcr & A64_FPCR_FZ) ? A64_FPM_LAX : 0) | /* flushed is a value, not only a flag */
                (a64_regs(cpu)->ret_flags ? A64_FPM_RET_FLAGS : 0));
}

static void reset(struct cpu *cpu)
{
    struct a64_regs *r = a64_regs(cpu);
    *r = (struct a64_regs){.excl_addr = A64_EXCL_NONE};
    cpu->fpcr_ctx = 0;
    cpu->guest_fpctl = mxcsr(cpu);
}

/* Helpers run with the host's FP control word; the guest's, with its flags, is in guest_fpctl. */
static u64 help_get_fpsr(void *p, u64 a, u64 b, u64 c)
{
    (void)a, (void)b, (void)c;
    struct cpu *cpu = p;
    cpu->fp_lax = false;
    return collect_fpsr(cpu);
}

static u64 help_set_fpsr(void *p, u64 value, u64 b, u64 c)
{
    (void)b, (void)c;
    struct cpu *cpu = p;
    cpu->fp_lax = false;
    set_fpsr_flags(cpu, (u32)value);
    return 0;
}

static u64 help_set_fpcr(void *cpu, u64 value, u64 b, u64 c)
{
    (void)b, (void)c;
    a64_set_fpcr(cpu, (u32)value);
    return 0;
}

static u64 help_cntvct(void *cpu, u64 a, u64 b, u64 c)
{
    (void)cpu, (void)a, (void)b, (void)c;
    struct timespec ts;
    raw_clock_gettime(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

static u64 help_ic_ivau(void *p, u64 addr, u64 len, u64 c)
{
    (void)c;
    struct cpu *cpu = p;
    if (cpu->icache_invalidate) {
        cpu->icache_invalidate(cpu, addr, len);
    }
    return 0;
}

u64 (*const a64_helpers[A64_H_COUNT])(void *cpu, u64, u64, u64) = {
    [A64_H_GET_FPSR] = help_get_fpsr, [A64_H_SET_FPSR] = help_set_fpsr,
    [A64_H_SET_FPCR] = help_set_fpcr, [A64_H_CNTVCT] = help_cntvct,
    [A64_H_IC_IVAU] = help_ic_ivau,
};

static void dump(const struct cpu *cpu, struct strbuf *sb)
{
    const struct a64_regs *r = a64_regs(cpu);
    u32 f = a64_get_nzcv(cpu) >> 28;
    sb_printf(sb, "pc  %016llx  sp  %016llx  %c%c%c%c\n", (unsigned long long)cpu->pc,
              (unsigned long long)r->sp, f & 8 ? 'N' : '-', f & 4 ? 'Z' : '-', f & 2 ? 'C' : '-',
              f & 1 ? 'V' : '-');
    for (unsigned i = 0; i < 31; i++) {
        sb_printf(sb, "x%-2u %016llx%s", i, (unsigned long long)r->x[i],
                  i % 4 == 3 || i == 30 ? "\n" : "  ");
    }
    sb_printf(sb, "fpcr %08x  fpsr %08x  tpidr %016llx\n", r->fpcr, a64_get_fpsr(cpu),
              (unsigned long long)r->tpidr);
    for (unsigned i = 0; i < 32; i++) {
        sb_printf(sb, "v%-2u %016llx%016llx%s", i, (unsigned long long)r->v[i].d[1],
                  (unsigned long long)r->v[i].d[0], i % 2 ? "\n" : "  ");
    }
}

static unsigned name_of(gaddr pc, const u8 *bytes, struct strbuf *sb)
{
    u32 insn;
    __builtin_memcpy(&insn, bytes, 4);
    enum a64_op op = a64_decode_op(insn);
    sb_printf(sb, "%08x  %s", insn, op == A64_OP_NONE ? "undefined" : a64_op_name(op));
    (void)pc;
    return 4;
}

const struct guest guest_aarch64 = {
    .name = "aarch64",
    .e_machine = EM_AARCH64,
    .insn_align = 2,
    .fp_rules = IR_FP_A64,
    .regs = regs,
    .reg_count = A64_REG_COUNT,
    .reg_nzcv = A64_NZCV,
    .max_pc_bits = 48,
    .unit_conds = 4, /* 2: bash starts 2 % faster, python3 10 % slower; 8: bash 10 % slower */
    .tag_bits = 8,   /* as Linux sets TCR_EL1.TBI0 */
    .cpu_model = a64_model,
    .cpu_list = a64_model_list,
    .lift = a64_lift,
    .interpret = a64_interpret,
    .fp_mode = fp_mode,
    .mxcsr = mxcsr,
    .reset = reset,
    .helpers = a64_helpers,
    .helper_count = A64_H_COUNT,
    .dump = dump,
    .name_of = name_of,
};
