/* The aarch64 host as the runtime sees it. There is no code generator yet: texts are interpreted (backend/interp). */
#include "backend/interp/interp.h"

static __thread struct cpu *bound;

static u32 detect(void)
{
    return 0;
}

static void bind(struct cpu *cpu)
{
    bound = cpu;
}

static struct cpu *current(void)
{
    return bound;
}

static haddr context_pc(const ucontext_t *uc)
{
    return interp_context_pc(bound, uc->uc_mcontext.pc);
}

/* The stack is the interpreter's, and stays. */
static void set_context(ucontext_t *uc, haddr pc, haddr sp)
{
    (void)sp;
    uc->uc_mcontext.pc = pc;
}

/* The state at an access is in the cpu. */
static void save_context(const ucontext_t *uc, const struct chain_abi *ca, struct cpu *cpu)
{
    (void)uc, (void)ca, (void)cpu;
}

static u64 context_gpr(const ucontext_t *uc, unsigned reg)
{
    return uc->uc_mcontext.regs[reg];
}

static bool ret_stack_overflow(ucontext_t *uc, struct cpu *cpu, haddr fault_addr)
{
    (void)uc, (void)cpu, (void)fault_addr;
    return false;
}

static bool fp_trap(ucontext_t *uc, const struct chain_abi *ca, const struct cpu *cpu)
{
    (void)uc, (void)ca, (void)cpu;
    return false;
}

const struct host host_aarch64 = {
    .name = "aarch64",
    .detect = detect,
    .assign = interp_assign,
    .region_map = interp_region_map,
    .emit_stubs = interp_emit_stubs,
    .init_cpu = interp_init_cpu,
    .bind = bind,
    .current = current,
    .compile = interp_compile,
    .save_context = save_context,
    .context_pc = context_pc,
    .set_context = set_context,
    .context_gpr = context_gpr,
    .ret_stack_overflow = ret_stack_overflow,
    .fp_trap = fp_trap,
};
