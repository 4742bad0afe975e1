// The test records that pass between the host side (rowcheck) and the aarch64 runner.
#ifndef INSN_A64_STATE_H
#define INSN_A64_STATE_H

// Fixed guest addresses. All lie within +-1 MiB of the code, so that a pc-relative load can name
// any of them, and within +-128 MiB of the runner's text, so that a plain branch reaches it.
#define A64_CODE 0x1000000 // generated code, A64_CODE_SIZE bytes, read-write-execute
#define A64_CODE_SIZE 0x80000
#define A64_STATE 0x1080000  // struct a64_state, then the runner's own saved registers
#define A64_WINDOW 0x10a0000 // centre of two read-write pages; both neighbours are unmapped

// Where the tested instruction of a row sits: `pc` in a row.
#define A64_SLOT (A64_CODE + 0x800)

// Offsets used by enter.S; checked against the struct in enter.h.
#define A64_OFF_X 0
#define A64_OFF_SP 248
#define A64_OFF_PC 256
#define A64_OFF_NZCV 264
#define A64_OFF_FPCR 272
#define A64_OFF_FPSR 280
#define A64_OFF_V 288
#define A64_OFF_SAVE 1024

// What TPIDR_EL0 holds when a test starts.
#define A64_TPIDR 0x7b1d

#ifndef __ASSEMBLER__
#include <stdint.h>

#define A64_MEM_HALF 256
#define A64_MEM_SIZE (2 * A64_MEM_HALF)
#define A64_MAX_WORDS 4

struct a64_state {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;   // absolute; in a result: where control arrived, or the faulting instruction
    uint64_t nzcv; // bits 31:28, as the system register
    uint64_t fpcr;
    uint64_t fpsr;
    uint64_t v[32][2]; // low half first
};

// One test: the window bytes are those at A64_WINDOW - A64_MEM_HALF and up.
struct a64_in {
    struct a64_state st;
    uint32_t nwords;
    uint32_t words[A64_MAX_WORDS];
    uint32_t pad;
    uint8_t mem[A64_MEM_SIZE];
};

struct a64_out {
    struct a64_state st;
    uint64_t sig;  // 0, or the number of the signal the tested instruction raised
    uint64_t addr; // si_addr of SIGSEGV and SIGBUS, else 0
    uint8_t mem[A64_MEM_SIZE];
};
#endif
#endif
