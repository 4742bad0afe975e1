/* The host as the runtime sees it: features, gs base, signal contexts. */
#include <cpuid.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

#include "backend/x86_64/priv.h"

#define ARCH_SET_GS_ 0x1001
#define ARCH_GET_GS_ 0x1004
#define HWCAP2_FSGSBASE_ 2

static u64 xgetbv0(void)
{
    u32 lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (u64)hi << 32 | lo;
}

static u32 detect_leaf7(u64 xcr0, bool avx)
{
    u32 a, b, c, d, f = 0;
    __cpuid_count(7, 0, a, b, c, d);
    f |= avx && (b & BIT(5)) ? HOST_AVX2 : 0;
    f |= avx && (b & BIT(3)) && (b & BIT(8)) ? HOST_BMI : 0;
    f |= (b & BIT(29)) ? HOST_SHA : 0;
    f |= avx && (c & BIT(8)) ? HOST_GFNI : 0;
    /* F, DQ, CD, BW, VL; opmask and all of zmm saved by the kernel */
    u32 need = BIT(16) | BIT(17) | BIT(28) | BIT(30) | BIT(31);
    f |= avx && (b & need) == need && (xcr0 & 0xe0) == 0xe0 ? HOST_AVX512VL : 0;
    return f;
}

/* As few CPUID instructions as it takes: in a virtual machine each is a trap. Leaves 1 and 0x80000001 are there on
 * every 64-bit processor. */
static u32 hx64_detect(void)
{
    u32 max, a, b, c, d, f = 0;
    __cpuid(0, max, b, c, d);
    __cpuid(1, a, b, c, d);
    u64 xcr0 = c & BIT(27) ? xgetbv0() : 0;
    bool avx = (c & BIT(28)) && (xcr0 & 6) == 6;
    f |= avx ? HOST_AVX : 0;
    f |= avx && (c & BIT(12)) ? HOST_FMA : 0;
    f |= avx && (c & BIT(29)) ? HOST_F16C : 0;
    f |= c & BIT(1) ? HOST_PCLMUL : 0;
    f |= c & BIT(20) ? HOST_SSE42 : 0;
    f |= c & BIT(22) ? HOST_MOVBE : 0;
    f |= c & BIT(23) ? HOST_POPCNT : 0;
    f |= c & BIT(25) ? HOST_AES : 0;
    f |= max >= 7 ? detect_leaf7(xcr0, avx) : 0;
    __cpuid(0x80000001, a, b, c, d);
    f |= c & BIT(5) ? HOST_LZCNT : 0;
    f |= getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_ ? HOST_FSGSBASE : 0;
    return f;
}

static int host_reg_of(const struct ir_reg *r, bool evex)
{
    int n = r->pin;
    if (n < 0) {
        return -1;
    }
    if (r->type < IR_F32) {
        return n < HX64_PIN_GPRS ? hx64_pin_gpr[n] : -1;
    }
    return n < 8 ? HX64_FIRST_PIN_XMM + n : evex && n < 24 ? 16 + (n - 8) : -1;
}

static void hx64_assign(struct chain_abi *ca)
{
    if (!(ca->features & HOST_AVX)) { /* VEX forms come with AVX only */
        ca->features &=
            ~(u32)(HOST_AVX2 | HOST_BMI | HOST_FMA | HOST_AVX512VL | HOST_F16C | HOST_GFNI);
    }
    ca->fp_trap = !(ca->features & HOST_AVX512VL); /* EVEX forms are not decoded */
    for (unsigned r = 0; r < ca->count; r++) {
        ca->host_of[r] = (s8)host_reg_of(&ca->regs[r], ca->features & HOST_AVX512VL);
    }
}

static bool has_fsgsbase(void)
{
    return getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_;
}

static void hx64_bind(struct cpu *cpu)
{
    if (has_fsgsbase()) {
        __asm__ volatile("wrgsbase %0" : : "r"((u64)RAW_PTR(cpu)));
    } else {
        raw_syscall(__NR_arch_prctl, ARCH_SET_GS_, RAW_PTR(cpu));
    }
}

