/* The first instructions of ferry, and where its thread-local storage lies, on an aarch64 host. */
#include "base/sys_raw.h"
#include "start/priv.h"

#define TCB_SIZE 16
#define ALIGN_MAX 64

/* The variables begin behind the control block. */
static u8 tls[ALIGN_MAX + START_TLS_MAX] __attribute__((aligned(ALIGN_MAX)));

/* What libelf's functions with a stack guard compare with. */
u64 __stack_chk_guard __attribute__((visibility("default")));

bool start_set_tls(const struct start_tls *t)
{
    const u8 *random = (const u8 *)getauxval(AT_RANDOM);
    u64 offset = ALIGN_UP((u64)TCB_SIZE, t->align);
    if (offset + t->size > sizeof(tls) || t->align > ALIGN_MAX) {
        return false;
    }
    memcpy(tls + offset, t->image, t->image_size);
    if (random) { /* the bytes are the guest's too, so they are not taken as they are */
        memcpy(&__stack_chk_guard, random, 8);
        __stack_chk_guard = hash_u64(__stack_chk_guard) & ~0xffull;
    }
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(tls));
    return true;
}

__asm__(".text\n"
        ".globl _start\n"
        ".type _start, %function\n"
        "_start:\n"
        "    mov x29, #0\n"
        "    mov x30, #0\n"
        "    mov x0, sp\n"
        "    bl start_c\n"
        "    brk #0\n"
        ".size _start, . - _start\n");
