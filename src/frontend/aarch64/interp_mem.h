/* Interpreted A64 loads and stores (Arm ARM C6.2). Each function executes one word of its class;
 * false: not this one, or the memory cannot be accessed, and no register has changed. */
#ifndef FRONTEND_AARCH64_INTERP_MEM_H
#define FRONTEND_AARCH64_INTERP_MEM_H

#include "frontend/aarch64/interp_int.h"
#include "mem/access.h"

/* General register N from ADDR: 1 << SIZE bytes, the sign extended to 32 << SF bits if SIGN. */
static inline bool load(struct a64_regs *r, unsigned n, gaddr addr, unsigned size, bool sign,
                        u32 sf)
{
    u64 v;
    bool ok;
    switch (size | (sign ? 4 : 0)) {
    case 0:
        ok = mem_load8(addr, &v);
        break;
    case 1:
        ok = mem_load16(addr, &v);
        break;
    case 2:
        ok = mem_load32(addr, &v);
        break;
    case 4:
        ok = mem_load8s(addr, &v);
        break;
    case 5:
        ok = mem_load16s(addr, &v);
        break;
    case 6:
        ok = mem_load32s(addr, &v);
        break;
    default:
        ok = mem_load64(addr, &v);
    }
    if (ok) {
        set(r, n, sign ? narrow(sf, v) : v);
    }
    return ok;
}

static inline bool store(gaddr addr, unsigned size, u64 v)
{
    switch (size) {
    case 0:
        return mem_store8(addr, v);
    case 1:
        return mem_store16(addr, v);
    case 2:
        return mem_store32(addr, v);
    default:
        return mem_store64(addr, v);
    }
}

/* Vector register N, 1 << SIZE bytes of it. */
static inline bool load_v(struct a64_regs *r, unsigned n, gaddr addr, unsigned size)
{
    u64 v;
    if (size == 4) {
        return mem_load128(addr, &r->v[n]);
    }
    if (!(size == 3   ? mem_load64(addr, &v)
          : size == 2 ? mem_load32(addr, &v)
          : size == 1 ? mem_load16(addr, &v)
                      : mem_load8(addr, &v))) {
        return false;
    }
    r->v[n] = (v128){.d = {v, 0}};
    return true;
}

static inline bool store_v(const struct a64_regs *r, unsigned n, gaddr addr, unsigned size)
{
    return size == 4 ? mem_store128(addr, &r->v[n]) : store(addr, size, r->v[n].d[0]);
}

/* One register at ADDR, which the word W says more of. */
static inline bool load_store(struct a64_regs *r, u32 w, gaddr addr)
{
    unsigned size = bits(w, 30, 2), opc = bits(w, 22, 2), t = RD(w);
    if (w >> 26 & 1) {
        size |= opc >> 1 << 2;
        return opc & 1 ? load_v(r, t, addr, size) : store_v(r, t, addr, size);
    }
    if (opc == 0) {
        return store(addr, size, get(r, t));
    }
    return load(r, t, addr, size, opc > 1, opc == 2);
}

/* Neither a prefetch nor unallocated: the number of bytes is log2 of SCALE. */
static inline bool scale_of(u32 w, unsigned *scale)
{
    unsigned size = bits(w, 30, 2), opc = bits(w, 22, 2);
    if (w >> 26 & 1) {
        *scale = size | opc >> 1 << 2;
        return *scale <= 4;
    }
    *scale = size;
    return opc < 2 || size + (opc & 1) < 3;
}

