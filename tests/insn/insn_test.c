/* Runs a guest's instruction rows in this process: each word is lifted as a unit of one instruction
 * and executed, by the IR interpreter or compiled for this host.
 *
 * usage: insn_test [-v] [-x MASK] FILE.rows...
 *   -x: compiled, with the host features of MASK (HOST_*, ~0: all this CPU has)
 *   -v: the IR of each failing row */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "backend/host.h"
#include "guest_cpu.h"
#include "ir/fpctl.h"
#include "rows.h"

static struct cpu *cpu;
static struct arena arena;
static bool verbose;
static char ir_text[65536];

static sigjmp_buf fault_jmp;
static volatile struct {
    int signo;
    u64 addr;
} host_fault;

/* Compiled code: text, slots and stubs lie at fixed addresses near the guest code. */
#define X_TEXT 0x20000000ull
#define X_SLOTS (X_TEXT + 0x10000)
#define X_STUBS (X_TEXT + 0x20000)
#define X_STACK (X_TEXT + 0x40000)
#define X_SIZE 0x60000
static struct chain_abi abi;
static struct code_buf code;
static bool compiled, in_code;
static u64 features;

static const struct recipe *find_recipe(u64 pc)
{
    for (u32 i = 0; i < code.recipe_count; i++) {
        const struct recipe *r = &code.recipes[i];
        if (pc >= X_TEXT + r->host && pc < X_TEXT + r->host_end) {
            return r;
        }
    }
    return NULL;
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    host_fault.signo = signo;
    host_fault.addr = (u64)info->si_addr;
    if (!in_code) {
        siglongjmp(fault_jmp, 1);
    }
    const struct recipe *r = find_recipe(host_native.context_pc(uc));
    if (!r) {
        bug("signal %d at %#lx, text is at %#llx", signo, host_native.context_pc(uc), X_TEXT);
    }
    host_native.save_context(uc, &abi, cpu);
    cpu->pc += (u64)(s64)r->guest;
    host_native.set_context(uc, cpu->stubs.leave, cpu->c_sp);
}

/* The contract of HELPER: the guest's FP control word is in the cpu while one runs. */
#define WITH_MXCSR(n)                                                                              \
    static u64 helper_##n(void *p, u64 a, u64 b, u64 c)                                            \
    {                                                                                              \
        cpu->guest_fpctl = fpctl_get();                                                           \
        u64 r = row_guest->helpers[n](p, a, b, c);                                                 \
        fpctl_set(cpu->guest_fpctl);                                                              \
        return r;                                                                                  \
    }
WITH_MXCSR(0)
WITH_MXCSR(1)
WITH_MXCSR(2)
WITH_MXCSR(3)
WITH_MXCSR(4)
WITH_MXCSR(5)
WITH_MXCSR(6)
WITH_MXCSR(7)
WITH_MXCSR(8)
WITH_MXCSR(9)
WITH_MXCSR(10)
WITH_MXCSR(11)
WITH_MXCSR(12)
WITH_MXCSR(13)
WITH_MXCSR(14)
WITH_MXCSR(15)
static u64 (*const helpers[])(void *, u64, u64, u64) = {
    helper_0, helper_1, helper_2,  helper_3,  helper_4,  helper_5,  helper_6,  helper_7,
    helper_8, helper_9, helper_10, helper_11, helper_12, helper_13, helper_14, helper_15};

static void load_state(const struct row_in *in)
{
    row_guest->reset(cpu);
    row_load_cpu(cpu, &in->st);
    memcpy((void *)(ROW_WINDOW - ROW_MEM_HALF), in->mem, sizeof(in->mem));
    memcpy((void *)ROW_SLOT, in->code, sizeof(in->code)); /* with zeros behind it */
    cpu->pc = ROW_SLOT;
}

static void store_state(struct row_out *out)
{
    memset(out, 0, sizeof(*out));
    row_store_cpu(cpu, &out->st);
    out->st.pc = cpu->pc;
    memcpy(out->mem, (void *)(ROW_WINDOW - ROW_MEM_HALF), sizeof(out->mem));
}

static void signal_out(struct row_out *out, int signo, u64 addr)
{
    store_state(out);
    out->sig = (u64)signo;
    out->addr = signo == SIGSEGV || signo == SIGBUS ? addr : 0;
}

