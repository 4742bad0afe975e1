/* Unit tests of src/ir: the builder folds and shares, the verifier objects, folding keeps values.
 */
#include <string.h>

#include "ir/ir.h"

#include "unit.h"

struct state {
    u64 x[4];
    v128 v[2];
    u32 nzcv;
};

enum { X0, X1, X2, X3, V0, V1, NZCV, REGS };
#define XREG(n)                                                                                    \
    {                                                                                              \
        "x" #n, offsetof(struct state, x[n]), IR_I64, n                                            \
    }
#define VREG(n)                                                                                    \
    {                                                                                              \
        "v" #n, offsetof(struct state, v[n]), IR_V128, n                                           \
    }
static const struct ir_reg regs[REGS] = {XREG(0),
                                         XREG(1),
                                         XREG(2),
                                         XREG(3),
                                         VREG(0),
                                         VREG(1),
                                         {"nzcv", offsetof(struct state, nzcv), IR_I32, -1}};

static struct ir_builder b;
static struct ir_fn fn;
static struct arena arena;
static char text[1 << 16], msg[256];

static void begin(void)
{
    arena_reset(&arena);
    ir_begin(&b, &fn, &arena, regs, 0x1000);
    fn.nzcv_reg = NZCV;
}

static ir_ref x(unsigned n)
{
    return ir_get(&b, X0 + n);
}

static ir_ref k(u64 v)
{
    return ir_k64(&b, v);
}

static ir_ref op2(enum ir_op op, ir_ref l, ir_ref r)
{
    return ir_op2(&b, op, IR_I64, 0, l, r);
}

static void expect_text(const char *want)
{
    struct strbuf sb = STRBUF_ON(text);
    ir_print(&sb, &fn, regs);
    ck_assert_str_eq(text, want);
}

START_TEST(test_constants)
{
    begin();
    ck_assert_uint_eq(k(5), k(5));
    ck_assert_uint_ne(k(5), ir_k32(&b, 5));
    ck_assert_uint_ne(k(5), ir_kpc(&b, 0x1005));
    for (u64 i = 0; i < 1000; i++) {
        ck_assert_uint_eq(k(i * i), k(i * i)); /* past the first capacity */
    }
    ck_assert_uint_eq(op2(IR_ADD, k(40), k(2)), k(42));
    ck_assert_uint_eq(op2(IR_UDIV, k(40), k(0)), k(0));
    ck_assert_uint_eq(op2(IR_ADD, k(8), ir_kpc(&b, 0x2000)), ir_kpc(&b, 0x2008));
    ck_assert_uint_eq(ir_op2(&b, IR_ADD, IR_I32, 0, ir_k32(&b, ~0u), ir_k32(&b, 1)), ir_k32(&b, 0));
    ck_assert_uint_eq(ir_op2(&b, IR_CMP, IR_I64, IR_CC_SLT, k(-1ull), k(0)), ir_k1(&b, true));
    ck_assert_uint_eq(fn.len, 1);
}
END_TEST

START_TEST(test_identities)
{
    begin();
    ir_ref a = x(0), c = x(1);
    u32 len = fn.len;
    ck_assert_uint_eq(op2(IR_ADD, a, k(0)), a);
    ck_assert_uint_eq(op2(IR_ADD, k(0), a), a);
    ck_assert_uint_eq(op2(IR_AND, a, k(~0ull)), a);
    ck_assert_uint_eq(op2(IR_XOR, a, a), k(0));
    ck_assert_uint_eq(op2(IR_SUB, c, c), k(0));
    ck_assert_uint_eq(op2(IR_OR, c, c), c);
    ck_assert_uint_eq(op2(IR_SHL, a, k(64)), a);
    ck_assert_uint_eq(ir_op3(&b, IR_SELECT, IR_I64, 0, a, c, ir_k1(&b, false)), c);
    ck_assert_uint_eq(ir_op2(&b, IR_CMP, IR_I64, IR_CC_UGE, a, k(0)), ir_k1(&b, true));
    ck_assert_uint_eq(fn.len, len);
}
END_TEST

