/* The report of ferry doctor: a line a check, or JSON. */
#include <string.h>

#include "base/pool.h"
#include "base/sys_raw.h"
#include "cli/priv.h"

#ifndef FERRY_VERSION
#define FERRY_VERSION "(unknown version)"
#endif

static const char *const words[] = {"ok", "note", "broken"};

static void flush(struct report *r)
{
    for (size_t done = 0; done < r->out.len;) {
        long n = raw_write(1, r->out.data + done, r->out.len - done);
        if (n <= 0 && n != -4 /* EINTR */) {
            raw_exit_group(1);
        }
        done += n > 0 ? (size_t)n : 0;
    }
    r->out.len = 0;
}

void report_begin(struct report *r, bool json)
{
    const size_t cap = 16384;
    *r = (struct report){.out = {.data = pool_pages(cap), .cap = cap}, .json = json};
    if (json) {
        sb_puts(&r->out, "{\n  \"version\": \"" FERRY_VERSION "\",\n  \"checks\": [");
    }
}

static void put_json(struct report *r, enum state state, const char *name, const char *remedy,
                     const char *text)
{
    struct strbuf *out = &r->out;
    sb_puts(out, r->checks ? ",\n    {\"check\": " : "\n    {\"check\": ");
    text_json(out, name);
    sb_printf(out, ", \"state\": \"%s\", \"text\": ", words[state]);
    text_json(out, text);
    sb_puts(out, ", \"remedy\": ");
    if (remedy) {
        text_json(out, remedy);
    } else {
        sb_puts(out, "null");
    }
    sb_putc(out, '}');
}

void report_check(struct report *r, enum state state, const char *name, const char *remedy,
                  const char *format, ...)
{
    char text[4096];
    struct strbuf sb = STRBUF_ON(text);
    va_list args;
    va_start(args, format);
    sb_vprintf(&sb, format, args);
    va_end(args);
    if (r->json) {
        put_json(r, state, name, remedy, text);
    } else {
        sb_printf(&r->out, "%-7s %-22s %s%s%s\n", words[state], name, text,
                  remedy ? "; remedy: " : "", remedy ? remedy : "");
    }
    r->checks++;
    r->broken |= state == STATE_BROKEN;
    flush(r);
}

int report_end(struct report *r)
{
    if (r->json) {
        sb_printf(&r->out, "\n  ],\n  \"ok\": %s\n}\n", r->broken ? "false" : "true");
    }
    flush(r);
    return r->broken;
}
