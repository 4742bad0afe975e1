// class: call. Direct calls and returns: Fibonacci, Ackermann, Takeuchi, mutual recursion.
#include "b.h"

__attribute__((noinline, noclone, optimize("no-optimize-sibling-calls"))) static unsigned
fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
__attribute__((noinline, noclone, optimize("no-optimize-sibling-calls"))) static unsigned
ack(unsigned m, unsigned n)
{
    return m == 0 ? n + 1 : n == 0 ? ack(m - 1, 1) : ack(m - 1, ack(m, n - 1));
}
__attribute__((noinline, noclone, optimize("no-optimize-sibling-calls"))) static int
tak(int x, int y, int z)
{
    return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}
__attribute__((noinline, noclone)) static unsigned odd(unsigned n, unsigned acc);
__attribute__((noinline, noclone)) static unsigned even(unsigned n, unsigned acc)
{
    unsigned r = n == 0 ? acc : odd(n - 1, acc + n);
    __asm__("" : "+r"(r));
    return r;
}
static unsigned odd(unsigned n, unsigned acc)
{
    unsigned r = n == 0 ? acc ^ 1 : even(n - 1, acc * 3);
    __asm__("" : "+r"(r));
    return r;
}

int main(int argc, char **argv)
{
    uint64_t sum = 0;
    for (int n = rounds(argc, argv, 10); n > 0; n--) {
        sum = sum * 31 + fib(27);
        sum = sum * 31 + ack(2, 600 + n);
        sum = sum * 31 + (unsigned)tak(14, 8, n % 3);
        for (int k = 0; k < 100; k++) {
            sum = sum * 31 + even(1000 + k, k);
        }
    }
    return done("calls", sum);
}
