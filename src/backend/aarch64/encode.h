/* A64 instructions as numbers (ARM ARM C4, C6). W forms unless `wide`; register 31 is zero, or sp in addresses. */
#ifndef BACKEND_AARCH64_ENCODE_H
#define BACKEND_AARCH64_ENCODE_H

#include "base/types.h"

enum { A64_ZR = 31 };
enum a64_cc { A64_EQ, A64_NE, A64_HS, A64_LO, A64_MI, A64_PL, A64_VS, A64_VC, A64_HI, A64_LS, A64_GE, A64_LT, A64_GT, A64_LE };

/* rd = rn OP rm: base opcodes of the W forms. */
enum a64_rrr {
    A64_ADD = 0x0b000000, A64_SUB = 0x4b000000, A64_ADDS = 0x2b000000, A64_SUBS = 0x6b000000,
    A64_AND = 0x0a000000, A64_BIC = 0x0a200000, A64_ORR = 0x2a000000, A64_ORN = 0x2a200000,
    A64_EOR = 0x4a000000, A64_ANDS = 0x6a000000,
    A64_LSLV = 0x1ac02000, A64_LSRV = 0x1ac02400, A64_ASRV = 0x1ac02800, A64_RORV = 0x1ac02c00,
    A64_UDIV = 0x1ac00800, A64_SDIV = 0x1ac00c00,
    A64_MUL = 0x1b007c00, A64_UMULH = 0x1bc07c00, A64_SMULH = 0x1b407c00 /* the last two are X only */
};
static inline u32 a64_rrr(u32 op, bool wide, unsigned rd, unsigned rn, unsigned rm)
{
    return op | (u32)wide << 31 | rm << 16 | rn << 5 | rd;
}
/* rd = ra - rn * rm */
static inline u32 a64_msub(bool wide, unsigned rd, unsigned rn, unsigned rm, unsigned ra)
{
    return 0x1b008000u | (u32)wide << 31 | rm << 16 | ra << 10 | rn << 5 | rd;
}
/* rd = OP rn */
enum a64_rr {
    A64_RBIT = 0x5ac00000, A64_REV16 = 0x5ac00400, A64_REV32 = 0x5ac00800, A64_REV64 = 0xdac00c00,
    A64_CLZ = 0x5ac01000
};
static inline u32 a64_rr(u32 op, bool wide, unsigned rd, unsigned rn)
{
    return op | (u32)wide << 31 | rn << 5 | rd;
}
static inline u32 a64_mov(bool wide, unsigned rd, unsigned rm)
{
    return a64_rrr(A64_ORR, wide, rd, A64_ZR, rm);
}
/* rd = rn +- imm12 << (12 if SHIFTED); OP is one of the first four of a64_rrr. */
static inline u32 a64_addi(u32 op, bool wide, unsigned rd, unsigned rn, u32 imm12, bool shifted)
{
    return (op ^ 0x1a000000u) | (u32)wide << 31 | (u32)shifted << 22 | imm12 << 10 | rn << 5 | rd;
}
static inline u32 a64_movz(unsigned rd, u32 imm16, unsigned quarter)
{
    return 0xd2800000u | quarter << 21 | imm16 << 5 | rd;
}
static inline u32 a64_movk(unsigned rd, u32 imm16, unsigned quarter)
{
    return 0xf2800000u | quarter << 21 | imm16 << 5 | rd;
}
static inline u32 a64_movn(unsigned rd, u32 imm16, unsigned quarter)
{
    return 0x92800000u | quarter << 21 | imm16 << 5 | rd;
}
/* Bit fields: UBFM, SBFM, BFM. */
enum a64_bf { A64_SBFM = 0x13000000, A64_BFM = 0x33000000, A64_UBFM = 0x53000000 };
static inline u32 a64_bf(u32 op, bool wide, unsigned rd, unsigned rn, unsigned immr, unsigned imms)
{
    return op | (wide ? 0x80400000u : 0) | immr << 16 | imms << 10 | rn << 5 | rd;
}
static inline u32 a64_extr(bool wide, unsigned rd, unsigned rn, unsigned rm, unsigned lsb)
{
    return 0x13800000u | (wide ? 0x80400000u : 0) | rm << 16 | lsb << 10 | rn << 5 | rd;
}
static inline u32 a64_csel(bool wide, unsigned rd, unsigned rn, unsigned rm, unsigned cc)
{
    return 0x1a800000u | (u32)wide << 31 | rm << 16 | cc << 12 | rn << 5 | rd;
}
static inline u32 a64_cset(unsigned rd, unsigned cc)
{
    return 0x1a800400u | 31u << 16 | (cc ^ 1) << 12 | 31u << 5 | rd;
}