START_TEST(test_chains)
{
    begin();
    ir_ref a = x(0), s = op2(IR_ADD, a, k(8));
    ck_assert_uint_eq(op2(IR_ADD, s, k(8)), op2(IR_ADD, a, k(16)));
    ck_assert_uint_eq(op2(IR_SUB, s, k(8)), a);
    ir_set(&b, X0, s);
    ir_ref t = op2(IR_ADD, s, k(24)); /* s is x0 now: its operand need not live on */
    ck_assert_uint_eq(fn.ins[t].a, s);
    ir_ref w = ir_op1(&b, IR_TRUNC, IR_I32, 0, a), z = ir_op1(&b, IR_ZEXT, IR_I64, 32, w);
    ck_assert_uint_eq(ir_op1(&b, IR_TRUNC, IR_I32, 0, z), w);
    ck_assert_uint_eq(ir_op1(&b, IR_ZEXT, IR_I64, 32, ir_op1(&b, IR_TRUNC, IR_I32, 0, z)), z);
    ck_assert_uint_eq(op2(IR_AND, z, k(0xffffffff)), z);
}
END_TEST

START_TEST(test_sharing)
{
    begin();
    ir_ref s = op2(IR_MUL, x(0), x(1));
    ck_assert_uint_eq(op2(IR_MUL, x(0), x(1)), s);
    ck_assert_uint_ne(op2(IR_MULHU, x(0), x(1)), s);
    ir_ref l = ir_op1(&b, IR_LD, IR_I64, 3, x(0));
    ck_assert_uint_ne(ir_op1(&b, IR_LD, IR_I64, 3, x(0)), l);
    ir_op2(&b, IR_CALL, IR_VOID, 0, 0, ir_kpc(&b, 0x2000));
    ir_block(&b, 0x1004, true, 0);
    ck_assert_uint_ne(op2(IR_MUL, x(0), x(1)), s); /* nothing lives across a block */
}
END_TEST

/* What raises FP status is shared up to a HELPER, which may have cleared it. */
START_TEST(test_sharing_of_fp)
{
    begin();
    ir_ref d = ir_op1(&b, IR_BITF, IR_F64, 0, x(0)), m = op2(IR_MUL, x(0), x(1));
    ir_ref sum = ir_op2(&b, IR_FADD, IR_F64, 0, d, d);
    ir_ref neg = ir_op1(&b, IR_FNEG, IR_F64, 0, d);
    ck_assert_uint_eq(ir_op2(&b, IR_FADD, IR_F64, 0, d, d), sum);
    ir_op3(&b, IR_HELPER, IR_I64, 0, k(0), k(0), k(0));
    ir_ref again = ir_op2(&b, IR_FADD, IR_F64, 0, d, d);
    ck_assert_uint_ne(again, sum);
    ck_assert_uint_eq(ir_op2(&b, IR_FADD, IR_F64, 0, d, d), again);
    ck_assert_uint_eq(ir_op1(&b, IR_FNEG, IR_F64, 0, d), neg);
    ck_assert_uint_eq(op2(IR_MUL, x(0), x(1)), m);
}
END_TEST

