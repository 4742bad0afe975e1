/* Entries of binfmt_misc: read as the kernel shows them, compared, matched with programs, written
 * as it wants them. */
#include "binfmt.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static int hex_digit(int c)
{
    c |= 0x20;
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* HEX into OUT (128 bytes); bytes, or -1. */
static int parse_hex(const char *hex, uint8_t *out)
{
    int n = 0;
    for (; hex[0] && hex[1] && n < 128; hex += 2, n++) {
        int hi = hex_digit(hex[0]), lo = hex_digit(hex[1]);
        if (hi < 0 || lo < 0) {
            return -1;
        }
        out[n] = (uint8_t)(hi << 4 | lo);
    }
    return n;
}

static void parse_line(struct entry *e, const char *line)
{
    if (strncmp(line, "interpreter ", 12) == 0) {
        snprintf(e->interpreter, sizeof(e->interpreter), "%s", line + 12);
    } else if (strncmp(line, "flags: ", 7) == 0) {
        snprintf(e->flags, sizeof(e->flags), "%s", line + 7);
    } else if (strncmp(line, "offset ", 7) == 0) {
        e->offset = atoi(line + 7);
    } else if (strncmp(line, "magic ", 6) == 0) {
        int size = parse_hex(line + 6, e->magic);
        e->by_magic = size > 0;
        e->size = size > 0 ? size : 0;
        memset(e->mask, 0xff, sizeof(e->mask));
    } else if (strncmp(line, "mask ", 5) == 0) {
        parse_hex(line + 5, e->mask);
    }
}

/* What the file of an entry says; false when it is not (or no longer) an entry. */
static bool parse_entry(struct entry *e, char *text)
{
    char *save, *line = strtok_r(text, "\n", &save);
    if (!line || (strcmp(line, "enabled") != 0 && strcmp(line, "disabled") != 0)) {
        return false;
    }
    e->enabled = line[0] == 'e';
    while ((line = strtok_r(NULL, "\n", &save))) {
        parse_line(e, line);
    }
    return true;
}

static bool read_entries(const char *dir, DIR *d, struct table *out)
{
    char text[8192], path[PATH_MAX + 256];
    struct dirent *de;
    while ((de = readdir(d))) {
        if (de->d_name[0] == '.' || strcmp(de->d_name, "register") == 0 ||
            strcmp(de->d_name, "status") == 0) {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
        if (read_file(path, text, sizeof(text)) <= 0) {
            continue; /* removed this moment, or no file */
        }
        struct entry *more = reallocarray(out->entries, out->count + 1, sizeof(*more));
        if (!more) {
            return false;
        }
        out->entries = more;
        struct entry *e = memset(&more[out->count], 0, sizeof(*e));
        snprintf(e->name, sizeof(e->name), "%s", de->d_name);
        out->count += parse_entry(e, text);
    }
    return true;
}

bool table_read(const char *dir, struct table *out, struct text *why)
{
    struct statfs fs;
    char path[PATH_MAX + 8], text[32];
    memset(out, 0, sizeof(*out));
    /* A directory of this file system gives its newest name first. */
    DIR *d = opendir(dir);
    if (!d) {
        return failed(why, "%s cannot be read: %s", dir, strerror(errno));
    }
    out->kernel = statfs(dir, &fs) == 0 && fs.f_type == BINFMT_MISC_MAGIC;
    snprintf(path, sizeof(path), "%s/status", dir);
    out->enabled = read_file(path, text, sizeof(text)) < 0 || strncmp(text, "disabled", 8) != 0;
    bool ok = read_entries(dir, d, out);
    closedir(d);
    return ok || failed(why, "out of memory");
}

void table_free(struct table *t)
{
    free(t->entries);
    t->entries = NULL;
    t->count = 0;
}

struct entry *table_find(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->entries[i].name, name) == 0) {
            return &t->entries[i];
        }
    }
    return NULL;
}

struct entry *table_winner(const struct table *t, const struct machine *m)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->entries[i].enabled && entry_matches(&t->entries[i], m)) {
            return &t->entries[i];
        }
    }
    return NULL;
}

static bool matches_header(const struct entry *e, const uint8_t *header)
{
    for (int i = 0; i < e->size; i++) {
        int at = e->offset + i;
        uint8_t byte =
            at < HEADER_LEN ? header[at] : e->magic[i]; /* what comes later may be anything */
        if ((byte ^ e->magic[i]) & e->mask[i]) {
            return false;
        }
    }
    return true;
}

bool entry_matches(const struct entry *e, const struct machine *m)
{
    static const uint8_t osabi[] = {ELFOSABI_SYSV, ELFOSABI_GNU};
    static const uint8_t type[] = {ET_EXEC, ET_DYN};
    uint8_t header[HEADER_LEN];
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
    snprintf(out, cap, "ferry-%s", m->name);
}

bool entry_is_ours_for(const struct entry *e, const struct machine *m)
{
    char name[64], spare[72];
    entry_name_of(m, name, sizeof(name));
    snprintf(spare, sizeof(spare), "%s.new", name);
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
    snprintf(path, sizeof(path), "%s%s", root, e->interpreter);
    return e->enabled && (entry_has_flag(e, 'F') || access(path, X_OK) == 0);
}

void entry_wanted(const struct options *o, const struct machine *m, struct entry *out)
{
    memset(out, 0, sizeof(*out));
    entry_name_of(m, out->name, sizeof(out->name));
    snprintf(out->interpreter, sizeof(out->interpreter), "%s", o->interpreter);
    snprintf(out->flags, sizeof(out->flags), "%s", o->flags);
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
        snprintf(magic + 4 * i, 5, "\\x%02x", e->magic[i]);
        snprintf(mask + 4 * i, 5, "\\x%02x", e->mask[i]);
    }
    const char *delimiter = strchr(e->interpreter, ':') ? "|" : ":";
    if (strchr(e->interpreter, *delimiter) || strchr(e->interpreter, '\n')) {
        return failed(why,
                      "the interpreter's path %s has characters the kernel cannot take (: with |, "
                      "or a newline)",
                      e->interpreter);
    }
    char d = *delimiter;
    int len = snprintf(out, cap, "%c%s%cM%c%c%s%c%s%c%s%c%s", d, name, d, d, d, magic, d, mask, d,
                       e->interpreter, d, e->flags);
    if (len > REGISTER_MAX || (size_t)len >= cap) {
        return failed(why,
                      "the interpreter's path is too long: the kernel takes %d bytes for the whole "
                      "registration",
                      REGISTER_MAX);
    }
    return true;
}
