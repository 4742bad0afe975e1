/* Rules for guest memory: addressing modes, loads, stores, atomics, fences. Recipes are added by
 * each. */
#include "backend/x86_64/fpop.h"

/* The addition that makes R and can be done by the address, or NULL. */
static inline const struct ir_ins *sum_of(const struct cg *g, ir_ref r)
{
    if (IR_IS_K(r)) {
        return NULL;
    }
    const struct ir_ins *in = &g->ins[r];
    return in->op == IR_ADD && !ra_live(g, r) && home_reg(g, r) == NOREG ? in : NULL;
}

static bool scaled_index(const struct cg *g, ir_ref r, ir_ref *base, u8 *scale)
{
    u64 k;
    if (IR_IS_K(r) || g->ins[r].op != IR_SHL || ra_has_reg(g, r) || g->vi[r].spill ||
        !ir_is_const(g->fn, g->ins[r].b, &k) || k > 3) {
        return false;
    }
    *base = g->ins[r].a;
    *scale = (u8)k;
    return true;
}

/* The operand at guest address P, in registers of MASK. RIP: a pc-relative operand is allowed (no
 * immediate follows it). */
static struct mem address(struct cg *g, ir_ref p, u32 mask, bool rip)
{
    s32 k, disp = 0;
    if (IR_IS_K(p)) {
        const struct ir_const *c = &g->fn->k[p & ~IR_K];
        if (c->pcrel && rip && pc_reachable(g, (s64)c->lo)) {
            return mem_rip(FIX_PC, (s32)c->lo);
        }
        if (!c->pcrel && c->lo < 0x80000000u) {
            return mem_index(NOREG, NOREG, 0, (s32)c->lo);
        }
    }
    const struct ir_ins *sum = sum_of(g, p);
    if (sum && const_s32(g, sum->b, true, &k)) {
        disp = k;
        p = sum->a;
        sum = sum_of(g, p);
    }
    if (sum && !IR_IS_K(sum->b)) {
        ir_ref a = sum->a, b = sum->b, base;
        u8 scale = 0;
        if (scaled_index(g, a, &base, &scale)) {
            a = b;
            b = base;
        } else if (scaled_index(g, b, &base, &scale)) {
            b = base;
        }
        unsigned ra = ra_use(g, a, mask);
        return mem_index(ra, ra_use(g, b, mask), scale, disp);
    }
    return mem_base(ra_use(g, p, mask), disp);
}

/* The same with one register at most. */
static struct mem address1(struct cg *g, ir_ref p, u32 mask)
{
    s32 k;
    const struct ir_ins *sum = sum_of(g, p);
    if (sum && const_s32(g, sum->b, true, &k)) {
        return mem_base(ra_use(g, sum->a, mask), k);
    }
    return mem_base(ra_use(g, p, mask), 0);
}

void rule_ld(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned d = ra_def(g, i, ANY), size = IR_MEM_SIZE(in->aux);
    if (in->type == IR_F32 && g->fn->fp_rules == IR_FP_RV64) {
        box_above(g, d);
    }
    struct mem m = address(g, in->a, ANY, true);
    u32 end = here(g);
    if (in->type == IR_V128) {
        v_load(g, size == 4 ? IR_V128 : size == 3 ? IR_F64 : IR_F32, d, m);
    } else if (in->type >= IR_F32) {
        v_load(g, in->type, d, m);
    } else {
        bool sign = in->aux & IR_MEM_SIGN;
        u32 w = sign && in->type == IR_I64 ? O_W : 0;
        static const u32 zero[4] = {0xb6 | M_0F, 0xb7 | M_0F, 0x8b, 0x8b | O_W};
        static const u32 sext[4] = {0xbe | M_0F, 0xbf | M_0F, 0x63, 0x8b | O_W};
        if (sign && size == 2 && !w) {
            sign = false;
        }
        e_rm(e, sign ? sext[size] | w : zero[size], d, m);
    }
    add_recipe(g, end, false);
}

/* What of R a store of 1 << SIZE bytes needs: its source without extensions. */
static ir_ref low_bytes(struct cg *g, ir_ref r, unsigned size)
{
    while (!IR_IS_K(r) && !ra_has_reg(g, r) && !g->vi[r].spill) {
        const struct ir_ins *in = &g->ins[r];
        bool narrow = in->op == IR_TRUNC
                          ? size <= 2
                          : (in->op == IR_ZEXT || in->op == IR_SEXT) && in->aux >= 8u << size;
        if (!narrow) {
            break;
        }
        r = in->a;
    }
    return r;
}

