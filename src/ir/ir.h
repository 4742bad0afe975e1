/* The intermediate representation: one linear SSA array per translation unit, 16 bytes an op. */
#ifndef IR_IR_H
#define IR_IR_H

#include "base/base.h"

enum ir_type { IR_VOID, IR_I1, IR_I32, IR_I64, IR_F32, IR_F64, IR_V128, IR_TYPE_COUNT };

enum ir_op {
#define OP(name, sig, flags, meaning) IR_##name,
#include "ir/ops.def"
#undef OP
    IR_OP_COUNT
};

/* A value: an index into ir_fn.ins, or with IR_K set an index into ir_fn.k. 0 is "none" (ins[0] is a NOP). */
typedef u32 ir_ref;
#define IR_K 0x80000000u
#define IR_IS_K(ref) (((ref)&IR_K) != 0)

struct ir_ins {
    u16 op : 9;   /* enum ir_op */
    u16 type : 7; /* enum ir_type of the result; of the operands where the result is I1 or VOID */
    u16 aux;
    ir_ref a, b, c;
};
_Static_assert(sizeof(struct ir_ins) == 16 && IR_OP_COUNT <= 512, "an op is 16 bytes");

/* An interned constant. PCREL: the value is the unit's guest pc + (s64)lo, and code must form it
 * relative to its own address, so that text does not depend on where the module was loaded. */
struct ir_const {
    u64 lo, hi;
    u8 type;
    bool pcrel;
    u32 next; /* builder: the next one of its hash chain, index + 1 */
};

/* Conditions of CMP, CMN, TST. The order pairs inverses: cc ^ 1 inverts. */
enum ir_cc {
    IR_CC_EQ, IR_CC_NE,
    IR_CC_ULT, IR_CC_UGE,
    IR_CC_ULE, IR_CC_UGT,
    IR_CC_SLT, IR_CC_SGE,
    IR_CC_SLE, IR_CC_SGT,
    IR_CC_MI, IR_CC_PL, /* sign of the result */
    IR_CC_VS, IR_CC_VC, /* signed overflow */
};

/* Conditions of FCMP: cc ^ 1 inverts. O: ordered, U: or unordered. */
enum ir_fcc {
    IR_FCC_EQ, IR_FCC_NE,   /* ordered and equal; its inverse */
    IR_FCC_LT, IR_FCC_UGE,  /* ordered a < b; unordered or a >= b */
    IR_FCC_LE, IR_FCC_UGT,
    IR_FCC_GT, IR_FCC_ULE,
    IR_FCC_GE, IR_FCC_ULT,
    IR_FCC_UN, IR_FCC_OR,   /* unordered; ordered */
    IR_FCC_UEQ, IR_FCC_ONE, /* unordered or equal; ordered and not equal */
    IR_FCC_SIGNAL = 16      /* added: raise Invalid for a quiet NaN too */
};

/* Conditions of PCOND on packed flags, numbered as A64's cond field (0 EQ .. 13 LE). */
enum ir_pcond {
    IR_PC_EQ, IR_PC_NE, IR_PC_CS, IR_PC_CC, IR_PC_MI, IR_PC_PL, IR_PC_VS, IR_PC_VC,
    IR_PC_HI, IR_PC_LS, IR_PC_GE, IR_PC_LT, IR_PC_GT, IR_PC_LE
};

/* Packed flags (register nzcv of the guest state): the layout of x86 LAHF in bits 15:8 and V in bit
 * 0, so that both hosts pack in a few instructions. C is the guest's carry (A64: NOT borrow). Other
 * bits may hold anything. */
#define IR_NZCV_N 0x8000u
#define IR_NZCV_Z 0x4000u
#define IR_NZCV_C 0x0100u
#define IR_NZCV_V 0x0001u

enum ir_flags_kind { IR_FL_ADD, IR_FL_SUB, IR_FL_LOGIC, IR_FL_VALUE };

/* aux of LD and ST: log2 of the size, then modifiers. */
#define IR_MEM_SIZE(aux) ((aux)&7)
#define IR_MEM_SIGN 0x08    /* LD: sign-extend to the type */
#define IR_MEM_ACQ 0x10     /* LD: load-acquire */
#define IR_MEM_REL 0x20     /* ST: store-release, sequentially consistent with IR_MEM_ACQ loads (STLR) */
#define IR_ALIGN_PC 0x08    /* ALIGN: the fault's address is the instruction's */
enum ir_rmw { IR_RMW_XCHG, IR_RMW_ADD, IR_RMW_CLR, IR_RMW_XOR, IR_RMW_OR, IR_RMW_SMAX, IR_RMW_SMIN,
              IR_RMW_UMAX, IR_RMW_UMIN, IR_RMW_AND };
