#!/bin/sh
# Compares ferry's reference functions with A64 instructions under qemu-aarch64, in every FPCR mode.
# Needs AARCH64_CC and QEMU_AARCH64; CC and SRCDIR as `make check` sets them.
set -e
src=${SRCDIR:-.} cross=${AARCH64_CC:-aarch64-linux-gnu-gcc} qemu=${QEMU_AARCH64:-qemu-aarch64}
for tool in "$cross" "$qemu"; do
    command -v "$tool" >/dev/null || { echo "no $tool: skipped"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$cross" -static -O1 -march=armv8.5-a+crypto+sha2+aes "$src/tests/ir/oracle_guest.c" -o "$dir/guest"
base="$src/src/base/arena.c $src/src/base/fmt.c $src/src/base/log.c $src/src/base/vec.c $src/src/base/sys_raw_x86_64.c"
# shellcheck disable=SC2086
"${CC:-cc}" -std=gnu11 -O2 -I"$src/src" "$src/tests/ir/oracle_host.c" "$src"/src/ir/*.c $base -o "$dir/host"
"$qemu" -cpu max "$dir/guest" | "$dir/host"
