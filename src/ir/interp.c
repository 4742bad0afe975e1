/* Executes IR op by op with the reference functions: what tests compare generated code with. */
#include "ir/priv.h"

struct interp {
    const struct ir_fn *fn;
    const struct ir_reg *regs;
    u8 *cpu;
    u64 (*const *helpers)(void *cpu, u64, u64, u64);
    struct ir_exit *exit;
    struct ir_ref_ctx ctx;
    union ir_val *val; /* [fn->len] */
};

static unsigned type_size(enum ir_type type)
{
    static const u8 size[IR_TYPE_COUNT] = {0, 1, 4, 8, 4, 8, 16};
    return size[type];
}

static union ir_val operand(const struct interp *it, ir_ref r)
{
    union ir_val v = {0};
    if (IR_IS_K(r)) {
        const struct ir_const *k = &it->fn->k[r & ~IR_K];
        v.v.d[0] = k->lo + (k->pcrel ? it->fn->pc : 0);
        v.v.d[1] = k->hi;
        return v;
    }
    return r ? it->val[r] : v;
}

static union ir_val load_field(const u8 *p, enum ir_type type)
{
    union ir_val v = {0};
    __builtin_memcpy(&v, p, type_size(type));
    return v;
}

/* What FLAGS op R says, as packed flags. */
static u32 pack(const struct interp *it, ir_ref r)
{
    const struct ir_ins *f = &it->fn->ins[r];
    return ir_pack_flags((enum ir_flags_kind)f->aux, (enum ir_type)f->type, operand(it, f->a).u,
                         operand(it, f->b).u);
}

static u64 rmw(unsigned op, u64 old, u64 arg, unsigned bits)
{
    s64 sold = sext64(old, bits), sarg = sext64(arg, bits);
    switch (op) {
    case IR_RMW_ADD:
        return old + arg;
    case IR_RMW_CLR:
        return old & ~arg;
    case IR_RMW_XOR:
        return old ^ arg;
    case IR_RMW_OR:
        return old | arg;
    case IR_RMW_AND:
        return old & arg;
    case IR_RMW_SMAX:
        return sold > sarg ? old : arg;
    case IR_RMW_SMIN:
        return sold < sarg ? old : arg;
    case IR_RMW_UMAX:
        return old > arg ? old : arg;
    case IR_RMW_UMIN:
        return old < arg ? old : arg;
    default:
        return arg;
    }
}

/* Atomic compare and exchange of SIZE bytes; returns what was there. */
static u64 cas(u64 addr, unsigned size, u64 expect, u64 desired)
{
    switch (size) {
    case 1:
        return __sync_val_compare_and_swap((u8 *)addr, (u8)expect, (u8)desired);
    case 2:
        return __sync_val_compare_and_swap((u16 *)addr, (u16)expect, (u16)desired);
    case 4:
        return __sync_val_compare_and_swap((u32 *)addr, (u32)expect, (u32)desired);
    default:
        return __sync_val_compare_and_swap((u64 *)addr, expect, desired);
    }
}

#if defined(__x86_64__)
__attribute__((target("cx16"))) static u128 cas16(u64 addr, u128 expect, u128 desired)
{
    return __sync_val_compare_and_swap((u128 *)addr, expect, desired);
}
#else
/* What was there is known to be one value only when it could be stored again. */
static u128 cas16(u64 addr, u128 expect, u128 desired)
{
    u64 lo, hi, new_lo, new_hi;
    u32 failed;
    __asm__ volatile("1: ldaxp %0, %1, [%5]\n"
                     "   cmp %0, %6\n"
                     "   ccmp %1, %7, #0, eq\n"
                     "   csel %3, %8, %0, eq\n"
                     "   csel %4, %9, %1, eq\n"
                     "   stlxp %w2, %3, %4, [%5]\n"
                     "   cbnz %w2, 1b"
                     : "=&r"(lo), "=&r"(hi), "=&r"(failed), "=&r"(new_lo), "=&r"(new_hi)
                     : "r"(addr), "r"((u64)expect), "r"((u64)(expect >> 64)), "r"((u64)desired), "r"((u64)(desired >> 64))
                     : "cc", "memory");
    return lo | (u128)hi << 64;
}
#endif

