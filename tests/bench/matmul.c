// class: vector. Matrices multiplied as compilers vectorise it: rows of doubles and of floats, and a product by dot products.
// flags: -O3
#include "b.h"

#define N 192
static double a[N][N], b[N][N], c[N][N];
static float fa[N][N], fb[N][N], fc[N][N];

static void by_rows(void)
{
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < N; k++) {
            double x = a[i][k];
            for (int j = 0; j < N; j++) {
                c[i][j] += x * b[k][j];
            }
        }
    }
}

static void by_rows_float(void)
{
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < N; k++) {
            float x = fa[i][k];
            for (int j = 0; j < N; j++) {
                fc[i][j] += x * fb[k][j];
            }
        }
    }
}

static double by_columns(void)
{
    double sum = 0;
    for (int i = 0; i < N; i += 3) {
        for (int j = 0; j < N; j++) {
            double s = 0;
            for (int k = 0; k < N; k++) {
                s += a[i][k] * b[k][j];
            }
            sum += s;
        }
    }
    return sum;
}

int main(int argc, char **argv)
{
    uint32_t seed = 1;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            fa[i][j] = (float)(a[i][j] = (rnd(&seed) >> 20) / 64.0);
            fb[i][j] = (float)(b[i][j] = (rnd(&seed) >> 20) / 128.0);
        }
    }
    double sum = 0;
    for (int n = rounds(argc, argv, 12); n > 0; n--) {
        by_rows();
        by_rows_float();
        sum += by_columns();
    }
    return done("matmul", mix(mix(mix(0, c, sizeof c), fc, sizeof fc), &sum, sizeof sum));
}
