/* CPU models, HWCAP, ID registers and /proc/cpuinfo features, all from features.def. */
#include <string.h>

#include "frontend/aarch64/a64_state.h"
#include "frontend/aarch64/priv.h"

enum { PFR0, ISAR0, ISAR1 };
enum { MAX = 255 };

static const struct {
    const char *name;
    u8 since, word, bit, reg, lsb, value;
} features[] = {
#define FEATURE(name, since, word, bit, reg, lsb, value) {#name, since, word, bit, reg, lsb, value},
#include "frontend/aarch64/features.def"
#undef FEATURE
};

static u64 hwcap_word(u64 set, unsigned word)
{
    u64 v = 0;
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        v |= features[i].word == word && (set & BIT64(i)) ? BIT64(features[i].bit) : 0;
    }
    return v;
}

u64 a64_hwcap(u64 set)
{
    return hwcap_word(set, 1);
}

u64 a64_hwcap2(u64 set)
{
    return hwcap_word(set, 2);
}

void a64_feature_names(u64 set, struct strbuf *sb)
{
    const char *sep = "";
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        if (set & BIT64(i)) {
            sb_printf(sb, "%s%s", sep, features[i].name);
            sep = " ";
        }
    }
}

/* A set names the model it is of in its top byte. MIDR_EL1 of max: implementer 0 (software), architecture 15. */
#define MODEL_SHIFT 56
static const struct {
    const char *name;
    u8 arch;
    u32 midr;
    const char *what;
} models[] = {
    {"max", MAX, 0x000f0510, "everything ferry implements (the default)"},
    {"cortex-a53", 80, 0x410fd034, "ARMv8.0 with cryptography"},
    {"cortex-a72", 80, 0x410fd083, "ARMv8.0 with cryptography"},
    {"cortex-a76", 82, 0x414fd0b1, "ARMv8.2, without half-precision arithmetic"},
    {"neoverse-n1", 82, 0x414fd0c1, "ARMv8.2, without half-precision arithmetic"},
};

bool a64_model(const char *model, u64 *set)
{
    u64 m = 0;
    while (model && m < ARRAY_LEN(models) && strcmp(models[m].name, model) != 0) {
        m++;
    }
    if (m == ARRAY_LEN(models)) {
        return false;
    }
    *set = m << MODEL_SHIFT;
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        *set |= features[i].since <= models[m].arch ? BIT64(i) : 0;
    }
    return true;
}

void a64_model_list(struct strbuf *sb)
{
    for (unsigned m = 0; m < ARRAY_LEN(models); m++) {
        sb_printf(sb, "  %-12s %s\n", models[m].name, models[m].what);
    }
}

u32 a64_midr(u64 set)
{
    return models[set >> MODEL_SHIFT].midr;
}

/* Fields of an ID register; where two features share one, the larger value. */
static u64 id_fields(u64 set, unsigned reg)
{
    u64 v = 0;
    for (unsigned i = 0; i < ARRAY_LEN(features); i++) {
        u64 field = (u64)features[i].value << features[i].lsb, mask = 15ull << features[i].lsb;
        if ((set & BIT64(i)) && features[i].reg == reg && (v & mask) < field) {
            v = (v & ~mask) | field;
        }
    }
    return v;
}

/* op0 = 3, op1 = 0, CRn = 0: what Linux lets user code read
 * (Documentation/arm64/cpu-feature-registers). Registers and fields it hides read as zero or their
 * safe value. */
bool a64_id_register(u64 set, unsigned crm, unsigned op2, u64 *value)
{
    *value = 0;
    switch (crm << 3 | op2) {
    case 0:
        *value = a64_midr(set);
        return true;
    case 5: /* MPIDR_EL1 */
        *value = 0x80000000;
        return true;
    case 6: /* REVIDR_EL1 */
        return true;
    case 4 << 3 | 0: /* ID_AA64PFR0_EL1: EL0 and EL1 are AArch64 */
        *value = id_fields(set, PFR0) | 0x11;
        return true;
    case 5 << 3 | 0: /* ID_AA64DFR0_EL1: debug architecture 8 */
        *value = 6;
        return true;
    case 6 << 3 | 0:
        *value = id_fields(set, ISAR0);
        return true;
    case 6 << 3 | 1:
        *value = id_fields(set, ISAR1);
        return true;
    case 7 << 3 | 0: /* ID_AA64MMFR0_EL1: no 4K, 64K granules told */
        *value = 0xff000000;
        return true;
    default:
        return crm >= 2 && crm < 8;
    }
}
