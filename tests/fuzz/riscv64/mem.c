// Random scalar loads, stores and atomics that stay inside the window.
#include "rv64_gen.h"

static uint32_t pointer(struct rng *r, const struct block *b)
{
    return b->reg[rng_below(r, 3)];
}

static uint32_t offset12(struct rng *r)
{
    return rng_below(r, 512) - 256;
}

static void load(struct rng *r, struct block *b)
{
    uint32_t size = rng_below(r, 7), rd = gen_free_reg(r, b), opcode = 0x03;
    if (rng_chance(r, 3)) { // FLH, FLW, FLD
        size = 1 + rng_below(r, 3);
        rd = rng_below(r, 32);
        opcode = 0x07;
    }
    gen_put(b, offset12(r) << 20 | pointer(r, b) << 15 | size << 12 | rd << 7 | opcode);
}

static void store(struct rng *r, struct block *b)
{
    uint32_t size = rng_below(r, 4), rs2 = rng_below(r, 32), imm = offset12(r), opcode = 0x23;
    if (rng_chance(r, 3)) {
        size = 1 + rng_below(r, 3);
        opcode = 0x27;
    }
    gen_put(b, (imm >> 5 & 127) << 25 | rs2 << 20 | pointer(r, b) << 15 | size << 12 |
                   (imm & 31) << 7 | opcode);
}

// Loads and stores of quadrants 0 and 2; the immediate's bits are anything.
static void compressed(struct rng *r, struct block *b)
{
    static const uint8_t loads[] = {1, 2, 3}, stores[] = {5, 6, 7};
    bool is_load = rng_below(r, 2);
    uint32_t f3 = (is_load ? loads : stores)[rng_below(r, 3)];
    bool fp = f3 == 1 || f3 == 5;
    uint32_t imm = rng_below(r, 64);
    if (b->sp_is_p0) {
        uint32_t reg = rng_below(r, 32);
        if (is_load && !fp) {
            reg = gen_free_reg(r, b);
            reg += reg == 0;
            if (b->reserved >> reg & 1) {
                return;
            }
        }
        // the immediate has its high bits in the low places: keep it below 256
        imm &= is_load ? 0x3c : 0x3c;
        gen_put(b, is_load ? f3 << 13 | (imm >> 5) << 12 | reg << 7 | (imm & 0x1c) << 2 | 2
                           : f3 << 13 | (imm & 0x38) << 7 | reg << 2 | 2);
        return;
    }
    uint32_t reg = 8 + rng_below(r, 8), base = b->reg[RES_P0];
    if (is_load && !fp && b->reserved >> reg & 1) {
        return;
    }
    gen_put(b, f3 << 13 | (imm >> 3) << 10 | (base - 8) << 7 | (imm & 3) << 5 | (reg - 8) << 2);
}

void gen_mem(struct rng *r, struct block *b)
{
    switch (rng_below(r, 8)) {
    case 0:
    case 1:
    case 2:
        load(r, b);
        break;
    case 3:
    case 4:
    case 5:
        store(r, b);
        break;
    default:
        compressed(r, b);
    }
}

void gen_amo(struct rng *r, struct block *b)
{
    static const uint8_t ops[] = {0, 1, 4, 8, 12, 16, 20, 24, 28};
    gen_put(b, (uint32_t)ops[rng_below(r, 9)] << 27 | rng_below(r, 4) << 25 |
                   rng_below(r, 32) << 20 | (uint32_t)b->reg[RES_P2] << 15 |
                   (2 + rng_below(r, 2)) << 12 | gen_free_reg(r, b) << 7 | 0x2f);
}

// LR, perhaps work on the value, SC of the same size at the same place; or a lone SC, which fails.
static void lr_sc(struct rng *r, struct block *b, uint32_t len)
{
    uint32_t size = (2 + rng_below(r, 2)) << 12, rs1 = (uint32_t)b->reg[RES_P2] << 15;
    if (b->n + 3 <= len && !rng_chance(r, 6)) {
        uint32_t rd = gen_free_reg(r, b);
        gen_put(b, 0x10000000 | rng_below(r, 4) << 25 | rs1 | size | rd << 7 | 0x2f);
        if (rng_below(r, 2)) {
            gen_put(b, rng_below(r, 32) << 20 | rd << 15 | gen_free_reg(r, b) << 7 | 0x33); // ADD
        }
    }
    gen_put(b, 0x18000000 | rng_below(r, 4) << 25 | rng_below(r, 32) << 20 | rs1 | size |
                   gen_free_reg(r, b) << 7 | 0x2f);
}

void gen_atomic(struct rng *r, struct block *b, uint32_t len)
{
    if (rng_chance(r, 4)) {
        lr_sc(r, b, len);
    } else {
        gen_amo(r, b);
    }
}
