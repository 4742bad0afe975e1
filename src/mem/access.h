/* Single loads and stores of guest memory that survive a fault, inline: false, and *V unchanged,
 * when the address cannot be accessed.
 *
 * The host's signal handler finds the place to go on in a table that each access adds an entry to
 * (mem_fault_fixup). Little-endian hosts; accesses are as atomic and as ordered as the host's own
 * plain ones. */
#ifndef MEM_ACCESS_H
#define MEM_ACCESS_H

#include "base/base.h"

/* An entry: where the access is and where to go on, both from their own places. */
struct mem_fixup {
    s32 pc, fix;
};

/* Behind the access at label 1: after a fault go on at FIX. */
#define MEM_FIXUP(fix) "\n .pushsection mem_fixups, \"a\"\n .long 1b - ., " fix " - .\n .popsection"
#define MEM_OR_BAD MEM_FIXUP("%l[bad]")

/* An access is one instruction INSN of the host's, given with its operands: %0 and %1 for a load, %1 and %0 for a store,
 * the guest's memory being of constraint MEM_PLACE. */
#define MEM_LOAD(name, type, insn)                                                                 \
    static inline bool name(gaddr addr, u64 *v)                                                    \
    {                                                                                              \
        u64 x;                                                                                     \
        __asm__ volatile goto("1: " insn MEM_OR_BAD                                                \
                              : "=r"(x)                                                            \
                              : MEM_PLACE(*(const type *)(uintptr_t)addr)                          \
                              :                                                                    \
                              : bad);                                                              \
        *v = x;                                                                                    \
        return true;                                                                               \
    bad:                                                                                           \
        return false;                                                                              \
    }
#define MEM_STORE(name, type, insn, reg)                                                           \
    static inline bool name(gaddr addr, u64 v)                                                     \
    {                                                                                              \
        __asm__ volatile goto("1: " insn MEM_OR_BAD                                                \
                              :                                                                    \
                              : MEM_PLACE(*(type *)(uintptr_t)addr), reg((type)v)                  \
                              : "memory"                                                           \
                              : bad);                                                              \
        return true;                                                                               \
    bad:                                                                                           \
        return false;                                                                              \
    }

/* Loads are zero-extended, those with an s at the end sign-extended to 64 bits. */
#if defined(__x86_64__)

#define MEM_PLACE "m"
MEM_LOAD(mem_load8, u8, "movzbl %1, %k0")
MEM_LOAD(mem_load16, u16, "movzwl %1, %k0")
MEM_LOAD(mem_load32, u32, "movl %1, %k0")
MEM_LOAD(mem_load64, u64, "movq %1, %0")
MEM_LOAD(mem_load8s, u8, "movsbq %1, %0")
MEM_LOAD(mem_load16s, u16, "movswq %1, %0")
MEM_LOAD(mem_load32s, u32, "movslq %1, %0")
MEM_STORE(mem_store8, u8, "movb %1, %0", "q")
MEM_STORE(mem_store16, u16, "movw %1, %0", "r")
MEM_STORE(mem_store32, u32, "movl %1, %0", "r")
MEM_STORE(mem_store64, u64, "movq %1, %0", "r")

typedef long long mem_v2 __attribute__((vector_size(16)));

static inline bool mem_load128(gaddr addr, v128 *v)
{
    mem_v2 x;
    __asm__ volatile goto("1: movdqu %1, %0" MEM_OR_BAD
                          : "=x"(x)
                          : "m"(*(const char(*)[16])(uintptr_t)addr)
                          :
                          : bad);
    __builtin_memcpy(v, &x, 16);
    return true;
bad:
    return false;
}

static inline bool mem_store128(gaddr addr, const v128 *v)
{
    mem_v2 x;
    __builtin_memcpy(&x, v, 16);
    __asm__ volatile goto("1: movdqu %1, %0" MEM_OR_BAD
                          :
                          : "m"(*(char(*)[16])(uintptr_t)addr), "x"(x)
                          : "memory"
                          : bad);
    return true;
bad:
    return false;
}

#elif defined(__aarch64__)

#define MEM_PLACE "Q"
MEM_LOAD(mem_load8, u8, "ldrb %w0, %1")
MEM_LOAD(mem_load16, u16, "ldrh %w0, %1")
MEM_LOAD(mem_load32, u32, "ldr %w0, %1")
MEM_LOAD(mem_load64, u64, "ldr %x0, %1")
MEM_LOAD(mem_load8s, u8, "ldrsb %x0, %1")
MEM_LOAD(mem_load16s, u16, "ldrsh %x0, %1")
MEM_LOAD(mem_load32s, u32, "ldrsw %x0, %1")
MEM_STORE(mem_store8, u8, "strb %w1, %0", "r")
MEM_STORE(mem_store16, u16, "strh %w1, %0", "r")
MEM_STORE(mem_store32, u32, "str %w1, %0", "r")
MEM_STORE(mem_store64, u64, "str %x1, %0", "r")

static inline bool mem_load128(gaddr addr, v128 *v)
{
    u64 lo, hi;
    __asm__ volatile goto("1: ldp %0, %1, %2" MEM_OR_BAD
                          : "=&r"(lo), "=r"(hi)
                          : "Q"(*(const char(*)[16])(uintptr_t)addr)
                          :
                          : bad);
    *v = (v128){.d = {lo, hi}};
    return true;
bad:
    return false;
}

static inline bool mem_store128(gaddr addr, const v128 *v)
{
    __asm__ volatile goto("1: stp %1, %2, %0" MEM_OR_BAD
                          :
                          : "Q"(*(char(*)[16])(uintptr_t)addr), "r"(v->d[0]), "r"(v->d[1])
                          : "memory"
                          : bad);
    return true;
bad:
    return false;
}

#else
#error "no guest memory accesses for this host"
#endif
#undef MEM_LOAD
#undef MEM_STORE
#undef MEM_PLACE

#endif
