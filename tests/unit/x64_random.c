/* Random units: they stress the allocator, the flags and the order of state writes rather than
 * single rules. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "x64_random.h"

struct gen {
    struct t_env *env;
    u64 seed;
    ir_ref i64[64], i32[64], i1[64], f32[64], f64[64], v[64];
    unsigned n64, n32, n1, nf, nd, nv;
    unsigned insn;
    ir_ref flags_before;
    bool faults; /* some addresses lie in the guard page */
    bool pcrel;  /* memory is addressed relative to the unit */
};

static unsigned rnd(struct gen *g, unsigned n)
{
    return (unsigned)(t_random(&g->seed) % n);
}

static const u64 edge[] = {0,
                           1,
                           2,
                           3,
                           7,
                           8,
                           31,
                           32,
                           63,
                           64,
                           0x7f,
                           0x80,
                           0xff,
                           0x100,
                           0x7fff,
                           0x8000,
                           0xffff,
                           0x7fffffff,
                           0x80000000,
                           0xffffffff,
                           0x100000000,
                           0x7fffffffffffffff,
                           0x8000000000000000,
                           0xffffffffffffffff,
                           0xfffffffffffffffe,
                           0x5555555555555555,
                           0x123456789abcdef0};

u64 t_edge_int(u64 *seed)
{
    u64 r = t_random(seed);
    switch (r >> 60 & 3) {
    case 0:
        return edge[r % ARRAY_LEN(edge)];
    case 1:
        return t_random(seed) & 0xff;
    default:
        return t_random(seed);
    }
}

static ir_ref konst(struct gen *g, enum ir_type type)
{
    return ir_k(&g->env->b, type, t_edge_int(&g->seed));
}

static ir_ref pick(struct gen *g, enum ir_type type)
{
    if (type != IR_I1 && rnd(g, 8) == 0) {
        return konst(g, type);
    }
    if (type == IR_I64) {
        if (!g->n64 || rnd(g, 3) == 0) {
            return ir_get(&g->env->b, TX + rnd(g, TX_COUNT));
        }
        return g->i64[g->n64 - 1 - rnd(g, MIN(g->n64, 10u))];
    }
    if (type == IR_I32) {
        if (!g->n32 || rnd(g, 3) == 0) {
            return ir_op1(&g->env->b, IR_TRUNC, IR_I32, 0, pick(g, IR_I64));
        }
        return g->i32[g->n32 - 1 - rnd(g, MIN(g->n32, 10u))];
    }
    if (!g->n1) {
        return ir_op2(&g->env->b, IR_CMP, IR_I64, (u16)rnd(g, 14), pick(g, IR_I64),
                      pick(g, IR_I64));
    }
    return g->i1[rnd(g, g->n1)];
}

static void push(struct gen *g, enum ir_type type, ir_ref r)
{
    ir_ref *a = type == IR_I64 ? g->i64 : type == IR_I32 ? g->i32 : g->i1;
    unsigned *n = type == IR_I64 ? &g->n64 : type == IR_I32 ? &g->n32 : &g->n1;
    if (*n == 64) {
        memmove(a, a + 32, 32 * sizeof(*a));
        *n = 32;
    }
    a[(*n)++] = r;
}

static ir_ref address(struct gen *g)
{
    struct ir_builder *b = &g->env->b;
    u64 lo = (u64)g->env->mem + (g->faults && rnd(g, 3) == 0 ? T_MEM - 0x180 : 0);
    ir_ref base = g->pcrel ? ir_kpc(b, lo) : ir_k64(b, lo);
    ir_ref off = ir_op2(b, IR_AND, IR_I64, 0, pick(g, IR_I64), ir_k64(b, 0x1f0));
    ir_ref p = rnd(g, 2) ? ir_op2(b, IR_ADD, IR_I64, 0, base, off)
                         : ir_op2(b, IR_ADD, IR_I64, 0, base,
                                  ir_op2(b, IR_SHL, IR_I64, 0, off, ir_k64(b, rnd(g, 3))));
    return rnd(g, 2) ? p : ir_op2(b, IR_ADD, IR_I64, 0, p, ir_k64(b, rnd(g, 64)));
}

