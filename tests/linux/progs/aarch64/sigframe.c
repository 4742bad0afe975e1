// The aarch64 signal frame: registers, pc, pstate, vector state, contexts; changes made by a
// handler.
#include "t.h"
#include <asm/sigcontext.h>
#include <ucontext.h>

static volatile int seen;
static char *page;

static struct fpsimd_context *contexts(ucontext_t *uc, int print)
{
    struct fpsimd_context *fp = NULL;
    unsigned char *p = uc->uc_mcontext.__reserved;
    unsigned long offset = 0;
    for (;;) {
        struct _aarch64_ctx *c = (void *)(p + offset);
        if (c->magic == 0) {
            if (print) {
                say("terminator size %u", c->size);
            }
            return fp;
        }
        if (c->magic == FPSIMD_MAGIC) {
            fp = (void *)c;
        }
        // Others depend on the processor (esr, sve, za): not compared.
        if (print && c->magic == FPSIMD_MAGIC) {
            say("context %x size %u aligned %d", c->magic, c->size, offset % 16 == 0);
        }
        if (c->size == 0 || offset + c->size > sizeof uc->uc_mcontext.__reserved) {
            say("broken chain");
            return fp;
        }
        offset += c->size;
    }
}

extern char fault_here[], after_fault[], ill_here[], brk_here[];

static void on_segv(int sig, siginfo_t *si, void *v)
{
    ucontext_t *uc = v;
    mcontext_t *m = &uc->uc_mcontext;
    say("signal %d code %d addr at page+%ld", sig, si->si_code, (long)((char *)si->si_addr - page));
    say("fault_address agrees %d", m->fault_address == (unsigned long)si->si_addr);
    say("pc at the instruction %d", m->pc == (unsigned long)fault_here);
    int wrong = 0;
    for (int i = 0; i <= 28; i++) {
        if (i != 16 && i != 18 &&
            m->regs[i] != (i == 20 ? (unsigned long)page + 24 : 0x1000ul + i)) {
            say("x%d is %llx", i, (unsigned long long)m->regs[i]);
            wrong++;
        }
    }
    say("wrong registers %d, sp aligned %d, in stack %d", wrong, m->sp % 16 == 0,
        labs((long)m->sp - (long)&wrong) < 100000);
    say("pstate nzcv %llx el %llx", (unsigned long long)(m->pstate >> 28),
        (unsigned long long)(m->pstate & 0xf));
    struct fpsimd_context *fp = contexts(uc, 1);
    if (!fp) {
        say("no fpsimd context");
        _exit(1);
    }
    wrong = 0;
    for (int i = 0; i < 32; i++) {
        unsigned long lo = (unsigned long)fp->vregs[i], hi = (unsigned long)(fp->vregs[i] >> 64);
        wrong += lo != 0x0101010101010101ul * i || hi != 0x0101010101010101ul * (i + 100);
    }
    say("wrong vectors %d fpcr %x fpsr flags %x", wrong, fp->fpcr, fp->fpsr & 0x9f);
    say("flags %lx link %d stack flags %d", uc->uc_flags, uc->uc_link != NULL,
        uc->uc_stack.ss_flags);
    // Change everything: the loads below must see these.
    for (int i = 0; i <= 28; i++) {
        if (i != 18) {
            m->regs[i] = 0x2000 + i;
        }
    }
    for (int i = 0; i < 32; i++) {
        fp->vregs[i] = ((__uint128_t)(0x5000 + i) << 64) | (0x6000 + i);
    }
    fp->fpsr |= 1 << 4;
    m->pstate = (m->pstate & ~0xf0000000ull) | 0x60000000ull;
    m->pc = (unsigned long)after_fault;
    seen++;
}

