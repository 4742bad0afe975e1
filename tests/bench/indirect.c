// class: call. Indirect calls: a table of handlers, objects with methods, comparison callbacks,
// small leaf functions.
#include "b.h"

typedef uint64_t (*op)(uint64_t, uint64_t);
#define LEAF(name, body)                                                                           \
    __attribute__((noinline, noclone)) static uint64_t name(uint64_t a, uint64_t b)                \
    {                                                                                              \
        return body;                                                                               \
    }
LEAF(f_add, a + b)
LEAF(f_xor, a ^ (b << 3))
LEAF(f_mul, a *(b | 1))
LEAF(f_rot, (a << 9 | a >> 55) ^ b)
LEAF(f_sub, a - b * 3)
LEAF(f_or, (a | b) + 7)
LEAF(f_and, (a & ~b) ^ 0x55)
LEAF(f_neg, -a + b)
static const op table[8] = {f_add, f_xor, f_mul, f_rot, f_sub, f_or, f_and, f_neg};

struct shape;
struct methods {
    long (*area)(const struct shape *);
    void (*grow)(struct shape *, long);
};
struct shape {
    const struct methods *m;
    long w, h;
};
__attribute__((noinline)) static long box_area(const struct shape *s)
{
    return s->w * s->h;
}
__attribute__((noinline)) static long tri_area(const struct shape *s)
{
    return s->w * s->h / 2;
}
__attribute__((noinline)) static void box_grow(struct shape *s, long by)
{
    s->w = (s->w + by) & 1023;
}
__attribute__((noinline)) static void tri_grow(struct shape *s, long by)
{
    s->h = (s->h + by) & 511;
}
static const struct methods box = {box_area, box_grow}, tri = {tri_area, tri_grow};

int main(int argc, char **argv)
{
    static struct shape shapes[64];
    uint64_t x = 1, sum = 0;
    uint32_t seed = 3;
    for (int i = 0; i < 64; i++) {
        shapes[i] = (struct shape){rnd(&seed) & 1 ? &box : &tri, i, i * 2};
    }
    for (int n = rounds(argc, argv, 70); n > 0; n--) {
        for (int i = 0; i < 100000; i++) {
            x = table[i & 7](x, (uint64_t)i);
            // Every fourth target depends on data, as in an interpreter of messages.
            if ((i & 3) == 0) {
                x = table[x >> 20 & 7](x, sum);
            }
        }
        for (int k = 0; k < 500; k++) {
            for (int i = 0; i < 64; i++) {
                shapes[i].m->grow(&shapes[i], k);
                sum += (uint64_t)shapes[i].m->area(&shapes[i]);
            }
        }
        sum ^= x;
    }
    return done("indirect", sum);
}
