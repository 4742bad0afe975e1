/* The state and guest memory. */
#include "backend/aarch64/priv.h"

static unsigned log2_size(enum ir_type type)
{
    return type == IR_V128 ? 4 : type == IR_I64 || type == IR_F64 ? 3 : type == IR_I1 ? 0 : 2;
}

/* REG of TYPE in the state at OFF. */
static void state(struct cg *g, enum ir_type type, bool load, unsigned reg, u32 off)
{
    if (type == IR_V128) {
        cpu_vec(g, 4, load, reg, off);
    } else {
        cpu_field(g, log2_size(type), load ? A64_LDR : A64_STR, reg, off);
    }
}

static void get_state(struct cg *g, u32 i, enum ir_type type, u32 off)
{
    state(g, type, true, define(g, i, file_of(type)), off);
}

/* --- addresses --- */

unsigned access_size(const struct ir_fn *fn, const struct ir_ins *in)
{
    enum ir_type type = in->op == IR_ST ? ir_type_of(fn, in->b) : (enum ir_type)in->type;
    return type == IR_F32 ? 2 : type == IR_F64 ? 3 : in->op == IR_ST && type == IR_V128 ? 4 : IR_MEM_SIZE(in->aux);
}

static bool disp_fits(s64 disp, unsigned size)
{
    return (disp >= -256 && disp < 256) || (disp >= 0 && !(disp & (s64)MASK64(size)) && disp >> size < 4096);
}

ir_ref address(const struct ir_fn *fn, ir_ref r, unsigned size, s32 *disp)
{
    u64 k;
    *disp = 0;
    if (IR_IS_K(r) || fn->ins[r].op != IR_ADD || IR_IS_K(fn->ins[r].a) || !ir_is_const(fn, fn->ins[r].b, &k) ||
        !disp_fits((s64)k, size)) {
        return r;
    }
    *disp = (s32)k;
    return fn->ins[r].a;
}

/* Register for an address, which must not be 31. */
static unsigned base_of(struct cg *g, ir_ref r)
{
    unsigned reg = use(g, r);
    if (reg == A64_ZR) {
        reg = temp(g, GPR);
        load_const(g, reg, 0);
    }
    return reg;
}

static u32 access_word(enum ir_type type, unsigned size, unsigned how, unsigned reg, unsigned base, s32 disp)
{
    bool scaled = disp >= 0 && !(disp & (s32)MASK64(size));
    if (type == IR_V128) {
        return scaled ? a64_lsv_scaled(size, how == A64_LDR, reg, base, (u32)disp)
                      : a64_lsv_unscaled(size, how == A64_LDR, reg, base, disp);
    }
    return scaled ? a64_ls_scaled(size, how, reg, base, (u32)disp) : a64_ls_unscaled(size, how, reg, base, disp);
}

static void recipe(struct cg *g, u32 i, u32 from)
{
    add_recipe(g, from, g->n, g->guest[i]);
}

static void load(struct cg *g, u32 i, const struct ir_ins *in)
{
    enum ir_type type = (enum ir_type)in->type;
    unsigned size = access_size(g->fn, in), how = A64_LDR;
    s32 disp;
    ir_ref at = address(g->fn, in->a, size, &disp);
    unsigned base = base_of(g, at);
    free_ended(g);
    if (type < IR_F32 && (in->aux & IR_MEM_SIGN)) {
        how = type == IR_I64 ? A64_LDRS64 : size < 2 ? A64_LDRS32 : A64_LDR;
        how = size == 3 ? A64_LDR : how;
    }
    unsigned d = define(g, i, file_of(type));
    w(g, access_word(type, size, how, d, base, disp));
    recipe(g, i, g->n - 1);
    if (in->aux & IR_MEM_ACQ) {
        w(g, (u32)A64_DMB_ISH);
    }
}

static void store(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = access_size(g->fn, in);
    s32 disp;
    ir_ref at = address(g->fn, in->a, size, &disp);
    unsigned base = base_of(g, at), v = use(g, in->b);
    if (in->aux & IR_MEM_REL) {
        w(g, (u32)A64_DMB_ISH);
    }
    w(g, access_word(ir_type_of(g->fn, in->b), size, A64_STR, v, base, disp));
    recipe(g, i, g->n - 1);
    if (in->aux & IR_MEM_REL) {
        w(g, (u32)A64_DMB_ISH);
    }
}

/* --- atomic --- */

