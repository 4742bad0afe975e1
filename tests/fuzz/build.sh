#!/bin/sh
# Builds a guest's fuzzer program: build.sh GUEST OUTDIR makes OUTDIR/fuzz_guest.
# CC is the native compiler (for decgen), AARCH64_CC and RISCV64_CC the guests'.
set -e
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
insn=$here/../insn
guest=$1
out=$2
[ -n "$out" ] || { echo "usage: build.sh GUEST OUTDIR" >&2; exit 2; }
. "$insn/$guest/tools.sh"
. "$here/$guest/tools.sh"
if ! command -v "$cross" >/dev/null; then
    echo "build.sh: $cross is missing (Debian package $cross_package)" >&2
    exit 2
fi
decode=$here/../decode
(here=$decode && . "$decode/guests.sh" && make_decgen "$out" && make_decoder "$guest" "$out")
"$cross" -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -fno-strict-aliasing \
    -fno-tree-loop-distribute-patterns -nostdlib -static -no-pie $cross_flags \
    -I"$out" -I"$here" -I"$insn" -I"$insn/$guest" -I"$decode" -I"$root/src" \
    $decoder_flags -o "$out/fuzz_guest" \
    "$here/guest.c" "$here/table.c" "$here/text.c" "$here/values.c" "$here/$guest"/*.c "$insn/guest.c" "$insn/$guest/enter.c" "$insn/$guest/enter.S"
