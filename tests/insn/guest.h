// Guest side shared by the row runner and the fuzzer: raw system calls, exit stubs, fault capture.
#ifndef INSN_A64_ENTER_H
#define INSN_A64_ENTER_H
#include "state.h"
#include <stddef.h>

void *memcpy(void *d, const void *s, size_t n);
void *memset(void *d, int c, size_t n);

long raw_syscall(long nr, long a, long b, long c, long d, long e, long f);
void a64_enter(const void *code);

// The program's main: sp[0] is argc, sp[1..argc] is argv. Returns the exit status.
int guest_main(uint64_t *sp);

// What the signal handler saw since a64_run started; sig = 0 if nothing.
struct a64_fault {
    uint64_t sig;
    uint64_t addr;
};

// Maps code, state and window pages, installs the handlers. Exits with status 3 on failure.
void a64_setup(void);

// Runs code at `entry` (which starts with a64_enter_word) on the state in *a64_live().
struct a64_fault a64_run(const void *entry);

struct a64_state *a64_live(void);

// The instruction `ldr x30, <A64_STATE.x30>` for placing at address `at`.
uint32_t a64_enter_word(uint64_t at);

// Writes the exit stub (A64_STUB_WORDS instructions) at `at`; it reports `pc` as the arrival
// address.
#define A64_STUB_WORDS 6
void a64_exit_stub(uint32_t *at, uint64_t pc);

// An unconditional branch at address `from` to `to` (within 128 MiB).
uint32_t a64_b(uint64_t from, uint64_t to);

// Makes stores to [from, to) visible to instruction fetch (DC CVAU, IC IVAU, barriers).
void a64_sync_code(const void *from, const void *to);

// Reads or writes exactly n bytes; returns 0 at end of file, 1 when done; exits with 3 on an error.
int a64_read_all(int fd, void *buf, size_t n);
void a64_write_all(int fd, const void *buf, size_t n);
_Noreturn void a64_die(const char *msg);

#endif
