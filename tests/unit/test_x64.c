/* The x86_64 backend: scalar rules against the reference functions, random units against the
 * interpreter, faults, the ways out of a unit, and that the same unit gives the same bytes
 * anywhere. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "x64_ops.h"
#include "x64_random.h"

/* All there is, no AVX-512, AVX without the rest, SSE4.1. */
static const u32 configs[] = {~0u, ~(u32)HOST_AVX512VL, HOST_AVX | HOST_POPCNT | HOST_SSE42, 0};
#define CONFIGS ARRAY_LEN(configs)

START_TEST(scalar_ops)
{
    static struct t_env env;
    ck_assert(t_open(&env, configs[_i], 0));
    for (enum ir_op op = IR_NOP; op < IR_VGETL; op++) {
        if (t_is_value_op(op)) {
            ck_assert_msg(t_test_op(&env, op, 12) == 0, "%s", ir_ops[op].name);
        }
    }
}
END_TEST

/* Rounding modes, default NaN and flush to zero: FPCR and what the guest makes of it for MXCSR. */
START_TEST(scalar_float_modes)
{
    static struct t_env env;
    static const u32 fpcr[6] = {0, 0, 0, 1u << 25, 1u << 24, 3u << 24};
    static const u32 mxcsr[6] = {0x3f80, 0x5f80, 0x7f80, 0x1f80, 0x9fc0, 0x9fc0};
    ck_assert(t_open(&env, configs[_i], 0));
    for (unsigned mode = 0; mode < 6; mode++) {
        env.cpu->fpcr_ctx = fpcr[mode];
        env.cpu->guest_fpctl = mxcsr[mode];
        for (enum ir_op op = IR_FADD; op <= IR_FRECPX; op++) {
            ck_assert_msg(t_test_op(&env, op, 6) == 0, "%s mode %u", ir_ops[op].name, mode);
        }
    }
}
END_TEST

START_TEST(random_units)
{
    static struct t_env env;
    char what[64];
    ck_assert(t_open(&env, configs[_i], 0));
    for (u64 seed = 1; seed < 1500; seed++) {
        u64 values = seed * 77777 + 5;
        t_random_unit(&env, seed, 1 + seed % 40, false);
        for (int k = 0; k < 2; k++) {
            t_random_state(&env, &values);
            snprintf(what, sizeof(what), "seed %lu state %d", (unsigned long)seed, k);
            ck_assert(t_same(&env, what));
        }
    }
}
END_TEST

START_TEST(faults_are_precise)
{
    static struct t_env env;
    unsigned faults = 0;
    char what[64];
    ck_assert(t_open(&env, configs[_i], 0));
    for (u64 seed = 1; seed < 2000; seed++) {
        u64 values = seed * 1234567 + 11;
        bool faulted;
        t_random_unit(&env, seed, 1 + seed % 24, true);
        t_random_state(&env, &values);
        snprintf(what, sizeof(what), "seed %lu", (unsigned long)seed);
        ck_assert(t_same_or_fault(&env, what, &faulted));
        faults += faulted;
    }
    ck_assert_uint_gt(faults, 100);
}
END_TEST

/* Loads and stores of each type, in each order, and the 16-byte compare-and-swap with rbx in use.
 */
