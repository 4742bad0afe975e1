/* Unit tests of src/frontend/aarch64: the block driver and the flags, by the IR interpreter. */
#include <string.h>

#include "frontend/aarch64/a64_state.h"
#include "frontend/aarch64/lift.h"
#include "frontend/guest.h"

#include "unit.h"

static struct cpu cpu;
static struct arena arena;
static struct ir_fn fn;

enum { MAX_WORDS = 64 };
static u32 code[MAX_WORDS];

/* Lifts from word I on, at most MAX_INSNS, seeing only words below END. */
static void lift_at(unsigned i, unsigned end, unsigned max_insns, unsigned max_blocks)
{
    struct ir_builder b;
    gaddr pc = (gaddr)&code[i];
    struct translate_params p = {.pc = pc, .limit = (gaddr)&code[end], .lo = (gaddr)code};
    p.max_insns = max_insns;
    p.max_blocks = max_blocks;
    p.fp_mode = guest_aarch64.fp_mode(&cpu);
    arena_reset(&arena);
    ir_begin(&b, &fn, &arena, guest_aarch64.regs, pc);
    ck_assert(guest_aarch64.lift(&b, &fn, &arena, &p));
}

static unsigned count_op(enum ir_op op)
{
    unsigned n = 0;
    for (u32 i = 1; i < fn.len; i++) {
        n += fn.ins[i].op == op;
    }
    return n;
}

static const struct ir_ins *find_op(enum ir_op op)
{
    for (u32 i = 1; i < fn.len; i++) {
        if (fn.ins[i].op == op) {
            return &fn.ins[i];
        }
    }
    ck_abort_msg("no such op");
    return NULL;
}

#define CODE(...)                                                                                  \
    do {                                                                                           \
        static const u32 words[] = {__VA_ARGS__};                                                  \
        memcpy(code, words, sizeof(words));                                                        \
        lift_at(0, ARRAY_LEN(words), 32, 4);                                                       \
    } while (0)

#define RET 0xd65f03c0u
#define CMP_X0_X1 0xeb01001fu
#define SVC 0xd4000001u

START_TEST(test_compare_and_branch)
{
    /* cmp x0, x1 ; b.ge +8 ; cmp x0, x1 ; cmp x0, x1 ; svc: both ways overwrite the flags */
    CODE(CMP_X0_X1, 0x5400004a, CMP_X0_X1, CMP_X0_X1, SVC);
    const struct ir_ins *x = find_op(IR_EXITIF);
    ck_assert_uint_eq(fn.ins[x->a].op, IR_CMP);
    ck_assert_uint_eq(fn.ins[x->a].aux, IR_CC_SGE);
    ck_assert_uint_eq(x->c, 0);
    ck_assert_uint_eq(count_op(IR_NZCV), 0);
}
END_TEST

START_TEST(test_flags_live_on_the_way_out)
{
    /* cmp x0, x1 ; b.ge +8 ; cmp x0, x1 ; cset x0, lt ; svc */
    CODE(CMP_X0_X1, 0x5400004a, CMP_X0_X1, 0x9a9fa7e0, SVC);
    ck_assert_uint_ne(find_op(IR_EXITIF)->c, 0);
}
END_TEST

START_TEST(test_call_starts_a_block)
{
    /* bl +8 ; svc ; cmp ; ret */
    CODE(0x94000002, SVC, CMP_X0_X1, RET);
    ck_assert_uint_eq(find_op(IR_CALL)->a, 4);
    ck_assert_uint_eq(find_op(IR_BLOCK)->a, 4);
    ck_assert_uint_eq(find_op(IR_BLOCK)->aux, 1);
    ck_assert_uint_eq(fn.guest_insns, 2);
    ck_assert_uint_eq(fn.guest_len, 8);
}
END_TEST

START_TEST(test_poll_where_no_flags_are_kept)
{
    /* add x2, x2, #1 ; cmp x0, x1 ; b.ne -8: the poll belongs to the cmp or before */
    CODE(0x91000442, CMP_X0_X1, 0x54ffffc1);
    ck_assert_uint_eq(count_op(IR_POLL), 1);
    ck_assert_uint_eq(find_op(IR_EXITIF)->aux, 1);
    for (const struct ir_ins *i = find_op(IR_POLL); i < fn.ins + fn.len; i++) {
        if (i->op == IR_INSN) {
            ck_assert_uint_eq(i->b, 0);
            break;
        }
    }
}
END_TEST

