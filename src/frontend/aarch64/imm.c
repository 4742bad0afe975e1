/* Immediates of A64 floating point and Advanced SIMD, expanded as the manual's pseudocode says. */
#include "frontend/aarch64/priv.h"

/* VFPExpandImm: a sign, an exponent NOT(b):b..b:cd, four bits of fraction. */
u64 a64_expand_fp64(u64 imm)
{
    u64 exp = (imm & 0x40 ? 0x3fc : 0x400) | (imm >> 4 & 3);
    return (imm >> 7 & 1) << 63 | exp << 52 | (imm & 15) << 48;
}

u32 a64_expand_fp32(u64 imm)
{
    u32 exp = (imm & 0x40 ? 0x7c : 0x80) | (u32)(imm >> 4 & 3);
    return (u32)(imm >> 7 & 1) << 31 | exp << 23 | (u32)(imm & 15) << 19;
}

/* AdvSIMDExpandImm: OP and CMODE select how IMM8 fills 64 bits. */
u64 a64_expand_simd(unsigned op, unsigned cmode, u64 imm8)
{
    u64 v;
    switch (cmode >> 1) {
    case 0: case 1: case 2: case 3: /* 32-bit, shifted by 0, 8, 16, 24 */
        v = imm8 << (8 * (cmode >> 1));
        return v | v << 32;
    case 4: case 5: /* 16-bit, shifted by 0, 8 */
        v = imm8 << (8 * (cmode >> 1 & 1));
        return v * 0x0001000100010001ull;
    case 6: /* 32-bit, ones shifted in */
        v = cmode & 1 ? imm8 << 16 | 0xffff : imm8 << 8 | 0xff;
        return v | v << 32;
    }
    if (cmode & 1) {
        v = op ? a64_expand_fp64(imm8) : (u64)a64_expand_fp32(imm8);
        return op ? v : v | v << 32;
    }
    if (!op) {
        return imm8 * 0x0101010101010101ull;
    }
    v = 0;
    for (int i = 0; i < 8; i++) {
        v |= imm8 >> i & 1 ? 0xffull << (8 * i) : 0;
    }
    return v;
}
