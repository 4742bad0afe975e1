// class: fp. Single precision scalars: Mandelbrot, an infinite impulse filter, ray and sphere,
// conversions.
#include "b.h"
#include <math.h>

static uint64_t mandelbrot(int size)
{
    uint64_t sum = 0;
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
            float cr = 2.0f * (float)x / (float)size - 1.5f,
                  ci = 2.0f * (float)y / (float)size - 1.0f, r = 0, i = 0;
            int n = 0;
            for (; n < 50 && r * r + i * i < 4.0f; n++) {
                float t = r * r - i * i + cr;
                i = 2.0f * r * i + ci;
                r = t;
            }
            sum = sum * 3 + (uint64_t)n;
        }
    }
    return sum;
}

static float filter(const float *in, int n)
{
    float y1 = 0, y2 = 0, peak = 0;
    for (int i = 0; i < n; i++) {
        float y = 0.2f * in[i] + 1.1f * y1 - 0.45f * y2;
        y2 = y1;
        y1 = y;
        peak = fmaxf(peak, fabsf(y));
    }
    return peak;
}

static int rays(float radius, int n)
{
    int hits = 0;
    for (int i = 0; i < n; i++) {
        float dx = (float)(i % 41) / 41.0f - 0.5f, dy = (float)(i % 29) / 29.0f - 0.5f, dz = 1.0f;
        float len = sqrtf(dx * dx + dy * dy + dz * dz);
        dx /= len;
        dy /= len;
        dz /= len;
        float b = dx * 0.1f + dy * 0.2f + dz * 3.0f, c = 0.01f + 0.04f + 9.0f - radius * radius,
              d = b * b - c;
        if (d > 0) {
            float t = b - sqrtf(d);
            hits += (int)(t * 100.0f);
        }
    }
    return hits;
}

int main(int argc, char **argv)
{
    static float in[10000];
    uint64_t sum = 0;
    uint32_t seed = 21;
    for (int i = 0; i < 10000; i++) {
        in[i] = (float)(int)(rnd(&seed) % 2001) / 1000.0f - 1.0f;
    }
    for (int n = rounds(argc, argv, 14); n > 0; n--) {
        sum += mandelbrot(150);
        float p = 0;
        for (int k = 0; k < 10; k++) {
            p += filter(in + k, 9000);
        }
        sum = mix(sum, &p, sizeof p);
        sum += (uint64_t)rays(1.0f + (float)n / 100.0f, 100000);
    }
    return done("floats", sum);
}
