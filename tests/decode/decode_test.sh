#!/bin/sh
# Builds and runs decode_test: decgen's errors, fields, and the A64 decoder against a linear scan.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
src=${SRCDIR:-$(cd "$here/../.." && pwd)}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cc=${CC:-cc}

$cc -O1 -std=gnu11 -o "$tmp/decgen" "$src/tools/decgen.c"
"$tmp/decgen" --prefix a64 -o "$tmp/a64_decode.h.inc" "$src"/src/frontend/aarch64/a64_*.dec
"$tmp/decgen" --prefix tiny -o "$tmp/tiny.h.inc" "$here/fields.dec"
"$tmp/decgen" --prefix a64 --list "$src"/src/frontend/aarch64/a64_*.dec | while read -r name set _; do
    echo "bool a64_lift_$name(struct a64_lift *l, const struct a64_args_$set *a)" \
        "{ (void)a; l->op = A64_OP_$name; return true; }"
done >"$tmp/stubs.h.inc"
$cc -O2 -std=gnu11 -I"$tmp" -o "$tmp/decode_test" "$here/decode_test.c"
"$tmp/decode_test" "$tmp/decgen" "$tmp"
