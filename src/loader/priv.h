/* What the parts of the loader share. Private to src/loader. */
#ifndef LOADER_PRIV_H
#define LOADER_PRIV_H

#include <elf.h>
#include <sys/stat.h>

#include "loader/loader.h"

#define LOADER_MAX_PHDRS 512
#define LOADER_PATH_MAX 4096

/* A plain file that has been opened, and its beginning, which is all that most programs need to be looked into. */
struct loader_file {
    int fd;           /* or -errno */
    const char *path; /* for messages */
    bool canonical;   /* PATH has no symbolic link and no dots in it */
    struct stat st;
    long head_len;    /* bytes of HEAD that were read, or -errno */
    u8 head[1024] __attribute__((aligned(8)));
};

/* An ELF file that has been looked at. */
struct elf_file {
    struct loader_file *file;
    Elf64_Ehdr eh;
    unsigned phnum;
    gaddr lo, hi; /* extent of the PT_LOADs, page aligned */
    u64 align;    /* largest p_align, at least a page */
    /* after elf_map */
    gaddr bias; /* address - p_vaddr */
    gaddr base; /* where LO went */
    Elf64_Phdr *ph; /* [phnum] */
};

/* Fills *E; EXIT_CODE follows from ERR as a shell's would. Returns false. */
bool loader_fail(struct loader_error *e, int err, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Looks at F->fd, opened as F->path: only plain files are programs. */
bool loader_look(struct loader_file *f, struct loader_error *e);

/* Reads and checks the headers of F->file. */
bool elf_read(struct elf_file *f, const struct loader_params *p, struct loader_error *e);
/* Maps the segments. */
bool elf_map(struct elf_file *f, struct loader_error *e);
/* The name in PT_INTERP to *NAME (in ARENA), NULL when there is none. False when it cannot be read. */
bool elf_interp(const struct elf_file *f, struct arena *arena, const char **name, struct loader_error *e);
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
