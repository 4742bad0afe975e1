/* RV64 instructions as text, from the decode tables: the mnemonic, then the operands by name. */
#include "frontend/riscv64/lift.h"
#include "frontend/riscv64/rv64_decode.h"

#include <string.h>

static const char x_names[32][5] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

/* The table's name of an instruction in lower case, with dots. */
static void put_name(struct strbuf *sb, const char *name)
{
    for (; *name; name++) {
        sb_putc(sb, *name == '_' ? '.' : *name >= 'A' && *name <= 'Z' ? (char)(*name | 0x20) : *name);
    }
}

static void put_operand(struct strbuf *sb, const struct rv64_field *f, const char *sep, bool is_float)
{
    bool is_reg = f->name[0] == 'r' && (f->name[1] == 'd' || f->name[1] == 's');
    bool is_vector = f->name[0] == 'v' && (f->name[1] == 'd' || f->name[1] == 's');
    if (is_vector) {
        sb_printf(sb, "%s%s=v%d", sep, f->name, (int)f->value);
    } else if (is_reg && is_float) { /* which of its registers are f, the manual's page says */
        sb_printf(sb, "%s%s=%d", sep, f->name, (int)f->value);
    } else if (is_reg) {
        sb_printf(sb, "%s%s=%s", sep, f->name, x_names[f->value & 31]);
    } else {
        sb_printf(sb, "%s%s=%lld", sep, f->name, (long long)f->value);
    }
}

unsigned rv64_name_of(gaddr pc, const u8 *bytes, struct strbuf *sb)
{
    struct rv64_field f[12];
    u32 insn = 0;
    (void)pc;
    unsigned len = (bytes[0] & 3) == 3 ? 4 : 2;
    memcpy(&insn, bytes, len);
    enum rv64_op op = rv64_decode_op(insn);
    sb_printf(sb, len == 2 ? "    %04x  " : "%08x  ", insn);
    if (op == RV64_OP_NONE) {
        sb_puts(sb, "undefined");
        return len;
    }
    const char *name = rv64_op_name(op);
    put_name(sb, name);
    unsigned n = rv64_decode_fields(f, insn);
    for (unsigned i = 0; i < n; i++) {
        put_operand(sb, &f[i], i ? ", " : " ", name[0] == 'F' && strncmp(name, "FENCE", 5) != 0);
    }
    return len;
}
