/* Rules for integer arithmetic, logic and shifts. */
#include "backend/x86_64/rules.h"

/* Pending flags and an op that can give them: true when it must set them; else they are out of the
 * way unless KEEPS says that the op can be done without touching them. */
static bool flags_wanted(struct cg *g, u32 i, enum pend_kind k, const struct ir_ins *in, bool keeps)
{
    if (!g->pend.kind) {
        return false;
    }
    if (pend_match(g, i, k, in->type, in->a, in->b)) {
        return true;
    }
    if (!keeps || pend_reads(g, i)) {
        pend_flush(g);
    }
    return false;
}

/* D = A op B by a two-operand instruction whose flags are the last ones set. */
static void alu2(struct cg *g, u32 i, enum alu op, bool w, bool comm, ir_ref a, ir_ref b)
{
    struct emit *e = &g->e;
    struct mem m;
    s32 k;
    unsigned d = ra_def(g, i, ANY);
    u32 not_d = ~BIT(d);
    if (const_s32(g, b, w, &k)) {
        unsigned ra = ra_use_hint(g, a, ANY, d);
        e_alu_ri(e, op, w, d, k);
        if (ra != d) {
            e_mov_rr(e, w, d, ra);
        }
        return;
    }
    if (comm && !IR_IS_K(b) && ra_has_reg(g, a) && !ra_has_reg(g, b) && !ra_mem(g, b, &m)) {
        ir_ref t = a;
        a = b;
        b = t;
    }
    if (a == b) {
        unsigned ra = ra_use_hint(g, a, ANY, d);
        e_alu_rr(e, op, w, d, d);
        if (ra != d) {
            e_mov_rr(e, w, d, ra);
        }
        return;
    }
    bool mem = ra_mem(g, b, &m) && (w || g->ins[b].type == IR_I32);
    unsigned rb = NOREG;
    if (!mem) {
        unsigned h = ra_home(g, b);
        rb = h == d && h != NOREG ? h : ra_use(g, b, not_d);
    }
    unsigned ra = ra_use_hint(g, a, ANY, d);
    if (ra == d || rb != d) {
        mem ? e_alu_rm(e, op, w, d, m) : e_alu_rr(e, op, w, d, rb);
        if (ra != d) {
            e_mov_rr(e, w, d, ra);
        }
    } else if (comm) {
        e_alu_rr(e, op, w, d, ra);
    } else {
        unsigned t = ra_tmp(g, GPR, not_d);
        e_mov_rr(e, w, d, t);
        e_alu_rr(e, op, w, t, rb);
        e_mov_rr(e, w, t, ra);
    }
}

/* Is R a shift left by 1..3 that nobody else wants in a register? */
static bool scaled(struct cg *g, ir_ref r, unsigned type, ir_ref *base, unsigned *scale)
{
    u64 k;
    if (IR_IS_K(r)) {
        return false;
    }
    const struct ir_ins *s = &g->ins[r];
    if (s->op != IR_SHL || s->type != type || g->vi[r].reg != NOREG || g->vi[r].spill ||
        !ir_is_const(g->fn, s->b, &k) || k > 3) {
        return false;
    }
    *base = s->a;
    *scale = (unsigned)k;
    return true;
}

