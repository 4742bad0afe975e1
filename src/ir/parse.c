/* Reads the text that print.c writes. */
#include <errno.h>

#include "ir/priv.h"

struct parser {
    struct ir_builder *b;
    const struct ir_reg *regs;
    unsigned reg_count;
    const char *p;    /* where we are */
    const char *what; /* the error, NULL: none */
};

static bool fail(struct parser *ps, const char *what)
{
    if (!ps->what) {
        ps->what = what;
    }
    return false;
}

static void skip_blanks(struct parser *ps)
{
    while (*ps->p == ' ' || *ps->p == '\t') {
        ps->p++;
    }
}

/* Takes S if it comes next. */
static bool take(struct parser *ps, const char *s)
{
    size_t n = __builtin_strlen(s);
    if (__builtin_strncmp(ps->p, s, n) != 0) {
        return false;
    }
    ps->p += n;
    return true;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* A number in BASE; false without a digit. */
static bool number(struct parser *ps, int base, u64 *v)
{
    const char *start = ps->p;
    *v = 0;
    while (digit(*ps->p) < base) {
        *v = *v * (u64)base + (u64)digit(*ps->p++);
    }
    return ps->p != start;
}

/* 0x..., or decimal. */
static bool any_number(struct parser *ps, u64 *v)
{
    return number(ps, take(ps, "0x") ? 16 : 10, v) || fail(ps, "a number is missing");
}

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (c >= 'A' && c <= 'Z');
}

/* The word that comes next; its length is returned and it is taken. */
static size_t word(struct parser *ps, const char **start)
{
    *start = ps->p;
    while (is_word_char(*ps->p)) {
        ps->p++;
    }
    return (size_t)(ps->p - *start);
}

/* NAME equals the LEN bytes at W, letters of either case. */
static bool same_word(const char *name, const char *w, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
        if (c != w[i] || !c) {
            return false;
        }
    }
    return name[len] == 0;
}

static int find_name(const char *const *names, unsigned n, const char *w, size_t len)
{
    for (unsigned i = 0; i < n; i++) {
        if (same_word(names[i], w, len)) {
            return (int)i;
        }
    }
    return -1;
}

static bool parse_type(struct parser *ps, u8 *type)
{
    const char *w;
    size_t n = word(ps, &w);
    int t = find_name(ir_type_names, IR_TYPE_COUNT, w, n);
    *type = (u8)t;
    return t >= 0 || fail(ps, "unknown type");
}

static bool parse_const(struct parser *ps, ir_ref *r)
{
    bool pcrel = take(ps, "pc"), minus = pcrel && *ps->p == '-';
    ps->p += pcrel;
    u64 lo, hi = 0;
    u8 type;
    if (!any_number(ps, &lo)) {
        return false;
    }
    if (take(ps, "_")) {
        hi = lo;
        if (!number(ps, 16, &lo)) {
            return fail(ps, "the low half of a vector constant is missing");
        }
    }
    if (!take(ps, ":") || !parse_type(ps, &type)) {
        return fail(ps, "a constant needs its type");
    }
    if (pcrel) {
        *r = ir_kpc(ps->b, ps->b->fn->pc + (minus ? 0 - lo : lo));
    } else {
        *r = type == IR_V128  ? ir_kv(ps->b, lo, hi)
             : type == IR_F32 ? ir_kf32(ps->b, (u32)lo)
             : type == IR_F64 ? ir_kf64(ps->b, lo)
                              : ir_k(ps->b, (enum ir_type)type, lo);
    }
    return true;
}

static bool parse_operand(struct parser *ps, unsigned op, unsigned i, ir_ref *r)
{
    u64 v;
    if (ir_raw_operand(op, i)) {
        bool minus = *ps->p == '-';
        if (*ps->p != '-' && *ps->p != '+') {
            return fail(ps, "an offset begins with + or -");
        }
        ps->p++;
        if (!any_number(ps, &v)) {
            return false;
        }
        *r = (u32)(minus ? 0 - v : v);
        return true;
    }
    if (take(ps, "%")) {
        if (!number(ps, 10, &v) || v == 0 || v >= ps->b->fn->len) {
            return fail(ps, "no such value before this op");
        }
        *r = (ir_ref)v;
        return true;
    }
    if (*ps->p == '_') {
        ps->p++;
        *r = 0;
        return true;
    }
    return parse_const(ps, r);
}

static int find_reg(const struct parser *ps, const char *w, size_t len)
{
    for (unsigned i = 0; i < ps->reg_count; i++) {
        if (same_word(ps->regs[i].name, w, len)) {
            return (int)i;
        }
    }
    return -1;
}

