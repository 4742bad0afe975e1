/* The .ir files of tests/ir: parsed, verified, printed back identically, interpreted with the
 * expected result.
 *
 * A file is any number of units. The comments before a unit say what it starts from and what it
 * must give: # in: x0=0x5 v1=0xHIGH_LOW nzcv=0x0     (all else is zero; `buf` holds the address of
 * 64 bytes 0, 1, 2 ..) # out: x0=0x7 m8=0x...                  (registers; mN: the 8 bytes at buf +
 * N) # exit: jmp 0x1008                      (how it left, where to) */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir/ir.h"

#include "unit.h"

struct state {
    u64 x[6];
    u64 buf;
    u32 nzcv;
    v128 v[4];
};

enum { NZCV = 7, REGS = 12 };
#define XREG(n)                                                                                    \
    {                                                                                              \
        "x" #n, offsetof(struct state, x[n]), IR_I64, n                                            \
    }
#define VREG(n)                                                                                    \
    {                                                                                              \
        "v" #n, offsetof(struct state, v[n]), IR_V128, n                                           \
    }
static const struct ir_reg regs[REGS] = {XREG(0),
                                         XREG(1),
                                         XREG(2),
                                         XREG(3),
                                         XREG(4),
                                         XREG(5),
                                         {"buf", offsetof(struct state, buf), IR_I64, 6},
                                         {"nzcv", offsetof(struct state, nzcv), IR_I32, -1},
                                         VREG(0),
                                         VREG(1),
                                         VREG(2),
                                         VREG(3)};

static struct state st;
static _Alignas(16) u8 buffer[64];
static struct arena arena;
static char text[1 << 16], printed[1 << 16], unit[1 << 14], msg[256];

static u64 helper_sum(void *cpu, u64 a, u64 b, u64 c)
{
    (void)cpu;
    return a + b + c;
}
static u64 (*const helpers[])(void *, u64, u64, u64) = {helper_sum};

/* The place of register NAME in the state, its size in *SIZE. */
static void *place(const char *name, size_t len, size_t *size)
{
    for (unsigned i = 0; i < REGS; i++) {
        if (strlen(regs[i].name) == len && !strncmp(regs[i].name, name, len)) {
            *size = regs[i].type == IR_V128 ? 16 : regs[i].type == IR_I64 ? 8 : 4;
            return (u8 *)&st + regs[i].offset;
        }
    }
    if (name[0] == 'm') {
        *size = 8;
        return buffer + strtoul(name + 1, NULL, 10) % 57;
    }
    ck_abort_msg("no register %.*s", (int)len, name);
    return NULL;
}

/* Walks "name=value ..." up to the end of the line: stores the values, or compares them. */
static void assignments(const char *p, bool compare, const char *where)
{
    while (*p && *p != '\n') {
        const char *eq = strchr(p, '=');
        ck_assert_ptr_nonnull(eq);
        size_t size;
        void *at = place(p, (size_t)(eq - p), &size);
        char *end;
        u64 v[2] = {strtoull(eq + 1, &end, 16), 0};
        if (*end == '_') {
            v[1] = v[0];
            v[0] = strtoull(end + 1, &end, 16);
        }
        if (!compare) {
            memcpy(at, v, size);
        } else if (memcmp(at, v, size) != 0) {
            u64 have[2] = {0};
            memcpy(have, at, size);
            ck_abort_msg("%s: %.*s is %#llx_%016llx", where, (int)(eq - p), p,
                         (unsigned long long)have[1], (unsigned long long)have[0]);
        }
        p = end + strspn(end, " ");
    }
}

static const char *find_line(const char *from, const char *to, const char *key)
{
    const char *p = strstr(from, key);
    return p && p < to ? p + strlen(key) : "";
}

static void check_exit(const char *want, const struct ir_exit *x, const char *where)
{
    char have[64];
    const char *name = ir_ops[x->op].name;
    snprintf(have, sizeof(have), "%s 0x%llx", name, (unsigned long long)x->pc);
    for (char *c = have; *c; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    }
    size_t len = strcspn(want, "\n");
    ck_assert_msg(len == strlen(have) && !strncmp(want, have, len), "%s: left by %s", where, have);
}

/* One unit: the comments from HEAD on, the IR from BODY to END. */
static void run_unit(const char *head, const char *body, const char *end, const char *where)
{
    struct ir_builder b;
    struct ir_fn fn;
    struct ir_exit x;
    snprintf(unit, sizeof(unit), "%.*s", (int)(end - body), body);
    arena_reset(&arena);
    ck_assert_msg(ir_parse(&b, &fn, &arena, regs, REGS, unit, msg, sizeof(msg)) == 0, "%s: %s",
                  where, msg);
    ck_assert_msg(ir_verify(&fn, msg, sizeof(msg)) == NULL, "%s: %s", where, msg);
    struct strbuf sb = STRBUF_ON(printed);
    ir_print(&sb, &fn, regs);
    ck_assert_str_eq(printed, unit);
    fn.nzcv_reg = NZCV;
    st = (struct state){.buf = (u64)buffer};
    for (u8 i = 0; i < sizeof(buffer); i++) {
        buffer[i] = i;
    }
    assignments(find_line(head, body, "# in: "), false, where);
    ir_interp(&fn, regs, &st, helpers, &x);
    const char *out = find_line(head, body, "# out: "), *exit = find_line(head, body, "# exit: ");
    ck_assert_msg(*out || *exit, "%s: expects nothing", where);
    assignments(out, true, where);
    if (*exit) {
        check_exit(exit, &x, where);
    }
}

static unsigned run_file(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = 0;
    unsigned units = 0;
    const char *head = text;
    for (const char *body = strstr(text, "\nunit "); body; units++) {
        body++;
        const char *end = strstr(body, "\n\n");
        end = end ? end + 1 : text + n;
        char where[300];
        snprintf(where, sizeof(where), "%s unit %u", name, units + 1);
        run_unit(head, body, end, where);
        head = end;
        body = strstr(end, "\nunit ");
    }
    ck_assert_msg(units > 0, "%s has no unit", name);
    return units;
}

START_TEST(test_files)
{
    const char *src = getenv("SRCDIR");
    char dir[400];
    snprintf(dir, sizeof(dir), "%s/tests/ir", src ? src : ".");
    DIR *d = opendir(dir);
    ck_assert_msg(d != NULL, "no directory %s (is SRCDIR set?)", dir);
    unsigned files = 0;
    for (struct dirent *e; (e = readdir(d));) {
        size_t len = strlen(e->d_name);
        if (len > 3 && !strcmp(e->d_name + len - 3, ".ir")) {
            run_file(dir, e->d_name);
            files++;
        }
    }
    closedir(d);
    ck_assert_uint_ge(files, 5);
}
END_TEST

UNIT_SUITE(ir_text, test_files)
