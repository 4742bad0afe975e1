// Loads a whole user-level state, runs generated code, and stores the whole state back.
#include "record.h"

    .text
    .globl _start
_start:
    mov x29, xzr
    mov x30, xzr
    mov x0, sp // argc and argv, for guest_main
    and x1, x0, #-16
    mov sp, x1
    bl guest_main
    mov x8, #94
    svc #0

// void guest_enter(const void *code): runs `code` with the state at ROW_STATE. The first instruction
// of `code` must load x30 from ROW_STATE (no register is left to hold the address of the rest).
// Comes back through guest_leave or guest_recover.
    .globl guest_enter
guest_enter:
    movz x1, #(ROW_STATE >> 16), lsl #16
    add x2, x1, #OFF_SAVE
    stp x19, x20, [x2]
    stp x21, x22, [x2, #16]
    stp x23, x24, [x2, #32]
    stp x25, x26, [x2, #48]
    stp x27, x28, [x2, #64]
    stp x29, x30, [x2, #80]
    mov x3, sp
    str x3, [x2, #96]
    mov x3, #A64_TPIDR
    msr tpidr_el0, x3
    mov x30, x0
    mov x0, x1
    add x2, x0, #OFF_V
    .irp n, 0, 2, 4, 6, 8, 10, 12, 14
    ldr q\n, [x2, #(\n * 16)]
    .endr
    .irp n, 1, 3, 5, 7, 9, 11, 13, 15
    ldr q\n, [x2, #(\n * 16)]
    .endr
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr q\n, [x2, #(\n * 16)]
    .endr
    ldr x1, [x0, #OFF_FPCR]
    msr fpcr, x1
    ldr x1, [x0, #OFF_FPSR]
    msr fpsr, x1
    ldr x1, [x0, #OFF_NZCV]
    msr nzcv, x1
    ldr x1, [x0, #OFF_SP]
    mov sp, x1
    clrex
    ldp x2, x3, [x0, #16]
    ldp x4, x5, [x0, #32]
    ldp x6, x7, [x0, #48]
    ldp x8, x9, [x0, #64]
    ldp x10, x11, [x0, #80]
    ldp x12, x13, [x0, #96]
    ldp x14, x15, [x0, #112]
    ldp x16, x17, [x0, #128]
    ldp x18, x19, [x0, #144]
    ldp x20, x21, [x0, #160]
    ldp x22, x23, [x0, #176]
    ldp x24, x25, [x0, #192]
    ldp x26, x27, [x0, #208]
    ldp x28, x29, [x0, #224]
    ldp x0, x1, [x0]
    br x30

// Reached by a plain branch from an exit stub (see enter.h): x30 = ROW_STATE, the tested x30 is in
// TPIDR_EL0, the tested x0 is stored, x0 = the address at which the test left.
    .globl guest_leave
guest_leave:
    str x1, [x30, #8]
    stp x2, x3, [x30, #16]
    stp x4, x5, [x30, #32]
    stp x6, x7, [x30, #48]
    stp x8, x9, [x30, #64]
    stp x10, x11, [x30, #80]
    stp x12, x13, [x30, #96]
    stp x14, x15, [x30, #112]
    stp x16, x17, [x30, #128]
    stp x18, x19, [x30, #144]
    stp x20, x21, [x30, #160]
    stp x22, x23, [x30, #176]
    stp x24, x25, [x30, #192]
    stp x26, x27, [x30, #208]
    stp x28, x29, [x30, #224]
    str x0, [x30, #OFF_PC]
    mrs x1, tpidr_el0
    str x1, [x30, #240]
    mov x1, sp
    str x1, [x30, #OFF_SP]
    mrs x1, nzcv
    str x1, [x30, #OFF_NZCV]
    mrs x1, fpcr
    str x1, [x30, #OFF_FPCR]
    mrs x1, fpsr
    str x1, [x30, #OFF_FPSR]
    add x2, x30, #OFF_V
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    str q\n, [x2, #(\n * 16)]
    .endr
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str q\n, [x2, #(\n * 16)]
    .endr
    // fall through

// Where the signal handler sends a test that faulted; the handler has stored the state.
    .globl guest_recover
guest_recover:
    movz x1, #(ROW_STATE >> 16), lsl #16
    add x2, x1, #OFF_SAVE
    ldp x19, x20, [x2]
    ldp x21, x22, [x2, #16]
    ldp x23, x24, [x2, #32]
    ldp x25, x26, [x2, #48]
    ldp x27, x28, [x2, #64]
    ldp x29, x30, [x2, #80]
    ldr x3, [x2, #96]
    mov sp, x3
    msr fpcr, xzr
    ret

// long raw_syscall(long nr, long a, long b, long c, long d, long e, long f): returns -errno.
    .globl raw_syscall
raw_syscall:
    mov x8, x0
    mov x0, x1
    mov x1, x2
    mov x2, x3
    mov x3, x4
    mov x4, x5
    mov x5, x6
    svc #0
    ret

    .globl guest_sigreturn
guest_sigreturn:
    mov x8, #139
    svc #0

    .section .note.GNU-stack, "", %progbits
