/* FP exceptions in generated code. It runs with invalid operations unmasked (MXCSR.IM clear), because all in which
 * the host's arithmetic differs from the guest's is then a trap: a signalling NaN among the operands, or no number to
 * give. The instruction that trapped is done here, arithmetic by the guest's rules, anything else as the host does
 * with the exception masked, and the thread goes on behind it. Where the guest flushes denormals other exceptions trap too. */
#include <string.h>
#include <xmmintrin.h>

#include "backend/x86_64/priv.h"
#include "mem/mem.h"

#define TRAP_SIMD 19 /* vector of #XM */
#define MXCSR_ROUNDING 0x6000u
#define MXCSR_MASKS 0x1f80u
#define MXCSR_IM 0x80u
#define MXCSR_FLAGS 0x3fu
#define FPCR_FZ (1u << 24)
#define EFL_COMIS 0x8d5u /* OF SF ZF AF PF CF */
#define EFL_UNORDERED 0x45u

enum prefix { PP_NONE, PP_66, PP_F3, PP_F2 };

/* One instruction, decoded. */
struct insn {
    const u8 *p; /* behind what is read so far, in the end behind the instruction */
    u8 map;      /* 1: 0F, 2: 0F38, 3: 0F3A */
    u8 pp;       /* enum prefix */
    u8 op, imm;
    bool vex, wide, gs;
    u8 rex_r, rex_x, rex_b; /* 8 or 0 */
    unsigned d, a;          /* destination, first operand */
    v128 x, y;              /* operands */
};

/* The area of the context where FXSAVE puts the vector registers: generated code uses 0 to 15 while it traps. */
static u8 *xmm_of(ucontext_t *uc, unsigned reg)
{
    return (u8 *)uc->uc_mcontext.fpregs + 160 + reg * 16;
}

static void *mxcsr_of(ucontext_t *uc)
{
    return (u8 *)uc->uc_mcontext.fpregs + 24;
}

static void read_vex(struct insn *n)
{
    static const u8 prefix[4] = {PP_NONE, PP_66, PP_F3, PP_F2};
    bool three = *n->p++ == 0xc4;
    u8 first = *n->p++, last = first;
    n->vex = true;
    n->map = 1;
    n->rex_r = first & 0x80 ? 0 : 8;
    if (three) {
        n->rex_x = first & 0x40 ? 0 : 8;
        n->rex_b = first & 0x20 ? 0 : 8;
        n->map = first & 31;
        last = *n->p++;
        n->wide = last >> 7;
    }
    n->a = ~last >> 3 & 15;
    n->pp = prefix[last & 3];
}

static void read_legacy(struct insn *n)
{
    if ((*n->p & 0xf0) == 0x40) {
        n->wide = *n->p >> 3 & 1;
        n->rex_r = *n->p & 4 ? 8 : 0;
        n->rex_x = *n->p & 2 ? 8 : 0;
        n->rex_b = *n->p & 1 ? 8 : 0;
        n->p++;
    }
    n->p++; /* 0F */
    n->map = *n->p == 0x38 ? 2 : *n->p == 0x3a ? 3 : 1;
    n->p += n->map > 1;
}

static void read_opcode(struct insn *n)
{
    for (;; n->p++) {
        if (*n->p == 0x65) {
            n->gs = true;
        } else if (*n->p == 0x66) {
            n->pp = PP_66;
        } else if (*n->p == 0xf2 || *n->p == 0xf3) {
            n->pp = *n->p == 0xf2 ? PP_F2 : PP_F3;
        } else {
            break;
        }
    }
    *n->p == 0xc4 || *n->p == 0xc5 ? read_vex(n) : read_legacy(n);
    n->op = *n->p++;
}

/* Where the memory operand is; what follows it, an immediate or nothing, is TRAIL bytes long. */
static u64 read_address(struct insn *n, const ucontext_t *uc, const struct cpu *cpu, u8 modrm, unsigned trail)
{
    const struct host *h = &host_x86_64;
    u8 mod = modrm >> 6, rm = modrm & 7, sib;
    u64 addr = n->gs ? RAW_PTR(cpu) : 0;
    s32 disp = 0;
    bool no_base = mod == 0 && rm == 5;
    if (rm == 4) {
        sib = *n->p++;
        unsigned index = (sib >> 3 & 7) | n->rex_x;
        addr += index != 4 ? h->context_gpr(uc, index) << (sib >> 6) : 0;
        no_base = mod == 0 && (sib & 7) == 5;
        rm = sib & 7;
    }
    bool rip = no_base && (modrm & 7) == 5;
    addr += no_base ? 0 : h->context_gpr(uc, rm | n->rex_b);
    if (mod == 1) {
        disp = (s8)*n->p++;
    } else if (mod == 2 || no_base) {
        memcpy(&disp, n->p, 4);
        n->p += 4;
    }
    return addr + (u64)(s64)disp + (rip ? RAW_PTR(n->p) + trail : 0);
}

