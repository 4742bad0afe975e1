/* Telling the client of texts: those just made, those read in, and all of them to the child of a
 * fork. */
#include "exec/priv.h"

void note_text(const struct exec *ex, struct uref unit)
{
    const struct region *r = &ex->regions.data[unit.region];
    const struct unit *u = &r->units[unit.unit];
    if (ex->cfg.on_text && !unit_dead(r, unit.unit)) {
        struct exec_text t = {entry_pc(r, u, 0), r->base + u->text, u->text_len, u->region ? 2 : 1};
        ex->cfg.on_text(ex->cfg.on_text_arg, &t);
    }
}

void note_region(const struct exec *ex, u32 region)
{
    for (u32 i = 0; ex->cfg.on_text && i < ex->regions.data[region].unit_count; i++) {
        note_text(ex, (struct uref){region, i});
    }
}

void note_all(const struct exec *ex)
{
    if (!ex->cfg.on_text) {
        return;
    }
    struct exec_text stubs = {0, ex->stubs_text, ex->stubs_len, 1};
    ex->cfg.on_text(ex->cfg.on_text_arg, &stubs);
    for (u32 i = 1; i < ex->regions.len; i++) {
        note_region(ex, i);
    }
}
