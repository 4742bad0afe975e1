/* Rules of the rounds of SHA-1 and SHA-256 for hosts without instructions for them: general registers, four rounds an
 * op. The registers taken are saved around it, those of guest values too: nothing here can fault. */
#include "backend/x86_64/rules_vec.h"

static const u8 regs[11] = {RAX, RCX, RDX, R15, R8, R9, R10, R11, R12, R13, R14};

static struct mem scratch(unsigned n, unsigned off)
{
    return mem_gs(CPU_OFF(scratch) + n * sizeof(v128) + off);
}

/* Saves or restores the first N of regs, temporaries only where later code wants them. */
static void keep_regs(struct cg *g, unsigned n, bool store)
{
    for (unsigned k = 0; k < n; k++) {
        struct mem m = mem_gs(CPU_OFF(vtemp_save) + k * 8);
        if (k >= 4 || (g->rf[GPR].occ & BIT(regs[k]))) {
            store ? e_store(&g->e, true, regs[k], m) : e_load(&g->e, true, regs[k], m);
        }
    }
}

/* D = S rotated right by N. */
static void ror(struct cg *g, unsigned d, unsigned s, unsigned n)
{
    if (g->features & HOST_BMI) {
        e_8(&g->e, n);
        e_vrr(&g->e, 0xf0 | P_F2 | M_3A, d, 0, s); /* rorx */
    } else {
        e_shift_ri(&g->e, SH_ROR, false, d, n);
        e_mov_rr(&g->e, false, d, s);
    }
}

/* Vector D = words R[0] to R[3], which are overwritten. */
static void join(struct cg *g, unsigned d, const u8 r[4])
{
    struct emit *e = &g->e;
    u32 pinsrq = 0x22 | P_66 | M_3A | O_W, movq = 0x6e | P_66 | M_0F | O_W;
    e_8(e, 1);
    g->avx ? e_vrr(e, pinsrq, d, d, r[2]) : e_rr(e, pinsrq, d, r[2]);
    e_alu_rr(e, ALU_OR, true, r[2], r[3]);
    e_shift_ri(e, SH_SHL, true, r[3], 32);
    g->avx ? e_vrr(e, movq, d, 0, r[0]) : e_rr(e, movq, d, r[0]);
    e_alu_rr(e, ALU_OR, true, r[0], r[1]);
    e_shift_ri(e, SH_SHL, true, r[1], 32);
}

static void rr(struct cg *g, enum alu op, unsigned d, unsigned s)
{
    e_alu_rr(&g->e, op, false, d, s);
}

/* D += X ror N1 ^ X ror N2 ^ X ror N3. */
static void add_sigma(struct cg *g, unsigned d, unsigned x, const u8 n[3], unsigned t, unsigned u)
{
    rr(g, ALU_ADD, d, t);
    rr(g, ALU_XOR, t, u);
    ror(g, u, x, n[2]);
    rr(g, ALU_XOR, t, u);
    ror(g, u, x, n[1]);
    ror(g, t, x, n[0]);
}

/* R: a to h; afterwards the new e is in d and the new a in h. V holds b ^ c, U will hold a ^ b, the next round's. */
static void sha256_round(struct cg *g, const u8 r[8], unsigned t, unsigned u, unsigned v, unsigned i)
{
    static const u8 s0[3] = {2, 13, 22}, s1[3] = {6, 11, 25};
    unsigned a = r[0], b = r[1], d = r[3], e = r[4], f = r[5], h = r[7], gg = r[6];
    rr(g, ALU_ADD, h, v); /* majority */
    rr(g, ALU_XOR, v, b);
    rr(g, ALU_AND, v, u);
    rr(g, ALU_XOR, u, b);
    e_mov_rr(&g->e, false, u, a);
    add_sigma(g, h, a, s0, t, u);
    rr(g, ALU_ADD, d, h);
    add_sigma(g, h, e, s1, t, u);
    rr(g, ALU_ADD, h, t); /* choice */
    rr(g, ALU_XOR, t, gg);
    rr(g, ALU_AND, t, e);
    rr(g, ALU_XOR, t, gg);
    e_mov_rr(&g->e, false, t, f);
    e_alu_rm(&g->e, ALU_ADD, false, h, scratch(2, i * 4));
}

/* SHA256H and SHA256H2 on the same operands are the two halves of one result: the first leaves the second's there. */
#define PAIR_WINDOW 12
static bool same_rounds(const struct ir_ins *h, const struct ir_ins *h2)
{
    return h->a == h2->b && h->b == h2->a && h->c == h2->c;
}

static u32 pair_behind(const struct cg *g, u32 i)
{
    for (u32 j = i + 1; j < g->fn->len && j <= i + PAIR_WINDOW; j++) {
        unsigned op = g->ins[j].op;
        if (op == IR_SHA256H2 && same_rounds(&g->ins[i], &g->ins[j])) {
            return j;
        }
        if (op == IR_SHA256H || op == IR_BLOCK) {
            break;
        }
    }
    return 0;
}

