/* Where an x86_64 instruction that faulted wanted to access memory: for addresses no page table can hold, which the
 * host reports as a general protection fault without saying which address it was (Intel SDM vol. 1, 3.3.7.1). */
#include <string.h>

#include "signal/priv.h"

/* What comes before ModRM, as far as it matters for the address. */
struct prefix {
    const u8 *p;
    u8 rex_x, rex_b; /* 8 or 0: highest bits of index and base */
    u8 opcode;
    u8 pp;           /* EVEX: 1 66, 2 F3, 3 F2 */
    bool evex, wide;
};

static bool is_legacy_prefix(u8 b)
{
    return b == 0x66 || b == 0xf2 || b == 0xf3 || b == 0xf0 || b == 0x2e || b == 0x36 || b == 0x3e || b == 0x26 ||
           b == 0x64 || b == 0x65;
}

/* VEX of two or three bytes, EVEX: the bits for index and base are inverted. */
static void parse_vex(struct prefix *x)
{
    u8 first = *x->p++;
    if (first == 0xc5) {
        x->p++;
        x->opcode = *x->p++;
        return;
    }
    x->rex_x = x->p[0] & 0x40 ? 0 : 8;
    x->rex_b = x->p[0] & 0x20 ? 0 : 8;
    x->wide = x->p[1] >> 7;
    x->pp = x->p[1] & 3;
    x->evex = first == 0x62;
    x->p += x->evex ? 3 : 2;
    x->opcode = *x->p++;
}

static void parse_opcode(struct prefix *x)
{
    while (is_legacy_prefix(*x->p)) {
        x->p++;
    }
    if (*x->p == 0xc4 || *x->p == 0xc5 || *x->p == 0x62) {
        parse_vex(x);
        return;
    }
    if ((*x->p & 0xf0) == 0x40) {
        x->rex_x = *x->p & 2 ? 8 : 0;
        x->rex_b = *x->p & 1 ? 8 : 0;
        x->p++;
    }
    x->opcode = *x->p++;
    if (x->opcode == 0x0f) {
        x->opcode = *x->p++;
        if (x->opcode == 0x38 || x->opcode == 0x3a) {
            x->opcode = *x->p++;
        }
    }
}

/* What EVEX multiplies an 8-bit displacement by, for the moves generated code has; 16 for whole vectors. */
static s32 evex_scale(const struct prefix *x)
{
    switch (x->opcode) {
    case 0x10: case 0x11: /* movss, movsd; movups */
        return x->pp == 2 ? 4 : x->pp == 3 ? 8 : 16;
    case 0x6e: case 0x7e: case 0xd6: /* movd, movq */
        return x->wide || x->opcode == 0xd6 || x->pp == 2 ? 8 : 4;
    }
    return 16;
}

u64 host_fault_operand(const ucontext_t *uc)
{
    const struct host *h = &host_x86_64;
    struct prefix x = {.p = (const u8 *)host_context_pc(uc)};
    u64 addr = 0;
    s32 disp = 0;
    parse_opcode(&x);
    u8 modrm = *x.p++, mod = modrm >> 6, rm = modrm & 7;
    if (mod == 3 || (mod == 0 && rm == 5)) {
        return 0; /* no memory, or ferry's own next to the code */
    }
    if (rm == 4) {
        u8 sib = *x.p++, index = (sib >> 3 & 7) | x.rex_x, base = sib & 7;
        if (index != 4) {
            addr = h->context_gpr(uc, index) << (sib >> 6);
        }
        if (mod == 0 && base == 5) {
            memcpy(&disp, x.p, 4);
        } else {
            addr += h->context_gpr(uc, base | x.rex_b);
        }
    } else {
        addr = h->context_gpr(uc, rm | x.rex_b);
    }
    if (mod == 1) {
        disp = (s8)*x.p * (x.evex ? evex_scale(&x) : 1);
    } else if (mod == 2) {
        memcpy(&disp, x.p, 4);
    }
    return addr + (u64)(s64)disp;
}
