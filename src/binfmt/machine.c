/* The kinds of programs there are, the names they go by, and which of them ferry runs on this host.
 */
#include <elf.h>
#include <string.h>

#include "binfmt/binfmt.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

#define LE64 ELFCLASS64, ELFDATA2LSB
#define BE64 ELFCLASS64, ELFDATA2MSB
#define LE32 ELFCLASS32, ELFDATA2LSB

/* The guests first. x86_64 becomes one when ferry has it. */
const struct machine machines[] = {
    {"aarch64", "arm64", "\"linux/arm64\"", EM_AARCH64, LE64, true},
    {"riscv64", "riscv64", "\"linux/riscv64\"", EM_RISCV, LE64, true},
    {"x86_64", "amd64", "\"linux/amd64\"", EM_X86_64, LE64, false},
    {"ppc64le", "ppc64le", "\"linux/ppc64le\"", EM_PPC64, LE64, false},
    {"s390x", "s390x", "\"linux/s390x\"", EM_S390, BE64, false},
    {"i386", "386", "\"linux/386\"", EM_386, LE32, false},
    {"mips64el", "mips64le", "\"linux/mips64le\"", EM_MIPS, LE64, false},
    {"mips64", "mips64", "\"linux/mips64\"", EM_MIPS, BE64, false},
    {"loongarch64", "loong64", "\"linux/loong64\"", EM_LOONGARCH, LE64, false},
    {"arm", "arm", "\"linux/arm/v7\", \"linux/arm/v6\"", EM_ARM, LE32, false},
};
const size_t machine_count = ARRAY_LEN(machines);

#if defined(__x86_64__)
#define HOST_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define HOST_MACHINE EM_AARCH64
#else
#error "ferry knows the hosts x86_64 and aarch64"
#endif

bool machine_is_host(const struct machine *m)
{
    return m->e_machine == HOST_MACHINE && m->elf_class == ELFCLASS64;
}

bool machine_offered(const struct machine *m)
{
    return m->guest && !machine_is_host(m);
}

/* NAME without PREFIX, if it begins with it. */
static const char *without(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 ? name + n : name;
}

const struct machine *machine_by_name(const char *name)
{
    const char *plain = without(without(name, "ferry-"), "qemu-"),
               *platform = without(name, "linux/");
    platform = strcmp(platform, "arm64/v8") == 0 ? "arm64" : platform; /* its only variant */
    for (size_t i = 0; i < machine_count; i++) {
        if (strcmp(machines[i].name, plain) == 0 || strcmp(machines[i].platform, platform) == 0) {
            return &machines[i];
        }
    }
    return NULL;
}

const char *machine_offer(void)
{
    static char text[128];
    struct strbuf sb = STRBUF_ON(text);
    for (size_t i = 0; i < machine_count; i++) {
        const struct machine *m = &machines[i];
        if (machine_offered(m)) {
            bool same = strcmp(m->name, m->platform) == 0;
            sb_printf(&sb, same ? "%s%s" : "%s%s (%s)", sb.len ? ", " : "", m->name, m->platform);
        }
    }
    return text;
}

void machine_header(const struct machine *m, u8 osabi, u8 type, u8 *out)
{
    memset(out, 0, HEADER_LEN);
    memcpy(out, ELFMAG, SELFMAG);
    out[EI_CLASS] = m->elf_class;
    out[EI_DATA] = m->elf_data;
    out[EI_VERSION] = EV_CURRENT;
    out[EI_OSABI] = osabi;
    bool big = m->elf_data == ELFDATA2MSB;
    out[16 + big] = type;
    out[18 + big] = (u8)m->e_machine;
    out[19 - big] = (u8)(m->e_machine >> 8);
}