enum ir_fence { IR_FENCE_LOAD, IR_FENCE_STORE, IR_FENCE_FULL };

enum ir_round { IR_ROUND_TIEEVEN, IR_ROUND_POSINF, IR_ROUND_NEGINF, IR_ROUND_ZERO, IR_ROUND_TIEAWAY,
                IR_ROUND_CURRENT, IR_ROUND_EXACT = 8 };
/* Rounding RM for one op, in its aux (ops.def says which): its reference function computes it. */
#define IR_FP_ROUND(rm) (((rm) + 1u) << 4)
#define IR_FP_ROUND_OF(aux) ((aux) >> 4 & 7) /* 0: as the guest's FP mode says; else 1 + RM */

/* Which NaN an operation with NaN operands gives. */
enum ir_fp_rules { IR_FP_A64, IR_FP_RV64, IR_FP_X86 };

#define IR_MAX_REGS 128

/* The vmode of a direct exit or a block, in its aux: what the code there takes for granted of the guest
 * state (RISC-V: vtype, and that vl is as large as can be). 0: nothing. It is known along straight code
 * and direct exits only, so calls, returns and indirect jumps go to code of vmode 0. */
#define IR_VMODE_SHIFT 1
#define IR_VMODE(aux) ((aux) >> IR_VMODE_SHIFT)
#define IR_VMODE_END (1u << 15)

/* A translation unit: one entry, possibly more blocks at return points. */
struct ir_fn {
    gaddr pc; /* guest address of the entry: base of PCREL constants, BLOCK and INSN offsets */
    u32 len, cap;
    struct ir_ins *ins; /* ins[0] is a NOP so that 0 means none */
    u32 klen, kcap;
    struct ir_const *k;
    u8 fp_rules;  /* enum ir_fp_rules */
    u8 fp_mode;   /* guest FP mode bits of the block key: guest defined */
    bool fp_trap; /* invalid operations trap, and the handler gives the guest's result: no check is needed for them */
    bool fp_flush_traps; /* where denormals are flushed, what the host would not tell of traps (cpu_fpctl_flushing) */
    bool fp_lax;  /* nobody has asked for the FP flags yet: an underflow may stay untold where the host finds none,
                     because it rounds first */
    u16 vmode;    /* the block key's other part, at the entry */
    u32 guest_len; /* bytes of guest code covered, from pc */
    u32 guest_insns;
    bool region;  /* a unit of tier 2: all its blocks begin with BLOCK, and only the one at pc is an entry */
    s32 lowest;   /* of a region: where its guest code begins, from pc; guest_len counts from there */
    s32 also;     /* of a region: its other entry, from pc; 0: none */
    u32 fpcr;     /* guest FP control bits behind fp_mode, for ir_ref_ctx; the lifter sets it */
    u16 nzcv_reg; /* register of the packed flags, IR_MAX_REGS: none; the lifter sets it after ir_begin */
};

/* Builder: folds as it builds and keeps the current value of every guest register. */
#define IR_CSE_BITS 7
#define IR_KHASH_BITS 6
#define IR_STS_BITS 3
struct ir_builder {
    struct ir_fn *fn;
    struct arena *arena;
    const struct ir_reg *regs; /* the guest's register table (guest->regs) */
    ir_ref flags;              /* FLAGS op in effect, 0: packed value in register nzcv */
    u32 block_start;           /* first op of the current block */
    u32 status_start;          /* first op behind its last HELPER: ops that raise FP status are shared from here on */
    u32 state_start;           /* first op behind the last that may leave or look at state fields */
    bool sparse_insns;         /* for the lifter: INSN only behind instructions that may fault, which is all that
                                  code generation needs; ir_verify wants every one. Set after ir_begin */
    bool may_fault;            /* the instruction in work has such an op */
    u8 tag_bits;               /* of an address, which an access does not look at: they become copies of the one below.
                                  Set after ir_begin */
    u8 *is_set;                /* [fn->cap]: the value was SET into a guest register */
    /* Tables, which ir_begin clears: up to the end. */
    ir_ref cur[IR_MAX_REGS];   /* current value of each guest register, 0: not read yet in this block */
    u16 khash[1 << IR_KHASH_BITS]; /* constant interning: index + 1, chained by ir_const.next */
    u16 cse[1 << IR_CSE_BITS]; /* checked against the op itself, so old entries do no harm */
    u32 sts[1 << IR_STS_BITS]; /* the last STS of a field, checked against the op */
};

