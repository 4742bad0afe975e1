/* Instruction encodings: legacy, VEX and EVEX forms with all addressing modes the backend uses. */
#include "backend/x86_64/encode.h"

/* Notes that the 4 bytes at P are a field to be fixed. */
static inline void note_fix(struct emit *e, const u8 *p, enum fix_kind kind, s32 value)
{
    struct fix *f = e->fix;
    if (unlikely(f == e->fix_end)) {
        e->overflow = true;
        return;
    }
    e->fix = f + 1;
    *f = (struct fix){(u32)(e->end - p), value, e->cold, (u8)kind};
}

/* Bytes in front of P, which is kept in a register: E->P could change with every byte stored. */
static inline u8 *put8(u8 *p, unsigned v)
{
    *--p = (u8)v;
    return p;
}

static inline u8 *put16(u8 *p, unsigned v)
{
    u16 w = (u16)v;
    __builtin_memcpy(p - 2, &w, 2);
    return p - 2;
}

static inline u8 *put32(u8 *p, u32 v)
{
    __builtin_memcpy(p - 4, &v, 4);
    return p - 4;
}

/* The last LEN bytes of V; what is stored in front of them is overwritten by what comes next. */
static inline u8 *put_last(u8 *p, u32 v, unsigned len)
{
    __builtin_memcpy(p - 4, &v, 4);
    return p - len;
}

/* modrm.mod and the displacement D. DISP8: log2 of the scale of a one-byte displacement, -1: none
 * allowed. */
static inline u8 *put_disp(u8 *p, s32 d, unsigned base, int disp8, unsigned *mod)
{
    if (d == 0 && (base & 7) != RBP) {
        *mod = 0;
        return p;
    }
    if (disp8 >= 0 && (d >> disp8) == (s8)(d >> disp8) && (d & ((1 << disp8) - 1)) == 0) {
        *mod = 0x40;
        return put8(p, (u8)(d >> disp8));
    }
    *mod = 0x80;
    return put32(p, (u32)d);
}

/* sib and displacement of an operand with an index or without a base. */
static u8 *put_index(u8 *p, struct mem m, int disp8, unsigned *mod)
{
    unsigned sib = (unsigned)m.scale << 6 | (m.index == NOREG ? 4 : m.index & 7u) << 3;
    if (m.base == NOREG) {
        *mod = 0;
        return put8(put32(p, (u32)m.disp), sib | 5);
    }
    p = put_disp(p, m.disp, m.base, disp8, mod);
    return put8(p, sib | (m.base & 7u));
}

/* Displacement, sib and modrm of base and displacement. R: modrm.reg in place. */
static inline u8 *put_base(u8 *p, unsigned r, struct mem m, int disp8, unsigned *xb)
{
    unsigned mod;
    p = put_disp(p, m.disp, m.base, disp8, &mod);
    if ((m.base & 7) == RSP) {
        p = put8(p, 0x24);
    }
    *xb = m.base >> 3;
    return put8(p, mod | r | (m.base & 7u));
}

/* Displacement, sib and modrm of M. *XB: high bits of index and base as REX has them. */
static u8 *put_mem(struct emit *e, u8 *p, unsigned reg, struct mem m, int disp8, unsigned *xb)
{
    unsigned r = (reg & 7) << 3, mod;
    *xb = 0;
    switch ((enum mem_kind)m.kind) {
    case M_BASE:
        return put_base(p, r, m, disp8, xb);
    case M_INDEX:
        p = put_index(p, m, disp8, &mod);
        *xb = (m.index != NOREG ? m.index >> 2 & 2u : 0) | (m.base != NOREG ? m.base >> 3 : 0);
        return put8(p, mod | r | 4);
    case M_GS:
        return put16(put32(p, (u32)m.disp), 0x2504 | r);
    default:
        p -= 4;
        note_fix(e, p, (enum fix_kind)m.base, m.disp - e->trail);
        return put8(p, 0x05 | r);
    }
}

/* The opcode with its map, REX and prefixes. */
static u8 *put_prefixed(u8 *p, u32 opc, unsigned rex)
{
    static const u8 pp_byte[4] = {0, 0x66, 0xf3, 0xf2}, len[4] = {1, 2, 3, 3};
    static const u32 escape[4] = {0, 0x0f0000, 0x380f00, 0x3a0f00};
    unsigned map = opc >> 10 & 3, pp = opc >> 8 & 3;
    p = put_last(p, opc << 24 | escape[map], len[map]);
    if (rex) {
        p = put8(p, 0x40 | rex);
    }
    if (pp) {
        p = put8(p, pp_byte[pp]);
    }
    return opc & O_LOCK ? put8(p, 0xf0) : p;
}

