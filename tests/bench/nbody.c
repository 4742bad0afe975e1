// class: fp. Double precision: gravitation of five bodies, spectral norm, LU decomposition.
#include "b.h"
#include <math.h>

struct body {
    double p[3], v[3], m;
};
static struct body sun[5];

static void advance(double dt)
{
    for (int i = 0; i < 5; i++) {
        for (int j = i + 1; j < 5; j++) {
            double d[3], r2 = 0;
            for (int k = 0; k < 3; k++) {
                d[k] = sun[i].p[k] - sun[j].p[k];
                r2 += d[k] * d[k];
            }
            double f = dt / (r2 * sqrt(r2));
            for (int k = 0; k < 3; k++) {
                sun[i].v[k] -= d[k] * sun[j].m * f;
                sun[j].v[k] += d[k] * sun[i].m * f;
            }
        }
    }
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 3; k++) {
            sun[i].p[k] += dt * sun[i].v[k];
        }
    }
}

static double entry(int i, int j)
{
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static double spectral(int n)
{
    static double u[200], v[200], t[200];
    for (int i = 0; i < n; i++) {
        u[i] = 1;
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < n; i++) {
            double s = 0;
            for (int j = 0; j < n; j++) {
                s += entry(i, j) * u[j];
            }
            t[i] = s;
        }
        for (int i = 0; i < n; i++) {
            double s = 0;
            for (int j = 0; j < n; j++) {
                s += entry(j, i) * t[j];
            }
            v[i] = s;
        }
        memcpy(u, v, sizeof u);
    }
    double vv = 0, uv = 0;
    for (int i = 0; i < n; i++) {
        uv += t[i] * v[i];
        vv += v[i] * v[i];
    }
    return sqrt(vv / (uv * uv + 1));
}

static double lu(uint32_t *seed)
{
    static double a[60][60];
    for (int i = 0; i < 60; i++) {
        for (int j = 0; j < 60; j++) {
            a[i][j] = (double)(rnd(seed) % 1000) / 997 + (i == j) * 50;
        }
    }
    double det = 1;
    for (int k = 0; k < 60; k++) {
        det = det * a[k][k] / 50;
        for (int i = k + 1; i < 60; i++) {
            double f = a[i][k] / a[k][k];
            for (int j = k; j < 60; j++) {
                a[i][j] -= f * a[k][j];
            }
        }
    }
    return det;
}

int main(int argc, char **argv)
{
    double sum[3] = {0};
    uint32_t seed = 11;
    for (int i = 0; i < 5; i++) {
        for (int k = 0; k < 3; k++) {
            sun[i].p[k] = (double)(rnd(&seed) % 1000) / 50 - 10;
            sun[i].v[k] = (double)(rnd(&seed) % 1000) / 700 - 0.7;
        }
        sun[i].m = i == 0 ? 39.5 : 0.01 / i;
    }
    for (int n = rounds(argc, argv, 36); n > 0; n--) {
        for (int i = 0; i < 8000; i++) {
            advance(0.001);
        }
        sum[0] += sun[0].p[0] + sun[3].v[1];
        sum[1] += spectral(100);
        sum[2] += lu(&seed);
    }
    return done("nbody", mix(0, sum, sizeof sum));
}
