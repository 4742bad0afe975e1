// Faults in the middle of vector loads and stores: vstart, the elements done
// before it, the address told, and how the instruction goes on behind the
// handler.
#include "t.h"
#include <ucontext.h>

struct vector_record {
  uint32_t magic, size;
  uint64_t vstart, vl, vtype, vcsr, vlenb, datap;
};

static char *page; // two pages: the second cannot be reached at first
static const char *name;

static void open_page(int sig, siginfo_t *si, void *v) {
  ucontext_t *uc = v;
  struct vector_record *r =
      (void *)((unsigned *)&uc->uc_mcontext.__fpregs + 130);
  const unsigned char *v8 = (unsigned char *)r->datap + 8 * 16;
  uint64_t sum = 0;
  for (int i = 0; i < 128; i++) {
    sum = sum * 31 + v8[i];
  }
  say("%s: signal %d code %d at %ld, vstart %lu vl %lu, v8.. %lx", name, sig,
      si->si_code, (long)((char *)si->si_addr - page), r->vstart, r->vl,
      (long)sum);
  mprotect(page + 4096, 4096, PROT_READ | PROT_WRITE);
}

static void begin(const char *what, int prot) {
  name = what;
  mprotect(page, 8192, PROT_READ | PROT_WRITE);
  for (int i = 0; i < 8192; i++) {
    page[i] = (char)(i * 7 + i / 256);
  }
  mprotect(page + 4096, 4096, prot);
}

static void end(void) {
  mprotect(page, 8192, PROT_READ | PROT_WRITE);
  uint64_t sum = 0, vstart;
  static unsigned char v8[128];
  __asm__ volatile(".option push\n.option arch, +v\ncsrr %0, vstart\nvs8r.v "
                   "v8, (%1)\n.option pop"
                   : "=r"(vstart)
                   : "r"(v8)
                   : "memory");
  for (int i = 0; i < 128; i++) {
    sum = sum * 31 + v8[i];
  }
  uint64_t all = 0;
  for (int i = 0; i < 8192; i++) {
    all = all * 31 + (unsigned char)page[i];
  }
  say("%s: vstart %lu v8.. %lx memory %lx", name, vstart, (long)sum, (long)all);
}

static const uint32_t offsets[16] = {0,  8,  100, 4,  40, 20, 4000, 16,
                                     24, 12, 28,  32, 36, 44, 48,   52};

// v8.. hold a pattern before, v16.. offsets, v0 a mask of which each third bit
// is clear.
#define CASE(PROT, VSET, INSN, FROM)                                           \
  do {                                                                         \
    begin(INSN, PROT);                                                         \
    __asm__ volatile(                                                          \
        ".option push\n.option arch, +v\n"                                     \
        "li t0, -1\nvsetvli zero, t0, e8, m8, ta, ma\nvmv.v.i v8, 5\n"         \
        "vsetivli zero, 16, e32, m4, ta, ma\nvle32.v v16, (%1)\n"              \
        "li t1, 0x6db6db6db6db6db6\nvsetivli zero, 2, e64, m1, ta, ma\n"       \
        "vmv.v.x v0, t1\nli t1, 24\n" VSET "\n" INSN                           \
        "\n.option pop" ::"r"(page + FROM),                                    \
        "r"(offsets)                                                           \
        : "t0", "t1", "memory");                                               \
    end();                                                                     \
  } while (0)

int main(void) {
  page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
              -1, 0);
  struct sigaction sa = {.sa_sigaction = open_page, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, NULL);
  for (int i = 0; i < 2; i++) { // twice: code that is known to fault, too
    CASE(PROT_NONE, "vsetvli t0, zero, e32, m1, ta, ma", "vle32.v v8, (%0)",
         4084);
    CASE(PROT_NONE, "vsetvli t0, zero, e32, m4, ta, ma", "vle32.v v8, (%0)",
         4056);
    CASE(PROT_NONE, "vsetvli t0, zero, e8, m8, ta, ma", "vle8.v v8, (%0)",
         4000);
    CASE(PROT_NONE, "vsetivli zero, 5, e16, m1, ta, ma", "vle16.v v8, (%0)",
         4090);
    CASE(PROT_NONE, "vsetvli t0, zero, e16, m2, ta, mu",
         "vle16.v v8, (%0), v0.t", 4086);
    CASE(PROT_NONE, "vsetvli t0, zero, e64, m2, ta, ma", "vle64.v v8, (%0)",
         4096);
    CASE(PROT_NONE, "vsetvli t0, zero, e32, m1, ta, ma", "vlseg2e32.v v8, (%0)",
         4076);
    CASE(PROT_NONE, "vsetvli t0, zero, e16, m1, ta, ma", "vlseg3e16.v v8, (%0)",
         4072);
    CASE(PROT_NONE, "vsetvli t0, zero, e32, m1, ta, ma",
         "vlsseg8e32.v v8, (%0), t1", 4028);
    CASE(PROT_NONE, "vsetvli t0, zero, e32, m2, ta, ma",
         "vlse32.v v8, (%0), t1", 4000);
    CASE(PROT_NONE, "vsetvli t0, zero, e16, m1, ta, ma",
         "vluxei32.v v8, (%0), v16", 100);
    CASE(PROT_NONE, "vsetvli t0, zero, e32, m1, ta, ma",
         "vloxei32.v v8, (%0), v16", 4000);
    CASE(PROT_READ, "vsetvli t0, zero, e32, m1, ta, ma", "vse32.v v8, (%0)",
         4088);
    CASE(PROT_READ, "vsetvli t0, zero, e64, m4, ta, ma", "vse64.v v8, (%0)",
         4056);
    CASE(PROT_READ, "vsetvli t0, zero, e8, m1, ta, ma", "vse8.v v8, (%0), v0.t",
         4089);
    CASE(PROT_READ, "vsetvli t0, zero, e16, m1, ta, ma", "vsseg2e16.v v8, (%0)",
         4084);
    CASE(PROT_READ, "vsetvli t0, zero, e32, m1, ta, ma",
         "vsse32.v v8, (%0), t1", 4040);
    CASE(PROT_READ, "vsetvli t0, zero, e64, m1, ta, ma",
         "vssseg4e64.v v8, (%0), t1", 4048);
    CASE(PROT_READ, "vsetvli t0, zero, e16, m1, ta, ma",
         "vsuxei32.v v8, (%0), v16", 100);
    CASE(PROT_NONE, "vsetvli t0, zero, e8, m8, ta, ma", "vle8ff.v v8, (%0)",
         4000);
  }
  return 0;
}
