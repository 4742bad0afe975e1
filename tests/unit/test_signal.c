/* Signal frames there and back, damaged ones, the vDSO as a dynamic loader reads it, the system call window. */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "frontend/aarch64/a64_state.h"
#include "signal/priv.h"
#include "unit.h"

static struct cpu *cpu_a, *cpu_b;
static u8 *stack;
#define STACK_SIZE 16384u

static void make_cpus(void)
{
    cpu_a = mmap(NULL, 2 * sizeof(struct cpu), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cpu_b = cpu_a + 1;
    guest_aarch64.reset(cpu_a);
    guest_aarch64.reset(cpu_b);
    stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct a64_regs *r = a64_regs(cpu_a);
    for (unsigned i = 0; i < 31; i++) {
        r->x[i] = 0x1111111111111111ull * i + 5;
    }
    for (unsigned i = 0; i < 32; i++) {
        r->v[i].d[0] = i * 3 + 1;
        r->v[i].d[1] = ~(u64)i;
    }
    r->sp = (u64)stack + STACK_SIZE - 24;
    cpu_a->pc = 0x123450;
    a64_set_nzcv(cpu_a, 0xa0000000);
    a64_set_fpcr(cpu_a, 0x01400000);
    a64_set_fpsr(cpu_a, 0x08000011);
}

static struct abi_signal a_signal(u8 info[128])
{
    memset(info, 0, 128);
    ((siginfo_t *)info)->si_signo = SIGSEGV;
    return (struct abi_signal){.signo = SIGSEGV, .info = info, .handler = 0x4000, .flags = KSA_SIGINFO,
                               .restorer = 0x5000, .mask = 0x123456789, .alt_sp = 0x7000, .alt_size = 9000,
                               .frame_sp = a64_regs(cpu_a)->sp, .fault = true, .fault_write = true,
                               .fault_addr = 0xdead0};
}

START_TEST(frame)
{
    make_cpus();
    u8 info[128];
    struct abi_signal s = a_signal(info);
    struct a64_regs before = *a64_regs(cpu_a), *r = a64_regs(cpu_a);
    ck_assert_int_eq(abi_aarch64.push_frame(cpu_a, &s), 0);
    ck_assert_uint_eq(cpu_a->pc, 0x4000);
    ck_assert_uint_eq(r->x[0], SIGSEGV);
    ck_assert_uint_eq(r->x[1], r->sp);
    ck_assert_uint_eq(r->x[2], r->sp + 128);
    ck_assert_uint_eq(r->x[30], 0x5000);
    ck_assert_uint_eq(r->sp % 16, 0);
    /* The frame record continues the chain of frames. */
    ck_assert_uint_eq(((u64 *)r->x[29])[0], before.x[29]);
    ck_assert_uint_eq(((u64 *)r->x[29])[1], before.x[30]);
    ck_assert_uint_ge(r->x[29], r->sp + 4688);
    ck_assert_uint_le(r->x[29] + 16, before.sp);
    /* Fixed offsets of the kernel's structure. */
    const u64 *mc = (const u64 *)(r->sp + 128 + 176);
    ck_assert_uint_eq(*(u64 *)(r->sp + 128 + 40), 0x123456789);
    ck_assert_uint_eq(mc[0], 0xdead0);
    ck_assert_uint_eq(mc[1 + 7], before.x[7]);
    ck_assert_uint_eq(mc[32], before.sp);
    ck_assert_uint_eq(mc[33], 0x123450);
    ck_assert_uint_eq(mc[34], 0xa0000000);
    const u32 *rec = (const u32 *)((const u8 *)mc + 288);
    ck_assert_uint_eq(rec[0], 0x46508001);
    ck_assert_uint_eq(rec[1], 528);
    ck_assert_uint_eq(rec[2], 0x08000011);
    ck_assert_uint_eq(rec[3], 0x01400000);
    ck_assert_uint_eq(rec[132], 0x45535201);
    ck_assert_uint_eq(rec[133], 16);
    ck_assert_uint_eq(rec[134], 0x92000047); /* data abort, write, translation */
    ck_assert(rec[136] == 0 && rec[137] == 0);

    /* Another cpu that has only the stack pointer gets everything back. */
    u64 mask, sp, size;
    s32 flags;
    a64_regs(cpu_b)->sp = r->sp;
    ck_assert_int_eq(abi_aarch64.pop_frame(cpu_b, &mask, &sp, &size, &flags), 0);
    struct a64_regs *b = a64_regs(cpu_b);
    ck_assert(!memcmp(b->x, before.x, sizeof(b->x)) && !memcmp(b->v, before.v, sizeof(b->v)));
    ck_assert_uint_eq(b->sp, before.sp);
    ck_assert_uint_eq(cpu_b->pc, 0x123450);
    ck_assert_uint_eq(a64_get_nzcv(cpu_b), 0xa0000000);
    ck_assert_uint_eq(b->fpcr, 0x01400000);
    ck_assert_uint_eq(a64_get_fpsr(cpu_b), 0x08000011);
    ck_assert_uint_eq(mask, 0x123456789);
    ck_assert(sp == 0x7000 && size == 9000 && flags == 0);
}
END_TEST

START_TEST(frame_refused)
{
    make_cpus();
    u8 info[128];
    struct abi_signal s = a_signal(info);
    struct a64_regs *r = a64_regs(cpu_a);
    u64 mask, sp, size;
    s32 flags;
    host_install_sync(NULL); /* makes a fault in a copy an error */
    s.frame_sp = 64;
    ck_assert_int_eq(abi_aarch64.push_frame(cpu_a, &s), -EFAULT);
    s.frame_sp = r->sp;
    ck_assert_int_eq(abi_aarch64.push_frame(cpu_a, &s), 0);
    u8 *frame = (u8 *)r->sp;
    u32 *rec = (u32 *)(frame + 128 + 176 + 288);
    rec[1] = 520;
    ck_assert_int_eq(abi_aarch64.pop_frame(cpu_a, &mask, &sp, &size, &flags), -EFAULT);
    rec[0] = 0;
    ck_assert_int_eq(abi_aarch64.pop_frame(cpu_a, &mask, &sp, &size, &flags), -EFAULT);
    rec[0] = 0x99999999; /* unknown records that never end */
    rec[1] = 16;
    for (int i = 4; i < 1024; i += 4) {
        rec[i] = 0x99999999;
        rec[i + 1] = 16;
    }
    ck_assert_int_eq(abi_aarch64.pop_frame(cpu_a, &mask, &sp, &size, &flags), -EFAULT);
    rec[0] = 0x46508001;
    rec[1] = 528;
    ck_assert_int_eq(abi_aarch64.pop_frame(cpu_a, &mask, &sp, &size, &flags), 0);
    r->sp = (u64)frame + 8;
    ck_assert_int_eq(abi_aarch64.pop_frame(cpu_a, &mask, &sp, &size, &flags), -EFAULT);
}
END_TEST

static u32 hash_of(const char *s)
{
    u32 h = 0, g;
    for (; *s; s++) {
        h = (h << 4) + (u8)*s;
        if ((g = h & 0xf0000000)) {
            h ^= g >> 24;
        }
        h &= ~g;
    }
    return h;
}

/* As a dynamic loader does it: hash bucket, chain, name, version. */
static const u32 *vdso_lookup(const u8 *image, const char *name, const char *version)
{
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)image;
    const Elf64_Phdr *ph = (const Elf64_Phdr *)(image + eh->e_phoff);
    const Elf64_Dyn *dyn = NULL;
    u64 tag[64] = {0}, versym = 0, verdef = 0;
    for (int i = 0; i < eh->e_phnum; i++) {
        dyn = ph[i].p_type == PT_DYNAMIC ? (const Elf64_Dyn *)(image + ph[i].p_vaddr) : dyn;
    }
    for (; dyn && dyn->d_tag; dyn++) {
        if (dyn->d_tag < 64) {
            tag[dyn->d_tag] = dyn->d_un.d_val;
        }
        versym = dyn->d_tag == DT_VERSYM ? dyn->d_un.d_val : versym;
        verdef = dyn->d_tag == DT_VERDEF ? dyn->d_un.d_val : verdef;
    }
    const u32 *hash = (const u32 *)(image + tag[DT_HASH]);
    const Elf64_Sym *sym = (const Elf64_Sym *)(image + tag[DT_SYMTAB]);
    const char *str = (const char *)image + tag[DT_STRTAB];
    for (u32 i = hash[2 + hash_of(name) % hash[0]]; i; i = hash[2 + hash[0] + i]) {
        const Elf64_Verdef *d = (const Elf64_Verdef *)(image + verdef);
        while (d->vd_ndx != ((const u16 *)(image + versym))[i] && d->vd_next) {
            d = (const Elf64_Verdef *)((const u8 *)d + d->vd_next);
        }
        const Elf64_Verdaux *a = (const Elf64_Verdaux *)((const u8 *)d + d->vd_aux);
        if (!strcmp(str + sym[i].st_name, name) && d->vd_hash == hash_of(version) && !strcmp(str + a->vda_name, version)) {
            return (const u32 *)(image + sym[i].st_value);
        }
    }
    return NULL;
}

