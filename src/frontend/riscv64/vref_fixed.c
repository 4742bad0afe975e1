/* Fixed-point arithmetic and narrowing shifts of the vector reference functions (chapters 11.7, 12). */
#include "frontend/riscv64/vref.h"

/* X >> BY with the rounding of vxrm: nearest up, nearest even, down, odd (chapter 3.8). */
static s128 round_shift(const struct vref *v, s128 x, unsigned by)
{
    if (by == 0) {
        return x;
    }
    s128 q = x >> by;
    bool half = x >> (by - 1) & 1, rest = (x & (((s128)1 << (by - 1)) - 1)) != 0, odd = q & 1;
    switch (v->r->vxrm) {
    case 0:
        return q + half;
    case 1:
        return q + (half && (rest || odd));
    case 2:
        return q;
    default:
        return q | (half || rest);
    }
}

/* X limited to W bits; vxsat is set when it did not fit. */
static u64 saturate(const struct vref *v, s128 x, unsigned w, bool is_signed)
{
    s128 max = ((s128)1 << (w - is_signed)) - 1, min = is_signed ? -max - 1 : 0;
    if (x > max || x < min) {
        v->r->vxsat = 1;
    }
    return (u64)(x > max ? max : x < min ? min : x);
}

static unsigned amount(const struct vref *v, u64 b, unsigned w)
{
    return (unsigned)(v->form == V_OPIVI ? v->vs1 : b) & (w - 1);
}

u64 v_fixed_elem(const struct vref *v, u64 a, u64 b)
{
    unsigned w = v_width(v);
    s128 sa = sext64(a, w), sb = sext64(b, w), ua = (s128)(u128)a, ub = (s128)(u128)b;
    switch (v->op) {
    CASE_V_X_I(VSADDU):
        return saturate(v, ua + ub, w, false);
    CASE_V_X_I(VSADD):
        return saturate(v, sa + sb, w, true);
    CASE_V_X(VSSUBU):
        return saturate(v, ua - ub, w, false);
    CASE_V_X(VSSUB):
        return saturate(v, sa - sb, w, true);
    CASE_V_X(VAADDU):
        return (u64)round_shift(v, ua + ub, 1);
    CASE_V_X(VAADD):
        return (u64)round_shift(v, sa + sb, 1);
    CASE_V_X(VASUBU):
        return (u64)round_shift(v, ua - ub, 1);
    CASE_V_X(VASUB):
        return (u64)round_shift(v, sa - sb, 1);
    CASE_V_X(VSMUL):
        return saturate(v, round_shift(v, sa * sb, w - 1), w, true);
    CASE_V_X_I(VSSRL):
        return (u64)round_shift(v, ua, amount(v, b, w));
    default: /* VSSRA */
        return (u64)round_shift(v, sa, amount(v, b, w));
    }
}

u64 v_narrow_elem(const struct vref *v, u64 a, u64 b)
{
    unsigned w = v_width(v), by = amount(v, b, 2 * w);
    s128 sa = sext64(a, 2 * w), ua = (s128)(u128)a;
    switch (v->op) {
    CASE_W_I(VNSRL):
        return a >> by;
    CASE_W_I(VNSRA):
        return (u64)(sa >> by);
    CASE_W_I(VNCLIPU):
        return saturate(v, round_shift(v, ua, by), w, false);
    default: /* VNCLIP */
        return saturate(v, round_shift(v, sa, by), w, true);
    }
}