/* A guest register as the IR and the chain ABI see it. */
struct ir_reg {
    const char *name;
    u16 offset; /* in struct cpu */
    u8 type;    /* IR_I64, IR_V128, IR_I32 */
    s8 pin;     /* order of preference for a host register of its file, -1: lives in memory */
};

/* Starts a unit at guest address PC; memory comes from ARENA and lives until it is reset. */
void ir_begin(struct ir_builder *b, struct ir_fn *fn, struct arena *arena, const struct ir_reg *regs,
              gaddr pc);

/* Constants. */
ir_ref ir_k32(struct ir_builder *b, u32 v);
ir_ref ir_k64(struct ir_builder *b, u64 v);
ir_ref ir_k1(struct ir_builder *b, bool v);
ir_ref ir_kf32(struct ir_builder *b, u32 bits);
ir_ref ir_kf64(struct ir_builder *b, u64 bits);
ir_ref ir_kv(struct ir_builder *b, u64 lo, u64 hi);
ir_ref ir_kpc(struct ir_builder *b, gaddr addr); /* pc-relative i64 */
/* Integer constant of TYPE (I32 truncates). */
ir_ref ir_k(struct ir_builder *b, enum ir_type type, u64 v);

/* An op as two words. It is built in registers, at the place that calls: fields written one by one and then
 * copied whole would wait for the store buffer each time. */
struct ir_words {
    u64 lo, hi;
};
_Static_assert(offsetof(struct ir_ins, aux) == 2 && offsetof(struct ir_ins, a) == 4 && offsetof(struct ir_ins, c) == 12,
               "ir_words_of knows the layout");
static inline struct ir_words ir_words_of(unsigned op, unsigned type, u16 aux, ir_ref a, ir_ref b, ir_ref c)
{
    return (struct ir_words){op | type << 9 | (u64)aux << 16 | (u64)a << 32, b | (u64)c << 32};
}
ir_ref ir_emit_words(struct ir_builder *b, struct ir_words w);

/* Emits an op, folded and shared where possible; returns the value (which may be an older one or a
 * constant); FLAGS gives its own number, which becomes b->flags; for other ops without a result it means nothing. */
static inline ir_ref ir_emit(struct ir_builder *b, enum ir_op op, enum ir_type type, u16 aux, ir_ref a, ir_ref x,
                             ir_ref c)
{
    return ir_emit_words(b, ir_words_of(op, type, aux, a, x, c));
}
#define ir_op0(b, op, type, aux) ir_emit(b, op, type, aux, 0, 0, 0)
#define ir_op1(b, op, type, aux, a) ir_emit(b, op, type, aux, a, 0, 0)
#define ir_op2(b, op, type, aux, a, x) ir_emit(b, op, type, aux, a, x, 0)
#define ir_op3(b, op, type, aux, a, x, c) ir_emit(b, op, type, aux, a, x, c)

/* Guest registers, by index in the guest's table. ir_get returns the current value (emits GET on the
 * first read in a block); ir_set records a write in program order. */
ir_ref ir_first_get(struct ir_builder *b, unsigned reg);
static inline ir_ref ir_get(struct ir_builder *b, unsigned reg)
{
    ir_ref r = b->cur[reg];
    return r ? r : ir_first_get(b, reg);
}
void ir_set(struct ir_builder *b, unsigned reg, ir_ref value);

/* Ends a guest instruction that began at PC. FLAGS_LIVE: the FLAGS in effect at its start are still to
 * be read by the guest, so a fault in it must keep them. FLAGS_BEFORE is b->flags at its start. */
void ir_insn(struct ir_builder *b, gaddr pc, ir_ref flags_before, bool flags_live);
/* A new block entry at PC in the same unit, where VMODE (below IR_VMODE_END) holds: forgets all values.
 * RETURN_POINT: of the preceding CALL(I). */
void ir_block(struct ir_builder *b, gaddr pc, bool return_point, u16 vmode);

/* Type of an op's result where its signature fixes it, IR_TYPE_COUNT where it is ins.type. */
extern const u8 ir_fixed_type[IR_OP_COUNT];
/* The type of the result of INS: I1 for `b:` ops and so on. */
static inline enum ir_type ir_result_type(const struct ir_ins *ins)
{
    u8 t = ir_fixed_type[ins->op];
    return (enum ir_type)(t == IR_TYPE_COUNT ? ins->type : t);
}

