/* The signal frame of riscv64 Linux, field by field as its kernel writes it (arch/riscv, struct rt_sigframe). */
#include "signal/riscv64/priv.h"

#include <errno.h>
#include <string.h>

#define VECTOR_MAGIC 0x53465457u
#define VLENB 16

struct record {
    u32 magic, size; /* both 0: the end */
};

struct vector_record {
    struct record head;
    u64 vstart, vl, vtype, vcsr, vlenb;
    u64 datap; /* address of V */
    v128 v[32];
} __attribute__((packed));
_Static_assert(sizeof(struct vector_record) == 568, "layout");

struct rv64_sigcontext {
    u64 pc, x[31]; /* x1 and up */
    union {
        struct {
            u64 f[32];
            u32 fcsr;
        } d;
        struct { /* what an F, D or Q unit never uses of its 528 bytes begins the records */
            u32 padding[129], reserved;
            struct record head;
        } ext;
        v128 align[33];
    };
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
    struct rv64_sigcontext mc __attribute__((aligned(16)));
};
_Static_assert(sizeof(struct rv64_sigcontext) == 784, "layout");
_Static_assert(offsetof(struct rv64_sigcontext, ext.head) == 256 + 520, "layout");
_Static_assert(offsetof(struct rt_sigframe, mc) == 128 + 176, "layout");
_Static_assert(sizeof(struct rt_sigframe) == 1088, "layout");

#define RECORDS offsetof(struct rt_sigframe, mc.ext.head)

struct whole_frame { /* with the vector record, whose head is that of the end if there is none */
    u8 fixed[RECORDS];
    struct vector_record vector;
    struct record end;
} __attribute__((packed));
_Static_assert(ALIGN_UP(sizeof(struct whole_frame), 16) == RV64_MINSIGSTKSZ, "largest frame");

static void fill_context(struct rt_sigframe *f, const struct cpu *cpu, const struct abi_signal *s)
{
    const struct rv64_regs *r = rv64_regs(cpu);
    memset(f, 0, sizeof(*f));
    memcpy(f->info, s->info, sizeof(f->info));
    f->uc_stack.sp = s->alt_sp;
    f->uc_stack.flags = s->alt_flags;
    f->uc_stack.size = s->alt_size;
    f->uc_sigmask = s->mask;
    f->mc.pc = cpu->pc;
    memcpy(f->mc.x, r->x + 1, sizeof(f->mc.x));
    memcpy(f->mc.d.f, r->f, sizeof(f->mc.d.f));
    f->mc.d.fcsr = rv64_get_fcsr(cpu);
}

static void fill_vector(struct vector_record *v, const struct cpu *cpu, u64 address)
{
    const struct rv64_regs *r = rv64_regs(cpu);
    *v = (struct vector_record){.head = {VECTOR_MAGIC, sizeof(*v)},
                                .vstart = r->vstart,
                                .vl = r->vl,
                                .vtype = r->vtype,
                                .vcsr = rv64_get_vcsr(cpu),
                                .vlenb = VLENB,
                                .datap = address + offsetof(struct vector_record, v)};
    memcpy(v->v, r->v, sizeof(v->v));
}

int rv64_push_frame(struct cpu *cpu, const struct abi_signal *s)
{
    struct rv64_regs *r = rv64_regs(cpu);
    bool vector = rv64_vector_used(cpu);
    u64 size = vector ? sizeof(struct whole_frame) : sizeof(struct rt_sigframe);
    u64 frame = ALIGN_DOWN(s->frame_sp - ALIGN_UP(size, 16), 16);
    struct rt_sigframe f;
    fill_context(&f, cpu, s);
    if (mem_write(frame, &f, sizeof(f))) {
        return -EFAULT;
    }
    if (vector) {
        struct {
            struct vector_record v;
            struct record end;
        } __attribute__((packed)) tail;
        memset(&tail.end, 0, sizeof(tail.end));
        fill_vector(&tail.v, cpu, frame + RECORDS);
        if (mem_write(frame + RECORDS, &tail, sizeof(tail))) {
            return -EFAULT;
        }
    }
    rv64_clear_reservation(cpu);
    r->x[RV64_A0] = (u64)s->signo;
    r->x[RV64_A1] = frame + offsetof(struct rt_sigframe, info);
    r->x[RV64_A2] = frame + offsetof(struct rt_sigframe, uc_flags);
    r->x[RV64_RA] = s->restorer;
    r->x[RV64_SP] = frame;
    cpu->pc = s->handler;
    return 0;
}

/* The records from AT on; *V is filled from the vector's, or its size stays 0. -EFAULT: malformed. */
static int read_records(u64 at, struct vector_record *v)
{
    for (;;) {
        struct record head;
        if (mem_read(&head, at, sizeof(head))) {
            return -EFAULT;
        }
        if (!head.magic) {
            return head.size ? -EFAULT : 0;
        }
        if (head.magic != VECTOR_MAGIC || head.size != sizeof(*v) ||
            mem_read(v, at, offsetof(struct vector_record, v)) || mem_read(v->v, v->datap, sizeof(v->v))) {
            return -EFAULT;
        }
        at += head.size;
    }
}

int rv64_pop_frame(struct cpu *cpu, u64 *mask, u64 *alt_sp, u64 *alt_size, s32 *alt_flags)
{
    struct rv64_regs *r = rv64_regs(cpu);
    struct rt_sigframe f;
    struct vector_record v = {.head = {0, 0}};
    u64 frame = r->x[RV64_SP];
    if (mem_read(&f, frame, sizeof(f)) || f.mc.ext.reserved || read_records(frame + RECORDS, &v)) {
        return -EFAULT;
    }
    cpu->pc = f.mc.pc & ~1ull;
    memcpy(r->x + 1, f.mc.x, sizeof(f.mc.x));
    memcpy(r->f, f.mc.d.f, sizeof(r->f));
    rv64_set_fcsr(cpu, f.mc.d.fcsr);
    if (v.head.size) {
        memcpy(r->v, v.v, sizeof(r->v));
        rv64_set_vconfig(cpu, v.vl, v.vtype, v.vstart);
        rv64_set_vcsr(cpu, (u32)v.vcsr);
    }
    rv64_clear_reservation(cpu);
    *mask = f.uc_sigmask;
    *alt_sp = f.uc_stack.sp;
    *alt_size = f.uc_stack.size;
    *alt_flags = f.uc_stack.flags;
    return 0;
}
