/* Vector cryptography of the reference functions: AES, GHASH and SHA-2 on groups of four elements. */
#include "frontend/riscv64/vref.h"
#include "ir/ir.h"

static v128 load(const struct vref *v, unsigned reg, u32 group)
{
    return v->r->v[reg + group];
}

static v128 op(enum ir_op o, v128 a, v128 b)
{
    union ir_val r, va = {.v = a}, vb = {.v = b}, vc = {.v = {.d = {0, 0}}};
    static const struct ir_ref_ctx ctx = {.fp_rules = IR_FP_RV64};
    ir_ref_fns[o](&r, &va, &vb, &vc, IR_V128, 0, &ctx);
    return r.v;
}

static v128 xor(v128 a, v128 b)
{
    return (v128){.d = {a.d[0] ^ b.d[0], a.d[1] ^ b.d[1]}};
}

/* AES substitution of the four bytes of W: equal columns are not changed by the shift of rows. */
static u32 sub_word(u32 w)
{
    return op(IR_AESE, (v128){.s = {w, w, w, w}}, (v128){.d = {0, 0}}).s[0];
}

u32 v_aes_constant(unsigned round)
{
    u32 c = 1;
    while (--round) {
        c = c << 1 ^ (c & 0x80 ? 0x11b : 0);
    }
    return c;
}

unsigned v_aes_round(unsigned round, unsigned lo, unsigned hi)
{
    round &= 15;
    return round < lo || round > hi ? round ^ 8 : round;
}

static v128 chain(u32 first, v128 old)
{
    v128 w = {.s = {first}};
    for (unsigned i = 1; i < 4; i++) {
        w.s[i] = w.s[i - 1] ^ old.s[i];
    }
    return w;
}

static v128 key128(v128 key, unsigned imm)
{
    u32 last = key.s[3];
    u32 t = sub_word(last >> 8 | last << 24) ^ v_aes_constant(v_aes_round(imm, 1, 10));
    return chain(key.s[0] ^ t, key);
}

static v128 key256(v128 before, v128 key, unsigned imm)
{
    unsigned round = v_aes_round(imm, 2, 14);
    u32 last = key.s[3];
    u32 t = round & 1 ? sub_word(last) : sub_word(last >> 8 | last << 24) ^ v_aes_constant(round >> 1);
    return chain(before.s[0] ^ t, before);
}

static v128 aes(enum rv64_op o, v128 state, v128 key)
{
    const v128 zero = {.d = {0, 0}};
    switch (o) {
    case RV64_OP_VAESEM_VV:
    case RV64_OP_VAESEM_VS:
        return xor(op(IR_AESMC, op(IR_AESE, state, zero), zero), key);
    case RV64_OP_VAESEF_VV:
    case RV64_OP_VAESEF_VS:
        return xor(op(IR_AESE, state, zero), key);
    case RV64_OP_VAESDM_VV:
    case RV64_OP_VAESDM_VS:
        return op(IR_AESIMC, xor(op(IR_AESD, state, zero), key), zero);
    case RV64_OP_VAESDF_VV:
    case RV64_OP_VAESDF_VS:
        return xor(op(IR_AESD, state, zero), key);
    default: /* VAESZ */
        return xor(state, key);
    }
}

static u128 reverse_bits_in_bytes(v128 x)
{
    return op(IR_VRBIT, x, (v128){.d = {0, 0}}).q;
}

/* Product in GF(2^128) of GHASH, whose bytes hold their bits in reverse. */
static v128 ghash(v128 x, v128 y)
{
    u128 s = reverse_bits_in_bytes(x), h = reverse_bits_in_bytes(y), z = 0;
    for (unsigned i = 0; i < 128; i++) {
        z ^= s >> i & 1 ? h : 0;
        h = h << 1 ^ (h >> 127 ? 0x87 : 0);
    }
    return op(IR_VRBIT, (v128){.q = z}, (v128){.d = {0, 0}});
}

/* SHA-2 with words of 32 or 64 bits. The six rotations of each: big and small sigma. */
struct sha {
    unsigned w;
    u8 sum0[3], sum1[3], sig0[3], sig1[3]; /* the third of sig is a shift */
};

static const struct sha sha256 = {32, {2, 13, 22}, {6, 11, 25}, {7, 18, 3}, {17, 19, 10}};
static const struct sha sha512 = {64, {28, 34, 39}, {14, 18, 41}, {1, 8, 7}, {19, 61, 6}};

