/* The window in which a guest's system call meets its signals (signal/priv.h), and contexts, on aarch64 hosts. */
#include "signal/priv.h"

__asm__(".text\n"
        ".globl host_syscall_window, syscall_window, syscall_window_end, syscall_window_out\n"
        ".hidden host_syscall_window, syscall_window, syscall_window_end, syscall_window_out\n"
        ".type host_syscall_window, %function\n"
        "host_syscall_window:\n"
        "    mov x9, x0\n"
        "    mov x10, x3\n"
        "    mov x8, x1\n"
        "    mov x11, x2\n"
        "    ldp x0, x1, [x11]\n"
        "    ldp x2, x3, [x11, #16]\n"
        "    ldp x4, x5, [x11, #32]\n"
        "    mov w12, #1\n"
        "syscall_window:\n"
        "    ldrb w11, [x9]\n"
        "    cbnz w11, syscall_window_out\n"
        "    svc #0\n"
        "syscall_window_end:\n"
        "    strb w12, [x10]\n"
        "    ret\n"
        "syscall_window_out:\n"
        "    mov x0, #-4\n" /* -EINTR */
        "    strb wzr, [x10]\n"
        "    ret\n"
        ".size host_syscall_window, . - host_syscall_window\n");

haddr host_context_pc(const ucontext_t *uc)
{
    return uc->uc_mcontext.pc;
}

void host_context_set_pc(ucontext_t *uc, haddr pc)
{
    uc->uc_mcontext.pc = pc;
}

/* The exception syndrome is in a record of the context (asm/sigcontext.h), if the kernel tells it. */
bool host_fault_is_write(const ucontext_t *uc)
{
    const u8 *at = (const u8 *)uc->uc_mcontext.__reserved, *end = at + sizeof(uc->uc_mcontext.__reserved);
    while (at + sizeof(struct esr_context) <= end) {
        const struct esr_context *record = (const struct esr_context *)at;
        if (record->head.magic == ESR_MAGIC) {
            return record->esr >> 6 & 1; /* WnR of a data abort */
        }
        if (record->head.magic == 0 || record->head.size < sizeof(record->head)) {
            break;
        }
        at += record->head.size;
    }
    return false;
}

/* Asked for where the kernel does not say the address of a fault. This one always does. */
u64 host_fault_operand(const ucontext_t *uc)
{
    return uc->uc_mcontext.fault_address;
}