static void st_imm(struct cg *g, const struct ir_ins *in, unsigned size, s32 k)
{
    struct emit *e = &g->e;
    struct mem m = address(g, in->a, ANY, false);
    u32 end = here(g);
    if (size == 0) {
        e_8(e, (u8)k);
        e_rm(e, 0xc6, 0, m);
    } else if (size == 1) {
        e_8(e, (u8)((u32)k >> 8));
        e_8(e, (u8)k);
        e_rm(e, 0xc7 | P_66, 0, m);
    } else {
        e_store_imm(e, size == 3, k, m);
    }
    add_recipe(g, end, false);
}

static void e_mfence(struct emit *e)
{
    e_8(e, 0xf0);
    e_8(e, 0xae);
    e_8(e, 0x0f);
}

void rule_st(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned size = IR_MEM_SIZE(in->aux);
    bool rel = in->aux & IR_MEM_REL;
    s32 k;
    unsigned type = ir_type_of(g->fn, in->b);
    if (type >= IR_F32) {
        if (rel) {
            e_mfence(e);
        }
        unsigned rb = ra_use(g, type == IR_F32 ? peel_v(g, in->b) : in->b, ANY);
        struct mem m = address(g, in->a, ANY, true);
        u32 end = here(g);
        v_store(g, type, rb, m);
        add_recipe(g, end, false);
        return;
    }
    if (!rel && const_s32(g, in->b, size == 3, &k)) {
        st_imm(g, in, size, k);
        return;
    }
    ir_ref b = low_bytes(g, in->b, size);
    static const u32 xchg[4] = {0x86 | O_B8, 0x87 | P_66, 0x87, 0x87 | O_W};
    if (rel) {
        unsigned t = ra_tmp(g, GPR, ANY), rb = ra_use(g, b, ANY);
        struct mem m = address(g, in->a, ANY, true);
        u32 end = here(g);
        e_rm(e, xchg[size], t, m);
        add_recipe(g, end, false);
        e_mov_rr(e, true, t, rb);
        return;
    }
    unsigned rb = ra_use(g, b, ANY);
    struct mem m = address(g, in->a, ANY, true);
    u32 end = here(g);
    e_store_size(e, size, rb, m);
    add_recipe(g, end, false);
}

/* --- under a mask --- */

/* k1 = signs of the lanes of SIZE of vector MASK. */
static void mask_to_k1(struct cg *g, unsigned size, unsigned mask)
{
    static const u32 opc[4] = {0x29, 0x29 | O_EW, 0x39, 0x39 | O_EW};
    e_vrr(&g->e, opc[size] | P_F3 | M_38 | O_EVEX, 1, 0, mask);
}

/* vmovdqu8 and wider; 0x10 more: the store. */
static u32 move_masked(unsigned size)
{
    static const u32 opc[4] = {0x6f | P_F2, 0x6f | P_F2 | O_EW, 0x6f | P_F3, 0x6f | P_F3 | O_EW};
    return opc[size] | M_0F | O_EVEX | O_K1 | O_N16;
}

/* Without AVX-512: for each lane of SIZE whose byte of MASK is set, a move between vector V and its place in memory;
 * T is overwritten. */
static void lane_by_lane(struct cg *g, bool load, unsigned size, unsigned v, unsigned mask, unsigned t, struct mem m)
{
    static const u32 pinsr[4] = {0x20 | P_66 | M_3A, 0xc4 | P_66 | M_0F, 0x22 | P_66 | M_3A, 0x22 | P_66 | M_3A | O_W};
    static const u32 pextr[4] = {0x14 | P_66 | M_3A, 0x15 | P_66 | M_3A, 0x16 | P_66 | M_3A, 0x16 | P_66 | M_3A | O_W};
    u32 opc = (load ? pinsr : pextr)[size], pmovmskb = 0xd7 | P_66 | M_0F;
    struct emit *e = &g->e;
    u32 end = here(g);
    for (unsigned n = 16 >> size; n-- > 0;) {
        const u8 *skip = e->p;
        struct mem at = m;
        at.disp += (s32)(n << size);
        e_8(e, n);
        e->trail = 1;
        g->avx ? e_vrm(e, opc, v, load ? v : 0, at) : e_rm(e, opc, v, at);
        e->trail = 0;
        e_jcc(e, CC_AE, skip);
        e_8(e, n << size); /* bt t, n << size */
        e_rr(e, 0xba | M_0F, 4, t);
    }
    add_recipe(g, end, false);
    if (load) {
        const u32 pxor = 0xef | P_66 | M_0F;
        g->avx ? e_vrr(e, pxor, v, v, v) : e_rr(e, pxor, v, v);
    }
    g->avx ? e_vrr(e, pmovmskb, t, 0, mask) : e_rr(e, pmovmskb, t, mask);
}

