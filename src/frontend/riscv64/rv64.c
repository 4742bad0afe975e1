/* The riscv64 guest: registers, reset, run-time helpers, and what the rest asks of it. */
#include <elf.h>
#include <time.h>

#include "frontend/riscv64/lift.h"
#include "frontend/riscv64/rv64_decode.h"
#include "frontend/riscv64/vector.h"

#ifndef EM_RISCV
#define EM_RISCV 243
#endif

#define X(n, name, pref) [RV64_X0 + (n)] = {name, CPU_GUEST_OFF(struct rv64_regs, x[n]), IR_I64, pref}
#define F(n, name, pref) [RV64_F0 + (n)] = {name, CPU_GUEST_OFF(struct rv64_regs, f[n]), IR_F64, pref}
#define V(n) [RV64_V0 + (n)] = {"v" #n, CPU_GUEST_OFF(struct rv64_regs, v[n]), IR_V128, -1}

/* Preferences by how often the code of bash, perl, python3 and libc of Debian 13 names each register (percent: a5 19.4,
 * sp 12.1, a4 10.2, a0 9.9, s0 6.6, a3 5.7, a1 5.2, a2 4.6, s1 4.3, s2 3.2, s3 2.5, s4 2.0). ra is moved up: calls and
 * returns use it without naming it. */
static const struct ir_reg regs[RV64_REG_COUNT] = {
    X(0, "zero", -1),
    X(1, "ra", 9),
    X(2, "sp", 1),
    X(3, "gp", -1),
    X(4, "tp", -1),
    X(5, "t0", 27),
    X(6, "t1", 22),
    X(7, "t2", 28),
    X(8, "s0", 4),
    X(9, "s1", 8),
    X(10, "a0", 3),
    X(11, "a1", 6),
    X(12, "a2", 7),
    X(13, "a3", 5),
    X(14, "a4", 2),
    X(15, "a5", 0),
    X(16, "a6", 13),
    X(17, "a7", 21),
    X(18, "s2", 10),
    X(19, "s3", 11),
    X(20, "s4", 12),
    X(21, "s5", 14),
    X(22, "s6", 15),
    X(23, "s7", 16),
    X(24, "s8", 17),
    X(25, "s9", 18),
    X(26, "s10", 20),
    X(27, "s11", 19),
    X(28, "t3", 23),
    X(29, "t4", 24),
    X(30, "t5", 25),
    X(31, "t6", 26),
    F(0, "ft0", 10),
    F(1, "ft1", 11),
    F(2, "ft2", 12),
    F(3, "ft3", 13),
    F(4, "ft4", 14),
    F(5, "ft5", 15),
    F(6, "ft6", 16),
    F(7, "ft7", 17),
    F(8, "fs0", 8),
    F(9, "fs1", 9),
    F(10, "fa0", 2),
    F(11, "fa1", 3),
    F(12, "fa2", 4),
    F(13, "fa3", 1),
    F(14, "fa4", 5),
    F(15, "fa5", 0),
    F(16, "fa6", 6),
    F(17, "fa7", 7),
    F(18, "fs2", 18),
    F(19, "fs3", 19),
    F(20, "fs4", 20),
    F(21, "fs5", 21),
    F(22, "fs6", 22),
    F(23, "fs7", 23),
    F(24, "fs8", 24),
    F(25, "fs9", 25),
    F(26, "fs10", 26),
    F(27, "fs11", 27),
    F(28, "ft8", 28),
    F(29, "ft9", 29),
    F(30, "ft10", 30),
    F(31, "ft11", 31),
    V(0), V(1), V(2), V(3), V(4), V(5), V(6), V(7), V(8), V(9), V(10), V(11), V(12), V(13), V(14), V(15),
    V(16), V(17), V(18), V(19), V(20), V(21), V(22), V(23), V(24), V(25), V(26), V(27), V(28), V(29), V(30), V(31),
};

