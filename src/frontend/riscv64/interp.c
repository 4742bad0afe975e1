/* RV64 instructions executed one by one, for code that has not run often enough to be translated
 * (unprivileged manual: RV64I, M, C).
 *
 * Only what such code is mostly made of: integer instructions, branches, loads and stores, moves
 * between registers. All else, and what is illegal or faults, is refused before it changes
 * anything; translated code does it then. What is done here is in every CPU model. */
#include "frontend/interp.h"
#include "frontend/riscv64/lift.h"
#include "frontend/riscv64/priv.h"
#include "mem/access.h"

#define RD(w) bits(w, 7, 5)
#define RS1(w) bits(w, 15, 5)
#define RS2(w) bits(w, 20, 5)
#define F3(w) bits(w, 12, 3)

/* --- compressed instructions as the 32-bit ones they stand for --- */

enum {
    LOAD = 0x03,
    LOAD_FP = 0x07,
    OP_IMM = 0x13,
    OP_IMM_W = 0x1b,
    STORE = 0x23,
    STORE_FP = 0x27,
    OP = 0x33,
    LUI = 0x37,
    OP_W = 0x3b,
    BRANCH = 0x63,
    JALR = 0x67,
    JAL = 0x6f,
    AUIPC = 0x17,
    SYSTEM = 0x73,
    MISC_MEM = 0x0f
};

static inline u32 type_i(u32 op, u32 f3, u32 rd, u32 rs1, u32 imm)
{
    return op | rd << 7 | f3 << 12 | rs1 << 15 | imm << 20;
}

static inline u32 type_s(u32 op, u32 f3, u32 rs2, u32 rs1, u32 imm)
{
    return op | (imm & 31) << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | imm >> 5 << 25;
}

static inline u32 type_r(u32 op, u32 f3, u32 f7, u32 rd, u32 rs1, u32 rs2)
{
    return op | rd << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | f7 << 25;
}

#define NARROW(c, lo) (8 + bits(c, lo, 3)) /* x8..x15, f8..f15 */

/* Offsets of loads and stores of 4 and 8 bytes: from a register, from sp. */
static inline u32 off_w(u32 c)
{
    return bits(c, 10, 3) << 3 | bits(c, 6, 1) << 2 | bits(c, 5, 1) << 6;
}

static inline u32 off_d(u32 c)
{
    return bits(c, 10, 3) << 3 | bits(c, 5, 2) << 6;
}

static inline u32 off_wsp(u32 c)
{
    return bits(c, 12, 1) << 5 | bits(c, 4, 3) << 2 | bits(c, 2, 2) << 6;
}

static inline u32 off_dsp(u32 c)
{
    return bits(c, 12, 1) << 5 | bits(c, 5, 2) << 3 | bits(c, 2, 3) << 6;
}

static inline s32 imm6(u32 c)
{
    return (s32)sbits(c, 12, 1) * 32 | (s32)bits(c, 2, 5);
}

static u32 expand_0(u32 c)
{
    u32 rd = NARROW(c, 2), rs1 = NARROW(c, 7);
    switch (c >> 13) {
    case 0: {
        u32 imm =
            bits(c, 11, 2) << 4 | bits(c, 7, 4) << 6 | bits(c, 6, 1) << 2 | bits(c, 5, 1) << 3;
        return imm ? type_i(OP_IMM, 0, rd, 2, imm) : 0;
    }
    case 1:
        return type_i(LOAD_FP, 3, rd, rs1, off_d(c));
    case 2:
        return type_i(LOAD, 2, rd, rs1, off_w(c));
    case 3:
        return type_i(LOAD, 3, rd, rs1, off_d(c));
    case 5:
        return type_s(STORE_FP, 3, rd, rs1, off_d(c));
    case 6:
        return type_s(STORE, 2, rd, rs1, off_w(c));
    case 7:
        return type_s(STORE, 3, rd, rs1, off_d(c));
    }
    return 0;
}

static u32 expand_alu(u32 c)
{
    static const u8 f3[4] = {0, 4, 6, 7}; /* SUB XOR OR AND */
    u32 rd = NARROW(c, 7), op = bits(c, 5, 2);
    switch (bits(c, 10, 2)) {
    case 0:
    case 1:
        return type_i(OP_IMM, 5, rd, rd, ((u32)imm6(c) & 63) | bits(c, 10, 1) << 10);
    case 2:
        return type_i(OP_IMM, 7, rd, rd, (u32)imm6(c));
    }
    if (bits(c, 12, 1)) {
        return op < 2 ? type_r(OP_W, 0, op ? 0 : 32, rd, rd, NARROW(c, 2)) : 0;
    }
    return type_r(OP, f3[op], op ? 0 : 32, rd, rd, NARROW(c, 2));
}

