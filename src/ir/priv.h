/* Shared between the files of src/ir only: folding, and the shape of reference functions. */
#ifndef IR_PRIV_H
#define IR_PRIV_H

#include "ir/ir.h"

/* The value of W, a pure op: what it folds to, or else an equal op of this block, or a new one. */
ir_ref ir_fold(struct ir_builder *b, struct ir_words w);
/* The same without folding. */
ir_ref ir_share(struct ir_builder *b, struct ir_words w);
/* The part of it for moves between register files and for vectors. */
ir_ref ir_fold_move(struct ir_builder *b, const struct ir_ins *in);

/* Defines the reference function of an op. */
#define REF(name)                                                                                  \
    void ref_##name(union ir_val *r UNUSED, const union ir_val *a UNUSED,                          \
                    const union ir_val *b UNUSED, const union ir_val *c UNUSED,                    \
                    enum ir_type type UNUSED, u32 aux UNUSED, const struct ir_ref_ctx *ctx UNUSED)

#define OP(name, sig, flags, meaning) ir_ref_fn ref_##name;
#include "ir/ops.def"
#undef OP

/* Results: narrow ones leave the rest of the value zero. */
static inline void ret64(union ir_val *r, u64 v)
{
    r->v = (v128){.d = {v, 0}};
}

static inline void ret_int(union ir_val *r, enum ir_type type, u64 v)
{
    ret64(r, type == IR_I64 ? v : type == IR_I1 ? v & 1 : (u32)v);
}

/* Lanes of a vector: SIZE is log2 of their bytes. */
static inline u64 lane(const v128 *v, unsigned size, unsigned i)
{
    switch (size) {
    case 0:
        return v->b[i];
    case 1:
        return v->h[i];
    case 2:
        return v->s[i];
    default:
        return v->d[i];
    }
}

static inline s64 slane(const v128 *v, unsigned size, unsigned i)
{
    return sext64(lane(v, size, i), 8u << size);
}

static inline void set_lane(v128 *v, unsigned size, unsigned i, u64 x)
{
    switch (size) {
    case 0:
        v->b[i] = (u8)x;
        break;
    case 1:
        v->h[i] = (u16)x;
        break;
    case 2:
        v->s[i] = (u32)x;
        break;
    default:
        v->d[i] = x;
        break;
    }
}

/* X saturated to a signed or unsigned number of BITS bits. */
static inline s64 sat_s(s128 x, unsigned bits)
{
    s128 max = ((s128)1 << (bits - 1)) - 1;
    return (s64)(x > max ? max : x < -max - 1 ? -max - 1 : x);
}

static inline u64 sat_u(s128 x, unsigned bits)
{
    s128 max = ((s128)1 << bits) - 1;
    return (u64)(x > max ? max : x < 0 ? 0 : x);
}

/* ARM ARM RecipEstimate (256 <= A < 512) and RecipSqrtEstimate (128 <= A < 512): 256..511. */
static inline u32 recip_estimate(u32 a)
{
    a = a * 2 + 1;
    return ((1u << 19) / a + 1) / 2;
}

static inline u32 rsqrt_estimate(u32 a)
{
    a = a < 256 ? a * 2 + 1 : ((a >> 1 << 1) + 1) * 2;
    u32 b = 512;
    while (a * (b + 1) * (b + 1) < 1u << 28) {
        b++;
    }
    return (b + 1) / 2;
}

/* --- IEEE arithmetic on integers: the A64 rules of the ARM ARM's shared/functions/float pseudocode
 * --- */

/* Formats are named by log2 of their bytes. */
enum { FP_H = 1, FP_S = 2, FP_D = 3 };
/* Exceptions, as MXCSR has them; IDC only when an input was flushed to zero. */
enum { FP_IOC = 1, FP_IDC = 2, FP_DZC = 4, FP_OFC = 8, FP_UFC = 16, FP_IXC = 32 };
enum { FP_AHP = 1 << 26, FP_DN = 1 << 25, FP_FZ = 1 << 24 };
#define FP_ROUND_ODD 6 /* beside enum ir_round */

struct fp_env {
    u32 fpcr;
    bool rv;  /* RISC-V: canonical NaNs (as with FPCR.DN), underflow after rounding, NaN converts to the
                 largest integer */
    u8 rm;    /* enum ir_round in force */
    u8 flags; /* raised so far */
};

/* Reads the rounding mode of the host. */
struct fp_env fp_begin(const struct ir_ref_ctx *ctx);
/* Raises what was raised in the host's FP status. */
void fp_end(const struct fp_env *env);

/* Flags raised in the host's FP status, as FPGET and FPSET number them. */
u32 fp_get_status(void);
void fp_set_status(u32 flags);

enum fp_class { FP_ZERO, FP_NUM, FP_INF, FP_QNAN, FP_SNAN };
struct fp_num {
    u8 cls;
    bool sign;
    int exp; /* FP_NUM: man * 2^exp, man not 0 */
    u64 man;
};

static inline unsigned fp_fbits(unsigned fmt)
{
    return fmt == FP_D ? 52 : fmt == FP_S ? 23 : 10;
}

static inline unsigned fp_ebits(unsigned fmt)
{
    return fmt == FP_D ? 11 : fmt == FP_S ? 8 : 5;
}

