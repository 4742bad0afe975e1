// Random vector instructions, most of them legal for the vtype at hand.
#include "rv64_gen.h"
#include "table.h"

static int lmul_of(const struct block *b)
{
    int lmul = b->mode & 7;
    return lmul >= 4 ? lmul - 8 : lmul;
}

static uint32_t sew_of(const struct block *b)
{
    return b->mode >> 3 & 7;
}

// A vtype that exists; single registers and halves most of the time.
static uint8_t random_vtype(struct rng *r)
{
    uint32_t sew = rng_below(r, 4), lmul = 0;
    switch (rng_below(r, 8)) {
    case 0:
        lmul = 1;
        break;
    case 1:
        lmul = 2 + rng_below(r, 2);
        break;
    case 2:
        lmul = 5 + rng_below(r, 3);
        break;
    case 3:
        lmul = 7;
        break;
    default:
        break;
    }
    if (lmul >= 5 && sew > lmul - 5) { // SEW / LMUL is at most 64
        sew = lmul - 5;
    }
    return (uint8_t)(lmul | sew << 3 | rng_below(r, 4) << 6);
}

uint8_t gen_first_mode(const struct block *b)
{
    struct rng r = rng_for(b->at, b->reserved, b->target);
    return random_vtype(&r);
}

void gen_vset(struct rng *r, struct block *b)
{
    uint32_t vtype = rng_chance(r, 32) ? rng_below(r, 2048) : random_vtype(r);
    uint32_t rd = gen_free_reg(r, b), rs1 = rng_below(r, 32);
    if (rng_below(r, 3) == 0) {
        gen_put(b, 0xc0007057 | (vtype & 1023) << 20 | rng_below(r, 32) << 15 | rd << 7);
    } else {
        if (rs1 == 0 && rd == 0) { // keeps vl, for the same ratio only
            vtype = b->mode;
        }
        gen_put(b, 0x00007057 | (vtype & 2047) << 20 | rs1 << 15 | rd << 7);
    }
    b->mode = (uint8_t)vtype;
}

// A register number for a group of 2^log registers (log < 0: one).
static uint32_t group(struct rng *r, int log)
{
    uint32_t n = log > 0 ? 1u << (log > 3 ? 3 : log) : 1;
    return rng_below(r, 32 / n) * n;
}

static uint32_t with(uint32_t w, uint32_t at, uint32_t reg)
{
    return (w & ~(31u << at)) | reg << at;
}

// Where the second source is part of the opcode.
static bool is_unary(uint32_t w)
{
    uint32_t f3 = w >> 12 & 7, f6 = w >> 26;
    return (f3 == 2 && (f6 == 0x10 || f6 == 0x12 || f6 == 0x14)) ||
           (f3 == 1 && (f6 == 0x10 || f6 == 0x12 || f6 == 0x13));
}

// Register numbers that suit the operation. What is not told apart here becomes an illegal
// instruction now and then, which is a test too.
static uint32_t choose_groups(struct rng *r, const struct block *b, unsigned op, uint32_t w)
{
    int lmul = lmul_of(b), vd = lmul, vs2 = lmul, vs1 = lmul;
    bool f3_vv = (w >> 12 & 7) <= 2;
    if (table_is(op, "VMV") && (w >> 12 & 7) == 3 && w >> 26 == 0x27) {
        int log = (w >> 15 & 7) == 7 ? 3 : (w >> 15 & 7) == 3 ? 2 : w >> 15 & 1;
        return with(with(w, 7, group(r, log)), 20, group(r, log)); // whole registers
    }
    if (table_is(op, "VWRED") || table_is(op, "VFWRED") || table_is(op, "VRED") ||
        table_is(op, "VFRED")) {
        vd = vs1 = 0;
    } else if (table_is(op, "VW") || table_is(op, "VFW")) {
        vd++;
        vs2 += (w >> 26 & 0x3c) == 0x34; // the forms with a wide first operand
    } else if (table_is(op, "VNS") || table_is(op, "VNCLIP") || table_is(op, "VFNCVT")) {
        vs2++;
    } else if (table_is(op, "VMS") || table_is(op, "VMF") || table_is(op, "VMADC")) {
        vd = 0;
    } else if (table_is(op, "VCOMPRESS")) {
        vs1 = 0;
    } else if (table_is(op, "VIOTA") || table_is(op, "VMV_X") || table_is(op, "VFMV_F")) {
        vs2 = 0;
    } else if (table_is(op, "VCPOP") || table_is(op, "VFIRST")) {
        vd = vs2 = 0;
    } else if (table_is(op, "VZEXT") || table_is(op, "VSEXT")) {
        vs2 -= 4 - (int)(w >> 16 & 3);
    }
    w = with(w, 7, group(r, vd));
    w = table_is(op, "VID") || table_is(op, "VMV_S") || table_is(op, "VMV_V") ||
                table_is(op, "VFMV_S") || table_is(op, "VFMV_V")
            ? w
            : with(w, 20, group(r, vs2));
    return f3_vv && !is_unary(w) ? with(w, 15, group(r, vs1)) : w;
}

