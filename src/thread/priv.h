/* What the host thread under a guest thread needs. Private to src/thread. */
#ifndef THREAD_PRIV_H
#define THREAD_PRIV_H

#include "thread/thread.h"

/* Makes BLOCK, which is 64-byte aligned, the TLS block of a new host thread, with the SIZE bytes of variables as the
 * calling thread has them now; returns its thread pointer. */
void *host_make_tls(u8 *block, u64 size);

/* clone(2): the child calls FN(ARG), which must not return, on the stack that ends at SP (16-byte
 * aligned). Returns the child's id or -errno. */
long host_clone(u64 flags, void *sp, u64 ptid, u64 ctid, void *tls, void (*fn)(void *), void *arg);
/* The same by clone3(2); the stack is in ARGS. */
long host_clone3(void *args, u64 size, void (*fn)(void *), void *arg);
/* Unmaps [map, map + size), on which we may be running, and ends by system call NR (exit or
 * exit_group). */
NORETURN void host_exit(u8 *map, u64 size, long nr, int status);

/* A struct thread with a stack, an alternate signal stack and a TLS block for a new host thread, in one mapping;
 * NULL when memory is short. */
struct thread *thread_alloc(void);
void thread_free(struct thread *t);
/* Top of T's host stack. */
void *thread_stack_top(const struct thread *t);
void thread_link(struct thread *t);
void thread_unlink(struct thread *t);

struct sighand *sighand_alloc(void);
void sighand_drop(struct sighand *s);

#endif
