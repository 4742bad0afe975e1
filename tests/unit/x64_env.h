/* A small guest for the tests of the x86_64 backend: registers, memory, and a way to run one unit by the
 * interpreter and as generated code from the same state and to compare all that came out. */
#ifndef X64_ENV_H
#define X64_ENV_H

#include "backend/host.h"
#include "ir/ir.h"

enum { TX = 0, TX_COUNT = 16, TV = 16, TV_COUNT = 28, TNZCV = TV + TV_COUNT, T_REGS };
#define T_MEM 4096 /* bytes of guest memory at t_env.mem */

struct t_regs {
    u64 x[TX_COUNT];
    v128 v[TV_COUNT];
    u32 nzcv, pad[3];
    u64 field[4]; /* for LDS and STS */
};

struct t_env {
    struct chain_abi ca;
    struct cpu *cpu;
    u8 *text;   /* 64 KiB of text, then slots */
    u64 *slots;
    u8 *mem;
    struct arena arena;
    struct ir_builder b;
    struct ir_fn fn;
    struct code_buf out;
    u32 fp_flags; /* MXCSR bits that must agree */
    const struct ir_reg *regs;
    bool boxed;   /* the v registers are F64, singles are boxed in them */
};

extern const struct ir_reg t_reg_table[T_REGS];

/* Makes ENV with the host features of MASK that this machine has; false when it lacks one of NEED. */
bool t_open(struct t_env *env, u32 mask, u32 need);
/* From here on ENV is of a guest with RISC-V's rules of floating point; BOXED: and with its registers. */
void t_riscv(struct t_env *env, bool boxed);
/* Starts a new unit in env->b. */
void t_begin(struct t_env *env);
struct t_regs *t_state(struct t_env *env);
u64 t_random(u64 *seed);

/* What a run left behind. */
struct t_result {
    struct t_regs regs;
    u8 mem[T_MEM];
    u32 fpctl;
    struct ir_exit exit;
};
/* Both run the unit of env from the present state and memory, which they restore. */
void t_interpret(struct t_env *env, struct t_result *r);
/* Returns what compile said. */
int t_execute(struct t_env *env, struct t_result *r);
/* True when all that the runs left behind agrees. Else explains on standard error, with WHAT. */
bool t_agree(struct t_env *env, const char *what, struct t_result *got, struct t_result *want);
/* Runs both; true when they agree. */
bool t_same(struct t_env *env, const char *what);

#endif
