// Vector cryptography with known answers (FIPS 180-4, FIPS 197, the GCM specification's test case 2), carry-less
// products and the vector bit-manipulation instructions against C.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __riscv_vector
#error "for a compiler that does not use vectors by itself"
#endif

// vd, vs2 and vs1 are v8, v12 and v16, two registers each; OP is the instruction on them.
#define RUN(vset, op, vd, vs2, vs1)                                                                \
    __asm__ volatile(".option push\n.option arch, +v\n"                                            \
                     "vl2re8.v v8, (%0)\nvl2re8.v v12, (%1)\nvl2re8.v v16, (%2)\n" vset "\n" op    \
                     "\nvs2r.v v8, (%0)\n.option pop"                                              \
                     :                                                                             \
                     : "r"(vd), "r"(vs2), "r"(vs1)                                                 \
                     : "memory", "t0")
#define VE(f7, vs1) ".insn r 0x77, 2, " #f7 ", x8, " #vs1 ", x12"
#define OPM(f7, vs1) ".insn r 0x57, 2, " #f7 ", x8, " #vs1 ", x12"
#define OPI(f7, vs1) ".insn r 0x57, 0, " #f7 ", x8, " #vs1 ", x12"
#define E32 "vsetivli zero, 4, e32, m1, ta, ma"
#define E32X2 "vsetivli zero, 8, e32, m2, ta, ma"
#define E64 "vsetivli zero, 4, e64, m2, ta, ma"

static uint8_t zero[32];
static int failed;

static void check(const char *what, const void *got, const void *want, size_t size)
{
    int bad = memcmp(got, want, size) != 0;
    failed |= bad;
    printf("%s %s\n", what, bad ? "WRONG" : "ok");
}

static void from_hex(uint8_t *out, const char *hex)
{
    for (unsigned v; sscanf(hex, "%2x", &v) == 1; hex += 2) {
        *out++ = (uint8_t)v;
    }
}

