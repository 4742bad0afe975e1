/* The shared stubs: the way into and out of generated code, look-ups, and calls of C functions.
 * Written from the last stub to the first because the encoder works backwards. */
#include <string.h>

#include "backend/x86_64/priv.h"

static const u8 callee_saved[6] = {RBX, RBP, R12, R13, R14, R15};

static void push(struct emit *e, unsigned r)
{
    e_8(e, 0x50 | (r & 7));
    if (r >= 8) {
        e_8(e, 0x41);
    }
}

static void pop(struct emit *e, unsigned r)
{
    e_8(e, 0x58 | (r & 7));
    if (r >= 8) {
        e_8(e, 0x41);
    }
}

static void ldmxcsr(struct emit *e, size_t off)
{
    e_rm(e, 0xae | M_0F, 2, mem_gs(off));
}

static void stmxcsr(struct emit *e, size_t off)
{
    e_rm(e, 0xae | M_0F, 3, mem_gs(off));
}

enum pins_at { AT_HOMES, AT_SAVE };

/* Moves all pinned registers to or from their homes, or, whatever they hold, where they are kept during a call. */
static void pins(struct cg *g, enum pins_at at, bool store)
{
    for (unsigned r = g->ca->count; r-- > 0;) {
        if (g->ca->host_of[r] >= 0) {
            const struct ir_reg *reg = &g->ca->regs[r];
            unsigned h = (unsigned)g->ca->host_of[r];
            struct mem m = at == AT_HOMES        ? mem_gs(reg->offset)
                           : reg->type >= IR_F32 ? mem_gs(CPU_OFF(vtemp_save) + h * 16)
                                                 : mem_gs(CPU_OFF(pin_save) + h * 8);
            /* a region's map may have a whole vector there */
            unsigned type = at == AT_SAVE && reg->type >= IR_F32 ? IR_V128 : reg->type;
            store ? v_store(g, type, h, m) : v_load(g, type, h, m);
        }
    }
}

static void temps(struct cg *g, bool store)
{
    static const u8 regs[3] = {RAX, RCX, RDX};
    for (unsigned n = 0; n < 3; n++) {
        struct mem m = mem_gs(CPU_OFF(temp_save) + n * 8);
        store ? e_store(&g->e, true, regs[n], m) : e_load(&g->e, true, regs[n], m);
    }
    for (unsigned n = 0; n < HX64_FIRST_PIN_XMM; n++) {
        struct mem m = mem_gs(CPU_OFF(vtemp_save) + n * 16);
        store ? v_store(g, IR_V128, n, m) : v_load(g, IR_V128, n, m);
    }
}

static u32 stub_enter(struct cg *g)
{
    struct emit *e = &g->e;
    e_rr(e, 0xff, 4, RAX); /* jmp rax */
    pins(g, AT_HOMES, false);
    e_mov_rr(e, true, RAX, RSI);
    ldmxcsr(e, CPU_OFF(guest_fpctl));
    e_load(e, true, RSP, mem_gs(CPU_OFF(ret_sp)));
    e_store(e, true, RSP, mem_gs(CPU_OFF(c_sp)));
    for (unsigned n = 6; n-- > 0;) {
        push(e, callee_saved[n]);
    }
    return here(g);
}

static u32 stub_leave(struct cg *g)
{
    struct emit *e = &g->e;
    e_8(e, 0xc3);
    for (unsigned n = 0; n < 6; n++) {
        pop(e, callee_saved[n]);
    }
    ldmxcsr(e, CPU_OFF(host_fpctl));
    return here(g);
}

/* Falls through into leave. */
static u32 stub_exit(struct cg *g)
{
    struct emit *e = &g->e;
    e_load(e, true, RSP, mem_gs(CPU_OFF(c_sp)));
    e_store(e, true, RSP, mem_gs(CPU_OFF(ret_sp)));
    stmxcsr(e, CPU_OFF(guest_fpctl));
    pins(g, AT_HOMES, true);
    return here(g);
}

static u32 stub_link(struct cg *g, const u8 *exit)
{
    struct emit *e = &g->e;
    e_jmp(e, exit);
    e_store_imm(e, false, EXEC_I_LINK, mem_gs(CPU_OFF(exit_reason)));
    e_store(e, true, RAX, mem_gs(CPU_OFF(exit_arg)));
    return here(g);
}

/* rcx = (rax ^ rax >> bits) >> align, in entries of 16 bytes, as jc_index does */
static void jc_hash(struct emit *e, unsigned bits, unsigned align)
{
    e_shift_ri(e, SH_SHL, true, RCX, 4 - align);
    e_alu_rr(e, ALU_XOR, true, RCX, RAX);
    e_shift_ri(e, SH_SHR, true, RCX, bits);
    e_mov_rr(e, true, RCX, RAX);
}

