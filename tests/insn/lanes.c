// Vector values of rows and .in files: 128-bit hexadecimal and lists of lanes.
#include "lanes.h"
#include <stdlib.h>
#include <string.h>

int lanes_parse_hex128(const char *s, uint64_t v[2])
{
    size_t n = strlen(s);
    if (n < 3 || n > 34 || s[0] != '0' || s[1] != 'x' ||
        strspn(s + 2, "0123456789abcdefABCDEF") != n - 2) {
        return -1;
    }
    v[0] = v[1] = 0;
    for (s += 2; *s; s++) {
        char digit[2] = {*s, 0};
        v[1] = v[1] << 4 | v[0] >> 60;
        v[0] = v[0] << 4 | strtoul(digit, NULL, 16);
    }
    return 0;
}

// The named values in the three formats.
static const struct {
    const char *name;
    uint64_t h, s, d;
} named[] = {{"inf", 0x7c00, 0x7f800000, 0x7ff0000000000000},
             {"nan", 0x7e01, 0x7fc01234, 0x7ff8000000001234},
             {"snan", 0x7c55, 0x7f805678, 0x7ff0000000005678},
             {"den", 0x0001, 0x00000001, 0x0000000000000001},
             {"maxden", 0x03ff, 0x007fffff, 0x000fffffffffffff},
             {"min", 0x0400, 0x00800000, 0x0010000000000000},
             {"max", 0x7bff, 0x7f7fffff, 0x7fefffffffffffff}};

static uint64_t float_bits(char kind, double d)
{
    union {
        double d;
        uint64_t u;
    } ud = {.d = d};
    union {
        float s;
        uint32_t u;
    } us = {.s = (float)d};
    union {
        _Float16 h;
        uint16_t u;
    } uh = {.h = (_Float16)d};
    return kind == 'd' ? ud.u : kind == 's' ? us.u : uh.u;
}

static int lane_value(char kind, const char *s, uint64_t *out)
{
    char *end;
    int neg = *s == '-';
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (!strcmp(s + neg, named[i].name)) {
            int bits = kind == 'd' ? 64 : kind == 's' ? 32 : 16;
            *out = kind == 'd' ? named[i].d : kind == 's' ? named[i].s : named[i].h;
            *out |= (uint64_t)neg << (bits - 1);
            return 0;
        }
    }
    if (strncmp(s, "0x", 2) != 0 && strpbrk(s, ".e")) {
        *out = float_bits(kind, strtod(s, &end));
    } else {
        *out = neg ? (uint64_t)strtoll(s, &end, 0) : strtoull(s, &end, 0);
    }
    return *end || end == s ? -1 : 0;
}

int lanes_parse(char kind, const char *s, int scalar, uint64_t v[2])
{
    size_t size = kind == 'b' ? 1 : kind == 'h' ? 2 : kind == 's' ? 4 : kind == 'd' ? 8 : 0;
    uint8_t out[16];
    size_t n = 0;
    char item[40];
    if (!size) {
        return -1;
    }
    while (*s) {
        size_t len = strcspn(s, ",");
        uint64_t val;
        if (len == 0 || len >= sizeof(item) || n + size > sizeof(out)) {
            return -1;
        }
        memcpy(item, s, len);
        item[len] = 0;
        if (lane_value(kind, item, &val)) {
            return -1;
        }
        memcpy(out + n, &val, size);
        n += size;
        s += len + (s[len] == ',');
    }
    if (n == 0 || (scalar && n != size)) {
        return -1;
    }
    for (size_t i = n; i < sizeof(out); i++) {
        out[i] = scalar ? 0 : out[i - n];
    }
    memcpy(v, out, sizeof(out));
    return 0;
}