void rule_vldm(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    if (g->evex) {
        unsigned d = ra_def(g, i, ANY), mask = ra_use(g, in->b, ANY);
        struct mem m = address(g, in->a, ANY, true);
        u32 end = here(g);
        e_vrm(&g->e, move_masked(size) | O_Z, d, 0, m);
        add_recipe(g, end, false);
        mask_to_k1(g, size, mask);
        return;
    }
    unsigned d = ra_def_early(g, i, LOW16), mask = ra_use(g, in->b, LOW16), t = ra_tmp(g, GPR, ANY);
    lane_by_lane(g, true, size, d, mask, t, address(g, in->a, ANY, false));
}

void rule_vstm(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    unsigned size = in->aux & 3;
    if (g->evex) {
        unsigned mask = ra_use(g, in->b, ANY), v = ra_use(g, in->c, ANY);
        struct mem m = address(g, in->a, ANY, true);
        u32 end = here(g);
        e_vrm(&g->e, move_masked(size) + 0x10, v, 0, m);
        add_recipe(g, end, false);
        mask_to_k1(g, size, mask);
        return;
    }
    unsigned mask = ra_use(g, in->b, LOW16), v = ra_use(g, in->c, LOW16), t = ra_tmp(g, GPR, ANY);
    lane_by_lane(g, false, size, v, mask, t, address(g, in->a, ANY, false));
}

/* --- atomics --- */

/* d = zero-extended low bytes of S. */
static void zero_extend(struct cg *g, unsigned size, unsigned d, unsigned s)
{
    struct emit *e = &g->e;
    if (size == 0) {
        e_movzx8(e, d, s);
    } else if (size == 1) {
        e_rr(e, 0xb7 | M_0F, d, s);
    } else if (d != s || size == 2) {
        e_mov_rr(e, size == 3, d, s);
    }
}

static const u8 logic_alu[] = {[IR_RMW_CLR] = ALU_AND,
                               [IR_RMW_XOR] = ALU_XOR,
                               [IR_RMW_OR] = ALU_OR,
                               [IR_RMW_AND] = ALU_AND,
                               [IR_RMW_ADD] = ALU_ADD};

/* lock op [m], reg with 1 << SIZE bytes */
static void lock_alu(struct emit *e, enum alu op, unsigned size, unsigned r, struct mem m)
{
    static const u32 mod[4] = {O_B8, 1 | P_66, 1, 1 | O_W};
    e_rm(e, ((u32)op << 3) | mod[size] | O_LOCK, r, m);
}

/* The old value is not wanted. */
static void rmw_unused(struct cg *g, const struct ir_ins *in, unsigned op, unsigned size)
{
    struct emit *e = &g->e;
    unsigned rb = ra_use(g, low_bytes(g, in->b, size), ANY), r = rb;
    struct mem m = address(g, in->a, ANY, true);
    if (op == IR_RMW_CLR) {
        r = ra_tmp(g, GPR, ANY);
    }
    u32 end = here(g);
    lock_alu(e, (enum alu)logic_alu[op], size, r, m);
    add_recipe(g, end, false);
    if (op == IR_RMW_CLR) {
        e_rr(e, 0xf7 | O_W, 2, r);
        e_mov_rr(e, true, r, rb);
    }
}

/* XCHG and ADD have an instruction of their own. */
static void rmw_direct(struct cg *g, u32 i, const struct ir_ins *in, unsigned op, unsigned size)
{
    struct emit *e = &g->e;
    static const u32 xchg[4] = {0x86 | O_B8, 0x87 | P_66, 0x87, 0x87 | O_W};
    static const u32 xadd[4] = {0xc0 | M_0F | O_B8, 0xc1 | M_0F | P_66, 0xc1 | M_0F,
                                0xc1 | M_0F | O_W};
    unsigned d = ra_live(g, i) ? ra_def(g, i, ANY) : NOREG;
    unsigned t = ra_tmp(g, GPR, ANY), rb = ra_use(g, low_bytes(g, in->b, size), ANY);
    struct mem m = address(g, in->a, ANY, true);
    if (d != NOREG) {
        zero_extend(g, size, d, t);
    }
    u32 end = here(g);
    e_rm(e, op == IR_RMW_XCHG ? xchg[size] : xadd[size] | O_LOCK, t, m);
    add_recipe(g, end, false);
    e_mov_rr(e, true, t, rb);
}

