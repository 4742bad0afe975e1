/* Invalid operations that trap (backend/x86_64/fptrap.c): the instructions and forms of operands
 * that generated code has, run with the exception unmasked, against results that the guests' and
 * the host's manuals give. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <xmmintrin.h>

#include "unit.h"
#include "x64_env.h"

#define TRAPPING 0x1f00u /* MXCSR: all is masked but invalid operations */
#define FLAGS 0x3fu
#define IE 1u

static struct t_env env;
static sigjmp_buf not_known;
static unsigned traps;

/* What an instruction left: xmm9, rax, and how often what is behind it ran. */
struct left {
    v128 d;
    u64 rax, behind;
};

/* The second operand as PC-relative forms read it. */
static v128 global_y __asm__("fptrap_y") __attribute__((aligned(16), used));

static void on_fpe(int sig UNUSED, siginfo_t *si UNUSED, void *ctx)
{
    traps++;
    if (!host_x86_64.fp_trap(ctx, &env.ca, env.cpu)) {
        siglongjmp(not_known, 1);
    }
}

/* The destination is in xmm9, the second operand in xmm3, xmm12 and at (%rsi), 64(%rdi),
 * 4096(%r12,%r13,8). */
#define FORM(name, insn)                                                                           \
    static void name(struct left *l, const v128 *y)                                                \
    {                                                                                              \
        register u64 far __asm__("r12") = (u64)(uintptr_t)y - 4096 - 40;                           \
        register u64 index __asm__("r13") = 5;                                                     \
        __asm__ volatile(                                                                          \
            "movdqu (%[d]), %%xmm9; movdqu (%%rsi), %%xmm3; movdqu (%%rsi), %%xmm12; " insn        \
            "; inc %[behind]; movdqu %%xmm9, (%[d])"                                               \
            : "+a"(l->rax), [behind] "+r"(l->behind)                                               \
            : [d] "r"(&l->d), "S"(y), "D"((u64)(uintptr_t)y - 64), "r"(far),                       \
              "r"(index), [state] "i"(CPU_GUEST_OFF(struct t_regs, v[26]))                         \
            : "xmm3", "xmm4", "xmm9", "xmm12", "memory", "cc");                                    \
    }

FORM(addsd, "addsd %%xmm3, %%xmm9")
FORM(addsd_high, "addsd %%xmm12, %%xmm9")
FORM(addsd_mem, "addsd (%%rsi), %%xmm9")
FORM(addsd_disp8, "addsd 64(%%rdi), %%xmm9")
FORM(addsd_index, "addsd 4096(%%r12,%%r13,8), %%xmm9")
FORM(addsd_rip, "addsd fptrap_y(%%rip), %%xmm9")
FORM(addsd_state, "movupd %%xmm3, %%gs:%c[state]; addsd %%gs:%c[state], %%xmm9")
FORM(subsd, "subsd %%xmm3, %%xmm9")
FORM(mulsd, "mulsd %%xmm3, %%xmm9")
FORM(divsd, "divsd %%xmm3, %%xmm9")
FORM(sqrtsd, "sqrtsd %%xmm3, %%xmm9")
FORM(addss, "addss %%xmm3, %%xmm9")
FORM(addpd, "addpd (%%rsi), %%xmm9")
FORM(mulps, "mulps %%xmm3, %%xmm9")
FORM(cvtsd2ss, "cvtsd2ss %%xmm3, %%xmm9")
FORM(cvtss2sd, "cvtss2sd (%%rsi), %%xmm9")
FORM(cvtps2pd, "cvtps2pd %%xmm3, %%xmm9")
FORM(minsd, "minsd %%xmm3, %%xmm9")
FORM(maxps, "maxps %%xmm12, %%xmm9")
FORM(cmpltsd, "cmpltsd %%xmm3, %%xmm9")
FORM(cmpnltpd_rip, "cmpnltpd fptrap_y(%%rip), %%xmm9")
FORM(ucomisd, "ucomisd %%xmm3, %%xmm9; lahf; movzbl %%ah, %%eax")
FORM(comiss, "comiss 64(%%rdi), %%xmm9; lahf; movzbl %%ah, %%eax")
FORM(cvttsd2si, "cvttsd2si %%xmm3, %%rax")
FORM(cvtss2si, "cvtss2si %%xmm12, %%eax")
FORM(roundsd, "roundsd $3, %%xmm3, %%xmm9")
FORM(roundps_index, "roundps $1, 4096(%%r12,%%r13,8), %%xmm9")
FORM(vaddsd, "vmovapd %%xmm9, %%xmm4; vaddsd %%xmm3, %%xmm4, %%xmm9")
FORM(vaddpd_high, "vaddpd %%xmm12, %%xmm9, %%xmm9")
FORM(vmulss_index, "vmulss 4096(%%r12,%%r13,8), %%xmm9, %%xmm9")
FORM(vsqrtpd_rip, "vsqrtpd fptrap_y(%%rip), %%xmm9")
FORM(vcmpsd_ge_q, "vcmpsd $0x1d, %%xmm3, %%xmm9, %%xmm9")
FORM(vcvtph2ps, "vcvtph2ps (%%rsi), %%xmm9")
FORM(vfmadd231sd, "vfmadd231sd %%xmm3, %%xmm3, %%xmm9")
FORM(dpps, "dpps $0xff, %%xmm3, %%xmm9") /* no rule makes it */

