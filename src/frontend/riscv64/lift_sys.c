/* RV64 CSRs, fences, hints and may-be-operations (unprivileged manual: Zicsr, Zicntr, Zifencei, Zihintpause,
 * Zimop). */
#include "frontend/riscv64/lift_int.h"

/* The value of CSR as I64, 0: there is no such register. */
static ir_ref read_csr(struct rv64_lift *l, unsigned csr)
{
    switch (csr) {
    case RV64_CSR_CYCLE:
    case RV64_CSR_TIME:
    case RV64_CSR_INSTRET:
        return rv64_help(l, RV64_H_TIME, 0, 0, 0);
    case RV64_CSR_FFLAGS:
    case RV64_CSR_FRM:
    case RV64_CSR_FCSR:
        return rv64_fp_csr_read(l, csr);
    default:
        return rv64_has(l, RV64_EXT_V) ? rv64_vector_csr_read(l, csr) : 0;
    }
}

static bool is_readable(struct rv64_lift *l, unsigned csr)
{
    switch (csr) {
    case RV64_CSR_CYCLE:
    case RV64_CSR_TIME:
    case RV64_CSR_INSTRET:
    case RV64_CSR_FFLAGS:
    case RV64_CSR_FRM:
    case RV64_CSR_FCSR:
        return true;
    case RV64_CSR_VSTART:
    case RV64_CSR_VXSAT:
    case RV64_CSR_VXRM:
    case RV64_CSR_VCSR:
    case RV64_CSR_VL:
    case RV64_CSR_VTYPE:
    case RV64_CSR_VLENB:
        return rv64_has(l, RV64_EXT_V);
    default:
        return false;
    }
}

/* Addresses say by their top bits which CSRs are read-only (privileged manual, CSR Address Mapping). */
static bool is_writable(struct rv64_lift *l, unsigned csr)
{
    return is_readable(l, csr) && csr >> 10 != 3;
}

static bool write_csr(struct rv64_lift *l, unsigned csr, ir_ref v)
{
    return csr <= RV64_CSR_FCSR ? rv64_fp_csr_write(l, csr, v) : rv64_vector_csr_write(l, csr, v);
}

enum csr_op { CSR_WRITE, CSR_SET, CSR_CLEAR };

/* rd is written first: a write to a CSR may leave the unit. */
static bool change_csr(struct rv64_lift *l, unsigned csr, int rd, enum csr_op op, ir_ref x, bool writes)
{
    if (!(writes ? is_writable : is_readable)(l, csr)) {
        return false;
    }
    ir_ref old = rd || op != CSR_WRITE ? read_csr(l, csr) : 0;
    if (op != CSR_WRITE && writes) {
        x = X2(op == CSR_SET ? IR_OR : IR_ANDN, old, x);
    }
    if (old) {
        rv64_write(l, rd, old);
    }
    return writes ? write_csr(l, csr, x) : true;
}

#define CSR(name, op, writes)                                                                      \
    LIFT(name, csr, change_csr(l, (unsigned)a->csr, a->rd, op, X(a->rs1), writes || a->rs1))       \
    LIFT(name##I, csri, change_csr(l, (unsigned)a->csr, a->rd, op, K(a->uimm), writes || a->uimm))
CSR(CSRRW, CSR_WRITE, true)
CSR(CSRRS, CSR_SET, false)
CSR(CSRRC, CSR_CLEAR, false)

/* Predecessor and successor sets: 8 I, 4 O, 2 R, 1 W. */
bool rv64_lift_FENCE(struct rv64_lift *l, const struct rv64_args_fence *a)
{
    bool tso = a->fm == 8 && a->pred == 3 && a->succ == 3;
    bool reads = a->pred & 10, writes = a->pred & 5;
    if (writes && (a->succ & 10) && !tso) {
        ir_op0(l->b, IR_FENCE, IR_VOID, IR_FENCE_FULL);
        return true;
    }
    if (reads) {
        ir_op0(l->b, IR_FENCE, IR_VOID, IR_FENCE_LOAD);
    }
    if (writes) {
        ir_op0(l->b, IR_FENCE, IR_VOID, IR_FENCE_STORE);
    }
    return true;
}

bool rv64_lift_FENCE_I(struct rv64_lift *l, const struct rv64_args_none *a)
{
    (void)a;
    rv64_help(l, RV64_H_FENCE_I, 0, 0, 0);
    return rv64_leave(l, EXEC_I_SYNC);
}

LIFT(PAUSE, none, ((void)l, (void)a, true))

/* Nothing yet, of which the manual says it writes zero. */
LIFT(MOP_R, r1, put(l, a->rd, K(0)))
LIFT(MOP_RR, r, put(l, a->rd, K(0)))