// Those that write an x register.
static bool writes_x(unsigned op)
{
    return table_is(op, "VMV_X") || table_is(op, "VCPOP") || table_is(op, "VFIRST");
}

static void arithmetic(struct rng *r, struct block *b)
{
    for (int tries = 0; tries < 100; tries++) {
        const struct rv64_pattern *p = table_pick(r, GEN_VEC);
        uint32_t w = ((uint32_t)rng_next(r) & ~p->mask) | p->bits;
        if (rng_below(r, 3)) {
            w |= (~p->mask & 1u << 25); // not masked
        }
        uint32_t fixed = p->mask;
        uint32_t v = choose_groups(r, b, p->op, w);
        w = (w & fixed) | (v & ~fixed);
        if (writes_x(p->op)) {
            w = with(w, 7, gen_free_reg(r, b));
        } else if (!(w >> 25 & 1) && !(w >> 7 & 31)) {
            w ^= 1u << 25; // a masked instruction cannot write v0, as a rule
        }
        if (rv64_decode_op(w) == p->op && !gen_skipped(w)) {
            gen_put(b, w);
            return;
        }
    }
}

void gen_vector(struct rng *r, struct block *b, uint32_t len)
{
    (void)len;
    if (rng_chance(r, 8)) {
        gen_vset(r, b);
    } else {
        arithmetic(r, b);
    }
}

static uint32_t width_field(uint32_t eew)
{
    return eew ? 4 + eew : 0;
}

// VSETIVLI, VID.V and an indexed access by what that makes.
static void indices(struct rng *r, struct block *b, uint32_t rs1, uint32_t sew, uint32_t nf,
                    uint32_t vm, uint32_t opcode)
{
    uint32_t index = 1 + rng_below(r, 31);
    b->mode = (uint8_t)(sew << 3 | rng_below(r, 4) << 6);
    gen_put(b, 0xc0007057 | (uint32_t)b->mode << 20 | rng_below(r, 32) << 15);
    gen_put(b, 0x5208a057 | index << 7);
    gen_put(b, nf << 29 | rng_below(r, 2) << 27 | 0x04000000 | vm | index << 20 | rs1 |
                   width_field(sew) << 12 | rng_below(r, 32) << 7 | opcode);
}

// Unit stride, also masks, fault-only-first and whole registers; strided; indexed by bytes, or by
// what VID.V makes.
void gen_vector_mem(struct rng *r, struct block *b, uint32_t len)
{
    uint32_t eew = rng_below(r, 3) ? sew_of(b) & 3 : rng_below(r, 4);
    int emul = (int)eew - (int)sew_of(b) + lmul_of(b);
    uint32_t rs1 = (uint32_t)b->reg[rng_below(r, 3)] << 15;
    uint32_t opcode = rng_below(r, 2) ? 0x07 : 0x27, vm = (uint32_t)(rng_below(r, 3) != 0) << 25;
    uint32_t nf = rng_chance(r, 3) ? rng_below(r, 8) : 0;
    uint32_t vd = group(r, emul) << 7;
    switch (rng_below(r, 6)) {
    case 0: { // whole registers, masks
        static const uint8_t counts[] = {0, 1, 3, 7};
        uint32_t log = rng_below(r, 4);
        if (rng_chance(r, 3)) {
            gen_put(b, 0x02b00000 | rs1 | rng_below(r, 32) << 7 | opcode);
        } else {
            gen_put(b, 0x02800000 | (uint32_t)counts[log] << 29 | rs1 |
                           (opcode == 0x07 ? width_field(eew) << 12 : 0) | group(r, (int)log) << 7 |
                           opcode);
        }
        return;
    }
    case 1: // strided
        gen_put(b, nf << 29 | 0x08000000 | vm | (uint32_t)b->reg[RES_STRIDE] << 20 | rs1 |
                       width_field(eew) << 12 | vd | opcode);
        return;
    case 2: // indexed
        if (b->n + 3 <= len && rng_below(r, 2)) {
            indices(r, b, rs1, rng_below(r, 4), nf, vm, opcode);
        } else {
            gen_put(b, nf << 29 | rng_below(r, 2) << 27 | 0x04000000 | vm |
                           group(r, lmul_of(b) - (int)sew_of(b)) << 20 | rs1 |
                           group(r, lmul_of(b)) << 7 | opcode);
        }
        return;
    case 3: // fault-only-first
        if (opcode == 0x07) {
            gen_put(b, nf << 29 | 0x01000000 | vm | rs1 | width_field(eew) << 12 | vd | opcode);
            return;
        }
        // fall through
    default:
        gen_put(b, nf << 29 | vm | rs1 | width_field(eew) << 12 | vd | opcode);
    }
}