static u64 rotate(const struct sha *s, u64 x, unsigned by)
{
    return (x >> by | x << (s->w - by)) & MASK64(s->w);
}

static u64 sum(const struct sha *s, const u8 *by, u64 x)
{
    return rotate(s, x, by[0]) ^ rotate(s, x, by[1]) ^ rotate(s, x, by[2]);
}

static u64 sigma(const struct sha *s, const u8 *by, u64 x)
{
    return rotate(s, x, by[0]) ^ rotate(s, x, by[1]) ^ x >> by[2];
}

/* vd: w0 to w3, vs2: w4 w9 w10 w11, vs1: w12 - w14 w15; the result w16 to w19. */
static void schedule(const struct sha *s, u64 d[4], const u64 b[4], const u64 a[4])
{
    u64 mask = MASK64(s->w), w0 = d[0], w1 = d[1], w2 = d[2], w3 = d[3];
    d[0] = (sigma(s, s->sig1, a[2]) + b[1] + sigma(s, s->sig0, w1) + w0) & mask;
    d[1] = (sigma(s, s->sig1, a[3]) + b[2] + sigma(s, s->sig0, w2) + w1) & mask;
    d[2] = (sigma(s, s->sig1, d[0]) + b[3] + sigma(s, s->sig0, w3) + w2) & mask;
    d[3] = (sigma(s, s->sig1, d[1]) + a[0] + sigma(s, s->sig0, b[0]) + w3) & mask;
}

/* Two rounds: vs2 f e b a, vd h g d c (lowest first), W the words with their constants added. */
static void rounds(const struct sha *s, u64 d[4], const u64 b[4], const u64 *w)
{
    u64 mask = MASK64(s->w), a = b[3], bb = b[2], c = d[3], dd = d[2], e = b[1], f = b[0], g = d[1], h = d[0];
    for (unsigned i = 0; i < 2; i++) {
        u64 t1 = h + sum(s, s->sum1, e) + ((e & f) ^ (~e & g)) + w[i];
        u64 t2 = sum(s, s->sum0, a) + ((a & bb) ^ (a & c) ^ (bb & c));
        h = g;
        g = f;
        f = e;
        e = (dd + t1) & mask;
        dd = c;
        c = bb;
        bb = a;
        a = (t1 + t2) & mask;
    }
    d[0] = f;
    d[1] = e;
    d[2] = bb;
    d[3] = a;
}

static void sha(const struct vref *v, u32 group)
{
    const struct sha *s = v->sew == 3 ? &sha512 : &sha256;
    u64 d[4], b[4], a[4];
    for (unsigned i = 0; i < 4; i++) {
        d[i] = v_get(v, v->vd, v->sew, 4 * group + i);
        b[i] = v_get(v, v->vs2, v->sew, 4 * group + i);
        a[i] = v_get(v, v->vs1, v->sew, 4 * group + i);
    }
    if (v->op == RV64_OP_VSHA2MS_VV) {
        schedule(s, d, b, a);
    } else {
        rounds(s, d, b, v->op == RV64_OP_VSHA2CH_VV ? a + 2 : a);
    }
    for (unsigned i = 0; i < 4; i++) {
        v_put(v, v->vd, v->sew, 4 * group + i, d[i]);
    }
}

static void one_group(const struct vref *v, u32 group)
{
    if (v->op == RV64_OP_VSHA2MS_VV || v->op == RV64_OP_VSHA2CH_VV || v->op == RV64_OP_VSHA2CL_VV) {
        sha(v, group);
        return;
    }
    v128 d = load(v, v->vd, group), b = load(v, v->vs2, v->shape == V_CRYPTO_S ? 0 : group);
    switch (v->op) {
    case RV64_OP_VAESKF1_VI:
        d = key128(b, v->vs1);
        break;
    case RV64_OP_VAESKF2_VI:
        d = key256(d, b, v->vs1);
        break;
    case RV64_OP_VGHSH_VV:
        d = ghash(xor(d, load(v, v->vs1, group)), b);
        break;
    case RV64_OP_VGMUL_VV:
        d = ghash(d, b);
        break;
    default:
        d = aes(v->op, d, b);
        break;
    }
    v->r->v[v->vd + group] = d;
}

void v_crypto(struct vref *v)
{
    for (u32 group = v->vstart / 4; group < v->vl / 4; group++) {
        one_group(v, group);
    }
}
