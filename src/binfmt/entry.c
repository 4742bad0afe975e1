/* Entries of binfmt_misc: read as the kernel shows them, compared, matched with programs, written
 * as it wants them. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/sys_raw.h"
#include "binfmt/binfmt.h"

const struct flag_meaning flag_meanings[] = {
    {'P', "the program's own argv[0] is kept", "the program's own argv[0] is lost"},
    {'O', "the program is handed over open, so it need not be readable",
     "programs must be readable"},
    {'C', "set-user-ID programs get their rights", "set-user-ID programs get no rights"},
    {'F', "the interpreter is held open, so it works in containers and chroots",
     "the interpreter is looked for in each container or chroot"},
    {0, NULL, NULL},
};

static int hex_digit(int c)
{
    c |= 0x20;
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* HEX into OUT (128 bytes); bytes, or -1. */
static int parse_hex(const char *hex, u8 *out)
{
    int n = 0;
    for (; hex[0] && hex[1] && n < 128; hex += 2, n++) {
        int hi = hex_digit(hex[0]), lo = hex_digit(hex[1]);
        if (hi < 0 || lo < 0) {
            return -1;
        }
        out[n] = (u8)(hi << 4 | lo);
    }
    return n;
}

/* S without PREFIX, NULL when it does not begin so. */
static const char *behind(const char *s, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

static void parse_line(struct entry *e, const char *line)
{
    const char *value;
    if ((value = behind(line, "interpreter "))) {
        fmt_snprintf(e->interpreter, sizeof(e->interpreter), "%s", value);
    } else if ((value = behind(line, "flags: "))) {
        fmt_snprintf(e->flags, sizeof(e->flags), "%s", value);
    } else if ((value = behind(line, "offset "))) {
        for (; *value >= '0' && *value <= '9' && e->offset < 10000; value++) {
            e->offset = e->offset * 10 + (*value - '0');
        }
    } else if ((value = behind(line, "magic "))) {
        int size = parse_hex(value, e->magic);
        e->by_magic = size > 0;
        e->size = size > 0 ? size : 0;
        memset(e->mask, 0xff, sizeof(e->mask));
    } else if ((value = behind(line, "mask "))) {
        parse_hex(value, e->mask);
    }
}

/* What the file of an entry says; false when it is not (or no longer) an entry. */
static bool parse_entry(struct entry *e, char *text)
{
    bool first = true;
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? (*end = 0, 1) : 0;
        if (!first) {
            parse_line(e, line);
        } else if (strcmp(line, "enabled") != 0 && strcmp(line, "disabled") != 0) {
            return false;
        } else {
            e->enabled = line[0] == 'e';
        }
        first = false;
    }
    return !first;
}

struct reading {
    const char *dir;
    struct table *out;
};

static bool read_entry(const char *name, void *arg)
{
    const struct reading *r = arg;
    char text[8192], path[PATH_MAX + 256];
    fmt_snprintf(path, sizeof(path), "%s/%s", r->dir, name);
    if (strcmp(name, "register") == 0 || strcmp(name, "status") == 0 ||
        read_file(path, text, sizeof(text)) <= 0) {
        return true; /* the file system's own, or removed this moment */
    }
    vec_reserve(&r->out->entries, r->out->entries.len + 1);
    struct entry *e = memset(&r->out->entries.data[r->out->entries.len], 0, sizeof(*e));
    fmt_snprintf(e->name, sizeof(e->name), "%s", name);
    r->out->entries.len += parse_entry(e, text);
    return true;
}

bool table_read(const char *dir, struct table *out, struct text *why)
{
    struct statfs fs;
    char path[PATH_MAX + 8], text[32];
    struct reading r = {dir, out};
    memset(out, 0, sizeof(*out));
    /* A directory of this file system gives its newest name first. */
    long err = visit_names(dir, read_entry, &r);
    if (err < 0) {
        return failed(why, "%s cannot be read: %s", dir, errno_text((int)-err));
    }
    out->kernel =
        raw_syscall(__NR_statfs, RAW_PTR(dir), RAW_PTR(&fs)) == 0 && fs.f_type == BINFMT_MISC_MAGIC;
    fmt_snprintf(path, sizeof(path), "%s/status", dir);
    out->enabled = read_file(path, text, sizeof(text)) < 0 || strncmp(text, "disabled", 8) != 0;
    return true;
}

void table_free(struct table *t)
{
    vec_free(&t->entries);
}

struct entry *table_find(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->entries.len; i++) {
        if (strcmp(t->entries.data[i].name, name) == 0) {
            return &t->entries.data[i];
        }
    }
    return NULL;
}

struct entry *table_winner(const struct table *t, const struct machine *m)
{
    for (size_t i = 0; i < t->entries.len; i++) {
        if (t->entries.data[i].enabled && entry_matches(&t->entries.data[i], m)) {
            return &t->entries.data[i];
        }
    }
    return NULL;
}

