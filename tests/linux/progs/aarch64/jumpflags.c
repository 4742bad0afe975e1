// Flags that go along with a jump or a call by register, which no compiler and no calling convention has: to code that reads
// them at once or behind some branches, one place or several, in turn with code that does not care; in a hot loop too.
#include <stdio.h>

__asm__(".text\n"
        "lower:   cset x0, lo\n ret\n"
        "signed:  cbz x2, 1f\n add x2, x2, #1\n 1: cset x0, lt\n ret\n"
        "none:    add x0, x0, x1\n ret\n"
        "own:     cmp x0, #5\n cset x0, hi\n ret\n"
        "tail:    br x16\n");

#define ARGS "+r"(x0), "+r"(x1), "+r"(x2)
#define CODE(...)                                                                                                      \
    ({                                                                                                                 \
        register unsigned long x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = i & 3;                   \
        __asm__ volatile(__VA_ARGS__ : ARGS : : "x9", "x10", "x16", "x17", "x30", "cc", "memory", "d0", "d1");         \
        x0;                                                                                                            \
    })

/* Which of the four a call goes to. */
#define PICK(reg)                                                                                                      \
    "adr " reg ", lower\n cmp x2, #1\n b.lo 1f\n adr " reg ", signed\n b.eq 1f\n adr " reg ", none\n cmp x2, #3\n"     \
    "b.lo 1f\n adr " reg ", own\n 1:\n"

static unsigned long one_round(unsigned long i, unsigned long a, unsigned long b)
{
    unsigned long sum = 0;
    sum = sum * 31 + CODE("adr x9, 1f\n cmp x0, x1\n br x9\n 1: cset x0, lo\n");
    sum = sum * 31 + CODE("adr x9, 1f\n adds x0, x0, x1\n br x9\n .word 0\n 1: adc x0, x0, xzr\n");
    sum = sum * 31 + CODE("adr x16, 1f\n ands x0, x0, x1\n br x16\n .word 0\n 1: cset x0, eq\n");
    sum = sum * 31 + CODE("adr x9, lower\n cmp x0, x1\n blr x9\n");
    sum = sum * 31 + CODE("adr x9, 1f\n cmn x0, x9\n br x9\n .word 0\n 1: cset x0, cs\n");
    sum = sum * 31 + CODE(PICK("x9") "adds x10, x0, x9\n blr x9\n");
    sum = sum * 31 + CODE(PICK("x9") "neg x10, x9\n cmn x10, x9\n blr x9\n");
    sum = sum * 31 + CODE("adr x16, signed\n cmp w0, w1\n bl tail\n");
    sum = sum * 31 + CODE(PICK("x9") "cmp x0, x1\n blr x9\n");
    sum = sum * 31 + CODE(PICK("x16") "cmp x0, x1\n ccmp x0, #7, #4, ne\n bl tail\n");
    sum = sum * 31 + CODE("scvtf d0, x0\n scvtf d1, x1\n" PICK("x9") "fcmp d0, d1\n blr x9\n");
    sum = sum * 31 + CODE("adr x9, 1f\n add x9, x9, x2, lsl #3\n cmp x0, x1\n br x9\n"
                          "1: cset x0, lo\n b 2f\n cset x0, ls\n b 2f\n mov x0, #7\n b 2f\n cmp x1, #4\n b.hi 2f\n 2:\n");
    return sum;
}

/* The same through a table, by one loop that gets hot. */
static unsigned long loop(unsigned long n)
{
    unsigned long sum = 0;
    __asm__ volatile("mov x9, #0\n"
                     "1: and x10, x9, #3\n adr x16, 2f\n add x10, x16, x10, lsl #4\n and x11, x9, #7\n cmp x11, #4\n"
                     "br x10\n"
                     "2: cinc %0, %0, lo\n add %0, %0, #3\n b 3f\n nop\n"
                     "add %0, %0, #5\n b 3f\n nop\n nop\n"
                     "cmp x9, #9\n cinc %0, %0, eq\n b 3f\n nop\n"
                     "cbz x9, 3f\n csel x12, x9, x11, hi\n add %0, %0, x12\n b 3f\n"
                     "3: ror %0, %0, #7\n add x9, x9, #1\n cmp x9, %1\n b.ne 1b\n"
                     : "+r"(sum)
                     : "r"(n)
                     : "x9", "x10", "x11", "x12", "x16", "cc");
    return sum;
}

int main(void)
{
    unsigned long sum = 0;
    for (unsigned long i = 0; i < 30000; i++) {
        sum = sum * 37 + one_round(i, i * 7 % 11, i * 3 % 10);
        if (i < 3 || i == 20000) {
            printf("%lu %lx\n", i, sum);
        }
    }
    printf("%lx %lx\n", sum, loop(200000));
    return 0;
}
