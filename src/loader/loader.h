/* Program start: ELF files and scripts into guest memory, the initial stack and vector. */
#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include "mem/mem.h"
#include "signal/abi.h"

struct loader_params {
    const char *path;    /* the program as the user named it (host path, -L not applied) */
    int fd;              /* open descriptor of it (AT_EXECFD), which loader_load closes, or -1 */
    char **argv, **envp; /* the guest's */
    const char *execfn;  /* AT_EXECFN */
    const char *sysroot; /* -L, NULL: none */
    struct arena *arena; /* what is put there must live as long as the process */
    u64 stack_size;
    u64 at_flags;
    bool secure;                                /* AT_SECURE */
    const struct abi *(*abi_of)(u16 e_machine); /* arch.c */
    u64 (*features_of)(u16 e_machine); /* of the CPU that programs for this machine see; NULL: 0 */
};

struct loader_image {
    const struct abi *abi;
    u16 e_machine;
    gaddr entry; /* where to start: the interpreter's or the program's */
    gaddr sp;
    gaddr stack_lo, stack_hi;
    gaddr exe_base, interp_base, vdso;
    gaddr sigreturn; /* the vDSO's rt_sigreturn, 0: none */
    gaddr auxv;
    u64 auxv_size;
    gaddr arg_start, arg_end, env_start, env_end;
    const char *exe_path; /* canonical path of the program for /proc/self/exe */
};

/* What went wrong, to be shown to the user: exit code 126 (not executable) or 127 (not found). */
struct loader_error {
    int exit_code;
    int err;        /* errno that execve would give */
    char text[512]; /* one line: what and what to do */
};

/* Reads e_machine of the ELF file FD; -ENOEXEC when it is none of ours (MSG explains). */
int loader_probe(int fd, const char *path, u16 *e_machine, struct loader_error *e);
/* True when PATH is absolute and no component is empty or begins with two dots or is ".". */
bool loader_plain_path(const char *path);
/* Splits LINE, which begins with #! and has the first N bytes of a script (LOADER_SCRIPT_LINE at most, and room for a
 * NUL), into the interpreter's name and its argument (NULL: none), as Linux does: all behind the name is one argument,
 * which may be cut off. False when there is no name, or not all of it. */
#define LOADER_SCRIPT_LINE 256
bool loader_script(char *line, long n, char **name, char **arg);
/* Loads the program; false with *E filled. Scripts are followed (at most 5 deep). */
bool loader_load(const struct loader_params *p, struct loader_image *img, struct loader_error *e);

#endif
