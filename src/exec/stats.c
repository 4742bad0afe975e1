/* What -d stats prints. */
#include "exec/priv.h"

static void line(struct strbuf *sb, const char *what, u64 n)
{
    sb_printf(sb, "  %-28s %12llu\n", what, (unsigned long long)n);
}

static u64 per(u64 total, u64 n)
{
    return n ? total / n : 0;
}

/* Published text must never change: -d cache compares it with what it was. */
static void check_text(const struct exec *ex)
{
    u32 changed = 0;
    for (size_t i = 0; i < ex->hashes.len; i++) {
        const struct text_hash *h = &ex->hashes.data[i];
        const struct unit *u = unit_of(ex, h->unit);
        const u8 *text = (const u8 *)ex->regions.data[h->unit.region].base + u->text;
        changed += hash_bytes(text, u->text_len) != h->hash;
    }
    log_printf(LOG_cache, "code cache: %zu units, %u changed since they were published\n", ex->hashes.len, changed);
}

void exec_print_stats(struct exec *ex)
{
    if (log_on(LOG_cache)) {
        check_text(ex);
    }
    if (!log_on(LOG_stats)) {
        return;
    }
    const struct exec_stats *s = &ex->stats;
    char buf[2048];
    struct strbuf sb = STRBUF_ON(buf);
    sb_printf(&sb, "ferry: translation statistics\n");
    line(&sb, "pieces interpreted", s->cold_blocks);
    line(&sb, "of them refused", s->cold_refused);
    for (int i = 0; i < 2; i++) {
        const struct tier_stats *t = &s->tier[i];
        line(&sb, i ? "tier 2: units" : "units", t->units);
        line(&sb, "guest instructions", t->guest_insns);
        line(&sb, "text bytes", t->text_bytes);
        line(&sb, "text bytes/instruction x100", per(t->text_bytes * 100, t->guest_insns));
        line(&sb, "lift ns/instruction", per(t->lift_ns, t->guest_insns));
        line(&sb, "compile ns/instruction", per(t->compile_ns, t->guest_insns));
        line(&sb, "translation us", (t->lift_ns + t->compile_ns) / 1000);
    }
    line(&sb, "exits linked", s->links);
    line(&sb, "inline caches filled", s->ic_fills);
    line(&sb, "look-ups by the runtime", s->lookups);
    line(&sb, "synchronisations", s->syncs);
    line(&sb, "units invalidated", s->invalidated);
    line(&sb, "faults and polls", s->faults);
    line(&sb, "regions filled", s->flushes);
    line(&sb, "regions freed", s->freed);
    line(&sb, "persisted translations read", s->images);
    line(&sb, "units in them", s->image_units);
    log_printf(LOG_stats, "%s", buf);
}
