/* The translator as its clients see it: run guest code until something needs them. */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include <ucontext.h>

#include "backend/host.h"
#include "frontend/guest.h"

/* One translator per process, shared by its threads. */
struct exec;

/* Host code as it is made. */
struct exec_text {
    gaddr pc; /* what it was made from; 0: it serves all */
    haddr host;
    u32 len;
    unsigned tier; /* 1, 2 */
};

struct exec_config {
    const struct guest *guest;
    const struct host *host;
    u64 features;         /* of the guest's CPU (guest->cpu_model) */
    u32 feature_mask;     /* HOST_* allowed; ~0 for all */
    u32 fp_traps;         /* invalid FP operations of a thread that may trap before its code checks for them */
    u64 cache_size;       /* bytes of text per region before a flush, 0: default */
    bool one_insn;        /* one-instruction blocks */
    bool no_chain;
    unsigned tier;        /* 0: hot loops go to tier 2; 1: nothing does; 2: everything is translated that way at once */
    u8 cold;              /* code runs so many times before it is translated; 0: never untranslated */
    u8 cold_early;        /* the same of a process that has not run for long; 0 if COLD is */
    const char *cache_dir; /* translations are kept there for later processes; NULL: nowhere */
    u64 cache_limit;       /* bytes of that directory */
    bool share;            /* without a directory: keep them in memory for the programs this one starts */
    int share_fd;          /* that memory, as an ancestor made it; -1: none yet */
    /* Disassembles LEN bytes at ADDR for the log, one instruction a line; NULL: none. */
    void (*disas)(const char *arch, const u8 *code, size_t len, u64 addr, struct strbuf *sb);
    /* Told of each text when it is made, read in, or becomes a child's by fork; NULL: nobody is. */
    void (*on_text)(void *arg, const struct exec_text *t);
    void *on_text_arg;
};

/* Creates the translator. Dies when memory is short. */
struct exec *exec_create(const struct exec_config *cfg);

/* A cpu for one guest thread, with its return stack; zero guest state, guest->reset called. */
struct cpu *exec_cpu_create(struct exec *ex);
/* A copy of FROM's guest state in a new cpu (clone, vfork). */
struct cpu *exec_cpu_clone(struct exec *ex, const struct cpu *from);
void exec_cpu_destroy(struct exec *ex, struct cpu *cpu);
/* Binds CPU to the calling host thread. */
void exec_bind(struct exec *ex, struct cpu *cpu);
/* The cpu bound to this thread or NULL; usable in signal handlers. */
struct cpu *exec_current(void);

/* Runs CPU from cpu->pc until a reason for the client. */
enum exec_reason exec_run(struct exec *ex, struct cpu *cpu);

/* Makes CPU leave generated code at its next poll (from any thread or signal handler). */
void exec_kick(struct cpu *cpu);
/* Takes back the request; call before looking for what is pending. */
void exec_unkick(struct cpu *cpu);

/* For host signal handlers (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP) of the thread bound to a cpu.
 * EXEC_SIG_RESUME: handled, return from the handler; EXEC_SIG_NOT_OURS: the pc is not in generated code.
 * A guest fault makes exec_run return EXEC_FAULT with cpu->fault filled. */
enum exec_sig { EXEC_SIG_RESUME, EXEC_SIG_NOT_OURS };
enum exec_sig exec_host_fault(struct exec *ex, struct cpu *cpu, int signo, int code, u64 addr, ucontext_t *uc);

/* The guest's memory changed: drop translations that overlap [lo, hi). */
void exec_invalidate(struct exec *ex, gaddr lo, gaddr hi);
/* The guest flushes its instruction cache there: the same for all mappings of that memory. */
void exec_flush_icache(struct exec *ex, gaddr lo, gaddr hi);
/* Around fork: take and release the translator's locks; in the child only the caller's cpu remains. */
void exec_fork_prepare(struct exec *ex);
void exec_fork_parent(struct exec *ex);
void exec_fork_child(struct exec *ex, struct cpu *cpu);

/* Keeps the translations made so far for other processes, before this one ends or executes another program. */
void exec_persist(struct exec *ex);
/* A process is about to be started: makes the memory shared with it, if that is wanted. */
void exec_share(struct exec *ex);
/* Descriptor of that memory, -1: none. It must be inherited by other ferries and be out of the guest's reach. */
int exec_share_fd(const struct exec *ex);
/* Gives it up: this process goes on with other rights than those who will run what is in it. */
void exec_unshare(struct exec *ex);
/* At the end of the guest: what -d stats and -d cache show. */
void exec_print_stats(struct exec *ex);
/* --explain: decode, IR and host code of the LEN bytes of guest code at CODE, as text. Returns an exit code. */
int exec_explain(const struct exec_config *cfg, const u8 *code, size_t len, struct strbuf *sb);

#endif
