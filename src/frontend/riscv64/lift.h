/* The lifters' entry, and what the block driver's part of them shares. */
#ifndef FRONTEND_RISCV64_LIFT_H
#define FRONTEND_RISCV64_LIFT_H

#include "frontend/riscv64/priv.h"

/* guest->lift: B has been begun at P->pc. False when the first instruction lies outside the range. */
bool rv64_lift_unit(struct ir_builder *b, struct ir_fn *fn, struct arena *arena, const struct translate_params *p);

/* guest->interpret. */
enum guest_step rv64_interpret(struct cpu *cpu, const struct guest_cold *cold);

/* front_ops.read. */
const struct front_insn *rv64_read_run(struct front_run *r);

/* The instruction at PC into *WORD; its bytes, 0 if it does not end before LIMIT. Encodings of more than 32 bits
 * are all illegal and need no more than their first word. */
unsigned rv64_fetch(u32 *word, gaddr pc, gaddr limit);

/* `1: lr old, (addr); ...; sc status, value, (addr); bnez status, 1b` that is one atomic operation: a compare-and-swap
 * (`bne old, expect, out` in between), or one that makes VALUE from OLD. The block driver takes it for one instruction. */
enum rv64_loop_form { RV64_LOOP_RMW, RV64_LOOP_CAS };
struct rv64_lrsc_loop {
    u8 form;                     /* enum rv64_loop_form */
    u8 sz;                       /* log2 of the bytes */
    u8 len;                      /* bytes of the sequence */
    u8 addr, old, value, status; /* x registers */
    u8 expect;                   /* CAS: x register */
    u8 rmw;                      /* RMW: enum ir_rmw */
    u8 with;                     /* its operand: an x register, or ... */
    s16 imm;                     /* a constant, if WITH is 0 */
    bool negate;                 /* it is subtracted */
    u32 second;                  /* the instruction that makes the new value, 0: none, it is exchanged */
    gaddr out;                   /* CAS: where to go on if the value is another */
};
/* True when the code at PC, of which [pc, limit) can be read, is such a loop. */
bool rv64_find_lrsc_loop(struct rv64_lrsc_loop *e, gaddr pc, gaddr limit);
bool rv64_lift_lrsc_loop(struct rv64_lift *l, const struct rv64_lrsc_loop *e);

/* guest->name_of. */
unsigned rv64_name_of(gaddr pc, const u8 *bytes, struct strbuf *sb);

/* A conditional branch to TO. */
bool rv64_branch_if(struct rv64_lift *l, ir_ref cond, gaddr to);

#endif
