/* The riscv64 ABI's parts. Private to src/signal/riscv64. */
#ifndef SIGNAL_RISCV64_PRIV_H
#define SIGNAL_RISCV64_PRIV_H

#include "frontend/riscv64/rv64_state.h"
#include "mem/mem.h"
#include "signal/priv.h"

enum { RV64_RA = 1, RV64_SP = 2, RV64_TP = 4, RV64_A0 = 10, RV64_A1 = 11, RV64_A2 = 12, RV64_A7 = 17 };

/* AT_MINSIGSTKSZ with the vector extension: the frame with all its records. */
#define RV64_MINSIGSTKSZ 1664
#define RV64_MIN_ALTSTACK 2048 /* MINSIGSTKSZ of asm-generic/signal.h */

int rv64_push_frame(struct cpu *cpu, const struct abi_signal *s);
int rv64_pop_frame(struct cpu *cpu, u64 *mask, u64 *alt_sp, u64 *alt_size, s32 *alt_flags);

#endif
