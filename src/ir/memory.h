/* What the IR's ops on guest memory do, for the interpreters. Each access is one of the host's, of the op's size, and faults
 * as that does; nothing else is called. */
#ifndef IR_MEMORY_H
#define IR_MEMORY_H

#include "ir/ir.h"

typedef u16 __attribute__((may_alias, aligned(1))) ir_mem16;
typedef u32 __attribute__((may_alias, aligned(1))) ir_mem32;
typedef u64 __attribute__((may_alias, aligned(1))) ir_mem64;

/* SIZE of 1, 2, 4 or 8 bytes. */
static inline u64 ir_mem_get(u64 addr, unsigned size)
{
    switch (size) {
    case 1:
        return *(const volatile u8 *)addr;
    case 2:
        return *(const volatile ir_mem16 *)addr;
    case 4:
        return *(const volatile ir_mem32 *)addr;
    default:
        return *(const volatile ir_mem64 *)addr;
    }
}

static inline void ir_mem_put(u64 addr, unsigned size, u64 v)
{
    switch (size) {
    case 1:
        *(volatile u8 *)addr = (u8)v;
        break;
    case 2:
        *(volatile ir_mem16 *)addr = (u16)v;
        break;
    case 4:
        *(volatile ir_mem32 *)addr = (u32)v;
        break;
    default:
        *(volatile ir_mem64 *)addr = v;
        break;
    }
}

/* Bytes of an access to a value of TYPE with LD's or ST's AUX. */
static inline unsigned ir_mem_size(enum ir_type type, u32 aux)
{
    return type == IR_F32 ? 4 : type == IR_F64 ? 8 : 1u << IR_MEM_SIZE(aux);
}

static inline union ir_val ir_mem_load(enum ir_type type, u32 aux, u64 addr)
{
    union ir_val v = {0};
    unsigned size = ir_mem_size(type, aux);
    v.v.d[0] = ir_mem_get(addr, MIN(size, 8u));
    if (size == 16) {
        v.v.d[1] = ir_mem_get(addr + 8, 8);
    }
    if (type < IR_F32 && (aux & IR_MEM_SIGN)) {
        v.s = sext64(v.u, size * 8);
        v.u = type == IR_I32 ? (u32)v.u : v.u;
    }
    if (aux & IR_MEM_ACQ) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    return v;
}

static inline void ir_mem_store(enum ir_type type, u32 aux, u64 addr, const union ir_val *v)
{
    unsigned size = type == IR_V128 ? 16 : ir_mem_size(type, aux);
    if (aux & IR_MEM_REL) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    ir_mem_put(addr, MIN(size, 8u), v->v.d[0]);
    if (size == 16) {
        ir_mem_put(addr + 8, 8, v->v.d[1]);
    }
    if (aux & IR_MEM_REL) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
}

/* Lane by lane, so that a fault has the state of the lanes before it. SIZE is log2 of a lane's bytes. */
static inline void ir_mem_masked_load(v128 *r, u64 addr, const v128 *mask, unsigned size)
{
    *r = (v128){.d = {0, 0}};
    for (unsigned i = 0; i < 16; i += 1u << size) {
        if (mask->b[i]) {
            ir_mem_put(RAW_PTR(&r->b[i]), 1u << size, ir_mem_get(addr + i, 1u << size));
        }
    }
}

static inline void ir_mem_masked_store(u64 addr, const v128 *mask, const v128 *v, unsigned size)
{
    for (unsigned i = 0; i < 16; i += 1u << size) {
        if (mask->b[i]) {
            ir_mem_put(addr + i, 1u << size, ir_mem_get(RAW_PTR(&v->b[i]), 1u << size));
        }
    }
}

/* Atomic compare and exchange of SIZE bytes; returns what was there. */
static inline u64 ir_mem_cas(u64 addr, unsigned size, u64 expect, u64 desired)
{
    switch (size) {
    case 1:
        return __sync_val_compare_and_swap((u8 *)addr, (u8)expect, (u8)desired);
    case 2:
        return __sync_val_compare_and_swap((u16 *)addr, (u16)expect, (u16)desired);
    case 4:
        return __sync_val_compare_and_swap((u32 *)addr, (u32)expect, (u32)desired);
    default:
        return __sync_val_compare_and_swap((u64 *)addr, expect, desired);
    }
}