/* What a direct exit said of the state where it went to; 0: nothing, so the state itself is asked.
 */
static u16 vmode;

static void lift_one(struct ir_fn *fn)
{
    struct ir_builder b;
    struct strbuf sb = STRBUF_ON(ir_text);
    struct translate_params p = {.pc = cpu->pc,
                                 .limit = ROW_CODE + ROW_CODE_SIZE,
                                 .max_insns = 1,
                                 .max_blocks = 1,
                                 .features = features,
                                 .fp_mode = row_guest->fp_mode(cpu),
                                 .vmode = vmode};
    if (!vmode && row_guest->vmode) {
        p.vmode = row_guest->vmode(cpu);
    }
    arena_reset(&arena);
    ir_begin(&b, fn, &arena, row_guest->regs, cpu->pc);
    if (!row_guest->lift(&b, fn, &arena, &p)) {
        bug("nothing lifted");
    }
    if (verbose) {
        ir_print(&sb, fn, row_guest->regs);
    }
}

/* Runs the unit; 0 or the signal of a host fault. */
static int interpret(const struct ir_fn *fn, struct ir_exit *x)
{
    u32 host = fpctl_get();
    if (sigsetjmp(fault_jmp, 1)) {
        fpctl_set(host);
        return host_fault.signo;
    }
    fpctl_set(cpu->guest_fpctl);
    ir_interp(fn, row_guest->regs, cpu, helpers, x);
    cpu->guest_fpctl = fpctl_get();
    fpctl_set(host);
    return 0;
}

static void fill_slots(void)
{
    u64 *slots = (u64 *)X_SLOTS;
    for (u32 i = 0; i < code.slot_count; i++) {
        const struct slot_info *s = &code.slot_info[i];
        slot_unlink(&slots[i], (enum slot_kind)s->kind, X_TEXT + s->stub);
        i += s->kind == SLOT_IC;
    }
}

/* How the generated code left, in the interpreter's terms. */
static void exit_of(const struct ir_fn *fn, struct ir_exit *x)
{
    *x = (struct ir_exit){.pc = cpu->pc};
    if (cpu->exit_reason == EXEC_I_LINK) {
        const struct slot_info *s = &code.slot_info[(cpu->exit_arg - X_SLOTS) / 8];
        x->pc = fn->pc + (u64)s->target;
        x->op = IR_JMP;
        x->aux = (u16)(s->vmode << IR_VMODE_SHIFT);
    } else if (cpu->exit_reason != EXEC_I_LOOKUP) {
        x->op = IR_EXIT;
        x->aux = (u16)cpu->exit_reason;
    }
}

static int execute(const struct ir_fn *fn, struct ir_exit *x)
{
    code = (struct code_buf){
        .text = (u8 *)X_TEXT, .cap = 0x10000, .slots = X_SLOTS, .slot_cap = 4096, .pcrel = true};
    int ret = host_native.compile(fn, &abi, &arena, &code);
    if (ret) {
        bug("compile gives %d", ret);
    }
    fill_slots();
    host_fault.signo = 0;
    cpu->ret_sp = cpu->ret_base;
    in_code = true;
    ((void (*)(struct cpu *, haddr))cpu->stubs.enter)(cpu, X_TEXT + code.entries[0].host);
    in_code = false;
    if (!host_fault.signo) {
        exit_of(fn, x);
    }
    return host_fault.signo;
}

/* One instruction at cpu->pc. False when OUT is final. */
static bool step(struct row_out *out)
{
    struct ir_fn fn;
    struct ir_exit x = {0};
    lift_one(&fn);
    int signo = (compiled ? execute : interpret)(&fn, &x);
    if (signo) {
        signal_out(out, signo, host_fault.addr);
        return false;
    }
    cpu->pc = x.pc;
    vmode = x.op == IR_JMP || x.op == IR_EXITIF ? IR_VMODE(x.aux) : 0;
    if (x.op == IR_EXIT && x.aux == EXEC_FAULT) {
        signal_out(out, cpu->fault.signo, cpu->fault.addr);
        return false;
    }
    if (x.op == IR_EXIT && x.aux == EXEC_SYSCALL) {
        row_set_result(cpu, (u64)-38); /* the rows call numbers that do not exist */
    }
    return true;
}