START_TEST(wide_memory_ops)
{
    static struct t_env env;
    static const enum ir_type types[3] = {IR_F32, IR_F64, IR_V128};
    char what[64];
    u64 seed = 99;
    ck_assert(t_open(&env, configs[_i], 0));
    struct ir_builder *b = &env.b;
    for (unsigned n = 0; n < 400; n++) {
        enum ir_type t = types[n % 3];
        u16 size = (u16)(2 + n % 3), order = (u16)(t_random(&seed) & 1);
        unsigned va = TV + t_random(&seed) % TV_COUNT, vb = TV + t_random(&seed) % TV_COUNT;
        t_begin(&env);
        ir_ref base = ir_op2(b, IR_ADD, IR_I64, 0,
                             ir_op2(b, IR_AND, IR_I64, 0, ir_get(b, TX + n % 16), ir_k64(b, 0x1f0)),
                             ir_k64(b, (u64)env.mem));
        if (n & 1) {
            ir_ref v = ir_op1(b, IR_LD, t, (u16)(size | (order ? IR_MEM_ACQ : 0)), base);
            ir_set(b, va, t == IR_V128 ? v : ir_op1(b, IR_F2V, IR_V128, (u16)t, v));
        } else if (n % 4 == 0) {
            ir_ref v = ir_get(b, vb);
            v = t == IR_V128 ? v : ir_op1(b, IR_V2F, t, 0, v);
            ir_op2(b, IR_ST, IR_VOID, (u16)(size | (order ? IR_MEM_REL : 0)), base, v);
        } else {
            ir_ref want = t_random(&seed) & 1 ? ir_op1(b, IR_LD, IR_V128, 4, base) : ir_get(b, va);
            ir_ref old = ir_op3(b, IR_CAS2, IR_V128, 4, base, want, ir_get(b, vb));
            if (t_random(&seed) & 3) {
                ir_set(b, va, old);
            }
            ir_set(b, TX + 0, ir_op2(b, IR_ADD, IR_I64, 0, ir_get(b, TX + 0), ir_get(b, TX + 1)));
        }
        ir_insn(b, env.fn.pc, 0, false);
        ir_op3(b, IR_JMP, IR_VOID, 0, 0, ir_kpc(b, env.fn.pc + 64), 0);
        t_random_state(&env, &seed);
        snprintf(what, sizeof(what), "memory %u", n);
        ck_assert(t_same(&env, what));
    }
}
END_TEST

/* Two environments have the same distances between text, slots and memory, at other addresses. */
START_TEST(text_is_position_independent)
{
    static struct t_env a, b;
    static u8 copy[64 << 10];
    static struct t_result r;
    ck_assert(t_open(&a, ~0u, 0));
    ck_assert(t_open(&b, ~0u, 0));
    ck_assert_ptr_ne(a.text, b.text);
    for (u64 seed = 2; seed < 200; seed += 2) {
        t_random_unit(&a, seed, 20, false);
        ck_assert_int_eq(t_execute(&a, &r), 0);
        memcpy(copy, a.text, a.out.len);
        t_random_unit(&b, seed, 20, false);
        host_x86_64.bind(b.cpu);
        ck_assert_int_eq(t_execute(&b, &r), 0);
        host_x86_64.bind(a.cpu);
        ck_assert_uint_eq(a.out.len, b.out.len);
        ck_assert(memcmp(copy, b.text, b.out.len) == 0);
    }
}
END_TEST

/* --- ways out --- */

/* Compiles the unit of ENV to OFF bytes behind its text, its slots behind those of others; returns
 * its first slot. */
static u64 *compile_at(struct t_env *env, u32 off, unsigned slot)
{
    env->out = (struct code_buf){.text = env->text + off,
                                 .cap = 4096,
                                 .slots = (haddr)(env->slots + slot),
                                 .slot_cap = 64,
                                 .pcrel = true};
    ck_assert_int_eq(host_x86_64.compile(&env->fn, &env->ca, &env->arena, &env->out), 0);
    u64 *s = env->slots + slot;
    for (u32 i = 0; i < env->out.slot_count; i++) {
        const struct slot_info *info = &env->out.slot_info[i];
        slot_unlink(&s[i], (enum slot_kind)info->kind, (haddr)env->out.text + info->stub);
        i += info->kind == SLOT_IC;
    }
    return s;
}

static void enter(struct t_env *env, haddr host)
{
    ((void (*)(struct cpu *, haddr))env->cpu->stubs.enter)(env->cpu, host);
}

/* x0 = x0 * 3; return to x10 + SKIP. */
static void build_callee(struct t_env *env, u64 skip)
{
    struct ir_builder *b = &env->b;
    t_begin(env);
    ir_set(b, TX + 0, ir_op2(b, IR_MUL, IR_I64, 0, ir_get(b, TX + 0), ir_k64(b, 3)));
    ir_ref lr = ir_op2(b, IR_ADD, IR_I64, 0, ir_get(b, TX + 10), ir_k64(b, skip));
    ir_op3(b, IR_RET, IR_VOID, 0, lr, 0, 0);
    ir_insn(b, env->fn.pc, 0, false);
}

