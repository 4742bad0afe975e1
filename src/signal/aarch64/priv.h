/* The aarch64 ABI's parts. Private to src/signal/aarch64. */
#ifndef SIGNAL_AARCH64_PRIV_H
#define SIGNAL_AARCH64_PRIV_H

#include "frontend/aarch64/a64_state.h"
#include "mem/mem.h"
#include "signal/priv.h"

/* AT_MINSIGSTKSZ of a CPU without SVE: the frame, the frame record above it, alignment. */
#define A64_MINSIGSTKSZ 4720
#define A64_MIN_ALTSTACK 5120 /* MINSIGSTKSZ of asm/signal.h */

int a64_push_frame(struct cpu *cpu, const struct abi_signal *s);
int a64_pop_frame(struct cpu *cpu, u64 *mask, u64 *alt_sp, u64 *alt_size, s32 *alt_flags);

#endif
