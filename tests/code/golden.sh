#!/bin/bash
# Compares the IR and host code of fixed idioms of each guest with the golden files, or rewrites those: golden.sh diff | bless
# GUEST.idioms has three parts: idioms whose translation is kept, such of which only the number of host instructions is, and
# loops as tier 2 translates them. The number in all is the last line of each golden file.
# Needs ferry (FERRY, default ./ferry) and, beside it, ferry-disasm, which is built when capstone is there.
set -u
here=$(dirname "$(readlink -f "$0")")
ferry=$(readlink -f "${FERRY:-./ferry}")
mode=${1:-diff}
if [ ! -x "$(dirname "$ferry")/ferry-disasm" ]; then
    echo 'skipped: no ferry-disasm (install libcapstone-dev and configure again)'
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What depends on where things lie goes: addresses, and the distances of what is reached relative to the pc.
normal='s/^ *0x[0-9a-f]*: *[0-9a-f]* */    /; s/rip [+-] 0x[0-9a-f]*/rip/; s/\(j[a-z]*\|call\) 0x[0-9a-f]*$/\1 LABEL/; s/^unit .*/unit/; s/, [0-9]* bytes:/:/'
translate() { # GUEST LEVEL
    local part=whole hex text
    while read -r hex text; do
        case $hex$text in
        '#counted:'*) part=counted ;;
        '#regions:'*) part=regions ;;
        '#'*) ;;
        *)
            echo "== $part $text"
            # shellcheck disable=SC2046
            "$ferry" -host "$2" $([ $part != regions ] || echo -tier 2) --explain "$hex" "$1"
            ;;
        esac
    done <"$here/$1.idioms" | sed "$normal" | awk '
        function finish() { if (part == "counted") print "== " n ": " text }
        /^== / {
            finish()
            part = $2
            text = substr($0, length(part) + 5)
            n = ir = 0
            if (part != "counted") print "== " text
            next
        }
        /^IR:/ { ir = 1 }
        ir && /^    [a-z]/ { n++; total++ }
        ir && part != "counted"
        END { finish(); print "total host instructions: " total + 0 }' >"$work/$1.$2"
}

status=0
for file in aarch64.sse4.1 aarch64.avx2 riscv64.sse4.1 riscv64.avx2; do
    guest=${file%%.*} level=${file#*.}
    translate "$guest" "$level"
    golden=$here/$file.golden
    if [ "$mode" = bless ]; then
        cp "$work/$file" "$golden"
    elif ! diff -u "$golden" "$work/$file" >"$work/diff"; then
        head -n 60 "$work/diff"
        echo "$guest's code for $level changed: $(tail -n 1 "$golden") -> $(tail -n 1 "$work/$file"); 'make bless' if that is meant"
        status=1
    fi
done
exit $status