START_TEST(test_conditions)
{
    begin();
    ir_ref a = x(0), c = x(1);
    ir_ref lt = ir_op2(&b, IR_CMP, IR_I64, IR_CC_ULT, a, c);
    ck_assert_uint_eq(ir_op2(&b, IR_XOR, IR_I1, 0, lt, ir_k1(&b, true)),
                      ir_op2(&b, IR_CMP, IR_I64, IR_CC_UGE, a, c));
    ck_assert_uint_eq(ir_op2(&b, IR_CMP, IR_I64, IR_CC_ULT, k(7), a),
                      ir_op2(&b, IR_CMP, IR_I64, IR_CC_UGT, a, k(7)));
    ir_op3(&b, IR_FLAGS, IR_I64, IR_FL_SUB, a, c, op2(IR_SUB, a, c));
    ir_ref packed = ir_op1(&b, IR_NZCV, IR_I32, 0, b.flags);
    ck_assert_uint_eq(ir_op1(&b, IR_PCOND, IR_I32, IR_PC_CC, packed), lt);
    ck_assert_int_eq(ir_type_of(&fn, lt), IR_I1);
    ck_assert_int_eq(ir_type_of(&fn, packed), IR_I32);
    ir_ref one = ir_op3(&b, IR_SELECT, IR_I64, 0, k(1), k(0), lt);
    ck_assert_uint_eq(fn.ins[one].op, IR_B2I);
}
END_TEST

START_TEST(test_registers)
{
    begin();
    ck_assert_uint_eq(x(0), x(0));
    ir_set(&b, X1, x(0));
    ck_assert_uint_eq(x(1), x(0));
    ir_set(&b, X1, x(0)); /* nothing new */
    ir_insn(&b, 0x1000, 0, false);
    ir_insn(&b, 0x1004, 0, false); /* made no op */
    ir_op2(&b, IR_JMP, IR_VOID, 0, 0, ir_kpc(&b, 0x1010));
    expect_text("unit 0x1000\n%1 = get.i64{x0}\nset.i64{x1} %1\ninsn.void +0x0, _\n"
                "jmp.void _, pc+0x10:i64, _\n");
    ck_assert_ptr_null(ir_verify(&fn, msg, sizeof(msg)));
}
END_TEST

START_TEST(test_moves)
{
    begin();
    ir_ref v = ir_get(&b, V0), d = ir_op1(&b, IR_V2F, IR_F64, 0, v);
    ir_ref back = ir_op1(&b, IR_F2V, IR_V128, IR_F64, ir_op1(&b, IR_FNEG, IR_F64, 0, d));
    ck_assert_uint_eq(ir_op1(&b, IR_VZLO, IR_V128, 0, back), back);
    ck_assert_uint_eq(fn.ins[ir_op1(&b, IR_V2F, IR_F64, 0, back)].op, IR_FNEG);
    ir_ref bits = ir_op1(&b, IR_BITI, IR_I64, 0, d);
    ck_assert_uint_eq(ir_op1(&b, IR_BITF, IR_F64, 0, bits), d);
    ir_ref f1 = ir_op2(&b, IR_FADD, IR_F64, 0, d, ir_kf64(&b, 0));
    ck_assert_uint_eq(fn.ins[f1].op, IR_FADD); /* -0 + 0 is not -0, and signals matter */
    ir_ref f2 = ir_op2(&b, IR_FADD, IR_F64, 0, ir_kf64(&b, 0), d);
    ck_assert_uint_ne(f1, f2); /* the order of operands chooses the NaN */
}
END_TEST

