// class: fp. Loops the compiler vectorises (-O3): saxpy, dot products, matrix multiplication,
// reductions, clamping.

// flags: -O3

#include "b.h"
#include <math.h>

enum { N = 4096, M = 96 };
static float x[N], y[N], z[N];
static double d[N], e[N];
static float a[M][M], b[M][M], c[M][M];

__attribute__((noinline)) static void saxpy(float k)
{
    for (int i = 0; i < N; i++) {
        y[i] = k * x[i] + y[i];
    }
}
__attribute__((noinline)) static void daxpy(double k)
{
    for (int i = 0; i < N; i++) {
        e[i] = e[i] * 0.5 + k * d[i] + sqrt(d[i]);
    }
}
__attribute__((noinline)) static void blend(void)
{
    for (int i = 0; i < N; i++) {
        float v = x[i] * y[i];
        z[i] = v > 4.0f ? 4.0f : v < -4.0f ? -4.0f : v;
    }
}
__attribute__((noinline)) static void matmul(void)
{
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < M; j++) {
            c[i][j] = 0;
        }
        for (int k = 0; k < M; k++) {
            for (int j = 0; j < M; j++) {
                c[i][j] += a[i][k] * b[k][j];
            }
        }
    }
}
__attribute__((noinline)) static void convert(void)
{
    for (int i = 0; i < N; i++) {
        d[i] = (double)fabsf(z[i]) + 1.0;
        x[i] = (float)((int)(z[i] * 16.0f) & 127) * 0.125f - 7.0f;
    }
}

int main(int argc, char **argv)
{
    uint32_t seed = 31;
    for (int i = 0; i < N; i++) {
        x[i] = (float)(rnd(&seed) % 1000) / 500 - 1;
        d[i] = (double)(rnd(&seed) % 1000) / 500;
    }
    for (int i = 0; i < M * M; i++) {
        a[i / M][i % M] = (float)(rnd(&seed) % 16) / 8;
        b[i / M][i % M] = (float)(rnd(&seed) % 16) / 8;
    }
    uint64_t sum = 0;
    for (int n = rounds(argc, argv, 110); n > 0; n--) {
        for (int k = 0; k < 6; k++) {
            saxpy(0.25f);
            daxpy(0.125);
            blend();
            for (int i = 0; i < N; i += 512) {
                y[i] *= 0.5f;
            }
        }
        convert();
        matmul();
        a[n % M][n * 7 % M] += c[n % M][0] > 100 ? -0.5f : 0.5f;
        sum = sum * 31 + (uint64_t)(int64_t)(z[n] * 1000) + (uint64_t)(int64_t)(e[n] * 100) +
              (uint64_t)(int64_t)c[n % M][n % M];
    }
    return done("vector", sum);
}