/* IP1 = what a read-modify-write stores, from IP0, which was there, and ARG. */
static void new_value(struct cg *g, unsigned op, unsigned size, unsigned arg)
{
    static const u8 cc_of[] = {[IR_RMW_SMAX] = A64_GT, [IR_RMW_SMIN] = A64_LT, [IR_RMW_UMAX] = A64_HI, [IR_RMW_UMIN] = A64_LO};
    bool wide = size == 3;
    unsigned old = IP0, other = arg;
    switch (op) {
    case IR_RMW_ADD: w(g, a64_rrr(A64_ADD, wide, IP1, IP0, arg)); return;
    case IR_RMW_CLR: w(g, a64_rrr(A64_BIC, wide, IP1, IP0, arg)); return;
    case IR_RMW_XOR: w(g, a64_rrr(A64_EOR, wide, IP1, IP0, arg)); return;
    case IR_RMW_OR: w(g, a64_rrr(A64_ORR, wide, IP1, IP0, arg)); return;
    case IR_RMW_AND: w(g, a64_rrr(A64_AND, wide, IP1, IP0, arg)); return;
    case IR_RMW_XCHG: w(g, a64_mov(wide, IP1, arg)); return;
    default: break;
    }
    if (size < 2) {
        u32 extend = op == IR_RMW_SMAX || op == IR_RMW_SMIN ? A64_SBFM : A64_UBFM;
        old = temp(g, GPR), other = temp(g, GPR);
        w(g, a64_bf(extend, false, old, IP0, 0, (8u << size) - 1));
        w(g, a64_bf(extend, false, other, arg, 0, (8u << size) - 1));
    }
    w(g, a64_rrr(A64_SUBS, wide, A64_ZR, old, other));
    w(g, a64_csel(wide, IP1, IP0, arg, cc_of[op]));
}

/* The end of op I's exclusive accesses from START, which are made again if register FAILED is not zero. */
static void end_exclusive(struct cg *g, u32 i, unsigned failed, u32 start)
{
    recipe(g, i, start);
    w(g, a64_cbnz(false, failed, (s32)(start - g->n)));
    w(g, (u32)A64_DMB_ISH);
    free_ended(g);
}

static void rmw(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 7, base = base_of(g, in->a), arg = use(g, in->b), failed = temp(g, GPR);
    u32 start = g->n;
    w(g, a64_ldaxr(size, IP0, base));
    new_value(g, in->aux >> 8, size, arg);
    w(g, a64_stlxr(size, failed, IP1, base));
    end_exclusive(g, i, failed, start);
    w(g, a64_mov(true, define(g, i, GPR), IP0));
}

static void cas(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned size = in->aux & 7, base = base_of(g, in->a), expect = use(g, in->b), desired = use(g, in->c);
    bool wide = size == 3;
    if (size < 2) {
        unsigned narrow = temp(g, GPR);
        w(g, a64_bf(A64_UBFM, false, narrow, expect, 0, (8u << size) - 1));
        expect = narrow;
    }
    u32 start = g->n;
    w(g, a64_ldaxr(size, IP0, base));
    w(g, a64_rrr(A64_SUBS, wide, A64_ZR, IP0, expect));
    w(g, a64_bcond(A64_NE, 3));
    w(g, a64_stlxr(size, IP1, desired, base));
    end_exclusive(g, i, IP1, start);
    w(g, a64_mov(true, define(g, i, GPR), IP0));
}

/* Both halves of vector register V. */
static void halves(struct cg *g, unsigned v, unsigned half[2])
{
    half[0] = temp(g, GPR), half[1] = temp(g, GPR);
    w(g, a64_fmov_xd(half[0], v));
    w(g, a64_fmov_xtop(half[1], v));
}

/* What was there is known to be one value only when it could be stored again. */
static void cas_pair(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned base = base_of(g, in->a), failed = temp(g, GPR), expect[2], desired[2], next[2];
    halves(g, use(g, in->b), expect);
    halves(g, use(g, in->c), desired);
    next[0] = temp(g, GPR), next[1] = temp(g, GPR);
    u32 start = g->n;
    w(g, a64_ldaxp(IP0, IP1, base));
    w(g, a64_rrr(A64_SUBS, true, A64_ZR, IP0, expect[0]));
    w(g, a64_ccmp(true, IP1, expect[1], 0, A64_EQ));
    w(g, a64_csel(true, next[0], desired[0], IP0, A64_EQ));
    w(g, a64_csel(true, next[1], desired[1], IP1, A64_EQ));
    w(g, a64_stlxp(failed, next[0], next[1], base));
    end_exclusive(g, i, failed, start);
    unsigned d = define(g, i, VEC);
    w(g, a64_fmov_dx(d, IP0));
    w(g, a64_fmov_topx(d, IP1));
}

