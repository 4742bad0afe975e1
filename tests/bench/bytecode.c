// class: integer. A bytecode interpreter with a switch: unpredictable indirect branches, small work
// per instruction.
#include "b.h"

enum {
    PUSH,
    ADD,
    SUB,
    MUL,
    AND,
    XOR,
    SHR,
    DUP,
    SWAP,
    LOAD,
    STORE,
    JNZ,
    JLT,
    CALL,
    RET,
    MOD,
    INC,
    HALT
};

// Two programs: sieve-like counting with nested loops, and a hash loop with a subroutine.
static const int code[] = {
    /* 0 */ PUSH,
    0,
    STORE,
    0, // i = 0
    /* 4 */ PUSH,
    0,
    STORE,
    1, // j = 0
    /* 8 */ LOAD,
    0,
    LOAD,
    1,
    MUL,
    LOAD,
    2,
    ADD,
    CALL,
    50, // s = f(i * j + s)
    /* 18 */ STORE,
    2,
    INC,
    1,
    LOAD,
    1,
    PUSH,
    60,
    JLT,
    8, // while (++j < 60)
    /* 28 */ LOAD,
    2,
    PUSH,
    1,
    AND,
    JNZ,
    39,
    INC,
    3,
    INC,
    3, // even results counted twice
    /* 39 */ INC,
    0,
    LOAD,
    0,
    PUSH,
    100,
    JLT,
    4,
    HALT, // while (++i < 100)
    /* 48 */ HALT,
    HALT,
    /* 50 */ DUP,
    PUSH,
    13,
    SHR,
    XOR,
    PUSH,
    31,
    MUL,
    DUP,
    PUSH,
    7,
    MOD,
    JNZ,
    67,
    PUSH,
    77,
    ADD,
    /* 67 */ RET,
};

static uint64_t run(uint32_t seed)
{
    int64_t stack[64], var[8] = {0, 0, seed, 0};
    int calls[16], sp = 0, cp = 0;
    uint64_t steps = 0;
    for (const int *pc = code;; steps++) {
        switch (*pc++) {
        case PUSH:
            stack[sp++] = *pc++;
            break;
        case ADD:
            sp--;
            stack[sp - 1] += stack[sp];
            break;
        case SUB:
            sp--;
            stack[sp - 1] -= stack[sp];
            break;
        case MUL:
            sp--;
            stack[sp - 1] = (uint32_t)(stack[sp - 1] * stack[sp]);
            break;
        case AND:
            sp--;
            stack[sp - 1] &= stack[sp];
            break;
        case XOR:
            sp--;
            stack[sp - 1] ^= stack[sp];
            break;
        case SHR:
            sp--;
            stack[sp - 1] = (uint64_t)stack[sp - 1] >> stack[sp];
            break;
        case DUP:
            stack[sp] = stack[sp - 1];
            sp++;
            break;
        case SWAP: {
            int64_t t = stack[sp - 1];
            stack[sp - 1] = stack[sp - 2];
            stack[sp - 2] = t;
            break;
        }
        case LOAD:
            stack[sp++] = var[*pc++];
            break;
        case STORE:
            var[*pc++] = stack[--sp];
            break;
        case JNZ:
            pc = stack[--sp] ? code + *pc : pc + 1;
            break;
        case JLT:
            sp -= 2;
            pc = stack[sp] < stack[sp + 1] ? code + *pc : pc + 1;
            break;
        case CALL:
            calls[cp++] = (int)(pc - code) + 1;
            pc = code + *pc;
            break;
        case RET:
            pc = code + calls[--cp];
            break;
        case MOD:
            sp--;
            stack[sp - 1] %= stack[sp];
            break;
        case INC:
            var[*pc++]++;
            break;
        case HALT:
            return (uint64_t)var[2] * 31 + (uint64_t)var[3] * 7 + steps;
        }
        sp &= 63;
    }
}

int main(int argc, char **argv)
{
    uint64_t sum = 0;
    for (int n = rounds(argc, argv, 130); n > 0; n--) {
        sum = sum * 31 + run((uint32_t)n);
    }
    return done("bytecode", sum);
}