void rule_add(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    s32 k;
    u64 v;
    ir_ref a = peel(g, in, in->a), b = peel(g, in, in->b), base;
    unsigned scale;
    bool set = pend_match(g, i, PEND_CMN, in->type, in->a, in->b);
    if (!set && g->pend.kind == PEND_CMP && g->pend.a == a && g->pend.type == in->type &&
        IR_IS_K(g->pend.b) && const_s32(g, b, w, &k) && ir_is_const(g->fn, g->pend.b, &v) &&
        k != INT32_MIN && (w ? v == (u64) - (s64)k : (u32)v == (u32)-k)) {
        g->pend.kind = PEND_NONE; /* a - k: the subtraction that is compared */
        unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, a, ANY, d);
        e_alu_ri(e, ALU_SUB, w, d, -k);
        if (ra != d) {
            e_mov_rr(e, w, d, ra);
        }
        return;
    }
    if (pend_reads(g, i)) {
        pend_flush(g);
    }
    if (set) {
        alu2(g, i, ALU_ADD, w, true, a, b);
        return;
    }
    bool free = g->pend.kind == PEND_NONE;
    if (const_s32(g, b, w, &k)) {
        unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, a, ANY, d);
        ra == d &&free ? e_alu_ri(e, ALU_ADD, w, d, k) : e_lea(e, w, d, mem_base(ra, k));
        return;
    }
    if (scaled(g, a, in->type, &base, &scale)) {
        ir_ref t = a;
        a = b;
        b = t;
    }
    if (scaled(g, b, in->type, &base, &scale)) {
        unsigned d = ra_def(g, i, ANY), ra = ra_use(g, a, ANY),
                 rb = ra_use(g, peel(g, in, base), ANY);
        e_lea(e, w, d, mem_index(ra, rb, scale, 0));
        return;
    }
    struct mem m;
    if (free && !IR_IS_K(b) && ra_mem(g, b, &m)) {
        alu2(g, i, ALU_ADD, w, true, a, b);
        return;
    }
    unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, a, ANY, d), rb = ra_use_hint(g, b, ANY, d);
    if (free && ra == d) {
        e_alu_rr(e, ALU_ADD, w, d, rb);
    } else if (free && rb == d) {
        e_alu_rr(e, ALU_ADD, w, d, ra);
    } else {
        e_lea(e, w, d, mem_index(ra, rb, 0, 0));
    }
}

void rule_sub(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool set = flags_wanted(g, i, PEND_CMP, in, false);
    u64 v;
    bool w = in->type == IR_I64;
    if (!set && ir_is_const(g->fn, in->a, &v) && v == MASK64(w ? 64 : 32)) { /* -1 - b */
        unsigned d = ra_def(g, i, ANY), rb = ra_use_hint(g, peel(g, in, in->b), ANY, d);
        e_rr(&g->e, 0xf7 | WBIT(w), 2, d);
        if (rb != d) {
            e_mov_rr(&g->e, w, d, rb);
        }
        return;
    }
    alu2(g, i, ALU_SUB, w, false, peel(g, in, in->a), peel(g, in, in->b));
}

void rule_and(struct cg *g, u32 i, const struct ir_ins *in)
{
    flags_wanted(g, i, PEND_TST, in, false);
    alu2(g, i, ALU_AND, in->type == IR_I64, true, peel(g, in, in->a), peel(g, in, in->b));
}

void rule_or(struct cg *g, u32 i, const struct ir_ins *in)
{
    flags_wanted(g, i, PEND_NONE, in, false);
    alu2(g, i, ALU_OR, in->type == IR_I64, true, peel(g, in, in->a), peel(g, in, in->b));
}

void rule_xor(struct cg *g, u32 i, const struct ir_ins *in)
{
    flags_wanted(g, i, PEND_NONE, in, false);
    alu2(g, i, ALU_XOR, in->type == IR_I64, true, peel(g, in, in->a), peel(g, in, in->b));
}

void rule_andn(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    ir_ref a = peel(g, in, in->a), b = peel(g, in, in->b);
    if (g->features & HOST_BMI) {
        flags_wanted(g, i, PEND_NONE, in, false);
        unsigned d = ra_def(g, i, ANY), rb = ra_use(g, b, ANY), ra = ra_use(g, a, ANY);
        e_vrr(e, 0xf2 | M_38 | WBIT(w), d, rb, ra);
        return;
    }
    pend_flush(g);
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned ra = ra_use(g, a, ~BIT(d)), rb = ra_use(g, b, ANY), t = ra_tmp(g, GPR, ANY);
    e_mov_rr(e, true, d, t);
    e_alu_rr(e, ALU_AND, w, t, ra);
    e_rr(e, 0xf7 | WBIT(w), 2, t);
    e_mov_rr(e, w, t, rb);
}

/* NOT, NEG and the like: D = op A in place. */
static void unary(struct cg *g, u32 i, const struct ir_ins *in, unsigned ext)
{
    bool w = in->type == IR_I64;
    unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, peel(g, in, in->a), ANY, d);
    e_rr(&g->e, 0xf7 | WBIT(w), ext, d);
    if (ra != d) {
        e_mov_rr(&g->e, w, d, ra);
    }
}

void rule_not(struct cg *g, u32 i, const struct ir_ins *in)
{
    unary(g, i, in, 2);
}

