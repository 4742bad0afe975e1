/* Differential test of single ops over edge and random values. */
#include "x64_ops.h"

#include <stdio.h>
#include <string.h>

#include "x64_random.h"

static const u32 edge32[] = {0,          0x80000000, 1,          0x80000001, 0x007fffff, 0x00800000,
                             0x3f800000, 0xbf800000, 0x3f000000, 0x3effffff, 0x3f7fffff, 0x40000000,
                             0x4b000001, 0x4affffff, 0x4f000000, 0xcf000000, 0x4effffff, 0x4f800000,
                             0x5f000000, 0x5effffff, 0x5f800000, 0x7f7fffff, 0xff7fffff, 0x7f800000,
                             0xff800000, 0x7fc00000, 0xffc12345, 0x7f812345, 0xff800001, 0x42f60000,
                             0x3fc00000, 0x40200000, 0xc0200000};
static const u64 edge64[] = {0,
                             0x8000000000000000,
                             1,
                             0x000fffffffffffff,
                             0x0010000000000000,
                             0x3ff0000000000000,
                             0xbff0000000000000,
                             0x3fe0000000000000,
                             0x3fdfffffffffffff,
                             0x3fefffffffffffff,
                             0x4000000000000000,
                             0x4330000000000001,
                             0x432fffffffffffff,
                             0x41e0000000000000,
                             0xc1e0000000000000,
                             0x41dfffffffc00000,
                             0x41efffffffe00000,
                             0x41f0000000000000,
                             0x43e0000000000000,
                             0xc3e0000000000000,
                             0x43dfffffffffffff,
                             0x43f0000000000000,
                             0x7fefffffffffffff,
                             0xffefffffffffffff,
                             0x7ff0000000000000,
                             0xfff0000000000000,
                             0x7ff8000000000000,
                             0xfff8000000012345,
                             0x7ff0000000012345,
                             0xfff0000000000001,
                             0x3ff8000000000000,
                             0x4004000000000000,
                             0xc004000000000000,
                             0x36a0000000000000};

static u32 any32(u64 *s)
{
    u64 r = t_random(s);
    switch (r >> 61) {
    case 0:
    case 1:
    case 2:
        return edge32[r % ARRAY_LEN(edge32)];
    case 3:
        return (u32)r;
    default: /* ordinary sizes */
        return (u32)(r & 0x807fffff) | (u32)(117 + (r >> 32) % 24) << 23;
    }
}

static u64 any64(u64 *s)
{
    u64 r = t_random(s);
    switch (r >> 61) {
    case 0:
    case 1:
    case 2:
        return edge64[(r >> 8) % ARRAY_LEN(edge64)];
    case 3:
        return t_random(s);
    default:
        return (t_random(s) & 0x800fffffffffffffull) | (1010 + (r >> 32) % 50) << 52;
    }
}

/* Vectors whose lanes are of SIZE, integers or FLOATs. */
static v128 any_vector(u64 *s, unsigned size, bool floats)
{
    v128 v;
    for (int i = 0; i < 16; i++) {
        u64 r = t_random(s);
        v.b[i] = (r >> 60) < 6 ? (u8[]){0, 1, 0x7f, 0x80, 0xff, 0xfe}[r >> 60] : (u8)(r >> 8);
    }
    for (int i = 0; i < 16 >> size && (floats || t_random(s) % 3 == 0); i++) {
        if (floats) {
            size == 2   ? (v.s[i] = any32(s))
            : size == 3 ? (v.d[i] = any64(s))
                        : (v.h[i] = (u16)t_random(s));
        } else if (size == 1) {
            v.h[i] = (u16)t_edge_int(s);
        } else if (size == 2) {
            v.s[i] = (u32)t_edge_int(s);
        } else if (size == 3) {
            v.d[i] = t_edge_int(s);
        }
    }
    return v;
}

bool t_is_value_op(enum ir_op op)
{
    return ir_ref_fns[op] && op >= IR_PCOND;
}

