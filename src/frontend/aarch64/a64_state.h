/* A64 user-level register state, as it lies in struct cpu.guest. */
#ifndef FRONTEND_AARCH64_A64_STATE_H
#define FRONTEND_AARCH64_A64_STATE_H

#include "ir/cpu.h"

struct a64_regs {
    v128 v[32];
    u64 x[31];
    u64 sp;
    u32 nzcv; /* packed: IR_NZCV_* */
    u32 fpcr; /* AHP, DN, FZ, RMode; other bits read as zero */
    v128 qc;  /* FPSR.QC is set when any bit is */
    u32 fpsr; /* cumulative bits the guest wrote or that were moved out of the host's FP status */
    u32 ret_flags; /* a caller looks at the flags its callee left: this thread's code keeps them at returns */
    u64 excl_addr; /* of the open exclusive, A64_EXCL_NONE: none */
    u64 excl_lo, excl_hi; /* values read by the load-exclusive */
    u64 tpidr;
    u64 tpidrro;
};
#define A64_EXCL_NONE (~0ull)
_Static_assert(offsetof(struct a64_regs, excl_lo) % 16 == 0, "loaded as one vector");
_Static_assert(sizeof(struct a64_regs) <= CPU_GUEST_SIZE, "fits in struct cpu");

#define A64_FIELD(member) ((u16)CPU_GUEST_OFF(struct a64_regs, member)) /* for LDS and STS */

static inline struct a64_regs *a64_regs(const struct cpu *cpu)
{
    return (struct a64_regs *)(uintptr_t)cpu->guest;
}

/* Register numbers in guest->regs. */
enum { A64_X0 = 0, A64_LR = 30, A64_SP = 31, A64_V0 = 32, A64_NZCV = 64, A64_QC = 65, A64_REG_COUNT = 66 };

/* PSTATE bits 31:28 from and to the packed form. */
u32 a64_get_nzcv(const struct cpu *cpu);
void a64_set_nzcv(struct cpu *cpu, u32 nzcv);
/* FPSR with the flags still in guest_fpctl; setting it clears those. Outside generated code only. */
u32 a64_get_fpsr(const struct cpu *cpu);
void a64_set_fpsr(struct cpu *cpu, u32 fpsr);
/* FPCR: also recomputes cpu->guest_fpctl's control bits. */
void a64_set_fpcr(struct cpu *cpu, u32 fpcr);
/* Forgets an open exclusive: for the kernel's part of exception entry and return (signals). */
static inline void a64_clear_exclusive(struct cpu *cpu)
{
    a64_regs(cpu)->excl_addr = A64_EXCL_NONE;
}

/* Rows of features.def: a set of features, as guest->cpu_model gives it, has the bit of each. */
enum a64_feature {
#define FEATURE(name, ...) A64_EXT_##name,
#include "frontend/aarch64/features.def"
#undef FEATURE
    A64_EXT_COUNT
};

/* What a CPU with the features SET tells: AT_HWCAP, AT_HWCAP2, and the names of
 * /proc/cpuinfo, blank separated. */
u64 a64_hwcap(u64 set);
u64 a64_hwcap2(u64 set);
void a64_feature_names(u64 set, struct strbuf *sb);
/* For guest->cpu_model and cpu_list. */
bool a64_model(const char *model, u64 *set);
void a64_model_list(struct strbuf *sb);
/* MIDR_EL1, also for /proc/cpuinfo. */
u32 a64_midr(u64 set);

#endif