/* An opcode byte needs no more than a REX prefix for wide registers. */
static inline bool plain(u32 opc)
{
    return !(opc & (P_F2 | M_3A | O_LOCK | O_B8));
}

/* BYTE: a register that as a byte needs a REX prefix is among the operands. */
static inline u8 *put_opcode(u8 *p, u32 opc, unsigned rex, bool byte)
{
    if (!plain(opc)) {
        return put_prefixed(p, opc, rex | ((opc & O_B8) && byte ? 0x40 : 0));
    }
    p = put8(p, opc);
    return rex ? put8(p, 0x40 | rex) : p;
}

void e_rr(struct emit *e, u32 opc, unsigned reg, unsigned rm)
{
    unsigned modrm = 0xc0 | (reg & 7) << 3 | (rm & 7);
    unsigned rex = (opc >> 9 & 8) | (reg >> 1 & 4) | (rm >> 3 & 1);
    if (likely(plain(opc))) {
        u8 *p = put16(e->p, (opc & 0xff) | modrm << 8);
        e->p = rex ? put8(p, 0x40 | rex) : p;
    } else {
        bool byte = (opc & O_B8) && (reg >= 4 || rm >= 4);
        e->p = put_prefixed(put8(e->p, modrm), opc, rex | (byte ? 0x40 : 0));
    }
}

static inline unsigned rex_wr(u32 opc, unsigned reg)
{
    return (opc >> 9 & 8) | (reg >> 1 & 4);
}

void e_rm_base(struct emit *e, u32 opc, unsigned reg, struct mem m)
{
    unsigned xb;
    u8 *p = put_base(e->p, (reg & 7) << 3, m, 0, &xb);
    e->p = put_opcode(p, opc, rex_wr(opc, reg) | xb, reg >= 4);
}

void e_rm_gs(struct emit *e, u32 opc, unsigned reg, s32 disp)
{
    u8 *p = put16(put32(e->p, (u32)disp), 0x2504 | (reg & 7) << 3);
    e->p = put8(put_opcode(p, opc, rex_wr(opc, reg), reg >= 4), 0x65);
}

void e_rm_rip(struct emit *e, u32 opc, unsigned reg, enum fix_kind kind, s32 value)
{
    u8 *p = e->p - 4;
    note_fix(e, p, kind, value - e->trail);
    p = put8(p, 0x05 | (reg & 7) << 3);
    e->p = put_opcode(p, opc, rex_wr(opc, reg), reg >= 4);
}

void e_rm_index(struct emit *e, u32 opc, unsigned reg, struct mem m)
{
    unsigned xb;
    u8 *p = put_mem(e, e->p, reg, m, 0, &xb);
    e->p = put_opcode(p, opc, rex_wr(opc, reg) | xb, reg >= 4);
}

/* RXB: high bits of modrm.reg, index, base/rm as REX has them. */
static u8 *put_vex(u8 *p, u32 opc, unsigned rxb, unsigned vvvv)
{
    unsigned map = opc >> 10 & 3, pp = opc >> 8 & 3, w = opc >> 12 & 1;
    unsigned last = (~vvvv & 15) << 3 | pp;
    if (map == 1 && !w && !(rxb & 3)) {
        return put_last(p, opc << 24 | (rxb & 4 ? 0 : 0x80u) << 16 | last << 16 | 0xc500, 3);
    }
    return put_last(p, opc << 24 | w << 23 | last << 16 | (~rxb & 7) << 13 | map << 8 | 0xc4, 4);
}

/* R2: bit 4 of modrm.reg. */
static u8 *put_evex(u8 *p, u32 opc, unsigned rxb, unsigned r2, unsigned vvvv)
{
    unsigned map = opc >> 10 & 3, pp = opc >> 8 & 3, w = (opc >> 12 | opc >> 15) & 1;
    p = put8(p, opc);
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
    unsigned xb;
    u8 *p = put_mem(e, e->p, d, m, evex ? (n ? n : -1) : 0, &xb);
    unsigned rxb = (d >> 1 & 4) | xb;
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

void e_jcc_fix(struct emit *e, unsigned cc, enum fix_kind kind, s32 value)
{
    u8 *p = e->p - 4;
    note_fix(e, p, kind, value);
    e->p = put16(p, 0x800f | cc << 8);
}

void e_jmp_fix(struct emit *e, enum fix_kind kind, s32 value)
{
    u8 *p = e->p - 4;
    note_fix(e, p, kind, value);
    e->p = put8(p, 0xe9);
}
