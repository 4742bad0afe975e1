/* What shows a guest to its user: system call traces and instructions as text. */
#ifndef DEBUG_DEBUG_H
#define DEBUG_DEBUG_H

#include "base/base.h"
#include "thread/thread.h"

/* Copies guest memory without faulting: 0 or -EFAULT. mem_read() is one. */
typedef int debug_read_fn(void *dst, gaddr src, size_t len);

/* One system call being traced; lives on the caller's stack from enter to exit. */
struct debug_strace {
    const char *name; /* of the row in syscalls.def; NULL: a number without a row */
    const char *sig;  /* of the row */
    u64 nr, args[6];
    s32 tid;
    bool arm_open_flags; /* the guest is aarch64: its own O_DIRECTORY and neighbours */
    debug_read_fn *read;
    /* private */
    unsigned next_arg;
    struct strbuf sb;
    char text[1536];
};

/* Formats the call in S (name, sig, nr, args, tid, arm_open_flags and read are filled by the
 * caller) before it is made. Calls that do not come back are written to the log at once. */
void debug_strace_enter(struct debug_strace *s);

/* Finishes the line with the result RET (-errno or a value) and writes it: `TID name(args) = RET`.
 */
void debug_strace_exit(struct debug_strace *s, s64 ret);

/* One line for a signal about to be delivered: `TID --- SIGSEGV {si_code=1, si_addr=0x0} ---`. */
void debug_strace_signal(s32 tid, int signo, int code, u64 addr);

/* The last system calls of the process, for the crash report. */
struct debug_call {
    const char *name, *sig; /* of the row in syscalls.def; NULL: no call yet */
    u64 args[6];
    s64 ret;
    s32 tid;
};
struct debug_calls {
    u32 next;
    struct debug_call at[8];
};
void debug_note_call(struct debug_calls *calls, const struct debug_call *call);
/* Writes to the log how T, whose process is about to die of SIGNO with CODE and ADDR of its siginfo, came there. */
void debug_crash(const struct thread *t, int signo, int code, u64 addr, const struct debug_calls *calls);

/* Writes to the log where T, the calling thread, is: in a system call or not. */
void debug_where(const struct thread *t, bool in_call);

/* Appends CODE (LEN bytes at ADDR) as a line "ARCH 0xADDR HEX" that ferry-disasm turns into text.
 * ARCH is "aarch64" (whole instructions only) or "x86_64". Fits exec_config.disas. */
void debug_disas(const char *arch, const u8 *code, size_t len, u64 addr, struct strbuf *sb);

/* Sends what this process writes to standard output through ferry-disasm, if that program is beside
 * ours; else does nothing. For --explain only: forks, and the process that goes on is the child. */
void debug_filter_stdout(void);

/* Names of guest addresses. Empty: {0}. It grows by what is asked for, and lives as long as the process. */
struct debug_function {
    u64 addr, size;
    const char *name;
};
struct debug_file { /* an executable mapping that was asked for */
    gaddr lo;
    u64 ino, offset; /* as in struct mem_vma */
    gaddr base;      /* where the file's first mapping begins */
    u64 image;       /* what its symbols take that for */
    const u8 *data;
    u64 size;
    char name[64];
    VEC(struct debug_function) functions; /* by address */
};
struct debug_symbols {
    VEC(struct debug_file) files;
};
/* Appends "FUNCTION [FILE]", or "FILE+OFFSET" where no function is known, of PC. */
void debug_symbol(struct debug_symbols *s, gaddr pc, struct strbuf *sb);

/* What is written for perf(1); the first two are the caller's to set, the rest is zero at first. */
struct debug_perf {
    bool map;  /* /tmp/perf-PID.map: a name for each text */
    bool dump; /* jit-PID.dump, in the directory the process starts in: texts too, for perf inject */
    s32 pid;   /* whose files they are */
    u64 count; /* texts in the dump */
    char map_path[32], dump_path[512];
    struct debug_symbols symbols;
};
/* Notes a text; fits exec_config.on_text, with a struct debug_perf. */
void debug_perf_text(void *perf, const struct exec_text *t);

/* "SIGSEGV", "SIGRT_3" or "SIG99" for signal SIGNO, written to BUF of at least 16 bytes; returns
 * BUF. */
const char *debug_signal_name(int signo, char *buf);

#endif
