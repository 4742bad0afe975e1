/* The calls, and operations of prctl, that only riscv64 programs have. */
#include <string.h>

#include "syscall/priv.h"

#define FLUSH_ICACHE_LOCAL 1u
#define HWPROBE_WHICH_CPUS 1u
#define HWCAP_V (1ull << ('V' - 'A'))
#define CPU_WORDS 128 /* of 64 CPUs */

s64 sys_riscv_flush_icache(struct thread *t, const u64 *a)
{
    (void)t;
    if (a[2] & ~(u64)FLUSH_ICACHE_LOCAL) {
        return -EINVAL;
    }
    /* A kernel flushes everything whatever the range is; one that makes no sense means that here as well. */
    bool all = a[0] >= a[1];
    exec_flush_icache(process.ex, all ? 0 : a[0], all ? ~0ull : a[1]);
    return 0;
}

/* The argument of RISCV_V_SET_CONTROL: how vectors are now, for the program executed next, and for those after it. */
enum { V_DEFAULT = 0, V_OFF = 1, V_ON = 2, V_CURRENT = 3, V_NEXT_SHIFT = 2, V_ALL = 0x1f };

/* Vectors cannot be turned off, neither now nor, unlike Linux, for the next program. */
static s64 set_vector_control(struct thread *t, u64 arg)
{
    u64 current = arg & V_CURRENT, next = arg >> V_NEXT_SHIFT & V_CURRENT;
    if (arg & ~(u64)V_ALL) {
        return -EINVAL;
    }
    if (current == V_OFF) {
        return -EPERM;
    }
    if (current > V_ON || (next != V_DEFAULT && next != V_ON)) {
        return -EINVAL;
    }
    t->v_next = (u8)(arg & ~(u64)V_CURRENT);
    return 0;
}

s64 sys_riscv_prctl(struct thread *t, const u64 *a)
{
    if (!process.abi->hwprobe) {
        return -EINVAL;
    }
    if (a[0] == RISCV_SET_ICACHE_FLUSH_CTX) { /* on or off, process or thread: fence.i works as it is */
        return a[1] <= 1 && a[2] <= 1 ? 0 : -EINVAL;
    }
    if (!(process.abi->hwcap(process.features) & HWCAP_V)) {
        return -EINVAL;
    }
    return a[0] == RISCV_V_GET_CONTROL ? V_ON | t->v_next : set_vector_control(t, a[1]);
}

struct pair {
    s64 key;
    u64 value;
};

/* The CPUs there are, limited to the *SIZE bytes the guest has for a set; -EFAULT, -EINVAL. */
static s64 online_cpus(u64 set[CPU_WORDS], u64 size)
{
    memset(set, 0, CPU_WORDS * 8);
    long n = raw_syscall(__NR_sched_getaffinity, 0, CPU_WORDS * 8, RAW_PTR(set));
    if (n < 0) {
        return n;
    }
    if (size < CPU_WORDS * 8) {
        memset((u8 *)set + size, 0, CPU_WORDS * 8 - size);
    }
    return 0;
}

/* Fills the values of COUNT pairs at P. All CPUs are the same. */
static s64 fill_pairs(gaddr p, u64 count)
{
    for (u64 i = 0; i < count; i++, p += sizeof(struct pair)) {
        struct pair x;
        if (mem_read(&x, p, sizeof(x))) {
            return -EFAULT;
        }
        x.value = 0;
        if (!process.abi->hwprobe(process.features, x.key, &x.value)) {
            x.key = -1;
        }
        if (mem_write(p, &x, sizeof(x))) {
            return -EFAULT;
        }
    }
    return 0;
}

/* Keys whose values are sets of bits: a CPU that has more than what is asked for qualifies. */
static bool is_bitmask(s64 key)
{
    return key == 3 || key == 4 || key == 5;
}

/* RISCV_HWPROBE_WHICH_CPUS: leaves in the set at CPUS those that have all the values of the pairs. */
static s64 which_cpus(gaddr p, u64 count, u64 size, gaddr cpus)
{
    u64 set[CPU_WORDS], want[CPU_WORDS] = {0};
    u64 n = MIN(size, sizeof(want));
    bool match = true;
    if (!size || !cpus) {
        return -EINVAL;
    }
    if (mem_read(want, cpus, n) || online_cpus(set, n)) {
        return -EFAULT;
    }
    bool any = false;
    for (unsigned i = 0; i < CPU_WORDS; i++) {
        any |= want[i] != 0;
    }
    for (unsigned i = 0; any && i < CPU_WORDS; i++) {
        set[i] &= want[i];
    }
    for (u64 i = 0; i < count; i++, p += sizeof(struct pair)) {
        struct pair x;
        u64 have = 0;
        if (mem_read(&x, p, sizeof(x))) {
            return -EFAULT;
        }
        if (!process.abi->hwprobe(process.features, x.key, &have)) {
            s64 none = -1;
            match = false;
            if (mem_write(p, &none, sizeof(none))) {
                return -EFAULT;
            }
        } else {
            match &= is_bitmask(x.key) ? (have & x.value) == x.value : have == x.value;
        }
    }
    if (!match) {
        memset(set, 0, sizeof(set));
    }
    return mem_write(cpus, set, n) ? -EFAULT : 0;
}

s64 sys_riscv_hwprobe(struct thread *t, const u64 *a)
{
    (void)t;
    u64 set[CPU_WORDS], online[CPU_WORDS], n = MIN(a[2], sizeof(set));
    bool any = false;
    if (!process.abi->hwprobe) {
        return -ENOSYS;
    }
    if (a[4] & HWPROBE_WHICH_CPUS) {
        return a[4] == HWPROBE_WHICH_CPUS ? which_cpus(a[0], a[1], a[2], a[3]) : -EINVAL;
    }
    if (a[4]) {
        return -EINVAL;
    }
    if (a[2] || a[3]) { /* some CPUs only: one of them has to be there */
        memset(set, 0, sizeof(set));
        if (mem_read(set, a[3], n) || online_cpus(online, n)) {
            return -EFAULT;
        }
        for (unsigned i = 0; i < CPU_WORDS; i++) {
            any |= (set[i] & online[i]) != 0;
        }
        if (!any) {
            return -EINVAL;
        }
    }
    return fill_pairs(a[0], a[1]);
}
