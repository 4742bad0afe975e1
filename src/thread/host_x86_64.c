/* Starting and ending host threads without libc, for x86_64 hosts. */
#include <string.h>

#include "thread/priv.h"

#define TCB_COPY 704 /* tcbhead_t: self pointers, stack and pointer guards */

/* A thread control block like the first thread's, with its TLS variables below: C code may look at its guards and
 * locale. */
void *host_make_tls(u8 *block, u64 size)
{
    const u8 *from;
    u8 *tp = block + ALIGN_UP(size, 64);
    __asm__("mov %%fs:0, %0" : "=r"(from));
    memcpy(tp - size, from - size, size);
    memcpy(tp, from, TCB_COPY);
    memcpy(tp, &tp, sizeof(tp));      /* tcb */
    memcpy(tp + 16, &tp, sizeof(tp)); /* self */
    return tp;
}

__asm__(".text\n"
        ".globl host_clone, host_clone3, host_exit\n"
        ".hidden host_clone, host_clone3, host_exit\n"
        ".type host_clone, @function\n"
        "host_clone:\n"
        "    mov 8(%rsp), %rax\n"
        "    sub $16, %rsi\n"
        "    mov %r9, (%rsi)\n" /* fn and arg travel on the child's stack */
        "    mov %rax, 8(%rsi)\n"
        "    mov %rcx, %r10\n"
        "    mov $56, %eax\n" /* clone */
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jz 1f\n"
        "    ret\n"
        "1:  xor %ebp, %ebp\n"
        "    pop %rax\n"
        "    pop %rdi\n"
        "    call *%rax\n"
        "    ud2\n"
        ".size host_clone, . - host_clone\n"
        ".type host_clone3, @function\n"
        "host_clone3:\n"
        "    mov %rdx, %r8\n"
        "    mov %rcx, %r9\n"
        "    mov $435, %eax\n" /* clone3 */
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jz 1f\n"
        "    ret\n"
        "1:  xor %ebp, %ebp\n"
        "    mov %r9, %rdi\n"
        "    call *%r8\n"
        "    ud2\n"
        ".size host_clone3, . - host_clone3\n"
        ".type host_exit, @function\n"
        "host_exit:\n"
        "    mov %rdx, %r12\n"
        "    mov %ecx, %r13d\n"
        "    mov $11, %eax\n" /* munmap; no stack from here on */
        "    syscall\n"
        "    mov %r12, %rax\n"
        "    mov %r13d, %edi\n"
        "    syscall\n"
        "    ud2\n"
        ".size host_exit, . - host_exit\n");
