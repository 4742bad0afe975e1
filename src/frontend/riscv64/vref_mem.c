/* Vector loads and stores of the reference functions (chapter 7). Each access survives a fault; what cannot be
 * reached is left in vfault for the generated code to touch, which raises the fault as the host has it. */
#include "frontend/riscv64/vref.h"
#include "mem/mem.h"

/* A load or store laid out: element I of field F is at addr(i) + F << size. */
struct access {
    bool store, first_only;
    unsigned size, fields, regs; /* regs: registers between fields */
    u32 n;                       /* elements */
};

static bool fault(struct vref *v, u32 i, gaddr addr)
{
    v->r->vfault = addr;
    v->r->vstart = i;
    return false;
}

static bool move(struct vref *v, const struct access *a, u32 i, unsigned field, gaddr addr)
{
    unsigned reg = v->vd + field * a->regs;
    u64 e = v_get(v, reg, a->size, i);
    if (a->store) {
        return mem_write(addr, &e, (size_t)1 << a->size) == 0;
    }
    u64 got = 0;
    if (mem_read(&got, addr, (size_t)1 << a->size) != 0) {
        return false;
    }
    v_put(v, reg, a->size, i, got);
    return true;
}

/* The first byte that cannot be reached of element I of FIELD, at ADDR: that, or the next page's. */
static gaddr bad_byte(const struct vref *v, const struct access *a, u32 i, unsigned field, gaddr addr)
{
    u64 e = v_get(v, v->vd + field * a->regs, a->size, i);
    bool first = (a->store ? mem_write(addr, &e, 1) : mem_read(&e, addr, 1)) == 0;
    return first ? MAX(addr, ALIGN_DOWN(addr + (1u << a->size) - 1, 4096)) : addr;
}

static gaddr address(const struct vref *v, const struct access *a, u32 i)
{
    switch (v->shape) {
    case V_LDS:
    case V_STS:
        return v->x + (u64)i * v->y;
    case V_LDX:
    case V_STX:
        return v->x + v_get(v, v->vs2, v->form ? v->form - 4 : 0, i);
    default:
        return v->x + ((u64)i * a->fields << a->size);
    }
}

static bool run(struct vref *v, const struct access *a)
{
    for (u32 i = v->vstart; i < a->n; i++) {
        if (!v_active(v, i)) {
            continue;
        }
        gaddr addr = address(v, a, i);
        for (unsigned f = 0; f < a->fields; f++, addr += 1u << a->size) {
            if (move(v, a, i, f, addr)) {
                continue;
            }
            if (a->first_only && i > 0) {
                v->r->vl = i;
                return true;
            }
            return fault(v, i, bad_byte(v, a, i, f, addr));
        }
    }
    return true;
}

bool v_memory(struct vref *v)
{
    unsigned eew = v->form ? v->form - 4 : 0, nf = v->insn >> 29;
    struct access a = {.size = eew, .fields = nf + 1, .n = v->vl};
    int emul = v->lmul + (int)eew - (int)v->sew;
    switch (v->shape) {
    case V_LDX:
    case V_STX:
        a.size = v->sew;
        emul = v->lmul;
        break;
    case V_LDW:
    case V_STW:
        a.n = (nf + 1) * V_VLENB >> eew;
        a.fields = 1;
        break;
    case V_LDM:
    case V_STM:
        a.n = (v->vl + 7) / 8;
        a.fields = 1;
        break;
    default:
        break;
    }
    a.regs = emul > 0 ? 1u << emul : 1;
    a.store = v->shape == V_ST || v->shape == V_STS || v->shape == V_STX || v->shape == V_STW || v->shape == V_STM;
    a.first_only = v->shape == V_LDFF;
    return run(v, &a);
}
