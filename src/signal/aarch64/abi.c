/* Linux on aarch64: registers of system calls, program start, vDSO, /proc/cpuinfo. */
#include <elf.h>
#include <string.h>

#include "signal/aarch64/priv.h"

#define AUDIT_ARCH 0xc00000b7u

/* mov x8, #NR; svc #0; ret -- rt_sigreturn does not return, and unwinders know it by its first two words. */
#define MOV_X8(nr) (0xd2800008u | (nr) << 5)
#define SVC 0xd4000001u
#define RET 0xd65f03c0u

static u64 syscall_nr(const struct cpu *cpu)
{
    return a64_regs(cpu)->x[8];
}

static void syscall_args(const struct cpu *cpu, u64 args[6])
{
    memcpy(args, a64_regs(cpu)->x, 6 * sizeof(u64));
}

static void syscall_result(struct cpu *cpu, u64 value)
{
    a64_regs(cpu)->x[0] = value;
}

static void syscall_restart(struct cpu *cpu, u64 arg0)
{
    a64_regs(cpu)->x[0] = arg0;
    cpu->pc -= 4;
}

static u64 get_sp(const struct cpu *cpu)
{
    return a64_regs(cpu)->sp;
}

static void set_sp(struct cpu *cpu, u64 sp)
{
    a64_regs(cpu)->sp = sp;
}

static void set_tls(struct cpu *cpu, u64 tls)
{
    a64_regs(cpu)->tpidr = tls;
}

static void start(struct cpu *cpu, u64 entry, u64 sp)
{
    struct a64_regs *r = a64_regs(cpu);
    memset(r->x, 0, sizeof(r->x));
    r->sp = sp;
    cpu->pc = entry;
}

static size_t vdso(u8 *page, size_t cap)
{
    static const u32 sigreturn[] = {MOV_X8(139), SVC};
    static const u32 gettimeofday[] = {MOV_X8(169), SVC, RET};
    static const u32 clock_gettime[] = {MOV_X8(113), SVC, RET};
    static const u32 clock_getres[] = {MOV_X8(114), SVC, RET};
    const struct vdso_symbol syms[] = {{"__kernel_rt_sigreturn", sigreturn, 2},
                                       {"__kernel_gettimeofday", gettimeofday, 3},
                                       {"__kernel_clock_gettime", clock_gettime, 3},
                                       {"__kernel_clock_getres", clock_getres, 3}};
    return vdso_build(page, cap, EM_AARCH64, "LINUX_2.6.39", syms, ARRAY_LEN(syms));
}

static void cpuinfo(struct strbuf *sb, u64 features, unsigned cpus)
{
    u32 midr = a64_midr(features);
    for (unsigned i = 0; i < cpus; i++) {
        sb_printf(sb, "processor\t: %u\nBogoMIPS\t: 2000.00\nFeatures\t: ", i);
        a64_feature_names(features, sb);
        sb_printf(sb, "\nCPU implementer\t: 0x%02x\nCPU architecture: 8\nCPU variant\t: 0x%x\n"
                      "CPU part\t: 0x%03x\nCPU revision\t: %u\n\n",
                  midr >> 24, midr >> 20 & 15, midr >> 4 & 0xfff, midr & 15);
    }
}

const struct abi abi_aarch64 = {
    .uname_machine = "aarch64",
    .nr_column = 1,
    .address_bits = 48,
    .audit_arch = AUDIT_ARCH,
    .open_flags_arm = true,
    .syscall_nr = syscall_nr,
    .syscall_args = syscall_args,
    .syscall_result = syscall_result,
    .syscall_restart = syscall_restart,
    .get_sp = get_sp,
    .set_sp = set_sp,
    .set_tls = set_tls,
    .start = start,
    .push_frame = a64_push_frame,
    .pop_frame = a64_pop_frame,
    .hwcap = a64_hwcap,
    .hwcap2 = a64_hwcap2,
    .platform = "aarch64",
    .vdso = vdso,
    .vdso_sigreturn = VDSO_CODE,
    .cpuinfo = cpuinfo,
    .loader_package = "libc6:arm64",
    .multiarch = "aarch64-linux-gnu",
    .minsigstksz = A64_MINSIGSTKSZ,
    .min_altstack = A64_MIN_ALTSTACK,
    .sa_restorer = true,
};
