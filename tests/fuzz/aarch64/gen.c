// Random A64 blocks: which instructions, and the branches between them.
#include "a64_gen.h"
#include "table.h"
#include "text.h"

const char *const gen_class_names[] = {"int", "fp",    "simd",  "crypto", "mem",
                                       "mix", "undef", "fault", NULL};

static int class_of_op(unsigned op)
{
    static const char *const chapters[] = {"a64_int", "a64_fp", "a64_simd", "a64_crypto"};
    for (int i = 0; i < 4; i++) {
        if (table_in_chapter(op, chapters[i])) {
            return i;
        }
    }
    return -1; // branches, system, loads and stores have generators of their own
}

static int class_of_pattern(const struct a64_pattern *p)
{
    return class_of_op(p->op);
}

void gen_init(void)
{
    table_init(class_of_pattern);
}

static bool sets_flags(uint32_t w)
{
    static const uint32_t setters[][2] = {
        {0x3f800000, 0x31000000}, {0x3f000000, 0x2b000000}, // ADDS, SUBS
        {0x7f800000, 0x72000000}, {0x7f000000, 0x6a000000}, // ANDS, BICS
        {0x3fe00000, 0x3a000000}, {0x3fe00000, 0x3a400000}, // ADCS, SBCS, RMIF, SETF8, CCMP, CCMN
        {0xff20fc07, 0x1e202000}, {0xff200c00, 0x1e200400}, // FCMP, FCCMP
        {0xfffffc00, 0x1e7e0000}, {0xffffffe0, 0xd51b4200}, // FJCVTZS, MSR NZCV
        {0xffffffff, 0xd500401f}};                          // CFINV
    for (unsigned i = 0; i < sizeof(setters) / sizeof(setters[0]); i++) {
        if ((w & setters[i][0]) == setters[i][1]) {
            return true;
        }
    }
    return false;
}

// Ferry does not keep NZCV for a fault when words from that one on overwrite it.
void gen_settle(const struct block *b, uint32_t i, struct state *st)
{
    for (i = b->loops ? 0 : i; i < b->n; i++) {
        if (sets_flags(b->word[i])) {
            st->nzcv = 0;
            return;
        }
    }
}

uint32_t gen_size(uint32_t word)
{
    (void)word;
    return 4;
}

uint64_t gen_address(const struct block *b, uint32_t i)
{
    return b->at + i * 4;
}

void gen_show(const struct state *st)
{
    for (uint32_t i = 0; i < 31; i++) {
        text_reg("x", i, st->x[i]);
    }
    text_reg("sp", ~0u, st->sp);
    text_reg("nzcv", ~0u, st->nzcv);
    text_reg("fpcr", ~0u, st->fpcr);
    text_reg("fpsr", ~0u, st->fpsr);
    for (uint32_t i = 0; i < 32; i++) {
        text_reg128("v", i, st->v[i]);
    }
}

const char *gen_op_name(uint32_t word)
{
    return a64_op_name(a64_decode_op(word));
}

bool gen_skipped(uint32_t word, bool in_table)
{
#define SKIP(mask, bits, why)                                                                      \
    if (!in_table && (word & (mask)) == (bits)) {                                                  \
        return true;                                                                               \
    }
#define SKIP_ALWAYS(mask, bits, why)                                                               \
    if ((word & (mask)) == (bits)) {                                                               \
        return true;                                                                               \
    }
#include "skip.def"
#undef SKIP
#undef SKIP_ALWAYS
    return false;
}

uint32_t gen_free_reg(struct rng *r, const struct block *b)
{
    uint32_t reg;
    do {
        reg = rng_below(r, 31);
    } while (b->reserved >> reg & 1);
    return reg;
}

// Logical immediates whose N:imms is reserved are undefined, and half of all random ones are.
static bool reserved_logic_imm(uint32_t w)
{
    uint32_t n = w >> 22 & 1, imms = w >> 10 & 63;
    if (n) {
        return imms == 63;
    }
    for (uint32_t len = 5; len >= 1; len--) {
        uint32_t mask = (1u << len) - 1;
        if (!((imms >> len) & 1)) {
            return (imms & mask) == mask;
        }
    }
    return true;
}

// Writes to SP: ADD/SUB immediate and extended, logical immediate, without the S bit.
static bool writes_sp(uint32_t w)
{
    return (w & 31) == 31 && ((w & 0x3f000000) == 0x11000000 || (w & 0x3fe00000) == 0x0b200000 ||
                              ((w & 0x1f800000) == 0x12000000 && (w >> 29 & 3) != 3));
}

