/* IR as text: a header line, then one op a line.
 *
 *     unit 0x400000
 *     %1 = get.i64{x1}
 *     %2 = add.i64 %1, 0x10:i64
 *     set.i64{x0} %2
 *     jmp.void _, pc+0x8:i64, _
 *
 * Braces hold aux, as a name where it has one. Constants carry their type; _ is no value. */
#include "ir/priv.h"

static void print_lower(struct strbuf *sb, const char *s)
{
    for (; *s; s++) {
        sb_putc(sb, *s >= 'A' && *s <= 'Z' ? (char)(*s + 32) : *s);
    }
}

static void print_const(struct strbuf *sb, const struct ir_const *k)
{
    s64 off = (s64)k->lo;
    if (k->pcrel) {
        sb_printf(sb, "pc%c0x%llx", off < 0 ? '-' : '+',
                  (unsigned long long)(off < 0 ? -off : off));
    } else if (k->type == IR_V128) {
        sb_printf(sb, "0x%016llx_%016llx", (unsigned long long)k->hi, (unsigned long long)k->lo);
    } else {
        sb_printf(sb, "0x%llx", (unsigned long long)k->lo);
    }
    sb_printf(sb, ":%s", ir_type_names[k->type]);
}

static void print_ref(struct strbuf *sb, const struct ir_fn *fn, ir_ref r)
{
    if (r == 0) {
        sb_putc(sb, '_');
    } else if (IR_IS_K(r)) {
        print_const(sb, &fn->k[r & ~IR_K]);
    } else {
        sb_printf(sb, "%%%u", r);
    }
}

static void print_aux(struct strbuf *sb, const struct ir_ins *in, const struct ir_reg *regs)
{
    unsigned n;
    const char *const *names = ir_aux_names(in->op, &n);
    unsigned base = in->op == IR_FCMP ? in->aux & 15u : in->aux;
    if ((in->op == IR_GET || in->op == IR_SET) && regs) {
        sb_printf(sb, "{%s}", regs[in->aux].name);
    } else if (names && base < n) {
        sb_printf(sb, "{%s%s}", names[base],
                  in->op == IR_FCMP && in->aux & IR_FCC_SIGNAL ? "!" : "");
    } else if (in->aux) {
        sb_printf(sb, "{%u}", in->aux);
    }
}

static void print_operands(struct strbuf *sb, const struct ir_fn *fn, const struct ir_ins *in)
{
    const ir_ref ops[3] = {in->a, in->b, in->c};
    const char *sig = ir_ops[in->op].sig + 2;
    unsigned n = in->op == IR_INSN ? 2 : in->op == IR_BLOCK ? 1 : (unsigned)__builtin_strlen(sig);
    for (unsigned i = 0; i < n; i++) {
        sb_puts(sb, i ? ", " : " ");
        if (ir_raw_operand(in->op, i)) {
            s32 off = (s32)ops[i];
            sb_printf(sb, "%c0x%x", off < 0 ? '-' : '+', off < 0 ? 0u - (u32)off : (u32)off);
        } else {
            print_ref(sb, fn, ops[i]);
        }
    }
}

void ir_print(struct strbuf *sb, const struct ir_fn *fn, const struct ir_reg *regs)
{
    sb_printf(sb, "unit 0x%llx\n", (unsigned long long)fn->pc);
    for (u32 i = 1; i < fn->len; i++) {
        const struct ir_ins *in = &fn->ins[i];
        if (ir_fixed_type[in->op] != IR_VOID || in->op == IR_FLAGS) {
            sb_printf(sb, "%%%u = ", i);
        }
        print_lower(sb, ir_ops[in->op].name);
        sb_printf(sb, ".%s", ir_type_names[in->type]);
        print_aux(sb, in, regs);
        print_operands(sb, fn, in);
        sb_putc(sb, '\n');
    }
}
