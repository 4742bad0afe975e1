// The RV64 decoder for subject.h.
#ifdef DECODE_TABLE
#define RV64_DECODE_TABLE
#endif
#ifdef DECODE_IMPL
#define RV64_DECODE_IMPL
#endif
enum rv64_feature {
#define FEATURE(id, name, models, hwcap, hwprobe) RV64_EXT_##id,
#include "frontend/riscv64/features.def"
#undef FEATURE
};
struct rv64_lift;
static inline bool rv64_has(const struct rv64_lift *l, unsigned feature)
{
    (void)l;
    (void)feature;
    return true;
}
#include "decode.h.inc"

#ifdef DECODE_IMPL
struct rv64_lift {
    enum rv64_op op;
};

// Words of programs, so that not all rests on the tables.
static const struct {
    uint32_t word;
    const char *name, *chapter;
} known[] = {
    {0x00000013, "ADDI", "rv64_int"},
    {0x00008067, "JALR", "rv64_int"},
    {0x00000073, "ECALL", "rv64_int"},
    {0x02a787b3, "MUL", "rv64_ma"},
    {0x1005272f, "LR", "rv64_ma"},
    {0x60079793, "CLZ", "rv64_bits"},
    {0x8082, "JALR", "rv64_int"},
    {0x1141, "ADDI", "rv64_int"},
    {0xe022, "SD", "rv64_int"},
    {0x02a57553, "FADD_D", "rv64_fp"},
    {0x00053787, "FLD", "rv64_fp"},
    {0x0205e407, "VLE32_V", "rv64_vector"},
    {0x0d0572d7, "VSETVLI", "rv64_vector"},
    {0x00000000, "", ""},
    {0xffffffff, "", ""},
};
#endif
