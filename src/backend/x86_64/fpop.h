/* Instructions on vector registers as the rules for scalar floats use them. */
#ifndef BACKEND_X86_64_FPOP_H
#define BACKEND_X86_64_FPOP_H

#include "backend/x86_64/rules.h"

enum { O_UN = 1 << 24 /* one source: no A */ };

enum {
    PAND = 0xdb | P_66 | M_0F | O_COMM,
    POR = 0xeb | P_66 | M_0F | O_COMM,
    PXOR = 0xef | P_66 | M_0F | O_COMM,
    ANDPS = 0x54 | M_0F | O_COMM,
    INSERTPS = 0x21 | P_66 | M_3A,
    MOVQ = 0x7e | P_F3 | M_0F | O_UN | O_EW | O_N8
};

#define NOIMM -1
/* D = OPC(A, B), the immediate IMM (or NOIMM) behind. Without AVX D may be B only for commutative
 * OPC. */
void v_op(struct cg *g, u32 opc, unsigned d, unsigned a, unsigned b, int imm);
void v_op_m(struct cg *g, u32 opc, unsigned d, unsigned a, struct mem m, int imm);

/* The value whose register holds float R: a scalar read from a vector is the vector. */
ir_ref peel_v(struct cg *g, ir_ref r);

#endif
