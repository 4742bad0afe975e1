/* Moves and permutations of the vector reference functions (chapter 16). */
#include "frontend/riscv64/vref.h"

static void slide_up(const struct vref *v)
{
    u64 by = v->form == V_OPIVI ? v->vs1 : v->x;
    for (u64 i = MAX((u64)v->vstart, by); i < v->vl; i++) {
        if (v_active(v, (u32)i)) {
            v_put(v, v->vd, v->sew, (u32)i, v_get(v, v->vs2, v->sew, (u32)(i - by)));
        }
    }
}

static void slide_down(const struct vref *v)
{
    u64 by = v->form == V_OPIVI ? v->vs1 : v->x;
    V_FOR (v, i) {
        bool in = by < v->vlmax && i + by < v->vlmax;
        v_put(v, v->vd, v->sew, i, in ? v_get(v, v->vs2, v->sew, (u32)(i + by)) : 0);
    }
}

static void slide1(const struct vref *v, bool up)
{
    V_FOR (v, i) {
        bool scalar = up ? i == 0 : i == v->vl - 1;
        u64 e = scalar ? v_scalar(v) : v_get(v, v->vs2, v->sew, up ? i - 1 : i + 1);
        v_put(v, v->vd, v->sew, i, e);
    }
}

static void gather(const struct vref *v)
{
    unsigned isize = v->shape == V_GATHER16 ? 1 : v->sew;
    V_FOR (v, i) {
        u64 at = v->form == V_OPIVI ? v->vs1 : v->form == V_OPIVX ? v->x : v_get(v, v->vs1, isize, i);
        v_put(v, v->vd, v->sew, i, at < v->vlmax ? v_get(v, v->vs2, v->sew, (u32)at) : 0);
    }
}

static void compress(const struct vref *v)
{
    u32 n = 0;
    for (u32 i = 0; i < v->vl; i++) {
        if (v_bit(v, v->vs1, i)) {
            v_put(v, v->vd, v->sew, n++, v_get(v, v->vs2, v->sew, i));
        }
    }
}

static void copy_registers(const struct vref *v)
{
    unsigned n = (v->vs1 & 7) + 1;
    u32 from = v->vstart << v->sew;
    if (from < n * V_VLENB) {
        __builtin_memmove((u8 *)&v->r->v[v->vd] + from, (u8 *)&v->r->v[v->vs2] + from, n * V_VLENB - from);
    }
}

u64 v_permute(struct vref *v)
{
    switch (v->op) {
    case RV64_OP_VSLIDE1UP_VX:
    case RV64_OP_VFSLIDE1UP_VF:
        slide1(v, true);
        return 0;
    case RV64_OP_VSLIDE1DOWN_VX:
    case RV64_OP_VFSLIDE1DOWN_VF:
        slide1(v, false);
        return 0;
    case RV64_OP_VMV_X_S:
        return (u64)v_sx(v_get(v, v->vs2, v->sew, 0), v->sew);
    case RV64_OP_VFMV_F_S:
        return v_get(v, v->vs2, v->sew, 0) | ~MASK64(v_width(v));
    default:
        break;
    }
    switch (v->shape) {
    case V_PUT:
        if (v->vstart < v->vl) {
            v_put(v, v->vd, v->sew, 0, v_scalar(v));
        }
        break;
    case V_SLIDEUP:
        slide_up(v);
        break;
    case V_SLIDEDOWN:
        slide_down(v);
        break;
    case V_GATHER:
    case V_GATHER16:
        gather(v);
        break;
    case V_COMPRESS:
        compress(v);
        break;
    default:
        copy_registers(v);
        break;
    }
    return 0;
}
