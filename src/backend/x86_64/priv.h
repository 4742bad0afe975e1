/* Shared between the files of the x86_64 backend only: one compilation, its allocator and rules. */
#ifndef BACKEND_X86_64_PRIV_H
#define BACKEND_X86_64_PRIV_H

#include "backend/host.h"
#include "backend/x86_64/encode.h"

/* The rarer part of a hot function, kept apart so that the common part saves no registers. */
#define NOINLINE __attribute__((noinline))

/* Pinned general registers in the order of preference, and pinned vectors. */
#define HX64_PIN_GPRS 11
extern const u8 hx64_pin_gpr[HX64_PIN_GPRS];
#define HX64_TEMP_GPRS (BIT(RAX) | BIT(RCX) | BIT(RDX) | BIT(R15))
#define HX64_TEMP_XMMS 0xffu
#define HX64_FIRST_PIN_XMM 8

#define ANY 0xffffffffu
#define LOW16 0xffffu /* vector registers without EVEX */
#define NOHOME 0xff
#define ALIAS                                                                                      \
    0xfe /* FROM is the zero-extension of this value (ZEXT, F2V): where that is, this is */
#define DEAD_SET 0xfe

/* What the allocator knows of one op's value. Going backwards, REG is where later code expects it.
 */
struct vinfo {
    u16 from, to; /* (from, to]: indices of ops that find the value in the home of guest register
                     HOME; for SET: FROM is the value the register held before */
    union {
        struct {
            u8 reg;   /* host register, FILE_REG of it, NOREG: none */
            u8 spill; /* slot + 1, 0: none */
        };
        u16 place; /* both */
    };
    u8 home; /* guest register or NOHOME; SET: DEAD_SET when another SET makes it void */
};
_Static_assert(sizeof(struct vinfo) == 8, "set up by one store an op");
#define NOWHERE NOREG     /* place: neither */
#define HOME_LASTS 0xffff /* to: no SET makes the home void */
#define MAX_OPS HOME_LASTS

/* Something to be done just before the op in work: emitted after it. */
enum pre_kind { PRE_MOVE, PRE_CONST, PRE_LEAVE_HOME };
struct pre {
    u8 kind, file, dst, src;
    ir_ref ref;
};

enum file { GPR, XMM };

/* Flags that a later consumer expects: a comparison not yet emitted. */
enum pend_kind {
    PEND_NONE,
    PEND_CMP,
    PEND_CMN,
    PEND_TST,
    PEND_FCMP,
    PEND_PCOND, /* sahf form */
    PEND_BIT,
    PEND_ADC
};
struct pend {
    u8 kind;
    u8 type;
    bool zs_only; /* only ZF and SF are read */
    bool signal;  /* FCMP: comis */
    bool sub;     /* ADC: b is a NOT, subtract with borrow */
    bool cf_only; /* ADC: only CF is read */
    ir_ref a, b, c;
    ir_ref packed; /* ADC: its packed flags, from which these can be made too; 0: not any more */
    u32 mask;      /* PEND_BIT: test mask */
};

struct regfile {
    u32 temps; /* registers the allocator hands out */
    u32 occ;   /* temps that hold a value for later code */
    u32 busy;  /* registers of the op in work */
    u32 dest;  /* its destination, when operands may share it */
};

/* A place in the unit that its branches may lead to. */
struct block {
    s32 guest; /* offset from the unit's pc */
    u16 vmode;
    bool done; /* its code is there: no branch emitted now leads back to it */
    u32 host;  /* distance from the end */
};

struct cg {
    /* What is read most stands within 128 bytes, which makes the instructions short. */
    struct emit e;
    struct vinfo *vi;
    const struct ir_ins *ins;
    const struct chain_abi *ca;
    u8 *kreg; /* register that holds a constant for later code, as vinfo.reg */
    struct regfile rf[2];
    u32 i;        /* op in work; during a flush of pending flags one more */
    u32 npre;     /* entries of PRE */
    s32 insn_off; /* the guest instruction that covers the op in work, and the flags in effect */
    ir_ref insn_flags;
    struct pend pend;
    /* Barriers: ops that may fault or leave, and block entries. BAR is the last up to and with the
     * op in work; those before it end at BARS in a list that begins with 0. */
    u32 bar;
    u16 *bars;
    u16 coal[2][32]; /* of each pinned register: the value it holds already before its SET */
    const struct ir_fn *fn;
    struct arena *arena;
    struct code_buf *out;
    struct pend compared; /* the last float compare emitted, and BAR there */
    u32 compared_bar;
    u64 spill_used[2];
    int err;
    u32 features;
    bool avx, evex;
    u8 flag_locs; /* which of a, b, c of insn_flags recipes name */

