/* Memory calls: the address-space map answers them. */
#include <sys/mman.h>
#include <sys/shm.h>

#include "syscall/priv.h"

s64 sys_brk(struct thread *t, const u64 *a)
{
    (void)t;
    return mem_brk(a[0]);
}

s64 sys_mmap(struct thread *t, const u64 *a)
{
    (void)t;
    return mem_mmap(a[0], a[1], (int)a[2], (int)a[3], (int)a[4], a[5]);
}

s64 sys_munmap(struct thread *t, const u64 *a)
{
    (void)t;
    return mem_munmap(a[0], a[1]);
}

s64 sys_mprotect(struct thread *t, const u64 *a)
{
    (void)t;
    return mem_mprotect(a[0], a[1], (int)a[2]);
}

s64 sys_pkey_mprotect(struct thread *t, const u64 *a)
{
    return (s32)a[3] == -1 ? sys_mprotect(t, a) : -EINVAL;
}

s64 sys_mremap(struct thread *t, const u64 *a)
{
    (void)t;
    return mem_mremap(a[0], a[1], a[2], (int)a[3], a[4]);
}

s64 sys_madvise(struct thread *t, const u64 *a)
{
    s64 ret = sys_pass(t, __NR_madvise, a);
    bool drops = a[2] == MADV_DONTNEED || a[2] == MADV_FREE || a[2] == MADV_REMOVE;
    if (ret == 0 && drops && mem_on_change) {
        mem_on_change(a[0], a[0] + a[1]);
    }
    return ret;
}

s64 sys_remap_file_pages(struct thread *t, const u64 *a)
{
    (void)t;
    (void)a;
    return -ENOSYS; /* deprecated; would need the map to follow single pages */
}

s64 sys_shmat(struct thread *t, const u64 *a)
{
    struct shmid_ds ds;
    long err = raw_syscall(__NR_shmctl, a[0], IPC_STAT, RAW_PTR(&ds));
    if (err < 0) {
        return err;
    }
    u64 len = ALIGN_UP(ds.shm_segsz, 4096);
    gaddr room = a[1] ? 0 : mem_room(len);
    u64 flags = (a[2] & ~(u64)SHM_EXEC) | (room ? SHM_REMAP : 0);
    s64 ret = sys_pass(t, __NR_shmat, (u64[6]){a[0], room ? room : a[1], flags});
    if (raw_is_err(ret) && room) {
        raw_munmap(room, len);
    }
    if (!raw_is_err(ret)) {
        int prot = PROT_READ | (a[2] & SHM_RDONLY ? 0 : PROT_WRITE) | (a[2] & SHM_EXEC ? PROT_EXEC : 0);
        mem_note_map((gaddr)ret, len, prot, true);
    }
    return ret;
}

s64 sys_shmdt(struct thread *t, const u64 *a)
{
    u64 len = mem_vma_len(a[0]);
    s64 ret = sys_pass(t, __NR_shmdt, a);
    if (ret == 0 && len) {
        mem_note_unmap(a[0], len);
    }
    return ret;
}
