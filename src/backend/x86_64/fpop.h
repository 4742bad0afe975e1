/* Instructions on vector registers as the rules for scalar floats use them. */
#ifndef BACKEND_X86_64_FPOP_H
#define BACKEND_X86_64_FPOP_H

#include "backend/x86_64/rules.h"

enum { O_UN = 1 << 24 /* one source: no A */ };

enum {
    PAND = 0xdb | P_66 | M_0F | O_COMM,
    POR = 0xeb | P_66 | M_0F | O_COMM,
    PXOR = 0xef | P_66 | M_0F | O_COMM,
    PCMPEQD = 0x76 | P_66 | M_0F | O_COMM | O_NOEVEX,
    ANDPS = 0x54 | M_0F | O_COMM,
    ANDNPS = 0x55 | M_0F,
    ORPS = 0x56 | M_0F | O_COMM,
    XORPS = 0x57 | M_0F | O_COMM,
    INSERTPS = 0x21 | P_66 | M_3A,
    MOVQ = 0x7e | P_F3 | M_0F | O_UN | O_EW | O_N8
};

/* The scalar instruction OP of map 0F, and ucomiss or ucomisd. */
#define SCALAR(type, op)                                                                           \
    ((op) | M_0F | ((type) == IR_F64 ? (u32)P_F2 | O_EW | O_N8 : (u32)P_F3 | O_N4))
#define UCOMIS(type)                                                                               \
    (0x2e | M_0F | O_UN | ((type) == IR_F64 ? (u32)P_66 | O_EW | O_N8 : (u32)O_N4))

#define NOIMM -1
/* D = OPC(A, B), the immediate IMM (or NOIMM) behind. Without AVX D may be B only for commutative
 * OPC. */
void v_op(struct cg *g, u32 opc, unsigned d, unsigned a, unsigned b, int imm);
void v_op_m(struct cg *g, u32 opc, unsigned d, unsigned a, struct mem m, int imm);

/* Ones above the single in D: how RISC-V keeps it. */
void box_above(struct cg *g, unsigned d);

/* rules_fp_rv.c: makes code for op I if the unit is RISC-V's. */
bool fp_rv(struct cg *g, u32 i, const struct ir_ins *in);

#endif
