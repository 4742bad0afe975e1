/* Reference semantics of vectors of floats: aux & 3 is the lane size, bit 2 says 8-byte form. */
#include "ir/priv.h"

static inline unsigned lanes(u32 aux)
{
    return (aux & 4 ? 8u : 16u) >> (aux & 3);
}

/* EXPR over the lanes x, y, z of A, B, C. */
#define VFP(name, expr)                                                                            \
    REF(name)                                                                                      \
    {                                                                                              \
        struct fp_env env = fp_begin(ctx);                                                         \
        v128 out = {0};                                                                            \
        unsigned fmt = aux & 3, bits UNUSED = 8u << fmt;                                           \
        for (unsigned i = 0; i < lanes(aux); i++) {                                                \
            u64 x UNUSED = lane(&a->v, fmt, i), y UNUSED = lane(&b->v, fmt, i),                    \
                  z UNUSED = lane(&c->v, fmt, i);                                                  \
            set_lane(&out, fmt, i, expr);                                                          \
        }                                                                                          \
        r->v = out;                                                                                \
        fp_end(&env);                                                                              \
    }

#define MASK_IF(cond) ((cond) ? ~0ull : 0)
#define ABS(v) ((v) & ~fp_sign_bit(fmt))

static bool is_ge(u32 flags)
{
    return !(flags & (IR_NZCV_N | IR_NZCV_V));
}

static bool is_gt(u32 flags)
{
    return !(flags & (IR_NZCV_N | IR_NZCV_V | IR_NZCV_Z));
}

VFP(VFADD, fp_add(&env, fmt, x, y))
VFP(VFSUB, fp_sub(&env, fmt, x, y))
VFP(VFMUL, fp_mul(&env, fmt, x, y))
VFP(VFMULX, fp_mulx(&env, fmt, x, y))
VFP(VFDIV, fp_div(&env, fmt, x, y))
VFP(VFSQRT, fp_sqrt(&env, fmt, x))
VFP(VFMA, fp_fma(&env, fmt, z, x ^ fp_zero(fmt, aux & 8), y))
VFP(VFABS, ABS(x))
VFP(VFNEG, x ^ fp_sign_bit(fmt))
VFP(VFMIN, fp_min(&env, fmt, x, y))
VFP(VFMAX, fp_max(&env, fmt, x, y))
VFP(VFMINNM, fp_minnm(&env, fmt, x, y))
VFP(VFMAXNM, fp_maxnm(&env, fmt, x, y))
VFP(VFCMEQ, MASK_IF(fp_compare(&env, fmt, x, y, false) & IR_NZCV_Z))
VFP(VFCMGE, MASK_IF(is_ge(fp_compare(&env, fmt, x, y, true))))
VFP(VFCMGT, MASK_IF(is_gt(fp_compare(&env, fmt, x, y, true))))
VFP(VFACGE, MASK_IF(is_ge(fp_compare(&env, fmt, ABS(x), ABS(y), true))))
VFP(VFACGT, MASK_IF(is_gt(fp_compare(&env, fmt, ABS(x), ABS(y), true))))
VFP(VFRINT, fp_round_int(&env, fmt, x, aux >> 4 & 7, aux >> 4 & IR_ROUND_EXACT))
VFP(VFRINTTS, fp_round_int_n(&env, fmt, x, aux >> 4 & 7, aux >> 4 & 16 ? 64 : 32))
VFP(VF2I, fp_to_fixed(&env, fmt, x, aux &BIT(9) ? 64 : aux >> 10, aux &BIT(8), bits, aux >> 4 & 7))
VFP(VI2F, fp_from_fixed(&env, fmt, x, aux &BIT(5) ? 64 : aux >> 10, aux &BIT(4), bits))
VFP(VFRECPE, fp_recpe(&env, fmt, x))
VFP(VFRSQRTE, fp_rsqrte(&env, fmt, x))
VFP(VFRECPS, fp_recps(&env, fmt, x, y))
VFP(VFRSQRTS, fp_rsqrts(&env, fmt, x, y))

/* Adjacent pairs of A, then of B. */
#define VFP_PAIR(name, fn)                                                                         \
    REF(name)                                                                                      \
    {                                                                                              \
        struct fp_env env = fp_begin(ctx);                                                         \
        v128 out = {0};                                                                            \
        unsigned fmt = aux & 3, n = lanes(aux);                                                    \
        for (unsigned i = 0; i < n; i++) {                                                         \
            const v128 *v = 2 * i < n ? &a->v : &b->v;                                             \
            unsigned j = 2 * i < n ? 2 * i : 2 * i - n;                                            \
            set_lane(&out, fmt, i, fn(&env, fmt, lane(v, fmt, j), lane(v, fmt, j + 1)));           \
        }                                                                                          \
        r->v = out;                                                                                \
        fp_end(&env);                                                                              \
    }

VFP_PAIR(VFADDP, fp_add)
VFP_PAIR(VFMINP, fp_min)
VFP_PAIR(VFMAXP, fp_max)
VFP_PAIR(VFMINNMP, fp_minnm)
VFP_PAIR(VFMAXNMP, fp_maxnm)

REF(VFCVTL)
{
    struct fp_env env = fp_begin(ctx);
    v128 out;
    unsigned from = aux & 3;
    for (unsigned i = 0; i < 8u >> from; i++) {
        set_lane(&out, from + 1, i, fp_convert(&env, from, from + 1, lane(&a->v, from, i), env.rm));
    }
    r->v = out;
    fp_end(&env);
}

REF(VFCVTN)
{
    struct fp_env env = fp_begin(ctx);
    v128 out = {0};
    unsigned to = aux & 3, rm = aux & 8 ? FP_ROUND_ODD : env.rm;
    for (unsigned i = 0; i < 8u >> to; i++) {
        set_lane(&out, to, i, fp_convert(&env, to + 1, to, lane(&a->v, to + 1, i), rm));
    }
    r->v = out;
    fp_end(&env);
}

REF(VFCADD)
{
    struct fp_env env = fp_begin(ctx);
    v128 out = {0};
    unsigned fmt = aux & 3;
    bool rot270 = aux & 16;
    for (unsigned i = 0; i < lanes(aux); i += 2) {
        u64 im = lane(&b->v, fmt, i + 1) ^ fp_zero(fmt, !rot270);
        u64 re = lane(&b->v, fmt, i) ^ fp_zero(fmt, rot270);
        set_lane(&out, fmt, i, fp_add(&env, fmt, lane(&a->v, fmt, i), im));
        set_lane(&out, fmt, i + 1, fp_add(&env, fmt, lane(&a->v, fmt, i + 1), re));
    }
    r->v = out;
    fp_end(&env);
}

REF(VFCMLA)
{
    struct fp_env env = fp_begin(ctx);
    v128 out = {0};
    unsigned fmt = aux & 3, rot = aux >> 4 & 3, odd = rot & 1;
    for (unsigned i = 0; i < lanes(aux); i += 2) {
        /* the part of b that multiplies, and c's parts with the signs of the rotation */
        u64 m = lane(&b->v, fmt, i + odd);
        u64 p = lane(&c->v, fmt, i + odd) ^ fp_zero(fmt, rot == 1 || rot == 2);
        u64 q = lane(&c->v, fmt, i + 1 - odd) ^ fp_zero(fmt, rot >= 2);
        set_lane(&out, fmt, i, fp_fma(&env, fmt, lane(&a->v, fmt, i), m, p));
        set_lane(&out, fmt, i + 1, fp_fma(&env, fmt, lane(&a->v, fmt, i + 1), m, q));
    }
    r->v = out;
    fp_end(&env);
}
