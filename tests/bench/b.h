// Shared by the benchmark programs: a generator of numbers and the checksum that every program
// prints.
#ifndef B_H
#define B_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline uint32_t rnd(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline uint64_t mix(uint64_t sum, const void *data, size_t size)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++) {
        sum = (sum ^ p[i]) * 0x100000001b3u;
    }
    return sum;
}

// Rounds of the kernel: the built-in number, or the first argument (to look at one kernel for
// longer).
static inline int rounds(int argc, char **argv, int normal)
{
    return argc > 1 ? atoi(argv[1]) : normal;
}

static inline int done(const char *name, uint64_t sum)
{
    printf("%s %016lx\n", name, (unsigned long)sum);
    return 0;
}
#endif