unsigned t_op_auxes(enum ir_op op, enum ir_type type, u16 *a)
{
    unsigned n = 0, w = type == IR_I64 ? 64 : 32;
    switch (op) {
    case IR_PCOND:
    case IR_CMP:
        for (u16 i = 0; i < 14; i++) {
            a[n++] = i;
        }
        break;
    case IR_CMN:
        return memcpy(a, (u16[]){0, 1, 2, 3, 10, 11, 12, 13}, 16), 8;
    case IR_TST:
        return memcpy(a, (u16[]){0, 1, 10, 11}, 8), 4;
    case IR_SEXT:
    case IR_ZEXT:
        return memcpy(a, (u16[]){8, 16, 32}, 6), type == IR_I64 ? 3 : 2;
    case IR_EXTR:
        return memcpy(a, (u16[]){1, 8, 17, 31}, 8), 4;
    case IR_UBFX:
    case IR_SBFX:
    case IR_BFI:
        for (u16 lsb = 0; lsb < w; lsb = (u16)(lsb + 1 + lsb / 3)) {
            for (u16 len = 1; len + lsb <= w; len = (u16)(len * 2 - (len == 8))) {
                a[n++] = (u16)(lsb | len << 6);
            }
        }
        break;
    case IR_CRC32:
        for (u16 i = 0; i < 8; i++) {
            if ((i & 3) < 3 || type == IR_I64) {
                a[n++] = i;
            }
        }
        break;
    case IR_FMA:
        return memcpy(a, (u16[]){0, 1, 2, 3}, 8), 4;
    case IR_FRINT:
        for (u16 i = 0; i < 14; i++) {
            if ((i & 7) < 6) {
                a[n++] = i;
            }
        }
        break;
    case IR_FRINTTS:
        return memcpy(a,
                      (u16[]){IR_ROUND_ZERO, IR_ROUND_CURRENT, IR_ROUND_ZERO | 16,
                              IR_ROUND_CURRENT | 16},
                      8),
               4;
    case IR_FCMP:
        for (u16 i = 0; i < 30; i++) {
            if ((i & 15) < 14) {
                a[n++] = i;
            }
        }
        break;
    case IR_FNZCV:
        return memcpy(a, (u16[]){0, 1}, 4), 2;
    case IR_F2I:
        for (u16 i = 0; i < 64; i++) {
            if ((i & 15) < 6) {
                a[n++] = i;
                a[n++] = (u16)(i | 5 << 8);
            }
        }
        break;
    case IR_I2F:
        return memcpy(a, (u16[]){0, 1, 2, 3, 7 << 8, 7 << 8 | 1, 7 << 8 | 2, 31 << 8 | 3}, 16), 8;
    case IR_F2F:
        a[0] = type == IR_F32 ? IR_F64 : IR_F32;
        return 1;
    case IR_F2V:
        return memcpy(a, (u16[]){IR_F32, IR_F64}, 4), 2;
    case IR_UNBOX:
        return memcpy(a, (u16[]){0, 1}, 4), 2;
    case IR_FSGNJ:
        return memcpy(a, (u16[]){0, 1, 2}, 6), 3;
    case IR_VGETL:
        for (u16 size = 0; size < 4; size++) {
            for (u16 lane = 0; lane < 16 >> size; lane++) {
                if (type == IR_I64 || size < 3) {
                    a[n++] = (u16)(size | lane << 4);
                    a[n++] = (u16)(size | 4 | lane << 4);
                }
            }
        }
        break;
    case IR_VSETL:
    case IR_VDUPL:
        for (u16 size = 0; size < 4; size++) {
            for (u16 lane = 0; lane < 16 >> size; lane++) {
                a[n++] = (u16)(size | lane << 4);
            }
        }
        break;
    case IR_VINSL:
        for (u16 size = 0; size < 4; size++) {
            for (u16 lane = 0; lane < 16 >> size; lane++) {
                for (u16 from = 0; from < 16 >> size;
                     from = (u16)(from + 1 + (size == 0 ? 4 : 0))) {
                    a[n++] = (u16)(size | lane << 4 | from << 8);
                }
            }
        }
        break;
    case IR_VSHLI:
    case IR_VSHRI:
    case IR_VSARI:
    case IR_VRSHRI:
    case IR_VRSARI:
        for (u16 size = 0; size < 4; size++) {
            u16 width = (u16)(8 << size);
            for (u16 k = op == IR_VSHLI ? 0 : 1; k <= width - (op == IR_VSHLI); k++) {
                a[n++] = (u16)(size | k << 4);
            }
        }
        break;
    case IR_VREV:
        return memcpy(
                   a,
                   (u16[]){0 | 1 << 2, 0 | 2 << 2, 0 | 3 << 2, 1 | 2 << 2, 1 | 3 << 2, 2 | 3 << 2},
                   12),
               6;
    case IR_VMUL:
    case IR_VREDUADDL:
    case IR_VREDSADDL:
    case IR_VREDADD:
    case IR_VREDSMIN:
    case IR_VREDSMAX:
    case IR_VREDUMIN:
    case IR_VREDUMAX:
        for (u16 size = 0; size < 3; size++) {
            a[n++] = size;
            if (op >= IR_VREDADD && size < 2) {
                a[n++] = (u16)(size | 4);
            }
        }
        break;
    case IR_VSXTL:
    case IR_VUXTL:
    case IR_VXTN:
    case IR_VSQXTN:
    case IR_VUQXTN:
    case IR_VSQXTUN:
    case IR_VSMULL:
    case IR_VUMULL:
    case IR_VSADDLP:
    case IR_VUADDLP:
    case IR_VSHADD:
    case IR_VUHADD:
    case IR_VSRHADD:
    case IR_VURHADD:
    case IR_VSHSUB:
    case IR_VUHSUB:
    case IR_VSABD:
    case IR_VUABD:
    case IR_VSMIN:
    case IR_VSMAX:
    case IR_VUMIN:
    case IR_VUMAX:
    case IR_VSMINP:
    case IR_VSMAXP:
    case IR_VUMINP:
    case IR_VUMAXP:
    case IR_VCLZ:
    case IR_VCLS:
        return memcpy(a, (u16[]){0, 1, 2}, 6), 3;
    case IR_VSQDMULH:
    case IR_VSQRDMULH:
    case IR_VSQDMULL:
        return memcpy(a, (u16[]){1, 2}, 4), 2;
    case IR_VPMULL:
        return memcpy(a, (u16[]){0, 3}, 4), 2;
    case IR_VEXT:
        for (u16 i = 1; i < 16; i++) {
            a[n++] = i;
        }
        break;
    case IR_VFRINT:
    case IR_VF2I:
    case IR_VFRINTTS:
    case IR_VI2F:
    case IR_VFMA:
    case IR_VFCADD:
    case IR_VFCMLA:
    case IR_VURECPE:
    case IR_VURSQRTE:
    case IR_VFCVTL:
    case IR_VFCVTN: {
        static const u16 forms[3] = {2, 3, 6};
        for (unsigned f = 0; f < 3; f++) {
            u16 b = forms[f];
            switch (op) {
            case IR_VFRINT:
                for (u16 m = 0; m < 14; m++) {
                    if ((m & 7) < 6) {
                        a[n++] = (u16)(b | m << 4);
                    }
                }
                break;
            case IR_VF2I:
                for (u16 m = 0; m < 5; m++) {
                    a[n++] = (u16)(b | m << 4);
                    a[n++] = (u16)(b | (m | 16) << 4);
                }
                a[n++] = (u16)(b | IR_ROUND_ZERO << 4 | 5 << 10);
                break;
            case IR_VFRINTTS:
                a[n++] = (u16)(b | IR_ROUND_ZERO << 4);
                a[n++] = (u16)(b | (IR_ROUND_CURRENT | 16) << 4);
                break;
            case IR_VI2F:
                a[n++] = b;
                a[n++] = (u16)(b | 16);
                a[n++] = (u16)(b | 3 << 10);
                break;
            case IR_VFMA:
                a[n++] = b;
                a[n++] = (u16)(b | 8);
                break;
            case IR_VFCADD:
                a[n++] = b;
                a[n++] = (u16)(b | 16);
                break;
            case IR_VFCMLA:
                for (u16 r = 0; r < 4; r++) {
                    a[n++] = (u16)(b | r << 4);
                }
                break;
            default:
                break;
            }
        }
        if (op == IR_VURECPE || op == IR_VURSQRTE) {
            a[n++] = 2;
        } else if (op == IR_VFCVTL) {
            a[n++] = 1;
            a[n++] = 2;
        } else if (op == IR_VFCVTN) {
            a[n++] = 1;
            a[n++] = 2;
            a[n++] = 2 | 8;
        }
        break;
    }
    default:
        if (op >= IR_VFADD && op <= IR_VFCMLA) {
            return memcpy(a, (u16[]){2, 3, 6}, 6), 3;
        }
        for (u16 i = 0; i < (ir_op_flags[op] & IR_F_Q ? 4 : 1); i++) {
            a[n++] = i;
        }
        break;
    }
    return n;
}