/* Branches; OFF in instructions. */
static inline u32 a64_b(s32 off)
{
    return 0x14000000u | ((u32)off & 0x3ffffff);
}
static inline u32 a64_bcond(unsigned cc, s32 off)
{
    return 0x54000000u | ((u32)off & 0x7ffff) << 5 | cc;
}
static inline u32 a64_cbnz(bool wide, unsigned rt, s32 off)
{
    return 0x35000000u | (u32)wide << 31 | ((u32)off & 0x7ffff) << 5 | rt;
}
static inline u32 a64_br(unsigned rn)
{
    return 0xd61f0000u | rn << 5;
}
static inline u32 a64_blr(unsigned rn)
{
    return 0xd63f0000u | rn << 5;
}
/* rd = page of the instruction + pages */
static inline u32 a64_adrp(unsigned rd, s64 pages)
{
    return 0x90000000u | ((u32)pages & 3) << 29 | ((u32)(pages >> 2) & 0x7ffff) << 5 | rd;
}
static inline u32 a64_adr(unsigned rd, s32 bytes)
{
    return 0x10000000u | ((u32)bytes & 3) << 29 | ((u32)(bytes >> 2) & 0x7ffff) << 5 | rd;
}

/* Loads and stores of general registers: SIZE is log2 of the bytes. */
enum a64_ls { A64_STR = 0, A64_LDR = 1, A64_LDRS64 = 2, A64_LDRS32 = 3 };
static inline u32 a64_ls_scaled(unsigned size, unsigned how, unsigned rt, unsigned rn, u32 off)
{
    return 0x39000000u | size << 30 | how << 22 | (off >> size) << 10 | rn << 5 | rt;
}
static inline u32 a64_ls_unscaled(unsigned size, unsigned how, unsigned rt, unsigned rn, s32 off)
{
    return 0x38000000u | size << 30 | how << 22 | ((u32)off & 0x1ff) << 12 | rn << 5 | rt;
}
/* Of vector registers: SIZE 2 to 4. */
static inline u32 a64_lsv_scaled(unsigned size, bool load, unsigned rt, unsigned rn, u32 off)
{
    u32 opc = size == 4 ? 2u | load : load;
    return 0x3d000000u | (size & 3) << 30 | opc << 22 | (off >> size) << 10 | rn << 5 | rt;
}
static inline u32 a64_lsv_unscaled(unsigned size, bool load, unsigned rt, unsigned rn, s32 off)
{
    u32 opc = size == 4 ? 2u | load : load;
    return 0x3c000000u | (size & 3) << 30 | opc << 22 | ((u32)off & 0x1ff) << 12 | rn << 5 | rt;
}
/* Exclusive, acquire and release. */
static inline u32 a64_ldaxr(unsigned size, unsigned rt, unsigned rn)
{
    return 0x085ffc00u | size << 30 | rn << 5 | rt;
}
static inline u32 a64_stlxr(unsigned size, unsigned rs, unsigned rt, unsigned rn)
{
    return 0x0800fc00u | size << 30 | rs << 16 | rn << 5 | rt;
}
static inline u32 a64_ldaxp(unsigned rt, unsigned rt2, unsigned rn)
{
    return 0xc87f8000u | rt2 << 10 | rn << 5 | rt;
}
static inline u32 a64_stlxp(unsigned rs, unsigned rt, unsigned rt2, unsigned rn)
{
    return 0xc8208000u | rs << 16 | rt2 << 10 | rn << 5 | rt;
}
static inline u32 a64_ccmp(bool wide, unsigned rn, unsigned rm, u32 nzcv, unsigned cc)
{
    return 0x7a400000u | (u32)wide << 31 | rm << 16 | cc << 12 | rn << 5 | nzcv;
}
enum { A64_DMB_ISH = (int)0xd5033bbf, A64_UDF = 0 };

