/* Executes one vector instruction on the state: the loops over the elements of each shape. */
#include <signal.h>

#include "frontend/riscv64/vref.h"
#include "mem/mem.h"

static u64 unbox(u64 bits, unsigned size)
{
    static const u64 nan[4] = {0, 0x7e00, 0x7fc00000, 0x7ff8000000000000ull};
    bool boxed = size == 3 || bits >> (8u << size) == MASK64(64 - (8u << size));
    return boxed ? v_zx(bits, size) : nan[size];
}

u64 v_scalar(const struct vref *v)
{
    switch (v->form) {
    case V_OPIVI:
        return (u64)sext64(v->vs1, 5);
    case V_OPFVF:
        return unbox(v->x, v->sew);
    default:
        return v->x;
    }
}

static void arith(const struct vref *v)
{
    V_FOR (v, i) {
        u64 a = v_get(v, v->vs2, v->sew, i), d = v_get(v, v->vd, v->sew, i);
        v_put(v, v->vd, v->sew, i, v_int_elem(v, a, v_op1(v, i), d, v_width(v)));
    }
}

static void unary(const struct vref *v)
{
    V_FOR (v, i) {
        v_put(v, v->vd, v->sew, i, v_bits_elem(v, v_get(v, v->vs2, v->sew, i), v_width(v)));
    }
}

static void widen(const struct vref *v, bool wide2)
{
    V_FOR (v, i) {
        u64 a = v_get(v, v->vs2, v->sew + wide2, i), d = v_get(v, v->vd, v->sew + 1, i);
        v_put(v, v->vd, v->sew + 1, i, v_wide_elem(v, a, v_op1(v, i), d, v_width(v)));
    }
}

static void narrow(const struct vref *v)
{
    V_FOR (v, i) {
        v_put(v, v->vd, v->sew, i, v_narrow_elem(v, v_get(v, v->vs2, v->sew + 1, i), v_op1(v, i)));
    }
}

static void extend(const struct vref *v)
{
    unsigned from = v->sew - (4 - (v->vs1 >> 1 & 3));
    bool is_signed = v->vs1 & 1;
    /* downwards: the source may be the upper part of the destination, upwards overlap is legal too */
    V_FOR (v, i) {
        u64 a = v_get(v, v->vs2, from, i);
        v_put(v, v->vd, v->sew, i, is_signed ? (u64)v_sx(a, from) : a);
    }
}

static void compare(const struct vref *v)
{
    V_FOR (v, i) {
        v_put_bit(v, v->vd, i, v_compare_elem(v, v_get(v, v->vs2, v->sew, i), v_op1(v, i), v_width(v)));
    }
}

/* vadc, vsbc and their carries: the mask is an operand, every element is active. */
static bool is_subtract(enum rv64_op op)
{
    switch (op) {
    CASE_VM(VSBC): CASE_VM(VMSBC): CASE_V_X(VMSBC):
        return true;
    default:
        return false;
    }
}

static void carry(const struct vref *v)
{
    bool sub = is_subtract(v->op), out = v->shape == V_CARRY_OUT;
    u64 mask = MASK64(v_width(v));
    for (u32 i = v->vstart; i < v->vl; i++) {
        u128 a = v_get(v, v->vs2, v->sew, i), b = v_op1(v, i), c = v->masked && v_bit(v, V_MASK_REG, i);
        if (out) {
            v_put_bit(v, v->vd, i, sub ? a < b + c : a + b + c > mask);
        } else {
            v_put(v, v->vd, v->sew, i, (u64)(sub ? a - b - c : a + b + c));
        }
    }
}

static void merge(const struct vref *v)
{
    for (u32 i = v->vstart; i < v->vl; i++) {
        bool one = v->shape == V_MOVE || v_bit(v, V_MASK_REG, i);
        v_put(v, v->vd, v->sew, i, one ? v_op1(v, i) : v_get(v, v->vs2, v->sew, i));
    }
}

static u64 int_shape(struct vref *v)
{
    switch (v->shape) {
    case V_ARITH:
    case V_MAC:
        arith(v);
        return 0;
    case V_UNARY:
        unary(v);
        return 0;
    case V_WIDE:
    case V_WMAC:
        widen(v, false);
        return 0;
    case V_WIDE_W:
        widen(v, true);
        return 0;
    case V_NARROW:
        narrow(v);
        return 0;
    case V_EXT:
        extend(v);
        return 0;
    case V_COMPARE:
        compare(v);
        return 0;
    case V_CARRY:
    case V_CARRY_OUT:
        carry(v);
        return 0;
    case V_MERGE:
    case V_MOVE:
        merge(v);
        return 0;
    case V_RED:
    case V_WRED:
        v_reduce(v);
        return 0;
    case V_MASKOP:
    case V_SETFIRST:
    case V_IOTA:
    case V_ID:
    case V_COUNT:
        return v_mask(v);
    case V_CRYPTO:
    case V_CRYPTO_S:
        v_crypto(v);
        return 0;
    default:
        return v_permute(v);
    }
}

static bool fp_shape(const struct vref *v)
{
    switch (v->shape) {
    case V_MERGE:
    case V_MOVE:
    case V_GET:
    case V_PUT:
    case V_SLIDEUP:
    case V_SLIDEDOWN:
        return false; /* they move bits */
    default:
        return rv64_v_is_fp(v->op);
    }
}

static u64 execute(struct vref *v)
{
    if (v->shape >= V_LD) {
        return v_memory(v);
    }
    if (!fp_shape(v)) {
        return int_shape(v);
    }
    if (v->shape == V_RED || v->shape == V_WRED) {
        v_fp_reduce(v);
    } else {
        v_fp(v);
    }
    return 0;
}

u64 rv64_v_helper(void *cpu, u64 insn, u64 x, u64 y)
{
    struct rv64_regs *r = rv64_regs(cpu);
    u32 w = (u32)insn;
    enum rv64_op op = rv64_decode_op(w);
    struct vref v = {.cpu = cpu,
                     .r = r,
                     .insn = w,
                     .op = op,
                     .shape = rv64_v_shape(op),
                     .vd = w >> 7 & 31,
                     .vs1 = w >> 15 & 31,
                     .vs2 = w >> 20 & 31,
                     .sew = V_VTYPE_SEW(r->vtype),
                     .lmul = V_VTYPE_LMUL(r->vtype),
                     .form = w >> 12 & 7,
                     .masked = !(w >> 25 & 1),
                     .vl = (u32)r->vl,
                     .vstart = (u32)r->vstart,
                     .x = x,
                     .y = y};
    v.vlmax = v_vlmax(v.sew, v.lmul);
    r->vfault = (u64)(uintptr_t)&r->vfault; /* an address that can be accessed */
    u64 result = execute(&v);
    if (v.shape < V_LD || result) {
        r->vstart = 0;
    }
    return result;
}

bool rv64_v_fault(struct cpu *cpu)
{
    struct rv64_regs *r = rv64_regs(cpu);
    u32 w = 0;
    if ((cpu->fault.signo != SIGSEGV && cpu->fault.signo != SIGBUS) || !r->v_used || mem_read(&w, cpu->pc, 4) != 0 ||
        rv64_v_shape(rv64_decode_op(w)) < V_LD) {
        return true;
    }
    if (rv64_v_helper(cpu, w, r->x[w >> 15 & 31], r->x[w >> 20 & 31])) {
        cpu->pc += 4;
        return false;
    }
    cpu->fault.addr = r->vfault;
    return true;
}