    /* regions */
    u8 *hot_end, *cold_end;
    u8 *hot_limit, *cold_limit;
    u8 *other_p; /* write pointer of the region not being written */

    /* tables being built */
    struct fix *fixes;
    struct slot_info *slots;
    u32 slot_count, entry_count;
    struct block *blocks; /* [0] is the unit's entry; the others in the order of the BLOCK ops */
    u32 block_count, block_cap, block_at; /* block_at: those from here on are done */
    u32 ret_miss_cold;                    /* cold distance of the jump to ret_miss, 0: none yet */
    u32 lookup_cold;                      /* of the jump to lookup */
    struct {
        u32 pool, len, miss; /* place in the pool, entries (0: no table), cold distance where an
                                empty one leads */
    } jumps;
    struct recipe *recipes[2]; /* first ones of the hot and the cold region, going down; host fields
                                  are distances from the end of the region */
    struct recipe *recipes_end[2];
    struct block_entry *entries; /* first one, going down */
    u8 *pool;
    u32 pool_len, pool_cap;

    /* not cleared for each unit */
    u16 coal_old[2][32]; /* of each pinned register in COAL: the value in it before */
    ir_ref held[2][32];  /* by each occupied temp */
    struct pre pre[16];
    struct block few_blocks[16];
    u64 written[IR_MAX_REGS / 64]; /* regions: guest registers that are SET */
};

typedef void rule_fn(struct cg *g, u32 i, const struct ir_ins *in);
enum { RF_SAFE = 1 /* leaves the flags alone */, RF_PEND = 2 /* looks at g->pend itself */ };
struct rule {
    rule_fn *fn;
    u8 flags;
};
extern const struct rule hx64_rules[IR_OP_COUNT];

/* --- alloc.c --- */
static inline enum file file_of(unsigned type)
{
    return type >= IR_F32 ? XMM : GPR;
}
/* A register with its file. */
#define FILE_REG(file, reg) ((u8)((unsigned)(file) << 5 | (reg)))
#define FILE_OF(file_reg) ((enum file)((file_reg) >> 5))
#define REG_OF(file_reg) ((unsigned)(file_reg)&31)

static inline enum file op_file(const struct ir_ins *in)
{
    return file_of(ir_result_type(in));
}
static inline enum file ref_file(const struct cg *g, ir_ref r)
{
    return IR_IS_K(r) ? file_of(g->fn->k[r & ~IR_K].type) : op_file(&g->ins[r]);
}
/* The facts of R's home: its own, or that of its zero-extension, which is the same bits. */
static inline const struct vinfo *home_of(const struct cg *g, ir_ref r)
{
    const struct vinfo *v = &g->vi[r];
    return v->home == ALIAS ? &g->vi[v->from] : v;
}

/* True when the op in work finds R in a home, *V. */
static inline bool home_valid(const struct cg *g, ir_ref r, const struct vinfo **v)
{
    *v = home_of(g, r);
    return (*v)->home < ALIAS && (*v)->from < g->i && g->i <= (*v)->to;
}

/* The same still holds behind the op. */
static inline bool home_lasts(const struct cg *g, ir_ref r, const struct vinfo **v)
{
    return home_valid(g, r, v) && g->i < (*v)->to;
}

/* Some home, register or memory, holds R for the op in work. */
static inline bool ra_home_valid(const struct cg *g, ir_ref r)
{
    const struct vinfo *v;
    return home_valid(g, r, &v);
}

/* Host register of the home that holds value R for the op in work, or NOREG. */
static inline unsigned home_reg(const struct cg *g, ir_ref r)
{
    const struct vinfo *v;
    return home_valid(g, r, &v) ? (u8)g->ca->host_of[v->home] : NOREG; /* -1: NOREG */
}