void rule_neg(struct cg *g, u32 i, const struct ir_ins *in)
{
    flags_wanted(g, i, PEND_NONE, in, false);
    unary(g, i, in, 3);
}

void rule_bswap(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool w = in->type == IR_I64;
    unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, peel(g, in, in->a), ANY, d);
    e_8(&g->e, 0xc8 | (d & 7));
    e_8(&g->e, 0x0f);
    if (w || d >= 8) {
        e_8(&g->e, 0x40 | (w ? 8 : 0) | (d >> 3));
    }
    if (ra != d) {
        e_mov_rr(&g->e, w, d, ra);
    }
}

/* Swaps the bytes of each 16-bit group: by masks, two halves of shifted copies. */
void rule_rev16(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    unsigned d = ra_def_early(g, i, ANY), ra = ra_use(g, peel(g, in, in->a), ANY);
    unsigned t = ra_tmp(g, GPR, ANY), m = ra_tmp(g, GPR, ANY);
    e_alu_rr(e, ALU_OR, w, d, t);
    e_shift_ri(e, SH_SHL, w, d, 8);
    e_alu_rr(e, ALU_AND, w, d, m);
    e_alu_rr(e, ALU_AND, w, t, m);
    e_shift_ri(e, SH_SHR, w, t, 8);
    e_mov_rr(e, w, t, ra);
    e_mov_rr(e, w, d, ra);
    e_mov_ri(e, m, w ? 0x00ff00ff00ff00ffull : 0x00ff00ffu);
}

/* One step of a bit reversal: swaps groups of N bits selected by MASK. */
static void swap_step(struct cg *g, bool w, unsigned d, unsigned t, unsigned m, unsigned n,
                      u64 mask)
{
    struct emit *e = &g->e;
    e_alu_rr(e, ALU_OR, w, d, t);
    e_shift_ri(e, SH_SHL, w, d, n);
    e_alu_rr(e, ALU_AND, w, d, m);
    e_alu_rr(e, ALU_AND, w, t, m);
    e_shift_ri(e, SH_SHR, w, t, n);
    e_mov_rr(e, w, t, d);
    e_mov_ri(e, m, w ? mask : (u32)mask);
}

void rule_rbit(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    unsigned d = ra_def_early(g, i, ANY), ra = ra_use(g, peel(g, in, in->a), ANY);
    unsigned t = ra_tmp(g, GPR, ANY), m = ra_tmp(g, GPR, ANY);
    swap_step(g, w, d, t, m, 1, 0x5555555555555555ull);
    swap_step(g, w, d, t, m, 2, 0x3333333333333333ull);
    swap_step(g, w, d, t, m, 4, 0x0f0f0f0f0f0f0f0full);
    e_8(e, 0xc8 | (d & 7));
    e_8(e, 0x0f);
    if (w || d >= 8) {
        e_8(e, 0x40 | (w ? 8 : 0) | (d >> 3));
    }
    e_mov_rr(e, w, d, ra);
}

/* --- shifts --- */

static void shift_imm(struct cg *g, u32 i, const struct ir_ins *in, unsigned op, unsigned n)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    ir_ref a = peel(g, in, in->a);
    bool set = false;
    if (op == SH_ROR || n == 0) {
        if (pend_reads(g, i) || (n && !(g->features & HOST_BMI))) {
            pend_flush(g); /* these set neither Z nor S */
        }
    } else {
        set = flags_wanted(g, i, PEND_NONE, in, false);
    }
    unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, a, ANY, d);
    if (op == SH_ROR && n && (g->features & HOST_BMI) && (ra != d || g->pend.kind)) {
        e_8(e, n);
        e_vrr(e, 0xf0 | M_3A | P_F2 | WBIT(w), d, 0, ra); /* rorx */
        return;
    }
    if (op == SH_SHL && !set && ra != d && n <= 3) {
        e_lea(e, w, d, n == 1 ? mem_index(ra, ra, 0, 0) : mem_index(NOREG, ra, n, 0));
        return;
    }
    if (n) {
        e_shift_ri(e, op, w, d, n);
    }
    if (ra != d || n == 0) {
        e_mov_rr(e, w, d, ra);
    }
}

