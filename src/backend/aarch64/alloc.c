/* Registers of values, in one forward pass: a value keeps its register up to its last use or until another needs it. */
#include <string.h>

#include "backend/aarch64/priv.h"

static const u32 allocatable[2] = {GPR_POOL, VEC_POOL};

static ir_ref *owner(struct cg *g, enum file f, unsigned reg)
{
    return &g->rf[f].owner[reg];
}

static void free_reg(struct cg *g, enum file f, unsigned reg)
{
    ir_ref o = *owner(g, f, reg);
    if (o && !IR_IS_K(o)) {
        g->at[o].reg = NOREG;
    }
    *owner(g, f, reg) = 0;
    g->rf[f].used &= ~BIT(reg);
}

static void spill(struct cg *g, enum file f, unsigned reg)
{
    struct regfile *rf = &g->rf[f];
    ir_ref o = rf->owner[reg];
    if (o && !IR_IS_K(o) && !g->at[o].spill && g->last[o] >= g->i) {
        unsigned n = ~rf->spills ? (unsigned)__builtin_ctzll(~rf->spills) : CPU_SPILLS;
        if (n >= CPU_SPILLS) {
            g->overflow = true;
            n = 0;
        }
        rf->spills |= BIT64(n);
        g->at[o].spill = (u8)(n + 1);
        if (f == GPR) {
            cpu_field(g, 3, A64_STR, reg, (u32)(offsetof(struct cpu, spill) + n * 8));
        } else {
            cpu_vec(g, 4, false, reg, (u32)(offsetof(struct cpu, vspill) + n * 16));
        }
    }
    free_reg(g, f, reg);
}

/* The register whose value is needed last, or a constant's. */
static unsigned victim(const struct cg *g, enum file f)
{
    const struct regfile *rf = &g->rf[f];
    unsigned best = 0;
    u32 when = 0;
    for (u32 m = allocatable[f] & rf->used & ~rf->locked; m; m &= m - 1) {
        unsigned reg = (unsigned)__builtin_ctz(m);
        ir_ref o = rf->owner[reg];
        u32 last = IR_IS_K(o) ? ~0u : g->last[o];
        if (last >= when) {
            best = reg;
            when = last;
        }
    }
    return best;
}

static unsigned take(struct cg *g, enum file f, ir_ref who)
{
    struct regfile *rf = &g->rf[f];
    u32 spare = allocatable[f] & ~rf->used;
    unsigned reg;
    if (spare) {
        reg = (unsigned)__builtin_ctz(spare);
    } else {
        reg = victim(g, f);
        spill(g, f, reg);
    }
    rf->used |= BIT(reg);
    rf->locked |= BIT(reg);
    rf->owner[reg] = who;
    return reg;
}

/* Constant R, which has a register already perhaps. */
static unsigned use_const(struct cg *g, ir_ref r)
{
    const struct ir_const *k = &g->fn->k[r & ~IR_K];
    enum file f = file_of((enum ir_type)k->type);
    if (f == GPR && !k->pcrel && k->lo == 0) {
        return A64_ZR;
    }
    for (u32 m = g->rf[f].used; m; m &= m - 1) {
        unsigned reg = (unsigned)__builtin_ctz(m);
        if (g->rf[f].owner[reg] == r) {
            g->rf[f].locked |= BIT(reg);
            return reg;
        }
    }
    unsigned reg = take(g, f, r);
    if (f == VEC) {
        load_const(g, IP0, k->lo);
        w(g, a64_fmov_dx(reg, IP0));
        if (k->hi) {
            load_const(g, IP0, k->hi);
            w(g, a64_fmov_topx(reg, IP0));
        }
    } else if (k->pcrel) {
        load_pc(g, reg, (s64)k->lo);
    } else {
        load_const(g, reg, k->lo);
    }
    return reg;
}

unsigned use(struct cg *g, ir_ref r)
{
    if (!r) {
        return A64_ZR;
    }
    if (IR_IS_K(r)) {
        return use_const(g, r);
    }
    enum file f = file_of(ir_type_of(g->fn, r));
    struct place *p = &g->at[r];
    if (p->reg == NOREG) {
        p->reg = (u8)take(g, f, r);
        if (f == GPR) {
            cpu_field(g, 3, A64_LDR, p->reg, (u32)(offsetof(struct cpu, spill) + (p->spill - 1u) * 8));
        } else {
            cpu_vec(g, 4, true, p->reg, (u32)(offsetof(struct cpu, vspill) + (p->spill - 1u) * 16));
        }
    }
    g->rf[f].locked |= BIT(p->reg);
    return p->reg;
}

