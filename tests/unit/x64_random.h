/* Random units and states for the tests of the x86_64 backend. */
#ifndef X64_RANDOM_H
#define X64_RANDOM_H

#include "x64_env.h"

u64 t_edge_int(u64 *seed);
void t_random_state(struct t_env *env, u64 *seed);
/* Fills env->fn with a unit of INSNS guest instructions that SEED determines; an even SEED gives code that does not
 * depend on where memory is. With FAULTS some of them access the
 * page behind env->mem, which is to be unreadable then. */
void t_random_unit(struct t_env *env, u64 seed, unsigned insns, bool faults);
/* Runs the unit; when it faults, checks that the recipe gives the exact guest state. *FAULTED says whether it did. */
bool t_same_or_fault(struct t_env *env, const char *what, bool *faulted);

#endif