static bool parse_aux(struct parser *ps, struct ir_ins *in)
{
    unsigned n;
    u64 v;
    const char *const *names = ir_aux_names(in->op, &n);
    if (!take(ps, "{")) {
        return true;
    }
    if (*ps->p >= '0' && *ps->p <= '9') {
        if (!any_number(ps, &v) || v > 0xffff) {
            return fail(ps, "aux is a number below 65536");
        }
        in->aux = (u16)v;
        return take(ps, "}") || fail(ps, "} is missing");
    }
    const char *w;
    size_t len = word(ps, &w);
    bool reg = in->op == IR_GET || in->op == IR_SET;
    int found = reg ? find_reg(ps, w, len) : names ? find_name(names, n, w, len) : -1;
    if (found < 0) {
        return fail(ps, "unknown name in braces");
    }
    in->aux = (u16)found;
    if (in->op == IR_FCMP && take(ps, "!")) {
        in->aux |= IR_FCC_SIGNAL;
    }
    return take(ps, "}") || fail(ps, "} is missing");
}

static bool parse_op(struct parser *ps, struct ir_ins *in)
{
    const char *w;
    size_t len = word(ps, &w);
    for (unsigned op = 0; op < IR_OP_COUNT; op++) {
        if (same_word(ir_ops[op].name, w, len)) {
            in->op = op & 511;
            return true;
        }
    }
    return fail(ps, "unknown op");
}

static bool append(struct parser *ps, const struct ir_ins *in)
{
    struct ir_fn *fn = ps->b->fn;
    if (fn->len == fn->cap) {
        struct ir_ins *old = fn->ins;
        fn->ins = arena_alloc(ps->b->arena, 2 * fn->cap * sizeof(*old));
        __builtin_memcpy(fn->ins, old, fn->len * sizeof(*old));
        fn->cap *= 2;
    }
    fn->ins[fn->len++] = *in;
    return true;
}

static bool parse_line(struct parser *ps)
{
    struct ir_ins in = {0};
    u64 n;
    if (take(ps, "%")) {
        if (!number(ps, 10, &n) || n != ps->b->fn->len) {
            return fail(ps, "values are numbered as the ops are");
        }
        if (!take(ps, " = ")) {
            return fail(ps, "\" = \" is missing");
        }
    }
    u8 type = 0;
    bool known = parse_op(ps, &in) && take(ps, ".") && parse_type(ps, &type);
    in.type = type & 127;
    if (!known || !parse_aux(ps, &in)) {
        return fail(ps, "an op is written name.type{aux} operands");
    }
    ir_ref *ops[3] = {&in.a, &in.b, &in.c};
    for (unsigned i = 0; i < 3; i++) {
        skip_blanks(ps);
        if (*ps->p == '\n' || *ps->p == 0) {
            break;
        }
        if (i && (!take(ps, ",") || (skip_blanks(ps), false))) {
            return fail(ps, "operands are separated by commas");
        }
        if (!parse_operand(ps, in.op, i, ops[i])) {
            return false;
        }
    }
    skip_blanks(ps);
    if (*ps->p != '\n' && *ps->p != 0) {
        return fail(ps, "more text than an op has");
    }
    return append(ps, &in);
}

int ir_parse(struct ir_builder *b, struct ir_fn *fn, struct arena *arena, const struct ir_reg *regs,
             unsigned reg_count, const char *text, char *msg, size_t msg_cap)
{
    struct parser ps = {.b = b, .regs = regs, .reg_count = reg_count, .p = text};
    bool begun = false;
    for (unsigned line = 1; *ps.p; line++) {
        u64 pc = 0;
        skip_blanks(&ps);
        if (*ps.p == '#' || *ps.p == '\n') {
            while (*ps.p && *ps.p != '\n') {
                ps.p++;
            }
        } else if (!begun) {
            begun = take(&ps, "unit ") && any_number(&ps, &pc);
            ir_begin(b, fn, arena, regs, pc);
            if (!begun) {
                fail(&ps, "the first line is: unit ADDRESS");
            }
        } else {
            parse_line(&ps);
        }
        if (ps.what || (*ps.p && *ps.p != '\n')) {
            fmt_snprintf(msg, msg_cap, "line %u: %s", line,
                         ps.what ? ps.what : "more text than a line has");
            return -EINVAL;
        }
        ps.p += *ps.p == '\n';
    }
    if (!begun) {
        fmt_snprintf(msg, msg_cap, "line 1: the first line is: unit ADDRESS");
        return -EINVAL;
    }
    return 0;
}
