/* Vector instructions by name, and a way to write sequences of them in the order they execute. */
#ifndef BACKEND_X86_64_FPOP_H
#define BACKEND_X86_64_FPOP_H

#include "backend/x86_64/rules.h"

enum {
    O_UN = 1 << 24,  /* one source: no A */
    O_SHI = 1 << 25, /* shift by immediate: A is the opcode extension */
    O_LEG = 1 << 26, /* legacy encoding only (SHA) */
};

#define V66(op) ((op) | P_66 | M_0F)
#define V38(op) ((op) | P_66 | M_38)
#define V3A(op) ((op) | P_66 | M_3A)

enum {
    PAND = V66(0xdb) | O_COMM,
    PANDN = V66(0xdf),
    POR = V66(0xeb) | O_COMM,
    PXOR = V66(0xef) | O_COMM,
    PADDB = V66(0xfc) | O_COMM,
    PADDW = V66(0xfd) | O_COMM,
    PADDD = V66(0xfe) | O_COMM,
    PADDQ = V66(0xd4) | O_COMM | O_EW,
    PSUBB = V66(0xf8),
    PSUBW = V66(0xf9),
    PSUBD = V66(0xfa),
    PSUBQ = V66(0xfb) | O_EW,
    PADDSB = V66(0xec) | O_COMM,
    PADDSW = V66(0xed) | O_COMM,
    PADDUSB = V66(0xdc) | O_COMM,
    PADDUSW = V66(0xdd) | O_COMM,
    PSUBSB = V66(0xe8),
    PSUBSW = V66(0xe9),
    PSUBUSB = V66(0xd8),
    PSUBUSW = V66(0xd9),
    PMULLW = V66(0xd5) | O_COMM,
    PMULLD = V38(0x40) | O_COMM,
    PMULUDQ = V66(0xf4) | O_COMM | O_EW,
    PMULDQ = V38(0x28) | O_COMM | O_EW,
    PMULLQ = V38(0x40) | O_COMM | O_W | O_EVEX,
    PMULHW = V66(0xe5) | O_COMM,
    PMULHUW = V66(0xe4) | O_COMM,
    PMULHRSW = V38(0x0b) | O_COMM,
    PMADDWD = V66(0xf5) | O_COMM,
    PMADDUBSW = V38(0x04),
    PAVGB = V66(0xe0) | O_COMM,
    PAVGW = V66(0xe3) | O_COMM,
    PMINUB = V66(0xda) | O_COMM,
    PMINSB = V38(0x38) | O_COMM,
    PMINUW = V38(0x3a) | O_COMM,
    PMINSW = V66(0xea) | O_COMM,
    PMINUD = V38(0x3b) | O_COMM,
    PMINSD = V38(0x39) | O_COMM,
    PMINSQ = V38(0x39) | O_COMM | O_W | O_EVEX,
    PMINUQ = V38(0x3b) | O_COMM | O_W | O_EVEX,
    PMAXUB = V66(0xde) | O_COMM,
    PMAXSB = V38(0x3c) | O_COMM,
    PMAXUW = V38(0x3e) | O_COMM,
    PMAXSW = V66(0xee) | O_COMM,
    PMAXUD = V38(0x3f) | O_COMM,
    PMAXSD = V38(0x3d) | O_COMM,
    PABSB = V38(0x1c) | O_UN,
    PABSW = V38(0x1d) | O_UN,
    PABSD = V38(0x1e) | O_UN,
    PABSQ = V38(0x1f) | O_UN | O_W | O_EVEX,
    PCMPEQB = V66(0x74) | O_COMM | O_NOEVEX,
    PCMPEQW = V66(0x75) | O_COMM | O_NOEVEX,
    PCMPEQD = V66(0x76) | O_COMM | O_NOEVEX,
    PCMPEQQ = V38(0x29) | O_COMM | O_NOEVEX,
    PCMPGTB = V66(0x64) | O_NOEVEX,
    PCMPGTW = V66(0x65) | O_NOEVEX,
    PCMPGTD = V66(0x66) | O_NOEVEX,
    PCMPGTQ = V38(0x37) | O_NOEVEX,
    PUNPCKLBW = V66(0x60),
    PUNPCKLWD = V66(0x61),
    PUNPCKLDQ = V66(0x62),
    PUNPCKLQDQ = V66(0x6c) | O_EW,
    PUNPCKHBW = V66(0x68),
    PUNPCKHWD = V66(0x69),
    PUNPCKHDQ = V66(0x6a),
    PUNPCKHQDQ = V66(0x6d) | O_EW,
    PACKSSWB = V66(0x63),
    PACKSSDW = V66(0x6b),
    PACKUSWB = V66(0x67),
    PACKUSDW = V38(0x2b),
    PSHUFB = V38(0x00),
    PSHUFD = V66(0x70) | O_UN,
    PSHUFLW = 0x70 | P_F2 | M_0F | O_UN,
    PSHUFHW = 0x70 | P_F3 | M_0F | O_UN,
    SHUFPS = 0xc6 | M_0F,
    SHUFPD = V66(0xc6) | O_EW,
    PALIGNR = V3A(0x0f),
    PBLENDW = V3A(0x0e) | O_NOEVEX,
    BLENDPS = V3A(0x0c) | O_NOEVEX,
    INSERTPS = V3A(0x21),
    MOVQ = 0x7e | P_F3 | M_0F | O_UN | O_EW | O_N8,
    MOVHLPS = 0x12 | M_0F,
    MOVLHPS = 0x16 | M_0F,
    MOVSD_R = 0x10 | P_F2 | M_0F | O_EW,
    MOVAPS = 0x28 | M_0F | O_UN,
    PSLLW_I = V66(0x71) | O_SHI,
    PSLLD_I = V66(0x72) | O_SHI,
    PSLLQ_I = V66(0x73) | O_SHI | O_EW,
    PSRAQ_I = V66(0x72) | O_SHI | O_W | O_EVEX,
    PSLLW = V66(0xf1),
    PSLLD = V66(0xf2),
    PSLLQ = V66(0xf3) | O_EW,
    PSRLW = V66(0xd1),
    PSRLD = V66(0xd2),
    PSRLQ = V66(0xd3) | O_EW,
    PSRAW = V66(0xe1),
    PSRAD = V66(0xe2),
    PSLLVD = V38(0x47),
    PSLLVQ = V38(0x47) | O_W,
    PSRLVD = V38(0x45),
    PSRLVQ = V38(0x45) | O_W,
    PSRAVD = V38(0x46),
    PSRAVQ = V38(0x46) | O_W | O_EVEX,
    PSLLVW = V38(0x12) | O_W | O_EVEX,
    PSRLVW = V38(0x10) | O_W | O_EVEX,
    PSRAVW = V38(0x11) | O_W | O_EVEX,
    PMOVSXBW = V38(0x20) | O_UN,
    PMOVSXWD = V38(0x23) | O_UN,
    PMOVSXDQ = V38(0x25) | O_UN,
    PMOVZXBW = V38(0x30) | O_UN,
    PMOVZXWD = V38(0x33) | O_UN,
    PMOVZXDQ = V38(0x35) | O_UN,
    PHADDW = V38(0x01) | O_NOEVEX,
    PHADDD = V38(0x02) | O_NOEVEX,
    PSADBW = V66(0xf6),
    PBROADCASTB = V38(0x78) | O_UN,
    PBROADCASTW = V38(0x79) | O_UN,
    PBROADCASTD = V38(0x58) | O_UN,
    PBROADCASTQ = V38(0x59) | O_UN | O_EW,
    PTERNLOGD = V3A(0x25) | O_EVEX,
    AESENC = V38(0xdc) | O_NOEVEX,
    AESENCLAST = V38(0xdd) | O_NOEVEX,
    AESDEC = V38(0xde) | O_NOEVEX,
    AESDECLAST = V38(0xdf) | O_NOEVEX,
    AESIMC_ = V38(0xdb) | O_NOEVEX | O_UN,
    PCLMULQDQ = V3A(0x44) | O_NOEVEX,
    GF2P8AFFINEQB = V3A(0xce) | O_W,
    SHA1RNDS4 = 0xcc | M_3A | O_LEG,
    SHA1NEXTE = 0xc8 | M_38 | O_LEG,
    SHA1MSG1 = 0xc9 | M_38 | O_LEG,
    SHA1MSG2 = 0xca | M_38 | O_LEG,
    SHA256MSG1 = 0xcc | M_38 | O_LEG,
    SHA256MSG2 = 0xcd | M_38 | O_LEG,
    ANDPS = 0x54 | M_0F | O_COMM,
    ANDNPS = 0x55 | M_0F,
    ORPS = 0x56 | M_0F | O_COMM,
    XORPS = 0x57 | M_0F | O_COMM,
    CMPPS = 0xc2 | M_0F | O_NOEVEX,
    CMPPD = V66(0xc2) | O_NOEVEX,
};

