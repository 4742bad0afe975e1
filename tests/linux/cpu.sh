#!/bin/bash
# -cpu MODEL: what a model tells of itself is what it executes; everything else raises SIGILL. Where qemu-user is there, it
# executes the same.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

out=$BUILD/cpu
mkdir -p "$out"
cat >"$out/cpu.c" <<'END'
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
static sigjmp_buf back;
static void ill(int sig)
{
    siglongjmp(back, sig);
}
/* WORD works on registers 0 to 3 that may change, and on the 16 bytes at x1. */
#define TRY(name, cap, bit, word)                                                                           \
    do {                                                                                                    \
        int runs = 0;                                                                                       \
        if (!sigsetjmp(back, 1)) {                                                                          \
            __asm__ volatile("mov x1, %0\n mov x2, 1\n .word " #word ::"r"(area)                            \
                             : "x0", "x1", "x2", "x3", "v0", "v1", "v2", "memory", "cc");                   \
            runs = 1;                                                                                       \
        }                                                                                                   \
        printf("%s %d %d\n", name, (int)(getauxval(cap) >> (bit)&1), runs);                                 \
    } while (0)
int main(void)
{
    static char area[16] __attribute__((aligned(16)));
    signal(SIGILL, ill);
    TRY("aes", AT_HWCAP, 3, 0x4e284820);      /* aese v0.16b, v1.16b */
    TRY("pmull", AT_HWCAP, 4, 0x0ee2e020);    /* pmull v0.1q, v1.1d, v2.1d */
    TRY("sha1", AT_HWCAP, 5, 0x5e280820);     /* sha1h s0, s1 */
    TRY("sha2", AT_HWCAP, 6, 0x5e282820);     /* sha256su0 v0.4s, v1.4s */
    TRY("crc32", AT_HWCAP, 7, 0x1ac24820);    /* crc32w w0, w1, w2 */
    TRY("atomics", AT_HWCAP, 8, 0xf8220020);  /* ldadd x2, x0, [x1] */
    TRY("swp", AT_HWCAP, 8, 0xf8228020);      /* swp x2, x0, [x1] */
    TRY("cas", AT_HWCAP, 8, 0xc8a07c22);      /* cas x0, x2, [x1] */
    TRY("casp", AT_HWCAP, 8, 0x48207c22);     /* casp x0, x1, x2, x3, [x1] */
    TRY("asimdrdm", AT_HWCAP, 12, 0x6e828420); /* sqrdmlah v0.4s, v1.4s, v2.4s */
    TRY("jscvt", AT_HWCAP, 13, 0x1e7e0020);   /* fjcvtzs w0, d1 */
    TRY("fcma", AT_HWCAP, 14, 0x6e82e420);    /* fcadd v0.4s, v1.4s, v2.4s, #90 */
    TRY("lrcpc", AT_HWCAP, 15, 0xf8bfc020);   /* ldapr x0, [x1] */
    TRY("asimddp", AT_HWCAP, 20, 0x6e829420); /* udot v0.4s, v1.16b, v2.16b */
    TRY("flagm", AT_HWCAP, 27, 0xd500401f);   /* cfinv */
    TRY("rmif", AT_HWCAP, 27, 0xba000421);    /* rmif x1, #0, #1 */
    TRY("flagm2", AT_HWCAP2, 7, 0xd500405f);  /* axflag */
    TRY("frint", AT_HWCAP2, 8, 0x1e684020);   /* frint32z d0, d1 */
    TRY("fphp", AT_HWCAP, 9, 0x1ee22820);     /* fadd h0, h1, h2 */
    TRY("sve", AT_HWCAP, 22, 0x04000000);
    return 0;
}
END
$triple-gcc -w -O1 -static "$out/cpu.c" -o "$out/cpu" || { fail cpu "does not compile"; finish; }

# MODEL FEATURES: what the program is to say it has. qemu knows half-precision arithmetic, which ferry does not announce.
model() {
    local name=$1 want=$2 have
    "${emu[@]}" -cpu "$name" "$out/cpu" >"$out/$name" 2>"$out/err" || { fail "cpu/$name" "does not run" "$out/err"; return; }
    awk '$2 != $3' "$out/$name" >"$out/differ"
    have=$(awk '$3 { printf "%s%s", n++ ? " " : "", $1 }' "$out/$name")
    if [ -s "$out/differ" ]; then
        fail "cpu/$name" "announced and executed differ" "$out/differ"
    elif [ "$have" != "$want" ]; then
        fail "cpu/$name" "has: $have"
    else
        pass "cpu/$name"
    fi
    if [ "$name" != max ] && command -v qemu-aarch64 >/dev/null; then
        qemu-aarch64 -cpu "$name" "$out/cpu" | grep -v fphp | cut -d' ' -f1,3 >"$out/qemu"
        if grep -v fphp "$out/$name" | cut -d' ' -f1,3 | cmp -s - "$out/qemu"; then
            pass "cpu/$name executes what qemu's does"
        else
            fail "cpu/$name" "executes other instructions than qemu's" "$out/qemu"
        fi
    fi
}
v80="aes pmull sha1 sha2 crc32"
v82="$v80 atomics swp cas casp asimdrdm lrcpc asimddp"
model cortex-a53 "$v80"
model cortex-a72 "$v80"
model cortex-a76 "$v82"
model neoverse-n1 "$v82"
model max "$v80 atomics swp cas casp asimdrdm jscvt fcma lrcpc asimddp flagm rmif frint"
finish
