/* What the vector reference functions and the vector lifters share: shapes of instructions, vtype. */
#ifndef FRONTEND_RISCV64_VECTOR_H
#define FRONTEND_RISCV64_VECTOR_H

#include "frontend/riscv64/rv64_decode.h"
#include "frontend/riscv64/rv64_state.h"

#define V_VLENB 16u /* bytes of a vector register */
#define V_MASK_REG 0

enum { V_OPIVV, V_OPFVV, V_OPMVV, V_OPIVI, V_OPIVX, V_OPFVF, V_OPMVX }; /* funct3 */

/* Operands by width and kind: E a group of the current SEW and LMUL, 2E of twice both, M a mask, S lane 0. */
enum v_shape {
    V_NONE,      /* not a vector instruction, or one of the vset family */
    V_ARITH,     /* E = E op E or scalar */
    V_MAC,       /* E = E, E and old E */
    V_CARRY,     /* E = E, E and mask v0 (vm = 0 is no mask) */
    V_MERGE,     /* E = E or E by v0 */
    V_MOVE,      /* E = E or scalar */
    V_UNARY,     /* E = op E */
    V_WIDE,      /* 2E = E op E */
    V_WMAC,      /* 2E = E, E and old 2E */
    V_WIDE_W,    /* 2E = 2E op E */
    V_NARROW,    /* E = 2E op E */
    V_EXT,       /* E = extended E / 2, 4, 8 */
    V_COMPARE,   /* M = E op E */
    V_CARRY_OUT, /* M = E, E and mask v0 */
    V_RED,       /* S = S op all of E */
    V_WRED,      /* 2S = 2S op all of E */
    V_MASKOP,    /* M = M op M */
    V_SETFIRST,  /* M = op M: vmsbf and its like */
    V_IOTA, V_ID, /* E = op M; E */
    V_COUNT,     /* x = op M */
    V_GET, V_PUT, /* scalar = S, S = scalar */
    V_SLIDEUP, V_SLIDEDOWN, V_GATHER, V_GATHER16, V_COMPRESS,
    V_COPY,      /* whole registers */
    V_WUNARY, V_NUNARY, /* 2E = op E, E = op 2E */
    V_CRYPTO,    /* groups of four elements: .vv and .vi */
    V_CRYPTO_S,  /* vs2 is one group of four elements */
    V_LD, V_ST, V_LDFF, V_LDS, V_STS, V_LDX, V_STX, /* unit stride, fault-only-first, strided, indexed */
    V_LDW, V_STW, V_LDM, V_STM                      /* whole registers, masks */
};

/* Fields of vtype, and the bits of the block key's vector mode. */
#define V_VTYPE_LMUL(t) ((int)sext64((t)&7, 3)) /* log2, -3..3 */
#define V_VTYPE_SEW(t) ((unsigned)((t) >> 3 & 7)) /* log2 of bytes */
#define V_VTYPE_VILL (1ull << 63)
enum {
    V_MODE_VTYPE = 0x00ff,  /* vtype[7:0] */
    V_MODE_FULL = 0x0100,   /* vl is VLMAX; with it vstart is 0 */
    V_MODE_VSTART = 0x0200, /* vstart is not 0 */
    V_MODE_VILL = 0x0400,
    V_MODE_SHORT = 0x0800,  /* before a vset*: its AVL is below VLMAX */
    V_MODE_VXRM = 0x1000,   /* before an instruction that rounds by it: vxrm is not 0 */
    V_MODE_KNOWN = 0x4000   /* 0: nothing is known; must be below IR_VMODE_END */
};
/* Elements of SEW (log2 of bytes) in a group of LMUL (log2). */
static inline u32 v_vlmax(unsigned sew, int lmul)
{
    return lmul < 0 ? (V_VLENB >> sew) >> -lmul : (V_VLENB >> sew) << lmul;
}
/* VTYPE as vset* write it: a reserved one becomes V_VTYPE_VILL. */
u64 rv64_v_vtype(u64 vtype);
/* The mode that R's vtype, vl and vstart make. */
u16 rv64_v_mode(const struct rv64_regs *r);

/* What kind of operands OP has. V_NONE: not a vector instruction that needs vtype. */
enum v_shape rv64_v_shape(enum rv64_op op);
/* True for ops that compute on floating-point elements. */
bool rv64_v_is_fp(enum rv64_op op);
/* False when INSN is reserved with this MODE (V_MODE_*, known). */
bool rv64_v_legal(u32 insn, enum rv64_op op, unsigned mode);

/* AES key expansion: the constant of ROUND (1..10); the number of a round, whose bit 3 is inverted outside LO..HI. */
u32 v_aes_constant(unsigned round);
unsigned v_aes_round(unsigned round, unsigned lo, unsigned hi);

/* guest->helpers: executes vector instruction INSN (legal) on the state. X: value of rs1 or the f register, Y: of
 * rs2. The result is what it writes to an x or f register. A load or store gives 1, or 0 when it stopped at element
 * vstart, which cannot be accessed; vfault is then the address to touch to get the fault, else one that is harmless. */
u64 rv64_v_helper(void *cpu, u64 insn, u64 x, u64 y);
/* guest->fault: lifted loads and stores change no register before their last access, so the elements before the one that
 * faulted are made up for here, and vstart is set. */
bool rv64_v_fault(struct cpu *cpu);
u64 rv64_v_help_vsetvl(void *cpu, u64 avl, u64 vtype, u64 unused);

#endif
