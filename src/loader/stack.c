/* The initial stack: strings, auxiliary vector, pointers, argc. */
#define _GNU_SOURCE
#include "loader/priv.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define STACK_DEFAULT (8ull << 20)
#define STACK_MIN (512ull << 10)
#define STACK_MAX (1ull << 30)
#define AUX_MAX 32

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

struct aux {
    u64 type, value;
};

/* A stack being filled from its top. */
struct filler {
    gaddr top;
    gaddr limit; /* strings may not go below */
    bool full;
};

static u64 stack_size(const struct loader_params *p)
{
    struct rlimit rl = {RLIM_INFINITY, RLIM_INFINITY};
    u64 size = p->stack_size;
    if (!size) {
        raw_syscall(__NR_prlimit64, 0, RLIMIT_STACK, 0, RAW_PTR(&rl));
        size = rl.rlim_cur == RLIM_INFINITY ? STACK_DEFAULT : rl.rlim_cur;
    }
    return ALIGN_UP(MIN(MAX(size, STACK_MIN), STACK_MAX), mem_page_size());
}

static gaddr push_bytes(struct filler *f, const void *data, size_t len)
{
    if (f->top - f->limit < len) {
        f->full = true;
        return 0;
    }
    f->top -= len;
    memcpy((void *)f->top, data, len);
    return f->top;
}

/* Pushes the strings of LIST so that the first lies lowest; addresses to OUT (a NULL-terminated
 * copy). Returns their number. */
static size_t push_strings(struct filler *f, char **list, u64 *out)
{
    size_t n = 0;
    while (list[n]) {
        n++;
    }
    for (size_t i = n; i-- > 0 && !f->full;) {
        out[i] = push_bytes(f, list[i], strlen(list[i]) + 1);
    }
    out[n] = 0;
    return n;
}

static size_t count(char **list)
{
    size_t n = 0;
    while (list[n]) {
        n++;
    }
    return n;
}

/* In the kernel's order; returns the number of pairs with the end. */
static size_t fill_aux(struct aux *v, const struct loader_params *p, const struct loader_image *img,
                       const struct elf_file *exe, gaddr random, gaddr platform, gaddr execfn)
{
    const struct abi *abi = img->abi;
    u64 features = p->features_of ? p->features_of(img->e_machine) : 0;
    size_t n = 0;
#define AUX(t, x) (v[n++] = (struct aux){(t), (u64)(x)})
    if (img->vdso) {
        AUX(AT_SYSINFO_EHDR, img->vdso);
    }
    AUX(AT_MINSIGSTKSZ, abi->minsigstksz);
    AUX(AT_HWCAP, abi->hwcap(features));
    AUX(AT_PAGESZ, mem_page_size());
    AUX(AT_CLKTCK, 100);
    AUX(AT_PHDR, elf_phdr_address(exe));
    AUX(AT_PHENT, sizeof(Elf64_Phdr));
    AUX(AT_PHNUM, exe->phnum);
    AUX(AT_BASE, img->interp_base);
    AUX(AT_FLAGS, p->at_flags);
    AUX(AT_ENTRY, exe->eh.e_entry + exe->bias);
    AUX(AT_UID, getauxval(AT_UID));
    AUX(AT_EUID, getauxval(AT_EUID));
    AUX(AT_GID, getauxval(AT_GID));
    AUX(AT_EGID, getauxval(AT_EGID));
    AUX(AT_SECURE, p->secure);
    AUX(AT_RANDOM, random);
    if (abi->hwcap2) {
        AUX(AT_HWCAP2, abi->hwcap2(features));
    }
    AUX(AT_EXECFN, execfn);
    if (platform) {
        AUX(AT_PLATFORM, platform);
    }
    AUX(AT_NULL, 0);
#undef AUX
    return n;
}

static bool too_long(const struct elf_file *exe, struct loader_error *e)
{
    return loader_fail(
        e, E2BIG,
        "the arguments and environment of %s do not fit on its stack; make it larger with "
        "-s SIZE or ulimit -s",
        exe->file->path);
}