static u8 fp_mode(const struct cpu *cpu)
{
    return (u8)(rv64_regs(cpu)->frm | (cpu->fp_trap ? RV64_FPM_TRAP : 0));
}

static u32 mxcsr(const struct cpu *cpu)
{
    return rv64_mxcsr(cpu);
}

static void reset(struct cpu *cpu)
{
    *rv64_regs(cpu) = (struct rv64_regs){.resv_addr = RV64_RESV_NONE, .vtype = 1ull << 63};
    cpu->fpcr_ctx = 0;
    cpu->guest_fpctl = mxcsr(cpu);
}

u64 rv64_help_time(void *cpu, u64 a, u64 b, u64 c)
{
    (void)cpu, (void)a, (void)b, (void)c;
    struct timespec ts;
    raw_clock_gettime(CLOCK_MONOTONIC, &ts);
    return (u64)ts.tv_sec * RV64_TIME_FREQUENCY + (u64)ts.tv_nsec;
}

u64 rv64_help_fence_i(void *p, u64 a, u64 b, u64 c)
{
    (void)a, (void)b, (void)c;
    struct cpu *cpu = p;
    if (cpu->icache_invalidate) {
        cpu->icache_invalidate(cpu, 0, BIT64(RV64_ADDRESS_BITS));
    }
    return 0;
}

u64 (*const rv64_helpers[RV64_H_COUNT])(void *cpu, u64, u64, u64) = {
#define HELPER(name, function) [RV64_H_##name] = function,
#include "frontend/riscv64/helpers.def"
#undef HELPER
};

static void dump(const struct cpu *cpu, struct strbuf *sb)
{
    const struct rv64_regs *r = rv64_regs(cpu);
    sb_printf(sb, "pc   %016llx  fcsr %02x  vtype %016llx  vl %llu\n", (unsigned long long)cpu->pc,
              rv64_get_fcsr(cpu), (unsigned long long)r->vtype, (unsigned long long)r->vl);
    for (unsigned i = 1; i < 32; i++) {
        sb_printf(sb, "%-4s %016llx%s", regs[RV64_X0 + i].name, (unsigned long long)r->x[i],
                  i % 4 == 3 || i == 31 ? "\n" : "  ");
    }
    for (unsigned i = 0; i < 32; i++) {
        sb_printf(sb, "%-4s %016llx%s", regs[RV64_F0 + i].name, (unsigned long long)r->f[i], i % 4 == 3 ? "\n" : "  ");
    }
    for (unsigned i = 0; r->v_used && i < 32; i++) {
        sb_printf(sb, "v%-3u %016llx%016llx%s", i, (unsigned long long)r->v[i].d[1],
                  (unsigned long long)r->v[i].d[0], i % 2 ? "\n" : "  ");
    }
}

static u16 vmode(const struct cpu *cpu)
{
    rv64_regs(cpu)->v_used = 1; /* it is a vector instruction that asks */
    return rv64_v_mode(rv64_regs(cpu));
}

const struct guest guest_riscv64 = {
    .name = "riscv64",
    .e_machine = EM_RISCV,
    .insn_align = 1,
    .fp_rules = IR_FP_RV64,
    .regs = regs,
    .reg_count = RV64_REG_COUNT,
    .reg_nzcv = -1u,
    .max_pc_bits = RV64_ADDRESS_BITS,
    .unit_conds = 4, /* there is no conditional select, so branches are nearer to each other and likelier to be passed */
    .cpu_model = rv64_model,
    .cpu_list = rv64_model_list,
    .lift = rv64_lift_unit,
    .interpret = rv64_interpret,
    .fault = rv64_v_fault,
    .fp_mode = fp_mode,
    .vmode = vmode,
    .mxcsr = mxcsr,
    .reset = reset,
    .helpers = rv64_helpers,
    .helper_count = RV64_H_COUNT,
    .dump = dump,
    .name_of = rv64_name_of,
};