static unsigned operand_size(const struct insn *n)
{
    bool conversion = n->map == 1 && n->op == 0x5a; /* its prefix names the source as well */
    bool comis = n->map == 1 && (n->op & 0xfe) == 0x2e;
    if (n->pp == PP_F3 || (comis && n->pp == PP_NONE) || (n->map == 3 && n->op == 0x0a)) {
        return 4;
    }
    if (n->pp == PP_F2 || comis || (n->map == 3 && n->op == 0x0b) || (conversion && n->pp == PP_NONE)) {
        return 8;
    }
    return n->map == 2 && n->op == 0x13 ? 8 : 16;
}

static bool read_operands(struct insn *n, ucontext_t *uc, const struct cpu *cpu)
{
    u8 modrm = *n->p++;
    unsigned trail = n->map == 3 || (n->map == 1 && n->op == 0xc2);
    n->d = (modrm >> 3 & 7) | n->rex_r;
    n->a = n->vex ? n->a : n->d;
    if (modrm >> 6 == 3) {
        memcpy(&n->y, xmm_of(uc, (modrm & 7) | n->rex_b), 16);
    } else if (mem_read(&n->y, read_address(n, uc, cpu, modrm, trail), operand_size(n))) {
        return false;
    }
    memcpy(&n->x, xmm_of(uc, n->a), 16);
    n->imm = trail ? *n->p++ : 0;
    return true;
}

/* --- what the instructions do --- */

static bool is_double(const struct insn *n)
{
    return n->pp == PP_F2 || n->pp == PP_66;
}

static unsigned lanes(const struct insn *n)
{
    return n->pp == PP_F2 || n->pp == PP_F3 ? 1 : n->pp == PP_66 ? 2 : 4;
}

static u64 get_lane(const v128 *v, bool dbl, unsigned i)
{
    return dbl ? v->d[i] : v->s[i];
}

static void set_lane(v128 *v, bool dbl, unsigned i, u64 bits)
{
    dbl ? (v->d[i] = bits) : (v->s[i] = (u32)bits);
}

/* OP by the guest's rules in one lane; its type is that of doubles if DBL. */
static u64 by_rules3(enum ir_op op, bool dbl, unsigned aux, u64 x, u64 y, u64 z, const struct ir_ref_ctx *ctx)
{
    union ir_val r, vx = {.u = x}, vy = {.u = y}, vz = {.u = z};
    ir_ref_fns[op](&r, &vx, &vy, &vz, dbl ? IR_F64 : IR_F32, aux, ctx);
    return r.u;
}

static u64 by_rules(enum ir_op op, bool dbl, unsigned aux, u64 x, u64 y, const struct ir_ref_ctx *ctx)
{
    return by_rules3(op, dbl, aux, x, y, 0, ctx);
}

static v128 arithmetic(const struct insn *n, enum ir_op op, const struct ir_ref_ctx *ctx)
{
    bool dbl = is_double(n);
    v128 r = n->x;
    for (unsigned i = 0; i < lanes(n); i++) {
        u64 y = get_lane(&n->y, dbl, i);
        set_lane(&r, dbl, i, by_rules(op, dbl, 0, op == IR_FSQRT ? y : get_lane(&n->x, dbl, i), y, ctx));
    }
    return r;
}

/* Between singles and doubles; the prefix is the source's. */
static v128 convert(const struct insn *n, const struct ir_ref_ctx *ctx)
{
    bool from_dbl = is_double(n);
    v128 r = n->pp == PP_F2 || n->pp == PP_F3 ? n->x : (v128){.d = {0, 0}};
    for (unsigned i = 0; i < MIN(lanes(n), 2u); i++) {
        u64 y = get_lane(&n->y, from_dbl, i);
        set_lane(&r, !from_dbl, i, by_rules(IR_F2F, !from_dbl, from_dbl ? IR_F64 : IR_F32, y, y, ctx));
    }
    return r;
}