/* t = op(rax, rb) in a compare-exchange loop. */
static void rmw_value(struct cg *g, unsigned op, unsigned size, unsigned t, unsigned rb)
{
    struct emit *e = &g->e;
    static const u8 keep_old[] = {
        [IR_RMW_SMAX] = CC_GE, [IR_RMW_SMIN] = CC_LE, [IR_RMW_UMAX] = CC_AE, [IR_RMW_UMIN] = CC_BE};
    static const u32 cmp[4] = {0x3a | O_B8, 0x3b | P_66, 0x3b, 0x3b | O_W};
    switch (op) {
    case IR_RMW_SMAX:
    case IR_RMW_SMIN:
    case IR_RMW_UMAX:
    case IR_RMW_UMIN:
        e_cmov(e, keep_old[op], true, t, RAX);
        e_mov_rr(e, true, t, rb);
        e_rr(e, cmp[size], RAX, rb);
        break;
    case IR_RMW_CLR:
        e_alu_rr(e, ALU_AND, true, t, RAX);
        e_rr(e, 0xf7 | O_W, 2, t);
        e_mov_rr(e, true, t, rb);
        break;
    default:
        e_alu_rr(e, (enum alu)logic_alu[op], true, t, RAX);
        e_mov_rr(e, true, t, rb);
        break;
    }
}

void rule_rmw(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned size = in->aux & 3, op = in->aux >> 8;
    bool live = ra_live(g, i);
    bool logic = op == IR_RMW_CLR || op == IR_RMW_XOR || op == IR_RMW_OR || op == IR_RMW_AND ||
                 op == IR_RMW_ADD;
    if (!live && logic) {
        rmw_unused(g, in, op, size);
        return;
    }
    if (op == IR_RMW_XCHG || op == IR_RMW_ADD) {
        rmw_direct(g, i, in, op, size);
        return;
    }
    static const u32 cmpxchg[4] = {0xb0 | M_0F | O_B8, 0xb1 | M_0F | P_66, 0xb1 | M_0F,
                                   0xb1 | M_0F | O_W};
    static const u32 load[4] = {0xb6 | M_0F, 0xb7 | M_0F, 0x8b, 0x8b | O_W};
    unsigned d = live ? ra_def(g, i, ANY) : NOREG;
    ra_clobber(g, BIT(RAX));
    unsigned t = ra_tmp(g, GPR, ANY), rb = ra_use(g, low_bytes(g, in->b, size), ANY);
    struct mem m = address1(g, in->a, ~BIT(RAX));
    if (d != NOREG) {
        zero_extend(g, size, d, RAX);
    }
    u32 end = here(g);
    u8 *jcc_end = e->p;
    e->p -= 2; /* jne to the loop's head, filled in below */
    e_rm(e, cmpxchg[size] | O_LOCK, t, m);
    rmw_value(g, op, size, t, rb);
    jcc_end[-2] = 0x70 | CC_NE;
    jcc_end[-1] = (u8)(e->p - jcc_end);
    e_rm(e, load[size], RAX, m);
    add_recipe(g, end, false);
}

void rule_cas(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned size = in->aux & 3;
    static const u32 cmpxchg[4] = {0xb0 | M_0F | O_B8, 0xb1 | M_0F | P_66, 0xb1 | M_0F,
                                   0xb1 | M_0F | O_W};
    unsigned d = ra_live(g, i) ? ra_def(g, i, ANY) : NOREG;
    ra_clobber(g, BIT(RAX));
    unsigned rc = ra_use(g, low_bytes(g, in->c, size), ~BIT(RAX));
    struct mem m = address1(g, in->a, ~BIT(RAX));
    unsigned rb = ra_use_hint(g, low_bytes(g, in->b, size), ANY, RAX);
    if (d != NOREG) {
        zero_extend(g, size, d, RAX);
    }
    u32 end = here(g);
    e_rm(e, cmpxchg[size] | O_LOCK, rc, m);
    add_recipe(g, end, false);
    if (rb != RAX) {
        e_mov_rr(e, true, RAX, rb);
    }
}

