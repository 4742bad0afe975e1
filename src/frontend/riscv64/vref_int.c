/* Integer arithmetic of the vector reference functions (chapters 11, and Zvbb, Zvbc). */
#include "frontend/riscv64/vref.h"

static u64 divide(u64 a, u64 b, unsigned w, bool is_signed, bool remainder)
{
    s64 sa = sext64(a, w), sb = sext64(b, w);
    if (b == 0) {
        return remainder ? a : ~0ull;
    }
    if (!is_signed) {
        return remainder ? a % b : a / b;
    }
    if (sb == -1) { /* the most negative number too */
        return remainder ? 0 : 0 - a;
    }
    return (u64)(remainder ? sa % sb : sa / sb);
}

static u128 clmul(u64 a, u64 b)
{
    u128 r = 0;
    for (unsigned i = 0; i < 64; i++) {
        r ^= b >> i & 1 ? (u128)a << i : 0;
    }
    return r;
}

static u64 ror(u64 a, unsigned by, unsigned w)
{
    by &= w - 1;
    return by ? a >> by | a << (w - by) : a;
}

/* The immediates of shifts are unsigned; that of vror has a sixth bit. */
static u64 shift_operand(const struct vref *v, u64 b)
{
    if (v->op == RV64_OP_VROR_VI) {
        return v->vs1 | (v->insn >> 26 & 1) << 5;
    }
    return v->form == V_OPIVI ? v->vs1 : b;
}

static u64 logic_elem(const struct vref *v, u64 a, u64 b, unsigned w)
{
    unsigned by = (unsigned)shift_operand(v, b) & (w - 1);
    switch (v->op) {
    CASE_V_X_I(VAND):
        return a & b;
    CASE_V_X_I(VOR):
        return a | b;
    CASE_V_X_I(VXOR):
        return a ^ b;
    CASE_V_X(VANDN):
        return a & ~b;
    CASE_V_X_I(VSLL):
        return a << by;
    CASE_V_X_I(VSRL):
        return a >> by;
    CASE_V_X_I(VSRA):
        return (u64)(sext64(a, w) >> by);
    CASE_V_X_I(VROR):
        return ror(a, by, w);
    CASE_V_X(VROL):
        return ror(a, w - by, w);
    CASE_V_X(VCLMUL):
        return (u64)clmul(a, b);
    CASE_V_X(VCLMULH):
        return (u64)(clmul(a, b) >> 64);
    default:
        return v_fixed_elem(v, a, b);
    }
}

static u64 mul_elem(const struct vref *v, u64 a, u64 b, u64 d, unsigned w)
{
    s64 sa = sext64(a, w), sb = sext64(b, w);
    switch (v->op) {
    CASE_V_X(VDIVU):
        return divide(a, b, w, false, false);
    CASE_V_X(VDIV):
        return divide(a, b, w, true, false);
    CASE_V_X(VREMU):
        return divide(a, b, w, false, true);
    CASE_V_X(VREM):
        return divide(a, b, w, true, true);
    CASE_V_X(VMUL):
        return a * b;
    CASE_V_X(VMULHU):
        return (u64)((u128)a * b >> w);
    CASE_V_X(VMULH):
        return (u64)((s128)sa * sb >> w);
    CASE_V_X(VMULHSU):
        return (u64)((s128)sa * (s128)(u128)b >> w);
    CASE_V_X(VMADD):
        return b * d + a;
    CASE_V_X(VNMSUB):
        return a - b * d;
    CASE_V_X(VMACC):
        return d + a * b;
    CASE_V_X(VNMSAC):
        return d - a * b;
    default:
        return logic_elem(v, a, b, w);
    }
}

u64 v_int_elem(const struct vref *v, u64 a, u64 b, u64 d, unsigned w)
{
    s64 sa = sext64(a, w), sb = sext64(b, w);
    switch (v->op) {
    CASE_V_X_I(VADD):
        return a + b;
    CASE_V_X(VSUB):
        return a - b;
    CASE_X_I(VRSUB):
        return b - a;
    CASE_V_X(VMINU):
        return MIN(a, b);
    CASE_V_X(VMAXU):
        return MAX(a, b);
    CASE_V_X(VMIN):
        return (u64)MIN(sa, sb);
    CASE_V_X(VMAX):
        return (u64)MAX(sa, sb);
    default:
        return mul_elem(v, a, b, d, w);
    }
}

u64 v_wide_elem(const struct vref *v, u64 a, u64 b, u64 d, unsigned w)
{
    u64 sa = (u64)sext64(a, w), sb = (u64)sext64(b, w);
    switch (v->op) {
    CASE_V_X(VWADDU): CASE_W(VWADDU):
        return a + b;
    CASE_V_X(VWSUBU): CASE_W(VWSUBU):
        return a - b;
    CASE_V_X(VWADD):
        return sa + sb;
    CASE_W(VWADD):
        return a + sb;
    CASE_V_X(VWSUB):
        return sa - sb;
    CASE_W(VWSUB):
        return a - sb;
    CASE_V_X(VWMULU):
        return a * b;
    CASE_V_X(VWMULSU):
        return sa * b;
    CASE_V_X(VWMUL):
        return sa * sb;
    CASE_V_X(VWMACCU):
        return d + a * b;
    CASE_V_X(VWMACC):
        return d + sa * sb;
    CASE_V_X(VWMACCSU): /* signed vs1 or rs1, unsigned vs2 */
        return d + a * sb;
    CASE_VX(VWMACCUS):
        return d + sa * b;
    default: /* VWSLL */
        return a << (shift_operand(v, b) & (2 * w - 1));
    }
}

bool v_compare_elem(const struct vref *v, u64 a, u64 b, unsigned w)
{
    s64 sa = sext64(a, w), sb = sext64(b, w);
    switch (v->op) {
    CASE_V_X_I(VMSEQ):
        return a == b;
    CASE_V_X_I(VMSNE):
        return a != b;
    CASE_V_X(VMSLTU):
        return a < b;
    CASE_V_X(VMSLT):
        return sa < sb;
    CASE_V_X_I(VMSLEU):
        return a <= b;
    CASE_V_X_I(VMSLE):
        return sa <= sb;
    CASE_X_I(VMSGTU):
        return a > b;
    default: /* VMSGT */
        return sa > sb;
    }
}

static u64 reverse(u64 a, unsigned w)
{
    u64 r = 0;
    for (unsigned i = 0; i < w; i++) {
        r |= (a >> i & 1) << (w - 1 - i);
    }
    return r;
}

static u64 reverse_in_bytes(u64 a, unsigned w)
{
    u64 r = 0;
    for (unsigned i = 0; i < w; i += 8) {
        r |= reverse(a >> i & 0xff, 8) << i;
    }
    return r;
}

u64 v_bits_elem(const struct vref *v, u64 a, unsigned w)
{
    switch (v->op) {
    case RV64_OP_VBREV8_V:
        return reverse_in_bytes(a, w);
    case RV64_OP_VREV8_V:
        return __builtin_bswap64(a) >> (64 - w);
    case RV64_OP_VBREV_V:
        return reverse(a, w);
    case RV64_OP_VCLZ_V:
        return a ? (unsigned)__builtin_clzll(a) - (64 - w) : w;
    case RV64_OP_VCTZ_V:
        return a ? (unsigned)__builtin_ctzll(a) : w;
    default: /* VCPOP */
        return (unsigned)__builtin_popcountll(a);
    }
}
