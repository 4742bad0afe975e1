#!/bin/sh
# Builds the row tools: build.sh GUEST OUTDIR makes OUTDIR/{runner,rowcheck,rowgen}.
# CC is the native compiler, AARCH64_CC and RISCV64_CC the guests'.
set -e
here=$(cd "$(dirname "$0")" && pwd)
guest=$1
out=$2
[ -n "$out" ] || { echo "usage: build.sh GUEST OUTDIR" >&2; exit 2; }
. "$here/$guest/tools.sh"
if ! command -v "$cross" >/dev/null; then
    echo "build.sh: $cross is missing (Debian package $cross_package)" >&2
    exit 2
fi
warn="-std=gnu11 -O2 -Wall -Wextra -Werror -I$here -I$here/$guest"
# Freestanding, and no compiler-made FP or SIMD use: those registers belong to the tested code.
flags="-ffreestanding -fno-stack-protector -fno-strict-aliasing -fno-tree-loop-distribute-patterns
    -nostdlib -static -no-pie $cross_flags"
"$cross" $warn $flags -o "$out/runner" "$here/runner.c" "$here/guest.c" "$here/$guest/enter.c" \
    "$here/$guest/enter.S"
host="$here/rows.c $here/lanes.c $here/$guest/fields.c"
${CC:-cc} $warn -o "$out/rowcheck" "$here/rowcheck.c" $host
${CC:-cc} $warn -o "$out/rowgen" "$here/rowgen.c" $host