/* The same; NOREG for a constant. */
static inline unsigned ra_home(const struct cg *g, ir_ref r)
{
    return IR_IS_K(r) ? NOREG : home_reg(g, r);
}

/* Register where R is for the op in work, which is not to be written; preferring HINT (the
 * destination, free before the op; NOREG: none). Is it HINT then R dies in it. */
unsigned ra_use_hint(struct cg *g, ir_ref r, u32 mask, unsigned hint);
static inline unsigned ra_use(struct cg *g, ir_ref r, u32 mask)
{
    return ra_use_hint(g, r, mask, NOREG);
}
/* Destination of op I: may be the same register as an operand's. */
unsigned ra_def(struct cg *g, u32 i, u32 mask);
/* Destination that differs from all operands and may be written before they are read. */
unsigned ra_def_early(struct cg *g, u32 i, u32 mask);
/* The same, but TIED, the operand it is to be made from in place, may share it. */
unsigned ra_def_tied(struct cg *g, u32 i, u32 mask, ir_ref tied);
unsigned ra_tmp(struct cg *g, enum file f, u32 mask);
/* Takes temporaries MASK of the general file for the op: what later code expects in them is moved
 * away. */
void ra_clobber(struct cg *g, u32 mask);
/* Ends the op: emits what must come before it, releases its registers. */
void ra_end(struct cg *g);
static inline void ra_done(struct cg *g)
{
    if (unlikely(g->npre)) {
        ra_end(g);
        return;
    }
    g->rf[GPR].busy = g->rf[XMM].busy = 0;
    g->rf[GPR].dest = g->rf[XMM].dest = 0;
}
/* True when later code wants the value of op I. */
static inline bool ra_live(const struct cg *g, u32 i)
{
    return g->vi[i].place != NOWHERE;
}
/* True when no op behind VALUE up to and with the op in work is a barrier. */
static inline bool same_stretch(const struct cg *g, ir_ref value)
{
    return g->bar <= value;
}
/* True when no more than one operand of its block is VALUE. */
bool ra_one_use(const struct cg *g, ir_ref value);
/* True when R is in no register yet and is best read from memory: *M says where. */
bool ra_mem(struct cg *g, ir_ref r, struct mem *m);
/* The home slot of guest register G. */
static inline struct mem mem_guest(const struct cg *g, unsigned greg)
{
    return mem_gs(g->ca->regs[greg].offset);
}
/* Where the value of R is at the op in work; gives it a place when it has none. */
struct loc ra_keep(struct cg *g, ir_ref r);
/* Loads constants held in registers: at block entries. */
void ra_load_consts(struct cg *g);
static inline void ra_flush_consts(struct cg *g)
{
    if (g->rf[GPR].occ | g->rf[XMM].occ) {
        ra_load_consts(g);
    }
}
/* True when R is an operand for which one register suffices: allocated, home, or constant. */
static inline bool ra_has_reg(const struct cg *g, ir_ref r)
{
    return IR_IS_K(r) ? g->kreg[r & ~IR_K] != NOREG
                      : (g->vi[r].reg != NOREG || ra_home(g, r) != NOREG);
}
static inline bool const_s32(const struct cg *g, ir_ref r, bool w, s32 *v)
{
    u64 k;
    if (!ir_is_const(g->fn, r, &k)) {
        return false;
    }
    *v = (s32)k;
    return !w || (s64)k == *v;
}

/* --- moves of whole registers, loads and stores by type --- */
void v_mov(struct cg *g, unsigned d, unsigned s);
void v_load(struct cg *g, unsigned type, unsigned d, struct mem m);
void v_store(struct cg *g, unsigned type, unsigned s, struct mem m);
/* Load of a constant, not touching the flags. */
void put_const(struct cg *g, unsigned d, ir_ref k);
/* LEN bytes of the pool, aligned to ALIGN. */
u32 pool_room(struct cg *g, unsigned len, unsigned align);
/* Literal of LEN bytes in the pool, returned as an operand. */
struct mem pool_mem(struct cg *g, u64 lo, u64 hi, unsigned len);
/* A table of LEN bytes, a power of 2 up to 64. */
struct mem pool_table(struct cg *g, const u8 *table, unsigned len);

