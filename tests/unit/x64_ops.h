/* One unit per op, type, aux and kind of operands: what the backend's rules are judged by. */
#ifndef X64_OPS_H
#define X64_OPS_H

#include "x64_env.h"

/* Tests OP in all its forms ROUNDS times each; returns the number of failures (it stops at the first few). */
unsigned t_test_op(struct t_env *env, enum ir_op op, unsigned rounds);
/* True when the op computes a value from values and is tested by t_test_op. */
bool t_is_value_op(enum ir_op op);
/* The values of aux lifters use with OP and TYPE, into A (room for 2048); returns how many. */
unsigned t_op_auxes(enum ir_op op, enum ir_type type, u16 *a);

#endif
