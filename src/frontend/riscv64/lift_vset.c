/* Vector configuration and CSRs (chapters 3, 6). */
#include "frontend/riscv64/lift_v.h"

static ir_ref k64(struct rv64_lift *l, u64 v)
{
    return ir_k64(l->b, v);
}

static void store(struct rv64_lift *l, u16 field, ir_ref v)
{
    ir_op1(l->b, IR_STS, IR_I64, field, v);
}

/* vtype and vstart as they are from here on; what the state is known to hold is not stored again. */
static void set_vtype(struct rv64_lift *l, u64 vtype)
{
    const unsigned same = V_MODE_KNOWN | V_MODE_VILL | V_MODE_VTYPE;
    unsigned want = V_MODE_KNOWN | (vtype & V_VTYPE_VILL ? V_MODE_VILL : (unsigned)vtype);
    if ((l->vmode & same) != want) {
        store(l, RV64_FIELD(vtype), k64(l, vtype));
    }
    if (!(l->vmode & V_MODE_KNOWN) || l->vmode & V_MODE_VSTART) {
        store(l, RV64_FIELD(vstart), k64(l, 0));
        ir_op1(l->b, IR_STS, IR_I32, RV64_FIELD(v_used), ir_k32(l->b, 1));
    }
}

/* New vl, VTYPE, and mode; FULL: vl is VLMAX. */
static bool finish(struct rv64_lift *l, int rd, u64 vtype, ir_ref vl, bool full)
{
    set_vtype(l, vtype);
    store(l, RV64_FIELD(vl), vl);
    l->vl = vl;
    l->vl_block = l->b->block_start;
    if (rd) {
        rv64_write(l, rd, vl);
    }
    bool vill = vtype & V_VTYPE_VILL;
    l->vmode = (u16)(V_MODE_KNOWN | (vill ? V_MODE_VILL : (unsigned)vtype) | (full ? V_MODE_FULL : 0));
    return true;
}

/* rd and rs1 both 0: vl stays, as far as it can. */
static bool keep_vl(struct rv64_lift *l, u64 vtype, u32 vlmax)
{
    if (l->vmode & V_MODE_KNOWN && !(l->vmode & V_MODE_VILL)) {
        u32 old = v_vlmax(V_VTYPE_SEW(l->vmode), V_VTYPE_LMUL(l->vmode));
        if (l->vmode & V_MODE_FULL) {
            return finish(l, 0, vtype, k64(l, MIN(old, vlmax)), old >= vlmax);
        }
        if (old <= vlmax) {
            set_vtype(l, vtype);
            l->vmode = (u16)(V_MODE_KNOWN | (unsigned)vtype);
            return true;
        }
    }
    ir_ref vl = ir_op0(l->b, IR_LDS, IR_I64, RV64_FIELD(vl));
    ir_ref below = ir_op2(l->b, IR_CMP, IR_I64, IR_CC_ULT, vl, k64(l, vlmax));
    return finish(l, 0, vtype, ir_op3(l->b, IR_SELECT, IR_I64, 0, vl, k64(l, vlmax), below), false);
}

/* AVL in RS1, which is not x0. Code for a large one goes straight on; a short one has code of its own, entered at this
 * same instruction, so that nothing has to be computed before the branch. */
static bool avl_register(struct rv64_lift *l, int rd, int rs1, u64 vtype, u32 vlmax)
{
    ir_ref avl = rv64_read(l, rs1);
    u64 k;
    if (ir_is_const(l->fn, avl, &k)) {
        return finish(l, rd, vtype, k64(l, MIN(k, vlmax)), k >= vlmax);
    }
    if (l->vmode & V_MODE_SHORT) {
        l->vmode &= (u16)~V_MODE_SHORT;
        return finish(l, rd, vtype, avl, false);
    }
    ir_ref is_short = ir_op2(l->b, IR_CMP, IR_I64, IR_CC_ULT, avl, k64(l, vlmax));
    u16 mode = (u16)((l->vmode & ~V_MODE_FULL) | V_MODE_SHORT);
    ir_op3(l->b, IR_EXITIF, IR_I1, (u16)(mode << IR_VMODE_SHIFT), is_short, ir_kpc(l->b, l->pc), 0);
    return finish(l, rd, vtype, k64(l, vlmax), true);
}

static bool lift_vset(struct rv64_lift *l, u64 zimm, int rd, int rs1)
{
    u64 vtype = rv64_v_vtype(zimm);
    if (vtype & V_VTYPE_VILL) {
        return finish(l, rd, vtype, k64(l, 0), false);
    }
    u32 vlmax = v_vlmax(V_VTYPE_SEW(vtype), V_VTYPE_LMUL(vtype));
    if (rs1) {
        return avl_register(l, rd, rs1, vtype, vlmax);
    }
    return rd ? finish(l, rd, vtype, k64(l, vlmax), true) : keep_vl(l, vtype, vlmax);
}

