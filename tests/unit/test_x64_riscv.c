/* The x86_64 backend with RISC-V's rules of floating point: rules against the reference functions in each rounding
 * mode, and values of which the backend may think that nobody sees which NaN they are. */
#include <stdio.h>

#include "unit.h"
#include "x64_ops.h"

/* All there is, no AVX-512, AVX without the rest, SSE4.1. */
static const u32 configs[] = {~0u, ~(u32)HOST_AVX512VL, HOST_AVX | HOST_POPCNT | HOST_SSE42, 0};
#define CONFIGS ARRAY_LEN(configs)

static const u32 mxcsr[4] = {0x1f80, 0x3f80, 0x5f80, 0x7f80};

static bool is_riscv_op(enum ir_op op)
{
    return (op >= IR_FADD && op <= IR_I2F && op != IR_FRINTTS && op != IR_FNZCV) || op == IR_FJCVT ||
           (op >= IR_BOX && op <= IR_FSGNJ);
}

START_TEST(scalar_ops)
{
    static struct t_env env;
    ck_assert(t_open(&env, configs[_i], 0));
    t_riscv(&env, true);
    for (unsigned mode = 0; mode < 4; mode++) {
        env.cpu->guest_fpctl = mxcsr[mode];
        for (enum ir_op op = IR_NOP; op < IR_OP_COUNT; op++) {
            if (is_riscv_op(op)) {
                ck_assert_msg(t_test_op(&env, op, 6) == 0, "%s mode %u", ir_ops[op].name, mode);
            }
        }
    }
}
END_TEST

START_TEST(vector_ops)
{
    static struct t_env env;
    ck_assert(t_open(&env, configs[_i], 0));
    t_riscv(&env, false);
    for (unsigned mode = 0; mode < 4; mode++) {
        env.cpu->guest_fpctl = mxcsr[mode];
        for (enum ir_op op = IR_VFADD; op <= IR_VFCVTN; op++) {
            if (op != IR_VFMULX && op != IR_VFRINTTS) {
                ck_assert_msg(t_test_op(&env, op, 4) == 0, "%s mode %u", ir_ops[op].name, mode);
            }
        }
    }
}
END_TEST

/* --- units of several instructions --- */

static u64 pick(struct t_env *env, u64 *s, unsigned type)
{
    static const u64 d[] = {0, 1ull << 63, 0x3ff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
                            0x7ff8000000000000, 0xfff8000000001234, 0x7ff0000000000001, 0x4008000000000000,
                            0x0010000000000001, 0xbfd5555555555555};
    static const u32 f[] = {0, 1u << 31, 0x3f800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc01234, 0x7f800001,
                            0x40400000, 0x00800001, 0xbeaaaaab};
    (void)env;
    u64 r = t_random(s) >> 20;
    return type == IR_F64 ? d[r % ARRAY_LEN(d)] : f[r % ARRAY_LEN(f)] | (r % 13 ? ~MASK64(32) : 0);
}

/* Reads or writes the flags; a comparison between both is used behind them. */
static void status_insn(struct t_env *env, u64 r, enum ir_type type)
{
    struct ir_builder *b = &env->b;
    if ((r & 3) == 0) {
        ir_op1(b, IR_FPSET, IR_I32, 0, ir_op1(b, IR_TRUNC, IR_I32, 0, ir_get(b, TX + 1)));
        return;
    }
    ir_ref flags = ir_op0(b, IR_FPGET, IR_I32, 0);
    ir_set(b, TX + 4 + (r >> 4 & 8), ir_op1(b, IR_ZEXT, IR_I64, 32, flags));
    if ((r & 3) == 1) {
        return;
    }
    ir_ref in[2];
    for (unsigned k = 0; k < 2; k++) {
        in[k] = ir_get(b, TV + (r >> (8 + 3 * k) & 7) * 4 % TV_COUNT);
        in[k] = type == IR_F64 ? in[k] : ir_op1(b, IR_UNBOX, IR_F32, 0, in[k]);
    }
    ir_ref c = ir_op2(b, IR_FCMP, type, (u16)((r >> 20 & 31) % 14 | (r >> 16 & 16)), in[0], in[1]);
    ir_op1(b, IR_FPSET, IR_I32, r & 1, (r & 1) ? flags : ir_k32(b, 0));
    ir_ref v = ir_op3(b, IR_SELECT, IR_I64, 0, ir_get(b, TX + 2), ir_get(b, TX + 3), c);
    ir_set(b, TX + 3, v);
}

