/* Linux on riscv64: registers of system calls, program start, vDSO, /proc/cpuinfo. */
#include <elf.h>
#include <string.h>

#include "signal/riscv64/priv.h"

#define AUDIT_ARCH 0xc00000f3u

/* li a7, NR; ecall; ret -- rt_sigreturn does not return, and unwinders know it by its first two words. */
#define LI_A7(nr) (0x00000893u | (u32)(nr) << 20)
#define ECALL 0x00000073u
#define RET 0x00008067u

static u64 syscall_nr(const struct cpu *cpu)
{
    return rv64_regs(cpu)->x[RV64_A7];
}

static void syscall_args(const struct cpu *cpu, u64 args[6])
{
    memcpy(args, rv64_regs(cpu)->x + RV64_A0, 6 * sizeof(u64));
}

static void syscall_result(struct cpu *cpu, u64 value)
{
    rv64_regs(cpu)->x[RV64_A0] = value;
}

static void syscall_restart(struct cpu *cpu, u64 arg0)
{
    rv64_regs(cpu)->x[RV64_A0] = arg0;
    cpu->pc -= 4; /* ecall has no compressed form */
}

static u64 get_sp(const struct cpu *cpu)
{
    return rv64_regs(cpu)->x[RV64_SP];
}

static void set_sp(struct cpu *cpu, u64 sp)
{
    rv64_regs(cpu)->x[RV64_SP] = sp;
}

static void set_tls(struct cpu *cpu, u64 tls)
{
    rv64_regs(cpu)->x[RV64_TP] = tls;
}

static void start(struct cpu *cpu, u64 entry, u64 sp)
{
    struct rv64_regs *r = rv64_regs(cpu);
    memset(r->x, 0, sizeof(r->x));
    r->x[RV64_SP] = sp;
    cpu->pc = entry;
}

static size_t vdso(u8 *page, size_t cap)
{
    static const u32 sigreturn[] = {LI_A7(139), ECALL};
    static const u32 gettimeofday[] = {LI_A7(169), ECALL, RET};
    static const u32 clock_gettime[] = {LI_A7(113), ECALL, RET};
    static const u32 clock_getres[] = {LI_A7(114), ECALL, RET};
    static const u32 getcpu[] = {LI_A7(168), ECALL, RET};
    static const u32 flush_icache[] = {LI_A7(259), ECALL, RET};
    static const u32 hwprobe[] = {LI_A7(258), ECALL, RET};
    const struct vdso_symbol syms[] = {{"__vdso_rt_sigreturn", sigreturn, 2},
                                       {"__vdso_gettimeofday", gettimeofday, 3},
                                       {"__vdso_clock_gettime", clock_gettime, 3},
                                       {"__vdso_clock_getres", clock_getres, 3},
                                       {"__vdso_getcpu", getcpu, 3},
                                       {"__vdso_flush_icache", flush_icache, 3},
                                       {"__vdso_riscv_hwprobe", hwprobe, 3}};
    return vdso_build(page, cap, EM_RISCV, "LINUX_4.15", syms, ARRAY_LEN(syms));
}

static void cpuinfo(struct strbuf *sb, u64 features, unsigned cpus)
{
    for (unsigned i = 0; i < cpus; i++) {
        sb_printf(sb, "processor\t: %u\nhart\t\t: %u\nisa\t\t: ", i, i);
        rv64_isa_string(features, sb);
        sb_printf(sb, "\nmmu\t\t: sv39\nuarch\t\t: ferry\nmvendorid\t: 0x0\nmarchid\t\t: 0x0\nmimpid\t\t: 0x0\n\n");
    }
}

const struct abi abi_riscv64 = {
    .uname_machine = "riscv64",
    .nr_column = 1,
    .address_bits = 38, /* sv39: the upper half is the kernel's */
    .audit_arch = AUDIT_ARCH,
    .syscall_nr = syscall_nr,
    .syscall_args = syscall_args,
    .syscall_result = syscall_result,
    .syscall_restart = syscall_restart,
    .get_sp = get_sp,
    .set_sp = set_sp,
    .set_tls = set_tls,
    .start = start,
    .push_frame = rv64_push_frame,
    .pop_frame = rv64_pop_frame,
    .hwcap = rv64_hwcap,
    .hwprobe = rv64_hwprobe,
    .vdso = vdso,
    .vdso_sigreturn = VDSO_CODE,
    .cpuinfo = cpuinfo,
    .loader_package = "libc6:riscv64",
    .multiarch = "riscv64-linux-gnu",
    .minsigstksz = RV64_MINSIGSTKSZ,
    .min_altstack = RV64_MIN_ALTSTACK,
};
