/* Instruction encodings: legacy, VEX and EVEX forms with all addressing modes the backend uses. */
#include "backend/x86_64/encode.h"

void e_note_fix(struct emit *e, enum fix_kind kind, s64 value)
{
    if (unlikely(e->fix_count == e->fix_cap)) {
        e->overflow = true;
        return;
    }
    e->fix[e->fix_count++] = (struct fix){(u32)(e->end - e->p), e->cold, (u8)kind, value};
}

/* Bytes in front of P, which is kept in a register: E->P could change with every byte stored. */
static inline u8 *put8(u8 *p, unsigned v)
{
    *--p = (u8)v;
    return p;
}

static inline u8 *put32(u8 *p, u32 v)
{
    __builtin_memcpy(p - 4, &v, 4);
    return p - 4;
}

/* modrm, sib and displacement of M. DISP8: log2 of the scale of a one-byte displacement, -1: none
 * allowed. */
static inline u8 *put_mem(struct emit *e, u8 *p, unsigned reg, const struct mem *m, int disp8)
{
    unsigned r = (reg & 7) << 3;
    if (m->kind == M_GS) {
        p = put32(p, (u32)m->disp);
        p = put8(p, 0x25);
        return put8(p, 0x04 | r);
    }
    if (m->kind == M_RIP) {
        e->p = p -= 4;
        e_note_fix(e, (enum fix_kind)m->base, m->disp - e->trail);
        return put8(p, 0x05 | r);
    }
    unsigned mod;
    s32 d = m->disp;
    if (m->base == NOREG) {
        p = put32(p, (u32)d);
        p = put8(p, (unsigned)m->scale << 6 | (m->index == NOREG ? 4 : m->index & 7u) << 3 | 5);
        return put8(p, 0x04 | r);
    }
    if (d == 0 && (m->base & 7) != RBP) {
        mod = 0;
    } else if (disp8 >= 0 && (d & ((1 << disp8) - 1)) == 0 && (d >> disp8) == (s8)(d >> disp8)) {
        p = put8(p, (u8)(d >> disp8));
        mod = 0x40;
    } else {
        p = put32(p, (u32)d);
        mod = 0x80;
    }
    if (m->index != NOREG || (m->base & 7) == RSP) {
        p = put8(p, (unsigned)m->scale << 6 | (m->index == NOREG ? 4 : m->index & 7u) << 3 |
                        (m->base & 7u));
        return put8(p, mod | r | 4);
    }
    return put8(p, mod | r | (m->base & 7u));
}

static inline u8 *put_opcode(u8 *p, u32 opc, unsigned rex)
{
    static const u8 pp_byte[4] = {0, 0x66, 0xf3, 0xf2};
    p = put8(p, opc & 0xff);
    switch (opc >> 10 & 3) {
    case 0:
        break;
    case 1:
        p = put8(p, 0x0f);
        break;
    case 2:
        p = put8(p, 0x38);
        p = put8(p, 0x0f);
        break;
    default:
        p = put8(p, 0x3a);
        p = put8(p, 0x0f);
        break;
    }
    if (rex) {
        p = put8(p, 0x40 | rex);
    }
    if (opc >> 8 & 3) {
        p = put8(p, pp_byte[opc >> 8 & 3]);
    }
    if (opc & O_LOCK) {
        p = put8(p, 0xf0);
    }
    return p;
}

void e_rr(struct emit *e, u32 opc, unsigned reg, unsigned rm)
{
    u8 *p = put8(e->p, 0xc0 | (reg & 7) << 3 | (rm & 7));
    unsigned rex = (opc >> 9 & 8) | (reg >> 1 & 4) | (rm >> 3 & 1);
    if ((opc & O_B8) && (reg >= 4 || rm >= 4)) {
        rex |= 0x40;
    }
    e->p = put_opcode(p, opc, rex);
}

/* REX, VEX or EVEX bits X and B of an address, as REX has them. */
static inline unsigned mem_xb(const struct mem *m)
{
    if (m->kind != M_BASE) {
        return 0;
    }
    unsigned x = m->index != NOREG ? m->index >> 3 & 1u : 0,
             b = m->base != NOREG ? m->base >> 3 & 1u : 0;
    return x << 1 | b;
}

void e_rm(struct emit *e, u32 opc, unsigned reg, struct mem m)
{
    u8 *p = put_mem(e, e->p, reg, &m, 0);
    unsigned rex = (opc >> 9 & 8) | (reg >> 1 & 4) | mem_xb(&m);
    if ((opc & O_B8) && reg >= 4) {
        rex |= 0x40;
    }
    p = put_opcode(p, opc, rex);
    e->p = m.kind == M_GS ? put8(p, 0x65) : p;
}

