#!/bin/bash
# Writes the C program `once`: 3,000 functions, each unlike the others, all called as often as the first argument says, or twice.
cat <<'END'
#include "b.h"
struct state {
    uint64_t a, b, c;
    uint32_t t[64];
};
END
awk 'BEGIN {
    n = 3000
    x = 11
    for (f = 0; f < n; f++) {
        printf "static __attribute__((noinline)) uint64_t f%d(struct state *s, uint64_t v)\n{\n", f
        for (i = 0; i < 5; i++) {
            x = (x * 16807) % 2147483647
            k = int(x / 64) % 9; c = int(x / 1024) % 65521 + 1; r = x % 31 + 1; t = int(x / 4096) % 64
            if (k == 0) printf "    v = (v ^ %d) + (s->a >> %d);\n", c, r
            if (k == 1) printf "    if (v & %d) {\n        s->t[%d] += (uint32_t)v;\n    } else {\n        s->b ^= v << %d;\n    }\n", c, t, r
            if (k == 2) printf "    v += s->t[v >> %d & 63] * %du;\n", r, c
            if (k == 3) printf "    for (uint32_t i = %d; i < %d; i++) {\n        v += s->t[i] ^ i;\n    }\n", t / 2, t / 2 + 2
            if (k == 4) printf "    s->c = s->c * %d + v;\n    v -= s->c >> %d;\n", c, r
            if (k == 5) printf "    switch (v %% 5) {\n    case 0: v += %d; break;\n    case 1: v ^= s->b; break;\n    case 2: s->a++; break;\n    default: v = v << 7 | v >> 57;\n    }\n", c
            if (k == 6) printf "    s->t[%d] = (uint32_t)(v >> %d) - s->t[%d];\n", t, r, 63 - t
            if (k == 7) printf "    v = v %% %d + (uint64_t)s->t[%d] * %d;\n", c + 100, t, r
            if (k == 8) printf "    v = s->a > v ? s->a - v : v * 3 + %d;\n", c
        }
        print "    return v;\n}"
    }
    print "static uint64_t (*const table[])(struct state *, uint64_t) = {"
    for (f = 0; f < n; f++) print "f" f ","
    print "};"
}'
cat <<'END'
int main(int argc, char **argv)
{
    static struct state s = {1, 2, 3, {4}};
    uint64_t v = 7;
    for (int n = rounds(argc, argv, 2); n > 0; n--) {
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
            v = table[i](&s, v);
        }
    }
    return done("once", mix(v, &s, sizeof s));
}
END