/* Extensions made of two shifts, and what a sign-extending load has done already. */
START_TEST(test_fold_shift_pairs)
{
    begin();
    ir_ref x = ir_get(&b, X0), left = ir_op2(&b, IR_SHL, IR_I64, 0, x, k(32));
    ir_ref zext = ir_op2(&b, IR_SHR, IR_I64, 0, left, k(32));
    ck_assert_uint_eq(fn.ins[zext].op, IR_ZEXT);
    ir_ref scaled = ir_op2(&b, IR_SHR, IR_I64, 0, left, k(29));
    ck_assert_uint_eq(fn.ins[scaled].op, IR_SHL);
    ck_assert_uint_eq(fn.ins[scaled].a, zext);
    ck_assert_uint_eq(fn.ins[scaled].b, k(3));
    ck_assert_uint_eq(fn.ins[ir_op2(&b, IR_SAR, IR_I64, 0, left, k(32))].op, IR_SEXT);
    ir_ref bits = ir_op2(&b, IR_SAR, IR_I64, 0, left, k(40));
    ck_assert_uint_eq(fn.ins[bits].op, IR_SBFX);
    ck_assert_uint_eq(fn.ins[bits].aux, 8 | 24 << 6);
    ir_ref top = ir_op2(&b, IR_SHR, IR_I64, 0, ir_op2(&b, IR_SHL, IR_I64, 0, x, k(8)), k(4));
    ck_assert_uint_eq(fn.ins[top].op, IR_SHR); /* 56 bits in the middle: as it is */
    ir_ref load = ir_op1(&b, IR_LD, IR_I64, 2 | IR_MEM_SIGN, x);
    ck_assert_uint_eq(ir_op1(&b, IR_SEXT, IR_I64, 32, ir_op1(&b, IR_TRUNC, IR_I32, 0, load)), load);
    ir_ref cond = ir_op2(&b, IR_CMP, IR_I64, IR_CC_EQ, x, k(5)), bit = ir_op1(&b, IR_B2I, IR_I64, 0, cond);
    ir_ref not = ir_op2(&b, IR_XOR, IR_I64, 0, bit, k(1));
    ck_assert_uint_eq(fn.ins[not].op, IR_B2I);
    ck_assert_uint_eq(fn.ins[fn.ins[not].a].aux, IR_CC_NE);
}
END_TEST

/* Appends an op as it is. */
static u32 raw(u16 op, u8 type, u16 aux, ir_ref p, ir_ref q, ir_ref r)
{
    fn.ins[fn.len] = (struct ir_ins){op, type, aux, p, q, r};
    return fn.len++;
}

static void expect_bad(const char *part)
{
    const char *what = ir_verify(&fn, msg, sizeof(msg));
    ck_assert_ptr_nonnull(what);
    ck_assert_msg(strstr(what, part) != NULL, "%s: not about %s", what, part);
    begin();
}

START_TEST(test_verify)
{
    begin();
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    expect_bad("end can be reached");
    raw(IR_ADD, IR_I64, 0, 2, 2, 0);
    expect_bad("come before");
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    raw(IR_ADD, IR_I32, 0, 1, 1, 0);
    expect_bad("integer of the op's type");
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    raw(IR_ADD, IR_I64, 0, 1, 0, 0);
    expect_bad("missing");
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    expect_bad("once a block");
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    raw(IR_SET, IR_I64, X1, 1, 0, 0);
    raw(IR_LD, IR_I64, 3, 1, 0, 0);
    expect_bad("may fault after");
    raw(IR_JMP, IR_VOID, 0, 0, k(0), 0);
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    expect_bad("never run");
    raw(IR_BLOCK, IR_VOID, 0, 4, 0, 0); /* may be run into, but then has to end */
    expect_bad("end can be reached");
    raw(IR_BLOCK, IR_VOID, 1, 4, 0, 0);
    expect_bad("return point");
    raw(IR_JMP, IR_VOID, 0, 0, k(0), 0);
    raw(IR_BLOCK, IR_VOID, 1, 4, 0, 0);
    expect_bad("return point");
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    raw(IR_JMP, IR_VOID, 0, 0, k(0), 0);
    raw(IR_BLOCK, IR_VOID, 0, 4, 0, 0);
    raw(IR_SET, IR_I64, X1, 1, 0, 0);
    expect_bad("another block");
    raw(IR_GET, IR_I64, X0, 0, 0, 0);
    raw(IR_NZCV, IR_I32, 0, 1, 0, 0);
    expect_bad("FLAGS");
}
END_TEST