/* Rounding to integral. */
static v128 round_lanes(const struct insn *n, const struct ir_ref_ctx *ctx)
{
    static const u8 mode[8] = {IR_ROUND_TIEEVEN, IR_ROUND_NEGINF,  IR_ROUND_POSINF,  IR_ROUND_ZERO,
                               IR_ROUND_CURRENT, IR_ROUND_CURRENT, IR_ROUND_CURRENT, IR_ROUND_CURRENT};
    bool dbl = n->op & 1, scalar = n->op & 2;
    unsigned aux = mode[n->imm & 7] | (n->imm & 8 ? 0u : IR_ROUND_EXACT);
    v128 r = scalar ? n->x : n->y;
    for (unsigned i = 0; i < (scalar ? 1u : dbl ? 2u : 4u); i++) {
        u64 y = get_lane(&n->y, dbl, i);
        set_lane(&r, dbl, i, by_rules(IR_FRINT, dbl, aux, y, y, ctx));
    }
    return r;
}

/* Halves to singles. */
static v128 from_halves(const struct insn *n, const struct ir_ref_ctx *ctx)
{
    v128 r;
    for (unsigned i = 0; i < 4; i++) {
        set_lane(&r, false, i, by_rules(IR_H2F, false, 0, n->y.h[i], 0, ctx));
    }
    return r;
}

/* Bit 0: X < Y, 1: equal, 2: X > Y, 3: unordered. */
static unsigned relation(const struct insn *n, unsigned i)
{
    f64 x = n->x.g[i & 1], y = n->y.g[i & 1];
    if (!is_double(n)) {
        x = (f64)n->x.f[i];
        y = (f64)n->y.f[i];
    }
    return __builtin_isunordered(x, y) ? 8 : __builtin_isless(x, y) ? 1 : __builtin_isgreater(x, y) ? 4 : 2;
}

/* Where the relation is one that the predicate names: all ones. */
static v128 compare(const struct insn *n)
{
    static const u8 holds[16] = {2, 1, 3, 8, 13, 14, 12, 7, 10, 9, 11, 0, 5, 6, 4, 15};
    v128 r = n->x;
    for (unsigned i = 0; i < lanes(n); i++) {
        set_lane(&r, is_double(n), i, holds[n->imm & 15] & relation(n, i) ? ~0ull : 0);
    }
    return r;
}

/* The second operand when either is a NaN, or both are zeros. */
static v128 min_max(const struct insn *n)
{
    v128 r = n->x;
    for (unsigned i = 0; i < lanes(n); i++) {
        if (relation(n, i) != (n->op == 0x5d ? 1 : 4)) {
            set_lane(&r, is_double(n), i, get_lane(&n->y, is_double(n), i));
        }
    }
    return r;
}

static bool is_fused(const struct insn *n)
{
    return n->map == 2 && n->op >= 0xb8 && n->op <= 0xbf;
}

/* +-(a * b) +- d, a and b being the operands and d the destination: the one order that generated code uses. */
static v128 fused(const struct insn *n, ucontext_t *uc, const struct ir_ref_ctx *ctx)
{
    v128 r;
    memcpy(&r, xmm_of(uc, n->d), 16);
    bool dbl = n->wide, scalar = n->op & 1;
    unsigned aux = (n->op & 4 ? 1 : 0) | (n->op & 2 ? 2 : 0);
    for (unsigned i = 0; i < (scalar ? 1u : dbl ? 2u : 4u); i++) {
        u64 x = get_lane(&n->x, dbl, i), y = get_lane(&n->y, dbl, i);
        set_lane(&r, dbl, i, by_rules3(IR_FMA, dbl, aux, x, y, get_lane(&r, dbl, i), ctx));
    }
    return r;
}

/* Arithmetic, whose inputs and results the guest may flush; false: another instruction. Not inlined: it runs with the
 * guest's rounding mode. */
static NOINLINE bool arithmetic_result(const struct insn *n, ucontext_t *uc, const struct ir_ref_ctx *ctx, v128 *r)
{
    unsigned map_op = (unsigned)n->map << 8 | n->op;
    switch (map_op) {
    case 0x151: *r = arithmetic(n, IR_FSQRT, ctx); return true;
    case 0x158: *r = arithmetic(n, IR_FADD, ctx); return true;
    case 0x159: *r = arithmetic(n, IR_FMUL, ctx); return true;
    case 0x15c: *r = arithmetic(n, IR_FSUB, ctx); return true;
    case 0x15e: *r = arithmetic(n, IR_FDIV, ctx); return true;
    case 0x15a: *r = convert(n, ctx); return true;
    }
    if (is_fused(n)) {
        *r = fused(n, uc, ctx);
        return true;
    }
    return false;
}

