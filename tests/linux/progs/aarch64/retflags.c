// Functions that return their answer in the flags, which no calling convention has: called directly and through a
// register, through another function, often, and by code that looks at them late.
#include <stdio.h>

__asm__(".text\n"
        "compare: cmp x0, x1\n ret\n"
        "carry:   adds x0, x0, x1\n ret\n"
        "early:   cmp x0, x1\n b.eq 1f\n add x0, x0, #1\n 1: ret\n"
        "nested:  stp x29, x30, [sp, #-16]!\n bl compare\n ldp x29, x30, [sp], #16\n ret\n"
        "choose:  cmp x0, x1\n ccmp x0, #7, #4, ne\n ret\n");

#define CALL(how, a, b)                                                                            \
    ({                                                                                             \
        register unsigned long x0 __asm__("x0") = (a), x1 __asm__("x1") = (b), f;                  \
        __asm__ volatile(how : "+r"(x0), "+r"(x1), "=r"(f) : : "x9", "x30", "cc", "memory");       \
        f;                                                                                         \
    })
#define LATE                                                                                       \
    "mov x9, #3\n add x9, x9, x9\n lsl x9, x9, #2\n str x9, [sp, #-16]!\n ldr x9, [sp], #16\n"    \
    "cbz x9, 2f\n eor x9, x9, #1\n 2:\n"

int main(void)
{
    unsigned long sum = 0;
    for (unsigned long i = 0; i < 40000; i++) {
        unsigned long a = i * 7 % 11, b = i % 11;
        sum = sum * 31 + CALL("bl compare\n cset %2, lo", a, b);
        sum = sum * 31 + CALL("adr x9, compare\n blr x9\n cset %2, ls", a, b);
        sum = sum * 31 + CALL("bl carry\n cset %2, hs", a - 4, b);
        sum = sum * 31 + CALL("bl early\n mrs %2, nzcv", a, b);
        sum = sum * 31 + CALL("bl nested\n" LATE "mrs %2, nzcv", a, b);
        sum = sum * 31 + CALL("bl choose\n b.ne 1f\n mov %2, #5\n b 3f\n 1: mov %2, #9\n 3:", a, b);
        if (i < 3 || i == 20000) {
            printf("%lu %lx\n", i, sum);
        }
    }
    printf("%lx\n", sum);
    return 0;
}