START_TEST(vdso)
{
    static u8 page[4096] __attribute__((aligned(4096)));
    ck_assert_uint_le(abi_aarch64.vdso(page, sizeof(page)), sizeof(page));
    const u32 *f = vdso_lookup(page, "__kernel_rt_sigreturn", "LINUX_2.6.39");
    ck_assert_ptr_eq(f, page + abi_aarch64.vdso_sigreturn);
    ck_assert(f[0] == 0xd2801168 && f[1] == 0xd4000001); /* what unwinders look for */
    f = vdso_lookup(page, "__kernel_clock_gettime", "LINUX_2.6.39");
    ck_assert(f && f[0] == (0xd2800008 | 113 << 5) && f[2] == 0xd65f03c0);
    ck_assert(vdso_lookup(page, "__kernel_gettimeofday", "LINUX_2.6.39") != NULL);
    ck_assert(vdso_lookup(page, "__kernel_clock_getres", "LINUX_2.6.39") != NULL);
    ck_assert(vdso_lookup(page, "__kernel_clock_getres", "LINUX_2.6") == NULL);
    ck_assert(vdso_lookup(page, "getcpu", "LINUX_2.6.39") == NULL);
}
END_TEST

START_TEST(window)
{
    volatile bool pending = false;
    bool entered = false;
    ck_assert_int_eq(host_syscall_window(&pending, __NR_getpid, (u64[6]){0}, &entered), raw_getpid());
    ck_assert(entered);
    pending = true;
    ck_assert_int_eq(host_syscall_window(&pending, __NR_getpid, (u64[6]){0}, &entered), -EINTR);
    ck_assert(!entered);
    ck_assert_uint_eq(host_window_exit((haddr)host_syscall_window), 0);
}
END_TEST

UNIT_SUITE(signal, frame, frame_refused, vdso, window)