/* The float of TYPE in register V. */
static ir_ref float_in(struct t_env *env, enum ir_type type, unsigned v)
{
    ir_ref r = ir_get(&env->b, v);
    if (!env->boxed) {
        return ir_op1(&env->b, IR_V2F, type, 0, r);
    }
    return type == IR_F64 ? r : ir_op1(&env->b, IR_UNBOX, IR_F32, 0, r);
}

/* An operand for LETTER in one of the ways it can come: pinned register, memory, constant. */
static ir_ref operand(struct t_env *env, enum ir_op op, char letter, enum ir_type type, u16 aux,
                      unsigned nth, unsigned way)
{
    struct ir_builder *b = &env->b;
    unsigned x = way == 1 ? TX + 12 + nth : TX + nth, v = way == 1   ? TV + 24 + nth
                                                          : way == 2 ? TV + 9 + nth
                                                                     : TV + nth;
    ir_ref r64 = ir_get(b, x);
    switch (letter) {
    case 'i':
        if (op == IR_BITF || op == IR_VSETL || op == IR_VDUP) {
            bool wide = op == IR_BITF ? type == IR_F64 : (aux & 3) == 3;
            return wide ? r64 : ir_op1(b, IR_TRUNC, IR_I32, 0, r64);
        }
        if (type == IR_I1) {
            return ir_op2(b, IR_CMP, IR_I64, IR_CC_SLT, r64, ir_k64(b, 0));
        }
        return type == IR_I64 ? r64 : ir_op1(b, IR_TRUNC, IR_I32, 0, r64);
    case 'w':
        return ir_op1(b, IR_TRUNC, IR_I32, 0, r64);
    case 'q':
        return r64;
    case 'b':
        return ir_op2(b, IR_CMP, IR_I64, IR_CC_SLT, r64, ir_k64(b, 0));
    case 'f':
        if (op == IR_BITI) {
            type = type == IR_I64 ? IR_F64 : IR_F32;
        }
        return float_in(env, type, v);
    case 'd':
        return float_in(env, IR_F64, v);
    case 's':
        return float_in(env, IR_F32, v);
    case 'x':
        return ir_get(b, v);
    case 't':
        switch (op) {
        case IR_SEXT:
        case IR_ZEXT:
            return way == 2 ? ir_op1(b, IR_TRUNC, IR_I32, 0, r64) : r64;
        case IR_F2F:
        case IR_F2V:
            return float_in(env, (enum ir_type)(aux & 15), v);
        case IR_F2I:
            return float_in(env, aux & 32 ? IR_F64 : IR_F32, v);
        case IR_I2F:
            return aux & 2 ? r64 : ir_op1(b, IR_TRUNC, IR_I32, 0, r64);
        default: /* SELECT */
            return type == IR_V128  ? ir_get(b, v)
                   : type >= IR_F32 ? float_in(env, type, v)
                   : type == IR_I64 ? r64
                                    : ir_op1(b, IR_TRUNC, IR_I32, 0, r64);
        }
    default:
        return 0;
    }
}

