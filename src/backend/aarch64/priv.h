/* The aarch64 code generator's own data. Private to src/backend/aarch64.
 *
 * x28 is the cpu. x19..x27 and x29 hold guest registers (pins), the others live in the state. Values of a block are in x0..x15
 * (integers, and floats as their bits) and v0..v31, in the cpu's spill slots, or in a pin as long as the guest register is what
 * they are. x16 and x17 belong to whoever emits. sp is that of C code. */
#ifndef BACKEND_AARCH64_PRIV_H
#define BACKEND_AARCH64_PRIV_H

#include "backend/aarch64/encode.h"
#include "backend/host.h"

enum { CPU = 28, IP0 = 16, IP1 = 17 };
enum file { GPR, VEC };
#define GPR_POOL 0x0000ffffu /* x0..x15, which a call of C code changes */
#define VEC_POOL 0xffffffffu
#define NOREG 0xff

struct regfile {
    u32 used, locked; /* LOCKED: of the op in work */
    ir_ref owner[32];
    u64 spills; /* slots taken */
};

/* A value. */
struct place {
    u8 reg;   /* NOREG: in a slot or nowhere yet */
    u8 spill; /* number of its slot + 1, 0: none */
};

enum cold_kind { COLD_LEAVE, COLD_POLL, COLD_ALIGN, COLD_TINY };
struct cold {
    u32 branch; /* the word whose branch leads here */
    u8 kind, reg;
    bool pc;    /* COLD_ALIGN: the address told is the instruction's */
    u32 slot;
    s32 guest;
    u8 operands[3]; /* COLD_TINY: registers; the result's is REG */
    u32 back;       /* where to go on */
    u64 desc;
};

struct fix {
    u32 branch, block;
};

struct block {
    s32 guest;
    u16 vmode;
    u32 at; /* in words */
};

struct cg {
    const struct ir_fn *fn;
    const struct chain_abi *ca;
    struct code_buf *out;
    u32 *code;
    u32 n, cap;      /* words */
    u32 i;           /* the op in work */
    u32 *last;       /* [fn->len]: the last op that uses a value, 0: none */
    s32 *guest;      /* [fn->len]: of the instruction an op belongs to, from the unit's pc */
    struct place *at; /* [fn->len] */
    u8 *dead;        /* [fn->len]: a SET that nobody can see */
    u8 *target;      /* [fn->len]: 1 + the guest register a value may be computed into, its SET being all that follows */
    struct regfile rf[2];
    ir_ref in_pin[32]; /* by host register: the value that the guest register in it is, as far as that is of use */
    struct cold *cold;
    u32 cold_count;
    struct fix *fixes;
    u32 fix_count;
    struct block *blocks;
    u32 block_count, block_at;
    bool overflow;
};

static inline void w(struct cg *g, u32 word)
{
    if (g->n < g->cap) {
        g->code[g->n++] = word;
    } else {
        g->overflow = true;
    }
}

static inline enum file file_of(enum ir_type type)
{
    return type == IR_V128 ? VEC : GPR;
}

/* --- alloc.c --- */

/* The register of operand R, locked for this op; zero may be A64_ZR. */
unsigned use(struct cg *g, ir_ref r);
/* A register for the value of op I of FILE, locked. Operands that end here are given up first by free_ended. */
unsigned define(struct cg *g, u32 i, enum file file);
/* A register for the op in work alone. */
unsigned temp(struct cg *g, enum file file);
/* Registers of operands that no later op uses may become the result's. */
void free_ended(struct cg *g);
/* What the op in work locked is free to move. */
void unlock(struct cg *g);
/* No value stays in a register that C code changes. */
void save_for_call(struct cg *g);
/* A block begins: nothing is anywhere. */
void forget_values(struct cg *g);
void load_const(struct cg *g, unsigned rd, u64 v);
/* rd = guest address: unit pc + OFF. */
void load_pc(struct cg *g, unsigned rd, s64 off);
/* rd = host ADDR, near the text; ADRP alone with *LOW, the rest for an access, else whole. */
void load_near(struct cg *g, unsigned rd, haddr addr, u32 *low);
/* Guest register REG, which has a pin, becomes what value R of op I is. */
void set_pin(struct cg *g, unsigned reg, ir_ref r);
/* The value of op I is what guest register REG, which has a pin, is now. */
void get_pin(struct cg *g, u32 i, unsigned reg);
/* C code that knows of the state is called: pins go to their homes before, and come back. */
void pins_home(struct cg *g);
void pins_back(struct cg *g);
/* A load or store of register REG of 1 << SIZE bytes at x28 + OFF. */
void cpu_field(struct cg *g, unsigned size, unsigned how, unsigned reg, u32 off);
void cpu_vec(struct cg *g, unsigned size, bool load, unsigned reg, u32 off);

/* --- rules.c --- */

/* The op in work, IN; false: there is no rule, its reference function does it. */
bool rule_int(struct cg *g, u32 i, const struct ir_ins *in);
/* Sets the host's flags as comparison C wants them; its condition. */
unsigned compare(struct cg *g, const struct ir_ins *c);
/* Condition value R: by its comparison if that is made for it alone, else by the value. Its condition. */
unsigned condition(struct cg *g, ir_ref r);
/* Is R a comparison that branches and selects make themselves? */
bool is_compare(const struct ir_fn *fn, ir_ref r);

/* --- rules_fp.c --- */

bool rule_fp(struct cg *g, u32 i, const struct ir_ins *in);

/* --- rules_mem.c --- */

bool rule_mem(struct cg *g, u32 i, const struct ir_ins *in);
/* Of an access at R: its base operand and displacement. SIZE: log2 of the bytes, 4 at most; 5: of no displacement. */
ir_ref address(const struct ir_fn *fn, ir_ref r, unsigned size, s32 *disp);
unsigned access_size(const struct ir_fn *fn, const struct ir_ins *in);

/* --- exits.c --- */

void rule_exit(struct cg *g, const struct ir_ins *in);
void add_blocks(struct cg *g);
void begin_block(struct cg *g, s32 guest, u16 vmode, bool entry);
void emit_cold(struct cg *g);
void add_cold(struct cg *g, struct cold c);
void add_recipe(struct cg *g, u32 from, u32 to, s32 guest);

/* --- stubs.c --- */

u32 ha64_emit_stubs(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out);
/* C functions that generated code calls, with operands in cpu.scratch[0..2]. A helper, number DESC; its result. */
u64 ha64_help(struct cpu *cpu, u64 desc);
/* An op by its reference function, and FPGET, FPSET, FLAGS and NZCV: the result goes to cpu.scratch[3]. DESC: op, type << 16,
 * aux << 32. CONTEXT: fp_rules, fpcr << 32. */
void ha64_ref(struct cpu *cpu, u64 desc, u64 context);

/* The same from code that calls nothing: all registers but IP0 and IP1 are kept. IP0: DESC, IP1: CONTEXT. */
void ha64_ref_keeping(void);

static inline u64 ref_desc(const struct ir_ins *in)
{
    return in->op | (u64)in->type << 16 | (u64)in->aux << 32;
}
static inline u64 ref_context(const struct ir_fn *fn)
{
    return fn->fp_rules | (u64)fn->fpcr << 32;
}

/* --- compile.c --- */

int ha64_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena, struct code_buf *out);

#endif
