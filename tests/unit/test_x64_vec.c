/* The x86_64 backend's vector rules against the reference functions: every op and form, operands in every kind of
 * place, all rounding and NaN modes, and random units that leave no register free. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "x64_ops.h"
#include "x64_random.h"

#define FPCR_DN (1u << 25)
#define FPCR_FZ (1u << 24)
#define MXCSR_MASKED 0x1f80u
#define MXCSR_FLUSH 0x8040u

/* What the backend may use: all there is, AVX2 alone, AVX alone, SSE4.2, SSE4.1. */
static const u32 configs[] = {~0u, ~(u32)HOST_AVX512VL, HOST_AVX | HOST_SSE42 | HOST_AES | HOST_PCLMUL,
                              HOST_SSE42 | HOST_AES | HOST_PCLMUL, 0};

static bool is_vector_op(enum ir_op op)
{
    return t_is_value_op(op) && op >= IR_VGETL;
}

static bool is_float_op(enum ir_op op)
{
    return op >= IR_VFADD && op <= IR_VFCMLA;
}

/* The guest's control bits FPCR with rounding mode RM (0 nearest, 1 up, 2 down, 3 zero). */
static void set_mode(struct t_env *env, u32 fpcr, unsigned rm)
{
    static const u8 host_rm[4] = {0, 2, 1, 3};
    env->cpu->fpcr_ctx = fpcr;
    env->cpu->guest_fpctl = MXCSR_MASKED | (u32)host_rm[rm] << 13 | (fpcr & FPCR_FZ ? MXCSR_FLUSH : 0);
}

/* Each op in the forms lifters use, in the default mode. */
START_TEST(one_op)
{
    static struct t_env env;
    ck_assert(t_open(&env, configs[_i], 0));
    for (enum ir_op op = IR_VGETL; op < IR_OP_COUNT; op++) {
        if (is_vector_op(op)) {
            ck_assert_msg(t_test_op(&env, op, 5) == 0, "%s", ir_ops[op].name);
        }
    }
}
END_TEST

START_TEST(float_modes)
{
    static struct t_env env;
    ck_assert(t_open(&env, configs[_i], 0));
    for (unsigned mode = 1; mode < 7; mode++) {
        static const u32 fpcr[7] = {0, 0, 0, 0, FPCR_DN, FPCR_FZ, FPCR_FZ | FPCR_DN};
        set_mode(&env, fpcr[mode], mode & 3);
        for (enum ir_op op = IR_VFADD; op <= IR_VFCMLA; op++) {
            ck_assert_msg(t_test_op(&env, op, 3) == 0, "%s mode %u", ir_ops[op].name, mode);
        }
    }
}
END_TEST

struct form {
    u8 op;
    u16 aux;
};

/* Forms beyond those of t_test_op: 8-byte doubles, fixed point, sizes at the edge. */
static const struct form forms[] = {
    {IR_VFADD, 7},     {IR_VFSUB, 7},    {IR_VFMUL, 7},     {IR_VFDIV, 7},   {IR_VFSQRT, 7},   {IR_VFMA, 7},
    {IR_VFMA, 15},     {IR_VFABS, 7},    {IR_VFNEG, 7},     {IR_VFMIN, 7},   {IR_VFMAX, 7},    {IR_VFMINNM, 7},
    {IR_VFMAXNM, 7},   {IR_VFADDP, 7},   {IR_VFMINP, 7},    {IR_VFMAXP, 7},  {IR_VFMINNMP, 7}, {IR_VFMAXNMP, 7},
    {IR_VFCMEQ, 7},    {IR_VFCMGE, 7},   {IR_VFCMGT, 7},    {IR_VFACGE, 7},  {IR_VFACGT, 7},   {IR_VFRINT, 7},
    {IR_VFRINT, 0x47}, {IR_VF2I, 0x37},  {IR_VF2I, 0x137},
    {IR_VF2I, 2 | 3 << 4 | 1 << 10},   {IR_VF2I, 2 | 3 << 4 | 31 << 10},  {IR_VF2I, 2 | 3 << 4 | 32 << 10},
    {IR_VF2I, 2 | 19 << 4 | 1 << 10},  {IR_VF2I, 2 | 19 << 4 | 32 << 10}, {IR_VF2I, 3 | 3 << 4 | 33 << 10},
    {IR_VF2I, 3 | 3 << 4 | 1 << 9},    {IR_VF2I, 3 | 19 << 4 | 1 << 9},   {IR_VF2I, 3 | 19 << 4 | 63 << 10},
    {IR_VF2I, 6 | 3 << 4 | 17 << 10},  {IR_VF2I, 7 | 19 << 4 | 40 << 10},
    {IR_VI2F, 7},                      {IR_VI2F, 7 | 16},                 {IR_VI2F, 2 | 16 | 31 << 10},
    {IR_VI2F, 2 | 32 << 10},           {IR_VI2F, 6 | 16 | 1 << 10},       {IR_VI2F, 3 | 16 | 63 << 10},
    {IR_VI2F, 3 | 32},                 {IR_VI2F, 3 | 16 | 32},            {IR_VI2F, 7 | 9 << 10},
    {IR_VREDADD, 6},   {IR_VREDSMIN, 6}, {IR_VREDUMAX, 6},  {IR_VREDSADDL, 6}, {IR_VREDUADDL, 6},
    {IR_VREDUADDL, 2}, {IR_VREDSADDL, 2}, {IR_VEXT, 0},     {IR_VEXT, 4},    {IR_VEXT, 8},     {IR_VREV, 0},
    {IR_VSMIN, 3},     {IR_VUMAX, 3},    {IR_VSABD, 3},     {IR_VUABD, 3},   {IR_VSHADD, 3},   {IR_VURHADD, 3},
    {IR_VSHSUB, 3},    {IR_VCLZ, 3},     {IR_VCLS, 3},      {IR_VMUL, 3},    {IR_VSQDMULL, 0}, {IR_VADDP, 3},
};

