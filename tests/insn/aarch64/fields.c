// The A64 tokens of rows:
//   x0=.. .. x30=.. sp=..   64 bits
//   nzcv=8                  four bits, N=8 Z=4 C=2 V=1
//   fpcr=.. fpsr=..         as the registers
//   h0= s0= d0=             (.in files) one lane of v0, the rest zero
#include "lanes.h"
#include "rows.h"
#include <stddef.h>
#include <string.h>

const struct field state_fields[] = {
    {.name = "x", .offset = offsetof(struct state, x), .count = 31, .kind = FIELD_ADDR},
    {.name = "sp", .offset = offsetof(struct state, sp), .kind = FIELD_ADDR},
    {.name = "nzcv", .offset = offsetof(struct state, nzcv), .shift = 28},
    {.name = "v", .offset = offsetof(struct state, v), .count = 32, .kind = FIELD_128},
    {.name = "fpcr", .offset = offsetof(struct state, fpcr)},
    {.name = "fpsr", .offset = offsetof(struct state, fpsr)},
    {.name = NULL}};

int state_apply(struct state *st, const char *name, const char *value)
{
    int n = *name && strchr("dsh", *name) ? row_parse_index(name + 1, 32) : -1;
    return n < 0 ? -1 : lanes_parse(*name, value, 1, st->v[n]);
}

void state_default(struct state *st)
{
    for (uint64_t i = 0; i < 31; i++) {
        st->x[i] = 0xabcd000012340000 + i * 0x100000001;
    }
    for (uint64_t i = 0; i < 32; i++) {
        st->v[i][0] = 0x7654321089ab0000 + i * 0x100000001;
        st->v[i][1] = 0x0fedcba954320000 + i * 0x100000001;
    }
    st->sp = ROW_WINDOW;
}

uint32_t insn_bytes(const uint8_t *code)
{
    (void)code;
    return 4;
}

void print_asm(FILE *f, const char *text)
{
    fprintf(f, "%s\n", text);
}