/* The pin that op I may compute its value into; NOREG: none, or somebody still needs what is in it. */
static unsigned target_pin(struct cg *g, u32 i)
{
    if (!g->target[i]) {
        return NOREG;
    }
    unsigned pin = (unsigned)g->ca->host_of[g->target[i] - 1];
    ir_ref old = g->in_pin[pin];
    return old && g->last[old] > i ? NOREG : pin;
}

unsigned define(struct cg *g, u32 i, enum file file)
{
    unsigned pin = target_pin(g, i);
    if (pin != NOREG) {
        g->in_pin[pin] = i;
        g->at[i].reg = (u8)pin;
        return pin;
    }
    unsigned reg = take(g, file, i);
    g->at[i].reg = (u8)reg;
    return reg;
}

/* What PIN held is needed later: it goes elsewhere. */
static void leave_pin(struct cg *g, unsigned pin)
{
    ir_ref old = g->in_pin[pin];
    g->in_pin[pin] = 0;
    if (old && g->last[old] > g->i) {
        unsigned reg = take(g, GPR, old);
        w(g, a64_mov(true, reg, pin));
        g->at[old].reg = (u8)reg;
    }
}

void set_pin(struct cg *g, unsigned reg, ir_ref r)
{
    unsigned pin = (unsigned)g->ca->host_of[reg];
    if (!IR_IS_K(r) && g->at[r].reg == pin) {
        return; /* computed there */
    }
    if (IR_IS_K(r)) {
        const struct ir_const *k = &g->fn->k[r & ~IR_K];
        leave_pin(g, pin);
        if (k->pcrel) {
            load_pc(g, pin, (s64)k->lo);
        } else {
            load_const(g, pin, k->lo);
        }
        return;
    }
    unsigned from = use(g, r);
    leave_pin(g, pin);
    w(g, a64_mov(true, pin, from));
    if (from < 16 && !g->at[r].spill) { /* and is no longer needed where it was */
        free_reg(g, GPR, from);
        g->rf[GPR].locked &= ~BIT(from);
        g->at[r].reg = (u8)pin;
        g->in_pin[pin] = r;
    }
}

void get_pin(struct cg *g, u32 i, unsigned reg)
{
    unsigned pin = (unsigned)g->ca->host_of[reg];
    leave_pin(g, pin);
    g->at[i].reg = (u8)pin;
    g->in_pin[pin] = i;
}

static void move_pins(struct cg *g, unsigned how)
{
    for (unsigned r = 0; r < g->ca->count; r++) {
        if (g->ca->host_of[r] >= 0) {
            cpu_field(g, 3, how, (unsigned)g->ca->host_of[r], g->ca->regs[r].offset);
        }
    }
}

void pins_home(struct cg *g)
{
    for (unsigned pin = 0; pin < ARRAY_LEN(g->in_pin); pin++) {
        leave_pin(g, pin);
    }
    move_pins(g, A64_STR);
}

void pins_back(struct cg *g)
{
    move_pins(g, A64_LDR);
}

unsigned temp(struct cg *g, enum file file)
{
    return take(g, file, 0);
}

static void free_ended_of(struct cg *g, enum file f, bool unlocked)
{
    struct regfile *rf = &g->rf[f];
    for (u32 m = rf->used & rf->locked; m; m &= m - 1) {
        unsigned reg = (unsigned)__builtin_ctz(m);
        ir_ref o = rf->owner[reg];
        if (o ? !IR_IS_K(o) && o != g->i && g->last[o] <= g->i : unlocked) {
            if (o && g->at[o].spill) {
                rf->spills &= ~BIT64(g->at[o].spill - 1);
            }
            free_reg(g, f, reg);
            rf->locked &= ~BIT(reg);
        }
    }
}

void free_ended(struct cg *g)
{
    free_ended_of(g, GPR, false);
    free_ended_of(g, VEC, false);
}

