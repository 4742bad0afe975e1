// The A64 decoder for subject.h.
#ifdef DECODE_TABLE
#define A64_DECODE_TABLE
#endif
#ifdef DECODE_IMPL
#define A64_DECODE_IMPL
#endif
enum a64_feature {
#define FEATURE(name, ...) A64_EXT_##name,
#include "frontend/aarch64/features.def"
#undef FEATURE
};
struct a64_lift;
static inline bool a64_has(const struct a64_lift *l, unsigned feature)
{
    (void)l;
    (void)feature;
    return true;
}
#include "decode.h.inc"

#ifdef DECODE_IMPL
struct a64_lift {
    enum a64_op op;
};

// Words from the manual's own examples of encodings, so that not all rests on the tables.
static const struct {
    uint32_t word;
    const char *name, *chapter;
} known[] = {
    {0xd503201f, "NOP", "a64_sys"},      {0xd503233f, "HINT", "a64_sys"},
    {0xd65f03c0, "RET", "a64_sys"},      {0xd4000001, "SVC", "a64_sys"},
    {0xa9bf7bfd, "STP", "a64_ldst"},     {0xf9400000, "LDR_imm", "a64_ldst"},
    {0x885ffc00, "LDAXR", "a64_ldst"},   {0xc8e1fc02, "CAS", "a64_ldst"},
    {0x8b020020, "ADD_sreg", "a64_int"}, {0x9b027c20, "MADD", "a64_int"},
    {0x1e622820, "FADD_f", "a64_fp"},    {0x4e20d420, "FADD_v", "a64_simd"},
    {0x4e284820, "AESE", "a64_crypto"},  {0x0f000400, "MOVI", "a64_simd"},
    {0x00000000, "UDF", "a64_sys"},      {0xffffffff, "", ""},
};
#endif
