#!/bin/sh
# Makes GUEST/NAME.rows from GUEST/NAME.in with an oracle: gen.sh GUEST [NAME.in...] (all by default).
# gen.sh GUEST --check: assembles the text column of every row and compares it with the word column.
# gen.sh GUEST --words FILE.rows: writes the word column of rows made by hand (`- text | before | after`).
# ORACLE is the emulator and its arguments (default: tools.sh says).
set -e
here=$(cd "$(dirname "$0")" && pwd)
guest=$1
shift
. "$here/$guest/tools.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$here/build.sh" "$guest" "$tmp"
cd "$here/$guest"

assemble() {
    { printf "%s\n" "$prologue"; cat "$tmp/a.s"; } > "$tmp/b.s"
    $assembler -o "$tmp/a.o" "$tmp/b.s"
    $objcopy -O binary -j .text "$tmp/a.o" "$tmp/a.bin"
}

if [ "$1" = --check ]; then
    for f in *.rows; do
        "$tmp/rowgen" --text "$f" > "$tmp/a.s"
        assemble
        "$tmp/rowgen" --words "$f" "$tmp/a.bin"
    done
    exit 0
fi
if [ "$1" = --words ]; then
    "$tmp/rowgen" --text "$2" > "$tmp/a.s"
    assemble
    "$tmp/rowgen" --fill "$2" "$tmp/a.bin" > "$tmp/a.rows"
    cp "$tmp/a.rows" "$2"
    exit 0
fi
[ $# -gt 0 ] || set -- *.in
for f in "$@"; do
    name=${f%.in}
    "$tmp/rowgen" --asm "$f" > "$tmp/a.s"
    assemble
    "$tmp/rowgen" --rows "$f" "$tmp/a.bin" > "$tmp/a.rows"
    "$tmp/rowcheck" --fill "$tmp/b.rows" "$tmp/runner" "$tmp/a.rows" -- ${ORACLE:-$oracle $(oracle_args "$name")}
    { echo "# Made by gen.sh from $f with the oracle $oracle 7.2; edit $f instead."
      cat "$tmp/b.rows"; } > "$name.rows"
    echo "$name.rows: $(grep -vc '^#' "$name.rows") rows"
done