bool rv64_lift_VSETVLI(struct rv64_lift *l, const struct rv64_args_vsetvli *a)
{
    return lift_vset(l, (u64)a->zimm, a->rd, a->rs1);
}

bool rv64_lift_VSETIVLI(struct rv64_lift *l, const struct rv64_args_vsetivli *a)
{
    u64 vtype = rv64_v_vtype((u64)a->zimm);
    bool vill = vtype & V_VTYPE_VILL;
    u32 vlmax = vill ? 0 : v_vlmax(V_VTYPE_SEW(vtype), V_VTYPE_LMUL(vtype));
    return finish(l, a->rd, vtype, k64(l, MIN((u32)a->uimm, vlmax)), !vill && (u32)a->uimm >= vlmax);
}

/* vtype from a register: afterwards only the state knows. */
bool rv64_lift_VSETVL(struct rv64_lift *l, const struct rv64_args_vsetvl *a)
{
    bool keep = !a->rs1 && !a->rd;
    ir_ref avl = a->rs1 ? rv64_read(l, a->rs1) : k64(l, ~0ull);
    if (keep) {
        avl = ir_op0(l->b, IR_LDS, IR_I64, RV64_FIELD(vl));
    }
    ir_ref vl = rv64_help(l, RV64_H_VSETVL, avl, rv64_read(l, a->rs2), 0);
    if (a->rd) {
        rv64_write(l, a->rd, vl);
    }
    return rv64_leave(l, EXEC_I_MODE);
}

u64 rv64_v_help_vsetvl(void *cpu, u64 avl, u64 vtype, u64 unused)
{
    (void)unused;
    struct rv64_regs *r = rv64_regs(cpu);
    r->vtype = rv64_v_vtype(vtype);
    u32 vlmax = r->vtype & V_VTYPE_VILL ? 0 : v_vlmax(V_VTYPE_SEW(r->vtype), V_VTYPE_LMUL(r->vtype));
    r->vl = MIN(avl, (u64)vlmax);
    r->vstart = 0;
    r->v_used = 1;
    return r->vl;
}

static ir_ref field32(struct rv64_lift *l, u16 field)
{
    return ir_op1(l->b, IR_ZEXT, IR_I64, 32, ir_op0(l->b, IR_LDS, IR_I32, field));
}

ir_ref rv64_vector_csr_read(struct rv64_lift *l, unsigned csr)
{
    if (!rv64_has(l, RV64_EXT_V)) {
        return 0;
    }
    switch (csr) {
    case RV64_CSR_VSTART:
        return ir_op0(l->b, IR_LDS, IR_I64, RV64_FIELD(vstart));
    case RV64_CSR_VXSAT:
        return field32(l, RV64_FIELD(vxsat));
    case RV64_CSR_VXRM:
        return field32(l, RV64_FIELD(vxrm));
    case RV64_CSR_VCSR: {
        ir_ref rm = ir_op2(l->b, IR_SHL, IR_I64, 0, field32(l, RV64_FIELD(vxrm)), k64(l, 1));
        return ir_op2(l->b, IR_OR, IR_I64, 0, rm, field32(l, RV64_FIELD(vxsat)));
    }
    case RV64_CSR_VL:
        return ir_op0(l->b, IR_LDS, IR_I64, RV64_FIELD(vl));
    case RV64_CSR_VTYPE:
        return ir_op0(l->b, IR_LDS, IR_I64, RV64_FIELD(vtype));
    case RV64_CSR_VLENB:
        return k64(l, V_VLENB);
    default:
        return 0;
    }
}

static void store32(struct rv64_lift *l, u16 field, ir_ref v, unsigned lo, unsigned len)
{
    ir_ref bits = ir_op1(l->b, IR_UBFX, IR_I64, (u16)(lo | len << 6), v);
    ir_op1(l->b, IR_STS, IR_I32, field, ir_op1(l->b, IR_TRUNC, IR_I32, 0, bits));
}

bool rv64_vector_csr_write(struct rv64_lift *l, unsigned csr, ir_ref v)
{
    switch (csr) {
    case RV64_CSR_VSTART:
        store(l, RV64_FIELD(vstart), ir_op2(l->b, IR_AND, IR_I64, 0, v, k64(l, 8 * V_VLENB - 1)));
        return rv64_leave(l, EXEC_I_MODE);
    case RV64_CSR_VXSAT:
        store32(l, RV64_FIELD(vxsat), v, 0, 1);
        return true;
    case RV64_CSR_VXRM:
        store32(l, RV64_FIELD(vxrm), v, 0, 2);
        return true;
    case RV64_CSR_VCSR:
        store32(l, RV64_FIELD(vxsat), v, 0, 1);
        store32(l, RV64_FIELD(vxrm), v, 1, 2);
        return true;
    default:
        return false;
    }
}