/* RXB: high bits of modrm.reg, index, base/rm as REX has them. */
static u8 *put_vex(u8 *p, u32 opc, unsigned rxb, unsigned vvvv)
{
    p = put8(p, opc & 0xff);
    unsigned map = opc >> 10 & 3, pp = opc >> 8 & 3, w = opc >> 12 & 1;
    unsigned last = (~vvvv & 15) << 3 | pp;
    if (map == 1 && !w && !(rxb & 3)) {
        p = put8(p, (rxb & 4 ? 0 : 0x80) | last);
        return put8(p, 0xc5);
    }
    p = put8(p, w << 7 | last);
    p = put8(p, (~rxb & 7) << 5 | map);
    return put8(p, 0xc4);
}

/* R2: bit 4 of modrm.reg. */
static u8 *put_evex(u8 *p, u32 opc, unsigned rxb, unsigned r2, unsigned vvvv)
{
    p = put8(p, opc & 0xff);
    unsigned map = opc >> 10 & 3, pp = opc >> 8 & 3, w = (opc >> 12 | opc >> 15) & 1;
    p = put8(p, (vvvv & 16 ? 0 : 8) | (opc & O_K1 ? 1 : 0) | (opc & O_Z ? 0x80 : 0)); /* 128 bits */
    p = put8(p, w << 7 | (~vvvv & 15) << 3 | 4 | pp);
    p = put8(p, (~rxb & 7) << 5 | (r2 ? 0 : 16) | map);
    return put8(p, 0x62);
}

void e_vrr(struct emit *e, u32 opc, unsigned d, unsigned a, unsigned rm)
{
    u8 *p = put8(e->p, 0xc0 | (d & 7) << 3 | (rm & 7));
    if ((d | a | rm) & 16 || (opc & O_EVEX)) {
        e->p = put_evex(p, opc, (d >> 1 & 4) | (rm >> 3 & 2) | (rm >> 3 & 1), d & 16, a);
    } else {
        e->p = put_vex(p, opc, (d >> 1 & 4) | (rm >> 3 & 1), a);
    }
}

void e_vrm(struct emit *e, u32 opc, unsigned d, unsigned a, struct mem m)
{
    bool evex = ((d | a) & 16) || (opc & O_EVEX);
    int n = (int)(opc >> O_N_SHIFT & 7);
    u8 *p = put_mem(e, e->p, d, &m, evex ? (n ? n : -1) : 0);
    unsigned rxb = (d >> 1 & 4) | mem_xb(&m);
    p = evex ? put_evex(p, opc, rxb, d & 16, a) : put_vex(p, opc, rxb, a);
    e->p = m.kind == M_GS ? put8(p, 0x65) : p;
}

void e_mov_ri(struct emit *e, unsigned d, u64 v)
{
    if (v <= 0xffffffffu) {
        e_32(e, (u32)v);
        e_8(e, 0xb8 | (d & 7));
        if (d >= 8) {
            e_8(e, 0x41);
        }
    } else if ((s64)v == (s32)v) {
        e_32(e, (u32)v);
        e_rr(e, 0xc7 | O_W, 0, d);
    } else {
        e_64(e, v);
        e_8(e, 0xb8 | (d & 7));
        e_8(e, 0x48 | (d >> 3 & 1));
    }
}

void e_jcc(struct emit *e, unsigned cc, const u8 *target)
{
    s64 d = target - e->p;
    if (d <= 127) {
        e_8(e, (u8)d);
        e_8(e, 0x70 | cc);
        return;
    }
    e_32(e, (u32)d);
    e_8(e, 0x80 | cc);
    e_8(e, 0x0f);
}

void e_jmp(struct emit *e, const u8 *target)
{
    s64 d = target - e->p;
    if (d <= 127) {
        e_8(e, (u8)d);
        e_8(e, 0xeb);
        return;
    }
    e_32(e, (u32)d);
    e_8(e, 0xe9);
}

void e_jcc_fix(struct emit *e, unsigned cc, enum fix_kind kind, s64 value)
{
    e->p -= 4;
    e_note_fix(e, kind, value);
    e_8(e, 0x80 | cc);
    e_8(e, 0x0f);
}

void e_jmp_fix(struct emit *e, enum fix_kind kind, s64 value)
{
    e->p -= 4;
    e_note_fix(e, kind, value);
    e_8(e, 0xe9);
}
