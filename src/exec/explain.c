/* --explain: one translation shown stage by stage, nothing run. */
#include <sys/mman.h>

#include "exec/priv.h"

#define EXPLAIN_TEXT (1u << 20)

static void names(const struct exec_config *cfg, const u8 *code, size_t len, struct strbuf *sb)
{
    sb_puts(sb, "guest:\n");
    if (cfg->disas) {
        cfg->disas(cfg->guest->name, code, len, RAW_PTR(code), sb);
    }
    sb_puts(sb, "decoded as:\n");
    for (size_t off = 0; off < len;) {
        sb_puts(sb, "  ");
        off += cfg->guest->name_of(RAW_PTR(code) + off, code + off, sb);
        sb_putc(sb, '\n');
    }
}

int exec_explain(const struct exec_config *cfg, const u8 *code, size_t len, struct strbuf *sb)
{
    struct exec *ex = exec_create(cfg);
    struct ir_builder b;
    struct ir_fn fn = {0};
    gaddr pc = RAW_PTR(code);
    struct translate_params p = {.pc = pc, .limit = pc + len, .max_insns = 128, .max_blocks = 6, .features = cfg->features,
                                 .fp_mode = exec_cpu_create(ex)->fp_mode};
    names(cfg, code, len, sb);
    ir_begin(&b, &fn, &ex->ir_arena, ex->ca.regs, pc);
    fn.fp_rules = ex->ca.fp_rules;
    if (!cfg->guest->lift(&b, &fn, &ex->ir_arena, &p)) {
        sb_puts(sb, "cannot be lifted\n");
        return 1;
    }
    sb_puts(sb, "IR:\n");
    ir_print(sb, &fn, ex->ca.regs);
    char msg[256];
    const char *bad = ir_verify(&fn, msg, sizeof(msg));
    if (bad) {
        sb_printf(sb, "IR is not well formed: %s\n", bad);
        return 1;
    }
    haddr text = mem_reserve_near(pc, EXPLAIN_TEXT);
    raw_syscall(__NR_mprotect, text, EXPLAIN_TEXT, PROT_READ | PROT_WRITE);
    struct code_buf out = {.text = (u8 *)text, .cap = EXPLAIN_TEXT / 2, .slots = text + EXPLAIN_TEXT / 2};
    out.slot_cap = 1024;
    out.pcrel = true;
    int ret = cfg->host->compile(&fn, &ex->ca, &ex->ir_arena, &out);
    if (ret < 0) {
        sb_printf(sb, "cannot be compiled: %s\n", errno_name(-ret));
        return 1;
    }
    sb_printf(sb, "%s, %u bytes:\n", cfg->host->name, out.len);
    if (cfg->disas) {
        cfg->disas(cfg->host->name, out.text, out.code_len, text, sb);
    }
    return 0;
}
