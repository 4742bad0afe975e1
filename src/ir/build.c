/* The builder: interns constants, shares equal values inside a block, tracks guest registers. */
#include "ir/priv.h"

#define FIRST_INS 512
#define FIRST_K 64

static void *grow(struct arena *arena, const void *old, size_t old_size, size_t new_size)
{
    void *p = arena_alloc(arena, new_size);
    __builtin_memcpy(p, old, old_size);
    return p;
}

void ir_begin(struct ir_builder *b, struct ir_fn *fn, struct arena *arena,
              const struct ir_reg *regs, gaddr pc)
{
    *fn = (struct ir_fn){.pc = pc, .cap = FIRST_INS, .kcap = FIRST_K, .nzcv_reg = IR_MAX_REGS};
    fn->ins = arena_alloc(arena, FIRST_INS * sizeof(*fn->ins));
    fn->k = arena_alloc(arena, FIRST_K * sizeof(*fn->k));
    fn->ins[0] = (struct ir_ins){.op = IR_NOP};
    fn->len = 1;
    b->fn = fn;
    b->arena = arena;
    b->regs = regs;
    b->flags = 0;
    b->sparse_insns = b->may_fault = false;
    b->block_start = b->status_start = 1;
    b->is_set = arena_alloc(arena, FIRST_INS);
    __builtin_memset(b->cur, 0, sizeof(b->cur));
    __builtin_memset(b->khash, 0, sizeof(b->khash));
    __builtin_memset(b->cse, 0, sizeof(b->cse));
}

static ir_ref append_const(struct ir_builder *b, u32 *bucket, enum ir_type type, bool pcrel, u64 lo,
                           u64 hi)
{
    struct ir_fn *fn = b->fn;
    if (unlikely(fn->klen == fn->kcap)) {
        size_t size = fn->kcap * sizeof(*fn->k);
        fn->k = grow(b->arena, fn->k, size, size * 2);
        fn->kcap *= 2;
    }
    u32 i = fn->klen++;
    fn->k[i] =
        (struct ir_const){.lo = lo, .hi = hi, .type = (u8)type, .pcrel = pcrel, .next = *bucket};
    *bucket = i + 1;
    return i | IR_K;
}

static ir_ref intern(struct ir_builder *b, enum ir_type type, bool pcrel, u64 lo, u64 hi)
{
    u64 h = (lo + hi * 31 + type + (pcrel ? 64 : 0)) * 0x9e3779b97f4a7c15ull;
    u32 *bucket = &b->khash[h >> 57];
    const struct ir_const *k = b->fn->k;
    for (u32 i = *bucket; i; i = k[i - 1].next) {
        const struct ir_const *e = &k[i - 1];
        if (e->lo == lo && e->hi == hi && e->type == type && e->pcrel == pcrel) {
            return (i - 1) | IR_K;
        }
    }
    return append_const(b, bucket, type, pcrel, lo, hi);
}

ir_ref ir_k32(struct ir_builder *b, u32 v)
{
    return intern(b, IR_I32, false, v, 0);
}

ir_ref ir_k64(struct ir_builder *b, u64 v)
{
    return intern(b, IR_I64, false, v, 0);
}

ir_ref ir_k1(struct ir_builder *b, bool v)
{
    return intern(b, IR_I1, false, v, 0);
}

ir_ref ir_kf32(struct ir_builder *b, u32 bits)
{
    return intern(b, IR_F32, false, bits, 0);
}

ir_ref ir_kf64(struct ir_builder *b, u64 bits)
{
    return intern(b, IR_F64, false, bits, 0);
}

ir_ref ir_kv(struct ir_builder *b, u64 lo, u64 hi)
{
    return intern(b, IR_V128, false, lo, hi);
}

ir_ref ir_kpc(struct ir_builder *b, gaddr addr)
{
    return intern(b, IR_I64, true, addr - b->fn->pc, 0);
}

ir_ref ir_k(struct ir_builder *b, enum ir_type type, u64 v)
{
    return intern(b, type, false, type == IR_I64 ? v : type == IR_I1 ? v & 1 : (u32)v, 0);
}

static COLD void grow_ins(struct ir_builder *b)
{
    struct ir_fn *fn = b->fn;
    size_t size = fn->cap * sizeof(*fn->ins);
    fn->ins = grow(b->arena, fn->ins, size, size * 2);
    b->is_set = grow(b->arena, b->is_set, fn->cap, fn->cap * 2);
    fn->cap *= 2;
}

/* An op as two words. Built in registers: an op's fields written one by one and then copied whole
 * would wait for the store buffer each time. */
