// The aarch64 row runner: reads struct a64_in records from stdin, writes struct a64_out to stdout.
#include "enter.h"

// Branch targets -1 KiB .. +1 KiB around the slot are pads that report where control arrived;
// the word before the slot is the entry word and no target.
enum { PAD_BYTES = 0x400, STUBS = A64_CODE + 0x2000 };

static struct a64_in in;
static struct a64_out out;

static uint32_t pad_word(uint64_t at)
{
    uint64_t k = (at - (A64_SLOT - PAD_BYTES)) / 4;
    return a64_b(at, STUBS + k * A64_STUB_WORDS * 4);
}

static void write_pads(void)
{
    uint64_t k = 0;
    for (uint64_t at = A64_SLOT - PAD_BYTES; at < A64_SLOT + PAD_BYTES; at += 4, k++) {
        a64_exit_stub((uint32_t *)(STUBS + k * A64_STUB_WORDS * 4), at);
        *(uint32_t *)at = at == A64_SLOT - 4 ? a64_enter_word(at) : pad_word(at);
    }
    a64_sync_code((void *)A64_CODE, (void *)(STUBS + k * A64_STUB_WORDS * 4));
}

static void run_one(void)
{
    uint32_t *slot = (uint32_t *)A64_SLOT;
    uint8_t *window = (uint8_t *)(A64_WINDOW - A64_MEM_HALF);
    for (uint32_t i = 0; i < A64_MAX_WORDS; i++) {
        slot[i] = i < in.nwords ? in.words[i] : pad_word((uint64_t)(slot + i));
    }
    a64_sync_code(slot, slot + A64_MAX_WORDS);
    memcpy(a64_live(), &in.st, sizeof(in.st));
    memcpy(window, in.mem, sizeof(in.mem));
    struct a64_fault f = a64_run((void *)(A64_SLOT - 4));
    memcpy(&out.st, a64_live(), sizeof(out.st));
    memcpy(out.mem, window, sizeof(out.mem));
    out.sig = f.sig;
    out.addr = f.addr;
}

int guest_main(uint64_t *sp)
{
    (void)sp;
    a64_setup();
    write_pads();
    while (a64_read_all(0, &in, sizeof(in))) {
        run_one();
        a64_write_all(1, &out, sizeof(out));
    }
    return 0;
}
