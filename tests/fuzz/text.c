// Line output of the fuzzer's guest (no C library).
#include "text.h"
#include "guest.h"

static char buf[4096];
static size_t used;
static int out_fd = 1;

void text_to(int fd)
{
    out_fd = fd;
    used = 0;
}

void text_flush(void)
{
    guest_write_all(out_fd, buf, used);
    used = 0;
}

void text_str(const char *s)
{
    for (; *s; s++) {
        if (used == sizeof(buf)) {
            text_flush();
        }
        buf[used++] = *s;
    }
}

static void dec(uint64_t v)
{
    char s[24];
    int i = 23;
    s[i] = 0;
    do {
        s[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    text_str(s + i);
}

static void hex(uint64_t v, int digits)
{
    char s[17];
    s[digits] = 0;
    for (int i = digits - 1; i >= 0; i--, v >>= 4) {
        s[i] = "0123456789abcdef"[v & 15];
    }
    text_str(s);
}

static void name_and_index(const char *name, uint32_t i)
{
    text_str(name);
    if (i != ~0u) {
        dec(i);
    }
    text_str(" ");
}

void text_num(const char *name, uint64_t v)
{
    name_and_index(name, ~0u);
    dec(v);
    text_str("\n");
}

void text_reg(const char *name, uint32_t i, uint64_t v)
{
    name_and_index(name, i);
    hex(v, 16);
    text_str("\n");
}

void text_reg128(const char *name, uint32_t i, const uint64_t v[2])
{
    name_and_index(name, i);
    hex(v[1], 16);
    hex(v[0], 16);
    text_str("\n");
}

void text_word(uint32_t i, uint32_t word, uint32_t size, const char *name)
{
    text_num("word", i);
    used--; // the line goes on
    text_str(" ");
    hex(word, (int)(2 * size));
    text_str(" ");
    text_str(name);
    text_str("\n");
}
