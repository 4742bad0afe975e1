/* The shared stubs, which are ferry's own code here, and C functions that generated code calls. */
#include "backend/aarch64/priv.h"
#include "ir/fpctl.h"

void ha64_run(struct cpu *cpu, haddr text, haddr load_pins);
extern const char ha64_leave[], ha64_link[], ha64_lookup1[], ha64_lookup2[];

/* The hash of indirect branches: x16 = guest pc; guests whose instructions have 2 and 4 bytes. */
#define LOOKUP(name, align)                                                                                            \
    name ":\n"                                                                                                         \
    "    eor x17, x16, x16, lsr %c[bits]\n"                                                                            \
    "    ubfx x17, x17, #" align ", %c[bits]\n"                                                                        \
    "    add x17, x28, x17, lsl #4\n"                                                                                  \
    "    add x17, x17, %c[jc_high], lsl #12\n"                                                                         \
    "    add x17, x17, %c[jc_low]\n"                                                                                   \
    "    ldp x14, x15, [x17]\n"                                                                                        \
    "    cmp x14, x16\n"                                                                                               \
    "    b.ne 1f\n"                                                                                                    \
    "    br x15\n"                                                                                                     \
    "1:  eor x17, x16, x16, lsr %c[bits2]\n"                                                                           \
    "    ubfx x17, x17, #" align ", %c[bits2]\n"                                                                       \
    "    lsl x17, x17, #4\n"                                                                                           \
    "    ldr w14, [x28, %c[jc2_mask]]\n"                                                                               \
    "    and x17, x17, x14\n"                                                                                          \
    "    ldr x14, [x28, %c[jc2]]\n"                                                                                    \
    "    add x17, x14, x17\n"                                                                                          \
    "    ldp x14, x15, [x17]\n"                                                                                        \
    "    cmp x14, x16\n"                                                                                               \
    "    b.ne 2f\n"                                                                                                    \
    "    br x15\n"                                                                                                     \
    "2:  str x16, [x28, %c[pc]]\n"                                                                                     \
    "    str xzr, [x28, %c[exit_ic]]\n"                                                                                \
    "    mov w17, %c[i_lookup]\n"                                                                                      \
    "    str w17, [x28, %c[exit_reason]]\n"                                                                            \
    "    ldr x17, [x28, %c[exit]]\n"                                                                                   \
    "    br x17\n"

#define FIELD(name, member) [name] "i"(offsetof(struct cpu, member))

/* Registers that C code may change: STP and LDP of two at a time. */
#define SAVED(op)                                                                                                      \
    "    " op " x0, x1, [sp]\n    " op " x2, x3, [sp, #16]\n    " op " x4, x5, [sp, #32]\n    " op " x6, x7, [sp, #48]\n"  \
    "    " op " x8, x9, [sp, #64]\n    " op " x10, x11, [sp, #80]\n    " op " x12, x13, [sp, #96]\n"                     \
    "    " op " x14, x15, [sp, #112]\n    " op " x29, x30, [sp, #128]\n"                                              \
    "    " op " q0, q1, [sp, #144]\n    " op " q2, q3, [sp, #176]\n    " op " q4, q5, [sp, #208]\n"                     \
    "    " op " q6, q7, [sp, #240]\n    " op " q8, q9, [sp, #272]\n    " op " q10, q11, [sp, #304]\n"                   \
    "    " op " q12, q13, [sp, #336]\n    " op " q14, q15, [sp, #368]\n    " op " q16, q17, [sp, #400]\n"               \
    "    " op " q18, q19, [sp, #432]\n    " op " q20, q21, [sp, #464]\n    " op " q22, q23, [sp, #496]\n"               \
    "    " op " q24, q25, [sp, #528]\n    " op " q26, q27, [sp, #560]\n    " op " q28, q29, [sp, #592]\n"               \
    "    " op " q30, q31, [sp, #624]\n"

