/* The lifters' entry, and what the block driver's part of them shares. */
#ifndef FRONTEND_RISCV64_LIFT_H
#define FRONTEND_RISCV64_LIFT_H

#include "frontend/riscv64/priv.h"

/* guest->lift: B has been begun at P->pc. False when the first instruction lies outside the range. */
bool rv64_lift_unit(struct ir_builder *b, struct ir_fn *fn, struct arena *arena, const struct translate_params *p);

/* guest->interpret. */
enum guest_step rv64_interpret(struct cpu *cpu, gaddr limit);

/* front_ops.read. */
const struct front_insn *rv64_read_run(struct front_run *r);

/* `1: lr old,(addr); bne old,expect,out; sc status,value,(addr); bnez status,1b`: a compare-and-swap. */
struct rv64_cas_loop {
    u8 sz; /* log2 of the bytes */
    u8 addr, old, expect, value, status; /* x registers */
    u8 len; /* bytes of the sequence */
    gaddr out;
};
/* True when the code at PC, of which [pc, limit) can be read, is such a loop. */
bool rv64_find_cas_loop(struct rv64_cas_loop *c, gaddr pc, gaddr limit);
bool rv64_lift_cas_loop(struct rv64_lift *l, const struct rv64_cas_loop *c);

/* guest->name_of. */
unsigned rv64_name_of(gaddr pc, const u8 *bytes, struct strbuf *sb);

/* A conditional branch to TO. */
bool rv64_branch_if(struct rv64_lift *l, ir_ref cond, gaddr to);

#endif