/* Lowest register set that OPC accepts. */
static inline u32 v_mask(u32 opc)
{
    return opc & (O_NOEVEX | O_LEG) ? LOW16 : ANY;
}

#define NOIMM -1
/* D = OPC(A, B), the immediate IMM (or NOIMM) behind. Without AVX D may be B only for commutative
 * OPC. */
void v_op(struct cg *g, u32 opc, unsigned d, unsigned a, unsigned b, int imm);
void v_op_m(struct cg *g, u32 opc, unsigned d, unsigned a, struct mem m, int imm);

/* A sequence in execution order, emitted by vs_end. */
struct vs_op {
    u32 opc;
    u8 d, a, b;
    bool in_mem;
    s16 imm;
    struct mem m;
};
struct vs {
    struct cg *g;
    unsigned n;
    struct vs_op op[40];
};
static inline void vs(struct vs *s, u32 opc, unsigned d, unsigned a, unsigned b)
{
    s->op[s->n++] = (struct vs_op){.opc = opc, .d = (u8)d, .a = (u8)a, .b = (u8)b, .imm = NOIMM};
}
static inline void vs_i(struct vs *s, u32 opc, unsigned d, unsigned a, unsigned b, unsigned imm)
{
    s->op[s->n++] = (struct vs_op){.opc = opc, .d = (u8)d, .a = (u8)a, .b = (u8)b, .imm = (s16)imm};
}
static inline void vs_m(struct vs *s, u32 opc, unsigned d, unsigned a, struct mem m)
{
    s->op[s->n++] =
        (struct vs_op){.opc = opc, .d = (u8)d, .a = (u8)a, .in_mem = true, .m = m, .imm = NOIMM};
}
/* Shift of lanes of SIZE by immediate: EXT 2 right, 4 arithmetic right, 6 left. */
void vs_shift(struct vs *s, unsigned ext, unsigned size, unsigned d, unsigned a, unsigned n);
/* Load of a constant. */
void vs_const(struct vs *s, unsigned d, u64 lo, u64 hi);
static inline void vs_mov(struct vs *s, unsigned d, unsigned a)
{
    if (d != a) {
        vs(s, MOVAPS, d, 0, a);
    }
}
static inline void vs_zero(struct vs *s, unsigned d)
{
    vs(s, PXOR, d, d, d);
}
void vs_end(struct vs *s);

/* The register of vector operand R; a scalar read from a vector is the vector. */
ir_ref peel_v(struct cg *g, ir_ref r);

/* lanes of 8 << size bits, all V */
static inline u64 lanes(unsigned size, u64 v)
{
    static const u64 ones[4] = {0x0101010101010101ull, 0x0001000100010001ull, 0x0000000100000001ull,
                                1};
    return ones[size] * v;
}

#endif