static struct cpu *hx64_current(void)
{
    u64 base = 0;
    if (has_fsgsbase()) {
        __asm__ volatile("rdgsbase %0" : "=r"(base));
    } else {
        raw_syscall(__NR_arch_prctl, ARCH_GET_GS_, RAW_PTR(&base));
    }
    return (struct cpu *)base;
}

/* --- signal contexts --- */

const u8 hx64_greg_of[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                               REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                               REG_R12, REG_R13, REG_R14, REG_R15};

static u64 hx64_context_gpr(const ucontext_t *uc, unsigned reg)
{
    return (u64)uc->uc_mcontext.gregs[hx64_greg_of[reg & 15]];
}

#define XSTATE_MAGIC1 0x46505853u
#define XSTATE_HI16_ZMM 7

/* Vector register REG of the context; the upper sixteen lie in the extended area, if anywhere. */
static v128 context_xmm(const ucontext_t *uc, unsigned reg)
{
    const u8 *fp = (const u8 *)uc->uc_mcontext.fpregs;
    v128 v = {.d = {0, 0}};
    if (reg < 16) {
        memcpy(&v, fp + 160 + reg * 16, 16);
        return v;
    }
    u32 magic, a, off, c, d;
    u64 xstate_bv;
    memcpy(&magic, fp + 464, 4);
    memcpy(&xstate_bv, fp + 512, 8);
    if (magic == XSTATE_MAGIC1 && (xstate_bv & BIT(XSTATE_HI16_ZMM)) &&
        __get_cpuid_count(0xd, XSTATE_HI16_ZMM, &a, &off, &c, &d)) {
        memcpy(&v, fp + off + (reg - 16) * 64, 16);
    }
    return v;
}

static void hx64_save_context(const ucontext_t *uc, const struct chain_abi *ca, struct cpu *cpu)
{
    for (unsigned r = 0; r < ca->count; r++) {
        u8 *home = (u8 *)cpu + ca->regs[r].offset;
        if (ca->host_of[r] < 0) {
            continue;
        }
        unsigned h = (unsigned)ca->host_of[r];
        if (ca->regs[r].type >= IR_F32) {
            v128 v = context_xmm(uc, h);
            memcpy(home, &v, ca->regs[r].type == IR_V128 ? 16 : ca->regs[r].type == IR_F64 ? 8 : 4);
        } else {
            u64 v = hx64_context_gpr(uc, h);
            memcpy(home, &v, ca->regs[r].type == IR_I64 ? 8 : 4);
        }
    }
    cpu->ret_sp = hx64_context_gpr(uc, RSP);
    memcpy(&cpu->guest_fpctl, (const u8 *)uc->uc_mcontext.fpregs + 24, 4);
}

static haddr hx64_context_pc(const ucontext_t *uc)
{
    return (haddr)uc->uc_mcontext.gregs[REG_RIP];
}

static void hx64_set_context(ucontext_t *uc, haddr pc, haddr sp)
{
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)sp;
}

static bool hx64_ret_stack_overflow(ucontext_t *uc, struct cpu *cpu, haddr fault_addr)
{
    if (!cpu || fault_addr >= cpu->ret_limit || fault_addr < cpu->ret_limit - 4096 ||
        hx64_context_gpr(uc, RSP) != fault_addr + 8) {
        return false;
    }
    uc->uc_mcontext.gregs[REG_RSP] = (greg_t)cpu->ret_base;
    return true;
}

const struct host host_x86_64 = {
    .name = "x86_64",
    .detect = hx64_detect,
    .assign = hx64_assign,
    .region_map = hx64_region_map,
    .emit_stubs = hx64_emit_stubs,
    .bind = hx64_bind,
    .current = hx64_current,
    .compile = hx64_compile,
    .save_context = hx64_save_context,
    .context_pc = hx64_context_pc,
    .set_context = hx64_set_context,
    .context_gpr = hx64_context_gpr,
    .ret_stack_overflow = hx64_ret_stack_overflow,
    .fp_trap = hx64_fp_trap,
};