/* Stores a value where a test sees all of it. */
static void keep(struct t_env *env, ir_ref r, unsigned xr, unsigned vr)
{
    struct ir_builder *b = &env->b;
    switch (ir_type_of(&env->fn, r)) {
    case IR_I1:
        ir_set(b, xr, ir_op1(b, IR_B2I, IR_I64, 0, r));
        break;
    case IR_I32:
        ir_set(b, xr, ir_op1(b, IR_ZEXT, IR_I64, 32, r));
        break;
    case IR_I64:
        ir_set(b, xr, r);
        break;
    case IR_F32:
        ir_set(b, vr, env->boxed ? ir_op1(b, IR_BOX, IR_F64, 0, r) : ir_op1(b, IR_F2V, IR_V128, IR_F32, r));
        break;
    case IR_F64:
        ir_set(b, vr, env->boxed ? r : ir_op1(b, IR_F2V, IR_V128, IR_F64, r));
        break;
    case IR_V128:
        ir_set(b, vr, r);
        break;
    default:
        break;
    }
}

static void build(struct t_env *env, enum ir_op op, enum ir_type type, u16 aux, unsigned way,
                  unsigned dest)
{
    const char *sig = ir_ops[op].sig + 2;
    ir_ref r[3] = {0};
    t_begin(env);
    for (unsigned n = 0; n < 3 && sig[n]; n++) {
        r[n] = operand(env, op, sig[n], type, aux, way == 3 ? 0 : n, way == 3 ? 0 : way);
    }
    ir_ref v = ir_emit(&env->b, op, type, aux, r[0], r[1], r[2]);
    if (op == IR_ADCNZCV || op == IR_FNZCV) { /* other bits may hold anything */
        v = ir_op2(&env->b, IR_AND, IR_I32, 0, v,
                   ir_k32(&env->b, IR_NZCV_N | IR_NZCV_Z | IR_NZCV_C | IR_NZCV_V));
    }
    keep(env, v, TX + dest, TV + dest);
    if (way == 2) { /* twice, both results wanted */
        keep(env, v, TX + 13, TV + 25);
    }
    ir_insn(&env->b, env->fn.pc, 0, false);
    ir_op3(&env->b, IR_JMP, IR_VOID, 0, 0, ir_kpc(&env->b, env->fn.pc + 64), 0);
}