void unlock(struct cg *g)
{
    for (enum file f = GPR; f <= VEC; f++) {
        free_ended_of(g, f, true);
        ir_ref i = g->i;
        unsigned reg = g->at[i].reg;
        if (reg != NOREG && g->last[i] == 0 && file_of(ir_type_of(g->fn, i)) == f && g->rf[f].owner[reg] == i) {
            free_reg(g, f, reg); /* made for its side effect */
        }
        g->rf[f].locked = 0;
    }
}

void save_for_call(struct cg *g)
{
    for (u32 m = g->rf[GPR].used; m; m &= m - 1) {
        spill(g, GPR, (unsigned)__builtin_ctz(m));
    }
    for (u32 m = g->rf[VEC].used; m; m &= m - 1) {
        spill(g, VEC, (unsigned)__builtin_ctz(m));
    }
}

void forget_values(struct cg *g)
{
    for (enum file f = GPR; f <= VEC; f++) {
        memset(&g->rf[f], 0, sizeof(g->rf[f]));
    }
    memset(g->in_pin, 0, sizeof(g->in_pin));
}

void load_const(struct cg *g, unsigned rd, u64 v)
{
    unsigned ones = 0, zeros = 0;
    for (unsigned q = 0; q < 4; q++) {
        ones += (v >> q * 16 & 0xffff) == 0xffff;
        zeros += (v >> q * 16 & 0xffff) == 0;
    }
    s32 logical = ones < 3 && zeros < 3 ? a64_logical(v) : -1;
    if (logical >= 0) {
        w(g, a64_logi(A64_ORRI, true, rd, A64_ZR, logical));
        return;
    }
    u32 skip = ones > zeros ? 0xffff : 0;
    bool first = true;
    for (unsigned q = 0; q < 4; q++) {
        u32 part = v >> q * 16 & 0xffff;
        if (part == skip && !(first && q == 3)) {
            continue;
        }
        w(g, !first ? a64_movk(rd, part, q) : skip ? a64_movn(rd, ~part & 0xffff, q) : a64_movz(rd, part, q));
        first = false;
    }
}

static s64 pages_to(const struct cg *g, haddr addr)
{
    haddr here = RAW_PTR(g->out->text) + g->n * 4u;
    return (s64)(addr >> 12) - (s64)(here >> 12);
}

static bool is_near(const struct cg *g, haddr addr)
{
    s64 pages = pages_to(g, addr);
    return pages >= -(1 << 20) && pages < 1 << 20;
}

void load_near(struct cg *g, unsigned rd, haddr addr, u32 *low)
{
    ASSERT(is_near(g, addr));
    w(g, a64_adrp(rd, pages_to(g, addr)));
    if (low) {
        *low = addr & 4095;
    } else if (addr & 4095) {
        w(g, a64_addi(A64_ADD, true, rd, rd, addr & 4095, false));
    }
}

void load_pc(struct cg *g, unsigned rd, s64 off)
{
    if (!g->out->pcrel) {
        load_const(g, rd, g->fn->pc + (u64)off);
    } else if (is_near(g, g->fn->pc + (u64)off)) {
        load_near(g, rd, g->fn->pc + (u64)off, NULL);
    } else {
        load_near(g, rd, g->fn->pc, NULL);
        load_const(g, IP1, (u64)off);
        w(g, a64_rrr(A64_ADD, true, rd, rd, IP1));
    }
}

/* x28 + OFF as a base in IP1 and what is left of it. */
static unsigned far_base(struct cg *g, u32 *off)
{
    w(g, a64_addi(A64_ADD, true, IP1, CPU, *off >> 12, true));
    *off &= 4095;
    return IP1;
}

void cpu_field(struct cg *g, unsigned size, unsigned how, unsigned reg, u32 off)
{
    ASSERT(!(off & MASK64(size)));
    unsigned base = off >> size < 4096 ? CPU : far_base(g, &off);
    w(g, a64_ls_scaled(size, how, reg, base, off));
}

void cpu_vec(struct cg *g, unsigned size, bool load, unsigned reg, u32 off)
{
    ASSERT(!(off & MASK64(size)));
    unsigned base = off >> size < 4096 ? CPU : far_base(g, &off);
    w(g, a64_lsv_scaled(size, load, reg, base, off));
}
