/* Reads oracle_guest's output and compares it with ferry's reference functions; prints the first
 * differences of each row. Exit status 1 when there are any. */
#include <stdio.h>
#include <string.h>
#include <xmmintrin.h>

#include "ir/ir.h"
#include "oracle.h"

static const struct {
    const char *text;
    u16 op, type;
    u32 aux;
    const char *operands;
    int fp;
} rows[] = {
#define ROW(text, op, type, aux, operands, fp) {text, IR_##op, IR_##type, aux, operands, fp},
#include "oracle.def"
#undef ROW
};

static u32 fpsr_of(u32 mxcsr)
{
    return (mxcsr & 1) | (mxcsr >> 1 & 0x1e) | (mxcsr & 2 ? 0x80 : 0);
}

static u32 mxcsr_of(u32 fpcr)
{
    static const u32 rc[4] = {0, 0x4000, 0x2000, 0x6000};
    return 0x1f80 | rc[fpcr >> 22 & 3] | (fpcr & 1 << 24 ? 0x8040 : 0);
}

/* The operand that letter C of a row names: 0 1 2, c for a set carry, k for 5 in every byte. */
static union ir_val operand(const struct vec *v, char c)
{
    union ir_val x = {0};
    if (c == 'c') {
        x.u = 1;
    } else if (c == 'k') {
        memset(&x, 5, sizeof(x));
    } else if (c >= '0' && c <= '2') {
        memcpy(&x, &v[c - '0'], sizeof(x));
    }
    return x;
}

static bool check(unsigned r, unsigned m, unsigned n, const struct record *want)
{
    struct vec v[3];
    oracle_operands(r, m, n, v);
    const char *o = rows[r].operands;
    union ir_val x[4] = {0};
    for (unsigned i = 0; o[i]; i++) {
        x[i] = operand(v, o[i]);
    }
    struct ir_ref_ctx ctx = {.fp_rules = IR_FP_A64, .fpcr = rows[r].fp ? oracle_fpcr[m] : 0};
    _mm_setcsr(mxcsr_of(ctx.fpcr));
    ir_ref_fns[rows[r].op](&x[3], &x[0], &x[1], &x[2], (enum ir_type)rows[r].type, rows[r].aux,
                           &ctx);
    u32 fpsr = fpsr_of(_mm_getcsr());
    _mm_setcsr(0x1f80);
    bool same = memcmp(&x[3], &want->result, 16) == 0;
    if (rows[r].op == IR_FNZCV || rows[r].op == IR_ADCNZCV) {
        u32 p = (u32)x[3].u;
        u64 nzcv = (p & IR_NZCV_N ? 8u : 0) | (p & IR_NZCV_Z ? 4u : 0) | (p & IR_NZCV_C ? 2u : 0) |
                   (p & IR_NZCV_V ? 1u : 0);
        same = nzcv << 28 == want->result.d[0];
    }
    if (same && (!rows[r].fp || fpsr == (want->fpsr & 0x9f))) {
        return true;
    }
    printf("%s  fpcr %08x\n  v0 %016llx_%016llx v1 %016llx_%016llx v2 %016llx_%016llx\n"
           "  want %016llx_%016llx fpsr %02x\n  have %016llx_%016llx fpsr %02x\n",
           rows[r].text, ctx.fpcr, (unsigned long long)v[0].d[1], (unsigned long long)v[0].d[0],
           (unsigned long long)v[1].d[1], (unsigned long long)v[1].d[0],
           (unsigned long long)v[2].d[1], (unsigned long long)v[2].d[0],
           (unsigned long long)want->result.d[1], (unsigned long long)want->result.d[0],
           want->fpsr & 0x9f, (unsigned long long)x[3].v.d[1], (unsigned long long)x[3].v.d[0],
           fpsr);
    return false;
}

int main(void)
{
    static struct record in[RUNS];
    unsigned bad_rows = 0;
    unsigned long runs = 0;
    for (unsigned r = 0; r < ARRAY_LEN(rows); r++) {
        unsigned bad = 0;
        for (unsigned m = 0; m < (rows[r].fp ? MODES : 1); m++) {
            if (fread(in, sizeof(in), 1, stdin) != 1) {
                printf("the guest's output ends early at %s\n", rows[r].text);
                return 1;
            }
            for (unsigned n = 0; n < RUNS; n++, runs++) {
                if (bad < 3) {
                    bad += !check(r, m, n, &in[n]);
                }
            }
        }
        bad_rows += bad != 0;
    }
    printf("%u rows, %lu runs, %u rows differ\n", (unsigned)ARRAY_LEN(rows), runs, bad_rows);
    return bad_rows != 0;
}
