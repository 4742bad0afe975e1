// Rounds of AES and SHA-256: as code is written for hosts that add the key last, and not; results wanted twice. The .out is qemu-user's.
// flags: -march=armv8-a+crypto
// variants aarch64: -O0 | -O3
#include <arm_neon.h>
#include <stdio.h>
#include <string.h>
static void p(const char *n, uint8x16_t v)
{
    uint8_t b[16];
    vst1q_u8(b, v);
    printf("%s ", n);
    for (int i = 0; i < 16; i++)
        printf("%02x", b[i]);
    puts("");
}
int main()
{
    uint8_t d[64];
    for (int i = 0; i < 64; i++)
        d[i] = i * 37 + 11;
    uint8x16_t a = vld1q_u8(d), b = vld1q_u8(d + 16), k = vld1q_u8(d + 32), z = vdupq_n_u8(0);
    uint32x4_t h0 = vreinterpretq_u32_u8(a), h1 = vreinterpretq_u32_u8(b),
               w = vreinterpretq_u32_u8(k);
    for (int i = 0; i < 2000; i++) {
        uint8x16_t r, m;
        r = veorq_u8(vaesmcq_u8(vaeseq_u8(a, b)), k);
        a = r;
        r = veorq_u8(k, vaesmcq_u8(vaeseq_u8(a, z)));
        b = veorq_u8(b, r);
        r = veorq_u8(vaesimcq_u8(vaesdq_u8(a, b)), k);
        k = r;
        m = vaesmcq_u8(vaeseq_u8(b, k));
        r = veorq_u8(m, a);
        a = veorq_u8(r, m); // two uses
        m = vaeseq_u8(b, k);
        r = veorq_u8(vaesmcq_u8(m), a);
        b = veorq_u8(r, m);
        m = vaesmcq_u8(vaeseq_u8(b, k));
        k = veorq_u8(m, m);
        k = veorq_u8(k, vaesmcq_u8(vaeseq_u8(a, b)));
        k = veorq_u8(k, b);
        r = veorq_u8(vaesmcq_u8(vaeseq_u8(a, k)), vaesimcq_u8(vaesdq_u8(b, a)));
        a = r;
        r = veorq_u8(vaesmcq_u8(a), vaesimcq_u8(b));
        b = veorq_u8(r, vaesmcq_u8(k));
        a = veorq_u8(a, vaesmcq_u8(vaeseq_u8(a, a)));
        uint32x4_t t = vsha256su1q_u32(vsha256su0q_u32(w, h0), h1, vreinterpretq_u32_u8(a));
        uint32x4_t o = h0;
        h0 = vsha256hq_u32(h0, h1, t);
        h1 = vsha256h2q_u32(h1, o, w);
        w = vsha256su0q_u32(t, t);
        w = vsha256su1q_u32(w, w, w);
        w = veorq_u32(w, h0);
        h1 = vsha256h2q_u32(h1, h1, h1);
    }
    p("a", a);
    p("b", b);
    p("k", k);
    p("h0", vreinterpretq_u8_u32(h0));
    p("h1", vreinterpretq_u8_u32(h1));
    p("w", vreinterpretq_u8_u32(w));
}