/* Halves of vector S into general registers LO and HI. */
static void split(struct cg *g, unsigned lo, unsigned hi, unsigned s)
{
    struct emit *e = &g->e;
    const u32 movq = 0x7e | P_66 | M_0F | O_W, pextrq = 0x16 | P_66 | M_3A | O_W;
    e_8(e, 1);
    g->avx ? e_vrr(e, pextrq, s, 0, hi) : e_rr(e, pextrq, s, hi);
    g->avx ? e_vrr(e, movq, s, 0, lo) : e_rr(e, movq, s, lo);
}

/* cmpxchg16b needs rbx, which is pinned: a locked access that changes nothing faults in its place
 * while rbx is still the guest's, and so does an aligned load where the address is not aligned. */
void rule_cas2(struct cg *g, u32 i, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned d = ra_live(g, i) ? ra_def(g, i, ANY) : NOREG;
    if (d != NOREG) {
        g->rf[XMM].busy |= BIT(d);
    }
    ra_clobber(g, BIT(RAX) | BIT(RCX) | BIT(RDX) | BIT(R15));
    unsigned rb = ra_use(g, in->b, ANY), rc = ra_use(g, in->c, ANY), x = ra_tmp(g, XMM, LOW16);
    unsigned pb = ra_has_reg(g, in->a) ? ra_use(g, in->a, ANY) : ra_use_hint(g, in->a, ANY, R15);
    struct mem m = mem_base(R15, 0);
    if (d != NOREG) { /* d = rdx:rax */
        const u32 movq = 0x6e | P_66 | M_0F | O_W, pinsrq = 0x22 | P_66 | M_3A | O_W;
        v_mov(g, d, x);
        e_8(e, 1);
        g->avx ? e_vrr(e, pinsrq, x, x, RDX) : e_rr(e, pinsrq, x, RDX);
        g->avx ? e_vrr(e, movq, x, 0, RAX) : e_rr(e, movq, x, RAX);
    }
    e_load(e, true, RBX, mem_gs(CPU_OFF(temp_save)));
    e_rm(e, 0xc7 | M_0F | O_W | O_LOCK, 1, m);
    split(g, RBX, RCX, rc);
    split(g, RAX, RDX, rb);
    e_store(e, true, RBX, mem_gs(CPU_OFF(temp_save)));
    u32 end = here(g);
    e_alu_mi(e, ALU_OR, false, m, 0);
    e_8(e, 0xf0);
    add_recipe(g, end, false);
    to_cold(g);
    e_jmp_fix(e, FIX_HOT, end);
    u32 cold_end = here(g);
    e_rm(e, 0x28 | M_0F, x & 7, m); /* movaps: not aligned */
    add_recipe(g, cold_end, false);
    u32 cold = here(g);
    to_hot(g);
    e_jcc_fix(e, CC_NE, FIX_COLD, cold);
    e_test_ri(e, false, R15, 15);
    if (pb != R15) {
        e_mov_rr(e, true, R15, pb);
    }
}

/* The rare way raises SIGILL, which exec_host_fault knows to be this. */
void rule_align(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    struct emit *e = &g->e;
    unsigned r = ra_use(g, in->a, ANY);
    struct mem addr = mem_gs(CPU_OFF(exit_arg));
    to_cold(g);
    u32 end = here(g);
    e_8(e, 0x0b); /* ud2 */
    e_8(e, 0x0f);
    add_recipe(g, end, false);
    in->aux & IR_ALIGN_PC ? e_store_imm(e, true, 0, addr) : e_store(e, true, r, addr);
    u32 cold = here(g);
    to_hot(g);
    e_jcc_fix(e, CC_NE, FIX_COLD, cold);
    e_test_ri(e, false, r, (s32)MASK64(in->aux & 7));
}

void rule_fence(struct cg *g, u32 i UNUSED, const struct ir_ins *in)
{
    if (in->aux == IR_FENCE_FULL) {
        pend_flush(g);
        e_alu_mi(&g->e, ALU_OR, false, mem_gs(CPU_OFF(temp_save)), 0);
        e_8(&g->e, 0xf0);
    }
}

void rule_poll(struct cg *g, u32 i UNUSED, const struct ir_ins *in UNUSED)
{
    struct emit *e = &g->e;
    struct mem m = mem_gs(CPU_POLL_OFFSET);
    u32 free = g->rf[GPR].temps & ~g->rf[GPR].occ & ~g->rf[GPR].busy;
    if (!free) {
        pend_flush(g);
        u32 end = here(g);
        e_rm(e, 0x85, RAX, m); /* test */
        add_recipe(g, end, true);
        return;
    }
    u32 end = here(g);
    e_load(e, false, (unsigned)__builtin_ctz(free), m);
    add_recipe(g, end, true);
}
