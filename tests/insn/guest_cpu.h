/* What insn_test must know of a guest: in GUEST/cpu.c. */
#ifndef INSN_GUEST_CPU_H
#define INSN_GUEST_CPU_H
#include "frontend/guest.h"
#include "record.h"

extern const struct guest *const row_guest;
extern const char *const row_cpu_model; /* NULL: the default */

/* The registers of a row's state into the cpu, which was reset, and back; the pc is the caller's.
 */
void row_load_cpu(struct cpu *cpu, const struct state *st);
void row_store_cpu(const struct cpu *cpu, struct state *st);

/* The result of a system call. */
void row_set_result(struct cpu *cpu, u64 v);

#endif
