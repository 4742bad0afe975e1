/* Copies to and from guest memory that survive a fault, for x86_64 hosts. A fault leaves the registers as the
 * instruction left them. */
#include "mem/access.h"
#include "mem/priv.h"

__asm__(
    ".text\n"
    ".globl mem_copy_raw, mem_scan_raw\n"
    ".hidden mem_copy_raw, mem_scan_raw\n"
    ".type mem_copy_raw, @function\n"
    "mem_copy_raw:\n"
    "    mov %rdx, %rcx\n"
    /* Whole words first: system calls copy small structures, for which rep movs starts slowly. */
    "    cmp $256, %rcx\n"
    "    jae 3f\n"
    "2:  cmp $8, %rcx\n"
    "    jb 3f\n"
    "1:  mov (%rsi), %rax" MEM_FIXUP("3f") "\n" /* byte by byte up to the fault */
    "1:  mov %rax, (%rdi)" MEM_FIXUP("3f") "\n"
    "    add $8, %rsi\n"
    "    add $8, %rdi\n"
    "    sub $8, %rcx\n"
    "    jmp 2b\n"
    "3:\n"
    "1:  rep movsb" MEM_FIXUP("4f") "\n"
    "4:  mov %rcx, %rax\n"
    "    ret\n"
    ".size mem_copy_raw, . - mem_copy_raw\n"
    ".type mem_scan_raw, @function\n"
    "mem_scan_raw:\n"
    "    xor %eax, %eax\n"
    "2:  cmp %rsi, %rax\n"
    "    jae 3f\n"
    "1:  cmpb $0, (%rdi,%rax)" MEM_FIXUP("4f") "\n"
    "    je 3f\n"
    "    inc %rax\n"
    "    jmp 2b\n"
    "4:  mov $-14, %rax\n" /* -EFAULT */
    "3:  ret\n"
    ".size mem_scan_raw, . - mem_scan_raw\n");