static bool matches_header(const struct entry *e, const u8 *header)
{
    for (int i = 0; i < e->size; i++) {
        int at = e->offset + i;
        u8 byte = at < HEADER_LEN ? header[at] : e->magic[i]; /* what comes later may be anything */
        if ((byte ^ e->magic[i]) & e->mask[i]) {
            return false;
        }
    }
    return true;
}

bool entry_matches(const struct entry *e, const struct machine *m)
{
    static const u8 osabi[] = {ELFOSABI_SYSV, ELFOSABI_GNU};
    static const u8 type[] = {ET_EXEC, ET_DYN};
    u8 header[HEADER_LEN];
    if (!e->by_magic || e->offset + e->size < HEADER_LEN) {
        return false; /* what does not look at the machine is for ELF files as such, or for others
                       */
    }
    for (size_t i = 0; i < ARRAY_LEN(osabi) * ARRAY_LEN(type); i++) {
        machine_header(m, osabi[i / 2], type[i % 2], header);
        if (matches_header(e, header)) {
            return true;
        }
    }
    return false;
}

void entry_name_of(const struct machine *m, char *out, size_t cap)
{
    fmt_snprintf(out, cap, "ferry-%s", m->name);
}

bool entry_is_ours_for(const struct entry *e, const struct machine *m)
{
    char name[64], spare[72];
    entry_name_of(m, name, sizeof(name));
    fmt_snprintf(spare, sizeof(spare), "%s.new", name);
    return strcmp(e->name, name) == 0 || strcmp(e->name, spare) == 0;
}

bool entry_is_ours(const struct entry *e)
{
    for (size_t i = 0; i < machine_count; i++) {
        if (machines[i].guest && entry_is_ours_for(e, &machines[i])) {
            return true;
        }
    }
    return false;
}

bool entry_has_flag(const struct entry *e, char flag)
{
    return strchr(e->flags, flag) != NULL;
}

bool entry_alive(const struct entry *e, const char *root)
{
    char path[PATH_MAX * 2];
    fmt_snprintf(path, sizeof(path), "%s%s", root, e->interpreter);
    return e->enabled &&
           (entry_has_flag(e, 'F') || raw_faccessat(AT_FDCWD, path, 1 /* X_OK */) == 0);
}

void entry_wanted(const struct machine *m, const char *interpreter, const char *flags,
                  struct entry *out)
{
    memset(out, 0, sizeof(*out));
    entry_name_of(m, out->name, sizeof(out->name));
    fmt_snprintf(out->interpreter, sizeof(out->interpreter), "%s", interpreter);
    fmt_snprintf(out->flags, sizeof(out->flags), "%s", flags);
    out->enabled = out->by_magic = true;
    out->size = HEADER_LEN;
    machine_header(m, 0, ET_EXEC, out->magic);
    /* Class, byte order and version decide. OSABI and the bytes behind it are anything: the kernel
     * itself looks at none of them, static programs of GNU have 3 in OSABI, AppImages "AI" in the
     * padding. */
    memset(out->mask, 0xff, HEADER_LEN);
    memset(out->mask + EI_OSABI, 0, EI_NIDENT - EI_OSABI);
    out->mask[16 + (m->elf_data == ELFDATA2MSB)] = 0xfe; /* ET_EXEC and ET_DYN */
}

bool entry_equal(const struct entry *a, const struct entry *b)
{
    return a->enabled == b->enabled && a->by_magic == b->by_magic && a->offset == b->offset &&
           a->size == b->size && memcmp(a->magic, b->magic, (size_t)a->size) == 0 &&
           memcmp(a->mask, b->mask, (size_t)a->size) == 0 &&
           strcmp(a->interpreter, b->interpreter) == 0 && strcmp(a->flags, b->flags) == 0;
}

bool entry_line(const struct entry *e, const char *name, char *out, size_t cap, struct text *why)
{
    char magic[4 * HEADER_LEN + 1] = "", mask[4 * HEADER_LEN + 1] = "";
    for (int i = 0; i < e->size; i++) {
        fmt_snprintf(magic + 4 * i, 5, "\\x%02x", e->magic[i]);
        fmt_snprintf(mask + 4 * i, 5, "\\x%02x", e->mask[i]);
    }
    const char *delimiter = strchr(e->interpreter, ':') ? "|" : ":";
    if (strchr(e->interpreter, *delimiter) || strchr(e->interpreter, '\n')) {
        return failed(why,
                      "the interpreter's path %s has characters the kernel cannot take (: with |, "
                      "or a newline)",
                      e->interpreter);
    }
    char d = *delimiter;
    struct strbuf sb = {.data = out, .cap = cap};
    sb_printf(&sb, "%c%s%cM%c%c%s%c%s%c%s%c%s", d, name, d, d, d, magic, d, mask, d, e->interpreter,
              d, e->flags);
    if (sb.len > REGISTER_MAX || sb.len + 1 >= cap) {
        return failed(why,
                      "the interpreter's path is too long: the kernel takes %d bytes for the whole "
                      "registration",
                      REGISTER_MAX);
    }
    return true;
}
