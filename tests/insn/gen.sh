#!/bin/sh
# Makes NAME.rows from NAME.in with an oracle: gen.sh [NAME.in...] (all by default).
# gen.sh --check: assembles the text column of every row and compares it with the word column.
# ORACLE is the emulator and its arguments (default qemu-aarch64).
set -e
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$here/build.sh" "$tmp"
cd "$here"

assemble() {
    { echo ".arch armv8.5-a+crypto+rcpc+fp16+bf16+i8mm+fp16fml+sha3+sm4"; cat "$tmp/a.s"; } > "$tmp/b.s"
    aarch64-linux-gnu-as -o "$tmp/a.o" "$tmp/b.s"
    aarch64-linux-gnu-objcopy -O binary -j .text "$tmp/a.o" "$tmp/a.bin"
}

oracle_for() {
    oracle=${ORACLE:-qemu-aarch64}
    case $1 in
    # These rows state what a processor without the extension does.
    profile) oracle="$oracle -cpu cortex-a53" ;;
    esac
}

if [ "$1" = --check ]; then
    for f in *.rows; do
        "$tmp/rowgen" --text "$f" > "$tmp/a.s"
        assemble
        "$tmp/rowgen" --words "$f" "$tmp/a.bin"
    done
    exit 0
fi
[ $# -gt 0 ] || set -- *.in
for f in "$@"; do
    name=${f%.in}
    "$tmp/rowgen" --asm "$f" > "$tmp/a.s"
    assemble
    "$tmp/rowgen" --rows "$f" "$tmp/a.bin" > "$tmp/a.rows"
    oracle_for "$name"
    "$tmp/rowcheck" --fill "$tmp/b.rows" "$tmp/runner" "$tmp/a.rows" -- $oracle
    { echo "# Made by gen.sh from $f with the oracle qemu-aarch64 7.2; edit $f instead."
      cat "$tmp/b.rows"; } > "$name.rows"
    echo "$name.rows: $(grep -vc '^#' "$name.rows") rows"
done