START_TEST(test_blocks_at_targets)
{
    /* cbz x0, +12 ; cmp x0, x1 ; b +16 ; mov x1, x0 ; cmp x0, x1 ; nop ; cset x0, lt ; svc: blocks
     * at both targets and behind the jump; the second way in has the flags of the cmp before it */
    CODE(0xb4000060, CMP_X0_X1, 0x14000004, 0xaa0003e1, CMP_X0_X1, 0xd503201f, 0x9a9fa7e0, SVC);
    ck_assert_uint_eq(fn.guest_insns, 8);
    ck_assert_uint_eq(count_op(IR_BLOCK), 2);
    ck_assert_uint_ne(find_op(IR_JMP)->c, 0);
    ck_assert_uint_eq(count_op(IR_NZCV), 1); /* where the last cmp flows into the target */
}
END_TEST

static bool known_third(const struct translate_params *p UNUSED, gaddr pc, gaddr *next)
{
    *next = (gaddr)&code[pc < (gaddr)&code[2] ? 2 : 4];
    return pc == (gaddr)&code[2];
}

START_TEST(test_stops_at_known_code)
{
    struct ir_builder b;
    struct translate_params p = {.pc = (gaddr)code, .limit = (gaddr)&code[4], .max_insns = 9};
    p.max_blocks = 4;
    p.known = known_third;
    code[0] = code[1] = code[2] = code[3] = 0x91000442;
    ir_begin(&b, &fn, &arena, guest_aarch64.regs, p.pc);
    ck_assert(guest_aarch64.lift(&b, &fn, &arena, &p));
    ck_assert_uint_eq(fn.guest_insns, 2);
    ck_assert_uint_eq(count_op(IR_JMP), 1);
}
END_TEST

START_TEST(test_undefined)
{
    CODE(0x91000442, 0x00000000);
    struct ir_exit x;
    memset(&cpu, 0, sizeof(cpu));
    ir_interp(&fn, guest_aarch64.regs, &cpu, guest_aarch64.helpers, &x);
    ck_assert_uint_eq(x.aux, EXEC_FAULT);
    ck_assert_uint_eq(x.pc, (u64)&code[1]);
    ck_assert_int_eq(cpu.fault.signo, 4);
    ck_assert_uint_eq(cpu.fault.addr, (u64)&code[1]);
    ck_assert_uint_eq(a64_regs(&cpu)->x[2], 1);
}
END_TEST

/* Random programs: forward branches, calls of a leaf, flags made and read in every way; as whole
 * units and word by word, where every instruction finds packed flags, they must do the same. */
static u64 seed;

static u32 rnd(u32 n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(seed >> 33) % n;
}

enum { BODY = 40, END = BODY, LEAF = BODY + 2 };

static u32 any_reg(void)
{
    return rnd(16) ? rnd(8) : 31;
}

static u32 random_word(unsigned i)
{
    static const u32 rrr[] = {
        0x0b000000, 0x2b000000, 0x4b000000, 0x6b000000, /* add adds sub subs */
        0x6a000000, 0x6a200000, 0x0a000000,             /* ands bics and */
        0x1a000000, 0x3a000000, 0x5a000000, 0x7a000000, /* adc adcs sbc sbcs */
        0x6b00001f, 0x2b00001f, 0x6a00001f,             /* cmp cmn tst */
    };
    u32 sf = rnd(2) << 31, to = (i + 1 + rnd(END - i)) - i, cond = rnd(16) << 12;
    u32 regs = any_reg() << 16 | any_reg() << 5 | any_reg();
    switch (rnd(9)) {
    case 0: /* adds, subs of a small immediate; with rd 31 compares */
        return 0x31000000 | sf | rnd(2) << 30 | rnd(4) << 10 | rnd(8) << 5 | (rnd(2) ? 31 : rnd(8));
    case 1: /* ccmp, ccmn register */
        return 0x3a400000 | sf | rnd(2) << 30 | cond | (regs & 0x1f03e0) | rnd(16);
    case 2: /* ccmp, ccmn immediate */
        return 0x3a400800 | sf | rnd(2) << 30 | cond | (regs & 0x1f03e0) | rnd(16);
    case 3: /* csel csinc csinv csneg */
        return 0x1a800000 | sf | rnd(2) << 30 | rnd(2) << 10 | cond | regs;
    case 4: /* b.cond */
        return 0x54000000 | to << 5 | rnd(16);
    case 5: /* cbz cbnz tbz tbnz, calls, flag registers */
        switch (rnd(6)) {
        case 0:
            return 0x94000000 | (LEAF - i);
        case 1:
            return 0xd53b4200 | rnd(8);
        case 2:
            return 0xd51b4200 | rnd(8);
        case 3:
            return 0x36000000 | rnd(2) << 24 | rnd(32) << 19 | to << 5 | rnd(8);
        default:
            return 0x34000000 | sf | rnd(2) << 24 | to << 5 | rnd(8);
        }
    default:
        return rrr[rnd(ARRAY_LEN(rrr))] | sf | regs;
    }
}

