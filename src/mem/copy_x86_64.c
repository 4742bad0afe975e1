/* Copies to and from guest memory that survive a fault, for x86_64 hosts.
 *
 * A fault at one of the labelled instructions makes the host's signal handler go on at the
 * routine's fix-up (mem_fault_fixup), which reports it; registers are as the instruction left them.
 */
#include <errno.h>

#include "mem/access.h"
#include "mem/priv.h"

/* u64 mem_copy_raw(void *dst, const void *src, u64 len): bytes not copied. */
u64 mem_copy_raw(void *dst, const void *src, u64 len);
/* s64 mem_scan_raw(const char *s, u64 max): index of the first NUL or MAX; -EFAULT. */
s64 mem_scan_raw(const char *s, u64 max);
extern const char mem_copy_pc[], mem_copy_fix[], mem_copy8_pc1[], mem_copy8_pc2[], mem_scan_pc[],
    mem_scan_fix[];

__asm__(
    ".text\n"
    ".globl mem_copy_raw, mem_copy_pc, mem_copy_fix, mem_copy8_pc1, mem_copy8_pc2\n"
    ".globl mem_scan_raw, mem_scan_pc, mem_scan_fix\n"
    ".hidden mem_copy_raw, mem_copy_pc, mem_copy_fix, mem_copy8_pc1, mem_copy8_pc2\n"
    ".hidden mem_scan_raw, mem_scan_pc, mem_scan_fix\n"
    ".type mem_copy_raw, @function\n"
    "mem_copy_raw:\n"
    "    mov %rdx, %rcx\n"
    /* Whole words first: system calls copy small structures, for which rep movs starts slowly. */
    "    cmp $256, %rcx\n"
    "    jae mem_copy_pc\n"
    "1:  cmp $8, %rcx\n"
    "    jb mem_copy_pc\n"
    "mem_copy8_pc1:\n"
    "    mov (%rsi), %rax\n"
    "mem_copy8_pc2:\n"
    "    mov %rax, (%rdi)\n"
    "    add $8, %rsi\n"
    "    add $8, %rdi\n"
    "    sub $8, %rcx\n"
    "    jmp 1b\n"
    "mem_copy_pc:\n"
    "    rep movsb\n"
    "mem_copy_fix:\n"
    "    mov %rcx, %rax\n"
    "    ret\n"
    ".size mem_copy_raw, . - mem_copy_raw\n"
    ".type mem_scan_raw, @function\n"
    "mem_scan_raw:\n"
    "    xor %eax, %eax\n"
    "1:  cmp %rsi, %rax\n"
    "    jae 2f\n"
    "mem_scan_pc:\n"
    "    cmpb $0, (%rdi,%rax)\n"
    "    je 2f\n"
    "    inc %rax\n"
    "    jmp 1b\n"
    "mem_scan_fix:\n"
    "    mov $-14, %rax\n" /* -EFAULT */
    "2:  ret\n"
    ".size mem_scan_raw, . - mem_scan_raw\n");

/* The table of mem/access.h, from the linker. */
extern const struct mem_fixup __start_mem_fixups[], __stop_mem_fixups[];

haddr mem_fault_fixup(haddr pc)
{
    if (pc == (haddr)mem_copy8_pc1 || pc == (haddr)mem_copy8_pc2) {
        return (haddr)mem_copy_pc; /* byte by byte up to the fault */
    }
    if (pc == (haddr)mem_copy_pc) {
        return (haddr)mem_copy_fix;
    }
    if (pc == (haddr)mem_scan_pc) {
        return (haddr)mem_scan_fix;
    }
    for (const struct mem_fixup *f = __start_mem_fixups; f < __stop_mem_fixups; f++) {
        if (pc == RAW_PTR(&f->pc) + (u64)(s64)f->pc) {
            return RAW_PTR(&f->fix) + (u64)(s64)f->fix;
        }
    }
    return 0;
}

/* Non-canonical addresses raise SIGSEGV like others, so no range check is needed but for ferry's
 * own half. */
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
