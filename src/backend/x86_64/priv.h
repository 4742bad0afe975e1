/* !!! NOTE TO THE BACKEND HELPER: since 02:42 another helper writes rules_vec*.c (all V* and crypto
 * ops, and BITI BITF F2V V2F VGETL VSETL VDUP ... moves between files). You do the integer core,
 * stubs, host.c, then scalar FP (rules_fp.c). !!! */
/* Shared between the files of the x86_64 backend only: one compilation, its allocator and rules. */
#ifndef BACKEND_X86_64_PRIV_H
#define BACKEND_X86_64_PRIV_H

#include "backend/host.h"
#include "backend/x86_64/encode.h"

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
    u32 from, to; /* (from, to]: indices of ops that find the value in the home of guest register
                     HOME; for SET: FROM is the value the register held before */
    u32 bar;      /* number of faulting or leaving ops up to and with this one */
    u8 reg;       /* host register, NOREG: none */
    u8 home;      /* guest register or NOHOME; SET: DEAD_SET when another SET makes it void */
    u8 spill;     /* slot + 1, 0: none */
    u8 uses;      /* operand references, saturating */
};

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
    u32 temps;           /* registers the allocator hands out */
    u32 occ;             /* temps that hold a value for later code */
    u32 busy;            /* registers of the op in work */
    u32 dest;            /* its destination, when operands may share it */
    ir_ref val[32];      /* holder of each occupied temp */
    ir_ref coal[32];     /* pinned register that holds, before its SET, the value to be set */
    ir_ref coal_old[32]; /* value in it before */
};

struct cg {
    struct emit e;
    const struct ir_fn *fn;
    const struct chain_abi *ca;
    const struct ir_ins *ins;
    struct arena *arena;
    struct code_buf *out;
    struct vinfo *vi;
    u8 *kreg; /* register that holds a constant for later code */
    u32 i;    /* op in work; during a flush of pending flags one more */
    struct regfile rf[2];
    struct pend pend;
    struct pend compared; /* the last float compare emitted, and the count of barriers there */
    u32 compared_bar;
    struct pre pre[16];
    u32 npre;
    u64 spill_used[2];
    int err;

    u32 features;
    bool avx, evex;

    /* the guest instruction that covers the op in work */
    s32 insn_off;
    ir_ref insn_flags;
    u8 flag_locs; /* which of a, b, c of those flags recipes name */

    /* regions */
    u8 *hot_end, *cold_end;
    u8 *hot_limit, *cold_limit;
    u8 *other_p; /* write pointer of the region not being written */

    /* tables being built */
    struct slot_info *slots;
    u32 slot_count, slot_max;
    struct recipe *recipes; /* in reverse; host fields are distances from the end of the region */
    u8 *recipe_cold;
    u32 recipe_count, recipe_max;
    struct block_entry *entries; /* in reverse */
    u32 entry_count, entry_max;
    struct {
        s32 guest; /* offset of the BLOCK */
        u16 vmode;
    } blocks[16];
    u32 block_count;
    u32 ret_miss_cold; /* cold distance of the jump to ret_miss, 0: none yet */
    u32 lookup_cold;   /* of the jump to lookup */

    u8 *pool;
    u32 pool_len, pool_cap;
    u32 *pool_of; /* pool offset + 1 of each constant */
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
static inline enum file ref_file(const struct cg *g, ir_ref r)
{
    return file_of(ir_type_of(g->fn, r));
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

/* Host register of the home that holds R for the op in work, or NOREG. */
static inline unsigned ra_home(const struct cg *g, ir_ref r)
{
    const struct vinfo *v;
    if (IR_IS_K(r) || !home_valid(g, r, &v)) {
        return NOREG;
    }
    s8 h = g->ca->host_of[v->home];
    return h < 0 ? NOREG : (unsigned)h;
}

/* Register where R is for the op in work. It is not to be written. */
unsigned ra_use(struct cg *g, ir_ref r, u32 mask);
/* The same, preferring HINT (the destination, free before the op). Is HINT then R dies in it. */
unsigned ra_use_hint(struct cg *g, ir_ref r, u32 mask, unsigned hint);
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
    return g->vi[i].reg != NOREG || g->vi[i].spill;
}
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
void ra_flush_consts(struct cg *g);
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
bool cond_fits(struct cg *g, ir_ref c);
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

/* --- compile.c --- */
static inline u32 here(const struct cg *g)
{
    return (u32)(g->e.end - g->e.p);
}
/* Can code of this unit form guest address pc + OFF relative to itself? Not so what lies too far:
 * data behind a call that does not return, say, decoded as ADRP. */
static inline bool pc_reachable(const struct cg *g, s64 off)
{
    s64 d = (s64)(g->fn->pc + (u64)off - RAW_PTR(g->out->text)), slack = 16 << 20;
    return g->out->pcrel && off == (s32)off && d - slack >= INT32_MIN && d + slack <= INT32_MAX;
}
void to_cold(struct cg *g);
void to_hot(struct cg *g);
/* Call before emitting the instruction(s) that may fault, when END is the distance behind them. */
void add_recipe(struct cg *g, u32 end, bool poll);
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

u32 hx64_emit_stubs(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out);
int hx64_compile(const struct ir_fn *fn, const struct chain_abi *ca, struct arena *arena,
                 struct code_buf *out);

#define CPU_OFF(m) offsetof(struct cpu, m)

#endif
