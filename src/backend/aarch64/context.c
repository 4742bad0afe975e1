/* The aarch64 host as the runtime sees it: features, the cpu of a thread, signal contexts. */
#include "backend/aarch64/priv.h"

static __thread struct cpu *bound;

/* What generated code uses every aarch64 processor has. */
static u32 detect(void)
{
    return 0;
}

static const u8 pins[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 29};

static void assign(struct chain_abi *ca)
{
    for (unsigned r = 0; r < ca->count; r++) {
        const struct ir_reg *reg = &ca->regs[r];
        bool pinned = reg->type == IR_I64 && reg->pin >= 0 && (size_t)reg->pin < ARRAY_LEN(pins);
        ca->host_of[r] = pinned ? (s8)pins[reg->pin] : -1;
    }
    ca->fp_trap = false;
}

/* All units have the same pins. */
static void region_map(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, bool always,
                       struct chain_abi *map)
{
    (void)fn, (void)arena, (void)always;
    *map = *ca;
}

static void bind(struct cpu *cpu)
{
    bound = cpu;
}

static struct cpu *current(void)
{
    return bound;
}

/* --- signal contexts --- */

static haddr context_pc(const ucontext_t *uc)
{
    return uc->uc_mcontext.pc;
}

static void set_context(ucontext_t *uc, haddr pc, haddr sp)
{
    uc->uc_mcontext.pc = pc;
    uc->uc_mcontext.sp = sp;
}

/* The FP status comes back with the context. */
static void save_context(const ucontext_t *uc, const struct chain_abi *ca, struct cpu *cpu)
{
    for (unsigned r = 0; r < ca->count; r++) {
        if (ca->host_of[r] >= 0) {
            *(u64 *)((u8 *)cpu + ca->regs[r].offset) = uc->uc_mcontext.regs[ca->host_of[r]];
        }
    }
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
    .assign = assign,
    .region_map = region_map,
    .emit_stubs = ha64_emit_stubs,
    .bind = bind,
    .current = current,
    .compile = ha64_compile,
    .save_context = save_context,
    .context_pc = context_pc,
    .set_context = set_context,
    .context_gpr = context_gpr,
    .ret_stack_overflow = ret_stack_overflow,
    .fp_trap = fp_trap,
};
