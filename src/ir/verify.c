/* Checks that a unit is well formed: what the backend and the interpreter rely on. */
#include "ir/priv.h"

struct check {
    const struct ir_fn *fn;
    u32 block_start; /* first op of the block */
    u32 unset_since; /* ops from here on have not SET in this instruction */
    bool left;       /* the last op other than INSN left for good */
    u8 left_op;
    bool was_set[IR_MAX_REGS]; /* in this block */
    bool was_got[IR_MAX_REGS];
};

static bool is_int(u8 type)
{
    return type == IR_I32 || type == IR_I64;
}

static bool is_float(u8 type)
{
    return type == IR_F32 || type == IR_F64;
}

static bool is_logic(unsigned op)
{
    return op == IR_AND || op == IR_OR || op == IR_XOR;
}

/* What a `t` operand of IN may be; NULL when TYPE is right. */
static const char *check_any(const struct ir_ins *in, u8 type)
{
    switch (in->op) {
    case IR_SEXT:
    case IR_ZEXT:
        return is_int(type) ? NULL : "the operand is not an integer";
    case IR_F2F:
    case IR_F2V:
        return is_float(type) && type == (in->aux & 15) ? NULL : "the operand's type is not what aux says";
    case IR_F2I:
        return type == (in->aux & 32 ? IR_F64 : IR_F32) ? NULL
                                                        : "the operand's type is not what aux says";
    case IR_I2F:
        return type == (in->aux & 2 ? IR_I64 : IR_I32) ? NULL
                                                       : "the operand's type is not what aux says";
    case IR_FLAGS:
        return type == (in->aux == IR_FL_VALUE ? IR_I32 : in->type)
                   ? NULL
                   : "an operand has the wrong width";
    case IR_ST:
    case IR_STS:
        return type != IR_VOID && type != IR_I1 ? NULL : "such a value cannot be stored";
    default:
        return type == in->type ? NULL : "an operand's type is not the op's";
    }
}

/* NULL when a value of TYPE may stand where the signature has LETTER. */
static const char *check_type(const struct ir_ins *in, char letter, u8 type)
{
    static const char letters[] = "wqbsdx";
    static const u8 fixed[] = {IR_I32, IR_I64, IR_I1, IR_F32, IR_F64, IR_V128};
    for (unsigned i = 0; i < sizeof(fixed); i++) {
        if (letter == letters[i]) {
            return type == fixed[i] ? NULL : "an operand has the wrong type";
        }
    }
    switch (letter) {
    case 'i':
        return type == in->type && (is_int(type) || (type == IR_I1 && is_logic(in->op)))
                   ? NULL
                   : "an operand is not an integer of the op's type";
    case 'f':
        if (in->op == IR_BITI) {
            return type == (in->type == IR_I64 ? IR_F64 : IR_F32) ? NULL
                                                                  : "a float of another width";
        }
        return type == in->type && is_float(type) ? NULL
                                                  : "an operand is not a float of the op's type";
    case 'p':
        return type == IR_I64 ? NULL : "an address is an i64";
    case 't':
        return check_any(in, type);
    default:
        return "the op has no such operand";
    }
}

/* BITF, VSETL, VDUP and I2F take integers whose width follows from another fact than the op's type.
 */
static u8 int_width(const struct ir_ins *in)
{
    switch (in->op) {
    case IR_BITF:
        return in->type == IR_F64 ? IR_I64 : IR_I32;
    case IR_VSETL:
    case IR_VDUP:
        return (in->aux & 3) == 3 ? IR_I64 : IR_I32;
    default:
        return in->type;
    }
}

static const char *check_operand(const struct check *c, const struct ir_ins *in, u32 at,
                                 char letter, ir_ref r)
{
    const struct ir_fn *fn = c->fn;
    if (r == 0) {
        bool optional = letter == 'v' || (letter == 'l' && in->op != IR_NZCV) ||
                        (in->op == IR_FLAGS && in->a) || in->op == IR_HELPER;
        return optional ? NULL : "an operand is missing";
    }
    if (IR_IS_K(r) ? (r & ~IR_K) >= fn->klen : r >= at) {
        return "an operand does not come before the op";
    }
    if (!IR_IS_K(r) && r < c->block_start) {
        return "a value of another block is used";
    }
    if (letter == 'v') {
        return "the op has no such operand";
    }
    if (letter == 'l') {
        return !IR_IS_K(r) && fn->ins[r].op == IR_FLAGS ? NULL
                                                        : "flags are not those of a FLAGS op";
    }
    u8 type = (u8)ir_type_of(fn, r);
    if (letter == 'k') {
        return IR_IS_K(r) && type == IR_I64 ? NULL : "a pc must be an i64 constant";
    }
    struct ir_ins as = *in;
    as.type = letter == 'i' ? int_width(in) : in->type;
    return check_type(&as, letter, type);
}

