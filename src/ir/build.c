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
    b->tag_bits = 0;
    b->block_start = b->status_start = b->state_start = 1;
    b->is_set = arena_alloc(arena, FIRST_INS);
    __builtin_memset(b->cur, 0, sizeof(*b) - offsetof(struct ir_builder, cur)); /* the tables, at once */
}

/* Arrays grow when their last place was taken, so that there is always room for one more. Both return
 * REF, for tail calls: the hot paths need not save a register. */
static COLD ir_ref grow_consts(struct ir_builder *b, ir_ref ref)
{
    struct ir_fn *fn = b->fn;
    size_t size = fn->kcap * sizeof(*fn->k);
    fn->k = grow(b->arena, fn->k, size, size * 2);
    fn->kcap *= 2;
    return ref;
}

static COLD ir_ref grow_ins(struct ir_builder *b, ir_ref ref)
{
    struct ir_fn *fn = b->fn;
    size_t size = fn->cap * sizeof(*fn->ins);
    fn->ins = grow(b->arena, fn->ins, size, size * 2);
    b->is_set = grow(b->arena, b->is_set, fn->cap, fn->cap * 2);
    fn->cap *= 2;
    return ref;
}

static inline ir_ref intern(struct ir_builder *b, enum ir_type type, bool pcrel, u64 lo, u64 hi)
{
    struct ir_fn *fn = b->fn;
    u64 h = (lo + hi * 31 + type + pcrel * 64u) * 0x9e3779b97f4a7c15ull;
    u16 *bucket = &b->khash[h >> (64 - IR_KHASH_BITS)];
    for (u32 i = *bucket; i; i = fn->k[i - 1].next) {
        const struct ir_const *e = &fn->k[i - 1];
        if (e->lo == lo && e->hi == hi && e->type == type && e->pcrel == pcrel) {
            return (i - 1) | IR_K;
        }
    }
    u32 i = fn->klen++;
    struct ir_const *e = &fn->k[i];
    e->lo = lo;
    e->hi = hi;
    e->type = (u8)type;
    e->pcrel = pcrel;
    e->next = *bucket;
    *bucket = (u16)(i + 1);
    return unlikely(i + 1 == fn->kcap) ? grow_consts(b, i | IR_K) : i | IR_K;
}

/* Of the types that are not vectors. */
static __attribute__((noinline)) ir_ref intern_scalar(struct ir_builder *b, enum ir_type type, u64 v)
{
    return intern(b, type, false, v, 0);
}

ir_ref ir_k32(struct ir_builder *b, u32 v)
{
    return intern_scalar(b, IR_I32, v);
}

ir_ref ir_k64(struct ir_builder *b, u64 v)
{
    return intern_scalar(b, IR_I64, v);
}

ir_ref ir_k1(struct ir_builder *b, bool v)
{
    return intern_scalar(b, IR_I1, v);
}

ir_ref ir_kf32(struct ir_builder *b, u32 bits)
{
    return intern_scalar(b, IR_F32, bits);
}

ir_ref ir_kf64(struct ir_builder *b, u64 bits)
{
    return intern_scalar(b, IR_F64, bits);
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
    return intern_scalar(b, type, type == IR_I64 ? v : type == IR_I1 ? v & 1 : (u32)v);
}

static inline unsigned op_of(struct ir_words w)
{
    return w.lo & 511;
}

static inline ir_ref append(struct ir_builder *b, struct ir_words w)
{
    struct ir_fn *fn = b->fn;
    u32 i = fn->len++;
    __builtin_memcpy(&fn->ins[i], &w, sizeof(w));
    b->is_set[i] = 0;
    return unlikely(i + 1 == fn->cap) ? grow_ins(b, i) : i;
}

ir_ref ir_share(struct ir_builder *b, struct ir_words w)
{
    u64 h = (w.lo ^ (w.hi << 17 | w.hi >> 47)) * 0x9e3779b97f4a7c15ull;
    u16 *slot = &b->cse[h >> (64 - IR_CSE_BITS)];
    u32 i = *slot, from = ir_op_flags[op_of(w)] & IR_F_X ? b->status_start : b->block_start;
    if (i >= from) {
        struct ir_words e;
        __builtin_memcpy(&e, &b->fn->ins[i], sizeof(e));
        if (e.lo == w.lo && e.hi == w.hi) {
            return i;
        }
    }
    *slot = (u16)b->fn->len; /* past 65535 it names an earlier op, which then does not compare equal */
    return append(b, w);
}

