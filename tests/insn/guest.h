// Guest side shared by the row runner and the fuzzer: raw system calls, tests, fault capture. What
// is marked (arch) is in the architecture's enter.c and enter.S, the rest in guest.c.
#ifndef INSN_GUEST_H
#define INSN_GUEST_H
#include "record.h"
#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *d, const void *s, size_t n);
void *memset(void *d, int c, size_t n);

// (arch)
long raw_syscall(long nr, long a, long b, long c, long d, long e, long f);

// The program's main: sp[0] is argc, sp[1..argc] is argv. Returns the exit status.
int guest_main(uint64_t *sp);

// What the signal handler saw since guest_run started; sig = 0 if nothing.
struct fault {
    uint64_t sig;
    uint64_t addr;
};

// Maps code, state and window pages, installs the handlers. Exits with status 3 on failure.
void guest_setup(void);

// Runs the code at `entry` (which starts with guest_entry's) on the state in *guest_live() and
// leaves the state after in there. `end` is the end of the tested code; beyond it are only exits.
struct fault guest_run(const void *entry, const void *end);

struct state *guest_live(void);

// (arch) Writes ENTRY_BYTES of code at `at` that go on to the tested code right behind.
void guest_entry(uint64_t at);

// (arch) Writes EXIT_BYTES of code at `at` that end a test, and EXIT_STUB_BYTES at `stub` for its
// use. The state after has `pc` as its pc, or `at` where the architecture needs no stub.
void guest_exit(uint64_t at, uint64_t stub, uint64_t pc);

// (arch) Makes stores to [from, to) visible to instruction fetch.
void guest_sync_code(const void *from, const void *to);

// (arch) Sends the signals of `sigs` (n of them) to the handler, which calls guest_caught.
void guest_catch(const int *sigs, size_t n);

// (arch) Runs code with the state at ROW_STATE; comes back when the test has ended and the state is
// stored.
void guest_enter(const void *code);

// What a handler calls when it has stored the state; exits where no test runs.
void guest_caught(int sig, uint64_t addr);

// Reads or writes exactly n bytes; returns 0 at end of file, 1 when done; exits with 3 on an error.
int guest_read_all(int fd, void *buf, size_t n);
void guest_write_all(int fd, const void *buf, size_t n);
_Noreturn void guest_die(const char *msg);

#endif