static inline bool load_store_9(struct a64_regs *r, u32 w)
{
    unsigned scale, mode = bits(w, 10, 2), n = RN(w);
    if (!scale_of(w, &scale)) {
        return false;
    }
    u64 *base = xsp(r, n);
    if (w >> 21 & 1) {
        unsigned option = bits(w, 13, 3);
        if (mode != 2 || !(option & 2)) {
            return false;
        }
        return load_store(r, w,
                          *base + (extended(get(r, RM(w)), option) << (w >> 12 & 1 ? scale : 0)));
    }
    u64 imm = (u64)sbits(w, 12, 9);
    if (!(mode & 1)) { /* unscaled or, not for vectors, unprivileged */
        return !(mode && w >> 26 & 1) && load_store(r, w, *base + imm);
    }
    if (n == RD(w) && n != 31 && !(w >> 26 & 1)) {
        return false;
    }
    if (!load_store(r, w, *base + (mode == 3 ? imm : 0))) {
        return false;
    }
    *base += imm;
    return true;
}

static inline bool load_store_12(struct a64_regs *r, u32 w)
{
    unsigned scale;
    return scale_of(w, &scale) &&
           load_store(r, w, *xsp(r, RN(w)) + ((u64)bits(w, 10, 12) << scale));
}

static inline bool pair_v(struct a64_regs *r, u32 w, gaddr addr, unsigned size)
{
    unsigned t = RD(w), t2 = RA(w);
    if (!(w >> 22 & 1)) {
        return store_v(r, t, addr, size) && store_v(r, t2, addr + (1u << size), size);
    }
    v128 old = r->v[t];
    if (load_v(r, t, addr, size)) {
        if (load_v(r, t2, addr + (1u << size), size)) {
            return true;
        }
        r->v[t] = old;
    }
    return false;
}

static inline bool pair_x(struct a64_regs *r, u32 w, gaddr addr, unsigned size)
{
    unsigned t = RD(w), t2 = RA(w);
    u64 a, b;
    if (!(w >> 22 & 1)) {
        return store(addr, size, get(r, t)) && store(addr + (1u << size), size, get(r, t2));
    }
    if (!(size == 3 ? mem_load64(addr, &a) && mem_load64(addr + 8, &b)
                    : mem_load32(addr, &a) && mem_load32(addr + 4, &b))) {
        return false;
    }
    set(r, t, a);
    set(r, t2, b);
    return true;
}

static inline bool load_store_pair(struct a64_regs *r, u32 w)
{
    unsigned opc = bits(w, 30, 2), mode = bits(w, 23, 2), t = RD(w), t2 = RA(w), n = RN(w);
    bool vector = w >> 26 & 1, loads = w >> 22 & 1, back = mode & 1;
    if (opc == 3 || (!vector && opc == 1) || (loads && t == t2) ||
        (!vector && back && n != 31 && (t == n || t2 == n))) {
        return false;
    }
    unsigned size = vector ? 2 + opc : 2 + (opc >> 1);
    u64 *base = xsp(r, n), imm = (u64)sbits(w, 15, 7) << size;
    gaddr addr = *base + (mode == 1 ? 0 : imm);
    if (!(vector ? pair_v(r, w, addr, size) : pair_x(r, w, addr, size))) {
        return false;
    }
    if (back) {
        *base += imm;
    }
    return true;
}

static inline bool load_literal(struct a64_regs *r, u32 w, gaddr pc)
{
    unsigned opc = bits(w, 30, 2);
    gaddr addr = pc + (u64)sbits(w, 5, 19) * 4;
    if (opc == 3) {
        return false;
    }
    return w >> 26 & 1 ? load_v(r, RD(w), addr, 2 + opc)
                       : load(r, RD(w), addr, opc == 1 ? 3 : 2, opc == 2, 1);
}

static inline bool load_acquire(struct a64_regs *r, u32 w)
{
    unsigned size = bits(w, 30, 2);
    gaddr addr = *xsp(r, RN(w));
    return (w & 0x8000) && !(addr & ((1u << size) - 1)) && load(r, RD(w), addr, size, false, 0);
}

/* 64 bytes, as DCZID_EL0 says. */
static bool zero_line(gaddr line)
{
    static const v128 zero;
    for (unsigned i = 0; i < 64; i += 16) {
        if (!mem_store128(line + i, &zero)) {
            return false;
        }
    }
    return true;
}

#endif
