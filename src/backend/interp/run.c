/* Executes texts of compile.c, and is what the stubs of a host with generated code are. */
#include <signal.h>
#include <string.h>

#include "backend/interp/interp.h"
#include "ir/fpctl.h"
#include "mem/access.h"

/* A unit while it runs. */
struct unit {
    const struct interp_head *head;
    const union ir_val *consts;
    haddr slots;
    gaddr pc;
};

static inline void enter_unit(struct unit *u, const struct interp_ins *in)
{
    u->head = (const struct interp_head *)((const u8 *)in + in->imm);
    u->consts = (const union ir_val *)((const u8 *)u->head + u->head->consts);
    u->slots = RAW_PTR(u->head) + (u64)(s64)u->head->slots;
    u->pc = u->head->pc + (u->head->relative ? RAW_PTR(u->head) : 0);
}

/* Where the code for guest address PC is; NULL: not known to this thread. Another one may take entries out. */
static inline const struct interp_ins *find(const struct cpu *cpu, gaddr pc, unsigned align)
{
    const struct jc_entry *e = &cpu->jc[jc_index(pc, align, JC_BITS)];
    if (unlikely(e->pc != pc)) {
        u32 second = jc_index(pc, align, JC2_BITS) * (u32)sizeof(*e) & cpu->jc2_mask;
        e = (const struct jc_entry *)((const u8 *)cpu->jc2 + second);
        if (e->pc != pc) {
            return NULL;
        }
    }
    return (const struct interp_ins *)(uintptr_t)e->host;
}

static inline void put(union ir_val *r, u64 v)
{
    r->v = (v128){.d = {v, 0}};
}

static inline void put_int(union ir_val *r, u8 type, u64 v)
{
    put(r, type == IR_I64 ? v : (u32)v);
}

/* A value of TYPE in the state. */
static inline void load_state(union ir_val *r, const u8 *p, u8 type)
{
    switch (type) {
    case IR_I64:
    case IR_F64:
        put(r, *(const u64 *)p);
        break;
    case IR_V128:
        r->v = *(const v128 *)p;
        break;
    case IR_I1:
        put(r, *p);
        break;
    default:
        put(r, *(const u32 *)p);
    }
}

static inline void store_state(u8 *p, const union ir_val *v, u8 type)
{
    switch (type) {
    case IR_I64:
    case IR_F64:
        *(u64 *)p = v->u;
        break;
    case IR_V128:
        *(v128 *)p = v->v;
        break;
    case IR_I1:
        *p = (u8)v->u;
        break;
    default:
        *(u32 *)p = (u32)v->u;
    }
}

/* Plain loads and stores; false: it faults, or is of another kind. */
static inline bool load(const struct interp_ins *in, union ir_val *r, gaddr addr)
{
    u64 v;
    bool ok = false;
    if (in->type == IR_V128) {
        return in->aux == 4 && mem_load128(addr, &r->v);
    }
    switch (in->type == IR_F32 ? 2 : in->type == IR_F64 ? 3 : in->aux) {
    case 0:
        ok = mem_load8(addr, &v);
        break;
    case 1:
        ok = mem_load16(addr, &v);
        break;
    case 2:
        ok = mem_load32(addr, &v);
        break;
    case 3:
        ok = mem_load64(addr, &v);
        break;
    case 0 | IR_MEM_SIGN:
        ok = mem_load8s(addr, &v);
        break;
    case 1 | IR_MEM_SIGN:
        ok = mem_load16s(addr, &v);
        break;
    case 2 | IR_MEM_SIGN:
        ok = mem_load32s(addr, &v);
        break;
    }
    if (ok) {
        put(r, in->type == IR_I32 ? (u32)v : v);
    }
    return ok;
}

static inline bool store(const struct interp_ins *in, gaddr addr, const union ir_val *v)
{
    if (in->stored == IR_V128) {
        return in->aux == 4 && mem_store128(addr, &v->v);
    }
    switch (in->stored == IR_F32 ? 2 : in->stored == IR_F64 ? 3 : in->aux) {
    case 0:
        return mem_store8(addr, v->u);
    case 1:
        return mem_store16(addr, v->u);
    case 2:
        return mem_store32(addr, v->u);
    case 3:
        return mem_store64(addr, v->u);
    }
    return false;
}

static u64 help(struct cpu *cpu, const struct interp_ins *in, u64 a, u64 b, u64 c)
{
    u64 (*const *helpers)(void *, u64, u64, u64) = cpu->helpers;
    cpu->guest_fpctl = fpctl_get();
    fpctl_set(cpu->host_fpctl);
    u64 v = helpers[in->aux](cpu, a, b, c);
    fpctl_set(cpu->guest_fpctl);
    return v;
}

static void misaligned(struct cpu *cpu, const struct interp_ins *in, gaddr pc, gaddr addr)
{
    cpu->pc = pc + (u64)(s64)in->imm;
    cpu->exit_reason = EXEC_FAULT;
    cpu->fault.signo = SIGBUS;
    cpu->fault.code = BUS_ADRALN;
    cpu->fault.addr = in->aux & IR_ALIGN_PC ? cpu->pc : addr;
}