/* Never called: a function, so that the assembler knows where things are in the cpu. */
static __attribute__((used)) void stubs(void)
{
    __asm__ volatile(
        ".pushsection .text.ha64, \"ax\", %%progbits\n"
        ".globl ha64_run, ha64_leave, ha64_link, ha64_lookup1, ha64_lookup2, ha64_ref_keeping\n"
        ".hidden ha64_run, ha64_leave, ha64_link, ha64_lookup1, ha64_lookup2, ha64_ref_keeping\n"
        ".type ha64_run, %%function\n"
        "ha64_run:\n"
        "    stp x29, x30, [sp, #-96]!\n"
        "    stp x19, x20, [sp, #16]\n"
        "    stp x21, x22, [sp, #32]\n"
        "    stp x23, x24, [sp, #48]\n"
        "    stp x25, x26, [sp, #64]\n"
        "    stp x27, x28, [sp, #80]\n"
        "    stp d8, d9, [sp, #-64]!\n"
        "    stp d10, d11, [sp, #16]\n"
        "    stp d12, d13, [sp, #32]\n"
        "    stp d14, d15, [sp, #48]\n"
        "    mov x28, x0\n"
        "    mov x9, sp\n"
        "    str x9, [x28, %c[c_sp]]\n"
        "    br x2\n"
        "ha64_link:\n" /* x16: the slot */
        "    str x16, [x28, %c[exit_arg]]\n"
        "    mov w17, %c[i_link]\n"
        "    str w17, [x28, %c[exit_reason]]\n"
        "    ldr x17, [x28, %c[exit]]\n"
        "    br x17\n"
        "ha64_leave:\n"
        "    ldp d10, d11, [sp, #16]\n"
        "    ldp d12, d13, [sp, #32]\n"
        "    ldp d14, d15, [sp, #48]\n"
        "    ldp d8, d9, [sp], #64\n"
        "    ldp x19, x20, [sp, #16]\n"
        "    ldp x21, x22, [sp, #32]\n"
        "    ldp x23, x24, [sp, #48]\n"
        "    ldp x25, x26, [sp, #64]\n"
        "    ldp x27, x28, [sp, #80]\n"
        "    ldp x29, x30, [sp], #96\n"
        "    ret\n"
        "ha64_ref_keeping:\n"
        "    sub sp, sp, #656\n" SAVED("stp") "    mov x0, x28\n"
        "    mov x1, x16\n"
        "    mov x2, x17\n"
        "    bl ha64_ref\n" SAVED("ldp") "    add sp, sp, #656\n"
        "    ret\n" LOOKUP("ha64_lookup1", "1") LOOKUP("ha64_lookup2", "2") ".popsection"
        :
        : FIELD(c_sp, c_sp), FIELD(exit, stubs.exit), FIELD(pc, pc), FIELD(exit_arg, exit_arg), FIELD(exit_ic, exit_ic),
          FIELD(exit_reason, exit_reason), FIELD(jc2, jc2), FIELD(jc2_mask, jc2_mask),
          [jc_high] "i"(offsetof(struct cpu, jc) >> 12), [jc_low] "i"(offsetof(struct cpu, jc) & 4095),
          [bits] "i"(JC_BITS), [bits2] "i"(JC2_BITS), [i_link] "i"(EXEC_I_LINK), [i_lookup] "i"(EXEC_I_LOOKUP));
}

static haddr load_pins; /* loads the pins and goes on at x1: of the one guest there is */

/* What enters generated code: around it the FP control word is the guest's. */
static void enter(struct cpu *cpu, haddr text)
{
    fpctl_set(cpu->guest_fpctl);
    ha64_run(cpu, text, load_pins);
    cpu->guest_fpctl = fpctl_get();
    fpctl_set(cpu->host_fpctl);
}

u32 ha64_emit_stubs(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out)
{
    struct cg g = {.ca = ca, .code = (u32 *)(void *)text, .cap = cap / 4};
    load_pins = RAW_PTR(text);
    pins_back(&g);
    w(&g, a64_br(1));
    *out = (struct host_stubs){.enter = RAW_PTR(enter), .leave = RAW_PTR(ha64_leave), .link = RAW_PTR(ha64_link)};
    out->exit = RAW_PTR(text) + g.n * 4;
    pins_home(&g);
    cpu_field(&g, 3, A64_LDR, IP1, offsetof(struct cpu, stubs.leave));
    w(&g, a64_br(IP1));
    __builtin___clear_cache((char *)text, (char *)text + g.n * 4);
    out->lookup = RAW_PTR(ca->insn_align == 1 ? ha64_lookup1 : ha64_lookup2);
    out->ret_miss = out->lookup;
    out->helper = RAW_PTR(ha64_help);
    out->ref = RAW_PTR(ha64_ref);
    out->ic = RAW_PTR(ha64_ref_keeping); /* there are no inline caches */
    return g.n * 4;
}

/* Helpers run with ferry's FP control word, the guest's is in the cpu. DESC: number of the helper; its operands are in
 * cpu.scratch. */
u64 ha64_help(struct cpu *cpu, u64 desc)
{
    u64 (*const *helpers)(void *, u64, u64, u64) = cpu->helpers;
    cpu->guest_fpctl = fpctl_get();
    fpctl_set(cpu->host_fpctl);
    u64 v = helpers[desc](cpu, cpu->scratch[0].d[0], cpu->scratch[1].d[0], cpu->scratch[2].d[0]);
    fpctl_set(cpu->guest_fpctl);
    return v;
}

static u64 other(struct cpu *cpu, unsigned op, enum ir_type type, u32 aux)
{
    switch (op) {
    case IR_FPGET:
        return fpctl_to_ieee(fpctl_get());
    case IR_FPSET:
        fpctl_set((fpctl_get() & ~FPCTL_FLAGS) | fpctl_of_ieee(cpu->scratch[0].s[0]));
        return 0;
    default: /* FLAGS, NZCV */
        return ir_pack_flags((enum ir_flags_kind)aux, type, cpu->scratch[0].d[0], cpu->scratch[1].d[0]);
    }
}

/* The guest's rounding mode is in force. Words of CTX: rules and FPCR of the unit. */
void ha64_ref(struct cpu *cpu, u64 desc, u64 context)
{
    unsigned op = desc & 0xffff;
    enum ir_type type = (enum ir_type)(desc >> 16 & 0xff);
    u32 aux = (u32)(desc >> 32);
    struct ir_ref_ctx ctx = {.fp_rules = (u32)context, .fpcr = (u32)(context >> 32)};
    union ir_val *v = (union ir_val *)cpu->scratch;
    if (ir_ref_fns[op]) {
        ir_ref_fns[op](&v[3], &v[0], &v[1], &v[2], type, aux, &ctx);
    } else {
        v[3].v = (v128){.d = {other(cpu, op, type, aux), 0}};
    }
}
