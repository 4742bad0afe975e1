// Random A64 states.
#include "a64_gen.h"
#include "values.h"

// The upper half of v with the lower half a small number in [lo, lo + n).
static uint64_t low_word(struct rng *r, int lo, uint32_t n)
{
    return rng_next(r) << 32 | (uint32_t)(lo + (int)rng_below(r, n));
}

static void set_pointers(struct rng *r, const struct block *b, struct state *st)
{
    uint64_t p0 = ROW_WINDOW + (uint64_t)((int64_t)rng_below(r, 32) * 16 - 256);
    st->x[b->reg[RES_P1]] = ROW_WINDOW + (uint64_t)((int64_t)rng_below(r, 512) - 256);
    st->x[b->reg[RES_P2]] = ROW_WINDOW + (uint64_t)((int64_t)rng_below(r, 8) * 64 - 256);
    st->x[b->reg[RES_FAULT]] = ROW_WINDOW + 4096 + 512 + rng_below(r, 128) * 16;
    st->x[b->reg[RES_INDEX]] = (uint64_t)((int64_t)rng_below(r, 32) - 16);
    st->x[b->reg[RES_UXTW]] = low_word(r, 0, 16);
    st->x[b->reg[RES_SXTW]] = low_word(r, -16, 32);
    if (b->sp_is_p0) {
        st->sp = p0;
    } else {
        st->x[b->reg[RES_P0]] = p0;
    }
}

void gen_state(struct rng *r, const struct block *b, struct state *st)
{
    for (int i = 0; i < 31; i++) {
        st->x[i] = value_int(r);
    }
    for (int i = 0; i < 32; i++) {
        value_vector(r, st->v[i], st->v[i ? i - 1 : 0]);
    }
    st->sp = value_int(r) & ~15ull;
    if (st->sp - 0x400000 < 0x400000) {
        st->sp +=
            1ull
            << 40; // this program's own data; in its signal stack the kernel would go on from there
    }
    st->nzcv = (rng_next(r) >> 60) << 28;
    uint64_t k = rng_next(r);
    st->fpcr = k & 3 ? 0 : (k >> 2 & 0x1f) << 22;
    if ((k & 0x700) == 0) {
        st->fpcr |= (k >> 12 & 3) << 22; // rounding mode alone
    }
    st->fpsr = k & 0x3000 ? 0 : k >> 16 & 0x0800009f;
    st->pc = 0;
    st->x[b->reg[RES_TARGET]] = b->at + b->target * 4;
    st->x[b->reg[RES_LOOP]] = 1 + rng_below(r, 4);
    if (b->uses_mem) {
        set_pointers(r, b, st);
        value_window(r, st->x, 31);
    }
}
