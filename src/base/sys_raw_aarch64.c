/* The signal return trampoline of an aarch64 host. */
#include "base/sys_raw.h"

/* The two instructions are what debuggers look for to recognise a signal frame. */
__asm__(".text\n"
        ".globl raw_sig_restorer\n"
        ".hidden raw_sig_restorer\n"
        ".type raw_sig_restorer, %function\n"
        "raw_sig_restorer:\n"
        "    mov x8, #139\n" /* __NR_rt_sigreturn */
        "    svc #0\n"
        ".size raw_sig_restorer, . - raw_sig_restorer\n");
