/* The RV64 decoder: tables and dispatch made by decgen from rv64_*.dec. */
#include "frontend/riscv64/priv.h"
#define RV64_DECODE_TABLE
#define RV64_DECODE_IMPL
#include "frontend/riscv64/rv64_decode.h"
