/* Prints docs/SYSCALLS.md from the table of system calls: mksyscalls > docs/SYSCALLS.md */
#include <stdio.h>
#include <string.h>

enum policy { PASS, PATH, CUSTOM, ENOSYS };

static const struct row {
    const char *name;
    int x86_64, generic;
    enum policy policy;
    const char *guests;
} table[] = {
#define SYS(name, x86_64, generic, policy, sig) {#name, x86_64, generic, policy, ""},
#define SYS_X86_64(name, x86_64, policy, sig) {#name, x86_64, -1, policy, "x86_64"},
#define SYS_RISCV64(name, generic, policy, sig) {#name, -1, generic, policy, "riscv64"},
#include "syscall/syscalls.def"
};

static const struct {
    const char *name, *meaning;
} policies[] = {
    [PASS] = {"PASS", "the host's call with the same arguments"},
    [PATH] = {"PATH",
              "the host's call, after paths have been looked up under `-L` and in the emulated "
              "`/proc`"},
    [CUSTOM] = {"CUSTOM", "a handler of ferry's converts, follows or emulates something"},
    [ENOSYS] = {"ENOSYS", "not offered: fails with ENOSYS"},
};

enum { ROWS = sizeof(table) / sizeof(table[0]), POLICIES = sizeof(policies) / sizeof(policies[0]) };

static void put_number(int nr)
{
    if (nr >= 0) {
        printf("| %d ", nr);
    } else {
        printf("| ");
    }
}

int main(void)
{
    int count[POLICIES] = {0};
    for (int i = 0; i < ROWS; i++) {
        count[table[i].policy]++;
    }
    printf("# System calls\n\n"
           "Generated from [syscalls.def](../src/syscall/syscalls.def), which also says why a call "
           "has "
           "its policy;\n`make syscalls-md` rewrites this page. %d calls, up to Linux 6.17.\n\n"
           "| policy | calls | what ferry does |\n|---|---|---|\n",
           ROWS);
    for (int i = 0; i < POLICIES; i++) {
        printf("| %s | %d | %s |\n", policies[i].name, count[i], policies[i].meaning);
    }
    printf("\n| call | x86_64 | aarch64, riscv64 | policy | only |\n|---|---|---|---|---|\n");
    for (int i = 0; i < ROWS; i++) {
        printf("| %s ", table[i].name);
        put_number(table[i].x86_64);
        put_number(table[i].generic);
        printf("| %s | %s |\n", policies[table[i].policy].name, table[i].guests);
    }
    return fflush(stdout) != 0 || ferror(stdout);
}
