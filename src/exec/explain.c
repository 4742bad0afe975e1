/* --explain: one translation shown stage by stage, nothing run. */
#include <string.h>
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

/* Which guest registers a region has elsewhere than they are at its entries and exits. */
static void print_map(const struct chain_abi *map, const struct chain_abi *ca, struct strbuf *sb)
{
    for (unsigned r = 0; r < ca->count; r++) {
        if (map->host_of[r] != ca->host_of[r]) {
            sb_printf(sb, "inside, %s is in %s\n", ca->regs[r].name,
                      map->host_of[r] < 0 ? "memory" : "a register");
        }
    }
}

/* What of CODE is translated, and how: as a unit of tier 1, or as a region if CFG has tier 2 for
 * everything. */
static struct translate_params params_of(const struct exec_config *cfg, gaddr pc, size_t len)
{
    struct translate_params p = {
        .pc = pc, .limit = pc + len, .max_insns = 128, .max_blocks = 6, .features = cfg->features};
    if (cfg->tier == 2) {
        p.region = true;
        p.lo = pc;
    }
    return p;
}

static int show_code(struct exec *ex, struct ir_fn *fn, struct strbuf *sb)
{
    const struct host *host = ex->cfg.host;
    struct chain_abi map = ex->ca;
    haddr text = mem_reserve_near(fn->pc, EXPLAIN_TEXT);
    raw_syscall(__NR_mprotect, text, EXPLAIN_TEXT, PROT_READ | PROT_WRITE);
    struct code_buf out = {
        .text = (u8 *)text, .cap = EXPLAIN_TEXT / 2, .slots = text + EXPLAIN_TEXT / 2};
    out.slot_cap = 1024;
    out.pcrel = true;
    if (fn->region) {
        host->region_map(fn, &ex->ca, &ex->ir_arena, true, &map);
        print_map(&map, &ex->ca, sb);
        out.outer = memcmp(map.host_of, ex->ca.host_of, sizeof(map.host_of)) != 0 ? &ex->ca : NULL;
    }
    int ret = host->compile(fn, &map, &ex->ir_arena, &out);
    if (ret < 0) {
        sb_printf(sb, "cannot be compiled: %s\n", errno_name(-ret));
        return 1;
    }
    sb_printf(sb, "%s, %u bytes:\n", host->name, out.len);
    if (ex->cfg.disas) {
        ex->cfg.disas(host->name, out.text, out.code_len, text, sb);
    }
    return 0;
}

int exec_explain(const struct exec_config *cfg, const u8 *code, size_t len, struct strbuf *sb)
{
    struct exec *ex = exec_create(cfg);
    struct ir_builder b;
    struct ir_fn fn = {0};
    gaddr pc = RAW_PTR(code);
    struct translate_params p = params_of(cfg, pc, len);
    p.fp_mode = exec_cpu_create(ex)->fp_mode;
    names(cfg, code, len, sb);
    ir_begin(&b, &fn, &ex->ir_arena, ex->ca.regs, pc);
    fn.fp_rules = ex->ca.fp_rules;
    fn.region = p.region;
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
    return show_code(ex, &fn, sb);
}
