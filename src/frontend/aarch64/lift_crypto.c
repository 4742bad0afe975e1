/* A64 cryptographic instructions: AES, SHA1, SHA256, PMULL of 64 bits. */
#include "frontend/aarch64/simd.h"

#define WRITE(v) (a64_write_v(l, (unsigned)a->rd, v), true)

/* op(d, n) */
#define DEST_SOURCE(NAME)                                                                          \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_c2 *a)                          \
    {                                                                                              \
        return WRITE(V2(IR_##NAME, 0, VD, VN));                                                    \
    }
DEST_SOURCE(AESE)
DEST_SOURCE(AESD)
DEST_SOURCE(SHA1SU1)
DEST_SOURCE(SHA256SU0)

/* op(n) */
#define SOURCE(NAME)                                                                               \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_c2 *a)                          \
    {                                                                                              \
        return WRITE(V1(IR_##NAME, 0, VN));                                                        \
    }
SOURCE(AESMC)
SOURCE(AESIMC)
SOURCE(SHA1H)

/* op(d, n, m) */
#define THREE(NAME)                                                                                \
    bool a64_lift_##NAME(struct a64_lift *l, const struct a64_args_c3 *a)                          \
    {                                                                                              \
        return WRITE(V3(IR_##NAME, 0, VD, VN, VM));                                                \
    }
THREE(SHA1C)
THREE(SHA1P)
THREE(SHA1M)
THREE(SHA1SU0)
THREE(SHA256H)
THREE(SHA256H2)
THREE(SHA256SU1)

bool a64_lift_PMULL64(struct a64_lift *l, const struct a64_args_pmull64 *a)
{
    unsigned q = (unsigned)a->q;
    return WRITE(V2(IR_VPMULL, 3, simd_half(l, q, VN), simd_half(l, q, VM)));
}
