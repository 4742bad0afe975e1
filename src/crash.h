/* What is said of a program that ends by ferry's doing. */
#ifndef CRASH_H
#define CRASH_H

#include "thread/thread.h"

/* T has come to an instruction that is none. If SIGILL ends the program for that, one line on
 * standard error says which and where, unless the instruction is one that compilers put to end
 * programs. */
void crash_illegal(const struct thread *t);

#endif
