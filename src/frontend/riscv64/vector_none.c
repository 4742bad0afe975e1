/* What the vector lifters define, for a build without them. */
#include "frontend/riscv64/priv.h"

ir_ref __attribute__((weak)) rv64_vector_csr_read(struct rv64_lift *l, unsigned csr)
{
    (void)l;
    (void)csr;
    return 0;
}
bool __attribute__((weak)) rv64_vector_csr_write(struct rv64_lift *l, unsigned csr, ir_ref v)
{
    (void)l;
    (void)csr;
    (void)v;
    return 0;
}
u64 __attribute__((weak)) rv64_v_vtype(u64 v)
{
    return v;
}
void __attribute__((weak)) rv64_set_vconfig(struct cpu *c, u64 a, u64 b, u64 d)
{
    (void)c;
    (void)a;
    (void)b;
    (void)d;
}