static u32 expand_1(u32 c)
{
    u32 rd = RD(c), imm;
    switch (c >> 13) {
    case 0:
        return type_i(OP_IMM, 0, rd, rd, (u32)imm6(c));
    case 1:
        return rd ? type_i(OP_IMM_W, 0, rd, rd, (u32)imm6(c)) : 0;
    case 2:
        return type_i(OP_IMM, 0, rd, 0, (u32)imm6(c));
    case 3:
        if (rd == 2) {
            imm = (u32)sbits(c, 12, 1) << 9 | bits(c, 6, 1) << 4 | bits(c, 5, 1) << 6 |
                  bits(c, 3, 2) << 7 | bits(c, 2, 1) << 5;
            return imm ? type_i(OP_IMM, 0, 2, 2, imm) : 0;
        }
        return imm6(c) && rd ? LUI | rd << 7 | (u32)imm6(c) << 12 : 0;
    case 4:
        return expand_alu(c);
    case 5: /* to the form of JAL */
        imm = (u32)sbits(c, 12, 1) << 11 | bits(c, 11, 1) << 4 | bits(c, 9, 2) << 8 |
              bits(c, 8, 1) << 10 | bits(c, 7, 1) << 6 | bits(c, 6, 1) << 7 | bits(c, 3, 3) << 1 |
              bits(c, 2, 1) << 5;
        return JAL | (imm & 0xff000) | (imm >> 11 & 1) << 20 | (imm >> 1 & 0x3ff) << 21 |
               imm >> 31 << 31;
    }
    imm = (u32)sbits(c, 12, 1) << 8 | bits(c, 10, 2) << 3 | bits(c, 5, 2) << 6 |
          bits(c, 3, 2) << 1 | bits(c, 2, 1) << 5;
    return BRANCH | (imm >> 11 & 1) << 7 | (imm >> 1 & 15) << 8 | (c >> 13 & 1) << 12 |
           NARROW(c, 7) << 15 | (imm >> 5 & 63) << 25 | imm >> 31 << 31;
}

static u32 expand_2(u32 c)
{
    u32 rd = RD(c), rs2 = bits(c, 2, 5);
    switch (c >> 13) {
    case 0:
        return type_i(OP_IMM, 1, rd, rd, (u32)imm6(c) & 63);
    case 1:
        return type_i(LOAD_FP, 3, rd, 2, off_dsp(c));
    case 2:
        return rd ? type_i(LOAD, 2, rd, 2, off_wsp(c)) : 0;
    case 3:
        return rd ? type_i(LOAD, 3, rd, 2, off_dsp(c)) : 0;
    case 4:
        if (rs2) {
            return type_r(OP, 0, 0, rd, bits(c, 12, 1) ? rd : 0, rs2);
        }
        return rd ? type_i(JALR, 0, bits(c, 12, 1), rd, 0) : 0; /* EBREAK is refused */
    case 5:
        return type_s(STORE_FP, 3, rs2, 2, bits(c, 10, 3) << 3 | bits(c, 7, 3) << 6);
    case 6:
        return type_s(STORE, 2, rs2, 2, bits(c, 9, 4) << 2 | bits(c, 7, 2) << 6);
    }
    return type_s(STORE, 3, rs2, 2, bits(c, 10, 3) << 3 | bits(c, 7, 3) << 6);
}

/* The 32-bit instruction C stands for; 0, which is illegal: none that is known here. */
static u32 expand(u32 c)
{
    return (c & 3) == 0 ? expand_0(c) : (c & 3) == 1 ? expand_1(c) : expand_2(c);
}

/* --- execution --- */

static inline void set(struct rv64_regs *r, unsigned n, u64 v)
{
    r->x[n] = v;
    r->x[0] = 0;
}

static inline u64 word(u64 v)
{
    return (u64)(s64)(s32)v;
}

/* Division of the M extension: by zero -1 and the dividend, and no overflow. */
static u64 divide(u64 a, u64 b, bool sign, bool rem)
{
    if (b == 0) {
        return rem ? a : ~0ull;
    }
    if (!sign) {
        return rem ? a % b : a / b;
    }
    if (b == ~0ull) {
        return rem ? 0 : 0 - a;
    }
    return (u64)(rem ? (s64)a % (s64)b : (s64)a / (s64)b);
}