static union ir_val do_load(const struct ir_ins *in, u64 addr)
{
    union ir_val v = {0};
    if (in->type == IR_V128) {
        __builtin_memcpy(&v, (const void *)addr, 1u << IR_MEM_SIZE(in->aux));
    } else if (in->type >= IR_F32) {
        __builtin_memcpy(&v, (const void *)addr, type_size((enum ir_type)in->type));
    } else {
        unsigned size = 1u << IR_MEM_SIZE(in->aux);
        __builtin_memcpy(&v, (const void *)addr, size);
        if (in->aux & IR_MEM_SIGN) {
            v.s = sext64(v.u, size * 8);
            v.u = in->type == IR_I32 ? (u32)v.u : v.u;
        }
    }
    if (in->aux & IR_MEM_ACQ) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    return v;
}

static void do_store(const struct interp *it, const struct ir_ins *in, u64 addr)
{
    union ir_val v = operand(it, in->b);
    enum ir_type type = ir_type_of(it->fn, in->b);
    if (in->aux & IR_MEM_REL) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
    __builtin_memcpy((void *)addr, &v,
                     type >= IR_F32 ? type_size(type) : 1u << IR_MEM_SIZE(in->aux));
    if (in->aux & IR_MEM_REL) {
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    }
}

/* Lane by lane, so that a fault has the state of the lanes before it. */
static void masked_load(v128 *r, u64 addr, const v128 *mask, unsigned size)
{
    *r = (v128){.d = {0, 0}};
    for (unsigned i = 0; i < 16; i += 1u << size) {
        if (mask->b[i]) {
            __builtin_memcpy(&r->b[i], (const void *)(addr + i), (size_t)1 << size);
        }
    }
}

static void masked_store(u64 addr, const v128 *mask, const v128 *v, unsigned size)
{
    for (unsigned i = 0; i < 16; i += 1u << size) {
        if (mask->b[i]) {
            __builtin_memcpy((void *)(addr + i), &v->b[i], (size_t)1 << size);
        }
    }
}

static u64 do_rmw(const struct interp *it, const struct ir_ins *in, u64 addr)
{
    unsigned size = 1u << (in->aux & 7);
    u64 mask = MASK64(size * 8), arg = operand(it, in->b).u & mask, old, seen = 0;
    __builtin_memcpy(&seen, (const void *)addr, size);
    do {
        old = seen;
        seen = cas(addr, size, old, rmw(in->aux >> 8, old, arg, size * 8) & mask);
    } while (seen != old);
    return old;
}

/* Ops on guest memory and state. Returns false when OP is none of them. */
static bool do_memory(struct interp *it, const struct ir_ins *in, union ir_val *r)
{
    u64 addr = operand(it, in->a).u;
    switch (in->op) {
    case IR_LD:
        *r = do_load(in, addr);
        return true;
    case IR_ST:
        do_store(it, in, addr);
        return true;
    case IR_VLDM: {
        union ir_val mask = operand(it, in->b);
        masked_load(&r->v, addr, &mask.v, in->aux & 3);
        return true;
    }
    case IR_VSTM: {
        union ir_val mask = operand(it, in->b), v = operand(it, in->c);
        masked_store(addr, &mask.v, &v.v, in->aux & 3);
        return true;
    }
    case IR_RMW:
        ret64(r, do_rmw(it, in, addr));
        return true;
    case IR_CAS:
        ret64(r, cas(addr, 1u << (in->aux & 7), operand(it, in->b).u, operand(it, in->c).u));
        return true;
    case IR_CAS2:
        r->v.q = cas16(addr, operand(it, in->b).v.q, operand(it, in->c).v.q);
        return true;
    case IR_FENCE:
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return true;
    case IR_POLL:
    case IR_ALIGN:
        return true;
    default:
        return false;
    }
}