#define D2(lo, hi)                                                                                 \
    {                                                                                              \
        .d = { lo, hi }                                                                            \
    }
#define S4(a, b, c, e)                                                                             \
    {                                                                                              \
        .s = { a, b, c, e }                                                                        \
    }
#define NAN_D 0x7ff8000000000000ull
#define SNAN_D 0x7ff4000000000001ull
#define QUIET_D 0x7ffc000000000001ull /* SNAN_D made quiet */
#define OTHER_D 0xfff8000000000123ull /* a quiet one */
#define INF_D 0x7ff0000000000000ull
#define ONE_D 0x3ff0000000000000ull
#define TWO_D 0x4000000000000000ull
#define NAN_S 0x7fc00000u
#define SNAN_S 0x7fa00001u
#define QUIET_S 0x7fe00001u
#define INF_S 0x7f800000u
#define ONE_S 0x3f800000u
#define ONES (~0ull)

struct row {
    const char *name;
    void (*run)(struct left *l, const v128 *y);
    v128 x, y;       /* operands */
    v128 a64, riscv; /* result by either guest's rules */
    u64 rax;
    u32 need; /* HOST_* */
};

static const struct row rows[] = {
    {"signalling first", addsd, D2(SNAN_D, 5), D2(ONE_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"signalling second", addsd, D2(ONE_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"quiet before signalling", addsd, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5),
     0, 0},
    {"xmm12", addsd_high, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"(rsi)", addsd_mem, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"64(rdi)", addsd_disp8, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"4096(r12,r13,8)", addsd_index, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0,
     0},
    {"rip", addsd_rip, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"gs", addsd_state, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"inf - inf", subsd, D2(INF_D, 5), D2(INF_D, 6), D2(NAN_D, 5), D2(NAN_D, 5), 0, 0},
    {"inf * 0", mulsd, D2(INF_D, 5), D2(0, 6), D2(NAN_D, 5), D2(NAN_D, 5), 0, 0},
    {"0 / 0", divsd, D2(0, 5), D2(0, 6), D2(NAN_D, 5), D2(NAN_D, 5), 0, 0},
    {"sqrt(-1)", sqrtsd, D2(7, 5), D2(1ull << 63 | ONE_D, 6), D2(NAN_D, 5), D2(NAN_D, 5), 0, 0},
    {"single", addss, S4(SNAN_S, 5, 6, 7), S4(ONE_S, 0, 0, 0), S4(QUIET_S, 5, 6, 7),
     S4(NAN_S, 5, 6, 7), 0, 0},
    {"one lane of two", addpd, D2(ONE_D, INF_D), D2(ONE_D, INF_D ^ 1ull << 63), D2(TWO_D, NAN_D),
     D2(TWO_D, NAN_D), 0, 0},
    {"two lanes of four", mulps, S4(INF_S, ONE_S, SNAN_S, 0), S4(0, ONE_S, ONE_S, ONE_S),
     S4(NAN_S, ONE_S, QUIET_S, 0), S4(NAN_S, ONE_S, NAN_S, 0), 0, 0},
    {"double to single", cvtsd2ss, S4(1, 5, 6, 7), D2(0x7ff4000020000000ull, 0),
     S4(QUIET_S, 5, 6, 7), S4(NAN_S, 5, 6, 7), 0, 0},
    {"single to double", cvtss2sd, D2(1, 5), S4(SNAN_S, 0, 0, 0), D2(0x7ffc000020000000ull, 5),
     D2(NAN_D, 5), 0, 0},
    {"singles to doubles", cvtps2pd, D2(1, 5), S4(SNAN_S, ONE_S, 0, 0),
     D2(0x7ffc000020000000ull, ONE_D), D2(NAN_D, ONE_D), 0, 0},
    {"minimum", minsd, D2(SNAN_D, 5), D2(ONE_D, 6), D2(ONE_D, 5), D2(ONE_D, 5), 0, 0},
    {"maximum of four", maxps, S4(SNAN_S, ONE_S, 0, ONE_S), S4(5, SNAN_S, ONE_S, 0),
     S4(5, SNAN_S, ONE_S, ONE_S), S4(5, SNAN_S, ONE_S, ONE_S), 0, 0},
    {"less", cmpltsd, D2(OTHER_D, 5), D2(ONE_D, 6), D2(0, 5), D2(0, 5), 0, 0},
    {"not less, rip and immediate", cmpnltpd_rip, D2(OTHER_D, ONE_D), D2(ONE_D, TWO_D), D2(ONES, 0),
     D2(ONES, 0), 0, 0},
    {"ucomisd", ucomisd, D2(SNAN_D, 5), D2(ONE_D, 6), D2(SNAN_D, 5), D2(SNAN_D, 5), 0x47, 0},
    {"comiss", comiss, S4(ONE_S, 5, 6, 7), S4(NAN_S, 0, 0, 0), S4(ONE_S, 5, 6, 7),
     S4(ONE_S, 5, 6, 7), 0x47, 0},
    {"to 64 bits", cvttsd2si, D2(3, 5), D2(NAN_D, 6), D2(3, 5), D2(3, 5), 1ull << 63, 0},
    {"to 32 bits", cvtss2si, D2(3, 5), S4(0x7f000000, 0, 0, 0), D2(3, 5), D2(3, 5), 0x80000000u, 0},
    {"to integral", roundsd, D2(3, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, 0},
    {"to integral, index and immediate", roundps_index, D2(3, 5),
     S4(0x3fc00000, SNAN_S, 0xbfc00000, 0), S4(ONE_S, QUIET_S, 0xc0000000, 0),
     S4(ONE_S, NAN_S, 0xc0000000, 0), 0, 0},
    {"vex", vaddsd, D2(OTHER_D, 5), D2(SNAN_D, 6), D2(QUIET_D, 5), D2(NAN_D, 5), 0, HOST_AVX2},
    {"vex, xmm12", vaddpd_high, D2(ONE_D, SNAN_D), D2(ONE_D, ONE_D), D2(TWO_D, QUIET_D),
     D2(TWO_D, NAN_D), 0, HOST_AVX2},
    {"vex, index", vmulss_index, S4(INF_S, 5, 6, 7), S4(0, 0, 0, 0), S4(NAN_S, 5, 6, 7),
     S4(NAN_S, 5, 6, 7), 0, HOST_AVX2},
    {"vex, rip", vsqrtpd_rip, D2(3, 5), D2(0x4010000000000000ull, SNAN_D), D2(TWO_D, QUIET_D),
     D2(TWO_D, NAN_D), 0, HOST_AVX2},
    {"vex, predicate of five bits", vcmpsd_ge_q, D2(ONE_D, 5), D2(SNAN_D, 6), D2(0, 5), D2(0, 5), 0,
     HOST_AVX2},
    {"halves", vcvtph2ps, D2(3, 5), D2(0x7d013c00ull, 0), S4(ONE_S, 0x7fe02000, 0, 0),
     S4(ONE_S, NAN_S, 0, 0), 0, HOST_F16C},
};

static bool matches(const struct row *r, const v128 *want, const char *rules)
{
    static u8 room[8192] __attribute__((aligned(16)));
    v128 *y = (v128 *)(room + 4096 + 64);
    struct left l = {.d = r->x};
    *y = global_y = r->y;
    traps = 0;
    _mm_setcsr(TRAPPING);
    bool known = !sigsetjmp(not_known, 1);
    if (known) {
        r->run(&l, y);
    }
    u32 csr = _mm_getcsr();
    _mm_setcsr(0x1f80);
    if (known && traps == 1 && l.behind == 1 && (csr & ~FLAGS) == TRAPPING && (csr & IE) &&
        l.rax == r->rax && !memcmp(&l.d, want, 16)) {
        return true;
    }
    fprintf(stderr,
            "%s, %s: known %d, traps %u, behind %llu, MXCSR %#x, rax %#llx, %016llx %016llx "
            "instead of %016llx %016llx\n",
            r->name, rules, known, traps, (unsigned long long)l.behind, csr,
            (unsigned long long)l.rax, (unsigned long long)l.d.d[1], (unsigned long long)l.d.d[0],
            (unsigned long long)want->d[1], (unsigned long long)want->d[0]);
    return false;
}

static void open_env(void)
{
    struct sigaction sa = {.sa_sigaction = on_fpe, .sa_flags = SA_SIGINFO};
    ck_assert(t_open(&env, ~0u, 0));
    ck_assert_int_eq(sigaction(SIGFPE, &sa, NULL), 0);
}

START_TEST(test_rows)
{
    open_env();
    unsigned bad = 0;
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        if ((host_x86_64.detect() & rows[i].need) == rows[i].need) {
            env.ca.fp_rules = IR_FP_A64;
            bad += !matches(&rows[i], &rows[i].a64, "A64");
            env.ca.fp_rules = IR_FP_RV64;
            bad += !matches(&rows[i], &rows[i].riscv, "RISC-V");
        }
    }
    ck_assert_uint_eq(bad, 0);
}
END_TEST

/* Its result is looked at by generated code: it has to be a NaN, whichever. */
START_TEST(test_fused)
{
    open_env();
    if (!(host_x86_64.detect() & HOST_FMA)) {
        return;
    }
    v128 y = D2(SNAN_D, 6);
    struct left l = {.d = D2(ONE_D, 5)};
    _mm_setcsr(TRAPPING);
    bool known = !sigsetjmp(not_known, 1);
    if (known) {
        vfmadd231sd(&l, &y);
    }
    _mm_setcsr(0x1f80);
    ck_assert(known);
    ck_assert_uint_eq(l.behind, 1);
    ck_assert_uint_gt(l.d.d[0] << 1, INF_D << 1);
    ck_assert_uint_eq(l.d.d[1], 5);
}
END_TEST

/* An instruction that no rule makes, and a fault that is no trap of ours, are somebody else's. */
START_TEST(test_not_ours)
{
    open_env();
    v128 y = S4(SNAN_S, 0, 0, 0);
    struct left l = {.d = S4(ONE_S, 0, 0, 0)};
    _mm_setcsr(TRAPPING);
    bool known = !sigsetjmp(not_known, 1);
    if (known) {
        dpps(&l, &y);
    }
    _mm_setcsr(0x1f80);
    ck_assert(!known);
    ck_assert_uint_eq(l.behind, 0);
    ucontext_t uc = {0};
    struct _libc_fpstate fp = {.mxcsr = TRAPPING};
    uc.uc_mcontext.fpregs = &fp;
    uc.uc_mcontext.gregs[REG_TRAPNO] = 0; /* an integer division */
    ck_assert(!host_x86_64.fp_trap(&uc, &env.ca, env.cpu));
}
END_TEST

UNIT_SUITE(fptrap, test_rows, test_fused, test_not_ours)
