// The row runner, a guest program: reads struct row_in records from stdin, writes struct row_out to
// stdout.
#include "guest.h"

// Branch targets -1 KiB .. +1 KiB around the slot are exits that report where control arrived; what
// lies right before the slot is the entry and no target.
enum { PAD_BYTES = 0x400, STUBS = ROW_CODE + 0x2000, ENTRY = ROW_SLOT - ENTRY_BYTES };

static struct row_in in;
static struct row_out out;

static void write_pads(uint64_t from, uint64_t to)
{
    for (uint64_t at = from; at < to; at += EXIT_BYTES) {
        uint64_t k = (at - (ROW_SLOT - PAD_BYTES)) / EXIT_BYTES;
        if (at < ENTRY || at >= ROW_SLOT) {
            guest_exit(at, STUBS + k * EXIT_STUB_BYTES, at);
        }
    }
}

static void write_all_pads(void)
{
    write_pads(ROW_SLOT - PAD_BYTES, ROW_SLOT + PAD_BYTES);
    guest_entry(ENTRY);
    guest_sync_code((void *)ROW_CODE,
                    (void *)(STUBS + 2 * PAD_BYTES / EXIT_BYTES * EXIT_STUB_BYTES));
}

static void run_one(void)
{
    uint8_t *slot = (uint8_t *)ROW_SLOT;
    uint8_t *window = (uint8_t *)(ROW_WINDOW - ROW_MEM_HALF);
    memcpy(slot, in.code, in.size);
    write_pads((uint64_t)slot + in.size, (uint64_t)slot + ROW_MAX_CODE);
    guest_sync_code(slot, slot + ROW_MAX_CODE);
    memcpy(guest_live(), &in.st, sizeof(in.st));
    memcpy(window, in.mem, sizeof(in.mem));
    struct fault f = guest_run((void *)ENTRY, slot + in.size);
    memcpy(&out.st, guest_live(), sizeof(out.st));
    memcpy(out.mem, window, sizeof(out.mem));
    out.sig = f.sig;
    out.addr = f.addr;
}

int guest_main(uint64_t *sp)
{
    (void)sp;
    guest_setup();
    write_all_pads();
    while (guest_read_all(0, &in, sizeof(in))) {
        run_one();
        guest_write_all(1, &out, sizeof(out));
    }
    return 0;
}
