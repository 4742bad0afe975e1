/* The environment of the backend's tests. */
#define _GNU_SOURCE
#include "x64_env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define X(n, p) [TX + (n)] = {"x" #n, CPU_GUEST_OFF(struct t_regs, x[n]), IR_I64, p}
#define V(n, p) [TV + (n)] = {"v" #n, CPU_GUEST_OFF(struct t_regs, v[n]), IR_V128, p}
const struct ir_reg t_reg_table[T_REGS] = {
    X(0, 0),   X(1, 1),   X(2, 2),
    X(3, 3),   X(4, 4),   X(5, 5),
    X(6, 6),   X(7, 7),   X(8, 8),
    X(9, 9),   X(10, 10), X(11, -1),
    X(12, -1), X(13, -1), X(14, -1),
    X(15, -1), V(0, 0),   V(1, 1),
    V(2, 2),   V(3, 3),   V(4, 4),
    V(5, 5),   V(6, 6),   V(7, 7),
    V(8, 8),   V(9, 9),   V(10, 10),
    V(11, 11), V(12, 12), V(13, 13),
    V(14, 14), V(15, 15), V(16, 16),
    V(17, 17), V(18, 18), V(19, 19),
    V(20, 20), V(21, 21), V(22, 22),
    V(23, 23), V(24, -1), V(25, -1),
    V(26, -1), V(27, -1), [TNZCV] = {"nzcv", CPU_GUEST_OFF(struct t_regs, nzcv), IR_I32, -1},
};

/* The same with F64 in place of the vectors. */
#define F(n, p) [TV + (n)] = {"f" #n, CPU_GUEST_OFF(struct t_regs, v[n]), IR_F64, p}
static const struct ir_reg boxed_table[T_REGS] = {
    X(0, 0),   X(1, 1),   X(2, 2),   X(3, 3),   X(4, 4),   X(5, 5),   X(6, 6),
    X(7, 7),   X(8, 8),   X(9, 9),   X(10, 10), X(11, -1), X(12, -1), X(13, -1),
    X(14, -1), X(15, -1), F(0, 0),   F(1, 1),   F(2, 2),   F(3, 3),   F(4, 4),
    F(5, 5),   F(6, 6),   F(7, 7),   F(8, 8),   F(9, 9),   F(10, 10), F(11, 11),
    F(12, 12), F(13, 13), F(14, 14), F(15, 15), F(16, 16), F(17, 17), F(18, 18),
    F(19, 19), F(20, 20), F(21, 21), F(22, 22), F(23, 23), F(24, -1), F(25, -1),
    F(26, -1), F(27, -1), [TNZCV] = {"nzcv", CPU_GUEST_OFF(struct t_regs, nzcv), IR_I32, -1},
};

static u64 helper_mix(void *cpu, u64 a, u64 b, u64 c)
{
    struct t_regs *r = (struct t_regs *)((struct cpu *)cpu)->guest;
    r->field[3] += a;
    return a * 3 + b * 5 + c * 7;
}
static u64 (*const helpers[])(void *, u64, u64, u64) = {helper_mix};

static void *map(size_t n, int prot)
{
    void *p = mmap(NULL, n, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        abort();
    }
    return p;
}

bool t_open(struct t_env *env, u32 mask, u32 need)
{
    memset(env, 0, sizeof(*env));
    u32 have = host_x86_64.detect();
    if ((have & need) != need) {
        return false;
    }
    env->regs = t_reg_table;
    env->ca = (struct chain_abi){.regs = t_reg_table,
                                 .count = T_REGS,
                                 .nzcv = TNZCV,
                                 .insn_align = 2,
                                 .fp_rules = IR_FP_A64,
                                 .features = have & mask};
    host_x86_64.assign(&env->ca);
    u8 *m = map(1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC);
    env->text = m;
    env->fp_flags = 0x3d; /* the denormal flag is no IEEE flag of the guest */
    env->slots = (u64 *)(m + (64 << 10));
    env->mem = m + (128 << 10);
    u8 *stack = m + (192 << 10);
    env->cpu = map(ALIGN_UP(CPU_ALLOC_SIZE, 4096), PROT_READ | PROT_WRITE);
    struct cpu *cpu = env->cpu;
    cpu->self = cpu;
    cpu->ret_limit = (haddr)stack;
    cpu->ret_base = (haddr)stack + 65536 - 64;
    host_x86_64.emit_stubs(&env->ca, m + (512 << 10), 65536, &cpu->stubs);
    cpu->helpers = helpers;
    cpu->ref_fns = ir_ref_fns;
    cpu->jc[0].pc = jc_empty(0); /* a branch to 0 must not match */
    cpu_init(cpu);
    host_x86_64.bind(cpu);
    return true;
}

