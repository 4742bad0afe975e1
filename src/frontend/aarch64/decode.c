/* The A64 decoder: tables and dispatch made by decgen from a64_*.dec. */
#define A64_DECODE_TABLE
#define A64_DECODE_IMPL
#include "frontend/aarch64/priv.h"
#include "frontend/aarch64/a64_decode.h"
