// Loops of LR and SC under four threads: each form that becomes one locked instruction, those of
// parts of a word that compilers make with masks, and loops that fail, leave or are written by
// hand.
#include "t.h"
#include <pthread.h>

enum { THREADS = 4, ROUNDS = 30000 };

#define LOOP(size, aq, middle, new)                                                                \
    "1: lr." size aq " %0, (%2)\n" middle "sc." size ".rl %1, " new ", (%2)\nbnez %1, 1b\n"
#define RMW(T, size, middle, new, p, v)                                                            \
    ({                                                                                             \
        T old_, new_ = (T)0x5555;                                                                  \
        __asm__ volatile(LOOP(size, ".aq", middle, new)                                            \
                         : "=&r"(old_), "+&r"(new_)                                                \
                         : "r"(p), "r"(v)                                                          \
                         : "memory", "t1", "t2", "t3");                                            \
        old_;                                                                                      \
    })

#define ADD(T, size, p, v) RMW(T, size, "add t1, %0, %3\n", "t1", p, v)
#define MASKED(middle, p, v, mask)                                                                 \
    ({                                                                                             \
        int32_t old_, status_;                                                                     \
        __asm__ volatile(LOOP("w", ".aqrl", middle, "t1")                                          \
                         : "=&r"(old_), "=&r"(status_)                                             \
                         : "r"(p), "r"(v), "r"(mask)                                               \
                         : "memory", "t1", "t2", "t3");                                            \
        old_;                                                                                      \
    })
#define MERGE "xor t1, t1, %0\nand t1, t1, %4\nxor t1, t1, %0\n"             // LLVM's
#define MERGE2 "and t1, t1, %4\nnot t2, %4\nand t3, %0, t2\nor t1, t1, t3\n" // GCC's

static struct {
    int32_t add_w, sub_w, addi_w;
    uint32_t and_w, or_w, xor_w, bytes, halves, least, most;
    int64_t add_d, sub_d, addi_d;
    uint64_t and_d, or_d, xor_d, nand_d;
    int32_t slot_w, weak, spin, guarded;
    int64_t slot_d;
    uint32_t flags; // byte I belongs to thread I
} m = {.and_w = ~0u, .and_d = ~0ull, .nand_d = 0, .least = 0x00ff0000};
static int64_t balance[THREADS];
static int wrong;

// The thread's byte of m.flags becomes WANT if it is EXPECT, as compilers and runtimes swap parts
// of a word.
static int cas_byte(uint32_t *p, unsigned shift, uint32_t expect, uint32_t want)
{
    int32_t old, got, mask = (int32_t)(0xffu << shift);
    __asm__ volatile("1: lr.w.aqrl %0, (%2)\n"
                     "and %1, %0, %3\n"
                     "bne %1, %4, 2f\n"
                     "xor t1, %0, %5\n"
                     "and t1, t1, %3\n"
                     "xor t1, %0, t1\n"
                     "sc.w.aqrl t1, t1, (%2)\n"
                     "bnez t1, 1b\n"
                     "2:\n"
                     : "=&r"(old), "=&r"(got)
                     : "r"(p), "r"(mask), "r"((int32_t)(expect << shift)),
                       "r"((int32_t)(want << shift))
                     : "memory", "t1");
    return got == (int32_t)(expect << shift);
}

// The least (unsigned) of a byte: SC stores either way, so a block begins before it.
static void min_byte(uint32_t *p, unsigned shift, uint32_t v)
{
    uint32_t mask = 0xffu << shift;
    MASKED("and t2, %0, %4\nmv t1, %0\nbgeu %3, t2, 2f\nxor t1, %0, %3\nand t1, t1, %4\nxor t1, "
           "%0, t1\n2: ",
           p, (uint64_t)(v << shift), (uint64_t)mask);
}

static void lock(int32_t *p)
{
    __asm__ volatile("1: lr.w.aq t1, (%0)\nbnez t1, 1b\nsc.w t1, %1, (%0)\nbnez t1, 1b" ::"r"(p),
                     "r"(1)
                     : "t1", "memory");
}

// A weak compare-and-swap: no branch behind SC.
static int weak_cas(int32_t *p, int32_t expect, int32_t want)
{
    int32_t old, failed = 1;
    __asm__ volatile("lr.w %0, (%2)\nbne %0, %3, 1f\nsc.w %1, %4, (%2)\n1:"
                     : "=&r"(old), "+&r"(failed)
                     : "r"(p), "r"(expect), "r"(want)
                     : "memory");
    return !failed;
}

