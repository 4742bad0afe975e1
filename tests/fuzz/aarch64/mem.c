// Random loads and stores that stay inside the window.
#include "a64_gen.h"

enum { MAX_ACCESS = 64 };

static void put(struct block *b, uint32_t w)
{
    b->word[b->n++] = w;
}

// A data register: for loads into general registers one the block may write, else any.
static uint32_t data_reg(struct rng *r, const struct block *b, bool vector, bool load)
{
    return !vector && load ? (rng_chance(r, 16) ? 31 : gen_free_reg(r, b)) : rng_below(r, 32);
}

// A base register whose distance can still grow by `move` (0: any pointer); *k = its number.
static uint32_t base_reg(struct rng *r, const struct block *b, int move, int *k)
{
    *k = (int)rng_below(r, move ? 2 : 3);
    if (move && b->drift[*k] + move + MAX_ACCESS > GEN_WINDOW) {
        *k = !*k;
    }
    return b->reg[*k];
}

// How far the pointer may be from the centre of the window.
static int spread(const struct block *b, int k)
{
    return k < 2 ? b->drift[k] : 256;
}

static bool may_move(const struct block *b, int k, int move)
{
    return k < 2 && b->drift[k] + move + MAX_ACCESS <= GEN_WINDOW;
}

// Size and opc fields of a single-register access; opc pairs that are unallocated or prefetches are
// avoided.
struct access {
    uint32_t size, vector, opc, bytes;
    bool load;
};

static struct access pick_access(struct rng *r)
{
    struct access a;
    do {
        a.size = rng_below(r, 4);
        a.vector = rng_below(r, 3) == 0;
        a.opc = rng_below(r, 4);
    } while (a.vector ? (a.opc >= 2 && a.size != 0)
                      : (a.size == 3 && a.opc >= 2) || (a.size == 2 && a.opc == 3));
    a.bytes = a.vector && a.opc >= 2 ? 16 : 1u << a.size;
    a.load = a.vector ? a.opc & 1 : a.opc != 0;
    return a;
}

static void unsigned_offset(struct rng *r, struct block *b)
{
    struct access a = pick_access(r);
    int k;
    uint32_t rn = base_reg(r, b, 0, &k);
    int room = GEN_WINDOW - spread(b, k) - MAX_ACCESS;
    if (room <= 0) {
        return;
    }
    uint32_t imm = rng_below(r, (uint32_t)room / a.bytes + 1);
    put(b, a.size << 30 | 0x39000000 | a.vector << 26 | a.opc << 22 | imm << 10 | rn << 5 |
               data_reg(r, b, a.vector, a.load));
}

// Unscaled, post-indexed, unprivileged and pre-indexed.
static void imm9(struct rng *r, struct block *b)
{
    struct access a = pick_access(r);
    uint32_t mode = rng_below(r, 4);
    bool moves = mode & 1;
    int k, imm = (int)rng_below(r, 512) - 256;
    uint32_t rn = base_reg(r, b, moves ? 256 : 0, &k);
    if (rn == 31 && moves) {
        imm &= ~15; // the stack pointer stays aligned
    }
    if (moves ? !may_move(b, k, 256) : spread(b, k) + 256 + MAX_ACCESS > GEN_WINDOW) {
        return;
    }
    if (a.vector && mode == 2) {
        mode = 0;
    }
    uint32_t rt = data_reg(r, b, a.vector, a.load);
    if (!a.vector && moves && rt == rn && rn != 31) {
        return; // CONSTRAINED UNPREDICTABLE
    }
    if (moves) {
        b->drift[k] += imm < 0 ? -imm : imm;
    }
    put(b, a.size << 30 | 0x38000000 | a.vector << 26 | a.opc << 22 | (uint32_t)(imm & 511) << 12 |
               mode << 10 | rn << 5 | rt);
}

static void register_offset(struct rng *r, struct block *b)
{
    struct access a = pick_access(r);
    static const uint8_t options[] = {2, 3, 6, 7};
    uint32_t option = options[rng_below(r, 4)];
    uint32_t rm = b->reg[option == 2 ? RES_UXTW : option == 6 ? RES_SXTW : RES_INDEX];
    int k;
    uint32_t rn = base_reg(r, b, 0, &k);
    if (spread(b, k) + 256 + MAX_ACCESS > GEN_WINDOW) {
        return;
    }
    put(b, a.size << 30 | 0x38200800 | a.vector << 26 | a.opc << 22 | rm << 16 | option << 13 |
               rng_below(r, 2) << 12 | rn << 5 | data_reg(r, b, a.vector, a.load));
}

