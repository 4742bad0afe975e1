/* Unit tests of src/syscall/syscalls.def: against this machine's headers and against itself. */
#include <string.h>
#include <sys/syscall.h>

#include "base/types.h"
#include "unit.h"

enum policy { PASS, PATH, CUSTOM, ENOSYS_POLICY };
#define POLICY_PASS PASS
#define POLICY_PATH PATH
#define POLICY_CUSTOM CUSTOM
#define POLICY_ENOSYS ENOSYS_POLICY

static const struct row {
    const char *name;
    int x86_64, generic;
    enum policy policy;
    const char *sig;
} table[] = {
#define SYS(name, x86_64, generic, policy, sig) {#name, x86_64, generic, POLICY_##policy, sig},
#define SYS_X86_64(name, x86_64, policy, sig) {#name, x86_64, -1, POLICY_##policy, sig},
#define SYS_RISCV64(name, generic, policy, sig) {#name, -1, generic, POLICY_##policy, sig},
#include "syscall/syscalls.def"
};

START_TEST(test_no_number_twice)
{
    static u8 x86_64[1024], generic[1024];
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct row *r = &table[i];
        ck_assert_msg(r->x86_64 < 0 || !x86_64[r->x86_64]++, "%s", r->name);
        ck_assert_msg(r->generic < 0 || !generic[r->generic]++, "%s", r->name);
    }
    /* No gaps either, but for those Linux has. */
    for (int nr = 0; nr <= 334; nr++) {
        ck_assert_msg(x86_64[nr], "x86_64 %d", nr);
    }
    for (int nr = 0; nr <= 291; nr++) {
        bool gap = nr >= 244 && nr < 260 && nr != 258 && nr != 259; /* for architectures to use */
        ck_assert_msg(generic[nr] || gap, "generic %d", nr);
    }
    for (int nr = 424; nr <= 469; nr++) {
        ck_assert_msg(x86_64[nr] && generic[nr], "%d", nr);
    }
}
END_TEST

START_TEST(test_signatures)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct row *r = &table[i];
        size_t args = strcspn(r->sig, ":");
        ck_assert_msg(args <= 6, "%s", r->name);
        ck_assert_msg(strspn(r->sig, "iulzxXopdDPqnvbBFaehcgKkMmSNtAfyr") == args, "%s", r->name);
        ck_assert_msg((strchr(r->sig, 'P') != NULL) >= (r->policy == PATH), "%s", r->name);
        for (size_t j = 0; j < args; j++) {
            if (r->sig[j] == 'D') {
                ck_assert_msg(strchr("Pq", r->sig[j + 1]), "%s", r->name);
            }
        }
        /* A call that finds something by path cannot just be passed on. */
        ck_assert_msg(!(r->policy == PASS && strchr(r->sig, 'P')), "%s", r->name);
    }
}
END_TEST

START_TEST(test_against_the_headers)
{
#if defined(__x86_64__)
#define NUMBER(r) ((r)->x86_64)
#else
#define NUMBER(r) ((r)->generic)
#endif
    static const struct {
        const char *name;
        long nr;
    } known[] = {
#define KNOWN(name) {#name, SYS_##name}
        KNOWN(read),         KNOWN(openat),     KNOWN(mmap),      KNOWN(clone),
        KNOWN(execve),       KNOWN(wait4),      KNOWN(futex),     KNOWN(fcntl),
        KNOWN(rt_sigreturn), KNOWN(statx),      KNOWN(rseq),      KNOWN(io_uring_setup),
        KNOWN(lseek),        KNOWN(newfstatat), KNOWN(prlimit64), KNOWN(getrandom),
        KNOWN(clone3),       KNOWN(ppoll),      KNOWN(sendfile),  KNOWN(fadvise64),
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        bool found = false;
        for (size_t j = 0; j < ARRAY_LEN(table); j++) {
            if (!strcmp(known[i].name, table[j].name)) {
                ck_assert_msg(NUMBER(&table[j]) == known[i].nr, "%s", known[i].name);
                found = true;
            }
        }
        ck_assert_msg(found, "%s", known[i].name);
    }
}
END_TEST

UNIT_SUITE(syscalls, test_no_number_twice, test_signatures, test_against_the_headers)