/* The result of other instructions for a vector register; false: not an instruction known to trap. Not inlined, as above. */
static NOINLINE bool vector_result(const struct insn *n, const struct ir_ref_ctx *ctx, v128 *r)
{
    unsigned map_op = (unsigned)n->map << 8 | n->op;
    switch (map_op) {
    case 0x15d:
    case 0x15f: *r = min_max(n); return true;
    case 0x1c2: *r = compare(n); return true;
    case 0x213: *r = from_halves(n, ctx); return true;
    case 0x308:
    case 0x309:
    case 0x30a:
    case 0x30b: *r = round_lanes(n, ctx); return true;
    }
    return false;
}

/* Instructions without a vector result: comparisons to EFLAGS, conversions to a general register. */
static bool scalar_result(const struct insn *n, ucontext_t *uc)
{
    if (n->map == 1 && (n->op & 0xfe) == 0x2e) {
        greg_t *efl = &uc->uc_mcontext.gregs[REG_EFL];
        *efl = (*efl & ~(greg_t)EFL_COMIS) | EFL_UNORDERED;
        return true;
    }
    if (n->map == 1 && (n->op & 0xfe) == 0x2c) {
        uc->uc_mcontext.gregs[hx64_greg_of[n->d]] = n->wide ? INT64_MIN : (greg_t)0x80000000;
        return true;
    }
    return false;
}

/* Does N, which has all its operands, with traps masked and the rounding mode of MXCSR; *RAISED: what that raises. */
static bool execute(const struct insn *n, ucontext_t *uc, const struct ir_ref_ctx *ctx, bool flushing, u32 mxcsr, u32 *raised)
{
    v128 r;
    u32 own = _mm_getcsr();
    _mm_setcsr((mxcsr & MXCSR_ROUNDING) | MXCSR_MASKS);
    bool known = arithmetic_result(n, uc, ctx, &r) || (!flushing && vector_result(n, ctx, &r));
    *raised = _mm_getcsr() & MXCSR_FLAGS;
    _mm_setcsr(own);
    if (known) {
        memcpy(xmm_of(uc, n->d), &r, 16);
    }
    return known;
}

/* The guest flushes denormals: any exception traps until it is raised (cpu_fpctl_flushing). Arithmetic is done here, and
 * what it raises is what the guest's rules say. Of other instructions the host's word is right; they run again. */
static bool flushing_trap(struct insn *n, ucontext_t *uc, const struct ir_ref_ctx *ctx, const struct cpu *cpu, u32 *mxcsr)
{
    u32 before = (*mxcsr >> 7 | cpu->guest_fpctl) & MXCSR_FLAGS, raised;
    bool done = execute(n, uc, ctx, true, *mxcsr, &raised);
    u32 after = before | (done ? raised : *mxcsr & MXCSR_FLAGS), old = *mxcsr;
    *mxcsr = (old & MXCSR_ROUNDING) | cpu_fpctl_flushing(after);
    if (done) {
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)RAW_PTR(n->p);
    }
    return done || *mxcsr != old; /* else it would trap again */
}

static bool invalid_trap(struct insn *n, ucontext_t *uc, const struct ir_ref_ctx *ctx, u32 *mxcsr)
{
    u32 raised = 0;
    if ((*mxcsr & MXCSR_IM) || !(scalar_result(n, uc) || execute(n, uc, ctx, false, *mxcsr, &raised))) {
        return false;
    }
    *mxcsr |= raised;
    uc->uc_mcontext.gregs[REG_RIP] = (greg_t)RAW_PTR(n->p);
    return true;
}

bool hx64_fp_trap(ucontext_t *uc, const struct chain_abi *ca, const struct cpu *cpu)
{
    if (uc->uc_mcontext.gregs[REG_TRAPNO] != TRAP_SIMD) {
        return false;
    }
    u32 mxcsr;
    memcpy(&mxcsr, mxcsr_of(uc), 4);
    struct insn n = {.p = (const u8 *)uc->uc_mcontext.gregs[REG_RIP]};
    struct ir_ref_ctx ctx = {.fp_rules = ca->fp_rules, .fpcr = cpu->fpcr_ctx};
    read_opcode(&n);
    if (!read_operands(&n, uc, cpu)) {
        return false;
    }
    bool done = cpu->fpcr_ctx & FPCR_FZ ? flushing_trap(&n, uc, &ctx, cpu, &mxcsr) : invalid_trap(&n, uc, &ctx, &mxcsr);
    memcpy(mxcsr_of(uc), &mxcsr, 4);
    return done;
}