static u64 float_edge(u64 *seed, unsigned size)
{
    static const u32 s[] = {0, 0x80000000, 1, 0x80000003, 0x7fffff, 0x3f800000, 0xbf000000, 0x3effffff, 0x40200000, 0x4b000001,
                            0xcf000000, 0x4effffff, 0x4f800000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00001, 0xff812345};
    static const u64 d[] = {0, 1ull << 63, 5, 0x800fffffffffffff, 0x3ff0000000000000, 0xbfe0000000000000,
                            0x3fdfffffffffffff, 0x4004000000000000, 0x4330000000000001, 0xc3e0000000000000,
                            0x43dfffffffffffff, 0x43f0000000000000, 0x7fefffffffffffff, 0x7ff0000000000000,
                            0xfff0000000000000, 0x7ff8000000000001, 0xfff0000000012345};
    u64 r = t_random(seed);
    if (size == 3) {
        return r >> 62 ? (t_random(seed) & 0x800fffffffffffff) | (1005 + (r & 63)) << 52 : d[r % ARRAY_LEN(d)];
    }
    u64 lo = r >> 62 ? (r & 0x807fffff) | (115 + (r >> 32 & 31)) << 23 : s[r % ARRAY_LEN(s)];
    r = t_random(seed);
    u64 hi = r >> 62 ? (r & 0x807fffff) | (115 + (r >> 32 & 31)) << 23 : s[r % ARRAY_LEN(s)];
    return lo | hi << 32;
}

static v128 any_vector(u64 *seed, unsigned size, bool floats)
{
    v128 v;
    for (unsigned n = 0; n < 2; n++) {
        u64 r = t_random(seed);
        v.d[n] = floats && (r & 7) ? float_edge(seed, size) : r >> 62 ? t_random(seed) & t_edge_int(seed) : t_edge_int(seed);
    }
    return v;
}

static void any_state(struct t_env *env, u64 *seed, unsigned size, bool floats)
{
    t_random_state(env, seed);
    for (unsigned n = 0; n < TV_COUNT; n++) {
        t_state(env)->v[n] = any_vector(seed, size, floats);
    }
}

/* Registers of a, b, c and the result: pinned apart, the result over each, in memory, above xmm15, mixed, all one. */
static const u8 places[][4] = {{0, 1, 2, 3},     {0, 1, 2, 0},     {0, 1, 2, 1},    {0, 1, 2, 2},    {24, 25, 26, 27},
                               {24, 25, 26, 24}, {16, 17, 18, 19}, {16, 17, 18, 16}, {16, 17, 18, 17}, {9, 24, 3, 17},
                               {24, 1, 17, 24},  {4, 4, 4, 4},     {5, 5, 6, 7}};

static void leave(struct t_env *env)
{
    ir_insn(&env->b, env->fn.pc, 0, false);
    ir_op3(&env->b, IR_JMP, IR_VOID, 0, 0, ir_kpc(&env->b, env->fn.pc + 64), 0);
}

static unsigned operands(enum ir_op op)
{
    return (unsigned)strlen(ir_ops[op].sig) - 2;
}

