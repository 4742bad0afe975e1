/* The host's floating-point control and status as ferry keeps it everywhere: in the layout of x86_64's MXCSR. */
#ifndef IR_FPCTL_H
#define IR_FPCTL_H

#include "base/types.h"

#define FPCTL_START 0x1f80u /* nothing traps, to nearest */
#define FPCTL_FLAGS 0x3fu /* sticky: invalid, denormal, divide by zero, overflow, underflow, inexact */

/* The flags as RISC-V's fflags has them: inexact 1, underflow 2, overflow 4, divide by zero 8, invalid 16. */
static inline u32 fpctl_to_ieee(u32 m)
{
    return (m & 1) << 4 | (m & 4) << 1 | (m & 8) >> 1 | (m & 16) >> 3 | (m & 32) >> 5;
}

static inline u32 fpctl_of_ieee(u32 f)
{
    return (f & 1) << 5 | (f & 2) << 3 | (f & 4) << 1 | (f & 8) >> 1 | (f & 16) >> 4;
}

#if defined(__x86_64__)

static inline u32 fpctl_get(void)
{
    return __builtin_ia32_stmxcsr();
}

static inline void fpctl_set(u32 ctl)
{
    __builtin_ia32_ldmxcsr(ctl);
}

#elif defined(__aarch64__)

/* FPSR has IOC DZC OFC UFC IXC in bits 0 to 4 and IDC in bit 7. FPCR's rounding has the two directed modes the other
 * way round. Nothing traps, NaNs are the default one, and denormals are flushed by nobody but reference functions. */
static inline u32 fpctl_get(void)
{
    u64 cr, sr;
    __asm__ volatile("mrs %0, fpcr\n mrs %1, fpsr" : "=r"(cr), "=r"(sr));
    return FPCTL_START | (u32)((cr >> 23 & 1) << 13 | (cr >> 22 & 1) << 14) | (sr & 1) | (sr >> 6 & 2) | (sr & 0x1e) << 1;
}

static inline void fpctl_set(u32 ctl)
{
    u64 cr = (u64)(ctl >> 13 & 1) << 23 | (u64)(ctl >> 14 & 1) << 22 | 1u << 25 /* DN */;
    u64 sr = (ctl & 1) | (ctl & 2) << 6 | (ctl >> 1 & 0x1e);
    __asm__ volatile("msr fpcr, %0\n msr fpsr, %1" : : "r"(cr), "r"(sr));
}

#else
#error "fpctl_get and fpctl_set must know this host's FP control register"
#endif
#endif