static const char *check_operands(const struct check *c, const struct ir_ins *in, u32 at)
{
    const ir_ref ops[3] = {in->a, in->b, in->c};
    const char *sig = ir_ops[in->op].sig + 2;
    if (in->op == IR_INSN || in->op == IR_BLOCK) {
        return check_operand(c, in, at, 'l', in->b);
    }
    for (unsigned i = 0; i < 3; i++) {
        char letter = *sig ? *sig++ : 'v';
        const char *what =
            ir_raw_operand(in->op, i) ? NULL : check_operand(c, in, at, letter, ops[i]);
        if (what) {
            return what;
        }
    }
    return NULL;
}

static const char *check_result(const struct ir_ins *in)
{
    switch (ir_ops[in->op].sig[0]) {
    case 'i':
        return is_int(in->type) || (in->type == IR_I1 && is_logic(in->op))
                   ? NULL
                   : "the type is not an integer's";
    case 'f':
        return is_float(in->type) ? NULL : "the type is not a float's";
    case 'x':
        return in->type == IR_V128 ? NULL : "the type is not v128";
    case 't':
        return in->type != IR_VOID ? NULL : "the type is missing";
    default:
        return NULL;
    }
}

/* Order inside an instruction and a block. */
static const char *check_order(struct check *c, const struct ir_ins *in, u32 at)
{
    bool set_seen = c->unset_since == 0;
    if (c->left && in->op != IR_INSN && in->op != IR_BLOCK) {
        return "it can never run: the op before it leaves";
    }
    if ((ir_op_flags[in->op] & IR_F_M) && set_seen) {
        return "it may fault after its instruction has SET a register";
    }
    switch (in->op) {
    case IR_GET:
        if (in->aux >= IR_MAX_REGS || c->was_set[in->aux] || c->was_got[in->aux]) {
            return "a register is read once a block, before it is written";
        }
        c->was_got[in->aux] = true;
        break;
    case IR_SET:
        if (in->aux >= IR_MAX_REGS) {
            return "no such register";
        }
        c->was_set[in->aux] = true;
        c->unset_since = 0;
        break;
    case IR_INSN:
        c->unset_since = at + 1;
        break;
    case IR_BLOCK:
        if ((in->aux & 1) && c->left_op != IR_CALL && c->left_op != IR_CALLI) {
            return "it is no call's return point";
        }
        *c = (struct check){.fn = c->fn, .block_start = at + 1, .unset_since = at + 1};
        break;
    default:
        break;
    }
    return NULL;
}

const char *ir_verify(const struct ir_fn *fn, char *msg, size_t msg_cap)
{
    struct check c = {.fn = fn, .block_start = 1, .unset_since = 1};
    const char *what = fn->len > 0 && fn->ins[0].op == IR_NOP ? NULL : "op 0 is not NOP";
    u32 at = 0;
    while (!what && ++at < fn->len) {
        const struct ir_ins *in = &fn->ins[at];
        if (in->op >= IR_OP_COUNT || in->type >= IR_TYPE_COUNT) {
            what = "no such op or type";
            break;
        }
        what = check_order(&c, in, at);
        what = what ? what : check_operands(&c, in, at);
        what = what ? what : check_result(in);
        if ((ir_op_flags[in->op] & IR_F_E) && in->op != IR_EXITIF) {
            c.left = true;
            c.left_op = in->op;
        }
    }
    if (!what && !c.left) {
        what = "the unit's end can be reached";
    }
    if (!what) {
        return NULL;
    }
    const char *name =
        at > 0 && at < fn->len && fn->ins[at].op < IR_OP_COUNT ? ir_ops[fn->ins[at].op].name : "";
    fmt_snprintf(msg, msg_cap, "%%%u %s: %s", at, name, what);
    return msg;
}
