/* The signal return trampoline of an x86_64 host. */
#include "base/sys_raw.h"

/* The bytes and the lack of a frame are what debuggers look for to recognise a signal frame. */
__asm__(".text\n"
        ".globl raw_sig_restorer\n"
        ".hidden raw_sig_restorer\n"
        ".type raw_sig_restorer, @function\n"
        "raw_sig_restorer:\n"
        "    mov $15, %rax\n" /* __NR_rt_sigreturn */
        "    syscall\n"
        ".size raw_sig_restorer, . - raw_sig_restorer\n");
