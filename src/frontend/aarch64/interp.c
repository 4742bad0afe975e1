/* A64 instructions executed one by one, for code that has not run often enough to be translated
 * (Arm ARM C6.2).
 *
 * Only what such code is mostly made of: integer instructions, branches, plain loads and stores.
 * Everything else, and what is undefined, unpredictable or faults, is refused before it changes
 * anything; translated code does it then. */
#include "frontend/aarch64/interp_int.h"
#include "frontend/aarch64/interp_mem.h"
#include "frontend/aarch64/lift.h"

/* What a word is, told by its top 11 bits. */
enum form {
    REFUSED,
    ADR,
    ADD_IMM,
    LOGIC_IMM,
    MOVE_WIDE,
    BITFIELD,
    EXTRACT,
    BRANCH,
    COMPARE_BRANCH,
    TEST_BRANCH,
    BRANCH_COND,
    BRANCH_REG,
    EXCEPTION,
    SYSTEM,
    LOGIC_REG,
    ADD_REG,
    ADD_EXT,
    COND_COMPARE,
    COND_SELECT,
    TWO_SOURCE,
    ONE_SOURCE,
    THREE_SOURCE,
    LITERAL,
    PAIR,
    LDST_9BIT, /* unscaled, indexed, and with bit 21 by a register */
    LDST_12BIT,
    LOAD_ACQUIRE,
    FP_MOVE,
    VECTOR_CONST,
    VECTOR_DUP,
};

#define IS(t, mask, bits) (((t) & (mask) >> 21) == (bits) >> 21)
#define FORM(t)                                                                                    \
    (IS(t, 0x1f000000, 0x10000000)   ? ADR                                                         \
     : IS(t, 0x1f800000, 0x11000000) ? ADD_IMM                                                     \
     : IS(t, 0x1f800000, 0x12000000) ? LOGIC_IMM                                                   \
     : IS(t, 0x1f800000, 0x12800000) ? MOVE_WIDE                                                   \
     : IS(t, 0x1f800000, 0x13000000) ? BITFIELD                                                    \
     : IS(t, 0x7f800000, 0x13800000) ? EXTRACT                                                     \
     : IS(t, 0x7c000000, 0x14000000) ? BRANCH                                                      \
     : IS(t, 0x7e000000, 0x34000000) ? COMPARE_BRANCH                                              \
     : IS(t, 0x7e000000, 0x36000000) ? TEST_BRANCH                                                 \
     : IS(t, 0xff000000, 0x54000000) ? BRANCH_COND                                                 \
     : IS(t, 0xfe000000, 0xd6000000) ? BRANCH_REG                                                  \
     : IS(t, 0xffe00000, 0xd4000000) ? EXCEPTION                                                   \
     : IS(t, 0xffc00000, 0xd5000000) ? SYSTEM                                                      \
     : IS(t, 0x1f000000, 0x0a000000) ? LOGIC_REG                                                   \
     : IS(t, 0x1f200000, 0x0b000000) ? ADD_REG                                                     \
     : IS(t, 0x1fe00000, 0x0b200000) ? ADD_EXT                                                     \
     : IS(t, 0x3fe00000, 0x3a400000) ? COND_COMPARE                                                \
     : IS(t, 0x3fe00000, 0x1a800000) ? COND_SELECT                                                 \
     : IS(t, 0x7fe00000, 0x1ac00000) ? TWO_SOURCE                                                  \
     : IS(t, 0x7fe00000, 0x5ac00000) ? ONE_SOURCE                                                  \
     : IS(t, 0x7f000000, 0x1b000000) ? THREE_SOURCE                                                \
     : IS(t, 0x3b000000, 0x18000000) ? LITERAL                                                     \
     : IS(t, 0x3a000000, 0x28000000) ? PAIR                                                        \
     : IS(t, 0x3b000000, 0x38000000) ? LDST_9BIT                                                   \
     : IS(t, 0x3b000000, 0x39000000) ? LDST_12BIT                                                  \
     : IS(t, 0x3fe00000, 0x08c00000) ? LOAD_ACQUIRE                                                \
     : IS(t, 0x9fe00000, 0x0f000000) ? VECTOR_CONST                                                \
     : IS(t, 0xbfe00000, 0x0e000000) ? VECTOR_DUP                                                  \
     : IS(t, 0x7fa00000, 0x1e200000) ? FP_MOVE                                                     \
                                     : REFUSED)