/* A caller whose return point adds 1 and leaves to pc + 0x40; INDIRECT: through x1. */
static void build_caller(struct t_env *env, bool indirect, bool block)
{
    struct ir_builder *b = &env->b;
    t_begin(env);
    gaddr pc = env->fn.pc;
    ir_ref target = ir_get(b, TX + 1);
    ir_set(b, TX + 10, ir_kpc(b, pc + 4));
    if (indirect) {
        ir_op3(b, IR_CALLI, IR_VOID, 0, target, ir_kpc(b, pc + 4), 0);
    } else {
        ir_op3(b, IR_CALL, IR_VOID, 0, 4, ir_kpc(b, pc + 0x1000), 0);
    }
    ir_insn(b, pc, 0, false);
    if (block) {
        ir_block(b, pc + 4, true, 0);
        ir_set(b, TX + 0, ir_op2(b, IR_ADD, IR_I64, 0, ir_get(b, TX + 0), ir_k64(b, 1)));
        ir_insn(b, pc + 4, 0, false);
        ir_op3(b, IR_JMP, IR_VOID, 0, 0, ir_kpc(b, pc + 0x40), 0);
        ir_insn(b, pc + 8, 0, false);
    }
}

static s64 exit_target(struct t_env *env, const struct code_buf *out)
{
    ck_assert_uint_eq(env->cpu->exit_reason, EXEC_I_LINK);
    return out->slot_info[(env->cpu->exit_arg - out->slots) / 8].target;
}

START_TEST(calls_and_returns)
{
    static struct t_env env;
    ck_assert(t_open(&env, configs[_i], 0));
    struct t_regs *r = t_state(&env);
    for (unsigned kind = 0; kind < 4; kind++) {
        bool indirect = kind & 1, block = kind & 2;
        build_callee(&env, 0);
        compile_at(&env, 8192, 100);
        haddr callee = (haddr)env.out.text + env.out.entries[0].host;
        build_caller(&env, indirect, block);
        u64 *slots = compile_at(&env, 0, 0);
        struct code_buf caller = env.out;
        ck_assert_uint_eq(caller.entry_count, block ? 2 : 1);
        r->x[0] = 5;
        r->x[1] = 0x5000;
        env.cpu->ret_sp = env.cpu->ret_base;
        enter(&env, (haddr)caller.text + caller.entries[0].host);
        if (indirect) { /* the cache is empty: the runtime looks up and fills it */
            ck_assert_uint_eq(env.cpu->exit_reason, EXEC_I_LOOKUP);
            ck_assert_uint_eq(env.cpu->pc, 0x5000);
            u64 *ic = (u64 *)env.cpu->exit_ic;
            ck_assert(ic >= slots && ic < slots + caller.slot_count);
            ck_assert_uint_eq(ic[0], ~0ull);
            ic[1] = callee;
            ic[0] = 0x5000;
        } else {
            ck_assert_int_eq(exit_target(&env, &caller), 0x1000);
            *(haddr *)(uintptr_t)env.cpu->exit_arg = callee;
        }
        ck_assert_uint_eq(env.cpu->ret_sp, env.cpu->ret_base - 8);
        enter(&env, callee);
        ck_assert_int_eq(exit_target(&env, &caller), block ? 0x40 : 4);
        ck_assert_uint_eq(r->x[0], block ? 16 : 15);
        ck_assert_uint_eq(env.cpu->ret_sp, env.cpu->ret_base);
        /* now linked */
        enter(&env, (haddr)caller.text + caller.entries[0].host);
        ck_assert_int_eq(exit_target(&env, &caller), block ? 0x40 : 4);
        ck_assert_uint_eq(r->x[0], block ? 49 : 45);
    }
}
END_TEST

