/* Saturating shifts by a register and multiply-accumulates: by ops that wrap, and where those went wrong. */
#include "frontend/aarch64/simd.h"

static ir_ref smallest(struct a64_lift *l, unsigned size)
{
    return simd_kdup(l, size, 1ull << ((8u << size) - 1));
}

/* A shift to the left saturates where shifting back does not give what was; one to the right never does. */
ir_ref simd_shift_sat(struct a64_lift *l, unsigned q, unsigned size, enum ir_op shl, bool is_unsigned, ir_ref n,
                      ir_ref m)
{
    unsigned w = 8u << size;
    ir_ref v = V2(shl, size, n, m), zero = ir_kv(l->b, 0, 0);
    ir_ref back = V2(is_unsigned ? IR_VUSHL : IR_VSSHL, size, v, V1(IR_VNEG, size, m));
    ir_ref amount = size ? V1(IR_VSHLI, size | (w - 8) << 4, m) : m; /* its low byte counts */
    ir_ref fits = V2(IR_VOR, 0, V2(IR_VCMPEQ, size, back, n), V2(IR_VCMPGT, size, zero, amount));
    ir_ref limit = simd_kdup(l, size, is_unsigned ? ~0ull : MASK64(w - 1));
    if (!is_unsigned) {
        limit = V2(IR_VXOR, 0, V1(IR_VSARI, size | (w - 1) << 4, n), limit);
    }
    simd_qc(l, q, V1(IR_VNOT, 0, fits));
    return V3(IR_VBSL, 0, fits, v, limit);
}

/* VSQRDMULH rounds as this does, and saturates for one product only, of twice the smallest number. With N the smallest,
 * the product is -M exactly. */
ir_ref simd_rdm(struct a64_lift *l, unsigned q, unsigned size, bool minus, ir_ref d, ir_ref n, ir_ref m)
{
    ir_ref exact = V2(IR_VCMPEQ, size, n, smallest(l, size));
    ir_ref p = V2(IR_VSQRDMULH, size, minus ? V1(IR_VNEG, size, n) : n, m), v, wrapped;
    if (minus) {
        p = V3(IR_VBSL, 0, exact, m, p);
        v = V2(IR_VSQADD, size, d, p);
        wrapped = V2(IR_VADD, size, d, p);
    } else {
        v = V3(IR_VBSL, 0, exact, V2(IR_VSQSUB, size, d, m), V2(IR_VSQADD, size, d, p));
        wrapped = V3(IR_VBSL, 0, exact, V2(IR_VSUB, size, d, m), V2(IR_VADD, size, d, p));
    }
    simd_qc(l, q, V2(IR_VXOR, 0, v, wrapped));
    return v;
}