/* The part below the strings: argc, argv, envp, auxv. */
static bool push_vectors(struct filler *f, struct loader_image *img, const u64 *argv, size_t argc,
                         const u64 *envp, size_t envc, const struct aux *aux, size_t auxc)
{
    size_t words = 1 + argc + 1 + envc + 1 + 2 * auxc;
    if (f->top - f->limit < words * 8 + 32) {
        return false;
    }
    gaddr sp = ALIGN_DOWN(f->top - words * 8, 16);
    u64 *w = (u64 *)sp;
    *w++ = argc;
    memcpy(w, argv, (argc + 1) * 8);
    w += argc + 1;
    memcpy(w, envp, (envc + 1) * 8);
    w += envc + 1;
    memcpy(w, aux, auxc * sizeof(*aux));
    img->auxv = (gaddr)w;
    img->auxv_size = auxc * sizeof(*aux);
    img->sp = sp;
    return true;
}

/* Builds the vDSO in the page at P. */
static bool fill_vdso(struct loader_image *img, gaddr p)
{
    u64 page = mem_page_size();
    if (!img->abi->vdso((u8 *)p, page)) {
        return false;
    }
    img->vdso = p;
    img->sigreturn = p + img->abi->vdso_sigreturn;
    return mem_mprotect(p, page, PROT_READ | PROT_EXEC) == 0;
}

/* The guest's AT_RANDOM: the bytes the kernel gave to ferry, which needs them no more. */
static void random_bytes(u8 seed[16])
{
    const void *ours = (const void *)getauxval(AT_RANDOM);
    if (ours) {
        memcpy(seed, ours, 16);
    } else {
        u64 mix[2] = {hash_u64((u64)raw_getpid()), hash_u64(RAW_PTR(seed))};
        memcpy(seed, mix, 16);
    }
}

bool stack_build(const struct loader_params *p, struct loader_image *img, char **argv,
                 const struct elf_file *exe, struct loader_error *e)
{
    u64 size = stack_size(p), vdso = img->abi->vdso ? mem_page_size() : 0;
    s64 lo = mem_map_stack(size, PROT_READ | PROT_WRITE | (elf_exec_stack(exe) ? PROT_EXEC : 0), vdso);
    if (raw_is_err(lo) || (vdso && !fill_vdso(img, (gaddr)lo + size))) {
        return loader_fail(e, ENOMEM, "no room for a stack of %llu bytes: %s",
                           (unsigned long long)size, errno_text(raw_is_err(lo) ? (int)-lo : ENOMEM));
    }
    img->stack_lo = (gaddr)lo;
    img->stack_hi = (gaddr)lo + size;
    /* The kernel gives strings and pointers a quarter; a script or -E may have added to what it let
     * through. */
    struct filler f = {.top = img->stack_hi - 8, .limit = (gaddr)lo + size / 2};
    u64 *argp = arena_new_n(p->arena, u64, count(argv) + 1),
        *envp = arena_new_n(p->arena, u64, count(p->envp) + 1);
    struct aux aux[AUX_MAX];
    u8 seed[16];
    memset((void *)f.top, 0, 8);
    random_bytes(seed);
    const char *fn = p->execfn ? p->execfn : p->path;
    gaddr execfn = push_bytes(&f, fn, strlen(fn) + 1);
    img->env_end = f.top;
    size_t envc = push_strings(&f, p->envp, envp);
    img->env_start = img->arg_end = f.top;
    size_t argc = push_strings(&f, argv, argp);
    img->arg_start = f.top;
    const char *pn = img->abi->platform;
    gaddr platform = pn ? push_bytes(&f, pn, strlen(pn) + 1) : 0;
    f.top = ALIGN_DOWN(f.top, 16);
    gaddr random = push_bytes(&f, seed, sizeof(seed));
    size_t auxc = fill_aux(aux, p, img, exe, random, platform, execfn);
    bool ok = !f.full && push_vectors(&f, img, argp, argc, envp, envc, aux, auxc);
    return ok ? true : too_long(exe, e);
}
