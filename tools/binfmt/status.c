/* What is registered, for people (a table) and for programs (JSON). */
#include "binfmt.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Programs of M run here by ferry. WHY gets what is missing. */
static bool runs(const struct table *t, const struct machine *m, struct text *why,
                 struct probe *probe)
{
    const struct entry *e = table_winner(t, m);
    memset(probe, 0, sizeof(*probe));
    if (!t->enabled) {
        return failed(why, "binfmt_misc is switched off: echo 1 > status");
    }
    if (!e) {
        return failed(why, "not registered: ferry-binfmt install %s", m->name);
    }
    if (t->kernel) {
        probe_run(m, e->interpreter, probe);
    }
    if (!entry_is_ours_for(e, m)) {
        return failed(why, "%s has them, not ferry: ferry-binfmt install --force %s", e->name,
                      m->name);
    }
    if (probe->result == PROBE_FAILS) {
        return failed(why, "%s", probe->text.s);
    }
    return true;
}

static bool shadowed(const struct table *t, const struct entry *e, const struct entry **by)
{
    for (size_t i = 0; e->enabled && i < machine_count; i++) {
        *by = table_winner(t, &machines[i]);
        if (entry_matches(e, &machines[i]) && *by != e) {
            return true;
        }
    }
    return false;
}

static const char *state_of(const struct options *o, const struct table *t, const struct entry *e,
                            char *out, size_t cap)
{
    const struct entry *by;
    if (!e->enabled) {
        return "disabled";
    }
    if (shadowed(t, e, &by)) {
        snprintf(out, cap, "behind %.100s", by->name);
        return out;
    }
    return entry_alive(e, o->root) ? "alive" : "dead";
}

static int widest(const struct table *t, size_t field, int least)
{
    int width = least;
    for (size_t i = 0; i < t->entries.len; i++) {
        int len = (int)strlen((const char *)&t->entries.data[i] + field);
        width = len > width ? len : width;
    }
    return width;
}

static bool put_table(const struct options *o, const struct table *t)
{
    bool all = true;
    printf("%-12s %-24s %s\n", "PROGRAMS", "ENTRY", "RUN");
    for (size_t i = 0; i < machine_count; i++) {
        struct text why;
        struct probe probe;
        if (!machine_offered(&machines[i])) {
            continue;
        }
        const struct entry *e = table_winner(t, &machines[i]);
        bool ok = runs(t, &machines[i], &why, &probe);
        printf("%-12s %-24s %s%s\n", machines[i].name, e ? e->name : "-",
               ok ? "yes" : "no: ", ok ? probe.result == PROBE_WORKS ? "" : " (not tried)" : why.s);
        all = all && ok;
    }
    int name = widest(t, offsetof(struct entry, name), 8);
    int path = widest(t, offsetof(struct entry, interpreter), 11);
    printf("\n%-*s %-*s FLAGS STATE    OWNER\n", name, "ENTRY", path, "INTERPRETER");
    for (size_t i = 0; i < t->entries.len; i++) {
        const struct entry *e = &t->entries.data[i];
        struct text owner;
        char state[128];
        owner_of(o->root, e, &owner, NULL);
        printf("%-*s %-*s %-5s %-8s %s\n", name, e->name, path, e->interpreter,
               e->flags[0] ? e->flags : "-", state_of(o, t, e, state, sizeof(state)), owner.s);
    }
    printf("\n");
    for (size_t i = 0; flag_meanings[i].flag; i++) {
        printf("flag %c: %s\n", flag_meanings[i].flag, flag_meanings[i].with);
    }
    printf("page size %ld\n", sysconf(_SC_PAGESIZE));
    return all;
}

static const char *json_bool(bool b)
{
    return b ? "true" : "false";
}

static void put_pair(const char *name, const char *value)
{
    printf("\"%s\": ", name);
    if (value) {
        put_json(value);
    } else {
        printf("null");
    }
}

static bool put_json_machines(const struct table *t)
{
    bool all = true;
    const char *comma = "";
    printf("  \"architectures\": [");
    for (size_t i = 0; i < machine_count; i++) {
        const struct machine *m = &machines[i];
        struct text why = {0};
        struct probe probe;
        if (!machine_offered(m)) {
            continue;
        }
        const struct entry *e = table_winner(t, m);
        bool ok = runs(t, m, &why, &probe);
        printf("%s\n    {", comma);
        put_pair("name", m->name);
        printf(", \"platform\": \"linux/%s\", ", m->platform);
        put_pair("entry", e ? e->name : NULL);
        printf(", \"ferry\": %s, \"runs\": %s, ", json_bool(ok),
               probe.result == PROBE_UNKNOWN ? "null" : json_bool(probe.result == PROBE_WORKS));
        put_pair("problem", ok ? NULL : why.s);
        printf("}");
        comma = ",";
        all = all && ok;
    }
    printf("\n  ],\n");
    return all;
}

