/* CPU models, AT_HWCAP, riscv_hwprobe and the isa string, all from features.def. */
#include <string.h>

#include "frontend/riscv64/rv64_state.h"

enum { MAX = 99 };

static const struct {
    char name[12];
    u8 models;
    s8 hwcap, hwprobe;
} features[] = {
#define FEATURE(id, name, models, hwcap, hwprobe) {name, models, hwcap, hwprobe},
#include "frontend/riscv64/features.def"
#undef FEATURE
};

static const struct {
    char name[8], what[56];
    u8 number;
} models[] = {
    {"max", "everything ferry implements (the default)", MAX},
    {"rva20", "RVA20U64: RV64GC", 20},
    {"rva22", "RVA22U64: with bit manipulation and cache management", 22},
    {"rva23", "RVA23U64: with vectors", 23},
};

bool rv64_model(const char *model, u64 *set)
{
    unsigned m = 0;
    while (model && m < ARRAY_LEN(models) && strcmp(models[m].name, model) != 0) {
        m++;
    }
    if (m == ARRAY_LEN(models)) {
        return false;
    }
    *set = 0;
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        *set |= features[i].models <= models[m].number ? BIT64(i) : 0;
    }
    return true;
}

void rv64_model_list(struct strbuf *sb)
{
    for (unsigned m = 0; m < ARRAY_LEN(models); m++) {
        sb_printf(sb, "  %-8s %s\n", models[m].name, models[m].what);
    }
}

u64 rv64_hwcap(u64 set)
{
    u64 v = 0;
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        v |= (set & BIT64(i)) && features[i].hwcap >= 0 ? BIT64(features[i].hwcap) : 0;
    }
    return v;
}

static u64 extension_bits(u64 set)
{
    u64 v = 0;
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        v |= (set & BIT64(i)) && features[i].hwprobe >= 0 ? BIT64(features[i].hwprobe) : 0;
    }
    return v;
}

/* Keys of riscv_hwprobe (Linux, Documentation/arch/riscv/hwprobe.rst). */
enum {
    KEY_MVENDORID, KEY_MARCHID, KEY_MIMPID, KEY_BASE_BEHAVIOR, KEY_IMA_EXT_0, KEY_CPUPERF_0,
    KEY_ZICBOZ_BLOCK_SIZE, KEY_HIGHEST_VIRT_ADDRESS, KEY_TIME_CSR_FREQ, KEY_MISALIGNED_SCALAR_PERF,
    KEY_MISALIGNED_VECTOR_PERF, KEY_VENDOR_EXT_THEAD_0, KEY_ZICBOM_BLOCK_SIZE
};
#define MISALIGNED_FAST 3
#define MISALIGNED_VECTOR_UNSUPPORTED 4

bool rv64_hwprobe(u64 set, s64 key, u64 *value)
{
    *value = 0;
    switch (key) {
    case KEY_MVENDORID:
    case KEY_MARCHID:
    case KEY_MIMPID:
    case KEY_VENDOR_EXT_THEAD_0:
        return true;
    case KEY_BASE_BEHAVIOR:
        *value = 1; /* IMA */
        return true;
    case KEY_IMA_EXT_0:
        *value = extension_bits(set);
        return true;
    case KEY_CPUPERF_0:
    case KEY_MISALIGNED_SCALAR_PERF:
        *value = MISALIGNED_FAST;
        return true;
    case KEY_MISALIGNED_VECTOR_PERF:
        *value = set & BIT64(RV64_EXT_V) ? MISALIGNED_FAST : MISALIGNED_VECTOR_UNSUPPORTED;
        return true;
    case KEY_ZICBOZ_BLOCK_SIZE:
        *value = set & BIT64(RV64_EXT_Zicboz) ? RV64_CBO_BLOCK : 0;
        return true;
    case KEY_ZICBOM_BLOCK_SIZE:
        *value = set & BIT64(RV64_EXT_Zicbom) ? RV64_CBO_BLOCK : 0;
        return true;
    case KEY_HIGHEST_VIRT_ADDRESS:
        *value = MASK64(RV64_ADDRESS_BITS);
        return true;
    case KEY_TIME_CSR_FREQ:
        *value = RV64_TIME_FREQUENCY;
        return true;
    default:
        return false;
    }
}

void rv64_isa_string(u64 set, struct strbuf *sb)
{
    sb_puts(sb, "rv64");
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        if (set & BIT64(i)) {
            sb_printf(sb, "%s%s", features[i].name[1] ? "_" : "", features[i].name);
        }
    }
}
