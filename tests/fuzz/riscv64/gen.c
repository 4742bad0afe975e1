// Random RV64 blocks: which instructions, and the branches between them.
#include "rv64_gen.h"
#include "table.h"
#include "text.h"

const char *const gen_class_names[] = {"int",    "mul", "bits", "c",   "fp",    "vec",   "mem",
                                       "atomic", "csr", "vmem", "mix", "undef", "fault", NULL};

// Words that branch forward: to which word, until their distance is known.
static uint8_t branch_to[GEN_MAX_LEN];

uint32_t gen_size(uint32_t word)
{
    return (word & 3) == 3 ? 4 : 2;
}

uint64_t gen_address(const struct block *b, uint32_t i)
{
    uint64_t at = b->at;
    for (uint32_t k = 0; k < i; k++) {
        at += gen_size(b->word[k]);
    }
    return at;
}

// Of a vector access that faults behind its first element, qemu says which element and keeps those
// before; ferry may also start again from the beginning, with the register group unchanged.
void gen_settle(const struct block *b, uint32_t i, struct state *st)
{
    uint32_t w = i < b->n ? b->word[i] : 0, width = w >> 12 & 7;
    if ((w & 0x5f) == 7 && (width == 0 || width >= 5)) {
        st->vstart = 0;
        if (!(w & 0x20)) {
            memset(st->v[w >> 7 & 31], 0, (32 - (w >> 7 & 31)) * sizeof(st->v[0]));
        }
    }
}

const char *gen_op_name(uint32_t word)
{
    return rv64_op_name(rv64_decode_op(word));
}

void gen_show(const struct state *st)
{
    for (uint32_t i = 0; i < 32; i++) {
        text_reg("x", i, st->x[i]);
    }
    for (uint32_t i = 0; i < 32; i++) {
        text_reg("f", i, st->f[i]);
    }
    text_reg("fflags", ~0u, st->fflags);
    text_reg("frm", ~0u, st->frm);
    text_reg("vtype", ~0u, st->vtype);
    text_reg("vl", ~0u, st->vl);
    text_reg("vstart", ~0u, st->vstart);
    text_reg("vxrm", ~0u, st->vxrm);
    text_reg("vxsat", ~0u, st->vxsat);
    for (uint32_t i = 0; i < 32; i++) {
        text_reg128("v", i, st->v[i]);
    }
}

static bool is_newer(unsigned op)
{
#define NEWER(prefix, why)                                                                         \
    if (table_is(op, prefix)) {                                                                    \
        return true;                                                                               \
    }
#define SKIP(mask, bits, why)
#include "skip.def"
#undef NEWER
#undef SKIP
    return false;
}

bool gen_skipped(uint32_t word)
{
#define NEWER(prefix, why)
#define SKIP(mask, bits, why)                                                                      \
    if ((word & (mask)) == (bits)) {                                                               \
        return true;                                                                               \
    }
#include "skip.def"
#undef NEWER
#undef SKIP
    return is_newer(rv64_decode_op(word));
}

uint32_t gen_free_reg(struct rng *r, const struct block *b)
{
    uint32_t reg;
    do {
        reg = rng_below(r, 32);
    } while (b->reserved >> reg & 1 || (reg == 0 && !rng_chance(r, 4)));
    return reg;
}

// Compressed instructions that only compute.
static bool computes16(uint32_t w)
{
    uint32_t f3 = w >> 13 & 7;
    switch (w & 3) {
    case 0:
        return f3 == 0;
    case 1:
        return f3 <= 4;
    default:
        return f3 == 0 || (f3 == 4 && (w >> 2 & 31) != 0);
    }
}

static int class_of(const struct rv64_pattern *p)
{
    uint32_t opcode = p->bits & 0x7f;
    if ((p->bits & 3) != 3) {
        return computes16(p->bits | (~p->mask & 4)) ? GEN_C : -1;
    }
    if (is_newer(p->op)) {
        return -1;
    }
    if (opcode == 0x57 && (p->bits >> 12 & 7) != 7) {
        return GEN_VEC;
    }
    if (opcode == 0x53 || (opcode & 0x73) == 0x43) {
        return GEN_FP;
    }
    if (opcode != 0x37 && opcode != 0x17 && (opcode & 0x57) != 0x13) {
        return -1; // branches, system, loads and stores have generators of their own
    }
    return table_in_chapter(p->op, "rv64_bits") ? GEN_BITS
           : table_in_chapter(p->op, "rv64_ma") ? GEN_MUL
                                                : GEN_INT;
}