static void shift(struct cg *g, u32 i, const struct ir_ins *in, unsigned op)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    u64 n;
    if (ir_is_const(g->fn, in->b, &n)) {
        shift_imm(g, i, in, op, n & (w ? 63 : 31));
        return;
    }
    ir_ref a = peel(g, in, in->a), b = peel(g, in, in->b);
    if (op != SH_ROR && (g->features & HOST_BMI)) {
        static const u32 opc[8] = {[SH_SHL] = 0xf7 | M_38 | P_66,
                                   [SH_SHR] = 0xf7 | M_38 | P_F2,
                                   [SH_SAR] = 0xf7 | M_38 | P_F3};
        if (pend_reads(g, i)) {
            pend_flush(g);
        }
        unsigned d = ra_def(g, i, ANY), ra = ra_use(g, a, ANY), rb = ra_use(g, b, ANY);
        e_vrr(e, opc[op] | WBIT(w), d, rb, ra);
        return;
    }
    pend_flush(g);
    unsigned d = ra_def(g, i, ~BIT(RCX));
    g->rf[GPR].busy |= BIT(d);
    ra_clobber(g, BIT(RCX));
    unsigned rb = ra_use_hint(g, b, ANY, RCX), ra = ra_use_hint(g, a, ~BIT(RCX), d);
    unsigned t = rb == d ? ra_tmp(g, GPR, ANY) : d;
    if (t != d) {
        e_mov_rr(e, w, d, t);
    }
    e_rr(e, 0xd3 | WBIT(w), op, t);
    if (t != ra) {
        e_mov_rr(e, w, t, ra);
    }
    if (rb != RCX) {
        e_mov_rr(e, false, RCX, rb);
    }
}

void rule_shl(struct cg *g, u32 i, const struct ir_ins *in)
{
    shift(g, i, in, SH_SHL);
}
void rule_shr(struct cg *g, u32 i, const struct ir_ins *in)
{
    shift(g, i, in, SH_SHR);
}
void rule_sar(struct cg *g, u32 i, const struct ir_ins *in)
{
    shift(g, i, in, SH_SAR);
}
void rule_ror(struct cg *g, u32 i, const struct ir_ins *in)
{
    shift(g, i, in, SH_ROR);
}

void rule_extr(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned ra = ra_use(g, peel(g, in, in->a), ~BIT(d));
    g->rf[GPR].busy &= ~BIT(d);
    unsigned rb = ra_use_hint(g, peel(g, in, in->b), ANY, d), t = d;
    if (ra == d && rb != d) { /* the high word's home is the destination */
        t = ra_tmp(g, GPR, ~BIT(d));
        e_mov_rr(e, w, d, t);
    }
    e_8(e, in->aux);
    e_rr(e, 0xac | M_0F | WBIT(w), ra, t); /* shrd */
    if (rb != t) {
        e_mov_rr(e, w, t, rb);
    }
}

/* --- counting --- */

void rule_clz(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    ir_ref a = peel(g, in, in->a);
    bool ctz = in->op == IR_CTZ;
    if (!ctz && !IR_IS_K(a) && g->ins[a].op == IR_RBIT && g->ins[a].type == in->type &&
        g->vi[a].reg == NOREG) {
        ctz = true;
        a = peel(g, in, g->ins[a].a);
    }
    if (g->features & (ctz ? HOST_BMI : HOST_LZCNT)) {
        unsigned d = ra_def(g, i, ANY), ra = ra_use(g, a, ANY);
        e_rr(e, (ctz ? 0xbc : 0xbd) | M_0F | P_F3 | WBIT(w), d, ra);
        return;
    }
    unsigned d = ra_def_early(g, i, ANY), ra = ra_use(g, a, ANY), t = ra_tmp(g, GPR, ANY),
             width = w ? 64 : 32;
    if (!ctz) {
        e_alu_ri(e, ALU_XOR, w, d, (s32)width - 1);
    }
    e_cmov(e, CC_E, w, d, t);
    e_rr(e, (ctz ? 0xbc : 0xbd) | M_0F | WBIT(w), d, ra);
    e_mov_ri(e, t, ctz ? width : 2 * width - 1);
}