#define FORM4(t) FORM(t), FORM((t) + 1), FORM((t) + 2), FORM((t) + 3)
#define FORM16(t) FORM4(t), FORM4((t) + 4), FORM4((t) + 8), FORM4((t) + 12)
#define FORM64(t) FORM16(t), FORM16((t) + 16), FORM16((t) + 32), FORM16((t) + 48)
#define FORM256(t) FORM64(t), FORM64((t) + 64), FORM64((t) + 128), FORM64((t) + 192)
static const u8 forms[2048] = {FORM256(0u),    FORM256(256u),  FORM256(512u),  FORM256(768u),
                               FORM256(1024u), FORM256(1280u), FORM256(1536u), FORM256(1792u)};

static inline bool system_insn(struct a64_regs *r, u32 w)
{
    if ((w & 0xfffff01f) == 0xd503201f) { /* hints; YIELD to SEVL are not all nothing */
        return bits(w, 5, 7) == 0 || bits(w, 5, 7) > 7;
    }
    if ((w & 0xfffff0df) == 0xd503309f) { /* DSB and DMB */
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        return true;
    }
    switch (w & ~31u) {
    case 0xd53bd040: /* MRS TPIDR_EL0 */
        set(r, RD(w), r->tpidr);
        return true;
    case 0xd51bd040:
        r->tpidr = get(r, RD(w));
        return true;
    case 0xd50b7420: /* DC ZVA */
        return zero_line(ALIGN_DOWN(get(r, RD(w)), 64));
    }
    return false;
}

/* A call at PC has to be translated: the flags are read behind it, and not yet kept by returns
 * (lift_branch.c). */
static bool wants_flags(const struct a64_regs *r, gaddr pc)
{
    u64 word;
    gaddr page = ALIGN_DOWN(pc, 4096), limit = page + 4096;
    if (limit - pc <= FRONT_READ_BYTES && mem_load32(limit, &word)) {
        limit += 4096;
    }
    struct translate_params p = {.pc = pc, .lo = page, .limit = limit};
    return !r->ret_flags && front_flags_read_at(&a64_front, &p, pc + 4);
}

static enum guest_step branch_reg(struct cpu *cpu, struct a64_regs *r, u32 w, gaddr pc)
{
    gaddr to = get(r, RN(w));
    switch (w & 0xfffffc1f) {
    case 0xd61f0000:
        return jump(cpu, to, GUEST_STEP_JUMP);
    case 0xd63f0000:
        if (wants_flags(r, pc)) {
            break;
        }
        r->x[30] = pc + 4;
        return jump(cpu, to, GUEST_STEP_CALL);
    case 0xd65f0000:
        return jump(cpu, to, GUEST_STEP_RETURN);
    }
    return jump(cpu, pc, GUEST_STEP_REFUSED);
}

