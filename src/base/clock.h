/* The host's clocks, read through its vDSO where it has one: a system call costs several times as much. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

#include "base/types.h"

/* clock_gettime(2) for clocks that are no negative number; 0 or -errno. Usable anywhere. */
int clock_read(clockid_t clock, struct timespec *ts);

#endif