/* --- cond.c --- */
struct hcond {
    u8 cc;
    u8 parity; /* 0: CC alone; 1: CC and not P (EQ); 2: CC or P (NE) */
};
/* Makes the flags of condition C be what later code sees, and says which condition to test. Call
 * before the operands of the consumer are allocated. */
struct hcond cond_flags(struct cg *g, ir_ref c);
/* The same; flags that do not fit are emitted behind the op in work. */
struct hcond cond_take(struct cg *g, ir_ref c);
bool cond_fits(struct cg *g, ir_ref c);
/* The host's condition code for condition CC of CMP. */
unsigned cond_of_cmp(unsigned cc);
/* The host condition of C and, in *P, the comparison it needs. */
struct hcond cond_lower(struct cg *g, ir_ref c, struct pend *p);
void pend_flush(struct cg *g);
/* The pending comparison has the value of op I as an operand. */
static inline bool pend_reads(const struct cg *g, u32 i)
{
    const struct pend *p = &g->pend;
    return p->kind && (p->a == i || p->b == i || p->c == i || p->packed == i);
}
/* rules_adc.c: is the complement of B to be subtracted? Emits a pending addition with carry. */
bool adc_subtracts(const struct cg *g, ir_ref b, unsigned type);
void pend_adc_flush(struct cg *g, const struct pend *p);
/* Float compare IN, op I, whose value nobody wants: makes sure that its FP status is raised. */
void cond_status(struct cg *g, u32 i, const struct ir_ins *in);
/* The arithmetic op I gives the pending flags itself; SUB of A and B (or ADD...). */
bool pend_match(struct cg *g, u32 i, enum pend_kind k, unsigned type, ir_ref a, ir_ref b);
/* Bytes of the 32-bit view of an operand: R or the source of a TRUNC. */
ir_ref peel32(const struct cg *g, ir_ref r);

/* The guest flushes denormals to zero (A64's FPCR.FZ) and wants to be told of each, and no trap does that: FP ops go to
 * their reference functions. */
static inline bool flushes(const struct cg *g)
{
    return (g->fn->fpcr & 1u << 24) && !g->fn->fp_flush_traps;
}

/* --- rules_fp_rv.c, fpop.c --- */
/* RISC-V: may anybody see which NaN the value of op I, or a lane of it, is? SETs that are void do not count. */
bool nan_seen(const struct cg *g, u32 i);
/* The value whose register holds float R: a scalar read from a vector is the vector, the low
 * half of a register is the register. */
ir_ref peel_v(struct cg *g, ir_ref r);

/* --- compile.c --- */
static inline u32 here(const struct cg *g)
{
    return (u32)(g->e.end - g->e.p);
}
/* Can an instruction of this unit name guest address pc + OFF relative to itself? */
static inline bool pc_reachable(const struct cg *g, s64 off)
{
    s64 d = (s64)(g->fn->pc + (u64)off - RAW_PTR(g->out->text)), slack = 16 << 20;
    return g->out->pcrel && off == (s32)off && d - slack >= INT32_MIN && d + slack <= INT32_MAX;
}
/* Before something is written to the cold region from the hot one. */
static inline void cold_check(struct cg *g)
{
    if (unlikely(g->other_p < g->cold_limit)) {
        g->e.overflow = true; /* compilation goes on over what was written, and fails */
        g->other_p = g->cold_end;
    }
}
/* Add the block of BLOCK op IN, going forward, and note where it begins, going backward. */
void block_add(struct cg *g, const struct ir_ins *in);
u32 block_done(struct cg *g);
void to_cold(struct cg *g);
void to_hot(struct cg *g);
/* The operands of FLAGS op F for recipe R. */
void recipe_flags(struct cg *g, struct recipe *r, const struct ir_ins *f);
/* Call before emitting the instruction(s) that may fault, when END is the distance behind them. */
static inline void add_recipe(struct cg *g, u32 end, bool poll)
{
    struct recipe *r = --g->recipes[g->e.cold];
    r->host = here(g);
    r->host_end = end;
    r->guest = g->insn_off;
    r->flags = 0;
    r->is_poll = poll;
    r->width64 = 0;
    if (g->insn_flags) {
        recipe_flags(g, r, &g->ins[g->insn_flags]);
    }
}
/* A chain-ABI entry for the guest pc at OFF begins here. */
static inline void add_entry(struct cg *g, s32 off, u16 vmode)
{
    *--g->entries = (struct block_entry){here(g), off, vmode};
    g->entry_count++;
}
/* --- packflags.c --- */
/* A comparison of registers, or of one with an immediate. */
struct compare {
    u8 op; /* IR_CMP, IR_TST */
    bool wide, imm;
    unsigned a, b;
    s32 k;
};

