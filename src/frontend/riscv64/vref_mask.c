/* Mask instructions and integer reductions of the vector reference functions (chapters 14, 15). */
#include "frontend/riscv64/vref.h"

static bool mask_logic(enum rv64_op op, bool a, bool b)
{
    switch (op) {
    case RV64_OP_VMAND_MM:
        return a && b;
    case RV64_OP_VMNAND_MM:
        return !(a && b);
    case RV64_OP_VMANDN_MM:
        return a && !b;
    case RV64_OP_VMXOR_MM:
        return a != b;
    case RV64_OP_VMOR_MM:
        return a || b;
    case RV64_OP_VMNOR_MM:
        return !(a || b);
    case RV64_OP_VMORN_MM:
        return a || !b;
    default: /* VMXNOR */
        return a == b;
    }
}

static void set_first(const struct vref *v)
{
    bool seen = false;
    for (u32 i = 0; i < v->vl; i++) {
        if (!v_active(v, i)) {
            continue;
        }
        bool bit = v_bit(v, v->vs2, i), first = bit && !seen;
        bool out = v->op == RV64_OP_VMSBF_M ? !seen && !bit : v->op == RV64_OP_VMSIF_M ? !seen : first;
        seen |= bit;
        v_put_bit(v, v->vd, i, out);
    }
}

static void iota(const struct vref *v)
{
    u64 sum = 0;
    for (u32 i = 0; i < v->vl; i++) {
        if (v_active(v, i)) {
            bool bit = v_bit(v, v->vs2, i);
            v_put(v, v->vd, v->sew, i, sum);
            sum += bit;
        }
    }
}

static u64 count(const struct vref *v)
{
    u64 n = 0;
    for (u32 i = 0; i < v->vl; i++) {
        if (v_active(v, i) && v_bit(v, v->vs2, i)) {
            if (v->op == RV64_OP_VFIRST_M) {
                return i;
            }
            n++;
        }
    }
    return v->op == RV64_OP_VFIRST_M ? ~0ull : n;
}

u64 v_mask(struct vref *v)
{
    switch (v->shape) {
    case V_COUNT:
        return count(v);
    case V_SETFIRST:
        set_first(v);
        break;
    case V_IOTA:
        iota(v);
        break;
    case V_ID:
        V_FOR (v, i) {
            v_put(v, v->vd, v->sew, i, i);
        }
        break;
    default:
        for (u32 i = v->vstart; i < v->vl; i++) {
            v_put_bit(v, v->vd, i, mask_logic(v->op, v_bit(v, v->vs2, i), v_bit(v, v->vs1, i)));
        }
        break;
    }
    return 0;
}

static u64 reduce(enum rv64_op op, u64 a, u64 b, unsigned w)
{
    s64 sa = sext64(a, w), sb = sext64(b, w);
    switch (op) {
    case RV64_OP_VREDAND_VS:
        return a & b;
    case RV64_OP_VREDOR_VS:
        return a | b;
    case RV64_OP_VREDXOR_VS:
        return a ^ b;
    case RV64_OP_VREDMINU_VS:
        return MIN(a, b);
    case RV64_OP_VREDMAXU_VS:
        return MAX(a, b);
    case RV64_OP_VREDMIN_VS:
        return (u64)MIN(sa, sb);
    case RV64_OP_VREDMAX_VS:
        return (u64)MAX(sa, sb);
    default: /* sums */
        return a + b;
    }
}

void v_reduce(struct vref *v)
{
    unsigned to = v->sew + (v->shape == V_WRED);
    if (v->vl == 0) {
        return;
    }
    u64 sum = v_get(v, v->vs1, to, 0);
    V_FOR (v, i) {
        u64 e = v_get(v, v->vs2, v->sew, i);
        e = v->op == RV64_OP_VWREDSUM_VS ? v_zx((u64)v_sx(e, v->sew), to) : e;
        sum = v_zx(reduce(v->op, sum, e, 8u << to), to);
    }
    v_put(v, v->vd, to, 0, sum);
}
