/* The generated decoder's types and prototypes; its code is compiled by decode.c. */
#ifndef FRONTEND_AARCH64_A64_DECODE_H
#define FRONTEND_AARCH64_A64_DECODE_H

#include "frontend/aarch64/a64_decode.h.inc"

#endif
