/* Runs each A64 instruction of oracle.def on oracle.h's operands and writes what it gave to
 * standard output. */
#include <unistd.h>

#include "oracle.h"

#define CAT2(a, b) a##b
#define CAT(a, b) CAT2(a, b)

/* x9 = v1's low half, x10 = v2's, x11 = v0's; PSTATE.C is set for the instructions that read it. */
#define ROW(text, op, type, aux, operands, fp)                                                     \
    static void CAT(run_, __LINE__)(struct vec * v, uint64_t fpcr, uint64_t * fpsr)                \
    {                                                                                              \
        uint64_t old, out;                                                                         \
        __asm__ volatile("mrs %[old], fpcr\n msr fpcr, %[fpcr]\n msr fpsr, xzr\n"                  \
                         "ldp q0, q1, [%[v]]\n ldr q2, [%[v], #32]\n"                              \
                         "fmov x9, d1\n fmov x10, d2\n fmov x11, d0\n cmp xzr, xzr\n" text "\n"    \
                         "str q0, [%[v]]\n mrs %[out], fpsr\n msr fpcr, %[old]\n"                  \
                         : [old] "=&r"(old), [out] "=&r"(out)                                      \
                         : [v] "r"(v), [fpcr] "r"(fpcr)                                            \
                         : "v0", "v1", "v2", "v3", "x9", "x10", "x11", "cc", "memory");            \
        *fpsr = out;                                                                               \
    }
#include "oracle.def"
#undef ROW

static const struct {
    void (*run)(struct vec *, uint64_t, uint64_t *);
    int fp;
} rows[] = {
#define ROW(text, op, type, aux, operands, fp) {CAT(run_, __LINE__), fp},
#include "oracle.def"
#undef ROW
};

static struct record out[RUNS];

int main(void)
{
    for (unsigned r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        for (unsigned m = 0; m < (rows[r].fp ? MODES : 1); m++) {
            for (unsigned n = 0; n < RUNS; n++) {
                struct vec v[3];
                uint64_t fpsr;
                oracle_operands(r, m, n, v);
                rows[r].run(v, oracle_fpcr[m], &fpsr);
                out[n] = (struct record){v[0], (uint32_t)fpsr, 0};
            }
            for (size_t done = 0; done < sizeof(out);) {
                ssize_t k = write(1, (char *)out + done, sizeof(out) - done);
                if (k <= 0) {
                    return 1;
                }
                done += (size_t)k;
            }
        }
    }
    return 0;
}
