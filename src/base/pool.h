/* Memory that lives as long as the process, from ferry's own zero pages: a start gets it without system calls.
 * What the pool cannot give comes from mmap. All of it is zero; dies when the kernel has no memory. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/types.h"

/* What a start surely touches of the pool: its first bytes, in pages. It lies at the end of .bss. */
#define POOL_HOT ((size_t)5 * 4096)
extern u8 pool[] __attribute__((visibility("hidden")));

/* madvise: takes the pages that will be written all at once, for a third of what as many faults cost. Kernels before
 * 5.14 do not know it. */
#define POOL_POPULATE 23 /* MADV_POPULATE_WRITE */

/* SIZE bytes aligned to 16, next to what was asked for before: few pages are touched. */
void *pool_alloc(size_t size);
/* SIZE bytes as pages of their own, which may be unmapped, moved or protected singly. */
void *pool_pages(size_t size);
/* True when P lies in the pool's shared part: such memory is never given back. */
bool pool_shares(const void *p);

#endif