void t_riscv(struct t_env *env, bool boxed)
{
    env->boxed = boxed;
    env->regs = boxed ? boxed_table : t_reg_table;
    env->ca.regs = env->regs;
    env->ca.fp_rules = IR_FP_RV64;
    host_x86_64.assign(&env->ca);
    host_x86_64.emit_stubs(&env->ca, env->text + (512 << 10), 65536, &env->cpu->stubs);
}

void t_begin(struct t_env *env)
{
    arena_reset(&env->arena);
    ir_begin(&env->b, &env->fn, &env->arena, env->regs, (gaddr)env->text + (768 << 10));
    env->fn.nzcv_reg = TNZCV;
    env->fn.fp_rules = env->ca.fp_rules;
    env->fn.fpcr = env->cpu->fpcr_ctx;
}

struct t_regs *t_state(struct t_env *env)
{
    return (struct t_regs *)env->cpu->guest;
}

u64 t_random(u64 *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * 0x2545f4914f6cdd1dull;
}

struct saved {
    struct t_regs regs;
    u8 mem[T_MEM];
    u32 fpctl;
};

static void save(struct t_env *env, struct saved *s)
{
    s->regs = *t_state(env);
    memcpy(s->mem, env->mem, T_MEM);
    s->fpctl = env->cpu->guest_fpctl;
}

static void finish(struct t_env *env, const struct saved *s, struct t_result *r)
{
    r->regs = *t_state(env);
    r->fpctl = env->cpu->guest_fpctl;
    memcpy(r->mem, env->mem, T_MEM);
    *t_state(env) = s->regs;
    memcpy(env->mem, s->mem, T_MEM);
    env->cpu->guest_fpctl = s->fpctl;
}

void t_interpret(struct t_env *env, struct t_result *r)
{
    struct saved s;
    save(env, &s);
    u32 host = __builtin_ia32_stmxcsr();
    memset(&r->exit, 0, sizeof(r->exit));
    __builtin_ia32_ldmxcsr(env->cpu->guest_fpctl);
    ir_interp(&env->fn, env->regs, env->cpu, helpers, &r->exit);
    env->cpu->guest_fpctl = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(host);
    finish(env, &s, r);
}

/* Which way the generated code left, in the interpreter's terms. */
static void exit_of(struct t_env *env, struct ir_exit *x)
{
    struct cpu *cpu = env->cpu;
    *x = (struct ir_exit){.pc = cpu->pc};
    switch (cpu->exit_reason) {
    case EXEC_I_LINK:
        x->pc = env->fn.pc + (u64)env->out.slot_info[(cpu->exit_arg - (haddr)env->slots) / 8].target;
        break;
    case EXEC_I_LOOKUP:
        break;
    default:
        x->arg = cpu->exit_arg;
        x->aux = (u16)cpu->exit_reason;
        break;
    }
}

int t_execute(struct t_env *env, struct t_result *r)
{
    struct code_buf *out = &env->out;
    *out = (struct code_buf){.text = env->text,
                             .cap = 64 << 10,
                             .slots = (haddr)env->slots,
                             .slot_cap = 4096,
                             .pcrel = true};
    struct saved s;
    memset(&r->exit, 0, sizeof(r->exit));
    int ret = host_x86_64.compile(&env->fn, &env->ca, &env->arena, out);
    if (ret) {
        return ret;
    }
    for (u32 i = 0; i < out->slot_count; i++) {
        const struct slot_info *info = &out->slot_info[i];
        slot_unlink(&env->slots[i], (enum slot_kind)info->kind, (haddr)env->text + info->stub);
        i += info->kind == SLOT_IC;
    }
    save(env, &s);
    void (*enter)(struct cpu *, haddr) = (void (*)(struct cpu *, haddr))env->cpu->stubs.enter;
    env->cpu->ret_sp = env->cpu->ret_base;
    enter(env->cpu, (haddr)env->text + out->entries[0].host);
    exit_of(env, &r->exit);
    finish(env, &s, r);
    return 0;
}

