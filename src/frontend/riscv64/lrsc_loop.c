/* Loops of LR and SC as compilers and runtimes write them for one atomic operation. */
#include "frontend/riscv64/lift.h"
#include "frontend/riscv64/rv64_decode.h"

#include <string.h>

/* An instruction's operands by name; what it does not have is 0. */
struct operands {
    enum rv64_op op;
    u8 len;
    u8 rd, rs1, rs2, sz;
    s64 imm;
    u32 word;
};

static bool read_operands(struct operands *o, gaddr pc, gaddr limit)
{
    struct rv64_field f[12];
    u32 w = 0;
    unsigned len = rv64_fetch(&w, pc, limit), n = len ? rv64_decode_fields(f, w) : 0;
    *o = (struct operands){.op = len ? rv64_decode_op(w) : RV64_OP_NONE, .len = (u8)len, .word = w};
    for (unsigned i = 0; i < n; i++) {
        const char *name = f[i].name;
        if (!strcmp(name, "imm")) {
            o->imm = f[i].value;
        } else {
            u8 *at = !strcmp(name, "rd")    ? &o->rd
                     : !strcmp(name, "rs1") ? &o->rs1
                     : !strcmp(name, "rs2") ? &o->rs2
                     : !strcmp(name, "sz")  ? &o->sz
                                            : NULL;
            if (at) {
                *at = (u8)f[i].value;
            }
        }
    }
    return o->op != RV64_OP_NONE;
}

/* `bne old, expect, out` */
static bool match_cas(struct rv64_lrsc_loop *e, const struct operands *o, gaddr pc)
{
    if (o->op != RV64_OP_BNE || (o->rs1 == e->old) == (o->rs2 == e->old)) {
        return false;
    }
    e->form = RV64_LOOP_CAS;
    e->expect = o->rs1 == e->old ? o->rs2 : o->rs1;
    e->out = pc + (u64)o->imm;
    bool repeats = e->status != e->expect && e->status != e->value && e->status != e->old;
    return repeats && e->old != e->value && e->out - (pc - 4) >= e->len;
}

static bool same_at_any_width(enum rv64_op op)
{
    return op != RV64_OP_ADDW && op != RV64_OP_SUBW && op != RV64_OP_ADDIW;
}

/* `op value, old, operand`, or `mv value, operand` */
static bool match_rmw(struct rv64_lrsc_loop *e, const struct operands *o)
{
    static const struct {
        u16 op;
        u8 rmw;
        bool imm, sub;
    } ops[] = {
        {RV64_OP_ADD, IR_RMW_ADD, false, false},  {RV64_OP_ADDW, IR_RMW_ADD, false, false},
        {RV64_OP_SUB, IR_RMW_ADD, false, true},   {RV64_OP_SUBW, IR_RMW_ADD, false, true},
        {RV64_OP_AND, IR_RMW_AND, false, false},  {RV64_OP_OR, IR_RMW_OR, false, false},
        {RV64_OP_XOR, IR_RMW_XOR, false, false},  {RV64_OP_ADDI, IR_RMW_ADD, true, false},
        {RV64_OP_ADDIW, IR_RMW_ADD, true, false}, {RV64_OP_ANDI, IR_RMW_AND, true, false},
        {RV64_OP_ORI, IR_RMW_OR, true, false},    {RV64_OP_XORI, IR_RMW_XOR, true, false},
    };
    unsigned i = 0;
    while (i < ARRAY_LEN(ops) && ops[i].op != o->op) {
        i++;
    }
    bool wide = e->sz == 2 || same_at_any_width(o->op);
    if (i == ARRAY_LEN(ops) || !wide || o->rd != e->value || !o->rd || o->rd == e->addr) {
        return false;
    }
    e->rmw = ops[i].rmw;
    e->negate = ops[i].sub;
    e->second = o->word;
    if (ops[i].imm) {
        e->imm = (s16)o->imm;
        return o->rs1 == e->old;
    }
    if (o->op == RV64_OP_ADD && o->rs1 == 0 && o->rs2 != e->old) { /* c.mv */
        e->rmw = IR_RMW_XCHG;
        e->with = o->rs2;
        return true;
    }
    e->with = o->rs1 == e->old ? o->rs2 : o->rs1;
    return (o->rs1 == e->old) != (o->rs2 == e->old) && (o->rs1 == e->old || !e->negate);
}

bool rv64_find_lrsc_loop(struct rv64_lrsc_loop *e, gaddr pc, gaddr limit)
{
    struct operands lr, middle, sc, again;
    if (!read_operands(&lr, pc, limit) || lr.op != RV64_OP_LR ||
        !read_operands(&middle, pc + 4, limit)) {
        return false;
    }
    unsigned at = 4;
    bool alone = middle.op == RV64_OP_SC;
    at += alone ? 0 : middle.len;
    if (!read_operands(&sc, pc + at, limit) || sc.op != RV64_OP_SC ||
        !read_operands(&again, pc + at + 4, limit)) {
        return false;
    }
    bool loops = again.op == RV64_OP_BNE && sc.rd && again.rs1 == sc.rd && !again.rs2 &&
                 (s64)at + 4 + again.imm == 0;
    bool one_place =
        lr.rs1 == sc.rs1 && lr.sz == sc.sz && lr.rd && lr.rd != lr.rs1 && sc.rd != lr.rs1;
    *e = (struct rv64_lrsc_loop){.form = RV64_LOOP_RMW,
                                 .sz = lr.sz,
                                 .addr = lr.rs1,
                                 .old = lr.rd,
                                 .value = sc.rs2,
                                 .status = sc.rd,
                                 .len = (u8)(at + 4 + again.len)};
    if (!loops || !one_place) {
        return false;
    }
    if (alone) {
        e->rmw = IR_RMW_XCHG;
        e->with = e->value;
        return e->value != e->old;
    }
    return match_cas(e, &middle, pc + 4) || match_rmw(e, &middle);
}