void gen_init(void)
{
    table_init(class_of);
}

// The x register a compressed instruction that computes writes.
static uint32_t written16(uint32_t w)
{
    uint32_t f3 = w >> 13 & 7;
    if ((w & 3) == 0) {
        return 8 + (w >> 2 & 7);
    }
    return (w & 3) == 1 && f3 == 4 ? 8 + (w >> 7 & 7) : w >> 7 & 31;
}

static uint32_t table_insn(struct rng *r, const struct block *b, unsigned c)
{
    for (;;) {
        const struct rv64_pattern *p = table_pick(r, c);
        uint32_t w = ((uint32_t)rng_next(r) & ~p->mask) | p->bits;
        if (c == GEN_C) {
            w &= 0xffff;
        } else if (b->reserved >> (w >> 7 & 31) & 1) {
            w = (w & ~0xf80u) | gen_free_reg(r, b) << 7;
        }
        if (c == GEN_FP && !(p->mask >> 12 & 7) &&
            !rng_chance(r, 16)) { // a rounding mode that exists
            uint32_t rm = rng_below(r, 8);
            w = (w & ~0x7000u) | (rm < 5 ? rm : 7) << 12;
        }
        if (c == GEN_C && b->reserved >> written16(w) & 1) {
            continue;
        }
        if (rv64_decode_op(w) == p->op && !gen_skipped(w)) {
            return w;
        }
    }
}

// Anything; where the table knows it, only what computes.
static uint32_t wild_word(struct rng *r, const struct block *b)
{
    for (;;) {
        uint32_t w = (uint32_t)rng_next(r);
        if (rng_below(r, 4)) {
            static const uint8_t opcodes[] = {0x13, 0x1b, 0x33, 0x3b, 0x53, 0x57,
                                              0x57, 0x43, 0x0f, 0x73, 0x2f, 0x77};
            w = (w & ~0x7fu) | opcodes[rng_below(r, sizeof(opcodes))];
        }
        if ((w & 3) != 3) {
            w &= 0xffff;
        }
        struct rv64_pattern as = {.mask = ~0u, .bits = w, .op = (uint16_t)rv64_decode_op(w)};
        if (gen_skipped(w) || (w & 31) == 31) {
            continue;
        }
        if (as.op == RV64_OP_NONE) {
            return w;
        }
        if (class_of(&as) < 0) {
            continue;
        }
        uint32_t rd = (w & 3) == 3 ? w >> 7 & 31 : written16(w);
        if (!(b->reserved >> rd & 1)) {
            return w;
        }
    }
}

static void put_branch(struct rng *r, struct block *b, uint32_t len)
{
    static const uint32_t conds[] = {0x63, 0x1063, 0x4063, 0x5063, 0x6063, 0x7063};
    uint32_t i = b->n, k = rng_below(r, 8);
    branch_to[i] = (uint8_t)(i + 1 + rng_below(r, len - i));
    if (k == 0) {
        gen_put(b, 0x6f | gen_free_reg(r, b) << 7); // JAL
    } else if (k == 1 && i < b->target) {
        branch_to[i] = 0;
        gen_put(b, 0x67 | (uint32_t)b->reg[RES_TARGET] << 15 | gen_free_reg(r, b) << 7);
    } else if (k == 2 && i < b->target) {
        branch_to[i] = 0;
        gen_put(b, 0x8002 | (uint32_t)b->reg[RES_TARGET] << 7); // C.JR
    } else if (k == 3) {
        gen_put(b, 0xa001); // C.J
    } else if (k == 4) {
        gen_put(b, (rng_below(r, 2) ? 0xc001u : 0xe001u) | rng_below(r, 8) << 7); // C.BEQZ, C.BNEZ
    } else {
        gen_put(b, conds[rng_below(r, 6)] | rng_below(r, 32) << 15 |
                       (rng_chance(r, 3) ? 0 : rng_below(r, 32)) << 20);
    }
}

static uint32_t bits(int32_t v, uint32_t from, uint32_t n, uint32_t to)
{
    return ((uint32_t)v >> from & ((1u << n) - 1)) << to;
}