void jc_probe(struct emit *e, unsigned align)
{
    e_rm(e, 0x39 | O_W, RAX, mem_base(RCX, (s32)(CPU_OFF(jc) + offsetof(struct jc_entry, pc))));
    e_8(e, 0x65);
    /* rcx = jc_index(pc) * 16 */
    e_alu_ri(e, ALU_AND, false, RCX, ((1 << JC_BITS) - 1) << 4);
    jc_hash(e, JC_BITS, align);
}

void jc_jump(struct emit *e)
{
    e_jmp_m(e, mem_base(RCX, (s32)(CPU_OFF(jc) + offsetof(struct jc_entry, host))));
    e_8(e, 0x65);
}

static u32 stub_lookup(struct cg *g, const u8 *exit, const u8 **miss)
{
    struct emit *e = &g->e;
    e_jmp(e, exit);
    e_store_imm(e, false, EXEC_I_LOOKUP, mem_gs(CPU_OFF(exit_reason)));
    e_store(e, true, RAX, mem_gs(CPU_OFF(pc)));
    *miss = e->p;
    e_store_imm(e, true, 0, mem_gs(CPU_OFF(exit_ic)));
    const u8 *no = e->p;
    unsigned align = g->ca->insn_align;
    e_jmp_m(e, mem_base(RCX, offsetof(struct jc_entry, host)));
    e_jcc(e, CC_NE, no);
    e_rm(e, 0x39 | O_W, RAX, mem_base(RCX, offsetof(struct jc_entry, pc)));
    /* rcx = jc2 + jc_index(pc) */
    e_alu_rm(e, ALU_ADD, true, RCX, mem_gs(CPU_OFF(jc2)));
    e_alu_rm(e, ALU_AND, false, RCX, mem_gs(CPU_OFF(jc2_mask)));
    jc_hash(e, JC2_BITS, align);
    no = e->p;
    jc_jump(e);
    e_jcc(e, CC_NE, no);
    jc_probe(e, align);
    return here(g);
}

static u32 stub_ic(struct cg *g, const u8 *lookup, const u8 *miss)
{
    struct emit *e = &g->e;
    e_jmp(e, miss);
    e_store(e, true, RCX, mem_gs(CPU_OFF(exit_ic)));
    e_jcc(e, CC_NE, lookup);
    e_alu_mi(e, ALU_CMP, true, mem_base(RCX, 0), -1);
    return here(g);
}

static u32 stub_ret_miss(struct cg *g, const u8 *lookup)
{
    struct emit *e = &g->e;
    e_jmp(e, lookup);
    e_load(e, true, RSP, mem_gs(CPU_OFF(ret_base)));
    e_jcc(e, CC_BE, lookup); /* not the sentinel */
    e_alu_rm(e, ALU_CMP, true, RSP, mem_gs(CPU_OFF(ret_base)));
    return here(g);
}

static void back_from_c(struct cg *g, enum pins_at at)
{
    struct emit *e = &g->e;
    e_8(e, 0xc3);
    pins(g, at, false);
    temps(g, false);
    e_load(e, true, RSP, mem_gs(CPU_OFF(ret_sp)));
}

/* c_sp is 8 bytes off a 16-byte boundary; ROOM is too. */
static void into_c(struct cg *g, enum pins_at at, s32 room)
{
    struct emit *e = &g->e;
    e_lea(e, true, RSP, mem_base(RSP, -room));
    e_load(e, true, RSP, mem_gs(CPU_OFF(c_sp)));
    e_store(e, true, RSP, mem_gs(CPU_OFF(ret_sp)));
    pins(g, at, true);
    temps(g, true);
}

static struct mem scratch(unsigned n)
{
    return mem_gs(CPU_OFF(scratch) + n * sizeof(v128));
}

static u32 stub_helper(struct cg *g)
{
    struct emit *e = &g->e;
    back_from_c(g, AT_HOMES);
    ldmxcsr(e, CPU_OFF(guest_fpctl));
    e_store(e, true, RAX, scratch(3));
    e_call_m(e, mem_index(R8, RAX, 3, 0));
    e_load(e, true, RCX, scratch(2));
    e_load(e, true, RDX, scratch(1));
    e_load(e, true, RSI, scratch(0));
    e_load(e, true, RDI, mem_gs(CPU_OFF(self)));
    e_load(e, true, R8, mem_gs(CPU_OFF(helpers)));
    e_load(e, false, RAX, mem_gs(CPU_OFF(ref_desc)));
    ldmxcsr(e, CPU_OFF(host_fpctl));
    stmxcsr(e, CPU_OFF(guest_fpctl));
    into_c(g, AT_HOMES, 8);
    return here(g);
}

