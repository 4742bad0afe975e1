/* What the Advanced SIMD lifters share. */
#ifndef FRONTEND_AARCH64_SIMD_H
#define FRONTEND_AARCH64_SIMD_H

#include "frontend/aarch64/a64_decode.h"
#include "frontend/aarch64/priv.h"

/* Vector ops with one to three operands. */
#define V1(op, aux, a) ir_op1(l->b, op, IR_V128, (u16)(aux), a)
#define V2(op, aux, a, x) ir_op2(l->b, op, IR_V128, (u16)(aux), a, x)
#define V3(op, aux, a, x, c) ir_op3(l->b, op, IR_V128, (u16)(aux), a, x, c)

/* Reads of the operands named by a lifter's A. */
#define VD a64_read_v(l, (unsigned)a->rd)
#define VN a64_read_v(l, (unsigned)a->rn)
#define VM a64_read_v(l, (unsigned)a->rm)

/* aux of a vector FP op: lane size, and the 8-byte form unless Q. */
#define FP_AUX(type, q) ((2u + (unsigned)(type)) | ((q) ? 0u : 4u))

#define F_TYPE(type) ((type) ? IR_F64 : IR_F32)

/* Every lane of SIZE holds V. */
static inline ir_ref simd_kdup(struct a64_lift *l, unsigned size, u64 v)
{
    static const u64 ones[4] = {0x0101010101010101ull, 0x0001000100010001ull, 0x0000000100000001ull,
                                1};
    u64 lane = (v & MASK64(8u << size)) * ones[size];
    return ir_kv(l->b, lane, lane);
}

/* FPSR.QC, from V's lanes in use: all, or the low half unless Q. */
static inline void simd_qc(struct a64_lift *l, unsigned q, ir_ref v)
{
    a64_or_qc(l, q ? v : V1(IR_VZLO, 0, v));
}

/* All ones in lanes of SIZE where both X and Y are the smallest number: where a doubling product
 * saturates. */
static inline ir_ref simd_both_min(struct a64_lift *l, unsigned size, ir_ref x, ir_ref y)
{
    ir_ref min = simd_kdup(l, size, 1ull << ((8u << size) - 1));
    return V2(IR_VAND, 0, V2(IR_VCMPEQ, size, x, min), V2(IR_VCMPEQ, size, y, min));
}

/* The half of V a long or wide form reads: the upper if Q. */
static inline ir_ref simd_half(struct a64_lift *l, unsigned q, ir_ref v)
{
    return q ? V1(IR_VHI, 0, v) : v;
}

/* Writes the 8 bytes of V to the half of RD a narrow form writes. */
static inline void simd_write_narrow(struct a64_lift *l, unsigned q, unsigned rd, ir_ref v)
{
    a64_write_v(l, rd, q ? V2(IR_VCAT, 0, a64_read_v(l, rd), v) : V1(IR_VZLO, 0, v));
}

/* Lane 0 of SIZE, the rest zero. */
static inline ir_ref simd_lane0(struct a64_lift *l, unsigned size, ir_ref v)
{
    return size == 3 ? V1(IR_VZLO, 0, v) : V2(IR_VAND, 0, v, ir_kv(l->b, MASK64(8u << size), 0));
}

/* Lane INDEX as a value of floating-point type T. */
static inline ir_ref simd_lane_f(struct a64_lift *l, enum ir_type t, unsigned index, ir_ref v)
{
    unsigned size = t == IR_F64 ? 3 : 2;
    return ir_op1(l->b, IR_V2F, t, 0, index ? V1(IR_VDUPL, size | index << 4, v) : v);
}

/* Narrows N's lanes to SIZE by OP (VSQXTN, VUQXTN, VSQXTUN); QC set where the value did not fit. */
ir_ref simd_narrow_sat(struct a64_lift *l, unsigned size, enum ir_op op, ir_ref n);

/* N shifted by M by SHL (VSSHL, VSRSHL, VUSHL, VURSHL), saturated; QC set. */
ir_ref simd_shift_sat(struct a64_lift *l, unsigned q, unsigned size, enum ir_op shl, bool is_unsigned, ir_ref n,
                      ir_ref m);
/* SQRDMLAH, and SQRDMLSH if MINUS: D and the rounded high half of the doubled product; QC set. Sizes 1 and 2. */
ir_ref simd_rdm(struct a64_lift *l, unsigned q, unsigned size, bool minus, ir_ref d, ir_ref n, ir_ref m);

/* Conversion with FRAC fraction bits (0..64) to integers of the same size, rounding as ROUND, and
 * from them; type 0 single, 1 double. The _s forms read and write lane 0 of registers, and return
 * true. */
ir_ref simd_to_int(struct a64_lift *l, unsigned type, unsigned q, unsigned round, unsigned unsign,
                   unsigned frac, ir_ref n);
ir_ref simd_from_int(struct a64_lift *l, unsigned type, unsigned q, unsigned unsign, unsigned frac,
                     ir_ref n);
bool simd_to_int_s(struct a64_lift *l, unsigned type, unsigned rd, unsigned rn, unsigned round,
                   unsigned unsign, unsigned frac);
bool simd_from_int_s(struct a64_lift *l, unsigned type, unsigned rd, unsigned rn, unsigned unsign,
                     unsigned frac);

/* X OP Y of scalars by the vector op: one of those that have no scalar form. */
ir_ref simd_as_vector(struct a64_lift *l, enum ir_op op, enum ir_type t, ir_ref x, ir_ref y);

/* Lane 0 of RD = all ones if X CC Y (enum ir_fcc), else zero; the rest zero. Returns true. */
bool simd_fcmp_s(struct a64_lift *l, enum ir_type t, unsigned rd, unsigned cc, ir_ref x, ir_ref y);

/* Signed saturating doubling products of the low lanes, and their accumulation to D; QC set. */
ir_ref simd_sqdmull(struct a64_lift *l, unsigned size, ir_ref n, ir_ref m);
ir_ref simd_sqdml(struct a64_lift *l, unsigned size, bool subtract, ir_ref d, ir_ref n, ir_ref m);

#endif