/* CONSTS: bit set of the operands that are constants. */
static bool try_form(struct t_env *env, enum ir_op op, u16 aux, unsigned place, unsigned consts, u64 *seed)
{
    char what[80];
    ir_ref r[3] = {0, 0, 0};
    t_begin(env);
    for (unsigned n = 0; n < operands(op); n++) {
        v128 k = any_vector(seed, aux & 3, is_float_op(op));
        bool zero = t_random(seed) % 3 == 0;
        r[n] = consts >> n & 1 ? ir_kv(&env->b, zero ? 0 : k.d[0], zero ? 0 : k.d[1]) : ir_get(&env->b, TV + places[place][n]);
    }
    ir_set(&env->b, TV + places[place][3], ir_emit(&env->b, op, IR_V128, aux, r[0], r[1], r[2]));
    leave(env);
    any_state(env, seed, aux & 3, is_float_op(op));
    snprintf(what, sizeof(what), "%s aux %#x place %u constants %u", ir_ops[op].name, aux, place, consts);
    return t_same(env, what);
}

static bool all_vectors(enum ir_op op)
{
    return is_vector_op(op) && strspn(ir_ops[op].sig, "x:") == strlen(ir_ops[op].sig);
}

START_TEST(rare_forms)
{
    static struct t_env env;
    u64 seed = 77;
    ck_assert(t_open(&env, configs[_i], 0));
    for (unsigned f = 0; f < ARRAY_LEN(forms); f++) {
        for (unsigned rm = 0; rm < 4; rm++) {
            set_mode(&env, 0, rm);
            for (unsigned n = 0; n < 8 * ARRAY_LEN(places); n++) {
                ck_assert(try_form(&env, (enum ir_op)forms[f].op, forms[f].aux, n % ARRAY_LEN(places), 0, &seed));
            }
        }
    }
}
END_TEST

/* Constants among the operands and results over operands, for each op. */
START_TEST(operand_places)
{
    static struct t_env env;
    static u16 aux[2048];
    u64 seed = 99;
    ck_assert(t_open(&env, configs[_i], 0));
    for (enum ir_op op = IR_VZLO; op < IR_OP_COUNT; op++) {
        unsigned count = all_vectors(op) ? t_op_auxes(op, IR_V128, aux) : 0;
        env.fp_flags = is_float_op(op) ? 0x2d : 0x3d; /* underflow: see x64_ops.c */
        for (unsigned n = 0; n < 12 * ARRAY_LEN(places) && count; n++) {
            unsigned consts = n % 3 == 0 ? (unsigned)t_random(&seed) % (1u << operands(op)) : 0;
            ck_assert(try_form(&env, op, aux[t_random(&seed) % count], n % ARRAY_LEN(places), consts, &seed));
        }
    }
}
END_TEST

struct values {
    ir_ref r[16];
    unsigned n;
};

static ir_ref pick(struct t_env *env, const struct values *v, u64 *seed)
{
    u64 r = t_random(seed);
    if (v->n && r % 4 < 2) {
        return v->r[(r >> 8) % MIN(v->n, 16u)];
    }
    if (r % 16 == 3) {
        return ir_kv(&env->b, t_random(seed), t_random(seed));
    }
    return ir_get(&env->b, TV + (r >> 8) % TV_COUNT);
}

/* A unit of INSNS guest instructions of vector ops, with comparisons and side exits between. */
static void random_vectors(struct t_env *env, unsigned insns, u64 *seed)
{
    static u16 aux[2048];
    struct values v = {{0}, 0};
    t_begin(env);
    for (unsigned n = 0; n < insns; n++) {
        enum ir_op op = (enum ir_op)(IR_VZLO + t_random(seed) % (IR_OP_COUNT - IR_VZLO));
        u64 r = t_random(seed);
        if (!all_vectors(op)) {
            continue;
        }
        unsigned count = t_op_auxes(op, IR_V128, aux);
        ir_ref a = pick(env, &v, seed), b = operands(op) > 1 ? pick(env, &v, seed) : 0;
        ir_ref c = operands(op) > 2 ? pick(env, &v, seed) : 0;
        ir_ref x = ir_emit(&env->b, op, IR_V128, aux[r % count], a, b, c);
        v.r[v.n++ % 16] = x;
        for (unsigned k = 0; k < (r >> 20 & 1) + (n % 4 == 0); k++) {
            ir_set(&env->b, TV + t_random(seed) % TV_COUNT, k ? pick(env, &v, seed) : x);
        }
        ir_insn(&env->b, env->fn.pc + n * 4, 0, false);
        if (r >> 60 == 0) {
            ir_ref cond = ir_op2(&env->b, IR_CMP, IR_I64, IR_CC_SLT, ir_get(&env->b, TX), ir_get(&env->b, TX + 12));
            ir_op3(&env->b, IR_EXITIF, IR_VOID, 0, cond, ir_kpc(&env->b, env->fn.pc + 0x800 + n * 4), 0);
            ir_insn(&env->b, env->fn.pc + n * 4, 0, false);
        }
    }
    ir_set(&env->b, TV + 3, pick(env, &v, seed));
    leave(env);
}

