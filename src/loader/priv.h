/* What the parts of the loader share. Private to src/loader. */
#ifndef LOADER_PRIV_H
#define LOADER_PRIV_H

#include <elf.h>

#include "loader/loader.h"

#define LOADER_MAX_PHDRS 512
#define LOADER_PATH_MAX 4096

/* An ELF file that has been looked at. */
struct elf_file {
    int fd;
    const char *path; /* for messages */
    u64 size;         /* of the file */
    Elf64_Ehdr eh;
    unsigned phnum;
    gaddr lo, hi; /* extent of the PT_LOADs, page aligned */
    u64 align;    /* largest p_align, at least a page */
    /* after elf_map */
    gaddr bias; /* address - p_vaddr */
    gaddr base; /* where LO went */
    Elf64_Phdr ph[LOADER_MAX_PHDRS]; /* the first PHNUM are set: the rest is never touched */
};

/* Fills *E; EXIT_CODE follows from ERR as a shell's would. Returns false. */
bool loader_fail(struct loader_error *e, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Reads and checks the headers of F->fd. */
bool elf_read(struct elf_file *f, const struct abi *(*abi_of)(u16), struct loader_error *e);
/* Maps the segments. */
bool elf_map(struct elf_file *f, struct loader_error *e);
/* The name in PT_INTERP into BUF; false with e->err 0 when there is none. */
bool elf_interp(const struct elf_file *f, char buf[LOADER_PATH_MAX], struct loader_error *e);
/* Address of the program headers in memory, 0 when no segment holds them. */
gaddr elf_phdr_address(const struct elf_file *f);
/* True when the program asks for an executable stack. */
bool elf_exec_stack(const struct elf_file *f);

/* Opens NAME, if absolute under SYSROOT first; the descriptor or -errno. FOUND (LOADER_PATH_MAX
 * bytes): the name that was opened. */
int loader_open(const char *name, const char *sysroot, char *found);

/* Lays out the initial stack of IMG; VEC holds what differs from program to program. */
bool stack_build(const struct loader_params *p, struct loader_image *img, char **argv,
                 const struct elf_file *exe, struct loader_error *e);

#endif
