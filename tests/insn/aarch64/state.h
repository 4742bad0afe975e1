// The A64 register state of a test, and what else the row tools must know of the architecture.
#ifndef INSN_A64_STATE_H
#define INSN_A64_STATE_H

// Offsets used by enter.S; checked against the struct in enter.c.
#define OFF_X 0
#define OFF_SP 248
#define OFF_PC 256
#define OFF_NZCV 264
#define OFF_FPCR 272
#define OFF_FPSR 280
#define OFF_V 288
#define OFF_SAVE 1024

// What TPIDR_EL0 holds when a test starts.
#define A64_TPIDR 0x7b1d

#ifndef __ASSEMBLER__
#include <stdint.h>

enum {
    ENTRY_BYTES = 4,     // guest_entry
    EXIT_BYTES = 4,      // guest_exit, and the alignment of instructions
    EXIT_STUB_BYTES = 24 // what guest_exit writes elsewhere
};

struct state {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;   // absolute; in a result: where control arrived, or the faulting instruction
    uint64_t nzcv; // bits 31:28, as the system register
    uint64_t fpcr;
    uint64_t fpsr;
    uint64_t v[32][2]; // low half first
};
#endif
#endif
