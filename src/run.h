/* The loop of one guest thread. */
#ifndef RUN_H
#define RUN_H

#include "thread/thread.h"

/* Runs T until it ends; does not return. */
NORETURN void run_thread(struct thread *t);

#endif
