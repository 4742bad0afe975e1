/* The generated decoder's types and prototypes; its code is compiled by decode.c. */
#ifndef FRONTEND_RISCV64_RV64_DECODE_H
#define FRONTEND_RISCV64_RV64_DECODE_H

#include "frontend/riscv64/rv64_decode.h.inc"

#endif
