/* The one table of what ferry can run and where. */
#ifndef ARCH_H
#define ARCH_H

#include "exec/exec.h"
#include "signal/abi.h"

struct arch {
    const char *name;      /* of the guest, as in ferry-aarch64 */
    u16 e_machine;
    const struct guest *guest;
    const struct abi *abi;
};

/* NULL when ferry does not run that guest. */
const struct arch *arch_by_machine(u16 e_machine);
const struct arch *arch_by_name(const char *name);
/* Each by number from 0 on; NULL behind the last. */
const struct arch *arch_at(unsigned index);
const struct abi *arch_abi_of(u16 e_machine);
/* The host ferry was built for. */
const struct host *arch_host(void);

#endif