static void inputs(struct t_env *env, u64 *seed, unsigned size, bool floats)
{
    struct t_regs *r = t_state(env);
    for (int i = 0; i < TX_COUNT; i++) {
        r->x[i] = t_edge_int(seed);
    }
    for (int i = 0; i < TV_COUNT; i++) {
        r->v[i] = any_vector(seed, size, floats);
        if (env->boxed && size == 2 && t_random(seed) >> 61) { /* not boxed one time in eight */
            r->v[i].s[1] = ~0u;
        }
    }
}

/* Operand combinations that rules treat alike or not: other registers, memory, high registers, all
 * the same. */
static unsigned test_form(struct t_env *env, enum ir_op op, enum ir_type type, u16 aux,
                          unsigned rounds, u64 *seed)
{
    bool floats = (op >= IR_FADD && op <= IR_FRECPX) || (op >= IR_VFADD && op <= IR_VFCMLA) ||
                  (op >= IR_BOX && op <= IR_FSGNJ);
    unsigned size = floats && op < IR_VFADD ? (type == IR_F64 || (op == IR_F2I && (aux & 32)) ||
                                                       (op == IR_F2F && (aux & 15) == IR_F64)
                                                   ? 3
                                                   : 2)
                    : op == IR_FJCVT ? 3
                                                        : aux & 3;
    for (unsigned way = 0; way < 4; way++) {
        for (unsigned dest = 0; dest < 2; dest++) {
            build(env, op, type, aux, way, dest ? (way == 1 ? 12 : 0) : 5);
            for (unsigned n = 0; n < rounds; n++) {
                char what[96];
                inputs(env, seed, size, floats);
                snprintf(what, sizeof(what), "%s type %d aux %#x way %u dest %u", ir_ops[op].name,
                         type, aux, way, dest);
                if (!t_same(env, what)) {
                    return 1;
                }
            }
        }
    }
    return 0;
}

/* RISC-V: the same with a rounding mode of the op's own. No fraction bits. */
static unsigned add_roundings(enum ir_op op, u16 *a, unsigned n)
{
    bool can = (op >= IR_FADD && op <= IR_FMA) || op == IR_F2F || op == IR_F2H || op == IR_I2F;
    for (unsigned k = 0, count = can ? n : 0; k < count; k++) {
        for (unsigned rm = 0; rm < 5; rm++) {
            a[n++] = (u16)(a[k] | IR_FP_ROUND(rm));
        }
    }
    return n;
}

unsigned t_test_op(struct t_env *env, enum ir_op op, unsigned rounds)
{
    static u16 a[2048];
    unsigned bad = 0;
    u64 seed = 0x1234567 + (u64)op * 7919;
    /* A result that rounds up to the smallest normal number: A64 signals underflow, the host does
     * not. */
    bool tiny = op == IR_VFMUL || op == IR_VFDIV || op == IR_VFMA ||
                op == IR_VFCVTN || op == IR_VFMULX || op == IR_VFCMLA;
    env->fp_flags = tiny && env->ca.fp_rules == IR_FP_A64 ? 0x2d : 0x3d;
    const char *sig = ir_ops[op].sig;
    for (enum ir_type type = IR_I1; type <= IR_V128 && bad < 3; type++) {
        enum ir_type fixed = (enum ir_type)ir_fixed_type[op];
        bool fp = strchr(sig, 'f') != NULL, in = strchr(sig + 2, 'i') != NULL || sig[0] == 'i';
        bool ok = sig[0] == 't'   ? type != IR_I1
                  : op == IR_BITI ? type == IR_I32 || type == IR_I64
                  : in            ? type == IR_I32 || type == IR_I64 ||
                             (type == IR_I1 && (op == IR_AND || op == IR_OR || op == IR_XOR))
                  : fp ? type == IR_F32 || type == IR_F64
                       : type == fixed;
        if (op == IR_VSETL || op == IR_VDUP) {
            ok = type == IR_V128;
        }
        if (op == IR_BITF) {
            ok = type == IR_F32 || type == IR_F64;
        }
        if (op == IR_MULHU || op == IR_MULHS) {
            ok = type == IR_I64;
        }
        if (!ok) {
            continue;
        }
        unsigned n = t_op_auxes(op, type, a);
        if (env->ca.fp_rules == IR_FP_RV64) {
            n = add_roundings(op, a, n);
        }
        for (unsigned k = 0; k < n && bad < 3; k++) {
            bad += test_form(env, op, type, a[k], rounds, &seed);
        }
    }
    return bad;
}
