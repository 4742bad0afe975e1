/* Guest memory as ferry itself reads and writes it, and where to go on after a fault of that. */
#include <errno.h>

#include "mem/access.h"
#include "mem/priv.h"

/* The table of mem/access.h, from the linker. */
extern const struct mem_fixup __start_mem_fixups[], __stop_mem_fixups[];

haddr mem_fault_fixup(haddr pc)
{
    for (const struct mem_fixup *f = __start_mem_fixups; f < __stop_mem_fixups; f++) {
        if (pc == RAW_PTR(&f->pc) + (u64)(s64)f->pc) {
            return RAW_PTR(&f->fix) + (u64)(s64)f->fix;
        }
    }
    return 0;
}

/* Addresses that no page table can hold raise SIGSEGV like others, so no range check is needed. */
int mem_read(void *dst, gaddr src, size_t len)
{
    return mem_copy_raw(dst, (const void *)src, len) ? -EFAULT : 0;
}

int mem_write(gaddr dst, const void *src, size_t len)
{
    return mem_copy_raw((void *)dst, src, len) ? -EFAULT : 0;
}

s64 mem_strnlen(gaddr s, size_t max)
{
    return mem_scan_raw((const char *)s, max);
}
