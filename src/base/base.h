/* All of src/base in one include. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/options.h"
#include "base/pool.h"
#include "base/sys_raw.h"
#include "base/types.h"
#include "base/vec.h"

#endif