static __attribute__((noinline)) ir_ref emit_special(struct ir_builder *b, struct ir_words w)
{
    ir_ref a = (ir_ref)(w.lo >> 32);
    if (op_of(w) == IR_EXITIF && IR_IS_K(a) && b->fn->k[a & ~IR_K].lo == 0) {
        return 0; /* never taken */
    }
    if (op_of(w) == IR_FLAGS) {
        b->flags = b->fn->len;
    } else if (op_of(w) != IR_EXITIF) {
        b->status_start = b->fn->len + 1;
    }
    return append(b, w);
}

/* W, an access, at its address without the tag. */
static COLD struct ir_words without_tag(struct ir_builder *b, struct ir_words w)
{
    ir_ref addr = (ir_ref)(w.lo >> 32), bits = ir_k64(b, b->tag_bits);
    if (!IR_IS_K(addr) || !b->fn->k[addr & ~IR_K].pcrel) {
        addr = ir_op2(b, IR_SAR, IR_I64, 0, ir_op2(b, IR_SHL, IR_I64, 0, addr, bits), bits);
    }
    w.lo = (u32)w.lo | (u64)addr << 32;
    return w;
}

/* A store to a state field that nothing can have seen is dropped for the next one. */
static ir_ref emit_sts(struct ir_builder *b, struct ir_words w)
{
    u32 *last = &b->sts[(w.lo >> 16 & 0xffff) / sizeof(u64) % (1 << IR_STS_BITS)];
    if (*last >= b->state_start &&
        !__builtin_memcmp(&b->fn->ins[*last], &w.lo, 4)) { /* op, type and field */
        b->fn->ins[*last] = (struct ir_ins){.op = IR_NOP};
    }
    return *last = append(b, w);
}

ir_ref ir_emit_words(struct ir_builder *b, struct ir_words w)
{
    unsigned op = op_of(w), flags = ir_op_flags[op];
    if ((flags & (IR_F_P | IR_F_S)) == IR_F_P) {
        return ir_fold(b, w);
    }
    if (op == IR_STS) {
        return emit_sts(b, w);
    }
    b->state_start = b->fn->len + 1;
    switch (op) {
    case IR_EXITIF:
    case IR_FLAGS:
    case IR_HELPER:
    case IR_FPGET:
    case IR_FPSET:
        return emit_special(b, w);
    }
    if (flags & IR_F_M) {
        b->may_fault = true;
        if (unlikely(b->tag_bits) && op != IR_POLL) {
            w = without_tag(b, w);
        }
    }
    return append(b, w);
}

ir_ref ir_first_get(struct ir_builder *b, unsigned reg)
{
    ir_ref r = append(b, ir_words_of(IR_GET, b->regs[reg].type, (u16)reg, 0, 0, 0));
    b->is_set[r] = 1;
    b->cur[reg] = r;
    return r;
}

void ir_set(struct ir_builder *b, unsigned reg, ir_ref value)
{
    if (b->cur[reg] == value) {
        return; /* what the register holds already */
    }
    append(b, ir_words_of(IR_SET, b->regs[reg].type, (u16)reg, value, 0, 0));
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
    append(b, ir_words_of(IR_INSN, IR_VOID, 0, (u32)(pc - fn->pc), flags_live ? flags_before : 0, 0));
}

void ir_block(struct ir_builder *b, gaddr pc, bool return_point, u16 vmode)
{
    b->block_start = b->status_start = b->state_start =
        append(b, ir_words_of(IR_BLOCK, IR_VOID, (u16)(return_point | vmode << IR_VMODE_SHIFT),
                           (u32)(pc - b->fn->pc), 0, 0)) +
        1;
    b->flags = 0;
    __builtin_memset(b->cur, 0, sizeof(b->cur));
}