static void pair(struct rng *r, struct block *b)
{
    uint32_t vector = rng_below(r, 3) == 0, mode = rng_below(r, 4), load = rng_below(r, 2);
    uint32_t opc = vector ? rng_below(r, 3) : rng_below(r, 3);
    if (!vector && opc == 1 && (!load || mode == 0)) {
        opc = 0; // STGP and the unallocated non-temporal LDPSW
    }
    uint32_t scale = vector ? 2 + opc : opc == 2 ? 3 : 2;
    bool moves = mode & 1;
    int k, imm = (int)rng_below(r, 32) - 16;
    uint32_t rn = base_reg(r, b, moves ? 256 : 0, &k);
    if (rn == 31 && moves) {
        imm &= scale == 2 ? ~3 : scale == 3 ? ~1 : ~0;
    }
    if (moves ? !may_move(b, k, 256) : spread(b, k) + 256 + MAX_ACCESS > GEN_WINDOW) {
        return;
    }
    uint32_t rt = data_reg(r, b, vector, load), rt2 = data_reg(r, b, vector, load);
    if ((load && rt == rt2) || (!vector && moves && rn != 31 && (rt == rn || rt2 == rn))) {
        return; // CONSTRAINED UNPREDICTABLE
    }
    if (moves) {
        b->drift[k] += (imm < 0 ? -imm : imm) << scale;
    }
    put(b, opc << 30 | 0x28000000 | vector << 26 | mode << 23 | load << 22 |
               (uint32_t)(imm & 127) << 15 | rt2 << 10 | rn << 5 | rt);
}

// A load of words of this block that lie before it.
static void literal(struct rng *r, struct block *b)
{
    uint32_t vector = rng_below(r, 2), opc = rng_below(r, 3);
    uint32_t words = vector ? 1u << opc : opc == 1 ? 2 : 1;
    if (b->n < words) {
        return;
    }
    uint32_t at = rng_below(r, b->n - words + 1);
    put(b, opc << 30 | 0x18000000 | vector << 26 | ((at - b->n) & 0x7ffff) << 5 |
               data_reg(r, b, vector, true));
}

// Load-acquire, store-release and RCPC, at the aligned pointer.
static void ordered(struct rng *r, struct block *b)
{
    uint32_t size = rng_below(r, 4), load = rng_below(r, 2);
    uint32_t rt = data_reg(r, b, false, load), rn = (uint32_t)b->reg[RES_P2] << 5;
    if (load && rng_chance(r, 3)) {
        put(b, size << 30 | 0x38bfc000 | rn | rt);
    } else {
        put(b, size << 30 | 0x089ffc00 | load << 22 | rn | rt);
    }
}

static void lse(struct rng *r, struct block *b)
{
    uint32_t rn = (uint32_t)b->reg[RES_P2] << 5;
    uint32_t ar = rng_below(r, 4) << 22;
    uint32_t size = rng_below(r, 4) << 30;
    uint32_t rt = data_reg(r, b, false, true), rs = rng_below(r, 32);
    uint32_t kind = rng_below(r, 11);
    if (kind < 8) {
        put(b, size | 0x38200000 | ar | rs << 16 | kind << 12 | rn | rt);
    } else if (kind == 8) {
        put(b, size | 0x38208000 | ar | rs << 16 | rn | rt); // SWP
    } else if (kind == 9) { // CAS: the compared register is the destination
        uint32_t order = rng_below(r, 2) << 22 | rng_below(r, 2) << 15;
        put(b, size | 0x08a07c00 | order | gen_free_reg(r, b) << 16 | rn | rng_below(r, 32));
    } else { // CASP
        uint32_t order = rng_below(r, 2) << 22 | rng_below(r, 2) << 15 | rng_below(r, 2) << 30;
        uint32_t pair = gen_free_reg(r, b) & ~1u;
        if (!(b->reserved >> pair & 3) && pair != 30) {
            put(b, 0x08207c00 | order | pair << 16 | rn | (rng_below(r, 15) << 1));
        }
    }
}

