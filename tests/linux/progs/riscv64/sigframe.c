// The riscv64 signal frame: registers, pc, floating-point state, end of the records; changes made by a handler.
#include "t.h"
#include <ucontext.h>

static volatile int seen;
static char *page;

extern char fault_here[], after_fault[];

static int checked(int i) // not zero, sp, gp, tp
{
    return i == 1 || i > 4;
}

static void on_segv(int sig, siginfo_t *si, void *v)
{
    ucontext_t *uc = v;
    mcontext_t *m = &uc->uc_mcontext;
    unsigned *words = (unsigned *)&m->__fpregs;
    say("signal %d code %d addr at page+%ld", sig, si->si_code, (long)((char *)si->si_addr - page));
    say("pc at the instruction %d", m->__gregs[0] == (unsigned long)fault_here);
    int wrong = 0;
    for (int i = 1; i < 32; i++) {
        unsigned long want = i == 20 ? (unsigned long)page + 24 : 0x1000ul + i;
        if (checked(i) && m->__gregs[i] != want) {
            say("x%d is %lx", i, (unsigned long)m->__gregs[i]);
            wrong++;
        }
    }
    say("wrong registers %d, sp aligned %d", wrong, m->__gregs[2] % 16 == 0);
    wrong = 0;
    for (int i = 0; i < 32; i++) {
        wrong += m->__fpregs.__d.__f[i] != 0x0101010101010101ul * i;
    }
    say("wrong floating-point registers %d fcsr %x", wrong, m->__fpregs.__d.__fcsr);
    say("reserved %u, record %x size %u", words[129], words[130], words[131]);
    say("context at %ld, registers at %ld, frame %ld bytes below", (long)((char *)uc - (char *)si),
        (long)((char *)m - (char *)si), (long)m->__gregs[2] - (long)si);
    say("this stack %d", labs((long)&wrong - (long)si) < 10000);
    say("flags %lx link %d stack flags %d", uc->__uc_flags, uc->uc_link != NULL,
        uc->uc_stack.ss_flags);
    // Change everything: the stores below must see these.
    for (int i = 1; i < 32; i++) {
        if (checked(i)) {
            m->__gregs[i] = 0x2000 + i;
        }
    }
    for (int i = 0; i < 32; i++) {
        m->__fpregs.__d.__f[i] = 0x6000 + i;
    }
    m->__fpregs.__d.__fcsr = 0x51;
    m->__gregs[0] = (unsigned long)after_fault;
    seen++;
}

#define X_REGISTERS "1,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,21,22,23,24,25,26,27,28,29,30,31"
#define F_REGISTERS                                                                                \
    "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define SAVED(op, fop)                                                                             \
    "  " op " ra, 0(sp)\n  " op " s0, 8(sp)\n  " op " s1, 16(sp)\n  " op " s2, 24(sp)\n  " op      \
    " s3, 32(sp)\n  " op " s4, 40(sp)\n  " op " s5, 48(sp)\n  " op " s6, 56(sp)\n  " op            \
    " s7, 64(sp)\n  " op " s8, 72(sp)\n  " op " s9, 80(sp)\n  " op " s10, 88(sp)\n  " op           \
    " s11, 96(sp)\n  .irp n,8,9,18,19,20,21,22,23,24,25,26,27\n  " fop                             \
    " f\\n, 8 * \\n + 104(sp)\n  .endr\n"

// Loads every register with a known value, faults, and stores every register after the handler
// changed them.
__asm__(".text\n.align 2\n.type all_registers,%function\nall_registers:\n"
        "  addi sp, sp, -352\n" SAVED("sd", "fsd") "  sd a0, 344(sp)\n  addi s4, a1, 24\n"
        "  li t0, 0x0101010101010101\n"
        "  .irp n," F_REGISTERS "\n  li t1, \\n\n  mul t1, t1, t0\n  fmv.d.x f\\n, t1\n  .endr\n"
        "  li t0, 5\n  fscsr t0\n"
        "  .irp n," X_REGISTERS "\n  li x\\n, 0x1000 + \\n\n  .endr\n"
        ".globl fault_here\nfault_here:\n  ld t6, 0(s4)\n  nop\n  unimp\n"
        ".globl after_fault\nafter_fault:\n"
        "  addi sp, sp, -544\n"
        "  .irp n," X_REGISTERS ",20\n  sd x\\n, 8 * \\n(sp)\n  .endr\n"
        "  .irp n," F_REGISTERS "\n  fsd f\\n, 256 + 8 * \\n(sp)\n  .endr\n"
        "  frcsr t0\n  sd t0, 512(sp)\n"
        "  ld t0, 544 + 344(sp)\n  mv t1, sp\n  li t2, 520\n"
        "1: ld t3, 0(t1)\n  sd t3, 0(t0)\n  addi t0, t0, 8\n  addi t1, t1, 8\n  addi t2, t2, -8\n"
        "  bnez t2, 1b\n"
        "  addi sp, sp, 544\n  fscsr zero\n" SAVED("ld", "fld") "  addi sp, sp, 352\n  ret\n");
void all_registers(unsigned long *out, char *page);

static void frame(void)
{
    static unsigned long out[65];
    struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    all_registers(out, page);
    int wrong = 0, wrong_f = 0;
    for (int i = 1; i < 32; i++) {
        wrong += checked(i) && out[i] != 0x2000ul + i;
    }
    for (int i = 0; i < 32; i++) {
        wrong_f += out[32 + i] != 0x6000ul + i;
    }
    say("handled %d, after: wrong registers %d, wrong floating-point registers %d, fcsr %lx", seen,
        wrong, wrong_f, out[64]);
}

static volatile long step;

static void on_code(int sig, siginfo_t *si, void *v)
{
    ucontext_t *uc = v;
    char *pc = (char *)uc->uc_mcontext.__gregs[0];
    say("signal %d code %d addr is pc %d", sig, si->si_code, si->si_addr == (void *)pc);
    uc->uc_mcontext.__gregs[0] += step;
    uc->uc_mcontext.__gregs[10] = 123;
}

static void instructions(void)
{
    struct sigaction sa = {.sa_sigaction = on_code, .sa_flags = SA_SIGINFO};
    sigaction(SIGILL, &sa, NULL);
    sigaction(SIGTRAP, &sa, NULL);
    // Privileged, unallocated and reserved encodings are all illegal here.
    static const unsigned words[] = {0x00100073 /* ebreak */,
                                     0x00019002 /* c.ebreak */,
                                     0x00010000 /* all zero */,
                                     0xffffffff,
                                     0x30200073 /* mret */,
                                     0x10200073 /* sret */,
                                     0x30002573 /* csrr a0, mstatus */,
                                     0xc0051073 /* csrw cycle, a0 */,
                                     0x0000705b /* custom-2 */,
                                     0x00014002 /* c.lwsp zero */,
                                     0x0000300f /* reserved fence kind */,
                                     0x00018002 /* c.jr zero */};
    unsigned *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        code[2 * i] = words[i];
        code[2 * i + 1] = 0x00008067;
    }
    __builtin___clear_cache((char *)code, (char *)code + 4096);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        say("word %08x", words[i]);
        step = 4; // what follows a short one is c.nop
        say("returned %ld", ((long (*)(long))(code + 2 * i))(9));
    }
}

int main(void)
{
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    frame();
    instructions();
    return 0;
}
