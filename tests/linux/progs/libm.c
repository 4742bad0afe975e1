// The bits libm computes where the compiler may contract to fused operations.

// flags: -ffp-contract=off

#include "t.h"
#include <math.h>

static uint64_t canon(double d)
{
    uint64_t u;
    memcpy(&u, &d, 8);
    return d != d ? 0x7ff8000000000000u : u;
}
static uint32_t bitsf(float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}

static void library(void)
{
    static double (*const f[])(double) = {sqrt, cbrt, floor, fabs, exp, log, sin, cos, exp2, log2};
    static const char *const name[] = {"sqrt", "cbrt", "floor", "fabs", "exp",
                                       "log",  "sin",  "cos",   "exp2", "log2"};
    for (unsigned k = 0; k < sizeof f / sizeof f[0]; k++) {
        uint64_t h = 0;
        for (int i = 1; i < 2000; i++) {
            h = h * 31 + canon(f[k](i * 0.37 + 1.0 / i));
        }
        say("%s %lx", name[k], (long)h);
    }
    uint64_t h = 0;
    for (int i = 1; i < 2000; i++) {
        h = h * 31 + canon(pow(1 + i * 0.01, i * 0.013 - 9)) + (uint64_t)ilogb(i * 0.7) +
            canon(ldexp(i, i % 80 - 40)) + canon(hypot(i, i * 0.3)) + bitsf(sqrtf(i * 0.77f)) +
            bitsf(expf(i * 0.01f)) + bitsf(sinf(i * 0.1f)) + bitsf(powf(i, 0.3f));
    }
    say("others %lx", (long)h);
    long double q = 1;
    for (int i = 1; i < 60; i++) {
        q = q / 2 + 1;
    }
    say("long double %.10Lg", q);
    double _Complex z = 1.0 + 2.0 * __extension__ 1.0i;
    z = z * z / (z + 0.5);
    say("complex %.17g %.17g", __real__ z, __imag__ z);
}

int main(void)
{
    library();
    return 0;
}