static const u16 tst_cc[] = {IR_CC_EQ, IR_CC_NE, IR_CC_MI, IR_CC_PL};
static const u16 cmn_cc[] = {IR_CC_EQ, IR_CC_NE, IR_CC_UGE, IR_CC_ULT,
                             IR_CC_MI, IR_CC_PL, IR_CC_VS,  IR_CC_VC};

static ir_ref condition(struct gen *g)
{
    struct ir_builder *b = &g->env->b;
    enum ir_type t = rnd(g, 2) ? IR_I64 : IR_I32;
    switch (rnd(g, 6)) {
    case 0:
        return ir_op2(b, IR_TST, t, tst_cc[rnd(g, 4)], pick(g, t), pick(g, t));
    case 1:
        return ir_op2(b, IR_CMN, t, cmn_cc[rnd(g, 8)], pick(g, t), pick(g, t));
    case 2:
        return ir_op1(b, IR_PCOND, IR_I32, (u16)rnd(g, 14), ir_get(b, TNZCV));
    case 3:
        return b->flags ? ir_op1(b, IR_PCOND, IR_I32, (u16)rnd(g, 14),
                                 ir_op1(b, IR_NZCV, IR_I32, 0, b->flags))
                        : pick(g, IR_I1);
    case 4:
        return pick(g, IR_I1);
    default:
        return ir_op2(b, IR_CMP, t, (u16)rnd(g, 14), pick(g, t), pick(g, t));
    }
}

static void arith(struct gen *g)
{
    static const u8 two[] = {IR_ADD,  IR_SUB, IR_MUL, IR_AND,  IR_OR,  IR_XOR,
                             IR_ANDN, IR_SHL, IR_SHR, IR_SAR,  IR_ROR, IR_UDIV,
                             IR_SDIV, IR_ADD, IR_SUB, IR_UREM, IR_SREM};
    static const u8 one[] = {IR_NOT,   IR_NEG,   IR_CLZ,  IR_CTZ,
                             IR_BSWAP, IR_REV16, IR_RBIT, IR_POPCNT};
    struct ir_builder *b = &g->env->b;
    enum ir_type t = rnd(g, 2) ? IR_I64 : IR_I32;
    unsigned w = t == IR_I64 ? 64 : 32;
    switch (rnd(g, 14)) {
    case 0:
        push(g, t, ir_op1(b, one[rnd(g, ARRAY_LEN(one))], t, 0, pick(g, t)));
        break;
    case 1:
        push(g, t, ir_op2(b, IR_EXTR, t, (u16)(1 + rnd(g, w - 1)), pick(g, t), pick(g, t)));
        break;
    case 2:
        push(g, t, ir_op3(b, IR_ADC, t, 0, pick(g, t), pick(g, t), condition(g)));
        break;
    case 3:
    case 4: {
        unsigned lsb = rnd(g, w), len = 1 + rnd(g, w - lsb);
        u16 aux = (u16)(lsb | len << 6);
        unsigned k = rnd(g, 3);
        push(g, t,
             k == 0 ? ir_op2(b, IR_BFI, t, aux, rnd(g, 4) ? pick(g, t) : ir_k(b, t, 0), pick(g, t))
                    : ir_op1(b, k == 1 ? IR_UBFX : IR_SBFX, t, aux, pick(g, t)));
        break;
    }
    case 5:
        push(g, t, ir_op3(b, IR_SELECT, t, 0, pick(g, t), pick(g, t), condition(g)));
        break;
    case 6:
        push(g, t, ir_op1(b, IR_B2I, t, 0, condition(g)));
        break;
    case 7:
        push(g, t,
             ir_op1(b, rnd(g, 2) ? IR_SEXT : IR_ZEXT, t, (u16)(8 << rnd(g, t == IR_I64 ? 3 : 2)),
                    pick(g, rnd(g, 2) ? IR_I64 : IR_I32)));
        break;
    case 8:
        push(g, IR_I1, condition(g));
        if (rnd(g, 2)) {
            push(g, IR_I1,
                 ir_op2(b, IR_AND + rnd(g, 3), IR_I1, 0, pick(g, IR_I1),
                        rnd(g, 2) ? pick(g, IR_I1) : ir_k1(b, true)));
        }
        break;
    case 9:
        push(g, IR_I64,
             ir_op2(b, rnd(g, 2) ? IR_MULHU : IR_MULHS, IR_I64, 0, pick(g, IR_I64),
                    pick(g, IR_I64)));
        break;
    case 10:
        if (rnd(g, 2)) {
            ir_set(b, TNZCV, ir_op3(b, IR_ADCNZCV, t, 0, pick(g, t), pick(g, t), condition(g)));
            b->flags = 0;
        } else {
            push(g, IR_I32,
                 ir_op2(b, IR_CRC32, IR_I32, (u16)(rnd(g, 3) | (rnd(g, 2) << 2)), pick(g, IR_I32),
                        pick(g, IR_I32)));
        }
        break;
    default: {
        enum ir_op op = two[rnd(g, ARRAY_LEN(two))];
        push(g, t, ir_op2(b, op, t, 0, pick(g, t), pick(g, t)));
        break;
    }
    }
}

