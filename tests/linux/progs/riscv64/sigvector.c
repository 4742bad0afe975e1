// The vector record of the riscv64 signal frame: there only once vectors were used; changes made by a handler.
#include "t.h"
#include <sys/auxv.h>
#include <ucontext.h>

struct vector_record {
    uint32_t magic, size;
    uint64_t vstart, vl, vtype, vcsr, vlenb, datap;
    unsigned char v[32][16];
    uint32_t end_magic, end_size;
};

static char *page;
static volatile int seen;
static unsigned char in[512], out[512];

extern char fault_here[], after_fault[];

static struct vector_record *record(ucontext_t *uc)
{
    return (void *)((unsigned *)&uc->uc_mcontext.__fpregs + 130);
}

static void on_usr1(int sig, siginfo_t *si, void *v)
{
    ucontext_t *uc = v;
    struct vector_record *r = record(uc);
    say("signal %d: record %x size %u, frame %ld bytes below", sig, r->magic, r->size,
        (long)uc->uc_mcontext.__gregs[2] - (long)si);
}

static void clobber(void)
{
    __asm__ volatile(".option push\n.option arch, +v\n"
                     "vsetvli t0, zero, e64, m8, ta, ma\n vmv.v.i v0, 7\n vmv.v.i v8, 7\n"
                     " vmv.v.i v16, 7\n vmv.v.i v24, 7\n csrwi vcsr, 7\n"
                     ".option pop\n" ::
                         : "t0");
}

static void on_segv(int sig, siginfo_t *si, void *v)
{
    ucontext_t *uc = v;
    struct vector_record *r = record(uc);
    say("signal %d code %d: record %x size %u end %x %u", sig, si->si_code, r->magic, r->size,
        r->end_magic, r->end_size);
    say("vstart %lu vl %lu vtype %lx vcsr %lx vlenb %lu", r->vstart, r->vl, r->vtype, r->vcsr,
        r->vlenb);
    say("data behind %d, as it was %d", r->datap == (uint64_t)r->v,
        memcmp((void *)r->datap, in, sizeof in) == 0);
    say("frame large enough %d, not larger %d",
        (long)uc->uc_mcontext.__gregs[2] - (long)si >= 1656,
        (long)uc->uc_mcontext.__gregs[2] - (long)si <= 1664 + 15);
    clobber();
    for (int i = 0; i < 512; i++) {
        ((unsigned char *)r->datap)[i] = (unsigned char)(i * 5 + 3);
    }
    r->vl = 3;
    r->vtype = 0xd0;
    r->vcsr = 2;
    uc->uc_mcontext.__gregs[0] = (unsigned long)after_fault;
    seen++;
}

// All vector registers from IN, e32 m2 with five elements, a fault, and everything to OUT and STATE.
__asm__(".text\n.align 2\n.option push\n.option arch, +v\n.type vectors,%function\nvectors:\n"
        "  vl8re8.v v0, (a0)\n  addi a0, a0, 128\n  vl8re8.v v8, (a0)\n  addi a0, a0, 128\n"
        "  vl8re8.v v16, (a0)\n  addi a0, a0, 128\n  vl8re8.v v24, (a0)\n"
        "  li t0, 5\n  vsetvli t0, t0, e32, m2, ta, ma\n  csrwi vcsr, 5\n"
        ".globl fault_here\nfault_here:\n  ld t6, 0(a2)\n  unimp\n"
        ".globl after_fault\nafter_fault:\n"
        "  csrr t0, vl\n  sd t0, 0(a3)\n  csrr t0, vtype\n  sd t0, 8(a3)\n  csrr t0, vcsr\n"
        "  sd t0, 16(a3)\n  csrr t0, vstart\n  sd t0, 24(a3)\n"
        "  vs8r.v v0, (a1)\n  addi a1, a1, 128\n  vs8r.v v8, (a1)\n  addi a1, a1, 128\n"
        "  vs8r.v v16, (a1)\n  addi a1, a1, 128\n  vs8r.v v24, (a1)\n  ret\n.option pop\n");
void vectors(void *from, void *to, char *fault, unsigned long *state);

int main(void)
{
    unsigned long state[4];
    if (!(getauxval(AT_HWCAP) >> ('v' - 'a') & 1)) {
        say("no vectors");
        return 0;
    }
    say("AT_MINSIGSTKSZ %lu", getauxval(51));
    struct sigaction sa = {.sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &sa, NULL);
    raise(SIGUSR1);
    sa.sa_sigaction = on_segv;
    sigaction(SIGSEGV, &sa, NULL);
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 512; i++) {
        in[i] = (unsigned char)(i * 7 + 1);
    }
    vectors(in, out, page, state);
    int wrong = 0;
    for (int i = 0; i < 512; i++) {
        wrong += out[i] != (unsigned char)(i * 5 + 3);
    }
    say("handled %d, wrong bytes %d, vl %lu vtype %lx vcsr %lx vstart %lu", seen, wrong, state[0],
        state[1], state[2], state[3]);
    return 0;
}