struct words {
    u64 lo, hi;
};
_Static_assert(offsetof(struct ir_ins, aux) == 2 && offsetof(struct ir_ins, a) == 4 &&
                   offsetof(struct ir_ins, c) == 12,
               "words_of knows the layout");

static inline struct words words_of(unsigned op, unsigned type, u16 aux, ir_ref a, ir_ref b,
                                    ir_ref c)
{
    return (struct words){op | type << 9 | (u64)aux << 16 | (u64)a << 32, b | (u64)c << 32};
}

static inline unsigned op_of(struct words w)
{
    return w.lo & 511;
}

static inline ir_ref append(struct ir_builder *b, struct words w)
{
    struct ir_fn *fn = b->fn;
    if (unlikely(fn->len == fn->cap)) {
        grow_ins(b);
    }
    u32 i = fn->len++;
    __builtin_memcpy(&fn->ins[i], &w, sizeof(w));
    b->is_set[i] = 0;
    return i;
}

/* An equal op of this block, or a new one. */
static inline ir_ref share(struct ir_builder *b, struct words w)
{
    struct ir_fn *fn = b->fn;
    struct words e;
    u16 *slot = &b->cse[((w.lo ^ w.hi * 0xff51afd7ed558ccdull) * 0x9e3779b97f4a7c15ull) >> 56];
    u32 i = *slot, from = ir_op_flags[op_of(w)] & IR_F_X ? b->status_start : b->block_start;
    if (i >= from && i < fn->len) {
        __builtin_memcpy(&e, &fn->ins[i], sizeof(e));
        if (e.lo == w.lo && e.hi == w.hi) {
            return i;
        }
    }
    i = append(b, w);
    *slot = (u16)i; /* past 65535 it names an earlier op, which then does not compare equal */
    return i;
}

static inline ir_ref emit_pure(struct ir_builder *b, struct words w)
{
    struct ir_ins in;
    __builtin_memcpy(&in, &w, sizeof(w));
    ir_ref r = ir_fold(b, &in);
    return r ? r : share(b, words_of(in.op, in.type, in.aux, in.a, in.b, in.c));
}

ir_ref ir_emit(struct ir_builder *b, enum ir_op op, enum ir_type type, u16 aux, ir_ref a, ir_ref x,
               ir_ref c)
{
    struct words w = words_of(op, type, aux, a, x, c);
    if ((ir_op_flags[op] & (IR_F_P | IR_F_S)) == IR_F_P) {
        return emit_pure(b, w);
    }
    if (op == IR_EXITIF && IR_IS_K(a) && b->fn->k[a & ~IR_K].lo == 0) {
        return 0; /* never taken */
    }
    ir_ref r = append(b, w);
    b->may_fault |= (ir_op_flags[op] & IR_F_M) != 0;
    if (op == IR_FLAGS) {
        b->flags = r;
        return r;
    }
    if (op == IR_HELPER || op == IR_FPGET || op == IR_FPSET) {
        b->status_start = r + 1;
    }
    return ir_fixed_type[op] == IR_VOID ? 0 : r;
}

ir_ref ir_get(struct ir_builder *b, unsigned reg)
{
    ir_ref r = b->cur[reg];
    if (!r) {
        r = b->cur[reg] = append(b, words_of(IR_GET, b->regs[reg].type, (u16)reg, 0, 0, 0));
        b->is_set[r] = 1;
    }
    return r;
}

void ir_set(struct ir_builder *b, unsigned reg, ir_ref value)
{
    if (b->cur[reg] == value) {
        return; /* what the register holds already */
    }
    append(b, words_of(IR_SET, b->regs[reg].type, (u16)reg, value, 0, 0));
    b->cur[reg] = value;
    if (!IR_IS_K(value)) {
        b->is_set[value] = 1;
    }
}

void ir_insn(struct ir_builder *b, gaddr pc, ir_ref flags_before, bool flags_live)
{
    struct ir_fn *fn = b->fn;
    b->may_fault = false;
    unsigned last = fn->ins[fn->len - 1].op;
    if (last == IR_INSN || last == IR_BLOCK || fn->len == 1) {
        return; /* the instruction made no op: nothing to cover */
    }
    append(b, words_of(IR_INSN, IR_VOID, 0, (u32)(pc - fn->pc), flags_live ? flags_before : 0, 0));
}

void ir_block(struct ir_builder *b, gaddr pc, bool return_point, u16 vmode)
{
    b->block_start = b->status_start =
        append(b, words_of(IR_BLOCK, IR_VOID, (u16)(return_point | vmode << IR_VMODE_SHIFT),
                           (u32)(pc - b->fn->pc), 0, 0)) +
        1;
    b->flags = 0;
    __builtin_memset(b->cur, 0, sizeof(b->cur));
}