static bool do_state(struct interp *it, const struct ir_ins *in, union ir_val *r)
{
    union ir_val v;
    switch (in->op) {
    case IR_GET:
        *r = load_field(it->cpu + it->regs[in->aux].offset, (enum ir_type)in->type);
        return true;
    case IR_SET:
        v = operand(it, in->a);
        __builtin_memcpy(it->cpu + it->regs[in->aux].offset, &v,
                         type_size((enum ir_type)it->regs[in->aux].type));
        return true;
    case IR_LDS:
        *r = load_field(it->cpu + in->aux, (enum ir_type)in->type);
        return true;
    case IR_STS:
        v = operand(it, in->a);
        __builtin_memcpy(it->cpu + in->aux, &v, type_size(ir_type_of(it->fn, in->a)));
        return true;
    case IR_NZCV:
        ret64(r, pack(it, in->a));
        return true;
    case IR_FPGET:
        ret64(r, fp_get_status());
        return true;
    case IR_FPSET:
        fp_set_status((u32)operand(it, in->a).u);
        return true;
    case IR_HELPER:
        ret64(r, it->helpers[in->aux](it->cpu, operand(it, in->a).u, operand(it, in->b).u,
                                      operand(it, in->c).u));
        return true;
    default:
        return false;
    }
}

/* Leaves by IN unless it is a side exit not taken. */
static bool do_exit(struct interp *it, const struct ir_ins *in)
{
    struct ir_exit *x = it->exit;
    if (in->op == IR_EXITIF && !(operand(it, in->a).u & 1)) {
        return false;
    }
    *x = (struct ir_exit){.op = in->op, .aux = in->aux};
    switch (in->op) {
    case IR_JMPI:
    case IR_CALLI:
    case IR_RET:
        x->pc = operand(it, in->a).u;
        break;
    case IR_EXIT:
        x->arg = operand(it, in->a).u;
        FALLTHROUGH;
    default:
        x->pc = operand(it, in->b).u;
        break;
    }
    if (in->c && it->fn->nzcv_reg < IR_MAX_REGS) {
        u32 packed = pack(it, in->c);
        __builtin_memcpy(it->cpu + it->regs[it->fn->nzcv_reg].offset, &packed, sizeof(packed));
    }
    return true;
}

static void do_pure(const struct interp *it, const struct ir_ins *in, union ir_val *r)
{
    union ir_val a = operand(it, in->a), b = operand(it, in->b), c = operand(it, in->c);
    ir_ref_fn *fn = ir_ref_fns[in->op];
    if (!fn) {
        bug("the interpreter has no meaning for IR op %s", ir_ops[in->op].name);
    }
    fn(r, &a, &b, &c, (enum ir_type)in->type, in->aux, &it->ctx);
}

void ir_interp(const struct ir_fn *fn, const struct ir_reg *regs, void *cpu,
               u64 (*const *helpers)(void *cpu, u64, u64, u64), struct ir_exit *exit)
{
    union ir_val val[fn->len];
    struct interp it = {
        .fn = fn, .regs = regs, .cpu = cpu, .helpers = helpers, .exit = exit, .val = val};
    it.ctx = (struct ir_ref_ctx){.fp_rules = fn->fp_rules, .fpcr = fn->fpcr};
    for (u32 i = 1; i < fn->len; i++) {
        const struct ir_ins *in = &fn->ins[i];
        if (ir_op_flags[in->op] & IR_F_E) {
            if (do_exit(&it, in)) {
                return;
            }
        } else if (in->op == IR_NOP || in->op == IR_FLAGS || in->op == IR_INSN ||
                   in->op == IR_BLOCK) {
            continue;
        } else if (!do_state(&it, in, &val[i]) && !do_memory(&it, in, &val[i])) {
            do_pure(&it, in, &val[i]);
        }
    }
    bug("IR unit at %#llx runs off its end", (unsigned long long)fn->pc);
}
