#!/bin/sh
# Builds the row tools: build.sh OUTDIR makes OUTDIR/{runner,rowcheck,rowgen}.
# CC is the native compiler, AARCH64_CC the aarch64 one.
set -e
here=$(cd "$(dirname "$0")" && pwd)
out=$1
[ -n "$out" ] || { echo "usage: build.sh OUTDIR" >&2; exit 2; }
cross=${AARCH64_CC:-aarch64-linux-gnu-gcc}
if ! command -v "$cross" >/dev/null; then
    echo "build.sh: $cross is missing (Debian package gcc-aarch64-linux-gnu)" >&2
    exit 2
fi
warn="-std=gnu11 -O2 -Wall -Wextra -Werror"
# Freestanding, and no compiler-made FP or SIMD use: those registers belong to the tested code.
guest="-ffreestanding -fno-stack-protector -fno-strict-aliasing -fno-tree-loop-distribute-patterns
    -mgeneral-regs-only -mno-outline-atomics -nostdlib -static -no-pie"
"$cross" $warn $guest -o "$out/runner" "$here/runner.c" "$here/enter.c" "$here/enter.S"
${CC:-cc} $warn -o "$out/rowcheck" "$here/rowcheck.c" "$here/rows.c" "$here/lanes.c"
${CC:-cc} $warn -o "$out/rowgen" "$here/rowgen.c" "$here/rows.c" "$here/lanes.c"
