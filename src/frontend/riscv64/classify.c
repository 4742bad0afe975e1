/* A first look at RV64 code: how long each instruction is and where it goes on. */
#include "frontend/riscv64/lift.h"

static u32 half_at(gaddr pc)
{
    u16 h;
    __builtin_memcpy(&h, (const void *)(uintptr_t)pc, 2);
    return h;
}

unsigned rv64_fetch(u32 *word, gaddr pc, gaddr limit)
{
    if (pc + 2 > limit) {
        return 0;
    }
    *word = half_at(pc);
    if ((*word & 3) != 3) {
        return 2;
    }
    if (pc + 4 > limit) {
        return 0;
    }
    *word |= half_at(pc + 2) << 16;
    return 4;
}

/* Offsets of branches and jumps. */
static s64 branch_offset(u32 w)
{
    return sext64(w >> 31, 1) * 4096 + (s64)((w >> 7 & 1) << 11 | (w >> 25 & 0x3f) << 5 | (w >> 8 & 15) << 1);
}

static s64 jal_offset(u32 w)
{
    return sext64(w >> 31, 1) * (1 << 20) +
           (s64)((w >> 12 & 0xff) << 12 | (w >> 20 & 1) << 11 | (w >> 21 & 0x3ff) << 1);
}

static s64 c_branch_offset(u32 w)
{
    return sext64(w >> 12, 1) * 256 +
           (s64)((w >> 5 & 3) << 6 | (w >> 2 & 1) << 5 | (w >> 10 & 3) << 3 | (w >> 3 & 3) << 1);
}

static s64 c_jump_offset(u32 w)
{
    return sext64(w >> 12, 1) * 2048 +
           (s64)((w >> 8 & 1) << 10 | (w >> 9 & 3) << 8 | (w >> 6 & 1) << 7 | (w >> 7 & 1) << 6 | (w >> 2 & 1) << 5 |
                 (w >> 11 & 1) << 4 | (w >> 3 & 7) << 1);
}

static bool is_link(u32 reg)
{
    return reg == 1 || reg == 5;
}

static void go_to(struct front_insn *in, unsigned leave, gaddr to)
{
    in->leave = (u8)leave;
    in->to = to;
}

static void classify_c(struct front_insn *in, gaddr pc, u32 w)
{
    u32 reg = w >> 7 & 31;
    switch ((w & 3) << 3 | w >> 13) {
    case 0: /* all zero is the one that is sure to be illegal */
        in->leave = w == 0 ? FRONT_TRAP : FRONT_GO_ON;
        break;
    case 1 << 3 | 5: /* c.j */
        go_to(in, FRONT_JUMP, pc + (u64)c_jump_offset(w));
        break;
    case 1 << 3 | 6: /* c.beqz c.bnez */
    case 1 << 3 | 7:
        go_to(in, FRONT_COND, pc + (u64)c_branch_offset(w));
        break;
    case 2 << 3 | 4:
        if (!(w & 0x7c)) { /* rs2 = 0: c.jr, c.jalr, c.ebreak */
            in->leave = !reg           ? FRONT_TRAP
                        : w & BIT(12) ? FRONT_CALL_REG
                        : is_link(reg) ? FRONT_RETURN
                                       : FRONT_JUMP_REG;
        }
        break;
    }
}

static void classify_system(struct front_insn *in, u32 w)
{
    if (w == 0x00000073) {
        in->leave = FRONT_SYSCALL;
    } else if (w == 0x00100073) {
        in->leave = FRONT_TRAP;
    }
}

static void classify_word(struct front_insn *in, gaddr pc, u32 w)
{
    u32 rd = w >> 7 & 31;
    switch (w & 0x7f) {
    case 0x63:
        go_to(in, FRONT_COND, pc + (u64)branch_offset(w));
        if ((w >> 15 & 31) == (w >> 20 & 31) && (w & 0x1000) == (w & 0x4000) >> 2) { /* beq, bge, bgeu of the same */
            in->leave = FRONT_JUMP;
        }
        break;
    case 0x6f:
        go_to(in, is_link(rd) ? FRONT_CALL : FRONT_JUMP, pc + (u64)jal_offset(w));
        break;
    case 0x67:
        in->leave = is_link(rd) ? FRONT_CALL_REG : is_link(w >> 15 & 31) ? FRONT_RETURN : FRONT_JUMP_REG;
        break;
    case 0x73:
        classify_system(in, w);
        break;
    }
}

static inline bool look_at(struct front_insn *in, gaddr pc, gaddr limit)
{
    u32 w = 0;
    struct rv64_lrsc_loop e;
    in->len = (u8)rv64_fetch(&w, pc, limit);
    in->word = w;
    in->leave = FRONT_GO_ON;
    in->flags = 0;
    if (in->len == 2) {
        classify_c(in, pc, w);
    } else if (in->len == 4) {
        classify_word(in, pc, w);
        if ((w & 0xf800007f) == 0x1000002f && rv64_find_lrsc_loop(&e, pc, limit)) {
            in->len = e.len;
            if (e.form == RV64_LOOP_CAS) {
                go_to(in, FRONT_COND, e.out);
            }
        }
    }
    return in->len;
}

const struct front_insn *rv64_read_run(struct front_run *r)
{
    return front_read(r, look_at);
}