void rule_popcnt(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (!(g->features & HOST_POPCNT)) {
        rule_ref(g, i, in);
        return;
    }
    unsigned d = ra_def(g, i, ANY), ra = ra_use(g, peel(g, in, in->a), ANY);
    e_rr(&g->e, 0xb8 | M_0F | P_F3 | WBIT(in->type == IR_I64), d, ra);
}

/* --- widths and fields --- */

/* D = the low BITS of A, sign- or zero-extended. */
static void extend(struct cg *g, u32 i, const struct ir_ins *in, unsigned bits, bool sign)
{
    struct emit *e = &g->e;
    ir_ref a = peel32(g, in->a);
    bool w = in->type == IR_I64 && sign;
    if (!sign && bits == 32) {
        unsigned d = ra_def(g, i, ANY);
        bool clean = !IR_IS_K(a) && ir_type_of(g->fn, a) == IR_I32; /* already zero above */
        struct mem m;
        if (ra_mem(g, a, &m)) {
            e_load(e, false, d, m);
            return;
        }
        unsigned ra = clean ? ra_use_hint(g, a, ANY, d) : ra_use(g, a, ANY);
        if (!clean || ra != d) {
            e_mov_rr(e, false, d, ra);
        }
        return;
    }
    unsigned d = ra_def(g, i, ANY);
    static const u32 opc[2][2] = {{0xb6 | M_0F, 0xb7 | M_0F}, {0xbe | M_0F, 0xbf | M_0F}};
    struct mem m;
    u32 op = bits == 32 ? 0x63 : opc[sign][bits == 16];
    if (ra_mem(g, a, &m)) {
        e_rm(e, op | WBIT(w), d, m);
        return;
    }
    unsigned ra = ra_use(g, a, ANY);
    e_rr(e, op | WBIT(w) | (bits == 8 && ra >= 4 ? (u32)O_B8 : 0u), d, ra);
}

void rule_sext(struct cg *g, u32 i, const struct ir_ins *in)
{
    extend(g, i, in, in->aux, true);
}

void rule_zext(struct cg *g, u32 i, const struct ir_ins *in)
{
    extend(g, i, in, in->aux, false);
}

void rule_trunc(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned d = ra_def(g, i, ANY);
    struct mem m;
    if (ra_mem(g, in->a, &m)) {
        e_load(&g->e, false, d, m);
    } else {
        e_mov_rr(&g->e, false, d, ra_use(g, in->a, ANY));
    }
}

void rule_ubfx(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned lsb = in->aux & 63, len = in->aux >> 6;
    bool w = in->type == IR_I64;
    unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, peel(g, in, in->a), ANY, d);
    if (len < 32) {
        if (len == 8 || len == 16) {
            e_rr(e, (len == 8 ? 0xb6 : 0xb7) | M_0F | (d >= 4 && len == 8 ? (u32)O_B8 : 0u), d, d);
        } else {
            e_alu_ri(e, ALU_AND, false, d, (s32)MASK64(len));
        }
        if (lsb == 0) {
            if (ra != d) {
                e_mov_rr(e, w, d, ra);
            }
        } else if (ra != d && (g->features & HOST_BMI)) {
            e_8(e, lsb);
            e_vrr(e, 0xf0 | M_3A | P_F2 | WBIT(w), d, 0, ra);
        } else {
            e_shift_ri(e, SH_SHR, w, d, lsb);
            if (ra != d) {
                e_mov_rr(e, w, d, ra);
            }
        }
        return;
    }
    unsigned width = w ? 64 : 32;
    e_shift_ri(e, SH_SHR, w, d, width - len);
    if (lsb + len < width) {
        e_shift_ri(e, SH_SHL, w, d, width - len - lsb);
    }
    if (ra != d) {
        e_mov_rr(e, w, d, ra);
    }
}

void rule_sbfx(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned lsb = in->aux & 63, len = in->aux >> 6;
    bool w = in->type == IR_I64;
    unsigned width = w ? 64 : 32;
    unsigned d = ra_def(g, i, ANY), ra = ra_use_hint(g, peel(g, in, in->a), ANY, d);
    if (width - len) {
        e_shift_ri(e, SH_SAR, w, d, width - len);
    }
    if (lsb + len < width) {
        e_shift_ri(e, SH_SHL, w, d, width - len - lsb);
    }
    if (ra != d) {
        e_mov_rr(e, w, d, ra);
    }
}

