/* Indirect jumps inside a region: a table of its blocks by guest address, 2 bytes for each place where an instruction may
 * begin. An entry is the distance from the block's code to the table, which lies behind all code. */
#include <string.h>

#include "backend/x86_64/priv.h"

enum { TABLE_MAX = 8192 };

/* Blocks 1 .. count - 1 ascend. */
static s32 first_guest(const struct cg *g)
{
    return g->blocks[1].guest;
}

static u32 table_len(const struct cg *g)
{
    return ((u32)(g->blocks[g->block_count - 1].guest - first_guest(g)) >> g->ca->insn_align) + 1;
}

bool jump_table_usable(const struct cg *g)
{
    return g->fn->region && g->block_count > 2 && table_len(g) <= TABLE_MAX && g->out->pcrel &&
           pc_reachable(g, first_guest(g));
}

void jump_table(struct cg *g, u32 miss)
{
    struct emit *e = &g->e;
    u32 len = table_len(g);
    if (!g->jumps.len) {
        g->jumps.len = len;
        g->jumps.miss = miss;
        g->jumps.pool = pool_room(g, len * 2, 2);
    }
    e_rr(e, 0xff, 4, RCX); /* jmp rcx */
    e_alu_rr(e, ALU_SUB, true, RCX, RDX);
    e_rm(e, 0xb7 | M_0F, RDX, mem_index(RCX, RDX, 1, 0)); /* movzx */
    e_lea(e, true, RCX, mem_rip(FIX_POOL, (s32)g->jumps.pool));
    e_jcc_fix(e, CC_AE, FIX_COLD, (s32)miss);
    e_alu_ri(e, ALU_CMP, true, RDX, (s32)len);
    e_shift_ri(e, SH_ROR, true, RDX, g->ca->insn_align); /* an odd address gets large */
    e_alu_rr(e, ALU_SUB, true, RDX, RCX);
    e_mov_rr(e, true, RDX, RAX);
    e_lea(e, true, RCX, mem_rip(FIX_PC, first_guest(g)));
}

void jump_table_finish(struct cg *g, u8 *text, u32 hot, u32 cold, u32 pool_off)
{
    u8 *table = text + pool_off + g->jumps.pool;
    u32 at = pool_off + g->jumps.pool;
    u16 miss = (u16)(at - (hot + cold - g->jumps.miss));
    for (u32 i = 0; i < g->jumps.len; i++) {
        memcpy(table + i * 2, &miss, 2);
    }
    for (u32 n = 1; n < g->block_count; n++) {
        u16 to = (u16)(at - (hot - g->blocks[n].host));
        u32 i = (u32)(g->blocks[n].guest - first_guest(g)) >> g->ca->insn_align;
        if (g->blocks[n].vmode == 0) {
            memcpy(table + i * 2, &to, 2);
        }
    }
}
