/* The first instructions of ferry, and where its thread-local storage lies, on an x86_64 host. */
#include <asm/prctl.h>

#include "base/sys_raw.h"
#include "start/priv.h"

#define HWCAP2_FSGSBASE_ 2
/* The words of libc's thread control block that compiled code uses, and what a new thread's is copied from. */
#define TCB_SIZE 768

/* The variables end where the control block begins. */
static struct {
    u8 variables[START_TLS_MAX];
    union {
        struct {
            void *tcb, *dtv, *self;
            u64 unused[2], stack_guard, pointer_guard;
        };
        u8 bytes[TCB_SIZE];
    } tcb;
} tls __attribute__((aligned(64)));

bool start_set_tls(const struct start_tls *t)
{
    const u8 *random = (const u8 *)getauxval(AT_RANDOM);
    u64 tp = RAW_PTR(&tls.tcb), size = ALIGN_UP(t->size, t->align);
    if (size > START_TLS_MAX || t->align > 64) {
        return false;
    }
    memcpy((u8 *)tp - size, t->image, t->image_size);
    tls.tcb.tcb = tls.tcb.self = &tls.tcb;
    if (random) { /* the bytes are the guest's too, so they are not taken as they are */
        memcpy(&tls.tcb.stack_guard, random, 8);
        tls.tcb.stack_guard = hash_u64(tls.tcb.stack_guard) & ~0xffull;
    }
    if (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_) {
        __asm__ volatile("wrfsbase %0" : : "r"(tp));
    } else {
        raw_syscall(__NR_arch_prctl, ARCH_SET_FS, tp);
    }
    return true;
}

__asm__(".text\n"
        ".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "    xor %ebp, %ebp\n"
        "    mov %rsp, %rdi\n"
        "    and $-16, %rsp\n"
        "    call start_c\n"
        "    ud2\n"
        ".size _start, . - _start\n");
