/* The system call instruction of an aarch64 host; included by sys_raw.h only. */
#ifndef BASE_SYS_RAW_AARCH64_H
#define BASE_SYS_RAW_AARCH64_H

static inline long raw_syscall6(long nr, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    register u64 x8 __asm__("x8") = (u64)nr;
    register u64 x0 __asm__("x0") = a;
    register u64 x1 __asm__("x1") = b;
    register u64 x2 __asm__("x2") = c;
    register u64 x3 __asm__("x3") = d;
    register u64 x4 __asm__("x4") = e;
    register u64 x5 __asm__("x5") = f;
    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return (long)x0;
}

static inline long raw_syscall3(long nr, u64 a, u64 b, u64 c)
{
    return raw_syscall6(nr, a, b, c, 0, 0, 0);
}

#endif
