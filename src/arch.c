/* The one table of guests, ABIs and hosts. */
#include <elf.h>
#include <string.h>

#include "arch.h"

static const struct arch archs[] = {
    {"aarch64", EM_AARCH64, &guest_aarch64, &abi_aarch64},
    {"riscv64", EM_RISCV, &guest_riscv64, &abi_riscv64},
};

const struct arch *arch_by_machine(u16 e_machine)
{
    for (size_t i = 0; i < ARRAY_LEN(archs); i++) {
        if (archs[i].e_machine == e_machine) {
            return &archs[i];
        }
    }
    return NULL;
}

const struct arch *arch_at(unsigned index)
{
    return index < ARRAY_LEN(archs) ? &archs[index] : NULL;
}

const struct arch *arch_by_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(archs); i++) {
        if (strcmp(archs[i].name, name) == 0) {
            return &archs[i];
        }
    }
    return NULL;
}

const struct abi *arch_abi_of(u16 e_machine)
{
    const struct arch *a = arch_by_machine(e_machine);
    return a ? a->abi : NULL;
}

const struct host *arch_host(void)
{
    return &host_native;
}