static void run_row(const struct row *row, struct row_out *out)
{
    load_state(&row->in);
    vmode = 0;
    for (unsigned i = 0; i < 16; i++) {
        u64 off = cpu->pc - ROW_SLOT;
        if (cpu->pc < ROW_CODE || cpu->pc >= ROW_CODE + ROW_CODE_SIZE) {
            signal_out(out, SIGSEGV, cpu->pc);
            return;
        }
        if (off >= row->in.size && off % EXIT_BYTES == 0) {
            break;
        }
        if (!step(out)) {
            return;
        }
    }
    store_state(out);
}

static bool check_row(struct row *row)
{
    struct row_out got;
    run_row(row, &got);
    if (!memcmp(&row->want, &got, sizeof(got))) {
        return true;
    }
    struct row_in base;
    row_default(&base);
    printf("FAIL %s:%d: ", row->file, row->line);
    row_print_code(stdout, &row->in);
    printf(" %s\n    before", row->text);
    row_print_in(stdout, &base, &row->in);
    printf("\n");
    row_diff(stdout, &row->want, &got);
    if (verbose) {
        printf("%s", ir_text);
    }
    return false;
}

static void check_file(const char *name, unsigned count[2])
{
    static char line[8192];
    struct row row = {.file = name};
    FILE *f = fopen(name, "r");
    if (!f) {
        perror(name);
        exit(2);
    }
    while (fgets(line, sizeof(line), f)) {
        char *bad;
        row.line++;
        int r = row_parse(line, &row, &bad);
        if (r < 0) {
            printf("%s:%d: cannot read %s\n", name, row.line, bad);
        }
        if (r) {
            count[r > 0 && check_row(&row)]++;
        }
    }
    fclose(f);
}

static void map_at(u64 at, size_t size)
{
    void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (p != (void *)at) {
        perror("mmap of the test pages");
        exit(2);
    }
}

static void open_host(u32 mask)
{
    const struct guest *g = row_guest;
    map_at(X_TEXT, X_SIZE);
    if (mprotect((void *)X_TEXT, X_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC)) {
        perror("mprotect");
        exit(2);
    }
    abi = (struct chain_abi){.regs = g->regs, .count = g->reg_count, .nzcv = g->reg_nzcv};
    abi.insn_align = g->insn_align;
    abi.fp_rules = g->fp_rules;
    abi.features = host_native.detect() & mask;
    host_native.assign(&abi);
    cpu->self = cpu;
    cpu->ret_limit = X_STACK;
    cpu->ret_base = X_STACK + 65536 - 64;
    host_native.emit_stubs(&abi, (u8 *)X_STUBS, 65536, &cpu->stubs);
    cpu->helpers = g->helpers;
    cpu->ref_fns = ir_ref_fns;
    cpu->jc[0].pc = jc_empty(0); /* a branch to 0 must not match */
    cpu_init(cpu);
    host_native.bind(cpu);
    compiled = true;
}

static void catch_faults(void)
{
    static u8 stack[65536];
    stack_t ss = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaltstack(&ss, NULL);
    sigaction(SIGSEGV, &sa, NULL);
    sigaction(SIGBUS, &sa, NULL);
}

int main(int argc, char **argv)
{
    unsigned count[2] = {0, 0};
    int i = 1;
    catch_faults();
    if (row_guest->cpu_model && !row_guest->cpu_model(row_cpu_model, &features)) {
        fprintf(stderr, "insn_test: no CPU model %s\n", row_cpu_model);
        return 2;
    }
    map_at(ROW_CODE, ROW_CODE_SIZE);
    map_at(ROW_WINDOW - 4096, 2 * 4096);
    cpu = mmap(NULL, CPU_ALLOC_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (!strcmp(argv[i], "-x") && i + 1 < argc) {
            open_host((u32)strtoul(argv[++i], NULL, 0));
        } else {
            verbose = true;
        }
    }
    for (; i < argc; i++) {
        check_file(argv[i], count);
    }
    printf("%u passed, %u failed\n", count[1], count[0]);
    return count[0] != 0 || count[1] == 0;
}