static u32 pair_before(const struct cg *g, u32 i)
{
    for (u32 j = i - 1; j > 0 && j + PAIR_WINDOW >= i; j--) {
        unsigned op = g->ins[j].op;
        if (op == IR_SHA256H) {
            return same_rounds(&g->ins[j], &g->ins[i]) && pair_behind(g, j) == i ? j : 0;
        }
        if (op == IR_BLOCK) {
            break;
        }
    }
    return 0;
}

static void sha256_rounds(struct cg *g, u32 i, const struct ir_ins *in, bool second, bool both)
{
    static const u8 *const r = regs; /* a to h, then three temporaries */
    ir_ref x = second ? in->b : in->a, y = second ? in->a : in->b;
    unsigned d = ra_def(g, i, ANY), t = NOREG;
    g->rf[XMM].busy |= BIT(d);
    unsigned rx = ra_use(g, x, ANY), ry = ra_use(g, y, ANY), rw = ra_use(g, in->c, ANY);
    u8 s[8];
    if (both) {
        t = ra_tmp(g, XMM, ANY);
    }
    keep_regs(g, 11, false);
    if (both) {
        v_store(g, IR_V128, t, scratch(4, 0));
        join(g, t, r);
    }
    join(g, d, second ? r : r + 4);
    for (unsigned i4 = 4; i4-- > 0;) {
        for (unsigned k = 0; k < 8; k++) {
            s[k] = r[(k + 8 - i4) & 7];
        }
        sha256_round(g, s, r[8], r[9 + (i4 & 1)], r[10 - (i4 & 1)], i4);
    }
    rr(g, ALU_XOR, r[10], r[2]);
    e_mov_rr(&g->e, false, r[10], r[1]);
    for (unsigned k = 0; k < 8; k++) {
        e_load(&g->e, false, r[k], scratch(k >> 2, (k & 3) * 4));
    }
    keep_regs(g, 11, true);
    v_store(g, IR_V128, rw, scratch(2, 0));
    v_store(g, IR_V128, ry, scratch(1, 0));
    v_store(g, IR_V128, rx, scratch(0, 0));
}

void rule_sha256_gpr(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (in->op == IR_SHA256H) {
        sha256_rounds(g, i, in, false, pair_behind(g, i) != 0);
        return;
    }
    u32 first = pair_before(g, i);
    if (!first) {
        sha256_rounds(g, i, in, true, false);
        return;
    }
    unsigned d = ra_def(g, i, ANY);
    ra_use(g, first, ANY); /* so that it is computed */
    v_load(g, IR_V128, d, scratch(4, 0));
}

/* T = the function of b, c, d of SHA1C (0), SHA1P (1), SHA1M (2). */
static void sha1_function(struct cg *g, unsigned f, const u8 r[5], unsigned t, unsigned u)
{
    unsigned b = r[1], c = r[2], d = r[3];
    if (f == 0) {
        rr(g, ALU_XOR, t, d);
        rr(g, ALU_AND, t, b);
        rr(g, ALU_XOR, t, d);
        e_mov_rr(&g->e, false, t, c);
    } else if (f == 1) {
        rr(g, ALU_XOR, t, d);
        rr(g, ALU_XOR, t, c);
        e_mov_rr(&g->e, false, t, b);
    } else {
        rr(g, ALU_OR, t, u);
        rr(g, ALU_AND, u, d);
        rr(g, ALU_OR, u, c);
        rr(g, ALU_AND, t, c);
        e_mov_rr(&g->e, false, u, b);
        e_mov_rr(&g->e, false, t, b);
    }
}

void rule_sha1_gpr(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned f = in->op == IR_SHA1C ? 0 : in->op == IR_SHA1P ? 1 : 2;
    const u8 *r = regs; /* a to e, then two temporaries */
    unsigned d = ra_def(g, i, ANY);
    g->rf[XMM].busy |= BIT(d);
    unsigned ra = ra_use(g, in->a, ANY), rb = ra_use(g, in->b, ANY), rc = ra_use(g, in->c, ANY);
    u8 s[5];
    keep_regs(g, 7, false);
    join(g, d, r + 1);
    for (unsigned i4 = 4; i4-- > 0;) {
        for (unsigned k = 0; k < 5; k++) {
            s[k] = r[(k + 5 - i4) % 5];
        }
        unsigned t = r[5];
        e_shift_ri(&g->e, SH_ROR, false, s[1], 2);
        rr(g, ALU_ADD, s[4], t);
        ror(g, t, s[0], 27);
        rr(g, ALU_ADD, s[4], t);
        sha1_function(g, f, s, t, r[6]);
        e_alu_rm(&g->e, ALU_ADD, false, s[4], scratch(2, i4 * 4));
    }
    for (unsigned k = 0; k < 5; k++) {
        e_load(&g->e, false, r[k], scratch(k >> 2, (k & 3) * 4));
    }
    keep_regs(g, 7, true);
    v_store(g, IR_V128, rc, scratch(2, 0));
    v_store(g, IR_V128, rb, scratch(1, 0));
    v_store(g, IR_V128, ra, scratch(0, 0));
}