// The distance D into a branch that has none yet.
static uint32_t aim(uint32_t w, int32_t d)
{
    if ((w & 3) != 3) {
        return w >> 13 == 5 ? w | bits(d, 11, 1, 12) | bits(d, 4, 1, 11) | bits(d, 8, 2, 9) |
                                  bits(d, 10, 1, 8) | bits(d, 6, 1, 7) | bits(d, 7, 1, 6) |
                                  bits(d, 1, 3, 3) | bits(d, 5, 1, 2)
                            : w | bits(d, 8, 1, 12) | bits(d, 3, 2, 10) | bits(d, 6, 2, 5) |
                                  bits(d, 1, 2, 3) | bits(d, 5, 1, 2);
    }
    return (w & 0x7f) == 0x6f
               ? w | bits(d, 20, 1, 31) | bits(d, 1, 10, 21) | bits(d, 11, 1, 20) |
                     bits(d, 12, 8, 12)
               : w | bits(d, 12, 1, 31) | bits(d, 5, 6, 25) | bits(d, 1, 4, 8) | bits(d, 11, 1, 7);
}

// How far word i lies behind the first of VSETIVLI, VID.V and the access whose indices they make.
static uint32_t inside_triple(const struct block *b, uint32_t i)
{
    for (uint32_t k = 1; k <= 2 && k <= i && i < b->n; k++) {
        if (i - k + 1 < b->n && (b->word[i - k + 1] & 0xfffff07f) == 0x5208a057 &&
            (b->word[i - k] & 0xc0007fff) == 0xc0007057) {
            return k;
        }
    }
    return 0;
}

static void aim_branches(struct block *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        if (branch_to[i]) {
            branch_to[i] -= (uint8_t)inside_triple(b, branch_to[i]);
            b->word[i] =
                aim(b->word[i], (int32_t)(gen_address(b, branch_to[i]) - gen_address(b, i)));
        }
    }
}

// Reads and writes of the user CSRs.
static void put_csr(struct rng *r, struct block *b)
{
    static const uint16_t csrs[] = {1, 2, 3, 1, 2, 3, 8, 9, 10, 15, 0xc20, 0xc21, 0xc22};
    uint32_t csr = csrs[rng_below(r, 13)], rd = gen_free_reg(r, b) << 7, f3 = 1 + rng_below(r, 3);
    uint32_t rs1 = rng_below(r, 32);
    if (csr >= 0xc20 || csr == 10 || (csr == 8 && rng_below(r, 2))) {
        gen_put(b, csr << 20 | 2 << 12 | rd | 0x73);
        return;
    }
    if (csr == 8) { // VSTART: zero, because qemu 7.2 does not clear it where it is not below vl
        gen_put(b, csr << 20 | 5 << 12 | rd | 0x73);
        return;
    }
    if ((csr == 2 || csr == 3) && rng_below(r, 8)) { // a rounding mode that exists
        rs1 = csr == 2 ? rng_below(r, 5) : rng_below(r, 32);
        f3 = csr == 2 ? 1 : f3;
        gen_put(b, csr << 20 | rs1 << 15 | (f3 | 4) << 12 | rd | 0x73);
        return;
    }
    gen_put(b, csr << 20 | rs1 << 15 | (f3 | rng_below(r, 2) << 2) << 12 | rd | 0x73);
}

static unsigned mixed_class(struct rng *r, const struct block *b)
{
    static const uint8_t shares[][2] = {{GEN_INT, 20}, {GEN_MUL, 5},  {GEN_BITS, 9},   {GEN_C, 20},
                                        {GEN_FP, 12},  {GEN_VEC, 12}, {GEN_ATOMIC, 3}, {GEN_CSR, 3},
                                        {GEN_VMEM, 4}, {GEN_MEM, 12}};
    uint32_t k = rng_below(r, 100);
    for (unsigned i = 0;; i++) {
        if (k < shares[i][1]) {
            bool mem =
                shares[i][0] == GEN_ATOMIC || shares[i][0] == GEN_VMEM || shares[i][0] == GEN_MEM;
            return mem && !b->uses_mem ? GEN_INT : shares[i][0];
        }
        k -= shares[i][1];
    }
}

static void put_class(struct rng *r, struct block *b, unsigned c, uint32_t len)
{
    switch (c) {
    case GEN_MEM:
        gen_mem(r, b);
        break;
    case GEN_ATOMIC:
        gen_atomic(r, b, len);
        break;
    case GEN_CSR:
        put_csr(r, b);
        break;
    case GEN_VEC:
        gen_vector(r, b, len);
        break;
    case GEN_VMEM:
        gen_vector_mem(r, b, len);
        break;
    default:
        gen_put(b, table_insn(r, b, c));
    }
}