// Loads every register with a known value, faults, and stores every register after the handler
// changed them.
__asm__(
    ".text\n.align 2\n.type all_registers,%function\nall_registers:\n"
    "  stp x29, x30, [sp, #-176]!\n  stp x19, x20, [sp, #16]\n  stp x21, x22, [sp, #32]\n"
    "  stp x23, x24, [sp, #48]\n  stp x25, x26, [sp, #64]\n  stp x27, x28, [sp, #80]\n"
    "  stp d8, d9, [sp, #96]\n  stp d10, d11, [sp, #112]\n  stp d12, d13, [sp, #128]\n  stp d14, "
    "d15, [sp, #144]\n"
    "  str x0, [sp, #160]\n  mov x20, x1\n"
    "  .irp "
    "n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "  movi v\\n\\().16b, #\\n\n  movi v\\n\\().16b, #(\\n + 100)\n  mov w0, #\\n\n  movi "
    "v\\n\\().16b, #(\\n+100)\n"
    "  mov x2, #0x0101010101010101\n  mul x3, x2, x0\n  mov v\\n\\().d[0], x3\n  .endr\n"
    "  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,17,19,21,22,23,24,25,26,27,28\n"
    "  mov x\\n, #(0x1000 + \\n)\n  .endr\n"
    "  add x20, x20, #24\n  mov x30, #1\n  cmp x30, #2\n"
    ".globl fault_here\nfault_here:\n  ldr x30, [x20]\n  nop\n  udf #0\n"
    ".globl after_fault\nafter_fault:\n"
    "  mov x30, sp\n  sub sp, sp, #1024\n"
    "  .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28\n"
    "  str x\\n, [sp, #(8 * \\n)]\n  .endr\n"
    "  .irp "
    "n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "  str q\\n, [sp, #(256 + 16 * \\n)]\n  .endr\n"
    "  mrs x1, nzcv\n  str x1, [sp, #240]\n  mrs x1, fpsr\n  str x1, [sp, #232]\n"
    "  ldr x0, [x30, #160]\n  mov x1, sp\n  mov x2, #768\n"
    "1: ldr x3, [x1], #8\n  str x3, [x0], #8\n  subs x2, x2, #8\n  b.ne 1b\n"
    "  mov sp, x30\n  ldp x19, x20, [sp, #16]\n  ldp x21, x22, [sp, #32]\n  ldp x23, x24, [sp, "
    "#48]\n"
    "  ldp x25, x26, [sp, #64]\n  ldp x27, x28, [sp, #80]\n  ldp d8, d9, [sp, #96]\n  ldp d10, "
    "d11, [sp, #112]\n"
    "  ldp d12, d13, [sp, #128]\n  ldp d14, d15, [sp, #144]\n  ldp x29, x30, [sp], #176\n  ret\n");
void all_registers(unsigned long *out, char *page);

static void frame(void)
{
    static unsigned long out[96];
    struct sigaction sa = {.sa_sigaction = on_segv, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &sa, NULL);
    __asm__ volatile("msr fpsr, xzr");
    all_registers(out, page);
    int wrong = 0, wrong_v = 0;
    for (unsigned long i = 0; i <= 28; i++) {
        wrong += i != 18 && out[i] != 0x2000 + i;
    }
    for (unsigned long i = 0; i < 32; i++) {
        wrong_v += out[32 + 2 * i] != 0x6000 + i || out[33 + 2 * i] != 0x5000 + i;
    }
    say("handled %d, after: wrong registers %d, wrong vectors %d, nzcv %lx, ixc %lx", seen, wrong,
        wrong_v, out[30] >> 28, out[29] >> 4 & 1);
}

static void on_code(int sig, siginfo_t *si, void *v)
{
    ucontext_t *uc = v;
    char *pc = (char *)uc->uc_mcontext.pc;
    say("signal %d code %d addr is pc %d at label %d", sig, si->si_code, si->si_addr == (void *)pc,
        pc == ill_here || pc == brk_here);
    uc->uc_mcontext.pc += 4;
    uc->uc_mcontext.regs[0] = 123;
}

static void instructions(void)
{
    struct sigaction sa = {.sa_sigaction = on_code, .sa_flags = SA_SIGINFO};
    sigaction(SIGILL, &sa, NULL);
    sigaction(SIGTRAP, &sa, NULL);
    register long x0 __asm__("x0") = 5;
    __asm__ volatile(".globl ill_here\nill_here: udf #7" : "+r"(x0));
    say("x0 %ld", x0);
    x0 = 6;
    __asm__ volatile(".globl brk_here\nbrk_here: brk #0x3e8" : "+r"(x0));
    say("x0 %ld", x0);
    // Privileged, unallocated and EL1-only encodings are all illegal here.
    static const unsigned words[] = {0xd5381000 /* mrs x0, sctlr_el1 */,
                                     0xd503207f ^ 0x20000000 /* unallocated */,
                                     0xd4000002 /* hvc */,
                                     0xd4000003 /* smc */,
                                     0xd69f03e0 /* eret */,
                                     0xffffffff,
                                     0x00000001,
                                     0xd50b7e20 ^ 0x00080000 /* at */};
    unsigned *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        code[2 * i] = words[i];
        code[2 * i + 1] = 0xd65f03c0;
    }
    __builtin___clear_cache((char *)code, (char *)code + 4096);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        say("word %08x", words[i]);
        say("returned %ld", ((long (*)(long))(code + 2 * i))(9));
    }
}

// Alignment: pc must be a multiple of four, sp of sixteen when it is the base.
static void on_misaligned(int sig, siginfo_t *si, void *v)
{
    ucontext_t *uc = v;
    say("signal %d code %d addr odd %d pc odd %d", sig, si->si_code, (int)((long)si->si_addr & 3),
        (int)(uc->uc_mcontext.pc & 3));
    uc->uc_mcontext.pc = uc->uc_mcontext.regs[30];
}

__attribute__((noinline)) static void misaligned(void (*f)(void))
{
    f();
}

int main(void)
{
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    frame();
    instructions();
    struct sigaction sa = {.sa_sigaction = on_misaligned, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &sa, NULL);
    misaligned((void (*)(void))((char *)all_registers + 2));
    return 0;
}