static void aes128(void)
{
    uint8_t key[11][32] = {0}, s[32] = {0}, ct[16], pt[16];
    from_hex(key[0], "2b7e151628aed2a6abf7158809cf4f3c");
    from_hex(pt, "3243f6a8885a308d313198a2e0370734");
    from_hex(ct, "3925841d02dc09fbdc118597196a0b32");
#define KEY(n)                                                                                     \
    RUN(E32, VE(0x45, x##n), key[n], key[n - 1], zero)
    KEY(1);
    KEY(2);
    KEY(3);
    KEY(4);
    KEY(5);
    KEY(6);
    KEY(7);
    KEY(8);
    KEY(9);
    KEY(10);
    memcpy(s, pt, 16);
    RUN(E32, VE(0x53, x7), s, key[0], zero);
    for (int i = 1; i < 10; i++) {
        RUN(E32, VE(0x51, x2), s, key[i], zero);
    }
    RUN(E32, VE(0x51, x3), s, key[10], zero);
    check("aes128 encrypt .vv", s, ct, 16);
    RUN(E32, VE(0x53, x7), s, key[10], zero);
    for (int i = 9; i > 0; i--) {
        RUN(E32, VE(0x53, x0), s, key[i], zero);
    }
    RUN(E32, VE(0x53, x1), s, key[0], zero);
    check("aes128 decrypt .vs", s, pt, 16);
    memcpy(s + 16, s, 16);
    RUN(E32X2, VE(0x53, x7), s, key[0], zero);
    for (int i = 1; i < 10; i++) {
        RUN(E32X2, VE(0x53, x2), s, key[i], zero);
    }
    RUN(E32X2, VE(0x53, x3), s, key[10], zero);
    check("aes128 two blocks", s + 16, ct, 16);
}

static void aes256(void)
{
    uint8_t key[15][32] = {0}, s[32] = {0}, ct[16];
    from_hex(key[0], "000102030405060708090a0b0c0d0e0f");
    from_hex(key[1], "101112131415161718191a1b1c1d1e1f");
    from_hex(s, "00112233445566778899aabbccddeeff");
    from_hex(ct, "8ea2b7ca516745bfeafc49904b496089");
#define KEY2(n)                                                                                    \
    memcpy(key[n], key[n - 2], 16);                                                                \
    RUN(E32, VE(0x55, x##n), key[n], key[n - 1], zero)
    KEY2(2);
    KEY2(3);
    KEY2(4);
    KEY2(5);
    KEY2(6);
    KEY2(7);
    KEY2(8);
    KEY2(9);
    KEY2(10);
    KEY2(11);
    KEY2(12);
    KEY2(13);
    KEY2(14);
    RUN(E32, VE(0x53, x7), s, key[0], zero);
    for (int i = 1; i < 14; i++) {
        RUN(E32, VE(0x53, x2), s, key[i], zero);
    }
    RUN(E32, VE(0x53, x3), s, key[14], zero);
    check("aes256 encrypt", s, ct, 16);
}

static const uint64_t k512[80] = {
#define PRIMES                                                                                     \
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,                \
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,                \
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,                \
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,                \
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,                \
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,                \
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,                \
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,                \
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,                \
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,                \
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,                \
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,                \
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,                \
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,                \
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,                \
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b
    PRIMES,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817};

// One block of SHA-2 with words of type T.
#define SHA2(name, T, vset, rounds, shift)                                                         \
    static void name(T *h, const T *block)                                                         \
    {                                                                                              \
        T w[4][4], abef[4] = {h[5], h[4], h[1], h[0]}, cdgh[4] = {h[7], h[6], h[3], h[2]};         \
        T in[8] = {0}, wk[8] = {0}, x[8] = {0}, y[8] = {0};                                        \
        memcpy(w, block, sizeof(w));                                                               \
        memcpy(x, abef, sizeof(abef));                                                             \
        memcpy(y, cdgh, sizeof(cdgh));                                                             \
        for (int i = 0; i < rounds; i += 4) {                                                      \
            T *w0 = w[i / 4 % 4], *w1 = w[(i / 4 + 1) % 4], *w2 = w[(i / 4 + 2) % 4];              \
            T *w3 = w[(i / 4 + 3) % 4];                                                            \
            for (int j = 0; j < 4; j++) {                                                          \
                wk[j] = w0[j] + (T)(k512[i + j] >> shift);                                         \
            }                                                                                      \
            RUN(vset, VE(0x5f, x16), y, x, wk);                                                    \
            RUN(vset, VE(0x5d, x16), x, y, wk);                                                    \
            T d[8] = {0}, last[8] = {0};                                                           \
            memcpy(d, w0, sizeof(w[0]));                                                           \
            memcpy(in, w2, sizeof(w[0]));                                                          \
            memcpy(last, w3, sizeof(w[0]));                                                        \
            in[0] = w1[0];                                                                         \
            RUN(vset, VE(0x5b, x16), d, in, last);                                                 \
            memcpy(w0, d, sizeof(w[0]));                                                           \
        }                                                                                          \
        h[0] += x[3], h[1] += x[2], h[4] += x[1], h[5] += x[0];                                    \
        h[2] += y[3], h[3] += y[2], h[6] += y[1], h[7] += y[0];                                    \
    }
SHA2(sha256, uint32_t, E32, 64, 32)
SHA2(sha512, uint64_t, E64, 80, 0)

static void sha(void)
{
    static const uint64_t h0[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                   0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};
    static const uint32_t want256[8] = {0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                        0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad};
    static const uint64_t want512[8] = {0xddaf35a193617aba, 0xcc417349ae204131, 0x12e6fa4e89a97ea2, 0x0a9eeee64b55d39a,
                                        0x2192992a274fc1a8, 0x36ba3c23a3feebbd, 0x454d4423643ce80e, 0x2a9ac94fa54ca49f};
    uint32_t h[8], block[16] = {0x61626380};
    uint64_t g[8], block2[16] = {0x6162638000000000};
    block[15] = 24;
    block2[15] = 24;
    for (int i = 0; i < 8; i++) {
        h[i] = (uint32_t)(h0[i] >> 32);
        g[i] = h0[i];
    }
    sha256(h, block);
    check("sha256", h, want256, 32);
    sha512(g, block2);
    check("sha512", g, want512, 64);
}

static void gcm(void)
{
    uint8_t h[32] = {0}, x[32] = {0}, y[32] = {0}, len[32] = {0}, want[16];
    from_hex(h, "66e94bd4ef8a2c3b884cfa59ca342b2e");
    from_hex(x, "0388dace60b6a392f328c2b971b2fe78");
    from_hex(len, "00000000000000000000000000000080");
    from_hex(want, "5e2ec746917062882c85b0685353deb7");
    RUN(E32, VE(0x59, x16), y, h, x);
    check("ghash", y, want, 16);
    from_hex(want, "f38cbb1ad69223dcc3457ae5b6b0f885");
    for (int i = 0; i < 16; i++) {
        y[i] ^= len[i];
    }
    RUN(E32, VE(0x51, x17), y, h, zero);
    check("gmul", y, want, 16);
}

static void bits(void)
{
    uint64_t a[4] = {0x8000000000000001, 0x0123456789abcdef, 0, 0x00ff00ff00ff00f0};
    uint64_t b[4] = {3, 0xfedcba9876543210, ~0ull, 65}, lo[4], hi[4], r[4] = {0};
    for (int i = 0; i < 4; i++) {
        unsigned __int128 p = 0;
        for (int j = 0; j < 64; j++) {
            p ^= b[i] >> j & 1 ? (unsigned __int128)a[i] << j : 0;
        }
        lo[i] = (uint64_t)p;
        hi[i] = (uint64_t)(p >> 64);
    }
    RUN(E64, OPM(0x19, x16), r, a, b);
    check("vclmul", r, lo, 32);
    RUN(E64, OPM(0x1b, x16), r, a, b);
    check("vclmulh", r, hi, 32);
#define EACH(name, type, vset, op, expr)                                                           \
    do {                                                                                           \
        type want_[32 / sizeof(type)], *a_ = (type *)a, *b_ = (type *)b;                           \
        const unsigned w = 8 * sizeof(type);                                                       \
        for (unsigned i = 0; i < 32 / sizeof(type); i++) {                                         \
            type p = a_[i], q = b_[i];                                                             \
            (void)p, (void)q, (void)w;                                                             \
            want_[i] = (type)(expr);                                                               \
        }                                                                                          \
        RUN(vset, op, r, a, b);                                                                    \
        check(name, r, want_, 32);                                                                 \
    } while (0)
#define E8 "li t0, 32\nvsetvli zero, t0, e8, m2, ta, ma"
#define E16 "li t0, 16\nvsetvli zero, t0, e16, m2, ta, ma"
    EACH("vandn e64", uint64_t, E64, OPI(0x03, x16), p & ~q);
    EACH("vror e64", uint64_t, E64, OPI(0x29, x16), p >> (q % 64) | p << (-q % 64));
    EACH("vrol e32", uint32_t, E32X2, OPI(0x2b, x16), p << (q % 32) | p >> (-q % 32));
    EACH("vrol e8", uint8_t, E8, OPI(0x2b, x16), p << (q % 8) | p >> (-q & 7));
    EACH("vror.vi e64", uint64_t, E64, ".insn r 0x57, 3, 0x2b, x8, x5, x12", p >> 37 | p << 27);
    EACH("vror.vi e16", uint16_t, E16, ".insn r 0x57, 3, 0x29, x8, x5, x12", p >> 5 | p << 11);
    EACH("vclz e32", uint32_t, E32X2, OPM(0x25, x12), p ? __builtin_clz(p) : 32);
    EACH("vclz e64", uint64_t, E64, OPM(0x25, x12), p ? __builtin_clzll(p) : 64);
    EACH("vctz e8", uint8_t, E8, OPM(0x25, x13), p ? __builtin_ctz(p) : 8);
    EACH("vctz e64", uint64_t, E64, OPM(0x25, x13), p ? __builtin_ctzll(p) : 64);
    EACH("vcpop e16", uint16_t, E16, OPM(0x25, x14), __builtin_popcount(p));
    EACH("vcpop e64", uint64_t, E64, OPM(0x25, x14), __builtin_popcountll(p));
    EACH("vrev8 e32", uint32_t, E32X2, OPM(0x25, x9), __builtin_bswap32(p));
    EACH("vbrev8 e8", uint8_t, E8, OPM(0x25, x8), (p * 0x0202020202ull & 0x010884422010ull) % 1023);
    EACH("vbrev e8", uint8_t, E8, OPM(0x25, x10), (p * 0x0202020202ull & 0x010884422010ull) % 1023);
}

int main(void)
{
    aes128();
    aes256();
    sha();
    gcm();
    bits();
    return failed;
}
