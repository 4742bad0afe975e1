/* Sequences of vector instructions for the rules of vector ops. A rule writes its instructions in program order over
 * symbolic registers; seq_end chooses registers, memory operands and VEX, EVEX or two-operand forms. */
#ifndef BACKEND_X86_64_VSEQ_H
#define BACKEND_X86_64_VSEQ_H

#include "backend/x86_64/priv.h"

/* Symbolic registers: none, destination, operands, vector temporaries, general temporaries; VK + n is literal n, which
 * may stand as last operand only. T registers are never above xmm7. At most 8 vector registers may be in use. */
enum vr { VN, VD, VA, VB, VC, T0, T1, T2, T3, VG, VG2, VS /* scratch of the lowering */, VM /* mask k1 */,
          VX0 /* xmm0 as a temporary */, VR_COUNT, VK = 16 };

/* Opcodes of the maps with prefix 66. */
#define O66(b) ((u32)(b) | P_66 | M_0F)
#define O38(b) ((u32)(b) | P_66 | M_38)
#define O3A(b) ((u32)(b) | P_66 | M_3A)
/* Beside the encoder's modifiers. */
#define O_EXT(n) ((u32)(n) << 24) /* /n of the shifts by immediate */
#define O_NOMEM (1u << 27)        /* the last operand must be a register */
#define O_OPC 0x00ffffffu         /* what the encoder sees */

enum {
    PADDB = O66(0xfc) | O_COMM, PADDW = O66(0xfd) | O_COMM, PADDD = O66(0xfe) | O_COMM, PADDQ = O66(0xd4) | O_COMM | O_EW,
    PSUBB = O66(0xf8), PSUBW = O66(0xf9), PSUBD = O66(0xfa), PSUBQ = O66(0xfb) | O_EW,
    PAND = O66(0xdb) | O_COMM, PANDN = O66(0xdf), POR = O66(0xeb) | O_COMM, PXOR = O66(0xef) | O_COMM,
    PCMPEQD = O66(0x76) | O_COMM | O_NOEVEX, PCMPGTD = O66(0x66) | O_NOEVEX,
    PCMPEQB = O66(0x74) | O_COMM | O_NOEVEX, PCMPEQW = O66(0x75) | O_COMM | O_NOEVEX, PCMPEQQ = O38(0x29) | O_COMM | O_NOEVEX,
    PCMPGTB = O66(0x64) | O_NOEVEX, PCMPGTQ = O38(0x37) | O_NOEVEX,
    PAVGB = O66(0xe0) | O_COMM, PAVGW = O66(0xe3) | O_COMM,
    PMULLW = O66(0xd5) | O_COMM, PMULHW = O66(0xe5) | O_COMM, PMULHUW = O66(0xe4) | O_COMM, PMULLD = O38(0x40) | O_COMM,
    PMULDQ = O38(0x28) | O_COMM | O_EW, PMULUDQ = O66(0xf4) | O_COMM | O_EW, PMULHRSW = O38(0x0b) | O_COMM,
    PMADDWD = O66(0xf5) | O_COMM, PMADDUBSW = O38(0x04), PSADBW = O66(0xf6) | O_COMM,
    PMINUB = O66(0xda) | O_COMM, PMAXUB = O66(0xde) | O_COMM, PMINUW = O38(0x3a) | O_COMM, PMINUD = O38(0x3b) | O_COMM,
    PHMINPOSUW = O38(0x41) | O_NOEVEX, PADDUSB = O66(0xdc) | O_COMM,
    PACKUSWB = O66(0x67), PACKUSDW = O38(0x2b), PACKSSWB = O66(0x63), PACKSSDW = O66(0x6b),
    PSHUFB = O38(0x00), PSHUFD = O66(0x70), PALIGNR = O3A(0x0f), PBLENDW = O3A(0x0e) | O_NOEVEX,
    PUNPCKLBW = O66(0x60), PUNPCKLWD = O66(0x61), PUNPCKLDQ = O66(0x62), PUNPCKLQDQ = O66(0x6c) | O_EW,
    PUNPCKHBW = O66(0x68), PUNPCKHWD = O66(0x69), PUNPCKHDQ = O66(0x6a), PUNPCKHQDQ = O66(0x6d) | O_EW,
    SHUFPS = 0xc6 | M_0F, SHUFPD = O66(0xc6) | O_EW, INSERTPS = O3A(0x21) | O_NOMEM,
    MOVQ_XX = 0x7e | P_F3 | M_0F | O_EW,
    MOVD_X = O66(0x6e), MOVQ_X = O66(0x6e) | O_W, /* from general registers */
    MOVD_G = O66(0x7e), MOVQ_G = O66(0x7e) | O_W, /* to them (op_rev) */
    PSRLW_I = O66(0x71) | O_EXT(2), PSRLD_I = O66(0x72) | O_EXT(2), PSRLQ_I = O66(0x73) | O_EXT(2) | O_EW,
    PSRAW_I = O66(0x71) | O_EXT(4), PSRAD_I = O66(0x72) | O_EXT(4),
    VPSRAQ_I = O66(0x72) | O_EXT(4) | O_EVEX | O_EW, /* AVX-512 */
    PSLLW_I = O66(0x71) | O_EXT(6), PSLLD_I = O66(0x72) | O_EXT(6), PSLLQ_I = O66(0x73) | O_EXT(6) | O_EW,
    PSRLDQ_I = O66(0x73) | O_EXT(3), PSLLDQ_I = O66(0x73) | O_EXT(7),
    VBLENDVPS = O3A(0x4a) | O_NOEVEX, VBLENDVPD = O3A(0x4b) | O_NOEVEX, VPBLENDVB = O3A(0x4c) | O_NOEVEX,
    VPTERNLOGD = O3A(0x25) | O_EVEX /* AVX-512 */
};

