// Loads a whole user-level state, runs generated code, and stores the whole state back.
#include "record.h"

    .option arch, rv64gcv
    .option norelax
    .text
    .globl _start
_start:
    mv a0, sp // argc and argv, for guest_main
    andi sp, sp, -16
    call guest_main
    li a7, 93
    ecall

// void guest_enter(const void *code): runs `code`, which starts with what guest_entry writes, with the
// state at ROW_STATE. Comes back through guest_recover.
    .globl guest_enter
guest_enter:
    lui x30, (ROW_STATE >> 12)
    addi t1, x30, OFF_SAVE
    sd s0, 0(t1)
    sd s1, 8(t1)
    sd s2, 16(t1)
    sd s3, 24(t1)
    sd s4, 32(t1)
    sd s5, 40(t1)
    sd s6, 48(t1)
    sd s7, 56(t1)
    sd s8, 64(t1)
    sd s9, 72(t1)
    sd s10, 80(t1)
    sd s11, 88(t1)
    sd ra, 96(t1)
    sd sp, 104(t1)
    sd gp, 112(t1)
    sd tp, 120(t1)
    addi t1, t1, 256
    sc.w zero, zero, (t1) // no reservation
    csrw vstart, zero
    addi t1, x30, OFF_V
    vl8re8.v v0, (t1)
    addi t1, t1, 128
    vl8re8.v v8, (t1)
    addi t1, t1, 128
    vl8re8.v v16, (t1)
    addi t1, t1, 128
    vl8re8.v v24, (t1)
    ld t1, OFF_VL(x30)
    ld t2, OFF_VTYPE(x30)
    vsetvl zero, t1, t2
    ld t1, OFF_VXRM(x30)
    csrw vxrm, t1
    ld t1, OFF_VXSAT(x30)
    csrw vxsat, t1
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    fld f\n, (OFF_F + \n * 8)(x30)
    .endr
    ld t1, OFF_FRM(x30)
    csrw frm, t1
    ld t1, OFF_FFLAGS(x30)
    csrw fflags, t1
    ld t1, OFF_VSTART(x30)
    csrw vstart, t1
    mv x31, a0
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
    ld x\n, (\n * 8)(x30)
    .endr
    jr x31

// The handler of all signals: stores the vector state, which is still what it was, and leaves the rest,
// which is in the frame, to on_fault.
    .globl guest_handler
guest_handler:
    lui t0, (ROW_STATE >> 12)
    csrr t1, vstart
    sd t1, OFF_VSTART(t0)
    csrr t1, vl
    sd t1, OFF_VL(t0)
    csrr t1, vtype
    sd t1, OFF_VTYPE(t0)
    csrr t1, vxrm
    sd t1, OFF_VXRM(t0)
    csrr t1, vxsat
    sd t1, OFF_VXSAT(t0)
    csrw vstart, zero
    addi t1, t0, OFF_V
    vs8r.v v0, (t1)
    addi t1, t1, 128
    vs8r.v v8, (t1)
    addi t1, t1, 128
    vs8r.v v16, (t1)
    addi t1, t1, 128
    vs8r.v v24, (t1)
    tail on_fault

// Where the handler sends a test that has ended.
    .globl guest_recover
guest_recover:
    lui t0, (ROW_STATE >> 12)
    addi t1, t0, OFF_SAVE
    ld s0, 0(t1)
    ld s1, 8(t1)
    ld s2, 16(t1)
    ld s3, 24(t1)
    ld s4, 32(t1)
    ld s5, 40(t1)
    ld s6, 48(t1)
    ld s7, 56(t1)
    ld s8, 64(t1)
    ld s9, 72(t1)
    ld s10, 80(t1)
    ld s11, 88(t1)
    ld ra, 96(t1)
    ld sp, 104(t1)
    ld gp, 112(t1)
    ld tp, 120(t1)
    csrw vstart, zero
    csrw fcsr, zero
    ret

// long raw_syscall(long nr, long a, long b, long c, long d, long e, long f): returns -errno.
    .globl raw_syscall
raw_syscall:
    mv a7, a0
    mv a0, a1
    mv a1, a2
    mv a2, a3
    mv a3, a4
    mv a4, a5
    mv a5, a6
    ecall
    ret

    .section .note.GNU-stack, "", %progbits