static void memory(struct gen *g)
{
    struct ir_builder *b = &g->env->b;
    enum ir_type t = rnd(g, 2) ? IR_I64 : IR_I32;
    unsigned size = rnd(g, t == IR_I64 ? 4 : 3);
    switch (rnd(g, 8)) {
    case 0:
    case 1:
    case 2:
        push(g, t, ir_op1(b, IR_LD, t, (u16)(size | (rnd(g, 2) ? IR_MEM_SIGN : 0)), address(g)));
        break;
    case 3:
    case 4:
        ir_op2(b, IR_ST, t, (u16)(size | (rnd(g, 4) ? 0 : IR_MEM_REL)), address(g), pick(g, t));
        break;
    case 5:
        push(g, t, ir_op2(b, IR_RMW, t, (u16)(size | rnd(g, 10) << 8), address(g), pick(g, t)));
        break;
    case 6: {
        ir_ref p = address(g);
        push(g, t,
             ir_op3(b, IR_CAS, t, (u16)size, p,
                    rnd(g, 2) ? pick(g, t) : ir_op1(b, IR_LD, t, (u16)size, p), pick(g, t)));
        break;
    }
    default:
        if (rnd(g, 2)) {
            ir_op0(b, IR_POLL, IR_VOID, 0);
        } else {
            ir_op0(b, IR_FENCE, IR_VOID, (u16)rnd(g, 3));
        }
        break;
    }
}

static void state(struct gen *g)
{
    struct ir_builder *b = &g->env->b;
    switch (rnd(g, 6)) {
    case 0:
        push(g, IR_I64, ir_op0(b, IR_LDS, IR_I64, CPU_GUEST_OFF(struct t_regs, field[0])));
        break;
    case 1:
        ir_op1(b, IR_STS, IR_I64, CPU_GUEST_OFF(struct t_regs, field[1]), pick(g, IR_I64));
        break;
    case 2:
        push(g, IR_I64,
             ir_op3(b, IR_HELPER, IR_I64, 0, pick(g, IR_I64), pick(g, IR_I64), pick(g, IR_I64)));
        break;
    default: {
        enum ir_type t = rnd(g, 2) ? IR_I64 : IR_I32;
        unsigned kind = rnd(g, 3);
        ir_ref x = pick(g, t), y = pick(g, t), r = 0;
        if (kind == IR_FL_ADD || kind == IR_FL_SUB) {
            r = ir_op2(b, kind == IR_FL_ADD ? IR_ADD : IR_SUB, t, 0, x, y);
            ir_op3(b, IR_FLAGS, t, (u16)kind, x, y, r);
        } else {
            r = x;
            ir_op3(b, IR_FLAGS, t, (u16)kind, x, 0, 0);
        }
        push(g, t, r);
        if (rnd(g, 2)) {
            ir_set(b, TX + rnd(g, TX_COUNT), t == IR_I64 ? r : ir_op1(b, IR_ZEXT, IR_I64, 32, r));
        }
        break;
    }
    }
}

