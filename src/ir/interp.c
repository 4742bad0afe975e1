/* Executes IR op by op with the reference functions: what tests compare generated code with. */
#include "ir/memory.h"
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

/* Ops on guest memory. Returns false when OP is none of them. */
static bool do_memory(struct interp *it, const struct ir_ins *in, union ir_val *r)
{
    union ir_val a = operand(it, in->a), b = operand(it, in->b), c = operand(it, in->c);
    switch (in->op) {
    case IR_LD:
    case IR_ST:
    case IR_VLDM:
    case IR_VSTM:
    case IR_RMW:
    case IR_CAS:
    case IR_CAS2:
        ir_mem_op(in->op, (enum ir_type)in->type, in->aux, r, &a, &b, &c, ir_type_of(it->fn, in->b));
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