struct flag_regs {
    u8 kind;
    bool chosen; /* CCMP: the flags of FIRST where OUTER holds, else OTHERWISE */
    u8 outer_cc;
    s32 otherwise;
    struct compare outer, first;
    bool ready; /* the host's flags are right already */
    bool wide, imm;
    bool sum; /* SUB: first operand is to be made as r + b */
    unsigned a, b;
    s32 k;
    struct pend lazy; /* the comparison that makes the flags, left pending */
};
/* R is the result of OP and nobody has asked for it yet. */
static inline bool is_unmade(const struct cg *g, ir_ref r, enum ir_op op)
{
    return !IR_IS_K(r) && g->ins[r].op == op && g->vi[r].reg == NOREG && !g->vi[r].spill;
}
/* Registers for the packing of FLAGS op F by the op in work. LAZY: the comparison may be left
 * pending. */
struct flag_regs flag_operands(struct cg *g, ir_ref f, bool lazy);
/* What flag_operands will take for F is in pinned registers or immediates. */
bool flags_stay(const struct cg *g, ir_ref f);
/* Code that stores the packed flags. Temporaries are free: the way leads out. */
void put_flags(struct cg *g, const struct flag_regs *r);
/* Both, where the way out is not conditional: between the op's other reads and its jump. */
void flags_inline(struct cg *g, ir_ref f);
/* --- jumptable.c --- */
/* Jumps to the block of this region at guest address rax; to cold distance MISS where there is
 * none. */
bool jump_table_usable(const struct cg *g);
void jump_table(struct cg *g, u32 miss);
/* Fills in the table behind HOT and COLD bytes of code. */
void jump_table_finish(struct cg *g, u8 *text, u32 hot, u32 cold, u32 pool_off);
/* --- adapt.c --- */
/* From the registers as the chain ABI has them to this unit's own map, and back; keeps rax and the
 * flags. */
void adapt_init(struct cg *g);
void adapt_in(struct cg *g);
void adapt_out(struct cg *g);
/* --- ref.c --- */
void put_operand(struct cg *g, unsigned n, ir_ref r, unsigned reg);
void rule_ref(struct cg *g, u32 i, const struct ir_ins *in);
/* In the cold region: computes op I by its reference function into register D and returns to HOT.
 * Gives the cold distance of the first instruction. Operand registers RA, RB, RC as of the op;
 * NOREG with a memory operand or none. */
u32 cold_ref(struct cg *g, const struct ir_ins *in, unsigned d, unsigned ra, unsigned rb,
             unsigned rc, u32 hot);

rule_fn rule_helper;
/* exits.c */
rule_fn rule_block, rule_exitif, rule_jmp, rule_jmpi, rule_call, rule_calli, rule_ret, rule_exit;
/* state.c */
rule_fn rule_nop, rule_insn, rule_get, rule_set, rule_lds, rule_sts;

/* REG_* of each general register in a signal context. */
extern const u8 hx64_greg_of[16];
/* host.fp_trap */
bool hx64_fp_trap(ucontext_t *uc, const struct chain_abi *ca, const struct cpu *cpu);

/* stubs.c: the first look into the hash of indirect branches. jc_probe sets rcx from rax, the target, and Z where it is
 * there; jc_jump goes there then. */
void jc_probe(struct emit *e, unsigned align);
void jc_jump(struct emit *e);
u32 hx64_emit_stubs(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out);
void hx64_region_map(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena,
                     bool always, struct chain_abi *map);
int hx64_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena,
                 struct code_buf *out);

#define CPU_OFF(m) offsetof(struct cpu, m)

#endif
