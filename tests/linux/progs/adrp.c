// ADRP or AUIPC to the far ends of its range: the address does not fit a displacement of the translation,
// which lies elsewhere. Data behind a call that does not return may decode as such.

// variants aarch64: -static-pie

#include "t.h"

int main(void)
{
    unsigned long pc = 0, up, down, half, back;
#ifdef __aarch64__
    __asm__ volatile(".balign 64\n adr %4, .\n adrp %0, .+0xfffff000\n adrp %1, .-0x100000000\n"
                     " adrp %2, .+0x7ffff000\n adrp %3, .-0x7fff0000"
                     : "=r"(up), "=r"(down), "=r"(half), "=r"(back), "=r"(pc));
#elif defined(__riscv)
    __asm__ volatile(".balign 64\n auipc %2, 0\n auipc %0, 0x7ffff\n auipc %1, 0x80010"
                     : "=&r"(half), "=&r"(back), "=&r"(pc));
    half -= 4, back -= 8; // each counts from itself
    pc &= ~4095ul, half &= ~4095ul, back &= ~4095ul;
    up = pc + 0xfffff000, down = pc - 0x100000000;
#else
    up = 0xfffff000, down = 0 - 0x100000000, half = 0x7ffff000, back = 0 - 0x7fff0000ul;
#endif
    pc &= ~4095ul;
    say("%lx %lx %lx %lx", up - pc, pc - down, half - pc, pc - back);
    return 0;
}
