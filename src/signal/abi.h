/* What Linux emulation must know of a guest: numbers, frames and layouts; no instructions in here. */
#ifndef SIGNAL_ABI_H
#define SIGNAL_ABI_H

#include "ir/cpu.h"

struct abi_signal { /* what a frame builder needs */
    int signo;
    const void *info; /* siginfo_t, 128 bytes, same layout on all */
    u64 handler, flags, restorer;
    u64 mask;         /* to be stored in the frame */
    u64 alt_sp, alt_size; /* sigaltstack, to be stored in the frame */
    s32 alt_flags;
    u64 frame_sp;     /* where the frame goes below: the stack pointer or the end of the alternate stack */
    bool fault;       /* a synchronous memory fault: FAULT_ADDR and FAULT_WRITE say more */
    bool fault_write;
    bool fault_fetch; /* of an instruction */
    bool fault_mapped; /* a matter of protection */
    u64 fault_addr;
};

struct abi {
    const char *uname_machine;  /* "aarch64" */
    u8 nr_column;               /* 0: x86_64's system call numbers, 1: generic */
    unsigned address_bits;
    u32 audit_arch;
    bool open_flags_arm;        /* O_DIRECTORY and its neighbours are numbered as on arm */

    u64 (*syscall_nr)(const struct cpu *cpu);
    void (*syscall_args)(const struct cpu *cpu, u64 args[6]);
    void (*syscall_result)(struct cpu *cpu, u64 value);
    /* Back to the system call instruction with its first argument restored, to restart it. */
    void (*syscall_restart)(struct cpu *cpu, u64 arg0);

    u64 (*get_sp)(const struct cpu *cpu);
    void (*set_sp)(struct cpu *cpu, u64 sp);
    void (*set_tls)(struct cpu *cpu, u64 tls);
    void (*start)(struct cpu *cpu, u64 entry, u64 sp); /* registers as after execve */

    /* Pushes a signal frame and enters the handler; -EFAULT when the stack cannot be written. */
    int (*push_frame)(struct cpu *cpu, const struct abi_signal *s);
    /* rt_sigreturn: restores registers, *MASK and the altstack; -EFAULT on a bad frame. */
    int (*pop_frame)(struct cpu *cpu, u64 *mask, u64 *alt_sp, u64 *alt_size, s32 *alt_flags);

    /* What a CPU with FEATURES (guest->cpu_model) tells: AT_HWCAP, AT_HWCAP2 (NULL: none). */
    u64 (*hwcap)(u64 features);
    u64 (*hwcap2)(u64 features);
    const char *platform;       /* AT_PLATFORM, NULL: none */
    /* The value of KEY for riscv_hwprobe, false when there is no such key. NULL: no such system call. */
    bool (*hwprobe)(u64 features, s64 key, u64 *value);
    /* Fills PAGE (4096 bytes) with the vDSO image; returns its length. */
    size_t (*vdso)(u8 *page, size_t cap);
    u64 vdso_sigreturn;         /* offset of rt_sigreturn in it */
    void (*cpuinfo)(struct strbuf *sb, u64 features, unsigned cpus);
    const char *loader_package; /* for the error about a missing PT_INTERP */
    const char *multiarch;      /* "aarch64-linux-gnu" */
    unsigned minsigstksz;       /* AT_MINSIGSTKSZ */
    unsigned min_altstack;      /* smallest stack sigaltstack takes: MINSIGSTKSZ */
    bool sa_restorer;           /* struct sigaction has sa_restorer */
};

extern const struct abi abi_aarch64, abi_riscv64;

#endif
