#!/bin/sh
# Compares the A64 decode tables with GNU objdump, on random words and on the code of ELF files.
# usage: vs_objdump.sh [-n WORDS] [-s SEED] [ELF...]      exit 77: no aarch64 objdump
set -eu

words=1000000
seed=1
while getopts n:s: option; do
    case $option in
    n) words=$OPTARG ;;
    s) seed=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

here=$(cd "$(dirname "$0")" && pwd)
src=${SRCDIR:-$(cd "$here/../.." && pwd)}
tables=$src/src/frontend/aarch64
objdump=${OBJDUMP:-aarch64-linux-gnu-objdump}
if ! command -v "$objdump" >/dev/null; then
    echo "skipped: $objdump is not installed"
    exit 77
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cc=${CC:-cc}
$cc -O1 -std=gnu11 -o "$tmp/decgen" "$src/tools/decgen.c"
"$tmp/decgen" --prefix a64 -o "$tmp/a64_decode.h.inc" "$tables"/a64_*.dec
$cc -O2 -std=gnu11 -I"$tmp" -o "$tmp/diff" "$here/objdump_diff.c"

# In steps of a million words, so that the text stays small; each step sees every instruction only
# if it is large enough.
status=0
while [ "$words" -gt 0 ]; do
    step=$((words < 1000000 ? words : 1000000))
    mode=check
    [ "$step" -lt 300000 ] || mode=check-all
    "$tmp/diff" gen "$seed" "$step" >"$tmp/words"
    echo "seed $seed:"
    "$objdump" -D -z -b binary -m aarch64 -M no-aliases "$tmp/words" | "$tmp/diff" "$mode" || status=1
    words=$((words - step))
    seed=$((seed + 1))
done

for elf in "$@"; do
    echo "$elf:"
    "$objdump" -d -z -M no-aliases "$elf" | "$tmp/diff" check || status=1
done
exit $status