/* The operations that have a form on words. FUNCT is funct7 << 3 | funct3. A and B are
 * sign-extended words then. */
static bool word_alu(u32 funct, bool words, u64 a, u64 b, u64 *v)
{
    unsigned n = (unsigned)b & (words ? 31 : 63);
    u64 ua = words ? (u32)a : a, ub = words ? (u32)b : b;
    switch (funct) {
    case 0:
        *v = a + b;
        return true;
    case 1:
        *v = a << n;
        return true;
    case 5:
        *v = ua >> n;
        return true;
    case 32 << 3:
        *v = a - b;
        return true;
    case 32 << 3 | 5:
        *v = (u64)((s64)a >> n);
        return true;
    case 1 << 3:
        *v = a * b;
        return true;
    case 1 << 3 | 4:
    case 1 << 3 | 6:
        *v = divide(a, b, true, funct & 2);
        return true;
    case 1 << 3 | 5:
    case 1 << 3 | 7:
        *v = divide(ua, ub, false, funct & 2);
        return true;
    }
    return false;
}

/* The others. */
static bool long_alu(u32 funct, u64 a, u64 b, u64 *v)
{
    switch (funct) {
    case 2:
        *v = (s64)a < (s64)b;
        return true;
    case 3:
        *v = a < b;
        return true;
    case 4:
        *v = a ^ b;
        return true;
    case 6:
        *v = a | b;
        return true;
    case 7:
        *v = a & b;
        return true;
    case 1 << 3 | 1:
        *v = (u64)((__int128)(s64)a * (s64)b >> 64);
        return true;
    case 1 << 3 | 3:
        *v = (u64)((unsigned __int128)a * b >> 64);
        return true;
    }
    return false;
}

/* rd = rs1 OP B, on words if WORDS. */
static bool compute(struct rv64_regs *r, u32 w, u32 funct, u64 b, bool words)
{
    u64 a = r->x[RS1(w)], v;
    if (words) {
        a = word(a), b = word(b);
    }
    if (!word_alu(funct, words, a, b, &v) && (words || !long_alu(funct, a, b, &v))) {
        return false;
    }
    set(r, RD(w), words ? word(v) : v);
    return true;
}

static bool op_imm(struct rv64_regs *r, u32 w, bool words)
{
    if ((F3(w) & 3) != 1) {
        return compute(r, w, F3(w), (u64)sbits(w, 20, 12), words);
    }
    u32 funct7 =
        words ? w >> 25
              : w >> 26 << 1; /* of a shift by an immediate, without the amount's sixth bit */
    return funct7 != 1 && compute(r, w, funct7 << 3 | F3(w), bits(w, 20, words ? 5 : 6), words);
}

static bool op_reg(struct rv64_regs *r, u32 w, bool words)
{
    return compute(r, w, w >> 25 << 3 | F3(w), r->x[RS2(w)], words);
}

static bool load(struct rv64_regs *r, u32 w)
{
    gaddr addr = r->x[RS1(w)] + (u64)sbits(w, 20, 12);
    u64 v;
    bool ok;
    switch (F3(w)) {
    case 0:
        ok = mem_load8s(addr, &v);
        break;
    case 1:
        ok = mem_load16s(addr, &v);
        break;
    case 2:
        ok = mem_load32s(addr, &v);
        break;
    case 3:
        ok = mem_load64(addr, &v);
        break;
    case 4:
        ok = mem_load8(addr, &v);
        break;
    case 5:
        ok = mem_load16(addr, &v);
        break;
    case 6:
        ok = mem_load32(addr, &v);
        break;
    default:
        return false;
    }
    if (ok) {
        set(r, RD(w), v);
    }
    return ok;
}

static bool load_fp(struct rv64_regs *r, u32 w)
{
    gaddr addr = r->x[RS1(w)] + (u64)sbits(w, 20, 12);
    u64 v;
    if (F3(w) == 3) {
        return mem_load64(addr, &r->f[RD(w)]);
    }
    if (F3(w) != 2 || !mem_load32(addr, &v)) {
        return false;
    }
    r->f[RD(w)] = v | 0xffffffff00000000ull;
    return true;
}

static bool store(u32 w, gaddr base, u64 v)
{
    gaddr addr = base + (u64)(s64)(sbits(w, 25, 7) * 32 | (s32)bits(w, 7, 5));
    switch (F3(w)) {
    case 0:
        return mem_store8(addr, v);
    case 1:
        return mem_store16(addr, v);
    case 2:
        return mem_store32(addr, v);
    case 3:
        return mem_store64(addr, v);
    }
    return false;
}