static void random_program(void)
{
    for (unsigned i = 0; i < BODY; i++) {
        code[i] = random_word(i);
    }
    code[END] = 0xd53b4208; /* mrs x8, nzcv */
    code[END + 1] = SVC;
    code[LEAF] = rnd(2) ? 0xb1000421 : 0x91000421; /* add(s) x1, x1, #1 */
    code[LEAF + 1] = RET;
}

static void start_state(void)
{
    static const u64 values[] = {0,         1, 2, ~0ull, 1ull << 63, 1ull << 31, (1ull << 63) - 1,
                                 0xffffffff};
    guest_aarch64.reset(&cpu);
    a64_regs(&cpu)->ret_flags = 1; /* the programs may read them late */
    for (unsigned i = 0; i < 8; i++) {
        a64_regs(&cpu)->x[i] = values[rnd(ARRAY_LEN(values))];
    }
    a64_set_nzcv(&cpu, rnd(16) << 28);
    cpu.pc = (gaddr)code;
}

static void run_program(unsigned max_insns, bool blind)
{
    for (unsigned steps = 0; steps < 1000; steps++) {
        struct ir_exit x;
        unsigned i = (unsigned)(cpu.pc - (gaddr)code) / 4;
        ck_assert_uint_lt(i, LEAF + 2);
        lift_at(i, blind ? i + 1 : LEAF + 2, max_insns, 4);
        ir_interp(&fn, guest_aarch64.regs, &cpu, guest_aarch64.helpers, &x);
        cpu.pc = x.pc;
        if (x.op == IR_EXIT) {
            ck_assert_uint_eq(x.aux, EXEC_SYSCALL);
            return;
        }
    }
    ck_abort_msg("the program does not end");
}

START_TEST(test_units_do_what_words_do)
{
    for (unsigned n = 0; n < 4000; n++) {
        seed = n;
        random_program();
        start_state();
        struct a64_regs before = *a64_regs(&cpu), single;
        run_program(1, true);
        single = *a64_regs(&cpu);
        *a64_regs(&cpu) = before;
        cpu.pc = (gaddr)code;
        run_program(48, false);
        ck_assert_msg(!memcmp(single.x, a64_regs(&cpu)->x, sizeof(single.x)), "program %u", n);
    }
}
END_TEST

START_TEST(test_liveness_bounds)
{
    struct translate_params p = {.pc = (gaddr)&code[1], .limit = (gaddr)&code[3]};
    p.lo = (gaddr)&code[1];
    code[0] = code[2] = CMP_X0_X1;
    code[1] = 0x91000442;
    ck_assert(!front_flags_live_at(&a64_front, &p, (gaddr)&code[1]));
    ck_assert(front_flags_live_at(&a64_front, &p, (gaddr)&code[0])); /* outside: may not be read */
    p.limit = (gaddr)&code[2];
    ck_assert(front_flags_live_at(&a64_front, &p, (gaddr)&code[1]));
}
END_TEST

UNIT_SUITE(a64_lift, test_compare_and_branch, test_flags_live_on_the_way_out,
           test_call_starts_a_block, test_poll_where_no_flags_are_kept, test_blocks_at_targets,
           test_stops_at_known_code, test_undefined, test_units_do_what_words_do,
           test_liveness_bounds)