/* Scalar floats: forms of singles unless DOUBLE. */
enum a64_fff {
    A64_FMUL = 0x1e200800, A64_FDIV = 0x1e201800, A64_FADD = 0x1e202800, A64_FSUB = 0x1e203800,
    A64_FCMP = 0x1e202000, A64_FCMPE = 0x1e202010, A64_FSQRT = 0x1e21c000 /* rm is 0 */,
    A64_FMADD = 0x1f000000, A64_FMSUB = 0x1f008000, A64_FNMADD = 0x1f200000, A64_FNMSUB = 0x1f208000
};
static inline u32 a64_fff(u32 op, bool is_double, unsigned rd, unsigned rn, unsigned rm)
{
    return op | (u32)is_double << 22 | rm << 16 | rn << 5 | rd;
}
enum { A64_FCVT_DS = 0x1e22c000, A64_FCVT_SD = 0x1e624000 }; /* double of single, single of double */
/* To an integer, signed; the bit for unsigned. WIDE: of 64 bits. */
enum a64_fcvt {
    A64_FCVTNS = 0x1e200000, A64_FCVTPS = 0x1e280000, A64_FCVTMS = 0x1e300000, A64_FCVTZS = 0x1e380000,
    A64_FCVTAS = 0x1e240000, A64_SCVTF = 0x1e220000 /* the other way */, A64_UNSIGNED = 0x00010000
};
static inline u32 a64_fcvt(u32 op, bool is_double, bool wide, unsigned rd, unsigned rn)
{
    return op | (u32)wide << 31 | (u32)is_double << 22 | rn << 5 | rd;
}
static inline u32 a64_mrs_fpsr(unsigned rt)
{
    return 0xd53b4420u | rt;
}
static inline u32 a64_msr_fpsr(unsigned rt)
{
    return 0xd51b4420u | rt;
}

/* Vectors. */
static inline u32 a64_fmov_xd(unsigned rd, unsigned vn) /* low half to a general register */
{
    return 0x9e660000u | vn << 5 | rd;
}
static inline u32 a64_fmov_dx(unsigned vd, unsigned rn) /* and back, upper half zero */
{
    return 0x9e670000u | rn << 5 | vd;
}
static inline u32 a64_fmov_xtop(unsigned rd, unsigned vn) /* upper half */
{
    return 0x9eae0000u | vn << 5 | rd;
}
static inline u32 a64_fmov_topx(unsigned vd, unsigned rn)
{
    return 0x9eaf0000u | rn << 5 | vd;
}

/* N:immr:imms of VALUE as a logical immediate of 64 bits; -1: it is none. */
static inline s32 a64_logical(u64 value)
{
    if (value == 0 || value == ~0ull) {
        return -1;
    }
    unsigned size = 64;
    while (size > 2 && (value & MASK64(size / 2)) == (value >> (size / 2) & MASK64(size / 2))) {
        size /= 2;
    }
    u64 mask = MASK64(size), v = value & mask;
    unsigned ones = (unsigned)__builtin_popcountll(v);
    for (unsigned rot = 0; rot < size; rot++) { /* right-rotated by ROT, the ones are the lowest */
        u64 r = rot ? (v << (size - rot) | v >> rot) & mask : v;
        if (r == MASK64(ones)) {
            unsigned immr = (size - rot) & (size - 1);
            unsigned imms = ((~(size * 2 - 1)) & 0x3f) | (ones - 1);
            return (s32)((u32)(size == 64) << 12 | immr << 6 | imms);
        }
    }
    return -1;
}
enum a64_logi { A64_ANDI = 0x12000000, A64_ORRI = 0x32000000, A64_EORI = 0x52000000, A64_ANDSI = 0x72000000 };
static inline u32 a64_logi(u32 op, bool wide, unsigned rd, unsigned rn, s32 bits)
{
    return op | (u32)wide << 31 | (u32)bits << 10 | rn << 5 | rd;
}

#endif