static void words(uint64_t i, unsigned id)
{
    RMW(int32_t, "w", "addw t1, %0, %3\n", "t1", &m.add_w, (int32_t)i);
    RMW(int32_t, "w", "sub t1, %0, %3\n", "t1", &m.sub_w, (int32_t)i);
    RMW(int32_t, "w", "addi %0, %0, -3\n", "%0", &m.addi_w, 0);
    RMW(uint32_t, "w", "and t1, %3, %0\n", "t1", &m.and_w, ~(int32_t)(1u << (i + id) % 11));
    RMW(uint32_t, "w", "or t1, %0, %3\n", "t1", &m.or_w, (int32_t)(1u << (i + 5 * id) % 20));
    RMW(uint32_t, "w", "xor t1, %0, %3\n", "t1", &m.xor_w, (int32_t)(i * 2654435761u));
    int32_t mine = (int32_t)(i + 1) | (int32_t)id << 24;
    balance[id] += mine;
    balance[id] -= i & 1 ? RMW(int32_t, "w", "", "%3", &m.slot_w, mine)
                         : RMW(int32_t, "w", "mv t1, %3\n", "t1", &m.slot_w, mine);
}

static void doubles(uint64_t i, unsigned id)
{
    ADD(int64_t, "d", &m.add_d, i << 20);
    RMW(int64_t, "d", "sub t1, %0, %3\n", "t1", &m.sub_d, i << 30);
    RMW(int64_t, "d", "addi t1, %0, 2047\n", "t1", &m.addi_d, 0);
    RMW(uint64_t, "d", "and t1, %0, %3\n", "t1", &m.and_d, ~(1ull << (i + id) % 47));
    RMW(uint64_t, "d", "or t1, %3, %0\n", "t1", &m.or_d, 1ull << (i * 3 + id) % 59);
    RMW(uint64_t, "d", "xor t1, %0, %3\n", "t1", &m.xor_d, i * 0x9e3779b97f4a7c15ull);
    RMW(uint64_t, "d", "and t1, %0, %3\nnot t1, t1\n", "t1", &m.nand_d, ~0ull); // all bits flip
    int64_t mine = (int64_t)(i << 32) + id + 1;
    balance[id] += mine;
    balance[id] -= RMW(int64_t, "d", "mv t1, %3\n", "t1", &m.slot_d, mine);
}

static void parts(uint64_t i, unsigned id)
{
    unsigned shift = i % 4 * 8, half = i % 2 * 16;
    if (i & 4) {
        MASKED("add t1, %0, %3\n" MERGE, &m.bytes, (int32_t)(7u << shift),
               (int32_t)(0xffu << shift));
        MASKED("add t1, %0, %3\n" MERGE2, &m.halves, (int32_t)(301u << half),
               (int32_t)(0xffffu << half));
    } else {
        MASKED("add t1, %0, %3\n" MERGE2, &m.bytes, (int32_t)(7u << shift),
               (int32_t)(0xffu << shift));
        MASKED("add t1, %0, %3\n" MERGE, &m.halves, (int32_t)(301u << half),
               (int32_t)(0xffffu << half));
    }
    min_byte(&m.least, 16, 200 - i % 190);
    // Nobody else writes the byte: each swap must succeed where the byte is what it was set to.
    wrong += !cas_byte(&m.flags, id * 8, i & 0xff, (i + 1) & 0xff);
    wrong += cas_byte(&m.flags, id * 8, (i + 9) & 0xff, 0);
    for (int32_t now = m.weak; !weak_cas(&m.weak, now, now + 1); now = m.weak) {
    }
    if (i % 16 == 0) {
        lock(&m.spin);
        m.guarded++;
        __asm__ volatile("amoswap.w.rl zero, zero, (%0)" ::"r"(&m.spin) : "memory");
    }
}

static void *work(void *arg)
{
    unsigned id = (unsigned)(uintptr_t)arg;
    for (uint64_t i = 0; i < ROUNDS; i++) {
        words(i, id);
        doubles(i, id);
        parts(i, id);
    }
    return NULL;
}

// A store that faults leaves no reservation behind: begun again it fails, and the loop goes round.
static void *page;
static void open_page(int sig)
{
    (void)sig;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void faults(void)
{
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGSEGV, open_page);
    ADD(int32_t, "w", page, 5);
    mprotect(page, 4096, PROT_READ);
    MASKED("add t1, %0, %3\n" MERGE, page, 0x700, 0xff00);
    say("behind faults %x", *(unsigned *)page);
}

int main(void)
{
    pthread_t t[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, work, (void *)i);
    }
    int64_t rest = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
        rest += balance[i];
    }
    say("words %x %x %x and %x or %x xor %x", m.add_w, m.sub_w, m.addi_w, m.and_w, m.or_w, m.xor_w);
    say("doubles %lx %lx %lx and %lx or %lx xor %lx nand %lx", (long)m.add_d, (long)m.sub_d,
        (long)m.addi_d, (long)m.and_d, (long)m.or_d, (long)m.xor_d, (long)m.nand_d);
    say("exchanged %s", rest == (int64_t)m.slot_w + m.slot_d ? "all" : "NOT ALL");
    say("bytes %x halves %x least %x flags %x", m.bytes, m.halves, m.least, m.flags);
    say("weak %d guarded %d wrong %d", m.weak, m.guarded, wrong);
    faults();
    return 0;
}