#if defined(__x86_64__)
__attribute__((target("cx16"))) static inline u128 ir_mem_cas16(u64 addr, u128 expect, u128 desired)
{
    return __sync_val_compare_and_swap((u128 *)addr, expect, desired);
}
#elif defined(__aarch64__)
/* What was there is known to be one value only when it could be stored again. */
static inline u128 ir_mem_cas16(u64 addr, u128 expect, u128 desired)
{
    u64 lo, hi, new_lo, new_hi;
    u32 failed;
    __asm__ volatile("1: ldaxp %0, %1, [%5]\n"
                     "   cmp %0, %6\n"
                     "   ccmp %1, %7, #0, eq\n"
                     "   csel %3, %8, %0, eq\n"
                     "   csel %4, %9, %1, eq\n"
                     "   stlxp %w2, %3, %4, [%5]\n"
                     "   cbnz %w2, 1b"
                     : "=&r"(lo), "=&r"(hi), "=&r"(failed), "=&r"(new_lo), "=&r"(new_hi)
                     : "r"(addr), "r"((u64)expect), "r"((u64)(expect >> 64)), "r"((u64)desired), "r"((u64)(desired >> 64))
                     : "cc", "memory");
    return lo | (u128)hi << 64;
}
#endif

/* The new value of a read-modify-write OP (enum ir_rmw). */
static inline u64 ir_mem_rmw_value(unsigned op, u64 old, u64 arg, unsigned bits)
{
    s64 sold = sext64(old, bits), sarg = sext64(arg, bits);
    switch (op) {
    case IR_RMW_ADD:
        return old + arg;
    case IR_RMW_CLR:
        return old & ~arg;
    case IR_RMW_XOR:
        return old ^ arg;
    case IR_RMW_OR:
        return old | arg;
    case IR_RMW_AND:
        return old & arg;
    case IR_RMW_SMAX:
        return sold > sarg ? old : arg;
    case IR_RMW_SMIN:
        return sold < sarg ? old : arg;
    case IR_RMW_UMAX:
        return old > arg ? old : arg;
    case IR_RMW_UMIN:
        return old < arg ? old : arg;
    default:
        return arg;
    }
}

static inline u64 ir_mem_rmw(u32 aux, u64 addr, u64 arg)
{
    unsigned size = 1u << (aux & 7);
    u64 mask = MASK64(size * 8), seen = ir_mem_get(addr, size), old;
    arg &= mask;
    do {
        old = seen;
        seen = ir_mem_cas(addr, size, old, ir_mem_rmw_value(aux >> 8, old, arg, size * 8) & mask);
    } while (seen != old);
    return old;
}

/* The memory op OP with operands A, B, C; VALUE is the type of a store's. */
static inline __attribute__((always_inline)) void ir_mem_op(unsigned op, enum ir_type type, u32 aux, union ir_val *r,
                                                            const union ir_val *a, const union ir_val *b,
                                                            const union ir_val *c, enum ir_type value)
{
    u64 addr = a->u;
    switch (op) {
    case IR_LD:
        *r = ir_mem_load(type, aux, addr);
        break;
    case IR_ST:
        ir_mem_store(value, aux, addr, b);
        break;
    case IR_VLDM:
        ir_mem_masked_load(&r->v, addr, &b->v, aux & 3);
        break;
    case IR_VSTM:
        ir_mem_masked_store(addr, &b->v, &c->v, aux & 3);
        break;
    case IR_RMW:
        r->v = (v128){.d = {ir_mem_rmw(aux, addr, b->u), 0}};
        break;
    case IR_CAS:
        r->v = (v128){.d = {ir_mem_cas(addr, 1u << (aux & 7), b->u, c->u), 0}};
        break;
    case IR_CAS2:
        r->v.q = ir_mem_cas16(addr, b->v.q, c->v.q);
        break;
    }
}

#endif