static void show(const struct t_regs *a, const struct t_regs *b)
{
    for (int i = 0; i < TX_COUNT; i++) {
        if (a->x[i] != b->x[i]) {
            fprintf(stderr, "  x%d %#lx, should be %#lx\n", i, a->x[i], b->x[i]);
        }
    }
    for (int i = 0; i < TV_COUNT; i++) {
        if (memcmp(&a->v[i], &b->v[i], 16)) {
            fprintf(stderr, "  v%d %016lx%016lx, should be %016lx%016lx\n", i, a->v[i].d[1],
                    a->v[i].d[0], b->v[i].d[1], b->v[i].d[0]);
        }
    }
    const u32 m = IR_NZCV_N | IR_NZCV_Z | IR_NZCV_C | IR_NZCV_V;
    if ((a->nzcv ^ b->nzcv) & m) {
        fprintf(stderr, "  nzcv %#x, should be %#x\n", a->nzcv & m, b->nzcv & m);
    }
    if (memcmp(a->field, b->field, sizeof(a->field))) {
        fprintf(stderr, "  state fields differ\n");
    }
}

static void explain(struct t_env *env, const char *what, const struct t_result *got,
                    const struct t_result *want)
{
    static char buf[65536];
    struct strbuf sb = STRBUF_ON(buf);
    fprintf(stderr, "%s (features %#x):\n", what, env->ca.features);
    show(&got->regs, &want->regs);
    if ((got->fpctl ^ want->fpctl) & 0x3d) {
        fprintf(stderr, "  mxcsr %#x, should be %#x\n", got->fpctl, want->fpctl);
    }
    if (got->exit.pc != want->exit.pc || got->exit.arg != want->exit.arg) {
        fprintf(stderr, "  exit pc %#lx arg %lx, should be %#lx %lx\n", got->exit.pc, got->exit.arg,
                want->exit.pc, want->exit.arg);
    }
    if (memcmp(got->mem, want->mem, T_MEM)) {
        fprintf(stderr, "  memory differs\n");
    }
    fprintf(stderr, "from:\n");
    static const struct t_regs zero;
    struct t_regs from = *t_state(env);
    memset(from.v, 0, sizeof(from.v));
    show(&from, &zero);
    ir_print(&sb, &env->fn, env->regs);
    fprintf(stderr, "%s", buf);
    FILE *f = fopen("/tmp/x64-text.bin", "w");
    if (f) {
        fwrite(env->text, 1, env->out.len, f);
        fclose(f);
    }
}

bool t_agree(struct t_env *env, const char *what, struct t_result *got, struct t_result *want)
{
    const u32 m = IR_NZCV_N | IR_NZCV_Z | IR_NZCV_C | IR_NZCV_V;
    got->regs.nzcv &= m;
    want->regs.nzcv &= m;
    if (!memcmp(&want->regs, &got->regs, sizeof(want->regs)) &&
        !memcmp(want->mem, got->mem, T_MEM) && ((want->fpctl ^ got->fpctl) & env->fp_flags) == 0 &&
        want->exit.pc == got->exit.pc && want->exit.arg == got->exit.arg) {
        return true;
    }
    explain(env, what, got, want);
    return false;
}

bool t_same(struct t_env *env, const char *what)
{
    static struct t_result want, got;
    char msg[256];
    const char *bad = ir_verify(&env->fn, msg, sizeof(msg));
    if (bad) {
        fprintf(stderr, "%s: IR not well formed: %s\n", what, bad);
        return false;
    }
    t_interpret(env, &want);
    int ret = t_execute(env, &got);
    if (ret) {
        fprintf(stderr, "%s: compile gives %d\n", what, ret);
        return false;
    }
    return t_agree(env, what, &got, &want);
}