static void put_json_entry(const struct options *o, const struct table *t, const struct entry *e)
{
    const char *comma = "";
    const struct entry *by = NULL;
    struct text owner;
    owner_of(o->root, e, &owner, NULL);
    bool behind = shadowed(t, e, &by);
    printf("{");
    put_pair("entry", e->name);
    printf(", ");
    put_pair("interpreter", e->interpreter);
    printf(", ");
    put_pair("flags", e->flags);
    printf(",\n     \"meaning\": [");
    for (size_t i = 0; flag_meanings[i].flag; i++) {
        if (entry_has_flag(e, flag_meanings[i].flag)) {
            printf("%s", comma);
            put_json(flag_meanings[i].with);
            comma = ", ";
        }
    }
    printf("],\n     ");
    put_pair("owner", owner.s);
    printf(", \"ours\": %s, \"enabled\": %s, \"alive\": %s, ", json_bool(entry_is_ours(e)),
           json_bool(e->enabled), json_bool(entry_alive(e, o->root)));
    put_pair("behind", behind && by ? by->name : NULL);
    printf("}");
}

static bool put_json_status(const struct options *o, const struct table *t)
{
    printf("{\n  \"version\": \"" FERRY_VERSION "\",\n  \"page_size\": %ld,\n  ",
           sysconf(_SC_PAGESIZE));
    put_pair("binfmt_misc", o->misc);
    printf(",\n  \"enabled\": %s,\n  \"user_namespace\": \"%s\",\n", json_bool(t->enabled),
           in_own_user_namespace() ? "own" : "initial");
    bool all = put_json_machines(t);
    printf("  \"entries\": [");
    for (size_t i = 0; i < t->entries.len; i++) {
        printf("%s\n    ", i ? "," : "");
        put_json_entry(o, t, &t->entries.data[i]);
    }
    printf("\n  ]\n}\n");
    return all;
}

bool status(struct options *o)
{
    struct table t;
    struct text why;
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/register", o->misc);
    /* A container's own /proc does not show what the machine has mounted there. */
    bool mounted = getpid() == 1 && kernel_mount(o, &why);
    if (!mounted && access(path, F_OK) < 0) {
        failed(&why,
               "binfmt_misc is not mounted at %s, so nothing is registered; ferry-binfmt install "
               "all mounts it",
               o->misc);
        if (o->json) {
            printf("{\n  \"version\": \"" FERRY_VERSION "\",\n  \"binfmt_misc\": null,\n  ");
            put_pair("problem", why.s);
            printf(",\n  \"architectures\": [],\n  \"entries\": []\n}\n");
        } else {
            fprintf(stderr, "ferry-binfmt: %s\n", why.s);
        }
        return false;
    }
    if (!table_read(o->misc, &t, &why)) {
        fprintf(stderr, "ferry-binfmt: %s\n", why.s);
        return false;
    }
    bool ok = o->json ? put_json_status(o, &t) : put_table(o, &t);
    table_free(&t);
    return ok;
}

/* The host's platforms: amd64 with the levels this processor has. */
static void put_host_platforms(void)
{
#if defined(__x86_64__)
    printf("\n    \"linux/amd64\"");
    if (__builtin_cpu_supports("x86-64-v2")) {
        printf(",\n    \"linux/amd64/v2\"");
    }
    if (__builtin_cpu_supports("x86-64-v3")) {
        printf(",\n    \"linux/amd64/v3\"");
    }
    if (__builtin_cpu_supports("x86-64-v4")) {
        printf(",\n    \"linux/amd64/v4\"");
    }
#else
    printf("\n    \"linux/arm64\"");
#endif
}

bool list_platforms(const struct options *o)
{
    struct table t;
    struct text why;
    if (!table_read(o->misc, &t, &why)) {
        fprintf(stderr, "ferry-binfmt: %s\n", why.s);
        return false;
    }
    printf("{\n  \"supported\": [");
    put_host_platforms();
    for (size_t i = 0; i < machine_count; i++) {
        const struct entry *e = table_winner(&t, &machines[i]);
        struct probe probe = {.result = PROBE_UNKNOWN};
        if (!e || !t.enabled || !entry_alive(e, o->root) || machine_is_host(&machines[i])) {
            continue;
        }
        if (t.kernel && machines[i].guest) {
            probe_run(&machines[i], e->interpreter, &probe);
        }
        if (probe.result != PROBE_FAILS) {
            printf(",\n    %s", machines[i].variants);
        }
    }
    printf("\n  ],\n  \"emulators\": [");
    const char *comma = "";
    for (size_t i = 0; i < t.entries.len; i++) {
        if (t.entries.data[i].enabled) {
            printf("%s\n    ", comma);
            put_json(t.entries.data[i].name);
            comma = ",";
        }
    }
    printf("%s]\n}\n", *comma ? "\n  " : "");
    table_free(&t);
    return true;
}