/* Where generated code traps on FP exceptions C code must not. Before the call, which has nothing in RAX yet. */
static void mask_traps(struct cg *g)
{
    struct emit *e = &g->e;
    if (g->ca->fp_trap) {
        ldmxcsr(e, CPU_OFF(fp_ref));
        e_store(e, false, RAX, mem_gs(CPU_OFF(fp_ref)));
        e_alu_ri(e, ALU_OR, false, RAX, 0x1f80);
        e_load(e, false, RAX, mem_gs(CPU_OFF(guest_fpctl)));
        stmxcsr(e, CPU_OFF(guest_fpctl));
    }
}

/* And behind it: the flags raised meanwhile are kept. */
static void unmask_traps(struct cg *g)
{
    struct emit *e = &g->e;
    if (g->ca->fp_trap) {
        ldmxcsr(e, CPU_OFF(guest_fpctl));
        e_rm(e, 0x09, RAX, mem_gs(CPU_OFF(guest_fpctl))); /* or */
        e_alu_ri(e, ALU_AND, false, RAX, 0x3f);
        e_load(e, false, RAX, mem_gs(CPU_OFF(fp_ref)));
        stmxcsr(e, CPU_OFF(fp_ref));
    }
}

/* void fn(r, a, b, c, type, aux, ctx), the guest's rounding mode in force. */
static u32 stub_ref(struct cg *g)
{
    struct emit *e = &g->e;
    back_from_c(g, AT_SAVE);
    unmask_traps(g);
    e_call_m(e, mem_index(R10, RAX, 3, 0));
    e_rr(e, 0x09, R11, RAX); /* or: the op */
    e_movzx8(e, RAX, RAX);
    e_alu_ri(e, ALU_AND, false, R11, 0x100);
    e_shift_ri(e, SH_SHR, false, R11, 7);
    e_mov_rr(e, false, R11, RAX);
    e_shift_ri(e, SH_SHR, false, R9, 16); /* aux */
    e_mov_rr(e, false, R9, RAX);
    e_alu_ri(e, ALU_AND, false, R8, 0x7f); /* type */
    e_shift_ri(e, SH_SHR, false, R8, 8);
    e_mov_rr(e, false, R8, RAX);
    e_load(e, false, RAX, mem_gs(CPU_OFF(ref_desc)));
    e_load(e, true, R10, mem_gs(CPU_OFF(ref_fns)));
    e_alu_ri(e, ALU_ADD, true, RDI, (s32)CPU_OFF(scratch[3]));
    e_lea(e, true, RCX, mem_base(RDI, (s32)CPU_OFF(scratch[2])));
    e_lea(e, true, RDX, mem_base(RDI, (s32)CPU_OFF(scratch[1])));
    e_lea(e, true, RSI, mem_base(RDI, (s32)CPU_OFF(scratch[0])));
    e_load(e, true, RDI, mem_gs(CPU_OFF(self)));
    e_store(e, true, RAX, mem_base(RSP, 0));
    e_lea(e, true, RAX, mem_base(RSP, 8));
    e_store(e, false, RAX, mem_base(RSP, 12));
    e_load(e, false, RAX, mem_gs(CPU_OFF(fpcr_ctx)));
    e_store_imm(e, false, g->ca->fp_rules, mem_base(RSP, 8));
    mask_traps(g);
    into_c(g, AT_SAVE, 24);
    return here(g);
}

u32 hx64_emit_stubs(const struct chain_abi *ca, u8 *text, u32 cap, struct host_stubs *out)
{
    u8 buf[8192];
    struct cg g;
    memset(&g, 0, sizeof(g));
    g.ca = ca;
    g.features = g.e.features = ca->features;
    g.avx = ca->features & HOST_AVX;
    g.evex = ca->features & HOST_AVX512VL;
    g.e.p = g.e.end = buf + sizeof(buf);
    const u8 *miss;
    u32 ref = stub_ref(&g), helper = stub_helper(&g), enter = stub_enter(&g),
        leave = stub_leave(&g);
    u32 exit = stub_exit(&g);
    const u8 *exit_p = g.e.p;
    u32 link = stub_link(&g, exit_p), lookup = stub_lookup(&g, exit_p, &miss);
    const u8 *lookup_p = g.e.p;
    u32 ic = stub_ic(&g, lookup_p, miss), ret_miss = stub_ret_miss(&g, lookup_p), len = here(&g);
    ASSERT(len <= cap);
    memcpy(text, g.e.p, len);
    haddr end = RAW_PTR(text) + len;
    *out = (struct host_stubs){.enter = end - enter,
                               .exit = end - exit,
                               .link = end - link,
                               .lookup = end - lookup,
                               .ic = end - ic,
                               .ret_miss = end - ret_miss,
                               .helper = end - helper,
                               .ref = end - ref,
                               .leave = end - leave};
    return len;
}
