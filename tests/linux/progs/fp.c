// Floating point through libc: printing, reading, rounding modes, flags, conversions, the exact
// bits of results.

// flags: -fno-builtin -frounding-math -ffp-contract=off

#include "t.h"
#include <fenv.h>
#include <float.h>
#include <math.h>

static uint64_t bits(double d)
{
    uint64_t u;
    memcpy(&u, &d, 8);
    return u;
}
static uint32_t bitsf(float f)
{
    uint32_t u;
    memcpy(&u, &f, 4);
    return u;
}
// The sign and payload of a generated NaN differ between architectures.
static uint64_t canon(double d)
{
    return d != d ? 0x7ff8000000000000u : bits(d);
}
static uint32_t canonf(float d)
{
    return d != d ? 0x7fc00000u : bitsf(d);
}

static const double edge[] = {0.0,
                              -0.0,
                              1.0,
                              -1.0,
                              0.1,
                              1e308,
                              -1e308,
                              5e-324,
                              -5e-324,
                              2.2250738585072014e-308,
                              1.0 / 3,
                              1e16,
                              4503599627370496.5,
                              9007199254740993.0,
                              0.5,
                              1.5,
                              2.5,
                              -2.5,
                              1e-10,
                              INFINITY,
                              -INFINITY,
                              NAN,
                              3.14159265358979,
                              2147483647.5,
                              -2147483648.5,
                              1e19};
enum { EDGES = sizeof edge / sizeof edge[0] };

static void printing(void)
{
    for (int i = 0; i < EDGES; i++) {
        say("%.17g %a %e %f %.3g %10.2f|%-12g|%+g", edge[i], edge[i], edge[i],
            fabs(edge[i]) > 1e30 ? 0 : edge[i], edge[i], fabs(edge[i]) > 1e30 ? 0 : edge[i],
            edge[i], edge[i]);
    }
    static const char *const text[] = {"0.1",
                                       "1e400",
                                       "-1e-400",
                                       "0x1.8p3",
                                       "2.2250738585072011e-308",
                                       "nan",
                                       "-inf",
                                       "9007199254740993",
                                       "9007199254740992.99999999999999999999999",
                                       "1.7976931348623159e308",
                                       "4.9406564584124654e-324",
                                       "2.4703282292062327e-324",
                                       "123456789012345678901234567890",
                                       "1e23"};
    for (unsigned i = 0; i < sizeof text / sizeof text[0]; i++) {
        errno = 0;
        say("strtod %s = %lx errno %d, strtof %x", text[i], (long)canon(strtod(text[i], NULL)),
            errno, canonf(strtof(text[i], NULL)));
    }
}

static void arithmetic(void)
{
    volatile double a, b;
    volatile float fa, fb;
    uint64_t h[8] = {0};
    for (int i = 0; i < EDGES; i++) {
        for (int j = 0; j < EDGES; j++) {
            a = edge[i];
            b = edge[j];
            fa = (float)a;
            fb = (float)b;
            uint64_t r[] = {canon(a + b),    canon(a - b),    canon(a * b),    canon(a / b),
                            canonf(fa + fb), canonf(fa - fb), canonf(fa * fb), canonf(fa / fb)};
            for (int k = 0; k < 8; k++) {
                h[k] = (h[k] ^ r[k]) * 0x100000001b3u;
            }
        }
    }
    say("add %lx sub %lx mul %lx div %lx", h[0], h[1], h[2], h[3]);
    say("addf %lx subf %lx mulf %lx divf %lx", h[4], h[5], h[6], h[7]);
    memset(h, 0, sizeof h);
    for (int i = 0; i < EDGES; i++) {
        for (int j = 0; j < EDGES; j++) {
            a = edge[i];
            b = edge[j];
            // Which zero the smaller of two zeros is depends on the architecture.
            uint64_t r[] = {canon(fmin(a, b) + 0.0), canon(fmax(a, b) + 0.0),
                            canon(fma(a, b, 0.3)),   canon(fma(a, b, -a * b)),
                            canon(fmod(a, b)),       canon(copysign(a, b)),
                            canon(nextafter(a, b)),  canon(remainder(a, b))};
            for (int k = 0; k < 8; k++) {
                h[k] = (h[k] ^ r[k]) * 0x100000001b3u;
            }
            h[0] += (a < b) + 2 * (a <= b) + 4 * (a == b) + 8 * (a != b) + 16 * isunordered(a, b) +
                    32 * !!islessgreater(a, b);
        }
    }
    say("fmin %lx fmax %lx fma %lx %lx fmod %lx copysign %lx nextafter %lx remainder %lx", h[0],
        h[1], h[2], h[3], h[4], h[5], h[6], h[7]);
}

