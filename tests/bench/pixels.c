// class: fp. Integer vectors (-O3): 8 and 16 bit convolution, saturation, sums of differences,
// lookup-free colour, histogram.

// flags: -O3

#include "b.h"

enum { W = 320, H = 240 };
static uint8_t src[H][W], dst[H][W], ref[H][W];
static int16_t tmp[H][W], wav[8192], fir[8192];
static uint32_t acc[W];

__attribute__((noinline)) static void blur(void)
{
    for (int y = 0; y < H; y++) {
        for (int x = 2; x < W - 2; x++) {
            tmp[y][x] = (int16_t)(src[y][x - 2] + 4 * src[y][x - 1] + 6 * src[y][x] +
                                  4 * src[y][x + 1] + src[y][x + 2]);
        }
    }
    for (int y = 2; y < H - 2; y++) {
        for (int x = 0; x < W; x++) {
            int s = tmp[y - 2][x] + 4 * tmp[y - 1][x] + 6 * tmp[y][x] + 4 * tmp[y + 1][x] +
                    tmp[y + 2][x];
            dst[y][x] = (uint8_t)((s + 128) >> 8);
        }
    }
}
__attribute__((noinline)) static void sharpen(void)
{
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            int v = src[y][x] + (src[y][x] - dst[y][x]) / 2;
            ref[y][x] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
        }
    }
}
__attribute__((noinline)) static uint32_t differences(void)
{
    uint32_t s = 0;
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            int d = ref[y][x] - dst[y][x];
            s += (uint32_t)(d < 0 ? -d : d);
        }
    }
    return s;
}
__attribute__((noinline)) static void fir16(void)
{
    static const int16_t k[8] = {-12, 40, 310, 1020, 1020, 310, 40, -12};
    for (int i = 0; i < 8192 - 8; i++) {
        int32_t s = 0;
        for (int j = 0; j < 8; j++) {
            s += wav[i + j] * k[j];
        }
        s >>= 11;
        fir[i] = (int16_t)(s > 32767 ? 32767 : s < -32768 ? -32768 : s);
    }
}
__attribute__((noinline)) static void columns(void)
{
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            acc[x] += (uint32_t)ref[y][x] * 3u + (dst[y][x] > 128 ? 1u : 0u);
        }
    }
}

int main(int argc, char **argv)
{
    uint32_t seed = 41;
    uint64_t sum = 0;
    for (int i = 0; i < W * H; i++) {
        src[i / W][i % W] = (uint8_t)rnd(&seed);
    }
    for (int i = 0; i < 8192; i++) {
        wav[i] = (int16_t)rnd(&seed);
    }
    for (int n = rounds(argc, argv, 300); n > 0; n--) {
        blur();
        sharpen();
        sum = sum * 31 + differences();
        fir16();
        columns();
        src[n % H][n % W] ^= (uint8_t)(sum >> 3);
        wav[n % 8192] = fir[(n * 13) % 8000];
    }
    return done("pixels", mix(mix(sum, acc, sizeof acc), fir, sizeof fir));
}