enum guest_step a64_interpret(struct cpu *cpu, const struct guest_cold *cold)
{
    struct a64_regs *r = a64_regs(cpu);
    gaddr pc = cpu->pc;
    u64 word, v;
    bool ok = true;
    if (pc & 3) {
        return GUEST_STEP_REFUSED;
    }
    while (pc < cold->hi && mem_load32(pc, &word)) {
        u32 w = (u32)word, sf = SF(w);
        switch ((enum form)forms[w >> 21]) {
        case ADR:
            v = (u64)(sbits(w, 5, 19) * 4 + bits(w, 29, 2));
            set(r, RD(w), sf ? ALIGN_DOWN(pc, 4096) + (v << 12) : pc + v);
            break;
        case ADD_IMM:
            add_sub(r, w, *xsp(r, RN(w)), (u64)bits(w, 10, 12) << (w >> 22 & 1 ? 12 : 0), true);
            break;
        case LOGIC_IMM:
            ok = !(w >> 22 & 1 & ~sf) &&
                 a64_bitmask(sf, w >> 22 & 1, bits(w, 16, 6), bits(w, 10, 6), &v);
            if (ok) {
                logic(r, w, get(r, RN(w)), v, true);
            }
            break;
        case MOVE_WIDE:
            ok = move_wide(r, w);
            break;
        case BITFIELD:
            ok = bitfield(r, w);
            break;
        case EXTRACT:
            ok = extract(r, w);
            break;
        case BRANCH:
            if (sf && wants_flags(r, pc)) {
                return jump(cpu, pc, GUEST_STEP_REFUSED);
            }
            if (sf) {
                r->x[30] = pc + 4;
            }
            return jump(cpu, pc + (u64)sbits(w, 0, 26) * 4, sf ? GUEST_STEP_CALL : GUEST_STEP_JUMP);
        case COMPARE_BRANCH:
            if ((narrow(sf, get(r, RD(w))) == 0) != (w >> 24 & 1)) {
                return jump(cpu, pc + (u64)sbits(w, 5, 19) * 4, GUEST_STEP_JUMP);
            }
            pass(cold, pc + 4, 2);
            break;
        case TEST_BRANCH:
            if ((get(r, RD(w)) >> (sf << 5 | bits(w, 19, 5)) & 1) == (w >> 24 & 1)) {
                return jump(cpu, pc + (u64)sbits(w, 5, 14) * 4, GUEST_STEP_JUMP);
            }
            pass(cold, pc + 4, 2);
            break;
        case BRANCH_COND:
            ok = !(w & 16);
            if (ok && holds(r->nzcv, w & 15)) {
                return jump(cpu, pc + (u64)sbits(w, 5, 19) * 4, GUEST_STEP_JUMP);
            }
            pass(cold, pc + 4, 2);
            break;
        case BRANCH_REG:
            return branch_reg(cpu, r, w, pc);
        case EXCEPTION:
            if ((w & 31) == 1) {
                return jump(cpu, pc + 4, GUEST_STEP_SYSCALL);
            }
            ok = false;
            break;
        case SYSTEM:
            ok = system_insn(r, w);
            break;
        case LOGIC_REG:
            ok = sf || !(w & 0x8000);
            if (ok) {
                v = shifted(sf, narrow(sf, get(r, RM(w))), bits(w, 22, 2), bits(w, 10, 6));
                logic(r, w, get(r, RN(w)), w >> 21 & 1 ? ~v : v, false);
            }
            break;
        case ADD_REG:
            ok = (sf || !(w & 0x8000)) && bits(w, 22, 2) != 3;
            if (ok) {
                v = shifted(sf, narrow(sf, get(r, RM(w))), bits(w, 22, 2), bits(w, 10, 6));
                add_sub(r, w, get(r, RN(w)), v, false);
            }
            break;
        case ADD_EXT:
            ok = bits(w, 10, 3) <= 4;
            if (ok) {
                add_sub(r, w, *xsp(r, RN(w)),
                        extended(get(r, RM(w)), bits(w, 13, 3)) << bits(w, 10, 3), true);
            }
            break;
        case COND_COMPARE:
            ok = cond_compare(r, w);
            break;
        case COND_SELECT:
            ok = cond_select(r, w);
            break;
        case TWO_SOURCE:
            ok = two_source(r, w);
            break;
        case ONE_SOURCE:
            ok = one_source(r, w);
            break;
        case THREE_SOURCE:
            ok = three_source(r, w);
            break;
        case LITERAL:
            ok = load_literal(r, w, pc);
            break;
        case PAIR:
            ok = load_store_pair(r, w);
            break;
        case LDST_9BIT:
            ok = load_store_9(r, w);
            break;
        case LDST_12BIT:
            ok = load_store_12(r, w);
            break;
        case LOAD_ACQUIRE:
            ok = load_acquire(r, w);
            break;
        case FP_MOVE:
            ok = fp_move(r, w);
            break;
        case VECTOR_CONST:
            ok = vector_const(r, w);
            break;
        case VECTOR_DUP:
            ok = vector_dup(r, w);
            break;
        case REFUSED:
            ok = false;
        }
        if (unlikely(!ok)) {
            break;
        }
        pc += 4;
    }
    return jump(cpu, pc, GUEST_STEP_REFUSED);
}