static void sets(struct gen *g)
{
    struct ir_builder *b = &g->env->b;
    for (unsigned n = rnd(g, 3); n; n--) {
        ir_ref v = rnd(g, 3) ? pick(g, IR_I64) : ir_op1(b, IR_ZEXT, IR_I64, 32, pick(g, IR_I32));
        ir_set(b, TX + rnd(g, TX_COUNT), v);
    }
}

static void end_insn(struct gen *g)
{
    struct ir_builder *b = &g->env->b;
    ir_insn(b, b->fn->pc + g->insn * 4, g->flags_before, rnd(g, 2));
    g->insn++;
    g->flags_before = b->flags;
}

static void leave(struct gen *g)
{
    struct ir_builder *b = &g->env->b;
    ir_ref k = ir_kpc(b, b->fn->pc + 0x400), fl = rnd(g, 2) ? b->flags : 0, t = pick(g, IR_I64);
    switch (rnd(g, 6)) {
    case 0:
        ir_op3(b, IR_JMP, IR_VOID, 0, 0, k, fl);
        break;
    case 1:
        ir_op3(b, IR_JMPI, IR_VOID, 0, t, 0, fl);
        break;
    case 2:
        ir_op3(b, IR_RET, IR_VOID, 0, t, 0, fl);
        break;
    case 3:
        ir_op3(b, IR_CALL, IR_VOID, 0, 0x500, k, fl);
        break;
    case 4:
        ir_op3(b, IR_CALLI, IR_VOID, 0, t, k, fl);
        break;
    default:
        ir_op3(b, IR_EXIT, IR_VOID, EXEC_SYSCALL, ir_k64(b, 7), k, fl);
        break;
    }
}

void t_random_unit(struct t_env *env, u64 seed, unsigned insns, bool faults)
{
    struct gen g = {.env = env,
                    .seed = seed * 0x9e3779b97f4a7c15ull + 1,
                    .faults = faults,
                    .pcrel = seed % 2 == 0};
    struct ir_builder *b = &env->b;
    t_begin(env);
    for (unsigned n = 0; n < insns; n++) {
        switch (rnd(&g, 12)) {
        case 0:
        case 1:
            memory(&g);
            break;
        case 2:
            state(&g);
            break;
        case 3:
            ir_op3(b, IR_EXITIF, IR_VOID, 0, condition(&g), ir_kpc(b, b->fn->pc + 0x800 + n * 4),
                   rnd(&g, 2) ? b->flags : 0);
            break;
        default:
            for (unsigned k = 1 + rnd(&g, 3); k; k--) {
                arith(&g);
            }
            break;
        }
        sets(&g);
        end_insn(&g);
    }
    leave(&g);
    end_insn(&g);
}

void t_random_state(struct t_env *env, u64 *seed)
{
    struct t_regs *r = t_state(env);
    for (int i = 0; i < TX_COUNT; i++) {
        r->x[i] = t_edge_int(seed);
    }
    for (int i = 0; i < TV_COUNT; i++) {
        r->v[i].d[0] = t_random(seed);
        r->v[i].d[1] = t_random(seed);
    }
    r->nzcv = (u32)t_random(seed);
    for (int i = 0; i < 4; i++) {
        r->field[i] = t_random(seed);
    }
    for (int i = 0; i < T_MEM; i += 8) {
        u64 v = t_edge_int(seed);
        memcpy(env->mem + i, &v, 8);
    }
}
