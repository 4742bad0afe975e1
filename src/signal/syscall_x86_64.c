/* The window in which a guest's system call meets its signals, for x86_64 hosts.
 *
 * Between the look at *pending and the system call instruction a host signal may come; its handler finds the pc in
 * [syscall_window, syscall_window_end) and sets it to syscall_window_out, so the call is not entered and the
 * signal is not late. A call the kernel wants to restart by itself stands on the same instruction. */
#include <errno.h>

#include "signal/priv.h"

s64 syscall_window_run(volatile bool *pending, long nr, const u64 args[6], bool *entered);
extern const char syscall_window[], syscall_window_end[], syscall_window_out[];

__asm__(".text\n"
        ".globl syscall_window_run, syscall_window, syscall_window_end, syscall_window_out\n"
        ".hidden syscall_window_run, syscall_window, syscall_window_end, syscall_window_out\n"
        ".type syscall_window_run, @function\n"
        "syscall_window_run:\n"
        "    push %rbx\n"
        "    push %rbp\n"
        "    mov %rdi, %rbx\n"
        "    mov %rcx, %rbp\n"
        "    mov %rsi, %rax\n"
        "    mov %rdx, %r11\n"
        "    mov (%r11), %rdi\n"
        "    mov 8(%r11), %rsi\n"
        "    mov 16(%r11), %rdx\n"
        "    mov 24(%r11), %r10\n"
        "    mov 32(%r11), %r8\n"
        "    mov 40(%r11), %r9\n"
        "syscall_window:\n"
        "    cmpb $0, (%rbx)\n"
        "    jne syscall_window_out\n"
        "    syscall\n"
        "syscall_window_end:\n"
        "    movb $1, (%rbp)\n"
        "    pop %rbp\n"
        "    pop %rbx\n"
        "    ret\n"
        "syscall_window_out:\n"
        "    mov $-4, %rax\n" /* -EINTR */
        "    movb $0, (%rbp)\n"
        "    pop %rbp\n"
        "    pop %rbx\n"
        "    ret\n"
        ".size syscall_window_run, . - syscall_window_run\n");

s64 host_syscall_window(volatile bool *pending, long nr, const u64 args[6], bool *entered)
{
    return syscall_window_run(pending, nr, args, entered);
}

haddr host_window_exit(haddr pc)
{
    if (pc < (haddr)syscall_window || pc > (haddr)syscall_window_end) {
        return 0;
    }
    return pc < (haddr)syscall_window_end ? (haddr)syscall_window_out : pc;
}

haddr host_context_pc(const ucontext_t *uc)
{
    return (haddr)uc->uc_mcontext.gregs[16]; /* REG_RIP */
}

void host_context_set_pc(ucontext_t *uc, haddr pc)
{
    uc->uc_mcontext.gregs[16] = (greg_t)pc;
}

bool host_fault_is_write(const ucontext_t *uc)
{
    return (uc->uc_mcontext.gregs[19] & 2) != 0; /* REG_ERR: page-fault error code */
}
