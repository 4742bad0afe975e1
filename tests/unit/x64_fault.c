/* Faults in generated code: the state that recipes and contexts give, against the interpreter
 * stopped there. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "x64_random.h"

static struct t_env *fault_env;
static const struct recipe *fault_recipe; /* of the fault that happened */

static u64 place(const struct t_env *env, const ucontext_t *uc, const struct loc *l)
{
    switch ((enum loc_kind)l->kind) {
    case LOC_GPR:
        return host_x86_64.context_gpr(uc, l->reg);
    case LOC_SPILL:
        return env->cpu->spill[l->val];
    case LOC_CONST:
        return (u64)(s64)l->val;
    case LOC_PCREL:
        return env->fn.pc + (u64)(s64)l->val;
    case LOC_STATE:
        return *(const u64 *)((const u8 *)env->cpu + env->regs[l->reg].offset);
    default:
        return 0;
    }
}

static void recover_flags(struct t_env *env, const ucontext_t *uc, const struct recipe *r)
{
    u64 a = place(env, uc, &r->a), b = place(env, uc, &r->b), res = place(env, uc, &r->r);
    enum ir_flags_kind kind = (enum ir_flags_kind)(r->flags - 1);
    if (kind == IR_FL_ADD) {
        a = r->a.kind == LOC_NONE ? res - b : a;
        b = r->b.kind == LOC_NONE ? res - a : b;
    } else if (kind == IR_FL_SUB) {
        a = r->a.kind == LOC_NONE ? res + b : a;
        b = r->b.kind == LOC_NONE ? a - res : b;
    }
    enum ir_type type = r->width64 ? IR_I64 : IR_I32;
    if (!r->width64) {
        a = (u32)a;
        b = (u32)b;
    }
    t_state(env)->nzcv = ir_pack_flags(kind, type, a, b);
}

static void on_fault(int sig, siginfo_t *si UNUSED, void *ctx)
{
    ucontext_t *uc = ctx;
    struct t_env *env = fault_env;
    u32 off = (u32)(host_x86_64.context_pc(uc) - (haddr)env->text);
    for (u32 i = 0; i < env->out.recipe_count; i++) {
        const struct recipe *r = &env->out.recipes[i];
        if (off >= r->host && off < r->host_end) {
            fault_recipe = r;
            host_x86_64.save_context(uc, &env->ca, env->cpu);
            if (r->flags) {
                recover_flags(env, uc, r);
            }
            env->cpu->exit_reason = EXEC_FAULT;
            env->cpu->pc = env->fn.pc + (u64)(s64)r->guest;
            env->cpu->exit_arg = 0;
            host_x86_64.set_context(uc, env->cpu->stubs.leave, env->cpu->c_sp);
            return;
        }
    }
    fprintf(stderr, "a fault at text+%#x that no recipe knows\n", off);
    signal(sig, SIG_DFL);
}

/* Makes the unit leave in front of the access that faulted, flags packed as they were to be kept.
 */
static void cut_at(struct t_env *env, const struct recipe *r)
{
    struct ir_fn *fn = &env->fn;
    u32 end = 1;
    while (fn->ins[end].op != IR_INSN || (s32)fn->ins[end].a != r->guest) {
        end++;
    }
    u32 at = end;
    while (at > 1 && fn->ins[at - 1].op != IR_INSN) {
        at--;
    }
    while (!(ir_op_flags[fn->ins[at].op] & IR_F_M)) {
        at++;
    }
    fn->ins[at] = (struct ir_ins){
        .op = IR_EXIT, .b = ir_kpc(&env->b, fn->pc + (u64)(s64)r->guest), .c = fn->ins[end].b};
}

bool t_same_or_fault(struct t_env *env, const char *what, bool *faulted)
{
    static struct t_result want, got;
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK}, old;
    static u8 stack[65536];
    stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
    fault_env = env;
    fault_recipe = NULL;
    sigaltstack(&ss, NULL);
    sigaction(SIGSEGV, &sa, &old);
    mprotect(env->mem + T_MEM, 4096, PROT_NONE);
    int ret = t_execute(env, &got);
    mprotect(env->mem + T_MEM, 4096, PROT_READ | PROT_WRITE);
    sigaction(SIGSEGV, &old, NULL);
    if (ret) {
        fprintf(stderr, "%s: compile gives %d\n", what, ret);
        return false;
    }
    *faulted = fault_recipe != NULL;
    if (*faulted) {
        cut_at(env, fault_recipe);
        if (!fault_recipe->flags) { /* then they are not looked at, or right already */
            for (u32 i = 1; i < env->fn.len; i++) {
                env->fn.ins[i].c = env->fn.ins[i].op == IR_EXIT ? 0 : env->fn.ins[i].c;
            }
        }
    }
    t_interpret(env, &want);
    return t_agree(env, what, &got, &want);
}