// One instruction of a table class that neither touches memory nor branches.
static uint32_t table_insn(struct rng *r, const struct block *b, enum gen_class c)
{
    for (;;) {
        const struct a64_pattern *p = table_pick(r, c);
        unsigned op = p->op;
        uint32_t w = ((uint32_t)rng_next(r) & ~p->mask) | p->bits;
        if ((w & 0x1f800000) == 0x12000000 && reserved_logic_imm(w) && !rng_chance(r, 64)) {
            continue;
        }
        if (b->reserved >> (w & 31) & 1) {
            w = (w & ~31u) | gen_free_reg(r, b);
        }
        if ((b->sp_is_p0 && writes_sp(w)) || gen_skipped(w, true) || a64_decode_op(w) != op) {
            continue;
        }
        return w;
    }
}

// A word from the wide encoding spaces, mostly unallocated. Outside data processing only words that
// the table does not know are used: both sides must refuse them.
static uint32_t wild_word(struct rng *r, const struct block *b)
{
    static const uint32_t spaces[][2] = {{0x1c000000, 0x10000000}, {0x0e000000, 0x0a000000},
                                         {0x0e000000, 0x0e000000}, {0x0e000000, 0x0e000000},
                                         {0x0a000000, 0x08000000}, {0x1c000000, 0x14000000},
                                         {0x1e000000, 0x00000000}};
    for (;;) {
        uint32_t k = rng_below(r, sizeof(spaces) / sizeof(spaces[0]));
        uint32_t w = ((uint32_t)rng_next(r) & ~spaces[k][0]) | spaces[k][1];
        if (b->reserved >> (w & 31) & 1) {
            w = (w & ~31u) | gen_free_reg(r, b);
        }
        unsigned op = a64_decode_op(w);
        if (gen_skipped(w, op != A64_OP_NONE) || (b->sp_is_p0 && writes_sp(w))) {
            continue;
        }
        if (op != A64_OP_NONE && class_of_op(op) < 0) {
            continue;
        }
        return w;
    }
}

// A forward branch from word `i` to a later word or the end.
static uint32_t branch_insn(struct rng *r, const struct block *b, uint32_t len)
{
    uint32_t i = b->n;
    uint32_t off = 1 + rng_below(r, len - i);
    uint32_t reg = rng_below(r, 32);
    switch (rng_below(r, 8)) {
    case 0:
        return 0x14000000 | off; // B
    case 1:
        return 0x94000000 | off; // BL
    case 2:
    case 3:
        return 0x54000000 | off << 5 | rng_below(r, 16); // B.cond
    case 4:
        return 0x34000000 | (uint32_t)rng_next(r) << 31 | rng_below(r, 2) << 24 | off << 5 | reg;
    case 5:
        return 0x36000000 | (uint32_t)rng_next(r) << 31 | rng_below(r, 2) << 24 |
               rng_below(r, 32) << 19 | off << 5 | reg;
    case 6:
        if (i < b->target) { // BR, BLR or RET through the register that holds a later address
            return 0xd61f0000 | rng_below(r, 3) << 21 | (uint32_t)b->reg[RES_TARGET] << 5;
        }
        return 0x54000000 | off << 5 | rng_below(r, 14);
    default:
        return 0x54000000 | off << 5 | rng_below(r, 14);
    }
}

// Reads and writes of NZCV, FPSR, FPCR and TPIDR_EL0, CFINV, hints and barriers.
static void system_insn(struct rng *r, struct block *b, uint32_t len)
{
    static const uint32_t fixed[] = {0xd503201f, 0xd503203f, 0xd5033bbf, 0xd5033fdf,
                                     0xd5033b9f, 0xd500401f, 0xd503245f, 0xd5033f5f};
    static const uint32_t mrs[] = {0xd53b4200, 0xd53b4400, 0xd53b4420, 0xd53bd040};
    uint32_t reg = gen_free_reg(r, b);
    switch (rng_below(r, 6)) {
    case 0:
    case 1:
        b->word[b->n++] = mrs[rng_below(r, 4)] | reg;
        return;
    case 2:
        b->word[b->n++] = 0xd51b4200 | rng_below(r, 32); // MSR NZCV
        return;
    case 3:
        b->word[b->n++] = 0xd51b4420 | rng_below(r, 32); // MSR FPSR
        return;
    case 4:
        if (b->n + 2 <= len) { // MSR FPCR with bits that exist: AHP, DN, FZ, RMode
            b->word[b->n++] = 0xd2a00000 | rng_below(r, 32) << (6 + 5) | reg;
            b->word[b->n++] = 0xd51b4400 | reg;
            return;
        }
        // fall through
    default:
        b->word[b->n++] = fixed[rng_below(r, sizeof(fixed) / sizeof(fixed[0]))];
    }
}

static enum gen_class mixed_class(struct rng *r)
{
    uint32_t k = rng_below(r, 100);
    return k < 45 ? GEN_INT : k < 60 ? GEN_FP : k < 78 ? GEN_SIMD : k < 80 ? GEN_CRYPTO : GEN_MEM;
}

// FJCVTZS, whose Z for a number that FPCR.FZ flushes differs: the manual clears it, qemu 7.2 sets
// it.
static bool is_fjcvtzs(uint32_t w)
{
    return (w & 0xfffffc00) == 0x1e7e0000;
}

