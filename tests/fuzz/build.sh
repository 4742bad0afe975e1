#!/bin/sh
# Builds the fuzzer's guest program: build.sh OUTDIR makes OUTDIR/fuzz_guest.
# CC is the native compiler (for decgen), AARCH64_CC the aarch64 one.
set -e
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
out=$1
[ -n "$out" ] || { echo "usage: build.sh OUTDIR" >&2; exit 2; }
cross=${AARCH64_CC:-aarch64-linux-gnu-gcc}
if ! command -v "$cross" >/dev/null; then
    echo "build.sh: $cross is missing (Debian package gcc-aarch64-linux-gnu)" >&2
    exit 2
fi
${CC:-cc} -O1 -std=gnu11 -o "$out/decgen" "$root/tools/decgen.c"
(cd "$root/src/frontend/aarch64" && "$out/decgen" --prefix a64 -o "$out/a64_decode.h.inc" \
    a64_int.dec a64_sys.dec a64_ldst.dec a64_fp.dec a64_simd.dec a64_crypto.dec)
insn=$here/../insn/aarch64
"$cross" -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -fno-strict-aliasing \
    -fno-tree-loop-distribute-patterns -mgeneral-regs-only -mno-outline-atomics -nostdlib -static \
    -no-pie -I"$out" -I"$insn" -o "$out/fuzz_guest" \
    "$here/guest.c" "$here/gen.c" "$here/mem.c" "$here/values.c" "$here/text.c" "$insn/enter.c" "$insn/enter.S"