/* From IN, an entry, until the runtime is needed. */
static void run(struct cpu *cpu, const struct interp_ins *in)
{
    union ir_val frame[INTERP_FRAME];
    struct unit u;
    const union ir_val *a, *b, *c;
    union ir_val *r;
    enter_unit(&u, in);
#define OPERAND(n) ((n) & 1 ? &u.consts[(n) >> 1] : &frame[(n) >> 1])
    for (;; in++) {
        a = OPERAND(in->a), b = OPERAND(in->b), r = &frame[in->dst];
        switch (in->op) {
        case INTERP_ENTRY:
            enter_unit(&u, in);
            continue;
        case IR_LDS:
            load_state(r, (const u8 *)cpu + in->aux, in->type);
            continue;
        case IR_STS:
            store_state((u8 *)cpu + in->aux, a, in->stored);
            continue;
        case IR_ADD:
            put_int(r, in->type, a->u + b->u);
            continue;
        case IR_SUB:
            put_int(r, in->type, a->u - b->u);
            continue;
        case IR_LD:
            if (likely(load(in, r, a->u))) {
                continue;
            }
            break;
        case IR_ST:
            if (likely(store(in, a->u, b))) {
                continue;
            }
            break;
        case IR_VLDM: case IR_VSTM: case IR_RMW: case IR_CAS: case IR_CAS2:
            break;
        case INTERP_GO_IF:
            if (!(a->u & 1)) {
                continue;
            }
            FALLTHROUGH;
        case INTERP_GO:
            in = (const struct interp_ins *)((const u8 *)in + in->imm) - 1;
            continue;
        case INTERP_LEAVE_IF:
            if (!(a->u & 1)) {
                continue;
            }
            FALLTHROUGH;
        case INTERP_LEAVE:
            in = (const struct interp_ins *)__atomic_load_n((u64 *)u.slots + in->imm, __ATOMIC_RELAXED) - 1;
            continue;
        case INTERP_BRANCH: {
            const struct interp_ins *to = find(cpu, a->u, u.head->insn_align);
            if (likely(to)) {
                in = to - 1;
                continue;
            }
            cpu->pc = a->u;
            cpu->exit_ic = 0;
            cpu->exit_reason = EXEC_I_LOOKUP;
            return;
        }
        case INTERP_LINK:
            cpu->exit_arg = u.slots + (u64)in->imm * 8;
            cpu->exit_reason = EXEC_I_LINK;
            return;
        case IR_EXIT:
            cpu->pc = b->u;
            cpu->exit_arg = a->u;
            cpu->exit_reason = in->aux;
            return;
        case IR_POLL:
            if (likely(!cpu->poll_armed)) {
                continue;
            }
            cpu->pc = u.pc + (u64)(s64)in->imm;
            cpu->exit_reason = EXEC_SIGNAL;
            return;
        case IR_ALIGN:
            if (likely(!(a->u & MASK64(in->aux & 7)))) {
                continue;
            }
            misaligned(cpu, in, u.pc, a->u);
            return;
        case INTERP_PC:
            put(r, u.pc + a->u);
            continue;
        case INTERP_FLAGS:
            *(u32 *)((u8 *)cpu + in->imm) = ir_pack_flags((enum ir_flags_kind)in->aux, (enum ir_type)in->type, a->u, b->u);
            continue;
        case IR_NZCV:
            put(r, ir_pack_flags((enum ir_flags_kind)in->aux, (enum ir_type)in->type, a->u, b->u));
            continue;
        case IR_FENCE:
            __atomic_thread_fence(__ATOMIC_SEQ_CST);
            continue;
        case IR_FPGET:
            put(r, fpctl_to_ieee(fpctl_get()));
            continue;
        case IR_FPSET:
            fpctl_set((fpctl_get() & ~FPCTL_FLAGS) | fpctl_of_ieee((u32)a->u));
            continue;
        case IR_HELPER:
            put(r, help(cpu, in, a->u, b->u, OPERAND(in->c)->u));
            continue;
        default:
            ir_ref_fns[in->op](r, a, b, OPERAND(in->c), (enum ir_type)in->type, in->aux, &u.head->ctx);
            continue;
        }
        c = OPERAND(in->c);
        interp_memory(cpu, in, r, a, b, c);
    }
}

/* host_stubs.enter: interprets from HOST on. Signal handlers that end it go to leave(), which comes here. */
static void enter(struct cpu *cpu, haddr host)
{
    fpctl_set(cpu->guest_fpctl);
    if (__builtin_setjmp(interp_state(cpu)->out) == 0) {
        run(cpu, (const struct interp_ins *)host);
        cpu->guest_fpctl = fpctl_get();
    }
    fpctl_set(cpu->host_fpctl);
}

/* host_stubs.leave, on the stack of the access that faulted. */
static NORETURN void leave(void)
{
    __builtin_longjmp(interp_state(host_native.current())->out, 1);
}

u32 interp_emit_stubs(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out)
{
    (void)ca, (void)text, (void)cap;
    *out = (struct host_stubs){.enter = RAW_PTR(enter), .leave = RAW_PTR(leave), .ret_miss = RAW_PTR(leave)};
    return 0;
}

void interp_assign(struct chain_abi *ca)
{
    memset(ca->host_of, -1, sizeof(ca->host_of));
    ca->fp_trap = false;
}

void interp_region_map(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, bool always,
                       struct chain_abi *map)
{
    (void)fn, (void)arena, (void)always;
    *map = *ca;
}

void interp_init_cpu(struct cpu *cpu)
{
    cpu->jc2 = cpu->jc2_none;
    cpu->jc2_none[0].pc = jc_empty(0);
    cpu->jc2_mask = sizeof(struct jc_entry); /* two entries, both empty */
    *(haddr *)cpu->ret_base = cpu->stubs.ret_miss;
    cpu->ret_sp = cpu->ret_base;
    cpu->host_fpctl = fpctl_get() & ~FPCTL_FLAGS;
    if (!cpu->guest_fpctl) {
        cpu->guest_fpctl = 0x1f80;
    }
}