/* One instruction: registers of TYPE, some of them loads and stores, which see all that was written before. */
static void random_insn(struct t_env *env, u64 *s, enum ir_type type)
{
    static const u8 ops[] = {IR_FADD, IR_FSUB, IR_FMUL, IR_FDIV, IR_FSQRT, IR_FMA, IR_FMINNM, IR_FMAXNM, IR_FABS,
                             IR_FNEG, IR_F2F, IR_FRINT, IR_FADD, IR_FMUL, IR_FMA, IR_FCMP};
    struct ir_builder *b = &env->b;
    u64 r = t_random(s);
    unsigned op = ops[r >> 8 & 15], vd = TV + (r >> 16) % 8 * 4 % TV_COUNT, n = (op == IR_FMA) + 2u;
    u16 aux = op == IR_FMA ? r >> 40 & 3 : op == IR_FRINT ? r >> 40 & 3 : 0;
    if ((r & 15) == 1) {
        status_insn(env, r >> 20, type);
        return;
    }
    if ((r & 15) == 0) {
        ir_ref at = ir_k64(b, (u64)env->mem + (r >> 20 & 0xf8));
        ir_ref v = ir_get(b, vd);
        ir_op2(b, IR_ST, IR_VOID, type == IR_F64 ? 3 : 2, at,
               type == IR_F64 ? v : ir_op1(b, IR_UNBOX, IR_F32, 1, v));
        return;
    }
    ir_ref in[3] = {0}, v;
    for (unsigned k = 0; k < n; k++) {
        v = ir_get(b, TV + (r >> (44 + 4 * k)) % 8 * 4 % TV_COUNT);
        in[k] = type == IR_F64 ? v : ir_op1(b, IR_UNBOX, IR_F32, 0, v);
    }
    if (op == IR_FCMP) {
        ir_set(b, TX + 3, ir_op1(b, IR_B2I, IR_I64, 0, ir_op2(b, IR_FCMP, type, (u16)(r >> 40 & 31) % 14, in[0], in[1])));
        return;
    }
    if (op == IR_F2F) {
        enum ir_type other = type == IR_F64 ? IR_F32 : IR_F64;
        v = ir_op1(b, IR_F2F, type, other, ir_op1(b, IR_F2F, other, type, in[0]));
    } else {
        bool one = op == IR_FSQRT || op == IR_FABS || op == IR_FNEG || op == IR_FRINT;
        v = ir_emit(b, (enum ir_op)op, type, aux, in[0], one ? 0 : in[1], in[2]);
    }
    ir_set(b, vd, type == IR_F64 ? v : ir_op1(b, IR_BOX, IR_F64, 0, v));
}

START_TEST(random_units)
{
    static struct t_env env;
    char what[64];
    ck_assert(t_open(&env, configs[_i], 0));
    t_riscv(&env, true);
    env.fp_flags = 0x3d;
    for (u64 seed = 1; seed < 3000; seed++) {
        u64 s = seed * 0x9e3779b97f4a7c15ull;
        enum ir_type type = seed & 1 ? IR_F64 : IR_F32;
        t_begin(&env);
        for (unsigned n = 0; n < 2 + seed % 24; n++) {
            random_insn(&env, &s, type);
            ir_insn(&env.b, env.fn.pc + n * 4, 0, false);
        }
        ir_op3(&env.b, IR_JMP, IR_VOID, 0, 0, ir_kpc(&env.b, env.fn.pc + 64), 0);
        for (unsigned k = 0; k < 3; k++) {
            for (unsigned v = 0; v < TV_COUNT; v++) {
                t_state(&env)->v[v] = (v128){.d = {pick(&env, &s, type), 0}};
            }
            snprintf(what, sizeof(what), "seed %lu", (unsigned long)seed);
            ck_assert(t_same(&env, what));
        }
    }
}
END_TEST

Suite *suite_x64_riscv(void)
{
    Suite *s = suite_create("x64_riscv");
    TCase *tc = tcase_create("x64_riscv");
    tcase_set_timeout(tc, 100);
    tcase_add_loop_test(tc, scalar_ops, 0, CONFIGS);
    tcase_add_loop_test(tc, vector_ops, 0, CONFIGS);
    tcase_add_loop_test(tc, random_units, 0, CONFIGS);
    suite_add_tcase(s, tc);
    return s;
}