/* t = low LEN bits of B at LSB. */
static void put_field(struct cg *g, bool w, unsigned t, unsigned rb, unsigned lsb, unsigned len)
{
    struct emit *e = &g->e;
    unsigned width = w ? 64 : 32;
    if (lsb + len == width) {
        e_shift_ri(e, SH_SHL, w, t, lsb);
        e_mov_rr(e, w, t, rb);
        return;
    }
    if (lsb) {
        e_shift_ri(e, SH_SHL, w, t, lsb);
    }
    if (len == 8 || len == 16) {
        e_rr(e, (len == 8 ? 0xb6 : 0xb7) | M_0F | (len == 8 && rb >= 4 ? (u32)O_B8 : 0u), t, rb);
    } else if (len < 32) {
        e_alu_ri(e, ALU_AND, false, t, (s32)MASK64(len));
        e_mov_rr(e, false, t, rb);
    } else if (len == 32) {
        e_mov_rr(e, false, t, rb);
    } else {
        e_shift_ri(e, SH_SHR, w, t, width - len);
        e_shift_ri(e, SH_SHL, w, t, width - len);
        e_mov_rr(e, w, t, rb);
    }
}

void rule_bfi(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned lsb = in->aux & 63, len = in->aux >> 6;
    bool w = in->type == IR_I64;
    ir_ref a = peel(g, in, in->a), b = peel(g, in, in->b);
    u64 v;
    if (ir_is_const(g->fn, a, &v) && v == 0) { /* a field alone: UBFIZ */
        unsigned d = ra_def(g, i, ANY), rb = ra_use_hint(g, b, ANY, d);
        put_field(g, w, d, rb, lsb, len);
        return;
    }
    u64 keep = ~(MASK64(len) << lsb);
    if (!w) {
        keep = (u32)keep;
    }
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    unsigned h = ra_home(g, b), rb = h != NOREG ? h : ra_use(g, b, ~BIT(d)),
             t = ra_tmp(g, GPR, ~BIT(d));
    g->rf[GPR].busy &= ~BIT(d);
    unsigned ra = ra_use_hint(g, a, ANY, d);
    bool imm = !w || (s64)keep == (s32)keep;
    e_alu_rr(e, ALU_OR, w, d, t);
    if (imm) {
        e_alu_ri(e, ALU_AND, w, d, (s32)keep);
        if (ra != d) {
            e_mov_rr(e, w, d, ra);
        }
    } else {
        /* cleared by shifting it out, which needs no constant */
        if (lsb && lsb + len < 64) {
            e_shift_ri(e, SH_ROL, true, d, lsb);
        }
        bool top = lsb + len == 64;
        e_shift_ri(e, top ? SH_SHR : SH_SHL, true, d, len);
        e_shift_ri(e, top ? SH_SHL : SH_SHR, true, d, len);
        if (lsb && !top) {
            e_shift_ri(e, SH_ROR, true, d, lsb);
        }
        if (ra != d) {
            e_mov_rr(e, true, d, ra);
        }
    }
    put_field(g, w, t, rb, lsb, len); /* first: its source may be the destination's register */
}

/* --- conditions as values --- */

static void bool_value(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    ir_ref c = in->op == IR_B2I ? in->a : i;
    if (in->op == IR_B2I && !IR_IS_K(c) && g->vi[c].reg != NOREG) {
        if (pend_reads(g, i)) {
            pend_flush(g);
        }
        unsigned d = ra_def(g, i, ANY);
        e_mov_rr(e, false, d, ra_use(g, c, ANY));
        return;
    }
    if (pend_reads(g, i)) {
        pend_flush(g);
    }
    unsigned d = ra_def(g, i, ANY);
    g->rf[GPR].busy |= BIT(d);
    if (!cond_fits(g, c)) {
        g->rf[GPR].busy = 0;
        bug("conditions do not fit");
    }
    struct hcond h = cond_flags(g, c);
    if (h.parity) {
        unsigned t = ra_tmp(g, GPR, ~BIT(d));
        e_cmov(e, CC_P, false, d, t);
        e_mov_ri(e, t, h.parity == 2);
    }
    e_movzx8(e, d, d);
    e_setcc(e, h.cc, d);
}