START_TEST(test_parse_errors)
{
    static const struct {
        const char *text, *part;
    } bad[] = {{"", "line 1"},
               {"unit 0x0\nfrob.i64 %1\n", "line 2: unknown op"},
               {"unit 0x0\n%1 = get.i64{x9}\n", "unknown name"},
               {"unit 0x0\n%1 = get.i64{x0}\n%3 = neg.i64 %1\n", "line 3: values are numbered"},
               {"unit 0x0\n%1 = neg.i64 %1\n", "no such value"},
               {"unit 0x0\n%1 = neg.i64 0x1\n", "needs its type"},
               {"unit 0x0\n%1 = neg.i65 0x1\n", "unknown type"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        arena_reset(&arena);
        ck_assert_int_ne(ir_parse(&b, &fn, &arena, regs, REGS, bad[i].text, msg, sizeof(msg)), 0);
        ck_assert_msg(strstr(msg, bad[i].part) != NULL, "%s: not about %s", msg, bad[i].part);
    }
}
END_TEST

/* --- random expressions: what the builder made of them has the value the ops have one by one ---
 */

static u64 seed;

static u64 rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1dull >> 11;
}

enum { MAX_VALUES = 40 };
struct value {
    ir_ref ref;
    enum ir_type type;
    union ir_val val;
};
static struct value values[MAX_VALUES];
static unsigned value_count;

static const struct value *pick(enum ir_type type)
{
    static struct value fresh;
    for (unsigned tries = 0; tries < 8 && value_count && rnd() % 4; tries++) {
        const struct value *v = &values[rnd() % value_count];
        if (v->type == type) {
            return v;
        }
    }
    static const u64 nice[] = {0,  1,   2,      7,          8,          31,         32,
                               63, 255, 0xffff, 0xffffffff, 0x80000000, 1ull << 63, ~0ull};
    u64 c = rnd() % 3 ? nice[rnd() % ARRAY_LEN(nice)] : rnd();
    c = type == IR_I1 ? c & 1 : type == IR_I32 ? (u32)c : c;
    fresh = (struct value){ir_k(&b, type, c), type, {.v = {.d = {c, 0}}}};
    return &fresh;
}

/* A random legal aux of OP. */
static u16 random_aux(enum ir_op op, enum ir_type type)
{
    static const u8 ext[] = {8, 16, 32}, tst[] = {IR_CC_EQ, IR_CC_NE, IR_CC_MI, IR_CC_PL},
                    cmn[] = {IR_CC_EQ, IR_CC_NE, IR_CC_ULT, IR_CC_UGE,
                             IR_CC_MI, IR_CC_PL, IR_CC_VS,  IR_CC_VC};
    unsigned w = type == IR_I64 ? 64 : 32, lsb = rnd() % w;
    switch (op) {
    case IR_SEXT:
    case IR_ZEXT:
        return ext[rnd() % 3];
    case IR_UBFX:
    case IR_SBFX:
    case IR_BFI:
        return (u16)(lsb | (1 + rnd() % (w - lsb)) << 6);
    case IR_EXTR:
        return (u16)(1 + rnd() % (w - 1));
    case IR_CMP:
    case IR_PCOND:
        return (u16)(rnd() % 14);
    case IR_TST:
        return tst[rnd() % 4];
    case IR_CMN:
        return cmn[rnd() % 8];
    case IR_CRC32:
        return (u16)((rnd() % 2 << 2) | (type == IR_I64 ? 3 : rnd() % 3));
    default:
        return 0;
    }
}

