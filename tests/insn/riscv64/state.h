// The RV64 register state of a test, and what else the row tools must know of the architecture.
#ifndef INSN_RV64_STATE_H
#define INSN_RV64_STATE_H

// Offsets used by enter.S; checked against the struct in enter.c. All but those of v and of what
// lies behind fit an instruction's offset.
#define OFF_X 0
#define OFF_F 256
#define OFF_PC 512
#define OFF_FFLAGS 520
#define OFF_FRM 528
#define OFF_VL 536
#define OFF_VTYPE 544
#define OFF_VSTART 552
#define OFF_VXRM 560
#define OFF_VXSAT 568
#define OFF_V 576
#define OFF_SAVE 1536

#ifndef __ASSEMBLER__
#include <stdint.h>

enum {
    ENTRY_BYTES = 8,    // guest_entry
    EXIT_BYTES = 2,     // guest_exit, and the alignment of instructions
    EXIT_STUB_BYTES = 0 // an exit is a breakpoint, whose address is seen in the signal frame
};

struct state {
    uint64_t x[32]; // x[0] is 0
    uint64_t f[32];
    uint64_t pc; // absolute; in a result: where control arrived, or the faulting instruction
    uint64_t fflags, frm;
    uint64_t vl, vtype, vstart;
    uint64_t vxrm, vxsat;
    uint64_t v[32][2]; // VLEN is 128; low half first
};
#endif
#endif