static void put_table_insn(struct rng *r, struct block *b, enum gen_class c, uint32_t len)
{
    uint32_t w;
    do {
        w = table_insn(r, b, c);
    } while (is_fjcvtzs(w) && b->n + 2 > len);
    if (is_fjcvtzs(w)) { // behind FMAX d, d, d, which flushes in the same way
        uint32_t rn = w >> 5 & 31;
        b->word[b->n++] = 0x1e604800 | rn << 16 | rn << 5 | rn;
    }
    b->word[b->n++] = w;
}

static void one_insn(struct rng *r, struct block *b, enum gen_class c, uint32_t len)
{
    uint32_t k = rng_below(r, 64);
    if (c == GEN_UNDEF) {
        b->word[b->n++] = wild_word(r, b);
        return;
    }
    if (k < 4 && len > 1 && c != GEN_CRYPTO) {
        b->word[b->n++] = branch_insn(r, b, len);
        return;
    }
    if (k < 6 && c != GEN_CRYPTO) {
        system_insn(r, b, len);
        return;
    }
    if (c == GEN_FAULT && k < 14) {
        gen_fault(r, b, len);
        return;
    }
    if (c == GEN_MIX && rng_chance(r, 512)) {
        b->word[b->n++] = wild_word(r, b);
        return;
    }
    if (c == GEN_MIX || c == GEN_FAULT || (c == GEN_MEM && k < 24)) {
        c = mixed_class(r);
    }
    if (c == GEN_MEM && !b->uses_mem) {
        c = GEN_INT;
    }
    if (c == GEN_MEM) {
        gen_mem(r, b, len);
    } else {
        put_table_insn(r, b, c, len);
    }
}

// Chooses the registers the block keeps. Numbers 0, 8, 16 and 24 stay free because FCMP keeps an
// opcode where others keep the destination; 30 stays free for BL.
static void reserve(struct rng *r, struct block *b, bool mem)
{
    b->reserved = 0;
    for (int i = mem ? 0 : RES_TARGET; i < RES_COUNT; i++) {
        uint32_t reg;
        do {
            reg = rng_below(r, 30);
        } while ((b->reserved | 0x01010101u) >> reg & 1);
        b->reg[i] = (uint8_t)reg;
        b->reserved |= 1u << reg;
    }
    b->uses_mem = mem;
    b->sp_is_p0 = mem && rng_chance(r, 4);
    if (b->sp_is_p0) {
        b->reg[RES_P0] = 31;
    }
}

// True of the second words of MOVZ, MSR FPCR and of FMAX, FJCVTZS.
static bool second_of_pair(const struct block *b, uint32_t i)
{
    return i < b->n && ((b->word[i] & ~31u) == 0xd51b4400 || is_fjcvtzs(b->word[i]));
}

// Branches into the middle of a pair go to its beginning.
static void keep_pairs(struct block *b)
{
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t w = b->word[i];
        if ((w & 0x7c000000) == 0x14000000) {
            b->word[i] -= second_of_pair(b, i + (w & 0x3ffffff));
        } else if ((w & 0xff000010) == 0x54000000 || (w & 0x7e000000) == 0x34000000) {
            b->word[i] -= (uint32_t)second_of_pair(b, i + (w >> 5 & 0x7ffff)) << 5;
        } else if ((w & 0x7e000000) == 0x36000000) {
            b->word[i] -= (uint32_t)second_of_pair(b, i + (w >> 5 & 0x3fff)) << 5;
        }
    }
    b->target -= second_of_pair(b, b->target);
}

// SUB, CBNZ to any word of the block. (Not where pointers move: they would leave the window.)
static void put_loop(struct rng *r, struct block *b)
{
    uint32_t reg = b->reg[RES_LOOP], to = rng_below(r, b->n);
    to -= second_of_pair(b, to);
    b->word[b->n++] = 0xd1000400 | reg << 5 | reg;
    b->word[b->n] = 0xb5000000 | ((to - b->n) & 0x7ffff) << 5 | reg;
    b->n++;
}

void gen_block(struct rng *r, struct block *b, unsigned c, uint32_t max_len)
{
    uint32_t len = c == GEN_UNDEF ? 1 : 1 + rng_below(r, max_len);
    bool mem = c == GEN_MEM || c == GEN_FAULT || (c == GEN_MIX && !rng_chance(r, 4));
    reserve(r, b, mem);
    b->n = 0;
    b->drift[0] = b->drift[1] = 256;
    b->excl_used = false;
    b->target = 1 + rng_below(r, len);
    while (b->n < len) {
        one_insn(r, b, c, len);
    }
    keep_pairs(b);
    b->loops = !mem && len + 2 <= GEN_MAX_LEN && c != GEN_UNDEF && rng_chance(r, 4);
    if (b->loops) {
        put_loop(r, b);
    }
}