static inline u64 fp_sign_bit(unsigned fmt)
{
    return 1ull << ((8u << fmt) - 1);
}

static inline u64 fp_zero(unsigned fmt, bool sign)
{
    return sign ? fp_sign_bit(fmt) : 0;
}

static inline u64 fp_inf(unsigned fmt, bool sign)
{
    return fp_zero(fmt, sign) | MASK64(fp_ebits(fmt)) << fp_fbits(fmt);
}

static inline u64 fp_default_nan(unsigned fmt)
{
    return fp_inf(fmt, false) | 1ull << (fp_fbits(fmt) - 1);
}

/* Unpacks; subnormal inputs become zero under FPCR.FZ. */
struct fp_num fp_unpack(struct fp_env *env, unsigned fmt, u64 bits);
/* FPRound: (-1)^sign * (man + (sticky ? less than one : 0)) * 2^exp, man not 0. */
u64 fp_round(struct fp_env *env, unsigned fmt, bool sign, u128 man, int exp, bool sticky,
             unsigned rm);
/* Whether a magnitude is rounded up: ERR 0 exact, 1 below half, 2 half, 3 above half. */
bool fp_round_up(unsigned rm, bool sign, bool odd, unsigned err);
/* FPProcessNaN; and for one of two or three operands: true with *OUT set when one is a NaN. */
u64 fp_nan(struct fp_env *env, unsigned fmt, u64 bits, u8 cls);
bool fp_nans2(struct fp_env *env, unsigned fmt, u64 a, u64 b, u8 ca, u8 cb, u64 *out);
u64 fp_invalid(struct fp_env *env, unsigned fmt);
/* v1 * v2 + va for finite v1, v2, va (zero too), scaled by 2^scale. */
u64 fp_fma_finite(struct fp_env *env, unsigned fmt, struct fp_num va, struct fp_num v1,
                  struct fp_num v2, int scale);

u64 fp_add(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_sub(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_mul(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_mulx(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_div(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_sqrt(struct fp_env *env, unsigned fmt, u64 a);
u64 fp_fma(struct fp_env *env, unsigned fmt, u64 addend, u64 a, u64 b);
u64 fp_max(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_min(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_maxnm(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_minnm(struct fp_env *env, unsigned fmt, u64 a, u64 b);

/* FPCompare: packed flags. SIGNAL: a quiet NaN is invalid too. */
u32 fp_compare(struct fp_env *env, unsigned fmt, u64 a, u64 b, bool signal);
u64 fp_round_int(struct fp_env *env, unsigned fmt, u64 a, unsigned rm, bool exact);
u64 fp_round_int_n(struct fp_env *env, unsigned fmt, u64 a, unsigned rm, unsigned bits);
u64 fp_convert(struct fp_env *env, unsigned from, unsigned to, u64 a, unsigned rm);
u64 fp_to_fixed(struct fp_env *env, unsigned fmt, u64 a, unsigned fbits, bool is_unsigned,
                unsigned bits, unsigned rm);
u64 fp_from_fixed(struct fp_env *env, unsigned fmt, u64 a, unsigned fbits, bool is_unsigned,
                  unsigned bits);
u32 fp_to_js(struct fp_env *env, u64 a);

u64 fp_recpe(struct fp_env *env, unsigned fmt, u64 a);
u64 fp_rsqrte(struct fp_env *env, unsigned fmt, u64 a);
u64 fp_recps(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_rsqrts(struct fp_env *env, unsigned fmt, u64 a, u64 b);
u64 fp_recpx(struct fp_env *env, unsigned fmt, u64 a);

/* --- text --- */

static const char *const ir_cc_names[] = {"eq",  "ne",  "ult", "uge", "ule", "ugt", "slt",
                                          "sge", "sle", "sgt", "mi",  "pl",  "vs",  "vc"};
static const char *const ir_fcc_names[] = {"eq",  "ne", "lt",  "uge", "le", "ugt", "gt",
                                           "ule", "ge", "ult", "un",  "or", "ueq", "one"};
static const char *const ir_pcond_names[] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs",
                                             "vc", "hi", "ls", "ge", "lt", "gt", "le"};
static const char *const ir_flags_names[] = {"add", "sub", "logic", "value"};

/* The table that names the aux of OP, or NULL; *N entries. */
static inline const char *const *ir_aux_names(unsigned op, unsigned *n)
{
    switch (op) {
    case IR_CMP:
    case IR_CMN:
    case IR_TST:
        *n = ARRAY_LEN(ir_cc_names);
        return ir_cc_names;
    case IR_FCMP:
        *n = ARRAY_LEN(ir_fcc_names);
        return ir_fcc_names;
    case IR_PCOND:
        *n = ARRAY_LEN(ir_pcond_names);
        return ir_pcond_names;
    case IR_FLAGS:
        *n = ARRAY_LEN(ir_flags_names);
        return ir_flags_names;
    default:
        *n = 0;
        return NULL;
    }
}

/* True when operand I of OP is a plain number (a guest pc offset) and not a value. */
static inline bool ir_raw_operand(unsigned op, unsigned i)
{
    return i == 0 && (op == IR_INSN || op == IR_BLOCK || op == IR_CALL);
}

#endif