struct vins {
    u32 opc;
    u8 kind, d, a, b, c, imm;
    bool has_imm;
};

#define SEQ_MAX 48
#define SEQ_K 12
struct seq {
    struct cg *g;
    u32 i;
    const struct ir_ins *in;
    bool avx, avx2, evex, sse42;
    bool no_hint; /* operands are not those of the op in work */
    u8 n, nk;
    u8 cold[3];   /* what a cold path gives the reference function */
    bool has_cold;
    ir_ref op[3]; /* VA, VB, VC */
    struct {
        u64 lo, hi;
    } k[SEQ_K];
    struct vins v[SEQ_MAX];
};

void seq_begin(struct seq *s, struct cg *g, u32 i, const struct ir_ins *in);
void seq_end(struct seq *s);

/* D = op(A, B), D = op(B), with an immediate. */
void op3(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b);
void op3i(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b, unsigned imm);
static inline void op2(struct seq *s, u32 opc, unsigned d, unsigned b)
{
    op3(s, opc, d, VN, b);
}
static inline void op2i(struct seq *s, u32 opc, unsigned d, unsigned b, unsigned imm)
{
    op3i(s, opc, d, VN, b, imm);
}
/* D = B shifted by an immediate. */
void op_shift(struct seq *s, u32 opc, unsigned d, unsigned b, unsigned imm);
/* D = op(B) where the encoding names the source first (moves to general registers, vpmov, vcvtps2ph). IMM < 0: none. */
void op_rev(struct seq *s, u32 opc, unsigned d, unsigned b, int imm);
/* D = op(D, A, B), AVX and up. IMM < 0: none. */
void op_tied(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b, int imm);
/* D = lanes of A where the sign of C is clear, else of B; AVX and up. */
void op_blendv(struct seq *s, u32 opc, unsigned d, unsigned a, unsigned b, unsigned c);
/* The same by masks of all ones, any host; T is overwritten, may be D or B, not A or C. */
void op_select(struct seq *s, unsigned d, unsigned a, unsigned b, unsigned c, unsigned t);
/* D = op(D, B) in legacy encoding even with AVX. D and B are temporaries. IMM < 0: none. */
void op_legacy(struct seq *s, u32 opc, unsigned d, unsigned b, int imm);
/* Legacy instruction on general registers. */
void op_gpr(struct seq *s, u32 opc, unsigned d, unsigned b);
void op_mov(struct seq *s, unsigned d, unsigned b);
/* T = B as it is now, also behind a write of VD; no code when VD does not overwrite it. Before any write of VD. */
void op_keep(struct seq *s, unsigned t, unsigned b);
void op_zero(struct seq *s, unsigned d);

/* Literals: a whole vector, and every lane the same. */
unsigned lit(struct seq *s, u64 lo, u64 hi);
unsigned lit_lanes(struct seq *s, unsigned size, u64 v);

/* Cold paths: the op's reference function on registers A, B, C (VN: none) gives VD, and the sequence is over. */
void seq_cold(struct seq *s, unsigned a, unsigned b, unsigned c);
/* Go there when any lane of A and B is unordered; when the sign of any 32 or 64-bit lane of A is set. */
void check_nan(struct seq *s, unsigned a, unsigned b, bool pd);
void check_sign(struct seq *s, unsigned a, bool pd);
/* Go there when any lane of the result X is a NaN, or the smallest normal number: an inexact result may have been
 * rounded up to that, which the guest calls an underflow, as it detects that before rounding, and the host does not.
 * T is overwritten. */
void check_result(struct seq *s, unsigned x, unsigned t, bool pd);

/* The vector constant R, or NULL. */
static inline const struct ir_const *vconst(const struct cg *g, ir_ref r)
{
    return IR_IS_K(r) && g->fn->k[r & ~IR_K].type == IR_V128 ? &g->fn->k[r & ~IR_K] : NULL;
}
/* True when the high 64 bits of the vector R are certainly zero. */
bool vec_high_zero(const struct cg *g, ir_ref r);

#endif
