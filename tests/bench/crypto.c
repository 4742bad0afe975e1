// class: integer. SHA-256, SHA-512-like mixing, AES-128 with tables and ChaCha20 in plain C:
// rotates, xors, look-ups.
#include "b.h"

static uint32_t ror(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}
static uint32_t k256[64];
static uint8_t sbox[256];
static uint32_t te[256];

// First 32 bits of the fractional part of the cube root of a prime, by integer search.
static void tables(void)
{
    int n = 0;
    for (uint32_t p = 2; n < 64; p++) {
        int prime = 1;
        for (uint32_t d = 2; d * d <= p; d++) {
            prime &= p % d != 0;
        }
        if (prime) {
            unsigned __int128 want = (unsigned __int128)p << 96;
            uint64_t lo = 0, hi = 8ull << 32;
            while (hi - lo > 1) {
                uint64_t mid = (lo + hi) / 2;
                if ((unsigned __int128)mid * mid * mid <= want) {
                    lo = mid;
                } else {
                    hi = mid;
                }
            }
            k256[n++] = (uint32_t)lo;
        }
    }
    uint8_t p = 1, q = 1;
    do {
        p = (uint8_t)(p ^ p << 1 ^ (p & 0x80 ? 0x1b : 0));
        q ^= (uint8_t)(q << 1);
        q ^= (uint8_t)(q << 2);
        q ^= (uint8_t)(q << 4);
        q ^= q & 0x80 ? 0x09 : 0;
        sbox[p] = (uint8_t)(0x63 ^ q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^
                            (q << 4 | q >> 4));
    } while (p != 1);
    sbox[0] = 0x63;
    for (int i = 0; i < 256; i++) {
        uint32_t s = sbox[i], d = (s << 1 ^ (s & 0x80 ? 0x11b : 0)) & 0xff;
        te[i] = d << 24 | s << 16 | s << 8 | (d ^ s);
    }
}

static void sha256(uint32_t h[8], const uint8_t *block)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) +
               (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
    }
    memcpy(s, h, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) +
                      ((s[4] & s[5]) ^ (~s[4] & s[6])) + k256[i] + w[i];
        uint32_t t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) +
                      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) {
        h[i] += s[i];
    }
}

static void aes_round(uint32_t s[4], const uint32_t key[4])
{
    uint32_t t[4];
    for (int i = 0; i < 4; i++) {
        t[i] = te[s[i] >> 24] ^ ror(te[s[(i + 1) & 3] >> 16 & 255], 8) ^
               ror(te[s[(i + 2) & 3] >> 8 & 255], 16) ^ ror(te[s[(i + 3) & 3] & 255], 24) ^ key[i];
    }
    memcpy(s, t, sizeof t);
}

#define QUARTER(a, b, c, d)                                                                        \
    a += b, d = ror(d ^ a, 16), c += d, b = ror(b ^ c, 20), a += b, d = ror(d ^ a, 24), c += d,    \
            b = ror(b ^ c, 25)

static void chacha(uint32_t x[16])
{
    for (int i = 0; i < 10; i++) {
        QUARTER(x[0], x[4], x[8], x[12]);
        QUARTER(x[1], x[5], x[9], x[13]);
        QUARTER(x[2], x[6], x[10], x[14]);
        QUARTER(x[3], x[7], x[11], x[15]);
        QUARTER(x[0], x[5], x[10], x[15]);
        QUARTER(x[1], x[6], x[11], x[12]);
        QUARTER(x[2], x[7], x[8], x[13]);
        QUARTER(x[3], x[4], x[9], x[14]);
    }
}

int main(int argc, char **argv)
{
    static uint8_t data[4096];
    uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    uint32_t x[16], key[44][4], s[4] = {1, 2, 3, 4}, seed = 1;
    tables();
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)rnd(&seed);
    }
    memcpy(x, data, sizeof x);
    memcpy(key, data, sizeof key);
    for (int n = rounds(argc, argv, 600); n > 0; n--) {
        for (size_t i = 0; i < sizeof data; i += 64) {
            sha256(h, data + i);
        }
        for (int i = 0; i < 500; i++) {
            for (int r = 0; r < 10; r++) {
                aes_round(s, key[r]);
            }
        }
        for (int i = 0; i < 60; i++) {
            chacha(x);
        }
        data[n % 4096] ^= (uint8_t)(h[0] ^ s[1] ^ x[2]);
    }
    return done("crypto", mix(mix(mix(0, h, sizeof h), s, sizeof s), x, sizeof x));
}
