/* The signal frame of aarch64 Linux, field by field as its kernel writes it (arch/arm64, struct rt_sigframe). */
#include "signal/aarch64/priv.h"

#include <errno.h>
#include <string.h>

#define FPSIMD_RECORD 0x46508001u
#define ESR_RECORD 0x45535201u
#define EXTRA_RECORD 0x45585401u
#define PSTATE_NZCV 0xf0000000ull
#define PSTATE_KERNEL 0x3dfull /* exception level, 32-bit state, interrupt masks: all zero in a program */

/* Syndrome register: exception class, instruction length bit, write bit, and the two fault kinds at level 3. */
#define ESR_DATA_ABORT (0x24u << 26)
#define ESR_FETCH_ABORT (0x20u << 26)
#define ESR_IL (1u << 25)
#define ESR_WNR (1u << 6)
#define ESR_TRANSLATION 0x07u
#define ESR_PERMISSION 0x0fu

struct record {
    u32 magic, size;
};

struct fpsimd_record {
    struct record head;
    u32 fpsr, fpcr;
    v128 v[32];
};
_Static_assert(sizeof(struct fpsimd_record) == 528, "layout");

struct esr_record {
    struct record head;
    u64 esr;
};

struct a64_sigcontext {
    u64 fault_address;
    u64 regs[31];
    u64 sp, pc, pstate;
    u8 reserved[4096] __attribute__((aligned(16)));
};

struct rt_sigframe {
    u8 info[128];
    u64 uc_flags, uc_link;
    struct {
        u64 sp;
        s32 flags, pad;
        u64 size;
    } uc_stack;
    u64 uc_sigmask;
    u8 unused[120]; /* room for a mask of 1024 signals */
    struct a64_sigcontext mc;
};
_Static_assert(offsetof(struct rt_sigframe, mc) == 128 + 176, "layout");
_Static_assert(offsetof(struct a64_sigcontext, reserved) == 288, "layout");
_Static_assert(sizeof(struct rt_sigframe) == 4688, "layout");

/* What a frame and the frame record above it take at most, alignment included. */
#define FRAME_SIZE ALIGN_UP(sizeof(struct rt_sigframe), 16)
_Static_assert(FRAME_SIZE + 16 + 16 <= A64_MINSIGSTKSZ, "fits on the smallest stack");

static void fill_context(struct a64_sigcontext *mc, const struct cpu *cpu, const struct abi_signal *s)
{
    const struct a64_regs *r = a64_regs(cpu);
    u8 *at = mc->reserved;
    memcpy(mc->regs, r->x, sizeof(mc->regs));
    mc->sp = r->sp;
    mc->pc = cpu->pc;
    mc->pstate = a64_get_nzcv(cpu) & PSTATE_NZCV;
    mc->fault_address = s->fault ? s->fault_addr : 0;
    struct fpsimd_record fp = {.head = {FPSIMD_RECORD, sizeof(fp)}, .fpsr = a64_get_fpsr(cpu), .fpcr = r->fpcr};
    memcpy(fp.v, r->v, sizeof(fp.v));
    memcpy(at, &fp, sizeof(fp));
    at += sizeof(fp);
    if (s->fault) {
        struct esr_record e = {.head = {ESR_RECORD, sizeof(e)}};
        e.esr = (s->fault_fetch ? ESR_FETCH_ABORT : ESR_DATA_ABORT) | ESR_IL | (s->fault_write ? ESR_WNR : 0) |
                (s->fault_mapped ? ESR_PERMISSION : ESR_TRANSLATION);
        memcpy(at, &e, sizeof(e));
        at += sizeof(e);
    }
    memset(at, 0, sizeof(struct record));
}

int a64_push_frame(struct cpu *cpu, const struct abi_signal *s)
{
    struct a64_regs *r = a64_regs(cpu);
    u64 record = ALIGN_DOWN(s->frame_sp - 16, 16), frame = record - FRAME_SIZE;
    struct rt_sigframe f;
    /* Only the part of reserved that is written is copied out. */
    const size_t used = offsetof(struct rt_sigframe, mc.reserved) + sizeof(struct fpsimd_record) +
                        sizeof(struct esr_record) + sizeof(struct record);
    memset(&f, 0, used);
    memcpy(f.info, s->info, sizeof(f.info));
    f.uc_stack.sp = s->alt_sp;
    f.uc_stack.flags = s->alt_flags;
    f.uc_stack.size = s->alt_size;
    f.uc_sigmask = s->mask;
    fill_context(&f.mc, cpu, s);
    u64 chain[2] = {r->x[29], r->x[30]};
    if (mem_write(frame, &f, used) || mem_write(record, chain, sizeof(chain))) {
        return -EFAULT;
    }
    a64_clear_exclusive(cpu);
    r->x[0] = (u64)s->signo;
    if (s->flags & KSA_SIGINFO) {
        r->x[1] = frame + offsetof(struct rt_sigframe, info);
        r->x[2] = frame + offsetof(struct rt_sigframe, uc_flags);
    }
    r->x[29] = record;
    r->x[30] = s->restorer;
    r->sp = frame;
    cpu->pc = s->handler;
    return 0;
}

/* The record with MAGIC in RESERVED, NULL when there is none or the list is malformed. */
static const u8 *find_record(const u8 *reserved, u32 magic, u32 size)
{
    for (u32 at = 0; at + sizeof(struct record) <= 4096;) {
        struct record head;
        memcpy(&head, reserved + at, sizeof(head));
        if (head.magic == magic) {
            return head.size == size && at + size <= 4096 ? reserved + at : NULL;
        }
        if (!head.magic || head.size < sizeof(head) || head.size % 16 || head.size > 4096 - at) {
            return NULL;
        }
        at += head.size;
    }
    return NULL;
}

int a64_pop_frame(struct cpu *cpu, u64 *mask, u64 *alt_sp, u64 *alt_size, s32 *alt_flags)
{
    struct a64_regs *r = a64_regs(cpu);
    struct rt_sigframe f;
    struct fpsimd_record fp;
    if (r->sp & 15 || mem_read(&f, r->sp, sizeof(f))) {
        return -EFAULT;
    }
    if (f.mc.pstate & PSTATE_KERNEL) {
        return -EFAULT;
    }
    const u8 *rec = find_record(f.mc.reserved, FPSIMD_RECORD, sizeof(fp));
    if (!rec) {
        return -EFAULT;
    }
    memcpy(&fp, rec, sizeof(fp));
    memcpy(r->x, f.mc.regs, sizeof(r->x));
    r->sp = f.mc.sp;
    cpu->pc = f.mc.pc;
    a64_set_nzcv(cpu, (u32)(f.mc.pstate & PSTATE_NZCV));
    memcpy(r->v, fp.v, sizeof(r->v));
    a64_set_fpcr(cpu, fp.fpcr);
    a64_set_fpsr(cpu, fp.fpsr);
    a64_clear_exclusive(cpu);
    *mask = f.uc_sigmask;
    *alt_sp = f.uc_stack.sp;
    *alt_size = f.uc_stack.size;
    *alt_flags = f.uc_stack.flags;
    return 0;
}