static void random_op(void)
{
    static const u8 ops[] = {
        IR_ADD,   IR_ADD,    IR_SUB,     IR_MUL,   IR_AND,  IR_OR,     IR_XOR,  IR_ANDN,
        IR_NOT,   IR_NEG,    IR_SHL,     IR_SHR,   IR_SAR,  IR_ROR,    IR_EXTR, IR_ADC,
        IR_CLZ,   IR_CTZ,    IR_UDIV,    IR_SDIV,  IR_SREM, IR_SEXT,   IR_ZEXT, IR_TRUNC,
        IR_UBFX,  IR_SBFX,   IR_BFI,     IR_BSWAP, IR_RBIT, IR_SELECT, IR_B2I,  IR_CMP,
        IR_CMN,   IR_TST,    IR_ADCNZCV, IR_PCOND, IR_XOR,  IR_SELECT, IR_ZEXT, IR_TRUNC,
        IR_CRC32, IR_POPCNT, IR_REV16};
    enum ir_op op = (enum ir_op)ops[rnd() % ARRAY_LEN(ops)];
    enum ir_type type = rnd() % 2 ? IR_I64 : IR_I32;
    if (op == IR_XOR && rnd() % 2) {
        type = IR_I1;
    }
    const char *sig = ir_ops[op].sig + 2;
    struct value in[3] = {0};
    for (unsigned i = 0; sig[i]; i++) {
        char c = sig[i];
        enum ir_type t = c == 'b' ? IR_I1 : c == 'w' ? IR_I32 : c == 'q' ? IR_I64 : type;
        if (c == 't' && (op == IR_SEXT || op == IR_ZEXT) && rnd() % 2) {
            t = IR_I32;
        }
        in[i] = *pick(t);
    }
    u16 aux = random_aux(op, type);
    struct value out = {
        .type = (enum ir_type)(ir_fixed_type[op] == IR_TYPE_COUNT ? type : ir_fixed_type[op])};
    if ((op == IR_SEXT || op == IR_ZEXT) && aux == 32 && type == IR_I32) {
        return;
    }
    static const struct ir_ref_ctx ctx;
    ir_ref_fns[op](&out.val, &in[0].val, &in[1].val, &in[2].val, type, aux, &ctx);
    out.ref = ir_emit(&b, op, type, aux, in[0].ref, in[1].ref, in[2].ref);
    ck_assert_int_eq(ir_type_of(&fn, out.ref), out.type);
    values[value_count++] = out;
}

static void check_random_unit(void)
{
    struct state st = {.x = {rnd(), rnd() & 0xff, rnd() << 50, 0}};
    struct ir_exit exit;
    begin();
    value_count = 0;
    for (unsigned i = 0; i < 4; i++) {
        values[value_count++] = (struct value){x(i), IR_I64, {.u = st.x[i]}};
    }
    while (value_count < MAX_VALUES) {
        random_op();
    }
    const struct value *last = &values[MAX_VALUES - 1];
    for (unsigned i = 0; i < 3; i++) {
        last = i == 0 ? last : &values[rnd() % MAX_VALUES];
        ir_ref r = last->type == IR_I64   ? last->ref
                   : last->type == IR_I32 ? ir_op1(&b, IR_ZEXT, IR_I64, 32, last->ref)
                                          : ir_op1(&b, IR_B2I, IR_I64, 0, last->ref);
        ir_set(&b, X1, r);
    }
    ir_op2(&b, IR_JMP, IR_VOID, 0, 0, ir_kpc(&b, 0));
    const char *what = ir_verify(&fn, msg, sizeof(msg));
    ck_assert_msg(what == NULL, "%s", what);
    ir_interp(&fn, regs, &st, NULL, &exit);
    if (st.x[1] != last->val.u) {
        struct strbuf sb = STRBUF_ON(text);
        ir_print(&sb, &fn, regs);
        ck_abort_msg("have %llx want %llx:\n%s", (unsigned long long)st.x[1],
                     (unsigned long long)last->val.u, text);
    }
}

START_TEST(test_folding_keeps_values)
{
    seed = 0x123456789abcdef;
    for (unsigned i = 0; i < 20000; i++) {
        check_random_unit();
    }
}
END_TEST

UNIT_SUITE(ir, test_constants, test_identities, test_chains, test_sharing, test_sharing_of_fp,
           test_conditions, test_registers, test_moves, test_fold_shift_pairs, test_verify, test_parse_errors,
           test_folding_keeps_values)