/* A return to elsewhere, one from an empty stack, and the hash that answers both. */
START_TEST(returns_that_miss)
{
    static struct t_env env;
    ck_assert(t_open(&env, ~0u, 0));
    struct t_regs *r = t_state(&env);
    struct cpu *cpu = env.cpu;
    build_callee(&env, 0x20);
    compile_at(&env, 8192, 100);
    haddr callee = (haddr)env.out.text + env.out.entries[0].host;
    build_caller(&env, false, true);
    u64 *slots = compile_at(&env, 0, 0);
    struct code_buf caller = env.out;
    for (u32 i = 0; i < caller.slot_count; i++) {
        if (caller.slot_info[i].call) {
            slots[i] = callee;
        }
    }
    cpu->ret_sp = cpu->ret_base;
    enter(&env, (haddr)caller.text + caller.entries[0].host);
    ck_assert_uint_eq(cpu->exit_reason, EXEC_I_LOOKUP);
    ck_assert_uint_eq(cpu->exit_ic, 0);
    ck_assert_uint_eq(cpu->pc, env.fn.pc + 0x24);
    /* the stack is empty: the sentinel leads to the look-up and stays in place */
    for (int n = 0; n < 3; n++) {
        cpu->ret_sp = cpu->ret_base;
        r->x[10] = 0x7770;
        enter(&env, callee);
        ck_assert_uint_eq(cpu->exit_reason, EXEC_I_LOOKUP);
        ck_assert_uint_eq(cpu->pc, 0x7790);
        ck_assert_uint_eq(cpu->ret_sp, cpu->ret_base);
    }
    /* the hash knows the way: on to the caller's second block */
    cpu->jc[jc_index(0x7790, 2, JC_BITS)] =
        (struct jc_entry){0x7790, (haddr)caller.text + caller.entries[1].host};
    r->x[0] = 2;
    r->x[10] = 0x7770;
    enter(&env, callee);
    ck_assert_int_eq(exit_target(&env, &caller), 0x40);
    ck_assert_uint_eq(r->x[0], 7);
}
END_TEST

/* A loop inside the unit: branches to its own blocks need no slot. */
START_TEST(blocks_inside_a_unit)
{
    static struct t_env env;
    ck_assert(t_open(&env, configs[_i], 0));
    struct ir_builder *b = &env.b;
    t_begin(&env);
    gaddr pc = env.fn.pc;
    ir_set(b, TX + 0, ir_k64(b, 0));
    ir_insn(b, pc, 0, false);
    ir_block(b, pc + 4, false, 0);
    ir_set(b, TX + 0, ir_op2(b, IR_ADD, IR_I64, 0, ir_get(b, TX + 0), ir_get(b, TX + 1)));
    ir_insn(b, pc + 4, 0, false);
    ir_ref n = ir_op2(b, IR_ADD, IR_I64, 0, ir_get(b, TX + 1), ir_k64(b, ~0ull));
    ir_set(b, TX + 1, n);
    ir_insn(b, pc + 8, 0, false);
    ir_op3(b, IR_EXITIF, IR_VOID, 0, ir_op2(b, IR_CMP, IR_I64, IR_CC_NE, n, ir_k64(b, 0)),
           ir_kpc(b, pc + 4), 0);
    ir_op3(b, IR_JMP, IR_VOID, 0, 0, ir_kpc(b, pc + 16), 0);
    ir_insn(b, pc + 12, 0, false);
    compile_at(&env, 0, 0);
    ck_assert_uint_eq(env.out.slot_count, 1);
    t_state(&env)->x[1] = 100;
    env.cpu->ret_sp = env.cpu->ret_base;
    enter(&env, (haddr)env.out.text + env.out.entries[0].host);
    ck_assert_int_eq(exit_target(&env, &env.out), 16);
    ck_assert_uint_eq(t_state(&env)->x[0], 5050);
}
END_TEST

Suite *suite_x64(void)
{
    Suite *s = suite_create("x64");
    TCase *tc = tcase_create("x64");
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, scalar_ops, 0, CONFIGS);
    tcase_add_loop_test(tc, scalar_float_modes, 0, CONFIGS);
    tcase_add_loop_test(tc, random_units, 0, CONFIGS);
    tcase_add_loop_test(tc, faults_are_precise, 0, CONFIGS);
    tcase_add_loop_test(tc, wide_memory_ops, 0, CONFIGS);
    tcase_add_test(tc, text_is_position_independent);
    tcase_add_loop_test(tc, calls_and_returns, 0, CONFIGS);
    tcase_add_test(tc, returns_that_miss);
    tcase_add_loop_test(tc, blocks_inside_a_unit, 0, CONFIGS);
    suite_add_tcase(s, tc);
    return s;
}
