/* RV64 user-level register state, as it lies in struct cpu.guest, and what the CPU says it has. */
#ifndef FRONTEND_RISCV64_RV64_STATE_H
#define FRONTEND_RISCV64_RV64_STATE_H

#include "ir/cpu.h"

struct rv64_regs {
    v128 v[32];
    u64 x[32]; /* x[0] is always 0 */
    u64 f[32]; /* narrower values are NaN-boxed */
    u32 fflags; /* cumulative bits the guest wrote or that were moved out of the host's FP status */
    u32 frm;    /* 0..7; 5..7 are reserved and make dynamic rounding illegal */
    u64 vl, vstart;
    u64 vtype; /* bit 63: vill */
    u32 vxsat, vxrm;
    u64 vfault;     /* helpers' own: address that could not be accessed */
    u64 resv_addr;  /* of the open reservation, RV64_RESV_NONE: none */
    u64 resv_value; /* what the load-reserved read, zero-extended */
    u32 v_used;     /* a vector instruction has run: signal frames carry the vector state */
};
#define RV64_RESV_NONE (~0ull)
#define RV64_ADDRESS_BITS 38 /* user half of sv39 */
#define RV64_TIME_FREQUENCY 1000000000ull /* of CSR time, in Hz */
#define RV64_CBO_BLOCK 64 /* bytes that cbo.zero zeroes */
_Static_assert(sizeof(struct rv64_regs) <= CPU_GUEST_SIZE, "fits in struct cpu");
#define RV64_FIELD(member) ((u16)CPU_GUEST_OFF(struct rv64_regs, member))

static inline struct rv64_regs *rv64_regs(const struct cpu *cpu)
{
    return (struct rv64_regs *)(uintptr_t)cpu->guest;
}

/* Register numbers in guest->regs. Number 0 (x0) is never read or written there. */
enum { RV64_X0 = 0, RV64_F0 = 32, RV64_V0 = 64, RV64_REG_COUNT = 96 };

/* CSRs that user code can name (unprivileged manual; privileged manual, table of CSR addresses). */
enum rv64_csr {
    RV64_CSR_FFLAGS = 0x001,
    RV64_CSR_FRM = 0x002,
    RV64_CSR_FCSR = 0x003,
    RV64_CSR_VSTART = 0x008,
    RV64_CSR_VXSAT = 0x009,
    RV64_CSR_VXRM = 0x00a,
    RV64_CSR_VCSR = 0x00f,
    RV64_CSR_CYCLE = 0xc00,
    RV64_CSR_TIME = 0xc01,
    RV64_CSR_INSTRET = 0xc02,
    RV64_CSR_VL = 0xc20,
    RV64_CSR_VTYPE = 0xc21,
    RV64_CSR_VLENB = 0xc22
};

/* fcsr with the flags still in guest_fpctl; setting it clears those and recomputes guest_fpctl's control
 * bits. Outside generated code only. */
u32 rv64_get_fcsr(const struct cpu *cpu);
void rv64_set_fcsr(struct cpu *cpu, u32 fcsr);
/* vxrm << 1 | vxsat. */
static inline u32 rv64_get_vcsr(const struct cpu *cpu)
{
    return rv64_regs(cpu)->vxrm << 1 | rv64_regs(cpu)->vxsat;
}
static inline void rv64_set_vcsr(struct cpu *cpu, u32 vcsr)
{
    rv64_regs(cpu)->vxrm = vcsr >> 1 & 3;
    rv64_regs(cpu)->vxsat = vcsr & 1;
}
/* vl, vtype and vstart from a signal frame, made legal as vsetvl would. */
void rv64_set_vconfig(struct cpu *cpu, u64 vl, u64 vtype, u64 vstart);
/* True when the program has executed a vector instruction. */
static inline bool rv64_vector_used(const struct cpu *cpu)
{
    return rv64_regs(cpu)->v_used;
}
/* Forgets an open reservation: for the kernel's part of exception entry and return (signals). */
static inline void rv64_clear_reservation(struct cpu *cpu)
{
    rv64_regs(cpu)->resv_addr = RV64_RESV_NONE;
}

/* Extensions and what makes up a CPU model (features.def). A set of features has bit rv64_feature of each. */
enum rv64_feature {
#define FEATURE(id, name, models, hwcap, hwprobe) RV64_EXT_##id,
#include "frontend/riscv64/features.def"
#undef FEATURE
    RV64_EXT_COUNT
};
_Static_assert(RV64_EXT_COUNT <= 64, "a set of features is 64 bits");

/* The features of -cpu MODEL (NULL: the default); false when there is no such model. */
bool rv64_model(const char *model, u64 *features);
/* One line a model, for -cpu help. */
void rv64_model_list(struct strbuf *sb);
/* What a CPU with FEATURES says: AT_HWCAP, the value of a key of riscv_hwprobe (false: no such key), the
 * isa string of /proc/cpuinfo. */
u64 rv64_hwcap(u64 features);
bool rv64_hwprobe(u64 features, s64 key, u64 *value);
void rv64_isa_string(u64 features, struct strbuf *sb);

#endif
