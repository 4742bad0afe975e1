// The test records that pass between the host side (rowcheck) and the guest program (runner), and
// the guest addresses both know. state.h is the guest architecture's own.
#ifndef INSN_RECORD_H
#define INSN_RECORD_H

// Fixed guest addresses. All lie within +-1 MiB of the code, so that a pc-relative load can name
// any of them, and within +-128 MiB of the runner's text.
#define ROW_CODE 0x1000000 // generated code, ROW_CODE_SIZE bytes, read-write-execute
#define ROW_CODE_SIZE 0x80000
#define ROW_STATE 0x1080000  // struct state, then the runner's own saved registers
#define ROW_WINDOW 0x10a0000 // centre of two read-write pages; both neighbours are unmapped

// Where the tested instruction of a row sits: `pc` in a row.
#define ROW_SLOT (ROW_CODE + 0x800)

#include "state.h"

#ifndef __ASSEMBLER__
#include <stdint.h>

#define ROW_MEM_HALF 256
#define ROW_MEM_SIZE (2 * ROW_MEM_HALF)
#define ROW_MAX_CODE 32 // bytes of tested code

// One test: the window bytes are those at ROW_WINDOW - ROW_MEM_HALF and up.
struct row_in {
    struct state st;
    uint32_t size; // of code, in bytes
    uint8_t code[ROW_MAX_CODE];
    uint8_t pad[12];
    uint8_t mem[ROW_MEM_SIZE];
};

struct row_out {
    struct state st;
    uint64_t sig;  // 0, or the number of the signal the tested instruction raised
    uint64_t addr; // si_addr of SIGSEGV and SIGBUS, else 0
    uint8_t mem[ROW_MEM_SIZE];
};
#endif
#endif
