// class: integer. Text work: tokens, search, number formatting, copies of many sizes, byte loops.
#include "b.h"
#include <ctype.h>

static char text[200000], copy[200000], out[64];

static unsigned words(char *s)
{
    unsigned h = 0;
    for (char *save, *w = strtok_r(s, " ,.;", &save); w; w = strtok_r(NULL, " ,.;", &save)) {
        h = h * 131 + (unsigned)strlen(w) + (unsigned char)w[0];
    }
    return h;
}

static unsigned glob(const char *p, const char *s)
{
    for (; *p; p++, s++) {
        if (*p == '*') {
            for (; *s; s++) {
                if (glob(p + 1, s)) {
                    return 1;
                }
            }
            return p[1] == 0;
        }
        if (*s == 0 || (*p != '?' && *p != *s)) {
            return 0;
        }
    }
    return *s == 0;
}

int main(int argc, char **argv)
{
    uint64_t sum = 0;
    uint32_t seed = 5;
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        uint32_t r = rnd(&seed) % 40;
        text[i] = r < 26 ? (char)('a' + r) : r < 36 ? ' ' : ",.;\n"[r - 36];
    }
    for (int n = rounds(argc, argv, 22); n > 0; n--) {
        memcpy(copy, text, sizeof text);
        for (size_t i = 0; i < sizeof copy - 1; i++) {
            copy[i] = (char)(i % 3 ? copy[i] : toupper((unsigned char)copy[i]));
        }
        sum = sum * 31 + words(copy);
        for (const char *p = text; (p = strstr(p, "ab")); p++) {
            sum += (uint64_t)(p - text);
        }
        for (const char *p = text; (p = strchr(p, 'q')); p++) {
            sum++;
        }
        for (int i = 0; i < 6000; i++) {
            int len = snprintf(out, sizeof out, "%d:%x:%s", i * n, i * 77, "suffix");
            sum += (uint64_t)len + strtoul(out, NULL, 10);
        }
        for (size_t size = 1; size < 3000; size += 37) {
            memmove(copy + size % 61, copy + size, size);
            memset(copy + 100000, (int)size, size);
            sum += (uint64_t)(memcmp(copy, text, size) > 0) +
                   (memchr(text + size, '\n', 1000) != NULL);
        }
        for (int i = 0; i < 3000; i++) {
            memcpy(out, text + i * 20, 40);
            out[40] = 0;
            sum += glob("*a?*b*c", out);
            if (i % 500 == 0) {
                sum = mix(sum, text + i, 1000);
            }
        }
    }
    return done("strings", sum);
}
