/* Accesses of interpreted ops that may fault. They lie in a section of their own, by which a fault of theirs is known. */
#include "backend/interp/interp.h"
#include "ir/fpctl.h"
#include "ir/memory.h"

extern const char __start_interp_access[] __attribute__((visibility("hidden")));
extern const char __stop_interp_access[] __attribute__((visibility("hidden")));

__attribute__((section("interp_access"), noinline, flatten)) static void access(const struct interp_ins *in,
                                                                                union ir_val *r, const union ir_val *a,
                                                                                const union ir_val *b,
                                                                                const union ir_val *c)
{
    ir_mem_op(in->op, (enum ir_type)in->type, in->aux, r, a, b, c, (enum ir_type)in->stored);
}

void interp_memory(struct cpu *cpu, const struct interp_ins *in, union ir_val *r, const union ir_val *a,
                   const union ir_val *b, const union ir_val *c)
{
    interp_state(cpu)->at = RAW_PTR(in);
    cpu->guest_fpctl = fpctl_get();
    access(in, r, a, b, c);
}

haddr interp_context_pc(const struct cpu *cpu, haddr pc)
{
    bool accesses = pc >= RAW_PTR(__start_interp_access) && pc < RAW_PTR(__stop_interp_access);
    return accesses && cpu ? interp_state(cpu)->at : pc;
}