/* Flushes what another condition needs before a consumer of C is allocated. */
static void make_room(struct cg *g, u32 i, ir_ref c)
{
    if (pend_reads(g, i) || !cond_fits(g, c)) {
        pend_flush(g);
    }
}

void rule_bool(struct cg *g, u32 i, const struct ir_ins *in)
{
    if (in->op == IR_FCMP && flushes(g)) { /* as cond.c */
        pend_flush(g);
        rule_ref(g, i, in);
        return;
    }
    make_room(g, i, in->op == IR_B2I ? in->a : i);
    bool_value(g, i, in);
}

static void select_gpr(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    bool w = in->type == IR_I64;
    ir_ref a = peel(g, in, in->a), b = peel(g, in, in->b);
    struct hcond h = cond_flags(g, in->c);
    unsigned cc = h.cc;
    unsigned d = ra_def(g, i, ANY);
    /* The operand that may share the destination is the one kept when the condition fails. */
    if (h.parity == 1) { /* EQ: a unless NE or P */
        ir_ref t = a;
        a = b;
        b = t;
        cc ^= 1;
    } else if (!h.parity && ra_home(g, a) == d && d != NOREG) {
        ir_ref t = a;
        a = b;
        b = t;
        cc ^= 1;
    }
    g->rf[GPR].busy |= BIT(d);
    unsigned ha = ra_home(g, a), ra = ha != NOREG ? ha : ra_use(g, a, ~BIT(d));
    g->rf[GPR].busy &= ~BIT(d);
    unsigned rb = ra_use_hint(g, b, ANY, d), t = d;
    if (ra == d && rb != d) {
        t = ra_tmp(g, GPR, ~BIT(d));
        e_mov_rr(e, w, d, t);
    }
    if (h.parity) {
        e_cmov(e, CC_P, w, t, ra);
    }
    e_cmov(e, cc, w, t, ra);
    if (rb != t) {
        e_mov_rr(e, w, t, rb);
    }
}

static void select_xmm(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    struct hcond h = cond_flags(g, in->c);
    unsigned d = ra_def(g, i, ANY);
    g->rf[XMM].busy |= BIT(d);
    unsigned hb = ra_home(g, in->b), rb = hb != NOREG ? hb : ra_use(g, in->b, ~BIT(d));
    g->rf[XMM].busy &= ~BIT(d);
    unsigned ra = ra_use_hint(g, in->a, ANY, d), t = d;
    if (rb == d && ra != d) {
        t = ra_tmp(g, XMM, ~BIT(d));
        v_mov(g, d, t);
    }
    /* t = a; if not the condition, t = b */
    const u8 *end = e->p;
    v_mov(g, t, rb);
    const u8 *take_b = e->p;
    if (h.parity == 1) { /* EQ: b when NE or P */
        e_jcc(e, CC_E, end);
        e_jcc(e, CC_P, take_b);
    } else {
        e_jcc(e, h.cc, end);
        if (h.parity == 2) {
            e_jcc(e, CC_P, end);
        }
    }
    v_mov(g, t, ra);
}

void rule_select(struct cg *g, u32 i, const struct ir_ins *in)
{
    make_room(g, i, in->c);
    file_of(in->type) == GPR ? select_gpr(g, i, in) : select_xmm(g, i, in);
}

/* --- packed flags --- */

void rule_nzcv(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    const struct ir_ins *f = &g->ins[in->a];
    unsigned d = ra_def(g, i, ANY);
    if (f->aux == IR_FL_VALUE) {
        e_mov_rr(e, false, d, ra_use(g, f->a, ANY));
        return;
    }
    ra_clobber(g, BIT(RAX));
    if (d != RAX) {
        e_mov_rr(e, false, d, RAX);
    }
    e_setcc(e, CC_O, RAX);
    e_8(e, 0x9f); /* lahf */
    if (f->aux == IR_FL_SUB) {
        e_8(e, 0xf5); /* cmc */
    }
    /* the comparison may merge with one in front */
    g->pend = (struct pend){
        .kind = PEND_TST, .type = f->type, .a = peel(g, f, f->a), .b = peel(g, f, f->a)};
    if (f->aux != IR_FL_LOGIC) {
        g->pend.kind = f->aux == IR_FL_SUB ? PEND_CMP : PEND_CMN;
        g->pend.b = peel(g, f, f->b);
    }
}