START_TEST(random_units)
{
    static struct t_env env;
    u64 seed = 4711;
    ck_assert(t_open(&env, configs[_i], 0));
    env.fp_flags = 0x2d;
    for (unsigned n = 0; n < 1500; n++) {
        char what[32];
        u64 first = seed;
        random_vectors(&env, 4 + n % 40, &seed);
        any_state(&env, &seed, 2 + n % 2, n % 3 != 0);
        snprintf(what, sizeof(what), "random vectors, seed %#lx", (unsigned long)first);
        ck_assert(t_same(&env, what));
    }
}
END_TEST

/* Ops that rules merge: a round of AES, products of high halves. */
START_TEST(merged)
{
    static struct t_env env;
    u64 seed = 5;
    ck_assert(t_open(&env, configs[_i], 0));
    for (unsigned n = 0; n < 40 * ARRAY_LEN(places); n++) {
        const u8 *p = places[n % ARRAY_LEN(places)];
        struct ir_builder *b = &env.b;
        bool enc = n & 1;
        t_begin(&env);
        ir_ref x = ir_get(b, TV + p[0]), key = ir_get(b, TV + p[1]);
        ir_ref y = ir_op2(b, enc ? IR_AESE : IR_AESD, IR_V128, 0, x, key);
        if (n & 2) {
            ir_set(b, TV + p[3], y);
        }
        ir_set(b, TV + p[n & 4 ? 3 : 0], ir_op1(b, enc ? IR_AESMC : IR_AESIMC, IR_V128, 0, y));
        ir_ref hi = ir_op1(b, IR_VHI, IR_V128, 0, x), hi2 = n & 8 ? ir_op1(b, IR_VHI, IR_V128, 0, key) : key;
        ir_set(b, TV + p[n & 16 ? 2 : 1], ir_op2(b, IR_VPMULL, IR_V128, 3, hi, hi2));
        leave(&env);
        any_state(&env, &seed, 3, false);
        ck_assert(t_same(&env, "merged"));
    }
}
END_TEST

/* Both halves of SHA-256 rounds in turn, as programs use them, the second sometimes not of the same operands. */
START_TEST(sha256_pairs)
{
    static struct t_env env;
    u64 seed = 9;
    ck_assert(t_open(&env, configs[_i], 0));
    for (unsigned n = 0; n < 200; n++) {
        struct ir_builder *b = &env.b;
        t_begin(&env);
        for (unsigned k = 0; k < 6; k++) {
            unsigned p = n % 3 * 8, q = p + 1, w = p + 2 + t_random(&seed) % 2;
            ir_ref x = ir_get(b, TV + p), y = ir_get(b, TV + q), wk = ir_get(b, TV + w);
            ir_set(b, TV + p, ir_op3(b, IR_SHA256H, IR_V128, 0, x, y, wk));
            ir_insn(b, env.fn.pc + k * 8, 0, false);
            bool other = t_random(&seed) % 4 == 0;
            ir_set(b, TV + q, ir_op3(b, IR_SHA256H2, IR_V128, 0, y, other ? wk : x, wk));
            if (t_random(&seed) % 4 == 0) { /* the first half is not wanted */
                ir_set(b, TV + p, y);
            }
            ir_insn(b, env.fn.pc + k * 8 + 4, 0, false);
        }
        leave(&env);
        any_state(&env, &seed, 2, false);
        ck_assert(t_same(&env, "SHA-256"));
    }
}
END_TEST

Suite *suite_x64_vec(void)
{
    Suite *s = suite_create("x64_vec");
    TCase *tc = tcase_create("x64_vec");
    int n = (int)ARRAY_LEN(configs);
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, one_op, 0, n);
    tcase_add_loop_test(tc, float_modes, 0, n);
    tcase_add_loop_test(tc, rare_forms, 0, n);
    tcase_add_loop_test(tc, operand_places, 0, n);
    tcase_add_loop_test(tc, random_units, 0, n);
    tcase_add_loop_test(tc, merged, 0, n);
    tcase_add_loop_test(tc, sha256_pairs, 0, n);
    suite_add_tcase(s, tc);
    return s;
}
