/* Starting and ending host threads without libc, for aarch64 hosts. */
#include <string.h>

#include "thread/priv.h"

#define TCB_SPAN 64 /* two words, and behind them, as aligned as they want to be, the variables */

/* The thread's variables as they are now: libelf has some, and the C library if that starts ferry. */
void *host_make_tls(u8 *block, u64 size)
{
    const u8 *from;
    __asm__("mrs %0, tpidr_el0" : "=r"(from));
    memcpy(block, from, TCB_SPAN + size);
    return block;
}

__asm__(".text\n"
        ".globl host_clone, host_clone3, host_exit\n"
        ".hidden host_clone, host_clone3, host_exit\n"
        ".type host_clone, %function\n"
        "host_clone:\n"
        "    stp x5, x6, [x1, #-16]!\n" /* fn and arg travel on the child's stack */
        "    mov x8, x4\n"
        "    mov x4, x3\n" /* the kernel takes the thread pointer before the child's id */
        "    mov x3, x8\n"
        "    mov x8, #220\n" /* clone */
        "    svc #0\n"
        "    cbz x0, 1f\n"
        "    ret\n"
        "1:  mov x29, #0\n"
        "    mov x30, #0\n"
        "    ldp x1, x0, [sp], #16\n"
        "    blr x1\n"
        "    brk #0\n"
        ".size host_clone, . - host_clone\n"
        ".type host_clone3, %function\n"
        "host_clone3:\n"
        "    mov x10, x2\n"
        "    mov x11, x3\n"
        "    mov x8, #435\n" /* clone3 */
        "    svc #0\n"
        "    cbz x0, 1f\n"
        "    ret\n"
        "1:  mov x29, #0\n"
        "    mov x30, #0\n"
        "    mov x0, x11\n"
        "    blr x10\n"
        "    brk #0\n"
        ".size host_clone3, . - host_clone3\n"
        ".type host_exit, %function\n"
        "host_exit:\n"
        "    mov x9, x2\n"
        "    mov w10, w3\n"
        "    mov x8, #215\n" /* munmap; no stack from here on */
        "    svc #0\n"
        "    mov x8, x9\n"
        "    sxtw x0, w10\n"
        "    svc #0\n"
        "    brk #0\n"
        ".size host_exit, . - host_exit\n");