/* --- lanes under a mask --- */

/* The mask's lanes become bytes of two words; a lane's branch leads over its access. */
static void masked(struct cg *g, u32 i, const struct ir_ins *in)
{
    bool is_load = in->op == IR_VLDM;
    unsigned size = in->aux & 3, bytes = 1u << size, base = base_of(g, in->a), mask[2];
    halves(g, use(g, in->b), mask);
    const u32 scratch = offsetof(struct cpu, scratch);
    unsigned v = 0;
    if (is_load) {
        cpu_field(g, 3, A64_STR, A64_ZR, scratch);
        cpu_field(g, 3, A64_STR, A64_ZR, scratch + 8);
    } else {
        v = use(g, in->c);
        cpu_vec(g, 4, false, v, scratch);
    }
    for (unsigned at = 0; at < 16; at += bytes) {
        w(g, a64_bf(A64_UBFM, true, IP0, mask[at / 8], at % 8 * 8, at % 8 * 8)); /* the lane's lowest bit */
        u32 branch = g->n;
        w(g, 0);
        if (is_load) {
            w(g, a64_ls_unscaled(size, A64_LDR, IP0, base, (s32)at));
            recipe(g, i, g->n - 1);
            cpu_field(g, size, A64_STR, IP0, scratch + at);
        } else {
            cpu_field(g, size, A64_LDR, IP0, scratch + at);
            w(g, a64_ls_unscaled(size, A64_STR, IP0, base, (s32)at));
            recipe(g, i, g->n - 1);
        }
        g->code[branch] = a64_cbnz(true, IP0, (s32)(g->n - branch)) ^ 0x01000000; /* CBZ */
    }
    if (is_load) {
        free_ended(g);
        cpu_vec(g, 4, true, define(g, i, VEC), scratch);
    }
}

static void align(struct cg *g, u32 i, const struct ir_ins *in)
{
    unsigned a = use(g, in->a);
    if (!(in->aux & 7)) {
        return;
    }
    w(g, a64_logi(A64_ANDSI, true, A64_ZR, a, a64_logical(MASK64(in->aux & 7))));
    struct cold c = {.branch = g->n, .kind = COLD_ALIGN, .reg = (u8)a, .guest = g->guest[i]};
    c.pc = in->aux & IR_ALIGN_PC;
    add_cold(g, c);
    w(g, a64_bcond(A64_NE, 0));
}

static void poll(struct cg *g, u32 i)
{
    cpu_field(g, 2, A64_LDR, IP0, offsetof(struct cpu, poll_armed));
    add_cold(g, (struct cold){.branch = g->n, .kind = COLD_POLL, .guest = g->guest[i]});
    w(g, a64_cbnz(false, IP0, 0));
}

bool rule_mem(struct cg *g, u32 i, const struct ir_ins *in)
{
    const struct ir_reg *regs = g->ca->regs;
    switch (in->op) {
    case IR_GET:
        if (g->ca->host_of[in->aux] >= 0) {
            get_pin(g, i, in->aux);
        } else {
            get_state(g, i, (enum ir_type)regs[in->aux].type, regs[in->aux].offset);
        }
        return true;
    case IR_SET:
        if (g->ca->host_of[in->aux] >= 0) {
            set_pin(g, in->aux, in->a);
        } else {
            state(g, (enum ir_type)regs[in->aux].type, false, use(g, in->a), regs[in->aux].offset);
        }
        return true;
    case IR_LDS: get_state(g, i, (enum ir_type)in->type, in->aux); return true;
    case IR_STS: state(g, ir_type_of(g->fn, in->a), false, use(g, in->a), in->aux); return true;
    case IR_LD: load(g, i, in); return true;
    case IR_ST: store(g, i, in); return true;
    case IR_RMW: rmw(g, i, in); return true;
    case IR_CAS: cas(g, i, in); return true;
    case IR_CAS2: cas_pair(g, i, in); return true;
    case IR_VLDM: case IR_VSTM: masked(g, i, in); return true;
    case IR_ALIGN: align(g, i, in); return true;
    case IR_POLL: poll(g, i); return true;
    case IR_FENCE: w(g, (u32)A64_DMB_ISH); return true;
    default: return false;
    }
}