// An access through the pointer to the unmapped page.
static void put_fault(struct rng *r, struct block *b, uint32_t len)
{
    uint8_t saved[3] = {b->reg[RES_P0], b->reg[RES_P1], b->reg[RES_P2]};
    bool sp = b->sp_is_p0;
    uint32_t k = rng_below(r, 4);
    for (int i = 0; i < 3; i++) {
        b->reg[RES_P0 + i] = b->reg[RES_FAULT];
    }
    b->sp_is_p0 = false;
    if (k == 0) {
        gen_amo(r, b); // whether an SC that fails faults is up to the implementation
    } else {
        put_class(r, b, k == 1 ? GEN_VMEM : GEN_MEM, len);
        if (b->n && (b->word[b->n - 1] & 0xdf0007f) ==
                        0x1000007) {          // qemu 7.2 goes on with the old vl behind a
            b->word[b->n - 1] &= ~(1u << 24); // fault-only-first load that shortened it
        }
    }
    for (int i = 0; i < 3; i++) {
        b->reg[RES_P0 + i] = saved[i];
    }
    b->sp_is_p0 = sp;
}

static void one_insn(struct rng *r, struct block *b, unsigned c, uint32_t len)
{
    uint32_t k = rng_below(r, 64);
    if (c == GEN_UNDEF) {
        gen_put(b, wild_word(r, b));
    } else if (k < 5 && len > 1) {
        put_branch(r, b, len);
    } else if (c == GEN_FAULT && k < 12) {
        put_fault(r, b, len);
    } else if (c == GEN_MIX && rng_chance(r, 512)) {
        gen_put(b, wild_word(r, b));
    } else if (c == GEN_FP && k < 8) {
        put_csr(r, b);
    } else if (c == GEN_VEC && k < 6) {
        put_csr(r, b);
    } else if (c == GEN_VMEM && k < 20) {
        put_class(r, b, GEN_VEC, len);
    } else if (c == GEN_CSR && k < 40) {
        put_class(r, b, rng_below(r, 2) ? GEN_FP : GEN_VEC, len);
    } else if (c == GEN_MIX || c == GEN_FAULT || ((c == GEN_MEM || c == GEN_ATOMIC) && k < 24)) {
        put_class(r, b, mixed_class(r, b), len);
    } else {
        put_class(r, b, c, len);
    }
}

static bool needs_window(unsigned c, struct rng *r)
{
    return c == GEN_MEM || c == GEN_ATOMIC || c == GEN_VMEM || c == GEN_FAULT ||
           (c == GEN_MIX && !rng_chance(r, 4));
}

// Chooses the registers the block keeps.
static void reserve(struct rng *r, struct block *b, bool mem)
{
    b->reserved = 0;
    b->uses_mem = mem;
    b->sp_is_p0 = mem && rng_chance(r, 3);
    for (int i = mem ? 0 : RES_TARGET; i < RES_COUNT; i++) {
        uint32_t reg;
        do {
            reg = i == RES_P0 || i == RES_FAULT || i == RES_LOOP ? 8 + rng_below(r, 8)
                                                                 : 1 + rng_below(r, 31);
            reg = i == RES_P0 && b->sp_is_p0 ? 2 : reg;
        } while (b->reserved >> reg & 1);
        b->reg[i] = (uint8_t)reg;
        b->reserved |= 1u << reg;
    }
}

// ADDI, BNE (or their short forms) to any word of the block.
static void put_loop(struct rng *r, struct block *b)
{
    uint32_t reg = b->reg[RES_LOOP], to = rng_below(r, b->n);
    bool small = rng_below(r, 2);
    to -= inside_triple(b, to);
    gen_put(b, small ? 0x107du | reg << 7 | 0x7c : 0xfff00013 | reg << 15 | reg << 7);
    int32_t d = (int32_t)(gen_address(b, to) - gen_address(b, b->n));
    gen_put(b, aim(small ? 0xe001u | (reg - 8) << 7 : 0x1063 | reg << 15, d));
}

void gen_block(struct rng *r, struct block *b, unsigned c, uint32_t max_len)
{
    uint32_t len = c == GEN_UNDEF ? 1 : 1 + rng_below(r, max_len);
    reserve(r, b, needs_window(c, r));
    b->n = 0;
    b->target = 1 + rng_below(r, len);
    b->mode = gen_first_mode(b);
    memset(branch_to, 0, sizeof(branch_to));
    while (b->n < len) {
        one_insn(r, b, c, len);
    }
    aim_branches(b);
    b->target -= inside_triple(b, b->target);
    b->loops = len + 2 <= GEN_MAX_LEN && c != GEN_UNDEF && rng_chance(r, 4);
    if (b->loops) {
        put_loop(r, b);
    }
}
