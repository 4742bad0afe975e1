/* The vector instructions, element by element on the state: what the reference functions share. */
#ifndef FRONTEND_RISCV64_VREF_H
#define FRONTEND_RISCV64_VREF_H

#include "frontend/riscv64/vector.h"
#include "ir/cpu.h"

/* One instruction in work. */
struct vref {
    struct cpu *cpu;
    struct rv64_regs *r;
    u32 insn;
    enum rv64_op op;
    enum v_shape shape;
    unsigned vd, vs1, vs2, sew; /* sew: log2 of bytes */
    int lmul;                   /* log2 */
    unsigned form;              /* funct3 */
    bool masked;
    u32 vl, vlmax, vstart;
    u64 x, y; /* scalar operands as they came */
};

/* Element I of the group at REG, zero-extended; SIZE is log2 of bytes. */
static inline u64 v_get(const struct vref *v, unsigned reg, unsigned size, u32 i)
{
    u64 e = 0;
    __builtin_memcpy(&e, (const u8 *)v->r->v + reg * V_VLENB + ((size_t)i << size), (size_t)1 << size);
    return e;
}

static inline void v_put(const struct vref *v, unsigned reg, unsigned size, u32 i, u64 e)
{
    __builtin_memcpy((u8 *)v->r->v + reg * V_VLENB + ((size_t)i << size), &e, (size_t)1 << size);
}

static inline bool v_bit(const struct vref *v, unsigned reg, u32 i)
{
    return v_get(v, reg, 0, i / 8) >> (i % 8) & 1;
}

static inline void v_put_bit(const struct vref *v, unsigned reg, u32 i, bool bit)
{
    u64 b = v_get(v, reg, 0, i / 8) & ~(1ull << (i % 8));
    v_put(v, reg, 0, i / 8, b | (u64)bit << (i % 8));
}

static inline bool v_active(const struct vref *v, u32 i)
{
    return !v->masked || v_bit(v, V_MASK_REG, i);
}

/* Bits of an element, and X as one: zero- or sign-extended. */
static inline unsigned v_width(const struct vref *v)
{
    return 8u << v->sew;
}

static inline s64 v_sx(u64 x, unsigned size)
{
    return sext64(x, 8u << size);
}

static inline u64 v_zx(u64 x, unsigned size)
{
    return x & MASK64(8u << size);
}

/* Active elements of the body. */
#define V_FOR(v, i)                                                                                \
    for (u32 i = (v)->vstart; i < (v)->vl; i++)                                                    \
        if (v_active(v, i))

/* The scalar operand: rs1, the immediate or the f register, in the low bits of an element of SEW. */
u64 v_scalar(const struct vref *v);
/* Element I of vs1, or the scalar: zero-extended from SEW. */
static inline u64 v_op1(const struct vref *v, u32 i)
{
    return v->form <= V_OPMVV ? v_get(v, v->vs1, v->sew, i) : v_zx(v_scalar(v), v->sew);
}

/* One element each: A of vs2, B of vs1 or the scalar, D the old destination; zero-extended from W bits. */
u64 v_int_elem(const struct vref *v, u64 a, u64 b, u64 d, unsigned w);
u64 v_fixed_elem(const struct vref *v, u64 a, u64 b);
u64 v_narrow_elem(const struct vref *v, u64 a, u64 b);
u64 v_bits_elem(const struct vref *v, u64 a, unsigned w);
u64 v_wide_elem(const struct vref *v, u64 a, u64 b, u64 d, unsigned w);
bool v_compare_elem(const struct vref *v, u64 a, u64 b, unsigned w);
/* Classes of instructions. */
/* Estimates of 1 / sqrt(E) and 1 / E to seven bits (chapters 13.9, 13.10). */
u64 v_fp_rsqrt7(unsigned size, u64 e);
u64 v_fp_rec7(unsigned size, u64 e, unsigned frm);
void v_fp(struct vref *v);
void v_fp_reduce(struct vref *v);
void v_reduce(struct vref *v);
u64 v_mask(struct vref *v);
u64 v_permute(struct vref *v);
void v_crypto(struct vref *v);
/* Loads and stores. False when one stopped at an element that cannot be reached. */
bool v_memory(struct vref *v);

/* Case labels for all forms of an instruction. */
#define CASE_VV(n) case RV64_OP_##n##_VV
#define CASE_VX(n) case RV64_OP_##n##_VX
#define CASE_VI(n) case RV64_OP_##n##_VI
#define CASE_V_X(n) CASE_VV(n): CASE_VX(n)
#define CASE_X_I(n) CASE_VX(n): CASE_VI(n)
#define CASE_V_X_I(n) CASE_V_X(n): CASE_VI(n)
#define CASE_W(n) case RV64_OP_##n##_WV: case RV64_OP_##n##_WX
#define CASE_W_I(n) CASE_W(n): case RV64_OP_##n##_WI
#define CASE_V_F(n) CASE_VV(n): case RV64_OP_##n##_VF
#define CASE_WF(n) case RV64_OP_##n##_WV: case RV64_OP_##n##_WF
#define CASE_VM(n) case RV64_OP_##n##_VVM: case RV64_OP_##n##_VXM
#define CASE_VIM(n) CASE_VM(n): case RV64_OP_##n##_VIM
#define CASE_EEW(a, b) case RV64_OP_##a##8##b: case RV64_OP_##a##16##b: case RV64_OP_##a##32##b: case RV64_OP_##a##64##b

#endif
