// The RV64 tokens of rows:
//   x1=.. .. x31=..         64 bits
//   f0=.. .. f31=..         64 bits; in .in files also d0=1.0 s0=nan h0=-0.0: one value, NaN-boxed
//   fflags=.. frm=..        the two parts of fcsr
//   vtype=e32,m1,ta,ma      or a number, or ill
//   vl=.. vstart=..         before: vl is at most VLMAX of vtype (VLEN is 128)
//   vxrm=.. vxsat=..
#include "lanes.h"
#include "rows.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const uint64_t vill = 1ull << 63;
static const char *const lmul_names[8] = {"m1", "m2", "m4", "m8", "", "mf8", "mf4", "mf2"};

static int parse_vtype(const char *s, uint64_t *out)
{
    char lmul[5], tail, mask;
    unsigned sew;
    if (!strcmp(s, "ill")) {
        *out = vill;
        return 0;
    }
    if (*s != 'e') {
        return row_parse_value(s, out);
    }
    if (sscanf(s, "e%u,%4[mf1248],t%c,m%c", &sew, lmul, &tail, &mask) != 4) {
        return -1;
    }
    *out = (uint64_t)(tail == 'a') << 6 | (uint64_t)(mask == 'a') << 7;
    for (unsigned i = 0; i < 4; i++) {
        *out |= (8u << i) == sew ? i << 3 : 0;
    }
    for (unsigned i = 0; i < 8; i++) {
        if (!strcmp(lmul, lmul_names[i])) {
            *out |= i;
            return 0;
        }
    }
    return -1;
}

static void print_vtype(char *buf, size_t size, uint64_t v)
{
    if (v == vill) {
        snprintf(buf, size, "ill");
    } else if (v < 256 && (v >> 3 & 7) < 4 && (v & 7) != 4) {
        snprintf(buf, size, "e%u,%s,t%c,m%c", 8u << (v >> 3 & 7), lmul_names[v & 7],
                 v & 64 ? 'a' : 'u', v & 128 ? 'a' : 'u');
    } else {
        snprintf(buf, size, "0x%lx", v);
    }
}

const struct field state_fields[] = {
    {.name = "x", .offset = offsetof(struct state, x), .count = 32, .kind = FIELD_ADDR},
    {.name = "f", .offset = offsetof(struct state, f), .count = 32},
    {.name = "fflags", .offset = offsetof(struct state, fflags)},
    {.name = "frm", .offset = offsetof(struct state, frm)},
    {.name = "vtype",
     .offset = offsetof(struct state, vtype),
     .parse = parse_vtype,
     .print = print_vtype},
    {.name = "vl", .offset = offsetof(struct state, vl)},
    {.name = "vstart", .offset = offsetof(struct state, vstart)},
    {.name = "vxrm", .offset = offsetof(struct state, vxrm)},
    {.name = "vxsat", .offset = offsetof(struct state, vxsat)},
    {.name = "v", .offset = offsetof(struct state, v), .count = 32, .kind = FIELD_128},
    {.name = NULL}};

int state_apply(struct state *st, const char *name, const char *value)
{
    int n = *name && strchr("dsh", *name) ? row_parse_index(name + 1, 32) : -1;
    uint64_t v[2];
    if (n < 0 || lanes_parse(*name, value, 1, v)) {
        return -1;
    }
    st->f[n] = v[0] | (*name == 'd' ? 0 : *name == 's' ? ~0ull << 32 : ~0ull << 16);
    return 0;
}

void state_default(struct state *st)
{
    for (uint64_t i = 0; i < 32; i++) {
        st->x[i] = 0xabcd000012340000 + i * 0x100000001;
        st->f[i] = 0x7654321089ab0000 + i * 0x100000001;
        st->v[i][0] = 0x7654321089ab0000 + i * 0x100000001;
        st->v[i][1] = 0x0fedcba954320000 + i * 0x100000001;
    }
    st->x[0] = 0;
    st->x[2] = ROW_WINDOW;
    st->vtype = vill;
}

uint32_t insn_bytes(const uint8_t *code)
{
    return (*code & 3) == 3 ? 4 : 2;
}

// Macros get the operand OFFSET(BASE) as OFFSET, BASE and (BASE) as BASE.
static bool is_memory_macro(const char *text)
{
    static const char *const names[] = {"amocas.", "c.lbu ", "c.lhu ", "c.lh ", "c.sb ", "c.sh "};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strncmp(text, names[i], strlen(names[i]))) {
            return true;
        }
    }
    return false;
}

// Only what names a compressed instruction becomes one.
void print_asm(FILE *f, const char *text)
{
    bool split = is_memory_macro(text);
    fprintf(f, ".option %s\n", strncmp(text, "c.", 2) ? "norvc" : "rvc");
    for (const char *p = text; *p; p++) {
        if (split && *p == '(') {
            fprintf(f, "%s", strncmp(text, "c.", 2) ? "" : ", ");
        } else if (!split || *p != ')') {
            fputc(*p, f);
        }
    }
    fputc('\n', f);
}