static inline bool taken(const struct rv64_regs *r, u32 w, bool *legal)
{
    u64 a = r->x[RS1(w)], b = r->x[RS2(w)];
    bool is;
    switch (F3(w) >> 1) {
    case 0:
        is = a == b;
        break;
    case 2:
        is = (s64)a < (s64)b;
        break;
    case 3:
        is = a < b;
        break;
    default:
        *legal = false;
        return false;
    }
    return is != (w >> 12 & 1);
}

static inline bool is_link(unsigned n)
{
    return n == 1 || n == 5;
}

static enum guest_step jal(struct cpu *cpu, struct rv64_regs *r, u32 w, gaddr pc, unsigned len)
{
    s32 imm = ((s32)sbits(w, 31, 1) * (1 << 20)) | (s32)(w & 0xff000) |
              (s32)(bits(w, 20, 1) << 11) | (s32)(bits(w, 21, 10) << 1);
    set(r, RD(w), pc + len);
    return jump(cpu, pc + (u64)(s64)imm, is_link(RD(w)) ? GUEST_STEP_CALL : GUEST_STEP_JUMP);
}

static enum guest_step jalr(struct cpu *cpu, struct rv64_regs *r, u32 w, gaddr pc, unsigned len)
{
    gaddr to = (r->x[RS1(w)] + (u64)sbits(w, 20, 12)) & ~1ull;
    set(r, RD(w), pc + len);
    return jump(cpu, to,
                is_link(RD(w))    ? GUEST_STEP_CALL
                : is_link(RS1(w)) ? GUEST_STEP_RETURN
                                  : GUEST_STEP_JUMP);
}

enum guest_step rv64_interpret(struct cpu *cpu, const struct guest_cold *cold)
{
    struct rv64_regs *r = rv64_regs(cpu);
    gaddr pc = cpu->pc;
    u64 low, high;
    while (!(pc & 1) && pc < cold->hi && mem_load16(pc, &low)) {
        u32 w = (u32)low;
        unsigned len = 2;
        bool ok = true;
        if ((w & 3) != 3) {
            w = expand(w);
        } else if (pc + 2 < cold->hi && mem_load16(pc + 2, &high)) {
            w |= (u32)high << 16;
            len = 4;
        } else {
            break;
        }
        switch (w & 127) {
        case LOAD:
            ok = load(r, w);
            break;
        case LOAD_FP:
            ok = load_fp(r, w);
            break;
        case MISC_MEM: /* FENCE; PAUSE is one */
            ok = F3(w) == 0 && w != 0x0100000f;
            __atomic_thread_fence(__ATOMIC_SEQ_CST);
            break;
        case OP_IMM:
            ok = op_imm(r, w, false);
            break;
        case AUIPC:
            set(r, RD(w), pc + (u64)(s64)(s32)(w & 0xfffff000));
            break;
        case OP_IMM_W:
            ok = op_imm(r, w, true);
            break;
        case STORE:
            ok = store(w, r->x[RS1(w)], r->x[RS2(w)]);
            break;
        case STORE_FP:
            ok = (F3(w) == 2 || F3(w) == 3) && store(w, r->x[RS1(w)], r->f[RS2(w)]);
            break;
        case OP:
            ok = op_reg(r, w, false);
            break;
        case LUI:
            set(r, RD(w), (u64)(s64)(s32)(w & 0xfffff000));
            break;
        case OP_W:
            ok = op_reg(r, w, true);
            break;
        case BRANCH:
            if (taken(r, w, &ok)) {
                s32 imm = ((s32)sbits(w, 31, 1) * (1 << 12)) | (s32)(bits(w, 7, 1) << 11) |
                          (s32)(bits(w, 25, 6) << 5) | (s32)(bits(w, 8, 4) << 1);
                return jump(cpu, pc + (u64)(s64)imm, GUEST_STEP_JUMP);
            }
            pass(cold, pc + len, 1);
            break;
        case JALR:
            if (F3(w) == 0) {
                return jalr(cpu, r, w, pc, len);
            }
            ok = false;
            break;
        case JAL:
            return jal(cpu, r, w, pc, len);
        case SYSTEM:
            if (w == 0x00000073) {
                return jump(cpu, pc + len, GUEST_STEP_SYSCALL);
            }
            ok = false;
            break;
        default:
            ok = false;
        }
        if (unlikely(!ok)) {
            break;
        }
        pc += len;
    }
    return jump(cpu, pc, GUEST_STEP_REFUSED);
}
