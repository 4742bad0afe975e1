// Random RV64 states.
#include "rv64_gen.h"
#include "values.h"

static void set_pointers(struct rng *r, const struct block *b, struct state *st)
{
    // sp must also serve the compressed stores whose offsets are multiples of 8 up to 504
    st->x[b->reg[RES_P0]] = ROW_WINDOW + (uint64_t)((int64_t)rng_below(r, 256) - 128);
    st->x[b->reg[RES_P1]] = ROW_WINDOW + (uint64_t)((int64_t)rng_below(r, 256) - 128);
    st->x[b->reg[RES_P2]] = ROW_WINDOW + (uint64_t)((int64_t)rng_below(r, 4) * 64 - 128);
    st->x[b->reg[RES_FAULT]] = ROW_WINDOW + 4096 + 512 + rng_below(r, 128) * 16;
    st->x[b->reg[RES_STRIDE]] = (uint64_t)((int64_t)rng_below(r, 13) - 6);
}

static uint64_t random_f(struct rng *r)
{
    static const struct format half = {10, 5}, single = {23, 8}, dbl = {52, 11};
    switch (rng_below(r, 8)) {
    case 0:
        return ~0ull << 16 | value_float(r, half);
    case 1:
    case 2:
    case 3:
        return ~0ull << 32 | value_float(r, single);
    case 4:
        return rng_chance(r, 4) ? value_int(r) : value_float(r, single) | rng_next(r) << 32;
    default:
        return value_float(r, dbl);
    }
}

static uint64_t vlmax(uint64_t vtype)
{
    uint32_t sew = vtype >> 3 & 7, lmul = vtype & 7;
    return lmul >= 4 ? 16u >> sew >> (8 - lmul) : 16u >> sew << lmul;
}

// qemu 7.2 does not clear vstart where it is not below vl, after some instructions never, and looks
// at it when it translates where it must be zero; so it is set only for single instructions without
// that.
static bool may_start_late(const struct block *b)
{
    uint32_t w = b->word[0], f6 = w >> 26, f3 = w >> 12 & 7;
    if (b->n > 1 || (w & 0x7f) != 0x57 || f3 == 7) {
        return b->n == 1 && (w & 0x5f) == 7 &&
               (w >> 24 & 15) != 2; // a load or store, not of whole registers
    }
    if (f6 == 0x10 || f6 == 0x27) { // moves of lane 0 and of whole registers
        return false;
    }
    return f6 >= 0x20 ? f6 < 0x30 : f3 == 2 || f3 == 1 ? f6 >= 8 && f6 < 0x0e : f6 != 0x0e;
}

static void random_vconfig(struct rng *r, const struct block *b, struct state *st)
{
    uint64_t k = rng_next(r);
    st->vtype = gen_first_mode(b);
    st->vl = k & 1 ? vlmax(st->vtype) : rng_below(r, (uint32_t)vlmax(st->vtype) + 1);
    if ((k & 0x7e) == 0) {
        st->vtype = 1ull << 63;
        st->vl = 0;
    }
    st->vstart = st->vl && may_start_late(b) && !(k & 0x100) ? rng_below(r, (uint32_t)st->vl) : 0;
    st->vxrm = k >> 16 & 3;
    st->vxsat = (k & 0x700000) == 0;
}

void gen_state(struct rng *r, const struct block *b, struct state *st)
{
    st->x[0] = 0;
    for (int i = 1; i < 32; i++) {
        st->x[i] = value_int(r);
    }
    for (int i = 0; i < 32; i++) {
        st->f[i] = random_f(r);
        value_vector(r, st->v[i], st->v[i ? i - 1 : 0]);
    }
    uint64_t k = rng_next(r);
    st->frm = k & 3 ? 0 : (k >> 2) % 5;
    if ((k & 0x3f00) == 0) {
        st->frm = 5 + (k >> 16) % 3;
    }
    st->fflags = k & 0xc0000 ? 0 : k >> 20 & 31;
    st->pc = 0;
    random_vconfig(r, b, st);
    if (st->x[2] - 0x400000 < 0x400000 || st->x[2] < 0x200000) {
        st->x[2] += 1ull << 40; // this program's own data
    }
    st->x[b->reg[RES_TARGET]] = gen_address(b, b->target);
    st->x[b->reg[RES_LOOP]] = 1 + rng_below(r, 4);
    if (b->uses_mem) {
        set_pointers(r, b, st);
        value_window(r, st->x, 32);
    }
}
