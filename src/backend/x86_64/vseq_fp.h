/* What the rules of vector floating point share. */
#ifndef BACKEND_X86_64_VSEQ_FP_H
#define BACKEND_X86_64_VSEQ_FP_H

#include "backend/x86_64/vseq.h"

#define FPCR_AHP (1u << 26)
#define FPCR_FZ (1u << 24)

static inline bool is_pd(const struct ir_ins *in)
{
    return (in->aux & 3) == 3;
}

/* The packed instruction of map 0F: singles without prefix, doubles with 66. */
static inline u32 fp_op(unsigned byte, bool pd)
{
    return byte | M_0F | (pd ? (u32)P_66 | O_EW : 0u);
}

#endif
