#!/bin/sh
# Builds and runs decode_test for each guest: decgen's errors, fields, and the decoder against a linear scan.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/guests.sh"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

make_decgen "$tmp"
"$tmp/decgen" --prefix tiny -o "$tmp/tiny.h.inc" "$here/fields.dec"
for guest in $guests; do
    echo "$guest:"
    make_decoder "$guest" "$tmp"
    "$tmp/decgen" --prefix "$low" --list $tables | while read -r name set _; do
        echo "bool ${low}_lift_$name(struct ${low}_lift *l, const struct ${low}_args_$set *a)" \
            "{ (void)a; l->op = ${up}_OP_$name; return true; }"
    done >"$tmp/stubs.h.inc"
    compile "$tmp/decode_test" "$here/decode_test.c"
    "$tmp/decode_test" "$tmp/decgen" "$tmp"
done