/* Facts about refs. */
static inline enum ir_type ir_type_of(const struct ir_fn *fn, ir_ref r)
{
    return IR_IS_K(r) ? (enum ir_type)fn->k[r & ~IR_K].type : ir_result_type(&fn->ins[r]);
}
/* True with *V set when R is a plain (not PCREL) integer or I1 constant. */
static inline bool ir_is_const(const struct ir_fn *fn, ir_ref r, u64 *v)
{
    if (!IR_IS_K(r) || fn->k[r & ~IR_K].pcrel) {
        return false;
    }
    *v = fn->k[r & ~IR_K].lo;
    return true;
}

/* Static facts about ops, from ops.def. */
enum { IR_F_P = 1, IR_F_C = 2, IR_F_M = 4, IR_F_E = 8, IR_F_S = 16, IR_F_Q = 32, IR_F_X = 64 };
struct ir_op_info { /* no pointers: they would have to be relocated at each start */
    char name[12];
    char sig[6];
    u8 flags;
};
extern const struct ir_op_info ir_ops[IR_OP_COUNT];
extern const u8 ir_op_flags[IR_OP_COUNT]; /* the flags alone */
extern const char *const ir_type_names[IR_TYPE_COUNT];

/* Text. ir_print writes one op a line; ir_parse reads the same form (tests/ir). */
void ir_print(struct strbuf *sb, const struct ir_fn *fn, const struct ir_reg *regs);
/* REG_COUNT entries of REGS may be named. Lines that begin with '#' are comments. Ops are taken as they stand,
 * not folded, and %N must be the N-th op. Returns 0, or -EINVAL with MSG (of MSG_CAP bytes) naming the line
 * and what is wrong. */
int ir_parse(struct ir_builder *b, struct ir_fn *fn, struct arena *arena, const struct ir_reg *regs,
             unsigned reg_count, const char *text, char *msg, size_t msg_cap);
/* NULL when FN is well formed, else a text saying which op breaks which rule. */
const char *ir_verify(const struct ir_fn *fn, char *msg, size_t msg_cap);

/* A value at run time. Narrow types leave the rest zero. */
union ir_val {
    u64 u;
    s64 s;
    f32 f;
    f64 d;
    v128 v;
};

/* Reference semantics of a pure op: R = op(A, B, C) with the ins's type and aux. It runs with the guest's
 * rounding mode in the host's FP control register and leaves IEEE flags in the host's FP status. */
struct ir_ref_ctx {
    u32 fp_rules; /* enum ir_fp_rules */
    u32 fpcr;     /* guest FPCR: DN, FZ, AHP bits */
};
typedef void ir_ref_fn(union ir_val *r, const union ir_val *a, const union ir_val *b,
                       const union ir_val *c, enum ir_type type, u32 aux, const struct ir_ref_ctx *ctx);
/* The host's FP status, for callers of reference functions outside generated code: what was raised, and is cleared by
 * reading; and raising more. */
enum { IR_FPS_INVALID = 1, IR_FPS_DIVZERO = 4, IR_FPS_OVERFLOW = 8, IR_FPS_UNDERFLOW = 16, IR_FPS_INEXACT = 32 };
u32 ir_fp_take(void);
void ir_fp_raise(u32 status);
/* NULL for ops without a value. */
extern ir_ref_fn *const ir_ref_fns[IR_OP_COUNT];
/* Packed flags (IR_NZCV_*) of FLAGS of KIND with operands X, Y of TYPE (I32 or I64). */
u32 ir_pack_flags(enum ir_flags_kind kind, enum ir_type type, u64 x, u64 y);
/* Condition COND (enum ir_pcond) of packed FLAGS. */
bool ir_flags_hold(u32 flags, unsigned cond);

/* Interpreter: executes FN's first block from its entry on the state CPU (guest registers at regs[].offset),
 * guest memory being host memory. Returns how it left. Faults are the caller's business. */
struct ir_exit {
    u16 op;    /* the IR_EXITIF/JMP/JMPI/CALL/CALLI/RET/EXIT taken */
    u16 aux;
    gaddr pc;  /* where to go on */
    u64 arg;   /* EXIT's argument */
};
void ir_interp(const struct ir_fn *fn, const struct ir_reg *regs, void *cpu,
               u64 (*const *helpers)(void *cpu, u64, u64, u64), struct ir_exit *exit);

#endif
