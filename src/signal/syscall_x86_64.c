/* The window in which a guest's system call meets its signals (signal/priv.h), and contexts, on x86_64 hosts. */
#include "signal/priv.h"

__asm__(".text\n"
        ".globl host_syscall_window, syscall_window, syscall_window_end, syscall_window_out\n"
        ".hidden host_syscall_window, syscall_window, syscall_window_end, syscall_window_out\n"
        ".type host_syscall_window, @function\n"
        "host_syscall_window:\n"
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
        ".size host_syscall_window, . - host_syscall_window\n");

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
