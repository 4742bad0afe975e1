/* Runs MIB of machine code, functions of 64 bytes that call none, TIMES over; in anonymous memory,
 * as a JIT compiler has it, or where the linker put it ("elf", as much as there is). Prints a
 * checksum and the number of functions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE 64
extern const char code_begin[], code_end[];

#ifdef __aarch64__
#define FUNCTION                                                                                   \
    "add x0, x0, #(i & 0xfff)\n eor x1, x0, x0, lsr #7\n tbz x1, #3, 1f\n sub x0, x0, x1, lsl "    \
    "#1\n ldr w2, [x3, #16]\n"                                                                     \
    "1: add x1, x1, x2\n orr x0, x0, x1, ror #9\n cmp x1, #(i >> 3 & 0xff)\n csel x0, x0, x1, "    \
    "hi\n str w0, [x3, #16]\n"                                                                     \
    "mul x2, x0, x1\n and x2, x2, #0xff\n add x0, x0, x2\n lsl x1, x0, #3\n add x0, x0, x1\n "     \
    "ret\n"
#else
#define FUNCTION                                                                                   \
    "addi a0, a0, (i & 0x7ff)\n srli a1, a0, 7\n xor a1, a0, a1\n bgez a1, 1f\n sub a0, a0, a1\n " \
    "lw a2, 16(a3)\n"                                                                              \
    "1: add a1, a1, a2\n or a0, a0, a1\n sltiu a4, a1, (i >> 3 & 0xff)\n add a0, a0, a4\n sw a0, " \
    "16(a3)\n"                                                                                     \
    "mul a2, a0, a1\n andi a2, a2, 0xff\n slli a1, a0, 3\n add a0, a0, a1\n ret\n"
#endif
__asm__(".text\n .balign 64\n .globl code_begin, code_end\n code_begin:\n .set i, 0\n"
#ifdef __riscv
        ".option push\n .option norvc\n"
#endif
        ".rept " COUNT "\n" FUNCTION ".set i, i + 1\n .endr\n"
#ifdef __riscv
        ".option pop\n"
#endif
        "code_end: nop\n");

typedef unsigned long fn(unsigned long v, unsigned long, unsigned long, char *room);

static const char *make(size_t bytes)
{
    char *p =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    for (size_t at = 0, part = (size_t)(code_end - code_begin); at < bytes; at += part) {
        memcpy(p + at, code_begin, bytes - at < part ? bytes - at : part);
    }
    __builtin___clear_cache(p, p + bytes);
    return p;
}

int main(int argc, char **argv)
{
    char room[64] = {0};
    size_t bytes = argc > 1 ? (size_t)(atof(argv[1]) * (1 << 20)) : 0;
    int times = argc > 2 ? atoi(argv[2]) : 1;
    const char *code = argc > 3 ? code_begin : make(bytes);
    if (argc > 3 && bytes > (size_t)(code_end - code_begin)) {
        bytes = (size_t)(code_end - code_begin);
    }
    unsigned long v = 1;
    for (; times > 0; times--) {
        for (size_t at = 0; at + SIZE <= bytes; at += SIZE) {
            v = ((fn *)(void *)(code + at))(v, 0, 0, room);
        }
    }
    printf("%016lx %zu\n", v, bytes / SIZE);
}