static void rounding(void)
{
    static const int mode[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    volatile double one = 1, three = 3, big = 1e16, tiny = 1e-300;
    volatile float f1 = 1, f3 = 3;
    for (int m = 0; m < 4; m++) {
        fesetround(mode[m]);
        say("mode %d same %d: %lx %lx %lx %lx %x", m, fegetround() == mode[m],
            (long)bits(one / three), (long)bits(big + one), (long)bits(-one / three),
            (long)bits(sqrt(three)), bitsf(f1 / f3));
        for (int i = 0; i < EDGES; i++) {
            volatile double d = edge[i];
            if (fabs(d) < 1e15) {
                say("%g: %g %g %g %g %g %g %ld %ld %d", d, rint(d), nearbyint(d), floor(d), ceil(d),
                    trunc(d), round(d), lrint(d), lround(d), (int)fmin(fmax(d, -1e6), 1e6));
            }
        }
        say("printf rounds %.2f %.0f %.10g", 0.125 * one, 2.5 * one, one / three);
        say("product %lx", (long)bits(tiny * 1e-8));
    }
    fesetround(FE_TONEAREST);
}

static const char *flags(void)
{
    static char t[40];
    int f = fetestexcept(FE_ALL_EXCEPT);
    snprintf(t, sizeof t, "%s%s%s%s", f & FE_INVALID ? "I" : "", f & FE_DIVBYZERO ? "Z" : "",
             f & FE_OVERFLOW ? "O" : "", f & FE_INEXACT ? "X" : "");
    feclearexcept(FE_ALL_EXCEPT);
    return t;
}

static void exceptions(void)
{
    volatile double zero = 0, one = 1, three = 3, huge = DBL_MAX, inf = INFINITY, r;
    volatile float f;
    volatile long l;
    feclearexcept(FE_ALL_EXCEPT);
    r = one / three;
    say("1/3 %s", flags());
    r = one / zero;
    say("1/0 %s", flags());
    r = zero / zero;
    say("0/0 %s", flags());
    r = huge * huge;
    say("huge %s", flags());
    r = inf - inf;
    say("inf-inf %s", flags());
    r = sqrt(-one);
    say("sqrt(-1) %s", flags());
    r = one + one;
    say("1+1 %s", flags());
    f = (float)huge;
    say("narrow %s", flags());
    f = (float)one;
    say("exact narrow %s", flags());
    l = (long)1.5;
    l = (long)(three / 2);
    say("to int %s", flags());
    l = lrint(2.5 * one);
    say("lrint %s", flags());
    r = (double)(l = 0x7fffffffffffffffl);
    say("from int %s", flags());
    r = floor(2.5 * one);
    (void)flags();
    r = rint(2.5 * one);
    say("rint %s", flags());
    r = nearbyint(2.5 * one);
    say("nearbyint %s", flags());
    (void)(zero < NAN * zero);
    (void)flags();
    volatile int c = inf < (r = nan(""));
    (void)c;
    say("less nan %s", flags());
    c = inf == r;
    say("equal nan %s", flags());
    fenv_t env;
    r = one / zero;
    feholdexcept(&env);
    say("held %s", flags());
    r = one / three;
    feupdateenv(&env);
    say("updated %s", flags());
    feraiseexcept(FE_OVERFLOW | FE_INVALID);
    fexcept_t fe;
    fegetexceptflag(&fe, FE_INVALID);
    (void)flags();
    fesetexceptflag(&fe, FE_INVALID);
    say("set %s", flags());
    (void)f;
}

static void conversions(void)
{
    uint64_t h = 0;
    for (int i = 0; i < EDGES; i++) {
        volatile double d = edge[i];
        if (fabs(d) < 9e18) {
            h = h * 31 + (uint64_t)(int64_t)d;
            h = h * 31 + (uint64_t)(fabs(d) < 2e9 ? (int32_t)d : 0);
        }
        if (d >= 0 && d < 1.8e19) {
            h = h * 31 + (uint64_t)d;
        }
        volatile float f = (float)d;
        h = h * 31 + canon((double)f);
    }
    static const int64_t ints[] = {0,
                                   1,
                                   -1,
                                   0x7fffffff,
                                   -0x80000000l,
                                   0x7fffffffffffffff,
                                   (int64_t)0x8000000000000000u,
                                   (1l << 53) + 1,
                                   (1l << 24) + 1,
                                   -((1l << 60) + 12345)};
    for (int i = 0; i < 10; i++) {
        volatile int64_t v = ints[i];
        volatile uint64_t u = (uint64_t)ints[i];
        h = h * 31 + bits((double)v);
        h = h * 31 + bits((double)u);
        h = h * 31 + bitsf((float)v);
        h = h * 31 + bitsf((float)u);
        h = h * 31 + bits((double)(int32_t)v) + bitsf((float)(uint32_t)v);
    }
    say("conversions %lx", (long)h);
}

int main(void)
{
    printing();
    arithmetic();
    rounding();
    exceptions();
    conversions();
    return 0;
}