// Load exclusive, then store exclusive of the same size at the same place, with register-only work
// between them; or a store exclusive with no monitor set.
static void exclusive(struct rng *r, struct block *b, uint32_t len)
{
    uint32_t size = rng_below(r, 4), is_pair = size >= 2 && rng_chance(r, 3);
    uint32_t rn = (uint32_t)b->reg[RES_P2], rt = gen_free_reg(r, b), rt2 = gen_free_reg(r, b);
    uint32_t rs = gen_free_reg(r, b), src = rng_below(r, 32), src2 = rng_below(r, 32);
    uint32_t base = size << 30 | 0x08000000 | is_pair << 21 | rn << 5;
    if (b->excl_used || rs == src || rs == src2 || (is_pair && rt == rt2)) {
        return;
    }
    b->excl_used = true;
    if (b->n + 3 <= len && !rng_chance(r, 5)) {
        put(b,
            base | 0x1f0000 | 1u << 22 | rng_below(r, 2) << 15 | (is_pair ? rt2 : 31) << 10 | rt);
        if (rng_chance(r, 2)) { // add of the loaded value
            uint32_t rd = gen_free_reg(r, b);
            put(b, 0x8b000000 | rng_below(r, 32) << 16 | rt << 5 | rd);
        }
    }
    put(b, base | rs << 16 | rng_below(r, 2) << 15 | (is_pair ? src2 : 31) << 10 | src);
}

// LD1-LD4 and ST1-ST4, multiple and single structures.
static void structures(struct rng *r, struct block *b)
{
    static const uint8_t multiple[] = {0, 2, 4, 6, 7, 8, 10};
    bool moves = rng_below(r, 2);
    int k;
    uint32_t rn = base_reg(r, b, moves ? 64 : 0, &k);
    if ((moves && rn == 31) ||
        (moves ? !may_move(b, k, 64) : spread(b, k) + MAX_ACCESS > GEN_WINDOW)) {
        return;
    }
    uint32_t rm = moves ? (rng_below(r, 2) ? 31 : b->reg[RES_INDEX]) : 0;
    uint32_t common = rng_below(r, 2) << 30 | rng_below(r, 2) << 22 | (uint32_t)moves << 23 |
                      rm << 16 | rn << 5 | rng_below(r, 32);
    if (moves) {
        b->drift[k] += 64;
    }
    if (rng_below(r, 2)) {
        uint32_t op = multiple[rng_below(r, 7)];
        uint32_t size = rng_below(r, 4);
        put(b, 0x0c000000 | common | op << 12 | size << 10);
        return;
    }
    uint32_t op = rng_below(r, 6), s = rng_below(r, 2), size = rng_below(r, 4);
    if (op >= 4) { // lanes of 32 and 64 bits
        size = rng_below(r, 2);
        s = size ? 0 : s;
    } else if (op >= 2) {
        size &= 2;
    }
    if (rng_chance(r, 4)) { // load and replicate
        put(b, (0x0d000000 | common | 1u << 22) | (6 + (op & 1)) << 13 | rng_below(r, 2) << 21 |
                   rng_below(r, 4) << 10);
        return;
    }
    put(b, 0x0d000000 | common | rng_below(r, 2) << 21 | op << 13 | s << 12 | size << 10);
}

void gen_mem(struct rng *r, struct block *b, uint32_t len)
{
    switch (rng_below(r, 12)) {
    case 0:
    case 1:
        unsigned_offset(r, b);
        break;
    case 2:
    case 3:
        imm9(r, b);
        break;
    case 4:
    case 5:
        register_offset(r, b);
        break;
    case 6:
    case 7:
        pair(r, b);
        break;
    case 8:
        rng_below(r, 2) ? literal(r, b) : ordered(r, b);
        break;
    case 9:
        lse(r, b);
        break;
    case 10:
        exclusive(r, b, len);
        break;
    default:
        structures(r, b);
    }
}

// Any access of gen_mem with the pointers replaced by the one to the unmapped page.
static void any_fault(struct rng *r, struct block *b, uint32_t len)
{
    struct block saved = *b;
    for (int i = RES_P0; i <= RES_P2; i++) {
        b->reg[i] = b->reg[RES_FAULT];
    }
    b->drift[0] = b->drift[1] = 256;
    b->excl_used = true; // whether a store-exclusive that fails faults is up to the implementation
    gen_mem(r, b, len);
    b->excl_used = saved.excl_used;
    for (int i = RES_P0; i <= RES_P2; i++) {
        b->reg[i] = saved.reg[i];
    }
    b->drift[0] = saved.drift[0];
    b->drift[1] = saved.drift[1];
}

void gen_fault(struct rng *r, struct block *b, uint32_t len)
{
    if (rng_below(r, 2)) {
        any_fault(r, b, len);
        return;
    }
    struct access a = pick_access(r);
    uint32_t rn = b->reg[RES_FAULT];
    uint32_t imm = rng_below(r, 64);
    put(b, a.size << 30 | 0x39000000 | a.vector << 26 | a.opc << 22 | imm << 10 | rn << 5 |
               data_reg(r, b, a.vector, a.load));
}
