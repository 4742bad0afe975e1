/* Random units and states for the tests of the x86_64 backend. */
#ifndef X64_RANDOM_H
#define X64_RANDOM_H

#include "x64_env.h"

u64 t_edge_int(u64 *seed);
void t_random_state(struct t_env *env, u64 *seed);
/* Fills env->fn with a unit of INSNS guest instructions that SEED determines. */
void t_random_unit(struct t_env *env, u64 seed, unsigned insns);

#endif
